"""
What the zone of a parcel's house means for it: its household may fetch it at the station, or may not even come down to a shelf.

Zones are read when they are asked for, not when they change: a house is sealed from the moment its notice says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db.models import Q

from baogong.delivery.models import Parcel
from baogong.delivery.queries.parcels import PARCELS_MAX, ParcelView, view_of, with_names
from baogong.delivery.queries.stations import servings
from baogong.places import queries as places
from baogong.places.queries import ZoneView

House = tuple[UUID, UUID | None, UUID | None]  # community, building, unit


@dataclass(frozen=True, slots=True)
class Fetching:
    """Where a household fetches its parcel, and when the counter is open; no hours: whenever the station tells."""

    station: UUID
    station_name: str
    station_name_en: str
    address: str
    opens_at: time | None
    closes_at: time | None


def house_of(row: ParcelView) -> House:
    return row.community, row.building, row.unit


def zones_of(houses: Iterable[House], at: datetime) -> dict[House, ZoneView]:
    """The zone of each: its unit's, its building's, or, where neither is known, its community's. At most four queries."""
    wanted = set(houses)
    if not wanted:
        return {}
    zones = places.zones_at(
        communities={community for community, building, _unit in wanted if building is None},
        buildings={building for _community, building, _unit in wanted if building is not None},
        at=at,
    )
    found = {}
    for house in wanted:
        community, building, unit = house
        keys = (unit, building) if building is not None else (community,)
        zone = next((zones[key] for key in keys if key in zones), None)
        if zone is not None:
            found[house] = zone
    return found


def to_fetch(rows: Collection[ParcelView], zones: Mapping[House, ZoneView]) -> dict[UUID, Fetching]:
    """
    Parcel → where its household may fetch it: it stands at the station that serves its community, and a notice says that the
    people of its house move freely. In no zone nothing says so, and nobody is called out of a house. At most two queries.
    """
    free = [
        row
        for row in rows
        if row.state == Parcel.State.AT_STATION
        and (zone := zones.get(house_of(row))) is not None
        and zone.state
        and zone.service == "FREE"
    ]
    if not free:
        return {}
    serving = {one.community: one.station for one in servings(communities={row.community for row in free})}
    here = {row.id: row.holder for row in free if row.holder is not None and serving.get(row.community) == row.holder}
    sites = {one.id: one for one in places.sites(ids=set(here.values()))} if here else {}
    return {
        parcel: Fetching(site.id, site.name, site.name_en, site.address, site.opens_at, site.closes_at)
        for parcel, station in here.items()
        if (site := sites.get(station)) is not None
    }


def may_not_come_down(rows: Collection[ParcelView], zones: Mapping[House, ZoneView]) -> set[UUID]:
    """Of these that lie on a shelf, those whose house lets nobody come down for them."""
    return {
        row.id
        for row in rows
        if row.state == Parcel.State.ON_SHELF
        and (zone := zones.get(house_of(row))) is not None
        and zone.service == "DOOR"
    }


def sealed_on_shelves(
    at: datetime, *, station: UUID | None = None, ids: Collection[UUID] | None = None, limit: int = PARCELS_MAX
) -> tuple[ParcelView, ...]:
    """
    What lies on a shelf, and nobody of its house may come down for it any more; not yet what goes up to the door. By number.

    Of a station; of these. One query where nothing lies on a shelf, at most five else.
    """
    lying = Parcel.objects.filter(state=Parcel.State.ON_SHELF, wants_door=False, out_of_place_at=None)
    if station is not None:
        lying = lying.filter(station=station)
    if ids is not None:
        lying = lying.filter(id__in=list(ids))
    houses = lying.order_by().values_list("community", "building", "unit").distinct()
    zones = zones_of(list(houses), at)
    sealed = [house for house, zone in zones.items() if zone.service == "DOOR"]
    if not sealed:
        return ()
    of_these = Q()
    for community, building, unit in sealed:
        of_these |= Q(community=community, building=building, unit=unit)
    return tuple(view_of(row) for row in with_names(lying.filter(of_these)).order_by("number")[:limit])
