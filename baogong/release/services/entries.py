"""Entries in a draw before its list closes: one person at a desk or on the net, a list that others wrote, and giving one up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from baogong.engine import draw as engine
from baogong.journal.locks import Busy, lock_row
from baogong.journal.services import record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import NotFound, RequestIdReused
from baogong.kernel.ids import derived_id
from baogong.people.services.identity import marker, sealer
from baogong.release import admission
from baogong.release.codes import own_id
from baogong.release.errors import DrawNotThere, DrawUnusable
from baogong.release.facts import decade_of
from baogong.release.identity import Person, person, purpose_of
from baogong.release.models import Draw, DrawEntry, DrawStay
from baogong.release.receipts import Receipt, receipt_for
from baogong.release.services.caps import refuse_entry_beyond_cap, refusing_list_beyond_cap, typed_as
from baogong.release.services.claims import (
    DESK,
    Contact,
    keep_contact,
    keep_devices,
    unseal_contact,
)
from baogong.release.services.door import Door, draw_of, lock_to_enter, refused, rule_of
from baogong.release.services.stays import begin, end_won, sealed_of

NONCE_SIZE = 16
_TRIES = 5


@transaction.atomic
@recorded("release.draw.entered")
def enter_draw(
    *,
    draw: UUID,
    nonce: bytes,
    channel: str,
    contact: Contact,
    actor: Actor | None,
    now: datetime,
    request_id: UUID,
    earlier_nonce: bytes = b"",
) -> Receipt:
    """
    Enter one person; the receipt is theirs to keep, with the nonce, which nobody here keeps.

    nonce   16 bytes of the entrant's own making
    actor   who types it (CLERK or COMMAND of the office); None: the resident, by WEB
    earlier_nonce  of the receipt the person has for this draw, or for an earlier one that they were carried from: what is
                   said now replaces what was said then, and the last change counts. The number is kept then, as when leaving
    Raises NotYourPlace, ClerkCapReached, PersonUnusable, EntryRefused, DrawNotThere, DrawUnusable, RequestIdReused, NotFound.
    """
    row = draw_of(draw)
    office = row.tranche.release.office_id
    if actor is None:
        actor, channel = THE_HOUSE, "WEB"
    actor.require(*DESK, at=office)
    if not _is_nonce(nonce):
        raise DrawUnusable(
            f"An entrant's own nonce has {NONCE_SIZE} bytes; nobody was entered.",
            where="nonce",
            found=len(nonce),
            expected=f"{NONCE_SIZE} random bytes",
            cure="Make them anew for each entry, and keep them with the receipt.",
        )
    purpose = purpose_of(office)
    who = person(
        office, purpose=purpose, document=contact.document, number=contact.number, phone=contact.phone, household=contact.household,
        address=contact.address,
    )  # fmt: skip
    lock_to_enter(row)
    earlier = DrawEntry.objects.filter(request_id=request_id).first()
    if earlier is not None:
        commitment = engine.commitment_of(draw=draw.bytes, entry=earlier.id.bytes, nonce=nonce)
        if bytes(earlier.commitment) != commitment or bytes(earlier.person or b"") != who.person:
            raise RequestIdReused(
                "This id stands for another entry; nobody was entered now.",
                where="request_id",
                cure="Make a new id for a new entry.",
            )
        return receipt_for(row, earlier)
    _require_open(row, now)
    channel = typed_as(channel, row.tranche_id, office, actor)
    changed = _standing(row, who, nonce, earlier_nonce) if earlier_nonce else None
    if changed is None:
        refuse_entry_beyond_cap(draw, row.tranche_id, actor, channel)
    stays_in = rule_of(row.tranche).draw.stays_in
    if stays_in:
        end_won(row.tranche.release_id, now, [who.person])
    door = Door(row, [who], now, instead_of=[changed.id] if changed else [])
    refusal = door.refusal_of(who, contact.region)
    if refusal is not None:
        raise refused(*refusal)
    claimant = keep_contact(purpose, who.person, contact, now)
    entry = _entry(
        row, who, nonce=nonce, channel=channel, region=contact.region, claimant=claimant, actor=actor, now=now,
        request_id=request_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            if changed is not None:
                _replace(changed, entry, who, nonce, earlier_nonce)
            elif stays_in:
                begin(row, entry, who, nonce, sealer(purpose=purpose, now=now)).save(force_insert=True)
            entry.save(force_insert=True)
    except IntegrityError as clash:
        raise refused("already-entered") from clash
    keep_devices({entry.id: contact.device}, row.tranche_id, purpose)
    record(
        kind="release.draw.entered", actor=actor, now=now, subject=row.tranche_id,
        data={"draw": str(draw), "is_change": changed is not None},
    )  # fmt: skip
    return receipt_for(row, entry)


def _standing(row: Draw, who: Person, nonce: bytes, earlier_nonce: bytes) -> DrawEntry | None:
    """The person's entry in this draw, which the number opens; None where there is none. Raises DrawUnusable."""
    found = DrawEntry.objects.filter(draw=row, person=who.person, left_at=None).first()
    if found is not None and (nonce == earlier_nonce or not _opens(row, found, earlier_nonce)):
        raise _not_its_number()
    return found


