"""An arrival that never happened is taken back under a document; one after which goods moved stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import ArrivalStands, WaybillMoved
from baogong.freight.models import Waybill
from baogong.freight.queries import WaybillRow
from baogong.journal import queries as papers
from baogong.journal.services import finish_task
from baogong.kernel.actor import Duty
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger.states import State
from tests.apps.freight.world import World
from tests.apps.supply.world import assert_refused_without_trace, rows_everywhere
from tests.cast import log_in_as

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def arrived(world: World) -> tuple[WaybillRow, datetime]:
    """600 masks, their truck written down as standing at the hub's gate half-way."""
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    bill = world.bill(target=world.hub)
    world.send(bill)
    at = bill.planned_depart_at + (bill.planned_arrive_at - bill.planned_depart_at) / 2
    services.arrive(waybill=bill.id, confirmed=True, actor=world.tao, now=at, request_id=new_id())
    return bill, at


def undo(bill: WaybillRow, **changed: Any) -> services.Acted:
    return services.undo_arrival(**{"waybill": bill.id, "why": "门口没有车", "request_id": new_id(), **changed})


@pytest.mark.parametrize("who", [lambda world: world.bao, lambda world: world.lin])
def test_the_keeper_or_command_takes_it_back_and_the_truck_arrives_again(
    world: World, who: Callable[[World], Any]
) -> None:
    bill, at = arrived(world)
    request_id, now = new_id(), at + 20 * MINUTE
    told = undo(bill, actor=who(world), now=now, request_id=request_id)
    row = freight.waybill_row(bill.id, now=now)
    assert (row.state, row.arrived_at, row.expected_arrive_at) == ("DEPARTED", None, bill.planned_arrive_at)
    paper = papers.document(told.documents[0])
    assert (paper.kind, paper.number, paper.state) == ("NOT_ARRIVED", "NA-0001", "SIGNED")
    assert paper.body["why"] == "门口没有车"
    assert paper.body["undoes"] == {"act": "ARRIVE", "at": at.isoformat(), "by": world.tao.name}
    assert [act.act for act in freight.waybill(bill.id, now=now).acts][-2:] == ["ARRIVE", "NOT_ARRIVED"]
    assert [one.kind for one in papers.events(document=paper.id, limit=9)].count("freight.arrival.taken-back") == 1
    assert undo(bill, actor=who(world), now=now, request_id=request_id).was_replay
    with pytest.raises(RequestIdReused):
        undo(bill, actor=who(world), now=now, request_id=request_id, why="another")
    end = bill.planned_arrive_at
    services.arrive(waybill=bill.id, actor=world.tao, now=end, request_id=new_id())
    services.receive(waybill=bill.id, actor=world.bao, now=end, request_id=new_id())
    assert (
        world.posted(world.hub, State.AVAILABLE, "langfang masks")
        + world.posted(world.hub, State.FROZEN, "langfang masks")
        == 600
    )


def test_a_truck_long_overdue_is_expected_now_at_the_earliest(world: World) -> None:
    bill, _at = arrived(world)
    now = bill.planned_arrive_at + timedelta(hours=3)
    undo(bill, actor=world.bao, now=now)
    assert freight.waybill_row(bill.id, now=now).expected_arrive_at == now


def test_what_was_received_was_there(world: World) -> None:
    bill, at = arrived(world)
    services.receive(waybill=bill.id, actor=world.bao, now=at, request_id=new_id())
    before = rows_everywhere()
    with pytest.raises(WaybillMoved):
        undo(bill, actor=world.bao, now=at)
    assert rows_everywhere() == before


def one_run(world: World) -> tuple[WaybillRow, WaybillRow, datetime]:
    """Two waybills of one truck for the hub, both on the road; and when the later one is planned to be there."""
    for lot, amount in (("langfang masks", 300), ("ezhou masks", 200)):
        world.allot(lot, world.hospital, amount)
    world.convoy()
    first, second = sorted(world.bills(target=world.hub), key=lambda bill: bill.number)[:2]
    for bill in (first, second):
        world.send(bill)
    Waybill.objects.filter(pk=second.id).update(trip=first.trip, vehicle=first.vehicle)
    return first, second, max(first.planned_arrive_at, second.planned_arrive_at)


def test_every_waybill_of_the_stop_is_on_its_way_again_each_expected_when_it_was(world: World) -> None:
    first, second, at = one_run(world)
    before = [freight.waybill_row(bill.id, now=at).expected_arrive_at for bill in (first, second)]
    now = min(before) - MINUTE
    services.arrive(waybill=first.id, actor=world.tao, now=now, confirmed=True, request_id=new_id())
    told = undo(second, actor=world.bao, now=now)
    rows = [freight.waybill_row(bill.id, now=now) for bill in (first, second)]
    assert [(row.state, row.arrived_at) for row in rows] == [("DEPARTED", None)] * 2
    assert [row.expected_arrive_at for row in rows] == before
    assert told.also == (first.id,)
    assert sorted(papers.document(told.documents[0]).body["waybills"]) == [first.number, second.number]


