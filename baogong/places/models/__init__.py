"""Tables of places: sites and lanes, communities down to their doors, and the zones they are in."""

from baogong.places.models.communities import Building, Community, Door, Gate, GateHours, Path, RoadZone, Shelf, Unit
from baogong.places.models.sites import Closure, Lane, SealedArea, Site
from baogong.places.models.stations import StationStand
from baogong.places.models.zones import ZoneDoubt, ZoneLine, ZoneNotice, ZoneRule

__all__ = (
    "Building",
    "Closure",
    "Community",
    "Door",
    "Gate",
    "GateHours",
    "Lane",
    "Path",
    "RoadZone",
    "SealedArea",
    "Shelf",
    "Site",
    "StationStand",
    "Unit",
    "ZoneDoubt",
    "ZoneLine",
    "ZoneNotice",
    "ZoneRule",
)
