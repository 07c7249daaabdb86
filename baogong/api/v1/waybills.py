"""Waybills: loaded, on the road, arrived, received, handed over; custody is signed for at every change."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from baogong.api.v1.access import EVERY_DUTY, OFFICE, Caller, caller
from baogong.api.v1.errors import UnusableRequest
from baogong.api.v1.fields import LINES_MAX, Amount, Count, Moment, Name, Note, Signed, Story, Words
from baogong.api.v1.pictures import PICTURE_CHARACTERS_MAX
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, Page, once, page_of
from baogong.freight import queries, services
from baogong.freight.queries import WaybillRow, WaybillView
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import reach

router = Router(tags=["waybills"])

READERS = (*OFFICE, Duty.KEEPER, Duty.CARRIER, Duty.DRIVER)


class DifferenceIn(Schema):
    """What is not as on the waybill: `left` at loading, the others at receiving or handing over."""

    line: UUID
    left: Count = 0
    short: Count = 0
    damaged: Count = 0
    refused: Count = 0
    surplus: Count = 0
    note: Note = ""


class TruckIn(Schema):
    """`driver` absent: the vehicle's own."""

    vehicle: UUID
    driver: UUID | None = None


class HandsIn(Schema):
    """As on the waybill but for the differences; `given_to_name` as signed on paper."""

    differences: list[DifferenceIn] = Field([], max_length=LINES_MAX)
    given_to_name: Signed = ""


class EvidenceGivenIn(Schema):
    """`payload_base64`: a photo (JPEG, PNG, WebP) or a drawn signature."""

    kind: Literal["SIGNATURE", "PHOTO", "CODE", "WITNESS", "NOTE"]
    text: Words = ""
    by_name: Name = ""
    at_device: Moment | None = None
    payload_base64: str | None = Field(None, max_length=PICTURE_CHARACTERS_MAX)


class HandoverIn(Schema):
    """`back_to`: where refused goods go, else to where this leg began; a place they never left needs COMMAND there."""

    signed_by: Signed = Field(min_length=1)
    evidence: list[EvidenceGivenIn] = Field([], max_length=19)
    differences: list[DifferenceIn] = Field([], max_length=LINES_MAX)
    back_to: UUID | None = None


class NotArrivedIn(Schema):
    why: str = Field(min_length=1, max_length=240)


class LostIn(Schema):
    line: UUID
    amount: Amount


class LossIn(Schema):
    """What is gone of a load that is aboard: `where` as the driver says it, `words` what happened."""

    losses: list[LostIn] = Field(min_length=1, max_length=500)
    where: str = Field(min_length=1, max_length=200)
    words: str = Field(min_length=1, max_length=500)
    evidence: list[EvidenceGivenIn] = Field([], max_length=19)


class DelayIn(Schema):
    arrive_at: Moment
    why: Note = Field(min_length=1)


class WaybillCancelIn(Schema):
    reason: Story = Field(min_length=1)


class PassMissingOut(Schema):
    """`why` NONE, ENDED, REVOKED or NOT_YET; `at` when the pass ended or begins."""

    area_name: str
    why: str
    at: datetime | None


class WaybillHeadOut(Schema):
    """
    `state` PLANNED, LOADED, DEPARTED, ARRIVED, CLOSED or CANCELLED; `late_s` seconds behind what is due; `without_pass` the
    seals it had crossed without a valid pass when it arrived.
    """

    id: UUID
    number: str
    state: str
    plan: UUID | None
    trip: UUID
    stop_no: int
    truck: str
    vehicle: UUID | None
    plate: str
    driver: UUID | None
    driver_name: str
    carrier: UUID
    carrier_name: str
    carrier_answer: str
    origin: UUID
    origin_name: str
    target: UUID
    target_name: str
    receiver: UUID | None
    receiver_name: str
    is_return: bool
    planned_depart_at: datetime
    planned_arrive_at: datetime
    expected_arrive_at: datetime
    loaded_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    amount: int
    loaded: int
    cartons_count: int
    due_at: datetime | None
    late_s: int
    without_pass: list[PassMissingOut]


class WaybillPage(Page):
    items: list[WaybillHeadOut]


class WaybillLineOut(Schema):
    id: UUID
    position: int
    parcel: UUID
    lot: UUID
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    standard: str
    expires_on: date | None
    owner: UUID
    owner_name: str
    receiver: UUID
    receiver_name: str
    amount: int
    pieces_per_carton: int
    cartons_count: int
    weight_g: int
    volume_cm3: int
    loaded: int
    received: int
    short: int
    damaged: int
    refused: int


