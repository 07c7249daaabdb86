"""Help is planned for what is still to be brought, and rings nobody again; a helper's load keeps no round at the station."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel, VisitParcel
from baogong.delivery.queries import CallingView
from baogong.delivery.services import calls as calls_
from baogong.delivery.services import endings, handovers, rounds, stations, sync
from baogong.kernel.ids import new_id
from baogong.planning import queries as plans
from baogong.planning.services import PlanOvertaken
from tests.apps.delivery.test_rounds import approve, given
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act
from tests.cast import person_of

AT = NOW + 10 * MINUTE


def help_on(world: World, made: UUID, at: Any = AT, now: Any = NOW) -> UUID:
    draft = rounds.plan_help(plan=made, at=at, actor=world.lin, now=now, request_id=new_id())
    assert rounds.check_kept(plans.plan(draft)) == []
    return draft


def load(world: World, row: UUID, now: Any = NOW) -> stations.Scanned:
    return stations.load_round(round=row, actor=world.bao, now=now, request_id=new_id())


def test_what_a_helper_took_is_told_and_the_rest_of_the_owners_round_is_loaded(world: World) -> None:
    codes = world.here(3)
    own = world.give_round(world.mei, codes)
    told = sync.sync(device=world.device(world.tao), acts=[act("TAKEN", codes[0], NOW)], now=NOW)
    assert [one.answer for one in told] == ["LATE"]
    done = load(world, own)
    assert (set(done.parcels), done.others) == (set(codes[1:]), ((codes[0], "WITH_COURIER"),))
    assert world.parcel(codes[0]).holder == person_of(world.tao)
    open_now = VisitParcel.objects.filter(visit__round=own, ended_at=None)
    assert set(open_now.values_list("parcel__code", flat=True)) == set(codes[1:])
    told = sync.sync(device=world.device(world.tao), acts=[act("HANDED_OVER", codes[0])], now=NOW + HOUR)
    assert [one.answer for one in told] == ["TAKEN"]


def test_a_round_of_which_nothing_stands_there_any_more_is_done(world: World) -> None:
    (code,) = world.here(1)
    own = world.give_round(world.mei, [code])
    sync.sync(device=world.device(world.tao), acts=[act("TAKEN", code, NOW), act("HANDED_OVER", code, NOW)], now=NOW)
    other = world.give_round(world.mei, [code], "T0002")  # as a plan would have that did not know of it
    assert load(world, other).others == ((code, "HANDED_OVER"),)
    assert {row.state for row in delivery.rounds(ids=[own, other])} == {"DONE"}


@pytest.mark.parametrize("gone", ["handed over", "in other hands", "lost", "sent back"])
def test_help_leaves_out_what_nobody_is_to_bring_any_more(world: World, gone: str) -> None:
    world.here(36)
    made = given(world, capacity_pieces=4)
    late = delivery.rounds(plan=made, with_visits=True)[-1]
    codes = [one.parcel.code for visit in late.visits for one in visit.parcels][:3]
    if gone == "lost":
        endings.report_lost(
            station=world.inner, scans=codes, words="fell off the cart", actor=world.bao, now=NOW, request_id=new_id()
        )
    elif gone == "sent back":
        endings.send_back(
            station=world.inner, scans=codes, words="not wanted", actor=world.bao, now=NOW, request_id=new_id()
        )
    else:
        helper = world.mei if late.courier == person_of(world.tao) else world.tao
        kinds = ("TAKEN",) if gone == "in other hands" else ("TAKEN", "HANDED_OVER")
        acts = [act(kind, code, NOW) for code in codes for kind in kinds]
        assert {one.answer for one in sync.sync(device=world.device(helper), acts=acts, now=NOW)} <= {"LATE", "TAKEN"}
    draft = help_on(world, made)
    view = plans.plan(draft)
    assert (view.snapshot["gone_count"], len(view.snapshot["households"])) == (3, 33)
    approve(world, draft)
    open_now = Counter(VisitParcel.objects.filter(ended_at=None).values_list("parcel__code", flat=True))
    assert set(open_now.values()) == {1}
    assert (len(open_now), open_now.keys() & set(codes)) == (33, set())
    for row in delivery.rounds(station=world.inner, states=("PLANNED",)):
        assert load(world, row.id).others == ()


def test_help_that_is_planned_twice_after_a_loss_keeps_all_that_is_loaded(world: World) -> None:
    world.here(36)
    made = given(world, capacity_pieces=4)
    first, *_, last = delivery.rounds(plan=made, with_visits=True)
    load(world, first.id)
    codes = [one.parcel.code for visit in last.visits for one in visit.parcels]
    for minutes, lost in ((10, codes[:1]), (20, codes[1:2])):
        endings.report_lost(
            station=world.inner, scans=lost, words="fell", actor=world.bao, now=NOW, request_id=new_id()
        )
        made = help_on(world, made, NOW + minutes * MINUTE)
        approve(world, made)
    assert {row.id for row in delivery.rounds(station=world.inner, states=("STARTED",))} == {first.id}
    assert VisitParcel.objects.filter(ended_at=None).count() == 34
    names = [row.name for row in delivery.rounds(station=world.inner, states=("PLANNED", "STARTED"))]
    assert len(set(names)) == len(names)


def test_help_is_overtaken_where_a_round_that_it_changes_was_begun_since(world: World) -> None:
    world.here(36)
    made = given(world, capacity_pieces=4)
    rows = delivery.rounds(plan=made, with_visits=True)
    theirs = [row for row in rows if row.courier == person_of(world.tao)]
    codes = [one.parcel.code for row in theirs for visit in row.visits for one in visit.parcels]
    endings.send_back(
        station=world.inner, scans=codes, words="not wanted", actor=world.bao, now=NOW, request_id=new_id()
    )
    draft = help_on(world, made)  # he has nothing left to bring, and takes some of hers
    result = plans.plan(draft).result
    assert {moved["now"] for moved in result["help"]["moved"]} == {"Tao"}
    whole = {trip["id"]: sorted(visit["stop"] for visit in trip["visits"]) for trip in result["plan"]["trips"]}
    earlier = plans.plan(draft).snapshot["earlier"]["trips"]
    is_whole = {
        trip["id"]: whole.get(trip["id"]) == sorted(visit["stop"] for visit in trip["visits"]) for trip in earlier
    }
    assert set(is_whole.values()) == {True, False}
    same, changed = (next(row for row in rows if is_whole.get(row.name) is each) for each in (True, False))
    load(world, same.id)
    assert plans_changed(draft) == []
    load(world, changed.id)
    with pytest.raises(PlanOvertaken, match=f"{changed.name} was begun since"):
        approve(world, draft)
    assert not VisitParcel.objects.filter(visit__round__plan=draft).exists()
    approve(world, help_on(world, made))
    open_now = Counter(VisitParcel.objects.filter(ended_at=None).values_list("parcel", flat=True))
    assert (len(open_now), set(open_now.values())) == (36 - len(codes), {1})
    assert {row.id for row in delivery.rounds(states=("STARTED",))} == {same.id, changed.id}


def plans_changed(draft: UUID) -> list[str]:
    return [one.text_en for one in rounds.still_true(plans.plan(draft), NOW)]


def lines(world: World) -> dict[UUID, CallingView]:
    return {call.id: call for call in delivery.call_list(communities=[world.east])}


def tick(world: World, calls: list[CallingView], outcome: str = "COMES") -> None:
    for call in calls:
        calls_.tick(call.id, outcome, None, by=world.mei, at=NOW, station=world.inner)


def window(call: CallingView) -> tuple[datetime, datetime]:
    assert call.from_at is not None
    assert call.until_at is not None
    return call.from_at, call.until_at


def test_who_was_told_to_come_is_told_nothing_else_by_help(world: World) -> None:
    world.here(4)  # of one shelf that takes two at a time
    made = given(world)
    before = lines(world)
    assert len(before) == 4
    tick(world, list(before.values()))
    draft = help_on(world, made)
    assert plans.plan(draft).result["notices"] == []
    approve(world, draft)
    after = lines(world)
    assert after.keys() == before.keys()
    assert {call.outcome for call in after.values()} == {"COMES"}
    assert all(after[key].parcels == call.parcels for key, call in before.items())


def test_new_calls_of_help_come_after_those_that_stand_and_no_shelf_gets_more_than_it_takes(world: World) -> None:
    world.here(11)
    made = given(world, capacity_pieces=2)
    first, *others = sorted(lines(world).values(), key=window)
    on_its_shelf = [call for call in others if call.shelf == first.shelf]
    tick(world, [first])
    approve(world, help_on(world, made))
    after = lines(world)
    assert after[first.id].outcome == "COMES"
    anew = [call for call in after.values() if call.shelf == first.shelf and call.id != first.id]
    assert len(anew) == len(on_its_shelf) > 0
    assert all(window(call)[0] >= window(first)[1] for call in anew)
    assert max(Counter((call.shelf, call.from_at) for call in after.values()).values()) <= 2
    assert sorted(code for call in after.values() for code in call.parcels) == sorted(
        Parcel.objects.filter(wants_door=False).exclude(calling=None).values_list("code", flat=True)
    )


def test_calls_for_what_was_loaded_or_lies_on_its_shelf_stand_when_help_is_planned(world: World) -> None:
    world.here(11)
    made = given(world, capacity_pieces=2)
    row = delivery.rounds(plan=made, with_visits=True)[0]
    load(world, row.id)
    codes = [one.parcel.code for visit in row.visits for one in visit.parcels]
    courier = world.mei if row.courier == person_of(world.mei) else world.tao
    for visit in row.visits:
        assert visit.shelf is not None
        for one in visit.parcels:
            handovers.put_on_shelf(
                parcel=one.parcel.id, shelf=visit.shelf, actor=courier, now=NOW, request_id=new_id()
            )  # fmt: skip
    before = {call.id: call.parcels for call in lines(world).values() if set(call.parcels) & set(codes)}
    assert before
    tick(world, [lines(world)[next(iter(before))]], "NO_ANSWER")  # rung, and nobody was told anything
    approve(world, help_on(world, made))
    after = lines(world)
    assert {key: after[key].parcels for key in before} == before


def test_who_was_told_a_time_at_which_nothing_would_lie_there_yet_is_called_anew(world: World) -> None:
    world.here(11)
    made = given(world, capacity_pieces=2)
    told = max(lines(world).values(), key=window)
    tick(world, [told])
    _from_at, late = window(told)  # nobody has brought anything by then
    again = rounds.plan_again(plan=made, actor=world.lin, now=late, request_id=new_id())
    approve(world, again, late)
    calls = [call for call in lines(world).values() if set(call.parcels) & set(told.parcels)]
    assert [call.outcome for call in calls] == [""]
    assert window(calls[0])[0] > late
    assert told.id not in lines(world)  # that line is for nothing now


def test_a_plan_is_overtaken_where_a_household_was_told_a_time_since(world: World) -> None:
    world.here(4)
    made = given(world)
    draft = rounds.plan_again(plan=made, actor=world.lin, now=NOW, request_id=new_id())
    tick(world, list(lines(world).values())[:1])
    with pytest.raises(PlanOvertaken):
        approve(world, draft)
    assert len(lines(world)) == 4
