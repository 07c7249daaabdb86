"""The day's parcels: the senders' list, the station outside, carts by road zone through the gates' slots, the stations inside."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import ParcelView
from baogong.delivery.services import stations
from baogong.engine.sheets.kinds import LineOutcome
from baogong.freight import queries as freight_
from baogong.kernel.ids import derived_id
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import KEEPERS, OUTER, STATIONS, station_of
from baogong.ops.scenarios.sealed_subdistrict_2022.people import at
from baogong.ops.scenarios.stage import Stage
from baogong.places import queries as places_

CART_G, CART_PIECES = 400_000, 150
SLOT = timedelta(minutes=15)
DRIVE, TURN = timedelta(minutes=12), timedelta(minutes=45)
# what a person says of a row that waits: waybill → community meant; others are left out and go back to the sender
SAID = {"JX041300778": "红霞北里"}
NO_ROOM = "JX041300334"


def receive(stage: Stage, day: int) -> None:
    """06:30: the list is read, what is in doubt decided by telephone, everything but what is missing taken in."""
    outer = stage.party(OUTER)
    drop_in(stage, "manifest", f"30-manifest-04{day}.csv", by="fang", decide=_decide)
    expected = delivery_.parcels(station=outer, states=["EXPECTED"], limit=10_000)
    if expected:
        stations.receive(
            station=outer,
            scans=[one.code for one in expected],
            actor=stage.actors["fang"],
            now=stage.now,
            request_id=stage.request_id("receive", day),
        )


def _decide(line: LineOutcome) -> dict[str, Any]:
    waybill = line.payload["waybill"]
    for candidate in line.candidates:
        if SAID.get(waybill) == candidate.text or (line.asks == "community" and candidate.text in line.found):
            return {"candidate": candidate.key}
    if waybill == NO_ROOM and line.may_be_new:
        return {"new": True}  # handed over at the unit's door
    return {"drop": True}


def carry(stage: Stage, day: int) -> None:
    """Sorted by road zone onto carts that are inside for good; each passes its gate in a slot of its own."""
    outer, fang = stage.party(OUTER), stage.actors["fang"]
    by_zone: defaultdict[tuple[str, str], list[ParcelView]] = defaultdict(list)
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for parcel in delivery_.parcels(limit=10_000):
        if parcel.waybill.startswith(f"JX04{day}") and parcel.state != "EXPECTED":
            station = station_of(parcel.community_name)
            by_zone[station, parcel.road_zone_name].append(parcel)
            codes[station].append(parcel.code)
    trips: list[tuple[datetime, str, str, list[str]]] = []
    slots = dict.fromkeys(STATIONS, 0)
    for (station, zone), parcels in sorted(by_zone.items()):
        for load in _loads(parcels):
            trips.append((at(day, "07:00") + SLOT * (slots[station] // 2), station, zone, load))
            slots[station] += 1
    carts = _carts(stage)
    known = {one.id for one in delivery_.shuttles(origin=outer) if one.state == "ARRIVED"}
    free_at = dict.fromkeys(carts, at(day, "06:30"))
    zones = {name: key for key, name in places_.road_zones()}
    for number, (slot_at, station, zone, load) in enumerate(sorted(trips, key=lambda trip: (trip[0], *trip[1:]))):
        cart = breaks.cart(stage, day, number, min(free_at, key=lambda one: (free_at[one], str(one))))
        leaves_at = max(slot_at - DRIVE, free_at.get(cart, slot_at - DRIVE))
        slot_at = max(slot_at, leaves_at + DRIVE)
        free_at[cart] = leaves_at + TURN
        stage.move_to(leaves_at)
        request_id = stage.request_id("trip", day, number)
        trip = derived_id("delivery.shuttle", request_id)
        if trip in known:
            continue
        stations.plan_shuttle(
            cart=cart,
            origin=outer,
            target=stage.party(station),
            road_zone=zones[zone],
            leaves_at=leaves_at,
            arrives_at=slot_at,
            gate=_gate(stage, STATIONS[station][0]),
            slot_at=slot_at,
            actor=fang,
            now=stage.now,
            request_id=request_id,
        )
        stations.load_cart(
            shuttle=trip,
            scans=load,
            actor=fang,
            now=stage.now,
            request_id=stage.request_id("load", day, number),
        )
        stations.unload_cart(
            shuttle=trip,
            actor=stage.actors[KEEPERS[station]],
            now=slot_at,
            request_id=stage.request_id("unload", day, number),
        )
    for station in STATIONS:
        stations.disinfect(
            station=stage.party(station),
            what="PARCELS",
            means="75% 酒精喷洒，静置10分钟",
            scans=codes[station],
            actor=stage.actors[KEEPERS[station]],
            now=stage.now,
            request_id=stage.request_id("disinfect", day, station),
        )


def _loads(parcels: list[ParcelView]) -> list[list[str]]:
    """What one cart carries, in turn."""
    loads: list[list[str]] = [[]]
    weight_g = 0
    for parcel in parcels:
        if loads[-1] and (len(loads[-1]) == CART_PIECES or weight_g + parcel.weight_g > CART_G):
            loads.append([])
            weight_g = 0
        loads[-1].append(parcel.code)
        weight_g += parcel.weight_g
    return loads


def _carts(stage: Stage) -> list[UUID]:
    vehicles = freight_.vehicles()
    return [vehicle.id for vehicle in vehicles if any(held.is_valid(stage.now) for held in vehicle.passes)]


def _gate(stage: Stage, community: str) -> UUID:
    plan = places_.community_plan(stage.party(community), stage.now, with_doors=False)
    return next(gate.id for gate in plan.gates if gate.name == "东门")
