"""Where a truck is unloaded: a hub takes over by a goods received note, a receiver by signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.freight.errors import DecidedBySamePerson, NotWhereItCameFrom, SignatureMissing
from baogong.freight.models import Surplus, Waybill, WaybillAct, WaybillLine
from baogong.freight.services import promises
from baogong.freight.services.acts import (
    Acted,
    LineDifference,
    by_line,
    content_hash,
    expect_state,
    find_waybill,
    lock_waybills,
    replayed,
    sign,
)
from baogong.freight.services.road import require_driver
from baogong.journal import queries as papers
from baogong.journal import services as journal
from baogong.journal.services import EvidenceIn, recorded
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.people.queries import parties as people

SURPLUS_TASK_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class _Report:
    """A LOSS_REPORT or DAMAGE_REPORT and what it writes off."""

    document: UUID
    event: str
    amount: int
    batch: list[BookLine]
    reason: Reason


@dataclass(slots=True)
class _Unloading:
    """What one unloading does to the book, gathered line by line before anything is posted."""

    arrived: list[BookLine]
    lost: list[BookLine]
    spoiled: list[BookLine]
    returned: list[BookLine]
    carried: list[tuple[UUID, WaybillLine, UUID, bool, int]]
    going_back: list[tuple[UUID, WaybillLine, int]]


@transaction.atomic
def receive(
    *,
    waybill: UUID,
    differences: Sequence[LineDifference] = (),
    given_to_name: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    """
    A site takes over: as on the waybill, but for what is `short`, `damaged` or `surplus`. One goods received note; a
    LOSS_REPORT or DAMAGE_REPORT where needed. Promises travel on from the site. A surplus moves nothing until a
    person has decided where it came from (`settle_surplus`).

    given_to_name  the keeper's name as signed on the driver's copy
    Raises WaybillMoved (another keeper was first), UnusableInput.
    """
    actor.require(Duty.KEEPER, at=find_waybill(waybill).target_id)
    content = content_hash(act="RECEIVE", waybill=waybill, differences=sorted(differences, key=lambda d: str(d.line)))
    row = lock_waybills([waybill])[waybill]
    if (answer := replayed(request_id, content)) is not None:
        return answer
    expect_state(row, Waybill.State.ARRIVED)
    if row.receiver_id is not None:
        raise SignatureMissing(
            f"Waybill {row.number} ends in a receiver's hands: it is handed over and signed for, not taken into stock.",
            where=row.number,
            cure="Let the driver hand it over with the receiver's signature.",
        )
    return _receive(row, differences, given_to_name, content=content, actor=actor, now=now, request_id=request_id)


@recorded("freight.waybill.received")
def _receive(
    row: Waybill,
    differences: Sequence[LineDifference],
    given_to_name: str,
    *,
    content: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    lines = list(row.lines.select_related("parcel").order_by("position"))
    found = by_line((line.id for line in lines), differences, allowed={"short", "damaged", "surplus"})
    work = _unload(row, lines, found, spoiled_at=row.target_id, request_id=request_id)
    # Papers first: a number is taken under a lock that must not wait for the book's.
    grn = _goods_received_note(row, lines, found, signed_by=given_to_name, actor=actor, now=now, request_id=request_id)
    reports = _reports(row, lines, found, work, actor=actor, now=now, request_id=request_id)
    surpluses = _surpluses(row, lines, found, actor=actor, now=now, request_id=request_id)
    if work.arrived:
        ledger.post(
            lines=work.arrived,
            actor=actor,
            reason=Reason.UNLOAD,
            document=grn,
            request_id=derived_id("arrived", request_id),
            now=now,
        )
    _write_off(row, reports, actor=actor, now=now)
    promises.carry(work.carried)
    _close(row, lines, now)
    promises.trim_waybills((line.parcel_id for line in lines), at=row.target_id)
    journal.record(
        kind="freight.waybill.received",
        actor=actor,
        now=now,
        subject=row.id,
        document=grn,
        data={"waybill": row.number, "site": str(row.target_id), **_sums(lines)},
    )
    return sign(
        row,
        WaybillAct.Act.RECEIVE,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        given_to_name=given_to_name,
        documents=[grn, *(report.document for report in reports)],
        surpluses=surpluses,
    )


@transaction.atomic
def hand_over(
    *,
    waybill: UUID,
    signed_by: str,
    evidence: Sequence[EvidenceIn] = (),
    differences: Sequence[LineDifference] = (),
    back_to: UUID | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    """
    The receiver takes over and signs; from then on the goods are the receiver's. What it refuses goes back under a new
    waybill, on the same truck, to `back_to` (else to where this leg began); what is short or damaged is written off.

    signed_by  the signature in letters; photo, code or witness beside it in `evidence`
    back_to    a place these goods left on their way here; another one needs COMMAND there
    Raises SignatureMissing, NotWhereItCameFrom, WaybillMoved, UnusableInput.
    """
    require_driver(actor, find_waybill(waybill))
    content = content_hash(
        act="HAND_OVER",
        waybill=waybill,
        signed_by=signed_by,
        back_to=back_to,
        differences=sorted(differences, key=lambda d: str(d.line)),
    )
    row = lock_waybills([waybill])[waybill]
    if (answer := replayed(request_id, content)) is not None:
        return answer
    expect_state(row, Waybill.State.ARRIVED)
    if row.receiver_id is None or not signed_by.strip():
        raise SignatureMissing(
            f"Waybill {row.number} was not handed over: it needs the name of who signs for the receiver."
            if row.receiver_id
            else f"Waybill {row.number} ends at a hub: its keeper receives it.",
            where=row.number,
            cure="Write the name as signed on the paper." if row.receiver_id else "Let the keeper receive it.",
        )
    if back_to is not None and not actor.may(Duty.COMMAND, at=back_to):
        _refuse_elsewhere(row, back_to)
    return _hand_over(
        row,
        signed_by.strip(),
        evidence,
        differences,
        back_to,
        content=content,
        actor=actor,
        now=now,
        request_id=request_id,
    )


def _refuse_elsewhere(row: Waybill, back_to: UUID) -> None:
    """Raises NotWhereItCameFrom where neither this waybill nor one that brought its goods here began at `back_to`."""
    legs = Waybill.objects.exclude(state=Waybill.State.CANCELLED).filter(
        lines__parcel__in=row.lines.values("parcel_id")
    )
    came_from = {row.origin_id, *legs.values_list("origin_id", flat=True)}
    if back_to in came_from:
        return
    names = {party: name for party, (name, _) in people.party_names([back_to, *came_from]).items()}
    raise NotWhereItCameFrom(
        f"What is refused of waybill {row.number} did not come from {names.get(back_to, 'there')}; nothing was changed.",
        where=row.number,
        found=names.get(back_to, str(back_to)),
        expected=sorted(names[site] for site in came_from),
        cure="Bring it back to where it came from, or ask command to hand it over with another place to go to.",
    )


@recorded("freight.waybill.handed-over")
def _hand_over(
    row: Waybill,
    signed_by: str,
    evidence: Sequence[EvidenceIn],
    differences: Sequence[LineDifference],
    back_to: UUID | None,
    *,
    content: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    lines = list(row.lines.select_related("parcel").order_by("position"))
    found = by_line((line.id for line in lines), differences, allowed={"short", "damaged", "refused"})
    work = _unload(
        row, lines, found, spoiled_at=row.carrier_id, back_to=back_to or row.origin_id, request_id=request_id
    )
    grn = _goods_received_note(row, lines, found, signed_by=signed_by, actor=actor, now=now, request_id=request_id)
    reports = _reports(row, lines, found, work, actor=actor, now=now, request_id=request_id)
    back = _waybill_back(row, work, back_to or row.origin_id, actor=actor, now=now, request_id=request_id)
    if work.arrived:
        signature = EvidenceIn(kind="SIGNATURE", text=signed_by, payload=None, at_device=None, by_name=signed_by)
        journal.hand_over(
            lines=work.arrived,
            evidence=[signature, *evidence],
            actor=actor,
            document=grn,
            reason=Reason.HANDOVER,
            request_id=derived_id("arrived", request_id),
            now=now,
        )
    _write_off(row, reports, actor=actor, now=now)
    if back is not None:
        _send_back(row, back, work, grn=grn, actor=actor, now=now, request_id=request_id)
    _close(row, lines, now)
    journal.record(
        kind="freight.waybill.handed-over",
        actor=actor,
        now=now,
        subject=row.id,
        document=grn,
        data={"waybill": row.number, "receiver": str(row.receiver_id), "signed_by": signed_by, **_sums(lines)},
    )
    return sign(
        row,
        WaybillAct.Act.HAND_OVER,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        given_to_name=signed_by,
        documents=[grn, *(report.document for report in reports)],
        also=[back.id] if back is not None else [],
    )


def _unload(
    row: Waybill,
    lines: Sequence[WaybillLine],
    found: dict[UUID, LineDifference],
    *,
    spoiled_at: UUID,
    back_to: UUID | None = None,
    request_id: UUID,
) -> _Unloading:
    """
    Every unit aboard finds its end: taken over, lost at the carrier's charge, spoiled, or going back. The differences
    take from the last holds, so that what is taken over keeps the earliest promise.
    """
    assert row.vehicle_id is not None
    truck = AccountRef(row.vehicle_id, State.ABOARD)
    work = _Unloading([], [], [], [], [], [])
    holds_of = promises.aboard(line.id for line in lines)
    left: dict[UUID, int] = {}
    lots = {lot.id: lot for lot in book.lots([line.parcel.lot for line in lines])} if back_to else {}
    for line in lines:
        said = found.get(line.id) or LineDifference(line=line.id)
        line.short, line.damaged, line.refused = line.lost_on_road + said.short, said.damaged, said.refused
        line.received = line.loaded - line.short - line.damaged - line.refused
        what = f"{row.number}/{line.position}"
        if line.received < 0:
            raise UnusableInput(
                f"Of line {what} {line.loaded - line.lost_on_road} can arrive; short, damaged and refused add up to more.",
                where=what,
                found=said.short + said.damaged + said.refused,
                expected=f"at most {line.loaded - line.lost_on_road}",
                cure="Correct the amounts.",
            )
        holds = holds_of[line.id]
        for hold, units in promises.take(holds, line.received, left=left, what=what):
            if line.is_last:
                work.arrived.append(ledger.post_hold_line(hold, units))
                continue
            # Given up and made anew one stop further, as at loading: what is lost of it later is then seen to be lost
            # of this promise, and nothing of it seems to have arrived before the receiver's signature.
            onward = promises.onward_id(request_id, line.id, hold.id)
            work.arrived += [
                ledger.void_line(hold, units),
                ledger.post_line(hold.source, hold.target, hold.lot, units),
                ledger.hold_line(
                    hold.target, promises.end_of(line.parcel), hold.lot, units, id=onward, continues=hold.id
                ),
            ]
            work.carried.append((onward, line, row.target_id, False, units))
        for hold, units in promises.take(holds, said.short, left=left, what=what):
            gone = AccountRef(row.carrier_id, State.LOST)
            work.lost += [ledger.void_line(hold, units), ledger.post_line(truck, gone, hold.lot, units)]
        for hold, units in promises.take(holds, said.damaged, left=left, what=what):
            broken = AccountRef(spoiled_at, State.SPOILED)
            work.spoiled += [ledger.void_line(hold, units), ledger.post_line(truck, broken, hold.lot, units)]
        for hold, units in promises.take(holds, said.refused, left=left, what=what):
            assert back_to is not None
            back = AccountRef(back_to, promises.resting_state(lots[hold.lot]))
            # The promise to the receiver ends with its refusal: what brings the goods back is a promise of its own.
            bringing = promises.onward_id(request_id, line.id, hold.id)
            work.returned += [
                ledger.void_line(hold, units),
                ledger.hold_line(truck, back, hold.lot, units, id=bringing),
            ]
            work.going_back.append((bringing, line, units))
    return work


def _goods_received_note(
    row: Waybill,
    lines: Sequence[WaybillLine],
    found: dict[UUID, LineDifference],
    *,
    signed_by: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    return journal.draw_up(
        kind="GRN",
        title=f"收货单 {row.number}",
        body={
            "waybill": row.number,
            "site": str(row.target_id),
            "receiver": str(row.receiver_id) if row.receiver_id else None,
            "signed_by": signed_by,
            "lines": [
                {
                    "position": line.position,
                    "lot": str(line.parcel.lot),
                    "item": str(line.parcel.item_id),
                    "loaded": line.loaded,
                    "received": line.received,
                    "short": line.short,
                    "lost_on_road": line.lost_on_road,
                    "damaged": line.damaged,
                    "refused": line.refused,
                    "surplus": found[line.id].surplus if line.id in found else 0,
                    "note": found[line.id].note if line.id in found else "",
                }
                for line in lines
            ],
        },
        subjects=(row.id,),
        actor=actor,
        now=now,
        request_id=derived_id("grn", request_id),
    )


def _reports(
    row: Waybill,
    lines: Sequence[WaybillLine],
    found: dict[UUID, LineDifference],
    work: _Unloading,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> list[_Report]:
    """One report for what was lost, one for what was spoiled."""
    reports = []
    for kind, title, name, event, batch, reason in (
        ("LOSS_REPORT", "损失单", "short", "freight.goods.lost", work.lost, Reason.LOSS),
        ("DAMAGE_REPORT", "破损单", "damaged", "freight.goods.damaged", work.spoiled, Reason.DAMAGE),
    ):
        missing = [line for line in lines if line.id in found and getattr(found[line.id], name)]
        if not missing:
            continue
        document = journal.draw_up(
            kind=kind,
            title=f"{title} {row.number}",
            body={
                "waybill": row.number,
                "carrier": str(row.carrier_id),
                "vehicle": str(row.vehicle_id),
                "lines": [
                    {
                        "position": line.position,
                        "lot": str(line.parcel.lot),
                        "item": str(line.parcel.item_id),
                        "amount": getattr(found[line.id], name),
                        "note": found[line.id].note,
                    }
                    for line in missing
                ],
            },
            subjects=[row.id, *dict.fromkeys(line.parcel.lot for line in missing)],
            actor=actor,
            now=now,
            request_id=derived_id(kind, request_id),
        )
        reports.append(_Report(document, event, sum(getattr(found[line.id], name) for line in missing), batch, reason))
    return reports


def _write_off(row: Waybill, reports: Sequence[_Report], *, actor: Actor, now: datetime) -> None:
    for report in reports:
        ledger.post(
            lines=report.batch,
            actor=actor,
            reason=report.reason,
            document=report.document,
            request_id=derived_id("write-off", report.document),
            now=now,
        )
        journal.record(
            kind=report.event,
            actor=actor,
            now=now,
            subject=row.id,
            document=report.document,
            data={"waybill": row.number, "amount": report.amount},
        )


def _waybill_back(
    row: Waybill, work: _Unloading, back_to: UUID, *, actor: Actor, now: datetime, request_id: UUID
) -> Waybill | None:
    """A waybill for what the receiver refused: already aboard, on the same vehicle."""
    if not work.going_back:
        return None
    document = journal.draw_up(
        kind="WAYBILL",
        title=f"退回 {row.number}",
        body={
            "returns": row.number,
            "from": str(row.target_id),
            "to": str(back_to),
            "lines": [{"lot": str(line.parcel.lot), "amount": amount} for _, line, amount in work.going_back],
        },
        subjects=(row.id,),
        actor=actor,
        now=now,
        request_id=derived_id("return", request_id),
    )
    duration = row.planned_arrive_at - row.planned_depart_at
    return Waybill.objects.create(
        number=papers.document(document).number,
        document=document,
        trip=derived_id("return-trip", request_id),
        truck=row.truck,
        state=Waybill.State.LOADED,
        carrier=row.carrier,
        kind=row.kind,
        vehicle=row.vehicle,
        driver=row.driver,
        origin=row.target,
        target_id=back_to,
        is_return=True,
        distance_m=row.distance_m,
        earliest_depart_at=now,
        load_start_at=now,
        planned_depart_at=now,
        planned_arrive_at=now + duration,
        expected_arrive_at=now + duration,
        unload_start_at=now + duration,
        unload_end_at=now + duration + (row.unload_end_at - row.unload_start_at),
        loaded_at=now,
    )


def _send_back(
    row: Waybill, back: Waybill, work: _Unloading, *, grn: UUID, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """The receiver's refusal ends its promise; what brings the goods back is a promise of its own."""
    assert row.vehicle_id is not None
    ledger.post(
        lines=work.returned,
        actor=actor,
        reason=Reason.RETURN,
        document=back.document,
        request_id=derived_id("refused", request_id),
        now=now,
    )
    carried: list[tuple[UUID, WaybillLine, UUID, bool, int]] = []
    for position, (hold, line, amount) in enumerate(work.going_back, start=1):
        returning = WaybillLine.objects.create(
            waybill=back,
            position=position,
            parcel=line.parcel,
            amount=amount,
            pieces_per_carton=line.pieces_per_carton,
            carton_g=line.carton_g,
            carton_cm3=line.carton_cm3,
            is_last=True,
            loaded=amount,
        )
        carried.append((hold, returning, row.vehicle_id, True, amount))
    promises.carry(carried)
    journal.record(
        kind="freight.goods.refused",
        actor=actor,
        now=now,
        subject=row.id,
        document=grn,
        data={"waybill": row.number, "return": back.number, "amount": sum(units for _, _, units in work.going_back)},
    )


