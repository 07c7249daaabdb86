"""Carts' trips proposed: one road zone each, in free slots of the gates; written only when a keeper accepts them."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import NobodyToPlanFor, PlanUnsound, ProposalMoved
from baogong.delivery.models import Parcel, Shuttle, ShuttleParcel
from baogong.delivery.services import stations, trips
from baogong.engine.rounds.shuttles import ShuttlePlan, ShuttleProblem
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.services.parties import register_party
from tests.apps.delivery.world import HOUR, NOW, World


def asked(world: World, *, capacity_pieces: int = 40, **more: Any) -> dict[str, Any]:
    given = {
        "origin": world.outer,
        "carts": [trips.CartGiven(world.cart, 200_000, capacity_pieces)],
        "from_at": NOW,
        "until_at": NOW + 9 * HOUR,
        "actor": world.fang,
        "now": NOW,
    }
    return given | more


def stand(world: World, east: int, west: int) -> tuple[list[str], list[str]]:
    codes = world.expect(east, at=world.outer), world.expect(west, community=world.west, at=world.outer)
    world.receive([*codes[0], *codes[1]], at=world.outer)
    return codes


def test_each_trip_serves_one_road_zone_in_a_slot_of_its_gate_and_nothing_is_written(world: World) -> None:
    east, west = stand(world, 3, 5)
    found = trips.propose_trips(**asked(world))
    assert found.left == ()
    assert {trip.road_zone_name: sorted(trip.parcels) for trip in found.trips} == {
        "路区一": sorted(east),
        "路区二": sorted(west),
    }
    first, second = found.trips
    assert second.leaves_at >= first.back_at  # one cart
    for trip in found.trips:
        assert trip.target == world.inner
        assert trip.gate_name.endswith("南门")
        assert trip.slot_at is not None
        assert trip.slot_at <= trip.arrives_at < trip.slot_at + HOUR / 4
        assert NOW <= trip.leaves_at < trip.arrives_at < trip.back_at <= NOW + 9 * HOUR
    assert not Shuttle.objects.exists()
    assert trips.propose_trips(**asked(world)) == found


def test_accepted_trips_are_written_once_and_carry_what_was_shown(world: World) -> None:
    east, west = stand(world, 3, 5)
    found, request = trips.propose_trips(**asked(world)), new_id()
    made = [trips.accept_trips(**asked(world), digest=found.digest, request_id=request) for _ in range(2)]
    assert made[0] == made[1]
    rows = delivery.shuttles(ids=made[0])
    assert [(row.road_zone, row.leaves_at, row.gate, row.slot_at) for row in rows] == [
        (trip.road_zone, trip.leaves_at, trip.gate, trip.slot_at) for trip in found.trips
    ]
    assert ShuttleParcel.objects.filter(loaded_at=None).count() == 8
    with pytest.raises(NobodyToPlanFor):  # all of it is on a trip
        trips.propose_trips(**asked(world))
    of_east = next(row for row in rows if row.road_zone == world.plan(world.east).road_zone)
    stations.load_cart(shuttle=of_east.id, scans=east, actor=world.fang, now=NOW, request_id=new_id())
    stations.unload_cart(shuttle=of_east.id, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert [world.parcel(code).state for code in (*east, west[0])] == ["AT_STATION"] * 4
    assert book.verify_book().ok


def test_what_has_changed_since_it_was_shown_is_not_accepted(world: World) -> None:
    stand(world, 2, 0)
    found = trips.propose_trips(**asked(world))
    stand(world, 1, 1)
    with pytest.raises(ProposalMoved):
        trips.accept_trips(**asked(world), digest=found.digest, request_id=new_id())
    assert not Shuttle.objects.exists()


def test_a_slot_and_a_cart_that_are_taken_are_not_given_twice(world: World) -> None:
    stand(world, 2, 0)
    first = trips.propose_trips(**asked(world))
    trips.accept_trips(**asked(world), digest=first.digest, request_id=new_id())
    stand(world, 2, 0)
    (later,) = trips.propose_trips(**asked(world)).trips
    assert later.leaves_at >= first.trips[0].back_at
    vehicles = [register_party(kind="VEHICLE", name=name, now=NOW) for name in ("三轮 2", "三轮 3")]
    others = [trips.CartGiven(vehicle, 200_000, 1) for vehicle in vehicles]
    found = trips.propose_trips(**asked(world, carts=others))
    slots = [trip.slot_at for trip in (*first.trips, *found.trips)]
    assert len(found.trips) == 2
    assert max(slots.count(slot) for slot in slots) == 2  # the gate takes two carts in a slot
    assert len(set(slots)) == 2


def test_what_no_cart_brings_is_told(world: World) -> None:
    east, west = stand(world, 2, 1)
    Parcel.objects.filter(code=east[0]).update(weight_g=250_000)
    stations.serve(community=world.west, station=world.inner, outer=None, actor=world.lin, now=NOW)
    found = trips.propose_trips(**asked(world))
    assert {one.parcel: one.code for one in found.left} == {east[0]: "TOO_MUCH_FOR_A_CART", west[0]: "NOT_SERVED"}
    assert [trip.parcels for trip in found.trips] == [(east[1],)]
    assert all(one.reason_zh and one.reason_en for one in found.left)


def test_only_the_stations_keeper_asks_and_accepts(world: World) -> None:
    stand(world, 1, 0)
    digest = trips.propose_trips(**asked(world)).digest
    for actor in (world.bao, world.stranger):
        with pytest.raises(NotYourPlace):
            trips.propose_trips(**asked(world, actor=actor))
        with pytest.raises(NotYourPlace):
            trips.accept_trips(**asked(world, actor=actor), digest=digest, request_id=new_id())
    with pytest.raises(UnusableInput):
        trips.propose_trips(**asked(world, until_at=NOW))
    with pytest.raises(UnusableInput):
        trips.propose_trips(**asked(world, carts=[]))


def test_a_plan_that_the_checker_refuses_is_never_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stand(world, 1, 0)

    def nothing(problem: ShuttleProblem) -> ShuttlePlan:
        return ShuttlePlan((), (), 0)

    monkeypatch.setattr(trips, "plan_shuttles", nothing)
    with pytest.raises(PlanUnsound, match="is not in the plan"):
        trips.propose_trips(**asked(world))
