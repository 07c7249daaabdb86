"""Who acts, what the district is like, and who asks for masks: a person of each number, the same in every play."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.kernel.windows import Window
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.rationed.people import resident_number
from baogong.ops.scenarios.stage import Stage, local
from baogong.release.services import Contact

OFFICE_NAME, SHOP, LENDER, CARRIER = "江津区疫情防控指挥部", "江津惠民药房", "江津骑行公司", "江津同城速递"
TOWN, AREA_STATION, AREA = "江津城区站", "白沙片区站", "白沙卡口内"
CITY, DISTRICT = "江津", "500116"
SUB_DISTRICTS = {
    "500116001": ("几江街道", "Jijiang Subdistrict"),
    "500116002": ("德感街道", "Degan Subdistrict"),
    "500116003": ("支坪街道", "Zhiping Subdistrict"),
    "500116004": ("双福街道", "Shuangfu Subdistrict"),
}
TOWN_KEEPER, AREA_KEEPER, SHOPKEEPER, SECOND_CLERK = "ning", "bai", "qing", "zheng"
FIELD: Cast = {
    TOWN_KEEPER: ("站长 宁", ((Duty.KEEPER, (TOWN,)),)),
    AREA_KEEPER: ("片区站长 白", ((Duty.KEEPER, (AREA_STATION,)),)),
    SHOPKEEPER: ("药房 卿", ((Duty.KEEPER, (SHOP,)),)),
    SECOND_CLERK: ("接线员 郑", ((Duty.CLERK, (OFFICE_NAME,)),)),
}


@dataclass(frozen=True, slots=True)
class Compound:
    """
    Where it lies, in which sub-district, who reaches it and how many book online there.

    reach  TOWN: on foot from the town; CAR: beyond that, by couriers' own cars; AREA: by riders driven to its area
    """

    lat: float
    lon: float
    sub_district: str
    reach: str
    online: int


COMPOUNDS: dict[str, Compound] = {
    "滨江苑": Compound(29.2905, 106.2595, "500116001", "TOWN", 20),
    "鼎山华庭": Compound(29.2868, 106.2570, "500116002", "TOWN", 20),
    "圣泉花园": Compound(29.2852, 106.2622, "500116003", "TOWN", 20),
    "福城小区": Compound(29.2890, 106.2640, "500116004", "TOWN", 20),
    "石门苑": Compound(29.2410, 106.1210, "500116001", "CAR", 14),
    "朱杨新村": Compound(29.1980, 106.0650, "500116002", "CAR", 6),
    "白沙苑": Compound(29.0655, 106.1185, "500116001", "AREA", 12),
    "滩盘村": Compound(29.0622, 106.1222, "500116003", "AREA", 12),
}
AREA_SHELF_AT = "白沙苑"
TEAM, AREA_TEAM, CALLS, SERIALS = "20-couriers.csv", "21-riders.csv", "30-calls.csv", "40-serials.csv"
DRIVERS = 2  # the first of the town's couriers have cars of their own
PER_ORDER, ONLINE, CALLERS, IN_VAIN = 5, 124, 24, 26  # orders; how many callers; who books online too late
CALLERS_PER_CLERK = 12
UNITS = PER_ORDER * (ONLINE + CALLERS)
DROP_MIN = 10
BOOKED, FIRST, SECOND, LAST = 10, 11, 12, 13  # days of February


def at(day: int, clock: str) -> datetime:
    return local(f"2020-02-{day:02} {clock}")


def whole(day: int) -> Window:
    return Window(at(day, "00:00"), at(day, "23:59"))


def near() -> list[str]:
    return of_reach("TOWN")


def of_reach(reach: str) -> list[str]:
    return [name for name, one in COMPOUNDS.items() if one.reach == reach]


def online_orders() -> list[tuple[str, int]]:
    """(compound, which of its households) in the order they book: around the compounds, then who is too late."""
    found = [(name, turn) for turn in range(20) for name, one in COMPOUNDS.items() if turn < one.online]
    return found + [(near()[at % 4], 20 + at // 4) for at in range(IN_VAIN)]


def door_of(household: int) -> tuple[str, str, str]:
    """Building, unit, room."""
    return str(household % 4 + 1), str(household // 4 % 2 + 1), f"{household // 8 + 1}0{household % 4 + 1}"


def address_of(compound: str, household: int) -> str:
    building, unit, room = door_of(household)
    return f"{CITY}{compound}{building}号楼{unit}单元{room}"


def contact_of(compound: str, household: int) -> Contact:
    """Who books online."""
    number = list(COMPOUNDS).index(compound) * 100 + household
    return Contact(
        "RESIDENT_ID",
        resident_number(DISTRICT, number),
        name="",
        phone=f"139{number:08}",
        address=address_of(compound, household),
        region=COMPOUNDS[compound].sub_district,
    )


def order_of(stage: Stage, compound: str, household: int) -> UUID:
    """The claim's own id: its claimant's telephone made it up."""
    return stage.request_id("order", compound, household)


def call_of(stage: Stage, line: int) -> UUID:
    return stage.request_id("call", line)
