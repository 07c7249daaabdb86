"""Tonight out of the book: with nothing random it is what was planned; asked for once, played once, the same from any worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel
from baogong.delivery.services import trips
from baogong.engine.rehearsal import UnusableChances, calm, drifts
from baogong.journal.queries import events
from baogong.kernel.errors import NotFound, NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.tower.models import Rehearsal
from baogong.tower.queries.rehearsals import (
    drifts_of_book,
    hours_worth_playing,
    rehearsal_head,
    rehearsal_view,
    rehearsals,
)
from baogong.tower.rehearsals.snapshot import Taken, night_of
from baogong.tower.services import rehearsals as services
from tests.apps.delivery import world as street
from tests.apps.delivery.test_rounds import given as rounds_given
from tests.apps.freight import world as road
from tests.apps.freight.test_delays import late

ALL = Window()
SECOND = timedelta(seconds=1)


def at(taken: Taken, seconds: int) -> datetime:
    return taken.zero_at + timedelta(seconds=seconds)


@pytest.fixture
def relay(db: None) -> road.World:
    return road.make_world()


@pytest.fixture
def town(db: None) -> street.World:
    return street.make_world()


def ask(world: road.World, **more: Any) -> UUID:
    given: dict[str, Any] = {
        "from_at": road.NOW, "until_at": road.NOW + 5 * road.DAY, "runs_count": 40, "is_for_worker": False,
        "actor": world.lin, "now": road.NOW, "request_id": new_id(),
    }  # fmt: skip
    return services.ask(**given | more)


def play(rehearsal: UUID, **more: Any) -> bool:
    return services.play(rehearsal=rehearsal, now=lambda: road.NOW, workers=1, **more)


def test_a_convoy_with_nothing_random_is_the_plan(relay: road.World) -> None:
    near, far, onward = road.two_trucks(relay)
    taken = night_of(ALL)
    assert taken is not None
    found = calm(taken.night)
    ends = sorted(at(taken, seconds) for seconds in found.ends_s.values())
    assert {near.unload_end_at, far.unload_end_at, onward.unload_end_at} <= set(ends)
    assert [drift.share for drift in drifts(taken.night)] == [0] * (1 + len(taken.night.promises))
    assert {promise.about for promise in taken.night.promises} == {"ARRIVAL"}
    assert found.pieces["DELIVERED"] == sum(load.pieces for load in taken.night.loads)
    assert found.late == {}


def test_a_promise_is_kept_by_the_time_that_was_asked_for(relay: road.World) -> None:
    relay.allot("langfang masks", relay.hub, 100, due_at=road.NOW + 2 * road.DAY)
    relay.convoy()
    bill = relay.bill(target=relay.hub)
    taken = night_of(ALL)
    assert taken is not None
    (promise,) = taken.night.promises
    service = bill.unload_end_at - bill.unload_start_at
    assert at(taken, promise.due_s) == road.NOW + 2 * road.DAY + service
    assert at(taken, promise.planned_s) == bill.unload_end_at


def test_a_plan_made_again_stands_for_the_earlier_one(relay: road.World) -> None:
    relay.allot("langfang masks", relay.hospital, 600)
    relay.convoy()
    far, onward = relay.bill(target=relay.hub), relay.bill(origin=relay.hub)
    relay.send(far)
    told = late(relay, far, 5 * road.HOUR, now=far.planned_depart_at + 3 * road.HOUR)
    assert told.plan is not None
    now = far.planned_depart_at + 4 * road.HOUR
    relay.approve(told.plan, now=now)
    taken = night_of(ALL)
    assert taken is not None
    anew = relay.bill(told.plan)
    assert anew.planned_depart_at == onward.planned_depart_at + 5 * road.HOUR
    assert max(at(taken, seconds) for seconds in calm(taken.night).ends_s.values()) >= anew.unload_end_at
    assert all(drift.is_near for drift in drifts(taken.night))
    assert len({run.id for run in taken.night.runs if run.stops[0].loads}) == 2  # neither leg twice


def test_what_was_over_before_the_night_lies_where_it_was_brought(relay: road.World) -> None:
    near, far, onward = road.two_trucks(relay)
    begins_at = max(near.unload_end_at, far.unload_end_at)
    taken = night_of(Window(begins_at, begins_at + 5 * road.DAY))
    assert taken is not None
    assert {load.place for load in taken.night.loads} == {str(relay.hub)}
    found = calm(taken.night)
    assert max(at(taken, seconds) for seconds in found.ends_s.values()) >= onward.unload_end_at
    assert found.late == {}


def test_carts_rounds_and_calls_with_nothing_random_are_the_plan(town: street.World) -> None:
    codes = town.expect(6, at=town.outer) + town.expect(5, community=town.west, at=town.outer)
    town.receive(codes, at=town.outer)
    town.here(10)
    rounds_given(town)
    asked: dict[str, Any] = {
        "origin": town.outer,
        "carts": [trips.CartGiven(town.cart, 200_000, 40)],
        "from_at": street.NOW,
        "until_at": street.NOW + 9 * street.HOUR,
        "actor": town.fang,
        "now": street.NOW,
    }
    found = trips.propose_trips(**asked)
    trips.accept_trips(**asked, digest=found.digest, request_id=new_id())
    taken = night_of(ALL)
    assert taken is not None
    played = calm(taken.night)
    rounds, shuttles = delivery.rounds(), delivery.shuttles()
    assert rounds
    assert len(shuttles) == 2
    for row in rounds:
        assert abs(at(taken, played.ends_s[str(row.id)]) - row.back_at) < SECOND  # plans count in tenths
    for trip in found.trips:
        shuttle = next(each for each in shuttles if each.leaves_at == trip.leaves_at)
        assert at(taken, played.ends_s[str(shuttle.id)]) == trip.back_at
    assert all(drift.share == 0 for drift in drifts(taken.night))
    assert played.late == {}
    assert {promise.about for promise in taken.night.promises} == {"ROUND", "TRIP", "SHELF"}
    calls = delivery.call_list(shelves=[UUID(shelf.id) for shelf in taken.night.shelves])
    assert sum(len(shelf.calls) for shelf in taken.night.shelves) == sum(call.from_at is not None for call in calls)
    assert all(drift.is_near for drift in drifts_of_book(ALL))
    names = {gate.name for gate in taken.night.gates}
    assert names
    assert all(" " in name for name in names)  # every compound has an east gate: each is named with its own


def test_what_a_cart_brings_is_waited_for_by_the_round_that_takes_it_on(town: street.World) -> None:
    codes = town.expect(4, at=town.outer)
    town.receive(codes, at=town.outer)
    asked: dict[str, Any] = {
        "origin": town.outer,
        "carts": [trips.CartGiven(town.cart, 200_000, 40)],
        "from_at": street.NOW,
        "until_at": street.NOW + 9 * street.HOUR,
        "actor": town.fang,
        "now": street.NOW,
    }
    found = trips.propose_trips(**asked)
    trips.accept_trips(**asked, digest=found.digest, request_id=new_id())
    (trip,) = delivery.shuttles()
    town.give_round(town.mei, codes, at=trip.arrives_at + street.HOUR)
    taken = night_of(ALL)
    assert taken is not None
    (cart,) = [run for run in taken.night.runs if run.mover == str(town.cart)]
    (walk,) = [run for run in taken.night.runs if run is not cart]
    assert dict(walk.stops[0].loads) == dict(cart.stops[1].unloads)
    assert sum(dict(walk.stops[0].loads).values()) == 4


def test_a_parcel_that_is_planned_after_its_promised_hour_is_judged_by_that_hour(town: street.World) -> None:
    codes = town.expect(3)
    town.receive(codes)
    early, *others = codes
    promised_at, planned_at = street.NOW + street.HOUR, street.NOW + 2 * street.HOUR
    Parcel.objects.filter(code=early).update(due_until_at=promised_at)
    Parcel.objects.filter(code__in=others).update(due_until_at=planned_at + 3 * street.HOUR)
    town.give_round(town.mei, [early], "T0001", at=planned_at)
    town.give_round(town.mei, others, "T0002", at=planned_at + 2 * street.HOUR)
    taken = night_of(ALL)
    assert taken is not None
    late, kept = sorted(taken.night.promises, key=lambda one: one.due_s)
    assert (at(taken, late.due_s), at(taken, late.planned_s)) == (promised_at, planned_at + street.MINUTE)
    assert at(taken, kept.due_s) == planned_at + 3 * street.HOUR
    assert calm(taken.night).late == {late.id: ("PLAN", late.id)}
    assert {drift.what: drift.share for drift in drifts(taken.night)}[late.id] == 0
    Parcel.objects.filter(code=early).update(due_until_at=planned_at + 2 * street.HOUR)
    in_time = night_of(ALL)
    assert in_time is not None
    assert calm(in_time.night).late == {}


def test_a_rehearsal_is_asked_for_once_and_changes_nothing_but_itself(relay: road.World) -> None:
    road.two_trucks(relay)
    request = new_id()
    made = ask(relay, request_id=request)
    assert ask(relay, request_id=request) == made
    with pytest.raises(RequestIdReused):
        ask(relay, request_id=request, seed=2)
    assert [(head.state, head.done_count, head.total_count) for head in rehearsals()] == [("WAITING", 0, 40)]
    assert [event.kind for event in events(subject=made)] == ["tower.rehearsal.asked"]


def test_the_hours_offered_are_hours_in_which_something_is_planned(relay: road.World) -> None:
    assert hours_worth_playing(road.NOW) == Window(road.NOW, road.NOW + road.DAY)
    road.two_trucks(relay)
    for now in (road.NOW - 9 * road.DAY, road.NOW, road.NOW + 90 * road.DAY):
        hours = hours_worth_playing(now)
        assert night_of(hours) is not None
        assert hours.end_at is not None
        assert hours.start_at is not None
        assert hours.end_at - hours.start_at == road.DAY


def test_what_cannot_be_rehearsed_is_refused(relay: road.World) -> None:
    with pytest.raises(services.NothingPlanned):
        ask(relay)
    road.two_trucks(relay)
    for more, refusal in (
        ({"actor": relay.stranger}, NotYourPlace),
        ({"actor": relay.bao}, NotYourPlace),
        ({"until_at": road.NOW}, UnusableInput),
        ({"until_at": road.NOW + timedelta(days=32)}, UnusableInput),
        ({"runs_count": 0}, UnusableInput),
        ({"runs_count": 10_001}, UnusableInput),
        ({"chances": {"rain": 1.0}}, UnusableChances),
        ({"prices": {"courier_fen": -1}}, UnusableChances),
        ({"from_at": road.NOW + 20 * road.DAY, "until_at": road.NOW + 21 * road.DAY}, services.NothingPlanned),
    ):
        with pytest.raises(refusal):
            ask(relay, **more)
    assert rehearsals() == ()


def test_it_is_played_once_tells_how_far_it_is_and_is_read_by_names_and_moments(relay: road.World) -> None:
    road.two_trucks(relay)
    nothing_else = dict.fromkeys(("road_sigma", "night_sigma", "service_sigma", "breakdown", "gate_shut", "short"), 0.0)
    made = ask(relay, chances={**nothing_else, "absent_truck": 0.5, "stand_in_s": 5 * 86_400.0})
    with pytest.raises(NotFound):
        rehearsal_view(made)
    told: list[tuple[int, int, str]] = []
    assert play(made, tell=lambda done, total: told.append((done, total, rehearsal_head(made).state)))
    assert not play(made)
    assert told[0][:2] < told[-1][:2]
    assert told[-1][0] == told[-1][1]
    assert {state for _, _, state in told} == {"PLAYING"}
    view = rehearsal_view(made)
    assert (view.state, view.done_count, view.ended_at) == ("DONE", view.total_count, road.NOW)
    assert view.planned_at == view.calm_at == max(each.planned_at for each in view.bars)
    assert view.is_near
    assert 0 < view.all_kept < 1
    assert view.breaks[0].what == "ABSENT"
    assert view.breaks[0].name in {bar.mover for bar in view.bars}
    assert sum(each.count for each in view.breaks) == round((1 - view.all_kept) * 40)
    assert {each.what for each in view.fixes} >= {"SPARE_TRUCK", "LATER_PROMISE"}
    assert all(each.probability * 40 == pytest.approx(each.kept_count) for each in view.promises)
    assert [event.kind for event in events(subject=made)] == ["tower.rehearsal.played", "tower.rehearsal.asked"]


def test_the_same_night_and_seed_give_the_same_result_from_any_number_of_processes(relay: road.World) -> None:
    road.two_trucks(relay)
    alone, together = ask(relay), ask(relay)
    play(alone)
    services.play(rehearsal=together, now=lambda: road.NOW, workers=2)
    other = ask(relay, seed=2)
    play(other)
    hashes = {each.id: (each.night_hash, each.result_hash) for each in rehearsals()}
    assert hashes[alone] == hashes[together]
    assert hashes[alone][0] == hashes[other][0]
    assert hashes[alone][1] != hashes[other][1]


def test_one_whose_worker_died_is_played_by_the_next(relay: road.World) -> None:
    road.two_trucks(relay)
    made = ask(relay)
    Rehearsal.objects.filter(pk=made).update(state="PLAYING", done_count=20, told_at=datetime.now(UTC))
    assert services.waiting() == []
    assert not play(made)
    Rehearsal.objects.filter(pk=made).update(told_at=datetime.now(UTC) - timedelta(minutes=4))
    assert services.waiting() == [made]
    assert play(made)
    assert rehearsal_head(made).state == "DONE"


def test_one_that_cannot_be_played_says_why_and_is_not_tried_again(relay: road.World) -> None:
    road.two_trucks(relay)
    made = ask(relay)
    Rehearsal.objects.filter(pk=made).update(night='{"places": []}')
    with pytest.raises(KeyError):
        play(made)
    head = rehearsal_head(made)
    assert (head.state, head.failed_why) == ("FAILED", "KeyError: 'gates'")
    assert services.waiting() == []
    assert [event.kind for event in events(subject=made)] == ["tower.rehearsal.failed", "tower.rehearsal.asked"]
