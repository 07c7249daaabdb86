"""Who had it when, and who said so; where a giver's goods are on their way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.freight.models import Carried, Parcel, Waybill, WaybillAct, WaybillLine
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book

STEPS_MAX = 1_000
STEP_ACTS = (WaybillAct.Act.LOAD, WaybillAct.Act.LOSS, WaybillAct.Act.RECEIVE, WaybillAct.Act.HAND_OVER)


@dataclass(frozen=True, slots=True)
class CustodyStep:
    """
    `amount` units passed from one hand to the next.

    what      LOAD, RECEIVE, HAND_OVER; SHORT, DAMAGED, REFUSED for what did not arrive as loaded
    signed_by who signed in the house; given_to who took over, as on the paper
    """

    at: datetime
    what: str
    from_name: str
    to_name: str
    amount: int
    waybill: UUID
    number: str
    document: UUID | None
    document_number: str
    signed_by: str
    given_to: str


@dataclass(frozen=True, slots=True)
class CustodyChain:
    """A parcel's way from its first promise to its receiver, step by step, and where its units are now."""

    parcel: UUID
    lot: UUID
    item: UUID
    item_zh: str
    item_en: str
    amount: int
    origin_name: str
    receiver_name: str
    steps: tuple[CustodyStep, ...]
    at_origin: int
    on_the_road: int
    at_hub: int
    handed_over: int
    lost: int
    damaged: int
    refused: int


@dataclass(frozen=True, slots=True)
class Journey:
    """One truck's part in a giver's gift, for the giver's page: no plate, no driver."""

    number: str
    state: str
    from_name: str
    to_name: str
    amount: int
    left_at: datetime | None
    expected_at: datetime
    arrived_at: datetime | None
    signed_by: str


@dataclass(frozen=True, slots=True)
class GiftWay:
    """Where the units of one promise out of a gift are, and the journeys they made."""

    parcel: UUID
    lot: UUID
    item: UUID
    receiver: UUID
    receiver_name: str
    amount: int
    at_origin: int
    on_the_road: int
    at_hub: int
    handed_over: int
    lost: int
    damaged: int
    signed_by: tuple[str, ...]
    journeys: tuple[Journey, ...]


def custody_of(hold: UUID) -> CustodyChain:
    """By the parcel (the first promise) or any hold that carried it. Raises NotFound."""
    carried = Carried.objects.filter(hold=hold).values_list("parcel_id", flat=True).first()
    found = custody_of_parcels([carried or hold])
    if not found:
        raise NotFound("No convoy has carried this promise.", where=str(hold))
    return found[0]


def custody_of_waybill(waybill: UUID) -> tuple[CustodyChain, ...]:
    """Every parcel the waybill takes a part of."""
    return custody_of_parcels(WaybillLine.objects.filter(waybill=waybill).values_list("parcel_id", flat=True))


def custody_of_lot(lot: UUID) -> tuple[CustodyChain, ...]:
    """Every parcel of the lot a convoy has taken up."""
    return custody_of_parcels(Parcel.objects.filter(lot=lot).values_list("id", flat=True))


def custody_of_parcels(parcels: Iterable[UUID]) -> tuple[CustodyChain, ...]:
    """In order of parcel; at most 1,000 steps in all. Five queries for any number."""
    rows = {
        row.id: row
        for row in Parcel.objects.filter(id__in=parcels)
        .select_related("item", "origin__party", "receiver")
        .order_by("id")
    }
    lines = list(
        WaybillLine.objects.filter(parcel_id__in=rows, loaded__gt=0)
        .select_related(
            "waybill__origin__party", "waybill__target__party", "waybill__vehicle", "waybill__receiver",
            "waybill__carrier__party",
        )
        .order_by("waybill__loaded_at", "waybill__number", "position")[:STEPS_MAX]
    )  # fmt: skip
    acts: dict[UUID, list[WaybillAct]] = defaultdict(list)
    for act in WaybillAct.objects.filter(waybill__in={line.waybill_id for line in lines}, act__in=STEP_ACTS).order_by(
        "at"
    ):
        acts[act.waybill_id].append(act)
    standing = _standing(rows)
    steps: dict[UUID, list[CustodyStep]] = defaultdict(list)
    for line in lines:
        for act in acts[line.waybill_id]:
            steps[line.parcel_id] += _steps(line, act)
    lines_of: dict[UUID, list[WaybillLine]] = defaultdict(list)
    for line in lines:
        lines_of[line.parcel_id].append(line)
    chains = []
    for row in rows.values():
        at_origin, on_the_road, at_hub = standing[row.id]
        mine = lines_of[row.id]
        chains.append(
            CustodyChain(
                parcel=row.id,
                lot=row.lot,
                item=row.item_id,
                item_zh=row.item.name_zh,
                item_en=row.item.name_en,
                amount=row.amount,
                origin_name=row.origin.party.name,
                receiver_name=row.receiver.name,
                steps=tuple(sorted(steps[row.id], key=lambda step: (step.at, step.number, step.what))),
                at_origin=at_origin,
                on_the_road=on_the_road,
                at_hub=at_hub,
                handed_over=sum(line.received for line in mine if line.is_last and not line.waybill.is_return),
                lost=sum(line.short for line in mine),
                damaged=sum(line.damaged for line in mine),
                refused=sum(line.refused for line in mine),
            )
        )
    return tuple(chains)


