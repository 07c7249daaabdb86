"""A late truck: what has left stays as it is, what has not is proposed anew, and a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.journal import queries as papers
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger.states import State
from baogong.planning import queries as plans
from baogong.planning.services import PlanOvertaken
from tests.apps.freight.test_custody import verified
from tests.apps.freight.world import DAY, HOUR, NOW, World


def late(world: World, bill: object, by: timedelta, now: object) -> services.Delayed:
    return services.report_delay(
        waybill=bill.id,  # type: ignore[attr-defined]
        arrive_at=bill.planned_arrive_at + by,  # type: ignore[attr-defined]
        why="fog",
        actor=world.tao,
        now=now,  # type: ignore[arg-type]
        request_id=new_id(),
    )


def test_a_truck_late_on_the_road_moves_what_waits_for_it_and_nothing_that_left(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.office, 300)
    plan = world.convoy()
    far, near, relay = world.bill(target=world.hub), world.bill(target=world.office), world.bill(origin=world.hub)
    world.send(far)
    world.send(near)
    told = late(world, far, 5 * HOUR, now=far.planned_depart_at + 3 * HOUR)
    assert told.plan is not None
    difference = freight.convoy_difference(plan, told.plan)
    assert {change.what for change in difference.changes} == {"LATER"}
    assert difference.last_arrival_s == 5 * 3600
    assert freight.convoy(told.plan).supersedes == plan

    now = far.planned_depart_at + 4 * HOUR
    world.approve(told.plan, now=now)
    world.agree(told.plan, now=now)
    rows = {row.number: row for row in world.bills()}
    for kept in (far, near):
        assert rows[kept.number].state == "DEPARTED"
        assert rows[kept.number].planned_arrive_at == kept.planned_arrive_at
    assert rows[far.number].late_s == 5 * 3600
    assert rows[relay.number].state == "CANCELLED"
    anew = world.bill(told.plan)
    assert anew.planned_depart_at == relay.planned_depart_at + 5 * HOUR

    at = far.planned_arrive_at + 5 * HOUR
    services.arrive(waybill=far.id, actor=world.tao, now=at, request_id=new_id())
    services.receive(waybill=far.id, actor=world.bao, now=at, request_id=new_id())
    at = near.planned_arrive_at
    services.arrive(waybill=near.id, actor=world.tao, now=at, request_id=new_id())
    services.hand_over(waybill=near.id, signed_by="Office", actor=world.tao, now=at, request_id=new_id())
    at = world.bring(anew)
    services.hand_over(waybill=anew.id, signed_by="Zhou", actor=world.tao, now=at, request_id=new_id())
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 600
    assert verified()


def test_a_truck_reported_late_after_it_should_have_come_is_planned_for_when_it_comes(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far, relay = world.bill(target=world.hub), world.bill(origin=world.hub)
    world.send(far)
    told = late(world, far, 6 * HOUR, now=far.planned_arrive_at + 2 * HOUR)
    assert told.plan is not None
    world.approve(told.plan, now=far.planned_arrive_at + 2 * HOUR)
    assert world.bill(told.plan).planned_depart_at >= relay.planned_depart_at + 6 * HOUR


def test_a_second_delay_adds_to_the_first_and_the_third_plan_knows_both(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far, relay = world.bill(target=world.hub), world.bill(origin=world.hub)
    world.send(far)
    now = far.planned_depart_at + HOUR
    first = late(world, far, 2 * HOUR, now=now)
    assert first.plan is not None
    world.approve(first.plan, now=now)
    second = late(world, far, 5 * HOUR, now=now + HOUR)
    assert second.plan is not None
    assert plans.plan(second.plan).params["supersedes"] == str(first.plan)
    world.approve(second.plan, now=now + HOUR)
    (row,) = [row for row in world.bills(origin=world.hub) if row.state == "PLANNED"]
    assert row.planned_depart_at == relay.planned_depart_at + 5 * HOUR
    assert services.current_plan(plans.plan(first.plan).id) == second.plan


def test_for_a_truck_late_before_it_left_another_takes_the_load(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far = world.bill(target=world.hub)
    told = late(world, far, 3 * HOUR, now=NOW + timedelta(minutes=5))
    assert told.plan is not None
    world.approve(told.plan, now=NOW + timedelta(minutes=5))
    anew = world.bill(told.plan, target=world.hub)
    assert anew.truck != far.truck
    assert anew.planned_arrive_at < far.planned_arrive_at + HOUR
    assert freight.waybill(far.id, now=NOW).row.state == "CANCELLED"


def test_where_there_is_no_other_the_load_waits_for_the_late_truck(world: World) -> None:
    services.offer_vehicles(
        carrier=world.haulier, name="9.6米厢车", capacity_g=10_000_000, capacity_cm3=50_000_000, vehicles_count=1,
        actor=world.lin, now=NOW,
    )  # fmt: skip
    services.offer_vehicles(
        carrier=world.relay, name="4.2米厢车", capacity_g=2_000_000, capacity_cm3=16_000_000, vehicles_count=1,
        based_at=world.office, is_inside=True, drivers_cross=True, actor=world.lin, now=NOW,
    )  # fmt: skip
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far = world.bill(target=world.hub)
    told = late(world, far, 3 * HOUR, now=NOW + timedelta(minutes=5))
    assert told.plan is not None
    world.approve(told.plan, now=NOW + timedelta(minutes=5))
    anew = world.bill(told.plan, target=world.hub)
    assert anew.truck == far.truck
    assert anew.planned_arrive_at == far.planned_arrive_at + 3 * HOUR


def test_a_carrier_that_declines_the_replan_leads_to_a_fresh_plan_from_what_stands_where(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far = world.bill(target=world.hub)
    world.send(far)
    now = far.planned_depart_at + HOUR
    told = late(world, far, 5 * HOUR, now=now)
    assert told.plan is not None
    world.approve(told.plan, now=now)
    (asked,) = services.ask_carriers(plan=told.plan, actor=world.lin, now=now)
    assert (asked.carrier, asked.answer) == (world.relay, "ASKED")  # the haulier's truck is on the road already
    answered = services.answer_ask(
        ask=asked.ask,
        answer="COUNTERED",
        terms={str(world.vans): {"available_from_at": (now + DAY).isoformat()}},
        actor=world.relay_dispatcher,
        now=now,
        request_id=new_id(),
    )
    assert answered.suggested_plan is not None
    convoy = freight.convoy(answered.suggested_plan)
    assert not convoy.is_replan
    assert [leg.origin for leg in legs_with_goods(convoy)] == [world.hub]
    world.approve(answered.suggested_plan, now=now)
    world.agree(answered.suggested_plan, now=now)
    anew = world.bill(answered.suggested_plan)
    assert anew.planned_depart_at >= now + DAY
    at = far.planned_arrive_at + 5 * HOUR
    services.arrive(waybill=far.id, actor=world.tao, now=at, request_id=new_id())
    services.receive(waybill=far.id, actor=world.bao, now=at, request_id=new_id())
    at = world.bring(anew)
    services.hand_over(waybill=anew.id, signed_by="Zhou", actor=world.tao, now=at, request_id=new_id())
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 600
    assert verified()


def legs_with_goods(convoy: freight.ConvoyView) -> list[freight.LegView]:
    return [leg for leg in convoy.legs if not leg.is_empty]


def test_a_proposal_overtaken_by_another_truck_leaving_is_not_approved(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    far, near = world.bill(target=world.hub), world.bill(target=world.office)
    world.send(far)
    told = late(world, far, 5 * HOUR, now=far.planned_depart_at + timedelta(minutes=10))
    assert told.plan is not None
    services.load(waybill=near.id, actor=world.ezhou_keeper, now=near.load_start_at, request_id=new_id())
    with pytest.raises(PlanOvertaken, match="trucks were loaded"):
        world.approve(told.plan, now=near.load_start_at)


def test_a_waybill_the_new_plan_does_not_change_keeps_its_number_and_its_carriers_word(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    far, near = world.bill(target=world.hub), world.bill(target=world.office)
    world.send(far)
    told = late(world, far, 5 * HOUR, now=far.planned_depart_at + timedelta(minutes=10))
    assert told.plan is not None
    world.approve(told.plan, now=far.planned_depart_at + timedelta(minutes=10))
    row = freight.waybill(near.id, now=NOW).row
    assert (row.state, row.carrier_answer) == ("PLANNED", "ACCEPTED")
    world.send(near)
    assert freight.waybill(near.id, now=NOW).row.state == "DEPARTED"


def test_command_is_told_and_nothing_is_proposed_where_nothing_waits(world: World) -> None:
    world.allot("langfang masks", world.hub, 100)
    world.convoy(hubs=[])
    far = world.bill(target=world.hub)
    world.send(far)
    told = late(world, far, 2 * HOUR, now=far.planned_depart_at + HOUR)
    assert told.plan is None
    board = freight.convoy_board(now=far.planned_depart_at + HOUR)
    assert (board.rows[0].number, board.rows[0].late_s, board.late_count) == (far.number, 2 * 3600, 1)
    assert next(event.kind for event in papers.events() if event.subject == far.id) == "freight.waybill.delayed"


def test_a_delay_is_reported_by_driver_carrier_or_command_and_only_into_the_future(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    far = world.bill(target=world.hub)
    world.send(far)
    with pytest.raises(UnusableInput, match="in the past"):
        late(world, far, -DAY, now=far.planned_depart_at + HOUR)
    with pytest.raises(NotYourPlace):
        services.report_delay(
            waybill=far.id, arrive_at=NOW + 3 * DAY, why="", actor=world.bao, now=NOW + DAY, request_id=new_id()
        )
    request_id = new_id()
    answers = [
        services.report_delay(
            waybill=far.id,
            arrive_at=far.planned_arrive_at + HOUR,
            why="queue",
            actor=world.dispatcher,
            now=far.planned_depart_at + HOUR,
            request_id=request_id,
        )
        for _ in range(2)
    ]
    assert answers[1].was_replay
    assert answers[0].plan == answers[1].plan
    assert len(plans.plans(kind="CONVOY")) == 2
