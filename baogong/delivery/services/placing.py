"""
Promises to households become parcels: each finds its community and its door, or waits for a person.

What was typed as the address lies enciphered under its city's purpose. It is read once, in here, under the duty of whoever
asks for it, and that is written down; then it is held against the communities' own registers. What is kept of it is what a
courier needs: community, building, unit, room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.delivery import queries, sources
from baogong.delivery.errors import NobodyServes, ParcelNotThere
from baogong.delivery.models import Parcel, ParcelAct, Placing, SyncedPiece, Visit, VisitParcel
from baogong.delivery.register import Register, addressed
from baogong.delivery.services import custody, parcels
from baogong.delivery.services.expecting import placed_at
from baogong.delivery.services.parcels import WEIGHT_MAX_G, ParcelIn
from baogong.delivery.services.stations import withdraw
from baogong.engine.address import door_alone
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.promises import AddressOf, PromiseDue, people_forgotten, still_carried
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.release.errors import AddressWaits

PLACERS = (Duty.COMMAND, Duty.CLERK)
AT_ONCE_MAX = 1_000
_CARRIED = (Parcel.State.AT_STATION, Parcel.State.ON_CART, Parcel.State.WITH_COURIER, Parcel.State.ON_SHELF)
WHY = "a parcel is made of the claim"
WHY_SHOWN = "a person places the claim's parcel"


@dataclass(frozen=True, slots=True)
class Placed:
    """
    parcels: made now; waiting: for a person, of these; left: not looked at yet, call again; not_kept: come by themselves;
    not_reached: nothing can be brought to their address now, they wait for the way.
    """

    parcels: int
    waiting: int
    left: int
    not_kept: int
    not_reached: int = 0


@transaction.atomic
@recorded("delivery.promises.placed")
def place(
    *,
    office: UUID,
    room: str = sources.RELEASE,
    category: str = "parcel",
    unit_weight_g: int | None = None,
    actor: Actor,
    now: datetime,
) -> Placed:
    """
    Make a parcel of each promise of the office's that is due and has none; what no register settles waits for a person.

    category       a kind of parcel; the promise's own rule says how it may be handed over
    unit_weight_g  of one unit; None: as its room says, else the kind's weight whatever it holds
    A promise is one parcel, for ever: called again, only what is new is looked at. Raises NotYourPlace, ParcelUnusable.
    """
    actor.require(*PLACERS, at=office)
    lock_word(f"placing {office}")
    _withdraw_ended(room)
    unplaced = _unplaced(office, room)
    fresh = [one for one in unplaced if not one.waits_why]
    now_due, left = fresh[:AT_ONCE_MAX], max(0, len(fresh) - AT_ONCE_MAX)
    read = sources.CARRIED[room].addresses_for_work(
        office=office, claims=[one.id for one in now_due], why=WHY, actor=actor, now=now, known_since=now
    )
    by_claim = {one.claim: one for one in read}
    ground = _Ground(now)
    wanted, waiting = [], []
    for due in now_due:
        if due.id not in by_claim:
            continue
        where, asks = ground.look_up(due, by_claim[due.id])
        if asks:
            waiting.append(_placing(due, room, asks, where, now))
        else:
            wanted.append(_parcel_in(due, where, category, unit_weight_g))
    made = parcels.write(wanted, room=room, document=None, now=now)
    Placing.objects.bulk_create(waiting, ignore_conflicts=True)
    record(
        kind="delivery.promises.placed",
        actor=actor,
        now=now,
        subject=office,
        data={"room": room, "parcels": len(made), "waiting": len(waiting)},
    )
    return Placed(len(made), len(waiting), left, len(now_due) - len(by_claim), len(unplaced) - len(fresh))


@transaction.atomic
@recorded("delivery.promise.placed")
def place_by_hand(
    *,
    placing: UUID,
    community: UUID,
    building: str,
    unit: str = "",
    room: str = "",
    room_is_new: bool = False,
    category: str = "parcel",
    unit_weight_g: int | None = None,
    actor: Actor,
    now: datetime,
) -> UUID | None:
    """
    A person says where a promise is brought; the parcel's id, None where the promise has ended meanwhile.

    Raises NotYourPlace, NotFound, AddressInDoubt (none that the register has), NobodyServes, release's AddressWaits.
    """
    row = lock_row(Placing.objects.all(), placing)
    actor.require(*PLACERS, at=row.office_id)
    (due,) = sources.CARRIED[row.room].deliveries_due(row.office_id, ids=[row.source]) or (None,)
    made = derived_id("delivery.parcel", row.room, row.source)
    if row.ended_at is None and due is not None:
        if due.waits_why:
            raise AddressWaits(
                f"Nothing can be brought to this address now ({due.waits_why}). Nothing was written; the right stands and waits.",
                where="placing",
                found=due.waits_why,
                expected="an address to which things can be brought",
                cure="Verify the address again once the way is open, then place this.",
            )
        where = placed_at(community, building, unit, room, room_is_new, now)
        where["station"] = _Ground(now).station_of(str(community))
        if where["station"] is None:
            raise NobodyServes(
                "No station serves this community yet. Nothing was written.",
                where="community",
                expected="a community that a station serves",
                cure="Say which station serves it, then place this again.",
            )
        parcels.write([_parcel_in(due, where, category, unit_weight_g)], room=row.room, document=None, now=now)
    if row.ended_at is None:
        row.ended_at, row.ended_by_id = now, actor.person_id
        row.save(update_fields=["ended_at", "ended_by"])
    is_made = Parcel.objects.filter(room=row.room, source=row.source).exists()
    record(
        kind="delivery.promise.placed",
        actor=actor,
        now=now,
        subject=row.source,
        data={"room": row.room, "is_made": is_made},
    )
    return made if is_made else None


@transaction.atomic
def bring_again(*, claim: UUID, room: str = sources.RELEASE, actor: Actor, now: datetime, request_id: UUID) -> str:
    """
    Other goods in place of lost ones: the same parcel is expected at its station once more. Returns its code.

    The loss report stays as it is; what was lost is found again no more. The same request again changes nothing.
    Raises NotYourPlace, ParcelNotThere, what its room says (release: ClaimMoved, NothingLeftToBring).
    """
    found = Parcel.objects.filter(room=room, source=claim).values_list("id", flat=True).first()
    row = custody.lock_parcel(found) if found is not None else None
    if row is None:
        raise ParcelNotThere("No parcel was made of this claim.", where=str(claim), cure="Open the list again.")
    if not custody.done_before(request_id):
        _bring_again(row, actor=actor, now=now, request_id=request_id)
    return row.code


@recorded("delivery.promise.again")
def _bring_again(row: Parcel, *, actor: Actor, now: datetime, request_id: UUID) -> None:
    due = sources.CARRIED[row.room].bring_again(row.source, actor=actor, now=now, request_id=request_id)
    act = custody.act_of(
        row, ParcelAct.Kind.AGAIN, to=row.station_id, actor=actor, at_device=now, now=now, batch=request_id
    )
    row.state, row.hold, row.lot, row.holder_id, row.moved_at = Parcel.State.EXPECTED, due.hold, due.lot, None, now
    custody.keep([row], [act])
    Parcel.objects.filter(id=row.id).update(due_until_at=due.due_at, disinfected_at=None)
    record(
        kind="delivery.promise.again", actor=actor, now=now, subject=row.source,
        data={"room": row.room, "parcel": row.code},
    )  # fmt: skip


@transaction.atomic
def show_address(*, placing: UUID, actor: Actor, now: datetime) -> str:
    """
    What was typed, in clear, for the person who places it; who looked when stays. "" where none was kept.

    Raises NotYourPlace, ParcelNotThere.
    """
    row = Placing.objects.filter(id=placing, ended_at=None).first()
    if row is None:
        raise ParcelNotThere("This address waits no more.", where=str(placing), cure="Open the list again.")
    actor.require(*PLACERS, at=row.office_id)
    read = sources.CARRIED[row.room].addresses_for_work(
        office=row.office_id, claims=[row.source], why=WHY_SHOWN, actor=actor, now=now, known_since=now
    )
    return read[0].text if read else ""


def carried(room: str, claims: Collection[UUID]) -> int:
    """How many parcels of these promises are between the station and a door."""
    return Parcel.objects.filter(room=room, source__in=claims, state__in=_CARRIED).count()


def forget(room: str, office: UUID, claims: Collection[UUID], now: datetime) -> None:
    """
    Of these promises: what waits to be placed ends, and of parcels that ended, and of the visits and calls for them, the
    building is all that stays.
    """
    waiting = Placing.objects.filter(room=room, office=office, source__in=claims)
    waiting.update(community=None, building=None, unit=None)
    waiting.filter(ended_at=None).update(ended_at=now)
    ended = Parcel.objects.filter(room=room, source__in=claims).exclude(state__in=_CARRIED)
    underway = VisitParcel.objects.filter(ended_at=None).values("visit")
    visits = Visit.objects.filter(parcels__parcel__in=ended).exclude(id__in=underway)
    Visit.objects.filter(id__in=list(visits.values_list("id", flat=True))).update(unit=None, door=None, stop="")
    SyncedPiece.objects.filter(act__parcel__in=ended).delete()  # shown with acts that nobody accepted in time
    ended.update(unit=None, door=None, room_text="", calling=None)


def _told_carried(sender: object, *, room: str, claims: Collection[UUID], **_more: object) -> int:
    return carried(room, claims)


class _Ground:
    """What addresses are held against; each community's plan is read once, however many promises."""

    def __init__(self, now: datetime) -> None:
        self._register = Register(now)
        self._stations = {str(row.community): str(row.outer or row.station) for row in queries.servings()}

    def station_of(self, community: str) -> str | None:
        return self._stations.get(community)

    def look_up(self, due: PromiseDue, read: AddressOf) -> tuple[dict[str, Any], str]:
        """As far as the register has it, and what is in doubt; "": nothing."""
        nothing: dict[str, Any] = {"community": None, "building": None, "unit": None}
        if read.doubt:
            return nothing, "address" if read.doubt == "NONE" else "moved"
        found = self._register.within(read.text, city=due.city)
        if found is None:
            return nothing, "community"
        community, rest = found
        building, unit, room = door_alone(rest) or (rest, "", "")  # what else it says, the register doubts
        payload: dict[str, Any] = {
            "community": community,
            "community_text": "",
            "building_text": building,
            "unit_text": unit,
            "room_text": room,
            "building": None,
            "unit": None,
            "door": None,
            "room": "",
            "asked": [],
        }
        line = addressed(LineOutcome("", Status.ADDED, payload, ""), self._register)
        where = dict(line.payload)
        if line.status is Status.WAITING:
            return where, "room" if line.asks == "door" else line.asks
        where["station"] = self.station_of(community)
        return where, "" if where["station"] else "station"


