"""Who is wanted, who is assigned, who stands in. Nobody without valid proof is assigned, nobody is at two places."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.crew.models import Assignment, Wanted
from baogong.crew.queries.fitness import fitness
from baogong.crew.services.duties import WRITERS, known, utc
from baogong.crew.services.shifts import LONGEST
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party

State = Assignment.State
WORKS: tuple[str, ...] = tuple(Assignment.Work.values)
PEOPLE_MAX = 10_000


class AssignmentUnusable(UnusableInput):
    """No person can work like this."""

    code = "crew.assignment-unusable"


class Unfit(BaogongError):
    """A proof is missing that the place asks for."""

    kind, code = Kind.REFUSED, "crew.unfit"


class PlannedAlready(BaogongError):
    """The person is planned for that time already, here or elsewhere."""

    kind, code = Kind.CONFLICT, "crew.planned-already"


class AssignmentEnded(BaogongError):
    """The assignment was withdrawn, or is over."""

    kind, code = Kind.CONFLICT, "crew.assignment-ended"


@transaction.atomic
@recorded("crew.wanted")
def want(
    *, place: UUID, work: str, start_at: datetime, end_at: datetime, people_count: int, actor: Actor, now: datetime
) -> UUID:
    """So many are wanted for a work at the place in these hours; said again it is another number, 0 nobody."""
    actor.require(*WRITERS, at=place)
    known(others=[place])
    if not work.strip() or end_at <= start_at or not 0 <= people_count <= PEOPLE_MAX:
        raise AssignmentUnusable(
            "Say which work, from when to when, and how many. Nothing was written.",
            where="wanted",
            found=f"{work}; {utc(start_at)} – {utc(end_at)} UTC; {people_count}",
            expected=f"a work, an end after the beginning, 0 to {PEOPLE_MAX}",
            cure="Correct what is missing.",
        )
    row, _ = Wanted.objects.update_or_create(
        place_id=place,
        work=work.strip()[:60],
        start_at=start_at,
        end_at=end_at,
        defaults={"people_count": people_count, "said_at": now, "said_by_name": actor.name},
    )
    record(
        kind="crew.wanted",
        actor=actor,
        now=now,
        subject=place,
        data={"wanted": str(row.id), "people_count": people_count},
    )
    return row.id


@transaction.atomic
@recorded("crew.assigned")
def assign(
    *,
    person: UUID,
    place: UUID,
    work: str,
    start_at: datetime,
    end_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    The person is planned for the work in `[start_at, end_at)`; returns the assignment.

    Every proof must be there for the beginning. Only what is given on the day itself (antigen test, temperature) may
    still come, while there is time for it; until it has, `queries.assigned` does not count on them. A proof that runs
    out before the end is no refusal: the person is counted on until then.

    Raises AssignmentUnusable, Unfit, PlannedAlready, NotOfTheRegister, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(*WRITERS, at=place)
    content = content_of(person=person, place=place, work=work, start_at=start_at, end_at=end_at)
    lock_word(f"crew {person}")
    earlier = made_before(Assignment, request_id, content)
    if earlier is not None:
        return earlier.id
    row = _planned(person, place, work, start_at, end_at, actor, now, request_id, content)
    record(
        kind="crew.assigned",
        actor=actor,
        now=now,
        subject=person,
        data={"assignment": str(row.id), "place": str(place)},
    )
    return row.id


@transaction.atomic
@recorded("crew.assigned")
def assign_all(
    *,
    persons: Collection[UUID],
    place: UUID,
    work: str,
    start_at: datetime,
    end_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> tuple[UUID, ...]:
    """Several for the same work and hours, all or none. Raises what `assign` raises; AssignmentUnusable for nobody."""
    if not persons:
        raise AssignmentUnusable(
            "Choose who is to work. Nothing was written.",
            where="person",
            found=0,
            expected="at least one",
            cure="Tick the people.",
        )
    return tuple(
        assign(
            person=person,
            place=place,
            work=work,
            start_at=start_at,
            end_at=end_at,
            actor=actor,
            now=now,
            request_id=derived_id(request_id, person),
        )
        for person in sorted(set(persons))
    )


@transaction.atomic
@recorded("crew.unassigned")
def unassign(*, assignment: UUID, why: str, actor: Actor, now: datetime) -> None:
    """
    The person is not planned any more: from now on where it has begun, at all where not.

    Raises AssignmentEnded, AssignmentUnusable (no reason), NotYourPlace.
    """
    row = lock_row(Assignment.objects.all(), assignment)
    actor.require(*WRITERS, at=row.place_id)
    lock_word(f"crew {row.person_id}")
    _require_reason(why)
    _end(row, now, why, actor, now)
    record(
        kind="crew.unassigned",
        actor=actor,
        now=now,
        subject=row.person_id,
        data={"assignment": str(row.id), "place": str(row.place_id)},
    )


@transaction.atomic
@recorded("crew.stood-in")
def stand_in(
    *,
    assignment: UUID,
    person: UUID,
    why: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    from_at: datetime | None = None,
) -> UUID:
    """
    Somebody takes the rest of an assignment over, from `from_at` (now, where it has begun); returns the new assignment.

    Raises AssignmentEnded, Unfit, PlannedAlready, AssignmentUnusable, NotOfTheRegister, NotYourPlace, RequestIdReused.
    """
    row = lock_row(Assignment.objects.all(), assignment)
    actor.require(*WRITERS, at=row.place_id)
    for each in sorted({row.person_id, person}):
        lock_word(f"crew {each}")
    content = content_of(stands_in_for=assignment, person=person, from_at=from_at)
    earlier = made_before(Assignment, request_id, content)
    if earlier is not None:
        return earlier.id
    _require_reason(why)
    start_at, end_at = max(row.start_at, from_at or now), row.end_at
    _end(row, start_at, why, actor, now)
    made = _planned(
        person, row.place_id, row.work, start_at, end_at, actor, now, request_id, content, why=why, stands_in_for=row
    )
    record(
        kind="crew.stood-in",
        actor=actor,
        now=now,
        subject=person,
        data={"assignment": str(made.id), "for": str(assignment), "place": str(row.place_id)},
    )
    return made.id


def _planned(
    person: UUID,
    place: UUID,
    work: str,
    start_at: datetime,
    end_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    content: UUID,
    *,
    why: str = "",
    stands_in_for: Assignment | None = None,
) -> Assignment:
    """The row, once everything was looked at; the person's word is locked."""
    names = known(persons=[person], others=[place])
    if not work.strip() or end_at <= start_at or end_at <= now or end_at - start_at > LONGEST:
        raise AssignmentUnusable(
            "An assignment has a work, ends after it begins and in the future, and lasts 16 hours at most. "
            "Nothing was written.",
            where=names[person].name,
            found=f"{work}; {utc(start_at)} – {utc(end_at)} UTC",
            expected=f"a work; at most 16 h; after {utc(now)} UTC",
            cure="Correct the times, or plan two shifts with the rest between.",
        )
    _refuse_overlap(person, start_at, end_at)
    judged = fitness([person], place=place, window=Window(max(start_at, now), end_at), now=now)[person]
    if not judged.is_fit and not judged.is_expected:
        raise Unfit(
            f"{names[person].name} may not work at {names[place].name}: "
            f"{'; '.join(reason.text_en for reason in judged.reasons)}. Nothing was written.",
            where=names[person].name,
            found="; ".join(reason.text_en for reason in judged.reasons),
            expected="every proof the place asks for, valid at the beginning",
            cure="Get the proof, or choose somebody else.",
            told_zh="；".join(reason.text_zh for reason in judged.reasons),
            reasons=[reason.code for reason in judged.reasons],
        )
    return Assignment.objects.create(
        person_id=person,
        place_id=place,
        work=work.strip()[:60],
        start_at=start_at,
        end_at=end_at,
        stands_in_for=stands_in_for,
        made_at=now,
        by_name=actor.name,
        why=why.strip()[:240],
        request_id=request_id,
        content=content,
    )


