"""
Signing on and off, and correcting hours.

A person is on duty at one place at a time, and not longer than 16 hours. What was signed stays; who finds it wrong draws
up a correction, and it holds once a second person has signed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from baogong.crew.models import Correction, Shift
from baogong.crew.services.duties import WRITERS, utc
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.mapping import content_hash
from baogong.journal.queries import DocumentView
from baogong.journal.services import draw_up, record, recorded, when_in_force
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import parties

HOURS = "HOURS"
LONGEST = timedelta(hours=16)
WRITTEN_WITHIN = timedelta(days=31)


class ShiftUnusable(UnusableInput):
    """No person can have been on duty like this."""

    code = "crew.shift-unusable"


class OnDutyAlready(BaogongError):
    """The person was on duty at that time already, here or elsewhere."""

    kind, code = Kind.CONFLICT, "crew.on-duty-already"


class ShiftEnded(BaogongError):
    """The shift is signed off, or never was."""

    kind, code = Kind.CONFLICT, "crew.shift-ended"


@transaction.atomic
@recorded("crew.signed-on")
def sign_on(
    *,
    person: UUID,
    place: UUID,
    work: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    party: UUID | None = None,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
) -> UUID:
    """
    A volunteer is on duty from now; returns the shift's id.

    party             whose volunteer
    start_at, end_at  from a paper list: when it was; an end makes it a whole shift

    Raises ShiftUnusable, OnDutyAlready, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WRITERS, at=place)
    start_at = start_at or now
    content = content_hash(person, place, work, party, start_at if start_at != now else None, end_at)
    lock_word(f"crew {person}")
    earlier = Shift.objects.filter(request_id=request_id).first()
    if earlier is not None:
        if bytes(earlier.content_hash) != content:
            raise RequestIdReused(
                "This request signed somebody on before; that stands, this did nothing.",
                where=str(request_id),
                cure="Send the new one under a new request id.",
            )
        return earlier.id
    known = {view.id: view for view in parties(ids=[each for each in (person, place, party) if each])}
    if (
        not work.strip()
        or {person, place} - known.keys()
        or (party is not None and party not in known)
        or known[person].kind != "PERSON"
        or now - start_at > WRITTEN_WITHIN
    ):
        raise ShiftUnusable(
            "A shift has a person, a place and a work, and is written down within 31 days. Nothing was written.",
            where="shift",
            found=f"{known[person].name if person in known else person}; {work}; {utc(start_at)}",
            expected="a person of the register, a place, what they do",
            cure="Register the volunteer first; write what they do.",
        )
    _refuse_nonsense(start_at, end_at, now)
    _refuse_overlap(person, start_at, end_at)
    shift = Shift.objects.create(
        person_id=person,
        place_id=place,
        party_id=party,
        work=work.strip()[:60],
        start_at=start_at,
        end_at=end_at,
        on_by_name=actor.name,
        off_by_name=actor.name if end_at else "",
        request_id=request_id,
        content_hash=content,
    )
    record(
        kind="crew.signed-on", actor=actor, now=now, subject=person, data={"shift": str(shift.id), "place": str(place)}
    )
    return shift.id


@transaction.atomic
@recorded("crew.signed-off")
def sign_off(*, shift: UUID, actor: Actor, now: datetime, end_at: datetime | None = None) -> None:
    """
    The volunteer goes home. Sent again with the same end it changes nothing.

    Raises ShiftUnusable (longer than 16 hours: then a correction says how long), OnDutyAlready, ShiftEnded, NotYourPlace.
    """
    row = lock_row(Shift.objects.all(), shift)
    actor.require(*WRITERS, at=row.place_id)
    end_at = end_at or now
    lock_word(f"crew {row.person_id}")
    if row.end_at is not None or row.is_void:
        if row.end_at != end_at or row.is_void:
            raise ShiftEnded(
                "This shift is signed off. Nothing was changed.",
                where=str(shift),
                found=f"{row.end_at:%Y-%m-%d %H:%M}" if row.end_at else "void",
                cure="If the time is wrong, correct it: a second person signs.",
            )
    else:
        _refuse_nonsense(row.start_at, end_at, now)
        _refuse_overlap(row.person_id, row.start_at, end_at, but=shift)
        row.end_at, row.off_by_name = end_at, actor.name
        row.save(update_fields=["end_at", "off_by_name"])
    record(kind="crew.signed-off", actor=actor, now=now, subject=row.person_id, data={"shift": str(shift)})


