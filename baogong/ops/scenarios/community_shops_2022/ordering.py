"""20 April, 08:00 to 12:00: the orders as they came, each by its household's own telephone; two at the last pack at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import number_of
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.ops.scenarios.community_shops_2022 import breaks
from baogong.ops.scenarios.community_shops_2022.cast import (
    COMMUNITIES,
    CONTESTED,
    ORDERS,
    SHOPS,
    SLOTS,
    at,
    day_of,
    order_of,
)
from baogong.ops.scenarios.stage import Stage, local
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.services import shop_orders
from baogong.orders.services.shop_orders import Orderer, Wanted
from baogong.orders.shop_errors import AddressNotListed

GIVEN_UP = (5, 111, 160, 222, 270, 333)  # lines whose households find something nearer
OUTSIDE = "远郊花园"


def lines_until(stage: Stage, clock: str) -> list[tuple[int, datetime, dict[str, str]]]:
    """(number, when, what) of the list's lines that came before, from the beginning."""
    table = read_table(ORDERS, stage.data(ORDERS))
    heads = [cell.text for cell in table.columns]
    found = []
    for number, row in enumerate(table.rows):
        said = dict(zip(heads, [cell.text for cell in row.cells], strict=False))
        when = local(f"2022-04-20 {said['时间']}")
        if when < at(clock):
            found.append((number, when, said))
    return sorted(found, key=lambda one: (one[1], one[0]))


def take_orders(stage: Stage, since: str, until: str) -> None:
    """Each at its own moment; whoever is refused is told why, and the list keeps nobody else's place."""
    told: Counter[str] = Counter()
    stand = _standing(stage)
    answered_until = max(stand.values(), default=at("00:00"))
    for number, when, said in lines_until(stage, until):
        if when < at(since):
            continue
        if when < answered_until and order_of(stage, _key(said)) not in stand:
            continue  # refused before a play that is resumed went on: packs that came free since are not for it
        stage.move_to(breaks.comes_at(stage, number, when))
        try:
            _place(stage, _key(said), said)
        except BaogongError as refusal:
            told[refusal.code] += 1
    for code, count in sorted(told.items()):
        stage.say(f"      {count} told: {code}")


def _standing(stage: Stage) -> dict[UUID, datetime]:
    """Orders in the book, also those given up since, and when they were placed."""
    return {one.id: one.at for shop in SHOPS for one in orders_.orders_of(day_of(stage, shop))}


def _key(said: dict[str, str]) -> str:
    """A line written twice is one household's one order."""
    return "|".join(said[head] for head in ("时间", "商户", "地址", "手机"))


def _place(stage: Stage, key: object, said: dict[str, str]) -> None:
    view = shops_.day(day_of(stage, said["商户"]))
    offered = {one.pack.name: one.id for one in view.packs}
    table = read_table("line", f"份数,时段\n{said['份数']},{said['时段']}\n".encode())
    packs, slot = (number_of(cell) for cell in table.rows[0].cells)
    community = said["小区"]
    if community not in COMMUNITIES:
        raise UnusableInput("This community is on no page.", where="小区", found=community, expected=list(COMMUNITIES))
    said_so: dict[str, Any] = {
        "order": order_of(stage, key),
        "day": view.id,
        "slot": view.slots[int(slot) - 1].id,
        "community": stage.party(community),
        "wanted": [Wanted(offered[said["品名"]], int(packs), offered.get(said["缺货换"]))],
        "orderer": Orderer(said["姓名"], said["手机"], said["地址"]),
        "now": stage.now,
    }
    try:
        shop_orders.place_order(**said_so)
    except AddressNotListed:  # looked at once more, and it is right: the register has not every door
        shop_orders.place_order(is_sure=True, **said_so)


def contest(stage: Stage) -> None:
    """One pack is left; two households tap in the same second, each on a connection of its own."""
    shop, pack = CONTESTED
    if _standing(stage).keys() & {order_of(stage, f"contest {turn}") for turn in range(2)}:
        return  # decided before a play that is resumed went on
    breaks.one_more_pack(stage)
    refused: list[BaogongError] = []
    gate = threading.Barrier(2)

    def run(turn: int) -> None:
        said = {
            "商户": shop, "品名": pack, "份数": "1", "缺货换": "", "时段": str(len(SLOTS)), "小区": "华灵苑",
            "地址": f"2号楼1单元10{turn + 1}", "姓名": f"住户争{turn}", "手机": f"137{turn:08}",
        }  # fmt: skip
        try:
            gate.wait(30)
            _place(stage, f"contest {turn}", said)
        except BaogongError as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.say(f"      the last {pack}: {2 - len(refused)} got it, {len(refused)} told {[one.code for one in refused]}")


def give_up(stage: Stage) -> None:
    """Six find something nearer before the cut-off; one tries after it and is told."""
    keys = [_key(said) for _number, _when, said in lines_until(stage, "10:40")]
    for line in GIVEN_UP:
        if not breaks.stays(stage, line):
            shop_orders.cancel_order(order=order_of(stage, keys[line]), now=stage.now)


def too_late(stage: Stage) -> None:
    keys = [_key(said) for _number, _when, said in lines_until(stage, "10:40")]
    try:
        shop_orders.cancel_order(order=order_of(stage, keys[50]), now=stage.now)
    except BaogongError as refusal:
        stage.say(f"      told: {refusal.code}")
    if breaks.given_up_late(stage):
        breaks.void_past_the_service(orders_.order(order_of(stage, keys[50])), stage)
