"""
Entering a draw, the same for a resident and for the clerk who types: the steps of a claim, then one circle and a receipt.

The nonce is the entrant's own. Where the browser runs scripts it makes it itself; without one the page brings random bytes.
The book keeps only what they commit to; the visit keeps them enciphered, so that the receipt can be saved and printed whole.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.engine.release import resident_fen
from baogong.kernel.ids import new_id
from baogong.release import entrants, offers, queries, services
from baogong.release.clusters import why_cancelled
from baogong.release.codes import entry_number, pickup_code
from baogong.release.errors import EntryRefused
from baogong.release.offers import OfferView
from baogong.release.services.texts import texts_of
from baogong.web.pages import PageRequest, UnusableForm, private, uuid_from, written
from baogong.web.release import person
from baogong.web.release.draw_words import missing_told
from baogong.web.release.flow import Road, about, missing_step, shared
from baogong.web.release.person import STEPS, forget, kept
from baogong.web.release.rules import who_may
from baogong.web.words import word

NONCE_SIZE = 16
HERE_ALREADY = ("already-entered", "stays-in")
OF_THE_RULE = ("elsewhere", "not-listed", "document-not-accepted", "too-young", "too-old", "address-not-verified")


def enter_page(request: PageRequest, offer: OfferView, road: Road) -> HttpResponse:
    """The green circle of a draw."""
    draw = offers.draw_times(offer.id) if offer.is_by_lot else None
    if draw is None or (not draw.is_entered(request.now) and request.method != "POST"):
        return redirect(road.url("offer", offer.id))
    typed = kept(request, road.key)
    missing = missing_step(typed, offer)
    if missing:
        return redirect(road.url("step", offer.id, missing))
    stays_in = offer.rule.draw.stays_in
    registration: UUID | None = None
    if road.actor is not None:
        registration, is_here = entrants.registration_of(draw.id, typed.contact)
        standing = registration if stays_in and is_here else None
    else:
        standing = entrants.entry_of(draw.id, typed.contact) if stays_in else None
    is_own = standing is not None and (road.actor is not None or standing in person.claims_of(request))
    if request.method == "POST":
        nonce = _nonce(request, _("Nobody was entered."))
        earlier = written(request, "earlier_nonce")
        try:
            receipt = services.enter_draw(
                draw=draw.id,
                nonce=nonce,
                earlier_nonce=_nonce(request, _("Nothing was changed."), "earlier_nonce") if earlier else b"",
                channel=road.channel,
                contact=person.contact_of(request, typed, is_own=road.actor is None),
                actor=road.actor,
                now=request.now,
                request_id=uuid_from(request, "entry"),
            )
        except EntryRefused as refusal:
            raise _not_entered(refusal, offer) from None
        person.keep_nonce(request, receipt.entry, nonce)
        person.add_claim(request, receipt.entry)
        if road.actor is not None:
            forget(request, road.key)  # a clerk serves the next caller
        return redirect(road.url("entry", receipt.entry))
    context = {
        **shared(offer, road, typed, STEPS + 1),
        "draw": draw,
        "entry": new_id(),
        "nonce": secrets.token_hex(NONCE_SIZE),
        "may_change": stays_in,
        "is_change": is_own,
        "earlier_nonce": _own_nonce(request, entrants.own_entry(standing, now=request.now))
        if standing and is_own
        else "",
        "registration": registration,
        "most": offer.rule.units_per_claim_max,
        "fen": resident_fen(
            offer.rule, offer.rule.units_per_claim_max, offer.variant, is_brought=offer.rule.is_brought
        ),
        "back": road.url("step", offer.id, STEPS),
    }
    return private(render(request, "release/enter.html", context))


def _not_entered(refusal: EntryRefused, offer: OfferView) -> UnusableForm:
    """Why, in words for the person who wanted to enter; of what the rule serves, what it says."""
    code, free_on = str(refusal.found), str(refusal.expected or "")
    told = [_("Nobody was entered."), word(code, "entry-refusal" if code in HERE_ALREADY else "claim-refusal")]
    if code in OF_THE_RULE:
        told += who_may(offer.rule, offer.region)
    if free_on:
        told.append(_("From %(on)s on it is possible again.") % {"on": free_on})
    if code in HERE_ALREADY:
        cure = _("“My claims” shows it, with its pickup code and the last four of the document.")
    else:
        cure = _("If something was mistyped, go back to its step.")
    return UnusableForm(" ".join(told), where="entry", cure=cure)


def entry_context(request: PageRequest, entry: UUID) -> dict[str, Any]:
    """An entry's receipt and what became of it."""
    own = entrants.own_entry(entry, now=request.now)
    offer = offers.offer(own.tranche)
    nonce, drawn_from = _own_nonce(request, own), queries.draw(own.draw)
    receipt, stay = own.receipt, own.stay
    is_open = own.place == "WAITING" and request.now < drawn_from.closes_at
    follows = stay is not None and stay.stays and stay.entry != entry
    saved = {
        "text": receipt.text,
        "signature": receipt.signature.hex(),
        "public_key": receipt.public_key.hex(),
        **({"nonce": nonce} if nonce else {}),
    }
    return {
        **about(offer),
        "entry": own,
        "why_cancelled": why_cancelled(entry) if own.claim_state == "CANCELLED" else "",
        "code": pickup_code(entry),
        "number": entry_number(entry),
        "draw": drawn_from,
        "missing": missing_told(drawn_from),
        "stay": stay,
        "stay_number": entry_number(stay.entry) if stay is not None and follows else "",
        "is_out_of_a_list": is_open or (stay is not None and stay.is_open),
        "may_leave": (is_open and not own.is_changed) or (stay is not None and stay.stays and not own.is_changed),
        "may_change": is_open and stay is not None and offer.rule.takes_at(request.now),
        "may_enter": request.now < drawn_from.closes_at,
        "nonce": nonce,
        "receipt": json.dumps(saved, ensure_ascii=False, indent=1),
        "places": offers.places_of(offer),
        "texts": texts_of(entry) if own.claim_state not in ("", "STANDBY", "REFUSED") else (),
    }


