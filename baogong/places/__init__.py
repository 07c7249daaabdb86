"""Sites with coordinates and the lanes between them."""

from __future__ import annotations

# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "places_site",
    "places_lane",
    "places_closure",
    "places_sealedarea",
)
