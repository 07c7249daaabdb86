"""
Households of a community, counted by its residents' committee; their counts summed to the community's needs.

Only what is needed is kept: a code for the door, how many of which group, a name with its last character masked. Where
a full name must be kept (medicine on prescription), it is personal data of the people room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.asked import GroupUse, quantity_for
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.needs.errors import NeedLooksDoubled, NobodyCounted, UseUnknown
from baogong.needs.models import Figure, Household, Need
from baogong.needs.models.figures import Ground, Group
from baogong.needs.queries.figures import Effect, effects_of, seen_hash, uses_of
from baogong.needs.queries.households import (
    COUNTS,
    CommunityView,
    HouseholdView,
    communities,
    counts_by_group,
    group_counts,
    household_views,
)
from baogong.needs.services.figures import Said, quantity_of, refuse_unseen, restated, write_figures
from baogong.needs.services.reach import require_at
from baogong.needs.services.requests import FRESH_FOR, open_doubles, place_of
from baogong.people.queries.identity import datum_of
from baogong.people.queries.merges import houses, root_of
from baogong.people.queries.parties import party_names
from baogong.people.services import identity
from baogong.people.services.parties import register_party
from baogong.supply.requests import content_of, made_before

NAME_PURPOSE = "HOUSEHOLD"


@dataclass(frozen=True, slots=True)
class Counts:
    """Persons of one household. Adults, old (≥ 70) and infants (< 3) divide it; the ill and pregnant are among them."""

    adults: int = 0
    old: int = 0
    infants: int = 0
    chronic: int = 0
    pregnant: int = 0

    @property
    def persons(self) -> int:
        return self.adults + self.old + self.infants


@transaction.atomic
@recorded("needs.household.counted")
def count_household(
    *,
    community: UUID,
    code: str,
    counts: Counts,
    actor: Actor,
    now: datetime,
    name: str = "",
    source: str = "",
) -> UUID:
    """
    One household as counted now; the same code again takes the place of the earlier count. Returns its id.

    name   kept with its last character masked only
    Raises UnusableInput, NotYourPlace.
    """
    require_at(actor, community, Duty.CLERK)
    community, code = root_of(community), door_code(code)
    if (
        not code
        or counts.persons < 1
        or min(vars_of(counts)) < 0
        or max(counts.chronic, counts.pregnant) > counts.persons
    ):
        raise UnusableInput(
            "A household has a code for its door and at least one person; nothing was kept.",
            where="household",
            found=f"{code}: {counts}",
            expected="a code, whole numbers ≥ 0, at least one person, no more who are ill or pregnant than persons",
            cure="Count the persons of the household again.",
        )
    facts = {f"{field}_count": getattr(counts, field) for field in COUNTS}
    facts |= {"name_masked": masked(name), "source": source[:240], "counted_at": now, "counted_by_id": actor.person_id}
    row, _ = Household.objects.update_or_create(community_id=community, code=code[:40], left_at=None, defaults=facts)
    record(kind="needs.household.counted", actor=actor, now=now, subject=community, data={"household": str(row.id)})
    return row.id


@transaction.atomic
@recorded("needs.household.left")
def household_left(*, household: UUID, actor: Actor, now: datetime) -> None:
    """The household lives elsewhere now, and is counted no more. Raises NotFound, NotYourPlace."""
    row = lock_row(Household.objects.all(), household)
    require_at(actor, row.community_id, Duty.CLERK)
    if row.left_at is None:
        row.left_at = now
        row.save(update_fields=["left_at"])
    record(kind="needs.household.left", actor=actor, now=now, subject=row.community_id, data={"household": str(row.id)})


@transaction.atomic
@recorded("needs.household.name-kept")
def keep_name(*, household: UUID, name: str, actor: Actor, now: datetime) -> None:
    """Keep a full name where a purpose needs it; it stands enciphered. Raises NotFound, NotYourPlace."""
    row = lock_row(Household.objects.all(), household)
    require_at(actor, row.community_id, Duty.CLERK)
    if not name.strip():
        raise UnusableInput("Write the name; nothing was kept.", where="name")
    if row.person_id is None:
        community = party_names([row.community_id])[row.community_id][0]
        row.person_id = register_party(
            kind="PERSON",
            name=f"{community} {row.code}",
            now=now,
            request_id=derived_id("household", row.id),
        )
        row.save(update_fields=["person"])
    identity.keep_datum(party=row.person_id, what="NAME", value=name.strip(), purpose=NAME_PURPOSE, now=now)
    record(
        kind="needs.household.name-kept",
        actor=actor,
        now=now,
        subject=row.community_id,
        data={"household": str(row.id)},
    )


@transaction.atomic
def name_of(*, household: UUID, actor: Actor, now: datetime, why: str) -> str:
    """The full name, once, for a stated reason; who read it stays. Raises NotFound, Erased, NotYourPlace."""
    row = lock_row(Household.objects.all(), household)
    require_at(actor, row.community_id, Duty.CLERK)
    datum = None if row.person_id is None else datum_of(row.person_id, what="NAME", purpose=NAME_PURPOSE)
    if datum is None:
        raise NotFound("No name was kept of this household.", where=str(household))
    return identity.reveal(datum=datum, actor=actor, now=now, why=why)


@transaction.atomic
@recorded("needs.households.read")
def read_households(*, community: UUID, actor: Actor, now: datetime) -> tuple[HouseholdView, ...]:
    """The households behind a community's sums, for those with duty there only; who read them stays. Raises NotYourPlace."""
    require_at(actor, community, Duty.CLERK)
    record(kind="needs.households.read", actor=actor, now=now, subject=root_of(community))
    return household_views(community)


