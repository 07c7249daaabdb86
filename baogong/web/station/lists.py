"""A station's lists to take away: a round, a community's buildings, a shelf's calls, a cart; as a workbook, as a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ParcelView
from baogong.engine.listed import Listed, listed
from baogong.kernel.errors import NotFound
from baogong.web.copying import to_copy
from baogong.web.downloads import local, xlsx_download
from baogong.web.pages import PageRequest, page, private
from baogong.web.station.board import KEEPERS, Standing, own_station
from baogong.web.station.carts import trip_of
from baogong.web.station.papers import calls_of, round_of, standings_of

PARCEL = "包裹"


@dataclass(frozen=True, slots=True)
class TakenAway:
    """One list: what it is called in a message (`plain_title` by the house's own words alone), its sheet, its lines."""

    name: str
    title: str
    plain_title: str
    head: list[str]
    rows: list[tuple[object, ...]]
    lines: list[Listed]


@page(at_a_place=KEEPERS)
def list_xlsx(request: PageRequest, station: UUID, what: str, of: UUID) -> HttpResponse:
    """As a workbook."""
    found = _found(request, station, what, of)
    return private(xlsx_download(f"{what}-{found.name}", found.head, found.rows))


@page(at_a_place=KEEPERS)
def list_chat(request: PageRequest, station: UUID, what: str, of: UUID) -> HttpResponse:
    """As a message for the station's own group, which the chain reader reads back."""
    here, found = own_station(request, station), _found(request, station, what, of)
    text = listed([found.title, found.plain_title], found.lines)
    context = {"station": here, "title": found.title, **to_copy(text, "station")}
    return private(render(request, "station/list_chat.html", context))


def _found(request: PageRequest, station: UUID, what: str, of: UUID) -> TakenAway:
    build = LISTS.get(what)
    if build is None:
        raise NotFound("There is no such list.", where=what, cure="Open the station's board and choose one.")
    own_station(request, station)
    return build(request, station, of)


def _run(request: PageRequest, station: UUID, of: UUID) -> TakenAway:
    found, stops = round_of(station, of)
    its = [
        (number, stop.first, each.parcel)
        for number, stop in enumerate(stops, start=1)
        for each in stop.parcels
        if each.is_open
    ]
    head = [_("Stop"), _("When"), _("Code"), _("Community"), _("Door"), _("Kind"), _("How"), _("Note")]
    return TakenAway(
        found.name,
        f"派送单 {found.name} {found.courier_name}",
        "派送单",
        head,
        [
            (
                number, local(visit.arrive_at), each.code, each.community_name, each.address, each.category_zh,
                _how(each, visit.shelf_name), visit.door_note,
            )
            for number, visit, each in its
        ],
        [
            Listed(
                each.code,
                _joined(
                    f"第{number}站 {_clock(visit.arrive_at)}", each.community_name, each.address,
                    _how(each, visit.shelf_name), visit.door_note,
                ),
                ((PARCEL, 1),),
            )
            for number, visit, each in its
        ],
    )  # fmt: skip


def _how(parcel: ParcelView, shelf: str) -> str:
    if parcel.is_in_person:
        return "当面交"
    return f"货架 {shelf}" if shelf and not parcel.wants_door else "送到门口"


def _buildings(request: PageRequest, station: UUID, of: UUID) -> TakenAway:
    plan, its = standings_of(station, of, request.now)
    rows: list[tuple[str, str, Standing, str]] = []
    for each, brought, _building in its:
        who = "；".join(f"{kind.category_zh} {'、'.join(one.name for one in kind.couriers)}" for kind in brought)
        rows += [(each.name, unit.name, unit, who) for unit in each.units] or [(each.name, "", each, who)]
    head = [_("Building"), _("Unit"), _("Waiting"), _("Failed"), _("Served"), _("Who brings")]
    return TakenAway(
        plan.name,
        f"楼栋清单 {plan.name}",
        "楼栋清单",
        head,
        [(name, unit, one.waiting, one.failed, one.served, who) for name, unit, one, who in rows],
        [Listed(_joined(name, unit), who, _counted(one)) for name, unit, one, who in rows],
    )


def _counted(one: Standing) -> tuple[tuple[str, int], ...]:
    counts = (("待送", one.waiting), ("未成", one.failed), ("已送", one.served))
    return tuple((what, count) for what, count in counts if count) or (("没有包裹", 1),)


def _calls(request: PageRequest, station: UUID, of: UUID) -> TakenAway:
    community, calls, late, unplanned = calls_of(station, of, request.now)
    told = {"COMES": "会来", "NO_ANSWER": "没人接", "TO_DOOR": "送上门"}

    def state(call: delivery.CallingView) -> str:
        return told.get(call.outcome, "") or (
            "过时未取" if call.id in late else "原来排不下" if call.id in unplanned else ""
        )

    head = [_("Shelf"), _("From"), _("Until"), _("Door"), _("Parcels"), _("Codes"), _("State")]
    return TakenAway(
        community.name,
        f"电话名单 {community.name}",
        "电话名单",
        head,
        [
            (
                one.shelf_name, local(one.from_at), local(one.until_at), one.address, len(one.parcels),
                " ".join(one.parcels), state(one),
            )
            for one in calls
        ],
        [
            Listed(
                one.address,
                _joined(f"{_clock(one.from_at)}–{_clock(one.until_at)}", one.shelf_name, " ".join(one.parcels), state(one)),
                ((PARCEL, len(one.parcels)),),
            )
            for one in calls
            if one.parcels
        ],
    )  # fmt: skip


def _cart(request: PageRequest, station: UUID, of: UUID) -> TakenAway:
    """What stands here for the cart to carry."""
    trip = trip_of(station, of)
    its = delivery.to_load(trip.id)
    head = [_("Code"), _("Community"), _("Door"), _("Weight, g")]
    return TakenAway(
        trip.name,
        f"短驳车 {trip.name} {trip.origin_name}到{trip.target_name}",
        "短驳车",
        head,
        [(one.code, one.community_name, one.address, one.weight_g) for one in its],
        [Listed(one.code, _joined(one.community_name, one.address), ((PARCEL, 1),)) for one in its],
    )


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _clock(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else ""


LISTS: dict[str, Callable[[PageRequest, UUID, UUID], TakenAway]] = {
    "run": _run, "buildings": _buildings, "calls": _calls, "cart": _cart,
}  # fmt: skip
