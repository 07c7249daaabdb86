"""Two hands at one waybill, on two connections: one act stands. Each race is first shown to fail with the guard off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import TruckElsewhere, WaybillMoved
from baogong.freight.models import Vehicle
from baogong.freight.services import loading, receiving, road, trucks
from baogong.freight.services.drivers import Run
from baogong.journal import queries as papers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import State
from tests.apps.freight.world import DAY, HOUR, NOW, World, make_world, two_trucks
from tests.cast import log_in_as
from tests.races import Meeting, race


@pytest.fixture
def world(fresh_book: str) -> World:
    return make_world()


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """The lock off: both hands read the waybill before either has written."""
    from baogong.freight.models import Waybill

    both_have_read = threading.Barrier(2, timeout=20)

    def read_rows(waybills: Iterable[UUID]) -> dict[UUID, Waybill]:
        rows = {row.id: row for row in Waybill.objects.filter(id__in=list(waybills))}
        both_have_read.wait()
        return rows

    monkeypatch.setattr(receiving, "lock_waybills", read_rows)
    for module in (road, loading):
        monkeypatch.setattr(module, "lock_trip", lambda row: list(read_rows([row.id]).values()))
    # The truck's own lock too, else it keeps the second waiting.
    monkeypatch.setattr(trucks, "lock_vehicles", lambda vehicles: None)
    return both_have_read


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each act on a connection of its own, begun together; what it returned, or raised."""
    ready = threading.Barrier(len(acts), timeout=20)
    outcomes: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait()
            outcomes[number] = act()
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def standing_at_the_hub(world: World) -> UUID:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    bill = world.bill(target=world.hub)
    world.bring(bill)
    return bill.id


def keepers(world: World) -> tuple[Actor, Actor]:
    return world.bao, log_in_as("Hua", [(Duty.KEEPER, world.hub)])


def receive(keeper: Actor, waybill: UUID) -> Callable[[], Any]:
    return lambda: services.receive(waybill=waybill, actor=keeper, now=NOW + 2 * DAY, request_id=new_id())


def test_without_the_lock_the_second_keeper_runs_into_the_book_itself(
    world: World, unguarded: threading.Barrier
) -> None:
    waybill = standing_at_the_hub_unguarded(world, unguarded)
    outcomes = at_once(*(receive(keeper, waybill) for keeper in keepers(world)))
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "BatchRefused"]
    assert any(isinstance(each, BatchRefused) for each in outcomes)  # the book held; nobody was told who was first


def test_two_keepers_receive_one_waybill_at_once_and_there_is_one_receipt(world: World) -> None:
    waybill = standing_at_the_hub(world)
    outcomes = at_once(*(receive(keeper, waybill) for keeper in keepers(world)))
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "WaybillMoved"]
    (refusal,) = [each for each in outcomes if isinstance(each, WaybillMoved)]
    first = next(act for act in freight.waybill(waybill, now=NOW).acts if act.act == "RECEIVE")
    assert first.by_name in refusal.message  # told who was first
    assert len(papers.documents("GRN")) == 1
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 600
    assert book.verify_book().ok


def standing_at_the_hub_unguarded(world: World, barrier: threading.Barrier) -> UUID:
    """The way there takes each lock once: a second party keeps it company at the barrier."""
    company = threading.Thread(target=_keep_company, args=(barrier, 3))
    company.start()
    try:
        return standing_at_the_hub(world)
    finally:
        company.join(30)


def _keep_company(barrier: threading.Barrier, times: int) -> None:
    for _ in range(times):
        barrier.wait()


def loaded(world: World) -> UUID:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    services.load(waybill=bill.id, actor=world.ezhou_keeper, now=bill.load_start_at, request_id=new_id())
    return bill.id


def depart(world: World, waybill: UUID) -> Callable[[], Any]:
    at = freight.waybill(waybill, now=NOW).row.planned_depart_at
    return lambda: services.depart(waybill=waybill, actor=world.tao, now=at, request_id=new_id())


def departures(waybill: UUID) -> int:
    return sum(act.act == "DEPART" for act in freight.waybill(waybill, now=NOW).acts)


def test_without_the_lock_a_truck_leaves_twice(world: World, unguarded: threading.Barrier) -> None:
    company = threading.Thread(target=_keep_company, args=(unguarded, 1))
    company.start()
    waybill = loaded(world)
    company.join(30)
    at_once(depart(world, waybill), depart(world, waybill))
    assert departures(waybill) == 2


def test_a_truck_that_two_phones_report_leaves_once(world: World) -> None:
    waybill = loaded(world)
    outcomes = at_once(depart(world, waybill), depart(world, waybill))
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "WaybillMoved"]
    assert departures(waybill) == 1


