"""Beds, meals and kit of a place's crew, as others read them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from baogong.crew.models import Assignment, KitIssue, Lodging, Meal, Stay
from baogong.crew.rules import meal_times


@dataclass(frozen=True, slots=True)
class StayView:
    id: UUID
    person: UUID
    name: str
    room: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class LodgingView:
    """A house, its beds, and who sleeps there now, by name."""

    id: UUID
    name: str
    beds_count: int
    stays: tuple[StayView, ...]

    @property
    def free_count(self) -> int:
        return self.beds_count - len(self.stays)


@dataclass(frozen=True, slots=True)
class MealView:
    """One meal of one day: how many are to eat, how many got theirs."""

    which: str
    at: datetime
    persons: tuple[tuple[UUID, str], ...]
    served: frozenset[UUID]

    @property
    def open_count(self) -> int:
        return sum(person not in self.served for person, _ in self.persons)


@dataclass(frozen=True, slots=True)
class KitView:
    id: UUID
    person: UUID
    name: str
    thing: str
    issued_count: int
    returned_count: int
    must_return: bool
    issued_at: datetime

    @property
    def out_count(self) -> int:
        return self.issued_count - self.returned_count if self.must_return else 0


def lodgings(place: UUID) -> tuple[LodgingView, ...]:
    """By name; two queries."""
    houses = list(Lodging.objects.filter(place=place).order_by("name", "id"))
    stays = Stay.objects.filter(lodging__in=houses, until_at=None).select_related("person")
    found: dict[UUID, list[StayView]] = defaultdict(list)
    for stay in stays.order_by("room", "from_at", "id"):
        found[stay.lodging_id].append(StayView(stay.id, stay.person_id, stay.person.name, stay.room, stay.from_at))
    return tuple(LodgingView(house.id, house.name, house.beds_count, tuple(found[house.id])) for house in houses)


def meals(place: UUID, day: date) -> tuple[MealView, ...]:
    """
    The day's meals in order: for whoever is planned there when it is served, and whoever sleeps there; three queries.
    """
    zone = timezone.get_default_timezone()
    moments = {which: datetime.combine(day, at, zone) for which, at in meal_times().items()}
    first, last = min(moments.values()), max(moments.values())
    planned = list(
        Assignment.objects.filter(
            place=place, state=Assignment.State.PLANNED, start_at__lte=last, end_at__gt=first
        ).values_list("person_id", "person__name", "start_at", "end_at")
    )
    lodged = list(
        Stay.objects.filter(
            Q(until_at=None) | Q(until_at__gt=first), lodging__place=place, from_at__lte=last
        ).values_list("person_id", "person__name", "from_at", "until_at")
    )
    names = {person: name for person, name, _, _ in (*planned, *lodged)}
    served: dict[str, set[UUID]] = defaultdict(set)
    eaten = Meal.objects.filter(place=place, day=day).values_list("which", "person_id", "person__name")
    for which, person, name in eaten:
        served[which].add(person)
        names[person] = name
    eats: dict[str, set[UUID]] = {}
    for which, at in moments.items():
        here = {person for person, _, start, end in planned if start <= at < end}
        asleep = {person for person, _, start, end in lodged if start <= at and (end is None or at < end)}
        eats[which] = here | (asleep if which != Meal.Which.NIGHT else set()) | served[which]
    return tuple(
        MealView(
            which,
            moments[which],
            tuple(sorted(((person, names[person]) for person in eats[which]), key=lambda each: (each[1], each[0]))),
            frozenset(served[which]),
        )
        for which in sorted(moments, key=lambda which: moments[which])
    )


def kit(place: UUID, *, person: UUID | None = None, is_out: bool = False, limit: int = 500) -> tuple[KitView, ...]:
    """The newest first; one query. `is_out`: only what must come back and has not."""
    rows = KitIssue.objects.filter(place=place).order_by("-issued_at", "-id")
    if person is not None:
        rows = rows.filter(person=person)
    if is_out:
        rows = rows.filter(must_return=True, returned_count__lt=F("issued_count"))
    found = rows.select_related("person")[:limit]
    return tuple(
        KitView(
            row.id,
            row.person_id,
            row.person.name,
            row.thing,
            row.issued_count,
            row.returned_count,
            row.must_return,
            row.issued_at,
        )
        for row in found
    )


def kit_sums(place: UUID) -> tuple[tuple[str, int], ...]:
    """What was given out at the place in all, by thing; one query."""
    sums: Counter[str] = Counter()
    for thing, count in KitIssue.objects.filter(place=place).values_list("thing", "issued_count"):
        sums[thing] += count
    return tuple(sorted(sums.items()))
