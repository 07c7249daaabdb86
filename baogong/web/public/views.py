"""Everyone's pages: why a good cannot be bought, and what is needed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from baogong.needs import queries as needs_
from baogong.needs.views import PublicChoice
from baogong.supply import queries as supply
from baogong.web.names import item_names
from baogong.web.pages import PageRequest, page


@page(public=True)
def why(request: PageRequest) -> HttpResponse:
    """“Why can't I buy it?”: each delisted item, who decided, and where the goods went."""
    goods = item_names()
    delisted = {entry.item for entry in supply.delisted_items(request.now)}
    pages = sorted(supply.where_they_went(sorted(delisted)), key=lambda entry: goods.get(entry.item, ""))
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
        "items": needs_.public_items(),
        "levels": (1, 2, 3, 4),
    }
    return render(request, "public/needs.html", context)


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
