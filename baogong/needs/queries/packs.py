"""Packs by need: which pack is for whom, and how many of each a community's households come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from baogong.engine.packs import packs_by_need
from baogong.needs.models import Household, PackRule
from baogong.needs.models.figures import Group
from baogong.needs.queries.households import COUNTS
from baogong.people.queries.merges import houses
from baogong.people.queries.parties import parties
from baogong.supply.pack_views import KitView
from baogong.supply.queries import kits

# Of whom a household's persons of a group are the sum.
_COUNTED = {
    Group.PERSON: ("adults", "old", "infants"),
    Group.ADULT: ("adults",),
    Group.OLD: ("old",),
    Group.INFANT: ("infants",),
    Group.CHRONIC: ("chronic",),
    Group.PREGNANT: ("pregnant",),
}
GROUPS = tuple(_COUNTED)


@dataclass(frozen=True, slots=True)
class PackRuleView:
    """`per_persons` 0: one pack for each household that has any of the group."""

    id: UUID
    kit_code: str
    kit_zh: str
    kit_en: str
    item: UUID
    group: str
    per_persons: int
    set_at: datetime
    set_by_name: str


@dataclass(frozen=True, slots=True)
class PacksNeeded:
    """What one community needs of one kind of pack: `households` have `persons` of the group."""

    community: UUID
    community_name: str
    kit_code: str
    kit_zh: str
    kit_en: str
    item: UUID
    group: str
    per_persons: int
    households: int
    persons: int
    packs: int


def pack_rules(known: Collection[KitView] | None = None) -> tuple[PackRuleView, ...]:
    """
    The rules in force, by kit and group.

    known   the kits, where they are read already
    """
    by_code = {kit.code: kit for kit in (kits() if known is None else known)}
    rows = PackRule.objects.filter(ended_at=None, kit_code__in=by_code).order_by("kit_code", "group")
    return tuple(
        PackRuleView(
            id=row.id,
            kit_code=row.kit_code,
            kit_zh=(kit := by_code[row.kit_code]).name_zh,
            kit_en=kit.name_en,
            item=kit.item,
            group=row.group,
            per_persons=row.per_persons,
            set_at=row.set_at,
            set_by_name=row.set_by_name,
        )
        for row in rows
    )


def packs_needed(
    communities: Collection[UUID] | None = None, *, rules: Collection[PackRuleView] | None = None
) -> tuple[PacksNeeded, ...]:
    """How many packs of each kind each community's households come to; ordered by community's name, kit and group."""
    rules = pack_rules() if rules is None else rules
    merged = houses()
    rows = Household.objects.filter(left_at=None)
    if communities is not None:
        rows = rows.filter(community__in=merged.family(communities))
    sizes: dict[tuple[UUID, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    alike = (
        rows.order_by().values("community", *(f"{field}_count" for field in COUNTS)).annotate(households=Count("id"))
    )
    for row in alike:
        for group in {rule.group for rule in rules}:
            persons = sum(row[f"{field}_count"] for field in _COUNTED[Group(group)])
            if persons:
                sizes[merged.root(row["community"]), group][persons] += row["households"]
    names = {party.id: party.name for party in parties(ids=list({root for root, _ in sizes}))} if sizes else {}
    return tuple(
        PacksNeeded(
            community=community,
            community_name=name,
            kit_code=rule.kit_code,
            kit_zh=rule.kit_zh,
            kit_en=rule.kit_en,
            item=rule.item,
            group=rule.group,
            per_persons=rule.per_persons,
            households=sum(counted.values()),
            persons=sum(members * count for members, count in counted.items()),
            packs=packs_by_need(counted, rule.per_persons),
        )
        for community, name in sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
        for rule in rules
        if (counted := sizes.get((community, rule.group)))
    )
