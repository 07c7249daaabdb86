"""Items of the catalogue."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import EVERY_DUTY, REGISTRARS, caller
from baogong.api.v1.fields import SPELLINGS_MAX, ItemInPath, Name, PerDay
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once_made, page_of
from baogong.catalogue import queries
from baogong.catalogue.services import add_item

router = Router(tags=["items"])


class ItemIn(Schema):
    """`code` is made from the name where it is empty; `daily_use` is base units per clinician and day."""

    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field("", max_length=120)
    code: str = Field("", max_length=60)
    unit: str = Field(
        "PIECE", max_length=8, description="PIECE SET PAIR BOTTLE PACK … of which amounts are whole numbers."
    )
    category: str = Field("", max_length=40)
    daily_use: PerDay | None = None
    aliases: list[Name] = Field([], max_length=SPELLINGS_MAX)


class ItemOut(Schema):
    id: UUID
    code: str
    name_zh: str
    name_en: str
    unit: str
    category: str
    daily_use_milli: int | None
    aliases: list[str]
    standards: list[str]


class ItemPage(Page):
    items: list[ItemOut]


class ItemCandidateOut(Schema):
    item: ItemOut
    score: float
    why: str


class ItemFoundOut(Schema):
    """`status` EXACT, LIKELY (a person confirms) or NONE."""

    status: str
    item: ItemOut | None
    candidates: list[ItemCandidateOut]


@router.get("", response=ItemPage, operation_id="item_list")
def item_list(request: HttpRequest, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    """Every item of the catalogue."""
    caller(request).require_somewhere(*EVERY_DUTY)
    return page_of(queries.items(), after=after, limit=limit)


@router.get("/find", response=ItemFoundOut, operation_id="item_find")
def item_find(request: HttpRequest, text: Annotated[str, Query(min_length=1, max_length=200)]) -> queries.Found:
    """What item a text names: its own name, an alias, or what it may be."""
    caller(request).require_somewhere(*EVERY_DUTY)
    return queries.find_item(text)


@router.get("/{item}", response=ItemOut, operation_id="item_get")
def item_get(request: HttpRequest, item: ItemInPath) -> queries.ItemView:
    """One item, by code or id."""
    caller(request).require_somewhere(*EVERY_DUTY)
    return queries.item(item_id(item))


@router.post("", response={201: ItemOut}, operation_id="item_add")
def item_add(request: HttpRequest, key: Key, given: ItemIn) -> Status[queries.ItemView]:
    """Add an item, or find the one of this code and names."""
    caller(request).require(*REGISTRARS)
    return Status(201, queries.item(once_made(request, key, lambda: add_item(**given.dict()), given)))
