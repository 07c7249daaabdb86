"""Calls for people: opened, answered, listed or declined, closed; passes applied for, granted, refused, revoked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import Caller, caller
from baogong.api.v1.crew_inside import FitnessOut
from baogong.api.v1.fields import Code, Moment
from baogong.api.v1.requests import Key, WhyIn, once, once_made
from baogong.crew import queries, services
from baogong.crew.queries import SignUpNotThere
from baogong.crew.services import OFFICE, WRITERS
from baogong.people.queries.access import reach

router = Router(tags=["crew"])


class CallIn(Schema):
    place: UUID
    title: str = Field(min_length=1, max_length=120)
    works: list[Code] = Field(min_length=1, max_length=20)
    people_count: int = Field(ge=1, le=10_000)
    closes_at: Moment
    muster_at: Moment
    muster_where: str = Field(min_length=1, max_length=120)
    note: str = Field("", max_length=500)


class MusterCallOut(Schema):
    id: UUID
    place: UUID
    place_name: str
    title: str
    works: list[str]
    people_count: int
    closes_at: datetime
    muster_at: datetime
    muster_where: str
    note: str
    is_open: bool
    signed_count: int
    listed_count: int
    passes_count: int


class CallList(Schema):
    items: list[MusterCallOut]


class PassesIn(Schema):
    """Passes for these people, in one go."""

    place: UUID
    persons: list[UUID] = Field(min_length=1, max_length=2_000)
    call: UUID | None = None


class GrantIn(Schema):
    passes: list[UUID] = Field(min_length=1, max_length=2_000)
    from_at: Moment
    until_at: Moment


class PassOut(Schema):
    id: UUID
    person: UUID
    name: str
    place: UUID
    code: str
    number: str
    state: str
    from_at: datetime | None
    until_at: datetime | None


class PassList(Schema):
    items: list[PassOut]


class RefusedPassesIn(WhyIn):
    passes: list[UUID] = Field(min_length=1, max_length=2_000)


class CrewSignUpIn(Schema):
    """A person of the register, or a name and a telephone; `works` of those the call asks for, none: any."""

    person: UUID | None = None
    name: str = Field("", max_length=200)
    phone: str = Field("", max_length=30)
    employer: UUID | None = None
    home: str = Field("", max_length=200)
    works: list[Code] = Field([], max_length=20)
    note: str = Field("", max_length=240)


class ChosenSignUpsIn(Schema):
    sign_ups: list[UUID] = Field(min_length=1, max_length=2_000)


class RosterIn(Schema):
    """People of the register, as from a roster."""

    persons: list[UUID] = Field(min_length=1, max_length=2_000)


class DeclinedIn(WhyIn):
    """`why` is what they read."""

    sign_ups: list[UUID] = Field(min_length=1, max_length=2_000)


class CrewSignUpOut(Schema):
    """One answer to a call, with the newest pass of the person for its place. No telephone."""

    id: UUID
    call: UUID
    person: UUID
    name: str
    employer: UUID | None
    employer_name: str
    employer_text: str
    home: str
    works: list[str]
    note: str
    state: str
    by_link: bool
    signed_at: datetime
    why: str
    pass_id: UUID | None
    pass_code: str
    pass_state: str


class CrewSignUpList(Schema):
    items: list[CrewSignUpOut]


class MusteredOut(Schema):
    """Who is on the list: what is still missing at the muster, and the answer at its roll ("": not called)."""

    person: UUID
    name: str
    employer_name: str
    works: list[str]
    pass_code: str
    pass_state: str
    fitness: FitnessOut | None
    mustered: str


class MusterList(Schema):
    items: list[MusteredOut]


@router.get("/calls", response=CallList, operation_id="crew_call_list")
def crew_call_list(request: HttpRequest) -> dict[str, Any]:
    """Calls for people, the newest muster first; of the own places."""
    who = caller(request)
    who.require_somewhere(*WRITERS)
    return {"items": queries.calls(places=reach(who.actor, *WRITERS), now=who.now)}


@router.post("/calls", response={201: MusterCallOut}, operation_id="crew_call_open")
def crew_call_open(request: HttpRequest, key: Key, given: CallIn) -> Status[queries.CallView]:
    who = caller(request)
    made = once_made(
        request, key, lambda: services.open_call(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    return Status(201, queries.call(made, now=who.now))


@router.post("/calls/{call}/close", response=MusterCallOut, operation_id="crew_call_close")
def crew_call_close(request: HttpRequest, call: UUID, key: Key) -> queries.CallView:
    """Nobody signs up any more."""
    who = caller(request)
    once(request, key, lambda: services.close_call(call=call, actor=who.actor, now=who.now))
    return queries.call(call, now=who.now)


@router.get("/calls/{call}/sign-ups", response=CrewSignUpList, operation_id="crew_sign_up_list")
def crew_sign_up_list(request: HttpRequest, call: UUID) -> dict[str, Any]:
    """Everybody who answered, in the order they did."""
    return _sign_ups(caller(request), call)


@router.post("/calls/{call}/sign-ups", response={201: CrewSignUpOut}, operation_id="crew_sign_up")
def crew_sign_up(request: HttpRequest, call: UUID, key: Key, given: CrewSignUpIn) -> Status[queries.SignUpView]:
    """Somebody answers by telephone; the office writes it down."""
    who = caller(request)
    # A number is kept nowhere that a hash of it would give it away.
    content = given.model_dump(mode="json") | {"phone": services.phone_mark(given.phone).hex()}
    made = once_made(
        request,
        key,
        lambda: services.sign_up(call=call, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        content,
    )
    return Status(201, queries.sign_up(made, now=who.now))


@router.post("/calls/{call}/list", response=CrewSignUpList, operation_id="crew_list_up")
def crew_list_up(request: HttpRequest, call: UUID, key: Key, given: ChosenSignUpsIn) -> dict[str, Any]:
    """These are on the list; all or none."""
    who = caller(request)
    _of_call(who, call, given.sign_ups)
    once(request, key, lambda: services.list_up(sign_ups=given.sign_ups, actor=who.actor, now=who.now), given)
    return _sign_ups(who, call)


@router.post("/calls/{call}/roster", response=CrewSignUpList, operation_id="crew_list_all")
def crew_list_all(request: HttpRequest, call: UUID, key: Key, given: RosterIn) -> dict[str, Any]:
    """The office puts people of the register on the list, whether they signed up or not; all or none."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.list_all(call=call, persons=given.persons, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return _sign_ups(who, call)


