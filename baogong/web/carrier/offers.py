"""
The plan as one carrier is asked to drive it: in words, as a picture, with yes, other terms, or no.

By private link, or logged in as its dispatcher. The link alone only shows; to answer, its code has to be typed, which
was told on another way. So no cookie gives a visitor of the link any right, and there is nothing for a foreign site to
borrow: the page needs no CSRF token, and a page that sends no referrer could not use one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.queries import AskView, KindView, LegView
from baogong.freight.services.agreements import LINK_PURPOSE
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.people.services.links import LinkView
from baogong.web.names import called, called_within
from baogong.web.pages import (
    STATUS,
    PageRequest,
    UnusableForm,
    fen_from,
    moment_from,
    number_from,
    page,
    sentence,
    uuid_from,
)
from baogong.web.paper.lines import refusal_of
from baogong.web.pictures import Gantt, GanttBar, GanttRow, gantt
from baogong.web.private import by_link, check_code

NOTE_MAX = 1_000
ANSWERS = {"accept": "ACCEPTED", "counter": "COUNTERED", "decline": "DECLINED"}


@csrf_exempt
@by_link(LINK_PURPOSE, ended="carrier/ended.html")
def offer(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """What the private link opens."""
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        refused = _answer_by_link(request, link)
        if refused is None:
            return redirect("carrier:offer", token=token)
        status = refused
    context = _offer(request, freight.ask(link.subject)) | {"link": link, "may_answer": link.asks_code}
    return render(request, "carrier/offer.html", context, status=status)


def _answer_by_link(request: PageRequest, link: LinkView) -> int | None:
    """The second factor first. A wrong one leaves everything as it was, and counts against the link."""
    assert link.subject is not None
    assert link.party is not None
    try:
        check_code(request, link)
    except BaogongError as refusal:  # wrong, tried too often, or a link that only shows
        messages.error(request, sentence(refusal))
        return STATUS[refusal.kind]
    dispatcher = Actor(
        person_id=None,
        name=_("%s, by private link") % freight.ask(link.subject).carrier_name,
        reach={Duty.CARRIER: frozenset({link.party})},
    )
    return refusal_of(request, partial(_answer, request, link.subject, dispatcher))


@page(at_a_place=(Duty.CARRIER,))
def ask(request: PageRequest, ask: UUID) -> HttpResponse:
    """The same for a dispatcher who is logged in."""
    view = freight.ask(ask)
    request.actor.require(Duty.CARRIER, at=view.carrier)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_answer, request, ask, request.actor))
        if refused is None:
            return redirect("carrier:ask", ask=ask)
        status, view = refused, freight.ask(ask)
    return render(request, "carrier/ask.html", _offer(request, view) | {"may_answer": True}, status=status)


def _offer(request: PageRequest, view: AskView) -> dict[str, Any]:
    if request.method == "POST":  # refused, or the page would have been left
        request.typed = {field: texts for field, texts in request.POST.lists() if field != "code"}
    convoy = freight.convoy(view.plan)
    asked = (leg for leg in convoy.legs if leg.carrier == view.carrier and not leg.is_frozen)
    legs = sorted(asked, key=lambda leg: (leg.vehicle, leg.depart_at))
    return {
        "ask": view,
        "convoy": convoy,
        "legs": legs,
        "chart": _chart(legs, view.carrier_name, request.now),
        "is_open": view.answer == "ASKED",
        "kinds": freight.kinds(carrier=view.carrier),
    }


def _chart(legs: Sequence[LegView], carrier_name: str, now: datetime) -> Gantt | None:
    """A row for each vehicle: at a dock, and on the road to the next stop. It need not be told its own name."""
    rows: dict[str, list[GanttBar]] = {}
    for leg in legs:
        bars = rows.setdefault(leg.vehicle.removeprefix(carrier_name).strip(), [])
        for index, stop in enumerate(leg.stops):
            if index:
                left_at = leg.stops[index - 1].depart_at
                label = f"→ {called(stop.site_name)}"
                bars.append(
                    GanttBar(
                        left_at, stop.arrive_at, label, "moving", title=f"{called(leg.stops[0].site_name)} {label}"
                    )
                )
            if stop.end_at > stop.start_at:
                bars.append(GanttBar(stop.start_at, stop.end_at, called(stop.site_name), "dock"))
    return gantt([GanttRow(called_within(name), tuple(bars)) for name, bars in rows.items()], now=now, width=900)


def _answer(request: PageRequest, ask: UUID, actor: Actor) -> None:
    how = request.POST.get("answer", "")
    if how not in ANSWERS:
        raise UnusableForm(_("This page has no such button."), where="answer", found=how, cure=_("Reload the page."))
    view = freight.ask(ask)
    note = request.POST.get("note", "").strip()[:NOTE_MAX]
    if how != "accept" and not note:
        raise UnusableForm(
            _("Say why: the command office plans anew with your reason. Nothing was sent."),
            where=_("reason"),
            cure=_("Write a few words and send it again."),
        )
    services.answer_ask(
        ask=ask,
        answer=ANSWERS[how],
        terms=_terms(request, freight.kinds(carrier=view.carrier)) if how == "counter" else None,
        note=note,
        actor=actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Your answer is with the command office. Thank you."))


def _terms(request: PageRequest, kinds: Sequence[KindView]) -> dict[str, dict[str, Any]]:
    """Only what was typed: an empty field keeps what was offered."""
    terms: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        changed: dict[str, Any] = {}
        if request.POST.get(f"count_{kind.id}", "").strip():
            changed["vehicles_count"] = number_from(request, f"count_{kind.id}")
        for field, name in (("fixed", "fixed_fen"), ("perkm", "fen_per_km"), ("bonus", "bonus_fen")):
            if request.POST.get(f"{field}_{kind.id}", "").strip():
                changed[name] = fen_from(request, f"{field}_{kind.id}")
        if request.POST.get(f"from_{kind.id}", "").strip():
            changed["available_from_at"] = moment_from(request, f"from_{kind.id}").isoformat()
        if changed:
            terms[str(kind.id)] = changed
    if not terms:
        raise UnusableForm(
            _("Other terms need at least one changed number, price or time. Nothing was sent."),
            where=_("terms"),
            cure=_("Fill in what should differ, or accept or decline the plan."),
        )
    return terms
