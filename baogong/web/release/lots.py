"""
A draw before everybody's eyes: its papers, who was drawn, the public screen, and the page on which an entrant's own browser
recomputes their place. Nothing here knows a name: entries are random ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.engine import draw as engine
from baogong.engine.draw.beacon import CHAINED_G2
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import NotFound
from baogong.people.services import limits
from baogong.release import entrants, offers, queries, services
from baogong.release.codes import entry_number
from baogong.release.errors import DrawUnusable
from baogong.web.downloads import csv_download
from baogong.web.pages import PageRequest, UnusableForm, page, show, uuid_or_none, written
from baogong.web.release.draw_words import archive_of, came_out, comes_out_at, missing_told, source_told
from baogong.web.release.rounds import pasted, round_of

PAPERS = ("announcement", "close", "beacon", "result")
ROUND_TRIES, TRIES_WINDOW_S = 20, 900  # of one address; a wrong signature is half a second's work
PAGE_ENTRIES, STAGE_ENTRIES = 1_000, 60  # of each list on a page of the papers; on one turn of the public screen


@page(public=True)
def draw(request: PageRequest, draw: UUID) -> HttpResponse:
    """What is fixed, what has come out, every file; the odds of who has lost. Anybody may bring the round that counts."""
    found = queries.draw(draw)
    if request.method == "POST":
        _bring(request, found)
        return redirect("offers:draw", draw=draw)
    offer = offers.offer(found.tranche)
    context = {
        **_shown(request, found, PAGE_ENTRIES),
        "offer": offer,
        "is_by_fallback_now": found.waits_for_fallback(request.now),
        "round": _round_that_counts(found, request.now),
        "came": came_out(found),
        "files": entrants.draw_files(found),
        "odds": queries.next_odds(offer.release, now=request.now) if found.state == "DRAWN" else (),
        "now": request.now,
    }
    return render(request, "release/draw_public.html", context)


def _bring(request: PageRequest, found: queries.DrawView) -> None:
    """
    The round of the source that counts now, from anybody: its signature proves it. Paced by address.

    Raises UnusableForm, in the visitor's own words for it; DrawNotThere, DrawnOnce, OtherSource, TooOften.
    """
    before, counts = found.state, _counting(found, request.now)
    if counts["kind"] == "LOTTERY":
        raise UnusableForm(
            _("A lottery’s numbers are brought by the office. Nothing was drawn."),
            where="round",
            cure=_("Ask the office; the numbers stand in the lottery’s own announcement."),
        )
    told = pasted(request, "round")
    brought = round_of(told, is_chained=counts["chain"]["scheme"] == CHAINED_G2)
    if brought.number != counts["round"]:
        raise UnusableForm(
            _("This is round %(n)s, and the draw waits for round %(announced)s. Nothing was drawn.") % {
                "n": f"{brought.number:,}"[:40], "announced": f"{counts['round']:,}",
            },
            where="round",
            found=brought.number,
            expected=counts["round"],
            cure=_("Open the address of the announced round and copy all of what stands there."),
        )  # fmt: skip
    limits.take_each(
        ("draw-round-address", request.META.get("REMOTE_ADDR", ""), ROUND_TRIES),
        window_s=TRIES_WINDOW_S,
        now=SystemClock().now(),
    )
    try:
        services.bring_round(
            draw=found.id,
            round=brought.number,
            signature=brought.signature,
            previous_signature=brought.previous_signature,
            now=request.now,
        )
    except (engine.UnfitDraw, DrawUnusable) as error:
        raise UnusableForm(
            _("The signature is not the beacon’s own for this round. Nothing was drawn."),
            where="signature",
            cure=_("Open the address of the announced round and copy all of what stands there."),
        ) from error
    if before == "DRAWN":
        messages.success(request, _("It was drawn before, from this very round. Nothing was changed."))
    else:
        messages.success(request, _("Its signature is the beacon’s own. Lots are drawn."))


def _counting(found: queries.DrawView, now: datetime) -> Mapping[str, Any]:
    """The announced source that counts now; of a draw that is drawn the one it was drawn from."""
    is_fallback = found.is_by_fallback or found.waits_for_fallback(now)
    source: Mapping[str, Any] = found.announcement["fallback" if is_fallback else "beacon"]
    return source


def _round_that_counts(found: queries.DrawView, now: datetime) -> dict[str, str] | None:
    """What a visitor brings, and where it stands; None where it is not awaited now, or is a lottery's."""
    counts = _counting(found, now)
    if found.state != "CLOSED" or counts["kind"] == "LOTTERY" or now < comes_out_at(counts):
        return None
    return {"told": source_told(counts), "archive": archive_of(counts)}


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
            (
                "source",
                _(
                    "What it is drawn from is a public beacon or lottery, or a drill’s in a draw that is marked as a drill"
                ),
            ),
            (
                "times",
                _("Announced, closed, published, drawn: each in its time, so that nobody could know the number before"),
            ),
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
    """Everybody who was drawn, in order, as a table: the entry number as it is read aloud, the entry as it stands in the papers."""
    placed = entrants.placed(draw)
    lists = (("WINNER", placed.winners), ("STANDBY", placed.standby), ("LATER", placed.later))
    rows = [(kind, at, entry_number(one), one.hex) for kind, entries in lists for at, one in enumerate(entries, 1)]
    return csv_download(f"drawn-{draw}", ("place", "number", "entry_number", "entry"), rows)


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
        "winners": [entry_number(one) for one in placed.winners[span]],
        "standby": [entry_number(one) for one in placed.standby[span]],
        "later": [entry_number(one) for one in placed.later[span]],
    }
