"""11 to 13 February: on foot in the town, by cars to gathered orders, by van and e-bikes beyond; second visits, then the desk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services import endings, placing, rounds, stations, trips
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.delivery.services.trips import CartGiven
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.assisted_2020 import breaks
from baogong.ops.scenarios.assisted_2020.cast import (
    AREA_KEEPER,
    AREA_STATION,
    AREA_TEAM,
    DRIVERS,
    DROP_MIN,
    LAST,
    OFFICE_NAME,
    SECOND,
    SHOPKEEPER,
    TEAM,
    TOWN,
    TOWN_KEEPER,
    at,
    near,
    of_reach,
    order_of,
    whole,
)
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.parcels import receive_all
from baogong.ops.scenarios.last_mile.people import assign, names_in, take_temperatures
from baogong.ops.scenarios.last_mile.rounds import approve, device, handed_over, walk
from baogong.ops.scenarios.stage import Stage
from baogong.release import offers
from baogong.release import services as release
from baogong.release.errors import ProxyNotAllowed
from baogong.supply import queries as supply_
from baogong.supply import services as supply

MASK_G, ALL = 10, 1_000_000
BAG_G, BAG_PIECES = 8_000, 25
CAR_G, CAR_PIECES = 200_000, 200
VAN_G, VAN_PIECES = 600_000, 400
KEEPERS = {TOWN: TOWN_KEEPER, AREA_STATION: AREA_KEEPER}
MORNING, EVENING = "08:30", "20:00"
OUT_AT_FIRST, OUT_AGAIN = (3, 9), 3  # which households of the town's compounds are out; so many of them once more
PROXIES = 2


def accept(stage: Stage, *, online: bool) -> None:
    """The shop takes on what was booked online at once, and the callers' sheet when it has come from the clerks."""
    fresh = offers.claims_in(stage.ids["tranche"], "ADMITTED", most=ALL)
    wanted = [one.id for one in fresh if (one.channel == "WEB") is online or not online]
    if wanted:
        release.accept_claims(claims=wanted, actor=stage.actors[SHOPKEEPER], now=stage.now)


def make_parcels(stage: Stage) -> None:
    if offers.claims_in(stage.ids["tranche"], "ACCEPTED", most=1):
        placing.place(office=stage.party(OFFICE_NAME), unit_weight_g=MASK_G, actor=stage.actors["wu"], now=stage.now)
    waiting = delivery_.placings([stage.party(OFFICE_NAME)])
    for one in waiting:  # the clerk rings, and the caller says it once more, slowly
        placing.place_by_hand(
            placing=one.id,
            community=stage.party(near()[0]),
            building="1",
            unit="1",
            room="101",
            unit_weight_g=MASK_G,
            actor=stage.actors["wu"],
            now=stage.now,
        )


def receive(stage: Stage, day: int) -> None:
    """The shop's boxes come to the town's station; each is scanned."""
    receive_all(stage, TOWN, TOWN_KEEPER, day)


# Beyond range: the van with bikes and orders; cars to gathered orders


def lend_the_bikes(stage: Stage) -> None:
    """One for each rider, by its serial number; they ride in the van."""
    riders = names_in(stage, AREA_TEAM)
    for rider, unit in zip(riders, supply_.units(site=stage.party(TOWN)), strict=False):
        if breaks.no_bike_for(stage, rider == riders[-1]):
            continue
        supply.lend(
            units=[unit.id],
            borrower=stage.party(rider),
            site=stage.party(TOWN),
            due_at=at(LAST, "18:00"),
            purpose="白沙片区派送",
            by_name=rider,
            actor=stage.actors[TOWN_KEEPER],
            now=stage.now,
            request_id=stage.request_id("lend", rider),
        )


