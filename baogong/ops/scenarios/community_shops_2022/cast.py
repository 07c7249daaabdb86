"""Who acts, where shops and communities lie, and when the day's slots are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.kernel.windows import Window
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage, local
from baogong.orders.queries import shops as shops_

CITY, OFFICE_NAME, STATION, KEEPER = "上海", "宝山区大华新村街道", "大华配送站", "hua"


@dataclass(frozen=True, slots=True)
class ShopOf:
    """Its keeper's log-in, its trade, how many riders it has, where it lies."""

    keeper: str
    trade: str
    riders: int
    lat: float
    lon: float


SHOPS: dict[str, ShopOf] = {
    "陈记生鲜": ShopOf("chen", "FRESH", 2, 31.2712, 121.4262),
    "大华面点": ShopOf("mian", "READY_MEALS", 2, 31.2768, 121.4178),
    "行知小馆": ShopOf("xing", "RESTAURANT", 1, 31.2789, 121.4288),
    "沪太副食": ShopOf("hutai", "GROCERY", 1, 31.2726, 121.4150),
}
STATION_AT = (31.2752, 121.4222)
COMMUNITIES: dict[str, tuple[float, float]] = {
    "华灵苑": (31.2781, 121.4232),
    "大华一村": (31.2760, 121.4190),
    "行知新村": (31.2772, 121.4268),
    "真金苑": (31.2729, 121.4211),
    "沪太新村": (31.2738, 121.4170),
    "新沪苑": (31.2734, 121.4255),
}
FIELD: Cast = {
    KEEPER: ("站长 华", ((Duty.KEEPER, (STATION,)),)),
    **{one.keeper: (f"店主 {name[:2]}", ((Duty.KEEPER, (name,)),)) for name, one in SHOPS.items()},
}
RIDERS, PACKS, ORDERS = "20-riders.csv", "30-packs.csv", "31-orders.csv"
OPENS, CUT_OFF = "08:00", "12:00"
SLOTS = (("13:00", "15:00"), ("15:00", "17:00"), ("17:00", "19:00"))
BIKE_G, BIKE_PIECES = 90_000, 20
CONTESTED = ("行知小馆", "半成品菜")
RUSHED = ("陈记生鲜", "肉蛋包")


def at(clock: str) -> datetime:
    return local(f"2022-04-20 {clock}")


def before(clock: str) -> datetime:
    return local(f"2022-04-19 {clock}")


DAY = Window(at("00:00"), at("23:59"))


def day_of(stage: Stage, shop: str) -> UUID:
    return shops_.days_of(stage.party(shop))[0][0]


def order_of(stage: Stage, line: object) -> UUID:
    """The order's own id: its household's telephone made it up."""
    return stage.request_id("order", line)
