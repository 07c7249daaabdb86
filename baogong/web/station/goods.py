"""Parcels through the keeper's hands: in, back, disinfected, looked up."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ParcelView
from baogong.delivery.services import stations
from baogong.delivery.services.stations import Scanned
from baogong.web.pages import PageRequest, page, show, text_from, uuid_from, uuid_or_none, written
from baogong.web.station.board import KEEPERS, own_station
from baogong.web.words import WORDS

SHOWN = 60
DAY = timedelta(hours=24)


def scans_in(text: str) -> list[str]:
    """What a reader typed: one code a line, or between blanks and commas."""
    return [scan for scan in re.split(r"[\s,，;；、]+", text) if scan]


def tell(request: PageRequest, done: Scanned, words: str) -> None:
    """What came of a heap of scans, each part in its own line."""
    if done.parcels:
        messages.success(request, words % {"n": len(done.parcels), "codes": _some(done.parcels)})
    if done.known:
        messages.info(request, _("Done before: %(codes)s") % {"codes": _some(done.known)})
    if done.unknown:
        messages.error(request, _("No parcel of this house: %(codes)s") % {"codes": _some(done.unknown)})
    if done.others:
        messages.warning(
            request, _("Elsewhere, left alone: %(codes)s") % {"codes": _some([code for code, _state in done.others])}
        )


def _some(codes: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(codes[:8])
    return shown if len(codes) <= 8 else _("%(codes)s and %(n)s more") % {"codes": shown, "n": len(codes) - 8}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A list whose parcels are still expected here."""

    id: UUID
    parcels: int


@page(at_a_place=KEEPERS, keeps=("scans",))
def receive(request: PageRequest, station: UUID) -> HttpResponse:
    """Scan by scan or by the list they came with; after each scan the road zone it is sorted into, large."""
    here = own_station(request, station)
    if request.method == "POST":
        done = stations.receive(
            station=station,
            scans=scans_in(written(request, "scans")),
            manifest=uuid_or_none(request, "manifest"),
            missing=scans_in(written(request, "missing")),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        tell(request, done, _("Received: %(n)s (%(codes)s)"))
        last = done.parcels or done.known
        answer = redirect("station:receive", station=station)
        if last:
            answer["Location"] += f"?sorted={last[-1]}"
        return answer
    expected = delivery.parcels(station=station, states=["EXPECTED"], limit=2_000)
    lists = Counter(view.document for view in expected if view.document is not None)
    context = {
        "station": here,
        "expected": expected[:SHOWN],
        "expected_count": len(expected),
        "manifests": [Manifest(document, count) for document, count in lists.most_common()],
        "last": _last(request),
    }
    return show(request, "station/receive.html", context)


def _last(request: PageRequest) -> ParcelView | None:
    code = written(request, "sorted")
    return delivery.parcel(code) if code else None


@page(at_a_place=KEEPERS, keeps=("scans",))
def returns(request: PageRequest, station: UUID) -> HttpResponse:
    """What comes back, and why nobody got it; what was tried in vain and waits to be planned again."""
    here = own_station(request, station)
    if request.method == "POST":
        scans = scans_in(text_from(request, "scans"))
        why = written(request, "why")
        done = stations.take_back(
            station=station,
            scans=scans,
            why=dict.fromkeys(scans, why) if why else None,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        tell(request, done, _("Back at the station: %(n)s (%(codes)s)"))
        return redirect("station:returns", station=station)
    out = delivery.parcels(station=station, states=["WITH_COURIER", "AT_STATION"])
    context = {
        "station": here,
        "failed": [view for view in out if view.attempts],
        "whys": list(WORDS["parcel-why"]),
    }
    return show(request, "station/returns.html", context)


@page(at_a_place=KEEPERS, keeps=("scans", "means"))
def disinfection(request: PageRequest, station: UUID) -> HttpResponse:
    """What was disinfected, with what; the record of the last week."""
    here = own_station(request, station)
    if request.method == "POST":
        what = written(request, "what")
        stations.disinfect(
            station=station,
            what=what,
            means=text_from(request, "means"),
            scans=scans_in(written(request, "scans")) if what == "PARCELS" else (),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The disinfection is written down."))
        return redirect("station:disinfection", station=station)
    context = {
        "station": here,
        "done": delivery.disinfections(station, since=request.now - 7 * DAY),
        "whats": list(WORDS["disinfection"]),
    }
    return show(request, "station/disinfection.html", context)


@page(at_a_place=KEEPERS)
def parcel(request: PageRequest, station: UUID) -> HttpResponse:
    """One parcel by its code: where it is, and every hand it went through."""
    here = own_station(request, station)
    code = written(request, "code")[:60]
    found = delivery.parcel(code) if code else None
    if found is not None and found.station != station:
        request.actor.require(*KEEPERS, at=found.station)
    context = {
        "station": here,
        "code": code,
        "found": found,
        "acts": delivery.acts_of(found.id) if found else (),
        "standing": delivery.whereabouts([found.id])[0] if found else None,
    }
    return render(request, "station/parcel.html", context)
