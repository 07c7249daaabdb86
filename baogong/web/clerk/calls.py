"""A clerk on the telephone: whom to ring, what to say in both languages, and what came of it in one tap."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baogong.journal import queries as journal
from baogong.kernel.actor import Duty
from baogong.needs import queries
from baogong.needs import services as needs_
from baogong.needs.queries import calls as calls_
from baogong.needs.queries.sight import require_sight
from baogong.people.queries.merges import houses
from baogong.people.queries.parties import party
from baogong.web.command.views.needs import row_of
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, private, text_from, uuid_from, uuid_or_none
from baogong.web.templatetags.baogong import when

RINGERS = (Duty.CLERK, Duty.COMMAND)


@page(at_a_place=RINGERS)
def calls(request: PageRequest) -> HttpResponse:
    """The queue, and the one button that matters: next call."""
    every = calls_.call_queue(request.now, actor=request.actor, put_off=False)
    waiting = [entry for entry in every if entry.again_at is None or entry.again_at <= request.now]
    context = {
        "entries": waiting,
        "put_off": [entry for entry in every if entry.again_at is not None and entry.again_at > request.now],
    }
    return render(request, "clerk/calls.html", context)


@require_POST
@page(at_a_place=RINGERS)
def next_call(request: PageRequest) -> HttpResponse:
    """Take the next receiver; two clerks never get the same."""
    receiver = needs_.next_call(actor=request.actor, now=request.now)
    if receiver is None:
        messages.info(request, _("Nobody is to be rung now."))
        return redirect("clerk:calls")
    return redirect("clerk:call", receiver=receiver)


@page(at_a_place=RINGERS)
def call(request: PageRequest, receiver: UUID) -> HttpResponse:
    """One receiver on the telephone: numbers, proof, words to say, its needs with the answers as buttons."""
    require_sight(request.actor, receiver, *RINGERS)
    told: dict[str, str] = {}
    if request.method == "POST":
        answered = _act(request, receiver, told)
        if answered is not None:
            return answered
    merged = houses()
    views = queries.open_needs(receiver=receiver, merged=merged)
    doubted = [view.id for view in views if view.doubt == "WRONG"]
    documents = {view.proof for view in views if view.proof is not None}
    context = {
        "party": party(receiver),
        "entry": calls_.call_about(views, request.now),
        "rows": [
            row_of(view, request) for view in sorted(views, key=lambda view: (view.urgency, view.asked_at, view.id))
        ],
        "contacts": calls_.contacts_of(receiver, merged),
        "proofs": journal.papers(documents) if documents else (),
        "pictures": journal.evidence_under(documents) if documents else (),
        "told": told,
        "doubts": {str(need): why for need, why in calls_.doubts_of(doubted).items()} if doubted else {},
    }
    return private(render(request, "clerk/call.html", context))


def _act(request: PageRequest, receiver: UUID, told: dict[str, str]) -> HttpResponse | None:
    """Carry out the button; None where the page is shown again with something told once."""
    act = request.POST.get("act", "")
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "show-number":
        contact = uuid_from(request, "contact")
        told[str(contact)] = needs_.number_of(contact=contact, **facts)
        return None
    if act == "nobody":
        again_at = needs_.nobody_answers(receiver=receiver, request_id=uuid_from(request, "request_id"), **facts)
        messages.info(request, _("Nobody answered. It comes back into the queue at %s.") % when(again_at))
        return redirect("clerk:calls")
    if act == "done":
        needs_.end_call(receiver=receiver, **facts)
        return redirect("clerk:calls")
    if act == "contact":
        needs_.add_contact(
            receiver=receiver,
            kind=request.POST.get("kind", "PUBLISHED"),
            label=text_from(request, "label"),
            number=text_from(request, "number"),
            found_at=request.POST.get("found_at", "").strip(),
            **facts,
        )
        messages.success(request, _("The number is kept."))
        return redirect("clerk:call", receiver=receiver)
    _answer(request, receiver, act)
    return redirect("clerk:call", receiver=receiver)


def _answer(request: PageRequest, receiver: UUID, act: str) -> None:
    """What the other side says, of one need or of all."""
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now, "request_id": uuid_from(request, "request_id")}
    contact = uuid_or_none(request, "contact")
    rung: dict[str, Any] = {"contact": contact}
    how = "RANG_PERSON" if contact is None else request.POST.get("how", "RANG_BACK")
    why = request.POST.get("why", "").strip()
    if act == "all-as-asked":
        waiting = [view.id for view in queries.open_needs(receiver=receiver)]
        needs_.check_all(needs=waiting, outcome="VERIFIED", how=how, why=why, **rung, **facts)
        messages.success(request, _("All of it is verified and fresh for 48 hours."))
        return
    need = uuid_from(request, "need")
    if act == "as-asked":
        needs_.check(need=need, outcome="VERIFIED", how=how, why=why, **rung, **facts)
        messages.success(request, _("Verified, and fresh for 48 hours."))
    elif act in ("wrong", "fake"):
        needs_.check(need=need, outcome=act.upper(), how=how, why=text_from(request, "why"), **rung, **facts)
        messages.success(request, _("Written down, with the reason."))
    elif act == "changed":
        quantity = number_from(request, "quantity", least=1)
        needs_.answer(need=need, answer="CHANGED", way="PHONE", quantity=quantity, note=why, **facts)
        messages.success(request, _("The amount is the receiver's new one."))
    elif act in ("still", "no-longer"):
        answer = {"still": "STILL", "no-longer": "NO_LONGER"}[act]
        needs_.answer(need=need, answer=answer, way="PHONE", note=why, **facts)
        messages.success(
            request, _("Renewed: fresh for another 48 hours.") if act == "still" else _("The need is ended.")
        )
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
