"""Who acts, when, and the names the story calls things by."""

from __future__ import annotations

from datetime import datetime

from baogong.kernel.actor import Duty
from baogong.kernel.windows import Window
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import local

STREET, STATION, KEEPER = "泺水街道", "泺水配送站", "sun"
# community → latitude, longitude (invented; the buildings have none and are laid out in their order)
COMMUNITIES = {
    "锦绣苑": (36.6790, 117.0566),
    "兰亭苑": (36.6768, 117.0660),
    "清河湾": (36.6742, 117.0510),
    "听涛苑": (36.6612, 117.0570),
    "明德里": (36.6732, 117.0702),
    "文昌里": (36.6640, 117.0668),
    "舜玉南苑": (36.6588, 117.0630),
    "七里香": (36.6690, 117.0490),
    "泉景园": (36.6668, 117.0730),
    "燕翔里": (36.6802, 117.0622),
}
FIELD: Cast = {"sun": ("配送站 孙", ((Duty.KEEPER, (STATION,)),))}
COURIERS = "20-couriers.csv"
DAYS = (21, 22, 23)
SMALL, FULL, ONE_FEWER = DAYS
STARTS, ENDS = "13:40", "18:00"
STAYS_UNTIL = "20:00"  # where those who are there have no time for all
CALLED_UNTIL = {SMALL: "18:50", FULL: "18:50", ONE_FEWER: "20:50"}
EVENING = "21:00"


def at(day: int, clock: str) -> datetime:
    return local(f"2022-04-{day:02} {clock}")


def whole(day: int) -> Window:
    return Window(at(day, "00:00"), at(day, "23:59"))
