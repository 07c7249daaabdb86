"""What an operator types, read with care: names, moments, amounts by line. A doubtful word is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from baogong.kernel.errors import NotFound, UnusableInput

T = TypeVar("T")

RECEIVERS = ("SITE", "TEAM", "ORGANISATION", "PERSON")
_LATER = re.compile(r"^\+(\d+)(m|h|d)$")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # elsewhere a comma may be a decimal point: 1,5 is not 15
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def party(text: str, *kinds: str) -> UUID:
    """The party a name, an alias or an id surely means, of these kinds if any are named."""
    from baogong.people.queries.parties import sure_party

    return sure_party(text, kinds=kinds or None).id


def party_if(text: str | None, *kinds: str) -> UUID | None:
    return party(text, *kinds) if text else None


def item(text: str) -> UUID:
    """The item a code, a name, an alias or an id surely means."""
    from baogong.catalogue.queries import sure_item

    return sure_item(text).id


def key(text: str) -> UUID | str:
    """An id where it is one, else a number as papers bear it."""
    try:
        return UUID(text)
    except ValueError:
        return text.strip().upper()


def sure_id(text: str, what: str) -> UUID:
    """An id, copied from a list."""
    try:
        return UUID(text)
    except ValueError:
        raise UnusableInput(
            f"“{text}” is no id ({what}). Nothing was done.",
            where=what.upper(),
            found=text,
            expected="an id as lists show it",
            cure="Copy it from the list.",
        ) from None


def moment(text: str, now: datetime, where: str) -> datetime:
    """“2020-01-24 06:00” on the house's clock, ISO 8601 with a zone, “now”, or “+6h” (m, h, d) from now."""
    from django.conf import settings

    if text.strip() == "now":
        return now
    if later := _LATER.match(text.strip()):
        return now + timedelta(**{_UNITS[later[2]]: int(later[1])})
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnusableInput(
            f"“{text}” is no moment. Nothing was done.",
            where=where,
            found=text,
            expected="2020-01-24 06:00, now, or +6h",
            cure="Write day and time, or so many minutes (m), hours (h) or days (d) from now.",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def moment_if(text: str | None, now: datetime, where: str) -> datetime | None:
    return moment(text, now, where) if text else None


def day(text: str, where: str) -> date:
    """2022-04-27."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UnusableInput(
            f"“{text}” is no day. Nothing was done.",
            where=where,
            found=text,
            expected="2022-04-27",
            cure="Write year, month and day so.",
        ) from None


def whole(text: str, where: str, least: int = 0) -> int:
    """A whole number of base units, written in digits."""
    digits = _THOUSANDS.sub("", text.strip())
    if not digits.isascii() or not digits.isdigit() or int(digits) < least:
        raise UnusableInput(
            f"“{text}” is not a whole number of at least {least}. Nothing was done.",
            where=where,
            found=text,
            expected=f"a whole number of at least {least}, in base units of the item",
            cure="Correct the number.",
        )
    return int(digits)


def fen(text: str, where: str) -> int:
    """Yuan as people write them: 1200 or 6.50."""
    from baogong.kernel.money import fen_from_yuan

    try:
        found = fen_from_yuan(Decimal(_THOUSANDS.sub("", text.strip())))
    except (InvalidOperation, ValueError):
        found = -1
    if found < 0:
        raise UnusableInput(
            f"“{text}” is no price in yuan. Nothing was done.",
            where=where,
            found=text,
            expected="1200 or 6.50",
            cure="Write yuan, with at most two digits after the point.",
        )
    return found


def pairs(texts: Iterable[str], where: str) -> list[tuple[str, str]]:
    """“2=20” each: what it is about, and what is said of it."""
    found = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name.strip() and sign and value.strip()):
            raise UnusableInput(
                f"“{text}” does not say what of what. Nothing was done.",
                where=where,
                found=text,
                expected=f"{where} NAME=VALUE",
                cure="Write both, with = between them.",
            )
        found.append((name.strip(), value.strip()))
    return found


def by_line(texts: Iterable[str], where: str, read: Callable[[str, str], T]) -> dict[int, T]:
    """“2=20” each: a line's number, and what is said of it, read by `read(text, where)`."""
    return {whole(no, where, 1): read(value, where) for no, value in pairs(texts, where)}


def text_of(value: str, _where: str) -> str:
    return value


def parts(text: str, known: Collection[str], where: str, needed: Collection[str] = ()) -> dict[str, str]:
    """“site=廊坊仓,item=n95-mask”: words by name, of these names only; those needed are all there."""
    found = dict(pairs([part for part in text.split(",") if part.strip()], where))
    strange = sorted(set(found) - set(known))
    if strange or not found:
        raise UnusableInput(
            f"“{text}” cannot be read. Nothing was done.",
            where=where,
            found=strange or text,
            expected=sorted(known),
            cure="Write NAME=VALUE with commas between, of the names expected.",
        )
    if missing := [name for name in needed if name not in found]:
        raise UnusableInput(
            f"“{text}” does not say {' and '.join(missing)}. Nothing was done.",
            where=where,
            found=text,
            expected=list(needed),
            cure=f"Add {' and '.join(f'{name}=…' for name in missing)}.",
        )
    return found


def only(found: Mapping[str, T], what: str, asked: str = "", cure: str = "Look at the list.") -> T:
    """The one of these, by what people call it. Raises NotFound, UnusableInput with the candidates."""
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise NotFound(
            f"There is no {what}{f' “{asked}”' if asked else ''} here. Nothing was done.",
            where=asked,
            found=asked,
            cure=cure,
        )
    raise UnusableInput(
        f"Several could be meant: {len(found)} of {what}. Nothing was done.",
        where=asked,
        found=asked,
        expected=list(found)[:20],
        cure="Name one of them by its id, or say which more closely.",
    )


def named(found: Iterable[Any], **what: str) -> list[dict[str, Any]]:
    """
    Views as rows with names beside their ids: `named(rows, site="party", item="item")` adds site_name, item_zh, item_en.

    Two queries for any number of rows.
    """
    from baogong.catalogue.queries import items
    from baogong.ops.tables import plain
    from baogong.people.queries.parties import party_names

    documents: list[dict[str, Any]] = [plain(each) for each in found]
    goods = {str(each.id): each for each in items()} if "item" in what.values() else {}
    fields = [field for field, kind in what.items() if kind == "party"]
    ids = {UUID(row[field]) for row in documents for field in fields if row.get(field)}
    names = {str(each): name for each, (name, _en) in party_names(ids).items()} if ids else {}
    for row in documents:
        for field, kind in what.items():
            if kind == "party":
                row[f"{field}_name"] = names.get(row.get(field) or "", "")
            elif (good := goods.get(row.get(field) or "")) is not None:
                row |= {f"{field}_zh": good.name_zh, f"{field}_en": good.name_en, f"{field}_code": good.code}
    return documents
