"""Gifts, partners' goods and what is carried for others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Amount, Count, Day, ItemName, LineNo, Name, Note, Number, Standard, Story
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, once_made, page_of
from baogong.journal.services import EvidenceIn
from baogong.supply import queries, services
from baogong.supply.views import GiftPath

router = Router(tags=["gifts"])

Terms = Literal["GIFT", "PARTNER", "CONSIGNMENT"]


class OfferedIn(Schema):
    """`receiver` and `purpose` are the giver's earmark."""

    item: ItemName
    amount: Amount
    standard: Standard = ""
    expires_on: Day | None = None
    pieces_per_carton: Number | None = Field(None, ge=1)
    receiver: UUID | None = None
    purpose: Name = ""
    site: UUID | None = None


class GiftIn(Schema):
    """`owner` absent: the goods stay the donor's until a receiver signs."""

    terms: Terms
    donor: UUID
    lines: list[OfferedIn] = Field(min_length=1, max_length=500)
    owner: UUID | None = None
    papers: Story = ""
    note: Note = ""


class JudgementIn(Schema):
    """`finding` PASSES, FAILS (its giver is asked about community use) or NOT_TAKEN."""

    no: LineNo
    finding: services.Finding
    why: Note = ""
    standard: Standard | None = None


class JudgementsIn(Schema):
    judgements: list[JudgementIn] = Field(min_length=1, max_length=500)


class ConsentIn(Schema):
    """
    The giver's answer about a line that fails its standard; `words` says how it was given. An owner's yes for goods
    carried for it waits for two signatures, or, with `alone`, is in force at once and for one more.
    """

    no: LineNo
    agrees: bool
    by: UUID
    words: Story = Field(min_length=1)
    alone: bool = False


class FailingIn(Schema):
    """What was found of goods that had come in."""

    no: LineNo
    why: Note = Field(min_length=1)


class GiveBackIn(Schema):
    """`taken_by`: who signed for the owner."""

    no: LineNo
    site: UUID
    taken_by: str = Field(min_length=1, max_length=120)


class CorrectionIn(Schema):
    """
    `amount` is what it should have been, in base units; `words` the notice as published. `was_counted`: goods were
    counted in from the wrong figure; the surplus leaves the book again.
    """

    no: LineNo
    amount: Amount
    words: str = Field(min_length=1, max_length=500)
    source: str = Field("", max_length=300)
    was_counted: bool = False


class ArrivalIn(Schema):
    no: LineNo
    arrived: Count
    damaged: Count = 0
    is_last: bool = True
    pieces_per_carton: Number | None = Field(None, ge=1)
    note: Note = ""


class ReceiptIn(Schema):
    site: UUID
    arrivals: list[ArrivalIn] = Field(min_length=1, max_length=500)


class CorrectionOut(Schema):
    """A published figure set right; `counted` what left the book again."""

    before: int
    after: int
    counted: int
    words: str
    source: str
    document: UUID
    at: datetime
    by_name: str


class GiftLineOut(Schema):
    """`offered` by its last correction, `first_offered` as it was first written."""

    id: UUID
    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    offered: int
    verdict: str
    why: str
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    receiver: UUID | None
    receiver_name: str
    purpose: str
    lot: UUID | None
    arrived: int
    damaged: int
    short: int
    is_complete: bool
    first_offered: int
    source: str
    consent_text: str
    consent_at: datetime | None
    failed_lot: UUID | None
    corrections: list[CorrectionOut]


class GiftHeadOut(Schema):
    id: UUID
    number: str
    terms: str
    state: str
    donor: UUID
    donor_name: str
    owner: UUID
    document: UUID
    offered_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    lines: list[GiftLineOut]


class GiftPage(Page):
    items: list[GiftHeadOut]


class StandingOut(Schema):
    holder: UUID
    holder_name: str
    state: str
    amount: int
    cartons: int | None


class StepOut(Schema):
    """One hand to the next; `evidence` is what shows it, in words."""

    movement: UUID
    at: datetime
    source_name: str
    source_state: str
    target_name: str
    target_state: str
    amount: int
    cartons: int | None
    reason: str
    document: UUID | None
    evidence: list[str]


class LossOut(Schema):
    """What is gone, as its report says it; `state` LOST or SPOILED."""

    at: datetime
    amount: int
    state: str
    number: str
    where: str
    words: str


