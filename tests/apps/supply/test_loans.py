"""Things with serial numbers: lent until a day, set up, brought back, broken, lost, sent home; never lent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.engine.book import Verdict
from baogong.journal import queries as journal
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import posting
from baogong.ledger import queries as book
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.supply import queries
from baogong.supply.services import loans
from baogong.supply.services.loans import SerialKnown, UnitElsewhere, UnitNotThere
from tests.apps.supply.world import World, assert_refused_without_trace, make_world, rows_everywhere
from tests.cast import NOW
from tests.races import Meeting, race

DAY = timedelta(days=1)


def take_in(world: World, *serials: str, **changed: Any) -> list[UUID]:
    asked: dict[str, Any] = {
        "item": world.item("computer"),
        "lender": world.company,
        "serials": list(serials),
        "site": world.cast.hub,
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    loans.take_in(**{**asked, **changed})
    return [view.id for view in queries.units() if view.serial in serials]


def lend(world: World, units: list[UUID], borrower: UUID | None = None, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "units": units,
        "borrower": borrower or world.cast.hospital,
        "site": world.cast.hub,
        "due_at": NOW + 7 * DAY,
        "purpose": "test registration",
        "by_name": "Zhou",
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return loans.lend(**{**asked, **changed})


def back(world: World, units: list[UUID], condition: str = "GOOD", **changed: Any) -> UUID:
    signed: dict[str, Any] = {"actor": world.cast.bao, "now": NOW + DAY, "request_id": new_id()}
    return loans.take_back(**{"units": units, "condition": condition, "by_name": "Zhou", **signed, **changed})


def states(*units: UUID) -> list[str]:
    return [queries.unit(each).state for each in units]


def test_from_the_lender_to_the_borrower_and_home_again(world: World) -> None:
    one, two = take_in(world, "PC-001", "PC-002")
    lend(world, [one, two])
    view = queries.unit(one)
    assert (view.state, view.holder, view.due_at) == ("LENT", world.cast.hospital, NOW + 7 * DAY)
    assert view.loan_number.startswith("LN-")
    signed: dict[str, Any] = {"actor": world.cast.bao, "now": NOW + DAY, "request_id": new_id()}
    loans.set_up(units=[one], by_name="Engineer Qi", place="test site 3", **signed)
    assert queries.unit(one).set_up_at == NOW + DAY
    back(world, [one])
    back(world, [two], "BROKEN", missing="charger")
    assert states(one, two) == ["TO_LEND", "SPOILED"]
    loans.send_home(units=[one, two], by_name="Driver Tao", **{**signed, "request_id": new_id()})
    assert states(one, two) == ["OUTSIDE", "OUTSIDE"]
    acts = queries.unit_acts(two)
    assert [each.act for each in acts] == ["TAKEN_IN", "LENT", "RETURNED", "SENT_HOME"]
    assert (acts[2].condition, acts[2].missing, acts[2].by_name) == ("BROKEN", "charger", "Zhou")
    assert book.verify_book().ok


def test_a_loan_tells_what_became_of_its_things(world: World) -> None:
    one, two, three, four = take_in(world, "PC-001", "PC-002", "PC-003", "PC-004")
    lend(world, [one, two, three, four])
    signed: dict[str, Any] = {"actor": world.cast.bao, "now": NOW + DAY}
    ready, longer = new_id(), new_id()
    for _ in range(2):  # a request that comes again is told once
        loans.set_up(units=[one, two], by_name="Engineer Qi", place="test site 3", request_id=ready, **signed)
        loans.extend(units=[two], due_at=NOW + 9 * DAY, why="tests go on", request_id=longer, **signed)
    told = [event.kind for event in journal.events(kinds=["supply.loan.set-up", "supply.loan.extended"])]
    assert sorted(told) == ["supply.loan.extended", "supply.loan.set-up"]
    back(world, [one, two], now=NOW + 8 * DAY)
    back(world, [three], "BROKEN", missing="charger")
    loans.report_lost(units=[four], why="stolen", request_id=new_id(), **signed)
    (loan,) = queries.loans()
    assert (loan.units_count, loan.set_up, loan.back, loan.late, loan.lost, loan.out) == (4, 2, 3, 1, 1, 0)
    assert loan.complaints == (("PC-003", True, "charger"),)
    back(world, [four], now=NOW + 2 * DAY)
    assert [(loan.back, loan.late, loan.lost) for loan in queries.loans()] == [(4, 1, 0)]


def test_a_loan_is_custody_and_nothing_is_handed_over_or_free_to_share(world: World) -> None:
    units = take_in(world, "PC-001")
    assert queries.relief_stock(items=[world.item("computer")]) == ()
    lend(world, units)
    (balance,) = book.balances(holders=[world.cast.hospital], items=[world.item("computer")])
    assert (balance.state, balance.posted, balance.lot.owner) == (State.LENT, 1, world.company)
    assert queries.relief_stock(items=[world.item("computer")]) == ()


def test_overdue_counts_extensions_and_stops_when_it_is_back(world: World) -> None:
    one, two = take_in(world, "PC-001", "PC-002")
    lend(world, [one, two])
    late = NOW + 8 * DAY
    assert [view.serial for view in queries.overdue(late)] == ["PC-001", "PC-002"]
    assert queries.overdue(NOW + DAY) == ()
    loans.extend(
        units=[one], due_at=NOW + 9 * DAY, why="tests go on", actor=world.cast.lin, now=NOW, request_id=new_id()
    )
    assert [view.serial for view in queries.overdue(late)] == ["PC-002"]
    back(world, [two], now=late)
    assert queries.overdue(late) == ()
    assert queries.overdue(late + DAY + DAY, site=world.langfang) == ()
    assert [view.serial for view in queries.overdue(late + 2 * DAY, site=world.cast.hub)] == ["PC-001"]
    lend(world, [two], now=late, due_at=late + DAY)  # an earlier loan's extension is no longer its own
    assert queries.unit(two).due_at == late + DAY


def test_what_is_lost_is_reported_and_may_be_found_again(world: World) -> None:
    (unit,) = take_in(world, "PC-001")
    lend(world, [unit])
    paper = loans.report_lost(units=[unit], why="left in a taxi", actor=world.cast.bao, now=NOW, request_id=new_id())
    (told,) = journal.document(paper).body["lines"]
    assert (told["item"], told["amount"], told["note"]) == (str(world.item("computer")), 1, "PC-001")
    assert journal.document(paper).kind == "LOSS_REPORT"
    assert states(unit) == ["LOST"]
    assert queries.overdue(NOW + 30 * DAY) == ()
    back(world, [unit], "WORN")
    assert states(unit) == ["TO_LEND"]


def test_one_thing_is_not_lent_twice_nor_from_where_it_is_not(world: World) -> None:
    units = take_in(world, "PC-001")
    lend(world, units)
    before = rows_everywhere()
    acts: tuple[Callable[[], object], ...] = (
        lambda: lend(world, units, world.union),
        lambda: loans.send_home(units=units, by_name="T", actor=world.cast.bao, now=NOW, request_id=new_id()),
    )
    for act in acts:
        with pytest.raises(UnitElsewhere) as refused:
            act()
        assert "LENT" in str(refused.value.found)
    with pytest.raises(UnitNotThere):
        lend(world, [new_id()])
    assert rows_everywhere() == before
    back(world, units)
    with pytest.raises(UnitElsewhere):
        back(world, units)
    lend(world, units, world.union)
    assert queries.unit(units[0]).holder == world.union


def test_serial_numbers_are_read_once_however_they_are_written(world: World) -> None:
    take_in(world, "PC-001")
    before = rows_everywhere()
    for serials in (["pc 001"], ["PC-OO1"], ["A1", "A 1"], ["A0", "AO"], [""], []):
        with pytest.raises((SerialKnown, UnusableInput)):
            take_in(world, *serials)
    with pytest.raises(UnusableInput):
        take_in(world, "M-1", item=world.item("potato"))
    assert rows_everywhere() == before
    assert len(take_in(world, "PC-OO1", is_sure=True)) == 1


def test_a_thing_that_went_home_may_come_again(world: World) -> None:
    (unit,) = take_in(world, "PC-001")
    loans.send_home(units=[unit], by_name="Tao", actor=world.cast.bao, now=NOW, request_id=new_id())
    assert take_in(world, "PC-001") == [unit]
    assert states(unit) == ["TO_LEND"]


def test_the_same_request_lends_once_and_another_content_is_refused(world: World) -> None:
    units, request = take_in(world, "PC-001"), new_id()
    assert lend(world, units, request_id=request) == lend(world, units, request_id=request)
    with pytest.raises(RequestIdReused):
        lend(world, units, world.union, request_id=request)


def test_nonsense_and_strangers_leave_no_trace(world: World) -> None:
    units = take_in(world, "PC-001")
    other = register_party(kind="ORGANISATION", name="另一家", city="上海", now=NOW)
    (foreign,) = take_in(world, "X-9", lender=other)
    before = rows_everywhere()
    acts: tuple[Callable[[], object], ...] = (
        lambda: lend(world, units, due_at=NOW),
        lambda: lend(world, units, purpose=" "),
        lambda: lend(world, units, by_name=""),
        lambda: lend(world, units, borrower=new_id()),
        lambda: lend(world, [*units, foreign]),
        lambda: back(world, units, "SHINY"),
    )
    for act in acts:
        with pytest.raises(UnusableInput):
            act()
    assert rows_everywhere() == before
    for who in (world.cast.stranger, world.kai):
        assert_refused_without_trace(partial(lend, world, units, actor=who))
        assert_refused_without_trace(partial(take_in, world, "Z-1", actor=who))
        assert_refused_without_trace(partial(back, world, units, actor=who))


def two_borrowers(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> list[Any]:
    """Two keepers lend the only computer to two receivers; they meet after looking, before the book is asked."""
    with transaction.atomic():
        world = make_world()
        units = take_in(world, "PC-001")
    meeting = Meeting(is_guarded=is_guarded)
    looked = loans._refuse_elsewhere

    def look_and_wait(*arguments: Any) -> Any:
        found = looked(*arguments)
        meeting.wait()
        return found

    monkeypatch.setattr(loans, "_refuse_elsewhere", look_and_wait)
    return race(lambda: lend(world, units, world.cast.hospital), lambda: lend(world, units, world.union))


def outcomes(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def unlocked(rows: Any, ids: Any) -> Any:
    return list(rows.filter(pk__in=ids))


def test_two_who_lend_the_same_thing_at_once_lend_it_once(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcomes(two_borrowers(monkeypatch, is_guarded=True)) == ["UUID", "UnitElsewhere"]
    assert book.verify_book().ok


def test_without_the_lock_the_book_still_has_it_at_one_place(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loans, "lock_rows", unlocked)
    answers = two_borrowers(monkeypatch, is_guarded=False)
    assert outcomes(answers) == sorted([BatchRefused.__name__, "UUID"])
    assert book.verify_book().ok


def test_without_lock_and_book_it_is_lent_twice(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
) -> None:
    def believe(state: Any, batch: Any, now: Any) -> tuple[Verdict, ...]:
        return tuple(Verdict(line.id, ok=True) for line in batch.lines)

    monkeypatch.setattr(loans, "lock_rows", unlocked)
    monkeypatch.setattr(posting, "decide", believe)
    drop("ledger_balance", "balance_not_overdrawn")
    assert outcomes(two_borrowers(monkeypatch, is_guarded=False)) == ["UUID", "UUID"]
    assert not book.verify_book().ok
