"""A shop's day as a chat message: address, prices, times, what is left, a line a bag; the chain reader reads menu and bags back."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from baogong.engine.chain import Chain, Dish, Entry, Ordered, write
from baogong.engine.listed import plain
from baogong.orders.queries.shop_orders import OrderView
from baogong.orders.queries.shops import DayView, ShopView

# The reader takes a line that begins so for words to everybody, whatever figures stand in it.
TOLD = "说明："


def day_chat(shop: ShopView, day: DayView, orders: Sequence[OrderView], address: str) -> str:
    """Raises UnwritableChain: a name holds signs the message is made of."""
    head, title, *rest = write(day_chain(shop, day, orders)).splitlines()
    return "\n".join([head, title, *_told(day, address), *rest]) + "\n"


def day_chain(shop: ShopView, day: DayView, orders: Sequence[OrderView]) -> Chain:
    """Menu with what is left, and a line a bag: its code in place of a name, which no list of a shop bears."""
    names = {one.pack.name: plain(one.pack.name) for one in day.packs}
    codes = {one.pack.name: _code(at) for at, one in enumerate(day.packs)}
    bags = [one for one in orders if any(line.there for line in one.lines)]
    entries = [
        Entry(
            number, bag.code, "", "", "",
            tuple(Ordered(names[line.name], line.there, codes[line.name]) for line in bag.lines if line.there),
            f"{timezone.localtime(bag.from_at):%H:%M} {plain(bag.community_name)}", False, False, 0, 0,
        )
        for number, bag in enumerate(bags, start=1)
    ]  # fmt: skip
    menu = tuple(Dish(codes[name], told, one.left) for (name, told), one in zip(names.items(), day.packs, strict=True))
    return Chain(f"{plain(shop.name)} {day.on.month}月{day.on.day}日", menu, tuple(entries))


def _told(day: DayView, address: str) -> list[str]:
    """By the menu's letters and by figures, so that no name can make an order of it."""
    prices = "、".join(f"{_code(at)} {one.price_fen / 100:.2f}元" for at, one in enumerate(day.packs))
    slots = "、".join(
        f"{timezone.localtime(one.from_at):%H:%M}–{timezone.localtime(one.until_at):%H:%M}" for one in day.slots
    )
    cut_off = timezone.localtime(day.cut_off_at)
    least = f"，起送{day.minimum_fen / 100:.2f}元" if day.minimum_fen else ""
    return [
        f"{TOLD}点开下单 {address}",
        f"{TOLD}{cut_off.month}月{cut_off.day}日 {cut_off:%H:%M} 截单；{slots} 送到",
        f"{TOLD}每份 {prices}{least}",
    ]


def _code(at: int) -> str:
    return chr(ord("A") + at) if at < 26 else f"P{at}"
