"""
A draw before everybody's eyes: its papers, who was drawn, the public screen, and the page on which an entrant's own browser
recomputes their place. Nothing here knows a name: entries are random ids.
"""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.engine import draw as engine
from baogong.kernel.errors import NotFound
from baogong.release import entrants, offers, queries
from baogong.release.offers import code_of
from baogong.web.downloads import csv_download
from baogong.web.pages import PageRequest, page, show, uuid_or_none, written
from baogong.web.release.draw_words import came_out, missing_told, source_told

PAPERS = ("announcement", "close", "beacon", "result")
PAGE_ENTRIES, STAGE_ENTRIES = 1_000, 60  # of each list on a page of the papers; on one turn of the public screen


@page(public=True)
def draw(request: PageRequest, draw: UUID) -> HttpResponse:
    """What is fixed, what has come out, every file; the odds of who has lost."""
    found = queries.draw(draw)
    offer = offers.offer(found.tranche)
    context = {
        **_shown(request, found, PAGE_ENTRIES),
        "offer": offer,
        "is_by_fallback_now": found.waits_for_fallback(request.now),
        "came": came_out(found),
        "files": entrants.draw_files(found),
        "odds": queries.next_odds(offer.release, now=request.now) if found.state == "DRAWN" else (),
        "now": request.now,
    }
    return render(request, "release/draw_public.html", context)


@page(public=True)
def stage(request: PageRequest, draw: UUID) -> HttpResponse:
    """The public screen at the ceremony: one thing at a time, in the largest type, going on by itself, also through the winners."""
    found = queries.draw(draw)
    context = {
        **_shown(request, found, STAGE_ENTRIES),
        "offer": offers.offer(found.tranche),
        "came": came_out(found),
        "is_held": written(request, "hold") == "1",
        "now": request.now,
    }
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
        "papers": {name: reverse("offers:draw_file", args=[draw, f"{name}.json"]) for name in PAPERS},
        "public_chains": [one.hash().hex() for one in engine.public_chains().values()],
        "proofs": reverse("offers:proof", args=[draw, UUID(int=0)]),
    }
    context = {
        "draw": found,
        "given": given,
        "outside": (
            ("root", _("The root, as it was published when the list was closed")),
            ("number", _("The number that came out, at its own source")),
            ("archive", _("where the round stands in the beacon’s archive")),
            ("fallback", _("The fallback was used: whether the announced source really failed, declared at")),
            ("drill", _("This is a drill: whoever held its key could have chosen the number")),
            ("result", _("SHA-256 of result.json: that it names the right ones, only the whole list shows")),
            ("key", _("The key of the house’s receipts")),
        ),
        "entry": entry,
        "offer": offers.offer(found.tranche),
        "steps": (
            ("signature", _("The house’s signature under the receipt")),
            ("unsigned", _("This browser knows no Ed25519: the signature was not checked")),
            ("announcement", _("The receipt is of this draw, and the announcement is the one it names")),
            ("commitment", _("Your own number makes the entry yours")),
            ("same", _("The list holds the entry as the receipt says it")),
            ("path", _("The entry stands in the closed list: its path leads to the root")),
            ("papers", _("The published papers name each other by their hashes, from the announcement on")),
            ("number", _("The number that came out is the announced round’s: SHA-256 of its signature")),
            ("result", _("The result names as many as were announced")),
            ("figures", _("The proof says what the published papers say, and nothing else")),
            ("root", _("That root is the published one")),
            ("weight", _("The announced rule can give the entry this weight: compare the draws you have lost")),
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


@page(public=True)
def drawn(request: PageRequest, draw: UUID) -> HttpResponse:
    """Everybody who was drawn, in order, as a table: the code as it is read aloud, the entry as it stands in the papers."""
    placed = entrants.placed(draw)
    lists = (("WINNER", placed.winners), ("STANDBY", placed.standby), ("LATER", placed.later))
    rows = [(kind, at, code_of(one), one.hex) for kind, entries in lists for at, one in enumerate(entries, 1)]
    return csv_download(f"drawn-{draw}", ("place", "number", "code", "entry"), rows)


def _shown(request: PageRequest, found: queries.DrawView, size: int) -> dict[str, object]:
    """One page of each list: the `size` entries of the page that was asked for."""
    placed = entrants.placed(found.id)
    longest = max(placed.winners, placed.standby, placed.later, key=len)
    paper = Paginator(longest, size)
    at, pages = paper.get_page(request.GET.get("page")).number, paper.num_pages
    span = slice((at - 1) * size, at * size)
    return {
        "draw": found,
        "page": at,
        "pages": pages,
        "page_before": at - 1 or pages,
        "page_after": at % pages + 1,
        "first": span.start + 1,
        "source": source_told(found.announcement["beacon"]),
        "fallback": source_told(found.announcement["fallback"]) if found.announcement["fallback"] else "",
        "missing": missing_told(found),
        "winners": [code_of(one) for one in placed.winners[span]],
        "standby": [code_of(one) for one in placed.standby[span]],
        "later": [code_of(one) for one in placed.later[span]],
    }
