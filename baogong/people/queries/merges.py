"""Who speaks for whom: merges in force, and couples that are two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from baogong.kernel.errors import NotFound
from baogong.people.models import Apart, Merge


@dataclass(frozen=True, slots=True)
class MergeView:
    """`evidence` are the codes and letters that the person saw who decided."""

    id: UUID
    kept: UUID
    kept_name: str
    merged: UUID
    merged_name: str
    evidence: tuple[tuple[str, str], ...]
    why: str
    merged_at: datetime
    merged_by: UUID | None
    merged_by_name: str
    undone_at: datetime | None
    undone_by_name: str
    undone_why: str

    @property
    def is_in_force(self) -> bool:
        return self.undone_at is None


@dataclass(frozen=True, slots=True)
class ApartView:
    id: UUID
    first: UUID
    first_name: str
    second: UUID
    second_name: str
    why: str
    said_at: datetime
    said_by_name: str


class Houses:
    """The merges in force, read once: whom a party stands under, and all who stand under one."""

    def __init__(self, couples: Iterable[tuple[UUID, UUID]]) -> None:
        """couples   (kept, merged)"""
        self._above = {merged: kept for kept, merged in couples}
        self._under: dict[UUID, list[UUID]] = defaultdict(list)
        for merged in self._above:
            self._under[self.root(merged)].append(merged)

    def root(self, party: UUID) -> UUID:
        """The party that speaks for this one; itself where nobody merged it."""
        while party in self._above:
            party = self._above[party]
        return party

    def family(self, parties: Collection[UUID]) -> frozenset[UUID]:
        """These parties, those that speak for them, and all for whom those speak."""
        roots = {self.root(party) for party in parties}
        return frozenset(roots).union(*(self._under.get(root, ()) for root in roots))

    @property
    def merged(self) -> frozenset[UUID]:
        return frozenset(self._above)


def houses() -> Houses:
    """One query."""
    return Houses(Merge.objects.filter(undone_at=None).values_list("kept_id", "merged_id"))


def said_of_houses() -> tuple[Houses, tuple[tuple[UUID, UUID], ...]]:
    """Which were merged, and the couples that a person said are two; one query."""
    merged = Merge.objects.filter(undone_at=None).values_list("kept_id", "merged_id", Value(True))
    two = Apart.objects.filter(undone_at=None).values_list("first_id", "second_id", Value(False))
    rows = list(merged.union(two, all=True))
    return (
        Houses((one, other) for one, other, is_merged in rows if is_merged),
        tuple((one, other) for one, other, is_merged in rows if not is_merged),
    )


def root_of(party: UUID) -> UUID:
    """The party that speaks for this one now; one query."""
    return houses().root(party)


def merge(merge_id: UUID) -> MergeView:
    """Raises NotFound."""
    found = _views(Merge.objects.filter(pk=merge_id))
    if not found:
        raise NotFound("There is no such merge.", where=str(merge_id), cure="Open the list again.")
    return found[0]


def merges(*, party: UUID | None = None, in_force: bool | None = None, limit: int = 200) -> tuple[MergeView, ...]:
    """Newest first; with `party` only those it was kept or merged in."""
    rows = Merge.objects.order_by("-merged_at", "-id")
    if party is not None:
        rows = rows.filter(Q(kept=party) | Q(merged=party))
    if in_force is not None:
        rows = rows.filter(undone_at__isnull=in_force)
    return _views(rows[:limit])


def aparts(*, limit: int = 2_000) -> tuple[ApartView, ...]:
    """Couples that are two, newest first."""
    rows = Apart.objects.filter(undone_at=None).select_related("first", "second", "said_by")
    return tuple(
        ApartView(
            id=row.id,
            first=row.first_id,
            first_name=row.first.name,
            second=row.second_id,
            second_name=row.second.name,
            why=row.why,
            said_at=row.said_at,
            said_by_name=row.said_by.name if row.said_by else "",
        )
        for row in rows.order_by("-said_at", "-id")[:limit]
    )


def _views(rows: QuerySet[Merge]) -> tuple[MergeView, ...]:
    return tuple(
        MergeView(
            id=row.id,
            kept=row.kept_id,
            kept_name=row.kept.name,
            merged=row.merged_id,
            merged_name=row.merged.name,
            evidence=tuple((part["code"], part["text"]) for part in row.evidence),
            why=row.why,
            merged_at=row.merged_at,
            merged_by=row.merged_by_id,
            merged_by_name=row.merged_by.name if row.merged_by else "",
            undone_at=row.undone_at,
            undone_by_name=row.undone_by.name if row.undone_by else "",
            undone_why=row.undone_why,
        )
        for row in rows.select_related("kept", "merged", "merged_by", "undone_by")
    )
