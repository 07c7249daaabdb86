"""Carts' trips proposed: which carts are there, which trips fit into the gates' slots; accepted as they were shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.services import trips as trips_
from baogong.delivery.services.trips import CartGiven, Proposal
from baogong.freight import queries as freight
from baogong.kernel.errors import BaogongError
from baogong.people.queries.parties import sure_party
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    decimal_in,
    moment_from,
    page,
    sentence,
    show,
    uuid_from,
    written,
)
from baogong.web.pictures import Gantt, GanttBar, GanttRow, gantt
from baogong.web.station.board import KEEPERS, own_station
from baogong.web.templatetags.baogong import clock_time

CART_KG, CART_PIECES = 200, 40  # of a three-wheeler (estimate)
KG_MAX, PIECES_MAX = 5_000, 10_000
CARTS_MIN, CARTS_MAX = 3, 40
SHIFT, LATELY = timedelta(hours=8), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CartRow:
    """A line of the form as it was typed."""

    name: str
    kg: str
    pieces: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A gate's slot and the trips that come in it."""

    gate_name: str
    at: datetime
    trips: tuple[str, ...]


@page(at_a_place=KEEPERS)
def trips(request: PageRequest, station: UUID) -> HttpResponse:
    """Looked at first, which writes nothing; accepted if nothing has changed since."""
    here = own_station(request, station)
    if request.method == "POST":
        made = trips_.accept_trips(
            origin=station,
            **_asked(request, request.POST),
            digest=written(request, "digest"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The trips are planned: %s. Load them now.") % len(made))
        return redirect("station:carts", station=station)
    context: dict[str, Any] = {
        "station": here,
        "from_at": request.now,
        "until_at": request.now + SHIFT,
        "zones": delivery.board(station).zones,
    }
    if any(request.GET.getlist("cart")):
        rows = _rows(request.GET)
        try:
            asked = _asked(request, request.GET)
            context |= {"from_at": asked["from_at"], "until_at": asked["until_at"]}
            found = trips_.propose_trips(origin=station, **asked, actor=request.actor, now=request.now)
            context |= {"proposal": found, "chart": _chart(found, request.now), "slots": _slots(found)}
        except BaogongError as refusal:
            context["refusal"] = sentence(refusal)
    else:
        lately = delivery.shuttles(origin=station, since=request.now - LATELY)
        names = list(dict.fromkeys(trip.cart_name for trip in reversed(lately)))[: CARTS_MAX // 2]
        rows = [CartRow(name, str(CART_KG), str(CART_PIECES)) for name in names]
    blank = CartRow("", str(CART_KG), str(CART_PIECES))
    context["carts"] = rows + [blank] * max(1, CARTS_MIN - len(rows))
    context["asked"] = rows
    context["plates"] = [each.plate for each in freight.vehicles()]
    return show(request, "station/trips.html", context)


def _rows(given: QueryDict) -> list[CartRow]:
    """The lines in which a cart is named."""
    columns = zip(given.getlist("cart"), given.getlist("kg"), given.getlist("pieces"), strict=False)
    return [CartRow(name.strip(), kg.strip(), pieces.strip()) for name, kg, pieces in columns if name.strip()][
        :CARTS_MAX
    ]


def _asked(request: PageRequest, given: QueryDict) -> dict[str, Any]:
    return {
        "carts": [
            CartGiven(
                sure_party(row.name, kinds=["VEHICLE"]).id,
                whole(row.kg, "kg", KG_MAX) * 1000,
                whole(row.pieces, "pieces", PIECES_MAX),
            )
            for row in _rows(given)
        ],
        "from_at": moment_from(request, "from_at"),
        "until_at": moment_from(request, "until_at"),
    }


def whole(text: str, field: str, most: int) -> int:
    number = decimal_in(text, field)
    if number is None or number != int(number) or not 1 <= number <= most:
        raise UnusableForm(
            _("“%(found)s” is not a whole number from 1 to %(most)s. Nothing was planned.")
            % {"found": text[:40], "most": f"{most:,}"},
            where=field,
            found=text[:40],
            expected=f"1–{most}",
            cure=_("Correct the number and send the form again."),
        )
    return int(number)


def _chart(found: Proposal, now: datetime) -> Gantt | None:
    """A line a cart, a bar from leaving to being back."""
    of: defaultdict[str, list[GanttBar]] = defaultdict(list)
    for trip in found.trips:
        told = _("%(cart)s to %(zone)s: leaves %(leaves)s, at the gate %(arrives)s, back %(back)s, %(n)s parcels") % {
            "cart": trip.cart_name,
            "zone": trip.road_zone_name,
            "leaves": clock_time(trip.leaves_at),
            "arrives": clock_time(trip.arrives_at),
            "back": clock_time(trip.back_at),
            "n": trip.pieces,
        }
        of[trip.cart_name].append(
            GanttBar(trip.leaves_at, trip.back_at, f"{trip.road_zone_name} ×{trip.pieces}", "planned", "", told)
        )
    return gantt([GanttRow(cart, tuple(bars)) for cart, bars in of.items()], now=now)


def _slots(found: Proposal) -> Sequence[Slot]:
    """Each gate's slots that are used, in turn."""
    of: defaultdict[tuple[str, datetime], list[str]] = defaultdict(list)
    for trip in found.trips:
        if trip.slot_at is not None:
            of[trip.gate_name, trip.slot_at].append(f"{trip.cart_name} · {trip.road_zone_name}")
    return [Slot(gate, at, tuple(carts)) for (gate, at), carts in sorted(of.items())]
