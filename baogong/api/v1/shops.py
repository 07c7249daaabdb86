"""Shops of a neighbourhood: their page, packs, days and stock; orders typed for a caller, given up, picked, handed over."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import Caller, caller
from baogong.api.v1.fields import Day, Moment, Signed
from baogong.api.v1.handling import BroughtAgainOut
from baogong.api.v1.pictures import Picture, picture_in
from baogong.api.v1.requests import Key, MadeOut, made, once, once_made
from baogong.delivery.services import placing
from baogong.delivery.sources import ORDERS
from baogong.engine.rounds.riders import packs_in_slot
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import NotFound
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.queries.shop_orders import OrderView
from baogong.orders.queries.shops import DayView, ShopView
from baogong.orders.services import shop_days, shop_orders, shop_picking, shops
from baogong.orders.services.shops import OFFICE, require_keeper

router = Router(tags=["shops"])

HANDS = (*OFFICE, Duty.KEEPER)
Trade = Literal["FRESH", "READY_MEALS", "RESTAURANT", "GROCERY"]
Sort = Literal["VEGETABLES", "MEAL", "FROZEN_MEAL", "KIT", "GOODS"]
Stock = Annotated[int, Field(ge=0, le=shop_days.STOCK_MAX)]
PriceFen = Annotated[int, Field(ge=0, le=100_000_000)]
Riders = Annotated[int, Field(ge=0, le=shop_days.RIDERS_MAX)]


class ShopSaidIn(Schema):
    """What the page says and where the shop brings to."""

    trade: Trade
    about: str = Field("", max_length=shops.ABOUT_MAX)
    communities: list[UUID] = Field(min_length=1, max_length=shops.COMMUNITIES_MAX)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class ShopOpenIn(ShopSaidIn):
    """`merchant`: the party where the merchant is keeper; `office`: its district's."""

    merchant: UUID
    office: UUID


class ShopPhotoIn(Schema):
    photo_base64: Picture = Field(min_length=1)


class ShopPhotoOut(Schema):
    """A JPEG."""

    photo_base64: str


class ShopPackIn(Schema):
    name: str = Field(min_length=1, max_length=shops.NAME_MAX)
    sort: Sort
    holds: str = Field("", max_length=shops.HOLDS_MAX)
    weight_g: int = Field(ge=1, le=shops.WEIGHT_MAX_G)
    is_cold: bool = False


class OfferedPackIn(Schema):
    """`per_order_max`: so many to one household, in all its orders of the day."""

    pack: UUID
    price_fen: PriceFen
    stock: Stock
    per_order_max: int = Field(5, ge=1, le=99)


class DaySlotIn(Schema):
    """`packs_max` null: as many as the riders can bring."""

    from_at: Moment
    until_at: Moment
    packs_max: Stock | None = None


class ShopDayIn(Schema):
    on: Day
    opens_at: Moment
    cut_off_at: Moment
    packs: list[OfferedPackIn] = Field(min_length=1, max_length=shop_days.PACKS_MAX)
    slots: list[DaySlotIn] = Field(min_length=1, max_length=shop_days.SLOTS_MAX)
    riders: Riders
    minimum_fen: PriceFen = 0
    packs_max: Stock | None = None


class CopyDayIn(Schema):
    to: Day


class StockIn(Schema):
    """`by`: more above nought, fewer below it, and never one that is ordered."""

    by: int = Field(ge=-shop_days.STOCK_MAX, le=shop_days.STOCK_MAX)
    why: str = Field(min_length=1, max_length=120)


class CapIn(Schema):
    """`packs_max` null: as many as the slots allow."""

    packs_max: Stock | None


class RidersIn(Schema):
    riders: Riders


class OrdererIn(Schema):
    """Whom it is for: sealed where it is kept, and repeated by no answer."""

    name: str = Field(min_length=1, max_length=shop_orders.NAME_MAX)
    phone: str = Field(min_length=1, max_length=30)
    address: str = Field(min_length=1, max_length=shop_orders.ADDRESS_MAX)


class ShopWantedIn(Schema):
    """So many of a pack of the day; `instead`: what is taken where it is short."""

    pack: UUID
    packs: int = Field(ge=1, le=99)
    instead: UUID | None = None


class ShopOrderIn(Schema):
    """`is_sure`: the door is right although the community's register has it not."""

    slot: UUID
    community: UUID
    wanted: list[ShopWantedIn] = Field(max_length=shop_orders.LINES_MAX)
    orderer: OrdererIn
    is_sure: bool = False


