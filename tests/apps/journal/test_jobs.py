"""The jobs that keep the book in order while nobody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from baogong.journal.jobs import end_old_promises
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from tests.cast import Cast, count_masks

NOW = datetime.now(UTC)


@pytest.mark.parametrize(("ends_in", "still_open"), [(timedelta(seconds=-1), 0), (timedelta(hours=1), 1)])
def test_a_promise_ends_when_its_time_is_over_and_not_before(
    fresh_cast: Cast, ends_in: timedelta, still_open: int
) -> None:
    lot = count_masks(fresh_cast, 10)
    source, target = (
        AccountRef(fresh_cast.warehouse, State.AVAILABLE),
        AccountRef(fresh_cast.hospital, State.HANDED_OVER),
    )
    with transaction.atomic():
        ledger.post(
            lines=[ledger.hold_line(source, target, lot, 4, expires_at=NOW + ends_in)],
            actor=THE_HOUSE,
            reason=Reason.ALLOT,
            document=None,
            request_id=new_id(),
            now=NOW - timedelta(minutes=5),
        )
    end_old_promises()
    assert len(book.open_holds(lots=[lot])) == still_open
