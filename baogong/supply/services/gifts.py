"""
Goods of others: offered, accepted against a standard, received with what is short and what is damaged.

A gift and a partner's goods keep their donor; a consignment also keeps its owner until the receiver signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.supply.errors import GiftNotAtThisStep, ReceiverMissing
from baogong.supply.models import Gift, GiftLine
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.only_goods import refuse_money

Verdict = GiftLine.Verdict


@dataclass(frozen=True, slots=True)
class Offered:
    """
    One item of what is offered.

    amount    base units, above 0
    receiver  whom the giver names (earmark); None: whoever needs it. What is carried for somebody always names one.
    site      where it lies or will come in
    row       the row of a list it was read from, and `source` that list and cell
    """

    item: UUID
    amount: int
    standard: str = ""
    expires_on: date | None = None
    pieces_per_carton: int | None = None
    receiver: UUID | None = None
    purpose: str = ""
    site: UUID | None = None
    row: UUID | None = None
    source: str = ""


class Finding(StrEnum):
    """What a person found when looking at a line against its standard."""

    PASSES = "PASSES"
    FAILS = "FAILS"
    NOT_TAKEN = "NOT_TAKEN"


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    standard   the standard the goods were found to meet; None: the one they were offered under, or none if they fail
    """

    no: int
    finding: Finding
    why: str = ""
    standard: str | None = None


@transaction.atomic
@recorded("supply.gift.offered")
def offer_gift(
    *,
    terms: str,
    donor: UUID,
    lines: Sequence[Offered],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    owner: UUID | None = None,
    papers: str = "",
    note: str = "",
) -> UUID:
    """
    Write down what someone offers, or asks to have carried; returns the gift's id.

    terms   GIFT, PARTNER or CONSIGNMENT; donor is the consignor of a consignment, and stays its owner
    owner   whose the goods are until a receiver signs; None: still the donor's

    Raises UnusableInput, MoneyAmongGoods, ReceiverMissing, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    content = content_of(
        terms=terms, donor=donor, lines=[repr(line) for line in lines], owner=owner, papers=papers, note=note
    )
    earlier = made_before(Gift, request_id, content)
    if earlier is not None:
        return earlier.id
    if terms not in Gift.Terms.values or not lines or any(line.amount <= 0 for line in lines):
        raise UnusableInput(
            "An offer names its terms and at least one item with an amount above 0.",
            found=terms,
            expected=list(Gift.Terms.values),
        )
    if terms == Gift.Terms.CONSIGNMENT and owner not in (None, donor):
        raise UnusableInput(
            "Goods carried for someone stay that party's own; the owner cannot be another.",
            found=str(owner),
            expected=str(donor),
            cure="Enter them as a gift if they change hands.",
        )
    nameless = [no for no, line in enumerate(lines, start=1) if line.receiver is None]
    if terms == Gift.Terms.CONSIGNMENT and nameless:
        raise ReceiverMissing(
            "Goods carried for somebody name the receiver of each line.",
            where="receiver",
            found=f"no receiver in line {', '.join(map(str, nameless))}",
            expected="one receiver a line",
            cure="Ask the consignor for whom each line is; goods for whoever needs them are a gift.",
        )
    refuse_money(line.item for line in lines)
    document = draw_up(
        kind="CONSIGNMENT" if terms == Gift.Terms.CONSIGNMENT else "GIFT",
        title=f"{len(lines)} line(s) offered",
        body={
            "terms": terms,
            "donor": str(donor),
            "papers": papers,
            "lines": [
                {name: str(value) for name, value in asdict(line).items() if value not in (None, "")} for line in lines
            ],
        },
        subjects=[donor],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    gift = Gift.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        terms=terms,
        donor_id=donor,
        owner_id=owner or donor,
        papers=papers,
        note=note,
        document=document,
        offered_at=now,
    )
    GiftLine.objects.bulk_create(
        [
            GiftLine(
                gift=gift,
                no=no,
                item_id=line.item,
                offered=line.amount,
                standard=line.standard,
                expires_on=line.expires_on,
                pieces_per_carton=line.pieces_per_carton,
                receiver_id=line.receiver,
                purpose=line.purpose[:200],
                site_id=line.site,
                row=line.row,
                source=line.source[:300],
            )
            for no, line in enumerate(lines, start=1)
        ]
    )
    record(
        kind="supply.gift.offered",
        actor=actor,
        now=now,
        subject=donor,
        document=document,
        data={"gift": str(gift.id), "lines": len(lines)},
    )
    return gift.id


@transaction.atomic
@recorded("supply.gift.judged")
def judge_gift(*, gift: UUID, judgements: Sequence[Judgement], actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Accept an offer line by line against its standard; returns the acceptance's document id.

    What passes is taken as given. What fails waits until its giver agrees to community use (`consent_to_community_use`).
    The gift is accepted once no line waits. Raises GiftNotAtThisStep, NotYourPlace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    row, lines = lock_gift(gift)
    document = draw_up(
        kind="ACCEPTANCE",
        title=f"Acceptance of {row.number}",
        body={"gift": str(gift), "judgements": [asdict(judgement) for judgement in judgements]},
        subjects=[row.donor_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    for judgement in judgements:
        line = line_of(row, lines, judgement.no)
        verdict = {
            Finding.PASSES: Verdict.AS_GIVEN,
            Finding.FAILS: Verdict.CONSENT_ASKED,
            Finding.NOT_TAKEN: Verdict.DECLINED,
        }[Finding(judgement.finding)]
        if line.verdict not in (Verdict.WAITING, verdict):
            raise GiftNotAtThisStep(
                f"Line {line.no} of {row.number} was judged before: {line.get_verdict_display().lower()}.",
                where=f"{row.number}/{line.no}",
                found=line.verdict,
                expected=Verdict.WAITING,
                cure="Correct a judgement by a new offer.",
            )
        if verdict != Verdict.AS_GIVEN and not judgement.why.strip():
            raise UnusableInput("Say why the line is not taken as given.", where=f"{row.number}/{line.no}")
        line.verdict, line.why = verdict, judgement.why[:240]
        if judgement.standard is not None:
            line.standard = judgement.standard
        elif verdict == Verdict.CONSENT_ASKED:
            line.standard = ""  # it was found not to meet it: no need that asks for the standard may be met with it
        line.save(update_fields=["verdict", "why", "standard"])
    accept_when_judged(row, list(lines.values()), now)
    record(
        kind="supply.gift.judged",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={"gift": str(gift), "state": row.state},
    )
    return document


def lock_gift(gift: UUID) -> tuple[Gift, dict[int, GiftLine]]:
    """The gift and its lines by number, locked: two keepers never sign for the same line at once."""
    row = lock_row(Gift.objects.all(), gift)
    return row, {line.no: line for line in row.lines.order_by("no")}


def line_of(row: Gift, lines: dict[int, GiftLine], no: int) -> GiftLine:
    if no not in lines:
        raise UnusableInput(
            f"{row.number} has no line {no}.", where=row.number, found=no, expected=f"1 to {len(lines)}"
        )
    return lines[no]


def accept_when_judged(row: Gift, lines: Sequence[GiftLine], now: datetime) -> None:
    """An offer on which nothing waits any more is accepted, or declined where nothing of it is taken."""
    verdicts = {line.verdict for line in lines}
    if row.state != Gift.State.OFFERED or verdicts & {Verdict.WAITING, Verdict.CONSENT_ASKED}:
        return
    row.state = Gift.State.DECLINED if verdicts == {Verdict.DECLINED} else Gift.State.ACCEPTED
    row.accepted_at = now
    row.save(update_fields=["state", "accepted_at"])