def test_without_the_lock_one_request_on_two_connections_gets_an_error_for_an_answer(
    world: World, unguarded: threading.Barrier
) -> None:
    waybill = standing_at_the_hub_unguarded(world, unguarded)
    request_id = new_id()

    def again() -> Any:
        return services.receive(waybill=waybill, actor=world.bao, now=NOW + 2 * DAY, request_id=request_id)

    outcomes = at_once(again, again)
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "IntegrityError"]


def test_one_request_sent_on_two_connections_has_one_effect_and_one_answer(world: World) -> None:
    waybill = standing_at_the_hub(world)
    request_id = new_id()

    def again() -> Any:
        return services.receive(waybill=waybill, actor=world.bao, now=NOW + 2 * DAY, request_id=request_id)

    outcomes = at_once(again, again)
    assert sorted(each.was_replay for each in outcomes) == [False, True]
    assert outcomes[0].documents == outcomes[1].documents
    assert book.verify_book().ok


def two_loads(world: World) -> tuple[UUID, list[Any]]:
    """Two keepers load one truck at once; the truck, and what came of each."""
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    hua = log_in_as("Hua", [(Duty.KEEPER, world.ezhou)])

    def load(keeper: Actor) -> Callable[[], Any]:
        return lambda: services.load(waybill=bill.id, actor=keeper, now=NOW, request_id=new_id())

    assert bill.vehicle is not None
    return bill.vehicle, at_once(load(world.ezhou_keeper), load(hua))


@pytest.mark.usefixtures("unguarded")
def test_without_the_lock_the_second_keeper_who_loads_runs_into_the_book_itself(world: World) -> None:
    truck, outcomes = two_loads(world)
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "BatchRefused"]
    assert world.posted(truck, State.ABOARD, "ezhou masks") == 300  # the book held; nobody was told who was first


def test_two_keepers_load_one_truck_at_once_and_its_goods_are_aboard_once(world: World) -> None:
    truck, outcomes = two_loads(world)
    assert sorted(type(each).__name__ for each in outcomes) == ["Acted", "WaybillMoved"]
    assert world.posted(truck, State.ABOARD, "ezhou masks") == 300
    assert book.verify_book().ok


def meet_at_the_truck(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> Meeting:
    """Two who have each looked up the truck's runs meet; not `is_guarded`: they took no lock on the truck."""
    meeting, look = Meeting(is_guarded=is_guarded), trucks.runs_of
    if not is_guarded:
        monkeypatch.setattr(trucks, "lock_vehicles", lambda vehicles: None)

    def look_together(truck: Vehicle, now: datetime) -> list[Run]:
        found = look(truck, now)
        meeting.wait()
        return found

    monkeypatch.setattr(trucks, "runs_of", look_together)
    return meeting


@pytest.mark.parametrize("is_guarded", [False, True])
def test_one_truck_is_loaded_for_one_run_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock on the truck it is under two keepers' goods at once, at two places."""
    near, far, relay = two_trucks(world)
    assert near.vehicle == relay.vehicle
    services.receive(waybill=far.id, actor=world.bao, now=world.bring(far), request_id=new_id())
    late = max(relay.load_start_at, far.unload_end_at)
    meeting = meet_at_the_truck(monkeypatch, is_guarded=is_guarded)
    answers = race(
        lambda: services.load(waybill=near.id, actor=world.ezhou_keeper, now=late, request_id=new_id()),
        lambda: services.load(waybill=relay.id, actor=world.bao, now=late, request_id=new_id()),
    )
    assert meeting.happened is not is_guarded
    assert [type(each) for each in answers if isinstance(each, Exception)] == ([TruckElsewhere] if is_guarded else [])
    states = [freight.waybill(bill.id, now=NOW).row.state for bill in (near, relay)]
    assert states.count("LOADED") == (1 if is_guarded else 2)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_who_name_one_truck_at_once_name_it_for_one_run(
    world: World, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock on the truck both look before either has written, and it is named for two roads."""
    world.allot("langfang masks", world.hospital, 300)
    world.convoy()
    first = world.bill(target=world.hub)
    world.allot("langfang suits", world.hospital, 100)
    second = world.bill(world.convoy(from_at=NOW + HOUR), origin=world.langfang)
    free = next(
        each.id for each in freight.vehicles(kind=world.trucks) if each.id not in (first.vehicle, second.vehicle)
    )
    meeting = meet_at_the_truck(monkeypatch, is_guarded=is_guarded)

    def name(waybill: UUID) -> Callable[[], Any]:
        return lambda: services.name_truck(waybill=waybill, vehicle=free, actor=world.lin, now=NOW, request_id=new_id())

    answers = race(name(first.id), name(second.id))
    assert meeting.happened is not is_guarded
    assert [type(each) for each in answers if isinstance(each, Exception)] == ([TruckElsewhere] if is_guarded else [])
    named = [freight.waybill(bill.id, now=NOW).row.vehicle for bill in (first, second)]
    assert named.count(free) == (1 if is_guarded else 2)
