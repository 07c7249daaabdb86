"""Who acts, when, and the names the story calls things by."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.rationed.people import Crowd
from baogong.ops.scenarios.stage import local

OFFICE, FACTORY, SHOP, STORE = "太原市商务局", "晋阳口罩厂", "并州大药房", "并州大药房清徐仓"
MASKS, RULE = "disposable-mask", "05-rule.toml"
FIELD: Cast = {"bao": ("药房 包", ((Duty.KEEPER, (SHOP, STORE)),))}
FIRST, DAYS = date(2020, 2, 6), 15
DAILY, SHORT_DAY, SHORT = 15_000, 6, 5_000  # masks; the factory's machine stood still for a day
UNITS, TURN_DAYS = 5, 3
LISTS = {2: "30-committees-0208.csv", 8: "31-committees-0214.csv"}
DESK_DAY, DESK = 2, "40-desk-0208.csv"
REGION = "140121"
# Over the net: most of the city; behind them who asks at the last minute of a day and the first of another.
CITY = Crowd(("140105", "140106", "140107", "140108", "140109", "140110"), 20_000)
NIGHT_OWLS = range(19_960, 20_000)
OWL_DAY = 4  # claims at 23:59 of this day


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def at(number: int, clock: str) -> datetime:
    return local(f"{day(number)} {clock}")
