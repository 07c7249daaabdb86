"""What receivers ask for, and what they were promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import (
    NAMES_MAX,
    SPELLINGS_MAX,
    Amount,
    Days,
    ItemName,
    Moment,
    Note,
    Number,
    PerPerson,
    Standard,
)
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.needs import queries, services
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.needs.views import NeedState, NeedView

router = Router(tags=["needs"])


class NeedIn(Schema):
    """
    A need: by `quantity`, or by `people_count` × `days_count` (× `daily_use_milli`), or without upper limit.

    `apart_from` names open needs of the same receiver and item that are other needs than this one.
    """

    receiver: UUID
    item: ItemName
    quantity: Amount | None = None
    people_count: Number | None = Field(None, ge=1)
    days_count: Days | None = None
    daily_use_milli: PerPerson | None = None
    has_no_limit: bool = False
    site: UUID | None = Field(None, description="Where a team or an organisation is met.")
    urgency: int = Field(3, ge=1, le=4, description="1 extreme, 2 severe, 3 moderate, 4 minor.")
    standards: list[Standard] = Field([], max_length=SPELLINGS_MAX)
    use: Literal["MEDICAL", "COMMUNITY"] = "MEDICAL"
    source: Note = ""
    note: Note = ""
    asked_at: Moment | None = None
    due_at: Moment | None = None
    proof: UUID | None = Field(None, description="A proof that is kept already: the document `need_proof_add` answers.")
    is_verified: bool = Field(False, description="The caller rang back or saw the proof.")
    apart_from: list[UUID] = Field([], max_length=NAMES_MAX)


class NeedCountIn(Schema):
    """A cap, or people × days × daily use."""

    quantity: Amount | None = None
    people_count: Number | None = Field(None, ge=1)
    days_count: Days | None = None
    daily_use_milli: PerPerson | None = None
    why: Note = ""


class NeedVerifyIn(Schema):
    how: str = Field("", max_length=240)


class NeedCancelIn(Schema):
    why: Note = Field(min_length=1)


class NeedOut(Schema):
    """
    `counted` is what the need stands for itself: not what its parts ask for, nothing where it is another's double.

    `open` is what of it is neither met nor promised; null where no amount is set.
    """

    id: UUID
    receiver: UUID
    receiver_name: str
    receiver_kind: str
    site: UUID | None
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    basis: str
    quantity: int | None
    people_count: int | None
    days_count: int | None
    daily_use_milli: int | None
    urgency: int
    standards: list[str]
    use: str
    source: str
    note: str
    asked_at: datetime
    fresh_until: datetime
    due_at: datetime | None
    verified_by: UUID | None
    committed: int
    met: int
    open: int | None
    state: NeedState
    counted: int | None
    left_to_sign: int | None
    asked_as: str
    verified_at: datetime | None
    verified_how: str
    doubt: str
    tie_kind: str
    tied_to: UUID | None


class NeedPage(Page):
    items: list[NeedOut]


class AllotmentOut(Schema):
    """A promise to a receiver and its fate: still at its origin, under way, signed for, released."""

    id: UUID
    need: UUID | None
    receiver: UUID
    at_site: UUID
    item: UUID
    lot: UUID
    amount: int
    hold: UUID
    plan: UUID | None
    document: UUID
    due_at: datetime | None
    reason: str
    placed_at: datetime
    is_undone: bool
    committed: int
    met: int
    released: int
    at_origin: int


class NeedWithPromisesOut(Schema):
    need: NeedOut
    allotments: list[AllotmentOut]


@router.get("", response=NeedPage, operation_id="need_list")
def need_list(
    request: HttpRequest,
    state: NeedState | None = None,
    is_stale: bool | None = None,
    has_amount: bool | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The board of needs, of the caller's places; `is_stale`: older than 48 hours and not renewed."""
    who = caller(request)
    who.require_somewhere(*OFFICE)
    within = receivers_within(who.actor)
    rows = queries.needs_board(who.now, state=state, is_stale=is_stale, has_amount=has_amount, within=within)
    return page_of(rows, after=after, limit=limit)


@router.get("/{need}", response=NeedWithPromisesOut, operation_id="need_get")
def need_get(request: HttpRequest, need: UUID) -> dict[str, Any]:
    """A need, and what was promised for it."""
    found = queries.need(need)
    require_sight(caller(request).actor, found.receiver)
    return {"need": found, "allotments": queries.allotments(need_id=need)}


@router.post("", response={201: NeedOut}, operation_id="need_ask")
def need_ask(request: HttpRequest, key: Key, given: NeedIn) -> Status[NeedView]:
    """Write a need down. It is fresh for 48 hours."""
    who = caller(request)
    facts = given.dict(exclude={"is_verified", "apart_from"}) | {"standards": tuple(given.standards)}
    made = once_made(
        request,
        key,
        lambda: services.ask(
            need=services.Asked(**facts | {"item": item_id(given.item)}),
            is_verified=given.is_verified,
            apart_from=given.apart_from,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.need(made))


@router.post("/{need}/count", response=NeedOut, operation_id="need_count")
def need_count(request: HttpRequest, need: UUID, key: Key, given: NeedCountIn) -> NeedView:
    """Make a need countable, or correct its amount."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.set_amount(need=need, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return queries.need(need)


@router.post("/{need}/renew", response=NeedOut, operation_id="need_renew")
def need_renew(request: HttpRequest, need: UUID, key: Key) -> NeedView:
    """The receiver still needs it: fresh for another 48 hours."""
    who = caller(request)
    once(request, key, lambda: services.renew(need=need, actor=who.actor, now=who.now))
    return queries.need(need)


@router.post("/{need}/verify", response=NeedOut, operation_id="need_verify")
def need_verify(request: HttpRequest, need: UUID, key: Key, given: NeedVerifyIn) -> NeedView:
    """A person rang back or saw the proof."""
    who = caller(request)
    once(request, key, lambda: services.verify(need=need, how=given.how, actor=who.actor, now=who.now), given)
    return queries.need(need)


@router.post("/{need}/cancel", response=NeedOut, operation_id="need_cancel")
def need_cancel(request: HttpRequest, need: UUID, key: Key, given: NeedCancelIn) -> NeedView:
    """It is not needed any more, or was never real. What is promised stays promised."""
    who = caller(request)
    once(request, key, lambda: services.cancel(need=need, why=given.why, actor=who.actor, now=who.now), given)
    return queries.need(need)