class ShopCancelIn(Schema):
    """`last_four`: of the telephone it was ordered with, as whoever rings tells them."""

    last_four: str = Field(min_length=4, max_length=4)


class PickedLineIn(Schema):
    line: UUID
    packs: int = Field(ge=0, le=99)


class PickIn(Schema):
    """Packs that were there; a line not named is there in full."""

    got: list[PickedLineIn] = Field(default_factory=list, max_length=2 * shop_orders.LINES_MAX)


class TellLateIn(Schema):
    """`until_at`: by when they come after all; `why` stands on each order's own page."""

    orders: list[UUID] = Field(min_length=1, max_length=orders_.ORDERS_MAX)
    until_at: Moment
    why: str = Field(min_length=1, max_length=shop_orders.WHY_LATE_MAX)


class ShopToldLateOut(Schema):
    """Lines whose orderers had not been told so."""

    lines: int


class ShopHandoverIn(Schema):
    signed_by: Signed = Field(min_length=1)


class WordIn(Schema):
    is_approved: bool
    why: str = Field(min_length=1, max_length=shops.WHY_MAX)


class ShopOut(Schema):
    """`approved_why`: the district's word on it; "" where it does not recommend it."""

    id: UUID
    office: UUID
    office_name: str
    name: str
    name_en: str
    code: str
    trade: str
    about: str
    has_photo: bool
    approved_why: str
    is_approved: bool
    is_open: bool
    lat: float | None
    lon: float | None


class ShopList(Schema):
    items: list[ShopOut]


class ShopPackOut(Schema):
    id: UUID
    name: str
    sort: str
    holds: str
    weight_g: int
    is_cold: bool
    has_photo: bool


class ShopPackList(Schema):
    items: list[ShopPackOut]


class OfferedPackOut(Schema):
    """A pack on a day; `left`: neither ordered nor taken out."""

    id: UUID
    pack: ShopPackOut
    price_fen: int
    per_order_max: int
    stock: int
    left: int
    ordered: int


class DaySlotOut(Schema):
    id: UUID
    from_at: datetime
    until_at: datetime
    packs_max: int
    packs_taken: int
    left: int
    riders_bring: int


class ShopDayOut(Schema):
    """`promises`: packs that may be ordered in all; `beyond_riders`: of these, and slot by slot, beyond what its riders bring."""

    id: UUID
    shop: UUID
    on: date
    opens_at: datetime
    cut_off_at: datetime
    minimum_fen: int
    riders: int
    packs_max: int | None
    packs_taken: int
    closed_at: datetime | None
    packs: list[OfferedPackOut]
    slots: list[DaySlotOut]
    left: int
    promises: int
    riders_bring: int
    beyond_riders: int


class ShopDayRowOut(Schema):
    id: UUID
    on: date
    packs_taken: int
    closed_at: datetime | None


class ShopDayList(Schema):
    items: list[ShopDayRowOut]


class ShopOrderLineOut(Schema):
    """`instead`: agreed for when it is short; `takes_place_of`: the pack it was put in for."""

    id: UUID
    name: str
    pack: UUID
    packs: int
    got: int | None
    price_fen: int
    state: str
    instead: str
    takes_place_of: str
    told_until_at: datetime | None
    told_why: str


class ShopOrderOut(Schema):
    """No word of a person."""

    id: UUID
    code: str
    shop: UUID
    shop_name: str
    day: UUID
    slot: UUID
    from_at: datetime
    until_at: datetime
    community: UUID
    community_name: str
    at: datetime
    cancelled_at: datetime | None
    picked_at: datetime | None
    state: str
    packs: int
    to_pay_fen: int
    short: int
    lines: list[ShopOrderLineOut]


class LateOrderOut(Schema):
    """`has_passed`: its slot is over; else its slot has more packs than its riders bring."""

    order: ShopOrderOut
    has_passed: bool


class LateOrderList(Schema):
    items: list[LateOrderOut]


class ShopOrderList(Schema):
    items: list[ShopOrderOut]


class LostLineOut(Schema):
    id: UUID
    code: str
    shop: UUID
    shop_name: str
    community_name: str
    name: str
    packs: int
    lost_at: datetime


class LostLineList(Schema):
    items: list[LostLineOut]


@router.get("", response=ShopList, operation_id="shop_list")
def shop_list(request: HttpRequest) -> dict[str, Any]:
    """A merchant's own, or a district's."""
    return {"items": shops_.shops(ids=caller(request).sites(*HANDS))}