@pytest.mark.parametrize("minutes", [0, 1, -1])
def test_a_truck_that_was_loaded_there_since_was_there(world: World, minutes: int) -> None:
    bill, at = arrived(world)
    relay = world.bill(origin=world.hub)
    Waybill.objects.filter(pk=relay.id).update(
        trip=bill.trip, state=Waybill.State.LOADED, loaded_at=at + minutes * MINUTE
    )
    if minutes < 0:  # another time it was there
        undo(bill, actor=world.bao, now=at + 2 * MINUTE)
        return
    before = rows_everywhere()
    with pytest.raises(ArrivalStands, match=relay.number):
        undo(bill, actor=world.bao, now=at + 2 * MINUTE)
    assert rows_everywhere() == before


def test_a_delay_reported_on_the_road_is_not_forgotten(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    bill = world.bill(target=world.hub)
    world.send(bill)
    at, late_at = bill.planned_depart_at + HOUR, bill.planned_arrive_at + 6 * HOUR
    told = services.report_delay(
        waybill=bill.id, arrive_at=late_at, why="fog", actor=world.tao, now=at, request_id=new_id()
    )
    assert told.plan is not None
    world.approve(told.plan, now=at)
    services.arrive(waybill=bill.id, confirmed=True, actor=world.tao, now=at + HOUR, request_id=new_id())
    undo(bill, actor=world.bao, now=at + 2 * HOUR)
    row = freight.waybill_row(bill.id, now=at + 2 * HOUR)
    assert (row.expected_arrive_at, row.late_s) == (late_at, 6 * 3600)


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("is_keeper", [False, True])
def test_a_seal_that_was_never_crossed_leaves_neither_a_mark_nor_an_open_task(
    world: World, is_keeper: bool, is_done: bool
) -> None:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    world.send(bill)
    (granted,) = freight.passes(vehicles=[world.vehicle(bill)])
    services.revoke_pass(granted=granted.id, why="lost", actor=world.lin, now=bill.planned_depart_at)
    at = bill.planned_arrive_at
    services.arrive(waybill=bill.id, actor=world.tao, now=at, request_id=new_id())
    (task,) = papers.tasks(open_only=True, subject=bill.id)
    if is_done:
        finish_task(task=task.id, outcome="rung", actor=world.lin, now=at)
    who = log_in_as("Gate", [(Duty.KEEPER, world.office)]) if is_keeper else world.lin
    told = undo(bill, actor=who, now=at + MINUTE)
    assert freight.waybill(bill.id, now=at).row.without_pass == ()
    (task,) = papers.tasks(open_only=False, subject=bill.id)
    assert task.done_at == (at if is_done else at + MINUTE)
    assert ("到达已更正" in task.outcome, task.document) == ((False, None) if is_done else (True, told.documents[0]))
    assert papers.tasks(open_only=True, subject=bill.id) == ()
    services.arrive(waybill=bill.id, actor=world.tao, now=at + HOUR, request_id=new_id())
    assert len(papers.tasks(open_only=True, subject=bill.id)) == 1  # crossed at last


def test_a_truck_of_which_one_waybill_was_taken_over_was_there_for_the_other_too(world: World) -> None:
    first, second, at = one_run(world)
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    assert freight.waybill_row(second.id, now=at).arrived_at == at
    services.receive(waybill=first.id, actor=world.bao, now=at, request_id=new_id())
    with pytest.raises(ArrivalStands, match=first.number):
        undo(second, actor=world.bao, now=at + MINUTE)
    assert freight.waybill_row(second.id, now=at).state == "ARRIVED"


@pytest.mark.parametrize("why", ["", "   "])
def test_without_a_reason_nothing_is_taken_back(world: World, why: str) -> None:
    bill, at = arrived(world)
    with pytest.raises(UnusableInput):
        undo(bill, actor=world.bao, now=at, why=why)
    assert freight.waybill_row(bill.id, now=at).state == "ARRIVED"


def test_a_driver_a_stranger_and_another_site_s_keeper_take_nothing_back(world: World) -> None:
    bill, at = arrived(world)
    elsewhere = log_in_as("Elsewhere", [(Duty.KEEPER, world.langfang)])
    for actor in (world.tao, elsewhere):
        assert_refused_without_trace(lambda actor=actor: undo(bill, actor=actor, now=at))  # type: ignore[misc]


def test_what_has_not_arrived_is_not_taken_back(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    bill = world.bill(target=world.hub)
    world.send(bill)
    with pytest.raises(WaybillMoved):
        undo(bill, actor=world.bao, now=bill.planned_arrive_at)
