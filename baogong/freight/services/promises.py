"""Following a parcel's promise from hold to hold, and keeping later waybills true to what can still come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from baogong.freight.errors import GoodsNotHere
from baogong.freight.models import Carried, Parcel, Waybill, WaybillLine
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger.queries import HoldView, LotView
from baogong.ledger.services import AccountRef
from baogong.ledger.states import State

Taken = tuple[HoldView, int]


def standing(parcels: Iterable[UUID], *, at: UUID) -> dict[UUID, list[HoldView]]:
    """By parcel, the open holds whose goods stand at a site: the first promise, or what earlier trucks put down."""
    wanted = sorted(set(parcels))
    parcel_of: dict[UUID, UUID] = {parcel: parcel for parcel in wanted}
    for carried in Carried.objects.filter(parcel_id__in=wanted, holder_id=at, is_aboard=False):
        parcel_of[carried.hold] = carried.parcel_id
    found: dict[UUID, list[HoldView]] = defaultdict(list)
    for hold in _open(parcel_of):
        if hold.source.holder == at:
            found[parcel_of[hold.id]].append(hold)
    return found


def aboard(lines: Iterable[UUID]) -> dict[UUID, list[HoldView]]:
    """By waybill line, the open holds of what is aboard under it."""
    line_of = {row.hold: row.line_id for row in Carried.objects.filter(line_id__in=list(lines), is_aboard=True)}
    found: dict[UUID, list[HoldView]] = defaultdict(list)
    for hold in _open(line_of):
        found[line_of[hold.id]].append(hold)
    return found


def _open(ids: Iterable[UUID]) -> list[HoldView]:
    return sorted((hold for hold in book.holds(list(ids)) if hold.open > 0), key=lambda hold: hold.id)


def take(holds: list[HoldView], amount: int, *, left: dict[UUID, int], what: str) -> list[Taken]:
    """
    `amount` units from the holds in turn; `left` remembers what this batch has already taken of each.

    Raises GoodsNotHere.
    """
    taken: list[Taken] = []
    missing = amount
    for hold in holds:
        units = min(missing, left.setdefault(hold.id, hold.open))
        if units:
            taken.append((hold, units))
            left[hold.id] -= units
            missing -= units
    if missing:
        raise GoodsNotHere(
            f"{what}: {amount} are to be moved, {amount - missing} are here under its promise. Nothing was changed.",
            where=what,
            found=amount - missing,
            expected=amount,
            cure="Receive the truck that brings the rest, or say how many are left behind.",
        )
    return taken


def onward_id(request_id: UUID, line: UUID, hold: UUID) -> UUID:
    """The id of the hold that continues `hold` for a line; a repeated request makes the same."""
    return derived_id("freight.onward", request_id, line, hold)


def resting_state(lot: LotView) -> State:
    """Where relief goods without a promise rest: gifts and earmarked goods are available, a company's own stay frozen."""
    return State.AVAILABLE if lot.donor is not None or lot.earmark is not None else State.FROZEN


def end_of(parcel: Parcel) -> AccountRef:
    """The account in which the parcel's promise ends."""
    return AccountRef(parcel.receiver_id, State(parcel.target_state))


def trim_waybills(parcels: Iterable[UUID], *, at: UUID) -> list[Waybill]:
    """
    After goods were left behind, lost or cancelled: waybills planned from a site promise no more than can still be
    there. The latest departure gives way first. Returns the waybills changed; one with nothing left is cancelled.
    """
    wanted = sorted(set(parcels))
    can_come: dict[UUID, int] = {
        parcel: sum(hold.open for hold in holds) for parcel, holds in standing(wanted, at=at).items()
    }
    coming = WaybillLine.objects.filter(parcel_id__in=wanted, waybill__target_id=at).select_related("waybill")
    for line in coming:
        state = line.waybill.state
        if state == Waybill.State.PLANNED:
            can_come[line.parcel_id] = can_come.get(line.parcel_id, 0) + line.amount
        elif state not in (Waybill.State.CANCELLED, Waybill.State.CLOSED):
            can_come[line.parcel_id] = can_come.get(line.parcel_id, 0) + line.loaded - line.lost_on_road
    leaving = (
        WaybillLine.objects.filter(parcel_id__in=wanted, waybill__origin_id=at, waybill__state=Waybill.State.PLANNED)
        .select_related("waybill")
        .order_by("waybill__planned_depart_at", "waybill__number", "position")
    )
    changed: dict[UUID, Waybill] = {}
    for line in leaving:
        amount = min(line.amount, can_come.get(line.parcel_id, 0))
        can_come[line.parcel_id] = can_come.get(line.parcel_id, 0) - amount
        if amount != line.amount:
            line.amount = amount
            line.save(update_fields=["amount"])
            changed[line.waybill_id] = line.waybill
    for row in changed.values():
        if not row.lines.filter(amount__gt=0).exists():
            row.state = Waybill.State.CANCELLED
            row.save(update_fields=["state"])
        trim_waybills([line.parcel_id for line in row.lines.all()], at=row.target_id)
    return list(changed.values())


def carry(lines: Sequence[tuple[UUID, WaybillLine, UUID, bool, int]]) -> None:
    """Remember which hold carries which parcel now: (hold, line, holder, is_aboard, amount)."""
    Carried.objects.bulk_create(
        Carried(hold=hold, parcel_id=line.parcel_id, line=line, holder_id=holder, is_aboard=is_aboard, amount=amount)
        for hold, line, holder, is_aboard, amount in lines
    )
