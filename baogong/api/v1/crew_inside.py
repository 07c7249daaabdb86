"""Who works inside: tests, who is fit until when, who is assigned, the gate and the roll."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Chosen, Code, Moment
from baogong.api.v1.requests import Key, MadeOut, WhyIn, once, once_made
from baogong.crew import queries, services
from baogong.crew.services import WRITERS
from baogong.kernel.windows import Window

router = Router(tags=["crew"])

Start = Annotated[Moment, Query(description="The window begins.")]
End = Annotated[Moment, Query(description="The window ends; it does not hold this moment.")]


class ReasonOut(Schema):
    """Why somebody is not fit; `is_due`: given on the day itself, and there is still time."""

    code: str
    text_zh: str
    text_en: str
    is_due: bool


class FitnessOut(Schema):
    """`fit_until` null: nothing runs out, or the person is not fit."""

    person: UUID
    is_fit: bool
    is_expected: bool
    fit_until: datetime | None
    reasons: list[ReasonOut]


class FitnessList(Schema):
    items: list[FitnessOut]


class AssignedOut(Schema):
    """Whom one may count on, from `start_at` to `end_at`: as far as every proof reaches."""

    id: UUID
    person: UUID
    name: str
    employer: UUID | None
    employer_name: str
    place: UUID
    place_name: str
    work: str
    start_at: datetime
    end_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    fit_until: datetime | None
    is_expected: bool
    stands_in_for: UUID | None


class AssignedList(Schema):
    items: list[AssignedOut]


class GapOut(Schema):
    place: UUID
    work: str
    start_at: datetime
    end_at: datetime
    wanted: int
    assigned: int
    missing: int


class GapList(Schema):
    items: list[GapOut]


class LapsedOut(Schema):
    """On duty, and a proof ran out at `since_at`, or was never there (null)."""

    person: UUID
    name: str
    employer_name: str
    place: UUID
    work: str
    since_at: datetime | None
    reasons: list[ReasonOut]


class LapsedList(Schema):
    items: list[LapsedOut]


class TestIn(Schema):
    """`sampled_at`: when the sample was taken, not when the result came."""

    person: UUID
    place: UUID
    kind: Code = Field(description="PCR or ANTIGEN")
    result: Code = Field(description="NEGATIVE or POSITIVE")
    sampled_at: Moment


class TemperatureIn(Schema):
    person: UUID
    place: UUID
    tenths: int = Field(ge=300, le=450, description="Tenths of a degree Celsius.")
    taken_at: Moment | None = None


class WantedIn(Schema):
    place: UUID
    work: str = Field(min_length=1, max_length=60)
    start_at: Moment
    end_at: Moment
    people_count: int = Field(ge=0, le=10_000)


class AssignmentIn(Schema):
    person: UUID
    place: UUID
    work: str = Field(min_length=1, max_length=60)
    start_at: Moment
    end_at: Moment


class AssignmentOut(Schema):
    id: UUID
    person: UUID
    name: str
    place: UUID
    work: str
    start_at: datetime
    end_at: datetime
    is_withdrawn: bool
    stands_in_for: UUID | None
    fitness: FitnessOut


class StandInIn(WhyIn):
    person: UUID
    from_at: Moment | None = None


class EntryIn(Schema):
    """`told`: a pass code or a name, where the person is not known."""

    place: UUID
    person: UUID | None = None
    told: str = Field("", max_length=200)


class ExitIn(Schema):
    place: UUID
    person: UUID


class EntryOut(Schema):
    """`was_allowed` false: the person was not let in; `reasons` says why."""

    id: UUID
    place: UUID
    person: UUID | None
    name: str
    told: str
    way: str
    was_allowed: bool
    reasons: list[str]
    fit_until: datetime | None
    at: datetime


class RollIn(Schema):
    """person → PRESENT, ABSENT or EXCUSED, for everybody expected."""

    place: UUID
    answers: dict[UUID, Code] = Field(min_length=1, max_length=2_000)
    call: UUID | None = None


class RollOut(Schema):
    id: UUID
    place: UUID
    call: UUID | None
    at: datetime
    counts: dict[str, int]


@router.get("/fitness", response=FitnessList, operation_id="crew_fitness")
def crew_fitness(
    request: HttpRequest,
    place: UUID,
    person: Annotated[list[UUID], Query(max_length=500)],
    start_at: Start,
    end_at: End,
) -> dict[str, Any]:
    """Whether each may work at the place from the window's start, and until when."""
    who = caller(request)
    who.require(*WRITERS, at=place)
    found = queries.fitness(person, place=place, window=_window(start_at, end_at), now=who.now)
    return {"items": [found[each] for each in dict.fromkeys(person)]}