@router.post("/calls/{call}/decline", response=CrewSignUpList, operation_id="crew_decline")
def crew_decline(request: HttpRequest, call: UUID, key: Key, given: DeclinedIn) -> dict[str, Any]:
    """These are not on the list, for a reason they can read; all or none."""
    who = caller(request)
    _of_call(who, call, given.sign_ups)
    once(request, key, lambda: services.decline(**given.dict(), actor=who.actor, now=who.now), given)
    return _sign_ups(who, call)


@router.post("/sign-ups/{sign_up}/withdraw", response=CrewSignUpOut, operation_id="crew_sign_up_withdraw")
def crew_sign_up_withdraw(request: HttpRequest, sign_up: UUID, key: Key, given: WhyIn) -> queries.SignUpView:
    """The person does not come after all: what was planned for them shows as uncovered."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.withdraw_sign_up(sign_up=sign_up, why=given.why, actor=who.actor, now=who.now),
        given,
    )
    return queries.sign_up(sign_up, now=who.now)


@router.get("/calls/{call}/muster", response=MusterList, operation_id="crew_muster")
def crew_muster(request: HttpRequest, call: UUID) -> dict[str, Any]:
    """Who is on the list, with pass code and what is still missing."""
    who = caller(request)
    who.require(*WRITERS, at=queries.call(call, now=who.now).place)
    return {"items": queries.muster_sheet(call, now=who.now)}


@router.get("/passes", response=PassList, operation_id="passes_list")
def passes_list(
    request: HttpRequest,
    place: UUID,
    person: UUID | None = None,
    state: Annotated[str, Query(max_length=12)] = "",
) -> dict[str, Any]:
    """Of one place, the newest first."""
    caller(request).require(*WRITERS, at=place)
    return {"items": queries.passes(place=place, person=person, state=state)}


@router.post("/passes/apply", response={201: PassList}, operation_id="passes_apply")
def passes_apply(request: HttpRequest, key: Key, given: PassesIn) -> Status[dict[str, Any]]:
    """Who has a pass that holds, or whose application runs, keeps it."""
    who = caller(request)
    once(request, key, lambda: services.apply_for_pass(**given.dict(), actor=who.actor, now=who.now), given)
    wanted = set(given.persons)
    found = [each for each in queries.passes(place=given.place) if each.person in wanted]
    return Status(201, {"items": found})


@router.post("/passes/grant", response=PassList, operation_id="passes_grant")
def passes_grant(request: HttpRequest, key: Key, given: GrantIn) -> dict[str, Any]:
    """All or none, for the same time."""
    who = caller(request)
    once(request, key, lambda: services.grant_pass(**given.dict(), actor=who.actor, now=who.now), given)
    return {"items": queries.passes(ids=given.passes)}


@router.post("/passes/refuse", response=PassList, operation_id="passes_refuse")
def passes_refuse(request: HttpRequest, key: Key, given: RefusedPassesIn) -> dict[str, Any]:
    """The authority has refused these, for a reason; all or none."""
    who = caller(request)
    once(request, key, lambda: services.refuse_pass(**given.dict(), actor=who.actor, now=who.now), given)
    return {"items": queries.passes(ids=given.passes)}


@router.post("/passes/{pass_id}/revoke", response=PassOut, operation_id="pass_revoke")
def pass_revoke(request: HttpRequest, pass_id: UUID, key: Key, given: WhyIn) -> queries.PassView:
    """A granted pass ends now; who is inside shows as lapsed."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.revoke_pass(pass_id=pass_id, why=given.why, actor=who.actor, now=who.now),
        given,
    )
    (view,) = queries.passes(ids=[pass_id])
    return view


def _sign_ups(who: Caller, call: UUID) -> dict[str, Any]:
    who.require(*OFFICE, at=queries.call(call, now=who.now).place)
    return {"items": queries.sign_ups(call, now=who.now)}


def _of_call(who: Caller, call: UUID, sign_ups: Collection[UUID]) -> None:
    """Raises SignUpNotThere for one of another call, NotYourPlace."""
    known = {view.id for view in _sign_ups(who, call)["items"]}
    if strange := set(sign_ups) - known:
        raise SignUpNotThere("There is no such sign-up.", where=str(min(strange)), cure="Choose one from the call.")
