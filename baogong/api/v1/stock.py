"""What stands where, counted and frozen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import (
    LINES_MAX,
    Amount,
    Chosen,
    Count,
    Day,
    ItemName,
    Moment,
    Name,
    Note,
    Number,
    Standard,
    Story,
    Words,
)
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.catalogue.queries import items
from baogong.kernel.actor import Duty
from baogong.kernel.ids import derived_id
from baogong.supply import queries, services
from baogong.supply.views import FreezeView, OptionConsidered, ReliefStock, StockRow

router = Router(tags=["stock"])

READERS = (*OFFICE, Duty.KEEPER)


class StockOut(Schema):
    """One item at one site, from the book; amounts in base units of the item."""

    site: UUID
    site_name: str
    item: UUID
    item_code: str
    counted: int
    sold: int
    committed: int
    frozen: int
    given: int
    promised: int
    relief_free: int
    retail_free: int


class StockPage(Page):
    items: list[StockOut]


class ReliefOut(Schema):
    """One lot of relief stock at one site, with its facets."""

    site: UUID
    state: str
    lot: UUID
    item: UUID
    owner: UUID
    donor: UUID | None
    earmark: UUID | None
    earmark_parties: list[UUID]
    earmark_until: date | None
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    posted: int
    held: int
    free: int


class ReliefPage(Page):
    items: list[ReliefOut]


class CountedIn(Schema):
    """`owner` absent: the site's own."""

    item: ItemName
    amount: Count
    owner: UUID | None = None
    standard: Standard = ""
    expires_on: Day | None = None
    pieces_per_carton: Number | None = Field(None, ge=1)
    batch: Name = ""


class CountIn(Schema):
    """A stock sheet. Lots it does not name are left as they are."""

    site: UUID
    counted_at: Moment | None = Field(None, description="Absent: now.")
    lines: list[CountedIn] = Field(min_length=1, max_length=2_000)


class CountOut(Schema):
    """The count's id, and how the site's stock stands after it."""

    id: UUID
    stock: list[StockOut]


class ScopeIn(Schema):
    """What is absent is any; `amount` absent: all that is free."""

    site: UUID | None = None
    item: ItemName | None = None
    owner: UUID | None = None
    amount: Amount | None = None


class OptionIn(Schema):
    text: Words = Field(min_length=1)
    is_chosen: bool = False
    declined_by: Name = ""
    why: Note = ""


class FreezeIn(Schema):
    """Exactly one option is chosen; each declined one says who declined it and why."""

    scopes: list[ScopeIn] = Field(min_length=1, max_length=500)
    decided_by: UUID
    basis: Literal["OWN_DECISION", "AUTHORITY_ORDER"]
    reason: Story = Field(min_length=1)
    options: list[OptionIn] = Field(max_length=LINES_MAX)
    start_at: Moment | None = None
    end_at: Moment | None = None


class LiftLineIn(Schema):
    site: UUID
    lot: UUID
    amount: Amount


class LiftIn(Schema):
    """`lines` absent: all that is still here and promised to nobody."""

    reason: Story = Field(min_length=1)
    lines: list[LiftLineIn] | None = Field(None, max_length=LINES_MAX)


class FreezeLineOut(Schema):
    site: UUID
    item: UUID
    lot: UUID
    amount: int
    lifted: int


class FreezeOut(Schema):
    id: UUID
    number: str
    basis: str
    decided_by: UUID
    decided_by_name: str
    reason: str
    options: list[OptionIn]
    start_at: datetime
    end_at: datetime | None
    document: UUID
    amount: int
    lifted: int
    lines: list[FreezeLineOut]


class FreezePage(Page):
    items: list[FreezeOut]


