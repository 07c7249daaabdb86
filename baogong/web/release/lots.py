"""
A draw before everybody's eyes: its papers, who was drawn, the public screen, and the page on which an entrant's own browser
recomputes their place. Nothing here knows a name: entries are random ids.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.engine.draw.bundle import ANNOUNCEMENT
from baogong.kernel.errors import NotFound
from baogong.release import entrants, offers, queries
from baogong.release.offers import code_of
from baogong.web.pages import PageRequest, page, show, uuid_or_none
from baogong.web.release.draw_words import missing_told, source_told

SHOWN_MAX = 2_000


@page(public=True)
def draw(request: PageRequest, draw: UUID) -> HttpResponse:
    """What is fixed, what has come out, every file; the odds of who has lost."""
    found = queries.draw(draw)
    offer = offers.offer(found.tranche)
    context = {
        **_shown(found),
        "offer": offer,
        "is_by_fallback_now": found.waits_for_fallback(request.now),
        "files": entrants.draw_files(found),
        "odds": queries.next_odds(offer.release, now=request.now) if found.state == "DRAWN" else (),
        "now": request.now,
    }
    return render(request, "release/draw_public.html", context)


@page(public=True)
def stage(request: PageRequest, draw: UUID) -> HttpResponse:
    """The public screen at the ceremony: one thing at a time, in the largest type, going on by itself."""
    found = queries.draw(draw)
    context = {**_shown(found), "offer": offers.offer(found.tranche), "now": request.now}
    return show(request, "release/stage.html", context, partial="live")


@page(public=True)
def check(request: PageRequest, draw: UUID) -> HttpResponse:
    """The entrant's own check: the browser does it, from the receipt and the published papers."""
    found = queries.draw(draw)
    entry = uuid_or_none(request, "entry")
    given = {
        "draw": str(draw),
        "root": found.root,
        "announcement_sha256": found.announcement_sha256,
        "receipts_key": found.receipts_key,
        "announcement": reverse("offers:draw_file", args=[draw, ANNOUNCEMENT]),
        "proofs": reverse("offers:proof", args=[draw, UUID(int=0)]),
    }
    context = {
        "draw": found,
        "given": given,
        "entry": entry,
        "offer": offers.offer(found.tranche),
        "steps": (
            ("signature", _("The house’s signature under the receipt")),
            ("unsigned", _("This browser knows no Ed25519: the signature was not checked")),
            ("announcement", _("The receipt is of this draw, and the announcement is the one it names")),
            ("commitment", _("Your own number makes the entry yours")),
            ("same", _("The list holds the entry as the receipt says it")),
            ("path", _("The entry stands in the closed list: its path leads to the root")),
            ("root", _("That root is the published one")),
            ("seed", _("The seed is made of the list, the stock and the number that came out")),
            ("score", _("The lot that the seed gives this entry")),
            ("place", _("The lot makes it what it was told to be")),
        ),
    }
    return render(request, "release/check.html", context)


@page(public=True)
def proof(request: PageRequest, draw: UUID, entry: UUID) -> HttpResponse:
    """One entry's proof, as the bundle's verifier reads it."""
    found = entrants.draw_proof(draw, entry)
    if found is None:
        raise NotFound(
            _("The list is not closed yet, or this entry is not on it."),
            where="entry",
            found=str(entry),
            cure=_("Wait for the close; then compare the entry with the receipt."),
        )
    return JsonResponse(found, json_dumps_params={"indent": 1})


@page(public=True)
def file(request: PageRequest, draw: UUID, name: str) -> HttpResponse:
    """One file of the bundle, byte for byte."""
    data = entrants.draw_file(draw, name)
    if data is None:
        raise NotFound(
            _("This draw has no such file yet."), where="name", found=name[:40], cure=_("Look at the draw’s page.")
        )
    kind = "application/json" if name.endswith(".json") else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(found: queries.DrawView) -> dict[str, object]:
    placed = entrants.placed(found.id)
    return {
        "draw": found,
        "source": source_told(found.announcement["beacon"]),
        "fallback": source_told(found.announcement["fallback"]) if found.announcement["fallback"] else "",
        "missing": missing_told(found),
        "winners": [code_of(one) for one in placed.winners[:SHOWN_MAX]],
        "standby": [code_of(one) for one in placed.standby[:SHOWN_MAX]],
        "later": [code_of(one) for one in placed.later[:SHOWN_MAX]],
    }
