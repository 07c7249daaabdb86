"""
What a convoy is planned from: parcels that have not left, where they stand or will stand, and who offers what.

Nothing here asks the clock: everything follows from the plan's own params and from the book, so that the snapshot can be
taken again at approval and compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from baogong.catalogue import queries as catalogue
from baogong.engine.freight.plan import Plan
from baogong.engine.freight.problem import Air, Closure, Lane, Load, Offer, Problem, Site
from baogong.freight.mapping import engine_plan_from_json, problem_from_json, problem_to_json
from baogong.freight.models import Carried, MeetingPlace, Parcel, Pass, VehicleKind, Waybill, WaybillLine
from baogong.kernel.errors import UnusableInput
from baogong.kernel.money import split_exactly
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries as needs
from baogong.needs.views import ParcelDue
from baogong.people.queries import parties as people
from baogong.places import queries as places
from baogong.planning import queries as plans

KIND = "CONVOY"
PLANS_MAX = 10_000
AIR_ROOM_G = 20_000_000  # a lane by air without a carrier's offer: a freighter's room, to be weighed, never booked
AIR_ROOM_CM3 = 120_000_000
UNBOOKED = "航空 "  # how a flight begins its name that no carrier has offered yet
ENDED = (Waybill.State.ARRIVED, Waybill.State.CLOSED)
UNDERWAY = (Waybill.State.LOADED, Waybill.State.DEPARTED, Waybill.State.ARRIVED)


@dataclass(frozen=True, slots=True)
class Promised:
    """A parcel with what the planner needs of it, whether or not a convoy has carried it before."""

    id: UUID
    room: str
    room_id: str
    lot: UUID
    item: UUID
    amount: int
    origin: UUID
    receiver: UUID
    receiver_site: UUID | None
    target_state: str
    due_at: datetime | None
    urgency: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units of a parcel at a site, now or from `ready_at` on, that no other waybill already takes."""

    parcel: Promised
    site: UUID
    amount: int
    ready_at: datetime | None


def take_snapshot(params: Mapping[str, Any]) -> dict[str, Any]:
    """
    The snapshot of a CONVOY plan; see `services.convoys.plan_convoy` for the params, `mapping` for its shape.

    Raises UnusableInput: a receiver without a place, a site without coordinates, a hub that is no site.
    """
    from_at = datetime.fromisoformat(params["from_at"])
    until_at = datetime.fromisoformat(params["until_at"])
    zero_at = from_at.astimezone(timezone.get_default_timezone())
    waiting = waiting_parcels(params)
    met_at = _meeting_places(waiting)
    waiting = [each for each in waiting if met_at[each.parcel.id] != each.site]
    names = _Names(params)
    hubs = [UUID(each) for each in params["hubs"]]
    wanted = {each.site for each in waiting} | {met_at[each.parcel.id] for each in waiting} | set(hubs)
    wanted |= {UUID(site) for sites in params["feeds"].values() for site in sites}
    kinds = list(VehicleKind.objects.select_related("carrier").order_by("id"))
    wanted |= {kind.based_at_id for kind in kinds if kind.based_at_id}
    sealed = _sealed_sites(wanted, from_at, until_at)
    offers, offer_facts = _offers(params, kinds, waiting, sealed, names, zero_at, until_at)
    loads, load_facts = _loads(params, waiting, met_at, names, zero_at)
    lanes, closures, air = _ways(wanted, kinds, sealed, names, zero_at, until_at, params)
    problem = Problem(
        zero_at=zero_at,
        sites=tuple(_sites(params, wanted, sealed, names, zero_at, until_at)),
        loads=tuple(loads),
        offers=tuple(offers),
        hubs=tuple(names.site(hub) for hub in hubs),
        lanes=tuple(lanes),
        closures=tuple(closures),
        air=tuple(air),
        road_factor=params["road_factor"],
        speed_kmh=params["speed_kmh"],
    )
    offer_facts.update(_air_facts(air, kinds))
    return {
        "problem": problem_to_json(problem),
        "sites": {names.site(site): str(site) for site in sorted(wanted)},
        "offers": offer_facts,
        "loads": load_facts,
        "parcels": {str(each.parcel.id): _parcel_facts(each.parcel) for each in waiting},
        "supersedes": params.get("supersedes"),
    }


