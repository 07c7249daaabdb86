"""Outside vehicles never enter: a trip to a station inside needs a pass when planned, when loaded and at the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery.errors import VehicleWithoutPass
from baogong.delivery.services import stations, trips
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.kernel.ids import new_id
from baogong.places import services as places
from tests.apps.delivery.world import HOUR, NOW, World, vehicle


def planned(world: World, cart: UUID, leaves_at: datetime = NOW) -> UUID:
    return stations.plan_shuttle(
        cart=cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=leaves_at, arrives_at=leaves_at + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip


def withdraw(world: World, cart: UUID, at: datetime) -> None:
    (held,) = freight_.passes(vehicles=[cart])
    freight.revoke_pass(granted=held.id, why="被封控", actor=world.lin, now=at)


def stand(world: World, count: int = 1) -> list[str]:
    codes = world.expect(count, at=world.outer)
    world.receive(codes, at=world.outer)
    return codes


def test_no_trip_is_planned_for_a_van_without_a_pass(world: World) -> None:
    van = vehicle("京N·01", area=None, lin=world.lin)
    with pytest.raises(VehicleWithoutPass) as refused:
        planned(world, van)
    assert "京N·01" in str(refused.value)
    assert "Nothing was planned" in str(refused.value)


def test_a_pass_counts_for_its_area_and_its_time_only(world: World) -> None:
    other = places.add_sealed_area(name="望京封控区", sealed_at=NOW)
    elsewhere = vehicle("京N·01", area=other, lin=world.lin)
    tomorrow = vehicle("京N·02", area=world.area, lin=world.lin, from_at=NOW + 24 * HOUR)
    ends = vehicle("京N·03", area=world.area, lin=world.lin, until_at=NOW + HOUR)  # the moment at which it would come
    for cart in (elsewhere, tomorrow, ends):
        with pytest.raises(VehicleWithoutPass):
            planned(world, cart)
    planned(world, tomorrow, NOW + 24 * HOUR)
    planned(world, ends, NOW - HOUR / 2)


def test_a_pass_withdrawn_after_the_trip_was_planned_stops_the_loading(world: World) -> None:
    codes, trip = stand(world), planned(world, world.cart)
    withdraw(world, world.cart, NOW)
    with pytest.raises(VehicleWithoutPass):
        stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    assert world.parcel(codes[0]).state == "AT_STATION"
    assert world.parcel(codes[0]).holder == world.outer


def test_a_pass_withdrawn_on_the_way_stops_the_cart_at_the_gate_until_another_is_granted(world: World) -> None:
    codes, trip = stand(world), planned(world, world.cart)
    stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    withdraw(world, world.cart, NOW + HOUR / 2)
    with pytest.raises(VehicleWithoutPass):
        stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert world.parcel(codes[0]).state == "ON_CART"
    vehicle_pass: dict[str, Any] = {
        "vehicle": world.cart,
        "area": world.area,
        "granted_by": world.shop,
        "actor": world.lin,
    }
    freight.grant_pass(
        **vehicle_pass, valid_from_at=NOW, valid_until_at=NOW + 9 * HOUR, now=NOW + HOUR, request_id=new_id()
    )
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert world.parcel(codes[0]).holder == world.inner


def test_where_nobody_said_in_which_area_a_station_lies_a_pass_of_any_area_counts(world: World) -> None:
    places.move_station(station=world.outer, from_at=NOW - HOUR / 2, community=world.west, actor=world.lin, now=NOW)
    back: dict[str, Any] = {
        "origin": world.inner,
        "target": world.outer,
        "road_zone": None,
        "leaves_at": NOW,
        "arrives_at": NOW + HOUR,
    }
    van = vehicle("京N·01", area=None, lin=world.lin)
    with pytest.raises(VehicleWithoutPass):  # it stands in a community by now
        stations.plan_shuttle(cart=van, **back, actor=world.bao, now=NOW, request_id=new_id())
    stations.plan_shuttle(cart=world.cart, **back, actor=world.bao, now=NOW, request_id=new_id())


def test_a_vehicle_needs_no_pass_to_a_station_on_the_street(world: World) -> None:
    van = vehicle("京N·01", area=None, lin=world.lin)
    stations.plan_shuttle(
        cart=van, origin=world.inner, target=world.outer, road_zone=None, leaves_at=NOW, arrives_at=NOW + HOUR,
        actor=world.bao, now=NOW, request_id=new_id(),
    )  # fmt: skip


def test_trips_are_proposed_in_the_time_of_the_pass_and_for_none_without(world: World) -> None:
    stand(world, 6)
    van = vehicle("京N·01", area=None, lin=world.lin)
    late = vehicle("三轮 2", area=world.area, lin=world.lin, from_at=NOW + 3 * HOUR)
    asked: dict[str, Any] = {
        "origin": world.outer,
        "from_at": NOW,
        "until_at": NOW + 9 * HOUR,
        "actor": world.fang,
        "now": NOW,
    }
    given = [trips.CartGiven(world.cart, 200_000, 40), trips.CartGiven(van, 200_000, 40)]
    with pytest.raises(VehicleWithoutPass):
        trips.propose_trips(carts=given, **asked)
    found = trips.propose_trips(carts=[trips.CartGiven(late, 200_000, 4)], **asked)
    assert sum(len(trip.parcels) for trip in found.trips) == 6
    assert all(trip.leaves_at >= NOW + 3 * HOUR for trip in found.trips)