def _replace(changed: DrawEntry, entry: DrawEntry, who: Person, nonce: bytes, earlier_nonce: bytes) -> None:
    """The changed entry leaves the list for the new one, which stands for the same registration. Raises DrawUnusable."""
    if changed.stay_id is not None:
        if lock_row(DrawStay.objects.all(), changed.stay_id).ended_at is not None:
            raise refused("already-entered")  # it has won elsewhere, and its entry here is about to be taken out
        purpose = purpose_of(entry.draw.tranche.release.office_id)
        sealed = sealed_of(who, nonce, sealer(purpose=purpose, now=entry.entered_at))
        DrawStay.objects.filter(id=changed.stay_id).update(entry=entry.id, sealed=sealed)
    if not DrawEntry.objects.filter(id=changed.id, left_at=None).update(
        left_at=entry.entered_at, left_by=earlier_nonce
    ):
        raise _not_its_number()  # another change was quicker, and its receipt counts
    entry.stay_id, entry.came_from, entry.is_carried = changed.stay_id, changed, changed.is_carried


@transaction.atomic
@recorded("release.draw.left")
def leave_draw(*, entry: UUID, nonce: bytes, actor: Actor | None, now: datetime) -> None:
    """
    Give an entry up before the list closes: it stands in no list, and the person may enter anew. Left before, it stays so.

    Where losers stay in, any entry of the registration will do, and the newest leaves; once its list is closed it stands
    there, and is carried no further.

    nonce  as it stands on the receipt. It is kept from now on, to show that nobody but the entrant took the entry out
    actor  who types it (CLERK or COMMAND of the office); None: the resident, who has shown that the entry is theirs
    Raises NotYourPlace, DrawNotThere (the list is closed, or the registration has ended otherwise), DrawUnusable (not the
    entry's nonce), journal's Busy, NotFound.
    """
    named = entry_named(entry)
    actor = actor or THE_HOUSE
    actor.require(*DESK, at=draw_of(named.draw_id).tranche.release.office_id)
    row, found, stay = lock_to_leave(named)
    is_open = row.close is None and now < row.closes_at
    if not is_open and stay is None:
        raise list_is_closed(row, now)
    if not _is_nonce(nonce) or not _opens(row, found, nonce) or DrawEntry.objects.filter(came_from=found).exists():
        raise _not_its_number()
    if found.taken_out_by_id is not None or (stay is not None and stay.ended_at is not None and stay.ended_by is None):
        raise has_ended(stay)
    if is_open:
        DrawEntry.objects.filter(id=found.id, left_at=None).update(left_at=now, left_by=nonce)
    if stay is not None:
        DrawStay.objects.filter(id=stay.id, ended_at=None).update(ended_at=now, ended_by=nonce, sealed="")
    record(kind="release.draw.left", actor=actor, now=now, subject=row.tranche_id, data={"draw": str(row.id)})


def entry_named(entry: UUID) -> DrawEntry:
    """Raises NotFound."""
    named = DrawEntry.objects.filter(id=entry).first()
    if named is None:
        raise NotFound("There is no such entry; nothing was changed.", where=str(entry), cure="Read the receipt again.")
    return named


def list_is_closed(row: Draw, now: datetime) -> DrawNotThere:
    """To be raised: nobody leaves this list any more."""
    return DrawNotThere(
        "The list of this draw is closed; the entry stands in it. Nothing was changed.",
        where=str(row.id),
        found=now.isoformat(timespec="minutes"),
        expected=f"before {row.closes_at.isoformat(timespec='minutes')}",
        cure="Wait for the draw; a right that comes of it can be given up then.",
    )