@transaction.atomic
@recorded("crew.correction-drawn")
def correct_shift(
    *,
    shift: UUID,
    start_at: datetime | None,
    end_at: datetime | None,
    why: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Say what a shift really was; returns the document, which a second person signs before it holds.

    start_at, end_at   both None: it never was. The volunteer may not sign.

    Raises ShiftUnusable, OnDutyAlready, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    row = lock_row(Shift.objects.all(), shift)
    actor.require(*WRITERS, at=row.place_id)
    if not why.strip() or (start_at is None) != (end_at is None):
        raise ShiftUnusable(
            "Say why, and from when to when it was, or that it never was. Nothing was changed.",
            where="shift",
            found=f"{start_at}–{end_at}; {why}",
            expected="a reason, and both moments or none",
            cure="Fill in what is missing.",
        )
    if start_at is not None:
        _refuse_nonsense(start_at, end_at, now)
        _refuse_overlap(row.person_id, start_at, end_at, but=shift)
    document = draw_up(
        kind=HOURS,
        title=why.strip()[:120],
        body={
            "shift": str(shift),
            "was": [row.start_at, row.end_at],
            "start_at": start_at.isoformat() if start_at else "",
            "end_at": end_at.isoformat() if end_at else "",
            "why": why.strip(),
        },
        subjects=[row.person_id, row.place_id],
        beneficiary=row.person_id,
        signatures_required=2,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    record(
        kind="crew.correction-drawn",
        actor=actor,
        now=now,
        subject=row.person_id,
        document=document,
        data={"shift": str(shift)},
    )
    return document


def _put_right(document: DocumentView, actor: Actor, now: datetime) -> None:
    """The second signature stands: the shift is what the document says."""
    row = lock_row(Shift.objects.all(), UUID(document.body["shift"]))
    lock_word(f"crew {row.person_id}")
    start_at, end_at = (
        datetime.fromisoformat(document.body[field]) if document.body[field] else None
        for field in ("start_at", "end_at")
    )
    Correction.objects.create(
        shift=row,
        was_start_at=row.start_at,
        was_end_at=row.end_at,
        start_at=start_at,
        end_at=end_at,
        why=document.body["why"][:240],
        document=document.id,
        at=now,
    )
    if start_at is None:
        row.is_void = True
        row.end_at = row.end_at or now
    else:
        _refuse_overlap(row.person_id, start_at, end_at, but=row.id)
        row.start_at, row.end_at, row.is_void = start_at, end_at, False
    row.save(update_fields=["start_at", "end_at", "is_void"])
    record(
        kind="crew.corrected",
        actor=actor,
        now=now,
        subject=row.person_id,
        document=document.id,
        data={"shift": str(row.id)},
    )


def check_hours(*, person: UUID | None, start_at: datetime, end_at: datetime, now: datetime) -> None:
    """
    Whether a person, if known, can have been on duty like this. Writes nothing.

    Raises ShiftUnusable, OnDutyAlready.
    """
    _refuse_nonsense(start_at, end_at, now)
    if now - start_at > WRITTEN_WITHIN:
        raise ShiftUnusable(
            f"{utc(start_at)} UTC is more than 31 days ago. Nothing was written.",
            where="shift",
            found=f"{utc(start_at)} UTC",
            expected="a shift of the last 31 days",
            cure="What is older is put right by a correction that two sign.",
        )
    if person is not None:
        _refuse_overlap(person, start_at, end_at)


def _refuse_nonsense(start_at: datetime, end_at: datetime | None, now: datetime) -> None:
    if start_at > now or (end_at or now) > now or (end_at is not None and end_at <= start_at):
        raise ShiftUnusable(
            f"From {utc(start_at)} to {utc(end_at or now)} UTC cannot have been worked by now. Nothing was changed.",
            where="shift",
            found=f"{utc(start_at)} – {utc(end_at or now)} UTC",
            expected="an end after the beginning, and not in the future",
            cure="Correct the times.",
        )
    if (end_at or now) - start_at > LONGEST:
        hours = ((end_at or now) - start_at).total_seconds() / 3600
        raise ShiftUnusable(
            f"{hours:.1f} hours at a stretch; nobody is on duty longer than 16. Nothing was changed.",
            where="shift",
            found=f"{hours:.1f} h",
            expected="at most 16 h",
            cure="Ask when the person really went home; write that, or two shifts with the rest between.",
        )


def _refuse_overlap(person: UUID, start_at: datetime, end_at: datetime | None, *, but: UUID | None = None) -> None:
    """Half-open: one shift may begin when another ends. Who is still on duty is so from the beginning on."""
    rows = Shift.objects.filter(Q(end_at=None) | Q(end_at__gt=start_at), person=person, is_void=False)
    if but is not None:
        rows = rows.exclude(pk=but)
    if end_at is not None:
        rows = rows.filter(start_at__lt=end_at)
    found = rows.select_related("place").order_by("start_at").first()
    if found is not None:
        until = f"{utc(found.end_at)}" if found.end_at else "now"
        raise OnDutyAlready(
            f"This person is on duty from {utc(found.start_at)} to {until} UTC at {found.place.name}. "
            "Nothing was changed.",
            where=found.place.name,
            found=f"{utc(found.start_at)} – {until} UTC",
            expected="one place at a time",
            cure="Sign off there first, or correct that shift.",
        )


def register() -> None:
    """Called when the room starts."""
    when_in_force(HOURS, _put_right)