def leave(request: PageRequest, entry: UUID, road: Road) -> HttpResponse:
    """The entrant gives the entry up, with the number of the receipt: this visit's own, or copied from the paper."""
    nonce = _nonce(request, _("The entry stands."))
    before = entrants.own_entry(entry, now=request.now)
    services.leave_draw(entry=entry, nonce=nonce, actor=road.actor, now=request.now)
    stay = before.stay
    if stay is not None and not stay.is_open:
        messages.success(
            request, _("You stay in no further. In a list that is closed the entry stands; no other draw gets it.")
        )
    else:
        messages.success(request, _("You have left the draw. Until the list closes you may enter anew."))
    return redirect(road.url("entry", entry))


def take_out(request: PageRequest, entry: UUID) -> HttpResponse:
    """A clerk takes out whoever shows the document and has no number."""
    services.take_out(
        entry=entry,
        number=written(request, "number"),
        why=written(request, "why"),
        actor=request.actor,
        now=request.now,
    )
    messages.success(request, _("Taken out. While a list is open the person may enter anew, with what is right."))
    return redirect("release:entry", entry)


def _own_nonce(request: PageRequest, own: entrants.OwnEntry) -> str:
    """In hex: the number this visit has made for the entry, or for the one it was carried over from; "" where it has made none."""
    made = (person.nonce_of(request, one) for one in (own.id, *own.carried_from))
    return next(filter(None, made), "")


def _nonce(request: PageRequest, so: str, field: str = "nonce") -> bytes:
    text = written(request, field).lower()
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise UnusableForm(
            _("The entrant’s own number is missing or damaged.") + " " + so,
            where="nonce",
            expected=_("32 signs, 0 to 9 and a to f"),
            cure=_("Reload the page and press once more; where you copied it, copy all of it from the receipt."),
        )
    return bytes.fromhex(text)
