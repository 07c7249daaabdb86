"""Carts' trips proposed: one road zone each, in free slots of the gates; written only when a keeper accepts them."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from baogong.delivery import queries as delivery
from baogong.delivery.errors import (
    CartFull,
    GateNotNamed,
    GateUnusable,
    NobodyToPlanFor,
    PlanUnsound,
    ProposalMoved,
    SlotTaken,
)
from baogong.delivery.models import Parcel, Shuttle, ShuttleParcel
from baogong.delivery.services import stations, trips
from baogong.engine.rounds.shuttles import ShuttlePlan, ShuttleProblem
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.places import services as places
from baogong.places.services import move_station
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, vehicle

OPENS = (time(10), time(17))


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
    assert [view.code for view in delivery.to_load(of_east.id)] == east
    stations.load_cart(shuttle=of_east.id, scans=east[:2], actor=world.fang, now=NOW, request_id=new_id())
    assert [view.code for view in delivery.to_load(of_east.id)] == [east[2]]
    stations.load_cart(shuttle=of_east.id, scans=east[2:], actor=world.fang, now=NOW, request_id=new_id())
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
    vehicles = [vehicle(name, area=world.area, lin=world.lin) for name in ("三轮 2", "三轮 3")]
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


def test_a_gate_without_a_number_of_carts_takes_as_many_as_come_within_its_hours(world: World) -> None:
    stand(world, 3, 5)
    gates = {gate.id: gate for plan in (world.plan(world.east), world.plan(world.west)) for gate in plan.gates}
    for plan in (world.plan(world.east), world.plan(world.west)):
        for gate in plan.gates:
            places.set_gate(
                community=plan.id, name=gate.name, hours=[OPENS], carts_per_slot=0, actor=world.lin, now=NOW
            )
    four = [
        trips.CartGiven(vehicle(f"京A0000{number}", area=world.area, lin=world.lin), 200_000, 2) for number in range(4)
    ]
    found = trips.propose_trips(**asked(world, carts=four))
    assert found.left == ()
    assert len(found.trips) == 5  # of two parcels each: two for one road zone, three for the other
    assert {trip.gate for trip in found.trips} <= set(gates)
    slots = [trip.slot_at for trip in found.trips]
    assert max(slots.count(slot) for slot in slots) > 2  # as many as the gates took when two were set
    for trip in found.trips:
        assert OPENS[0] <= timezone.localtime(trip.arrives_at).time() < OPENS[1]


def test_where_every_gate_is_given_up_it_is_said_with_the_cure(world: World) -> None:
    east, west = stand(world, 2, 1)
    for plan in (world.plan(world.east), world.plan(world.west)):
        for gate in plan.gates:
            places.close_gate(gate=gate.id, at=NOW + HOUR, actor=world.lin, now=NOW)
    found = trips.propose_trips(**asked(world))
    assert found.trips == ()
    assert {one.parcel: one.code for one in found.left} == dict.fromkeys([*east, *west], "NO_GATE")
    assert all("Write a gate down" in one.reason_en and "登记一道" in one.reason_zh for one in found.left)
    assert trips.propose_trips(**asked(world, until_at=NOW + HOUR)).left == ()  # in use until then


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


def test_each_of_two_carts_takes_its_own_part_of_a_zone_and_no_more_than_it_carries(world: World) -> None:
    east, _ = stand(world, 6, 0)
    second = vehicle("三轮 2", area=world.area, lin=world.lin)
    carts = [trips.CartGiven(cart, 200_000, 3) for cart in (world.cart, second)]
    found = trips.propose_trips(**asked(world, carts=carts))
    made = trips.accept_trips(**asked(world, carts=carts), digest=found.digest, request_id=new_id())
    parts = [[view.code for view in delivery.to_load(trip)] for trip in made]
    assert [len(part) for part in parts] == [3, 3]
    assert sorted(parts[0] + parts[1]) == sorted(east)
    (more,) = world.expect(1, at=world.outer)
    world.receive([more], at=world.outer)
    third = vehicle("三轮 3", area=world.area, lin=world.lin)
    by_hand = stations.plan_shuttle(
        cart=third, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone, leaves_at=NOW,
        arrives_at=NOW + HOUR, capacity_g=200_000, capacity_pieces=40, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    assert [view.code for view in delivery.to_load(by_hand)] == [more]
    stations.load_cart(shuttle=made[0], scans=parts[0], actor=world.fang, now=NOW, request_id=new_id())
    with pytest.raises(CartFull, match="4 pieces of"):
        stations.load_cart(shuttle=made[0], scans=[more], actor=world.fang, now=NOW, request_id=new_id())
    assert world.parcel(more).state == "AT_STATION"
    assert [len(delivery.to_load(trip)) for trip in made] == [0, 3]


def test_a_cart_is_loaded_up_to_its_weight_and_not_a_gram_above(world: World) -> None:
    east, _ = stand(world, 2, 0)
    Parcel.objects.filter(code__in=east).update(weight_g=5_000)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone, leaves_at=NOW,
        arrives_at=NOW + HOUR, capacity_g=10_000, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    Shuttle.objects.filter(pk=trip).update(capacity_g=9_999)
    with pytest.raises(CartFull):
        stations.load_cart(shuttle=trip, scans=east, actor=world.fang, now=NOW, request_id=new_id())
    Shuttle.objects.filter(pk=trip).update(capacity_g=10_000)
    stations.load_cart(shuttle=trip, scans=east, actor=world.fang, now=NOW, request_id=new_id())
    assert delivery.shuttles(ids=[trip])[0].aboard == 2


def by_hand(world: World, cart: UUID, gate: UUID | None, arrives_at: datetime = NOW + 20 * MINUTE, **more: Any) -> UUID:
    given = {"origin": world.outer, "target": world.inner, "road_zone": world.plan(world.east).road_zone}
    return stations.plan_shuttle(
        cart=cart, leaves_at=arrives_at - 15 * MINUTE, arrives_at=arrives_at, gate=gate, actor=world.lin, now=NOW,
        request_id=new_id(), **(given | more),
    )  # fmt: skip


def test_a_gate_takes_no_more_carts_in_a_slot_than_it_does_whoever_plans_them(world: World) -> None:
    gate = world.plan(world.east).gates[0]
    second, third = (vehicle(name, area=world.area, lin=world.lin) for name in ("三轮 2", "三轮 3"))
    made = [by_hand(world, cart, gate.id) for cart in (world.cart, second)]
    assert {row.slot_at for row in delivery.shuttles(ids=made)} == {NOW + 15 * MINUTE}
    with pytest.raises(SlotTaken, match="takes 2 carts in 15 minutes; 2 come"):
        by_hand(world, third, gate.id, NOW + 29 * MINUTE)
    by_hand(world, third, gate.id, NOW + 30 * MINUTE)
    assert sorted(row.name for row in delivery.shuttles(origin=world.outer)) == ["S0001", "S0002", "S0003"]


def test_a_cart_passes_a_gate_of_its_own_station_in_its_hours(world: World) -> None:
    gate = world.plan(world.east).gates[0]
    with pytest.raises(GateUnusable, match="none of the station's"):
        by_hand(world, world.cart, gate.id, origin=world.inner, target=world.outer)
    with pytest.raises(UnusableInput, match="another one was named"):
        by_hand(world, world.cart, gate.id, slot_at=NOW)
    places.set_gate(community=world.east, name=gate.name, hours=[(time(9), time(11))], actor=world.lin, now=NOW)
    with pytest.raises(GateUnusable, match="is not open"):
        by_hand(world, world.cart, gate.id)  # at 08:20
    by_hand(world, world.cart, gate.id, NOW + HOUR)
    assert Shuttle.objects.count() == 1


def test_a_cart_to_a_station_behind_a_wall_comes_through_a_gate_whether_it_is_named_or_not(world: World) -> None:
    gate, more = world.plan(world.east).gates[0], partial(by_hand, world, world.cart, None)
    move_station(
        station=world.inner, from_at=NOW, community=world.east, lat=39.975, lon=116.49, actor=world.lin, now=NOW
    )
    (trip,) = delivery.shuttles(ids=[more()])  # its only gate
    assert (trip.gate, trip.slot_at) == (gate.id, NOW + 15 * MINUTE)
    places.set_gate(community=world.east, name="北门", hours=[(time(8), time(9))], actor=world.lin, now=NOW)
    with pytest.raises(GateNotNamed, match="北门") as refusal:
        more(NOW + 50 * MINUTE)
    assert refusal.value.expected in (["北门", gate.name], [gate.name, "北门"])
    (trip,) = delivery.shuttles(ids=[more(NOW + 90 * MINUTE)])  # the other one is shut by then
    assert trip.gate == gate.id
    places.set_gate(community=world.east, name=gate.name, hours=[(time(8), time(9))], actor=world.lin, now=NOW)
    with pytest.raises(GateUnusable, match="none of whose gates is open"):
        more(NOW + 3 * HOUR)
    assert Shuttle.objects.count() == 2


def test_a_cart_that_crosses_no_wall_needs_no_gate(world: World) -> None:
    (street,) = delivery.shuttles(ids=[by_hand(world, world.cart, None)])  # the station stands on the street
    move_station(
        station=world.inner, from_at=NOW, community=world.east, lat=39.975, lon=116.49, actor=world.lin, now=NOW
    )
    way_out = {"origin": world.inner, "target": world.outer}
    (out,) = delivery.shuttles(ids=[by_hand(world, world.cart, None, NOW + HOUR, **way_out)])
    assert (street.gate, out.gate) == (None, None)


def test_a_gate_that_is_shut_in_these_hours_keeps_nothing_outside_while_another_is_open(world: World) -> None:
    stand(world, 2, 0)
    gate = partial(places.set_gate, community=world.east, carts_per_slot=2, actor=world.lin, now=NOW)
    near = world.plan(world.east).gates[0].name
    gate(name=near, hours=[(time(5), time(7))])
    (left, _other) = trips.propose_trips(**asked(world)).left
    assert left.code == "NO_SLOT"
    assert "open 05:00–07:00、05:00–07:00 the next day" in left.reason_en
    assert "05:00–07:00、次日05:00–07:00" in left.reason_zh
    gate(name="北门", lat=39.990, lon=116.49, slot_minutes=15)
    found = trips.propose_trips(**asked(world))
    assert ([trip.gate_name for trip in found.trips], found.left) == (["东院 北门"], ())
    gate(name=near, hours=[(time(8), time(8, 5))])  # open, and no cart is there in time
    assert [trip.gate_name for trip in trips.propose_trips(**asked(world)).trips] == ["东院 北门"]
    gate(name=near, hours=[])
    assert [trip.gate_name for trip in trips.propose_trips(**asked(world)).trips] == [f"东院 {near}"]
