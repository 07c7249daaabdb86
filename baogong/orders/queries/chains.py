"""Pastes, their lines with the words they came from, and the queue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.orders.models import ChainLine, Paste

LINES_MAX = 5_000
State = ChainLine.State


@dataclass(frozen=True, slots=True)
class PasteView:
    """
    counts       state → how many of its lines
    unaccounted  characters, blanks aside, that no line covers
    is_late      pasted after the basket's deadline; when each of its lines was written nobody knows
    """

    id: UUID
    number: int
    group: str
    file_name: str
    text: str
    at: datetime
    counts: dict[str, int]
    unaccounted: int
    is_newest: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class LineView:
    """`words`: the characters it came from."""

    id: UUID
    paste: UUID
    number: int
    kind: str
    state: str
    words: str
    where: str
    why: str
    suggestion: str
    no: int | None
    name: str
    building: str
    unit: str
    room: str
    items: tuple[tuple[str, int], ...]
    note: str
    is_paid: bool
    doubts: tuple[str, ...]
    reason: str
    decided_at: datetime | None

    @property
    def place(self) -> tuple[str, str, str]:
        return self.building, self.unit, self.room


def pastes_of(basket: UUID) -> tuple[PasteView, ...]:
    """The newest first."""
    pastes = list(Paste.objects.filter(basket=basket).select_related("basket").order_by("-number"))
    counts: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    spans: defaultdict[UUID, list[tuple[int, int]]] = defaultdict(list)
    rows = ChainLine.objects.filter(paste__basket=basket).order_by("paste", "start")
    for paste, state, start, end in rows.values_list("paste", "state", "start", "end"):
        counts[paste][state] += 1
        spans[paste].append((start, end))
    newest: dict[str, UUID] = {}
    for paste_row in pastes:
        newest.setdefault(paste_row.group, paste_row.id)
    return tuple(
        PasteView(
            row.id,
            row.number,
            row.group,
            row.file_name,
            row.text,
            row.at,
            dict(counts[row.id]),
            uncovered(row.text, spans[row.id]),
            newest[row.group] == row.id,
            row.at >= row.basket.closes_at,
        )
        for row in pastes
    )


def uncovered(text: str, spans: Collection[tuple[int, int]]) -> int:
    """Characters that are no blank and stand in no span."""
    left, at = 0, 0
    for start, end in sorted(spans):
        left += len("".join(text[at:start].split()))
        at = max(at, end)
    return left + len("".join(text[at:].split()))


def lines_of(basket: UUID, *, states: Collection[str] | None = None, limit: int = LINES_MAX) -> tuple[LineView, ...]:
    """In the order they were pasted and stand there; None is any state."""
    rows = ChainLine.objects.filter(paste__basket=basket).select_related("paste")
    if states is not None:
        rows = rows.filter(state__in=states)
    return tuple(line_view(row) for row in rows.order_by("paste__number", "number")[:limit])


def line_view(row: ChainLine) -> LineView:
    return LineView(
        id=row.id,
        paste=row.paste_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        words=row.paste.text[row.start : row.end].strip(),
        where=row.where,
        why=row.why,
        suggestion=row.suggestion,
        no=row.no,
        name=row.name,
        building=row.building,
        unit=row.unit,
        room=row.room,
        items=tuple((code, packs) for code, packs in row.items),
        note=row.note,
        is_paid=row.is_paid,
        doubts=tuple(row.doubts),
        reason=row.reason,
        decided_at=row.decided_at,
    )
