"""
Whoever another office has chosen looks the right up by document and telephone, and has it brought instead of fetching it.

The steps are those of a claim; the last circle orders. A right is looked up with what this visit has typed, and paced.
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
from baogong.web.release.person import STEPS, Typed, kept

DOCUMENT_TRIES, ADDRESS_TRIES, TRIES_WINDOW_S = 5, 300, 900
OPEN = ("ADMITTED", "ACCEPTED")


def right_page(request: PageRequest, offer: OfferView, road: Road) -> HttpResponse:
    """What was won and until when it is kept; the green circle has it brought."""
    if not offer.takes_orders:
        return redirect(road.url("offer", offer.id))
    typed = kept(request, road.key)
    missing = missing_step(typed, offer)
    if missing:
        return redirect(road.url("step", offer.id, missing))
    who = _pace(request, offer, typed)
    if request.method == "POST":
        _order(request, offer, typed)
    found = _own_right(request, offer, typed, who)
    if found is not None and (found.is_ordered or found.state not in OPEN):
        return redirect(road.url("answer", found.id))
    context = {
        **shared(offer, road, typed, STEPS + 1),
        "claim": found,
        "places": offers.places_of(offer),
        "fetched_fen": found and resident_fen(offer.rule, found.units, offer.variant, is_brought=False),
        "brought_fen": found and resident_fen(offer.rule, found.units, offer.variant),
        "back": road.url("step", offer.id, STEPS),
        "first": road.url("step", offer.id, 1),
    }
    return private(render(request, "release/right.html", context))


def _order(request: PageRequest, offer: OfferView, typed: Typed) -> None:
    """Pressed twice it counts once. Raises as `services.order_online` otherwise."""
    try:
        services.order_online(
            tranche=offer.id,
            contact=person.contact_of(request, typed, is_own=True),
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
    except (RightRedeemed, NoSuchRight):
        return  # the page tells what became of it


def _own_right(request: PageRequest, offer: OfferView, typed: Typed, who: str) -> ClaimView | None:
    """The claim of who typed; None: none is this document's and this telephone's. Shown to this visit from now on."""
    try:
        found = services.own_right(tranche=offer.id, contact=typed.contact)
    except NoSuchRight:
        return None
    limits.give_back(what="right-document", who=who)
    person.add_claim(request, found)
    return offers.one_claim(found)


def _pace(request: PageRequest, offer: OfferView, typed: Typed) -> str:
    """Telephones are not tried out on a number, nor numbers from one address. The person's mark. Raises TooOften."""
    said = typed.contact
    who = identity.person(offer.office, document=said.document, number=said.number).person.hex()
    limits.take_each(
        ("right-document", who, DOCUMENT_TRIES),
        ("right-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_TRIES),
        window_s=TRIES_WINDOW_S,
        now=SystemClock().now(),
    )
    return who
