"""Everyone's pages: why a good cannot be bought, and what is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.engine.sheets.kinds import kind_named
from baogong.engine.sheets.profiles import hxl_tag
from baogong.needs import queries as needs_
from baogong.needs.views import PublicChoice
from baogong.supply import queries as supply
from baogong.web.downloads import csv_download
from baogong.web.names import in_order, is_chinese, item_names, place_in
from baogong.web.pages import PageRequest, page
from baogong.web.words import word

TOLD = ("receiver", "city", "item", "amount", "unit", "standard", "urgency", "due_at", "asked_at")


@page(public=True)
def why(request: PageRequest) -> HttpResponse:
    """“Why can't I buy it?”: each delisted item, who decided, and where the goods went."""
    goods = item_names()
    delisted = {entry.item for entry in supply.delisted_items(request.now)}
    place = place_in(goods)
    pages = sorted(supply.where_they_went(sorted(delisted)), key=lambda entry: place(entry.item))
    return render(request, "public/why.html", {"pages": pages, "items": goods})


@page(public=True)
def needs(request: PageRequest) -> HttpResponse:
    """Verified needs, without personal contacts: by place, goods, urgency, age; what is met in grey."""
    choice = _choice_from(request)
    shown = needs_.public_needs(request.now, choice)
    context = {
        "rows": [
            {"need": need, "met_percent": need.met_permille / 10, "committed_percent": need.promised_permille / 10}
            for need in shown
        ],
        "choice": choice,
        "cities": needs_.public_cities(),
        "items": in_order(needs_.public_items()),
        "levels": (1, 2, 3, 4),
    }
    return render(request, "public/needs.html", context)


@page(public=True)
def needs_file(request: PageRequest) -> HttpResponse:
    """
    The same list as a table, headed as our own lists of needs are and tagged in HXL: another house can read it in.

    Its amount is what is still open, so that nobody asks again for what is promised or met; what is met is left out
    unless it is asked for.
    """
    chinese = is_chinese()
    titles = {column.key: column.title_zh if chinese else column.title_en for column in kind_named("needs").columns}
    told = {
        _("asked in all"): "#value+asked",
        _("promised"): "#value+promised",
        _("signed for"): "#value+signed",
        _("verified"): "#date+verified",
    }
    choice = _choice_from(request)
    rows = [
        (
            need.receiver_name,
            need.city,
            need.item_zh if chinese else need.item_en,
            _("no limit") if need.open is None else need.open,
            word(need.unit, "unit"),
            "; ".join(need.standards),
            need.urgency,
            _moment(need.due_at),
            _moment(need.asked_at),
            _("no limit") if need.quantity is None else need.quantity,
            need.promised,
            need.signed,
            _moment(need.verified_at),
        )
        for need in needs_.public_needs(request.now, replace(choice, progress=choice.progress or "OPEN"))
    ]
    return csv_download(
        "baogong-needs",
        [*(titles[key] for key in TOLD), *told],
        rows,
        tags=[*(hxl_tag(key, "needs") for key in TOLD), *told.values()],
    )


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def _choice_from(request: PageRequest) -> PublicChoice:
    """What of the list is asked for; what makes no sense asks for nothing."""
    try:
        item = UUID(request.GET.get("item", ""))
    except ValueError:
        item = None
    urgency = request.GET.get("urgency", "")
    freshness, progress = request.GET.get("freshness", ""), request.GET.get("progress", "")
    return PublicChoice(
        city=request.GET.get("city", "").strip()[:60],
        item=item,
        urgency=int(urgency) if urgency in ("1", "2", "3", "4") else None,
        freshness=freshness if freshness in ("FRESH", "STALE") else "",
        progress=progress if progress in ("OPEN", "MET") else "",
    )
