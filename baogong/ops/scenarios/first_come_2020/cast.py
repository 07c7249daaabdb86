"""Who acts, what the city is like, and who claims: a person of each number, the same in every play."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.kernel.identity import check_character
from baogong.kernel.windows import Window
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.stage import Stage, local
from baogong.release.services import Contact

OFFICE_NAME, SHOP, FACTORY, STATION = "广安市疫情防控指挥部", "惠民药店", "广安口罩厂", "广安城区站"
CITY, STATION_POINT = "广安", (30.4738, 106.6390)
COMMUNITIES = {
    "滨江花园": (30.4755, 106.6372),
    "金安苑": (30.4762, 106.6401),
    "思源小区": (30.4741, 106.6418),
    "洪洲世家": (30.4722, 106.6409),
    "凤凰城": (30.4719, 106.6380),
    "前锋家园": (30.4730, 106.6361),
}
KEEPER, SHOPKEEPER, CLERK = "ning", "qing", "wu"
FIELD: Cast = {
    KEEPER: ("站长 宁", ((Duty.KEEPER, (STATION,)),)),
    SHOPKEEPER: ("药店 卿", ((Duty.KEEPER, (SHOP,)),)),
}
TEAM = "20-couriers.csv"
UNITS, PER_ORDER = 5_000, 5
TELEPHONE, WEB, API = 300, 24_000, 6_000  # requests of each channel
FIRST_WEB, FIRST_API, LAST = TELEPHONE, TELEPHONE + WEB, TELEPHONE + WEB + API
URBAN, SECOND_URBAN, RURAL = "511602", "511603", "511621"
OPENED, NEXT = 5, 6  # days of February


def at(day: int, clock: str) -> datetime:
    return local(f"2020-02-{day:02} {clock}")


def whole(day: int) -> Window:
    return Window(at(day, "00:00"), at(day, "23:59"))


def claim_of(stage: Stage, request: int) -> UUID:
    """The claim's own id: its claimant's telephone made it up."""
    return stage.request_id("claim", request)


def person_of(request: int) -> int:
    """Some who asked on the net ask by program as well: one person, two requests."""
    return request - 20_000 if request >= FIRST_API and request % 40 == 7 else request


def region_of(request: int) -> str:
    person = person_of(request)
    if person % 33 == 5 and person >= FIRST_WEB:
        return RURAL
    return SECOND_URBAN if person % 6 == 5 else URBAN


def address_of(person: int) -> str:
    """As this person's door is known to the register: community, building, unit, room."""
    community, building, unit, room = door_of(person)
    return f"{community}{building}号楼{unit}单元{room}"


def door_of(person: int) -> tuple[str, str, str, str]:
    name = list(COMMUNITIES)[person % 6]
    return name, str(person // 6 % 8 + 1), str(person // 48 % 3 + 1), f"{person // 144 % 6 + 1}0{person % 4 + 1}"


def typed_address(person: int) -> str:
    """As it was typed: some with the city before it, some with dashes, some as nobody's register has it."""
    community, building, unit, room = door_of(person)
    if is_doubtful(person):
        return f"{community}东门小卖部楼上"
    if person % 3 == 0:
        return f"广安市{community}{building}-{unit}-{room}"
    return f"{community} {building}栋{unit}单元{room}室" if person % 3 == 1 else address_of(person)


def is_doubtful(person: int) -> bool:
    return person % 41 == 11


def contact_of(request: int) -> Contact:
    person = person_of(request)
    return Contact(
        "RESIDENT_ID",
        number_of(person),
        name="",
        phone=f"138{person:08}",
        address=typed_address(person),
        region=region_of(request),
    )


def number_of(person: int) -> str:
    """A number of GB 11643 that is nobody's: 1950 and later, one after the other."""
    born = date(1950, 1, 1) + timedelta(days=person // 900 * 37 + person % 13)
    body = f"511602{born:%Y%m%d}{person % 900 + 100:03}"
    return body + check_character(body)
