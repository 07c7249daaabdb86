"""A bulletin as tables, in Chinese or English: what the page, the paper and the workbook all show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.written import workbook_bytes
from baogong.journal.clock import house_moment
from baogong.tower.bulletins.measures import MEASURES, PARCEL_ACTS
from baogong.tower.bulletins.rows import MONEY
from baogong.tower.bulletins.words import HEADS, SAID, SHEETS, said
from baogong.tower.bulletins.words import MEASURES as NAMES
from baogong.tower.queries.bulletins import BulletinView, Figure
from baogong.tower.words import in_words, names_in

DETAILS = ("receivers", "price_list")  # opened by whoever wants them
SHOWN_MAX = 500  # rows of one table; a figure's own page and the text have what is kept beyond


@dataclass(frozen=True, slots=True)
class Cell:
    """
    text     where it is no number
    amount   base units, fen of money, or a count
    figure   its number in the bulletin: whose lines can be looked at
    shares   hundredths for a bar: met, promised of the whole
    unit     of goods, the code of what the row's numbers count
    """

    text: str = ""
    amount: int | None = None
    is_money: bool = False
    figure: int | None = None
    shares: tuple[int, int] | None = None
    unit: str = ""

    @property
    def plain(self) -> str | int | float:
        """As a workbook holds it."""
        if self.shares is not None:
            return f"{self.shares[0]} %"
        if self.amount is None:
            return self.text
        return self.amount / 100 if self.is_money else self.amount


@dataclass(frozen=True, slots=True)
class Sheet:
    """`is_dated`: it stood so when the bulletin was drawn, whatever the day. `left_out`: what says how many rows are not here."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_dated: bool = False
    left_out: str = ""

    @property
    def numbers(self) -> tuple[bool, ...]:
        """Of each column, whether it holds numbers."""
        return tuple(any(row[place].amount is not None for row in self.rows) for place in range(len(self.heads)))

    @property
    def is_detail(self) -> bool:
        return self.key in DETAILS


def sheets_of(view: BulletinView, *, is_chinese: bool) -> tuple[Sheet, ...]:
    """Those that have anything to tell, in the order they are told in."""
    tables = _Tables(view, is_chinese)
    found = (
        tables.of_items(money=False), tables.of_items(money=True), tables.places(), tables.givers(), tables.parcels(),
        tables.sites(), tables.needs(), tables.receivers(), tables.baskets(), tables.shops(), tables.prices(), tables.price_list(), tables.late(), tables.running(), tables.staff(),
    )  # fmt: skip
    return tuple(sheet for sheet in found if sheet.rows)


def workbook_of(view: BulletinView, *, is_chinese: bool) -> bytes:
    """An XLSX of a sheet for each table, and a first one that says what it is."""
    head = view.head

    def both(key: str) -> str:
        return said(SAID[key], is_chinese)

    first: list[Sequence[object]] = [
        [both(head.audience), head.day.isoformat(), both("version") % head.version],
        [both("taken"), house_moment(view.taken_at)],
    ]
    if not view.content["is_whole"]:
        first.append([both("not_whole")])
    if head.published_at is None:
        first.append([both("not_published")])
    if head.why:
        first.append([both("why"), head.why])
    if head.hash:
        first.append([both("hash"), head.hash])
    words = head.words_zh if is_chinese else head.words_en
    first += [[line] for line in words.splitlines()]
    pages: list[tuple[str, list[Sequence[object]]]] = [(both(head.audience), first)]
    for sheet in sheets_of(view, is_chinese=is_chinese):
        rows: list[Sequence[object]] = [sheet.heads]
        rows += [[cell.plain for cell in row] for row in sheet.rows]
        if sheet.left_out:
            rows.append([sheet.left_out])
        pages.append((sheet.title, rows))
    return workbook_bytes(pages)


