"""
At the shelf and the door: put on a shelf, hand over, try in vain, confirm.

Evidence by mode: CONTACTLESS a photo of where it was left, or the parcel's own code read there; WITNESSED who saw it taken;
SIGNED a signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.codes import tidy
from baogong.delivery.errors import (
    HandoverNotAllowed,
    InPersonNeverOnAShelf,
    NothingToShow,
    NotThisShelf,
    ParcelNotThere,
    ParcelUnusable,
)
from baogong.delivery.models import Handover, Parcel, ParcelAct
from baogong.delivery.services import custody
from baogong.delivery.services.custody import Given
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.services import EvidenceIn, record, record_each, recorded
from baogong.kernel.actor import Actor
from baogong.ledger.states import Reason
from baogong.places import queries as places

Kind, Why = ParcelAct.Kind, ParcelAct.Why
SHOWN_BY: dict[str, tuple[str, ...]] = {
    Handover.CONTACTLESS: ("PHOTO", "CODE"),
    Handover.WITNESSED: ("WITNESS",),
    Handover.SIGNED: ("SIGNATURE",),
}


@transaction.atomic
def hand_over(
    *,
    parcel: UUID,
    mode: str,
    evidence: Sequence[EvidenceIn],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    at_device: datetime | None = None,
    note: str = "",
) -> None:
    """
    A courier, or the keeper for one, hands a parcel to its household; out of a courier's hands, or from the shelf.

    The actor is the courier who has it, or keeps its station. The same request again changes nothing.
    Raises NotYourPlace, AlreadyHandedOver, WithSomebodyElse, NotHere, HandoverNotAllowed, NothingToShow.
    """
    row = locked(parcel)
    if custody.done_before(request_id):
        return
    if row.holder_id != actor.person_id:
        actor.require(*KEEPERS, at=row.station_id)
    custody.refuse_elsewhere(row, states=(Parcel.State.WITH_COURIER, Parcel.State.ON_SHELF))
    give([Given(row, mode, evidence, at_device or now, note)], actor=actor, now=now, request_id=request_id)


@recorded("delivery.parcel.handed-over")
def give(given: Sequence[Given], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """Locked parcels that are in the right hands, all or none. Raises HandoverNotAllowed, NothingToShow."""
    for one in given:
        check_shown(one.parcel, one.mode, one.evidence)
    custody.give(given, actor=actor, now=now, request_id=request_id)
    record_each(
        kind="delivery.parcel.handed-over",
        actor=actor,
        now=now,
        facts=[
            (one.parcel.id, {"parcel": one.parcel.code, "mode": one.mode, "at_device": one.at_device}) for one in given
        ],
    )


def check_shown(row: Parcel, mode: str, evidence: Sequence[EvidenceIn]) -> None:
    """Raises HandoverNotAllowed where the parcel does not allow the mode, NothingToShow where nothing shows it."""
    if mode not in row.modes:
        raise HandoverNotAllowed(
            f"Parcel {row.code} may be handed over {', '.join(row.modes)}, not {mode}. Nothing was changed.",
            where=row.code,
            found=mode,
            expected=list(row.modes),
            cure="Hand it over in one of the ways allowed, or bring it back.",
        )
    shown = {piece.kind for piece in evidence}
    codes = {tidy(piece.text) for piece in evidence if piece.kind == "CODE"}
    is_read = bool(codes & {row.code, row.waybill} - {""})
    wanted = SHOWN_BY[mode]
    if not any(kind in shown and (kind != "CODE" or is_read) for kind in wanted):
        raise NothingToShow(
            f"A handover “{mode}” of parcel {row.code} is shown by {' or '.join(wanted)}. Nothing was changed.",
            where=row.code,
            found=sorted(shown),
            expected=list(wanted),
            cure="Take a photo of where it lies, read its code there, or write who saw or signed it.",
        )


@transaction.atomic
def put_on_shelf(
    *, parcel: UUID, shelf: UUID, actor: Actor, now: datetime, request_id: UUID, at_device: datetime | None = None
) -> None:
    """
    A parcel that may lie without anybody beside it, onto a shelf of its own unit.

    Raises NotYourPlace, InPersonNeverOnAShelf, NotThisShelf, AlreadyHandedOver, WithSomebodyElse, NotHere.
    """
    row = locked(parcel)
    if custody.done_before(request_id):
        return
    if row.holder_id != actor.person_id:
        actor.require(*KEEPERS, at=row.station_id)
    custody.refuse_elsewhere(row, states=(Parcel.State.WITH_COURIER,))
    shelve(row, shelf, actor=actor, at_device=at_device or now, now=now, request_id=request_id)


@recorded("delivery.parcel.on-shelf")
def shelve(row: Parcel, shelf: UUID, *, actor: Actor, at_device: datetime, now: datetime, request_id: UUID) -> None:
    """A locked parcel in the courier's hands. Raises InPersonNeverOnAShelf, NotThisShelf."""
    if Handover.CONTACTLESS not in row.modes:
        raise InPersonNeverOnAShelf(
            f"Parcel {row.code} is handed over in person ({', '.join(row.modes)}); it was not put on the shelf.",
            where=row.code,
            found="SHELF",
            expected=list(row.modes),
            cure="Wait for the household and see it taken, or bring it back for another visit.",
        )
    if row.wants_door:
        raise NotThisShelf(
            f"The household of parcel {row.code} asked for it at the door; it was not put on the shelf.",
            where=row.code,
            found="SHELF",
            expected="the door",
            cure="Take it up to the door, or bring it back.",
        )
    _refuse_shelf(row, shelf, now)
    custody.move(
        [row], to=row.community_id, state=Parcel.State.ON_SHELF, kind=Kind.ON_SHELF, reason=Reason.UNLOAD,
        actor=actor, at_device=at_device, now=now, request_id=request_id, shelf=shelf,
    )  # fmt: skip
    custody.end_visits([row.id], now)
    record(
        kind="delivery.parcel.on-shelf",
        actor=actor,
        now=now,
        subject=row.id,
        data={"parcel": row.code, "shelf": str(shelf)},
    )


