"""Buying: offers of suppliers with their prices' history, and plans of what to buy from whom with which money."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import NAMES_MAX, Fen, ItemInPath, ItemName, Moment, Number
from baogong.api.v1.plans import ApproveIn, PlanHeadOut, PlanPage, PlanState, plan_of_kind
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.journal.clock import current_clock
from baogong.needs.sourcing import KIND, purchases_of
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.supply import queries, services

router = Router(tags=["sourcing"])


class OfferIn(Schema):
    """Priced by the carton; a carton of 1 is sold loose. At least a fen for each unit."""

    supplier: UUID
    item: ItemName
    carton_fen: Fen = Field(gt=0)
    cartons_max: Number = Field(gt=0)
    pieces_per_carton: Number = Field(1, gt=0)
    cartons_min: Number = Field(0, ge=0)
    lead_s: Number = Field(0, ge=0)
    standard: str = Field("", max_length=40)
    valid_until: Moment | None = None
    papers: str = Field("", max_length=240)
    note: str = Field("", max_length=240)


class PriceOut(Schema):
    """What one base unit costs against the median asked and paid before; `ratio` null below three prices."""

    price_fen: float
    median_fen: float | None
    ratio: float | None
    observations: int
    is_far: bool


class OfferOut(Schema):
    id: UUID
    number: str
    supplier: UUID
    supplier_name: str
    item: UUID
    item_zh: str
    item_en: str
    standard: str
    pieces_per_carton: int
    carton_fen: int
    cartons_max: int
    cartons_left: int
    cartons_min: int
    lead_s: int
    valid_until: datetime | None
    papers: str
    note: str
    document: UUID
    offered_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str
    price: PriceOut


class OfferPage(Page):
    items: list[OfferOut]


class WithdrawIn(Schema):
    why: str = Field(min_length=1, max_length=240)


class PriceSeenOut(Schema):
    """`was_paid`: agreed in a purchase, not only asked."""

    at: datetime
    supplier_name: str
    unit_fen: float
    was_paid: bool


class PriceListOut(Schema):
    items: list[PriceSeenOut]


class BasketIn(Schema):
    """`buyer`: whose funds pay. Without the others: every fresh open need, every offer that stands, all its money."""

    buyer: UUID
    items: list[ItemName] | None = Field(None, max_length=NAMES_MAX)
    needs: list[UUID] | None = Field(None, max_length=NAMES_MAX)
    offers: list[UUID] | None = Field(None, max_length=NAMES_MAX)
    funds: list[UUID] | None = Field(None, max_length=NAMES_MAX)
    include_stale: list[UUID] | None = Field(None, max_length=NAMES_MAX)


class BuyOut(Schema):
    offer: UUID
    supplier: UUID
    need: UUID
    receiver: UUID
    item: UUID
    cartons: int
    amount: int
    price_fen: int


class BasketPaysOut(Schema):
    """`draw_on`: the day until which the fund has to last: the day the goods are due, else the day they come."""

    fund: UUID
    need: UUID
    fen: int
    draw_on: date | None = None


class StaysOpenOut(Schema):
    need: UUID
    amount: int
    why: str
    why_zh: str
    why_en: str


class OfferVerdictOut(Schema):
    offer: UUID
    taken: int
    why: str
    why_zh: str
    why_en: str


class BasketOut(Schema):
    """`gap_fen`: at most so much cheaper could a basket be that serves as much; 0 is proven cheapest."""

    plan: PlanHeadOut
    cost_fen: int
    buys: list[BuyOut]
    pays: list[BasketPaysOut]
    open: list[StaysOpenOut]
    verdicts: list[OfferVerdictOut]
    gap_fen: int
    stopped_because: Literal["OPTIMAL", "TIME"]
    purchases: list[UUID]


@router.get("/offers", response=OfferPage, operation_id="offer_list")
def offer_list(request: HttpRequest, after: After = None, limit: Limit = 100, is_open: bool = True) -> dict[str, Any]:
    """What suppliers offer, the newest first."""
    caller(request).require(*OFFICE)
    found = queries.open_offers(current_clock().now()) if is_open else queries.offers()
    return page_of(found, after=after, limit=limit, newest_first=True)


@router.post("/offers", response={201: OfferOut}, operation_id="offer_note")
def offer_note(request: HttpRequest, key: Key, given: OfferIn) -> Status[Any]:
    """Write down what a supplier would sell. Nothing is ordered."""
    who = caller(request)
    goods = services.ForSale(item=item_id(given.item), **given.model_dump(exclude={"supplier", "item"}))
    made = once_made(
        request,
        key,
        lambda: services.note_offer(supplier=given.supplier, goods=goods, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, queries.offer(made))


@router.post("/offers/{offer}/withdraw", response=OfferOut, operation_id="offer_withdraw")
def offer_withdraw(request: HttpRequest, offer: UUID, key: Key, given: WithdrawIn) -> Any:
    """End an offer; what was ordered stays ordered."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.withdraw_offer(offer=offer, why=given.why, actor=who.actor, now=who.now),
        given,
    )
    return queries.offer(offer)


