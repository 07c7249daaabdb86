"""Beds, meals and kit of a place's crew, as others read them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from baogong.catalogue import queries as catalogue
from baogong.crew.models import Assignment, KitIssue, Lodging, Meal, Stay
from baogong.crew.rules import meal_times
from baogong.ledger import queries as book
from baogong.ledger.queries import BalanceView
from baogong.ledger.states import State


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
    item: UUID | None

    @property
    def out_count(self) -> int:
        return self.issued_count - self.returned_count if self.must_return else 0


@dataclass(frozen=True, slots=True)
class OwnStock:
    """So many base units of an item that a shelf may give the crew."""

    item: UUID
    name_zh: str
    name_en: str
    unit: str
    free: int


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
            row.item_id,
        )
        for row in found
    )


def own_lots(shelf: UUID, *, place: UUID, items: Collection[UUID] | None = None) -> tuple[BalanceView, ...]:
    """
    What stands free at `shelf` and is its own or the place's, the first to expire first; three queries.

    Never what was given or earmarked, nor what was made or bought out of other lots: behind those stand givers.
    """
    found = [
        view
        for view in book.balances(holders=[shelf], states=[State.AVAILABLE], items=items)
        if view.free > 0 and view.lot.owner in (shelf, place) and view.lot.donor is None and view.lot.earmark is None
    ]
    made = {source.child for source in book.sources_of([view.lot.id for view in found])} if found else set()
    sound = [view for view in found if view.lot.id not in made]
    return tuple(sorted(sound, key=lambda view: (view.lot.expires_on or date.max, view.lot.id)))


def own_stock(shelf: UUID, *, place: UUID) -> tuple[OwnStock, ...]:
    """What a shelf may give the crew of a place, in the order of names; five queries."""
    sums: Counter[UUID] = Counter()
    for view in own_lots(shelf, place=place):
        sums[view.lot.item] += view.free
    if not sums:
        return ()
    return tuple(
        OwnStock(view.id, view.name_zh, view.name_en, view.unit, sums[view.id])
        for view in catalogue.items()
        if view.id in sums and view.unit != "FEN"
    )


def kit_sums(place: UUID) -> tuple[tuple[str, int], ...]:
    """What was given out at the place in all, by thing; one query."""
    sums: Counter[str] = Counter()
    for thing, count in KitIssue.objects.filter(place=place).values_list("thing", "issued_count"):
        sums[thing] += count
    return tuple(sorted(sums.items()))
