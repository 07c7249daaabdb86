"""The last 100 metres: stations, carts, rounds, shelves, doors, handover."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "delivery_parcelact",
    "delivery_disinfection",
    "delivery_wayofworking",
)
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "delivery_category",
    "delivery_parcel",
    "delivery_serving",
    "delivery_shuttle",
    "delivery_shuttleparcel",
    "delivery_round",
    "delivery_visit",
    "delivery_visitparcel",
    "delivery_calling",
    "delivery_device",
    "delivery_syncedact",
    "delivery_pairing",
    "delivery_runout",
    "delivery_placing",
)
CHANGEABLE_TABLES: dict[str, str] = {
    "delivery_syncedpiece": "the proof of an act that was not written, told anew as often as the telephone tells it; once "
    "the act is written it stands as evidence and goes from here",
}
