"""Requests to have goods carried, their answers, and each consignor's page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Amount, Day, ItemName, LineNo, Note, Number, Standard, Story
from baogong.api.v1.gifts import GiftOut
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.api.v1.waybills import EvidenceGivenIn, given_evidence
from baogong.supply import queries, services
from baogong.supply.services.carriage import ANSWER_MAX, LINES_MAX
from baogong.supply.views import CarriageView, ConsignorPage

router = Router(tags=["carriage"])


class ToCarryIn(Schema):
    """Goods in the consignor's own words; `receiver` is for whom they are, and nobody else."""

    goods: str = Field(min_length=1, max_length=120)
    quantity: str = Field(min_length=1, max_length=80)
    receiver: str = Field(min_length=1, max_length=200)
    standard: str = Field("", max_length=40)
    expires_on: Day | None = None
    lies_at: str = Field("", max_length=200)


class CarriageIn(Schema):
    """`papers`: certificates and photos, or their numbers as notes."""

    consignor: UUID
    lines: list[ToCarryIn] = Field(min_length=1, max_length=LINES_MAX)
    words: Story = ""
    papers: list[EvidenceGivenIn] = Field([], max_length=20)


class TakenIn(Schema):
    """What a line's words mean: `amount` base units of `item`, for `receiver` and nobody else."""

    no: LineNo
    item: ItemName
    amount: Amount
    receiver: UUID
    site: UUID | None = None
    standard: Standard = ""
    expires_on: Day | None = None
    pieces_per_carton: Number | None = Field(None, ge=1)


class LeftIn(Schema):
    """A line that is not carried; the consignor reads `why`."""

    no: LineNo
    why: str = Field(min_length=1, max_length=240)


class AcceptIn(Schema):
    """Every line taken or left."""

    taken: list[TakenIn] = Field(min_length=1, max_length=LINES_MAX)
    refused: list[LeftIn] = Field([], max_length=LINES_MAX)
    answer: str = Field("", max_length=ANSWER_MAX)


class RefuseCarriageIn(Schema):
    why: str = Field(min_length=1, max_length=ANSWER_MAX)


class WithdrawCarriageIn(Schema):
    why: Note = ""


class CarriageLineOut(Schema):
    """`verdict` WAITING, TAKEN or REFUSED; `carried_as` the line's number in the consignment."""

    no: int
    goods: str
    quantity: str
    standard: str
    expires_on: date | None
    receiver_text: str
    lies_at: str
    verdict: str
    why: str
    carried_as: int | None


class CarriageOut(Schema):
    """`state` ASKED, ACCEPTED, REFUSED or WITHDRAWN; `gift` the consignment it became."""

    id: UUID
    number: str
    consignor: UUID
    consignor_name: str
    words: str
    way: str
    state: str
    papers_count: int
    document: UUID
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    answer_document: UUID | None
    gift: UUID | None
    lines: list[CarriageLineOut]


class CarriagePage(Page):
    items: list[CarriageOut]


class ConsignorOut(Schema):
    """What a party asked to have carried or gave, each line to its signatures, its losses and its own word."""

    party: UUID
    requests: list[CarriageOut]
    paths: list[GiftOut]


@router.get("", response=CarriagePage, operation_id="carriage_list")
def carriage_list(
    request: HttpRequest,
    state: Literal["ASKED", "ACCEPTED", "REFUSED", "WITHDRAWN"] | None = None,
    consignor: UUID | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The newest first."""
    caller(request).require(*OFFICE)
    found = queries.carriage_requests(state=state, consignor=consignor)
    return page_of(found, after=after, limit=limit, newest_first=True)


@router.get("/consignors/{party}", response=ConsignorOut, operation_id="carriage_consignor")
def carriage_consignor(request: HttpRequest, party: UUID) -> ConsignorPage:
    """What the party's private page shows."""
    caller(request).require(*OFFICE, at=party)
    return queries.consignor_page(party)


@router.get("/{carriage}", response=CarriageOut, operation_id="carriage_get")
def carriage_get(request: HttpRequest, carriage: UUID) -> CarriageView:
    found = queries.carriage_request(carriage)
    caller(request).require(*OFFICE, at=found.consignor)
    return found


@router.post("", response={201: CarriageOut}, operation_id="carriage_ask")
def carriage_ask(request: HttpRequest, key: Key, given: CarriageIn) -> Status[CarriageView]:
    """Write down that someone asks to have goods carried."""
    who = caller(request)
    papers = [given_evidence(piece, number, "papers") for number, piece in enumerate(given.papers, start=1)]
    made = once_made(
        request,
        key,
        lambda: services.ask_for_carriage(
            consignor=given.consignor,
            lines=[services.ToCarry(**line.dict()) for line in given.lines],
            words=given.words,
            papers=papers,
            is_told=True,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.carriage_request(made))


@router.post("/{carriage}/accept", response=CarriageOut, operation_id="carriage_accept")
def carriage_accept(request: HttpRequest, carriage: UUID, key: Key, given: AcceptIn) -> CarriageView:
    """Take what can be carried, as a consignment; leave the rest, each line with its reason."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.accept_carriage(
            request=carriage,
            taken=[services.Taken(**line.dict() | {"item": item_id(line.item)}) for line in given.taken],
            refused={line.no: line.why for line in given.refused},
            answer=given.answer,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.carriage_request(carriage)


@router.post("/{carriage}/refuse", response=CarriageOut, operation_id="carriage_refuse")
def carriage_refuse(request: HttpRequest, carriage: UUID, key: Key, given: RefuseCarriageIn) -> CarriageView:
    """Nothing of it can be carried; the consignor reads why."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.refuse_carriage(request=carriage, why=given.why, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.carriage_request(carriage)


@router.post("/{carriage}/withdraw", response=CarriageOut, operation_id="carriage_withdraw")
def carriage_withdraw(request: HttpRequest, carriage: UUID, key: Key, given: WithdrawCarriageIn) -> CarriageView:
    """The consignor takes its request back before it is answered."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.withdraw_carriage(
            request=carriage, why=given.why, actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    return queries.carriage_request(carriage)