def waiting_parcels(params: Mapping[str, Any]) -> list[Waiting]:
    """
    Everything promised that no waybill takes yet, by place; waybills of the superseded plan count as not made.

    Starts from the promises still open in the book, so what was delivered long ago costs nothing.
    """
    until_at = datetime.fromisoformat(params["until_at"])
    only = {UUID(each) for each in params["only_parcels"]}
    holds = book.open_holds()
    open_of = {hold.id: hold.open for hold in holds}
    due = {parcel.id: parcel for parcel in map(_as_promised, needs.parcels_due(Window(end_at=until_at), holds))}
    lines = _lines_of(due, open_of)
    # What has left its origin is no longer listed by the room that promised it.
    begun = {line.parcel_id: _as_begun(line.parcel) for line in lines if line.parcel_id not in due}
    chosen = {key: parcel for key, parcel in (due | begun).items() if not only or key in only}
    taken = _already_planned(lines, chosen, params.get("supersedes"))
    found: list[Waiting] = []
    for each in _where_they_stand(lines, chosen, open_of):
        # What is here already is what other waybills take first.
        spoken_for = min(each.amount, taken.get((each.parcel.id, each.site), 0))
        if spoken_for:
            taken[each.parcel.id, each.site] -= spoken_for
        if each.amount > spoken_for:
            found.append(replace(each, amount=each.amount - spoken_for))
    return found


def _as_promised(due: ParcelDue) -> Promised:
    """What a room below promised and is still to be carried."""
    return Promised(
        id=due.hold,
        room=due.room,
        room_id=str(due.id),
        lot=due.lot,
        item=due.item,
        amount=due.amount,
        origin=due.at_site,
        receiver=due.receiver,
        receiver_site=due.receiver_site,
        target_state=State.HANDED_OVER.value,
        due_at=due.due_at,
        urgency=due.urgency,
    )


def _as_begun(row: Parcel) -> Promised:
    """What convoys have already begun to carry."""
    return Promised(
        id=row.id,
        room=row.room,
        room_id=row.room_id,
        lot=row.lot,
        item=row.item_id,
        amount=row.amount,
        origin=row.origin_id,
        receiver=row.receiver_id,
        receiver_site=row.place_id,
        target_state=row.target_state,
        due_at=row.due_at,
        urgency=row.urgency,
    )


def _lines_of(due: Collection[UUID], open_holds: Collection[UUID]) -> list[Any]:
    """
    Lines of the parcels that are due, and of those a convoy has begun to carry and that are still promised.

    A line stands here once for every hold that carries a part of it (`hold`, `holder`, `is_aboard`), or once without.
    """
    begun = Carried.objects.filter(Q(hold__in=open_holds) | Q(parcel__in=open_holds)).values("parcel")
    lines = WaybillLine.objects.filter(Q(parcel__in=due) | Q(parcel__in=begun)).select_related("waybill", "parcel")
    return list(
        lines.annotate(
            hold=F("carried__hold"), holder=F("carried__holder_id"), is_aboard=F("carried__is_aboard")
        ).order_by("id", "hold")
    )


def _where_they_stand(
    lines: Iterable[Any], parcels: Mapping[UUID, Promised], open_of: Mapping[UUID, int]
) -> list[Waiting]:
    """
    At the origin, put down on the way, or aboard towards a hub; what is here before what is still to come.

    In the order in which the parcels were found: their ids say nothing, and the planner's names go by this order.
    """
    units: dict[tuple[UUID, UUID, datetime | None], int] = defaultdict(int)
    for parcel in parcels.values():
        units[parcel.id, parcel.origin, None] += open_of.get(parcel.id, 0)
    for line in lines:
        if line.hold is None or line.parcel_id not in parcels:
            continue
        bill, still_open = line.waybill, open_of.get(line.hold, 0)
        if not line.is_aboard:
            units[line.parcel_id, line.holder, None] += still_open
        elif not line.is_last:
            unloading = bill.unload_end_at - bill.planned_arrive_at
            units[line.parcel_id, bill.target_id, bill.expected_arrive_at + unloading] += still_open
    earliest = datetime.min.replace(tzinfo=UTC)
    turn = {parcel: number for number, parcel in enumerate(parcels)}
    return [
        Waiting(parcels[parcel], site, amount, ready_at)
        for (parcel, site, ready_at), amount in sorted(
            units.items(), key=lambda kv: (turn[kv[0][0]], kv[0][1], kv[0][2] or earliest)
        )
        if amount > 0
    ]


