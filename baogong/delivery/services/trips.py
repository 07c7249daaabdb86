"""
Carts' trips proposed: what stands at an outer station, one road zone a trip, each cart in a slot of its gate.

A proposal is only looked at; it writes nothing. A keeper accepts it by its digest: it is computed again, and written if
nothing has changed since it was shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.delivery.entering import windows_with_pass
from baogong.delivery.errors import NobodyToPlanFor, PlanUnsound, ProposalMoved
from baogong.delivery.models import Parcel, Shuttle, ShuttleParcel
from baogong.delivery.queries.stations import servings
from baogong.delivery.services import custody
from baogong.delivery.services.stations import KEEPERS, lock_for_trips, plan_shuttle
from baogong.delivery.snapshots import seconds
from baogong.engine.geo import road_estimate_m
from baogong.engine.rounds.shuttles import (
    Cart,
    Load,
    Mouth,
    ShuttlePlan,
    ShuttleProblem,
    ShuttleTrip,
    check_shuttles,
    plan_shuttles,
)
from baogong.journal.clock import house_midnight
from baogong.journal.mapping import content_hash
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import party_names
from baogong.places import queries as places
from baogong.places.queries import CommunityView, GateView

SPEED_M_S = 3  # a loaded three-wheeler between walls (estimate)
RIDE_S = 600  # where station or gate has no point (estimate)
DAY_S = 86_400
HOURS_MAX = timedelta(hours=24)
Point = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class CartGiven:
    """A vehicle that is there in the hours asked about, and what it carries."""

    cart: UUID
    capacity_g: int
    capacity_pieces: int


@dataclass(frozen=True, slots=True)
class TripProposed:
    """`parcels`: codes, in the order in which they are unloaded, cold ones first. `back_at`: at the station again."""

    cart: UUID
    cart_name: str
    target: UUID
    target_name: str
    road_zone: UUID | None
    road_zone_name: str
    gate: UUID | None
    gate_name: str
    slot_at: datetime | None
    leaves_at: datetime
    arrives_at: datetime
    back_at: datetime
    weight_g: int
    pieces: int
    parcels: tuple[str, ...]
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class LeftStanding:
    """A parcel that no cart brings, and why: TOO_MUCH_FOR_A_CART, NO_SLOT, NOT_SERVED or NO_GATE."""

    parcel: str
    code: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Every parcel that stands there and is on no trip yet is on one of `trips` or in `left`."""

    digest: str
    trips: tuple[TripProposed, ...]
    left: tuple[LeftStanding, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """To one station, for one road zone, through one gate."""

    target: UUID
    target_name: str
    road_zone: UUID | None
    road_zone_name: str
    communities: str
    gate: GateView | None
    gate_name: str
    ride_s: int

    @property
    def zone(self) -> str:
        """What the goods are sorted by: the road zone, or the communities themselves where nobody named one."""
        return self.road_zone_name or self.communities


def propose_trips(
    *, origin: UUID, carts: Sequence[CartGiven], from_at: datetime, until_at: datetime, actor: Actor, now: datetime
) -> Proposal:
    """
    Trips for what stands at the station and is on no trip yet. Rides are estimated from the straight line.

    A cart rides in the part of the hours for which it holds a pass.

    Raises NotYourPlace, UnusableInput (hours, carts), VehicleWithoutPass, NobodyToPlanFor (nothing stands there), PlanUnsound.
    """
    actor.require(*KEEPERS, at=origin)
    if not from_at < until_at <= from_at + HOURS_MAX or not carts or len({one.cart for one in carts}) != len(carts):
        raise UnusableInput(
            "Carts’ trips are planned for some hours, a day at most, with at least one cart, each once. Nothing was planned.",
            where="carts",
            found=[from_at.isoformat(), until_at.isoformat(), len(carts)],
            expected="at most 24 hours, and carts",
            cure="Correct the hours, or name the carts.",
        )
    rows = _standing(origin, until_at)
    if not rows:
        raise NobodyToPlanFor(
            "Nothing stands at this station that a trip is not planned for already. Nothing was planned.",
            where=str(origin),
            found=0,
            expected="parcels received at the station",
            cure="Receive what has come.",
        )
    midnight = house_midnight(from_at)
    ranked, unserved = _ways(origin, rows, now, (from_at, until_at))
    codes = {row.code: row for row in rows if row.community_id in ranked}
    names = _cart_names(carts)
    targets = {options[0].target for options in ranked.values()}
    let_in = windows_with_pass([one.cart for one in carts], targets, (from_at, until_at))
    free = tuple(
        Cart(names[one.cart], one.capacity_g, one.capacity_pieces, (begins_s, ends_s))
        for one in carts
        if (begins_s := seconds(_free_at(one.cart, let_in[one.cart][0], until_at), midnight))
        < (ends_s := seconds(let_in[one.cart][1], midnight))
    )
    promised = _promised([way for options in ranked.values() for way in options], midnight, until_at)

    def solved(ways: Mapping[UUID, _Way]) -> tuple[Mapping[UUID, _Way], ShuttleProblem, ShuttlePlan]:
        problem = ShuttleProblem(
            gates=_mouths(ways.values(), promised, max(len(codes), 1)),
            carts=free,
            loads=tuple(
                Load(code, _zone(ways, row), ways[row.community_id].gate_name, row.weight_g, 1, row.is_cold,
                     seconds(from_at, midnight))
                for code, row in codes.items()
            ),
            one_zone_per_trip=True,
        )  # fmt: skip
        return ways, problem, plan_shuttles(problem)

    best = solved({community: options[0] for community, options in ranked.items()})
    # What finds no slot at its nearest gate tries the next one, and stays there if more gets in.
    for options in dict.fromkeys(ranked.values()):
        for way in options[1:]:
            ways, _, plan = best
            stuck = {codes[one.load].community_id for one in plan.left if one.code == "NO_SLOT"}
            if not any(ranked[community] == options for community in stuck):
                break
            tried = solved({one: way if ranked[one] == options else ways[one] for one in ranked})
            best = min(best, tried, key=lambda one: len(one[2].left))
    ways, problem, plan = best
    faults = check_shuttles(problem, plan)
    if faults:
        raise PlanUnsound(
            f"The checker found {len(faults)} faults in the trips: {'; '.join(faults[:3])}. Nothing was planned.",
            where=str(origin),
            found=faults[:20],
            expected="no fault",
            cure="Report this with the station's name and the time.",
        )
    by_name = {name: cart for cart, name in names.items()}
    trips = tuple(
        _trip(trip, ways[codes[trip.loads[0]].community_id], by_name[trip.cart], midnight) for trip in plan.trips
    )
    left = tuple(LeftStanding(one.load, one.code, one.reason_zh, one.reason_en) for one in plan.left) + unserved
    return Proposal(content_hash(origin, [asdict(trip) for trip in trips]).hex(), trips, left)


@transaction.atomic
@recorded("delivery.trips.accepted")
def accept_trips(
    *,
    origin: UUID,
    carts: Sequence[CartGiven],
    from_at: datetime,
    until_at: datetime,
    digest: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> tuple[UUID, ...]:
    """
    Write the trips of the proposal that was shown, with what each is to carry. The same request again changes nothing.

    Raises what `propose_trips` does, and ProposalMoved where it would be another one by now.
    """
    actor.require(*KEEPERS, at=origin)
    lock_for_trips(origin, [], [])
    own = derived_id("delivery.trips", request_id)
    made = tuple(Shuttle.objects.filter(plan=own).order_by("leaves_at", "name").values_list("id", flat=True))
    if not made:
        proposal = propose_trips(origin=origin, carts=carts, from_at=from_at, until_at=until_at, actor=actor, now=now)
        if proposal.digest != digest:
            raise ProposalMoved(
                "What stands at the station, a cart or a gate has changed since these trips were shown. Nothing was planned.",
                where=str(origin),
                found=proposal.digest[:12],
                expected=digest[:12],
                cure="Look at the trips that are proposed now, and accept those.",
            )
        # Another station outside may be promising the same slot: who comes second is refused, in one order, by the trip.
        lock_for_trips(origin, [one.cart for one in carts], [trip.gate for trip in proposal.trips if trip.gate])
        codes = [code for trip in proposal.trips for code in trip.parcels]
        custody.lock_parcels(Parcel.objects.filter(code__in=codes).values_list("id", flat=True))
        carries = {one.cart: one for one in carts}
        made = tuple(
            _write(trip, carries[trip.cart], origin, own, number, actor=actor, now=now)
            for number, trip in enumerate(proposal.trips)
        )
    record(kind="delivery.trips.accepted", actor=actor, now=now, subject=origin, data={"trips": len(made)})
    return made


def _write(
    trip: TripProposed, given: CartGiven, origin: UUID, plan: UUID, number: int, *, actor: Actor, now: datetime
) -> UUID:
    shuttle = plan_shuttle(
        cart=trip.cart, origin=origin, target=trip.target, road_zone=trip.road_zone, leaves_at=trip.leaves_at,
        arrives_at=trip.arrives_at, gate=trip.gate, slot_at=trip.slot_at, capacity_g=given.capacity_g,
        capacity_pieces=given.capacity_pieces, plan=plan, actor=actor, now=now, request_id=derived_id(plan, number),
    )  # fmt: skip
    ids = Parcel.objects.filter(code__in=trip.parcels).values_list("id", flat=True)
    ShuttleParcel.objects.bulk_create([ShuttleParcel(shuttle_id=shuttle, parcel_id=id) for id in ids])
    return shuttle


def _standing(origin: UUID, until_at: datetime) -> list[Parcel]:
    planned = ShuttleParcel.objects.filter(shuttle__state=Shuttle.State.PLANNED, shuttle__origin=origin)
    rows = (
        Parcel.objects.filter(holder=origin, state=Parcel.State.AT_STATION)
        .filter(Q(due_from_at=None) | Q(due_from_at__lt=until_at))
        .exclude(id__in=planned.values("parcel"))
    )
    return list(rows.select_related("community__road_zone", "community__party").order_by("number"))


def _ways(
    origin: UUID, rows: Sequence[Parcel], now: datetime, hours: tuple[datetime, datetime]
) -> tuple[dict[UUID, tuple[_Way, ...]], tuple[LeftStanding, ...]]:
    """Community → how its parcels get in, the best way first, for those served from here; and the parcels of the others."""
    here = sorted({row.community_id for row in rows}, key=str)
    served = {one.community: one for one in servings(communities=here) if one.outer == origin}
    stands = {one.station: one for one in places.stations_at(now)}
    inside = {one.station: stands[one.station].community for one in served.values() if one.station in stands}
    known = [*served, *(community for community in inside.values() if community is not None)]
    plans = {plan.id: plan for plan in places.community_plans(sorted(set(known), key=str), now, with_doors=False)}
    zones: defaultdict[tuple[UUID, UUID | None], list[CommunityView]] = defaultdict(list)
    for community, serving in served.items():
        zones[serving.station, plans[community].road_zone].append(plans[community])
    start = _point(stands, origin)
    ways: dict[UUID, tuple[_Way, ...]] = {}
    shut: dict[UUID, str] = {}  # community → behind whose gates, all of them given up
    for (station, road_zone), members in zones.items():
        within = inside.get(station)
        behind = [plans[within]] if within is not None else sorted(members, key=lambda plan: plan.name)
        gates = _gates(behind, start, hours)
        walled = "、".join(plan.name for plan in behind if plan.gates)
        if not gates and walled:
            shut |= dict.fromkeys((plan.id for plan in members), walled)
            continue
        name = next(one.station_name for one in served.values() if one.station == station)
        zone = (road_zone, members[0].road_zone_name, "、".join(sorted(plan.name for plan in members)))
        without = _Way(station, name, *zone, None, name, _ride_s(start, _point(stands, station)))
        options = tuple(
            _Way(station, name, *zone, gate, f"{compound.name} {gate.name}", ride_s)
            for ride_s, compound, gate in gates
        )  # fmt: skip
        ways |= {plan.id: options or (without,) for plan in members}
    return ways, tuple(_left_outside(row, shut.get(row.community_id)) for row in rows if row.community_id not in ways)


def _left_outside(row: Parcel, shut: str | None) -> LeftStanding:
    """`shut`: behind whose gates the way goes, all of them given up; None: no station serves its community from here."""
    if shut is not None:
        return LeftStanding(
            row.code,
            "NO_GATE",
            f"{shut}的大门在这段时间结束前都停用了，车进不去。请在小区页登记一道开着的门，或缩短时段。",
            f"Every gate of {shut} is given up before these hours end, so no cart gets in. Write a gate down that is in "
            "use on the community's page, or plan shorter hours.",
        )
    return LeftStanding(
        row.code,
        "NOT_SERVED",
        f"没有站点从这里接驳{row.community.party.name}。请先设定服务它的站点。",
        f"No station is served from here for {row.community.party.name}. Say first which station serves it.",
    )


def _gates(
    communities: Sequence[CommunityView], start: Point | None, hours: tuple[datetime, datetime]
) -> list[tuple[int, CommunityView, GateView]]:
    """
    (ride_s, community, gate) of the gates that are not given up before the hours end, the shortest ride first. One that
    does not open within the hours is left out, but where none does: then its hours tell why.
    """
    from_at, until_at = hours
    midnight = house_midnight(from_at)
    begins_s, ends_s = seconds(from_at, midnight), seconds(until_at, midnight)
    found = sorted(
        (
            (_ride_s(start, _first_point((gate.lat, gate.lon), (plan.lat, plan.lon))), plan, gate)
            for plan in communities
            for gate in plan.gates
            if gate.closed_at is None or gate.closed_at >= until_at
        ),
        key=lambda one: (one[0], one[1].name, one[2].name),
    )
    opening = [one for one in found if not one[2].hours or any(a < ends_s and b > begins_s for a, b in _opens(one[2]))]
    return opening or found


def _promised(ways: Collection[_Way], midnight: datetime, until_at: datetime) -> Mapping[UUID, Sequence[int]]:
    """Gate → seconds of the arrivals that other trips have been promised there."""
    gates = {way.gate.id for way in ways if way.gate is not None}
    promised: defaultdict[UUID, list[int]] = defaultdict(list)
    coming = Shuttle.objects.filter(gate__in=gates, arrives_at__gte=midnight, arrives_at__lt=until_at)
    for gate, at in coming.exclude(state=Shuttle.State.CANCELLED).values_list("gate", "arrives_at"):
        promised[gate].append(seconds(at, midnight))
    return promised


def _mouths(ways: Collection[_Way], promised: Mapping[UUID, Sequence[int]], trips_most: int) -> tuple[Mouth, ...]:
    """Each gate once; one that sets no number takes as many carts as come, and so does the station where there is none."""
    mouths = []
    for name, way in sorted({way.gate_name: way for way in ways}.items()):
        if way.gate is None:
            mouths.append(Mouth(name, way.ride_s, trips_most))
            continue
        taken_s = tuple(sorted(promised.get(way.gate.id, ())))
        carts_count = way.gate.carts_per_slot or trips_most + len(taken_s)
        mouths.append(Mouth(name, way.ride_s, carts_count, _opens(way.gate), way.gate.slot_minutes * 60, taken_s))
    return tuple(mouths)


def _opens(gate: GateView) -> tuple[tuple[int, int], ...]:
    """Its hours of today and tomorrow; spans that touch are one."""
    spans: list[list[int]] = []
    for day in (0, DAY_S):
        for opens, closes in sorted(gate.hours):
            begins, ends = (each.hour * 3600 + each.minute * 60 + day for each in (opens, closes))
            if spans and begins <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], ends)
            else:
                spans.append([begins, ends])
    return tuple((begins, ends) for begins, ends in spans)