class _Tables:
    def __init__(self, view: BulletinView, is_chinese: bool) -> None:
        self.view, self.is_chinese = view, is_chinese
        self.content: Mapping[str, Any] = view.content
        self.whole = {(each.what, each.item): each for each in view.figures if not each.by}

    def both(self, words: Mapping[str, tuple[str, str]], key: str) -> str:
        return said(words[key], self.is_chinese)

    def named(self, found: Mapping[str, Any] | None) -> str:
        if not found:
            return ""
        return str(found["zh"] if self.is_chinese else found["en"] or found["zh"])

    def item(self, id: UUID | str | None) -> Cell:
        found = self.content["items"].get(str(id))
        return Cell(self.named(found), unit="" if not found or found["is_money"] else found.get("unit", ""))

    def party(self, id: UUID | str) -> Cell:
        return Cell(self.named(self.content["parties"].get(str(id))))

    def is_money(self, id: UUID | str | None) -> bool:
        return bool(self.content["items"].get(str(id), {}).get("is_money"))

    def cell(self, figure: Figure | None, item: UUID | None = None) -> Cell:
        """`item`: whose nought it is where there is no figure."""
        if figure is None:
            return Cell(amount=0, is_money=self.is_money(item))
        is_money = figure.what in MONEY or self.is_money(figure.item)
        return Cell(amount=figure.amount, is_money=is_money, figure=figure.number)

    def heads(self, *keys: str) -> tuple[str, ...]:
        return tuple(self.both(HEADS if key in HEADS else NAMES, key) for key in keys)

    def sheet(
        self, key: str, heads: Iterable[str], rows: Iterable[Sequence[Cell]], *, is_dated: bool = False, of: str = ""
    ) -> Sheet:
        """`of`: the list of the content that its rows are, which may have been cut."""
        told = tuple(map(tuple, rows))
        count = self.content["left_out"].get(of, 0) + max(0, len(told) - SHOWN_MAX)
        left_out = self.both(SAID, "left_out") % f"{count:,}" if count else ""
        return Sheet(key, self.both(SHEETS, key), tuple(heads), told[:SHOWN_MAX], is_dated, left_out)

    def of_items(self, *, money: bool) -> Sheet:
        items = [UUID(id) for id, each in self.content["items"].items() if each["is_money"] is money]
        told = [each.name for each in MEASURES if any((each.name, item) in self.whole for item in items)]
        rows = [
            [self.item(item), *(self.cell(self.whole.get((name, item)), item) for name in told)]
            for item in items
            if any((name, item) in self.whole for name in told)
        ]
        names = (self.both(NAMES, name) for name in told)
        return self.sheet("money" if money else "goods", [self.both(HEADS, "item"), *names], rows)

    def apart(self, by: str, *whats: str) -> dict[tuple[UUID | None, UUID | None], dict[str, Figure]]:
        """Figures told apart so, by (party or None for the rest, item); the largest first within what they are."""
        found: dict[tuple[UUID | None, UUID | None], dict[str, Figure]] = defaultdict(dict)
        for each in self.view.figures:
            if each.by == by and each.what in whats:
                at = None if each.is_rest else next(iter(each.at))
                found[at, each.item][each.what] = each
        return found

    def places(self) -> Sheet:
        rows = []
        for (at, item), told in self.apart("place", "handed_over").items():
            figure, whole = told["handed_over"], self.whole[("handed_over", item)]
            share = round(100 * figure.amount / whole.amount) if whole.amount > 0 and figure.amount > 0 else 0
            city = "" if at is None else self.content["parties"].get(str(at), {}).get("city", "")
            rows.append(
                [self.who(at), Cell(city), self.item(item), self.cell(figure), Cell(shares=(min(share, 100), 0))]
            )
        return self.sheet("places", self.heads("place", "city", "item", "handed_over", "share"), rows)

    def who(self, at: UUID | None, rest: str = "rest") -> Cell:
        return Cell(self.both(SAID, rest)) if at is None else self.party(at)

    def givers(self) -> Sheet:
        rows = [
            [
                self.who(at, "rest_giver"),
                self.item(item),
                self.cell(told.get("given"), item),
                self.cell(told.get("handed_over"), item),
            ]
            for (at, item), told in self.apart("giver", "given", "handed_over").items()
            if at is not None or "given" in told
        ]
        return self.sheet("givers", self.heads("giver", "item", "given", "handed_over"), rows)

    def sites(self) -> Sheet:
        rows = [
            [
                self.who(at, "rest_site"),
                self.item(item),
                self.cell(told.get("on_hand"), item),
                self.cell(told.get("promised"), item),
            ]
            for (at, item), told in self.apart("site", "on_hand", "promised").items()
        ]
        return self.sheet("sites", self.heads("site", "item", "on_hand", "promised"), rows)

    def parcels(self) -> Sheet:
        acts = [f"parcels.{act}" for act in PARCEL_ACTS if (f"parcels.{act}", None) in self.whole]
        apart = self.apart("place", *acts)
        rest = {key: told for key, told in apart.items() if key[0] is None}
        rows = (
            [[Cell(self.both(SAID, "everywhere")), *(self.cell(self.whole[act, None]) for act in acts)]] if acts else []
        )
        for (at, _item), told in [*((key, told) for key, told in apart.items() if key not in rest), *rest.items()]:
            rows.append([self.who(at), *(self.cell(told.get(act)) for act in acts)])
        return self.sheet("parcels", [self.both(HEADS, "community"), *(self.both(NAMES, act) for act in acts)], rows)

    def rowed(self, what: str, item: UUID | str | None, amount: int) -> Cell:
        """A number of a list that the bulletin keeps; one drawn before figures opened such rows has none to open."""
        figure = self.whole.get((what, UUID(str(item)) if item else None))
        return Cell(
            amount=amount, is_money=what in MONEY, figure=figure.number if figure is not None and amount else None
        )

    def needs(self) -> Sheet:
        stale = any(what == "needs.unconfirmed" for what, _item in self.whole)
        rows = []
        for found in self.content["needs_sums"]:
            item, told = found["item"], [found["asked"], found["promised"], found["met"]]
            cells = [self.rowed(f"needs.{key}", item, found[key]) for key in ("asked", "promised", "met")]
            if stale:
                figure = self.whole.get(("needs.unconfirmed", UUID(item)))
                cells.insert(1, self.cell(figure) if figure is not None else Cell(amount=0))
            rows.append([self.item(item), *cells, _bar(*told)])
        more = ("needs.unconfirmed",) if stale else ()
        return self.sheet(
            "needs", self.heads("item", "asked", *more, "promised", "met", "how_far"), rows, is_dated=True
        )

    def receivers(self) -> Sheet:
        rows = [
            [
                Cell(row["receiver"]),
                self.item(row["item"]),
                Cell(self.both(HEADS, "no_limit")) if row["asked"] is None else Cell(amount=row["asked"]),
                Cell(amount=row["promised"]),
                Cell(amount=row["met"]),
                *([Cell(self.confirmed(row))] if "since" in row else []),
            ]
            for row in self.content["needs"]
        ]
        more = ("confirmed",) if any("since" in row for row in self.content["needs"]) else ()
        return self.sheet(
            "receivers", self.heads("receiver", "item", "asked", "promised", "met", *more), rows, is_dated=True,
            of="needs",
        )  # fmt: skip

    def confirmed(self, row: Mapping[str, Any]) -> str:
        """When somebody last said that a need holds; what nobody confirmed for too long is told as such, not left out."""
        at = _at(row["since"])
        return self.both(SAID, "unconfirmed_since") % at if row["is_stale"] else at

    def baskets(self) -> Sheet:
        found = self.content.get("baskets", ())
        rows = [
            [
                self.party(row["community"]) if row["community"] else Cell(self.both(SAID, "small_community")),
                self.party(row["supplier"]), Cell(amount=row["households"]), Cell(amount=row["packs"]),
                Cell(amount=row["given"]),
            ]
            for row in found
        ]  # fmt: skip
        if rows:
            sums = [self.summed("baskets", key) for key in ("households", "packs", "given")]
            count = self.rowed("baskets.count", None, len(found) + self.content["left_out"].get("baskets", 0))
            rows.insert(0, [Cell(self.both(SAID, "everywhere")), count, *sums])
        heads = self.heads("community", "supplier", "households", "packs", "given_packs")
        return self.sheet("baskets", heads, rows, is_dated=True, of="baskets")

    def shops(self) -> Sheet:
        found = self.content.get("shops", ())
        keys = ("orders", "given_up", "packs", "handed_over")
        has_worth = any("worth_fen" in row for row in found)
        rows = [
            [
                self.party(row["shop"]),
                *(Cell(amount=row[key]) for key in keys),
                *([Cell(amount=row["worth_fen"], is_money=True)] if has_worth else []),
            ]
            for row in found
        ]
        if rows:
            sums = [self.summed("shops", key) for key in (*keys, *(("worth",) if has_worth else ()))]
            rows.insert(0, [Cell(self.both(SAID, "everywhere")), *sums])
        heads = ("shop", "orders", "given_up", "packs", "handed_packs", *(("worth",) if has_worth else ()))
        return self.sheet("shops", self.heads(*heads), rows, is_dated=True, of="shops")

    def summed(self, of: str, key: str) -> Cell:
        figure = self.whole.get((f"{of}.{key}", None))
        return self.cell(figure) if figure is not None else Cell(amount=0, is_money=f"{of}.{key}" in MONEY)

    def prices(self) -> Sheet:
        told: defaultdict[str, dict[str, Figure]] = defaultdict(dict)
        for each in self.view.figures:
            if each.what in ("prices.lowest", "prices.highest"):
                told[each.name][each.what] = each
        rows = [
            [Cell(name), *(self.cell(of[what]) for what in ("prices.lowest", "prices.highest"))]
            for name, of in told.items()
        ]
        return self.sheet("prices", self.heads("pack", "prices.lowest", "prices.highest"), rows, is_dated=True)

    def price_list(self) -> Sheet:
        rows = [
            [
                self.party(row["seller"]), self.item(row["item"]), Cell(row["name"]),
                Cell(self.both(SAID, "weight" if row["weight_g"] else "units") % f"{row['weight_g'] or row['units']:,}"),
                Cell(amount=row["fen"], is_money=True),
            ]
            for row in self.content.get("prices", ())
        ]  # fmt: skip
        heads = self.heads("seller", "item", "pack", "size", "price")
        return self.sheet("price_list", heads, rows, is_dated=True, of="prices")

    def late(self) -> Sheet:
        causes = self.content.get("causes", ())
        names = names_in([each["facts"] for each in causes])
        rows = [
            [
                Cell(in_words(each["kind"], each["facts"], names, is_chinese=self.is_chinese)),
                Cell(_at(each["since"])),
                Cell(self.both(SAID, "grave") if each["is_grave"] else ""),
            ]
            for each in causes
        ]
        return self.sheet("late", self.heads("what", "since", "grave"), rows, is_dated=True, of="causes")

    def running(self) -> Sheet:
        rows = [
            [
                self.party(each["place"]),
                self.item(each["item"]),
                Cell(amount=each["free"]),
                Cell(amount=each["per_day"]),
                Cell(_at(each["out_at"]) if each["out_at"] else self.both(SAID, "gone")),
            ]
            for each in self.content.get("running_out", ())
        ]
        return self.sheet(
            "running", self.heads("place", "item", "free", "per_day", "out_at"), rows, is_dated=True, of="running_out"
        )

    def staff(self) -> Sheet:
        """Of a day that was over when it was drawn, only who worked: nobody is there any more."""
        found = self.content.get("staff", ())
        now = [key for key in ("here", "lapsed") if any(key in each for each in found)]
        rows = [
            [
                self.party(each["place"]),
                Cell(amount=each["worked"]),
                Cell(f"{each['minutes'] / 60:.1f}"),
                *(Cell(amount=each[key]) for key in now),
            ]
            for each in found
        ]
        return self.sheet("staff", self.heads("place", "worked", "hours", *now), rows, is_dated=bool(now))


def _bar(asked: int, promised: int, met: int) -> Cell:
    if asked <= 0:
        return Cell(shares=(100, 0))
    done = min(100, 100 * met // asked)
    return Cell(shares=(done, min(100 - done, 100 * promised // asked)))


def _at(moment: str) -> str:
    return house_moment(datetime.fromisoformat(moment))