def drive_to_the_area(stage: Stage, day: int) -> None:
    """What is gathered for the area goes in one van through the checkpoint, to the area's own station."""
    breaks.carried_past_the_van(stage, day)
    waits = delivery_.parcels(station=stage.party(TOWN), states=["AT_STATION"], limit=ALL)
    far = set(of_reach("AREA"))
    asked: dict[str, Any] = {
        "origin": stage.party(TOWN),
        "carts": [CartGiven(stage.ids["van"], VAN_G, VAN_PIECES)],
        "from_at": stage.now,
        "until_at": at(day, "14:00"),
        "actor": stage.actors[TOWN_KEEPER],
        "now": stage.now,
    }
    if any(one.community_name in far for one in waits) and not delivery_.shuttles(
        origin=stage.party(TOWN), since=at(day, "00:00")
    ):
        proposal = trips.propose_trips(**asked)
        trips.accept_trips(**asked, digest=proposal.digest, request_id=stage.request_id("trips", day))
    acts = []
    for trip in delivery_.shuttles(origin=stage.party(TOWN), since=at(day, "00:00")):
        if trip.state != "ARRIVED":
            acts.append((trip.leaves_at, trip.name, partial(_load, stage, trip.id)))
            acts.append((trip.arrives_at, trip.name, partial(_unload, stage, trip.id)))
    for moment, _name, act in sorted(acts, key=lambda each: each[:2]):
        stage.move_to(moment)
        act()


def _load(stage: Stage, trip: UUID) -> None:
    stations.load_cart(
        shuttle=trip,
        scans=[view.code for view in delivery_.to_load(trip)],
        actor=stage.actors[TOWN_KEEPER],
        now=stage.now,
        request_id=stage.request_id("load", trip),
    )


def _unload(stage: Stage, trip: UUID) -> None:
    stations.unload_cart(
        shuttle=trip, actor=stage.actors[AREA_KEEPER], now=stage.now, request_id=stage.request_id("unload", trip)
    )


# Rounds


def assign_everybody(stage: Stage, day: int) -> None:
    """Temperatures as read at the door; who is there delivers all day."""
    for place, team in ((TOWN, TEAM), (AREA_STATION, AREA_TEAM)):
        take_temperatures(stage, team, place, KEEPERS[place], day)
        for name in names_in(stage, team):
            start, end = at(day, MORNING), at(day, EVENING)
            assign(stage, stage.party(name), stage.party(place), "DELIVER", start, end, day=day)


def plan_on_foot(stage: Stage, day: int) -> None:
    _plan(
        stage, TOWN, day, near(), "foot", without=_team(stage)[:DRIVERS], capacity_g=BAG_G, capacity_pieces=BAG_PIECES
    )


def plan_cars(stage: Stage, day: int) -> None:
    """Couriers in their own cars: one stop a compound, where at least ten orders are gathered."""
    _plan(
        stage, TOWN, day, of_reach("CAR"), "cars", without=_team(stage)[DRIVERS:], capacity_g=CAR_G,
        capacity_pieces=CAR_PIECES, drop_min=breaks.drop_min(stage, DROP_MIN),
    )  # fmt: skip


def plan_riders(stage: Stage, day: int) -> None:
    _plan(stage, AREA_STATION, day, of_reach("AREA"), "bikes", capacity_g=BAG_G, capacity_pieces=BAG_PIECES)


def _team(stage: Stage) -> list[UUID]:
    return [stage.party(name) for name in names_in(stage, TEAM)]


def _plan(stage: Stage, station: str, day: int, compounds: Iterable[str], how: str, **said: Any) -> None:
    """What stands there for these compounds, if anything; approved by another."""
    compounds = list(compounds)
    waits = delivery_.parcels(station=stage.party(station), states=["AT_STATION"], unplanned=True, limit=ALL)
    if not any(one.community_name in compounds and one.id not in used_up(stage) for one in waits):
        return
    made = rounds.plan_rounds(
        station=stage.party(station),
        from_at=max(stage.now, at(day, MORNING)),
        until_at=at(day, EVENING),
        communities=[stage.party(name) for name in compounds],
        limits={},
        rule={"turns_per_stop": 2, "passes": 1},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds", how, day),
        **said,
    )
    approve(stage, made, how, day)


def bring(stage: Stage, day: int) -> None:
    walk(stage, KEEPERS, whole(day), at(day, EVENING), come_back=lambda one, name: _come_back(stage, one, name, day))


def telephone(stage: Stage, station: str, person: UUID, day: int) -> DeviceView:
    return device(stage, station, person, at(day, "07:00"), at(day, "21:00"), keeper=KEEPERS[station])


def _come_back(stage: Stage, one: RoundView, station: str, day: int) -> None:
    """What was seen taken is told; what nobody came down for goes back to the keeper, for another visit."""
    view = delivery_.round_view(one.id)
    out = {
        carried.parcel.code
        for visit in view.visits
        for carried in visit.parcels
        if is_out(stage, carried.parcel.id, day)
    }
    phone = telephone(stage, station, one.courier, day)
    breaks.tell(stage, phone, _acts(stage, view, out), station, KEEPERS[station])
    if out:
        stations.take_back(
            station=stage.party(station),
            scans=sorted(out),
            why=dict.fromkeys(out, "NOBODY"),
            actor=stage.actors[KEEPERS[station]],
            now=stage.now,
            request_id=stage.request_id("back", one.id),
        )


