"""The relay of January 2020 as an instance: six origins, one hub, a sealed city, the reported hours (23 Jan 00:00 = 0)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from baogong.engine.freight import Air, Load, Offer, Problem, Site

HOUR = 3600
DAY = 24 * HOUR
ZERO_AT = datetime(2020, 1, 23, tzinfo=timezone(timedelta(hours=8)))


def at(day: int, hour: int, minute: int = 0) -> int:
    """Seconds of an hour of January 2020."""
    return (day - 23) * DAY + hour * HOUR + minute * 60


SERVICE_S = 1800
HUB = "Xiantao"
SITES = (
    Site("Langfang", 39.52079, 116.71471, service_s=SERVICE_S),
    Site("Ezhou", 30.39607, 114.88655, service_s=SERVICE_S),
    Site("Chengdu", 30.66667, 104.06667, service_s=SERVICE_S),
    Site("Jiaxing", 30.7522, 120.75, service_s=SERVICE_S),
    Site("Qingyuan", 23.7, 113.03333, service_s=SERVICE_S),
    Site("Tianjin", 39.14222, 117.17667, service_s=SERVICE_S),
    Site("Xinxiang", 35.303, 113.927, service_s=SERVICE_S),
    Site(HUB, 30.3708, 113.44294, docks_count=2, service_s=SERVICE_S, leaves_from_s=at(25, 12)),
    Site("Xiaogan", 30.92689, 113.92221, docks_count=2, service_s=SERVICE_S, leaves_from_s=at(25, 12)),
    Site("Wuhan depot", 30.58333, 114.26667, inside_seal=True),
    Site("Command", 30.60, 114.30, inside_seal=True, service_s=SERVICE_S),
    Site("Leishenshan", 30.43, 114.29, inside_seal=True, service_s=SERVICE_S),
    Site("Shanghai", 31.22222, 121.45806, service_s=SERVICE_S),
)

MASK, N95, SUIT, THERMOMETER = (9_000, 59_280), (7_000, 88_000), (15_000, 96_000), (10_000, 50_000)


def load(name: str, origin: str, receiver: str, cartons: int, goods: tuple[int, int], **more: Any) -> Load:
    return Load(name, origin, receiver, cartons, *goods, **more)


LOADS = (
    load("N95 Chengdu", "Chengdu", "Command", 20, N95, leaves_from_s=at(24, 1, 30), due_s=at(25, 14, 30)),
    load("masks Jiaxing", "Jiaxing", "Command", 30, MASK, leaves_from_s=at(24, 1, 30), due_s=at(25, 14, 30)),
    load("masks Qingyuan", "Qingyuan", "Command", 25, MASK, leaves_from_s=at(24, 1, 30), due_s=at(25, 14, 30)),
    load("thermometers Tianjin", "Tianjin", "Command", 60, THERMOMETER, leaves_from_s=at(24, 6), due_s=at(25, 14, 30)),
    load("thermometers site", "Tianjin", "Leishenshan", 1, THERMOMETER, leaves_from_s=at(24, 6), due_s=at(25, 18)),
    load("suits Langfang", "Langfang", "Command", 32, SUIT, leaves_from_s=at(24, 6), due_s=at(25, 14, 30)),
    load("masks Ezhou", "Ezhou", "Command", 40, MASK, leaves_from_s=at(24, 6), due_s=at(25, 14, 30)),
    load("masks Xinxiang", "Xinxiang", "Command", 50, MASK, leaves_from_s=at(24, 6), due_s=at(25, 14, 30)),
)


def line_haul(base: str) -> Offer:
    return Offer(
        f"{base.lower()}-lorry",
        "carrier",
        "7.6 m lorry",
        base,
        count=2,
        capacity_g=10_000_000,
        capacity_cm3=38_000_000,
        fixed_fen=200_000,
        fen_per_km=500,
        driver_bonus_fen=100_000,
    )


def box_truck(*, has_pass: bool) -> Offer:
    return Offer(
        "wuhan-box",
        "city fleet",
        "4.2 m box truck",
        "Wuhan depot",
        count=3,
        capacity_g=3_000_000,
        capacity_cm3=18_000_000,
        fixed_fen=60_000,
        fen_per_km=350,
        has_pass=has_pass,
        may_cross_seal=True,
        returns=True,
        range_m=200_000,
        equipment_count=6,
    )


ORIGINS = ("Langfang", "Ezhou", "Chengdu", "Jiaxing", "Qingyuan", "Tianjin", "Xinxiang")
FLIGHT = Air("jiaxing-air", "airline", "Jiaxing", HUB, 7 * DAY, 3 * HOUR, 20_000_000, 100_000_000, 0, 2_000)


def problem(*, has_pass: bool = True, loads: tuple[Load, ...] = LOADS, hubs: tuple[str, ...] = (HUB,)) -> Problem:
    return Problem(
        zero_at=ZERO_AT,
        sites=SITES,
        loads=loads,
        offers=(*(line_haul(origin) for origin in ORIGINS), box_truck(has_pass=has_pass)),
        hubs=hubs,
        air=(FLIGHT,),
        start_s=at(23, 15),
    )