def lock_to_leave(named: DrawEntry) -> tuple[Draw, DrawEntry, DrawStay | None]:
    """
    The draw, then the registration, of the entry that stands for this one now. Raises Busy.

    It may be carried on while we wait for its draw: then that lock is let go, as nobody takes a draw's after a registration's.
    """
    for _try in range(_TRIES):
        own = DrawStay.objects.filter(id=named.stay_id).first() if named.stay_id else None
        found = DrawEntry.objects.get(id=own.entry if own else named.id)
        row, mark = draw_of(found.draw_id), transaction.savepoint()
        lock_to_enter(row)
        if own is not None:
            own = lock_row(DrawStay.objects.all(), own.id)
        if own is None or own.entry == found.id:
            transaction.savepoint_commit(mark)
            return row, found, own
        transaction.savepoint_rollback(mark)
    raise Busy("This entry is being carried on at the moment; nothing was changed.", cure="Try again in a few seconds.")


def _opens(row: Draw, found: DrawEntry, nonce: bytes) -> bool:
    return engine.is_opened_by(bytes(found.commitment), draw=row.id.bytes, entry=found.id.bytes, nonce=nonce)


def _not_its_number() -> DrawUnusable:
    return DrawUnusable(
        "This is not the number the entry was made with; the entry stands.",
        where="nonce",
        expected="32 signs, 0 to 9 and a to f, as on the newest receipt",
        cure="Copy it from the receipt of this very entry; where it was changed, from the receipt of the change.",
    )


def has_ended(stay: DrawStay | None) -> DrawNotThere:
    """To be raised of a registration that has ended; None: of an entry that stands for itself and was left or taken out."""
    has_won = stay is not None and stay.won_by is not None
    found, so = "left", "the person has left"
    if has_won:
        found, so = "won", "the person has won"
    elif stay is None or stay.taken_out_by_id is not None:
        found, so = "out", "it was given up, or taken out at a desk"
    elif stay.ended_by is None:
        found, so = "forgotten", "the city has forgotten its people"
    return DrawNotThere(
        f"This registration has ended, as {so}: it is carried no further. Nothing was changed.",
        where="entry",
        found=found,
        expected="a registration that lasts",
        cure="Give up the right that came of it, if it is not wanted." if has_won else "There is nothing to leave.",
    )


@dataclass(frozen=True, slots=True)
class EntrantIn:
    """
    One person of a list that others wrote.

    nonce   16 bytes of the person's own making; b"": made here, and nobody knows it
    sealed  what a `contact_sealer` gave, so that a winner can be texted; "" where nobody is to be reached
    """

    who: Person
    nonce: bytes = field(default=b"", repr=False)
    region: str = ""
    sealed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """`entry`: None where the person may not enter, for the reason of `code`, again on `free_on`."""

    entry: UUID | None
    code: str = ""
    free_on: str = ""


