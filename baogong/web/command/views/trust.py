"""Needs that may be one, receivers that may be one: side by side, for a person who decides; everything can be undone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baogong.journal.clock import set_contact
from baogong.journal.queries import evidence_payload, evidence_under
from baogong.kernel.actor import Duty
from baogong.needs import queries
from baogong.needs import services as needs_
from baogong.needs.queries import doubles as doubles_
from baogong.needs.queries import houses as houses_
from baogong.needs.queries.sight import receivers_within
from baogong.people.queries import merges
from baogong.web.command.views.group import OFFICE
from baogong.web.pages import PageRequest, UnusableForm, page, private, text_from, uuid_from

WRITERS = (Duty.COMMAND, Duty.CLERK)
SHOWN_MAX = 60


@page(*OFFICE)
def doubles(request: PageRequest) -> HttpResponse:
    """Needs side by side with what speaks for their being one, or part and whole; what was decided, with undo."""
    if request.method == "POST":
        _decide_tie(request)
        return redirect("command:doubles")
    found = doubles_.asked_twice(limit=SHOWN_MAX)
    context = {
        "couples": found.couples,
        "ties": found.ties,
        "may_write": _may_write(request),
    }
    return render(request, "command/doubles.html", context)


@page(*OFFICE)
def houses(request: PageRequest) -> HttpResponse:
    """Receivers side by side that may be one house; what was merged or kept apart, with undo."""
    if request.method == "POST":
        _decide_house(request)
        return redirect("command:houses")
    aparts = merges.aparts()
    context = {
        "couples": houses_.likely_houses(apart=aparts)[:SHOWN_MAX],
        "merges": merges.merges(limit=SHOWN_MAX),
        "aparts": aparts[:SHOWN_MAX],
        "may_write": _may_write(request),
    }
    return render(request, "command/houses.html", context)


@page(at_a_place=OFFICE)
def proof_picture(request: PageRequest, evidence: UUID) -> HttpResponse:
    """A photographed letter, shown to whoever verifies; kept by nobody on the way."""
    payload, media_type = evidence_payload(evidence, request.actor, is_own=_is_own(request, evidence))
    return private(HttpResponse(payload, content_type=media_type))


@require_POST
@page(Duty.COMMAND, Duty.ADMIN)
def public_contact(request: PageRequest) -> HttpResponse:
    """How the public reaches the working group: printed on every public page of needs."""
    set_contact(contact=text_from(request, "contact"), actor=request.actor, now=request.now)
    messages.success(request, _("The public list shows it from now on."))
    return redirect("command:needs")


def _is_own(request: PageRequest, evidence: UUID) -> bool:
    """Whether it is a proof of a need of one of the visitor's places."""
    own = receivers_within(request.actor)
    if own is None:
        return True
    proofs = {view.proof for view in queries.needs_of(own) if view.proof is not None}
    return any(picture.id == evidence for picture in evidence_under(proofs))


def _decide_tie(request: PageRequest) -> None:
    act = request.POST.get("act", "")
    if act == "undo":
        needs_.untie(tie=uuid_from(request, "tie"), why=text_from(request, "why"), actor=request.actor, now=request.now)
        messages.success(request, _("Taken back: both needs count by themselves again."))
        return
    kind = {"SAME-OTHER": "SAME", "WHOLE": "PART"}.get(act, act)
    if kind not in ("SAME", "PART", "DIFFERENT"):
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    need, other = uuid_from(request, "child"), uuid_from(request, "parent")
    if kind != act:
        need, other = other, need
    needs_.tie(
        kind=kind,
        need=need,
        other=other,
        grounds=tuple(request.POST.get("grounds", "").split()),
        why=request.POST.get("why", "").strip(),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(
        request,
        _("Kept as two; they are not shown side by side again.")
        if act == "DIFFERENT"
        else _("Decided. Nothing of it is counted twice any more; it can be taken back below."),
    )


def _decide_house(request: PageRequest) -> None:
    act = request.POST.get("act", "")
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "undo":
        needs_.undo_merge(merge=uuid_from(request, "merge"), why=text_from(request, "why"), **facts)
        messages.success(request, _("Both speak for themselves again, exactly as before."))
    elif act == "together-again":
        needs_.take_apart_back(apart=uuid_from(request, "apart"), **facts)
        messages.success(request, _("They may be suggested again."))
    elif act == "apart":
        why = request.POST.get("why", "").strip()
        needs_.keep_apart(one=uuid_from(request, "one"), other=uuid_from(request, "other"), why=why, **facts)
        messages.success(request, _("Kept apart for good; they are not suggested again."))
    elif act in ("keep-one", "keep-other"):
        one, other = uuid_from(request, "one"), uuid_from(request, "other")
        kept, merged = (one, other) if act == "keep-one" else (other, one)
        needs_.merge_houses(
            kept=kept,
            merged=merged,
            why=text_from(request, "why"),
            request_id=uuid_from(request, "request_id"),
            **facts,
        )
        messages.success(request, _("Merged: the kept name speaks for both. The book itself is unchanged."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _may_write(request: PageRequest) -> bool:
    return request.actor.may_any(*WRITERS)