@router.post("", response={201: ShopOut}, operation_id="shop_open")
def shop_open(request: HttpRequest, key: Key, given: ShopOpenIn) -> Status[ShopView]:
    """A merchant's page. What it sells comes with its packs and days."""
    who = caller(request)

    def opened() -> UUID:
        shops.open_shop(**given.dict(), actor=who.actor, now=who.now, request_id=key)
        return given.merchant

    return Status(201, shops_.shop(once_made(request, key, opened, given)))


@router.get("/{shop}", response=ShopOut, operation_id="shop_get")
def shop_get(request: HttpRequest, shop: UUID) -> ShopView:
    return _own(request, shop)


@router.post("/offices/{office}/forget", response=ShopList, operation_id="shop_orderers_forget")
def shop_orderers_forget(request: HttpRequest, office: UUID, key: Key) -> dict[str, Any]:
    """Telephones, names and addresses of all who ordered in a district are erased. The answer is its shops."""
    who = caller(request)
    once(request, key, lambda: shop_orders.forget_orderers(office=office, actor=who.actor, now=who.now))
    return {"items": shops_.shops(office=office)}


@router.post("/{shop}/change", response=ShopOut, operation_id="shop_change")
def shop_change(request: HttpRequest, shop: UUID, key: Key, given: ShopSaidIn) -> ShopView:
    """What the page says from now on; orders made before stand."""
    who = caller(request)
    once(request, key, lambda: shops.change_shop(shop=shop, **given.dict(), actor=who.actor, now=who.now), given)
    return shops_.shop(shop)


@router.post("/{shop}/word", response=ShopOut, operation_id="shop_speak_for")
def shop_speak_for(request: HttpRequest, shop: UUID, key: Key, given: WordIn) -> ShopView:
    """The district recommends it on its public list, or does so no more."""
    who = caller(request)

    def said() -> None:
        shops.say_approved(shop=shop, **given.dict(), actor=who.actor, now=who.now, request_id=key)

    once(request, key, said, given)
    return shops_.shop(shop)


@router.get("/{shop}/photos/{of}", response=ShopPhotoOut, operation_id="shop_photo_get")
def shop_photo_get(request: HttpRequest, shop: UUID, of: UUID) -> dict[str, str]:
    """What the shop (`of` is its id) or one of its packs looks like."""
    found = shops_.photo(of, shop=_own(request, shop).id)
    if found is None:
        raise NotFound("There is no picture of it.", where=str(of), cure="Send one.")
    return {"photo_base64": base64.b64encode(found).decode()}


@router.post("/{shop}/photos/{of}", response=ShopPhotoOut, operation_id="shop_photo_keep")
def shop_photo_keep(request: HttpRequest, shop: UUID, of: UUID, key: Key, given: ShopPhotoIn) -> dict[str, str]:
    """A newer picture takes the older one's place. The answer is what is kept: without where and when it was taken."""
    _own(request, shop)
    who = caller(request)
    photo = picture_in(given.photo_base64) or b""
    once(
        request, key, lambda: shops.keep_photo(shop=shop, of=of, photo=photo, actor=who.actor, now=who.now), given
    )  # fmt: skip
    return {"photo_base64": base64.b64encode(shops_.photo(of, shop=shop) or b"").decode()}


@router.get("/{shop}/packs", response=ShopPackList, operation_id="shop_pack_list")
def shop_pack_list(request: HttpRequest, shop: UUID) -> dict[str, Any]:
    """What it sells."""
    return {"items": shops_.packs_of(_own(request, shop).id)}


@router.post("/{shop}/packs", response={201: MadeOut}, operation_id="shop_pack_add")
def shop_pack_add(request: HttpRequest, shop: UUID, key: Key, given: ShopPackIn) -> Status[dict[str, UUID]]:
    """Something it sells as one piece."""
    return made(request, key, shops.add_pack, given, shop=shop, request_id=key)


@router.post("/packs/{shop_pack}/end", response=MadeOut, operation_id="shop_pack_end")
def shop_pack_end(request: HttpRequest, shop_pack: UUID, key: Key) -> dict[str, UUID]:
    """Offered on no further day."""
    who = caller(request)
    once(request, key, lambda: shops.end_pack(pack=shop_pack, actor=who.actor, now=who.now))
    return {"id": shop_pack}


@router.get("/{shop}/days", response=ShopDayList, operation_id="shop_day_list")
def shop_day_list(request: HttpRequest, shop: UUID) -> dict[str, Any]:
    """The latest first."""
    names = ("id", "on", "packs_taken", "closed_at")
    return {"items": [dict(zip(names, row, strict=True)) for row in shops_.days_of(_own(request, shop).id)]}


