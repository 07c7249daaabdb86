"""The lists that places read: sites, lanes, buildings of communities, doors."""

from baogong.engine.sheets.kinds import register_kind
from baogong.places.imports.buildings import BUILDINGS, classify_buildings
from baogong.places.imports.doors import DOORS
from baogong.places.imports.sites import LANES, SITES, apply_lanes, apply_sites, classify_lanes, classify_sites

__all__ = [
    "apply_lanes",
    "apply_sites",
    "classify_buildings",
    "classify_lanes",
    "classify_sites",
    "register",
]


def register() -> None:
    """Called once when the room starts."""
    for kind in (SITES, LANES, BUILDINGS, DOORS):
        register_kind(kind)