@router.get("/stock", response=StockPage, operation_id="stock_board")
def stock_board(
    request: HttpRequest, site: UUID | None = None, item: Chosen | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """What stands where: counted, sold, frozen, promised, free. A keeper sees the own site."""
    rows = queries.stock_board(sites=_sites(request, site), items=[item_id(item)] if item else None)
    page = page_of(rows, after=after, limit=limit, key=_row_id)
    return page | {"items": _named(page["items"])}


@router.get("/stock/relief", response=ReliefPage, operation_id="relief_list")
def relief_list(
    request: HttpRequest,
    site: UUID | None = None,
    item: Chosen | None = None,
    is_free: bool = True,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Frozen goods, and goods given or earmarked, by lot."""
    rows = queries.relief_stock(sites=_sites(request, site), items=[item_id(item)] if item else None, is_free=is_free)
    return page_of(rows, after=after, limit=limit, key=_relief_id)


@router.post("/stock/counts", response={201: CountOut}, operation_id="stock_count")
def stock_count(request: HttpRequest, key: Key, given: CountIn) -> Status[dict[str, Any]]:
    """Post a stock sheet of one site. What is promised to someone is never taken."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.count_stock(
            site=given.site,
            lines=[services.Counted(**line.dict() | {"item": item_id(line.item)}) for line in given.lines],
            counted_at=given.counted_at or who.now,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, {"id": made, "stock": _named(queries.stock_board(sites=[given.site]))})


@router.get("/freezes", response=FreezePage, operation_id="freeze_list")
def freeze_list(
    request: HttpRequest, in_force: bool = False, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """Freezes, the newest first; `in_force`: only those that hold now."""
    who = caller(request)
    who.require(*OFFICE)
    rows = queries.freeze_board(is_active_at=who.now if in_force else None)
    return page_of(rows, after=after, limit=limit, newest_first=True)


@router.get("/freezes/{freeze}", response=FreezeOut, operation_id="freeze_get")
def freeze_get(request: HttpRequest, freeze: UUID) -> FreezeView:
    caller(request).require(*OFFICE)
    return queries.freeze(freeze)


@router.post("/freezes", response={201: FreezeOut}, operation_id="freeze_place")
def freeze_place(request: HttpRequest, key: Key, given: FreezeIn) -> Status[FreezeView]:
    """Set free retail stock aside for relief. Paid orders still ship."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.freeze_stock(
            scopes=[
                services.Scope(
                    site=scope.site,
                    item=item_id(scope.item) if scope.item else None,
                    owner=scope.owner,
                    amount=scope.amount,
                )
                for scope in given.scopes
            ],
            decided_by=given.decided_by,
            basis=given.basis,
            reason=given.reason,
            options=[OptionConsidered(**option.dict()) for option in given.options],
            start_at=given.start_at,
            end_at=given.end_at,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.freeze(made))


@router.post("/freezes/{freeze}/lift", response=FreezeOut, operation_id="freeze_lift")
def freeze_lift(request: HttpRequest, freeze: UUID, key: Key, given: LiftIn) -> FreezeView:
    """Give frozen stock back to the shops, in whole or in part."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.lift_freeze(
            freeze=freeze,
            reason=given.reason,
            lines=None if given.lines is None else [services.Lifting(**line.dict()) for line in given.lines],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.freeze(freeze)


def _sites(request: HttpRequest, wanted: UUID | None) -> list[UUID] | None:
    """The sites the caller may see, of those it asked for; None: all of them."""
    seen = caller(request).sites(*READERS)
    if wanted is None:
        return None if seen is None else sorted(seen)
    return [wanted] if seen is None or wanted in seen else []


def _row_id(row: StockRow) -> UUID:
    return derived_id("stock row", row.site, row.item)


def _relief_id(row: ReliefStock) -> UUID:
    return derived_id("relief row", row.site, row.state, row.lot)


def _named(rows: Collection[StockRow]) -> list[dict[str, Any]]:
    """With the item's code: one query for any number of rows."""
    codes = {item.id: item.code for item in items()}
    return [
        {name: getattr(row, name) for name in row.__slots__} | {"item_code": codes.get(row.item, "")} for row in rows
    ]
