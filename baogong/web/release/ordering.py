"""
Whoever another office has chosen looks the right up by document and telephone, and has it brought instead of fetching it.

The steps are those of a claim; the last circle orders. A right is looked up with what this visit has typed, and paced. At the
counter a clerk has seen the document, and finds by it whom the list names no telephone of; on the telephone both are asked.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from baogong.engine.release import resident_fen
from baogong.kernel.clock import SystemClock
from baogong.people.services import limits
from baogong.release import identity, offers, services
from baogong.release.errors import NoSuchRight, RightRedeemed
from baogong.release.offers import ClaimView, OfferView
from baogong.web.pages import PageRequest, private, uuid_from
from baogong.web.release import person
from baogong.web.release.flow import Road, missing_step, shared
from baogong.web.release.person import STEPS, Typed, forget, kept

DOCUMENT_TRIES, ADDRESS_TRIES, TRIES_WINDOW_S = 5, 300, 900
DESK_TRIES = 200  # a desk serves a queue; a list of numbers is not tried out on it
OPEN = ("ADMITTED", "ACCEPTED")


def right_page(request: PageRequest, offer: OfferView, road: Road) -> HttpResponse:
    """What was won and until when it is kept; the green circle has it brought."""
    if not offer.takes_orders:
        return redirect(road.url("offer", offer.id))
    typed = kept(request, road.key)
    missing = missing_step(typed, offer)
    if missing:
        return redirect(road.url("step", offer.id, missing))
    who = _pace(request, offer, typed, road)
    if request.method == "POST":
        _order(request, offer, typed, road)
    found = _own_right(request, offer, typed, road, who)
    if found is not None and (found.is_ordered or found.state not in OPEN):
        if road.actor is not None:
            forget(request, road.key)  # a clerk serves the next caller
        return redirect(road.url("answer", found.id))
    context = {
        **shared(offer, road, typed, STEPS + 1),
        "claim": found,
        "is_seen": road.channel == "CLERK",
        "places": offers.places_of(offer),
        "fetched_fen": found and resident_fen(offer.rule, found.units, offer.variant, is_brought=False),
        "brought_fen": found and resident_fen(offer.rule, found.units, offer.variant),
        "back": road.url("step", offer.id, STEPS),
        "first": road.url("step", offer.id, 1),
    }
    return private(render(request, "release/right.html", context))


def _order(request: PageRequest, offer: OfferView, typed: Typed, road: Road) -> None:
    """Pressed twice it counts once. Raises as `services.order_online` otherwise."""
    try:
        services.order_online(
            tranche=offer.id,
            contact=person.contact_of(request, typed, is_own=road.actor is None),
            channel=road.channel,
            actor=road.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
    except (RightRedeemed, NoSuchRight):
        return  # the page tells what became of it


def _own_right(request: PageRequest, offer: OfferView, typed: Typed, road: Road, who: str) -> ClaimView | None:
    """The claim of who typed, or was typed for; None: there is none. Shown to this visit from now on."""
    try:
        if road.actor is None:
            found = services.own_right(tranche=offer.id, contact=typed.contact)
        else:
            found = services.look_up_right(
                tranche=offer.id, contact=typed.contact, channel=road.channel, actor=road.actor, now=request.now
            )
    except NoSuchRight:
        return None
    limits.give_back(what="right-document", who=who)
    person.add_claim(request, found)
    return offers.one_claim(found)


def desk_pace(request: PageRequest, offer: OfferView) -> tuple[str, str, int]:
    """What one person at a desk looks up by documents of one stock, to have it fetched or brought."""
    return ("winner-document", f"{request.actor.person_id} {offer.id}", DESK_TRIES)


def _pace(request: PageRequest, offer: OfferView, typed: Typed, road: Road) -> str:
    """
    Telephones are not tried out on a number, nor numbers from one address or desk. The person's mark. Raises TooOften.

    Who has tried too often alone is not turned away at the counter: there the document is seen, and no telephone asked.
    """
    said = typed.contact
    who = identity.person(offer.office, document=said.document, number=said.number).person.hex()
    address = ("right-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_TRIES)
    alone = () if road.channel == "CLERK" else (("right-document", who, DOCUMENT_TRIES),)
    limits.take_each(
        *alone,
        address if road.actor is None else desk_pace(request, offer),
        window_s=TRIES_WINDOW_S,
        now=SystemClock().now(),
    )
    return who
