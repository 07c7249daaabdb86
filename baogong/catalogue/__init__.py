"""Items, their aliases, the standards they meet and the cartons they come in."""

from __future__ import annotations

# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "catalogue_item",
    "catalogue_itemalias",
    "catalogue_standard",
    "catalogue_standard_items",
    "catalogue_carton",
    "catalogue_gtin",
)
