"""Communities: sums by group for the office; households only through `services.read_households`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum

from baogong.needs.models import Household
from baogong.needs.models.figures import Group
from baogong.people.queries.merges import houses
from baogong.people.queries.parties import parties

HOUSEHOLDS_MAX = 20_000
COUNTS = ("adults", "old", "infants", "chronic", "pregnant")
_OF_GROUP = {
    Group.ADULT: "adults",
    Group.OLD: "old",
    Group.INFANT: "infants",
    Group.CHRONIC: "chronic",
    Group.PREGNANT: "pregnant",
}


@dataclass(frozen=True, slots=True)
class HouseholdView:
    id: UUID
    code: str
    name_masked: str
    adults: int
    old: int
    infants: int
    chronic: int
    pregnant: int
    has_name: bool
    counted_at: datetime

    @property
    def persons(self) -> int:
        return self.adults + self.old + self.infants


@dataclass(frozen=True, slots=True)
class CommunityView:
    """A community's sums: nothing in them leads to a household."""

    community: UUID
    name: str
    city: str
    households: int
    persons: int
    adults: int
    old: int
    infants: int
    chronic: int
    pregnant: int
    counted_at: datetime


def communities(ids: Collection[UUID] | None = None) -> tuple[CommunityView, ...]:
    """Every community with a counted household, by name; three queries."""
    merged = houses()
    rows = Household.objects.filter(left_at=None)
    if ids is not None:
        rows = rows.filter(community__in=merged.family(ids))
    sums: dict[UUID, dict[str, int]] = {}
    counted: dict[UUID, datetime] = {}
    grouped = (
        rows.order_by()
        .values("community")
        .annotate(
            households=Count("id"), counted_at=Max("counted_at"), **{field: Sum(f"{field}_count") for field in COUNTS}
        )
    )
    found: list[dict[str, Any]] = [dict(row) for row in grouped]
    for row in found:
        root = merged.root(row["community"])
        into = sums.setdefault(root, dict.fromkeys((*COUNTS, "households"), 0))
        for field in (*COUNTS, "households"):
            into[field] += row[field]
        counted[root] = max(counted.get(root, row["counted_at"]), row["counted_at"])
    return tuple(
        CommunityView(
            community=party.id,
            name=party.name,
            city=party.city,
            persons=sum(sums[party.id][field] for field in ("adults", "old", "infants")),
            counted_at=counted[party.id],
            **sums[party.id],
        )
        for party in (parties(ids=list(sums)) if sums else ())
    )


def group_counts(community: UUID) -> dict[str, int]:
    """Persons by group, everyone under PERSON; zeros where nobody is counted."""
    found = communities([community])
    return counts_by_group(found[0]) if found else dict.fromkeys([*_OF_GROUP, Group.PERSON, Group.CLINICIAN], 0)


def counts_by_group(view: CommunityView) -> dict[str, int]:
    counts: dict[str, int] = {group: getattr(view, field) for group, field in _OF_GROUP.items()}
    return {**counts, Group.PERSON: view.persons, Group.CLINICIAN: 0}


def household_views(community: UUID) -> tuple[HouseholdView, ...]:
    """By code. Pages go through `services.read_households`, which asks for the duty and keeps who read."""
    rows = Household.objects.filter(community__in=houses().family([community]), left_at=None).order_by("code", "id")
    return tuple(
        HouseholdView(
            id=row.id,
            code=row.code,
            name_masked=row.name_masked,
            adults=row.adults_count,
            old=row.old_count,
            infants=row.infants_count,
            chronic=row.chronic_count,
            pregnant=row.pregnant_count,
            has_name=row.person_id is not None,
            counted_at=row.counted_at,
        )
        for row in rows[:HOUSEHOLDS_MAX]
    )