@router.get("/assigned", response=AssignedList, operation_id="crew_assigned")
def crew_assigned(
    request: HttpRequest,
    place: UUID,
    start_at: Start,
    end_at: End,
    work: Chosen | None = None,
    and_expected: bool = False,
) -> dict[str, Any]:
    """Who may be counted on in the window, each only while every proof is there."""
    who = caller(request)
    who.require(*WRITERS, at=place)
    window = _window(start_at, end_at)
    return {"items": queries.assigned(place, window=window, now=who.now, work=work, and_expected=and_expected)}


@router.get("/uncovered", response=GapList, operation_id="crew_uncovered")
def crew_uncovered(request: HttpRequest, place: UUID, start_at: Start, end_at: End) -> dict[str, Any]:
    """Where fewer are assigned and fit than are wanted."""
    who = caller(request)
    who.require(*WRITERS, at=place)
    return {"items": queries.uncovered(place, _window(start_at, end_at), now=who.now)}


@router.get("/lapsed", response=LapsedList, operation_id="crew_lapsed")
def crew_lapsed(request: HttpRequest, place: UUID) -> dict[str, Any]:
    """Who is on duty at the place with a proof that ran out."""
    who = caller(request)
    who.require(*WRITERS, at=place)
    return {"items": queries.lapsed(place, who.now)}


@router.post("/wanted", response={201: MadeOut}, operation_id="crew_want")
def crew_want(request: HttpRequest, key: Key, given: WantedIn) -> Status[dict[str, UUID]]:
    """So many are wanted for a work in these hours; said again it is another number."""
    who = caller(request)
    made = once_made(request, key, lambda: services.want(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, {"id": made})


@router.post("/tests", response={201: MadeOut}, operation_id="test_record")
def test_record(request: HttpRequest, key: Key, given: TestIn) -> Status[dict[str, UUID]]:
    """A test that was shown at the place. The answer tells no result: tests are read on the person's page."""
    who = caller(request)
    made = once_made(
        request, key, lambda: services.record_test(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, {"id": made})


@router.post("/temperatures", response={201: MadeOut}, operation_id="temperature_take")
def temperature_take(request: HttpRequest, key: Key, given: TemperatureIn) -> Status[dict[str, UUID]]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.take_temperature(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/assignments", response={201: AssignmentOut}, operation_id="crew_assign")
def crew_assign(request: HttpRequest, key: Key, given: AssignmentIn) -> Status[queries.PlanView]:
    """Nobody whose proofs do not hold at the beginning; nobody at two places."""
    who = caller(request)
    made = once_made(
        request, key, lambda: services.assign(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.assignment(made, now=who.now))


@router.post("/assignments/{assignment}/withdraw", response=AssignmentOut, operation_id="crew_unassign")
def crew_unassign(request: HttpRequest, assignment: UUID, key: Key, given: WhyIn) -> queries.PlanView:
    """From now on where it has begun, at all where not."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.unassign(assignment=assignment, why=given.why, actor=who.actor, now=who.now),
        given,
    )
    return queries.assignment(assignment, now=who.now)


@router.post("/assignments/{assignment}/stand-in", response={201: AssignmentOut}, operation_id="crew_stand_in")
def crew_stand_in(request: HttpRequest, assignment: UUID, key: Key, given: StandInIn) -> Status[queries.PlanView]:
    """Somebody takes the rest over."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.stand_in(assignment=assignment, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, queries.assignment(made, now=who.now))


@router.post("/gate/in", response={201: EntryOut}, operation_id="gate_let_in")
def gate_let_in(request: HttpRequest, key: Key, given: EntryIn) -> Status[queries.EntryView]:
    """Looked at, let in or not, and written either way: `was_allowed` says which."""
    who = caller(request)
    made = once_made(
        request, key, lambda: services.let_in(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.entry(made))


@router.post("/gate/out", response={201: EntryOut}, operation_id="gate_let_out")
def gate_let_out(request: HttpRequest, key: Key, given: ExitIn) -> Status[queries.EntryView]:
    who = caller(request)
    made = once_made(
        request, key, lambda: services.let_out(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.entry(made))


@router.post("/roll-calls", response={201: RollOut}, operation_id="roll_call")
def roll_call(request: HttpRequest, key: Key, given: RollIn) -> Status[queries.RollCallView]:
    """Everybody expected has an answer, or nothing is written."""
    who = caller(request)
    made = once_made(
        request, key, lambda: services.call_roll(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.roll_call(made))


def _window(start_at: datetime, end_at: datetime) -> Window:
    """Raises services.AssignmentUnusable where the end is not after the beginning."""
    if end_at <= start_at:
        raise services.AssignmentUnusable(
            "The window ends before it begins. Nothing was read.",
            where="end_at",
            found=f"{start_at} – {end_at}",
            expected="an end after the beginning",
            cure="Correct the times.",
        )
    return Window(start_at, end_at)
