"""
Where households' zones decide: at the counter who moves freely fetches what stands here, and a mistake is taken back within
minutes; from the shelf of a house that was sealed since, parcels go up to the doors or come back.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.services import counter as counter_
from baogong.delivery.services import sealing, stations
from baogong.web.pages import PageRequest, UnusableForm, page, show, text_from, uuid_from, written
from baogong.web.station.board import KEEPERS, SHOWN_MAX, own_station
from baogong.web.station.goods import SOME, scans_in, tell

MODES = ("WITNESSED", "SIGNED", "CONTACTLESS")  # a keeper stands there and sees it


@page(at_a_place=KEEPERS, keeps=("act", "scans", "mode", "proxy_name", "strokes", "words"))
def counter(request: PageRequest, station: UUID) -> HttpResponse:
    """Scan, say how it was taken and by whom; below, what was handed over just now and can still be taken back."""
    here = own_station(request, station)
    if request.method == "POST":
        _act(request, station)
        return redirect("station:counter", station=station)
    context = {
        "station": here,
        "modes": MODES,
        "scans": written(request, "code")[:60],
        "lately": delivery.handed_out(station, since=request.now - counter_.UNDO_WITHIN),
        "undo_minutes": counter_.UNDO_WITHIN.seconds // 60,
    }
    return show(request, "station/counter.html", context)


@page(at_a_place=KEEPERS)
def sealed(request: PageRequest, station: UUID) -> HttpResponse:
    """One press puts them on the next round, or says that they are back; a part of the board by itself."""
    here = own_station(request, station)
    if request.method == "POST":
        return redirect(_send_up(request, station), station=station)
    found = delivery.sealed_on_shelves(request.now, station=station, limit=SHOWN_MAX)
    return show(request, "station/sealed.html", {"station": here, "sealed": found}, partial="body")


def _send_up(request: PageRequest, station: UUID) -> str:
    """The page to go on with: a round is planned and approved before anybody walks."""
    who: dict[str, Any] = {
        "station": station,
        "scans": request.POST.getlist("scans"),
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if written(request, "act") == "bring-up":
        done = sealing.bring_up(**who)
        codes = ", ".join(done.parcels[:SOME])
        messages.success(request, _("The next round takes these up to the doors: %s. Plan it here.") % codes)
        return "station:plan_rounds"
    done = stations.take_back(note=sealing.SEALED, **who)
    tell(request, done, _("Back at the station: %(n)s (%(codes)s)"))
    return "station:board"


def _act(request: PageRequest, station: UUID) -> None:
    who: dict[str, Any] = {
        "station": station,
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if written(request, "act") == "undo":
        done = counter_.take_back(scans=_ticked(request), words=text_from(request, "words"), **who)
        tell(request, done, _("Taken back, at the station again: %(n)s (%(codes)s)"))
        return
    done = counter_.hand_out(
        scans=scans_in(text_from(request, "scans")),
        mode=written(request, "mode") or MODES[0],
        proxy_name=written(request, "proxy_name"),
        proxy_last_four=written(request, "proxy_last_four"),
        signature=written(request, "strokes").encode() or None,
        **who,
    )
    tell(request, done, _("Handed over the counter: %(n)s (%(codes)s)"))


def _ticked(request: PageRequest) -> list[str]:
    """The parcels that were given by mistake. Raises UnusableForm where none is ticked."""
    ticked = request.POST.getlist("scans")
    if not ticked:
        raise UnusableForm(
            _("No parcel is ticked. Nothing was taken back."),
            where="scans",
            expected=_("a tick beside each parcel that was given by mistake"),
            cure=_("Tick the parcels to take back and send the form again."),
        )
    return ticked
