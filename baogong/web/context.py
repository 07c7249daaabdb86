"""What every template may read: the book's mark (drill or real) and the places this person may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.journal.clock import house_day
from baogong.journal.queries import BookMarkView, book_mark
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import SystemClock
from baogong.needs.queries.sight import OFFICE
from baogong.people.services import identity


@dataclass(frozen=True, slots=True)
class Room:
    """A page of the head line. It opens to `duties` that hold everywhere, and to `at_a_place` wherever they hold."""

    name: str
    prefix: str
    label: str
    duties: tuple[Duty, ...] = ()
    at_a_place: tuple[Duty, ...] = ()

    def opens_to(self, actor: Actor) -> bool:
        return actor.may_any(*self.duties) or actor.may_somewhere(*self.at_a_place)


LISTS = (Duty.CLERK, Duty.COMMAND)
BOARD = Room("command:board", "/command/", "Board", (Duty.COMMAND, Duty.APPROVER, Duty.AUDITOR))
NEEDS = Room("command:needs", "/command/needs/", "Needs", at_a_place=OFFICE)
ROOMS = (
    BOARD,
    Room("clerk:drop", "/lists/", "Lists", at_a_place=LISTS),
    Room("tower:board", "/tower/", "Tower", OFFICE),
    NEEDS,
    Room("keeper:home", "/site/", "Warehouse", at_a_place=(Duty.KEEPER,)),
    Room("crew:home", "/crew/", "Crew", at_a_place=(Duty.COMMAND, Duty.CLERK, Duty.KEEPER)),
    Room("station:home", "/station/", "Station", at_a_place=(Duty.KEEPER, Duty.COMMAND)),
    Room("release:start", "/release/", "Release", at_a_place=(*OFFICE, Duty.KEEPER)),
    Room("orders:day", "/orders/", "Orders", at_a_place=(*OFFICE, Duty.KEEPER)),
    Room("shop:home", "/shop/", "Shop", at_a_place=(Duty.COMMAND, Duty.CLERK, Duty.KEEPER)),
    Room("driver:home", "/drive/", "Drive", at_a_place=(Duty.DRIVER,)),
    Room("carrier:home", "/carrier/", "Carrier", at_a_place=(Duty.CARRIER,)),
    Room("account:people", "/people/", "People", (Duty.ADMIN,)),
    Room("account:identity", "/identity/", "Identity", identity.READERS),
)


def rooms_of(actor: Actor) -> list[Room]:
    """Where this person may go, the first duty's page first. Who has the board reaches the needs from there."""
    found = [room for room in ROOMS if room.opens_to(actor)]
    return [room for room in found if room is not NEEDS or BOARD not in found]


def house(request: HttpRequest) -> dict[str, Any]:
    """
    `book_mark`, `drill_at` and `drill_day` (where a drill's story stands), `nav_places`, `visitor` (the actor; None before `page`), `is_of_the_office`, and which links may be shown:
    `may_drop` a list, `may_board`, `may_share` and `may_send` (shares and convoys are planned by whom their pages open to).
    """
    actor = getattr(request, "actor", None)
    labels = {
        "Board": _("Board"),
        "Lists": _("Lists"),
        "Tower": _("Tower"),
        "Needs": _("Needs"),
        "Warehouse": _("Warehouse"),
        "Crew": _("Crew"),
        "Station": _("Station"),
        "Release": _("Release"),
        "Orders": _("Orders"),
        "Shop": _("Shop"),
        "Drive": _("Drive"),
        "Carrier": _("Carrier"),
        "Identity": _("Identity"),
        "People": _("People"),
    }
    drill = drill_of(request)
    mark = drill["book_mark"]
    return {
        **drill,
        "clock_steps": _clock_steps(request, mark)
        if mark.is_drill and actor is not None and actor.may(Duty.ADMIN)
        else (),
        "visitor": actor,
        "may_drop": actor is not None and actor.may_somewhere(*LISTS),
        "may_board": actor is not None and BOARD.opens_to(actor),
        "may_share": actor is not None and actor.may_any(*LISTS),
        "may_send": actor is not None and actor.may(Duty.COMMAND),
        "may_see_places": actor is not None and actor.may_somewhere(*OFFICE, Duty.KEEPER),
        "is_of_the_office": actor is not None and actor.may_any(*OFFICE),
        "nav_places": [
            {"url": reverse(room.name), "prefix": room.prefix, "label": labels[room.label]}
            for room in (rooms_of(actor) if actor is not None else ())
        ],
    }


def drill_of(request: HttpRequest) -> dict[str, Any]:
    """What the line about the drill says; at most one query."""
    mark = getattr(request, "book_mark", None) or book_mark()
    at = (mark.clock_at or getattr(request, "now", None) or SystemClock().now()) if mark.is_drill else None
    return {"book_mark": mark, "drill_at": at, "drill_day": _day_of_story(mark, at)}


def _day_of_story(mark: BookMarkView, at: datetime | None) -> int | None:
    """The first day is that on which the drill was opened, by the house's calendar; None for what is no drill."""
    if at is None or mark.opened_at is None or at < mark.opened_at:
        return None
    return (house_day(at) - house_day(mark.opened_at)).days + 1


def _clock_steps(request: HttpRequest, mark: BookMarkView) -> tuple[tuple[str, str], ...]:
    """How far the administrator of a drill may set its clock in one click: what the button says, the moment it sets."""
    at = mark.clock_at or getattr(request, "now", None)
    if at is None:  # a page that reads no clock
        return ()
    steps = (
        (_("10 minutes"), timedelta(minutes=10)),
        (_("1 hour"), timedelta(hours=1)),
        (_("6 hours"), timedelta(hours=6)),
        (_("1 day"), timedelta(days=1)),
    )
    return tuple((label, timezone.make_naive(at + step).isoformat()) for label, step in steps)
