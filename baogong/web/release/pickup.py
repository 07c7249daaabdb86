"""The pickup desk: scan or type the code, the document's last four, who fetches; then it is handed over."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baogong.engine.release import Mode
from baogong.engine.release.rule import DOCUMENTS
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind
from baogong.people.queries.access import reach
from baogong.people.queries.parties import parties
from baogong.people.services import limits
from baogong.release import offers, services
from baogong.release.offers import ClaimView, OfferView, PlaceView
from baogong.release.services.shops import UNDO_WITHIN
from baogong.web.pages import STATUS, PageRequest, UnusableForm, page, private, sentence, text_from, uuid_from, written
from baogong.web.release.open import answer_context, claims_by_code
from baogong.web.release.ordering import TRIES_WINDOW_S, desk_pace

HANDS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
SHOWN, AT = "pickup-claims", "pickup-at"
PLACES_MAX = 3


@page(at_a_place=HANDS, keeps=("code",))
def pickup(request: PageRequest) -> HttpResponse:
    """Pickup code and last four, which both have to fit; who has no code shows the whole document."""
    if request.method == "POST" and written(request, "tranche"):
        claim = _by_document(request)
        request.session[SHOWN] = [str(claim)]
        return redirect("release:hand_over", claim=claim)
    if request.method == "POST":
        shown = claims_by_code(request)
        found = [one for one in shown if _is_own(request, one.offer)]
        if not found:
            places = dict.fromkeys(called(place) for one in shown for place in offers.places_of(one.offer)[:PLACES_MAX])
            raise UnusableForm(
                _("This claim is fetched at another desk: %(places)s. Nothing was handed over.")
                % {"places": _("; ").join(places)},
                where="pickup_code",
                cure=_("Send the person to that place, which stands on the slip as well."),
            )
        request.session[SHOWN] = [str(one.id) for one in found]
        return redirect("release:hand_over", claim=found[0].id)
    waiting = offers.to_fetch(reach(request.actor, *HANDS))
    context = {"waiting": waiting, "documents": DOCUMENTS}
    return private(render(request, "release/pickup.html", context))


@page(at_a_place=HANDS)
def hand_over(request: PageRequest, claim: UUID) -> HttpResponse:
    """One claim whose code and last four were shown: what to give, what to ask, who takes it."""
    found = offers.one_claim(claim)
    require_desk(request, found.offer)
    if str(claim) not in request.session.get(SHOWN, ()):  # the last four were not shown to this desk
        return redirect("release:pickup")
    status = 200
    if request.method == "POST":
        try:
            if written(request, "act") == "undo":
                _undo(request, found)
            else:
                _hand_over(request, found)
        except BaogongError as refusal:
            if refusal.kind is Kind.FORBIDDEN:
                raise
            # Told on the same page, which gives back who takes it: a refused proxy never turns into the claimant by itself.
            messages.error(request, sentence(refusal))
            status, found = STATUS[refusal.kind], offers.one_claim(claim)
        else:
            return redirect("release:hand_over", claim=claim)
    is_fresh = found.state == "HANDED_OVER" and request.now - found.decided_at <= UNDO_WITHIN
    # Another shop's handover is not taken back here, nor what the shop's own list told.
    is_own = found.shop is None or request.actor.may_any(*HANDS, at=found.shop)
    own = _own_desks(request, found.offer) if _is_redeemed_here(found) else ()
    context = {
        **answer_context(found, request.now),
        "may_undo": is_fresh and is_own and not found.is_listed,
        "is_final": is_fresh and (found.is_listed or not is_own),
        "is_carried": found.state in ("ADMITTED", "ACCEPTED")
        and not found.is_fetched
        and found.offer.rule.mode is not Mode.IMPORTED,
        "desks": parties(ids=own, most=len(own)) if len(own) > 1 else (),
        "at": written(request, "at") or request.session.get(AT, ""),
        "by_proxy": written(request, "taker") == "proxy",
        "proxy_name": written(request, "proxy_name"),
        "proxy_last_four": written(request, "proxy_last_four"),
    }
    return private(render(request, "release/hand_over.html", context, status=status))


def _undo(request: PageRequest, claim: ClaimView) -> None:
    services.undo_hand_over(
        claim=claim.id,
        why=text_from(request, "why"),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Taken back. It is the claimant’s again, to be handed over."))


def called(place: PlaceView) -> str:
    """A place by its name in the visitor's language, and its address."""
    name = place.name_en if (get_language() or "").startswith("en") else place.name_zh
    return f"{name} ({place.address})" if place.address else name


