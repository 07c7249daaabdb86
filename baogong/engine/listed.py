"""
A list that holds no orders as a chat message: a row is a line of a chain, so that the chain reader gives the same rows back.

    #接龙
    流动站点
    【接龙】
    1. 一号流动站｜｜站点×1｜滨江苑，4月26日 09:00 起

What a row counts (a station, a lesson, a parcel) is on no menu: pasted into a group's orders by mistake it waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from baogong.engine.chain import Chain, Entry, Ordered, UnwritableChain, write

_SIGNS = str.maketrans(
    {"｜": "/", "|": "/", "×": "x", "、": ",", "\n": " ", "\r": " ", "\t": " ", "（": "(", "）": ")"}
)


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A row.

    name   whose or what it is
    note   everything else
    what   (what it counts, how many), none of them nought
    place  building, unit, room
    is_off it was called off: it stands as withdrawn
    """

    name: str
    note: str
    what: tuple[tuple[str, int], ...]
    place: tuple[str, str, str] = ("", "", "")
    is_off: bool = False


def plain(text: str) -> str:
    """Without the signs the message is made of."""
    return " ".join(text.translate(_SIGNS).split())


def listed(titles: Sequence[str], rows: Iterable[Listed]) -> str:
    """
    The message; it reads back to these rows, their words as `plain` has them.

    titles  the first that reads back as a title stands above; the last is the house's own words
    A place that would not read back stands in its row's note. Raises UnwritableChain where nothing helps.
    """
    its = list(rows)
    for last, (title, with_places) in enumerate([(title, with_places) for title in titles for with_places in (True, False)], 1):  # fmt: skip
        entries = tuple(_entry(number, row, with_places) for number, row in enumerate(its, start=1))
        try:
            return write(Chain(plain(title), (), entries))
        except UnwritableChain:
            if last == 2 * len(titles):
                raise
    raise AssertionError("a list has a title")


def _entry(number: int, row: Listed, with_place: bool) -> Entry:
    items = tuple(Ordered(plain(what), count) for what, count in row.what)
    building, unit, room = map(plain, row.place) if with_place else ("", "", "")
    note = row.note if with_place else " ".join(filter(None, ("-".join(filter(None, row.place)), row.note)))
    return Entry(number, plain(row.name), building, unit, room, items, plain(note), False, row.is_off, 0, 0)