@router.post("/{shop}/days", response={201: ShopDayOut}, operation_id="shop_day_open")
def shop_day_open(request: HttpRequest, shop: UUID, key: Key, given: ShopDayIn) -> Status[DayView]:
    """A day's packs on the page, their stock in the book."""
    who = caller(request)
    facts = given.dict() | {
        "packs": [shop_days.PackIn(**one.dict()) for one in given.packs],
        "slots": [_slot(one, given.riders) for one in given.slots],
    }
    day = once_made(
        request,
        key,
        lambda: shop_days.open_day(shop=shop, **facts, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, shops_.day(day))


def _slot(one: DaySlotIn, riders: int) -> shop_days.SlotIn:
    bring = packs_in_slot(riders, max(0, int((one.until_at - one.from_at).total_seconds())))
    return shop_days.SlotIn(one.from_at, one.until_at, bring if one.packs_max is None else one.packs_max)


@router.post("/{shop}/days/copy", response={201: ShopDayOut}, operation_id="shop_day_copy")
def shop_day_copy(request: HttpRequest, shop: UUID, key: Key, given: CopyDayIn) -> Status[DayView]:
    """The last day once more."""
    who = caller(request)
    day = once_made(
        request,
        key,
        lambda: shop_days.copy_day(shop=shop, to=given.to, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, shops_.day(day))


@router.get("/days/{day}", response=ShopDayOut, operation_id="shop_day_get")
def shop_day_get(request: HttpRequest, day: UUID) -> DayView:
    return _own_day(request, day)


@router.post("/days/{day}/cap", response=ShopDayOut, operation_id="shop_day_cap")
def shop_day_cap(request: HttpRequest, day: UUID, key: Key, given: CapIn) -> DayView:
    """No more packs than so many on this day; no slot takes more than its riders bring."""
    return _day_done(request, day, key, given, shop_days.cap_day, packs_max=given.packs_max)


@router.post("/days/{day}/riders", response=ShopDayOut, operation_id="shop_day_riders")
def shop_day_riders(request: HttpRequest, day: UUID, key: Key, given: RidersIn) -> DayView:
    """So many bring it after all; each slot takes what they bring in it."""
    return _day_done(request, day, key, given, shop_days.change_riders, riders=given.riders)


@router.post("/days/{day}/close", response=ShopDayOut, operation_id="shop_day_close")
def shop_day_close(request: HttpRequest, day: UUID, key: Key) -> DayView:
    """No further order; what nobody ordered leaves the book."""
    return _day_done(request, day, key, None, shop_days.close_day, request_id=key)


@router.post("/days/{day}/packs/{day_pack}/stock", response=ShopDayOut, operation_id="shop_stock_change")
def shop_stock_change(request: HttpRequest, day: UUID, day_pack: UUID, key: Key, given: StockIn) -> DayView:
    """More came, or some are not there after all."""
    who = caller(request)

    def changed() -> None:
        shop_days.change_stock(day_pack=day_pack, **given.dict(), actor=who.actor, now=who.now, request_id=key)

    once(request, key, changed, given)
    return shops_.day(day)


@router.get("/days/{day}/orders", response=ShopOrderList, operation_id="shop_order_list")
def shop_order_list(request: HttpRequest, day: UUID) -> dict[str, Any]:
    """Slot by slot, in the order they came: the picking list."""
    return {"items": orders_.orders_of(_own_day(request, day).id)}


@router.post("/days/{day}/orders", response={201: ShopOrderOut}, operation_id="shop_order_place")
def shop_order_place(request: HttpRequest, day: UUID, key: Key, given: ShopOrderIn) -> Status[OrderView]:
    """Typed by the merchant or the district's clerk for a caller. All packs or none; the key is the order's id."""
    _own_day(request, day)
    who = caller(request)
    shop_orders.place_order(
        order=key,
        day=day,
        slot=given.slot,
        community=given.community,
        wanted=[shop_orders.Wanted(**one.dict()) for one in given.wanted],
        orderer=shop_orders.Orderer(**given.orderer.dict()),
        is_sure=given.is_sure,
        actor=who.actor,
        now=who.now,
    )
    return Status(201, orders_.order(key))


@router.get("/days/{day}/late", response=LateOrderList, operation_id="shop_order_late_list")
def shop_order_late_list(request: HttpRequest, day: UUID) -> dict[str, Any]:
    """Orders that miss their time and whose orderers were not told so."""
    found = _own_day(request, day)
    return {"items": orders_.late_orders(found, orders_.orders_of(day), caller(request).now)}


@router.post("/days/{day}/late", response=ShopToldLateOut, operation_id="shop_order_tell_late")
def shop_order_tell_late(request: HttpRequest, day: UUID, key: Key, given: TellLateIn) -> dict[str, int]:
    """Their orderers read why, and by when it comes; told again of the same, nothing is new."""
    _own_day(request, day)
    who, told = caller(request), []

    def tell() -> None:
        told.append(shop_orders.tell_orders_late(day=day, **given.dict(), actor=who.actor, now=who.now))

    once(request, key, tell, given)
    return {"lines": sum(told)}


@router.get("/orders/{shop_order}", response=ShopOrderOut, operation_id="shop_order_get")
def shop_order_get(request: HttpRequest, shop_order: UUID) -> OrderView:
    return _own_order(request, shop_order)[1]


@router.post("/orders/{shop_order}/cancel", response=ShopOrderOut, operation_id="shop_order_cancel")
def shop_order_cancel(request: HttpRequest, shop_order: UUID, key: Key, given: ShopCancelIn) -> OrderView:
    """Given up by telephone, before the cut-off; its packs are free again. Five tries of the last four an hour."""
    who, _ = _own_order(request, shop_order)
    shop_orders.check_caller(order=shop_order, last_four=given.last_four, paced_at=SystemClock().now())
    once(request, key, lambda: shop_orders.cancel_order(order=shop_order, actor=who.actor, now=who.now), given)
    return orders_.order(shop_order)


@router.post("/orders/{shop_order}/pick", response=ShopOrderOut, operation_id="shop_order_pick")
def shop_order_pick(request: HttpRequest, shop_order: UUID, key: Key, given: PickIn) -> OrderView:
    """Packed; what is short is replaced as its orderer agreed."""
    who = caller(request)
    got = {one.line: one.packs for one in given.got}

    def picked() -> None:
        shop_picking.pick_order(order=shop_order, got=got, actor=who.actor, now=who.now, request_id=key)

    once(request, key, picked, given)
    return orders_.order(shop_order)


@router.post("/orders/{shop_order}/hand-over", response=ShopOrderOut, operation_id="shop_order_hand_over")
def shop_order_hand_over(request: HttpRequest, shop_order: UUID, key: Key, given: ShopHandoverIn) -> OrderView:
    """At the counter, against a signature and the order's code."""
    who, found = _own_order(request, shop_order)
    evidence = [EvidenceIn("SIGNATURE", by_name=given.signed_by), EvidenceIn("CODE", text=found.code)]

    def handed() -> None:
        shop_picking.hand_over_order(order=shop_order, evidence=evidence, actor=who.actor, now=who.now, request_id=key)

    once(request, key, handed, given)
    return orders_.order(shop_order)


@router.get("/lines/lost", response=LostLineList, operation_id="shop_line_lost_list")
def shop_line_lost_list(request: HttpRequest) -> dict[str, Any]:
    """Lines whose goods were lost on the way, the longest waiting first."""
    return {"items": orders_.lost_lines(caller(request).sites(*HANDS))}


@router.post("/lines/{line}/bring-again", response=BroughtAgainOut, operation_id="shop_line_bring_again")
def shop_line_bring_again(request: HttpRequest, line: UUID, key: Key) -> dict[str, Any]:
    """Other packs of the same day in place of lost ones."""
    who = caller(request)
    require_keeper(who.actor, *orders_.shop_of_line(line))
    code = placing.bring_again(claim=line, room=ORDERS, actor=who.actor, now=who.now, request_id=key)
    return {"claim": line, "parcel": code}


def _own(request: HttpRequest, shop: UUID) -> ShopView:
    found = shops_.shop(shop)
    require_keeper(caller(request).actor, found.id, found.office)
    return found


def _own_day(request: HttpRequest, day: UUID) -> DayView:
    found = shops_.day(day)
    _own(request, found.shop)
    return found


def _own_order(request: HttpRequest, order: UUID) -> tuple[Caller, OrderView]:
    found = orders_.order(order)
    _own(request, found.shop)
    return caller(request), found


def _day_done(request: HttpRequest, day: UUID, key: UUID, given: Schema | None, service: Any, **asked: Any) -> DayView:
    who = caller(request)
    once(request, key, lambda: service(day=day, **asked, actor=who.actor, now=who.now), given)
    return shops_.day(day)