def require_desk(request: PageRequest, offer: OfferView) -> None:
    """Raises NotYourPlace where this person works at none of the desks that hand it out."""
    if not _is_own(request, offer):
        request.actor.require(*HANDS, at=offer.stands_at)


def _by_document(request: PageRequest) -> UUID:
    """The right of whom the document names. Paced by the tranche and by who asks. Raises UnusableForm, TooOften."""
    tranche = uuid_from(request, "tranche")
    offer = offers.offer(tranche)
    require_desk(request, offer)
    limits.take_each(desk_pace(request, offer), window_s=TRIES_WINDOW_S, now=SystemClock().now())
    claim = services.right_of(
        tranche=tranche, document=written(request, "document"), number=text_from(request, "number")
    )
    if claim is None:
        raise UnusableForm(
            _("Nothing of this stock is for this document. Nothing was handed over."),
            where="number",
            cure=_("Read it once more from the document; whoever thinks it wrong asks the office."),
        )
    return claim


def _is_own(request: PageRequest, offer: OfferView) -> bool:
    """Whether it is handed over at a desk of this person's."""
    return bool(_own_desks(request, offer))


def _own_desks(request: PageRequest, offer: OfferView) -> tuple[UUID, ...]:
    return tuple(one for one in dict.fromkeys(offer.desks) if request.actor.may_any(*HANDS, at=one))


def _is_redeemed_here(claim: ClaimView) -> bool:
    """
    Whether it is written down which desk handed it out: the shop's own list may come later and a right is used once, and
    of several shops each is settled for its own. Not of what was ordered online and is here since couriers came in vain.
    """
    is_kept = claim.is_ordered and claim.keeps_until is not None
    return (claim.offer.rule.mode is Mode.IMPORTED or claim.offer.has_many_shops) and not is_kept


def _at(request: PageRequest, claim: ClaimView) -> UUID:
    """At which of this person's desks; kept for the next person who comes. Raises UnusableForm where it was not said."""
    own = _own_desks(request, claim.offer)
    if len(own) == 1:
        return own[0]
    said = written(request, "at")
    if said not in {str(one) for one in own}:
        raise UnusableForm(
            _("More than one of your desks hands this out. Nothing was handed over."),
            where="at",
            cure=_("Say at which of them you are: that one is settled for it."),
        )
    request.session[AT] = said
    return UUID(said)


def _hand_over(request: PageRequest, claim: ClaimView) -> None:
    evidence = [EvidenceIn("CODE", text=claim.number)]
    by_proxy = written(request, "taker") == "proxy"
    if by_proxy:
        last_four = text_from(request, "proxy_last_four")
        if len(last_four) != 4:
            raise UnusableForm(
                _("Of the proxy’s document the last four are asked, no more. Nothing was handed over."),
                where="proxy_last_four",
                cure=_("Write the last four signs of the proxy’s own document."),
            )
        evidence += [
            EvidenceIn("SIGNATURE", by_name=text_from(request, "proxy_name")[:60]),
            EvidenceIn("NOTE", text=f"代取 · proxy · {last_four.upper()}"),
        ]
    else:
        evidence.append(EvidenceIn("SIGNATURE", by_name="CLAIMANT"))
    if _is_redeemed_here(claim):
        services.redeem(
            claim=claim.id,
            channel="SHOP",
            at_place=_at(request, claim),
            evidence=evidence,
            by_proxy=by_proxy,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Handed over and written down."))
        return
    services.hand_over_claim(
        claim=claim.id,
        evidence=evidence,
        by_proxy=by_proxy,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Handed over and written down."))
