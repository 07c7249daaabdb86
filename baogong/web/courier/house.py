"""
What the courier's page asks the house: set me up, my sheet, what I did, where can I help. JSON, and the telephone's token
in the Authorization header; no cookie gives any right here, so no CSRF token is asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from baogong.delivery import queries as delivery
from baogong.delivery.errors import DeviceUnusable
from baogong.delivery.queries import CallingView, CarriedView, RoundView, VisitParcelView, VisitView
from baogong.delivery.services import devices, pairings, phones, sync
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, Unread
from baogong.journal.clock import current_clock
from baogong.journal.services import EvidenceIn
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.text import refuse_unwritable
from baogong.kernel.windows import Window, is_within_book
from baogong.people.services.limits import take
from baogong.places import queries as places
from baogong.web.pages import STATUS

ASKS_MAX, ASKS_WINDOW_S = 240, 60  # of one telephone
PAIRS_MAX, PAIRS_WINDOW_S = 120, 900  # of one address, behind which a whole station may stand
EVIDENCE_MAX = 4
LENGTHS = {"parcel": 60, "mode": 12, "why": 16, "note": 240, "kind": 12, "text": 60_000, "by_name": 120}
Told = dict[str, Any]


class UnusableAct(UnusableInput):
    code = "web.unusable-act"


class NotSetUp(BaogongError):
    """No token came along, or none of ours."""

    kind, code = DeviceUnusable.kind, "web.not-set-up"


def _answer(refusal: BaogongError) -> HttpResponse:
    response = JsonResponse({"error": refusal.as_dict()}, status=STATUS[refusal.kind])
    if "retry_after_s" in refusal.data:
        response.headers["Retry-After"] = str(refusal.data["retry_after_s"])
    return response


def by_telephone(
    method: str, *, to_read: bool
) -> Callable[[Callable[[HttpRequest, DeviceView, datetime], Told]], Callable[[HttpRequest], HttpResponse]]:
    """Open to telephones that are set up. `to_read`: only while their shift is on."""

    def wrap(view: Callable[[HttpRequest, DeviceView, datetime], Told]) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def inner(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                return HttpResponse(status=405, headers={"Allow": method})
            if "Authorization" not in request.headers and "text/html" in request.headers.get("Accept", ""):
                return redirect("courier:home")  # a person typed the address; telephones bring their token
            now = current_clock().now()
            scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
            try:
                if scheme != devices.SCHEME or not token:
                    raise NotSetUp("This telephone is not set up.")
                device = devices.recognise(token, now, to_read=to_read)
                _pace(f"courier {device.id}", ASKS_MAX, ASKS_WINDOW_S)
                return JsonResponse(view(request, device, now))
            except BaogongError as refusal:
                return _answer(refusal)

        return inner

    return wrap


def _pace(who: str, most: int, window_s: int) -> None:
    take(what="courier", who=who, most=most, window_s=window_s, now=SystemClock().now())


@csrf_exempt
def pair(request: HttpRequest) -> HttpResponse:
    """The code of the keeper's page, once, becomes this telephone's token."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        _pace(request.META.get("REMOTE_ADDR", ""), PAIRS_MAX, PAIRS_WINDOW_S)
        body = _body(request)
        refuse_unwritable(body, "body")
        code = _text(body, "code", 40)
        return JsonResponse({"token": pairings.pair(code=code, now=current_clock().now())})
    except BaogongError as refusal:
        return _answer(refusal)


@by_telephone("GET", to_read=True)
def sheet(request: HttpRequest, device: DeviceView, now: datetime) -> Told:
    """This person's rounds of this shift and whom to call for them; nobody else's."""
    shift = Window(device.from_at, device.until_at)
    own_rounds = delivery.rounds_of_shift(device.person, shift)
    shelves = {visit.shelf for round_ in own_rounds for visit in round_.visits if visit.shelf is not None}
    calls = delivery.call_list(shelves=shelves, since=device.from_at, until=device.until_at, at=now) if shelves else ()
    own = {parcel.parcel.code for round_ in own_rounds for visit in round_.visits for parcel in visit.parcels}
    calls = tuple(call for call in calls if own & set(call.parcels))
    numbers = phones.phones_for(device=device, calls=calls, now=now)
    told = delivery.comings({call.shelf for call in calls}, since=device.from_at) if calls else {}
    return {
        "now": now,
        "until_at": device.until_at,
        "courier": device.actor.name,
        "station": device.station_name,
        "rounds": [
            *(_round(round_, device.person) for round_ in own_rounds),
            *_besides(delivery.besides(device.person, shift), device.person),
        ],
        "calls": [_call(call, numbers.get(call.id, "")) for call in calls],
        "comings": [
            {"shelf": shelf, "calling": calling, "at": at} for shelf, its in told.items() for calling, at in its.items()
        ],
    }


