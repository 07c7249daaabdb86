"""Who acts, when, and the names the story calls things by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from baogong.kernel.actor import Duty
from baogong.ops.scenarios.logins import Cast
from baogong.ops.scenarios.rationed.people import RESIDENT_ID, Written, purpose, resident_number, written
from baogong.ops.scenarios.stage import Stage
from baogong.release.identity import Person, address_tag, person

GIVER, OFFICE, SHOP, CARRIER, STORE = "东行商城", "东行商城湖北站", "楚洁日化", "江汉速运", "武汉亚一仓"
FIELD: Cast = {"bao": ("发货 包", ((Duty.KEEPER, (SHOP,)),))}
ON = date(2020, 1, 26)


@dataclass(frozen=True, slots=True)
class Good:
    """What is claimed, under which rule; `word`: as people ask for it on the telephone."""

    item: str
    rule: str
    word: str
    put_out: int


WIPES = Good("alcohol-wipes", "05-rule-wipes.toml", "湿巾", 4_800)
BLEACH = Good("disinfectant", "06-rule-bleach.toml", "84", 4_000)
ADDRESSES, OPENED = "20-addresses.csv", "21-addresses-open.csv"
TELEPHONE, LIST = "40-telephone.csv", "30-community.csv"
ON_THE_NET = 3_000
NOWHERE = 30  # of them, at addresses nobody has verified
PROVINCE = "42"


def verified_rows(stage: Stage) -> list[Written]:
    """The rows of the carrier's list that name an address of this office and a region by its code."""
    rows = written(stage, ADDRESSES)
    return [
        row
        for row in rows
        if row.cells["投放单位"] == OFFICE and row.cells["收货地址"].strip() and row.cells["地区代码"].isdecimal()
    ]


def regions(stage: Stage) -> dict[bytes, str]:
    """Address's tag → region, as the carrier has written it."""
    own = purpose(stage.party(OFFICE))
    found = ((address_tag(own, row.cells["收货地址"]), row.cells["地区代码"]) for row in verified_rows(stage))
    return {tag: region for tag, region in found if tag is not None}


def cut_off(stage: Stage) -> set[bytes]:
    """Tags of the addresses to which nothing could be brought when the offer opened."""
    own = purpose(stage.party(OFFICE))
    found = (address_tag(own, row.cells["收货地址"]) for row in verified_rows(stage) if row.cells["暂不能送的原因"])
    return {tag for tag in found if tag is not None}


def opened(stage: Stage) -> set[bytes]:
    """Tags of those to which the way was open again a week later."""
    own = purpose(stage.party(OFFICE))
    found = (address_tag(own, row.cells["收货地址"]) for row in written(stage, OPENED))
    return {tag for tag in found if tag is not None}


def user(office: UUID, at: int, rows: list[Written]) -> tuple[Person, str]:
    """The `at`-th user of the app with the address kept there, and the region the app believes it to be in."""
    address = f"没有登记的巷子{at}号" if at < NOWHERE else rows[at % len(rows)].cells["收货地址"]
    who = person(
        office, document=RESIDENT_ID, number=resident_number("420100", at), address=address, purpose=purpose(office)
    )
    return who, "420100"
