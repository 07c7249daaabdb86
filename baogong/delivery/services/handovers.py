"""
At the shelf and the door: put on a shelf, hand over, try in vain, confirm.

Evidence by mode: CONTACTLESS a photo of where it was left, or the parcel's own code read there; WITNESSED who saw it taken;
SIGNED a drawn signature: a typed name alone is nobody's hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery import sources
from baogong.delivery.codes import tidy
from baogong.delivery.errors import (
    HandoverNotAllowed,
    InPersonNeverOnAShelf,
    NothingToShow,
    NotThisShelf,
    ParcelNotThere,
    ParcelUnusable,
    SealedNeverOnAShelf,
)
from baogong.delivery.models import Handover, Parcel, ParcelAct
from baogong.delivery.services import custody
from baogong.delivery.services.custody import Given
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.services import EvidenceIn, record, record_each, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
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
def give(
    given: Sequence[Given],
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    by_household: bool = False,
    over_counter: bool = False,
    broken: list[BaogongError] | None = None,
) -> None:
    """
    Locked parcels that are in the right hands, all or none.

    by_household  the household itself says that it has them: of a parcel left on a shelf nothing shows that better
    over_counter  who fetches it stands before a keeper: that is more than a parcel asks that may be left without contact
    broken        given: it happened, so a way that is not allowed is added here and written all the same
    Raises HandoverNotAllowed, NothingToShow.
    """
    for one in given:
        if not by_household:
            check_shown(one.parcel, one.mode, one.evidence, broken, over_counter=over_counter)
    custody.give(given, actor=actor, now=now, request_id=request_id)
    record_each(
        kind="delivery.parcel.handed-over",
        actor=actor,
        now=now,
        facts=[
            (one.parcel.id, {"parcel": one.parcel.code, "mode": one.mode, "at_device": one.at_device}) for one in given
        ],
    )


def check_shown(
    row: Parcel,
    mode: str,
    evidence: Sequence[EvidenceIn],
    broken: list[BaogongError] | None = None,
    *,
    over_counter: bool = False,
) -> None:
    """Raises HandoverNotAllowed where the parcel does not allow the mode, NothingToShow where nothing shows it."""
    is_more = over_counter and mode in SHOWN_BY and Handover.CONTACTLESS in row.modes
    if mode not in row.modes and not is_more:
        name = f"{row.waybill} · {row.code}" if over_counter and row.waybill else row.code
        refusal = HandoverNotAllowed(
            f"Parcel {name} may be handed over {', '.join(row.modes)}, not {mode}. Nothing was changed.",
            where=name,
            found=mode,
            expected=list(row.modes),
            cure="Hand it over in one of the ways allowed; on a round where none is possible, bring it back.",
        )
        if broken is None or mode not in SHOWN_BY:
            raise refusal
        broken.append(refusal)
    shown = {piece.kind for piece in evidence if piece.kind != "SIGNATURE" or piece.payload}
    codes = {tidy(piece.text) for piece in evidence if piece.kind == "CODE"}
    is_read = bool(codes & {row.code, row.waybill} - {""})
    wanted = SHOWN_BY[mode]
    if not any(kind in shown and (kind != "CODE" or is_read) for kind in wanted):
        raise NothingToShow(
            f"A handover “{mode}” of parcel {row.code} is shown by {' or '.join(wanted)}. Nothing was changed.",
            where=row.code,
            found=sorted(shown),
            expected=list(wanted),
            cure="Take a photo of where it lies, read its code there, write who saw it, or let them sign on the screen.",
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
def shelve(
    row: Parcel,
    shelf: UUID,
    *,
    actor: Actor,
    at_device: datetime,
    now: datetime,
    request_id: UUID,
    broken: list[BaogongError] | None = None,
) -> None:
    """
    A locked parcel in the courier's hands, judged by what was so when it was put there.

    broken  given: it lies there, so the rules that this breaks are added here and it is written all the same; what is
            handed over in person, or goes to a door, is out of place there until it is taken up or back
    Raises InPersonNeverOnAShelf, NotThisShelf, and what the room says of which a promise has ended.
    """
    sources.refuse_ended([row])
    amiss = _in_person(row) or _of_a_door(row, at_device)
    said = amiss or _of_another_shelf(row, shelf, at_device)
    if said is not None:
        # No shelf of the community at all is a slip of the pen, not something that hands can have done.
        if broken is None or not _is_there(row, shelf):
            raise said
        broken.append(said)
    if amiss is not None:
        row.out_of_place_at = at_device
        row.save(update_fields=["out_of_place_at"])
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
        data={"parcel": row.code, "shelf": str(shelf), "broken": said.code if said is not None else ""},
    )


def _in_person(row: Parcel) -> BaogongError | None:
    if Handover.CONTACTLESS in row.modes:
        return None
    return InPersonNeverOnAShelf(
        f"Parcel {row.code} is handed over in person ({', '.join(row.modes)}); it was not put on the shelf.",
        where=row.code,
        found="SHELF",
        expected=list(row.modes),
        cure="Wait for the household and see it taken, or bring it back for another visit.",
    )


def _wanted_door(row: Parcel, at: datetime) -> bool:
    """Whether its household had asked for the door by then; since when is unknown: always."""
    if not row.wants_door:
        return False
    asked = list(ParcelAct.objects.filter(parcel=row, kind=Kind.DOOR_ASKED).values_list("at_device", flat=True))
    if row.calling is not None and row.calling.outcome == "TO_DOOR" and row.calling.called_at is not None:
        asked.append(row.calling.called_at)
    return not asked or min(asked) <= at


def _of_a_door(row: Parcel, at: datetime) -> BaogongError | None:
    """What rounds bring to a door: nobody comes down to a shelf for it. By what was so when it was put there."""
    zones = places.zones_at(buildings=[row.building_id], at=at) if row.building_id else {}
    zone = zones.get(row.unit_id or row.building_id) if row.building_id else None
    refusal: type[NotThisShelf] = NotThisShelf
    if _wanted_door(row, at):
        why = "asked for it at the door"
    elif row.door is not None and row.door.takes_at_door and (row.door.left_at is None or at < row.door.left_at):
        why = "cannot come down and is served at the door"
    elif zone is not None and zone.service == "DOOR":
        why, refusal = "may not leave home and is served at the door", SealedNeverOnAShelf
    else:
        return None
    return refusal(
        f"The household of parcel {row.code} {why}; it was not put on the shelf.",
        where=row.code,
        found="SHELF",
        expected="the door",
        cure="Take it up to the door, or bring it back.",
    )


def _is_there(row: Parcel, shelf: UUID) -> bool:
    """Whether the community has had this shelf since the parcel was made, closed by now or not."""
    plan = places.community_plan(row.community_id, row.made_at, with_doors=False)
    return any(each.id == shelf for each in plan.shelves)


def _of_another_shelf(row: Parcel, shelf: UUID, at: datetime) -> BaogongError | None:
    """
    Unless it was an open shelf of the parcel's community, shared by its unit where the unit is known, with room left.

    Of what lay there then, the book knows what lies there still: only that counts.
    """
    plan = places.community_plan(row.community_id, at, with_doors=False)
    found = next((each for each in plan.shelves if each.id == shelf), None)
    if found is None:
        said, name = "is closed, or of another community", str(shelf)
    else:
        name = found.name
        lying = Parcel.objects.filter(shelf_id=shelf, state=Parcel.State.ON_SHELF, moved_at__lte=at).count()
        is_full = found.parcels_max is not None and lying >= found.parcels_max
        is_other = row.unit_id is not None and bool(found.units) and row.unit_id not in found.units
        if not is_full and not is_other:
            return None
        said = f"holds {lying} parcels already" if is_full else "belongs to other units"
    return NotThisShelf(
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
    custody.write([act])
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
