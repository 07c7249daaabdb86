"""
A household's own parcels, by private link: where is mine, when and where to fetch it, bring it to my door, I have it.

The link shows one door and no name. To change something its code is typed, which was told on another way; no cookie gives
any right here, so the page needs no CSRF token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.delivery import queries as delivery
from baogong.delivery.queries import Fetching, Whereabouts
from baogong.delivery.services import residents
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError
from baogong.people.services.links import LinkView
from baogong.web.pages import STATUS, PageRequest, UnusableForm, sentence, uuid_from, written
from baogong.web.private import by_link

STEPS = ("EXPECTED", "AT_STATION", "WITH_COURIER", "ON_SHELF", "HANDED_OVER")
OVER = ("HANDED_OVER", "SENT_BACK", "LOST", "WITHDRAWN")


@dataclass(frozen=True, slots=True)
class Shown:
    """A parcel, and where it may be fetched. `goes_up`: it lies on a shelf and comes up from there; `is_sealed`: as nobody may come down."""

    place: Whereabouts
    fetch: Fetching | None
    is_sealed: bool
    goes_up: bool

    @property
    def is_to_fetch_soon(self) -> bool:
        """Cold, and there is a place to fetch it from now."""
        parcel = self.place.parcel
        return parcel.is_cold and not self.goes_up and (parcel.state == "ON_SHELF" or self.fetch is not None)


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
    standing = sorted(residents.own_whereabouts(link, request.now), key=_turn)
    context = {
        "rows": _shown(standing, request.now),
        "address": standing[0].parcel.address if standing else "",
        "may_ask_door": any(residents.can_ask_door(row.parcel) and not row.goes_to_door for row in standing),
        "may_act": link.asks_code,
        "now": request.now,
    }
    return render(request, "resident/parcels.html", context, status=status)


def _shown(standing: Sequence[Whereabouts], now: datetime) -> list[Shown]:
    waiting = [row.parcel for row in standing if row.parcel.state in ("AT_STATION", "ON_SHELF")]
    zones = delivery.zones_of(map(delivery.house_of, waiting), now)
    fetching, sealed = delivery.to_fetch(waiting, zones), delivery.may_not_come_down(waiting, zones)
    return [
        Shown(
            row,
            fetching.get(row.parcel.id),
            row.parcel.id in sealed,
            row.parcel.state == "ON_SHELF"
            and (row.parcel.id in sealed or row.parcel.wants_door or row.parcel.out_of_place_at is not None),
        )
        for row in standing
    ]


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
            read="",
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Thank you. It is written down that you have it."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
