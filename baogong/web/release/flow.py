"""
A claim in small steps, the same for a resident and for the clerk who types for one: one question a screen, one green circle.

1 the document · 2 name and telephone · 3 the address · 4 claim. What was typed stands in `person`; the answer of the book
is a page of its own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from baogong.engine.release import Mode, resident_fen
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, RequestIdReused
from baogong.release import offers, queries, services
from baogong.release.looking import NotOpenYet, SoldOut
from baogong.release.offers import OfferView
from baogong.web.pages import STATUS, PageRequest, UnusableForm, number_from, private, sentence, uuid_from, uuid_or_none
from baogong.web.release import person
from baogong.web.release.person import STEPS, Typed, as_sent, forget, keep, kept, take_step
from baogong.web.release.rules import kept_told, lines_of

LOOK_AGAIN_S, FAR_S, SPREAD_S = 300, 600, 20


@dataclass(frozen=True, slots=True)
class Road:
    """
    Who types: a resident (`actor` None) or a clerk at the counter or the telephone.

    key    of what was typed in the visit; steps, claim, answer: names of the addresses; args: their first parts
    """

    key: str
    channel: str
    actor: Actor | None
    space: str
    args: tuple[object, ...] = ()

    def url(self, name: str, *more: object) -> str:
        return reverse(f"{self.space}:{name}", args=[*self.args, *more])


def step_page(request: PageRequest, offer: OfferView, step: int, road: Road) -> HttpResponse:
    """One question; its answer leads to the next."""
    if not offer.is_claimed and not _is_entered(offer, request.now) and not offer.takes_orders:
        return redirect(road.url("offer", offer.id))  # that page tells how one comes by it
    typed, status = kept(request, road.key), 200
    if request.method == "POST":
        try:
            typed = take_step(request, typed, step, offer.rule, offer.districts)
        except BaogongError as refusal:
            if step == 1:  # a document's number is shown on no page
                raise
            messages.error(request, sentence(refusal))
            typed, status = as_sent(request, typed, step), STATUS[refusal.kind]
        else:
            keep(request, road.key, typed, offer.office)
            further = road.url("step", offer.id, step + 1) if step < STEPS else road.url(last_step(offer), offer.id)
            return redirect(further)
    if step > typed.step + 1 or not 1 <= step <= STEPS:
        return redirect(road.url("step", offer.id, min(typed.step + 1, STEPS)))
    context = {
        **shared(offer, road, typed, step),
        "documents": offer.rule.eligibility.documents,
        "districts": offer.districts,
        "knows_district": person.knows_district(typed, offer.districts),
        "asks_household": person.asks_household(offer.rule),
        "needs_address": person.needs_address(offer.rule),
        "uses_address": person.needs_address(offer.rule) or offer.rule.eligibility.needs_verified_address,
        "kept_days": person.KEPT_DAYS,
        "back": road.url("step", offer.id, step - 1) if step > 1 else road.url("offer", offer.id),
    }
    return private(render(request, "release/step.html", context, status=status))


def _is_entered(offer: OfferView, now: datetime) -> bool:
    draw = offers.draw_times(offer.id) if offer.is_by_lot else None
    return draw is not None and draw.is_entered(now)


def last_step(offer: OfferView) -> str:
    """
    The page of the last green circle: where lots are drawn one enters, where another office has chosen one looks one's right
    up, else one claims.
    """
    return "enter" if offer.is_by_lot else "right" if offer.takes_orders else "claim"


def claim_page(request: PageRequest, offer: OfferView, road: Road) -> HttpResponse:
    """The green circle; before the opening a page that waits, and looks again at a moment of its own."""
    if not offer.is_claimed:
        return redirect(road.url("offer", offer.id))
    typed = kept(request, road.key)
    missing = missing_step(typed, offer)
    if missing:
        return redirect(road.url("step", offer.id, missing))
    if request.method == "POST":
        return _claim(request, offer, road, typed)
    stage = offer.stage(request.now)
    most = offer.rule.units_per_claim_max
    is_booked = offer.rule.mode is Mode.APPOINTMENT
    slots = offers.slots(offer.id, request.now) if is_booked else ()
    context = {
        **shared(offer, road, typed, STEPS + 1),
        "stage": stage,
        "claim": uuid4(),
        "most": most,
        "amounts": range(most, 0, -1) if most <= 20 else (),
        "fen": resident_fen(offer.rule, most, offer.variant, is_brought=offer.rule.is_brought),
        "slots": slots,
        "is_full": is_booked and not any(one.left for one in slots),
        "back": road.url("step", offer.id, STEPS),
    }
    response = private(render(request, "release/claim.html", context))
    return looking_again(request, response, offer.opens_at if stage == "BEFORE" else None, offer.rule.shuffle_s)


def looking_again(request: PageRequest, response: HttpResponse, at: datetime | None, shuffle_s: int) -> HttpResponse:
    """
    Have the browser ask once more after `at`, without a script, each at a moment of its own: a city does not come at once.

    Whoever chose `?still` is left alone.
    """
    if at is None or "still" in request.GET:
        return response
    wait_s = (at - request.now) / timedelta(seconds=1)
    if wait_s > FAR_S:
        wait_s = min(LOOK_AGAIN_S + random.uniform(0, LOOK_AGAIN_S), wait_s)
    else:
        # Inside the opening minute the moment makes no difference: its claims are served by lot.
        wait_s = max(wait_s, 1) + random.uniform(1, max(0.6 * shuffle_s, SPREAD_S))
    response.headers["Refresh"] = str(round(wait_s))
    return response


def _claim(request: PageRequest, offer: OfferView, road: Road, typed: Typed) -> HttpResponse:
    claim = uuid_from(request, "claim")
    units = number_from(request, "units", least=1, default=offer.rule.units_per_claim_max)
    try:
        answer = services.claim(
            claim_id=claim,
            tranche=offer.id,
            units=units,
            channel=road.channel,
            contact=person.contact_of(request, typed, is_own=road.actor is None),
            slot=uuid_or_none(request, "slot"),
            actor=road.actor,
            now=request.now,
        )
    except NotOpenYet:
        return redirect(road.url("claim", offer.id))  # which tells when, and looks again by itself
    except SoldOut as refusal:
        raise _sold_out(request, offer, road.channel, refusal.found) from None
    if answer.state == "REUSED":
        raise RequestIdReused(
            "This form was sent before with other contents; nothing was claimed now.",
            where=_("claim"),
            cure="Open the offer anew.",
        )
    person.add_claim(request, claim)
    if road.actor is not None and answer.state != "REFUSED":
        forget(request, road.key)  # a clerk serves the next caller
    return redirect(road.url("answer", claim))


def _sold_out(request: PageRequest, offer: OfferView, channel: str, left: object) -> UnusableForm:
    """What is left, what is kept for whom and until when, and what to do now: a person knows nothing of a claim's id."""
    kept = offers.kept_from(channel, [offer.id], request.now).get(offer.id, ())
    told = [kept_told(one.units, offer.unit, one.channel, localtime(one.until_at).time()) for one in kept]
    if left:
        message = _("%(n)s are left for claims on the net, fewer than you asked for. Nothing was claimed.") % {
            "n": left
        }
        cure = _("Choose fewer.")
    else:
        message = _("Nothing is left for claims on the net. Nothing was claimed.")
        cure = _("Look again later: what is given up is offered once more.")
    if kept:
        cure = _("Claim that way, or come back here then.")
        if any(one.channel == "PHONE" for one in kept):
            cure = " ".join(filter(None, (request.book_mark.contact, cure)))
    return UnusableForm(" ".join([message, *told]), cure=cure)


