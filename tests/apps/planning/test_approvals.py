"""Two persons for every plan: who made it, and who approves it. Alone on duty, the second signs within twelve hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.services import join_working_group, set_watch, sign
from baogong.journal.services.documents import SameHandTwice
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.planning import kinds, services
from baogong.planning.services import approve, register
from tests.apps.planning.test_plans import Halving
from tests.cast import NOW, Cast, log_in_as, person_of, rows_in_book

HOUR = timedelta(hours=1)


@pytest.fixture
def halving(cast: Cast) -> Iterator[Halving]:
    halving = Halving(cast)
    register(halving.kind())
    yield halving
    kinds._kinds.pop("HALVING")


@pytest.fixture
def zhao(cast: Cast) -> Actor:
    """Commands and approves."""
    return log_in_as("Zhao", [(Duty.COMMAND, None), (Duty.APPROVER, None)])


def watch(cast: Cast, actor: Actor, since: timedelta = -HOUR) -> None:
    join_working_group(party=person_of(actor), duty_text="on duty", actor=cast.lin, now=NOW)
    set_watch(party=person_of(actor), start_at=NOW + since, end_at=NOW + since + 8 * HOUR, actor=cast.lin, now=NOW)


@pytest.mark.parametrize("alone", [False, True])
def test_who_made_a_plan_does_not_approve_it_while_another_is_on_duty(
    halving: Halving, zhao: Actor, alone: bool
) -> None:
    plan = halving.make(actor=zhao)
    watch(halving.cast, halving.cast.mei)
    before = rows_in_book()
    refusal = services.NotAlone if alone else services.MakerApproves
    with pytest.raises(refusal, match="Nothing was promised") as refused, transaction.atomic():
        approve(plan=plan, actor=zhao, now=NOW, request_id=new_id(), alone=alone)
    assert "Mei" in refused.value.cure
    assert halving.held() == 0
    assert rows_in_book() == before
    halving.approve(plan, halving.cast.mei)
    assert halving.held() == 50


def test_alone_on_duty_the_maker_acts_at_once_flagged_and_another_signs(halving: Halving, zhao: Actor) -> None:
    cast, plan, request_id = halving.cast, halving.make(actor=zhao), new_id()
    watch(cast, zhao)
    watch(cast, cast.mei, since=9 * HOUR)  # the next shift
    watch(cast, cast.wu)  # on duty, but no approver
    approved = approve(plan=plan, actor=zhao, now=NOW, request_id=request_id, alone=True)
    assert approve(plan=plan, actor=zhao, now=NOW, request_id=request_id, alone=True) == approved
    assert (approved.state, halving.held()) == ("APPROVED", 50)
    assert approved.document is not None
    paper = journal.document(approved.document)
    assert (paper.state, paper.was_alone, paper.second_due_at) == ("ALONE", True, NOW + 12 * HOUR)
    assert [late.id for late in journal.signatures_overdue(NOW + 12 * HOUR)] == [paper.id]
    with pytest.raises(SameHandTwice), transaction.atomic():
        sign(document=paper.id, actor=zhao, now=NOW + HOUR)
    assert [waiting.id for waiting in journal.pending_signatures(cast.mei)] == [paper.id]
    sign(document=paper.id, actor=cast.mei, now=NOW + HOUR)
    assert journal.document(paper.id).state == "SIGNED"
    assert len(journal.document(paper.id).signatures) == 2


def test_another_persons_approval_is_one_signature_whatever_it_says(halving: Halving) -> None:
    plan = halving.make()
    approved = approve(plan=plan, actor=halving.cast.mei, now=NOW, request_id=new_id(), alone=True)
    assert approved.document is not None
    assert journal.document(approved.document).state == "SIGNED"
