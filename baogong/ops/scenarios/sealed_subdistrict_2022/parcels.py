"""The day's parcels: the senders' list, the station outside, carts by road zone through the gates' slots, the stations inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import ShuttleView
from baogong.delivery.services import stations, trips
from baogong.delivery.services.trips import CartGiven
from baogong.freight import queries as freight_
from baogong.ops.scenarios.last_mile.parcels import ALL, as_told
from baogong.ops.scenarios.last_mile.parcels import receive as receive_all
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import KEEPERS, OUTER, STATIONS, station_of
from baogong.ops.scenarios.sealed_subdistrict_2022.people import at
from baogong.ops.scenarios.stage import Stage

CART_G, CART_PIECES = 400_000, 150
CARRIED_UNTIL = "09:30"
# what a person says of a row that waits: waybill → community meant; others are left out and go back to the sender
SAID = {"JX041300778": "红霞北里"}
NO_ROOM = frozenset({"JX041300334"})  # handed over at the unit's door


def receive(stage: Stage, day: int) -> None:
    """06:30: the list is read, what is in doubt decided by telephone, everything but what is missing taken in."""
    receive_all(
        stage,
        f"30-manifest-04{day}.csv",
        station=OUTER,
        keeper="fang",
        decide=as_told(SAID, new=NO_ROOM),
        key=day,
    )


def carry(stage: Stage, day: int) -> None:
    """
    What stands outside goes in on carts that are inside for good, by road zone and gate's slot as the house proposes; the
    keeper outside accepts that and loads each as it leaves, the keepers inside unload each as it comes.
    """
    acts: list[tuple[datetime, str, Callable[[], None]]] = []
    for trip in _trips(stage, day):
        if trip.state != "ARRIVED":
            acts.append((trip.leaves_at, trip.name, partial(_load, stage, trip.id)))
            acts.append((trip.arrives_at, trip.name, partial(_unload, stage, trip.id, trip.target_name)))
    for moment, _name, act in sorted(acts, key=lambda each: each[:2]):
        stage.move_to(moment)
        act()
    breaks.a_van_comes(stage, day)
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for parcel in delivery_.parcels(limit=ALL):
        if parcel.waybill.startswith(f"JX04{day}") and parcel.state != "EXPECTED":
            codes[station_of(parcel.community_name)].append(parcel.code)
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


def _trips(stage: Stage, day: int) -> list[ShuttleView]:
    """The day's trips, by departure: proposed, and accepted as they were shown."""

    def accepted() -> list[ShuttleView]:
        found = delivery_.shuttles(origin=stage.party(OUTER), since=at(day, "00:00"))
        return [trip for trip in found if trip.leaves_at < at(day, CARRIED_UNTIL)]

    if found := accepted():  # in a resumed play
        return found
    asked: dict[str, Any] = {
        "origin": stage.party(OUTER),
        "carts": [CartGiven(cart, CART_G, CART_PIECES) for cart in _carts(stage)],
        "from_at": stage.now,
        "until_at": at(day, CARRIED_UNTIL),
        "actor": stage.actors[KEEPERS[OUTER]],
        "now": stage.now,
    }
    proposal = trips.propose_trips(**asked)
    for left in proposal.left:
        stage.say(f"      stays outside: {left.parcel}: {left.reason_en}")
    trips.accept_trips(**asked, digest=proposal.digest, request_id=stage.request_id("trips", day))
    return accepted()


def _load(stage: Stage, trip: UUID) -> None:
    stations.load_cart(
        shuttle=trip,
        scans=[view.code for view in delivery_.to_load(trip)],
        actor=stage.actors[KEEPERS[OUTER]],
        now=stage.now,
        request_id=stage.request_id("load", trip),
    )


def _unload(stage: Stage, trip: UUID, station: str) -> None:
    stations.unload_cart(
        shuttle=trip,
        actor=stage.actors[KEEPERS[station]],
        now=stage.now,
        request_id=stage.request_id("unload", trip),
    )


def _carts(stage: Stage) -> list[UUID]:
    vehicles = freight_.vehicles()
    return [vehicle.id for vehicle in vehicles if any(held.is_valid(stage.now) for held in vehicle.passes)]