def _refuse_overlap(person: UUID, start_at: datetime, end_at: datetime) -> None:
    """Half-open: one may begin when another ends."""
    found = (
        Assignment.objects.filter(person=person, state=State.PLANNED, start_at__lt=end_at, end_at__gt=start_at)
        .select_related("place")
        .order_by("start_at", "id")
        .first()
    )
    if found is not None:
        raise PlannedAlready(
            f"{party(person).name} is planned from {utc(found.start_at)} to {utc(found.end_at)} UTC at "
            f"{found.place.name}. Nothing was written.",
            where=found.place.name,
            found=f"{utc(found.start_at)} – {utc(found.end_at)} UTC",
            expected="one place at a time",
            cure="Choose other hours or another person, or withdraw that assignment first.",
        )


def _end(row: Assignment, at: datetime, why: str, actor: Actor, now: datetime) -> None:
    if row.state == State.WITHDRAWN or row.end_at <= max(at, now):
        raise AssignmentEnded(
            "This assignment was withdrawn, or is over. Nothing was changed.",
            where=str(row.id),
            found=row.state if row.state == State.WITHDRAWN else f"{utc(row.end_at)} UTC",
            expected="an assignment that runs or is to come",
            cure="Open the plan again and choose from it.",
        )
    if at <= row.start_at:
        row.state = State.WITHDRAWN
    else:
        row.end_at = at
    row.why, row.ended_by_name = why.strip()[:240], actor.name
    row.save(update_fields=["state", "end_at", "why", "ended_by_name"])


def _require_reason(why: str) -> None:
    if not why.strip():
        raise AssignmentUnusable(
            "Say why. Nothing was changed.", where="why", found="", expected="a reason", cure="Write why."
        )
