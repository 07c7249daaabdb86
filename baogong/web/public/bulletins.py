"""Published bulletins for everyone: no log-in, no names of persons, each figure with its lines and their proofs."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from baogong.tower.bulletins.measures import Audience
from baogong.tower.queries import bulletins as queries
from baogong.web.bulletin_pages import bulletin_context, figure_page, workbook_page
from baogong.web.pages import PageRequest, page


@page(public=True)
def bulletins(request: PageRequest) -> HttpResponse:
    """All that were published, the newest day first."""
    found = queries.bulletins(audience=Audience.PUBLIC, is_published=True)
    return render(request, "public/bulletins.html", {"bulletins": found})


@page(public=True)
def bulletin(request: PageRequest, bulletin: UUID) -> HttpResponse:
    view = queries.bulletin(bulletin)
    context = bulletin_context(view, reverse("public:bulletin", args=[bulletin])) | {
        "workbook": reverse("public:bulletin_file", args=[bulletin]),
        "all": reverse("public:bulletins"),
    }
    return render(request, "public/bulletin.html", context)


@page(public=True)
def figure(request: PageRequest, bulletin: UUID, number: int) -> HttpResponse:
    """The lines of the book one figure is made of, each with its proof."""
    view = queries.bulletin(bulletin)
    return figure_page(request, view, number, "public/figure.html", reverse("public:bulletin", args=[bulletin]))


@page(public=True)
def bulletin_file(request: PageRequest, bulletin: UUID) -> HttpResponse:
    return workbook_page(queries.bulletin(bulletin))


@page(public=True)
def bulletin_text(request: PageRequest, bulletin: UUID) -> HttpResponse:
    """The very text whose hash was published: whoever keeps it can tell a changed bulletin."""
    view = queries.bulletin(bulletin)
    response = HttpResponse(queries.text_of(view.id), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="baogong-{view.head.day.isoformat()}.json"'
    return response
