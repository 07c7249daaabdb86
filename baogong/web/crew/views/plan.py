"""The crew of a place tonight: who, for what, fit until when; what is uncovered; whose proof ran out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.crew import queries, services
from baogong.crew.queries import PlanView
from baogong.crew.services import WRITERS
from baogong.delivery import queries as delivery
from baogong.delivery.queries.share_out import PARCEL_S
from baogong.delivery.snapshots import CAPACITY_PIECES
from baogong.kernel.windows import Window, is_within_book
from baogong.people.queries.access import reach
from baogong.places import queries as places
from baogong.web.crew.views.places import no_such_button, own_place, page_of, works
from baogong.web.pages import PageRequest, moment_from, number_from, page, text_from, uuid_from, uuids_from, written

SHOWN_H = 18
COURIERS_MOST = 10_000
WIDTH = 360  # of the drawn hours; 20 for each of them


@dataclass(frozen=True, slots=True)
class Bar:
    """One row's hours as rectangles: planned, and the parts with every proof as (x, width); all of WIDTH."""

    view: PlanView
    x: float
    width: float
    parts: tuple[tuple[float, float], ...]
    is_cut: bool


@page(at_a_place=WRITERS, keeps=("act", "work", "other_work", "start_at", "end_at", "people_count"))
def tonight(request: PageRequest, place: UUID) -> HttpResponse:
    """The plan on a time axis, uncovered duties, and in red who is on duty without proof."""
    here = own_place(request, place)
    if request.method == "POST":
        _act(request, place)
        return redirect(f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path)
    window = _window(request)
    assert window.start_at is not None
    assert window.end_at is not None
    found = queries.tonight(place, window=window, now=request.now)
    context = {
        "found": found,
        "bars": [_bar(view, window.start_at, window.end_at) for view in found.plan],
        "now_x": _x(request.now, window.start_at, window.end_at) if window.contains(request.now) else None,
        "hours": [
            (timezone.localtime(window.start_at + timedelta(hours=hour)), hour * WIDTH / SHOWN_H)
            for hour in range(0, SHOWN_H + 1, 3)
        ],
        "window": window,
        "earlier": _typed(window.start_at - timedelta(hours=SHOWN_H)),
        "later": _typed(window.end_at),
        "works": works({each.work for each in found.wanted}),
        "width": WIDTH,
        "expected_count": sum(view.fitness.is_expected for view in found.plan),
    }
    return render(request, "crew/tonight.html", page_of(request, here, "tonight", **context))


