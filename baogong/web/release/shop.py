"""The shop: goods come in and are disinfected, orders are taken on, and packed by the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.sources import RELEASE
from baogong.engine.release.rule import UNITS_MOST
from baogong.people.queries.access import reach
from baogong.release import offers, services
from baogong.release.offers import ClaimView, ShopTranche
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, private, text_from, uuid_from, written
from baogong.web.release.pickup import HANDS, require_desk

ACCEPTED_AT_ONCE = 500


@page(at_a_place=HANDS)
def shop(request: PageRequest) -> HttpResponse:
    """What this shop hands out or sends off, the newest first."""
    return private(render(request, "release/shop.html", {"rows": offers.at_shops(reach(request.actor, *HANDS))}))


@page(at_a_place=HANDS, keeps=("units", "means"))
def orders(request: PageRequest, tranche: UUID) -> HttpResponse:
    """One tranche: take goods in, take orders on, pack."""
    found = offers.offer(tranche)
    require_desk(request, found)
    if request.method == "POST":
        _act(request, tranche)
        return redirect("release:orders", tranche=tranche)
    (row,) = offers.at_shops(None, tranche=tranche)
    accepted = offers.claims_in(tranche, "ACCEPTED")
    packing = _may_be_packed(accepted, row) if found.rule.disinfected else accepted
    parcels = delivery.states_of_promises(RELEASE, [one.id for one in packing])
    context = {
        "offer": found,
        "row": row,
        "fresh": offers.claims_in(tranche, "ADMITTED"),
        "packing": [(one, *parcels.get(one.id, ("", ""))) for one in packing],
        "asks_disinfecting": found.rule.disinfected,
        "unpackable": row.to_pack if not packing else len(accepted) - len(packing),
        "accepted_count": len(accepted),
        "not_shown": row.to_pack - len(accepted),
        "now": request.now,
    }
    return private(render(request, "release/orders.html", context))


def _may_be_packed(accepted: Sequence[ClaimView], row: ShopTranche) -> list[ClaimView]:
    """Those that what was disinfected is enough for, in the order they are due."""
    left, found = row.goods_in - row.units_gone, []
    for one in accepted:
        left -= one.units
        if left < 0:
            break
        found.append(one)
    return found


def _act(request: PageRequest, tranche: UUID) -> None:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act == "accept":
        fresh = [one.id for one in offers.claims_in(tranche, "ADMITTED", most=ACCEPTED_AT_ONCE)]
        count = services.accept_claims(claims=fresh, **who) if fresh else 0
        messages.success(request, _("%(n)s orders accepted; each claimant is told.") % {"n": count})
    elif act == "take-in":
        services.take_in(
            tranche=tranche,
            units=number_from(request, "units", least=1, most=UNITS_MOST),
            means=text_from(request, "means"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Taken in and disinfected: written down."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
