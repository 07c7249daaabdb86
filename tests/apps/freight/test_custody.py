"""A truck through the hub: custody at every change, what is short, damaged, refused or too much, who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import translation

from baogong.catalogue.services import add_item
from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import (
    ArrivesTooSoon,
    CarrierHasNotAgreed,
    DecidedBySamePerson,
    GoodsNotHere,
    NoPass,
    NotAllLoaded,
    NothingToMove,
    NotWhereItCameFrom,
    SignatureMissing,
    TooEarly,
    TruckDoesNotFit,
    TruckElsewhere,
    WaybillMoved,
)
from baogong.freight.models import Pass, Waybill
from baogong.freight.services import LineDifference
from baogong.journal import queries as papers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries as needs
from baogong.places import services as places
from baogong.supply.services import Counted, count_stock
from baogong.web.sentences import said
from tests.apps.freight.world import DAY, HOUR, NOW, World, two_trucks
from tests.cast import log_in_as, person_of, rows_in_book


def verified() -> bool:
    report = book.verify_book()
    assert report.faults == ()
    return report.ok


def relayed(world: World, amount: int = 600) -> UUID:
    """So many masks from Langfang to the hospital; the agreed plan takes them through the hub."""
    hold = world.allot("langfang masks", world.hospital, amount)
    world.convoy()
    return hold


def test_custody_passes_from_hand_to_hand_and_the_receiver_owns_what_it_signed_for(world: World) -> None:
    hold = relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    world.send(first)
    assert world.posted(world.langfang, State.FROZEN, "langfang masks") == 400
    assert first.vehicle is not None
    assert world.posted(first.vehicle, State.ABOARD, "langfang masks") == 600
    assert world.free(first.vehicle, State.ABOARD, "langfang masks") == 0

    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    received = services.receive(waybill=first.id, actor=world.bao, now=at, request_id=new_id())
    assert received.state == "CLOSED"
    assert papers.document(received.documents[0]).kind == "GRN"
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 600
    assert world.free(world.hub, State.AVAILABLE, "langfang masks") == 0  # still promised to the hospital

    at = world.bring(second)
    done = services.hand_over(waybill=second.id, signed_by="Zhou", actor=world.tao, now=at, request_id=new_id())
    assert done.state == "CLOSED"
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 600
    fate = book.hold_fate(hold)
    assert (fate.arrived, fate.travelling, fate.given_up) == (600, 0, 0)
    assert [view.met for view in needs.allotments()] == [600]
    (movement,) = [m for m in book.movements(lots=[world.lots["langfang masks"]]) if m.target.holder == world.hospital and m.tense == "POSTED"]  # fmt: skip
    assert any(piece.by_name == "Zhou" for piece in papers.evidence_of([movement.id]))
    assert verified()


def test_what_is_short_or_damaged_is_written_off_under_its_own_paper_and_trims_the_next_waybill(world: World) -> None:
    hold = relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    at = world.bring(first)
    found = LineDifference(line=world.line(first), short=12, damaged=30, note="soaked")
    received = services.receive(waybill=first.id, differences=[found], actor=world.bao, now=at, request_id=new_id())
    kinds = [papers.document(each).kind for each in received.documents]
    assert kinds == ["GRN", "LOSS_REPORT", "DAMAGE_REPORT"]
    assert papers.document(received.documents[1]).body["lines"][0]["amount"] == 12
    assert world.posted(world.haulier, State.LOST, "langfang masks") == 12
    assert world.posted(world.hub, State.SPOILED, "langfang masks") == 30
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 558
    assert [line.amount for line in freight.waybill(second.id, now=at).lines] == [558]
    fate = book.hold_fate(hold)
    assert (fate.travelling, fate.given_up) == (558, 42)

    at = world.bring(second)
    services.hand_over(waybill=second.id, signed_by="Zhou", actor=world.tao, now=at, request_id=new_id())
    (chain,) = freight.custody_of_lot(world.lots["langfang masks"])
    assert (chain.handed_over, chain.lost, chain.damaged) == (558, 12, 30)
    assert chain.handed_over + chain.lost + chain.damaged == chain.amount
    assert [step.what for step in chain.steps] == ["LOAD", "DAMAGED", "RECEIVE", "SHORT", "LOAD", "HAND_OVER"]
    assert [step.signed_by for step in chain.steps][-1] == "Tao"
    assert [step.given_to for step in chain.steps][-1] == "Zhou"
    assert verified()


def test_what_is_left_at_loading_stays_promised_and_is_planned_next(world: World) -> None:
    hold = relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    services.load(
        waybill=first.id,
        differences=[LineDifference(line=world.line(first), left=250)],
        actor=world.fang,
        now=first.load_start_at,
        request_id=new_id(),
    )
    assert [line.amount for line in freight.waybill(second.id, now=NOW).lines] == [350]
    waiting = freight.not_moving(now=NOW)
    assert [(each.parcel, each.amount, each.site) for each in waiting] == [(hold, 250, world.langfang)]
    later = world.plan(now=NOW + 2 * HOUR)
    world.approve(later, now=NOW + 2 * HOUR)
    assert sum(row.amount for row in world.bills(later, origin=world.langfang)) == 250
    assert freight.not_moving(now=NOW) == ()
    assert verified()


def test_a_surplus_moves_nothing_until_another_person_has_decided(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    at = world.bring(first)
    found = LineDifference(line=world.line(first), surplus=20)
    received = services.receive(waybill=first.id, differences=[found], actor=world.bao, now=at, request_id=new_id())
    (surplus,) = received.surpluses
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 600
    assert any(task.subject == first.id for task in papers.tasks())
    with pytest.raises(NotYourPlace):
        services.settle_surplus(surplus=surplus, decision="FOUND", actor=world.bao, now=at, request_id=new_id())
    services.settle_surplus(surplus=surplus, decision="FROM_ORIGIN", actor=world.lin, now=at, request_id=new_id())
    services.settle_surplus(surplus=surplus, decision="FROM_ORIGIN", actor=world.lin, now=at, request_id=new_id())
    assert world.posted(world.langfang, State.FROZEN, "langfang masks") == 380
    assert world.free(world.hub, State.FROZEN, "langfang masks") == 20  # relief, promised to nobody
    with pytest.raises(UnusableInput):
        services.settle_surplus(surplus=surplus, decision="FOUND", actor=world.lin, now=at, request_id=new_id())
    assert freight.surpluses(open_only=True) == ()
    assert verified()


def test_who_counted_a_surplus_does_not_decide_about_it(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    at = world.bring(first)
    both = world.bao.__class__(world.bao.person_id, "Bao", {**world.bao.reach, **world.lin.reach})
    received = services.receive(
        waybill=first.id,
        differences=[LineDifference(line=world.line(first), surplus=1)],
        actor=both,
        now=at,
        request_id=new_id(),
    )
    with pytest.raises(DecidedBySamePerson):
        services.settle_surplus(
            surplus=received.surpluses[0], decision="FOUND", actor=both, now=at, request_id=new_id()
        )


def test_a_surplus_that_was_none_moves_nothing(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    at = world.bring(first)
    found = LineDifference(line=world.line(first), surplus=7)
    received = services.receive(waybill=first.id, differences=[found], actor=world.bao, now=at, request_id=new_id())
    before = book.verify_book().movements
    services.settle_surplus(
        surplus=received.surpluses[0], decision="MISCOUNT", actor=world.lin, now=at, request_id=new_id()
    )
    assert book.verify_book().movements == before
    assert papers.documents("SURPLUS")[0].state == "REFUSED"


def test_what_a_receiver_refuses_goes_back_under_a_waybill_of_its_own(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    services.receive(waybill=first.id, actor=world.bao, now=world.bring(first), request_id=new_id())
    at = world.bring(second)
    found = LineDifference(line=world.line(second), refused=100, short=5, damaged=10)
    done = services.hand_over(
        waybill=second.id, signed_by="Zhou", differences=[found], actor=world.tao, now=at, request_id=new_id()
    )
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 485
    assert world.posted(world.relay, State.SPOILED, "langfang masks") == 10
    (back,) = done.also
    row = freight.waybill(back, now=at).row
    assert (row.is_return, row.state, row.target, row.loaded) == (True, "LOADED", world.hub, 100)
    services.depart(waybill=back, actor=world.tao, now=at, request_id=new_id())
    services.arrive(waybill=back, actor=world.tao, now=at + 2 * HOUR, request_id=new_id())
    services.receive(waybill=back, actor=world.bao, now=at + 2 * HOUR, request_id=new_id())
    assert world.free(world.hub, State.FROZEN, "langfang masks") == 100  # to be promised anew
    (allotment,) = needs.allotments()
    assert (allotment.met, allotment.released, allotment.committed) == (485, 115, 0)
    assert freight.not_moving(now=at) == ()
    assert verified()


def test_a_team_without_a_site_is_met_where_somebody_said(world: World) -> None:
    world.allot("ezhou masks", world.team, 200)
    with pytest.raises(UnusableInput, match="北京协和医院援鄂医疗队"):
        world.plan()
    for said_at in (NOW, NOW + HOUR):
        services.set_meeting_place(party=world.team, site=world.hospital, actor=world.lin, now=said_at)
    assert [event.at for event in papers.events(kinds=["freight.meeting-place.set"])] == [NOW]
    world.convoy()
    bill = world.bill(receiver=world.team)
    assert bill.target == world.hospital
    at = world.bring(bill)
    services.hand_over(waybill=bill.id, signed_by="Team leader", actor=world.tao, now=at, request_id=new_id())
    assert world.posted(world.team, State.HANDED_OVER, "ezhou masks") == 200
    assert world.posted(world.hospital, State.HANDED_OVER, "ezhou masks") == 0


def test_nothing_leaves_before_its_time_unless_command_lets_it_go_with_a_reason(world: World) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy(not_before={world.langfang: NOW + 15 * HOUR})
    bill = world.bill(target=world.hub)
    assert bill.earliest_depart_at == NOW + 15 * HOUR
    services.load(waybill=bill.id, actor=world.fang, now=NOW + 12 * HOUR, request_id=new_id())
    early = NOW + 14 * HOUR
    with pytest.raises(TooEarly):
        services.depart(waybill=bill.id, actor=world.tao, now=early, request_id=new_id())
    with pytest.raises(NotYourPlace):
        services.let_go_early(
            waybill=bill.id, earliest_at=early, reason="fog", actor=world.tao, now=early, request_id=new_id()
        )
    with pytest.raises(UnusableInput):
        services.let_go_early(
            waybill=bill.id, earliest_at=early, reason=" ", actor=world.lin, now=early, request_id=new_id()
        )
    services.let_go_early(
        waybill=bill.id, earliest_at=early, reason="fog", actor=world.lin, now=early, request_id=new_id()
    )
    services.depart(waybill=bill.id, actor=world.tao, now=early, request_id=new_id())
    (event,) = [each for each in papers.events() if each.kind == "freight.earliest.overridden"]
    assert event.data["reason"] == "fog"


def test_a_vehicle_without_a_pass_does_not_leave_across_the_seal(world: World) -> None:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    assert bill.vehicle is not None
    (granted,) = freight.passes(vehicles=[bill.vehicle])
    services.revoke_pass(granted=granted.id, why="lost", actor=world.lin, now=NOW)
    services.load(waybill=bill.id, actor=world.ezhou_keeper, now=bill.load_start_at, request_id=new_id())
    before = rows_in_book()
    with pytest.raises(NoPass, match="武汉"):
        services.depart(waybill=bill.id, actor=world.tao, now=bill.planned_depart_at, request_id=new_id())
    assert rows_in_book() == before
    assert freight.waybill(bill.id, now=NOW).row.state == "LOADED"


@pytest.mark.parametrize("why", ["REVOKED", "ENDED", "NOT_YET", "NONE"])
def test_who_arrives_without_a_valid_pass_is_written_down_and_command_is_told(world: World, why: str) -> None:
    """A fact is recorded; only leaving can be forbidden."""
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    world.send(bill)
    assert bill.vehicle is not None
    (granted,) = freight.passes(vehicles=[bill.vehicle])
    at = bill.planned_arrive_at
    kept = Pass.objects.filter(id=granted.id)
    if why == "REVOKED":
        services.revoke_pass(granted=granted.id, why="rules changed", actor=world.lin, now=bill.planned_depart_at)
    elif why == "ENDED":
        kept.update(valid_until_at=at)  # it holds until this moment, and not at it
    elif why == "NOT_YET":
        kept.update(valid_from_at=at + HOUR)
    else:
        kept.update(vehicle=next(each.id for each in freight.vehicles() if each.id != bill.vehicle))
    request_id = new_id()
    for _tap in range(2):
        services.arrive(waybill=bill.id, actor=world.tao, now=at, request_id=request_id)
    row = freight.waybill(bill.id, now=at).row
    assert (row.state, row.arrived_at) == ("ARRIVED", at)
    ((area, found, since),) = [(each.area_name, each.why, each.at) for each in row.without_pass]
    assert (area, found) == ("武汉", why)
    assert since == {"REVOKED": bill.planned_depart_at, "ENDED": at, "NOT_YET": at + HOUR, "NONE": None}[why]
    (event,) = [each for each in papers.events() if each.kind == "freight.seal.crossed-without-pass"]
    assert event.data["crossed"][0]["area"] == "武汉"
    (task,) = papers.tasks(open_only=True, subject=bill.id)
    assert "未持有效通行证进出武汉" in task.title


def test_an_area_sealed_while_the_truck_was_on_its_way_does_not_hide_its_arrival(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    world.send(first)
    places.seal(area=world.wuhan, site=first.target)
    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    assert [each.why for each in freight.waybill(first.id, now=at).row.without_pass] == ["NONE"]


def test_a_valid_pass_leaves_no_mark(world: World) -> None:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    at = world.bring(bill)
    assert freight.waybill(bill.id, now=at).row.without_pass == ()
    assert [each for each in papers.events() if each.kind == "freight.seal.crossed-without-pass"] == []


def test_an_arrival_no_truck_can_have_made_is_recorded_only_when_confirmed(world: World) -> None:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    world.send(bill)
    soonest = bill.planned_depart_at + (bill.planned_arrive_at - bill.planned_depart_at) / 4
    early = soonest - timedelta(seconds=1)
    before, request_id = rows_in_book(), new_id()
    with pytest.raises(ArrivesTooSoon, match="No arrival was recorded") as refused, transaction.atomic():
        services.arrive(waybill=bill.id, actor=world.tao, now=early, request_id=request_id)
    assert refused.value.data["road_min"] == (bill.planned_arrive_at - bill.planned_depart_at) // timedelta(minutes=1)
    assert rows_in_book() == before
    services.arrive(waybill=bill.id, confirmed=True, actor=world.tao, now=early, request_id=request_id)
    assert freight.waybill(bill.id, now=NOW).row.arrived_at == early


def test_from_a_quarter_of_the_planned_time_on_nobody_is_asked_back(world: World) -> None:
    world.allot("ezhou masks", world.office, 300)
    world.convoy()
    bill = world.bill(target=world.office)
    world.send(bill)
    soonest = bill.planned_depart_at + (bill.planned_arrive_at - bill.planned_depart_at) / 4
    services.arrive(waybill=bill.id, actor=world.tao, now=soonest, request_id=new_id())
    assert freight.waybill(bill.id, now=NOW).row.arrived_at == soonest


def test_no_truck_leaves_before_its_carrier_has_agreed(world: World) -> None:
    world.allot("ezhou masks", world.office, 300)
    plan = world.plan()
    world.approve(plan)
    bill = world.bill(target=world.office)
    services.load(waybill=bill.id, actor=world.ezhou_keeper, now=bill.load_start_at, request_id=new_id())
    with pytest.raises(CarrierHasNotAgreed):
        services.depart(waybill=bill.id, actor=world.tao, now=bill.planned_depart_at, request_id=new_id())
    world.agree(plan)
    services.depart(waybill=bill.id, actor=world.tao, now=bill.planned_depart_at, request_id=new_id())


def test_each_act_is_for_the_duty_and_place_alone_and_a_stranger_leaves_no_trace(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    before = rows_in_book()
    refused: list[Callable[[Actor], object]] = [
        lambda actor: services.load(waybill=first.id, actor=actor, now=NOW, request_id=new_id()),
        lambda actor: services.depart(waybill=first.id, actor=actor, now=NOW, request_id=new_id()),
        lambda actor: services.arrive(waybill=first.id, actor=actor, now=NOW, request_id=new_id()),
        lambda actor: services.receive(waybill=first.id, actor=actor, now=NOW, request_id=new_id()),
        lambda actor: services.hand_over(
            waybill=second.id, signed_by="X", actor=actor, now=NOW, request_id=new_id()
        ),
        lambda actor: services.report_delay(
            waybill=first.id, arrive_at=NOW + DAY, why="", actor=actor, now=NOW, request_id=new_id()
        ),
        lambda actor: services.cancel_waybill(
            waybill=first.id, reason="x", actor=actor, now=NOW, request_id=new_id()
        ),
        lambda actor: services.name_truck(
            waybill=first.id, vehicle=world.vehicle(first), actor=actor, now=NOW, request_id=new_id()
        ),
        lambda actor: services.plan_convoy(
            from_at=NOW, until_at=NOW + DAY, actor=actor, now=NOW, request_id=new_id()
        ),
        lambda actor: services.take_equipment(
            vehicle=world.vehicle(first), site=world.hub, lot=world.lots["langfang masks"], amount=1,
            actor=actor, now=NOW, request_id=new_id(),
        ),
    ]  # fmt: skip
    for act in refused:
        with pytest.raises(NotYourPlace):
            act(world.stranger)
    with pytest.raises(NotYourPlace):
        services.load(waybill=first.id, actor=world.bao, now=NOW, request_id=new_id())  # keeps another place
    with pytest.raises(NotYourPlace):
        services.depart(waybill=first.id, actor=world.fang, now=NOW, request_id=new_id())  # keeps, does not drive
    assert rows_in_book() == before


def test_every_act_sent_twice_has_one_effect_and_one_answer(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    found = [LineDifference(line=world.line(first), short=12, surplus=3)]

    def twice(act: object, **asked: object) -> None:
        request_id = new_id()
        answer = act(**asked, request_id=request_id)  # type: ignore[operator]
        before = rows_in_book()
        again = act(**asked, request_id=request_id)  # type: ignore[operator]
        assert again.was_replay
        assert (again.documents, again.surpluses, again.also) == (answer.documents, answer.surpluses, answer.also)
        assert rows_in_book() == before

    at = first.planned_arrive_at
    twice(services.load, waybill=first.id, actor=world.fang, now=first.load_start_at)
    twice(services.depart, waybill=first.id, actor=world.tao, now=first.planned_depart_at)
    twice(services.arrive, waybill=first.id, actor=world.tao, now=at)
    twice(services.receive, waybill=first.id, differences=found, actor=world.bao, now=at)
    at = world.bring(second)
    found = [LineDifference(line=world.line(second), refused=100)]
    twice(services.hand_over, waybill=second.id, signed_by="Zhou", differences=found, actor=world.tao, now=at)
    assert verified()


def test_a_request_id_with_other_content_is_refused_and_the_first_stands(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    at, request_id = world.bring(first), new_id()
    services.receive(waybill=first.id, actor=world.bao, now=at, request_id=request_id)
    with pytest.raises(RequestIdReused):
        services.receive(
            waybill=first.id,
            differences=[LineDifference(line=world.line(first), short=5)],
            actor=world.bao,
            now=at,
            request_id=request_id,
        )
    assert world.posted(world.hub, State.AVAILABLE, "langfang masks") == 600


def test_steps_cannot_be_left_out_or_made_twice(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    with pytest.raises(WaybillMoved):
        services.depart(waybill=first.id, actor=world.tao, now=NOW + DAY, request_id=new_id())
    with pytest.raises(WaybillMoved):
        services.receive(waybill=first.id, actor=world.bao, now=NOW + DAY, request_id=new_id())
    with pytest.raises(GoodsNotHere, match="0 are here"):
        services.load(waybill=second.id, actor=world.bao, now=NOW, request_id=new_id())
    at = world.bring(first)
    services.receive(waybill=first.id, actor=world.bao, now=at, request_id=new_id())
    with pytest.raises(WaybillMoved, match="Bao"):
        services.receive(waybill=first.id, actor=world.bao, now=at, request_id=new_id())
    with pytest.raises(NotFound):
        services.load(waybill=new_id(), actor=world.bao, now=NOW, request_id=new_id())


def test_impossible_differences_are_named_together_and_change_nothing(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    line, elsewhere = world.line(first), world.line(second)
    with pytest.raises(NothingToMove):
        services.load(
            waybill=first.id,
            differences=[LineDifference(line=line, left=600)],
            actor=world.fang,
            now=NOW,
            request_id=new_id(),
        )
    at = world.bring(first)
    before = rows_in_book()
    with pytest.raises(UnusableInput, match="not on this waybill") as refusal:
        services.receive(
            waybill=first.id,
            differences=[LineDifference(line=elsewhere, short=1), LineDifference(line=line, short=-1, left=3)],
            actor=world.bao,
            now=at,
            request_id=new_id(),
        )
    assert len(refusal.value.found) == 3  # type: ignore[arg-type]
    with pytest.raises(UnusableInput, match="add up to more"):
        services.receive(
            waybill=first.id,
            differences=[LineDifference(line=line, short=400, damaged=201)],
            actor=world.bao,
            now=at,
            request_id=new_id(),
        )
    assert rows_in_book() == before


def test_a_receiver_signs_by_name_and_a_hub_never_does(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    at = world.bring(first)
    with pytest.raises(SignatureMissing):
        services.hand_over(waybill=first.id, signed_by="Bao", actor=world.tao, now=at, request_id=new_id())
    services.receive(waybill=first.id, actor=world.bao, now=at, request_id=new_id())
    at = world.bring(second)
    with pytest.raises(SignatureMissing):
        services.hand_over(waybill=second.id, signed_by="  ", actor=world.tao, now=at, request_id=new_id())
    assert world.posted(world.hospital, State.HANDED_OVER, "langfang masks") == 0


def test_another_truck_may_be_named_if_it_is_the_carriers_and_large_enough(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    van = freight.vehicles(carrier=world.relay)[0]
    with pytest.raises(TruckDoesNotFit, match="another carrier"):
        services.name_truck(waybill=first.id, vehicle=van.id, actor=world.lin, now=NOW, request_id=new_id())
    small = services.offer_vehicles(
        carrier=world.haulier,
        name="面包车",
        capacity_g=30_000,
        capacity_cm3=10**9,
        vehicles_count=1,
        actor=world.lin,
        now=NOW,
    )
    plate = services.add_vehicle(kind=small, plate="冀R99999", actor=world.lin, now=NOW, request_id=new_id())
    with pytest.raises(TruckDoesNotFit, match="冀R99999 takes 30000 g"):
        services.name_truck(waybill=first.id, vehicle=plate, actor=world.dispatcher, now=NOW, request_id=new_id())
    other = freight.vehicles(kind=world.trucks)[-1]
    services.name_truck(
        waybill=first.id,
        vehicle=other.id,
        driver=world.tao.person_id,
        actor=world.dispatcher,
        now=NOW,
        request_id=new_id(),
    )
    assert world.bill(target=world.hub).plate == other.plate
    (task, *_) = freight.driver_tasks(world.tao, now=NOW)
    assert (task.act, task.row.number) == ("LOAD", first.number)
    assert second.vehicle is not None


def test_a_truck_still_on_another_road_cannot_be_loaded(world: World) -> None:
    world.allot("langfang masks", world.hospital, 300)
    world.convoy()
    first = world.bill(target=world.hub)
    world.send(first)
    world.allot("langfang suits", world.hospital, 100)
    plan = world.convoy(from_at=NOW + HOUR)
    second = world.bill(plan, origin=world.langfang)
    assert second.vehicle != first.vehicle  # the plan does not count on it
    assert second.load_start_at < first.unload_end_at
    with pytest.raises(TruckElsewhere, match=f"goes under waybill {first.number}") as refused, transaction.atomic():
        services.name_truck(
            waybill=second.id, vehicle=world.vehicle(first), actor=world.lin, now=NOW, request_id=new_id()
        )
    assert (refused.value.where, refused.value.found) == (first.plate, first.number)
    assert world.bill(plan, origin=world.langfang).vehicle == second.vehicle


def test_a_truck_that_is_late_on_another_road_cannot_be_loaded(world: World) -> None:
    """Named for both in turn, as planned; its first run is not over when the second one's goods are ready."""
    near, far, relay = two_trucks(world)
    assert near.vehicle == relay.vehicle
    services.receive(waybill=far.id, actor=world.bao, now=world.bring(far), request_id=new_id())
    services.load(waybill=near.id, actor=world.ezhou_keeper, now=near.load_start_at, request_id=new_id())
    late = max(relay.load_start_at, far.unload_end_at)
    with pytest.raises(TruckElsewhere, match=f"still under waybill {near.number}"), transaction.atomic():
        services.load(waybill=relay.id, actor=world.bao, now=late, request_id=new_id())
    with transaction.atomic():  # said again with another driver, it stays the plan's truck
        services.name_truck(
            waybill=relay.id,
            vehicle=world.vehicle(relay),
            driver=person_of(world.mei),
            actor=world.lin,
            now=relay.unload_end_at,
            request_id=new_id(),
        )