def lineage_of(plan: str | UUID | None) -> list[UUID]:
    """The plan and those it came to replace, newest first."""
    if not plan:
        return []
    supersedes = {head.id: head.params.get("supersedes") for head in plans.plans(kind=KIND, limit=PLANS_MAX)}
    found = [UUID(str(plan))]
    while earlier := supersedes.get(found[-1]):
        found.append(UUID(earlier))
    return found


def replaceable_waybills(plan: str | UUID | None) -> list[Waybill]:
    """What a new plan takes the place of: waybills not yet loaded, of trucks of which nothing is loaded yet."""
    rows = list(Waybill.objects.filter(plan__in=lineage_of(plan)).order_by("planned_depart_at", "number"))
    begun = {row.trip for row in rows if row.state not in (Waybill.State.PLANNED, Waybill.State.CANCELLED)}
    return [row for row in rows if row.state == Waybill.State.PLANNED and row.trip not in begun]


def _already_planned(
    lines: Iterable[Any], parcels: Collection[UUID], supersedes: str | None
) -> dict[tuple[UUID, UUID], int]:
    """Units that waybills of other plans, not yet loaded, will take from a site."""
    replaced = {row.id for row in replaceable_waybills(supersedes)}
    amounts = {  # once a line, whatever carries it
        (line.id, line.parcel_id, line.waybill.origin_id): line.amount
        for line in lines
        if line.parcel_id in parcels and line.waybill.state == Waybill.State.PLANNED and line.waybill_id not in replaced
    }
    taken: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for (_, parcel, site), amount in amounts.items():
        taken[parcel, site] += amount
    return taken


def place_of(parcel: Promised, meeting: Mapping[UUID, UUID], sites: set[UUID]) -> UUID | None:
    """Where its receiver takes over: the place its need names, the receiver's own site, or where it is met."""
    if parcel.receiver_site is not None:
        return parcel.receiver_site
    return parcel.receiver if parcel.receiver in sites else meeting.get(parcel.receiver)


def _meeting_places(waiting: list[Waiting]) -> dict[UUID, UUID]:
    """By parcel. Raises UnusableInput naming every receiver without a place."""
    meeting = dict(MeetingPlace.objects.values_list("party_id", "site_id"))
    sites = {site.id for site in places.sites()}
    found, missing = {}, set()
    for each in waiting:
        place = place_of(each.parcel, meeting, sites)
        if place is None:
            missing.add(each.parcel.receiver)
        else:
            found[each.parcel.id] = place
    if missing:
        names = sorted(party.name for party in people.parties(ids=missing))
        raise UnusableInput(
            f"Nobody has said where to meet {', '.join(names)}; no plan was made.",
            where="receivers",
            found=names,
            expected="a site, or a meeting place",
            cure="Set a meeting place for each, then plan again.",
        )
    return found


