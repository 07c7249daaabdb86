"""What was lost or damaged: the reports of a stretch of time, by truck and leg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.freight.models import Waybill
from baogong.journal import queries as papers
from baogong.journal.queries import DocumentView

REPORTS = ("LOSS_REPORT", "DAMAGE_REPORT")


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """
    One loss or damage report and what it wrote off.

    waybill   the leg it happened on, None where it happened on no road (packing, a loan); `way` in its words
    goods     (item, base units, what was noted)
    is_lost   lost; else damaged
    """

    document: UUID
    number: str
    at: datetime
    by_name: str
    is_lost: bool
    waybill: UUID | None
    waybill_number: str
    plate: str
    origin_name: str
    target_name: str
    where: str
    words: str
    goods: tuple[tuple[UUID, int, str], ...]


def written_off(*, since: datetime, until: datetime, limit: int = 200) -> tuple[WrittenOff, ...]:
    """Newest first, drawn up in [since, until); three queries."""
    found = papers.documents(kinds=REPORTS, drawn_since=since, drawn_until=until, limit=limit)
    numbers = {paper.body["waybill"] for paper in found if paper.body.get("waybill")}
    rows = Waybill.objects.filter(number__in=numbers).select_related("vehicle", "origin__party", "target__party")
    bills = {row.number: row for row in rows}
    return tuple(_written_off(paper, bills.get(str(paper.body.get("waybill") or ""))) for paper in found)


def _written_off(paper: DocumentView, bill: Waybill | None) -> WrittenOff:
    body: dict[str, Any] = paper.body
    return WrittenOff(
        document=paper.id,
        number=paper.number,
        at=paper.drawn_at,
        by_name=paper.drawn_by_name,
        is_lost=paper.kind == "LOSS_REPORT",
        waybill=bill.id if bill else None,
        waybill_number=bill.number if bill else "",
        plate=(bill.vehicle.plate if bill.vehicle else bill.truck) if bill else "",
        origin_name=bill.origin.party.name if bill else "",
        target_name=bill.target.party.name if bill else "",
        where=body.get("where", ""),
        words=body.get("words") or body.get("note") or body.get("why") or "",
        goods=tuple(
            (UUID(line["item"]), line["amount"], line.get("note") or "")
            for line in body.get("lines", ())
            if line.get("item")
        ),
    )