def shared(offer: OfferView, road: Road, typed: Typed, step: int) -> dict[str, object]:
    """What every screen of the walk shows."""
    return {
        "offer": offer,
        "road": road,
        "is_desk": road.actor is not None,
        "typed": typed,
        "step": step,
        "steps": range(1, STEPS + 2),
        "steps_count": STEPS + 1,
        "home": reverse(f"{road.space}:{'desk' if road.actor else 'home'}"),
    }


def missing_step(typed: Typed, offer: OfferView) -> int:
    """The first step that this offer needs answered; 0 where nothing is missing."""
    rule = offer.rule
    if typed.step < STEPS:
        return typed.step + 1
    if typed.fields.get("document") not in rule.eligibility.documents:
        return 1
    lacks_address = (rule.is_brought or rule.takes_orders) and not typed.fields.get("address")
    lacks_household = person.asks_household(rule) and not typed.fields.get("household")
    lacks_district = not person.knows_district(typed, offer.districts)
    return STEPS if lacks_address or lacks_household or lacks_district else 0


def about(offer: OfferView) -> dict[str, object]:
    """What every page about an offer shows of it."""
    return {
        "offer": offer,
        "lines": lines_of(offer.rule, offer.unit, variant=offer.variant, region=offer.region),
        "fen": resident_fen(
            offer.rule, offer.rule.units_per_claim_max, offer.variant, is_brought=offer.rule.is_brought
        ),
    }


def chosen(offer: OfferView, now: datetime) -> dict[str, object]:
    """How one comes by what is not claimed: the times of its draw, once announced; another office's lists."""
    draw = offers.draw_times(offer.id) if offer.is_by_lot else None
    return {
        "draw": draw,
        "is_entered": draw is not None and draw.is_entered(now),
        "entered_again_at": draw.entered_again_at(now) if draw is not None else None,
        "lists": queries.winner_lists(offer.release) if offer.rule.mode is Mode.IMPORTED else (),
    }
