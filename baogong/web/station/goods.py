"""Parcels through the keeper's hands: in, back, disinfected, looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ParcelView
from baogong.delivery.services import endings, photos, stations
from baogong.delivery.services.stations import Scanned
from baogong.journal import queries as journal
from baogong.kernel.actor import Duty
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    page,
    private,
    show,
    text_from,
    uuid_from,
    uuid_or_none,
    written,
)
from baogong.web.station.board import KEEPERS, own_station
from baogong.web.titles import title_in_words
from baogong.web.words import WORDS

SHOWN = 60
SOME = 8  # codes named in a notice
LINK_MAKERS = (Duty.COMMAND, Duty.CLERK)  # of a household's private link, at its community
DAY = timedelta(hours=24)
# button → what it does, and how its outcome is told
ENDINGS: Mapping[str, tuple[Callable[..., Scanned], str | Promise]] = {
    "lost": (endings.report_lost, gettext_lazy("Written off as lost: %(n)s (%(codes)s)")),
    "found": (endings.find_again, gettext_lazy("Found again, at the station: %(n)s (%(codes)s)")),
    "sent-back": (endings.send_back, gettext_lazy("Sent back: %(n)s (%(codes)s)")),
}


def scans_in(text: str) -> list[str]:
    """What a reader typed: one code a line, or between blanks and commas."""
    return [scan for scan in re.split(r"[\s,，;；、]+", text) if scan]


def tell(request: PageRequest, done: Scanned, words: str) -> None:
    """What came of a heap of scans, each part in its own line; a parcel by the number it was scanned by and the house's."""
    others = tuple(code for code, _state in done.others)
    codes = [code for part in (done.parcels, done.known, others) for code in part[:SOME]]
    waybills = {view.code: view.waybill for view in delivery.parcels(codes=codes)} if codes else {}
    if done.parcels:
        messages.success(request, words % {"n": len(done.parcels), "codes": _some(done.parcels, waybills)})
    if done.known:
        messages.info(request, _("Done before: %(codes)s") % {"codes": _some(done.known, waybills)})
    if done.unknown:
        messages.error(request, _("No parcel of this house: %(codes)s") % {"codes": _some(done.unknown, {})})
    if others:
        messages.warning(request, _("Elsewhere, left alone: %(codes)s") % {"codes": _some(others, waybills)})


def _some(codes: Sequence[str], waybills: Mapping[str, str]) -> str:
    shown = ", ".join(f"{waybills[code]} · {code}" if waybills.get(code) else code for code in codes[:SOME])
    return shown if len(codes) <= SOME else _("%(codes)s and %(n)s more") % {"codes": shown, "n": len(codes) - SOME}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A list whose parcels are still expected here; `name` its number, and what was brought."""

    id: UUID
    name: str
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
        "manifests": _manifests(lists),
        "last": _last(request),
    }
    return show(request, "station/receive.html", context)


def _manifests(lists: Counter[UUID]) -> list[Manifest]:
    """The longest first."""
    names = {
        paper.id: f"{paper.number} {title_in_words(paper.title)}" for paper in journal.documents_by_id(list(lists))
    }
    return [Manifest(document, names.get(document, ""), count) for document, count in lists.most_common()]


def _last(request: PageRequest) -> ParcelView | None:
    code = written(request, "sorted")
    return delivery.parcel(code) if code else None


@page(at_a_place=KEEPERS, keeps=("scans", "codes", "words"))
def returns(request: PageRequest, station: UUID) -> HttpResponse:
    """What comes back, and why nobody got it; what waits to be planned again; what is lost, found again or sent back."""
    here = own_station(request, station)
    if request.method == "POST":
        _end(request, station)
        return redirect("station:returns", station=station)
    out = delivery.parcels(station=station, states=["WITH_COURIER", "AT_STATION", "LOST"])
    failed = [view for view in out if view.attempts and view.state != "LOST"]
    whys = delivery.last_whys([view.id for view in failed]) if failed else {}
    context = {
        "station": here,
        "failed": [(view, whys.get(view.id, "")) for view in failed],
        "lost": [view for view in out if view.state == "LOST"],
        "whys": list(WORDS["parcel-why"]),
    }
    return show(request, "station/returns.html", context)


def _end(request: PageRequest, station: UUID) -> None:
    act = written(request, "act") or "back"
    who: dict[str, Any] = {
        "station": station,
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if act == "back":
        scans, why = scans_in(text_from(request, "scans")), written(request, "why")
        done = stations.take_back(scans=scans, why=dict.fromkeys(scans, why) if why else None, **who)
        tell(request, done, _("Back at the station: %(n)s (%(codes)s)"))
        return
    if act == "given-back":
        done = endings.give_back(scans=scans_in(text_from(request, "codes")), **who)
        tell(request, done, _("Given back to their release: %(n)s (%(codes)s)"))
        return
    if act not in ENDINGS:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    service, told = ENDINGS[act]
    done = service(scans=scans_in(text_from(request, "codes")), words=written(request, "words"), **who)
    tell(request, done, str(told))


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
        "shown": delivery.shown_of(found.id) if found and found.state == "HANDED_OVER" else (),
        "standing": delivery.whereabouts([found.id])[0] if found else None,
        "may_fetch": found is not None and found.state == "AT_STATION" and found.holder == station,
        "may_link": found is not None and request.actor.may_any(*LINK_MAKERS, at=found.community),
    }
    return render(request, "station/parcel.html", context)


@page(at_a_place=KEEPERS)
def photo(request: PageRequest, station: UUID, code: str, evidence: UUID) -> HttpResponse:
    """A photo that shows the handover of one of the station's parcels; kept by nobody on the way."""
    own_station(request, station)
    payload, media_type = photos.read_photo(code=code, evidence=evidence, actor=request.actor, now=request.now)
    return private(HttpResponse(payload, content_type=media_type))


@page(at_a_place=KEEPERS)
def kept_photo(request: PageRequest, station: UUID, act: UUID, number: int) -> HttpResponse:
    """A photo that came with an act that is not written: looked at before the act is accepted."""
    own_station(request, station)
    shown = photos.read_kept_photo(act=act, number=number, station=station, actor=request.actor, now=request.now)
    return private(HttpResponse(shown, content_type="image/jpeg"))
