"""The gate, where nobody without valid proof is let in, and the roll call, where nobody goes unaccounted for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.crew.models import Assignment, Call, Entry, RollAnswer, RollCall
from baogong.crew.queries.fitness import proofs_of
from baogong.crew.queries.gate import expected
from baogong.crew.queries.plans import people_of
from baogong.crew.services.duties import WRITERS, known
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

EARLY = timedelta(hours=4)  # who comes this long before a shift comes for it
Way, Answer = Entry.Way, RollAnswer.Answer
UNKNOWN = "UNKNOWN"


class InsideAlready(BaogongError):
    """The person is inside; nobody is let in twice."""

    kind, code = Kind.CONFLICT, "crew.inside-already"


class NotInside(BaogongError):
    """The person is not inside."""

    kind, code = Kind.CONFLICT, "crew.not-inside"


class Unaccounted(BaogongError):
    """Somebody expected at the roll call was not answered for."""

    kind, code = Kind.REFUSED, "crew.unaccounted"


class RollUnusable(UnusableInput):
    """An answer to a roll call that is none, or of somebody who is not of the place."""

    code = "crew.roll-unusable"


@transaction.atomic
@recorded("crew.stood-at-gate")
def let_in(*, place: UUID, person: UUID | None, actor: Actor, now: datetime, request_id: UUID, told: str = "") -> UUID:
    """
    Somebody wants in: looked at, let in or not, and written down either way. Returns the entry; it says which it was.

    person   None where what was `told` at the gate names nobody of the place: refused, and that is written too

    A refusal at the gate is no exception but a fact. Raises InsideAlready, NotOfTheRegister, NotYourPlace, RequestIdReused.
    """
    actor.require(*WRITERS, at=place)
    content = content_of(place=place, person=person, told=told, way=Way.IN)
    if person is not None:
        lock_word(f"crew {person}")
    earlier = made_before(Entry, request_id, content)
    if earlier is not None:
        return earlier.id
    reasons, fit_until = [UNKNOWN], None
    if person is not None:
        known(persons=[person], others=[place])
        if _is_inside(place, person):
            raise InsideAlready(
                "This person was let in and has not gone out. Nothing was written.",
                where="person",
                expected="somebody outside",
                cure="Let them out first if they left without being seen.",
            )
        judged = proofs_of([person], [place]).judge(
            person, place, at=now, shift_at=_shift_at(place, person, now), now=now
        )
        reasons, fit_until = [reason.code for reason in judged.reasons], judged.fit_until if judged.is_fit else None
    else:
        known(others=[place])
    row = Entry.objects.create(
        place_id=place,
        person_id=person,
        told="" if person else told.strip()[:200],
        way=Way.IN,
        was_allowed=not reasons,
        reasons=reasons,
        fit_until=fit_until,
        at=now,
        by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(
        kind="crew.stood-at-gate",
        actor=actor,
        now=now,
        subject=place,
        data={"entry": str(row.id), "was_allowed": row.was_allowed},
    )
    return row.id


@transaction.atomic
@recorded("crew.let-out")
def let_out(*, place: UUID, person: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """Somebody goes out; returns the entry. Raises NotInside, NotYourPlace, RequestIdReused."""
    actor.require(*WRITERS, at=place)
    content = content_of(place=place, person=person, way=Way.OUT)
    lock_word(f"crew {person}")
    earlier = made_before(Entry, request_id, content)
    if earlier is not None:
        return earlier.id
    if not _is_inside(place, person):
        raise NotInside(
            "This person was not let in, or is out already. Nothing was written.",
            where="person",
            expected="somebody inside",
            cure="Look at the list of who is inside.",
        )
    row = Entry.objects.create(
        place_id=place,
        person_id=person,
        way=Way.OUT,
        was_allowed=True,
        at=now,
        by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(kind="crew.let-out", actor=actor, now=now, subject=place, data={"entry": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.roll-called")
def call_roll(
    *,
    place: UUID,
    answers: Mapping[UUID, str],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    call: UUID | None = None,
) -> UUID:
    """
    Everybody expected is answered for: PRESENT, ABSENT or EXCUSED; returns the roll call.

    call   its muster: then everybody on its list is expected, else everybody at the place and planned there now
    Raises Unaccounted with who is missing from the answers, RollUnusable, NotYourPlace, RequestIdReused.
    """
    actor.require(*WRITERS, at=place)
    content = content_of(
        place=place, call=call, answers={str(person): answer for person, answer in sorted(answers.items())}
    )
    earlier = made_before(RollCall, request_id, content)
    if earlier is not None:
        return earlier.id
    known(others=[place])
    if call is not None and lock_row(Call.objects.all(), call).place_id != place:
        raise RollUnusable(
            "This call is another place's. Nothing was written.",
            where="call",
            found=str(call),
            expected="a call of this place",
            cure="Open the muster from the call.",
        )
    due = expected(place, now, call=call)
    missing = [name for person, name in due.items() if person not in answers]
    if missing:
        raise Unaccounted(
            f"{len(missing)} people were not answered for: {', '.join(missing[:8])}. Nothing was written.",
            where="answers",
            found="、".join(missing[:8]),
            expected="an answer for each",
            cure="Look for them, and say present, absent or excused for each.",
            missing_count=len(missing),
        )
    if not answers or set(answers.values()) - set(Answer.values) or answers.keys() - due.keys() - people_of(place):
        raise RollUnusable(
            "A roll call is of people of the place, each present, absent or excused. Nothing was written.",
            where="answers",
            found=len(answers),
            expected=", ".join(Answer.values),
            cure="Open the roll call again.",
        )
    row = RollCall.objects.create(
        place_id=place, call_id=call, at=now, by_name=actor.name, request_id=request_id, content=content
    )
    RollAnswer.objects.bulk_create(
        RollAnswer(roll_call=row, person_id=person, answer=answer) for person, answer in sorted(answers.items())
    )
    counts = {f"{answer.lower()}_count": sum(given == answer for given in answers.values()) for answer in Answer.values}
    record(kind="crew.roll-called", actor=actor, now=now, subject=place, data={"roll_call": str(row.id), **counts})
    return row.id


def _is_inside(place: UUID, person: UUID) -> bool:
    last = Entry.objects.filter(place=place, person=person, was_allowed=True).order_by("-at", "-id").first()
    return last is not None and last.way == Way.IN


def _shift_at(place: UUID, person: UUID, now: datetime) -> datetime:
    """When the shift begins that the person comes for; now, where none is planned."""
    row = (
        Assignment.objects.filter(
            person=person, place=place, state=Assignment.State.PLANNED, end_at__gt=now, start_at__lte=now + EARLY
        )
        .order_by("start_at", "id")
        .first()
    )
    return row.start_at if row else now
