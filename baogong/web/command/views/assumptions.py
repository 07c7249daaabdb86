"""What amounts rest on: uses by group, communities by their households; a change is seen before it is applied."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.engine.sheets.amounts import COUNT_MAX
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.needs import queries
from baogong.needs import services as needs_
from baogong.needs.queries import figures, households
from baogong.needs.queries.sight import receivers_within, require_sight
from baogong.needs.services import households as counting
from baogong.needs.views import NeedView
from baogong.people.queries.parties import party
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.needs import row_of
from baogong.web.names import item_names, items_in_order, place_in
from baogong.web.pages import PageRequest, UnusableForm, decimal_in, number_from, page, private, text_from, uuid_from
from baogong.web.templatetags.baogong import said

GROUPS = ("CLINICIAN", "PERSON", "ADULT", "OLD", "INFANT", "CHRONIC", "PREGNANT")
COUNTED_FIELDS = (
    ("adults", "ADULT"),
    ("old", "OLD"),
    ("infants", "INFANT"),
    ("chronic", "CHRONIC"),
    ("pregnant", "PREGNANT"),
)


@page(*OFFICE)
def uses(request: PageRequest) -> HttpResponse:
    """What one person uses of each item, by group, with its source; changing one shows first what follows."""
    goods = [good for good in items_in_order() if good.unit != "FEN"]
    names = {good.id: str(said(good.name_zh, good.name_en)) for good in goods}
    place, change = place_in(names), _change(request)
    if request.method == "POST":
        needs_.set_use(
            **_set_facts(request),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The figure is set; the needs that rest on it follow."))
        return redirect("command:uses")
    effects = needs_.preview_use(**change) if change else ()
    context = {
        "uses": sorted(figures.all_uses(goods), key=lambda use: (place(use.item), use.group)),
        "items": names,
        "groups": GROUPS,
        "change": change,
        "effects": effects,
        "seen": figures.seen_hash(effects),
        "may_write": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/uses.html", context)


@page(at_a_place=OFFICE)
def communities(request: PageRequest) -> HttpResponse:
    """Communities with their sums by group; of the own places, or all."""
    context = {
        "communities": households.communities(receivers_within(request.actor)),
        "may_write": request.actor.may_any(Duty.CLERK, Duty.COMMAND),
    }
    return render(request, "command/communities.html", context)


@page(at_a_place=OFFICE)
def community(request: PageRequest, community: UUID) -> HttpResponse:
    """One community: its sums, its needs and what each rests on, and what a new count would change."""
    require_sight(request.actor, community)
    if request.method == "POST":
        _act_on_community(request, community)
        return redirect("command:community", community=community)
    found = households.communities([community])
    is_looked_at = bool(found) and request.GET.get("recount") == "1"
    needs = () if is_looked_at else queries.open_needs(receiver=community)
    effects = counting.preview_recount(community=community, counted=found[0]) if is_looked_at else ()
    context = {
        "party": party(community),
        "community": found[0] if found else None,
        "rows": [row_of(view, request) for view in needs],
        "goods": {} if is_looked_at else item_names(),
        "has_counted_since": bool(found) and any(_is_older(view, found[0].counted_at) for view in needs),
        "is_looked_at": is_looked_at,
        "effects": effects,
        "seen": figures.seen_hash(effects),
        "may_write": request.actor.may(Duty.CLERK, community) or request.actor.may(Duty.COMMAND, community),
        "may_read_households": request.actor.may(Duty.CLERK, community),
    }
    return render(request, "command/community.html", context)


@page(at_a_place=(Duty.CLERK,))
def community_households(request: PageRequest, community: UUID) -> HttpResponse:
    """The households behind the sums, for clerks of this community only; each look stays in the book."""
    require_sight(request.actor, community, Duty.CLERK)
    told = ""
    if request.method == "POST":
        told = _act_on_household(request, community)
        if not told:
            return redirect("command:community_households", community=community)
    rows = counting.read_households(community=community, actor=request.actor, now=request.now)
    context = {
        "party": party(community),
        "households": rows,
        "told": told,
        "about": request.POST.get("household", ""),
        "counted_fields": COUNTED_FIELDS,
    }
    return private(render(request, "command/households.html", context))


def _is_older(view: NeedView, counted_at: datetime) -> bool:
    return view.basis == "HOUSEHOLDS" and counted_at > (view.renewed_at or view.asked_at)


def _change(request: PageRequest) -> dict[str, Any]:
    """The change asked about in the address: item, group, amount, days; empty where none is."""
    asked = request.GET if request.method == "GET" else request.POST
    if not asked.get("item") or not asked.get("amount"):
        return {}
    amount_milli = round((decimal_in(asked["amount"], "amount") or 0) * 1000)
    per_days = number_from(request, "per_days", default=1)
    item = uuid_from(request, "item")
    if not 0 < amount_milli <= COUNT_MAX or not 1 <= per_days <= 366 or asked.get("group") not in GROUPS:
        raise UnusableForm(
            _("This is no use per person. Nothing was changed."),
            where="amount",
            found=asked.get("amount", ""),
            expected="> 0",
            cure=_("Write how many one person uses, and in how many days."),
        )
    return {"item": item, "group": asked["group"], "amount_milli": amount_milli, "per_days": per_days}


def _set_facts(request: PageRequest) -> dict[str, Any]:
    change = _change(request)
    if not change:
        raise UnusableForm(
            _("Nothing was chosen."), where="amount", cure=_("Choose a figure and look at what follows.")
        )
    return change | {
        "ground": request.POST.get("ground", ""),
        "source": text_from(request, "source"),
        "seen": request.POST.get("seen", ""),
    }


def _act_on_community(request: PageRequest, community: UUID) -> None:
    act = request.POST.get("act", "")
    if act == "ask":
        counting.ask_for_community(
            community=community,
            item=uuid_from(request, "item"),
            days_count=number_from(request, "days_count", least=1, most=3_660),
            urgency=number_from(request, "urgency", least=1, default=3, most=4),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The need is on the list, with every figure it rests on."))
    elif act == "recount":
        counting.recount(community=community, seen=request.POST.get("seen", ""), actor=request.actor, now=request.now)
        messages.success(request, _("The community's needs rest on the new count."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _act_on_household(request: PageRequest, community: UUID) -> str:
    """What was revealed, or "" after a change."""
    act = request.POST.get("act", "")
    if act == "count":
        counting.count_household(
            community=community,
            code=text_from(request, "code"),
            counts=counting.Counts(
                **{field: number_from(request, field, default=0) for field, _group in COUNTED_FIELDS}
            ),
            name=request.POST.get("name", "").strip(),
            source="by hand",
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The household is counted."))
        return ""
    household = uuid_from(request, "household")
    facts: dict[str, Any] = {"household": household, "actor": request.actor, "now": request.now}
    if act == "left":
        counting.household_left(**facts)
        messages.success(request, _("The household is counted no more."))
    elif act == "keep-name":
        counting.keep_name(name=text_from(request, "name"), **facts)
        messages.success(request, _("The name is kept enciphered."))
    elif act == "show-name":
        return counting.name_of(why=text_from(request, "why"), **facts)
    else:
        raise NotFound(_("This page has no such button."), where="act")
    return ""