@transaction.atomic
@recorded("needs.need.asked")
def ask_for_community(
    *,
    community: UUID,
    item: UUID,
    days_count: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    urgency: int = 3,
    due_at: datetime | None = None,
) -> UUID:
    """
    A community's need for so many days, from its households and the house's uses; returns the need's id.

    Every figure stands with the need: persons by group (counted), days, use by group with its source.
    Raises UseUnknown, NobodyCounted, NeedLooksDoubled, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    require_at(actor, community)
    community = root_of(community)
    content = content_of(community=community, item=item, days=days_count, urgency=urgency, due_at=due_at)
    earlier = made_before(Need, request_id, content)
    if earlier is not None:
        return earlier.id
    if days_count < 1 or not 1 <= urgency <= 4:
        raise UnusableInput("A need is for one day or more; urgency is 1 to 4.", found=f"{days_count}, {urgency}")
    if doubles := open_doubles(community, item, now):
        raise NeedLooksDoubled(
            "This community already asks for this item. Nothing was written.",
            where=str(community),
            found=[str(need) for need in doubles],
            cure="Recount the need that is there.",
        )
    said = _said(community, item, days_count)
    row = Need.objects.create(
        request_id=request_id,
        content=content,
        receiver_id=community,
        site_id=place_of(community),
        item_id=item,
        basis=Need.Basis.HOUSEHOLDS,
        quantity=quantity_of(said),
        people_count=group_counts(community)[Group.PERSON],
        days_count=days_count,
        urgency=urgency,
        use=Need.Use.COMMUNITY,
        source="households counted",
        asked_at=now,
        fresh_until=now + FRESH_FOR,
        due_at=due_at,
        created_at=now,
    )
    write_figures(row, said, actor=actor, now=now)
    record(
        kind="needs.need.asked",
        actor=actor,
        now=now,
        subject=community,
        data={"need": str(row.id), "item": str(item), "quantity": row.quantity},
    )
    return row.id


def preview_recount(*, community: UUID, counted: CommunityView | None = None) -> tuple[Effect, ...]:
    """
    What the households as counted now would make of the community's open needs; nothing is written.

    counted   the community's sums, where they are read already
    """
    changed = {row.pk: quantity_of(said) for row, said in _recounted(community, counted)}
    return effects_of(changed)


@transaction.atomic
@recorded("needs.community.recounted")
def recount(*, community: UUID, seen: str, actor: Actor, now: datetime) -> tuple[Effect, ...]:
    """
    The community's open needs rest on its households as counted now. Returns what became of them.

    seen   `queries.seen_hash` of the preview the actor looked at. Raises FiguresMoved, NotYourPlace.
    """
    require_at(actor, community)
    # Locked before looking: two who recount at once would else write the same figures twice.
    lock_rows(Need.objects.all(), [row.pk for row, _ in _recounted(community)])
    effects = preview_recount(community=community)
    refuse_unseen(effects, seen)
    changed = _recounted(community)
    persons = group_counts(community)[Group.PERSON]
    for row, said in changed:
        write_figures(row, said, actor=actor, now=now)
        row.quantity, row.people_count = quantity_of(said), persons
        row.renewed_at, row.fresh_until = now, now + FRESH_FOR
        row.save(update_fields=["quantity", "people_count", "renewed_at", "fresh_until"])
    record(
        kind="needs.community.recounted",
        actor=actor,
        now=now,
        subject=root_of(community),
        data={"needs": [[str(each.need.id), each.before, each.after] for each in effects], "seen": seen_hash(effects)},
    )
    return effects


def door_code(text: str) -> str:
    """One way to write one door: １－２－301, 1—2—301 and 1 - 2 - 301 are 1-2-301."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return re.sub(r"\s*[-‐-―−﹣]\s*", "-", plain)


