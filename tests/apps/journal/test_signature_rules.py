"""Whatever a group of people tries, in whatever order, the rules of two signatures hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries
from baogong.journal.services import cancel, draw_up, refuse, sign
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from tests.cast import NOW, Cast, person_of

PERSONS = ("lin", "mei", "bao", "wu", "stranger")
ACTS = st.tuples(st.sampled_from(["sign", "refuse", "cancel"]), st.sampled_from(PERSONS))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    beneficiary=st.sampled_from([None, *PERSONS]),
    alone=st.booleans(),
    tries=st.lists(ACTS, max_size=8),
)
def test_two_signatures_hold_whatever_is_tried(
    cast: Cast, beneficiary: str | None, alone: bool, tries: list[tuple[str, str]]
) -> None:
    gains = person_of(getattr(cast, beneficiary)) if beneficiary else None
    facts: dict[str, Any] = {"kind": "REVIEW", "title": "x", "body": {}, "now": NOW, "signatures_required": 2}
    try:
        with transaction.atomic():
            document = draw_up(**facts, actor=cast.lin, request_id=new_id(), beneficiary=gains, alone=alone)
    except BaogongError:
        assert beneficiary == "lin"
        return
    was_final = False
    for number, (act, who) in enumerate(tries, start=1):
        before = queries.document(document)
        actor, at = getattr(cast, who), NOW + timedelta(minutes=number)
        try:
            with transaction.atomic():
                if act == "sign":
                    sign(document=document, actor=actor, now=at)
                elif act == "refuse":
                    refuse(document=document, actor=actor, now=at, why="no")
                else:
                    cancel(document=document, actor=actor, now=at, why="typed twice")
        except BaogongError:
            assert queries.document(document) == before
        else:
            assert not was_final
        view = queries.document(document)
        signers = [signed.person for signed in view.signatures]
        assert len(signers) == len(set(signers)) <= 2
        assert gains is None or gains not in signers
        assert set(signers) <= {cast.lin.person_id, cast.mei.person_id}  # the others have no such duty
        assert (view.state == "SIGNED") <= (len(signers) == 2)
        assert view.state != "ALONE" or alone
        was_final = view.state in ("SIGNED", "REFUSED", "CANCELLED")
