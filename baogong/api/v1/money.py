"""Money: gifts under their earmarks, funds with what of each is drawn, promised and unspent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import LINES_MAX, Amount, Day, Fen, ItemName, LineNo, Note
from baogong.api.v1.gifts import StandingOut
from baogong.api.v1.requests import Key, item_id, once, once_made
from baogong.supply import queries, services

router = Router(tags=["money"])


class SliceIn(Schema):
    """A part of a gift under one earmark: for whom, what it may buy, until which day; all empty: for anyone and anything."""

    amount_fen: Fen = Field(gt=0)
    receivers: list[UUID] = Field([], max_length=LINES_MAX)
    items: list[ItemName] = Field([], max_length=LINES_MAX)
    purpose: str = Field("", max_length=200)
    until: Day | None = None

    def as_slice(self) -> services.Slice:
        items = tuple(item_id(item) for item in self.items)
        return services.Slice(self.amount_fen, tuple(self.receivers), items, self.purpose, self.until)


class MoneyGiftIn(Schema):
    """`trustee` holds the money; of one's own to spend it is the donor. `form` GOODS_WORTH: only a worth was printed."""

    donor: UUID
    trustee: UUID
    slices: list[SliceIn] = Field(min_length=1, max_length=LINES_MAX)
    form: Literal["MONEY", "GOODS_WORTH"] = "MONEY"
    amount_text: str = Field("", max_length=200)
    source: str = Field("", max_length=200)
    corrects: UUID | None = None


class CameIn(Schema):
    """`parts`: number of the slice → fen; absent: all that is still to come. `reference` is the bank's."""

    parts: dict[LineNo, Amount] | None = Field(None, max_length=LINES_MAX)
    reference: str = Field("", max_length=80)


class MoveIn(Schema):
    """The giver's consent, how it was given, and the new terms; a second person's signature moves the money."""

    terms: SliceIn
    why: Note = Field(min_length=1)
    consent_by: UUID
    consent_text: str = Field(min_length=1, max_length=240)


class NamedOut(Schema):
    id: UUID
    zh: str
    en: str


class FundOut(Schema):
    """gift = drawn + committed + unspent, in fen; what was announced and has not come is `awaited_fen`."""

    id: UUID
    name: str
    gift: UUID
    gift_number: str
    no: int
    donor: UUID
    donor_name: str
    trustee: UUID
    trustee_name: str
    receivers: list[NamedOut]
    items: list[NamedOut]
    purpose: str
    until: date | None
    announced_fen: int
    awaited_fen: int
    gift_fen: int
    drawn_fen: int
    committed_fen: int
    unspent_fen: int
    moved_from: UUID | None
    moved_to: list[UUID]
    lot: UUID
    document: UUID
    opened_at: datetime


class FundsOut(Schema):
    items: list[FundOut]


class MoneyGiftOut(Schema):
    id: UUID
    number: str
    form: str
    donor: UUID
    donor_name: str
    trustee: UUID
    trustee_name: str
    amount_fen: int
    amount_text: str
    source: str
    came_fen: int
    document: UUID
    registered_at: datetime
    funds: list[FundOut]


class MoneyGiftsOut(Schema):
    items: list[MoneyGiftOut]


class MoneyDocumentOut(Schema):
    document: UUID


class BoughtOut(Schema):
    """Goods that came, paid by the fund in part or whole: `fen` of `value_fen`; where they stand now."""

    lot: UUID
    purchase: UUID
    purchase_number: str
    supplier_name: str
    item_zh: str
    item_en: str
    unit: str
    amount: int
    cartons: int | None
    value_fen: int
    fen: int
    receiver_name: str
    site_name: str
    at: datetime
    signed_for: int
    is_signed: bool
    standings: list[StandingOut]

    @staticmethod
    def resolve_standings(bought: queries.BoughtLot) -> Any:
        return bought.path.standings


class FundPathOut(Schema):
    fund: FundOut
    in_goods_fen: int
    signed_fen: int
    ahead_fen: int
    bought: list[BoughtOut]


@router.get("/gifts", response=MoneyGiftsOut, operation_id="money-gift_list")
def money_gift_list(request: HttpRequest, donor: UUID | None = None) -> dict[str, Any]:
    """Gifts of money, the newest first."""
    caller(request).require(*OFFICE)
    return {"items": queries.money_gifts(donor=donor)}


@router.post("/gifts", response={201: MoneyGiftOut}, operation_id="money-gift_register")
def money_gift_register(request: HttpRequest, key: Key, given: MoneyGiftIn) -> Status[Any]:
    """Write down money that is given, part by part. Nothing stands in a fund before it came."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.register_money_gift(
            donor=given.donor,
            trustee=given.trustee,
            slices=[one.as_slice() for one in given.slices],
            amount_text=given.amount_text,
            source=given.source,
            form=given.form,
            corrects=given.corrects,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.money_gift(made))


@router.get("/gifts/{gift}", response=MoneyGiftOut, operation_id="money-gift_get")
def money_gift_get(request: HttpRequest, gift: UUID) -> Any:
    found = queries.money_gift(gift)
    caller(request).require(*OFFICE, at=found.trustee)
    return found


@router.post("/gifts/{gift}/receive", response=MoneyGiftOut, operation_id="money-gift_receive")
def money_gift_receive(request: HttpRequest, gift: UUID, key: Key, given: CameIn) -> Any:
    """The money, or part of it, is at its holder's."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.receive_money(
            gift=gift,
            parts=given.parts,
            reference=given.reference,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        gift,
        given,
    )
    return queries.money_gift(gift)


@router.get("/funds", response=FundsOut, operation_id="fund_list")
def fund_list(request: HttpRequest, trustee: UUID | None = None, donor: UUID | None = None) -> dict[str, Any]:
    """Each fund's earmark, and what of it is drawn, promised and unspent."""
    caller(request).require(*OFFICE)
    return {"items": queries.funds(trustee=trustee, donor=donor)}


@router.get("/funds/{fund}", response=FundPathOut, operation_id="fund_get")
def fund_get(request: HttpRequest, fund: UUID) -> Any:
    """A fund and what it bought: where the goods are and how much of them is signed for."""
    found = queries.fund_path(fund)
    caller(request).require(*OFFICE, at=found.fund.trustee)
    return found


@router.post("/funds/{fund}/move", response={201: MoneyDocumentOut}, operation_id="fund_move")
def fund_move(request: HttpRequest, fund: UUID, key: Key, given: MoveIn) -> Status[dict[str, UUID]]:
    """Ask that money be used on other terms, with its giver's consent; answers the document a second person signs."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.propose_re_earmark(
            fund=fund,
            terms=given.terms.as_slice(),
            why=given.why,
            consent_by=given.consent_by,
            consent_text=given.consent_text,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        fund,
        given,
    )
    return Status(201, {"document": made})
