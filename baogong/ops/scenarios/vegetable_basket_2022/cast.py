"""Who acts, and the lists of the story as its operators have them."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from baogong.ops.scenarios.stage import Stage

CITY, SUPPLIER, CARRIER = "北京", "京郊菜篮子公司", "朝城配送"
LICENCE, DRIVER = "JY11105000000001", "赵师傅"
DAY = date(2022, 4, 27)
MENU = (
    ("A", "蔬菜套餐", "vegetable-pack", 6_000),
    ("B", "鸡蛋", "eggs", 2_500),
    ("C", "米面粮油包", "staples-pack", 12_000),
    ("D", "防疫包", "epidemic-pack", 3_000),
)
CODES = tuple(code for code, _, _, _ in MENU)
ORGANISER = "楼长"
HOUSEHOLD_MAX = 6
STATIONS = ("流动站一", "流动站二")


def rows(stage: Stage, file_name: str) -> list[dict[str, str]]:
    return _rows(stage.folder / "data" / file_name)


@cache
def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def communities(stage: Stage) -> list[str]:
    """In the order of their chats."""
    return list(dict.fromkeys(name.split("-")[2].removesuffix(".txt") for name in chats(stage)))


def chats(stage: Stage) -> list[str]:
    """Every paste, an earlier version before its repost."""
    found = [path.name for path in (stage.folder / "data").glob("20-*.txt")]
    return sorted(found, key=lambda name: (name.split("-")[1], len(name)))


def committee(stage: Stage, community: str) -> UUID:
    return stage.party(f"{community}居委会")


def basket_of(stage: Stage, community: str) -> UUID:
    return stage.ids[f"basket {community}"]


def plate_of(stage: Stage, community: str) -> str:
    return next(row["车牌"] for row in rows(stage, "45-trucks.csv") if community in row["小区"].split("、"))


def packs_in(row: dict[str, str]) -> dict[str, int]:
    return {code: int(row[code]) for code in CODES if int(row[code])}