def _acts(stage: Stage, one: RoundView, out: set[str]) -> list[Act]:
    """The courier waits until the resident has come down, and sees it taken."""
    walked = pace.walked(stage, one)
    return [
        handed_over(stage.request_id("act", one.id, carried.parcel.code), visit, ends_at, carried.parcel.code)
        for visit, ends_at in zip(one.visits, walked.ends_at, strict=True)
        for carried in visit.parcels
        if carried.parcel.code not in out and not breaks.forgets(stage, carried.parcel.code)
    ]


def is_out(stage: Stage, parcel: UUID, day: int) -> bool:
    """Some of the town's households are out on the first day, three of them on the second as well."""
    households = out_orders(stage)
    mine = {made: claim for claim, made in delivery_.parcels_of_promises("release", households).items()}.get(parcel)
    if mine is None:
        return False
    return day < SECOND or (day == SECOND and mine in households[:OUT_AGAIN])


def out_orders(stage: Stage) -> list[UUID]:
    """Claims of who is out at first, those who are out once more before the others."""
    return [order_of(stage, compound, household) for household in OUT_AT_FIRST for compound in near()]


def used_up(stage: Stage) -> set[UUID]:
    """Parcels that were visited as often as the rule says, nobody having come down."""
    most = release_visits(stage)
    tried = [hand.parcel for hand in delivery_.hands(["FAILED"])]
    return {parcel for parcel in tried if tried.count(parcel) >= most}


def release_visits(stage: Stage) -> int:
    return offers.offer(stage.ids["tranche"]).rule.visits_max


# The desk


def give_back(stage: Stage, day: int) -> None:
    """No courier comes a third time: the right is kept at the shop's desk."""
    standing = delivery_.parcels(station=stage.party(TOWN), states=["AT_STATION"], limit=ALL)
    codes = sorted(one.code for one in standing if one.id in used_up(stage))
    if codes:
        endings.give_back(
            station=stage.party(TOWN),
            scans=codes,
            actor=stage.actors[TOWN_KEEPER],
            now=stage.now,
            request_id=stage.request_id("give back", day),
        )


def fetch(stage: Stage) -> None:
    """Two who could not come down send somebody with the code and a document of their own; one comes."""
    for number, claim in enumerate(out_orders(stage)):
        found = offers.one_claim(claim)
        if found.state != "ACCEPTED" or found.keeps_until is None:
            continue
        son = [
            EvidenceIn("CODE", text=found.code),
            EvidenceIn("SIGNATURE", by_name="儿子"),
            EvidenceIn("NOTE", text="代取 · proxy · 402X"),
        ]
        own = [EvidenceIn("CODE", text=found.code), EvidenceIn("SIGNATURE", by_name="CLAIMANT")]
        by_proxy, shown = number < PROXIES, son if number < PROXIES else own
        if number == PROXIES and breaks.given_to_a_neighbour(stage):
            by_proxy, shown = False, [EvidenceIn("CODE", text=found.code), EvidenceIn("SIGNATURE", by_name="邻居")]
        try:
            _hand_over(stage, claim, shown, by_proxy=by_proxy)
        except ProxyNotAllowed:
            _hand_over(stage, claim, own, by_proxy=False)  # the old man comes himself, on his son's arm


def _hand_over(stage: Stage, claim: UUID, shown: list[EvidenceIn], *, by_proxy: bool) -> None:
    release.hand_over_claim(
        claim=claim,
        evidence=shown,
        by_proxy=by_proxy,
        actor=stage.actors[SHOPKEEPER],
        now=stage.now,
        request_id=stage.request_id("fetch", claim),
    )


def bring_the_bikes_back(stage: Stage) -> None:
    riders = names_in(stage, AREA_TEAM)
    for rider in riders:
        lent = supply_.units(borrower=stage.party(rider))
        if not lent or breaks.bike_stays_away(stage, rider == riders[0]):
            continue
        supply.take_back(
            units=[unit.id for unit in lent],
            condition="GOOD",
            by_name=rider,
            actor=stage.actors[TOWN_KEEPER],
            now=stage.now,
            request_id=stage.request_id("bike back", rider),
        )
