"""Bulletins in the office: drawn, looked at, given words, published; the lines of each figure."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.journal.clock import house_day
from baogong.journal.queries import documents_by_id
from baogong.tower.bulletins.measures import Audience
from baogong.tower.queries import bulletins as queries
from baogong.tower.services import bulletins as services
from baogong.web.bulletin_pages import bulletin_context, figure_page, workbook_page
from baogong.web.pages import PageRequest, choice_from, day_in, page, show, text_from, uuid_from, written
from baogong.web.tower.rows import OFFICE


@page(*OFFICE, keeps=("day", "audience", "why"))
def bulletins(request: PageRequest) -> HttpResponse:
    """Those there are, and the form for another day's."""
    if request.method == "POST":
        made = services.draw(
            day=day_in(text_from(request, "day"), "day"),
            audience=choice_from(request, "audience", Audience),
            why=written(request, "why"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The bulletin is drawn. Look at it, write your words, then have it published."))
        return redirect("tower:bulletin", bulletin=made)
    context = {
        "bulletins": queries.bulletins(),
        "today": house_day(request.now),
        "may_draw": request.actor.may_any(*services.DRAWERS),
        "audiences": list(Audience),
    }
    return show(request, "tower/bulletins.html", context)


@page(*OFFICE, keeps=("words_zh", "words_en"))
def bulletin(request: PageRequest, bulletin: UUID) -> HttpResponse:
    """One: figures, map, words; signed here for publication."""
    if request.method == "POST":
        if request.POST.get("act") == "words":
            services.write_words(
                bulletin=bulletin,
                words_zh=written(request, "words_zh"),
                words_en=written(request, "words_en"),
                actor=request.actor,
                now=request.now,
            )
            messages.success(request, _("The words are kept."))
        else:
            services.publish(
                bulletin=bulletin,
                alone=request.POST.get("alone") == "on",
                actor=request.actor,
                now=request.now,
                request_id=uuid_from(request, "request_id"),
            )
            messages.success(request, _("Signed. What everyone reads is out as soon as a second person has signed."))
        return redirect("tower:bulletin", bulletin=bulletin)
    view = queries.bulletin(bulletin, seen_by=request.actor)
    head = view.head
    papers = documents_by_id([head.document]) if head.document else ()
    is_open = head.state == "DRAWN"
    context = bulletin_context(view, reverse("tower:bulletin", args=[bulletin])) | {
        "is_open": is_open,
        "paper": papers[0] if papers else None,
        "may_word": is_open and request.actor.may_any(*services.DRAWERS),
        "may_publish": is_open and request.actor.may_any(*services.PUBLISHERS),
        "is_public": view.is_public,
        "workbook": reverse("tower:bulletin_file", args=[bulletin]),
        "all": reverse("tower:bulletins"),
    }
    return show(request, "tower/bulletin.html", context)


@page(*OFFICE)
def figure(request: PageRequest, bulletin: UUID, number: int) -> HttpResponse:
    """The lines of the book one figure is made of."""
    view = queries.bulletin(bulletin, seen_by=request.actor)
    return figure_page(request, view, number, "tower/figure.html", reverse("tower:bulletin", args=[bulletin]))


@page(*OFFICE)
def bulletin_file(request: PageRequest, bulletin: UUID) -> HttpResponse:
    """The bulletin as a workbook."""
    return workbook_page(queries.bulletin(bulletin, seen_by=request.actor))