def gift_ways(lots: Collection[UUID]) -> tuple[GiftWay, ...]:
    """For a giver's page: each promise made out of these lots that a convoy has taken up."""
    chains = custody_of_parcels(Parcel.objects.filter(lot__in=list(lots)).values_list("id", flat=True))
    lines: dict[UUID, list[WaybillLine]] = defaultdict(list)
    found = WaybillLine.objects.filter(parcel_id__in=[chain.parcel for chain in chains]).exclude(
        waybill__state=Waybill.State.CANCELLED
    )
    for line in found.select_related("waybill__origin__party", "waybill__target__party", "waybill__receiver").order_by(
        "waybill__planned_depart_at", "waybill__number", "position"
    )[:STEPS_MAX]:
        lines[line.parcel_id].append(line)
    receivers = dict(Parcel.objects.filter(id__in=lines).values_list("id", "receiver_id"))
    return tuple(
        GiftWay(
            parcel=chain.parcel,
            lot=chain.lot,
            item=chain.item,
            receiver=receivers[chain.parcel],
            receiver_name=chain.receiver_name,
            amount=chain.amount,
            at_origin=chain.at_origin,
            on_the_road=chain.on_the_road,
            at_hub=chain.at_hub,
            handed_over=chain.handed_over,
            lost=chain.lost,
            damaged=chain.damaged,
            signed_by=tuple(
                dict.fromkeys(step.given_to for step in chain.steps if step.what == "HAND_OVER" and step.given_to)
            ),
            journeys=tuple(_journey(line, chain) for line in lines[chain.parcel]),
        )
        for chain in chains
        if chain.parcel in receivers
    )


def _journey(line: WaybillLine, chain: CustodyChain) -> Journey:
    bill = line.waybill
    signed = [step.given_to for step in chain.steps if step.number == bill.number and step.what == "HAND_OVER"]
    return Journey(
        number=bill.number,
        state=bill.state,
        from_name=bill.origin.party.name,
        to_name=bill.receiver.name if bill.receiver else bill.target.party.name,
        amount=line.loaded if bill.loaded_at is not None else line.amount,
        left_at=bill.departed_at,
        expected_at=bill.expected_arrive_at,
        arrived_at=bill.arrived_at,
        signed_by=signed[0] if signed else "",
    )


def _standing(parcels: dict[UUID, Parcel]) -> dict[UUID, tuple[int, int, int]]:
    """By parcel, units still promised: at the origin, aboard, put down on the way."""
    carried = list(Carried.objects.filter(parcel_id__in=parcels))
    open_of = {hold.id: hold.open for hold in book.holds([*parcels, *(row.hold for row in carried)])}
    sums = {parcel: [open_of.get(parcel, 0), 0, 0] for parcel in parcels}
    for row in carried:
        sums[row.parcel_id][1 if row.is_aboard else 2] += open_of.get(row.hold, 0)
    return {parcel: (each[0], each[1], each[2]) for parcel, each in sums.items()}


def _steps(line: WaybillLine, act: WaybillAct) -> list[CustodyStep]:
    bill = line.waybill
    plate = bill.vehicle.plate if bill.vehicle else bill.truck
    takes_over = bill.receiver.name if bill.receiver else bill.target.party.name
    if act.act == WaybillAct.Act.LOAD:
        moves = [("LOAD", bill.origin.party.name, plate, line.loaded)]
    elif act.act == WaybillAct.Act.LOSS:
        lost = act.result.get("lost", {}).get(str(line.position), 0)
        moves = [("LOST_ON_ROAD", plate, bill.carrier.party.name, lost)]
    else:
        moves = [
            (act.act, plate, takes_over, line.received),
            ("SHORT", plate, bill.carrier.party.name, line.short - line.lost_on_road),
            (
                "DAMAGED",
                plate,
                bill.target.party.name if bill.receiver is None else bill.carrier.party.name,
                line.damaged,
            ),
            ("REFUSED", takes_over, plate, line.refused),
        ]
    return [
        CustodyStep(
            at=act.at,
            what=what,
            from_name=giver,
            to_name=taker,
            amount=amount,
            waybill=bill.id,
            number=bill.number,
            document=act.document,
            document_number=act.document_number,
            signed_by=act.by_name,
            given_to=act.given_to_name,
        )
        for what, giver, taker, amount in moves
        if amount
    ]
