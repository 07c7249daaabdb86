"""Convoys: which trucks carry what, when, over which hub; what was rejected and why; what a new plan changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services as freight_
from baogong.freight.queries import ConvoyView, RejectedView, WaybillRow
from baogong.kernel.actor import Duty
from baogong.people.queries.parties import parties
from baogong.places import queries as places
from baogong.planning import queries as plans
from baogong.planning.services import DECIDERS
from baogong.web.command import charts
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.plans import acts_of, decide
from baogong.web.names import called, party_names
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    page,
    show,
    text_from,
    uuid_from,
    uuid_in,
    uuid_or_none,
    uuids_from,
    written,
)
from baogong.web.templatetags.baogong import when

PLAN_DAYS = 5
PLAN_FIELDS = ("from_at", "until_at", "hubs", "supersedes", "not_before_*", "feeds_*")
CODE_MIN, CODE_MAX = 4, 40  # as the API has it


@page(*OFFICE)
def convoys(request: PageRequest) -> HttpResponse:
    """Every plan of a convoy, the newest first."""
    heads = freight.convoys()
    replaced = {head.params.get("supersedes") for head in heads if head.state == "APPROVED"}
    context = {
        "plans": [(head, str(head.id) in replaced) for head in heads],
        "may_plan": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/convoys.html", context)


@page(Duty.COMMAND, keeps=PLAN_FIELDS)
def plan_convoy(request: PageRequest) -> HttpResponse:
    """From when until when, over which hub, what may leave when: the engine proposes, nothing moves."""
    if request.method == "POST":
        from_at, until_at = _span(request)
        plan = freight_.plan_convoy(
            from_at=from_at,
            until_at=until_at,
            hubs=uuids_from(request, "hubs"),
            not_before=_not_before(request),
            feeds=_feeds(request),
            supersedes=uuid_or_none(request, "supersedes"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        return redirect("command:convoy", plan=plan)
    waiting: dict[UUID, tuple[str, int, set[str]]] = {}
    for each in freight.not_moving(now=request.now):
        name, amount, to = waiting.get(each.site, (called(each.site_name), 0, set()))
        waiting[each.site] = name, amount + each.amount, to | {called(each.receiver_name)}
    known = places.sites()
    context = {
        "waiting": sorted(
            ((site, name, amount, sorted(to)) for site, (name, amount, to) in waiting.items()), key=lambda row: row[1]
        ),
        "hubs": [site for site in known if site.role == "HUB"],
        "stops": [site for site in known if site.role in ("HUB", "WAREHOUSE")],
        "from_at": _for_field(request.now),
        "until_at": _for_field(request.now + timedelta(days=PLAN_DAYS)),
        "current": freight.convoys_to_load(),
        "kinds": freight.kinds(),
    }
    return render(request, "command/plan_convoy.html", context)


@page(*OFFICE)
def convoy(request: PageRequest, plan: UUID) -> HttpResponse:
    """One plan: trucks and docks on a time line, its waybills, what was weighed; ask the carriers, approve, undo."""
    if request.method == "POST":
        return redirect("command:convoy", plan=_act(request, plan))
    view = freight.convoy(plan)
    bills = freight.waybills(now=request.now, plan=plan)
    asks = freight.asks(plan=plan)
    context = {
        "convoy": view,
        "bills": bills,
        "late_count": sum(bill.is_late for bill in bills),
        "chart": _chart(view, bills, request.now),
        "asks": asks,
        "all_answered": bool(asks) and all(ask.answer != "ASKED" for ask in asks),
        "rejected": _by_what(view),
        "guessed": _guessed(view),
        "trucks": len({leg.vehicle for leg in view.legs}),
        "links": request.session.pop(_links_of(plan), []),
        "may_command": request.actor.may(Duty.COMMAND),
        **acts_of(request, view.head, kept=_why_kept(bills)),
    }
    return render(request, "command/convoy.html", context)


def _guessed(view: ConvoyView) -> list[str]:
    """Places of the plan without coordinates, by name: it puts them in the middle of their city's others."""
    stops = {stop.site for leg in view.legs for stop in leg.stops}
    return [site.name for site in places.sites(ids=stops) if site.lat is None or site.lon is None]


@page(*OFFICE)
def convoy_map(request: PageRequest, plan: UUID) -> HttpResponse:
    """Where the plan's goods go: as it is proposed, or as its waybills stand now."""
    view = plans.plan(plan)
    if view.state == "APPROVED":
        moving = freight.waybills(now=request.now, plan=plan)
        late = [(row.origin, row.target) for row in moving if row.is_late]
        ways = charts.ways_of(freight.flows(plan=plan), late)
    else:
        bills = view.result["waybills"]
        ends = {UUID(bill[end]) for bill in bills for end in ("origin", "target")}
        ways = charts.ways_of_plan(bills, {site.id: site for site in places.sites(ids=ends)})
    return show(request, "command/convoy_map.html", {"plan": view, "maps": charts.maps_of(ways)}, partial="body")


