"""Communities counted by their households, and what one person of a group uses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller, office
from baogong.api.v1.fields import Chosen, Digest, ItemName, Moment
from baogong.api.v1.needs import NeedOut
from baogong.api.v1.requests import Key, item_id, once, once_made
from baogong.needs import queries, services
from baogong.needs.queries import figures, households
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.needs.services import households as counting
from baogong.needs.views import NeedView

router = Router(tags=["trust"])

GroupCode = Literal["CLINICIAN", "PERSON", "ADULT", "OLD", "INFANT", "CHRONIC", "PREGNANT"]


class UseIn(Schema):
    """What one person of the group uses in `per_days` days."""

    item: ItemName
    group: GroupCode
    amount_milli: int = Field(ge=1, le=2**31 - 1)
    per_days: int = Field(1, ge=1, le=366)


class UseSetIn(UseIn):
    """`seen` comes from the preview: what was shown is what is applied, or nothing is."""

    ground: Literal["PUBLISHED", "ESTIMATE"]
    source: str = Field(min_length=1, max_length=240)
    seen: Digest


class UseOut(Schema):
    item: UUID
    group: str
    amount_milli: int
    per_days: int
    ground: str
    source: str
    set_at: datetime | None
    set_by_name: str


class UseListOut(Schema):
    items: list[UseOut]


class EffectOut(Schema):
    need: NeedOut
    before: int | None
    after: int | None
    counted_before: int | None
    counted_after: int | None
    is_below_promised: bool


class EffectListOut(Schema):
    """`seen` stands for exactly these effects."""

    items: list[EffectOut]
    seen: str


class CommunityOut(Schema):
    community: UUID
    name: str
    city: str
    households: int
    persons: int
    adults: int
    old: int
    infants: int
    chronic: int
    pregnant: int
    counted_at: datetime


class CommunityListOut(Schema):
    items: list[CommunityOut]


class HouseholdIn(Schema):
    """Adults, old (≥ 70) and infants (< 3) divide a household; the ill and the pregnant are among them."""

    code: str = Field(min_length=1, max_length=40)
    adults: int = Field(0, ge=0, le=1000)
    old: int = Field(0, ge=0, le=1000)
    infants: int = Field(0, ge=0, le=1000)
    chronic: int = Field(0, ge=0, le=1000)
    pregnant: int = Field(0, ge=0, le=1000)


class CommunityNeedIn(Schema):
    item: ItemName
    days_count: int = Field(ge=1, le=366)
    urgency: int = Field(3, ge=1, le=4)
    due_at: Moment | None = None


class SeenIn(Schema):
    seen: Digest


@router.get("/uses", response=UseListOut, operation_id="use_list")
def use_list(request: HttpRequest) -> dict[str, Any]:
    """What one person uses of each item, by group, with its source."""
    office(request)
    return {"items": figures.all_uses()}


@router.get("/uses/effects", response=EffectListOut, operation_id="use_effects")
def use_effects(
    request: HttpRequest,
    item: Chosen,
    group: GroupCode,
    amount_milli: Annotated[int, Query(ge=1, le=2**31 - 1)],
    per_days: Annotated[int, Query(ge=1, le=366)] = 1,
) -> dict[str, Any]:
    """Which needs would become what. Nothing is written."""
    office(request)
    found = services.preview_use(item=item_id(item), group=group, amount_milli=amount_milli, per_days=per_days)
    return {"items": found, "seen": figures.seen_hash(found)}


@router.post("/uses", response=EffectListOut, operation_id="use_set")
def use_set(request: HttpRequest, key: Key, given: UseSetIn) -> dict[str, Any]:
    """The house's figure from now on; the needs that rest on it follow."""
    who = caller(request)
    done: list[figures.Effect] = []

    def act() -> None:
        done.extend(
            services.set_use(
                **given.dict() | {"item": item_id(given.item)}, actor=who.actor, now=who.now, request_id=key
            )
        )

    once(request, key, act, given)
    return {"items": done, "seen": given.seen}


@router.get("/communities", response=CommunityListOut, operation_id="community_list")
def community_list(request: HttpRequest) -> dict[str, Any]:
    """Sums by group, of the caller's communities; households are shown only to their clerks, on the pages."""
    who = caller(request)
    who.require_somewhere(*OFFICE)
    return {"items": households.communities(receivers_within(who.actor))}


@router.post("/communities/{community}/households", response=CommunityOut, operation_id="household_count")
def household_count(request: HttpRequest, community: UUID, key: Key, given: HouseholdIn) -> households.CommunityView:
    """One household as counted now; the same code again takes the place of the earlier count."""
    who = caller(request)
    facts = given.dict()
    code = facts.pop("code")
    once_made(
        request,
        key,
        lambda: counting.count_household(
            community=community, code=code, counts=counting.Counts(**facts), actor=who.actor, now=who.now
        ),
        given,
    )
    return households.communities([community])[0]


@router.post("/communities/{community}/needs", response={201: NeedOut}, operation_id="community_need_ask")
def community_need_ask(request: HttpRequest, community: UUID, key: Key, given: CommunityNeedIn) -> Status[NeedView]:
    """A need for so many days from the households counted and the house's uses."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: counting.ask_for_community(
            community=community,
            **given.dict() | {"item": item_id(given.item)},
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.need(made))


@router.get("/communities/{community}/recount", response=EffectListOut, operation_id="community_effects")
def community_effects(request: HttpRequest, community: UUID) -> dict[str, Any]:
    """What the households as counted now would make of the community's open needs."""
    require_sight(caller(request).actor, community)
    found = counting.preview_recount(community=community)
    return {"items": found, "seen": figures.seen_hash(found)}


@router.post("/communities/{community}/recount", response=EffectListOut, operation_id="community_recount")
def community_recount(request: HttpRequest, community: UUID, key: Key, given: SeenIn) -> dict[str, Any]:
    """The community's needs rest on its households as counted now."""
    who = caller(request)
    done: list[figures.Effect] = []
    once(
        request,
        key,
        lambda: done.extend(counting.recount(community=community, seen=given.seen, actor=who.actor, now=who.now)),
        given,
    )
    return {"items": done, "seen": given.seen}
