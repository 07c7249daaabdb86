"""Which vehicles go inside: into a station that is served from outside, stands in a community or under seal, only with a pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from baogong.delivery.errors import VehicleWithoutPass
from baogong.delivery.models import Serving
from baogong.freight import queries as freight
from baogong.freight.queries import PassView
from baogong.journal.clock import house_moment
from baogong.people.queries.parties import party_names
from baogong.places import queries as places


def refuse_without_pass(cart: UUID, station: UUID, moments: Sequence[datetime], *, nothing: str) -> None:
    """
    A vehicle goes inside with a pass that is valid at each of the moments: of the station's sealed area, or of any where
    nobody has said in which the station lies. Where a station is not inside, every vehicle comes.

    nothing  what was not done, told at the end
    Raises VehicleWithoutPass.
    """
    if not _is_inside(station, moments[-1]):
        return
    held = passes_for([cart], [station])[cart, station]
    for at in moments:
        if not any(one.was_valid(at) for one in held):
            raise _refused(cart, station, at, held, nothing)


def windows_with_pass(
    carts: Sequence[UUID], stations: Collection[UUID], window: tuple[datetime, datetime]
) -> dict[UUID, tuple[datetime, datetime]]:
    """
    Cart → the longest part of these hours in which one pass after the other lets it into all of the stations.

    The stations are such as `refuse_without_pass` asks a pass for. Raises VehicleWithoutPass where a cart has no such part.
    """
    held = passes_for(carts, stations)
    found = {}
    for cart in carts:
        parts = [window]
        for station in sorted(stations, key=str):
            own = held[cart, station]
            parts = [
                (begin, end)
                for start, stop in parts
                for valid in _joined(own)
                if (begin := max(start, valid[0])) < (end := min(stop, valid[1]))
            ]
            if not parts:
                raise _refused(cart, station, window[0], own, "Nothing was planned.")
        found[cart] = max(parts, key=lambda part: (part[1] - part[0], -part[0].timestamp()))
    return found


def passes_for(carts: Collection[UUID], stations: Collection[UUID]) -> Mapping[tuple[UUID, UUID], list[PassView]]:
    """(cart, station) → the passes that count there, those not begun, ended and withdrawn included; two queries."""
    areas = {site.id: site.area for site in places.sites(ids=list(stations))}
    granted = freight.passes(vehicles=list(carts))
    return {
        (cart, station): [one for one in granted if one.vehicle == cart and areas.get(station) in (None, one.area)]
        for cart in carts
        for station in stations
    }


def _is_inside(station: UUID, at: datetime) -> bool:
    if Serving.objects.filter(station=station, outer__isnull=False, until_at=None).exists():
        return True
    if any(one.station == station and one.community is not None for one in places.stations_at(at)):
        return True
    return any(site.is_sealed(at) for site in places.sites(ids=[station]))


def _joined(held: Sequence[PassView]) -> list[tuple[datetime, datetime]]:
    """When they hold; those that follow on each other are one stretch."""
    spans: list[tuple[datetime, datetime]] = []
    for one in sorted(held, key=lambda one: one.valid_from_at):
        until_at = min(filter(None, (one.valid_until_at, one.revoked_at)))
        if until_at <= one.valid_from_at:
            continue
        if spans and one.valid_from_at <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], until_at))
        else:
            spans.append((one.valid_from_at, until_at))
    return spans


def _refused(cart: UUID, station: UUID, at: datetime, held: Sequence[PassView], nothing: str) -> VehicleWithoutPass:
    names = {party: told[0] for party, told in party_names([cart, station]).items()}
    last = max((min(filter(None, (one.valid_until_at, one.revoked_at))) for one in held), default=None)
    return VehicleWithoutPass(
        f"{names[cart]} has no pass that is valid at {house_moment(at)} and does not go in to {names[station]}. {nothing}",
        where=names[cart],
        found=house_moment(last) if last else None,
        expected=house_moment(at),
        cure="Take a vehicle with a pass, or have command grant one; until then it waits before the gate.",
    )