def _refuse_shelf(row: Parcel, shelf: UUID, now: datetime) -> None:
    """An open shelf of the parcel's community, shared by its unit where the unit is known, with room left."""
    plan = places.community_plan(row.community_id, now, with_doors=False)
    found = next((each for each in plan.shelves if each.id == shelf), None)
    if found is None:
        said, name = "is closed, or of another community", str(shelf)
    else:
        name = found.name
        lying = Parcel.objects.filter(shelf_id=shelf, state=Parcel.State.ON_SHELF).count()
        is_full = found.parcels_max is not None and lying >= found.parcels_max
        is_other = row.unit_id is not None and bool(found.units) and row.unit_id not in found.units
        if not is_full and not is_other:
            return
        said = f"holds {lying} parcels already" if is_full else "belongs to other units"
    raise NotThisShelf(
        f"Shelf {name} {said}; parcel {row.code} was not put there.",
        where=row.code,
        found=name,
        expected="an open shelf of the parcel's own unit, with room left",
        cure="Use another shelf of this unit, take it to the door, or bring it back.",
    )


@transaction.atomic
def try_in_vain(
    *, parcel: UUID, why: str, actor: Actor, now: datetime, request_id: UUID, at_device: datetime | None = None,
    note: str = "",
) -> None:  # fmt: skip
    """
    An attempt that failed, and why. The parcel stays with its courier and comes back to the station, never to a shelf.

    Raises NotYourPlace, ParcelUnusable (no known reason), AlreadyHandedOver, WithSomebodyElse, NotHere.
    """
    row = locked(parcel)
    if custody.done_before(request_id):
        return
    if row.holder_id != actor.person_id:
        actor.require(*KEEPERS, at=row.station_id)
    custody.refuse_elsewhere(row, states=(Parcel.State.WITH_COURIER,))
    fail(row, why, actor=actor, at_device=at_device or now, now=now, request_id=request_id, note=note)


@recorded("delivery.parcel.failed")
def fail(
    row: Parcel, why: str, *, actor: Actor, at_device: datetime, now: datetime, request_id: UUID, note: str = ""
) -> None:
    """A locked parcel; where it is does not matter any more when the telephone is late. Raises ParcelUnusable."""
    if why not in Why.values:
        raise ParcelUnusable(
            f"An attempt at parcel {row.code} fails for a known reason; nothing was kept.",
            where=row.code,
            found=why,
            expected=list(Why.values),
            cure="Choose one of the reasons.",
        )
    row.attempts_count += 1
    row.save(update_fields=["attempts_count"])
    act = custody.act_of(
        row, Kind.FAILED, to=row.holder_id, actor=actor, at_device=at_device, now=now, why=why, note=note,
        batch=request_id,
    )  # fmt: skip
    act.save(force_insert=True)
    record(
        kind="delivery.parcel.failed",
        actor=actor,
        now=now,
        subject=row.id,
        data={"parcel": row.code, "why": why, "attempts": row.attempts_count},
    )


def locked(parcel: UUID) -> Parcel:
    """Raises ParcelNotThere."""
    row = custody.lock_parcel(parcel)
    if row is None:
        raise ParcelNotThere("There is no such parcel.", where=str(parcel), cure="Scan its code again.")
    return row
