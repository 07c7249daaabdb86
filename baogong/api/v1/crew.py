"""Volunteers: signed on, signed off, corrected by two, their hours summed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Moment
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.crew import queries, services
from baogong.crew.queries import ShiftView
from baogong.journal import queries as journal
from baogong.kernel.actor import Duty

router = Router(tags=["crew"])

READERS = (*OFFICE, Duty.KEEPER)


class ShiftOut(Schema):
    """One stay on duty; `end_at` null: on duty now."""

    id: UUID
    person: UUID
    person_name: str
    place: UUID
    place_name: str
    party: UUID | None
    party_name: str
    work: str
    start_at: datetime
    end_at: datetime | None
    minutes: int
    on_by_name: str
    off_by_name: str
    is_void: bool
    corrections: int


class ShiftPage(Page):
    items: list[ShiftOut]


class SignOnIn(Schema):
    """`start_at` and `end_at`: from a paper list; absent: now, and still on duty."""

    person: UUID
    place: UUID
    work: str = Field(min_length=1, max_length=60)
    party: UUID | None = None
    start_at: Moment | None = None
    end_at: Moment | None = None


class SignOffIn(Schema):
    end_at: Moment | None = Field(None, description="Absent: now.")


class ShiftCorrectionIn(Schema):
    """Both moments null: the shift never was."""

    start_at: Moment | None
    end_at: Moment | None
    why: str = Field(min_length=1, max_length=240)


class ShiftCorrectionOut(Schema):
    """It holds once a second person has signed the document."""

    document: UUID
    number: str
    state: str


class HoursOut(Schema):
    person: UUID
    person_name: str
    party: UUID | None
    party_name: str
    shifts: int
    minutes: int


class HoursList(Schema):
    items: list[HoursOut]


@router.get("/shifts", response=ShiftPage, operation_id="shift_list")
def shift_list(
    request: HttpRequest,
    place: UUID | None = None,
    person: UUID | None = None,
    party: UUID | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    is_open: bool = False,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Shifts, the newest first; a keeper sees those at the own site."""
    rows = queries.shifts(
        places=_places(request, place), person=person, party=party, since=since, until=until, is_open=is_open
    )
    return page_of(rows, after=after, limit=limit, newest_first=True)


@router.post("/shifts", response={201: ShiftOut}, operation_id="shift_sign_on")
def shift_sign_on(request: HttpRequest, key: Key, given: SignOnIn) -> Status[ShiftView]:
    who = caller(request)
    made = once_made(
        request, key, lambda: services.sign_on(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.shift(made))


@router.post("/shifts/{shift}/sign-off", response=ShiftOut, operation_id="shift_sign_off")
def shift_sign_off(request: HttpRequest, shift: UUID, key: Key, given: SignOffIn) -> ShiftView:
    who = caller(request)
    once(request, key, lambda: services.sign_off(shift=shift, end_at=given.end_at, actor=who.actor, now=who.now), given)
    return queries.shift(shift)


@router.post("/shifts/{shift}/correct", response={201: ShiftCorrectionOut}, operation_id="shift_correct")
def shift_correct(request: HttpRequest, shift: UUID, key: Key, given: ShiftCorrectionIn) -> Status[dict[str, Any]]:
    """Say what a shift really was; a second person signs."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.correct_shift(shift=shift, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    paper = journal.document(made)
    return Status(201, {"document": paper.id, "number": paper.number, "state": paper.state})


@router.get("/hours", response=HoursList, operation_id="hours_sum")
def hours_sum(
    request: HttpRequest,
    place: UUID | None = None,
    party: UUID | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, Any]:
    """Minutes by person and party; only what lies in `[since, until)` counts."""
    found = queries.shifts(places=_places(request, place), party=party, since=since, until=until)
    return {"items": queries.hours(found, since=since, until=until)}


def _places(request: HttpRequest, wanted: UUID | None) -> list[UUID] | None:
    seen = caller(request).sites(*READERS)
    if wanted is None:
        return None if seen is None else sorted(seen)
    return [wanted] if seen is None or wanted in seen else []
