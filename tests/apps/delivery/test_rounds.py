"""Rounds: planned from what stands at the station and who may carry it, checked, approved, given, changed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.errors import AlreadyLoaded, NobodyToPlanFor, NotFit, PlanUnsound
from baogong.delivery.models import Parcel, Round, VisitParcel
from baogong.delivery.services import handovers, rounds, stations, sync
from baogong.engine.rounds import UnusableProblem
from baogong.kernel.actor import Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.models import Party
from baogong.places.services import set_shelf
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.models import Plan
from baogong.planning.services import PlanOvertaken
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act, make_fit
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
        assert call.from_at is not None
        for code in call.parcels:
            assert served[world.parcel(code).id] <= call.from_at


def test_for_whom_no_window_is_left_is_named_with_why_and_stays_on_the_call_list(world: World) -> None:
    for shelf in world.plan(world.east).shelves:  # one household in an hour, and three hours
        set_shelf(
            community=world.east, name=shelf.name, people_max=1, window_minutes=60, actor=world.lin, now=NOW
        )  # fmt: skip
    world.here(12)
    made = given(world, until_at=NOW + 3 * HOUR)
    view = plans.plan(made)
    left = delivery.uncalled(view)
    shelved = {
        one.parcel.code
        for row in delivery.rounds(plan=made, with_visits=True)
        for visit in row.visits
        if visit.is_shelf
        for one in visit.parcels
    }
    calls = delivery.call_list(communities=[world.east])
    assert {code for call in calls for code in call.parcels} == shelved
    without = {code for call in calls if call.from_at is None for code in call.parcels}
    assert without == {code for one in left for code in one.codes} != set()
    names = [shelf.name for shelf in world.plan(world.east).shelves]
    for one in left:
        assert one.address == world.parcel(one.codes[0]).address
        assert one.shelf_name in names
        assert one.shelf_name in one.reason_en
        assert one.shelf_name in one.reason_zh
        assert str(next(shelf.id for shelf in world.plan(world.east).shelves if shelf.name == one.shelf_name)) not in (
            one.reason_en + one.reason_zh
        )
    paper = rounds.on_paper(view)["uncalled"]
    assert [(one["where"], one["why_zh"], one["why_en"]) for one in paper] == [
        (f"东院 {one.address}", one.reason_zh, one.reason_en) for one in left
    ]


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


def shifts(made: UUID) -> dict[str, list[list[int]]]:
    """Name → stretches, in seconds since NOW (eight in the morning)."""
    document = plans.plan(made).snapshot
    names = {key: one["name"] for key, one in document["couriers"].items()}
    found: dict[str, list[list[int]]] = {}
    for one in document["document"]["couriers"]:
        found.setdefault(names[one["id"]], []).append([moment - 8 * 3600 for moment in one["shift"]])
    return found


def test_a_round_of_tomorrow_or_of_the_afternoon_takes_nobody_out_of_the_morning(world: World) -> None:
    codes = world.here(6)
    world.give_round(world.mei, codes[:1], name="T0009", at=NOW + 24 * HOUR)
    world.give_round(world.tao, codes[1:2], name="T0008", at=NOW + 4 * HOUR)
    made = plan(world, from_at=NOW + HOUR, until_at=NOW + 7 * HOUR)
    assert shifts(made) == {
        "Mei": [[3600, 7 * 3600]],
        "Tao": [[3600, 4 * 3600], [5 * 3600, 7 * 3600]],
    }
    assert plans.plan(made).snapshot["left_out"] == []


def test_who_has_no_time_left_for_these_rounds_is_named_with_why(world: World) -> None:
    codes = world.here(4)
    world.give_round(world.tao, codes[:1], name="T0008", at=NOW + 2 * HOUR)
    made = plan(world, from_at=NOW + 2 * HOUR, until_at=NOW + 3 * HOUR)
    assert list(shifts(made)) == ["Mei"]
    (out,) = plans.plan(made).snapshot["left_out"]
    assert (out["person"], out["name"]) == (str(person_of(world.tao)), "Tao")
    assert all("T0008" in out[text] for text in ("why_zh", "why_en"))


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


def test_the_time_that_a_plan_names_for_a_kind_of_handover_is_planned_at_each_of_its_stops(world: World) -> None:
    world.here(3)
    world.here(1, kind="medicine")

    def longest_s(**more: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for stop in plans.plan(plan(world, piece_s=0, **more)).snapshot["document"]["stops"]:
            found[stop["handover"]] = max(stop["service_s"], found.get(stop["handover"], 0))
        return found

    usual = longest_s()
    assert longest_s(limits={"service_s": {"CONTACTLESS": 300}}) == usual | {"CONTACTLESS": 300}
    assert usual["CONTACTLESS"] < 300


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


@pytest.mark.parametrize("spoilt", ["cap", "household", "ready", "nobody"])
def test_calls_are_checked_against_the_snapshot_and_not_against_what_the_plan_says_of_itself(
    world: World, spoilt: str
) -> None:
    world.here(8)
    made = plan(world)
    row = Plan.objects.get(pk=made)
    result = json.loads(row.result)
    asked, lists = result["notices"][0]["problem"], result["notices"][0]["notices"]
    if spoilt == "cap":  # all are called at once to a shelf that is said to have room for them
        for shelf in asked["shelves"]:
            shelf["cap_count"] = 99
        for call in lists["calls"]:
            call["window_s"] = max(one["window_s"] for one in lists["calls"])
    elif spoilt == "household":  # one is forgotten
        gone = asked["households"].pop()
        lists["calls"] = [call for call in lists["calls"] if call["household"] != gone["id"]]
    elif spoilt == "ready":  # called before anything lies there
        for household in asked["households"]:
            household["arrive_s"] = [0 for _ in household["arrive_s"]]
    else:
        result["notices"] = []
    view = plans.plan(made)
    assert rounds.check_kept(view) == []
    object.__setattr__(view, "result", result)
    assert rounds.check_kept(view)


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


def test_two_communities_of_one_name_are_two(world: World) -> None:
    name = world.plan(world.east).name
    Party.objects.filter(id=world.west).update(name=name)
    codes = [*world.here(4), *world.here(4, community=world.west)]
    made = given(world)
    view = plans.plan(made)
    assert sorted(one["id"] for one in view.snapshot["document"]["communities"]) == [name, f"{name} #2"]
    assert set(view.snapshot["communities"].values()) == {name, f"{name} #2"}
    brought = {
        one.parcel.code: (visit.community, one.parcel.community)
        for row in delivery.rounds(plan=made, with_visits=True)
        for visit in row.visits
        for one in visit.parcels
    }
    assert brought.keys() == set(codes)
    assert all(at == to for at, to in brought.values())
    here = {one["id"]: view.snapshot["stops"][one["id"]]["community"] for one in view.snapshot["document"]["stops"]}
    known = {said: key for key, said in view.snapshot["communities"].items()}
    assert all(known[one["community"]] == here[one["id"]] for one in view.snapshot["document"]["stops"])


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ({"service_s": 5}, "limits.service_s"),
        ({"service_s": {"CONTACTLESS": "x"}}, "limits.service_s.CONTACTLESS"),
        ({"service_s": {"AT_NIGHT": 5}}, "limits.service_s.AT_NIGHT"),
        ({"balance": "x"}, "limits.balance"),
        ({"speed": 5}, "limits.speed"),
        ([], "limits"),
    ],
)
def test_limits_that_make_no_sense_are_refused_with_their_place(world: World, limits: Any, where: str) -> None:
    world.here(1)
    with pytest.raises(UnusableProblem) as refusal:
        plan(world, limits=limits)
    assert refusal.value.where == where
    assert not Plan.objects.exists()


def test_limits_of_null_are_the_usual_ones(world: World) -> None:
    world.here(4)
    usual = plans.plan(plan(world, limits={})).result["plan"]
    for limits in ({"service_s": None}, {"service_s": {"CONTACTLESS": None}}, {"balance": None}):
        assert plans.plan(plan(world, limits=limits)).result["plan"] == usual


def test_after_its_hours_a_plan_is_made_again_for_as_many_from_now_on(world: World) -> None:
    codes = world.here(4)
    made = given(world, until_at=NOW + 2 * HOUR)
    late = NOW + 3 * HOUR
    again = rounds.plan_again(plan=made, actor=world.lin, now=late, request_id=new_id())
    params = plans.plan(again).params
    assert [datetime.fromisoformat(params[name]) for name in ("from_at", "until_at")] == [late, late + 2 * HOUR]
    approve(world, again, late)
    open_now = VisitParcel.objects.filter(ended_at=None, visit__round__plan=again)
    assert set(open_now.values_list("parcel__code", flat=True)) == set(codes)


@pytest.mark.parametrize("away", [-100 * HOUR, -MINUTE, 8 * HOUR, 100 * HOUR])
def test_help_outside_the_plans_hours_is_refused(world: World, away: timedelta) -> None:
    world.here(4)
    made = given(world)
    before = Plan.objects.count()
    with pytest.raises(UnusableInput) as refusal:
        rounds.plan_help(plan=made, at=NOW + away, actor=world.lin, now=NOW, request_id=new_id())
    assert refusal.value.where == "helps_at"
    assert Plan.objects.count() == before


def test_help_is_planned_again_while_a_round_of_the_first_plan_is_walked(world: World) -> None:
    world.here(36)
    made = given(world, capacity_pieces=4)
    (begun,) = [row for row in delivery.rounds(plan=made, with_visits=True) if row.name == "T0001"]
    stations.load_round(round=begun.id, actor=world.bao, now=NOW, request_id=new_id())
    plan = made
    for minutes in (10, 20):
        at = NOW + minutes * MINUTE
        plan = rounds.plan_help(plan=plan, at=at, actor=world.lin, now=NOW, request_id=new_id())
        approve(world, plan)
    open_rounds = delivery.rounds(station=world.inner, states=("PLANNED", "STARTED"))
    assert begun.id in {row.id for row in open_rounds}
    assert len({row.name for row in open_rounds}) == len(open_rounds)
    open_now = Counter(VisitParcel.objects.filter(ended_at=None).values_list("parcel", flat=True))
    assert len(open_now) == 36
    assert set(open_now.values()) == {1}


def test_the_same_request_is_the_same_plan_and_the_same_day_the_same_result(world: World) -> None:
    world.here(8)
    request = new_id()
    asked: dict[str, Any] = {"station": world.inner, "from_at": NOW, "until_at": UNTIL, "actor": world.lin, "now": NOW}
    first = rounds.plan_rounds(**asked, request_id=request)
    assert rounds.plan_rounds(**asked, request_id=request) == first
    other = rounds.plan_rounds(**asked, request_id=new_id())
    assert plans.plan(other).result_hash == plans.plan(first).result_hash


def test_what_is_asked_for_at_the_door_is_planned_from_its_shelf_and_taken_off_it_on_the_way(world: World) -> None:
    (code,) = world.here(1)
    own = world.parcel(code)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    handovers.put_on_shelf(parcel=own.id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id())
    with pytest.raises(NobodyToPlanFor):
        plan(world)  # on its shelf it is where it should be
    Parcel.objects.filter(id=own.id).update(wants_door=True)
    made = given(world)
    (row,) = delivery.rounds(plan=made, with_visits=True)
    (visit,) = row.visits
    assert (visit.shelf, visit.door) == (None, own.door)
    stations.load_round(round=row.id, actor=world.bao, now=NOW, request_id=new_id())
    assert world.parcel(code).state == "ON_SHELF"
    courier = world.mei if row.courier == person_of(world.mei) else world.tao
    acts = [act("TAKEN", code, NOW + HOUR), act("HANDED_OVER", code, NOW + 2 * HOUR)]
    told = sync.sync(device=world.device(courier), acts=acts, now=NOW + 3 * HOUR)
    assert [one.answer for one in told] == ["TAKEN", "TAKEN"]
    assert (world.parcel(code).state, delivery.rounds(plan=made)[0].state) == ("HANDED_OVER", "DONE")


def test_whoever_is_at_the_shelf_may_take_up_what_is_asked_for_at_the_door(world: World) -> None:
    (code,) = world.here(1)
    own = world.parcel(code)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    handovers.put_on_shelf(parcel=own.id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id())
    Parcel.objects.filter(id=own.id).update(wants_door=True)
    told = sync.sync(device=world.device(world.tao), acts=[act("TAKEN", code, NOW + HOUR)], now=NOW + 2 * HOUR)
    assert [one.answer for one in told] == ["TAKEN"]
    assert (world.parcel(code).state, world.parcel(code).holder) == ("WITH_COURIER", person_of(world.tao))


def test_of_two_drafts_for_the_same_couriers_the_second_is_overtaken_by_the_first(world: World) -> None:
    world.here(6)
    world.here(4, community=world.west)
    first, second = (plan(world, communities=[place]) for place in (world.east, world.west))
    approve(world, first)
    with pytest.raises(PlanOvertaken, match=r"on another round at that time.*are called T0001") as refusal:
        approve(world, second)
    assert "已在另一轮派送中" in refusal.value.data["told_zh"]
    again = plan(world, communities=[world.west])
    approve(world, again)
    busy: dict[UUID, list[Round]] = {}
    for row in Round.objects.filter(state="PLANNED").order_by("leaves_at"):
        busy.setdefault(row.courier_id, []).append(row)
    assert len({row.name for rows in busy.values() for row in rows}) == sum(map(len, busy.values()))
    for rows in busy.values():
        assert all(one.back_at <= other.leaves_at for one, other in pairwise(rows))
