"""Plans: what they are made from, what they become, when they are taken back, and what carriers say to them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from baogong.catalogue.services import add_item
from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import AlreadyAnswered, AlreadyLoaded
from baogong.journal import queries as papers
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.services import links
from baogong.people.services.parties import register_party
from baogong.places import services as places
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.services import PlanOvertaken
from tests.apps.freight.world import DAY, HOUR, NOW, World, goods, plan_view
from tests.cast import rows_in_book


def test_far_goods_go_by_the_hub_and_near_ones_direct_each_with_its_reason(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.office, 300)
    plan = world.plan()
    convoy = freight.convoy(plan)
    assert convoy.hub == world.hub
    assert (convoy.left, convoy.late_carton_s) == ((), 0)
    ways = {(leg.stops[0].site, leg.stops[-1].site) for leg in convoy.legs if not leg.is_empty}
    assert ways == {(world.langfang, world.hub), (world.hub, world.hospital), (world.ezhou, world.office)}
    whats = [each.what for each in freight.rejected_alternatives(plan)]
    assert any(what.startswith("SEAL:东行物流") for what in whats)
    assert any(what.startswith("ROUTE:鄂州仓:仙桃") for what in whats)
    assert all(each.why_zh and each.why_en for each in convoy.rejected)


def test_air_freight_that_wants_a_weeks_notice_is_rejected_with_the_figures(world: World) -> None:
    places.add_lane(
        origin=world.langfang, target=world.hub, mode="AIR", distance_m=1_000_000, duration_s=4 * 3600,
        lead_time_s=7 * 86_400,
    )  # fmt: skip
    world.allot("langfang masks", world.hospital, 600)
    (air,) = [each for each in freight.rejected_alternatives(world.plan()) if each.what.startswith("AIR:")]
    assert air.figures["lead_s"] == 7 * 86_400
    assert "提前" in air.why_zh


def test_what_was_weighed_and_not_taken_stands_in_the_signed_approval(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    (paper,) = papers.documents(kind="PLAN_APPROVAL", subject=plan)
    assert paper.is_in_force
    rejected = freight.rejected_alternatives(plan)
    assert rejected
    assert paper.body["rejected"] == [
        {"what": each.what, "why_zh": each.why_zh, "why_en": each.why_en} for each in rejected
    ]


def test_a_flight_nobody_has_offered_is_not_planned_even_if_it_were_sooner(world: World) -> None:
    places.add_lane(origin=world.langfang, target=world.hub, mode="AIR", distance_m=1_000_000, duration_s=3600)
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    assert {leg.mode for leg in freight.convoy(plan).legs} == {"ROAD"}
    (air, *_) = [each for each in freight.rejected_alternatives(plan) if each.what.startswith("AIR:")]
    assert "no carrier has offered" in air.why_en
    world.approve(plan)
    assert {row.carrier for row in world.bills(origin=world.langfang)} == {world.haulier}


def test_a_flight_a_carrier_offers_becomes_a_waybill_like_any_other(world: World) -> None:
    services.offer_vehicles(
        carrier=world.haulier, name="货机", capacity_g=5_000_000, capacity_cm3=30_000_000, vehicles_count=1,
        based_at=world.langfang, flies_to=world.hub, flight_s=3 * 3600, fen_per_kg=100, actor=world.lin, now=NOW,
    )  # fmt: skip
    world.allot("langfang masks", world.hospital, 600)
    world.approve(world.plan())
    bill = world.bill(origin=world.langfang)
    assert bill.planned_arrive_at <= NOW + 4 * HOUR
    assert bill.carrier == world.haulier


def test_a_plan_places_no_new_holds_and_its_waybills_refer_to_the_promises(world: World) -> None:
    hold = world.allot("langfang masks", world.hospital, 600)
    before = book.verify_book().movements
    plan = world.plan()
    assert plan_view(plan).lines == ()
    world.approve(plan)
    assert book.verify_book().movements == before
    assert {line.parcel for row in world.bills() for line in freight.waybill(row.id, now=NOW).lines} == {hold}
    assert [row.number for row in world.bills()] == ["WB-0001", "WB-0002"]
    assert papers.document(freight.waybill("WB-0001", now=NOW).document).kind == "WAYBILL"


def test_a_plan_is_undone_until_the_first_truck_is_loaded(world: World) -> None:
    hold = world.allot("langfang masks", world.hospital, 600)
    plan = world.convoy()
    planning.undo(plan=plan, actor=world.lin, now=NOW)
    assert {row.state for row in world.bills()} == {"CANCELLED"}
    assert book.hold(hold).open == 600  # the promise to the hospital stands
    again = world.convoy()
    bill = world.bill(again, target=world.hub)
    services.load(waybill=bill.id, actor=world.fang, now=NOW, request_id=new_id())
    with pytest.raises(AlreadyLoaded, match=bill.number):
        planning.undo(plan=again, actor=world.lin, now=NOW)
    assert {row.state for row in world.bills(again)} == {"LOADED", "PLANNED"}


def test_a_plan_whose_goods_went_another_way_is_not_approved(world: World) -> None:
    hold = world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    other = world.plan()
    world.approve(other)
    with pytest.raises(PlanOvertaken, match="600 were to be moved, 0 still wait"):
        world.approve(plan)
    assert book.hold(hold).open == 600


def test_new_goods_or_trucks_do_not_overtake_a_plan_but_missing_trucks_and_closed_roads_do(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    first, second, third = world.plan(), world.plan(), world.plan()
    world.allot("ezhou masks", world.office, 100)
    services.add_vehicle(kind=world.trucks, plate="冀R77777", actor=world.lin, now=NOW, request_id=new_id())
    lane = places.add_lane(origin=world.hub, target=world.hospital, distance_m=109_000, duration_s=7200)
    world.approve(first)
    planning.undo(plan=first, actor=world.lin, now=NOW)
    places.close_lane(lane=lane, start_at=NOW, end_at=NOW + HOUR, reason="checkpoint")
    with pytest.raises(PlanOvertaken, match="road was closed"):
        world.approve(second)
    for vehicle in freight.vehicles(kind=world.vans):
        services.revoke_pass(granted=vehicle.passes[0].id, why="ended", actor=world.lin, now=NOW)
    with pytest.raises(PlanOvertaken, match="the plan uses 1, 0 are on offer"):
        world.approve(third)


def test_goods_on_a_waybill_are_not_planned_twice(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy()
    later = world.allot("langfang suits", world.office, 100)
    plan = world.plan()
    assert set(plan_view(plan).snapshot["parcels"]) == {str(later)}


def test_receivers_that_promise_nothing_movable_make_an_empty_plan(world: World) -> None:
    plan = world.plan()
    assert freight.convoy(plan).legs == ()
    world.approve(plan)
    assert world.bills() == []


def test_what_nobody_has_said_how_it_is_boxed_is_named(world: World) -> None:
    odd = add_item(code="odd", name_zh="奇物", name_en="Oddity")
    goods(world, "langfang", odd, "odd", 50)
    world.allot("langfang odd", world.hospital, 10)
    with pytest.raises(UnusableInput, match="奇物"):
        world.plan()


def test_a_place_nobody_can_find_on_the_map_is_named(world: World) -> None:
    nowhere = register_party(kind="SITE", name="未知医院", city="北海", now=NOW)
    places.add_site(party=nowhere, role="RECEIVER")
    world.allot("langfang masks", nowhere, 10)
    with pytest.raises(UnusableInput, match="未知医院"):
        world.plan()


def test_a_site_without_coordinates_stands_in_the_middle_of_its_area(world: World) -> None:
    fifth = register_party(kind="SITE", name="武汉市第五医院", city="武汉", now=NOW)
    places.add_site(party=fifth, role="RECEIVER", area=world.wuhan)
    world.allot("ezhou masks", fifth, 10)
    world.approve(world.plan())
    bill = world.bill(receiver=fifth)
    assert timedelta(0) < bill.planned_arrive_at - bill.planned_depart_at < 4 * HOUR


def test_each_carrier_is_asked_once_by_a_private_link_and_may_accept(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    asked = services.ask_carriers(plan=plan, actor=world.lin, now=NOW)
    assert {each.carrier for each in asked} == {world.haulier, world.relay}
    mine = next(each for each in asked if each.carrier == world.haulier)
    assert mine.token is not None
    opened = links.open_link(mine.token, "CARRIER_OFFER", NOW)
    assert (opened.subject, opened.party) == (mine.ask, world.haulier)
    assert freight.ask(mine.ask).answer == "ASKED"
    again = services.ask_carriers(plan=plan, actor=world.lin, now=NOW)
    assert [(each.ask, each.token) for each in again] == [(each.ask, None) for each in asked]
    with pytest.raises(NotYourPlace):
        services.answer_ask(ask=mine.ask, answer="ACCEPTED", actor=world.relay_dispatcher, now=NOW, request_id=new_id())
    request_id = new_id()
    for _ in range(2):
        services.answer_ask(ask=mine.ask, answer="ACCEPTED", actor=world.dispatcher, now=NOW, request_id=request_id)
    assert freight.ask(mine.ask).answer == "ACCEPTED"
    assert {row.carrier_answer for row in world.bills(carrier=world.haulier)} == {"ACCEPTED"}
    with pytest.raises(AlreadyAnswered):
        services.answer_ask(ask=mine.ask, answer="DECLINED", actor=world.dispatcher, now=NOW, request_id=new_id())


def test_a_lost_link_is_replaced_until_the_carrier_has_answered(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    asked = services.ask_carriers(plan=plan, code="1111", actor=world.lin, now=NOW)
    mine = next(each for each in asked if each.carrier == world.haulier)
    other = next(each for each in asked if each.carrier == world.relay)
    with pytest.raises(NotYourPlace):
        services.renew_link(ask=mine.ask, actor=world.dispatcher, now=NOW)
    token = services.renew_link(ask=mine.ask, code="2222", actor=world.lin, now=NOW)
    assert mine.token is not None
    assert other.token is not None
    with pytest.raises(links.LinkUnusable):
        links.open_link(mine.token, "CARRIER_OFFER", NOW)
    opened = links.open_link(token, "CARRIER_OFFER", NOW)
    assert (opened.subject, opened.party, opened.asks_code) == (mine.ask, world.haulier, True)
    assert links.open_link(other.token, "CARRIER_OFFER", NOW).subject == other.ask
    services.answer_ask(ask=mine.ask, answer="ACCEPTED", actor=world.dispatcher, now=NOW, request_id=new_id())
    with pytest.raises(AlreadyAnswered):
        services.renew_link(ask=mine.ask, actor=world.lin, now=NOW)


def test_a_refusal_leads_to_a_plan_without_that_carrier_and_a_task_for_command(world: World) -> None:
    world.allot("ezhou masks", world.hub, 300)
    plan = world.plan(hubs=[])
    world.approve(plan)
    (bill,) = world.bills(plan)
    first = bill.carrier
    ask = next(each for each in services.ask_carriers(plan=plan, actor=world.lin, now=NOW) if each.carrier == first)
    answered = services.answer_ask(
        ask=ask.ask,
        answer="DECLINED",
        note="no drivers before the feast",
        actor=world.dispatcher if first == world.haulier else world.relay_dispatcher,
        now=NOW,
        request_id=new_id(),
    )
    assert answered.suggested_plan is not None
    assert {leg.carrier for leg in freight.convoy(answered.suggested_plan).legs} == {
        world.relay if first == world.haulier else world.haulier
    }
    assert any(task.subject == answered.suggested_plan and task.duty == Duty.COMMAND for task in papers.tasks())
    world.approve(answered.suggested_plan)
    world.agree(answered.suggested_plan)
    assert {(row.carrier == first, row.state) for row in world.bills()} == {(True, "CANCELLED"), (False, "PLANNED")}


def test_a_counter_with_a_later_hour_moves_the_plan_to_that_hour(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    world.approve(plan)
    ask = next(
        each for each in services.ask_carriers(plan=plan, actor=world.lin, now=NOW) if each.carrier == world.haulier
    )
    later = NOW + 10 * HOUR
    with pytest.raises(UnusableInput, match="no moment with a time zone"):
        services.answer_ask(
            ask=ask.ask,
            answer="COUNTERED",
            terms={str(world.trucks): {"available_from_at": "tomorrow"}},
            actor=world.dispatcher,
            now=NOW,
            request_id=new_id(),
        )
    with pytest.raises(UnusableInput, match="no vehicle kind of this carrier"):
        services.answer_ask(
            ask=ask.ask,
            answer="COUNTERED",
            terms={str(world.vans): {"vehicles_count": 1}},
            actor=world.dispatcher,
            now=NOW,
            request_id=new_id(),
        )
    answered = services.answer_ask(
        ask=ask.ask,
        answer="COUNTERED",
        terms={str(world.trucks): {"available_from_at": later.isoformat(), "fixed_fen": 100_000}},
        actor=world.dispatcher,
        now=NOW,
        request_id=new_id(),
    )
    assert answered.suggested_plan is not None
    convoy = freight.convoy(answered.suggested_plan)
    assert min(leg.depart_at for leg in convoy.legs if leg.carrier == world.haulier) >= later
    difference = freight.convoy_difference(plan, answered.suggested_plan)
    assert difference.last_arrival_s > 0
    assert freight.ask(ask.ask).terms[str(world.trucks)]["fixed_fen"] == 100_000


def test_a_plan_is_command_s_to_make_and_a_stranger_leaves_no_trace(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    plan = world.plan()
    before = rows_in_book()
    for act in (
        lambda: services.plan_convoy(
            from_at=NOW, until_at=NOW + DAY, actor=world.stranger, now=NOW, request_id=new_id()
        ),
        lambda: planning.approve(plan=plan, actor=world.stranger, now=NOW, request_id=new_id()),
        lambda: services.ask_carriers(plan=plan, actor=world.stranger, now=NOW),
        lambda: services.offer_vehicles(
            carrier=world.haulier, name="x", capacity_g=1, capacity_cm3=1, vehicles_count=1, actor=world.stranger, now=NOW
        ),
        lambda: services.grant_pass(
            vehicle=freight.vehicles()[0].id, area=world.wuhan, valid_from_at=NOW, valid_until_at=NOW + DAY,
            granted_by=world.office, actor=world.dispatcher, now=NOW, request_id=new_id(),
        ),
    ):  # fmt: skip
        with pytest.raises(NotYourPlace):
            act()
    assert rows_in_book() == before


def test_a_plan_solved_again_from_what_was_kept_is_the_same(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.office, 300)
    rerun = plans.rerun(world.plan())
    assert (rerun.is_same, rerun.is_intact) == (True, True)


def test_opening_hours_of_a_gate_are_kept(world: World) -> None:
    places.change_site(site=world.hospital, opens_at=time(8), closes_at=time(10))
    world.allot("langfang masks", world.hospital, 600)
    world.approve(world.plan())
    bill = world.bill(receiver=world.hospital)
    local = bill.unload_start_at.astimezone(timezone.get_default_timezone())
    assert time(8) <= local.time() <= time(9, 30)
