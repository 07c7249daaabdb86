"""The clerk's desk: who stands at the counter or is on the telephone is led through the same steps as on the net."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.journal.clock import house_midnight
from baogong.kernel.actor import Duty
from baogong.people.queries.access import reach
from baogong.release import entrants, offers, services
from baogong.release.offers import OfferView
from baogong.web.pages import PageRequest, UnusableForm, page, private, written
from baogong.web.release import person
from baogong.web.release.entering import enter_page, entry_context, leave, take_out
from baogong.web.release.flow import Road, about, chosen, claim_page, looking_again, step_page
from baogong.web.release.open import answer_context
from baogong.web.release.ordering import right_page

DESK = (Duty.CLERK, Duty.COMMAND)
KEY, CHANNEL = "caller", "caller-channel"
CHANNELS = ("CLERK", "PHONE")


@page(at_a_place=DESK)
def desk(request: PageRequest) -> HttpResponse:
    """What the clerk may type for, and what the clerk has typed today."""
    own = reach(request.actor, *DESK)
    found = [*offers.on_offer(request.now, offices=own), *offers.ordered_from(request.now, offices=own)]
    rows = [{**about(one), "stage": one.stage(request.now)} for one in {one.id: one for one in found}.values()]
    since = house_midnight(request.now)
    context = {
        "rows": rows,
        "own": offers.by_clerk(clerk=request.actor.person_id, since=since) if request.actor.person_id else (),
    }
    return private(render(request, "release/desk.html", context))


@page(at_a_place=DESK)
def offer(request: PageRequest, tranche: UUID) -> HttpResponse:
    """The rule to be read aloud; begin with the next person, at the counter or on the telephone."""
    found = _of_the_desk(request, tranche)
    if request.method == "POST":
        channel = written(request, "channel")
        if channel not in CHANNELS:
            raise UnusableForm(_("This page has no such button."), where="channel", cure=_("Reload the page."))
        person.forget(request, KEY)  # what the last caller said is not the next one's
        request.session[CHANNEL] = channel
        return redirect("release:step", tranche=tranche, step=1)
    context = {**about(found), **chosen(found, request.now), "is_desk": True, "stage": found.stage(request.now)}
    return private(render(request, "release/desk_offer.html", context))


@page(at_a_place=DESK)
def step(request: PageRequest, tranche: UUID, step: int) -> HttpResponse:
    """The same question as on the net, with the words to say."""
    return step_page(request, _of_the_desk(request, tranche), step, _road(request))


@page(at_a_place=DESK)
def claim(request: PageRequest, tranche: UUID) -> HttpResponse:
    """Read back, then the green circle."""
    return claim_page(request, _of_the_desk(request, tranche), _road(request))


@page(at_a_place=DESK)
def enter(request: PageRequest, tranche: UUID) -> HttpResponse:
    """Read back, then the green circle: the person stands in the draw."""
    return enter_page(request, _of_the_desk(request, tranche), _road(request))


@page(at_a_place=DESK)
def right(request: PageRequest, tranche: UUID) -> HttpResponse:
    """Chosen by another office: what the person has won, read back; the green circle has it brought."""
    return right_page(request, _of_the_desk(request, tranche), _road(request))


@page(at_a_place=DESK)
def entry(request: PageRequest, entry: UUID) -> HttpResponse:
    """The receipt, to be read aloud and printed; after the draw what became of the entry."""
    request.actor.require(*DESK, at=entrants.office_of_entry(entry))
    if request.method == "POST":
        if request.POST.get("act") == "take-out":
            return take_out(request, entry)
        return leave(request, entry, _road(request))
    return private(render(request, "release/entry.html", {**entry_context(request, entry), "is_desk": True}))


@page(at_a_place=DESK)
def receipt(request: PageRequest, entry: UUID) -> HttpResponse:
    """To hand over the counter."""
    request.actor.require(*DESK, at=entrants.office_of_entry(entry))
    return private(render(request, "release/receipt.html", {**entry_context(request, entry), "is_desk": True}))


@page(at_a_place=DESK)
def answer(request: PageRequest, claim: UUID) -> HttpResponse:
    """What became of it, with the words to say; give it up for the person."""
    found = offers.one_claim(claim)
    request.actor.require(*DESK, at=found.offer.office)
    if request.method == "POST":
        services.cancel_claim(claim=claim, actor=request.actor, now=request.now)
        messages.success(request, _("Given up, at the person’s word. The turn is the person’s again."))
        return redirect("release:answer", claim=claim)
    response = private(render(request, "release/answer.html", {**answer_context(found, request.now), "is_desk": True}))
    is_waiting = found.state == "WAITING"
    return looking_again(request, response, found.offer.judged_at if is_waiting else None, found.offer.rule.shuffle_s)


@page(at_a_place=DESK)
def slip(request: PageRequest, claim: UUID) -> HttpResponse:
    """To hand over the counter."""
    found = offers.one_claim(claim)
    request.actor.require(*DESK, at=found.offer.office)
    return private(render(request, "release/slip.html", {**answer_context(found, request.now), "is_desk": True}))


def _of_the_desk(request: PageRequest, tranche: UUID) -> OfferView:
    found = offers.offer(tranche)
    request.actor.require(*DESK, at=found.office)
    return found


def _road(request: PageRequest) -> Road:
    return Road(KEY, request.session.get(CHANNEL, CHANNELS[0]), request.actor, "release")
