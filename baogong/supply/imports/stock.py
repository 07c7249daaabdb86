"""Stock sheets: what was counted where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from baogong.engine.sheets.doubts import Figure, powers_of_ten
from baogong.engine.sheets.kinds import LineOutcome, Status, refused
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.tables import Row, Table
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.ledger.facts import lot_id
from baogong.ledger.queries.goods import LABEL_MAX
from baogong.people.services.parties import register_party
from baogong.supply.imports.columns import GOODS, NOTE, SITE
from baogong.supply.imports.rows import chosen, each_row, known_keys, remember
from baogong.supply.services.counts import Counted, check_count, count_stock, latest_counts
from baogong.supply.sheets import Line, Reader, counted_again, settled

BATCH = Column("batch", "批次", "batch", also=("批号", "生产批号", "lot"), longest=LABEL_MAX)
REGISTRARS = (Duty.CLERK, Duty.COMMAND)  # who registers an owner nobody knows
STOCK_COLUMNS = (
    SITE,
    *GOODS,
    BATCH,
    Column("owner", "货主", "owner", also=("所属公司", "物主")),
    Column("counted_at", "盘点时间", "counted at", also=("盘点日期", "日期", "date", "count date")),
    NOTE,
)


def classify_stock(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """
    One outcome a row: new goods are added, a recount is matched with its difference.

    The same row again is unchanged; an equal row of the same list waits (a second pile, or written twice?), and so does
    a count a power of ten away from the last one.
    """
    reader = Reader("stock", table, STOCK_COLUMNS, profile, now)
    lines = list(each_row(reader, partial(_read_stock, now=now)))
    known = known_keys(lines)
    totals: dict[str, int] = defaultdict(int)
    for line in lines:
        if isinstance(line, Line) and not line.payload["adds_to"]:
            totals[line.payload["lot"]] += line.payload.get("amount") or 0
    return tuple(_judged_count(line, known, totals, now) if isinstance(line, Line) else line for line in lines)


def _read_stock(reader: Reader, row: Row, now: datetime) -> Line | None:
    line = Line(row.where)
    site = reader.or_above(row, "site", "a warehouse of the register of sites", line=line)
    item = reader.goods(line, row)
    reader.find_party(line, "site", site, kinds=["SITE"], may_be_new=False, is_place=True)
    owner = reader.heads.cell(row, "owner")
    if owner.text:
        reader.find_party(line, "owner", owner)
    expires_on = reader.day(row, "expires_on", line=line)
    counted_at = reader.moment(row, "counted_at", line=line, happened_by=now)
    line.payload |= {
        "item_text": reader.text(row, "item"),
        "expires_on": expires_on.isoformat() if expires_on else None,
        "batch": reader.text(row, "batch"),
        "owner_text": owner.text,
        "counted_at": counted_at.isoformat() if counted_at else None,
    }
    said = ("site", "item", "item_text", "number", "unit", "spec", "standard", "expires_on", "batch", "counted_at")
    key, before = reader.key(site.text, owner.text, *(line.payload.get(name) for name in said))
    line.payload |= {"key": str(key), "adds_to": before > 0, "lot": ""}
    if before:
        line.doubts.append(f"the same row stands above: {line.payload['item_text']} {line.payload['number']}")
    if item is not None and line.payload["site"] and bool(owner.text) == bool(line.payload.get("owner")):
        line.payload["lot"] = str(_lot_of(line.payload))
    line.text = f"{site.text} · {line.payload['item_text']} × {line.payload.get('amount', line.payload['number'])}"
    return line


def _lot_of(payload: dict[str, Any]) -> UUID:
    return lot_id(
        item=UUID(payload["item"]),
        owner=UUID(payload.get("owner") or payload["site"]),
        donor=None,
        earmark=None,
        standard=payload["standard"],
        expires_on=date.fromisoformat(payload["expires_on"]) if payload["expires_on"] else None,
        pieces_per_carton=payload["pieces_per_carton"],
        label=payload["batch"],
    )


def _judged_count(line: Line, known: set[str], totals: dict[str, int], now: datetime) -> LineOutcome:
    if line.payload["key"] in known:
        return LineOutcome(line.where, Status.UNCHANGED, line.payload, line.text)
    if not line.payload["lot"]:
        return line.outcome()
    site, lot = UUID(line.payload["site"]), UUID(line.payload["lot"])
    latest = latest_counts(site, [lot]).get(lot)
    total = totals[line.payload["lot"]]
    counted_at = datetime.fromisoformat(line.payload["counted_at"]) if line.payload["counted_at"] else now
    try:
        check_count(site, lot, total, counted_at, latest)
    except BaogongError as error:
        return refused(line.where, error)
    if latest is None:
        return line.outcome()
    figures = [
        Figure(str(site), str(lot), "", latest.amount, "book"),
        Figure(str(site), str(lot), "", total, "sheet"),
    ]
    line.doubts += [
        f"{total}, but {latest.amount} at the last count: a power of ten apart" for _ in powers_of_ten(figures)
    ]
    line.text += f" ({latest.amount} → {total})"
    return line.outcome(Status.MATCHED)


def apply_stock(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One count for each site and moment of counting."""
    groups: dict[tuple[UUID, str], list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if line.status.is_sound:
            payload = _with_owner(counted_again(settled(line.payload)), actor, now)
            groups[UUID(chosen(payload, "site")), payload["counted_at"] or ""].append(payload)
    for (site, counted_at), payloads in groups.items():
        keys = [payload["key"] for payload in payloads]
        count = count_stock(
            site=site,
            lines=[_counted(payload, payloads) for payload in payloads],
            counted_at=datetime.fromisoformat(counted_at) if counted_at else now,
            actor=actor,
            now=now,
            request_id=derived_id("stock", site, *keys),
        )
        remember("stock", keys, count, now)


def _with_owner(payload: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """The payload with the owner whom a person called new registered. Raises NotYourPlace where the actor registers nobody."""
    if payload.get("owner") or not payload.get("owner_text"):
        return payload
    actor.require(*REGISTRARS)
    owner = register_party(kind="ORGANISATION", name=payload["owner_text"], now=now, confirmed_by=actor.person_id)
    return {**payload, "owner": str(owner)}


def _counted(payload: dict[str, Any], payloads: Sequence[dict[str, Any]]) -> Counted:
    """A second pile that a person confirmed later is counted on top of the first."""
    amount = payload["amount"]
    lot = _lot_of(payload)
    is_alone = all(other is payload or _lot_of(other) != lot for other in payloads)
    if payload["adds_to"] and is_alone:
        site = UUID(payload["site"])
        first = latest_counts(site, [lot]).get(lot)
        amount += first.amount if first else 0
    return Counted(
        item=UUID(payload["item"]),
        amount=amount,
        owner=UUID(payload["owner"]) if payload.get("owner") else None,
        standard=payload["standard"],
        expires_on=date.fromisoformat(payload["expires_on"]) if payload["expires_on"] else None,
        pieces_per_carton=payload["pieces_per_carton"],
        batch=payload["batch"],
    )
