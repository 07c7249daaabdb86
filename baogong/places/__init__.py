"""Sites and lanes; communities down to their doors; stations' stands; zones."""

from __future__ import annotations

# What a notice was read as stays as it was read; a later notice, or its withdrawal, takes its place.
APPEND_ONLY_TABLES: tuple[str, ...] = ("places_zoneline", "places_zonerule", "places_stationstand")
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "places_site",
    "places_lane",
    "places_closure",
    "places_sealedarea",
    "places_roadzone",
    "places_community",
    "places_gate",
    "places_building",
    "places_unit",
    "places_shelf",
    "places_door",
    "places_zonenotice",
    "places_zonedoubt",
)
# Rows here come and go, and why.
CHANGEABLE_TABLES: dict[str, str] = {
    "places_gatehours": "a gate's hours as they are now; the events tell what they were",
    "places_path": "ways inside a community are drawn anew as fences come and go",
    "places_shelf_units": "which units share a shelf is decided anew as shelves move",
}
