"""Open to everybody, no log-in, no script, no picture puzzle: what is on offer, pre-registration, one tap, my claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind
from baogong.people.services import limits
from baogong.release import entrants, offers, services
from baogong.release.clusters import why_cancelled
from baogong.release.offers import ClaimView, Kept, OfferView
from baogong.release.services.claims import CANCELLABLE
from baogong.release.services.texts import texts_of
from baogong.web.pages import STATUS, PageRequest, UnusableForm, page, private, sentence, written
from baogong.web.release import person
from baogong.web.release.entering import enter_page, entry_context, leave
from baogong.web.release.flow import Road, about, chosen, claim_page, looking_again, step_page
from baogong.web.release.ordering import right_page

KEY = "claimant"
RESIDENT = Road(KEY, "WEB", None, "offers")
OWED = ("ADMITTED", "ACCEPTED", "UNDERWAY", "LOST")
CODE_TRIES, ADDRESS_TRIES, TRIES_WINDOW_S = 5, 300, 900


class NoSuchClaim(UnusableForm):
    """Told in the visitor's language already; a wrong code and a wrong document are told alike."""

    kind = Kind.NOT_FOUND


def told_of(found: Sequence[OfferView], now: datetime) -> list[dict[str, object]]:
    """Of each offer what a list of them says: how far it is, whether every time is full, its draw where one is announced."""
    full = offers.are_full(found, now)
    announced = offers.draws_announced([one.id for one in found if one.is_by_lot], now)
    return [
        {**about(one), "stage": one.stage(now), "is_full": one.id in full, "draw": announced.get(one.id)}
        for one in found
    ]


@page(public=True)
def home(request: PageRequest) -> HttpResponse:
    """What is on offer now and next, in every city."""
    found = offers.on_offer(request.now)
    kept = offers.kept_from(RESIDENT.channel, [one.id for one in found], request.now)
    rows = [
        {**row, **_left(one, kept.get(one.id, ()))} for one, row in zip(found, told_of(found, request.now), strict=True)
    ]
    draws = entrants.recent_draws(request.now)
    context = {
        "rows": rows,
        "without_stock": offers.without_stock(request.now),
        "draws": draws,
        "has_claims": bool(person.claims_of(request)),
        "typed": person.kept(request, KEY),
    }
    return private(render(request, "release/offers.html", context))


def _left(offer: OfferView, kept: tuple[Kept, ...]) -> dict[str, object]:
    """What a resident may still have of it here, and what is kept for others of it."""
    return {"left": max(0, offer.left - sum(one.units for one in kept)), "kept": kept if offer.left else ()}


@page(public=True)
def offer(request: PageRequest, tranche: UUID) -> HttpResponse:
    """One offer: the whole rule in words, and the one button."""
    found = offers.offer(tranche)
    typed = person.kept(request, KEY)
    context = {
        **about(found),
        **chosen(found, request.now),
        "places": offers.places_of(found),
        "stage": found.stage(request.now),
        "is_full": bool(offers.are_full([found], request.now)),
        **_left(found, offers.kept_from(RESIDENT.channel, [found.id], request.now).get(found.id, ())),
        "typed": typed,
    }
    return private(render(request, "release/offer.html", context))


@page(public=True)
def step(request: PageRequest, tranche: UUID, step: int) -> HttpResponse:
    """Pre-registration, a question a screen."""
    return step_page(request, offers.offer(tranche), step, RESIDENT)


@page(public=True)
def claim(request: PageRequest, tranche: UUID) -> HttpResponse:
    """One tap; before the opening the page that waits."""
    return claim_page(request, offers.offer(tranche), RESIDENT)


@page(public=True)
def enter(request: PageRequest, tranche: UUID) -> HttpResponse:
    """One tap, and the person stands in the draw, with a receipt."""
    return enter_page(request, offers.offer(tranche), RESIDENT)


@page(public=True)
def right(request: PageRequest, tranche: UUID) -> HttpResponse:
    """Chosen by another office: what was won, and one tap to have it brought."""
    return right_page(request, offers.offer(tranche), RESIDENT)


@page(public=True)
def entry(request: PageRequest, entry: UUID) -> HttpResponse:
    """The receipt, and how to leave before the list closes; after the draw whether the entry has won, stands by or has lost, and why, with the odds of the next."""
    _refuse_strangers(request, entry)
    if request.method == "POST":
        return leave(request, entry, RESIDENT)
    return private(render(request, "release/entry.html", entry_context(request, entry)))


@page(public=True)
def receipt(request: PageRequest, entry: UUID) -> HttpResponse:
    """To print or to save."""
    _refuse_strangers(request, entry)
    return private(render(request, "release/receipt.html", entry_context(request, entry)))


@require_POST
@page(public=True)
def forget(request: PageRequest) -> HttpResponse:
    """What this visit keeps of the person goes at once; claims stay, they are the book's."""
    person.forget(request, KEY)
    messages.success(request, _("Your details are deleted here. Claims you have made stand."))
    return redirect("offers:home")