@transaction.atomic
@recorded("release.draw.entrants")
def enter_many(
    *,
    draw: UUID,
    entrants: Sequence[EntrantIn],
    channel: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> tuple[Entered, ...]:
    """
    Enter everybody on a list, each on their own; what became of each, in order. Receipts: `queries.receipt`.

    The same request again gives whoever entered under it the same entry. A clerk's list counts for the clerk's cap; beyond it
    whoever commands brings it in.
    Raises NotYourPlace, ClerkCapReached, DrawNotThere, DrawUnusable (a nonce, more than 5,000 at once), journal's Busy, NotFound.
    """
    row = draw_of(draw)
    office = row.tranche.release.office_id
    actor.require(*DESK, at=office)
    if len(entrants) > admission.BATCH_MAX or any(one.nonce and not _is_nonce(one.nonce) for one in entrants):
        raise DrawUnusable(
            f"At most {admission.BATCH_MAX} people enter at once, each with a nonce of {NONCE_SIZE} bytes or none. "
            "Nobody was entered.",
            where="entrants",
            found=len(entrants),
            expected=f"up to {admission.BATCH_MAX}",
            cure="Split the list; make the nonces anew.",
        )
    lock_to_enter(row)
    people = [one.who for one in entrants]
    purpose = purpose_of(office)
    mark = marker(purpose=purpose, now=now)
    ids = [derived_id(request_id, mark(one.person).hex()) for one in people]
    made = dict(DrawEntry.objects.filter(request_id__in=ids).values_list("request_id", "id"))
    if made and not _is_open(row, now):  # sent again: what became of it stays, at whatever hour
        return tuple(Entered(made[one]) if one in made else Entered(None, "closed") for one in ids)
    _require_open(row, now)
    stays_in = rule_of(row.tranche).draw.stays_in
    told: list[Entered] = []
    fresh: list[DrawEntry] = []
    stays: list[DrawStay] = []
    # As whoever types does: the clerk's word first, then registrations.
    with refusing_list_beyond_cap(row.tranche_id, office, actor, draw=draw):
        if stays_in:
            end_won(row.tranche.release_id, now, [one.person for one in people])
        door, seal = Door(row, people, now), sealer(purpose=purpose, now=now)
        for one, own_id in zip(entrants, ids, strict=True):
            if own_id in made:
                told.append(Entered(made[own_id]))
                continue
            refusal = door.refusal_of(one.who, one.region)
            if refusal is not None:
                told.append(Entered(None, *refusal))
                continue
            door.let_in(one.who)
            nonce = one.nonce or os.urandom(NONCE_SIZE)
            entry = _entry(
                row, one.who, nonce=nonce, channel=channel, region=one.region,
                claimant=_claimant(purpose, one, now), actor=actor, now=now, request_id=own_id,
            )  # fmt: skip
            if stays_in:
                stays.append(begin(row, entry, one.who, nonce, seal))
            fresh.append(entry)
            told.append(Entered(entry.id))
        # Another list may have the same person at the same moment: who was quicker is registered, the other's entry is not made.
        DrawStay.objects.bulk_create(stays, batch_size=5_000, ignore_conflicts=True)
        kept = set(DrawStay.objects.filter(id__in=[one.id for one in stays]).values_list("id", flat=True))
        standing = [one for one in fresh if one.stay_id is None or one.stay_id in kept]
        DrawEntry.objects.bulk_create(standing, batch_size=5_000, ignore_conflicts=True)
    written = set(
        DrawEntry.objects.filter(request_id__in=[one.request_id for one in fresh]).values_list("id", flat=True)
    )
    if stays and len(written) < len(standing):
        raise Busy("Somebody else enters the same people; nobody was entered.", cure="Send the list again.")
    lost = {one.id for one in fresh} - written  # another list had the same person at the same moment
    if fresh or not made:
        record(
            kind="release.draw.entrants",
            actor=actor,
            now=now,
            subject=row.tranche_id,
            data={"draw": str(draw), "people": len(entrants), "entered": len(written)},
        )
    return tuple(Entered(None, "already-entered") if one.entry in lost else one for one in told)


def _require_open(row: Draw, now: datetime) -> None:
    """Raises DrawNotThere."""
    if row.close is not None or now >= row.closes_at:
        raise DrawNotThere(
            "The list of this draw is closed; nobody was entered.",
            where=str(row.id),
            found=now.isoformat(timespec="minutes"),
            expected=f"before {row.closes_at.isoformat(timespec='minutes')}",
            cure="Enter the next draw.",
        )
    rule = rule_of(row.tranche)
    if not rule.takes_at(now):
        raise DrawNotThere(
            "Nobody is taken in at this time of the day; nobody was entered.",
            where=str(row.id),
            found=now.astimezone(rule.zone).isoformat(timespec="minutes"),
            expected=f"from {rule.takes_again_at(now).isoformat(timespec='minutes')} on",
            cure="Come again then.",
        )


def _is_open(row: Draw, now: datetime) -> bool:
    return row.close is None and now < row.closes_at and rule_of(row.tranche).takes_at(now)


def _is_nonce(nonce: bytes) -> bool:
    return len(nonce) == NONCE_SIZE and any(nonce)


def _entry(
    row: Draw,
    who: Person,
    *,
    nonce: bytes,
    channel: str,
    region: str,
    claimant: UUID | None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> DrawEntry:
    entry_id = own_id()
    return DrawEntry(
        id=entry_id,
        draw=row,
        commitment=engine.commitment_of(draw=row.id.bytes, entry=entry_id.bytes, nonce=nonce),
        entered_at=now,
        channel=channel,
        document=who.document,
        region=region,
        person=who.person,
        household=who.household,
        phone=who.phone,
        address=who.address,
        born_decade=decade_of(who.born_on),
        claimant_id=claimant,
        taken_by_id=actor.person_id,
        request_id=request_id,
    )


def _claimant(purpose: str, one: EntrantIn, now: datetime) -> UUID | None:
    return keep_contact(purpose, one.who.person, unseal_contact(one.sealed), now) if one.sealed else None