class ActOut(Schema):
    """A signature on the waybill: who did what, under which document."""

    id: UUID
    act: str
    at: datetime
    by: UUID | None
    by_name: str
    given_to_name: str
    document: UUID | None


class ArriveIn(Schema):
    """`confirmed`: it has really arrived, although the road takes far longer."""

    confirmed: bool = False


class WaybillOut(Schema):
    waybill: WaybillHeadOut
    document: UUID
    lines: list[WaybillLineOut]
    acts: list[ActOut]


@router.get("", response=WaybillPage, operation_id="waybill_list")
def waybill_list(
    request: HttpRequest,
    state: Literal["PLANNED", "LOADED", "DEPARTED", "ARRIVED", "CLOSED", "CANCELLED"] | None = None,
    plan: UUID | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The office sees all; a keeper what leaves or comes to the site, a driver and a carrier their own."""
    who = caller(request)
    who.require_somewhere(*READERS)
    rows = queries.waybills(now=who.now, states=[state] if state else None, plan=plan, limit=LIST_MAX)
    return page_of([row for row in rows if _is_seen(who, row)], after=after, limit=limit)


@router.get("/{waybill}", response=WaybillOut, operation_id="waybill_get")
def waybill_get(request: HttpRequest, waybill: UUID) -> dict[str, Any]:
    """A waybill with its lines and every signature on it."""
    who = caller(request)
    who.require_somewhere(*EVERY_DUTY)
    return _shown(_seen(who, waybill))


@router.post("/{waybill}/truck", response=WaybillOut, operation_id="waybill_name_truck")
def waybill_name_truck(request: HttpRequest, waybill: UUID, key: Key, given: TruckIn) -> dict[str, Any]:
    """Say which vehicle, and who drives it, for the whole run of a truck."""
    who = caller(request)
    return _act(
        request,
        waybill,
        key,
        lambda: services.name_truck(waybill=waybill, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/{waybill}/load", response=WaybillOut, operation_id="waybill_load")
def waybill_load(request: HttpRequest, waybill: UUID, key: Key, given: HandsIn) -> dict[str, Any]:
    """Custody passes from the site to the vehicle."""
    return _act(request, waybill, key, lambda: services.load(**_hands(request, waybill, key, given)), given)


@router.post("/{waybill}/depart", response=WaybillOut, operation_id="waybill_depart")
def waybill_depart(request: HttpRequest, waybill: UUID, key: Key) -> dict[str, Any]:
    """The truck leaves with every loaded stop of its run from here."""
    return _act(request, waybill, key, lambda: services.depart(**_now(request, waybill, key)))


@router.post("/{waybill}/arrive", response=WaybillOut, operation_id="waybill_arrive")
def waybill_arrive(request: HttpRequest, waybill: UUID, key: Key, given: ArriveIn | None = None) -> dict[str, Any]:
    """The truck stands at the waybill's stop; refused unless confirmed where no truck can have come so soon."""
    confirmed = given is not None and given.confirmed
    return _act(
        request,
        waybill,
        key,
        lambda: services.arrive(confirmed=confirmed, **_now(request, waybill, key)),
        ArriveIn(confirmed=confirmed) if confirmed else None,
    )


@router.post("/{waybill}/not-arrived", response=WaybillOut, operation_id="waybill_not_arrived")
def waybill_not_arrived(request: HttpRequest, waybill: UUID, key: Key, given: NotArrivedIn) -> dict[str, Any]:
    """A recorded arrival never happened: the truck is on its way again, under a document that says why."""
    return _act(
        request,
        waybill,
        key,
        lambda: services.undo_arrival(why=given.why, **_now(request, waybill, key)),
        given,
    )


@router.post("/{waybill}/receive", response=WaybillOut, operation_id="waybill_receive")
def waybill_receive(request: HttpRequest, waybill: UUID, key: Key, given: HandsIn) -> dict[str, Any]:
    """A hub takes over under a goods received note; loss and damage are reported by line."""
    return _act(request, waybill, key, lambda: services.receive(**_hands(request, waybill, key, given)), given)


@router.post("/{waybill}/hand-over", response=WaybillOut, operation_id="waybill_hand_over")
def waybill_hand_over(request: HttpRequest, waybill: UUID, key: Key, given: HandoverIn) -> dict[str, Any]:
    """The receiver signs; from then on the goods are the receiver's."""
    evidence = [given_evidence(piece, number) for number, piece in enumerate(given.evidence, start=1)]
    return _act(
        request,
        waybill,
        key,
        lambda: services.hand_over(
            signed_by=given.signed_by,
            evidence=evidence,
            differences=[services.LineDifference(**line.dict()) for line in given.differences],
            back_to=given.back_to,
            **_now(request, waybill, key),
        ),
        given,
    )


@router.post("/{waybill}/loss", response=WaybillOut, operation_id="waybill_loss")
def waybill_loss(request: HttpRequest, waybill: UUID, key: Key, given: LossIn) -> dict[str, Any]:
    """Lost on the road: written off under a loss report, and no longer awaited at the end."""
    evidence = [given_evidence(piece, number) for number, piece in enumerate(given.evidence, start=1)]
    return _act(
        request,
        waybill,
        key,
        lambda: services.report_loss(
            losses=[services.Lost(**line.dict()) for line in given.losses],
            where=given.where,
            words=given.words,
            evidence=evidence,
            **_now(request, waybill, key),
        ),
        given,
    )


@router.post("/{waybill}/delay", response=WaybillOut, operation_id="waybill_delay")
def waybill_delay(request: HttpRequest, waybill: UUID, key: Key, given: DelayIn) -> dict[str, Any]:
    """The truck will be late; a new plan for what is not yet loaded is proposed."""
    return _act(
        request,
        waybill,
        key,
        lambda: services.report_delay(**given.dict(), **_now(request, waybill, key)),
        given,
    )


@router.post("/{waybill}/cancel", response=WaybillOut, operation_id="waybill_cancel")
def waybill_cancel(request: HttpRequest, waybill: UUID, key: Key, given: WaybillCancelIn) -> dict[str, Any]:
    """Take a waybill back before it is loaded; its goods stay promised where they stand."""
    return _act(
        request,
        waybill,
        key,
        lambda: services.cancel_waybill(reason=given.reason, **_now(request, waybill, key)),
        given,
    )


def _act(request: HttpRequest, waybill: UUID, key: UUID, act: Callable[[], object], *content: Any) -> dict[str, Any]:
    """One act on a waybill the caller may see; the service checks the duty the act itself needs."""
    who = caller(request)
    who.require_somewhere(*EVERY_DUTY)
    _seen(who, waybill)
    once(request, key, act, *content)
    return _shown(queries.waybill(waybill, now=who.now))


def _now(request: HttpRequest, waybill: UUID, key: UUID) -> dict[str, Any]:
    who = caller(request)
    return {"waybill": waybill, "actor": who.actor, "now": who.now, "request_id": key}


def _hands(request: HttpRequest, waybill: UUID, key: UUID, given: HandsIn) -> dict[str, Any]:
    return {
        "differences": [services.LineDifference(**line.dict()) for line in given.differences],
        "given_to_name": given.given_to_name,
        **_now(request, waybill, key),
    }


def given_evidence(piece: EvidenceGivenIn, number: int, field: str = "evidence") -> EvidenceIn:
    """A piece as the journal takes it. Raises UnusableRequest where its payload is no base64."""
    payload = None
    if piece.payload_base64 is not None:
        try:
            payload = base64.b64decode(piece.payload_base64, validate=True)
        except ValueError:  # binascii.Error is one
            raise UnusableRequest(
                f"The payload of piece {number} is no base64. Nothing was done.",
                where=f"body.{field}.{number - 1}.payload_base64",
                expected="base64 of the picture's bytes",
                cure="Encode the file anew.",
            ) from None
    return EvidenceIn(piece.kind, piece.text, payload, piece.at_device, piece.by_name)


def _seen(who: Caller, waybill: UUID) -> WaybillView:
    """Raises NotFound where there is none that this caller may see."""
    found = queries.waybill(waybill, now=who.now)
    if not _is_seen(who, found.row):
        raise NotFound("There is no such waybill.", where=str(waybill))
    return found


def _is_seen(who: Caller, row: WaybillRow) -> bool:
    def holds(places: frozenset[UUID] | None, *at: UUID | None) -> bool:
        return places is None or any(place in places for place in at)

    return (
        holds(reach(who.actor, *OFFICE), row.origin, row.target)
        or holds(reach(who.actor, Duty.KEEPER), row.origin, row.target)
        or holds(reach(who.actor, Duty.CARRIER), row.carrier)
        or holds(reach(who.actor, Duty.DRIVER), row.vehicle, row.carrier)
        or (Duty.DRIVER in who.actor.reach and row.driver is not None and row.driver == who.actor.person_id)
    )


def _shown(found: WaybillView) -> dict[str, Any]:
    return {"waybill": found.row, "document": found.document, "lines": found.lines, "acts": found.acts}
