"""A day's baskets side by side, so that one cart serves many; trucks; where movable stations stand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from baogong.delivery.services import placing
from baogong.delivery.sources import BASKETS
from baogong.kernel.errors import NotFound
from baogong.orders import queries, services
from baogong.orders.queries import Demand, plain_chats
from baogong.orders.services import basket_deliveries
from baogong.orders.services.steps import DESK, HANDS
from baogong.places import queries as places
from baogong.places.services import move_station
from baogong.web.copying import to_copy
from baogong.web.downloads import local, xlsx_download
from baogong.web.orders.shared import READERS, offices_of
from baogong.web.pages import (
    PageRequest,
    day_from,
    moment_from,
    number_from,
    page,
    party_from,
    private,
    text_from,
    uuid_from,
    written,
)
from baogong.web.words import word


@page(at_a_place=READERS)
def day(request: PageRequest) -> HttpResponse:
    """The baskets of a day, what they come to for each committee and supplier, and what of them rides the rounds."""
    if request.method == "POST":
        messages.success(request, _bring_again(request) if written(request, "act") == "again" else _place(request))
        return redirect(f"{request.path}?on={_day(request).isoformat()}")
    demand = _demand(request)
    offices = {row.office: row.office_name for row in demand.baskets if request.actor.may_any(*DESK, at=row.office)}
    due = {office: basket_deliveries.deliveries_due(office) for office in offices}
    context = {
        "due": [(office, offices[office], len(its)) for office, its in due.items() if its],
        "lost": [
            (one, request.actor.may_any(*HANDS, at=one.office)) for one in queries.lost_portions(offices_of(request))
        ],
        "demand": demand,
        "days": [
            (on, count)
            for on, count in queries.days_with_baskets(offices_of(request), timezone.localdate(request.now))
            if on != demand.on
        ],
        "rows": [row.at(request.now) for row in demand.baskets],
        "may_draft": request.actor.may_somewhere(*DESK),
        "may_send": request.actor.may_any(*DESK),
        "now": request.now,
    }
    return render(request, "orders/day.html", context)


def _demand(request: PageRequest) -> Demand:
    """Of the day asked for; where none is, and today has nothing, of the newest that has."""
    demand = queries.demand_on(_day(request), offices=offices_of(request))
    if not demand.baskets and not written(request, "on"):
        newest = queries.baskets(offices=offices_of(request))[:1]
        if newest:
            demand = queries.demand_on(newest[0].on, offices=offices_of(request))
    return demand


def _place(request: PageRequest) -> str:
    made = placing.place(office=uuid_from(request, "office"), room=BASKETS, actor=request.actor, now=request.now)
    return _("%(n)s portions became parcels; %(waiting)s addresses wait for a person.") % {
        "n": made.parcels,
        "waiting": made.waiting,
    }


def _bring_again(request: PageRequest) -> str:
    code = placing.bring_again(
        claim=uuid_from(request, "portion"),
        room=BASKETS,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    return _("Other packs are promised; parcel %(code)s is expected once more.") % {"code": code}


@page(at_a_place=READERS)
def day_xlsx(request: PageRequest) -> HttpResponse:
    """The baskets side by side as a workbook."""
    demand = _demand(request)
    head = [
        _("Community"), _("Basket"), _("Residents’ committee"), _("Supplier"), _("State"), _("Households"), *demand.items,
        _("Packs asked for"), _("Packs given"), _("Truck"),
    ]  # fmt: skip
    rows = [
        (
            row.community_name, row.title, row.office_name, row.supplier_name, word(row.step(request.now), "basket"), row.households,
            *(packs for _name, packs in its.packs), row.packs, row.given, row.truck_name,
        )
        for row, its in zip(demand.baskets, demand.by_basket, strict=True)
    ]  # fmt: skip
    return private(xlsx_download(f"baskets-{demand.on:%Y%m%d}", head, rows, title=f"{demand.on:%Y-%m-%d}"))


@page(at_a_place=READERS)
def day_chat(request: PageRequest, what: str) -> HttpResponse:
    """The day's list as a message: by basket, committee or supplier."""
    if what not in ("baskets", "offices", "suppliers"):
        raise NotFound("There is no such list.", where=what, cure="Open the day and choose one.")
    return _message(request, _demand(request), what)


