"""Rounds: planned from what stands at the station and who may carry it, checked, approved, given, changed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.errors import AlreadyLoaded, NobodyToPlanFor, NotFit, PlanUnsound
from baogong.delivery.models import Round, VisitParcel
from baogong.delivery.services import rounds, stations
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.models import Plan
from baogong.planning.services import PlanOvertaken
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, make_fit
from tests.cast import log_in_as, person_of

UNTIL = NOW + 8 * HOUR


def plan(world: World, *, now: datetime = NOW, **more: Any) -> UUID:
    given: dict[str, Any] = {"station": world.inner, "from_at": now, "until_at": UNTIL, **more}
    return rounds.plan_rounds(**given, actor=world.lin, now=now, request_id=new_id())


def approve(world: World, made: UUID, now: datetime = NOW) -> None:
    planning.approve(
        plan=made, actor=log_in_as(f"Hu{new_id().hex[-6:]}", [(Duty.APPROVER, None)], NOW), now=now, request_id=new_id()
    )


def given(world: World, **more: Any) -> UUID:
    made = plan(world, **more)
    approve(world, made)
    return made


def test_every_parcel_is_on_one_round_of_a_fit_courier_and_the_checker_agrees(world: World) -> None:
    codes = world.here(12) + world.here(12, community=world.west) + world.here(2, kind="medicine")
    made = given(world)
    view = plans.plan(made)
    assert view.result["problems"] == []
    assert rounds.check_kept(view) == []
    found = delivery.rounds(plan=made, with_visits=True)
    carried = Counter(one.parcel.code for row in found for visit in row.visits for one in visit.parcels)
    assert carried == dict.fromkeys(codes, 1)
    assert {row.courier for row in found} <= {person_of(world.mei), person_of(world.tao)}
    assert all(row.reason_zh and row.reason_en for row in found)
    for row in found:
        zones = {one.parcel.road_zone for visit in row.visits for one in visit.parcels}
        assert len(zones) == 1
        for visit in row.visits:
            in_person = [one.parcel.is_in_person for one in visit.parcels]
            assert not (visit.is_shelf and any(in_person))
            assert visit.is_shelf or visit.mode == ("WITNESSED" if any(in_person) else "CONTACTLESS")
    flagged = world.plan(world.east).doors[-1].id
    at_door = [v for row in found for v in row.visits if v.door == flagged]
    assert at_door
    assert not any(visit.is_shelf for visit in at_door)


def test_nobody_is_called_over_the_shelfs_cap_nor_before_the_parcels_lie_there(world: World) -> None:
    world.here(24)
    made = given(world)
    calls = delivery.call_list(communities=[world.east])
    people = Counter((call.shelf, call.from_at) for call in calls)
    assert calls
    assert max(people.values()) <= 2  # the cap of these shelves
    served = {
        one.parcel.id: visit.end_at
        for row in delivery.rounds(plan=made, with_visits=True)
        for visit in row.visits
        for one in visit.parcels
    }
    for call in calls:
        assert call.parcels
        for code in call.parcels:
            assert served[world.parcel(code).id] <= call.from_at


def test_without_a_test_nobody_is_planned_and_nobody_is_given_a_round(world: World) -> None:
    world.here(2)
    made = given(world)
    (row,) = delivery.rounds(plan=made)
    late = NOW + 60 * HOUR  # the tests ran out
    with pytest.raises(NotFit) as refusal:
        stations.load_round(round=row.id, actor=world.bao, now=late, request_id=new_id())
    assert refusal.value.found
    assert book.verify_book().ok
    world.here(1)
    with pytest.raises(NobodyToPlanFor):
        plan(world, now=late, until_at=late + HOUR)
    stranger = log_in_as("Qi", [], NOW)
    assert person_of(stranger) not in {each.courier for each in delivery.rounds()}


def test_who_is_unfit_from_noon_on_is_back_by_then(world: World) -> None:
    third = log_in_as("Sun", [], NOW)
    make_fit(world, third, until_at=NOW + HOUR)
    world.here(24)
    made = given(world, limits={"balance": 0.15})
    theirs = [row for row in delivery.rounds(plan=made) if row.courier == person_of(third)]
    assert all(row.back_at <= NOW + HOUR for row in theirs)


def test_each_building_and_category_has_one_courier_where_asked(world: World) -> None:
    world.here(24)
    world.here(12, kind="fresh")
    made = given(world, limits={"one_courier_per": "building_category"}, capacity_pieces=6)
    who: dict[tuple[str, str], set[UUID]] = {}
    for row in delivery.rounds(plan=made, with_visits=True):
        for visit in row.visits:
            for one in visit.parcels:
                who.setdefault((one.parcel.building_name, one.parcel.category), set()).add(row.courier)
    assert len(who) == 6
    assert all(len(each) == 1 for each in who.values())


def test_the_sizing_says_how_many_and_what_one_fewer_would_cost(world: World) -> None:
    world.here(6)
    size = plans.plan(plan(world)).result["sizing"]
    assert len(size["couriers"]) == 1
    assert size["is_enough"]
    assert size["fewer_left_count"] > 0
    assert size["reason_zh"]
    assert size["reason_en"]


def test_undone_until_something_is_loaded(world: World) -> None:
    codes = world.here(4)
    made = given(world)
    planning.undo(plan=made, actor=world.lin, now=NOW)
    assert {row.state for row in delivery.rounds(plan=made)} == {"CANCELLED"}
    assert {view.code for view in delivery.parcels(station=world.inner, unplanned=True)} == set(codes)
    assert delivery.call_list(communities=[world.east]) == ()
    again = given(world)
    stations.load_round(round=delivery.rounds(plan=again)[0].id, actor=world.bao, now=NOW, request_id=new_id())
    with pytest.raises(AlreadyLoaded):
        planning.undo(plan=again, actor=world.lin, now=NOW)


def test_a_plan_whose_parcels_went_elsewhere_is_not_approved(world: World) -> None:
    codes = world.here(4)
    made = plan(world)
    stations.load_round(round=world.give_round(world.mei, codes[:1]), actor=world.bao, now=NOW, request_id=new_id())
    with pytest.raises(PlanOvertaken):
        approve(world, made)
    assert not Round.objects.filter(plan=made).exists()


def test_a_plan_that_was_tampered_with_is_found_by_the_checker_and_gives_nobody_a_round(world: World) -> None:
    world.here(4)
    made = plan(world)
    row = Plan.objects.get(pk=made)
    result = json.loads(row.result)
    result["plan"]["trips"][0]["visits"][0]["start_s"] -= 3600  # before anybody is there
    assert result["problems"] == []
    view = plans.plan(made)
    object.__setattr__(view, "result", result)
    assert rounds.check_kept(view)
    with pytest.raises(PlanUnsound):
        rounds.on_applied(view, (), world.lin, NOW)
    assert not Round.objects.exists()


def test_after_one_change_few_rounds_are_touched_and_loaded_ones_never(world: World) -> None:
    world.here(30) + world.here(30, community=world.west)
    made = given(world, capacity_pieces=8)
    before = {row.name: row for row in delivery.rounds(plan=made, with_visits=True)}
    assert len(before) >= 6
    loaded = before["T0001"]
    stations.load_round(round=loaded.id, actor=world.bao, now=NOW, request_id=new_id())
    late = world.here(1, community=world.west)
    again = rounds.plan_again(plan=made, actor=world.lin, now=NOW + MINUTE, request_id=new_id())
    assert rounds.check_kept(plans.plan(again)) == []
    approve(world, again, NOW + MINUTE)
    after = {row.id: row for row in delivery.rounds(station=world.inner, states=("PLANNED", "STARTED"))}
    assert after[loaded.id].plan == made
    kept = [row for row in before.values() if row.id in after]
    assert len(before) - len(kept) <= 1
    assert len({row.name for row in after.values()}) == len(after)
    open_now = Counter(VisitParcel.objects.filter(ended_at=None).values_list("parcel__code", flat=True))
    assert len(open_now) == 61
    assert set(open_now.values()) == {1}
    assert late[0] in open_now


def test_a_courier_who_falls_out_is_replaced_and_the_others_stay(world: World) -> None:
    world.here(24) + world.here(24, community=world.west)
    made = given(world, capacity_pieces=8, limits={"balance": 0.15})
    assert {row.courier for row in delivery.rounds(plan=made)} == {person_of(world.mei), person_of(world.tao)}
    positive: dict[str, Any] = {"place": world.inner, "actor": world.lin, "now": NOW + MINUTE}
    crew.record_test(
        person=person_of(world.tao), kind="PCR", result="POSITIVE", sampled_at=NOW, request_id=new_id(), **positive
    )
    again = rounds.plan_again(plan=made, actor=world.lin, now=NOW + MINUTE, request_id=new_id())
    approve(world, again, NOW + MINUTE)
    open_rounds = delivery.rounds(station=world.inner, states=("PLANNED", "STARTED"))
    assert {row.courier for row in open_rounds} == {person_of(world.mei)}
    assert VisitParcel.objects.filter(ended_at=None).count() == 48


def test_who_is_done_helps_and_the_last_return_is_not_later(world: World) -> None:
    world.here(36)
    made = given(world, capacity_pieces=4)
    at = NOW + 10 * MINUTE
    helping = rounds.plan_help(plan=made, at=at, actor=world.lin, now=NOW, request_id=new_id())
    view = plans.plan(helping)
    assert rounds.check_kept(view) == []
    assert view.result["help"]["ends_s"] <= view.result["help"]["alone_ends_s"]
    approve(world, helping)
    assert Counter(VisitParcel.objects.filter(ended_at=None).values_list("parcel", flat=True)).most_common(1)[0][1] == 1
    assert VisitParcel.objects.filter(ended_at=None).count() == 36


def test_the_same_request_is_the_same_plan_and_the_same_day_the_same_result(world: World) -> None:
    world.here(8)
    request = new_id()
    asked: dict[str, Any] = {"station": world.inner, "from_at": NOW, "until_at": UNTIL, "actor": world.lin, "now": NOW}
    first = rounds.plan_rounds(**asked, request_id=request)
    assert rounds.plan_rounds(**asked, request_id=request) == first
    other = rounds.plan_rounds(**asked, request_id=new_id())
    assert plans.plan(other).result_hash == plans.plan(first).result_hash