def test_a_truck_does_not_leave_before_all_its_waybills_from_here_are_loaded(world: World) -> None:
    world.allot("ezhou masks", world.office, 100)
    world.allot("ezhou masks", world.hospital, 100)
    world.convoy()
    first, second = world.bills(origin=world.ezhou)
    one_run = Waybill.objects.filter(id=first.id).values("trip", "truck", "vehicle").get()
    Waybill.objects.filter(id=second.id).update(**one_run)  # as where one truck calls at both
    services.load(waybill=first.id, actor=world.ezhou_keeper, now=first.load_start_at, request_id=new_id())
    with pytest.raises(NotAllLoaded, match=f"also takes {second.number} from here, not loaded yet") as refused:
        services.depart(waybill=first.id, actor=world.tao, now=first.planned_depart_at, request_id=new_id())
    with translation.override("zh-hans"):
        assert said(refused.value).message == (
            f"同一辆车还要在这里装运单“{second.number}”，尚未装车，运单 {first.number} 不能先出发。未作改动。"
        )


def test_a_driver_brings_refused_goods_only_to_where_they_came_from(world: World) -> None:
    relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    services.receive(waybill=first.id, actor=world.bao, now=world.bring(first), request_id=new_id())
    at = world.bring(second)
    found = LineDifference(line=world.line(second), refused=100)

    def hand_over(back_to: UUID, actor: Actor) -> services.Acted:
        return services.hand_over(
            waybill=second.id,
            signed_by="Zhou",
            differences=[found],
            back_to=back_to,
            actor=actor,
            now=at,
            request_id=new_id(),
        )

    before = rows_in_book()
    for elsewhere in (world.ezhou, world.office):
        with pytest.raises(NotWhereItCameFrom) as refused, transaction.atomic():
            hand_over(elsewhere, world.tao)
    assert (refused.value.where, refused.value.found) == (second.number, "武汉市疫情防控指挥部")
    assert refused.value.expected == ["仙桃中转仓", "廊坊仓"]
    assert "ask command" in refused.value.cure
    assert rows_in_book() == before

    def goes_to(back_to: UUID, actor: Actor) -> UUID:
        """Tried, and taken back."""
        with transaction.atomic():
            (back,) = hand_over(back_to, actor).also
            target = freight.waybill(back, now=at).row.target
            transaction.set_rollback(True)
        return target

    commands_too = log_in_as("Qin", [(Duty.DRIVER, world.relay), (Duty.COMMAND, world.ezhou)])
    for back_to, actor in ((world.hub, world.tao), (world.langfang, world.tao), (world.ezhou, commands_too)):
        assert goes_to(back_to, actor) == back_to
    with pytest.raises(NotWhereItCameFrom), transaction.atomic():
        hand_over(world.office, commands_too)