def masked(name: str) -> str:
    """张小三 → 张小*; one character → *; what is masked stays as it is."""
    plain = name.strip()
    return plain[:21] if plain.endswith("*") else (f"{plain[:-1][:20]}*" if plain else "")


def vars_of(counts: Counts) -> tuple[int, ...]:
    return tuple(getattr(counts, field) for field in COUNTS)


def _said(community: UUID, item: UUID, days_count: int) -> list[Said]:
    uses = {group: use for group, use in uses_of(item).items() if group != Group.CLINICIAN}
    if not uses:
        raise UseUnknown(
            "Nobody has said what one person uses of this item. Nothing was written.",
            where=str(item),
            expected="a use by group, with its source",
            cure="Set it under Assumptions first.",
        )
    counts = group_counts(community)
    households = Household.objects.filter(community__in=houses().family([community]), left_at=None).count()
    said = [Said(Figure.What.DAYS, days_count, Ground.ESTIMATE)]
    for group, use in sorted(uses.items()):
        said.append(Said(Figure.What.PEOPLE, counts[group], Ground.COUNTED, f"{households}", group))
        said.append(
            Said(Figure.What.USE, use.amount_milli, use.ground, use.source, group, use.per_days, is_standard=True)
        )
    if _total(said, days_count) == 0:
        raise NobodyCounted(
            "No household of this community is counted in a group that uses this item. Nothing was written.",
            where=str(community),
            found=", ".join(sorted(uses)),
            cure="Import the residents' committee's list first.",
        )
    return said


def _total(said: list[Said], days_count: int) -> int:
    people: Mapping[str, int] = {each.group: each.amount for each in said if each.what == Figure.What.PEOPLE}
    uses = (GroupUse(people[use.group], use.amount, use.per_days) for use in said if use.what == Figure.What.USE)
    return quantity_for(uses, days_count=days_count)


def _recounted(community: UUID, counted: CommunityView | None = None) -> list[tuple[Need, list[Said]]]:
    """Open needs that rest on households, with the persons counted now; unchanged ones too."""
    counted = counted or next(iter(communities([community])), None)
    if counted is None:
        return []
    rows = Need.objects.filter(
        receiver__in=houses().family([community]),
        basis=Need.Basis.HOUSEHOLDS,
        standing=Need.Standing.REQUESTED,
    ).order_by("id")
    counts, households = counts_by_group(counted), counted.households
    found: dict[UUID, list[Said]] = {}
    for figure in Figure.objects.filter(need__in=rows, ended_at=None).order_by("what", "group"):
        said = restated(figure)
        if figure.what == Figure.What.PEOPLE:
            said = Said(Figure.What.PEOPLE, counts[figure.group], Ground.COUNTED, f"{households}", figure.group)
        found.setdefault(figure.need_id, []).append(said)
    return [(row, found[row.pk]) for row in rows if quantity_of(found[row.pk]) > 0]
