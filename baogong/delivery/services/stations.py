"""A station keeper's work: receive, sort into road zones, load carts and couriers, disinfect, take back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, Sum

from baogong.delivery import crewing, sources
from baogong.delivery.codes import tidy
from baogong.delivery.entering import refuse_without_pass
from baogong.delivery.errors import (
    CartElsewhere,
    CartFull,
    GateNotNamed,
    GateUnusable,
    NoSuchParcels,
    ParcelUnusable,
    RoundMoved,
    SlotTaken,
    TripMoved,
    WrongRoadZone,
    WrongStation,
)
from baogong.delivery.models import (
    Disinfection,
    Parcel,
    ParcelAct,
    Round,
    Serving,
    Shuttle,
    ShuttleParcel,
    Visit,
    VisitParcel,
)
from baogong.delivery.queries.stations import leads_to
from baogong.delivery.services import custody
from baogong.delivery.services.parcels import category_items
from baogong.delivery.snapshots import seconds
from baogong.journal.clock import house_midnight, house_moment
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.mapping import content_hash
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.places import queries as places
from baogong.places.queries import GateView

Kind = ParcelAct.Kind
KEEPERS = (Duty.KEEPER, Duty.COMMAND)
SCANNED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Scanned:
    """
    What came of a heap of scans.

    parcels  the codes it was done with, in the order of their numbers
    known    those for which it had been done before
    unknown  scans that stand for no parcel here
    others   code → state, of parcels that are elsewhere: nothing was done with them
    """

    parcels: tuple[str, ...]
    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def find(scans: Iterable[str]) -> tuple[dict[str, Parcel], list[str]]:
    """By what was scanned or typed (a code or another carrier's number), tidied: the parcels, and what stands for none."""
    texts = list(dict.fromkeys(tidy(scan) for scan in scans if scan.strip()))
    if len(texts) > SCANNED_MAX:
        raise UnusableInput(
            f"{len(texts):,} scans at once are too many; nothing was done.",
            where="scans",
            found=len(texts),
            expected=f"at most {SCANNED_MAX:,}",
            cure="Send them in parts.",
        )
    found: dict[str, Parcel] = {}
    for row in Parcel.objects.filter(Q(code__in=texts) | Q(waybill__in=texts)):
        found |= {text: row for text in (row.code, row.waybill) if text}
    return {text: found[text] for text in texts if text in found}, [text for text in texts if text not in found]


@transaction.atomic
@recorded("delivery.serving.set")
def serve(*, community: UUID, station: UUID, outer: UUID | None = None, actor: Actor, now: datetime) -> UUID:
    """
    From now on this station's couriers serve the community; carts bring its parcels from `outer`.

    Raises NotYourPlace, NotFound.
    """
    actor.require(Duty.COMMAND)
    for each in filter(None, (station, outer)):
        places.site(each)
    if not places.communities(ids=[community]):
        raise NotFound(f"There is no community {community}.", where=str(community), cure="Open the community first.")
    running = Serving.objects.select_for_update().filter(community_id=community, until_at=None).first()
    if running is not None and (running.station_id, running.outer_id) != (station, outer):
        running.until_at = now
        running.save(update_fields=["until_at"])
        running = None
    if running is None:
        running = Serving.objects.create(community_id=community, station_id=station, outer_id=outer, from_at=now)
    record(
        kind="delivery.serving.set",
        actor=actor,
        now=now,
        subject=community,
        data={"station": str(station), "outer": str(outer or "")},
    )
    return running.id


@transaction.atomic
def receive(
    *,
    station: UUID,
    scans: Sequence[str] = (),
    manifest: UUID | None = None,
    missing: Sequence[str] = (),
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Scanned:
    """
    Goods enter the book at the station, scan by scan or by the list they came with.

    manifest  all that is expected of it here, but for what is `missing`
    Each gets the promise to its community; one that is a room's promise already goes on under it. What is here already is
    `known`; what is unknown, elsewhere or nobody's any more is told and left alone. The same request again gives the same answer. Raises NotYourPlace, NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    found, unknown = find(scans)
    wanted = {row.id for row in found.values()}
    if manifest is not None:
        gone, _ = find(missing)
        expected = Parcel.objects.filter(document=manifest, station_id=station, state=Parcel.State.EXPECTED)
        wanted |= set(expected.exclude(id__in=[row.id for row in gone.values()]).values_list("id", flat=True))
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    rows = custody.lock_parcels(wanted)
    over = sources.ended(row for row in rows.values() if row.state == Parcel.State.EXPECTED)
    withdraw([row for row in rows.values() if row.id in over])
    here = [row for row in rows.values() if row.state == Parcel.State.EXPECTED]
    known = [row for row in rows.values() if row.state == Parcel.State.AT_STATION and row.holder_id == station]
    settled = {row.id for row in (*here, *known)}
    others = [row for row in rows.values() if row.id not in settled]
    if not here and not known and not others:
        raise nothing(unknown, "is expected at this station")
    if here:
        _receive(here, station, actor=actor, now=now, request_id=request_id)
    return Scanned(
        tuple(row.code for row in sorted(here, key=lambda row: row.number)),
        tuple(row.code for row in known),
        tuple(unknown),
        tuple((row.code, row.state) for row in others),
    )


@recorded("delivery.parcels.received")
def _receive(rows: Sequence[Parcel], station: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    OUTSIDE of the sender, or where a room below had promised it → AVAILABLE at the station, one line for each lot; a promise
    for each parcel.
    """
    sources.leave_shop(rows, now)
    holds = {hold.id: hold for hold in book.holds([row.hold for row in rows if row.hold])}
    items = category_items({row.category_id: row.category for row in rows if row.hold is None}.values())
    stock = AccountRef(station, State.AVAILABLE)
    lots: dict[tuple[UUID, UUID], UUID] = {}
    sums: Counter[tuple[AccountRef, UUID]] = Counter()
    for row in rows:
        if row.hold is not None:
            sums[holds[row.hold].source, holds[row.hold].lot] += row.amount
            continue
        owner = row.sender_id or station
        key = (owner, row.category_id)
        if key not in lots:
            lots[key] = ledger.open_lot(item=items[row.category_id], owner=owner, now=now)
        row.lot = lots[key]
        sums[AccountRef(owner, State.OUTSIDE), lots[key]] += row.amount
    lines = [ledger.void_line(hold) for hold in holds.values()]
    lines += [
        ledger.post_line(source, stock, lot, amount)
        for (source, lot), amount in sorted(sums.items(), key=lambda one: (str(one[0][0]), str(one[0][1])))
    ]
    acts = []
    for row in rows:
        assert row.lot is not None
        hold = custody.onward_id(request_id, row.id)
        lines.append(
            ledger.hold_line(stock, custody.promised_to(row), row.lot, row.amount, id=hold, continues=row.hold)
        )
        acts.append(
            custody.act_of(row, Kind.RECEIVED, to=station, actor=actor, at_device=now, now=now, batch=request_id)
        )
        row.hold, row.holder_id, row.station_id, row.state = hold, station, station, Parcel.State.AT_STATION
        row.moved_at = now
    ledger.post(lines=lines, actor=actor, reason=Reason.CONSIGNMENT, document=None, request_id=request_id, now=now)
    custody.keep(rows, acts)
    record(kind="delivery.parcels.received", actor=actor, now=now, subject=station, data={"parcels": len(rows)})


def withdraw(rows: Sequence[Parcel]) -> None:
    """Locked parcels that never came: what they were promised for has ended."""
    for row in rows:
        row.state = Parcel.State.WITHDRAWN
    Parcel.objects.filter(id__in=[row.id for row in rows]).update(state=Parcel.State.WITHDRAWN)


@transaction.atomic
@recorded("delivery.shuttle.planned")
def plan_shuttle(
    *,
    cart: UUID,
    origin: UUID,
    target: UUID,
    road_zone: UUID | None,
    leaves_at: datetime,
    arrives_at: datetime,
    gate: UUID | None = None,
    slot_at: datetime | None = None,
    capacity_g: int | None = None,
    capacity_pieces: int | None = None,
    plan: UUID | None = None,
    name: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A cart's trip for one road zone, from one station to another. The same request again is the same trip.

    gate, slot_at                one of the gates of the station it goes to; the slot it arrives in, found if not given. Where
                                 the station stands behind a community's wall, its only gate that is open then is taken; of
                                 several one is named
    capacity_g, capacity_pieces  at least 1; more is not loaded on it; None: whatever is scanned
    Raises NotYourPlace, CartElsewhere (on another trip in that time), VehicleWithoutPass (it goes inside), GateNotNamed,
    GateUnusable, SlotTaken, UnusableInput.
    """
    actor.require(*KEEPERS, at=origin)
    own = derived_id("delivery.shuttle", request_id)
    if arrives_at <= leaves_at or origin == target:
        raise UnusableInput(
            "A trip leads from one station to another and takes some time. Nothing was planned.",
            where="arrives_at",
            found=[leaves_at.isoformat(), arrives_at.isoformat()],
            expected="another station, later",
            cure="Correct the times or the stations.",
        )
    if any(most is not None and most < 1 for most in (capacity_g, capacity_pieces)):
        raise UnusableInput(
            "A cart carries at least one gram and one piece. Nothing was planned.",
            where="capacity_g",
            found=[capacity_g, capacity_pieces],
            expected="at least 1",
            cure="Say what the cart carries, or leave it out.",
        )
    if gate is None and not Shuttle.objects.filter(pk=own).exists():
        gate = _gate_in_the_wall(origin, target, arrives_at)
    lock_for_trips(origin, [cart], [gate] if gate is not None else [])
    if not Shuttle.objects.filter(pk=own).exists():
        if gate is not None:
            slot_at = _slot_promised(gate, target, arrives_at, slot_at)
        refuse_without_pass(cart, target, (leaves_at, arrives_at), nothing="Nothing was planned.")
        running = Shuttle.objects.filter(
            cart_id=cart, state__in=(Shuttle.State.PLANNED, Shuttle.State.LOADED), leaves_at__lt=arrives_at,
            arrives_at__gt=leaves_at,
        ).order_by("leaves_at").first()  # fmt: skip
        if running is not None:
            raise CartElsewhere(
                f"The cart is on trip {running.name} from {house_moment(running.leaves_at)} to "
                f"{house_moment(running.arrives_at)}. Nothing was planned.",
                where=running.name,
                found=house_moment(running.leaves_at),
                expected="a cart that is free at that time",
                cure="Take another cart, or another time.",
            )
        number = Shuttle.objects.filter(origin_id=origin).count() + 1
        Shuttle.objects.create(
            id=own,
            plan=plan,
            name=name or f"S{number:04d}",
            cart_id=cart,
            origin_id=origin,
            target_id=target,
            road_zone_id=road_zone,
            leaves_at=leaves_at,
            arrives_at=arrives_at,
            gate_id=gate,
            slot_at=slot_at,
            capacity_g=capacity_g,
            capacity_pieces=capacity_pieces,
            made_at=now,
        )
    record(kind="delivery.shuttle.planned", actor=actor, now=now, subject=own, data={"road_zone": str(road_zone or "")})
    return own


def lock_for_trips(origin: UUID, carts: Iterable[UUID], gates: Iterable[UUID]) -> None:
    """
    Until the transaction ends nobody else names trips of this station or promises these carts and gates; stations outside
    share both. Whoever writes several trips asks for all of it first: so everybody waits in one order.
    """
    words = [f"delivery.trips {origin}"]
    words += sorted({f"delivery.cart {cart}" for cart in carts}) + sorted({f"delivery.gate {gate}" for gate in gates})
    for word in words:
        lock_word(word)


def slot_of(gate: GateView, at: datetime) -> datetime:
    """The beginning of the gate's slot that the moment lies in; slots follow each other from the house's midnight on."""
    midnight, slot_s = house_midnight(at), gate.slot_minutes * 60
    return midnight + timedelta(seconds=seconds(at, midnight) // slot_s * slot_s)


def carts_in_slot(gate: UUID, from_at: datetime, until_at: datetime) -> int:
    """Carts that are planned to arrive at the gate then, or did, from whichever station."""
    coming = Shuttle.objects.filter(gate=gate, arrives_at__gte=from_at, arrives_at__lt=until_at)
    return coming.exclude(state=Shuttle.State.CANCELLED).count()


def _gate_in_the_wall(origin: UUID, target: UUID, arrives_at: datetime) -> UUID | None:
    """
    The gate a cart cannot but come through: the only open one of the community in which its station stands. None where the
    station stands on the street, beside where the cart starts, or in a community without gates. Raises GateNotNamed, GateUnusable.
    """
    stands = {one.station: one for one in places.stations_at(arrives_at)}
    there, here = stands.get(target), stands.get(origin)
    if there is None or there.community is None or (here is not None and here.community == there.community):
        return None
    gates = places.gates_of([there.community]).get(there.community, ())
    opening = [each for each in gates if each.is_open(arrives_at)]
    if gates and not opening:
        raise GateUnusable(
            f"{there.station_name} stands in {there.community_name}, none of whose gates is open at "
            f"{house_moment(arrives_at)}. Nothing was planned.",
            where=there.community_name,
            found=house_moment(arrives_at),
            expected=[f"{each.name} {_hours_of(each)}".strip() for each in gates],
            cure="Arrive within the hours of one of its gates.",
        )
    if len(opening) > 1:
        names = ", ".join(each.name for each in opening)
        raise GateNotNamed(
            f"{there.station_name} stands in {there.community_name}, of whose gates {names} are open at "
            f"{house_moment(arrives_at)}; none was named. Nothing was planned.",
            where=there.community_name,
            found="",
            expected=[each.name for each in opening],
            cure="Say which of them the cart comes through.",
        )
    return opening[0].id if opening else None


def _hours_of(gate: GateView) -> str:
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in gate.hours)


def _slot_promised(gate: UUID, target: UUID, arrives_at: datetime, slot_at: datetime | None) -> datetime:
    """The slot that the cart arrives in. Raises GateUnusable, UnusableInput (another slot was named), SlotTaken."""
    behind = set(Serving.objects.filter(station=target, until_at=None).values_list("community", flat=True))
    behind |= {
        one.community for one in places.stations_at(arrives_at) if one.station == target and one.community is not None
    }
    own = [each for gates in places.gates_of(behind).values() for each in gates]
    found = next((each for each in own if each.id == gate), None)
    if found is None:
        raise GateUnusable(
            "The gate is none of the station's that the cart goes to. Nothing was planned.",
            where=str(gate),
            found=str(gate),
            expected=[each.name for each in own],
            cure="Choose a gate of that station's communities.",
        )
    if not found.is_open(arrives_at):
        hours = [f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in found.hours]
        raise GateUnusable(
            f"Gate {found.name} is not open at {house_moment(arrives_at)}. Nothing was planned.",
            where=found.name,
            found=house_moment(arrives_at),
            expected=hours or "a gate that is not given up",
            cure="Arrive within its hours, or choose another gate.",
        )
    slot = slot_of(found, arrives_at)
    if slot_at not in (None, slot):
        raise UnusableInput(
            f"The cart arrives in the slot of {house_moment(slot)}; another one was named. Nothing was planned.",
            where="slot_at",
            found=str(slot_at),
            expected=slot.isoformat(),
            cure="Leave the slot out, or arrive in it.",
        )
    taken = carts_in_slot(found.id, slot, slot + timedelta(minutes=found.slot_minutes))
    if found.carts_per_slot and taken >= found.carts_per_slot:
        raise SlotTaken(
            f"Gate {found.name} takes {found.carts_per_slot} carts in {found.slot_minutes} minutes; {taken} come in those "
            f"from {house_moment(slot)} on already. Nothing was planned.",
            where=found.name,
            found=house_moment(slot),
            expected=f"{found.carts_per_slot} / {found.slot_minutes}",
            cure="Arrive in another slot, or choose another gate.",
        )
    return slot


@transaction.atomic
def load_cart(*, shuttle: UUID, scans: Sequence[str], actor: Actor, now: datetime, request_id: UUID) -> Scanned:
    """
    Sorted parcels onto a cart, as often as there are more before it leaves.

    All of them are of the trip's road zone and of communities that the station it goes to serves (or brings carts to), or
    none is loaded; nor is what the cart does not carry. The same request again gives the same answer.
    Raises NotYourPlace, TripMoved, VehicleWithoutPass, WrongRoadZone, WrongStation, NotHere, NoSuchParcels, CartElsewhere,
    CartFull.
    """
    trip = lock_row(Shuttle.objects.all(), shuttle)
    actor.require(*KEEPERS, at=trip.origin_id)
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    if trip.state not in (Shuttle.State.PLANNED, Shuttle.State.LOADED):
        raise _trip_moved(trip)
    moments = (now, max(now, trip.arrives_at))  # it may be withdrawn since the trip was planned
    refuse_without_pass(trip.cart_id, trip.target_id, moments, nothing="Nothing was loaded.")
    rows = custody.lock_parcels(row.id for row in found.values())
    known = [row for row in rows.values() if row.state == Parcel.State.ON_CART and row.holder_id == trip.cart_id]
    aboard = {row.id for row in known}
    fresh = sorted((row for row in rows.values() if row.id not in aboard), key=lambda row: row.number)
    if not rows:
        raise nothing(unknown, "can be loaded on this cart")
    for row in fresh:
        custody.refuse_elsewhere(row, at=trip.origin_id, states=(Parcel.State.AT_STATION,))
    _refuse_other_zones(trip, fresh)
    _refuse_other_stations(trip, fresh)
    _refuse_too_much(trip, fresh)
    if fresh:
        _load_cart(trip, fresh, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in fresh), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.cart.loaded")
def _load_cart(trip: Shuttle, rows: Sequence[Parcel], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    if trip.state == Shuttle.State.PLANNED:
        other = Shuttle.objects.filter(cart_id=trip.cart_id, state=Shuttle.State.LOADED).first()
        if other is not None:
            raise CartElsewhere(
                f"The cart still carries trip {other.name}. Nothing was loaded.",
                where=other.name,
                found=other.name,
                expected="an empty cart",
                cure="Unload it at its station first.",
            )
        trip.state = Shuttle.State.LOADED
        trip.save(update_fields=["state"])
    custody.move(
        rows, to=trip.cart_id, state=Parcel.State.ON_CART, kind=Kind.ON_CART, reason=Reason.LOAD,
        actor=actor, at_device=now, now=now, request_id=request_id,
    )  # fmt: skip
    ShuttleParcel.objects.bulk_create(
        [ShuttleParcel(shuttle=trip, parcel=row, loaded_at=now) for row in rows],
        update_conflicts=True,
        unique_fields=["shuttle", "parcel"],
        update_fields=["loaded_at"],
    )
    record(
        kind="delivery.cart.loaded",
        actor=actor,
        now=now,
        subject=trip.id,
        data={"trip": trip.name, "parcels": len(rows)},
    )


@transaction.atomic
def unload_cart(
    *, shuttle: UUID, missing: Sequence[str] = (), actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    A cart's parcels into the station it came to. What is `missing` stays in the cart's hands until somebody finds it.

    Raises NotYourPlace (of the station it comes to), TripMoved, VehicleWithoutPass.
    """
    trip = lock_row(Shuttle.objects.all(), shuttle)
    actor.require(*KEEPERS, at=trip.target_id)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before))
    if trip.state != Shuttle.State.LOADED:
        raise _trip_moved(trip)
    refuse_without_pass(trip.cart_id, trip.target_id, (now,), nothing="Nothing was unloaded.")
    gone, unknown = find(missing)
    aboard = ShuttleParcel.objects.filter(shuttle=trip, loaded_at__isnull=False, unloaded_at=None)
    rows = custody.lock_parcels(aboard.values_list("parcel", flat=True))
    left = {row.id for row in gone.values()}
    came = sorted((row for row in rows.values() if row.id not in left), key=lambda row: row.number)
    _unload_cart(trip, came, len(rows) - len(came), actor=actor, now=now, request_id=request_id)
    others = tuple((row.code, row.state) for row in rows.values() if row.id in left)
    return Scanned(tuple(row.code for row in came), unknown=tuple(unknown), others=others)


@recorded("delivery.cart.unloaded")
def _unload_cart(
    trip: Shuttle, rows: Sequence[Parcel], missing: int, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    for row in rows:
        row.station_id = trip.target_id
    custody.move(
        rows, to=trip.target_id, state=Parcel.State.AT_STATION, kind=Kind.OFF_CART, reason=Reason.UNLOAD,
        actor=actor, at_device=now, now=now, request_id=request_id,
    )  # fmt: skip
    ShuttleParcel.objects.filter(shuttle=trip, parcel__in=rows).update(unloaded_at=now)
    if not missing:
        trip.state = Shuttle.State.ARRIVED
        trip.save(update_fields=["state"])
    record(
        kind="delivery.cart.unloaded",
        actor=actor,
        now=now,
        subject=trip.id,
        data={"trip": trip.name, "parcels": len(rows), "missing": missing},
    )


@transaction.atomic
@recorded("delivery.disinfected")
def disinfect(
    *,
    station: UUID,
    what: str,
    means: str,
    scans: Sequence[str] = (),
    cart: UUID | None = None,
    shelf: UUID | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Keep that something was disinfected, and with what; parcels named by their scans each remember it.

    Raises NotYourPlace, UnusableInput, NoSuchParcels, RequestIdReused.
    """
    actor.require(*KEEPERS, at=station)
    content = content_hash(station, what, means, sorted(scans), cart, shelf)
    earlier = Disinfection.objects.filter(pk=request_id).first()
    if earlier is not None:
        if bytes(earlier.content_hash) != content:
            raise RequestIdReused(
                "This request kept another disinfection before; that one stands.",
                where=str(request_id),
                cure="Send the new one under a new request id.",
            )
        return earlier.id
    means = " ".join(means.split())
    if what not in Disinfection.What.values or not means or (what == "PARCELS") != bool(scans):
        raise UnusableInput(
            "It must be said what was disinfected, with what, and for parcels which ones. Nothing was kept.",
            where="what",
            found=[what, means, len(scans)],
            expected=list(Disinfection.What.values),
            cure="Fill in what is missing.",
        )
    found, unknown = find(scans)
    rows = list(custody.lock_parcels(row.id for row in found.values()).values())
    if unknown:
        raise nothing(unknown, "is a parcel")
    Disinfection.objects.create(
        id=request_id,
        station_id=station,
        what=what,
        cart_id=cart,
        shelf_id=shelf,
        means=means[:60],
        parcels_count=len(rows),
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
        content_hash=content,
    )
    ParcelAct.objects.bulk_create(
        [
            custody.act_of(row, Kind.DISINFECTED, to=row.holder_id, actor=actor, at_device=now, now=now, note=means)
            for row in rows
        ],
        batch_size=2000,
    )
    Parcel.objects.filter(id__in=[row.id for row in rows]).update(disinfected_at=now)
    record(
        kind="delivery.disinfected",
        actor=actor,
        now=now,
        subject=station,
        data={"what": what, "parcels": len(rows), "means": means},
    )
    return request_id


@transaction.atomic
def load_round(*, round: UUID, left: Sequence[str] = (), actor: Actor, now: datetime, request_id: UUID) -> Scanned:
    """
    The keeper gives a courier a round's parcels, but for what is `left`, which is planned for nobody then. What lies on a
    shelf and goes up to a door from there, the courier takes off it on the way. What is nobody's any more stays too; what
    does not stand here any more (somebody took it, it was handed over, lost, sent back) is where it is: both are `others`,
    and planned for this round no longer.

    Raises NotYourPlace, NotFit, RoundMoved.
    """
    row, parcels = _locked_round(round)
    actor.require(*KEEPERS, at=row.station_id)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(each.code for each in before))
    if row.state not in (Round.State.PLANNED, Round.State.STARTED):
        raise _round_moved(row)
    served = Visit.objects.filter(round=row).values_list("community", flat=True).distinct().order_by("community")
    crewing.refuse_unfit(row.courier_id, [row.station_id, *served], now)
    behind, unknown = find(left)
    here = {
        each.id
        for each in parcels.values()
        if each.state == Parcel.State.AT_STATION and each.holder_id == row.station_id
    }
    go_up = {each.id for each in parcels.values() if each.goes_up}
    gone = sources.ended(parcels.values()) | (set(parcels) - here - go_up)
    staying = {each.id for each in behind.values() if each.id in parcels} | gone
    taken = [each for each in parcels.values() if each.id in here - staying]
    _load_round(row, taken, staying, actor=actor, now=now, request_id=request_id)
    others = tuple((each.code, each.state) for each in parcels.values() if each.id in gone)
    return Scanned(tuple(each.code for each in taken), unknown=tuple(unknown), others=others)


def _locked_round(round: UUID) -> tuple[Round, dict[UUID, Parcel]]:
    """
    A round, and what of it nobody has taken yet: parcels first, as whoever scans one of them does. Raises NotFound, Busy.

    What was planned for it is read before the lock; what of that a scan or another plan took meanwhile is left out.
    """
    planned = VisitParcel.objects.filter(visit__round=round, ended_at=None, taken_at=None)
    parcels = custody.lock_parcels(planned.values_list("parcel", flat=True))
    row = lock_row(Round.objects.all(), round)
    still = set(planned.values_list("parcel", flat=True))
    return row, {each.id: each for each in parcels.values() if each.id in still}


@recorded("delivery.round.loaded")
def _load_round(
    row: Round, parcels: Sequence[Parcel], left: set[UUID], *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    custody.move(
        parcels, to=row.courier_id, state=Parcel.State.WITH_COURIER, kind=Kind.TAKEN, reason=Reason.LOAD,
        actor=actor, at_device=now, now=now, request_id=request_id,
    )  # fmt: skip
    custody.mark_taken([each.id for each in parcels], now)
    custody.end_visits(left, now)
    record(
        kind="delivery.round.loaded",
        actor=actor,
        now=now,
        subject=row.id,
        data={"round": row.name, "parcels": len(parcels), "left": len(left)},
    )


@transaction.atomic
def take_back(
    *, station: UUID, scans: Sequence[str], why: Mapping[str, str] | None = None, note: str = "", actor: Actor,
    now: datetime, request_id: UUID,
) -> Scanned:  # fmt: skip
    """
    Parcels that a courier, a cart or a shelf still had, back at the station, to be planned again.

    What came from another station is taken back by whoever keeps that one too, or the station that its cart goes to.

    why   code → why nobody got it (a `ParcelAct.Why`), where an attempt was made and not yet kept
    note  why it comes back without an attempt
    Raises NotYourPlace, AlreadyHandedOver, NotHere, NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    if not found:
        raise nothing(unknown, "can be taken back")
    rows = custody.lock_parcels(row.id for row in found.values())
    known = [row for row in rows.values() if row.state == Parcel.State.AT_STATION and row.holder_id == station]
    here = {row.id for row in known}
    back = sorted((row for row in rows.values() if row.id not in here), key=lambda row: row.number)
    reasons = {tidy(code): reason for code, reason in (why or {}).items()}
    wrong = sorted(set(reasons.values()) - set(ParcelAct.Why.values))
    if wrong:
        raise ParcelUnusable(
            "An attempt fails for a known reason; nothing was changed.",
            where="why",
            found=wrong,
            expected=list(ParcelAct.Why.values),
            cure="Choose one of the reasons.",
        )
    out = (Parcel.State.WITH_COURIER, Parcel.State.ON_SHELF, Parcel.State.ON_CART)
    comes_here = set(
        ShuttleParcel.objects.filter(
            parcel__in=[row.id for row in back], shuttle__target=station, loaded_at__isnull=False, unloaded_at=None
        ).values_list("parcel", flat=True)
    )
    for row in back:
        if row.station_id != station and row.id not in comes_here:
            actor.require(*KEEPERS, at=row.station_id)
        custody.refuse_elsewhere(row, states=out)
    if back:
        _take_back(back, reasons, station, note, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in back), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.returned")
def _take_back(
    rows: Sequence[Parcel],
    why: Mapping[str, str],
    station: UUID,
    note: str,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    failed = []
    for row in rows:
        if reason := why.get(row.code) or why.get(row.waybill):
            row.attempts_count += 1
            failed.append(
                custody.act_of(row, Kind.FAILED, to=row.holder_id, actor=actor, at_device=now, now=now, why=reason)
            )
    ParcelAct.objects.bulk_create(failed)
    for row in rows:
        row.station_id = station
    custody.move(
        rows, to=station, state=Parcel.State.AT_STATION, kind=Kind.RETURNED, reason=Reason.RETURN,
        actor=actor, at_device=now, now=now, request_id=request_id, note=note,
    )  # fmt: skip
    ids = [row.id for row in rows]
    Parcel.objects.filter(id__in=ids).exclude(calling=None).update(calling=None)
    ShuttleParcel.objects.filter(parcel__in=ids, unloaded_at=None, loaded_at__isnull=False).update(unloaded_at=now)
    custody.end_visits(ids, now)
    record(
        kind="delivery.parcels.returned",
        actor=actor,
        now=now,
        subject=station,
        data={"parcels": len(rows), "failed": len(failed)},
    )


def _refuse_other_zones(trip: Shuttle, rows: Sequence[Parcel]) -> None:
    zones = dict(Parcel.objects.filter(id__in=[row.id for row in rows]).values_list("code", "community__road_zone"))
    wrong: defaultdict[object, list[str]] = defaultdict(list)
    for code, zone in sorted(zones.items()):
        if zone != trip.road_zone_id:
            wrong[zone].append(code)
    if wrong:
        codes = [code for each in wrong.values() for code in each]
        raise WrongRoadZone(
            f"{len(codes)} of {len(rows)} parcels are of another road zone than trip {trip.name}: "
            f"{', '.join(codes[:10])}. Nothing was loaded.",
            where=trip.name,
            found=codes[:50],
            expected="parcels of the trip's own road zone",
            cure="Sort these into the trips of their own zones.",
        )


def _refuse_other_stations(trip: Shuttle, rows: Sequence[Parcel]) -> None:
    """Where nobody plans rounds for them they would stand for ever: two stations can serve one road zone."""
    there = set(leads_to(trip.target_id).values_list("community", flat=True))
    codes = [row.code for row in rows if row.community_id not in there]
    if codes:
        raise WrongStation(
            f"The station that trip {trip.name} goes to does not serve the communities of {len(codes)} of {len(rows)} "
            f"parcels: {', '.join(codes[:10])}. Nothing was loaded.",
            where=trip.name,
            found=codes[:50],
            expected="parcels of communities that the trip's station serves",
            cure="Load these on a trip to the station that serves them, or have it said first which one does.",
        )


def _refuse_too_much(trip: Shuttle, rows: Sequence[Parcel]) -> None:
    aboard = ShuttleParcel.objects.filter(shuttle=trip, loaded_at__isnull=False, unloaded_at=None).aggregate(
        weight_g=Sum("parcel__weight_g", default=0), pieces=Count("id")
    )
    weight_g = aboard["weight_g"] + sum(row.weight_g for row in rows)
    pieces = aboard["pieces"] + len(rows)
    most_g, most = trip.capacity_g, trip.capacity_pieces
    if (most_g is None or weight_g <= most_g) and (most is None or pieces <= most):
        return
    said = [f"{number:,} {unit}" for number, unit in ((most, "pieces"), (most_g, "g")) if number is not None]
    raise CartFull(
        f"With these, {pieces:,} pieces of {weight_g:,} g would be on trip {trip.name}; its cart carries "
        f"{' and '.join(said)}. Nothing was loaded.",
        where=trip.name,
        found=f"{pieces:,} / {weight_g:,} g",
        expected=" and ".join(said),
        cure="Load fewer, and the rest on another trip.",
    )


def nothing(unknown: Sequence[str], what: str) -> NoSuchParcels:
    return NoSuchParcels(
        f"Nothing of what was scanned {what}: {', '.join(unknown[:10]) or 'no scan'}. Nothing was done.",
        where=unknown[0] if unknown else "scans",
        found=list(unknown[:20]),
        expected="codes or waybill numbers of parcels",
        cure="Scan again, or type the code below the bars.",
    )


def _trip_moved(trip: Shuttle) -> TripMoved:
    return TripMoved(
        f"Trip {trip.name} is “{trip.get_state_display()}”. Nothing was changed.",
        where=trip.name,
        found=trip.state,
        expected=[Shuttle.State.PLANNED.value, Shuttle.State.LOADED.value],
        cure="Look at the trips again.",
    )


def _round_moved(row: Round) -> RoundMoved:
    return RoundMoved(
        f"Round {row.name} is “{row.get_state_display()}”. Nothing was changed.",
        where=row.name,
        found=row.state,
        expected=[Round.State.PLANNED.value, Round.State.STARTED.value],
        cure="Look at the rounds again: it may have been planned anew.",
    )
