"""Where a courier who is free can help: buildings of others' rounds that are not finished, and what may be taken there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from baogong.delivery import crewing
from baogong.delivery.models import Parcel, ParcelAct, Round, VisitParcel
from baogong.delivery.queries.parcels import CarriedView, failed_why, parcels
from baogong.delivery.queries.stations import point_of
from baogong.engine.geo import great_circle_m
from baogong.engine.rounds.problem import BUILDING_CATEGORY
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places.queries import BuildingView
from baogong.planning import queries as planning

LINES_MAX = 40  # a telephone carries so many, the nearest to where its courier walks
LATELY = timedelta(hours=12)
_UNDER_WAY = (Round.State.PLANNED, Round.State.STARTED)
_Pair = tuple[UUID, UUID, UUID]  # community, building, kind of goods
_Place = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """
    What one courier still has to bring of one kind to one building where whoever asks may work from `from_at` to `until_at`.

    waiting     all of it; `may_take` what of it nobody has loaded yet: who asks may bring it instead, to the shelf it was
                planned for where there is one
    is_whole    of `may_take` all or nothing: each building and kind has one courier
    is_located  its point is known; else it is laid out by its place in the order of buildings
    """

    community_name: str
    building: UUID
    building_name: str
    lat: float
    lon: float
    is_located: bool
    category_zh: str
    category_en: str
    courier_name: str
    waiting: int
    may_take: tuple[CarriedView, ...]
    is_whole: bool
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class HelpWanted:
    """
    `here`: the building where who asks was last seen to act; None: none that is known. `own`: it, and those on their own
    rounds of late.
    """

    here: UUID | None
    own: tuple[BuildingView, ...]
    lines: tuple[Unfinished, ...]


@dataclass(slots=True)
class _Heap:
    """What one courier has of a pair: how much in all, and what stands at the station or lies on a shelf to be taken up."""

    courier_name: str
    plan: UUID
    category: tuple[str, str]
    waiting: int = 0
    standing: list[tuple[UUID, UUID | None, str]] = field(default_factory=list)  # parcel, shelf


def help_wanted(*, station: UUID, courier: UUID, until_at: datetime, now: datetime) -> HelpWanted:
    """
    The others' unfinished buildings of this station, by building and kind, where this courier may work before `until_at`:
    the nearest to where the courier was last seen to act or still has to go.

    Who is assigned at one community only, or lacks a proof, hears of no other. Where the plan gives each building and kind
    one courier, what was begun on is that courier's alone unless the plan lets others help, and the rest goes whole.
    """
    acted = ParcelAct.objects.filter(by=courier, parcel__building__isnull=False).order_by("-at_device", "-id")
    last: _Place | None = acted.values_list("parcel__community", "parcel__building").first()
    heaps = _heaps(station, courier)
    hours = crewing.hours(courier, station, {pair[0] for pair in heaps}, Window(now, until_at), now) if heaps else {}
    heaps = {pair: its for pair, its in heaps.items() if pair[0] in hours}
    own: set[_Place] = set(
        VisitParcel.objects.filter(
            visit__round__courier=courier, visit__round__back_at__gt=now - LATELY, parcel__building__isnull=False
        ).values_list("parcel__community", "parcel__building")
    )
    own |= {last} if last else set()
    buildings = _buildings({pair[:2] for pair in heaps} | own, station, now)
    around = [buildings[place][1] for place in sorted(own) if place in buildings]
    found = sorted(
        (
            (_apart_m(buildings[pair[:2]][1], around), str(pair), heap.courier_name, pair, heap, is_whole)
            for pair, heap, is_whole in _open_to_others(station, heaps, now)
            if pair[:2] in buildings
        ),
        key=lambda one: one[:3],
    )[:LINES_MAX]
    views = {view.id: view for view in parcels(ids=[each[0] for *_, heap, _whole in found for each in heap.standing])}
    return HelpWanted(
        last[1] if last else None,
        tuple(around),
        tuple(
            Unfinished(
                buildings[pair[:2]][0],
                pair[1],
                (there := buildings[pair[:2]][1]).name,
                there.lat,
                there.lon,
                there.is_located,
                *heap.category,
                heap.courier_name,
                heap.waiting,
                tuple(
                    CarriedView(views[each], "", shelf, name) for each, shelf, name in heap.standing if each in views
                ),
                is_whole,
                *hours[pair[0]],
            )
            for *_, pair, heap, is_whole in found
        ),
    )


def _heaps(station: UUID, courier: UUID) -> dict[_Pair, list[_Heap]]:
    """Everything on the others' rounds that no household has yet, but what was tried in vain and goes back."""
    rows = VisitParcel.objects.filter(
        ended_at=None, parcel__building__isnull=False, visit__round__station=station, visit__round__state__in=_UNDER_WAY
    ).exclude(visit__round__courier=courier)
    rows = rows.alias(failed=failed_why("parcel")).exclude(parcel__state=Parcel.State.WITH_COURIER, failed__gt="")
    found: defaultdict[_Pair, dict[tuple[UUID, UUID], _Heap]] = defaultdict(dict)
    goes_up = Q(parcel__wants_door=True) | Q(parcel__out_of_place_at__isnull=False)
    to_take = Q(parcel__state=Parcel.State.AT_STATION, parcel__holder=station) | Q(
        goes_up, parcel__state=Parcel.State.ON_SHELF
    )
    standing = set(rows.filter(to_take, taken_at=None).values_list("parcel", flat=True))
    facts = (
        "parcel", "parcel__community", "parcel__building", "parcel__category", "parcel__category__name_zh",
        "parcel__category__name_en", "visit__round__courier", "visit__round__courier__name", "visit__round__plan",
        "visit__shelf", "visit__shelf__name",
    )  # fmt: skip
    lines = rows.order_by("parcel__number").values_list(*facts)
    for parcel, community, building, category, zh, en, other, name, plan, shelf, shelf_name in lines:
        its = found[community, building, category]
        heap = its.setdefault((other, plan), _Heap(name, plan, (zh, en)))
        heap.waiting += 1
        if parcel in standing:
            heap.standing.append((parcel, shelf, shelf_name or ""))
    return {pair: list(its.values()) for pair, its in found.items()}