@page(*DESK)
def trucks_xlsx(request: PageRequest) -> HttpResponse:
    """The day's trucks as a workbook: what goes onto each, by what it is called."""
    demand = _demand(request)
    head = [
        _("Truck"), _("Plate"), _("Supplier"), _("Packs that go onto it"), _("Packs ordered"), _("On the truck"),
        *demand.items, _("Communities"),
    ]  # fmt: skip
    rows = []
    for cart in demand.trucks:
        items = dict(cart.items)
        rows.append(
            (
                cart.name, cart.plate, cart.supplier_name, cart.packs_max, cart.packs, cart.loaded,
                *(items.get(name, 0) for name in demand.items), "、".join(cart.communities),
            )
        )  # fmt: skip
    return private(xlsx_download(f"trucks-{demand.on:%Y%m%d}", head, rows, title=f"{demand.on:%Y-%m-%d}"))


@page(*DESK)
def trucks_chat(request: PageRequest) -> HttpResponse:
    """The day's trucks as a message."""
    return _message(request, _demand(request), "trucks")


def _message(request: PageRequest, demand: Demand, what: str) -> HttpResponse:
    context = {"demand": demand, "what": what, **to_copy(queries.demand_chat(demand, what), what)}
    return private(render(request, "orders/day_chat.html", context))


def _day(request: PageRequest) -> date:
    return day_from(request, "on") or timezone.localtime(request.now).date()


@page(*DESK, keeps=("supplier", "name", "plate", "packs_max"))
def trucks(request: PageRequest) -> HttpResponse:
    """The day's trucks: what they bring to whom, and what is shared out where one is too small."""
    on = _day(request)
    if request.method == "POST":
        messages.success(request, _act(request, on))
        return redirect(f"{request.path}?on={on.isoformat()}")
    demand = queries.demand_on(on)
    return render(request, "orders/trucks.html", {"demand": demand, "now": request.now})


def _act(request: PageRequest, on: date) -> str:
    act = written(request, "act")
    if act == "load":
        services.load_truck(
            truck=uuid_from(request, "truck"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        return _("What goes onto it is shared out. Answer the households that get less.")
    if act == "put":
        services.put_on_truck(
            basket=uuid_from(request, "basket"), truck=uuid_from(request, "truck"), actor=request.actor, now=request.now
        )
        return _("The truck brings this basket.")
    services.add_truck(
        supplier=party_from(request, "supplier"),
        on=on,
        name=text_from(request, "name"),
        plate=written(request, "plate"),
        packs_max=number_from(request, "packs_max", least=1),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    return _("The truck is on the day's list.")


@page(*DESK, keeps=("station", "community", "from_at", "note"))
def stations(request: PageRequest) -> HttpResponse:
    """Movable stations: which stands where from when, for the communities that have baskets."""
    if request.method == "POST":
        move_station(
            station=party_from(request, "station"),
            community=party_from(request, "community"),
            from_at=moment_from(request, "from_at"),
            note=written(request, "note"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("Scheduled."))
        return redirect("orders:stations")
    rows = queries.baskets(on=day_from(request, "on"))[:500]
    wanted: dict[UUID, str] = {
        row.community: row.community_name for row in rows if row.state not in ("DONE", "CALLED_OFF")
    }
    context = {"stands": places.station_schedule(request.now), "wanted": wanted.items(), "now": request.now}
    return render(request, "orders/stations.html", context)


@page(*DESK)
def stations_xlsx(request: PageRequest) -> HttpResponse:
    """The stations' schedule as a workbook."""
    head = [_("Station"), _("Stands in"), _("Note"), pgettext("time", "from"), _("until")]
    rows = [
        (one.station_name, one.community_name, one.note, local(one.from_at), local(one.until_at))
        for one in places.station_schedule(request.now)
    ]
    return private(xlsx_download("stations", head, rows))


@page(*DESK)
def stations_chat(request: PageRequest) -> HttpResponse:
    """The stations' schedule as a message."""
    text = plain_chats.stations_chat(places.station_schedule(request.now))
    return private(render(request, "orders/stations_chat.html", to_copy(text, "stations")))
