"""Origins to hub to relay to receiver: carriers, trucks, passes, waybills."""

from __future__ import annotations

# The application's role may read and add rows here, nothing else; triggers refuse the owner too.
APPEND_ONLY_TABLES: tuple[str, ...] = ("freight_waybillact", "freight_carried", "freight_equipmentmove")
# Rows here change and never go.
KEPT_TABLES: tuple[str, ...] = (
    "freight_waybill",
    "freight_waybillline",
    "freight_parcel",
    "freight_surplus",
    "freight_carrierask",
    "freight_pass",
    "freight_carrier",
    "freight_vehiclekind",
    "freight_vehicle",
    "freight_meetingplace",
)