class _Names:
    """The names by which the planner's sentences call things: unique, and as people know them."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._sites: dict[UUID, str] = {}
        self._used: set[str] = set()
        self._parties: dict[UUID, people.PartyView] = {}

    def party(self, party: UUID) -> people.PartyView:
        if party not in self._parties:
            self._parties[party] = people.party(party)
        return self._parties[party]

    def site(self, site: UUID) -> str:
        if site not in self._sites:
            self._sites[site] = self.unique(self.party(site).name, self.party(site).city)
        return self._sites[site]

    def unique(self, name: str, more: str = "") -> str:
        for candidate in (name, f"{name} ({more})" if more else name, *(f"{name} {n}" for n in range(2, 10_000))):
            if candidate not in self._used:
                self._used.add(candidate)
                return candidate
        raise AssertionError("ten thousand things of one name")


def _sealed_sites(sites: set[UUID], from_at: datetime, until_at: datetime) -> set[UUID]:
    """Inside an area that is under seal at some moment of the plan."""
    areas = {area.id for area in places.sealed_areas() if _overlaps(area.sealed, from_at, until_at)}
    return {site.id for site in places.sites() if site.id in sites and site.area in areas}


def _overlaps(window: Window, from_at: datetime, until_at: datetime) -> bool:
    has_begun = window.start_at is None or window.start_at < until_at
    return has_begun and (window.end_at is None or window.end_at > from_at)


def _sites(
    params: Mapping[str, Any],
    wanted: set[UUID],
    sealed: set[UUID],
    names: _Names,
    zero_at: datetime,
    until_at: datetime,
) -> list[Site]:
    """Raises UnusableInput naming every site that cannot be put on the map."""
    known = {site.id: site for site in places.sites()}
    found, missing = [], []
    for site in sorted(wanted, key=names.site):
        view = known.get(site)
        point = _point(view, known) if view else None
        if view is None or point is None:
            missing.append(names.party(site).name)
            continue
        leaves_from = params["not_before"].get(str(site))
        found.append(
            Site(
                id=names.site(site),
                lat=point[0],
                lon=point[1],
                inside_seal=site in sealed,
                docks_count=view.docks_count,
                service_s=view.service_s,
                windows=_windows(view.opens_at, view.closes_at, zero_at, until_at),
                leaves_from_s=_seconds(zero_at, datetime.fromisoformat(leaves_from)) if leaves_from else 0,
            )
        )
    if missing:
        raise UnusableInput(
            f"These places are not on the map: {', '.join(missing)}; no plan was made.",
            where="sites",
            found=missing,
            expected="a site with coordinates, or another located site of the same area or city",
            cure="Enter their coordinates, even to a few kilometres, and plan again.",
        )
    return found


def _point(site: places.SiteView, known: Mapping[UUID, places.SiteView]) -> tuple[float, float] | None:
    """A site without coordinates stands, until someone enters them, in the middle of its area's, else its city's sites."""
    if site.lat is not None and site.lon is not None:
        return site.lat, site.lon
    located = [each for each in known.values() if each.lat is not None and each.lon is not None]
    near = [each for each in located if each.area == site.area] if site.area else []
    near = near or [each for each in located if site.city and each.city == site.city]
    if not near:
        return None
    return sum(each.lat or 0.0 for each in near) / len(near), sum(each.lon or 0.0 for each in near) / len(near)


def _windows(
    opens_at: time | None, closes_at: time | None, zero_at: datetime, until_at: datetime
) -> tuple[tuple[int, int], ...]:
    """Each day's opening hours as seconds from `zero_at`; past midnight where the site closes before it opens."""
    if opens_at is None or closes_at is None:
        return ()
    zone = zero_at.tzinfo
    day: date = zero_at.date() - timedelta(days=1)
    spans = []
    # A week past the plan's end: late arrivals still find the gate's hours.
    while day <= until_at.date() + timedelta(days=7):
        opening = datetime.combine(day, opens_at, zone)
        closing = datetime.combine(day if closes_at > opens_at else day + timedelta(days=1), closes_at, zone)
        if closing > zero_at:
            spans.append((max(0, _seconds(zero_at, opening)), _seconds(zero_at, closing)))
        day += timedelta(days=1)
    return tuple(spans)


