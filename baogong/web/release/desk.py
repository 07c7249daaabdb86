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
from baogong.release.services.caps import is_at_cap
from baogong.web.pages import PageRequest, UnusableForm, page, private, written
from baogong.web.release import person
from baogong.web.release.entering import enter_page, entry_context, leave, take_out
from baogong.web.release.flow import Road, about, chosen, claim_page, looking_again, step_page
from baogong.web.release.open import NoSuchClaim, answer_context, ids_by_code, told_of
from baogong.web.release.ordering import right_page

DESK = (Duty.CLERK, Duty.COMMAND)
KEY, CHANNEL = "caller", "caller-channel"
CHANNELS = ("CLERK", "PHONE")


@page(at_a_place=DESK, keeps=("code",))
def desk(request: PageRequest) -> HttpResponse:
    """What the clerk may type for, and has typed today; what became of it, for whoever rings once more with the code."""
    if request.method == "POST":
        return _look_up(request)
    own = reach(request.actor, *DESK)
    on_offer = [*offers.on_offer(request.now, offices=own), *offers.ordered_from(request.now, offices=own)]
    found = tuple({one.id: one for one in on_offer}.values())
    since = house_midnight(request.now)
    context = {
        "rows": told_of(found, request.now),
        "own": offers.by_clerk(clerk=request.actor.person_id, since=since) if request.actor.person_id else (),
        "entered": entrants.entered_today(request.actor.person_id, since) if request.actor.person_id else (),
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
    context = {
        **about(found),
        **chosen(found, request.now),
        "is_desk": True,
        "stage": found.stage(request.now),
        "is_full": bool(offers.are_full([found], request.now)),
    }
    draw = context["draw"]
    assert draw is None or isinstance(draw, offers.DrawTimes)
    context["is_at_cap"] = is_at_cap(tranche, None if draw is None else draw.id, request.actor)
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


def _look_up(request: PageRequest) -> HttpResponse:
    """On to the claim or the entry that code and last four mean, of an office of this desk. Raises as `ids_by_code`."""
    found = ids_by_code(request)
    claims = {one.id: one.offer.office for one in offers.claims(found)}
    for id in found:
        office = claims[id] if id in claims else entrants.office_of_entry(id)
        if request.actor.may_any(*DESK, at=office):
            return redirect("release:answer" if id in claims else "release:entry", id)
    raise NoSuchClaim(
        _("This code is of another office. Nothing was shown."),
        where="pickup_code",
        cure=_("Tell the person to ring the office that stands on the slip."),
    )


def _of_the_desk(request: PageRequest, tranche: UUID) -> OfferView:
    found = offers.offer(tranche)
    request.actor.require(*DESK, at=found.office)
    return found


def _road(request: PageRequest) -> Road:
    return Road(KEY, request.session.get(CHANNEL, CHANNELS[0]), request.actor, "release")
