"""Tables of the freight room, by noun."""

from baogong.freight.models.agreements import CarrierAsk
from baogong.freight.models.fleet import Carrier, MeetingPlace, Pass, Vehicle, VehicleKind
from baogong.freight.models.waybills import (
    Carried,
    EquipmentMove,
    Parcel,
    Surplus,
    Waybill,
    WaybillAct,
    WaybillLine,
)

__all__ = [
    "Carried",
    "Carrier",
    "CarrierAsk",
    "EquipmentMove",
    "MeetingPlace",
    "Parcel",
    "Pass",
    "Surplus",
    "Vehicle",
    "VehicleKind",
    "Waybill",
    "WaybillAct",
    "WaybillLine",
]
