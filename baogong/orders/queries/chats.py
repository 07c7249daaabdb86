"""
Lists as chat messages: written so that people go on with them, and the chain reader reads them back exactly.

Each is a chain in the form of `engine.chain.write`, which reads its own text before it gives it out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from baogong.engine.chain import Chain, Dish, Entry, Ordered, write
from baogong.engine.listed import plain
from baogong.orders.errors import NotOpenYet
from baogong.orders.queries.answers import Answer, answers_of, cuts_of
from baogong.orders.queries.baskets import BasketView, HouseholdView, households_of
from baogong.orders.queries.chains import lines_of
from baogong.orders.queries.demand import Demand
from baogong.orders.queries.plain_chats import cuts_chat, queue_chat

DEMANDS = {"baskets": "各小区", "offices": "各居委会", "suppliers": "各供应商", "trucks": "各车"}


def menu_chat(view: BasketView, left: dict[str, int] | None = None) -> str:
    """The menu, to be answered, with what is left of it where that is known; past the deadline it says that it is closed."""
    title = f"{view.title} 已截单" if view.state == "CLOSED" else view.title
    return write(Chain(plain(title), _dishes(view, left), ()))


def orders_chat(view: BasketView, households: Sequence[HouseholdView], *, building: str | None = None) -> str:
    """
    Who gets what, door by door; `building`: of this one only.

    Which building it is stands at each door and not in the title: a title that names a door would be read as an order.
    """
    chosen = [one for one in households if one.packs and (building is None or one.building == building)]
    entries = [
        _entry(number, one, [(p.name, p.loaded if p.given is None else p.given) for p in one.portions])
        for number, one in enumerate(chosen, start=1)
    ]
    return write(Chain(plain(view.title), _dishes(view), tuple(entries)))


def total_chat(view: BasketView) -> str:
    """What the supplier is to bring: one line."""
    items = tuple(Ordered(item.name, item.loaded, item.code) for item in view.items if item.loaded)
    entry = Entry(1, plain(view.community_name), "", "", "", items, "", False, False, 0, 0)
    return write(Chain(plain(f"{view.title} 合计"), _dishes(view), (entry,) if items else ()))


def demand_chat(demand: Demand, what: str) -> str:
    """A day's list, a line a row: `what` is baskets, offices, suppliers or trucks."""
    rows = {
        "baskets": [(row.name, row.packs) for row in demand.by_basket],
        "offices": [(row.name, row.packs) for row in demand.by_office],
        "suppliers": [(row.name, row.packs) for row in demand.by_supplier],
        "trucks": [(f"{row.name} {row.plate}", row.items) for row in demand.trucks],
    }[what]
    entries: list[Entry] = []
    for name, packs in rows:
        if any(count for _, count in packs):
            ordered = tuple(Ordered(item, count) for item, count in packs if count)
            entries.append(Entry(len(entries) + 1, plain(name), "", "", "", ordered, "", False, False, 0, 0))
    dishes = tuple(Dish(_letter(at), item, None) for at, item in enumerate(demand.items))
    return write(Chain(plain(f"{demand.on.month}月{demand.on.day}日 {DEMANDS[what]}"), dishes, tuple(entries)))


def _letter(at: int) -> str:
    return chr(ord("A") + at) if at < 26 else f"P{at}"


def answers_chat(view: BasketView, answers: Sequence[Answer]) -> str:
    """What each household does not get: as many packs below nothing, and its own words beside them."""
    entries = [
        _entry(number, one.household, [(item.name, -item.missing) for item in one.items], " / ".join(one.words))
        for number, one in enumerate((answer for answer in answers if answer.missing), start=1)
    ]
    return write(Chain(plain(f"{view.title} 缺货"), _dishes(view), tuple(entries)))


def _entry(number: int, one: HouseholdView, items: Collection[tuple[str, int]], note: str = "") -> Entry:
    ordered = tuple(Ordered(name, packs) for name, packs in items if packs)
    return Entry(number, plain(one.name), one.building, one.unit, one.room, ordered, plain(note), False, False, 0, 0)


def _dishes(view: BasketView, left: dict[str, int] | None = None) -> tuple[Dish, ...]:
    return tuple(Dish(item.code, item.name, (left or {}).get(item.code)) for item in view.items)


def chat_of(view: BasketView, what: str, *, building: str | None = None) -> str:
    """
    `what`: menu, orders, total, answers: their orders; queue, cuts: what is asked and told, and nobody counts as ordered.

    Raises NotOpenYet (a menu goes into the group once the committee has signed for goods, licence and driver).
    """
    if what == "menu" and view.state in ("DRAFT", "REPORTED"):
        raise NotOpenYet(
            "The committee has not signed for this basket's goods, licence and driver: its menu does not go into the group yet.",
            where=str(view.id), found=view.state, expected="OPEN", cure="Report them, and let a second person sign the paper.",
        )  # fmt: skip
    if what == "queue":
        return queue_chat(view, lines_of(view.id, states=["WAITING"]))
    if what == "cuts":
        return cuts_chat(view, cuts_of(view))
    if what == "menu":
        return menu_chat(view)
    if what == "total":
        return total_chat(view)
    if what == "answers":
        return answers_chat(view, answers_of(view.id, only_short=True))
    return orders_chat(view, households_of(view.id), building=building)
