"""The public account: a day, or whatever was filtered; line by line, summed by goods, as a table to take away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from baogong.kernel.clock import SystemClock
from baogong.kernel.money import yuan
from baogong.people.services.limits import take
from baogong.supply import queries as supply
from baogong.tower import queries as tower
from baogong.tower.queries import AccountAsked, AccountLine, PublicName
from baogong.web.downloads import csv_stream
from baogong.web.names import is_chinese, item_names
from baogong.web.pages import PageRequest, UnusableForm, day_in, number_from, page, uuid_or_none
from baogong.web.words import word

LINES_SHOWN = 300
SEQ_MAX = 2**63 - 1
NOTES_SHOWN = 6
TABLES_MAX, TABLES_WINDOW_S = 60, 600  # of one address, which a whole compound may share
TONES = {"signed": "good", "lost": "bad", "taken_back": "watch", "corrected": "watch", "lifted": "watch"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a visitor chose. Without a filter and without days: the newest day that has anything to tell."""

    first: date | None
    last: date | None
    kinds: tuple[str, ...]
    item: UUID | None
    giver: UUID | None
    receiver: UUID | None

    @property
    def is_narrow(self) -> bool:
        return bool(self.kinds or self.item or self.giver or self.receiver)

    def asked(self, *, after: int = 0) -> AccountAsked:
        return AccountAsked(
            window=tower.window_of(self.first, self.last) if self.first and self.last else None,
            kinds=frozenset(self.kinds),
            item=self.item,
            giver=self.giver,
            receiver=self.receiver,
            after=after,
        )

    @property
    def address(self) -> str:
        """The query string that asks for the same again."""
        pairs: list[tuple[str, str]] = []
        if self.first and self.last:
            pairs += [("from", self.first.isoformat()), ("to", self.last.isoformat())]
        pairs += [("what", kind) for kind in self.kinds]
        pairs += [
            (name, str(value)) for name in ("item", "giver", "receiver") if (value := getattr(self, name)) is not None
        ]
        return urlencode(pairs)


@page(public=True)
def day(request: PageRequest) -> HttpResponse:
    """One day's account, or the lines that were filtered; persons are not named."""
    days = tower.account_days()
    filters = _filters(request, days)
    page_ = tower.account(
        filters.asked(after=number_from(request, "after", default=0, most=SEQ_MAX)), limit=LINES_SHOWN
    )
    givers, receivers = tower.choices()
    is_one_day = filters.first is not None and filters.first == filters.last
    goods = item_names()
    context = {
        "days": days,
        "filters": filters,
        "chosen": filters.first if is_one_day else None,
        "earlier": max((each for each in days if filters.first and each < filters.first), default=None),
        "later": min((each for each in days if filters.last and each > filters.last), default=None),
        "kinds": tower.KINDS,
        "items": goods,
        "givers": _by_name(givers),
        "receivers": _by_name(receivers),
        "account": page_,
        "sums": [(row, tuple(zip(page_.kinds, row.amounts, strict=True))) for row in page_.goods],
        "lines": [
            (line, TONES.get(line.kind, "info"), name_of(line.source), name_of(line.target), name_of(line.donor))
            for line in page_.lines
        ],
        "notes": [
            (note, note.receiver_name if is_chinese() else note.receiver_name_en)
            for note in supply.public_notes(limit=NOTES_SHOWN)
        ],
    }
    return render(request, "public/day.html", context)


@page(public=True)
def day_file(request: PageRequest, day: str) -> StreamingHttpResponse:
    """The whole day as a table, for a spreadsheet program."""
    chosen = day_in(day, "day")
    return _table(request, f"baogong-{chosen.isoformat()}", AccountAsked(window=tower.window_of(chosen, chosen)))


@page(public=True)
def lines_file(request: PageRequest) -> StreamingHttpResponse:
    """Every line that was filtered, as a table."""
    return _table(request, "baogong-lines", _filters(request, tower.account_days()).asked())


def name_of(party: PublicName) -> str:
    """In the visitor's language; a natural person or a vehicle only by what it is."""
    if party.zh:
        return party.zh if is_chinese() else party.en
    return {"": "", "VEHICLE": _("a truck"), "HOUSEHOLD": _("a household")}.get(party.kind, _("a person"))


def amount_of(line: AccountLine) -> str | int:
    """Money in yuan, all else in base units."""
    return yuan(line.amount) if line.is_money else line.amount


def _table(request: PageRequest, name: str, asked: AccountAsked) -> StreamingHttpResponse:
    take(
        what="public-table",
        who=request.META.get("REMOTE_ADDR", ""),
        most=TABLES_MAX,
        window_s=TABLES_WINDOW_S,
        now=SystemClock().now(),
    )
    head = [
        _("Time"), _("What happened"), _("Goods"), _("Amount"), _("Giver"), _("From"), _("To"), _("For what"),
        _("Rule of the share"), _("Movement"),
    ]  # fmt: skip
    return csv_stream(name, head, _pages_of(asked))


def _pages_of(asked: AccountAsked) -> Iterator[list[tuple[object, ...]]]:
    """The table by as many lines as one query reads: however long the book, only these are in memory."""
    goods = item_names()
    while True:
        found = tower.account(asked)
        yield [
            (
                timezone.localtime(line.at).isoformat(),
                word(line.kind, "told"),
                goods.get(line.item, ""),
                amount_of(line),
                name_of(line.donor),
                name_of(line.source),
                name_of(line.target),
                line.purpose,
                str((line.rule or {}).get("version", "")),
                str(line.id),
            )
            for line in found.lines
        ]
        if found.next_seq is None:
            return
        asked = replace(asked, after=found.next_seq)


def _by_name(parties: Mapping[UUID, PublicName]) -> list[tuple[UUID, str]]:
    """As they stand, which is by pinyin, or in the order of their English names."""
    named = [(party, name_of(name)) for party, name in parties.items()]
    return named if is_chinese() else sorted(named, key=lambda pair: pair[1].casefold())


def _filters(request: HttpRequest, days: Sequence[date]) -> Filters:
    get = request.GET
    kinds = tuple(dict.fromkeys(_kind(text) for text in get.getlist("what") if text))
    item, giver, receiver = (uuid_or_none(request, name) for name in ("item", "giver", "receiver"))
    first: date | None
    last: date | None
    if get.get("day"):
        first = last = day_in(get["day"], "day")
    else:
        first = day_in(get["from"], "from") if get.get("from") else None
        last = day_in(get["to"], "to") if get.get("to") else None
        if first is None and last is None and not (kinds or item or giver or receiver):
            first = last = days[0] if days else None
        elif first is None or last is None:
            # One end was left open: as far as there is anything to tell.
            first, last = first or min(_or_this(days, last)), last or max(_or_this(days, first))
    if first and last and first > last:
        raise UnusableForm(
            _("The period ends before it begins."),
            where="to",
            found=f"{first} – {last}",
            cure=_("Choose a last day that is not before the first."),
        )
    return Filters(first, last, kinds, item, giver, receiver)


def _or_this(days: Iterable[date], this: date | None) -> list[date]:
    return [*days, *([this] if this else [])] or [timezone.localdate()]


def _kind(text: str) -> str:
    if text not in tower.KINDS:
        raise UnusableForm(
            _("“%s” is nothing this account tells of.") % text,
            where="what",
            found=text,
            expected=", ".join(tower.KINDS),
            cure=_("Choose from the list."),
        )
    return text
