"""Who acts, and the names the story calls things by."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage, local

COMPOUND, STATION, KEEPER = "浦江花园", "浦江花园站", "ju"
OWN_WAY = "浦江花园做法"
CITY, POINT, EAST_GATE = "上海", (31.0885, 121.5036), (31.0880, 121.5047)
FIELD: Cast = {KEEPER: ("站长 居", ((Duty.KEEPER, (STATION,)),))}
TEAM = "20-couriers.csv"
DAYS = ALONE, HELPING = 15, 16
STARTS, ENDS = "07:00", "10:00"


def at(day: int, clock: str) -> datetime:
    return local(f"2022-04-{day:02} {clock}")


def whole(day: int) -> Window:
    return Window(at(day, "00:00"), at(day, "23:59"))


def couriers(stage: Stage) -> list[UUID]:
    """In the order of their list."""
    return [stage.party(name) for name in names_in(stage, TEAM)]


def waybills_of(day: int) -> str:
    """What the numbers of a day's parcels begin with; the rest of a number is the same on both days."""
    return f"SH04{day}"