@page(*OFFICE)
def difference(request: PageRequest, plan: UUID) -> HttpResponse:
    """What approving this plan changes against the one it supersedes."""
    if request.method == "POST":
        return redirect("command:convoy", plan=decide(request, plan))
    head = plans.plan(plan)
    earlier = head.params.get("supersedes")
    context = {
        "found": freight.convoy_difference(UUID(earlier), plan) if earlier else None,
        **acts_of(request, head),
    }
    return render(request, "command/difference.html", context)


@page(*OFFICE)
def waybill(request: PageRequest, waybill: UUID) -> HttpResponse:
    """One waybill: whose turn it is, every hand it passed; name its truck, report a delay, let it go early, cancel it."""
    if request.method == "POST":
        return _act_on_waybill(request, waybill)
    view = freight.waybill(waybill, now=request.now)
    is_open = view.row.state == "PLANNED"
    context = {
        "bill": view,
        "row": view.row,
        "vehicles": freight.vehicles(carrier=view.row.carrier) if is_open else (),
        "may_command": request.actor.may(Duty.COMMAND),
        "may_settle": request.actor.may_any(*DECIDERS),
        "expected": _for_field(view.row.expected_arrive_at),
    }
    return render(request, "command/waybill.html", context)


@page(*OFFICE)
def waybill_numbered(request: PageRequest, number: str) -> HttpResponse:
    """From the paper to its page."""
    return redirect("command:waybill", waybill=freight.waybill_row(number, now=request.now).id)


@page(*OFFICE)
def custody(request: PageRequest, waybill: UUID) -> HttpResponse:
    """Every hand the goods of a waybill passed, from their first promise on, and where they are now."""
    row = freight.waybill_row(waybill, now=request.now)
    context = {"row": row, "chains": freight.custody_of_waybill(row.id)}
    return show(request, "command/custody.html", context, partial="body")


@page(*OFFICE)
def fleet(request: PageRequest) -> HttpResponse:
    """Carriers' offers, vehicles and the passes that let one through a seal."""
    if request.method == "POST":
        _act_on_fleet(request)
        return redirect("command:fleet")
    context = {
        "kinds": freight.kinds(),
        "vehicles": freight.vehicles(),
        "areas": places.sealed_areas(),
        "granters": parties(kinds=["ORGANISATION", "SITE"]),
        "from_at": _for_field(request.now),
        "until_at": _for_field(request.now + timedelta(days=PLAN_DAYS)),
        "now": request.now,
        "may_command": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/fleet.html", context)


def _chart(view: ConvoyView, bills: Sequence[WaybillRow], now: datetime) -> Any:
    """As the waybills stand; a plan without waybills as it proposes."""
    if any(bill.state != "CANCELLED" for bill in bills):
        return charts.gantt_of_waybills(freight.gantt_of(bills), now=now)
    docks = {site.id: site.docks_count for site in places.sites(ids={s.site for leg in view.legs for s in leg.stops})}
    return charts.gantt_of_plan(view, docks, now=now)


def _by_what(view: ConvoyView) -> list[tuple[str, list[tuple[RejectedView, int]]]]:
    """What was weighed and not taken by its sort, the same sentence once with how often it holds."""
    sorts: dict[str, dict[str, tuple[RejectedView, int]]] = {}
    for each in view.rejected:
        lines = sorts.setdefault(each.what.partition(":")[0], {})
        lines[each.why_zh] = each, lines.get(each.why_zh, (each, 0))[1] + 1
    return [(what, list(lines.values())) for what, lines in sorts.items()]


def _why_kept(bills: Sequence[WaybillRow]) -> str:
    """Why an approved convoy cannot be undone any more."""
    begun = [bill.number for bill in bills if bill.state not in ("PLANNED", "CANCELLED")]
    if not begun:
        return ""
    return _("%s is loaded or gone. A new plan replaces what has not been loaded.") % ", ".join(begun)


def _act(request: PageRequest, plan: UUID) -> UUID:
    act = request.POST.get("act")
    if act == "ask":
        asked = freight_.ask_carriers(plan=plan, code=_code(request), actor=request.actor, now=request.now)
        names = party_names({each.carrier for each in asked})
        # Shown once: only their hashes are kept.
        made = [(names[each.carrier], carrier_link(request, each.token)) for each in asked if each.token]
        _show_links(request, plan, made)
        if made:
            messages.success(request, _("The plan is put to its carriers."))
        else:
            messages.info(
                request,
                _(
                    "Nobody new was asked. A link is shown once and cannot be shown again: for a lost one make that carrier "
                    "a new link below; the one before then opens nothing."
                ),
            )
    elif act == "renew":
        ask = freight.ask(uuid_from(request, "ask"))
        token = freight_.renew_link(ask=ask.id, code=_code(request), actor=request.actor, now=request.now)
        _show_links(request, plan, [(ask.carrier_name, carrier_link(request, token))])
        messages.success(request, _("A new link is made; the one before opens nothing any more."))
    else:
        return decide(request, plan)
    return plan


def _links_of(plan: UUID) -> str:
    return f"carrier_links {plan}"


def _show_links(request: PageRequest, plan: UUID, made: Sequence[tuple[str, str]]) -> None:
    """Links for the next look at this plan's page, beside those made before that nobody has looked at yet."""
    waiting = dict(request.session.get(_links_of(plan), []))
    if made or waiting:
        request.session[_links_of(plan)] = list((waiting | dict(made)).items())


def _code(request: PageRequest) -> str:
    """The second factor, without which a carrier could look at the plan and never answer. Raises UnusableForm."""
    code = written(request, "code")
    if not CODE_MIN <= len(code) <= CODE_MAX:
        raise UnusableForm(
            _(
                "A code of %(least)s to %(most)s characters is missing: without it the carrier could not answer. Nobody was asked."
            )
            % {"least": CODE_MIN, "most": CODE_MAX},
            where="code",
            found=code[:CODE_MAX],
            expected=f"{CODE_MIN}–{CODE_MAX}",
            cure=_("Make one up, type it, and tell it to each dispatcher by telephone."),
        )
    return code


def carrier_link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("carrier:offer", args=[token]))