def _round(round_: RoundView, courier: UUID) -> Told:
    return {
        "id": round_.id,
        "name": round_.name,
        "leaves_at": round_.leaves_at,
        "back_at": round_.back_at,
        "stops": [_stop(visit, courier) for visit in round_.visits],
    }


def _besides(carried: Sequence[CarriedView], courier: UUID) -> Iterator[Told]:
    """What this person holds and was planned for another, as one round more: by building and shelf."""
    heaps = groupby(carried, key=lambda each: (each.parcel.community, each.parcel.building, each.shelf))
    stops = [
        {
            "id": f"besides-{number}",
            "community": first.parcel.community_name,
            "building_id": first.parcel.building,
            "building": first.parcel.building_name,
            "unit": "",
            "room": "",
            "shelf_id": first.shelf,
            "shelf": first.shelf_name,
            "door_note": "",
            "arrive_at": None,
            "parcels": [
                _parcel(VisitParcelView(each.parcel, True, None, each.failed), courier) for each in (first, *others)
            ],
        }
        for number, (_place, (first, *others)) in enumerate((place, tuple(its)) for place, its in heaps)
    ]
    if stops:
        times = {"leaves_at": None, "back_at": None}
        yield {"id": "besides", "name": "+", **times, "stops": stops}


def _stop(visit: VisitView, courier: UUID) -> Told:
    return {
        "id": visit.id,
        "community": visit.community_name,
        "building_id": visit.building,
        "building": visit.building_name,
        "unit": visit.unit_name,
        "room": _room(visit),
        "shelf_id": visit.shelf,
        "shelf": visit.shelf_name,
        "door_note": visit.door_note,
        "arrive_at": visit.arrive_at,
        "parcels": [_parcel(each, courier) for each in visit.parcels],
    }


def _room(visit: VisitView) -> str:
    """Of a stop at one door; a shelf's parcels are of many rooms."""
    rooms = {each.parcel.room for each in visit.parcels}
    return rooms.pop() if visit.shelf is None and len(rooms) == 1 else ""


def _parcel(each: VisitParcelView, courier: UUID) -> Told:
    parcel = each.parcel
    return {
        "code": parcel.code,
        "waybill": parcel.waybill,
        "unit_id": parcel.unit,
        "address": parcel.address,
        "category_zh": parcel.category_zh,
        "category_en": parcel.category_en,
        "is_cold": parcel.is_cold,
        "modes": parcel.modes,
        "wants_door": parcel.wants_door,
        "state": parcel.state,
        "attempts": parcel.attempts,
        # What another has taken meanwhile is not this round's any more, whatever was planned.
        "is_open": each.is_open and not (parcel.state == "WITH_COURIER" and parcel.holder != courier),
        "is_in_hand": parcel.holder == courier,
        "failed": each.failed if parcel.holder == courier or parcel.state == "AT_STATION" else "",
        "lies_on": parcel.shelf_name,
    }


def _call(call: CallingView, phone: str) -> Told:
    return {
        "id": call.id,
        "shelf": call.shelf,
        "shelf_name": call.shelf_name,
        "people_max": call.people_max,
        "window_minutes": call.window_minutes,
        "address": call.address,
        "from_at": call.from_at,
        "until_at": call.until_at,
        "parcels": call.parcels,
        "on_shelf": call.on_shelf,
        "outcome": call.outcome,
        "phone": phone,
    }


@by_telephone("POST", to_read=False)
def acts(request: HttpRequest, device: DeviceView, now: datetime) -> Told:
    """What was done, whenever it was; the answer to each, in the same order."""
    given = _body(request).get("acts")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise UnusableAct("A list of acts is expected. Nothing was written.", where="acts", cure="Load the page anew.")
    sync.refuse_too_many(len(given))
    read: list[Act | Unread] = []
    for each in given:
        # Each on its own: one that cannot be read keeps no other back.
        try:
            refuse_unwritable(each, "acts")
            read.append(_act(each))
        except BaogongError as refusal:
            read.append(Unread(each, refusal))
    return {"answers": sync.tell(device=device, read=read, now=now)}