def _free_at(cart: UUID, from_at: datetime, until_at: datetime) -> datetime:
    """When the cart is back from the last trip it has in these hours."""
    under_way = Shuttle.objects.filter(
        cart=cart, state__in=(Shuttle.State.PLANNED, Shuttle.State.LOADED), leaves_at__lt=until_at
    ).values_list("leaves_at", "arrives_at")
    return max([from_at, *(arrives + (arrives - leaves) for leaves, arrives in under_way)])


def _cart_names(carts: Sequence[CartGiven]) -> dict[UUID, str]:
    """By their names; two of one name are told apart by a number."""
    known = party_names([one.cart for one in carts])
    names: dict[UUID, str] = {}
    for number, one in enumerate(carts, 1):
        name = known[one.cart][0]
        names[one.cart] = name if name not in names.values() else f"{name} #{number}"
    return names


def _zone(ways: Mapping[UUID, _Way], row: Parcel) -> str:
    way = ways[row.community_id]
    targets = {each.target for each in ways.values() if each.road_zone == way.road_zone}
    return way.zone if len(targets) == 1 else f"{way.zone}→{way.target_name}"


def _trip(trip: ShuttleTrip, way: _Way, cart: UUID, midnight: datetime) -> TripProposed:
    def at(moment_s: int) -> datetime:
        return midnight + timedelta(seconds=moment_s)

    slot_s = way.gate.slot_minutes * 60 if way.gate is not None else 0
    return TripProposed(
        cart=cart,
        cart_name=trip.cart,
        target=way.target,
        target_name=way.target_name,
        road_zone=way.road_zone,
        road_zone_name=way.road_zone_name,
        gate=way.gate.id if way.gate is not None else None,
        gate_name=way.gate_name if way.gate is not None else "",
        slot_at=at(trip.arrives_s // slot_s * slot_s) if slot_s else None,
        leaves_at=at(trip.leaves_s),
        arrives_at=at(trip.arrives_s),
        back_at=at(trip.back_s),
        weight_g=trip.weight_g,
        pieces=trip.pieces,
        parcels=trip.loads,
        reason_zh=trip.reason_zh,
        reason_en=trip.reason_en,
    )


def _point(stands: Mapping[UUID, places.StandView], station: UUID) -> Point | None:
    stand = stands.get(station)
    return (stand.lat, stand.lon) if stand is not None else None


def _first_point(*points: Point) -> Point:
    return next((point for point in points if point[0] is not None), points[-1])


def _ride_s(start: Point | None, end: Point | None) -> int:
    if start is None or end is None or start[0] is None or start[1] is None or end[0] is None or end[1] is None:
        return RIDE_S
    return max(60, round(road_estimate_m(start[0], start[1], end[0], end[1]) / SPEED_M_S))