def _seconds(zero_at: datetime, moment: datetime) -> int:
    """Whole seconds from the plan's start, 0 for what is past."""
    return max(0, -int((zero_at - moment).total_seconds() // 1))


def _loads(
    params: Mapping[str, Any], waiting: list[Waiting], met_at: Mapping[UUID, UUID], names: _Names, zero_at: datetime
) -> tuple[list[Load], dict[str, Any]]:
    """Raises UnusableInput naming every item nobody has said how it is boxed."""
    loads, facts, unboxed = [], {}, set()
    items = {item.id: item for item in catalogue.items()}
    boxed = {lot.id: lot.pieces_per_carton for lot in book.lots({each.parcel.lot for each in waiting})}
    for each in waiting:
        parcel = each.parcel
        item = items[parcel.item]
        try:
            carton = catalogue.carton_for(parcel.item, boxed[parcel.lot])
        except catalogue.CartonUnknown:
            unboxed.add(item.name_zh)
            continue
        place = met_at[parcel.id]
        name = names.unique(f"{item.name_zh} {names.site(each.site)} → {names.party(parcel.receiver).name}")
        ready_s = _seconds(zero_at, each.ready_at) if each.ready_at else 0
        loads.append(
            Load(
                id=name,
                origin=names.site(each.site),
                receiver=names.site(place),
                cartons=-(-each.amount // carton.pieces),
                carton_g=carton.weight_g,
                carton_cm3=carton.volume_cm3,
                ready_s=ready_s,
                due_s=_seconds(zero_at, parcel.due_at) if parcel.due_at else None,
                feeds=tuple(names.site(UUID(site)) for site in params["feeds"].get(str(each.site), ())),
            )
        )
        facts[name] = {
            "parcel": str(parcel.id),
            "amount": each.amount,
            "pieces_per_carton": carton.pieces,
            "receiver": str(parcel.receiver),
            "is_met_at": names.site(place),
            "is_handed_over": parcel.target_state == State.HANDED_OVER.value,
            "place": str(place),
        }
    if unboxed:
        raise UnusableInput(
            f"Nobody has said how these are boxed: {', '.join(sorted(unboxed))}; no plan was made.",
            where="cartons",
            found=sorted(unboxed),
            expected="a carton for each item",
            cure="Add a carton in the catalogue, even an estimated one, and plan again.",
        )
    return loads, facts


def _parcel_facts(parcel: Promised) -> dict[str, Any]:
    return {
        "room": parcel.room,
        "room_id": parcel.room_id,
        "lot": str(parcel.lot),
        "item": str(parcel.item),
        "amount": parcel.amount,
        "origin": str(parcel.origin),
        "receiver": str(parcel.receiver),
        "target_state": parcel.target_state,
        "due_at": parcel.due_at.isoformat() if parcel.due_at else None,
        "urgency": parcel.urgency,
    }


def _offers(
    params: Mapping[str, Any],
    kinds: list[VehicleKind],
    waiting: list[Waiting],
    sealed: set[UUID],
    names: _Names,
    zero_at: datetime,
    until_at: datetime,
) -> tuple[list[Offer], dict[str, Any]]:
    """
    The road offers: on countered terms where there are any, without the vehicles that are out, those with a pass apart
    from those without, and those without a base shared among the places where goods wait.
    """
    out = _out_now(params.get("supersedes"))
    with_pass = _with_pass(kinds, zero_at, until_at)
    offers, facts = [], {}
    for kind in kinds:
        if kind.mode == VehicleKind.Mode.AIR:
            continue
        terms = params["terms"].get(str(kind.id), {})
        count = max(0, terms.get("vehicles_count", kind.vehicles_count) - len(out.get(kind.id, ())))
        passes = count if kind.has_passes else min(count, len(with_pass.get(kind.id, set()) - out.get(kind.id, set())))
        available = terms.get("available_from_at")
        from_at = datetime.fromisoformat(available) if available else kind.available_from_at
        carrier = names.party(kind.carrier_id).name
        for has_pass, of_these in ((True, passes), (False, count - passes)):
            for base, here in _bases(kind, of_these, waiting, sealed):
                told = names.site(base) if kind.based_at_id is None else ""
                offer = Offer(
                    id=names.unique(f"{carrier} {kind.name}" + (f" {told}" if told else "")),
                    carrier=carrier,
                    kind=kind.name,
                    base=names.site(base),
                    count=here,
                    capacity_g=kind.capacity_g,
                    capacity_cm3=kind.capacity_cm3,
                    fixed_fen=terms.get("fixed_fen", kind.fixed_fen),
                    fen_per_km=terms.get("fen_per_km", kind.fen_per_km),
                    driver_bonus_fen=terms.get("bonus_fen", kind.bonus_fen),
                    speed_kmh=kind.speed_kmh,
                    has_pass=has_pass,
                    may_cross_seal=kind.drivers_cross,
                    from_s=_seconds(zero_at, from_at) if from_at else 0,
                    until_s=_seconds(zero_at, kind.available_until_at) if kind.available_until_at else None,
                    returns=kind.is_inside,
                    equipment_count=kind.equipment_count,
                )
                offers.append(offer)
                facts[offer.id] = {"carrier": str(kind.carrier_id), "kind": str(kind.id), "carrier_name": carrier}
    return offers, facts


def _out_now(supersedes: str | None) -> dict[UUID, set[UUID]]:
    """By kind, the vehicles on the road or loaded, and those that other plans will use. Runs without a name count too."""
    busy: dict[UUID, set[UUID]] = defaultdict(set)
    replaced = {row.id for row in replaceable_waybills(supersedes)}
    for row in Waybill.objects.filter(state__in=[*UNDERWAY, Waybill.State.PLANNED]).exclude(id__in=replaced):
        busy[row.kind_id].add(row.vehicle_id or row.trip)
    return busy


def _with_pass(kinds: list[VehicleKind], from_at: datetime, until_at: datetime) -> dict[UUID, set[UUID]]:
    """By kind, the registered vehicles with a pass for some part of the plan's time."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    passes = Pass.objects.filter(
        vehicle__kind__in=kinds, revoked_at=None, valid_from_at__lt=until_at, valid_until_at__gt=from_at
    )
    for kind, vehicle in passes.values_list("vehicle__kind_id", "vehicle_id"):
        found[kind].add(vehicle)
    return found


def _bases(kind: VehicleKind, count: int, waiting: list[Waiting], sealed: set[UUID]) -> list[tuple[UUID, int]]:
    """
    Where so many vehicles of a kind stand. Without a base: shared by what waits at each place outside the seal, so
    that no place with goods is left without one as long as there are enough.
    """
    if count == 0:
        return []
    if kind.based_at_id is not None:
        return [(kind.based_at_id, count)]
    weights: dict[UUID, int] = defaultdict(int)
    for each in waiting:
        if each.site not in sealed:
            weights[each.site] += each.amount
    sites = sorted(weights)
    if not sites:
        return []
    at_least_one = 1 if count >= len(sites) else 0
    rest = split_exactly(count - at_least_one * len(sites), [weights[site] for site in sites])
    return [(site, at_least_one + more) for site, more in zip(sites, rest, strict=True) if at_least_one + more]


def _ways(
    wanted: set[UUID],
    kinds: list[VehicleKind],
    sealed: set[UUID],
    names: _Names,
    zero_at: datetime,
    until_at: datetime,
    params: Mapping[str, Any],
) -> tuple[list[Lane], list[Closure], list[Air]]:
    """Roads known better than by the map, their closures, and what flies: carriers' offers, else lanes by air."""
    lanes, closures, air = [], [], []
    by_air = [kind for kind in kinds if kind.mode == VehicleKind.Mode.AIR and kind.flies_to_id in wanted]
    for kind in by_air:
        terms = params["terms"].get(str(kind.id), {})
        if terms.get("vehicles_count", kind.vehicles_count) == 0 or kind.based_at_id not in wanted:
            continue
        assert kind.based_at_id is not None
        assert kind.flies_to_id is not None
        air.append(
            Air(
                id=names.unique(f"{names.party(kind.carrier_id).name} {kind.name}"),
                carrier=names.party(kind.carrier_id).name,
                origin=names.site(kind.based_at_id),
                destination=names.site(kind.flies_to_id),
                lead_s=kind.lead_time_s,
                duration_s=kind.flight_s,
                capacity_g=kind.capacity_g,
                capacity_cm3=kind.capacity_cm3,
                fixed_fen=kind.fixed_fen,
                fen_per_kg=kind.fen_per_kg,
            )
        )
    offered = {(kind.based_at_id, kind.flies_to_id) for kind in by_air}
    for lane in places.lanes():
        if lane.origin not in wanted or lane.target not in wanted:
            continue
        ends = names.site(lane.origin), names.site(lane.target)
        if lane.mode == "AIR" and (lane.origin, lane.target) not in offered:
            air.append(
                Air(
                    id=names.unique(f"{UNBOOKED}{ends[0]} → {ends[1]}"),
                    carrier="—",
                    origin=ends[0],
                    destination=ends[1],
                    lead_s=lane.lead_time_s,
                    duration_s=max(1, lane.duration_s),
                    capacity_g=AIR_ROOM_G,
                    capacity_cm3=AIR_ROOM_CM3,
                )
            )
        elif lane.mode == "ROAD":
            crosses = (lane.origin in sealed) != (lane.target in sealed)
            lanes.append(Lane(*ends, lane.distance_m or None, lane.duration_s or None, requires_pass=crosses))
            closures += [
                Closure(
                    *ends,
                    _seconds(zero_at, each.window.start_at) if each.window.start_at else 0,
                    _seconds(zero_at, each.window.end_at) if each.window.end_at else None,
                )
                for each in lane.closures
                if _overlaps(each.window, zero_at, until_at)
            ]
    return lanes, closures, air


def _air_facts(air: list[Air], kinds: list[VehicleKind]) -> dict[str, Any]:
    """Whom a flight is booked with; a lane by air without an offer has nobody."""
    named = {
        f"{people.party(kind.carrier_id).name} {kind.name}": kind for kind in kinds if kind.mode == VehicleKind.Mode.AIR
    }
    return {
        each.id: {
            "carrier": str(named[each.id].carrier_id),
            "kind": str(named[each.id].id),
            "carrier_name": each.carrier,
        }
        for each in air
        if each.id in named
    }


def take_replan_snapshot(params: Mapping[str, Any]) -> dict[str, Any]:
    """
    What is planned again after a delay: the earlier plan, which of its legs are loaded or gone, and how late they are.

    A leg counts as gone with everything before it in its vehicle and all that brings its goods; an empty run, which has
    no waybill, from the moment the plan has it leave.
    """
    earlier = plans.plan(UUID(params["replan_of"]))
    facts = earlier.result.get("problem") or earlier.snapshot["problem"]
    problem = problem_from_json(facts)
    plan = engine_plan_from_json(earlier.result["engine_plan"])
    now_s = problem.seconds(datetime.fromisoformat(params["at"]))
    rows = [row for row in _rows_since_the_fresh_plan(earlier) if row.state != Waybill.State.CANCELLED]
    begun = {row.leg for row in rows if row.state != Waybill.State.PLANNED}
    frozen = _with_empty_runs(plan, _with_all_before(plan, begun), now_s)
    names = {site: name for name, site in earlier.snapshot["sites"].items()}
    late: dict[str, int] = {}
    for row in rows:
        if row.state in ENDED or row.leg not in {leg.id for leg in plan.legs}:
            continue
        stop = next(stop for stop in plan.leg(row.leg).stops[1:] if stop.site == names[str(row.target_id)])
        by_s = problem.seconds(row.expected_arrive_at) - stop.arrive_s
        if by_s > 0:
            late[row.leg] = max(by_s, late.get(row.leg, 0))
    return {
        "problem": facts,
        "engine_plan": earlier.result["engine_plan"],
        "now_s": now_s,
        "frozen": sorted(frozen),
        "late": late,
        **{name: earlier.snapshot[name] for name in ("sites", "offers", "loads", "parcels")},
        "supersedes": params["supersedes"],
    }


def _rows_since_the_fresh_plan(plan: plans.PlanView) -> list[Waybill]:
    """Waybills of the plan and of those it is a replan of, as far back as leg ids mean the same."""
    replan_of = {head.id: head.params.get("replan_of") for head in plans.plans(kind=KIND, limit=PLANS_MAX)}
    chain = [plan.id]
    while earlier := replan_of.get(chain[-1]):
        chain.append(UUID(earlier))
    return list(Waybill.objects.filter(plan__in=chain).order_by("number"))


def _with_all_before(plan: Plan, begun: set[str]) -> set[str]:
    """Closed under "before it in the same vehicle" and "brings its goods"."""
    frozen: set[str] = set()
    waiting = [leg for leg in plan.legs if leg.id in begun or leg.id in plan.frozen]
    while waiting:
        leg = waiting.pop()
        if leg.id in frozen:
            continue
        frozen.add(leg.id)
        waiting += [each for each in plan.legs if each.vehicle == leg.vehicle and each.depart_s < leg.depart_s]
        for route in plan.routes:
            if leg.id in route.legs:
                waiting += [plan.leg(name) for name in route.legs[: route.legs.index(leg.id)]]
    return frozen


def _with_empty_runs(plan: Plan, frozen: set[str], now_s: int) -> set[str]:
    frozen = set(frozen)
    for leg in sorted(plan.legs, key=lambda leg: (leg.depart_s, leg.arrive_s, leg.id)):
        before = [each for each in plan.legs if each.vehicle == leg.vehicle and each.depart_s < leg.depart_s]
        if not leg.carries and leg.depart_s <= now_s and all(each.id in frozen for each in before):
            frozen.add(leg.id)
    return frozen