@by_telephone("GET", to_read=True)
def help_(request: HttpRequest, device: DeviceView, now: datetime) -> Told:
    """
    For whoever is free, to be kept for where there is no network: others' unfinished buildings nearby, and the codes of what
    may be taken over. No room and no number: what is taken over bears its address. `home`: buildings and units of the own
    rounds whose people may not come down to a shelf now, whatever was so when they were loaded.
    """
    found = delivery.help_wanted(station=device.station, courier=device.person, until_at=device.until_at, now=now)
    zones = places.zones_at(buildings=[each.id for each in found.own], at=now) if found.own else {}
    return {
        "now": now,
        "here": found.here,
        "home": sorted(str(place) for place, zone in zones.items() if zone.service == "DOOR"),
        "places": {str(each.id): [each.lat, each.lon, each.is_located] for each in found.own},
        "lines": [
            {
                "community": line.community_name,
                "building_id": line.building,
                "building": line.building_name,
                "place": [line.lat, line.lon, line.is_located],
                "category_zh": line.category_zh,
                "category_en": line.category_en,
                "courier": line.courier_name,
                "waiting": line.waiting,
                "is_whole": line.is_whole,
                "from_at": line.from_at,
                "until_at": line.until_at,
                "parcels": [_to_take(each) for each in line.may_take],
            }
            for line in found.lines
        ],
    }


def _to_take(each: CarriedView) -> Told:
    parcel = each.parcel
    return {
        "code": parcel.code,
        "waybill": parcel.waybill,
        "is_cold": parcel.is_cold,
        "modes": parcel.modes,
        "wants_door": parcel.wants_door,
        "state": parcel.state,
        "lies_on": parcel.shelf_name,
        "shelf_id": each.shelf,
        "shelf": each.shelf_name,
    }


def _body(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnusableAct("This is no JSON object. Nothing was written.", where="body", cure="Load the page anew.")
    return body


def _act(given: Mapping[str, Any]) -> Act:
    pieces = given.get("evidence") or []
    if not isinstance(pieces, list) or len(pieces) > EVIDENCE_MAX or not all(isinstance(each, dict) for each in pieces):
        raise UnusableAct(
            "The evidence of an act is a short list. Nothing was written.",
            where="evidence",
            expected=f"at most {EVIDENCE_MAX}",
            cure="Load the page anew.",
        )
    at = _moment(given, "at")
    return Act(
        id=_uuid(given, "id"),
        kind=_text(given, "kind"),
        at=at,
        parcel=_text(given, "parcel"),
        mode=_text(given, "mode"),
        why=_text(given, "why"),
        note=_text(given, "note"),
        shelf=_uuid(given, "shelf") if given.get("shelf") else None,
        calling=_uuid(given, "calling") if given.get("calling") else None,
        evidence=tuple(_piece(each, at) for each in pieces),
        come_at=_moment(given, "come_at") if given.get("come_at") else None,
    )


def _piece(given: Mapping[str, Any], at: datetime) -> EvidenceIn:
    """A picture as base64; a signature's strokes as text."""
    kind, text = _text(given, "kind"), _text(given, "text")
    payload = None
    if kind == "PHOTO":
        try:
            payload = base64.b64decode(str(given.get("photo_base64", "")), validate=True)
        except ValueError:
            raise UnusableAct("The picture is not in base64; nothing was kept.", where="photo") from None
    elif kind == "SIGNATURE":
        payload, text = text.encode(), ""
    return EvidenceIn(kind, text, payload, at, _text(given, "by_name"))


def _text(given: Mapping[str, Any], name: str, most: int | None = None) -> str:
    value = given.get(name, "")
    limit = most or LENGTHS[name]
    if not isinstance(value, str) or len(value) > limit:
        raise UnusableAct(
            f"“{name}” is a text of at most {limit} characters. Nothing was written.",
            where=name,
            found=str(value)[:40],
            expected=f"at most {limit} characters",
            cure="Load the page anew.",
        )
    return value


def _uuid(given: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(str(given.get(name)))
    except ValueError:
        raise UnusableAct(
            f"“{name}” is no id. Nothing was written.", where=name, found=str(given.get(name))[:40]
        ) from None


def _moment(given: Mapping[str, Any], name: str) -> datetime:
    text = str(given.get(name))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment) or not is_within_book(moment):
        raise UnusableAct(f"“{name}” is no moment. Nothing was written.", where=name, found=text[:40])
    return moment
