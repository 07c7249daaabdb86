"""A giver's or consignor's own page, by private link: gift → where it is → signed; and a picture card to share."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from baogong.kernel.errors import BaogongError
from baogong.people.services.links import LinkView
from baogong.supply import queries as supply
from baogong.supply.views import GiftPath, LinePath
from baogong.web.donor.asking import FIELDS, LINES, act_by_link
from baogong.web.fund_bars import BAR_WIDTH, KINDS, bars_of
from baogong.web.names import item_names, party_names
from baogong.web.pages import STATUS, PageRequest, sentence
from baogong.web.private import by_link

PURPOSE = "GIVER"
CARD_LINES_MAX = 5
CARD_LINE_STEP, CARD_TOP = 74, 196
NOTE_WIDTH, NOTE_LINES_MAX = 50, 3  # columns: a Chinese character takes two

Paths = tuple[GiftPath, ...]


@csrf_exempt
@by_link(PURPOSE, ended="donor/ended.html")
def page_of_giver(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """
    Shown to whoever has the address; to ask or to answer, the code has to be typed, which was told on another way. No
    cookie gives a visitor of the link any right, so the page needs no CSRF token.
    """
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            act_by_link(request, link, link.subject)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("donor:page", token=token)
    paths = _paths(link)
    if not paths and supply.carriage_requests(consignor=link.subject):
        return redirect("donor:ask", token=token)
    has_money = supply.has_funds(link.subject)
    if link.asks_code and not paths and not has_money:  # invited to ask, and has nothing to look at yet
        return redirect("donor:ask", token=token)
    if has_money and not paths:
        return redirect("donor:money", token=token)
    lines = [line for path in paths for line in path.lines]
    context = {
        "paths": paths,
        "has_money": has_money,
        "giver": _giver(paths) or party_names([link.subject])[link.subject],
        "token": token,
        "may_write": link.asks_code,
        "asked_of_owner": sum(line.waits_for_its_owner for line in lines),
        "lines_count": len(lines),
        "signed_count": sum(_is_all_signed(line) for line in lines),
        "lost_count": sum(line.lost > 0 for line in lines),
    }
    return render(request, "donor/page.html", context, status=status)


@csrf_exempt
@by_link(PURPOSE, ended="donor/ended.html")
def ask(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """What was asked and answered, and the form to ask with; what was typed stays where something is missing."""
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            act_by_link(request, link, link.subject)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("donor:ask", token=token)
    fields = (*FIELDS, "expires_on")
    context = {
        "token": token,
        "giver": party_names([link.subject])[link.subject],
        "back": _way_back(link.subject),
        "may_write": link.asks_code,
        "requests": supply.carriage_requests(consignor=link.subject),
        "rows": [(no, {field: request.POST.get(f"{field}_{no}", "") for field in fields}) for no in LINES],
        "goods": list(item_names().values()),
        "typed": request.POST,
    }
    return render(request, "donor/ask.html", context, status=status)


def _way_back(giver: UUID) -> str:
    """The page that does not lead here again: of goods, else of money; none where the giver has neither."""
    if supply.gifts(giver=giver):
        return "donor:page"
    return "donor:money" if supply.has_funds(giver) else ""


@by_link(PURPOSE, ended="donor/ended.html")
def money(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """What the giver's money became: each fund, the boxes it bought, every hand they passed."""
    assert link.subject is not None
    paths = supply.money_page(link.subject)
    context = {
        "money": list(zip(paths, bars_of([path.fund for path in paths]), strict=True)),
        "kinds": KINDS,
        "bar_width": BAR_WIDTH,
        "giver": paths[0].fund.donor_name if paths else "",
        "token": token,
    }
    return render(request, "donor/money.html", context)


@by_link(PURPOSE, ended="donor/ended.html")
def card(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """One picture without the private address in it: what was given, how much is signed for."""
    paths = _paths(link)
    lines = [line for path in paths for line in path.lines]
    note = max((note for path in paths for note in path.notes), key=lambda note: (note.at, note.id), default=None)
    shown = lines[: CARD_LINES_MAX - 2 if note else CARD_LINES_MAX]
    context = {
        "lines": [(CARD_TOP + CARD_LINE_STEP * index, line) for index, line in enumerate(shown)],
        "more_count": len(lines) - len(shown),
        "giver": _giver(paths),
        "lines_count": len(lines),
        "signed_count": sum(_is_all_signed(line) for line in lines),
        "note": note,
        "note_lines": wrapped(note.text, NOTE_WIDTH, NOTE_LINES_MAX) if note else [],
    }
    response = render(request, "donor/card.svg", context, content_type="image/svg+xml")
    response.headers["Content-Disposition"] = 'inline; filename="baogong.svg"'
    return response


def wrapped(text: str, width: int, lines_max: int) -> list[str]:
    """
    The text in lines of at most `width` columns, broken between words or Chinese characters; cut with "…" where it is
    longer than `lines_max` lines. SVG breaks no lines itself.
    """
    lines = [""]
    for part in re.findall(r"[\u2e80-\uffee]|[^\s\u2e80-\uffee]+\s*|\s+", text):
        if lines[-1] and _columns(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    lines = [line.strip() for line in lines]
    if len(lines) > lines_max:
        lines = lines[:lines_max]
        while _columns(lines[-1]) >= width:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    return lines


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _paths(link: LinkView) -> Paths:
    """This giver's own gifts and nobody else's."""
    assert link.subject is not None
    return supply.giver_page(link.subject)


def _giver(paths: Paths) -> str:
    return paths[0].gift.donor_name if paths else ""


def _is_all_signed(line: LinePath) -> bool:
    """
    Nothing more is to come, and every unit that came in sound has a receiver's signature. Goods differ, so lines are
    counted, never units added.
    """
    told = line.line
    return told.is_complete and line.signed_for > 0 and line.signed_for == told.arrived - told.damaged