def test_a_cancelled_waybill_leaves_its_goods_promised_and_its_next_leg_without_them(world: World) -> None:
    hold = relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    services.cancel_waybill(waybill=first.id, reason="no driver", actor=world.lin, now=NOW, request_id=new_id())
    states = {row.number: row.state for row in world.bills()}
    assert states == {first.number: "CANCELLED", second.number: "CANCELLED"}
    assert book.hold(hold).open == 600
    assert [each.amount for each in freight.not_moving(now=NOW)] == [600]


def test_roll_cages_ride_out_and_come_back(world: World) -> None:
    relayed(world)
    bill = world.bill(target=world.hub)
    assert bill.vehicle is not None
    cages = add_item(code="roll-cage", name_zh="笼车", name_en="Roll cage")
    count_stock(
        site=world.langfang, lines=[Counted(item=cages, amount=5)], counted_at=NOW, actor=world.lin, now=NOW,
        request_id=new_id(),
    )  # fmt: skip
    (lot,) = book.find_lots(items=[cages])
    world.lots["cages"] = lot.id
    asked = {"vehicle": bill.vehicle, "site": world.langfang, "lot": lot.id, "amount": 3, "now": NOW}
    request_id = new_id()
    for _ in range(2):
        services.take_equipment(**asked, actor=world.fang, request_id=request_id)  # type: ignore[arg-type]
    assert world.posted(bill.vehicle, State.ABOARD, "cages") == 3
    with pytest.raises(RequestIdReused):
        services.take_equipment(**{**asked, "amount": 2}, actor=world.fang, request_id=request_id)  # type: ignore[arg-type]
    services.put_down_equipment(
        vehicle=bill.vehicle, site=world.hub, lot=lot.id, amount=1, actor=world.bao, now=NOW + DAY, request_id=new_id()
    )
    (out,) = freight.equipment()
    assert (out.out, out.back, out.missing) == (3, 1, 2)
    services.put_down_equipment(
        vehicle=bill.vehicle, site=world.langfang, lot=lot.id, amount=2, actor=world.fang, now=NOW + 2 * DAY,
        request_id=new_id(),
    )  # fmt: skip
    assert freight.equipment() == ()
    assert (world.posted(world.langfang, State.AVAILABLE, "cages"), world.posted(world.hub, State.AVAILABLE, "cages")) == (4, 1)  # fmt: skip
    assert verified()


def test_the_papers_say_what_is_aboard(world: World) -> None:
    world.allot("langfang masks", world.hospital, 250)
    world.allot("langfang suits", world.hospital, 100)
    world.convoy()
    bill = world.bill(target=world.hub)
    paper = freight.waybill(bill.number, now=NOW)
    assert sorted((line.item_zh, line.amount, line.cartons_count) for line in paper.lines) == [
        ("口罩", 250, 3),
        ("防护服", 100, 1),
    ]
    assert paper.weight_g == 3 * 7_000 + 15_000
    packed = freight.packing_list(bill.id, now=NOW)
    assert packed.cartons_count == 4
    assert sorted((each.full, each.rest) for each in packed.lines) == [(1, 0), (2, 50)]
    assert paper.row.planned_arrive_at - paper.row.planned_depart_at > timedelta(hours=10)
