"""What pages show: boards, Gantt, map, next arrivals, a giver's path; each in few questions to the database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.services import LineDifference
from baogong.kernel.ids import new_id
from tests.apps.freight.world import HOUR, NOW, World

PAGE_MAX = 12


def on_the_road(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("langfang suits", world.hospital, 100)
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    world.send(world.bill(target=world.hub))


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: freight.convoy_board(now=NOW),
        lambda world: freight.gantt(now=NOW),
        lambda world: freight.flows(),
        lambda world: freight.next_arrivals(world.hub, now=NOW),
        lambda world: freight.next_departures(world.hub, now=NOW),
        lambda world: freight.driver_tasks(world.tao, now=NOW),
        lambda world: freight.waybill("WB-0001", now=NOW),
        lambda world: freight.packing_list("WB-0001", now=NOW),
        lambda world: freight.not_moving(now=NOW),
        lambda world: freight.custody_of_lot(world.lots["langfang masks"]),
        lambda world: freight.gift_ways(list(world.lots.values())),
        lambda world: freight.vehicles(),
    ],
)
def test_a_page_asks_the_database_at_most_twelve_times(world: World, ask: Callable[[World], object]) -> None:
    on_the_road(world)
    with CaptureQueriesContext(connection) as asked:
        ask(world)
    assert len(asked) <= PAGE_MAX, [query["sql"][:120] for query in asked]


def test_the_board_shows_late_things_first(world: World) -> None:
    on_the_road(world)
    near = world.bill(target=world.office)
    late = near.planned_depart_at + HOUR
    board = freight.convoy_board(now=late)
    assert (board.rows[0].number, board.rows[0].late_s, board.late_count) == (near.number, 3600, 1)
    assert board.counts == {"DEPARTED": 1, "PLANNED": 2}
    assert board.asks_open == 0


def test_what_misses_the_receivers_hour_is_late_though_it_keeps_its_plan(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600, due_at=NOW + HOUR)
    world.convoy()
    row = world.bill(receiver=world.hospital)
    assert (row.late_s, row.misses_due, row.is_late) == (0, True, True)


def test_the_gantt_has_each_trucks_bars_and_no_dock_serves_two_at_once(world: World) -> None:
    on_the_road(world)
    gantt = freight.gantt(now=NOW)
    bars = {(row.truck, bar.what) for row in gantt.trucks for bar in row.bars}
    assert {what for _, what in bars} == {"LOAD", "DRIVE", "UNLOAD"}
    assert len(gantt.trucks) == 3
    for dock in gantt.docks:
        assert all(a.end_at <= b.start_at for a, b in zip(dock.bars, dock.bars[1:], strict=False))
        assert not dock.is_beyond
    assert gantt.start_at is not None
    assert all(bar.start_at <= bar.end_at for row in gantt.trucks for bar in row.bars)


def test_the_map_has_a_flow_for_each_way_and_state(world: World) -> None:
    on_the_road(world)
    flows = {(flow.origin, flow.target): flow for flow in freight.flows()}
    first = flows[world.langfang, world.hub]
    assert (first.state, first.amount, first.waybills_count) == ("DEPARTED", 700, 1)
    assert first.origin_point == (39.52079, 116.71471)
    assert flows[world.hub, world.hospital].state == "PLANNED"


def test_next_arrivals_put_who_stands_at_the_gate_first(world: World) -> None:
    on_the_road(world)
    bill = world.bill(target=world.hub)
    assert [row.number for row in freight.next_arrivals(world.hub, now=NOW)] == [bill.number]
    services.arrive(waybill=bill.id, actor=world.tao, now=bill.planned_arrive_at, request_id=new_id())
    (row,) = freight.next_arrivals(world.hub, now=NOW)
    assert row.state == "ARRIVED"
    services.receive(waybill=bill.id, actor=world.bao, now=bill.planned_arrive_at, request_id=new_id())
    assert freight.next_arrivals(world.hub, now=NOW) == ()
    (leaving,) = freight.next_departures(world.hub, now=NOW)
    assert leaving.receiver == world.hospital


def test_a_driver_sees_whose_turn_it_is(world: World) -> None:
    on_the_road(world)
    tasks = {task.row.number: task for task in freight.driver_tasks(world.tao, now=NOW)}
    first = world.bill(target=world.hub)
    assert tasks == {}  # the duty holds at the carriers; no vehicle of theirs is named for Tao
    services.report_delay(
        waybill=first.id, arrive_at=first.planned_arrive_at + HOUR, why="", actor=world.tao,
        now=first.planned_depart_at + HOUR, request_id=new_id(),
    )  # fmt: skip
    near = world.bill(target=world.office)
    services.name_truck(
        waybill=near.id,
        vehicle=world.vehicle(near),
        driver=world.tao.person_id,
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    (task,) = freight.driver_tasks(world.tao, now=NOW)
    assert (task.act, task.is_drivers) == ("LOAD", False)
    services.load(waybill=near.id, actor=world.ezhou_keeper, now=near.load_start_at, request_id=new_id())
    (task,) = freight.driver_tasks(world.tao, now=NOW)
    assert (task.act, task.is_drivers) == ("DEPART", True)


def test_a_givers_page_follows_each_promise_to_its_signature(world: World) -> None:
    on_the_road(world)
    masks = world.lots["langfang masks"]
    (way,) = freight.gift_ways([masks])
    assert (way.amount, way.on_the_road, way.handed_over, way.signed_by) == (600, 600, 0, ())
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    line = world.line(first, "langfang masks")
    services.receive(
        waybill=first.id, differences=[LineDifference(line=line, short=8)], actor=world.bao, now=at, request_id=new_id()
    )
    (way,) = freight.gift_ways([masks])
    assert (way.on_the_road, way.at_hub, way.lost) == (0, 592, 8)
    at = world.bring(second)
    services.hand_over(waybill=second.id, signed_by="Zhou", actor=world.tao, now=at, request_id=new_id())
    (way,) = freight.gift_ways([masks])
    assert (way.handed_over, way.lost, way.signed_by) == (592, 8, ("Zhou",))
    assert [journey.to_name for journey in way.journeys] == ["仙桃中转仓", "武汉大学中南医院"]
