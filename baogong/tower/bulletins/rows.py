"""
Lists that a bulletin keeps as they stood when it was drawn, and the figures that are made of their rows.

Needs, baskets, shops and prices are no lines of the book; what their rooms say changes by the hour. A figure of theirs opens
the very rows it was made of, also when the room has gone on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.needs import queries as needs
from baogong.orders import queries as orders
from baogong.orders.queries.day import prices_on, shops_on
from baogong.tower.bulletins.measures import Audience
from baogong.tower.queries.account import public_names

Row = dict[str, Any]
# Baskets that nobody was told of, and those that came to nothing, are none of the day.
NO_BASKETS = ("DRAFT", "CALLED_OFF")


@dataclass(frozen=True, slots=True)
class Column:
    """
    What a figure is made of: of each row of a list a number, None where the row is none of the figure's.

    made   how the numbers become the figure: added up, or the lowest or the highest of them
    by       one figure for each "item", or for each "name" under which a pack is sold; "" for all together
    """

    of: str
    number: Callable[[Row], int | None]
    made: Callable[[Iterable[int]], int] = sum
    by: str = ""


def _nonzero(key: str) -> Callable[[Row], int | None]:
    return lambda row: row[key] or None


COLUMNS: Mapping[str, Column] = {
    "needs.asked": Column("needs", _nonzero("asked"), by="item"),
    "needs.promised": Column("needs", _nonzero("promised"), by="item"),
    "needs.met": Column("needs", _nonzero("met"), by="item"),
    "needs.unconfirmed": Column("needs", lambda row: row["asked"] if row["is_stale"] else None, by="item"),
    "baskets.count": Column("baskets", lambda _row: 1),
    "baskets.households": Column("baskets", _nonzero("households")),
    "baskets.packs": Column("baskets", _nonzero("packs")),
    "baskets.given": Column("baskets", _nonzero("given")),
    "shops.orders": Column("shops", _nonzero("orders")),
    "shops.given_up": Column("shops", _nonzero("given_up")),
    "shops.packs": Column("shops", _nonzero("packs")),
    "shops.handed_over": Column("shops", _nonzero("handed_over")),
    "shops.worth": Column(
        "shops", lambda row: row.get("worth_fen") or None
    ),  # what shops earn is nobody's business outside
    "prices.lowest": Column("prices", _nonzero("fen"), min, by="name"),
    "prices.highest": Column("prices", _nonzero("fen"), max, by="name"),
}
MONEY = frozenset({"shops.worth", "prices.lowest", "prices.highest"})
LISTS = ("needs", "baskets", "shops", "prices")


def lists_of(
    day: date, audience: Audience, now: datetime, *, told_apart: Callable[[Mapping[UUID, int]], Collection[UUID]]
) -> dict[str, list[Row]]:
    """Each list whole. `told_apart`: of communities with so many households each, those that may be named."""
    return {
        "needs": _needs(audience, now),
        "baskets": _baskets(day, audience, told_apart),
        "shops": [
            _plain(row, ("day", "worth_fen") if audience is Audience.PUBLIC else ("day",)) for row in shops_on(day)
        ],
        "prices": [_plain(row) for row in prices_on(day)],
    }


def figures_of(lists: Mapping[str, list[Row]]) -> Iterator[dict[str, Any]]:
    """A figure for each column that any row has a number in, by item or name where it is told so; of all rows, kept or not."""
    for what, column in COLUMNS.items():
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for row in lists[column.of]:
            number = column.number(row)
            if number is not None:
                numbers[row[column.by] if column.by else ""].append(number)
        for of in sorted(numbers):
            figure = {"what": what, "amount": column.made(numbers[of]), "lines": len(numbers[of])}
            yield figure | ({column.by: of} if column.by else {})


def rows_of(content: Mapping[str, Any], what: str, of: str) -> Iterator[tuple[int, Row, int]]:
    """(place in the list from 1, row, number) of what a figure is made of; `of`: which item or name it is about."""
    column = COLUMNS[what]
    for place, row in enumerate(content[column.of], start=1):
        if column.by and row[column.by] != of:
            continue
        number = column.number(row)
        if number is not None:
            yield place, row, number


def _needs(audience: Audience, now: datetime) -> list[Row]:
    """
    What is asked, promised and signed for, need by need: in public as the list of needs has it (verified, no persons), to
    superiors all that count. `since`: when somebody last said that it holds; `is_stale`: longer ago than that is good for.
    """
    if audience is Audience.PUBLIC:
        return [
            {
                "item": str(need.item), "receiver": need.receiver_name, "city": need.city, "asked": need.quantity,
                "promised": need.promised, "met": need.signed, "since": need.fresh_at, "is_stale": need.is_stale,
            }
            for need in needs.public_needs(now, limit=None)
        ]  # fmt: skip
    views = sorted(needs.counting(), key=lambda view: (view.met_permille, view.receiver_name, str(view.id)))
    names = public_names({view.receiver for view in views})
    return [
        {
            "need": str(view.id), "item": str(view.item), "city": view.city,
            "receiver": names[view.receiver].zh if view.receiver in names else "",
            "asked": view.counted, "promised": view.committed, "met": view.met,
            "since": view.renewed_at or view.asked_at, "is_stale": not view.is_over and view.is_stale(now),
        }
        for view in views
    ]  # fmt: skip


def _baskets(day: date, audience: Audience, told_apart: Callable[[Mapping[UUID, int]], Collection[UUID]]) -> list[Row]:
    """Without titles, organisers and doors; in public without communities of which too few households take part."""
    found = [row for row in orders.baskets(on=day) if row.state not in NO_BASKETS]
    households: defaultdict[UUID, int] = defaultdict(int)
    for row in found:
        households[row.community] += row.households
    named = told_apart(households)
    is_public = audience is Audience.PUBLIC
    return [
        {
            **({} if is_public else {"basket": str(row.id)}),
            "community": str(row.community) if not is_public or row.community in named else "",
            "supplier": str(row.supplier), "state": row.state, "households": row.households, "packs": row.packs,
            "given": row.given,
        }
        for row in found
    ]  # fmt: skip


def _plain(row: Any, but: Collection[str] = ()) -> Row:
    told = {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(row).items()}
    return {name: value for name, value in told.items() if name not in but}
