"""
Carrying for others: someone asks, with its papers; the office answers line by line, with a reason for what it leaves.

What is taken becomes a consignment, whose goods stay their owner's until the receiver named has signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.quantities import read_quantity
from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.services import EvidenceIn, draw_up, keep_evidence, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.supply.errors import CarriageAnswered
from baogong.supply.models import CarriageLine, CarriageRequest, Gift
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.gifts import Offered, offer_gift

LINES_MAX = 50
WORDS_MAX = 2_000
ANSWER_MAX = 500

State, Verdict = CarriageRequest.State, CarriageLine.Verdict


@dataclass(frozen=True, slots=True)
class ToCarry:
    """
    Goods in the consignor's own words.

    quantity  "1600套", "32箱，50套/箱"
    receiver  for whom they are, as the consignor writes it; a person says who that is
    lies_at   where they can be picked up
    """

    goods: str
    quantity: str
    receiver: str
    standard: str = ""
    expires_on: date | None = None
    lies_at: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A line the office takes: what the words mean.

    amount    base units of the item
    receiver  the one party that may ever have them
    site      where they come in
    """

    no: int
    item: UUID
    amount: int
    receiver: UUID
    site: UUID | None = None
    standard: str = ""
    expires_on: date | None = None
    pieces_per_carton: int | None = None


@transaction.atomic
@recorded("supply.carriage.asked")
def ask_for_carriage(
    *,
    consignor: UUID,
    lines: Sequence[ToCarry],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    words: str = "",
    papers: Sequence[EvidenceIn] = (),
    is_told: bool = False,
) -> UUID:
    """
    Ask to have goods carried; returns the request's id.

    papers   certificates, an invoice, photos; pictures are kept small and without what the camera adds
    is_told  the working group writes down what it was told

    Raises UnusableInput (all faults at once), NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND, at=consignor)
    words = words.strip()[:WORDS_MAX]
    content = content_of(
        consignor=consignor,
        lines=[repr(line) for line in lines],
        words=words,
        papers=[repr((piece.kind, piece.text, len(piece.payload or b""))) for piece in papers],
        is_told=is_told,
    )
    earlier = made_before(CarriageRequest, request_id, content)
    if earlier is not None:
        return earlier.id
    _refuse_unreadable(lines)
    document = draw_up(
        kind="CARRIAGE_REQUEST",
        title=f"{len(lines)} line(s) to be carried",
        body={
            "consignor": str(consignor),
            "words": words,
            "lines": [{key: value for key, value in asdict(line).items() if value} for line in lines],
            "papers": len(papers),
            "is_told": is_told,
        },
        subjects=[consignor],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    if papers:
        keep_evidence(
            evidence=papers, actor=actor, document=document, request_id=derived_id(request_id, "papers"), now=now
        )
    row = CarriageRequest.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        consignor_id=consignor,
        words=words,
        way=CarriageRequest.Way.TOLD if is_told else CarriageRequest.Way.PAGE,
        papers_count=len(papers),
        document=document,
        asked_at=now,
    )
    CarriageLine.objects.bulk_create(
        [
            CarriageLine(
                request=row,
                no=no,
                goods=line.goods.strip(),
                quantity=line.quantity.strip(),
                standard=line.standard.strip(),
                expires_on=line.expires_on,
                receiver_text=line.receiver.strip(),
                lies_at=line.lies_at.strip(),
            )
            for no, line in enumerate(lines, start=1)
        ]
    )
    record(
        kind="supply.carriage.asked",
        actor=actor,
        now=now,
        subject=consignor,
        document=document,
        data={"request": str(row.id), "lines": len(lines), "papers": len(papers)},
    )
    return row.id


@transaction.atomic
@recorded("supply.carriage.answered")
def accept_carriage(
    *,
    request: UUID,
    taken: Sequence[Taken],
    refused: Mapping[int, str],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    answer: str = "",
) -> UUID:
    """
    Take the lines that can be carried and leave the others, each with its reason; returns the consignment's id.

    refused  line number → why it is not carried

    Raises UnusableInput where a line has no answer or two, CarriageAnswered, NotYourPlace; none leaves a trace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    row = lock_row(CarriageRequest.objects.all(), request)
    if row.answered_by_request == request_id and row.gift_id is not None:
        return row.gift_id
    _require_waiting(row)
    lines = {line.no: line for line in row.lines.order_by("no")}
    _refuse_gaps(row, lines, taken, refused)
    document = _answer_paper(
        row,
        {"taken": [asdict(line) for line in taken], "refused": {str(no): why for no, why in refused.items()}},
        answer,
        actor,
        now,
        request_id,
    )
    gift = offer_gift(
        terms=Gift.Terms.CONSIGNMENT,
        donor=row.consignor_id,
        lines=[
            Offered(
                item=line.item,
                amount=line.amount,
                standard=line.standard,
                expires_on=line.expires_on,
                pieces_per_carton=line.pieces_per_carton,
                receiver=line.receiver,
                purpose=f"定向 {lines[line.no].receiver_text}",
                site=line.site,
                source=f"{row.number}/{line.no}",
            )
            for line in taken
        ],
        papers=row.number,
        note=row.words,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "consignment"),
    )
    for position, each in enumerate(taken, start=1):
        line = lines[each.no]
        line.verdict, line.carried_as = Verdict.TAKEN, position
        line.save(update_fields=["verdict", "carried_as"])
    for no, why in refused.items():
        lines[no].verdict, lines[no].why = Verdict.REFUSED, why.strip()[:240]
        lines[no].save(update_fields=["verdict", "why"])
    _close(row, State.ACCEPTED, answer, document, actor, now, request_id, gift=gift)
    return gift