@page(public=True)
def mine(request: PageRequest) -> HttpResponse:
    """The claims and entries of this visit; another is shown to whoever knows its code and the document's last four."""
    status, code = 200, ""
    if request.method == "POST":
        try:
            found = ids_by_code(request)
        except BaogongError as refusal:
            # Told on the same page, which gives the code back; nothing typed waits in the visit.
            messages.error(request, sentence(refusal))
            status, code = STATUS[refusal.kind], written(request, "code")
        else:
            for one in found:
                person.add_claim(request, one)
            return redirect("offers:mine")
    for one in entrants.following(person.claims_of(request)):  # where losers stay in, of the draws since
        if one not in person.claims_of(request):
            person.add_claim(request, one)
    own = person.claims_of(request)
    claims = offers.claims(own)
    entries = entrants.entries(set(own))
    drawn = {one.id for one in entries}
    context = {"claims": [one for one in claims if one.id not in drawn], "entries": entries, "code": code}
    context["orders"] = offers.ordered_from(request.now)
    return private(render(request, "release/mine.html", context, status=status))


@page(public=True)
def answer(request: PageRequest, claim: UUID) -> HttpResponse:
    """What became of a claim: got it, standing by at which place, or refused and why; where, when, code; give it up."""
    found = _own(request, claim)
    if request.method == "POST":
        # The resident has shown that the claim is theirs: the code and the last four, or having made it in this visit.
        services.cancel_claim(claim=claim, actor=THE_HOUSE, now=request.now)
        messages.success(request, _("Given up. It is somebody else’s now; your turn is yours again."))
        return redirect("offers:answer", claim=claim)
    response = private(render(request, "release/answer.html", answer_context(found, request.now)))
    is_waiting = found.state == "WAITING"
    return looking_again(request, response, found.offer.judged_at if is_waiting else None, found.offer.rule.shuffle_s)


@page(public=True)
def slip(request: PageRequest, claim: UUID) -> HttpResponse:
    """To print or to write down: what, where, when, the code."""
    return private(render(request, "release/slip.html", answer_context(_own(request, claim), request.now)))


def answer_context(claim: ClaimView, now: datetime) -> dict[str, object]:
    """What the answer shows; of one refused for want of stock, what is still kept for other channels."""
    kept = offers.kept_from(claim.channel, [claim.offer.id], now) if claim.refusal == "none-left" else {}
    return {
        "kept": kept.get(claim.offer.id, ()),
        "claim": claim,
        **about(claim.offer),
        "places": offers.places_of(claim.offer),
        "may_cancel": claim.state in CANCELLABLE,
        "why_cancelled": why_cancelled(claim.id) if claim.state == "CANCELLED" else "",
        "texts": texts_of(claim.id),
        "is_late": claim.due_at is not None and claim.due_at <= now and claim.state in OWED,
        "is_got": claim.state in ("ADMITTED", "ACCEPTED"),
    }


def claims_by_code(request: PageRequest) -> tuple[ClaimView, ...]:
    """The claims the form's code and last four mean. Paced by code and by address. Raises TooOften, NoSuchClaim, UnusableForm."""
    return offers.claims(ids_by_code(request, with_entries=False))


def ids_by_code(request: PageRequest, *, with_entries: bool = True) -> list[UUID]:
    """The same, by their ids, and of entries in draws: a winner's claim bears its entry's id."""
    code, last_four = written(request, "code"), written(request, "last_four")
    if not code or not last_four:
        raise UnusableForm(
            _("The pickup code and the last four of the document are both needed."),
            where="pickup_code",
            cure=_("Write both and send the form again."),
        )
    tidied = "".join(sign for sign in code.upper() if sign.isalnum())[:40]
    limits.take_each(
        ("claim-code", tidied, CODE_TRIES),
        ("claim-code-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_TRIES),
        window_s=TRIES_WINDOW_S,
        now=SystemClock().now(),
    )
    found = {one.id for one in offers.claims_of_code(code, last_four)}
    if with_entries:
        found |= set(entrants.entries_of_code(code, last_four))
    if not found:
        raise NoSuchClaim(
            _("No claim has this pickup code and this document."),
            where="pickup_code",
            cure=_(
                "Read both once more; the entry number of the published lists is no pickup code. After five tries it is shut for a quarter of an hour."
            ),
        )
    limits.give_back(what="claim-code", who=tidied)
    return sorted(found)


def _own(request: PageRequest, claim: UUID) -> ClaimView:
    _refuse_strangers(request, claim)
    return offers.one_claim(claim)


def _refuse_strangers(request: PageRequest, claim: UUID) -> None:
    own = person.claims_of(request)
    if claim not in own and claim in entrants.following(own):
        person.add_claim(request, claim)
    elif claim not in own:
        raise NoSuchClaim(
            _("This device has not made or shown this claim."),
            where="claim",
            cure=_("Open “My claims” and write its pickup code and the last four of the document."),
        )