def _unplaced(office: UUID, room: str) -> list[PromiseDue]:
    due = sources.CARRIED[room].deliveries_due(office)
    ids = [one.id for one in due]
    known = set(Parcel.objects.filter(room=room, source__in=ids).values_list("source", flat=True))
    known |= set(Placing.objects.filter(room=room, source__in=ids).values_list("source", flat=True))
    return [one for one in due if one.id not in known]


def _withdraw_ended(room: str) -> None:
    """Parcels that never came, of promises that have ended, are expected no more."""
    rows = list(
        Parcel.objects.select_for_update(of=("self",)).filter(room=room, state=Parcel.State.EXPECTED).order_by("id")
    )
    gone = sources.ended(rows)
    withdraw([row for row in rows if row.id in gone])


def _parcel_in(due: PromiseDue, where: dict[str, Any], category: str, unit_weight_g: int | None) -> ParcelIn:
    one_g = due.unit_weight_g if unit_weight_g is None else unit_weight_g
    return ParcelIn(
        source=due.id,
        community=UUID(where["community"]),
        station=UUID(where["station"]),
        category=category,
        building=UUID(where["building"]),
        unit=UUID(where["unit"]) if where["unit"] else None,
        door=UUID(where["door"]) if where["door"] else None,
        room_text=where["room"],
        weight_g=None if one_g is None else min(one_g * due.amount, WEIGHT_MAX_G),
        modes=due.handover or None,
        due_from_at=due.due_from_at,
        due_until_at=due.due_at,
        amount=due.amount,
        lot=due.lot,
        hold=due.hold,
        visits_max=due.visits_max,
    )


def _placing(due: PromiseDue, room: str, asks: str, where: dict[str, Any], now: datetime) -> Placing:
    return Placing(
        room=room,
        source=due.id,
        office_id=due.office,
        asks=asks,
        community_id=where["community"],
        building_id=where["building"],
        unit_id=where["unit"],
        due_at=due.due_at,
        made_at=now,
    )


def _forgotten(
    sender: object, *, room: str, office: UUID, claims: Sequence[UUID], now: datetime, **_more: object
) -> None:
    forget(room, office, claims, now)


def register() -> None:
    """Called once when the room starts."""
    still_carried.connect(_told_carried, dispatch_uid="delivery.placing")
    people_forgotten.connect(_forgotten, dispatch_uid="delivery.placing")
