from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.engine.book import decide
from baogong.journal import queries as journal
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import NotFound, NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import posting
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import HoldView
from baogong.ledger.states import Reason, State
from baogong.planning import kinds, queries, services
from baogong.planning.models import Plan
from baogong.planning.queries import PlanView
from baogong.planning.services import Changed, PlanKind, PlannedLine, approve, make_plan, register, undo
from tests.cast import NOW, Cast, count_masks, rows_in_book
from tests.races import Meeting, race, without


class Halving:
    """Half of what is free at the warehouse goes to the hospital, in two parts. `rule` may say {"share": 0.25}."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.lot = count_masks(cast, 100)
        self.solved = 0
        self.applied: list[tuple[UUID, int]] = []
        self.undone: list[UUID] = []
        self.meeting: Meeting | None = None

    def snapshot(self, params: dict[str, Any], now: datetime) -> dict[str, Any]:
        free = sum(row.free for row in book.balances(holders=[self.cast.warehouse], states=[State.AVAILABLE]))
        if self.meeting is not None:
            self.meeting.wait()
        return {"free": free, "lot": str(self.lot), "to": params.get("to", str(self.cast.hospital))}

    def solve(self, snapshot: dict[str, Any], rule: dict[str, Any], seed: int) -> dict[str, Any]:
        self.solved += 1
        given = int(snapshot["free"] * rule.get("share", 0.5))
        return {"parts": [given // 2, given - given // 2], "seed": seed}

    def to_lines(self, plan: PlanView, result: dict[str, Any]) -> list[PlannedLine]:
        source = ledger.AccountRef(self.cast.warehouse, State.AVAILABLE)
        target = ledger.AccountRef(UUID(plan.snapshot["to"]), State.HANDED_OVER)
        parts = [part for part in result["parts"] if part]
        return [PlannedLine(source, target, self.lot, part, {"part": number}) for number, part in enumerate(parts)]

    def on_applied(self, plan: PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime) -> None:
        assert [line.hold for line in plan.lines] == [hold.id for hold in holds]
        self.applied.append((plan.id, sum(hold.amount for hold in holds)))

    def on_undone(self, plan: PlanView, actor: Actor, now: datetime) -> None:
        self.undone.append(plan.id)

    def kind(self, **options: Any) -> PlanKind:
        return PlanKind("HALVING", self.snapshot, self.solve, self.to_lines, self.on_applied, self.on_undone, **options)

    def make(self, **options: Any) -> UUID:
        facts: dict[str, Any] = {"kind": "HALVING", "params": {}, "rule": {"version": "2020-01"}, "now": NOW}
        return make_plan(**{**facts, "actor": self.cast.lin, "request_id": new_id(), **options})

    def approve(self, plan: UUID, actor: Actor | None = None, request_id: UUID | None = None) -> PlanView:
        return approve(plan=plan, actor=actor or self.cast.mei, now=NOW, request_id=request_id or new_id())

    def held(self) -> int:
        return sum(hold.open for hold in book.open_holds(lots=[self.lot]))


@pytest.fixture
def halving(cast: Cast) -> Iterator[Halving]:
    halving = Halving(cast)
    register(halving.kind())
    yield halving
    kinds._kinds.pop("HALVING")


@pytest.fixture
def real_halving(fresh_cast: Cast) -> Iterator[Halving]:
    halving = Halving(fresh_cast)
    register(halving.kind())
    yield halving
    kinds._kinds.pop("HALVING")


def test_a_plan_promises_nothing_until_a_person_approves_it(halving: Halving) -> None:
    plan = halving.make(seed=7)
    view = queries.plan(plan)
    assert (view.state, view.seed, view.rule, view.snapshot["free"]) == ("PROPOSED", 7, {"version": "2020-01"}, 100)
    assert [line.amount for line in view.lines] == [25, 25]
    assert halving.held() == 0
    approved = halving.approve(plan)
    assert (approved.state, approved.approved_by) == ("APPROVED", halving.cast.mei.person_id)
    assert halving.held() == 50
    assert halving.applied == [(plan, 50)]
    assert approved.document is not None
    assert journal.document(approved.document).number == "PA-0001"
    assert {hold.document for hold in book.open_holds(lots=[halving.lot])} == {approved.document}


def test_the_stored_hashes_are_of_the_stored_texts(halving: Halving) -> None:
    plan = halving.make()
    bundle = queries.audit_bundle(plan)
    assert sha256(bundle["snapshot"].encode()).hexdigest() == bundle["snapshot_hash"]
    assert sha256(bundle["result"].encode()).hexdigest() == bundle["result_hash"]
    assert bundle["engine_version"] == "baogong 0.1.0"
    assert json.loads(json.dumps(bundle)) == bundle


def test_a_plan_solved_again_gives_the_same_result(halving: Halving) -> None:
    plan = halving.make()
    again = queries.rerun(plan)
    assert (again.is_same, again.is_intact, again.stored_hash) == (True, True, again.found_hash)
    Plan.objects.filter(id=plan).update(snapshot=Plan.objects.get().snapshot.replace("100", "120"))
    tampered = queries.rerun(plan)
    assert (tampered.is_same, tampered.is_intact) == (False, False)


def test_the_same_request_is_the_same_plan_solved_once(halving: Halving) -> None:
    request_id = new_id()
    assert queries.made_under(request_id) is None
    assert halving.make(request_id=request_id) == halving.make(request_id=request_id) == queries.made_under(request_id)
    assert halving.solved == 1
    with pytest.raises(RequestIdReused):
        halving.make(request_id=request_id, seed=8)


def test_the_same_approval_again_gives_the_same_answer(halving: Halving) -> None:
    plan, request_id = halving.make(), new_id()
    first = halving.approve(plan, request_id=request_id)
    assert halving.approve(plan, request_id=request_id) == first
    assert halving.held() == 50
    assert len(halving.applied) == 1
    with pytest.raises(services.AlreadyDecided):
        halving.approve(plan)


@pytest.mark.parametrize("guards", [(False, False), (True, False), (False, True), (True, True)])
def test_two_who_approve_at_once_place_one_set_of_holds(
    real_halving: Halving, monkeypatch: pytest.MonkeyPatch, guards: tuple[bool, bool]
) -> None:
    """Either guard suffices: the plan's locked row, and hold ids that come from the plan. Without both, two sets."""
    halving = real_halving
    plan = halving.make(actor=halving.cast.wu)
    locks, derives = guards
    if not locks:
        monkeypatch.setattr(services, "_locked", lambda plan: Plan.objects.get(id=plan))
    if not derives:
        monkeypatch.setattr(services, "derived_id", lambda *parts: new_id())
    halving.meeting = Meeting(is_guarded=any(guards))
    answers = race(lambda: halving.approve(plan, halving.cast.lin), lambda: halving.approve(plan, halving.cast.mei))
    assert halving.meeting.happened is not locks
    assert halving.held() == (50 if any(guards) else 100)
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(refused) == (1 if any(guards) else 0)
    if locks:
        assert isinstance(refused[0], services.AlreadyDecided)
        assert len(journal.documents(kind="PLAN_APPROVAL")) == 1


