"""A station keeper's work: receive, sort into road zones, load carts and couriers, disinfect, take back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.delivery import crewing
from baogong.delivery.codes import tidy
from baogong.delivery.errors import CartElsewhere, NoSuchParcels, ParcelUnusable, RoundMoved, TripMoved, WrongRoadZone
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
from baogong.delivery.services import custody
from baogong.delivery.services.parcels import category_items
from baogong.journal.clock import house_moment
from baogong.journal.locks import lock_row
from baogong.journal.mapping import content_hash
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.places import queries as places

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
    Each gets the promise to its community. What is here already is `known`; what is unknown or elsewhere is told and left
    alone. The same request again gives the same answer. Raises NotYourPlace, NoSuchParcels.
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
    """OUTSIDE of the sender → AVAILABLE at the station, one line for each lot; a promise for each parcel."""
    items = category_items({row.category_id: row.category for row in rows}.values())
    stock = AccountRef(station, State.AVAILABLE)
    lots: dict[tuple[UUID, UUID], UUID] = {}
    sums: Counter[tuple[UUID, UUID]] = Counter()
    for row in rows:
        owner = row.sender_id or station
        key = (owner, row.category_id)
        if key not in lots:
            lots[key] = ledger.open_lot(item=items[row.category_id], owner=owner, now=now)
        row.lot = lots[key]
        sums[owner, lots[key]] += row.amount
    lines = [
        ledger.post_line(AccountRef(owner, State.OUTSIDE), stock, lot, amount)
        for (owner, lot), amount in sorted(sums.items(), key=lambda one: (str(one[0][0]), str(one[0][1])))
    ]
    acts = []
    for row in rows:
        assert row.lot is not None
        hold = custody.onward_id(request_id, row.id)
        lines.append(ledger.hold_line(stock, custody.promised_to(row), row.lot, row.amount, id=hold))
        acts.append(
            custody.act_of(row, Kind.RECEIVED, to=station, actor=actor, at_device=now, now=now, batch=request_id)
        )
        row.hold, row.holder_id, row.station_id, row.state = hold, station, station, Parcel.State.AT_STATION
        row.moved_at = now
    ledger.post(lines=lines, actor=actor, reason=Reason.CONSIGNMENT, document=None, request_id=request_id, now=now)
    custody.keep(rows, acts)
    record(kind="delivery.parcels.received", actor=actor, now=now, subject=station, data={"parcels": len(rows)})


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
    plan: UUID | None = None,
    name: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A cart's trip for one road zone, from one station to another. The same request again is the same trip.

    Raises NotYourPlace, CartElsewhere (on another trip in that time), UnusableInput.
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
    if not Shuttle.objects.filter(pk=own).exists():
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
            made_at=now,
        )
    record(kind="delivery.shuttle.planned", actor=actor, now=now, subject=own, data={"road_zone": str(road_zone or "")})
    return own


@transaction.atomic
def load_cart(*, shuttle: UUID, scans: Sequence[str], actor: Actor, now: datetime, request_id: UUID) -> Scanned:
    """
    Sorted parcels onto a cart, as often as there are more before it leaves.

    All of them are of the trip's road zone, or none is loaded. The same request again gives the same answer.
    Raises NotYourPlace, TripMoved, WrongRoadZone, NotHere, NoSuchParcels, CartElsewhere.
    """
    trip = lock_row(Shuttle.objects.all(), shuttle)
    actor.require(*KEEPERS, at=trip.origin_id)
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    if trip.state not in (Shuttle.State.PLANNED, Shuttle.State.LOADED):
        raise _trip_moved(trip)
    rows = custody.lock_parcels(row.id for row in found.values())
    known = [row for row in rows.values() if row.state == Parcel.State.ON_CART and row.holder_id == trip.cart_id]
    aboard = {row.id for row in known}
    fresh = sorted((row for row in rows.values() if row.id not in aboard), key=lambda row: row.number)
    if not rows:
        raise nothing(unknown, "can be loaded on this cart")
    for row in fresh:
        custody.refuse_elsewhere(row, at=trip.origin_id, states=(Parcel.State.AT_STATION,))
    _refuse_other_zones(trip, fresh)
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

    Raises NotYourPlace (of the station it comes to), TripMoved.
    """
    trip = lock_row(Shuttle.objects.all(), shuttle)
    actor.require(*KEEPERS, at=trip.target_id)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before))
    if trip.state != Shuttle.State.LOADED:
        raise _trip_moved(trip)
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
    The keeper gives a courier a round's parcels, but for what is `left`, which is planned for nobody then.

    Raises NotYourPlace, NotFit, RoundMoved, NotHere, WithSomebodyElse.
    """
    row = lock_row(Round.objects.all(), round)
    actor.require(*KEEPERS, at=row.station_id)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(each.code for each in before))
    if row.state not in (Round.State.PLANNED, Round.State.STARTED):
        raise _round_moved(row)
    served = Visit.objects.filter(round=row).values_list("community", flat=True).distinct().order_by("community")
    crewing.refuse_unfit(row.courier_id, [row.station_id, *served], now)
    behind, unknown = find(left)
    staying = {each.id for each in behind.values()}
    planned = VisitParcel.objects.filter(visit__round=row, ended_at=None, taken_at=None)
    parcels = custody.lock_parcels(planned.values_list("parcel", flat=True))
    taken = sorted((each for each in parcels.values() if each.id not in staying), key=lambda each: each.number)
    for each in taken:
        custody.refuse_elsewhere(each, at=row.station_id, states=(Parcel.State.AT_STATION,))
    _load_round(row, taken, staying & set(parcels), actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(each.code for each in taken), unknown=tuple(unknown))


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
    *, station: UUID, scans: Sequence[str], why: Mapping[str, str] | None = None, actor: Actor, now: datetime,
    request_id: UUID,
) -> Scanned:  # fmt: skip
    """
    Parcels that a courier, a cart or a shelf still had, back at the station, to be planned again.

    why  code → why nobody got it (a `ParcelAct.Why`), where an attempt was made and not yet kept
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
    for row in back:
        custody.refuse_elsewhere(row, states=out)
    if back:
        _take_back(back, reasons, station, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in back), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.returned")
def _take_back(
    rows: Sequence[Parcel],
    why: Mapping[str, str],
    station: UUID,
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
        actor=actor, at_device=now, now=now, request_id=request_id,
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
