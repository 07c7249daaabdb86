"""Stations move as gates open and close: where each stands, from when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.limits import longest
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.places.models import Community, Site, StationStand
from baogong.places.recording import record
from baogong.places.services.sites import point_of

MOVERS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)


class NoStation(UnusableInput):
    """Only a site whose role is a station stands now here, now there."""

    code = "places.no-station"


class StandWithoutPoint(UnusableInput):
    """On the street a station stands at a point."""

    code = "places.stand-without-point"


class StandsElsewhere(BaogongError):
    """The station was said to stand elsewhere from that very moment."""

    kind, code = Kind.CONFLICT, "places.stands-elsewhere"


@transaction.atomic
def move_station(
    *,
    station: UUID,
    community: UUID | None = None,
    from_at: datetime,
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    From a moment on the station stands there, until its next stand begins; returns the stand's id.

    community   inside this one, behind its gates; None: on the street
    lat, lon    None: the community's own point
    Raises NoStation, NotFound, StandsElsewhere, NotYourPlace.
    """
    actor.require(*MOVERS, at=station)
    row = Site.objects.select_for_update(of=("self",)).filter(pk=station).first()
    if row is None:
        raise NotFound(f"There is no site {station}.", where=str(station), cure="Add the station as a site first.")
    if row.role != Site.Role.STATION:
        raise NoStation(
            "Only a station stands now here, now there; nothing was moved.",
            where=str(station),
            found=row.role,
            expected=Site.Role.STATION.value,
            cure="Change the site's role to station first.",
        )
    inside = Community.objects.filter(pk=community).first() if community else None
    if community and inside is None:
        raise NotFound(f"There is no community {community}.", where=str(community), cure="Open the community first.")
    point = point_of(lat, lon, system)
    if point["lat"] is None and inside is None:
        raise StandWithoutPoint(
            "A station on the street needs its point; nothing was moved.",
            where="lat, lon",
            found="",
            expected="a community, or a point",
            cure="Name the community it stands in, or give the point.",
        )
    facts = {
        "community_id": community,
        **point,
        "note": note.strip()[: longest(StationStand, "note")],
    }
    stand, is_new = StationStand.objects.get_or_create(
        station=row, from_at=from_at, defaults=facts | {"id": derived_id("stand", station, from_at.isoformat())}
    )
    if not is_new and any(getattr(stand, field) != value for field, value in facts.items()):
        raise StandsElsewhere(
            "From that moment the station stands elsewhere already; nothing was moved.",
            where=str(station),
            found=f"{from_at:%Y-%m-%d %H:%M} UTC",
            expected="another moment",
            cure="Let it move a minute later.",
        )
    if is_new:
        record(
            kind="places.station.moved",
            actor=actor,
            now=now,
            subject=station,
            data={"community": str(community or ""), "from_at": from_at.isoformat()},
        )
    return stand.id
