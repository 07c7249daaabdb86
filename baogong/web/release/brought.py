"""The office: what is brought to doors. Promises that run out, addresses that wait for a person, and where the parcels are."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.delivery import queries as delivery
from baogong.delivery.services import placing
from baogong.delivery.sources import RELEASE
from baogong.kernel.actor import Duty
from baogong.people.queries.access import reach
from baogong.places.queries import communities
from baogong.release import offers, queries, services
from baogong.web.pages import PageRequest, UnusableForm, page, private, text_from, uuid_from, written

DESK = (Duty.COMMAND, Duty.CLERK)


@page(at_a_place=DESK, keeps=("community", "building", "unit", "room"))
def brought(request: PageRequest) -> HttpResponse:
    """Alerts first, then what was lost on the way and what waits to be placed; the button that makes parcels of accepted claims."""
    shown: tuple[UUID, str] | None = None
    if request.method == "POST":
        shown = _act(request)
        if shown is None:
            return redirect("release:brought")
    offices = reach(request.actor, *DESK)
    alerts = queries.promise_alerts(offices)
    placings = delivery.placings(offices)
    over = offers.ended([one.source for one in placings if one.room == RELEASE])  # nobody waits for these any more
    parcels = delivery.states_of_promises(RELEASE, [one.id for one in alerts])
    context = {
        "alerts": [(one, *parcels.get(one.id, ("", ""))) for one in alerts],
        "lost": queries.lost_claims(offices),
        "offices": queries.offices_bringing(offices),
        "waiting": [
            (one, shown[1] if shown and shown[0] == one.id else None) for one in placings if one.source not in over
        ],
        "communities": communities(),
        "now": request.now,
    }
    return private(render(request, "release/brought.html", context))


def _act(request: PageRequest) -> tuple[UUID, str] | None:
    """The page's buttons; each asks for its duty in the service. An address asked for is shown on this answer alone."""
    act = written(request, "act")
    if act == "make":
        made = placing.place(office=uuid_from(request, "office"), actor=request.actor, now=request.now)
        messages.success(
            request,
            _("%(parcels)s parcels made; %(waiting)s addresses wait for a person below.")
            % {"parcels": made.parcels, "waiting": made.waiting},
        )
        if made.not_reached:
            messages.warning(
                request,
                ngettext(
                    "%(n)s address cannot be reached now: its right stands and waits until the way is open.",
                    "%(n)s addresses cannot be reached now: their rights stand and wait until the way is open.",
                    made.not_reached,
                )
                % {"n": made.not_reached},
            )
        return None
    if act == "again":
        code = placing.bring_again(
            claim=uuid_from(request, "claim"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(
            request, _("Parcel %(code)s is expected at its station once more; pack it anew.") % {"code": code}
        )
        return None
    if act == "end":
        services.cancel_claim(claim=uuid_from(request, "claim"), actor=request.actor, now=request.now)
        messages.success(request, _("Ended: give back what was paid. The turn is the person’s again."))
        return None
    if act == "show":
        wanted = uuid_from(request, "placing")
        text = placing.show_address(placing=wanted, actor=request.actor, now=request.now)
        return wanted, text or _("No address was kept. Ring the claimant, or let the claim be given up.")
    if act == "put":
        placing.place_by_hand(
            placing=uuid_from(request, "placing"),
            community=uuid_from(request, "community"),
            building=text_from(request, "building"),
            unit=written(request, "unit"),
            room=written(request, "room"),
            room_is_new=written(request, "room_is_new") == "1",
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("Placed: it goes to the station as a parcel."))
        return None
    raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