@transaction.atomic
@recorded("supply.carriage.answered")
def refuse_carriage(*, request: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Say that nothing of it can be carried, and why; returns the answer's document.

    Raises UnusableInput without a reason, CarriageAnswered, NotYourPlace; none leaves a trace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    row = lock_row(CarriageRequest.objects.all(), request)
    if row.answered_by_request == request_id and row.answer_document is not None:
        return row.answer_document
    _require_waiting(row)
    if not why.strip():
        raise UnusableInput(
            "Say why it cannot be carried: the consignor reads it. Nothing was changed.",
            where=row.number,
            cure="Write the reason.",
        )
    document = _answer_paper(row, {"why": why}, why, actor, now, request_id)
    row.lines.update(verdict=Verdict.REFUSED, why=why.strip()[:240])
    _close(row, State.REFUSED, why, document, actor, now, request_id)
    return document


@transaction.atomic
@recorded("supply.carriage.withdrawn")
def withdraw_carriage(*, request: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """The consignor takes its request back before it is answered. Raises CarriageAnswered, NotYourPlace."""
    row = lock_row(CarriageRequest.objects.all(), request)
    actor.require(Duty.CLERK, Duty.COMMAND, at=row.consignor_id)
    if row.answered_by_request != request_id:
        _require_waiting(row)
        row.state, row.answer, row.answered_at = State.WITHDRAWN, why.strip()[:ANSWER_MAX], now
        row.answered_by_name, row.answered_by_request = actor.name, request_id
        row.save(update_fields=["state", "answer", "answered_at", "answered_by_name", "answered_by_request"])
    record(
        kind="supply.carriage.withdrawn",
        actor=actor,
        now=now,
        subject=row.consignor_id,
        document=row.document,
        data={"request": str(row.id)},
    )


def _require_waiting(row: CarriageRequest) -> None:
    if row.state != State.ASKED:
        raise CarriageAnswered(
            f"{row.number} has its answer: {row.get_state_display().lower()}. Nothing was changed.",
            where=row.number,
            found=row.state,
            expected=State.ASKED,
            cure="Look at the answer; what has changed since is asked anew.",
        )


def _refuse_unreadable(lines: Sequence[ToCarry]) -> None:
    faults = []
    for no, line in enumerate(lines, start=1):
        missing = [
            name
            for name, text in (("goods", line.goods), ("quantity", line.quantity), ("receiver", line.receiver))
            if not text.strip()
        ]
        if missing:
            faults.append(f"line {no}: {', '.join(missing)} not said")
        elif not _says_how_many(line.quantity):
            faults.append(f"line {no}: “{line.quantity}” says no number above 0")
        if len(line.goods) > 120 or len(line.quantity) > 80 or len(line.receiver) > 200 or len(line.lies_at) > 200:
            faults.append(f"line {no}: too long")
    if not 0 < len(lines) <= LINES_MAX:
        faults.append(f"{len(lines)} lines")
    if faults:
        raise UnusableInput(
            f"The request cannot be read: {'; '.join(faults)}. Nothing was sent.",
            where="lines",
            found=faults,
            expected=f"1 to {LINES_MAX} lines, each with goods, how many, and for whom",
            cure="Fill in what is missing and send it again.",
        )


def _says_how_many(text: str) -> bool:
    try:
        return read_quantity(text).number > 0
    except BaogongError:
        return False


def _refuse_gaps(
    row: CarriageRequest, lines: Mapping[int, CarriageLine], taken: Sequence[Taken], refused: Mapping[int, str]
) -> None:
    faults = []
    answered = [line.no for line in taken] + list(refused)
    faults += [f"line {no} has no answer" for no in lines if no not in answered]
    faults += [f"line {no} is answered twice" for no in sorted(set(answered)) if answered.count(no) > 1]
    faults += [f"there is no line {no}" for no in sorted(set(answered)) if no not in lines]
    faults += [f"line {line.no} takes {line.amount}" for line in taken if line.amount <= 0]
    faults += [f"line {no} is left without a reason" for no, why in refused.items() if not why.strip()]
    if not taken:
        faults.append("no line is taken: refuse the request instead")
    if faults:
        raise UnusableInput(
            f"The answer to {row.number} is not complete: {'; '.join(faults)}. Nothing was changed.",
            where=row.number,
            found=faults,
            expected="each line taken, or left with a reason",
            cure="Answer every line once.",
        )


def _answer_paper(
    row: CarriageRequest, body: Mapping[str, object], answer: str, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    return draw_up(
        kind="CARRIAGE_ANSWER",
        title=f"Answer to {row.number}",
        body={"request": str(row.id), "answer": answer, **body},
        subjects=[row.consignor_id, row.id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )


def _close(
    row: CarriageRequest,
    state: CarriageRequest.State,
    answer: str,
    document: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    *,
    gift: UUID | None = None,
) -> None:
    row.state, row.answer, row.answered_at, row.answered_by_name = state, answer.strip()[:ANSWER_MAX], now, actor.name
    row.answered_by_request, row.answer_document, row.gift_id = request_id, document, gift
    row.save(
        update_fields=[
            "state",
            "answer",
            "answered_at",
            "answered_by_name",
            "answered_by_request",
            "answer_document",
            "gift",
        ]
    )
    record(
        kind="supply.carriage.answered",
        actor=actor,
        now=now,
        subject=row.consignor_id,
        document=document,
        data={"request": str(row.id), "state": state.value, "gift": str(gift) if gift else ""},
    )
