"""How a proposal ends that nobody approves: withdrawn, rejected, or made again from what is true by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.errors import NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.planning import kinds, queries, services
from baogong.planning.services import check, check_proposed, make_again, register, reject, withdraw
from tests.apps.planning.test_plans import Halving
from tests.cast import NOW, log_in_as, rows_in_book
from tests.races import race

MINUTE = timedelta(minutes=1)


@pytest.fixture
def halving(cast: object) -> Iterator[Halving]:
    halving = Halving(cast)  # type: ignore[arg-type]
    register(halving.kind())
    yield halving
    kinds._kinds.pop("HALVING")


@pytest.fixture
def real_halving(fresh_cast: object) -> Iterator[Halving]:
    halving = Halving(fresh_cast)  # type: ignore[arg-type]
    register(halving.kind())
    yield halving
    kinds._kinds.pop("HALVING")


def sell(halving: Halving, pieces: int) -> None:
    source = ledger.AccountRef(halving.cast.warehouse, State.AVAILABLE)
    sold = ledger.AccountRef(halving.cast.warehouse, State.SOLD)
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_line(source, sold, halving.lot, pieces)],
            actor=THE_HOUSE,
            reason=Reason.SALE,
            document=None,
            request_id=new_id(),
            now=NOW,
        )


def test_who_may_propose_withdraws_a_proposal_and_says_why(halving: Halving) -> None:
    plan, clerk = halving.make(), log_in_as("Clerk", [(Duty.CLERK, None)])
    head = withdraw(plan=plan, why="  counted \n twice ", actor=clerk, now=NOW)
    assert (head.state, head.ended_why, head.ended_by_name, head.ended_at) == (
        "WITHDRAWN",
        "counted twice",
        "Clerk",
        NOW,
    )
    for act in (
        lambda: halving.approve(plan),
        lambda: withdraw(plan=plan, why="again", actor=clerk, now=NOW),
        lambda: make_again(plan=plan, actor=clerk, now=NOW, request_id=new_id()),
    ):
        with pytest.raises(services.AlreadyDecided, match="withdrawn"), transaction.atomic():
            act()
    assert halving.held() == 0
    assert "planning.plan.withdrawn" in {event.kind for event in journal.events(subject=plan)}


def test_another_who_might_have_approved_rejects_and_the_maker_withdraws(halving: Halving) -> None:
    plan = halving.make(actor=halving.cast.lin)
    with pytest.raises(services.MakerRejects), transaction.atomic():
        reject(plan=plan, why="no", actor=halving.cast.lin, now=NOW)
    with pytest.raises(NotYourPlace), transaction.atomic():
        withdraw(plan=plan, why="no", actor=log_in_as("Only", [(Duty.APPROVER, None)]), now=NOW)
    with pytest.raises(NotYourPlace), transaction.atomic():
        reject(plan=plan, why="no", actor=halving.cast.wu, now=NOW)
    head = reject(plan=plan, why="the ward has closed", actor=halving.cast.mei, now=NOW)
    assert (head.state, head.ended_why, head.ended_by_name) == ("REJECTED", "the ward has closed", "Mei")


@pytest.mark.parametrize("end", [withdraw, reject])
def test_nothing_is_put_aside_without_a_word(halving: Halving, end: object) -> None:
    plan = halving.make(actor=halving.cast.lin)
    before = rows_in_book()
    with pytest.raises(services.WhyMissing), transaction.atomic():
        end(plan=plan, why=" \n ", actor=halving.cast.mei if end is reject else halving.cast.lin, now=NOW)  # type: ignore[operator]
    assert rows_in_book() == before
    assert queries.plan(plan).state == "PROPOSED"


def test_an_approved_plan_is_undone_and_neither_withdrawn_nor_rejected(halving: Halving) -> None:
    plan = halving.make()
    halving.approve(plan)
    for end, actor in ((withdraw, halving.cast.lin), (reject, halving.cast.mei)):
        with pytest.raises(services.AlreadyDecided), transaction.atomic():
            end(plan=plan, why="no", actor=actor, now=NOW)
    assert halving.held() == 50


def test_made_again_it_is_a_new_draft_under_the_same_rule_and_the_old_one_is_replaced(halving: Halving) -> None:
    plan = halving.make(rule={"version": "2020-01", "share": 0.25}, seed=7, params={"to": str(halving.cast.hub)})
    sell(halving, 20)
    with pytest.raises(services.PlanOvertaken):
        halving.approve(plan)
    request_id = new_id()
    made = make_again(plan=plan, actor=halving.cast.lin, now=NOW, request_id=request_id)
    assert make_again(plan=plan, actor=halving.cast.lin, now=NOW + MINUTE, request_id=request_id) == made
    old, new = queries.plan(plan), queries.plan(made)
    assert (old.state, old.replaced_by, old.ended_by_name) == ("REPLACED", made, halving.cast.lin.name)
    assert (new.state, new.rule, new.seed, new.params) == ("PROPOSED", old.rule, old.seed, old.params)
    assert sum(line.amount for line in new.lines) == 20  # a quarter of what is there now
    with pytest.raises(services.AlreadyDecided):
        make_again(plan=plan, actor=halving.cast.lin, now=NOW, request_id=new_id())
    with pytest.raises(RequestIdReused):
        make_again(plan=made, actor=halving.cast.lin, now=NOW, request_id=request_id)
    halving.approve(made)
    assert halving.held() == 20


def test_what_cannot_be_made_again_stays_and_can_still_be_withdrawn(
    halving: Halving, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = halving.make()

    def nothing(*_arguments: object) -> dict[str, object]:
        raise UnusableInput("Nothing is left to share.")

    monkeypatch.setattr(halving, "snapshot", nothing)
    register(halving.kind())
    with pytest.raises(UnusableInput):
        make_again(plan=plan, actor=halving.cast.lin, now=NOW, request_id=new_id())
    assert queries.plan(plan).state == "PROPOSED"
    assert check(plan=plan, actor=halving.cast.mei, now=NOW).changes[0].text_en == "Nothing is left to share"
    withdraw(plan=plan, why="nothing left", actor=halving.cast.lin, now=NOW)


def test_a_look_keeps_what_has_changed_and_that_it_holds_again(halving: Halving) -> None:
    plan = halving.make()
    assert not check(plan=plan, actor=halving.cast.mei, now=NOW).is_stale
    sell(halving, 1)
    assert check_proposed(now=NOW + MINUTE) == 1
    head = queries.plans("HALVING")[0]
    assert (head.is_stale, head.checked_at, head.changes[0].text_en) == (True, NOW + MINUTE, "free is another now")
    assert [event.kind for event in journal.events(subject=plan)].count("planning.plan.overtaken") == 1
    check_proposed(now=NOW + 2 * MINUTE)
    assert [event.kind for event in journal.events(subject=plan)].count("planning.plan.overtaken") == 1
    withdraw(plan=plan, why="sold", actor=halving.cast.lin, now=NOW)
    assert check_proposed(now=NOW + 3 * MINUTE) == 0
    assert queries.plans("HALVING")[0].checked_at == NOW + 2 * MINUTE


def test_proposals_of_the_last_three_days_are_looked_at_and_no_older_ones(halving: Halving) -> None:
    old, new = halving.make(now=NOW - MINUTE), halving.make()
    sell(halving, 1)
    assert check_proposed(now=NOW + timedelta(days=3)) == 1
    heads = {head.id: head for head in queries.plans("HALVING")}
    assert (heads[old].checked_at, heads[old].is_stale) == (None, False)
    assert (heads[new].checked_at, heads[new].is_stale) == (NOW + timedelta(days=3), True)
    assert check_proposed(now=NOW + timedelta(days=3, minutes=1)) == 0


def test_approved_and_made_again_at_once_one_of_the_two_happens(real_halving: Halving) -> None:
    plan = real_halving.make(actor=real_halving.cast.wu)
    answers = race(
        lambda: real_halving.approve(plan, real_halving.cast.mei),
        lambda: make_again(plan=plan, actor=real_halving.cast.lin, now=NOW, request_id=new_id()),
    )
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(answer) for answer in refused] == [services.AlreadyDecided]
    state = queries.plan(plan).state
    drafts = queries.plans("HALVING", "PROPOSED")
    assert (state, real_halving.held(), len(drafts)) in (("APPROVED", 50, 0), ("REPLACED", 0, 1))