def _open_to_others(
    station: UUID, heaps: dict[_Pair, list[_Heap]], now: datetime
) -> Iterable[tuple[_Pair, _Heap, bool]]:
    """(pair, heap, all or nothing) of what another than its courier may help with, as its plan has it."""
    plans = {heap.plan for its in heaps.values() for heap in its}
    limits: dict[UUID, Any] = {
        head.id: head.params.get("limits") or {} for head in planning.plans(ids=plans, limit=len(plans))
    }
    begun = set(
        VisitParcel.objects.filter(
            visit__round__station=station, visit__round__back_at__gt=now - LATELY, taken_at__isnull=False
        ).values_list("parcel__community", "parcel__building", "parcel__category")
    )
    for pair, its in heaps.items():
        for heap in its:
            rule = limits.get(heap.plan, {})
            is_owned = rule.get("one_courier_per") == BUILDING_CATEGORY and not rule.get("helping")
            if not is_owned:
                yield pair, heap, False
            elif pair not in begun and len(its) == 1 and len(heap.standing) == heap.waiting:
                yield pair, heap, True


def _buildings(wanted: Collection[_Place], station: UUID, now: datetime) -> dict[_Place, tuple[str, BuildingView]]:
    """Each with the name of its community; those of one that lies nobody knows where, at the station."""
    plans = places.community_plans(sorted({community for community, _ in wanted}), now, with_doors=False)
    if any(plan.lat is None for plan in plans):
        point = point_of(station, now) or (0.0, 0.0)
        plans = tuple(places.laid_out_around(plan, *point) for plan in plans)
    return {(plan.id, each.id): (plan.name, each) for plan in plans for each in plan.buildings}


def _apart_m(there: BuildingView, around: Collection[BuildingView]) -> int:
    return round(min((great_circle_m(one.lat, one.lon, there.lat, there.lon) for one in around), default=0))