@router.get("/prices/{item}", response=PriceListOut, operation_id="price_list")
def price_list(request: HttpRequest, item: ItemInPath) -> dict[str, Any]:
    """What was asked and paid for an item so far, fen per base unit, oldest first."""
    caller(request).require(*OFFICE)
    id = item_id(item)
    return {"items": queries.prices_of([id]).get(id, ())}


@router.get("/baskets", response=PlanPage, operation_id="basket_list")
def basket_list(
    request: HttpRequest,
    state: PlanState | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Plans of what to buy, the newest first."""
    caller(request).require(*OFFICE)
    return page_of(plans.plans(KIND, state, limit=LIST_MAX), after=after, limit=limit, newest_first=True)


@router.post("/baskets", response={201: BasketOut}, operation_id="basket_make")
def basket_make(request: HttpRequest, key: Key, given: BasketIn) -> Status[dict[str, Any]]:
    """The cheapest of the baskets that serve most. Nothing is ordered until a person approves."""
    who = caller(request)
    params = given.model_dump(mode="json", exclude_none=True)
    if given.items is not None:
        params["items"] = [str(item_id(item)) for item in given.items]
    made = once_made(
        request,
        key,
        lambda: planning.make_plan(
            kind=KIND, params=params, rule={"version": "basket-1"}, actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    return Status(201, _basket(made))


@router.get("/baskets/{basket}", response=BasketOut, operation_id="basket_get")
def basket_get(request: HttpRequest, basket: UUID) -> dict[str, Any]:
    caller(request).require(*OFFICE)
    return _basket(basket)


@router.post("/baskets/{basket}/approve", response=BasketOut, operation_id="basket_approve")
def basket_approve(request: HttpRequest, basket: UUID, key: Key, given: ApproveIn | None = None) -> dict[str, Any]:
    """Order from each supplier and set the money aside, all of it or nothing."""
    who = caller(request)
    plan_of_kind(basket, KIND)
    alone = given is not None and given.alone
    once(
        request,
        key,
        lambda: planning.approve(plan=basket, actor=who.actor, now=who.now, request_id=key, alone=alone),
        alone,
    )
    return _basket(basket)


@router.post("/baskets/{basket}/undo", response=BasketOut, operation_id="basket_undo")
def basket_undo(request: HttpRequest, basket: UUID, key: Key) -> dict[str, Any]:
    """Call its orders off, while nothing of them was paid or came."""
    who = caller(request)
    plan_of_kind(basket, KIND)
    once(request, key, lambda: planning.undo(plan=basket, actor=who.actor, now=who.now))
    return _basket(basket)


def _basket(basket: UUID) -> dict[str, Any]:
    found = plan_of_kind(basket, KIND)
    result = found.result
    return {
        "plan": found,
        **{key: result[key] for key in ("cost_fen", "buys", "pays", "open", "verdicts", "gap_fen", "stopped_because")},
        "purchases": [head.id for head in purchases_of(found)] if found.document else [],
    }
