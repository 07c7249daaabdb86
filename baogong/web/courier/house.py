"""
What the courier's page asks the house: set me up, my sheet, what I did, where can I help. JSON, and the telephone's token
in the Authorization header; no cookie gives any right here, so no CSRF token is asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from baogong.delivery import queries as delivery
from baogong.delivery.errors import DeviceUnusable
from baogong.delivery.queries import CallingView, RoundView, VisitParcelView, VisitView
from baogong.delivery.services import devices, pairings, phones, sync
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.journal.clock import current_clock
from baogong.journal.services import EvidenceIn
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.text import refuse_unwritable
from baogong.kernel.windows import is_within_book
from baogong.people.services.limits import take
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
        code = _text(_body(request), "code", 40)
        return JsonResponse({"token": pairings.pair(code=code, now=current_clock().now())})
    except BaogongError as refusal:
        return _answer(refusal)


@by_telephone("GET", to_read=True)
def sheet(request: HttpRequest, device: DeviceView, now: datetime) -> Told:
    """This person's rounds of this shift and whom to call for them; nobody else's."""
    found = delivery.device_sheet(device.id)
    shelves = {visit.shelf for round_ in found.rounds for visit in round_.visits if visit.shelf is not None}
    calls = delivery.call_list(shelves=shelves, since=device.from_at, until=device.until_at) if shelves else ()
    own = {parcel.parcel.code for round_ in found.rounds for visit in round_.visits for parcel in visit.parcels}
    calls = tuple(call for call in calls if own & set(call.parcels))
    numbers = phones.phones_for(device=device, callings=[call.id for call in calls], now=now)
    return {
        "now": now,
        "until_at": found.until_at,
        "courier": found.person_name,
        "station": found.station_name,
        "rounds": [_round(round_) for round_ in found.rounds],
        "calls": [_call(call, numbers.get(call.id, "")) for call in calls],
    }


def _round(round_: RoundView) -> Told:
    return {
        "id": round_.id,
        "name": round_.name,
        "leaves_at": round_.leaves_at,
        "back_at": round_.back_at,
        "reason_zh": round_.reason_zh,
        "reason_en": round_.reason_en,
        "stops": [_stop(visit) for visit in round_.visits],
    }


def _stop(visit: VisitView) -> Told:
    return {
        "id": visit.id,
        "community": visit.community_name,
        "building": visit.building_name,
        "unit": visit.unit_name,
        "room": _room(visit),
        "shelf_id": visit.shelf,
        "shelf": visit.shelf_name,
        "door_note": visit.door_note,
        "arrive_at": visit.arrive_at,
        "parcels": [_parcel(each) for each in visit.parcels],
    }


def _room(visit: VisitView) -> str:
    """Of a stop at one door; a shelf's parcels are of many rooms."""
    rooms = {each.parcel.room for each in visit.parcels}
    return rooms.pop() if visit.shelf is None and len(rooms) == 1 else ""


def _parcel(each: VisitParcelView) -> Told:
    parcel = each.parcel
    return {
        "code": parcel.code,
        "waybill": parcel.waybill,
        "address": parcel.address,
        "category_zh": parcel.category_zh,
        "category_en": parcel.category_en,
        "is_cold": parcel.is_cold,
        "modes": parcel.modes,
        "wants_door": parcel.wants_door,
        "state": parcel.state,
        "attempts": parcel.attempts,
        "is_open": each.is_open,
    }


def _call(call: CallingView, phone: str) -> Told:
    return {
        "id": call.id,
        "shelf": call.shelf,
        "shelf_name": call.shelf_name,
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
    """What was done, whenever it was; the answer to each."""
    given = _body(request).get("acts")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise UnusableAct("A list of acts is expected. Nothing was written.", where="acts", cure="Load the page anew.")
    told = sync.sync(device=device, acts=[_act(each) for each in given], now=now)
    return {"answers": [each.as_dict() for each in told]}


@by_telephone("GET", to_read=True)
def nearest(request: HttpRequest, device: DeviceView, now: datetime) -> Told:
    """For whoever is free: the nearest building that is not finished; an empty answer where all are."""
    found = delivery.nearest_unfinished(station=device.station, courier=device.person, now=now)
    if found is None:
        return {"building": ""}
    return {
        "community": found.community_name,
        "building": found.building_name,
        "courier": found.courier_name,
        "parcels": found.parcels,
        "walk_m": found.walk_m,
        "is_estimate": found.is_estimate,
    }


def _body(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnusableAct("This is no JSON object. Nothing was written.", where="body", cure="Load the page anew.")
    refuse_unwritable(body, "body")
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