class ConsentOut(Schema):
    """The owner's word, a document that two persons sign; `state` WAITING, SIGNED, ALONE, REFUSED or CANCELLED."""

    number: str
    state: str
    signed_by: list[str]
    why: str


class LinePathOut(Schema):
    """`stage` ASKED, ANSWERED, ACCEPTED, HERE, UNDERWAY, SIGNED or ENDED."""

    line: GiftLineOut
    stage: str
    signed_for: int
    signed_cartons: int | None
    on_the_way: int
    lost: int
    returned: int
    losses: list[LossOut]
    consent: ConsentOut | None
    waits_for_its_owner: bool
    standings: list[StandingOut]
    steps: list[StepOut]


class GiftOut(Schema):
    """A gift, and each of its lines followed through the book to its signatures."""

    gift: GiftHeadOut
    lines: list[LinePathOut]


@router.get("", response=GiftPage, operation_id="gift_list")
def gift_list(
    request: HttpRequest,
    terms: Terms | None = None,
    state: Literal["OFFERED", "ACCEPTED", "RECEIVED", "DECLINED"] | None = None,
    giver: UUID | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The newest first; `giver` is donor or owner."""
    caller(request).require(*OFFICE)
    return page_of(queries.gifts(terms=terms, state=state, giver=giver), after=after, limit=limit, newest_first=True)


@router.get("/{gift}", response=GiftOut, operation_id="gift_get")
def gift_get(request: HttpRequest, gift: UUID) -> GiftPath:
    """Follow a gift: where it is, every hand it passed, who signed."""
    caller(request).require(*OFFICE)
    return queries.gift_path(gift)


@router.post("", response={201: GiftOut}, operation_id="gift_offer")
def gift_offer(request: HttpRequest, key: Key, given: GiftIn) -> Status[GiftPath]:
    """Write down what someone offers, or asks to have carried."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.offer_gift(
            terms=given.terms,
            donor=given.donor,
            lines=[services.Offered(**line.dict() | {"item": item_id(line.item)}) for line in given.lines],
            owner=given.owner,
            papers=given.papers,
            note=given.note,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.gift_path(made))


@router.post("/{gift}/judge", response=GiftOut, operation_id="gift_judge")
def gift_judge(request: HttpRequest, gift: UUID, key: Key, given: JudgementsIn) -> GiftPath:
    """Accept an offer line by line against its standard."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.judge_gift(
            gift=gift,
            judgements=[services.Judgement(**line.dict()) for line in given.judgements],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.gift_path(gift)


@router.post("/{gift}/consent", response=GiftOut, operation_id="gift_consent")
def gift_consent(request: HttpRequest, gift: UUID, key: Key, given: ConsentIn) -> GiftPath:
    """The giver's answer about a line that fails its standard: community use, or not taken."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.consent_to_community_use(
            gift=gift, **given.dict(), actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    return queries.gift_path(gift)


@router.post("/{gift}/receive", response=GiftOut, operation_id="gift_receive")
def gift_receive(request: HttpRequest, gift: UUID, key: Key, given: ReceiptIn) -> GiftPath:
    """Sign for what came of a gift at a site: a goods received note, with shortage and damage by line."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.receive_gift(
            gift=gift,
            site=given.site,
            arrivals=[services.Arrival(**line.dict()) for line in given.arrivals],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.gift_path(gift)


@router.post("/{gift}/fails", response=GiftOut, operation_id="gift_fails")
def gift_fails(request: HttpRequest, gift: UUID, key: Key, given: FailingIn) -> GiftPath:
    """Goods that have come in fail their standard: set aside until their giver has said what becomes of them."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.find_failing(gift=gift, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.gift_path(gift)


@router.post("/{gift}/give-back", response=GiftOut, operation_id="gift_give_back")
def gift_give_back(request: HttpRequest, gift: UUID, key: Key, given: GiveBackIn) -> GiftPath:
    """What was set aside goes back to its owner."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.give_back(
            gift=gift,
            no=given.no,
            site=given.site,
            evidence=[EvidenceIn("SIGNATURE", by_name=given.taken_by)],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return queries.gift_path(gift)


@router.post("/{gift}/correct", response=GiftOut, operation_id="gift_correct")
def gift_correct(request: HttpRequest, gift: UUID, key: Key, given: CorrectionIn) -> GiftPath:
    """A published figure was wrong: a correcting entry, never an edit."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.correct_offer(gift=gift, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.gift_path(gift)
