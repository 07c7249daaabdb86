"""Lost on the road: reported when it happens, not first when a keeper counts what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.freight.models import Waybill, WaybillAct, WaybillLine
from baogong.freight.services import promises
from baogong.freight.services.acts import Acted, content_hash, expect_state, find_waybill, lock_waybills, replayed, sign
from baogong.journal import services as journal
from baogong.journal.services import EvidenceIn, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State


@dataclass(frozen=True, slots=True)
class Lost:
    """So many base units of one line of the waybill are gone."""

    line: UUID
    amount: int


@transaction.atomic
def report_loss(
    *,
    waybill: UUID,
    losses: Sequence[Lost],
    where: str,
    words: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    evidence: Sequence[EvidenceIn] = (),
) -> Acted:
    """
    What is lost of a load that is aboard: written off at once under a LOSS_REPORT, at the carrier's charge, and no longer
    awaited at the end of the road.

    where     the place, as the driver says it
    words     what happened
    evidence  photos, a witness; kept with the report

    Raises UnusableInput (more than is aboard, no place, no words), WaybillMoved, NotYourPlace; none leaves a trace.
    """
    row = find_waybill(waybill)
    if not any(actor.may(Duty.DRIVER, place) for place in (row.vehicle_id, row.carrier_id)):
        actor.require(Duty.DRIVER, Duty.CARRIER, Duty.COMMAND, at=row.carrier_id)
    content = content_hash(
        act="LOSS", waybill=waybill, where=where, words=words, losses=sorted(str(asdict(each)) for each in losses)
    )
    row = lock_waybills([waybill])[waybill]
    if (answer := replayed(request_id, content)) is not None:
        return answer
    expect_state(row, Waybill.State.LOADED, Waybill.State.DEPARTED, Waybill.State.ARRIVED)
    lines = {line.id: line for line in row.lines.select_related("parcel").order_by("position")}
    _refuse_unusable(row, lines, losses, where, words)
    return _report(
        row,
        [(lines[each.line], each.amount) for each in losses],
        where.strip(),
        words.strip(),
        evidence,
        content=content,
        actor=actor,
        now=now,
        request_id=request_id,
    )


@recorded("freight.goods.lost")
def _report(
    row: Waybill,
    losses: Sequence[tuple[WaybillLine, int]],
    where: str,
    words: str,
    evidence: Sequence[EvidenceIn],
    *,
    content: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    assert row.vehicle_id is not None
    document = journal.draw_up(
        kind="LOSS_REPORT",
        title=f"途中损失单 {row.number}",
        body={
            "waybill": row.number,
            "carrier": str(row.carrier_id),
            "vehicle": str(row.vehicle_id),
            "where": where,
            "words": words,
            "at": now.isoformat(),
            "by": actor.name,
            "lines": [
                {
                    "position": line.position,
                    "lot": str(line.parcel.lot),
                    "item": str(line.parcel.item_id),
                    "amount": amount,
                    "note": words,
                }
                for line, amount in losses
            ],
        },
        subjects=[row.id, *dict.fromkeys(line.parcel.lot for line, _amount in losses)],
        actor=actor,
        now=now,
        request_id=derived_id("loss-report", request_id),
    )
    batch = _written_off(row, losses)
    ledger.post(
        lines=batch,
        actor=actor,
        reason=Reason.LOSS,
        document=document,
        request_id=derived_id("lost", request_id),
        now=now,
    )
    if evidence:
        journal.keep_evidence(
            evidence=evidence,
            actor=actor,
            document=document,
            request_id=derived_id("loss-evidence", request_id),
            now=now,
            movements=[each.id for each in batch if each.tense == "POSTED"],
        )
    for line, amount in losses:
        line.short += amount
        line.lost_on_road += amount
        line.save(update_fields=["short", "lost_on_road"])
    promises.trim_waybills((line.parcel_id for line, _amount in losses), at=row.target_id)
    journal.record(
        kind="freight.goods.lost",
        actor=actor,
        now=now,
        subject=row.id,
        document=document,
        data={"waybill": row.number, "amount": sum(amount for _line, amount in losses), "where": where},
    )
    return sign(
        row,
        WaybillAct.Act.LOSS,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        documents=[document],
        lost={line.position: amount for line, amount in losses},
    )


def _written_off(row: Waybill, losses: Sequence[tuple[WaybillLine, int]]) -> list[BookLine]:
    """From the last promises, so that what still comes keeps the earliest one."""
    assert row.vehicle_id is not None
    truck, gone = AccountRef(row.vehicle_id, State.ABOARD), AccountRef(row.carrier_id, State.LOST)
    holds_of = promises.aboard(line.id for line, _amount in losses)
    left: dict[UUID, int] = {}
    batch: list[BookLine] = []
    for line, amount in losses:
        holds = holds_of[line.id][::-1]
        for hold, units in promises.take(holds, amount, left=left, what=f"{row.number}/{line.position}"):
            batch += [ledger.void_line(hold, units), ledger.post_line(truck, gone, hold.lot, units)]
    return batch


def _refuse_unusable(
    row: Waybill, lines: dict[UUID, WaybillLine], losses: Sequence[Lost], where: str, words: str
) -> None:
    faults = []
    if not losses or len({each.line for each in losses}) != len(losses):
        faults.append("each line that lost something is named once")
    for each in losses:
        line = lines.get(each.line)
        if line is None:
            faults.append(f"line {each.line} is not on this waybill")
        elif not 0 < each.amount <= line.loaded - line.short:
            faults.append(
                f"of line {line.position} {line.loaded - line.short} are aboard and {each.amount} cannot be lost"
            )
    if not where.strip() or not words.strip():
        faults.append("the place and what happened are not said")
    if faults:
        raise UnusableInput(
            f"The loss on {row.number} cannot be reported: {'; '.join(faults)}. Nothing was changed.",
            where=row.number,
            found=faults,
            expected="lines of this waybill with what is gone of each, where, and in what way",
            cure="Correct the report and send it again.",
        )