@page(at_a_place=WRITERS, keeps=("person", "work", "other_work", "start_at", "end_at"))
def assign(request: PageRequest, place: UUID) -> HttpResponse:
    """Who is of the place, fit for some hours and free; tick them, choose the work."""
    here = own_place(request, place)
    if written(request, "act") == "look" and request.method == "POST":
        asked = {field: request.POST.get(field, "") for field in ("start_at", "end_at", "work")}
        return redirect(f"{request.path}?{urlencode(asked)}")
    if request.method == "POST":
        made = services.assign_all(
            persons=uuids_from(request, "person"),
            place=place,
            work=written(request, "other_work") or text_from(request, "work"),
            start_at=moment_from(request, "start_at"),
            end_at=moment_from(request, "end_at"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        told = ngettext("%(count)s person assigned.", "%(count)s people assigned.", len(made))
        messages.success(request, told % {"count": len(made)})
        return redirect("crew:tonight", place=place)
    start_at = _asked(request, "start_at") or _hour(request.now) + timedelta(hours=1)
    end_at = _asked(request, "end_at") or start_at + timedelta(hours=8)
    end_at = end_at if end_at > start_at else start_at + timedelta(hours=8)
    context = {
        "people": queries.ready(place, window=Window(start_at, end_at), now=request.now),
        "start_at": _typed(start_at),
        "end_at": _typed(end_at),
        "works": works(),
        "work": written(request, "work"),
    }
    return render(request, "crew/assign.html", page_of(request, here, "tonight", **context))


@page(at_a_place=WRITERS)
def couriers(request: PageRequest, place: UUID) -> HttpResponse:
    """So many couriers for so many communities: by what stands at the stations, how long each works, and why."""
    here = own_place(request, place)
    own = places.sites("STATION", ids=reach(request.actor, *WRITERS))
    stations = [site.id for site in own if site.id == place] or [site.id for site in own]
    count = number_from(request, "couriers_count", most=COURIERS_MOST) if written(request, "couriers_count") else None
    asked = {
        "parcel_s": number_from(request, "parcel_s", least=1, default=PARCEL_S, most=3600),
        "capacity_pieces": number_from(
            request, "capacity_pieces", least=1, default=CAPACITY_PIECES, most=COURIERS_MOST
        ),
    }
    shares = delivery.courier_shares(stations=stations, couriers_count=count, now=request.now, **asked)
    context = {
        "shares": shares,
        "asked": {"couriers_count": len(shares) if count is None else count, **asked},
        "sent_count": sum(share.couriers_count for share in shares),
        "longest_s": max((share.work_s for share in shares if share.couriers_count), default=0),
        "is_short": any(share.parcels_count and not share.couriers_count for share in shares),
    }
    return render(request, "crew/couriers.html", page_of(request, here, "tonight", **context))


@page(at_a_place=WRITERS)
def stand_in(request: PageRequest, place: UUID, assignment: UUID) -> HttpResponse:
    """Who could take the rest of an assignment over; one is chosen."""
    here = own_place(request, place)
    if request.method == "POST":
        services.stand_in(
            assignment=assignment,
            person=uuid_from(request, "person"),
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The stand-in is assigned."))
        return redirect("crew:tonight", place=place)
    at, about, found = queries.standing_in(assignment, now=request.now)
    request.actor.require(*WRITERS, at=at)
    context = {"about": about, "found": found}
    return render(request, "crew/stand_in.html", page_of(request, here, "tonight", **context))


def _act(request: PageRequest, place: UUID) -> None:
    act = request.POST.get("act", "")
    if act == "want":
        services.want(
            place=place,
            work=written(request, "other_work") or text_from(request, "work"),
            start_at=moment_from(request, "start_at"),
            end_at=moment_from(request, "end_at"),
            people_count=number_from(request, "people_count"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("Written down; what is missing shows as uncovered."))
    elif act == "unassign":
        services.unassign(
            assignment=uuid_from(request, "assignment"),
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The assignment is withdrawn."))
    else:
        raise no_such_button(act)


def _window(request: PageRequest) -> Window:
    start_at = _asked(request, "from") or _hour(request.now) - timedelta(hours=2)
    return Window(start_at, start_at + timedelta(hours=SHOWN_H))


def _asked(request: PageRequest, field: str) -> datetime | None:
    """A moment out of the address, or of the form that was refused; nothing where neither says one."""
    try:
        moment = parse_datetime((request.typed.get(field) or [written(request, field)])[0])
    except ValueError:
        return None
    if moment is None or not is_within_book(moment):
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _typed(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def _x(moment: datetime, start_at: datetime, end_at: datetime) -> float:
    share = (min(max(moment, start_at), end_at) - start_at) / (end_at - start_at)
    return round(share * WIDTH, 1)


def _bar(view: PlanView, start_at: datetime, end_at: datetime) -> Bar:
    def drawn(span: tuple[datetime, datetime]) -> tuple[float, float]:
        left, right = (_x(moment, start_at, end_at) for moment in span)
        return left, round(right - left, 1)

    until = view.fitness.fit_until
    x, width = drawn((view.start_at, view.end_at))
    parts = tuple(drawn(part) for part in view.fit)
    return Bar(view, x, width, parts, until is not None and until < view.end_at)