def test_a_plan_whose_ground_has_moved_is_not_approved(halving: Halving) -> None:
    plan = halving.make()
    source = ledger.AccountRef(halving.cast.warehouse, State.AVAILABLE)
    sold = ledger.AccountRef(halving.cast.warehouse, State.SOLD)
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_line(source, sold, halving.lot, 1)],
            actor=THE_HOUSE,
            reason=Reason.SALE,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    with pytest.raises(services.PlanOvertaken) as caught:
        halving.approve(plan)
    assert caught.value.found == ["free is another now"]
    assert halving.held() == 0
    assert queries.plan(plan).state == "PROPOSED"
    assert journal.documents() == ()


def test_a_kind_may_say_itself_what_matters(halving: Halving) -> None:
    plan, says = halving.make(), [Changed("廊坊到仙桃不通", "Lane Langfang to Xiantao is closed")]
    register(halving.kind(still_true=lambda plan, now: says))
    with pytest.raises(services.PlanOvertaken, match="Langfang"):
        halving.approve(plan)
    says.clear()
    halving.approve(plan)


def test_a_snapshot_that_cannot_be_taken_any_more_is_overtaken_too(
    halving: Halving, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = halving.make()

    def nothing_left(params: dict[str, Any], now: datetime) -> dict[str, Any]:
        raise UnusableInput("Nothing is left to share.")

    monkeypatch.setattr(halving, "snapshot", nothing_left)
    register(halving.kind())
    with pytest.raises(services.PlanOvertaken, match="Nothing is left"):
        halving.approve(plan)


def test_a_plan_that_promises_too_much_is_refused_whole(halving: Halving) -> None:
    plan = halving.make(rule={"share": 1.5})
    with pytest.raises(ledger.BatchRefused), transaction.atomic():
        halving.approve(plan)
    assert halving.held() == 0
    assert queries.plan(plan).state == "PROPOSED"


def test_a_room_that_cannot_follow_stops_the_approval(halving: Halving, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = halving.make()

    def cannot(*arguments: Any) -> None:
        raise UnusableInput("No truck is named.")

    monkeypatch.setattr(halving, "on_applied", cannot)
    register(halving.kind())
    with pytest.raises(UnusableInput), transaction.atomic():
        halving.approve(plan)
    assert (halving.held(), queries.plan(plan).state) == (0, "PROPOSED")


def test_undoing_voids_every_hold(halving: Halving) -> None:
    plan = halving.make()
    halving.approve(plan)
    undone = undo(plan=plan, actor=halving.cast.lin, now=NOW)
    assert undone.state == "UNDONE"
    assert halving.held() == 0
    assert halving.undone == [plan]
    assert {book.hold_fate(line.hold).given_up for line in undone.lines if line.hold} == {25}
    with pytest.raises(services.AlreadyDecided):
        undo(plan=plan, actor=halving.cast.lin, now=NOW)
    with pytest.raises(services.AlreadyDecided):
        halving.approve(plan)


@pytest.mark.parametrize("how", ["handed over", "carried on"])
def test_once_the_first_hand_has_moved_nothing_is_undone(halving: Halving, how: str) -> None:
    plan = halving.make()
    hold = book.hold(halving.approve(plan).lines[0].hold)  # type: ignore[arg-type]
    aboard = ledger.AccountRef(halving.cast.truck, State.ABOARD)
    lines = (
        [ledger.post_hold_line(hold, 1)]
        if how == "handed over"
        else [
            ledger.void_line(hold, 5),
            ledger.post_line(hold.source, aboard, hold.lot, 5),
            ledger.hold_line(aboard, hold.target, hold.lot, 5, continues=hold.id),
        ]
    )
    with transaction.atomic():
        ledger.post(lines=lines, actor=THE_HOUSE, reason=Reason.LOAD, document=None, request_id=new_id(), now=NOW)
    held = halving.held()
    with pytest.raises(services.HandHasMoved, match="1 of its 2"):
        undo(plan=plan, actor=halving.cast.lin, now=NOW)
    assert (halving.held(), queries.plan(plan).state, halving.undone) == (held, "APPROVED", [])


@pytest.mark.parametrize("is_guarded", [False, True])
def test_a_hand_that_moves_at_the_moment_of_undoing_wins_or_loses_whole(
    real_halving: Halving, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None], is_guarded: bool
) -> None:
    """The guard is the book's: its locks, and behind them its constraints. Without both, undone goods are handed over."""
    halving = real_halving
    outside = ledger.AccountRef(halving.cast.warehouse, State.OUTSIDE)
    signed = ledger.AccountRef(halving.cast.hospital, State.HANDED_OVER)
    with transaction.atomic():  # the receiver's balance stands: nobody waits for the other to open it
        ledger.post(
            lines=[ledger.post_line(outside, signed, halving.lot, 1)],
            actor=THE_HOUSE,
            reason=Reason.COUNT,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    plan = halving.make()
    hold = book.hold(halving.approve(plan).lines[0].hold)  # type: ignore[arg-type]

    @transaction.atomic
    def hand_over() -> Any:
        return ledger.post(
            lines=[ledger.post_hold_line(hold)],
            actor=THE_HOUSE,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=NOW,
        )

    meeting = Meeting(is_guarded=is_guarded)

    def decide_together(*facts: Any) -> Any:
        meeting.wait()
        return decide(*facts)

    monkeypatch.setattr(posting, "decide", decide_together)
    if not is_guarded:
        without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
        without(monkeypatch, posting, "LOCK_HOLDS", "FOR UPDATE OF hold")
        drop("ledger_hold", "hold_ends_once")
        drop("ledger_balance", "balance_held_not_negative")
    moved, undone = race(hand_over, lambda: undo(plan=plan, actor=halving.cast.lin, now=NOW))
    assert meeting.happened is not is_guarded
    if not is_guarded:
        assert isinstance(moved, ledger.BatchResult)
        assert queries.plan(plan).state == "UNDONE"
        assert "hold-overdrawn" in {fault.kind for fault in book.verify_book().faults}
        return
    refused = [answer for answer in (moved, undone) if isinstance(answer, Exception)]
    assert len(refused) == 1
    if isinstance(undone, services.HandHasMoved):
        assert (halving.held(), queries.plan(plan).state) == (25, "APPROVED")
    else:
        assert isinstance(moved, ledger.BatchRefused)
        assert (halving.held(), queries.plan(plan).state) == (0, "UNDONE")


def test_a_plan_without_lines_is_approved_and_undone_too(halving: Halving) -> None:
    plan = halving.make(rule={"share": 0})
    assert halving.approve(plan).lines == ()
    assert halving.applied == [(plan, 0)]
    assert undo(plan=plan, actor=halving.cast.lin, now=NOW).state == "UNDONE"


def test_two_plans_are_compared_line_by_line(halving: Halving) -> None:
    half, quarter = halving.make(), halving.make(rule={"share": 0.25, "version": "2020-01"})
    found = queries.compare(half, quarter)
    assert (found.same_snapshot, found.same_result, found.total_a, found.total_b) == (True, False, 50, 25)
    assert found.rule == {"share": (None, 0.25)}
    assert [(line.amount_a, line.amount_b) for line in found.lines] == [(50, 25)]
    assert queries.compare(half, half).lines == ()


def test_plans_are_listed_newest_first(halving: Halving) -> None:
    first, second = halving.make(), halving.make()
    halving.approve(first)
    assert [one.id for one in queries.plans(kind="HALVING")] == [second, first]
    assert [one.id for one in queries.plans(state="APPROVED")] == [first]
    with pytest.raises(NotFound):
        queries.plan(new_id())


def test_an_unknown_kind_is_refused_by_name(halving: Halving) -> None:
    with pytest.raises(services.UnknownPlanKind, match="DOUBLING"):
        halving.make(kind="DOUBLING")


def test_stranger_and_the_house_approve_nothing(halving: Halving) -> None:
    cast, plan, other = halving.cast, halving.make(), halving.make()
    halving.approve(other)
    before = rows_in_book()
    for actor in (cast.stranger, cast.bao, cast.tao, cast.wu):
        with pytest.raises(NotYourPlace), transaction.atomic():
            halving.approve(plan, actor)
        with pytest.raises(NotYourPlace), transaction.atomic():
            undo(plan=other, actor=actor, now=NOW)
    with pytest.raises(NotYourPlace):
        halving.make(actor=cast.stranger)
    with pytest.raises(services.NoPersonApproves):
        halving.approve(plan, THE_HOUSE)
    assert rows_in_book() == before
    assert halving.held() == 50