def _surpluses(
    row: Waybill,
    lines: Sequence[WaybillLine],
    found: dict[UUID, LineDifference],
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> list[UUID]:
    """Each surplus becomes a count that waits for a second signature, and a task for the working group."""
    surpluses = []
    for line in lines:
        amount = found[line.id].surplus if line.id in found else 0
        if not amount:
            continue
        document = journal.draw_up(
            kind="SURPLUS",
            title=f"多出 {row.number}/{line.position}",
            body={
                "waybill": row.number,
                "site": str(row.target_id),
                "lot": str(line.parcel.lot),
                "item": str(line.parcel.item_id),
                "surplus": amount,
                "note": found[line.id].note,
            },
            signatures_required=2,
            subjects=(row.id, line.parcel.lot),
            actor=actor,
            now=now,
            request_id=derived_id("surplus", request_id, line.id),
        )
        task = journal.add_task(
            title=f"{row.number}/{line.position}: 比运单多出 {amount}，查明来处 · {amount} more than on the waybill",
            duty=Duty.COMMAND,
            owner=None,
            due_at=now + timedelta(seconds=SURPLUS_TASK_S),
            actor=actor,
            now=now,
            subject=row.id,
            request_id=derived_id("surplus-task", request_id, line.id),
        )
        kept = Surplus.objects.create(line=line, amount=amount, document=document, task=task, found_at=now)
        journal.record(
            kind="freight.surplus.found",
            actor=actor,
            now=now,
            subject=row.id,
            document=document,
            data={"waybill": row.number, "position": line.position, "amount": amount},
        )
        surpluses.append(kept.id)
    return surpluses


def _close(row: Waybill, lines: Sequence[WaybillLine], now: datetime) -> None:
    for line in lines:
        line.save(update_fields=["received", "short", "damaged", "refused"])
    row.state, row.closed_at = Waybill.State.CLOSED, now
    row.save(update_fields=["state", "closed_at"])


def _sums(lines: Sequence[WaybillLine]) -> dict[str, int]:
    return {name: sum(getattr(line, name) for line in lines) for name in ("received", "short", "damaged", "refused")}


@transaction.atomic
def settle_surplus(*, surplus: UUID, decision: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    A person other than the one who counted says where a surplus came from; the book moves by a correcting count.

    decision  FROM_ORIGIN (the origin loaded more than it wrote: its stock is corrected), FOUND (counted in from
              outside the book), MISCOUNT (nothing moves)
    A decision already taken stands; the same one again changes nothing. Raises WaybillMoved, DecidedBySamePerson,
    ledger.BatchRefused where the origin has nothing free.
    """
    actor.require(Duty.COMMAND, Duty.APPROVER)
    found = Surplus.objects.select_for_update(of=("self",)).filter(id=surplus).first()
    if found is None:
        raise NotFound("There is no such surplus.", where=str(surplus))
    if decision not in Surplus.Decision.values or decision == Surplus.Decision.OPEN:
        raise UnusableInput(
            f"“{decision}” settles nothing.",
            where="decision",
            found=decision,
            expected=[each for each in Surplus.Decision.values if each != Surplus.Decision.OPEN],
        )
    if found.decision != Surplus.Decision.OPEN:
        if found.decision != decision:
            raise UnusableInput(
                f"This surplus was settled as “{found.get_decision_display()}”; nothing was changed.",
                where=str(surplus),
                found=decision,
                expected=found.decision,
                cure="Correct it with a count of the site.",
            )
        return
    line = found.line
    row = line.waybill
    counted_by = row.acts.filter(act=WaybillAct.Act.RECEIVE).values_list("by_id", flat=True).first()
    if actor.person_id is not None and actor.person_id == counted_by:
        raise DecidedBySamePerson(
            "Who counted the surplus cannot also decide where it came from; nothing was changed.",
            where=row.number,
            cure="Ask another person of the working group.",
        )
    lot = book.lot(line.parcel.lot)
    here = AccountRef(row.target_id, promises.resting_state(lot))
    if decision == Surplus.Decision.MISCOUNT:
        journal.refuse(document=found.document, actor=actor, now=now, why="Counted again: there is no surplus.")
    else:
        # Signed on the page of approvals already, or by this decision.
        if not papers.document(found.document).is_in_force:
            journal.sign(document=found.document, actor=actor, now=now)
        is_origins = decision == Surplus.Decision.FROM_ORIGIN
        source = (
            AccountRef(row.origin_id, book.hold(line.parcel_id).source.state if not _came_through(line) else here.state)
            if is_origins
            else AccountRef(row.target_id, State.OUTSIDE)
        )
        ledger.post(
            lines=[ledger.post_line(source, here, line.parcel.lot, found.amount)],
            actor=actor,
            reason=Reason.CORRECTION if is_origins else Reason.COUNT,
            document=found.document,
            request_id=request_id,
            now=now,
        )
    found.decision, found.decided_at = decision, now
    found.save(update_fields=["decision", "decided_at"])
    if found.task is not None:
        # The task is command's; who decided, an approver perhaps, stands in the event below and on the document.
        journal.finish_task(task=found.task, document=found.document, outcome=decision, actor=THE_HOUSE, now=now)
    journal.record(
        kind="freight.surplus.settled",
        actor=actor,
        now=now,
        subject=row.id,
        document=found.document,
        data={"waybill": row.number, "amount": found.amount, "decision": decision},
    )


def _came_through(line: WaybillLine) -> bool:
    """The leg began at a hub, not where the parcel was first promised."""
    came: bool = line.waybill.origin_id != line.parcel.origin_id
    return came
