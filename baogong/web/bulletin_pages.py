"""A bulletin, and the lines of one of its figures, as pages: the office's and everyone's are the same but for their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.tower.bulletins.sheets import Cell, Sheet, sheets_of, workbook_of
from baogong.tower.bulletins.words import MEASURES, SAID, said
from baogong.tower.queries import PublicName
from baogong.tower.queries.bulletins import BulletinView, Figure, FigureLine, later_lines, lines_of
from baogong.web import pictures
from baogong.web.downloads import workbook_download
from baogong.web.names import is_chinese
from baogong.web.pages import PageRequest, number_from
from baogong.web.pictures import MapPoint
from baogong.web.words import word

SEQ_MAX = 2**63 - 1
CITY_SPAN = 0.01  # degrees: a kilometre
MAP_MAX = 60


def bulletin_context(view: BulletinView, base: str) -> dict[str, Any]:
    """`base`: the address of the bulletin, under which its figures and its workbook lie."""
    chinese = is_chinese()
    sheets = sheets_of(view, is_chinese=chinese)
    later = later_lines(view)
    return {
        "view": view,
        "head": view.head,
        "base": base,
        "title": said(SAID[view.head.audience], chinese),
        "words": view.head.words_zh if chinese else view.head.words_en,
        "is_whole": view.content["is_whole"],
        "sheets": [
            (sheet, list(zip(sheet.heads, sheet.numbers, strict=True)), [_row(sheet, row) for row in sheet.rows])
            for sheet in sheets
        ],
        "parcels": [
            (said(MEASURES[figure.what], chinese), figure)
            for figure in view.figures
            if figure.is_of_parcels and not figure.by
        ],
        "map": _map(view, chinese=chinese),
        "later": [
            (line, " · ".join(said(MEASURES[what], chinese) for what in line.what), _item(view, line.item), _is_money(view, line.item))
            for line in later.lines
        ],
        "has_more_later": later.has_more,
    }  # fmt: skip


def figure_page(request: PageRequest, view: BulletinView, number: int, template: str, base: str) -> HttpResponse:
    """The lines of one figure, a page at a time."""
    after = number_from(request, "after", default=0, most=SEQ_MAX)
    found = lines_of(view, number, after=after)
    figure = found.figure
    context = {
        "view": view,
        "head": view.head,
        "base": base,
        "title": said(SAID[view.head.audience], is_chinese()),
        "figure": figure,
        "name": said(MEASURES[figure.what], is_chinese()),
        "of": _of(view, figure),
        "is_money": figure.is_money_by_itself or _is_money(view, figure.item),
        "unit": view.content["items"].get(str(figure.item), {}).get("unit", ""),
        "found": found,
        "is_all": after == 0 and found.next_after is None,
        "list": figure.what.partition(".")[0] if figure.is_of_rows else "",
        "lines": [
            (
                line,
                (line.about_zh if is_chinese() else line.about_en) if figure.is_of_rows else _happened(line, figure),
                _party(line.source),
                _opens(line, view.is_public) if figure.is_of_rows else _party(line.target),
            )
            for line in found.lines
        ],
    }
    return render(request, template, context)


def workbook_page(view: BulletinView) -> HttpResponse:
    head = view.head
    name = f"baogong-{head.day.isoformat()}-{head.audience.lower()}-{head.version}"
    return workbook_download(name, workbook_of(view, is_chinese=is_chinese()))


def _row(sheet: Sheet, row: Sequence[Cell]) -> list[tuple[str, Cell]]:
    return list(zip(sheet.heads, row, strict=True))


def _named(found: dict[str, Any] | None) -> str:
    if not found:
        return ""
    return str(found["zh"] if is_chinese() else found["en"] or found["zh"])


def _item(view: BulletinView, item: UUID | None) -> str:
    """An item of a later line may have been none of the bulletin's."""
    known = _named(view.content["items"].get(str(item)))
    if known or item is None:
        return known
    from baogong.web.names import item_names

    return item_names().get(item, "")


def _is_money(view: BulletinView, item: UUID | None) -> bool:
    return bool(view.content["items"].get(str(item), {}).get("is_money"))


def _of(view: BulletinView, figure: Figure) -> str:
    """Of which goods, and where."""
    parts = [figure.name, _item(view, figure.item)]
    if figure.is_rest:
        parts.append(said(SAID[{"giver": "rest_giver", "site": "rest_site"}.get(figure.by, "rest")], is_chinese()))
    else:
        parts += [_named(view.content["parties"].get(str(at))) for at in figure.at]
    return " · ".join(part for part in parts if part)


def _happened(line: FigureLine, figure: Figure) -> str:
    if figure.is_of_parcels:
        return word(line.kind, "parcel-act")
    reason, _dot, tense = line.kind.partition(".")
    return f"{word(reason, 'reason')} · {word(tense, 'bulletin-tense')}" if tense else word(reason, "reason")


def _opens(line: FigureLine, is_public: bool) -> str:
    """The page that a row of a kept list is told at today; "" where whoever reads this bulletin has none."""
    if line.shop_code:
        return reverse("shops:page", args=[line.shop_code])
    if line.kind == "needs" and (is_public or line.subject is None):
        return reverse("public:needs")
    page = {"needs": "command:need", "baskets": "orders:basket"}.get(line.kind)
    return reverse(page, args=[line.subject]) if page and line.subject is not None else ""


def _party(name: PublicName) -> str:
    if name.zh:
        return name.zh if is_chinese() else name.en
    told = {"": "", "VEHICLE": _("a truck"), "HOUSEHOLD": _("a household"), "COMMUNITY": _("a community")}
    return told.get(name.kind, _("a person"))


def _map(view: BulletinView, *, chinese: bool) -> pictures.FlowMap | None:
    """Places where something was handed over that day and the bulletin tells apart; warehouses where it tells their stock."""
    lines: dict[UUID, int] = {}
    sites: set[UUID] = set()
    for figure in view.figures:
        if figure.is_rest or not figure.at:
            continue
        if figure.by == "place" and figure.what in ("handed_over", "parcels.HANDED_OVER"):
            for at in figure.at:
                lines[at] = lines.get(at, 0) + figure.lines
        elif figure.by == "site" and figure.what == "on_hand":
            sites |= figure.at
    points = []
    for at in (*lines, *sorted(sites - set(lines), key=str)):
        place = view.content["parties"].get(str(at), {})
        if place.get("lat") is None:
            continue
        count = lines.get(at, 0)
        note = ngettext("%(count)s handover", "%(count)s handovers", count) % {"count": count} if count else ""
        points.append(
            MapPoint(str(at), _named(place), place["lat"], place["lon"], "receiver" if count else "warehouse", note)
        )
    return pictures.flow_map(points[:MAP_MAX], (), least_height=300, most_height=460, least_span=CITY_SPAN)