def _act_on_waybill(request: PageRequest, waybill: UUID) -> HttpResponse:
    act, post = request.POST.get("act", ""), request.POST
    who: Mapping[str, Any] = {
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if act == "name":
        freight_.name_truck(waybill=waybill, vehicle=uuid_from(request, "vehicle"), **who)
        messages.success(request, _("The truck is named."))
    elif act == "delay":
        told = freight_.report_delay(
            waybill=waybill, arrive_at=moment_from(request, "arrive_at"), why=text_from(request, "why"), **who
        )
        if told.plan is not None:
            messages.warning(request, _("The delay is on record. Here is what a new plan would change."))
            return redirect("command:difference", plan=told.plan)
        messages.success(request, _("The delay is on record; nothing else has to change."))
    elif act == "early":
        freight_.let_go_early(
            waybill=waybill, earliest_at=moment_from(request, "earliest_at"), reason=text_from(request, "reason"), **who
        )
        messages.success(request, _("It may leave; the reason is on record."))
    elif act == "not_arrived":
        freight_.undo_arrival(waybill=waybill, why=text_from(request, "why"), **who)
        messages.success(request, _("The truck is on its way again; a document says why."))
    elif act == "cancel":
        freight_.cancel_waybill(waybill=waybill, reason=text_from(request, "reason"), **who)
        messages.success(request, _("Cancelled. Its goods wait for another truck."))
    elif act == "settle":
        freight_.settle_surplus(surplus=uuid_from(request, "surplus"), decision=post.get("decision", ""), **who)
        messages.success(request, _("Settled."))
    return redirect("command:waybill", waybill=waybill)


def _act_on_fleet(request: PageRequest) -> None:
    act, post = request.POST.get("act", ""), request.POST
    if act == "add":
        freight_.add_vehicle(
            kind=uuid_from(request, "kind"),
            plate=text_from(request, "plate"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The vehicle is registered."))
    elif act == "grant":
        freight_.grant_pass(
            vehicle=uuid_from(request, "vehicle"),
            area=uuid_from(request, "area"),
            valid_from_at=moment_from(request, "valid_from_at"),
            valid_until_at=moment_from(request, "valid_until_at"),
            granted_by=uuid_from(request, "granted_by"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The pass is on record."))
    elif act == "revoke":
        freight_.revoke_pass(
            granted=uuid_from(request, "granted"), why=post.get("why", "").strip(), actor=request.actor, now=request.now
        )
        messages.success(request, _("The pass is worth nothing from now on."))


def _span(request: PageRequest) -> tuple[datetime, datetime]:
    from_at, until_at = moment_from(request, "from_at"), moment_from(request, "until_at")
    if until_at <= from_at:
        raise UnusableForm(
            _("The convoy would end at %(until)s, before it begins at %(from)s. Nothing was planned.")
            % {"until": when(until_at), "from": when(from_at)},
            where="until_at",
            cure=_("Choose a later end or an earlier beginning."),
        )
    return from_at, until_at


def _not_before(request: PageRequest) -> dict[UUID, datetime]:
    fields = [name for name in request.POST if name.startswith("not_before_") and request.POST[name].strip()]
    return {uuid_in(name.removeprefix("not_before_"), "not_before"): moment_from(request, name) for name in fields}


def _feeds(request: PageRequest) -> dict[UUID, list[UUID]]:
    """Goods that may first be brought to another stop: a pick-up that feeds a warehouse or a hub."""
    fields = [name for name in request.POST if name.startswith("feeds_") and request.POST[name]]
    return {uuid_in(name.removeprefix("feeds_"), "feeds"): [uuid_from(request, name)] for name in fields}


def _for_field(moment: datetime) -> str:
    """For a datetime-local field."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")
