"""Tables of the last 100 metres: parcels and who had them, carts, rounds, devices, calls to shelves, ways of working."""

from baogong.delivery.models.devices import Device, RunOut, SyncedAct, SyncedPiece
from baogong.delivery.models.pairings import Pairing
from baogong.delivery.models.parcels import Category, Handover, Parcel, ParcelAct
from baogong.delivery.models.placings import Placing
from baogong.delivery.models.rounds import Calling, Round, Visit, VisitParcel
from baogong.delivery.models.stations import Disinfection, Serving, Shuttle, ShuttleParcel
from baogong.delivery.models.ways import WayOfWorking

__all__ = (
    "Calling",
    "Category",
    "Device",
    "Disinfection",
    "Handover",
    "Pairing",
    "Parcel",
    "ParcelAct",
    "Placing",
    "Round",
    "RunOut",
    "Serving",
    "Shuttle",
    "ShuttleParcel",
    "SyncedAct",
    "SyncedPiece",
    "Visit",
    "VisitParcel",
    "WayOfWorking",
)
