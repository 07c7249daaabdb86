"""Parties: whoever can own, hold, give or receive; and the names they go by."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import EVERY_DUTY, OFFICE, REGISTRARS, Caller, caller
from baogong.api.v1.fields import SPELLINGS_MAX, Chosen, Name
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.kernel.errors import NotFound
from baogong.people.queries import parties as queries
from baogong.people.services import parties as services

router = Router(tags=["parties"])

REGISTER_MAX = 50_000
IN_PUBLIC_LIFE = ("ORGANISATION", "SITE", "TEAM", "VEHICLE")  # natural persons are the whole office's to see
Kind = Literal["ORGANISATION", "SITE", "TEAM", "PERSON", "VEHICLE"]


class PartyIn(Schema):
    kind: Kind
    name: str = Field(min_length=1, max_length=200)
    name_en: str = Field("", max_length=200)
    city: str = Field("", max_length=60)
    aliases: list[Name] = Field([], max_length=SPELLINGS_MAX)


class PartyOut(Schema):
    """`nevers` are texts that must never mean this party."""

    id: UUID
    kind: str
    name: str
    name_en: str
    city: str
    aliases: list[str]
    nevers: list[str]


class PartyPage(Page):
    items: list[PartyOut]


class PartyCandidateOut(Schema):
    party: PartyOut
    score: float
    why: str


class PartyFoundOut(Schema):
    """`status` EXACT, LIKELY (a person confirms) or NONE."""

    status: str
    party: PartyOut | None
    candidates: list[PartyCandidateOut]


class AliasIn(Schema):
    """With `never`, the text must not be taken for the party."""

    text: str = Field(min_length=1, max_length=200)
    never: bool = False


@router.get("", response=PartyPage, operation_id="party_list")
def party_list(
    request: HttpRequest, kind: Kind | None = None, city: Chosen | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """Parties; natural persons only for the office."""
    seen = _kinds_seen(caller(request))
    kinds = [one for one in seen if kind in (None, one)]
    return page_of(queries.parties(kinds=kinds, city=city, most=REGISTER_MAX), after=after, limit=limit)


@router.get("/resolve", response=PartyFoundOut, operation_id="party_resolve")
def party_resolve(
    request: HttpRequest, text: Annotated[str, Query(min_length=1, max_length=200)], city: Chosen = ""
) -> queries.Resolution:
    """Whom a text means. Only an equal name or alias is EXACT; a person decides everything else."""
    return queries.resolve(text, city=city, kinds=_kinds_seen(caller(request)))


@router.get("/{party}", response=PartyOut, operation_id="party_get")
def party_get(request: HttpRequest, party: UUID) -> queries.PartyView:
    found = queries.party(party)
    if found.kind not in _kinds_seen(caller(request)):
        raise NotFound("There is no such party.", where=str(party))
    return found


@router.post("", response={201: PartyOut}, operation_id="party_register")
def party_register(request: HttpRequest, key: Key, given: PartyIn) -> Status[queries.PartyView]:
    """Register a party, or find the one of this kind, name and city."""
    who = caller(request)
    who.require(*REGISTRARS)
    made = once_made(
        request,
        key,
        lambda: services.register_party(**given.dict(), now=who.now, request_id=key, confirmed_by=who.actor.person_id),
        given,
    )
    return Status(201, queries.party(made))


@router.post("/{party}/aliases", response=PartyOut, operation_id="party_alias_add")
def party_alias_add(request: HttpRequest, party: UUID, key: Key, given: AliasIn) -> queries.PartyView:
    """From now on this text means the party, or must never mean it."""
    who = caller(request)
    who.require(*REGISTRARS)
    say = services.never_alias if given.never else services.add_alias
    once(
        request,
        key,
        lambda: say(party=party, text=given.text, now=who.now, confirmed_by=who.actor.person_id),
        given,
    )
    return queries.party(party)


def _kinds_seen(who: Caller) -> tuple[str, ...]:
    who.require_somewhere(*EVERY_DUTY)
    return (*IN_PUBLIC_LIFE, "PERSON") if who.actor.may_any(*OFFICE) else IN_PUBLIC_LIFE
