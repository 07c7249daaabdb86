"""
A household's own parcels, by private link: where is mine, when and where to fetch it, bring it to my door, I have it.

The link shows one door and no name. To change something its code is typed, which was told on another way; no cookie gives
any right here, so the page needs no CSRF token.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.delivery import queries as delivery
from baogong.delivery.queries import Whereabouts
from baogong.delivery.services import residents
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError
from baogong.people.services.links import LinkView
from baogong.web.pages import STATUS, PageRequest, UnusableForm, sentence, uuid_from, written
from baogong.web.private import by_link

STEPS = ("EXPECTED", "AT_STATION", "WITH_COURIER", "ON_SHELF", "HANDED_OVER")
OVER = ("HANDED_OVER", "SENT_BACK", "LOST")


@csrf_exempt
@by_link(residents.LINK, ended="resident/ended.html")
def parcels(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """The parcels of the link's door: what waits first."""
    assert link.subject is not None
    status = 200
    if request.method == "POST":
        try:
            _act(request, link)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("resident:parcels", token=token)
    own = residents.own_parcels(link, request.now)
    standing = sorted(delivery.whereabouts([each.id for each in own]), key=_turn)
    context = {
        "rows": standing,
        "address": standing[0].parcel.address if standing else "",
        "may_ask_door": any(each.can_ask_door for each in own),
        "may_act": link.asks_code,
        "now": request.now,
    }
    return render(request, "resident/parcels.html", context, status=status)


def _turn(row: Whereabouts) -> tuple[bool, int, str]:
    state = row.parcel.state
    return state in OVER, -STEPS.index(state) if state in STEPS else 0, row.parcel.code


def _act(request: PageRequest, link: LinkView) -> None:
    """The room asks for the second factor first: a wrong one leaves everything as it was, and counts against the link."""
    act = written(request, "act")
    who: dict[str, Any] = {
        "link": link,
        "code": written(request, "code"),
        "now": request.now,
        "paced_at": SystemClock().now(),
    }
    if act == "door":
        own = residents.own_parcels(link, request.now)
        residents.ask_for_door(parcels=[each.id for each in own if each.can_ask_door], **who)
        messages.success(request, _("Noted: your parcels are brought to your door."))
    elif act == "have":
        residents.confirm(
            parcel=uuid_from(request, "parcel"),
            read=written(request, "read"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Thank you. It is written down that you have it."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
