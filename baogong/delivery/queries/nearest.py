"""Where whoever is free can help: the nearest building that is not finished."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.delivery.models import ParcelAct, Round, VisitParcel
from baogong.engine.geo import great_circle_m
from baogong.places import queries as places
from baogong.places.queries import BuildingView


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`parcels` of `courier_name` wait for this building; `is_estimate`: it or where one stands has no point."""

    community_name: str
    building_name: str
    courier_name: str
    parcels: int
    walk_m: int
    is_estimate: bool


def nearest_unfinished(*, station: UUID, courier: UUID, now: datetime) -> Unfinished | None:
    """
    Of all buildings to which others of this station still carry something, the one nearest to where the courier was last
    seen to act; without such a place, the one with the most parcels. None: nothing is left.
    """
    rows = VisitParcel.objects.filter(
        ended_at=None,
        parcel__building__isnull=False,
        visit__round__station=station,
        visit__round__state__in=(Round.State.PLANNED, Round.State.STARTED),
    ).exclude(visit__round__courier=courier)
    waiting: defaultdict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    for community, building, name in rows.values_list(
        "parcel__community", "parcel__building", "visit__round__courier__name"
    ):
        waiting[community, building].append(name)
    if not waiting:
        return None
    last = (
        ParcelAct.objects.filter(by=courier, parcel__building__isnull=False)
        .order_by("-at_device", "-id")
        .values_list("parcel__community", "parcel__building")
        .first()
    )
    wanted = {community for community, _building in waiting} | ({last[0]} if last else set())
    plans = {plan.id: plan for plan in places.community_plans(sorted(wanted), now, with_doors=False)}
    buildings = {(plan.id, building.id): building for plan in plans.values() for building in plan.buildings}
    here = buildings.get(last) if last else None

    def apart_m(there: BuildingView) -> int:
        return round(great_circle_m(here.lat, here.lon, there.lat, there.lon)) if here else 0

    found = [(key, names) for key, names in waiting.items() if key in buildings]
    if not found:
        return None
    key, names = min(found, key=lambda one: (apart_m(buildings[one[0]]), -len(one[1]), str(one[0][1])))
    there = buildings[key]
    return Unfinished(
        plans[key[0]].name,
        there.name,
        min(names, key=lambda name: (-names.count(name), name)),
        len(names),
        apart_m(there),
        here is None or not (here.is_located and there.is_located),
    )
