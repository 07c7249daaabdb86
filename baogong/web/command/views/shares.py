"""Shares: who gets how much of what, why, and how it would be under other rules; promises made by decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.needs import queries as needs
from baogong.needs import services as needs_
from baogong.needs.share import KIND, rules_in_stock
from baogong.needs.share_problem import WEIGHTS, engine_rule
from baogong.people.queries.parties import parties
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.queries import PlanView
from baogong.supply import queries as supply
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.needs import RECEIVER_KINDS
from baogong.web.command.views.plans import acts_of, decide
from baogong.web.names import called, called_within, is_chinese, item_names, party_names, place_in
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    day_from,
    moment_from,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    uuid_or_none,
    uuids_from,
)
from baogong.web.rule_bars import CHOSEN, RULES, need_bars, worst_served
from baogong.web.templatetags.baogong import unit_in

PLANNERS = (Duty.COMMAND, Duty.CLERK)
SHARE_FIELDS = (
    *("items", "sites", "include_stale", "only_verified", "arrives_on", "whole_cartons", "memory"),
    "weight_*",
)
DIFFERENCES_MAX = 100
CHART_WIDTH = 260


@dataclass(frozen=True, slots=True)
class MetRow:
    """One need in a share. `fate` once approved: (promised and on its way, signed for)."""

    need: str
    receiver_name: str
    item_name: str
    asked: int
    got: int
    ratio: float
    first_come: int
    pro_rata: int
    reason: str
    came_from: tuple[tuple[str, int], ...]
    fate: tuple[int, int] | None
    rests_on: tuple[dict[str, Any], ...] = ()
    maybe_twice: tuple[dict[str, Any], ...] = ()
    unit: str = ""

    @property
    def percent(self) -> float:
        return round(100 * self.ratio, 1)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule's figures, and its bars in the small chart (pixels)."""

    rule: str
    worst: float
    mean: float
    gini: float
    unserved: int
    y: int
    worst_width: float
    mean_width: float

    @property
    def is_chosen(self) -> bool:
        return self.rule == CHOSEN


@page(*OFFICE)
def shares(request: PageRequest) -> HttpResponse:
    """Every share, the newest first."""
    names = item_names()
    heads = plans.plans(kind=KIND)
    goods = [[names.get(UUID(item), "") for item in head.params.get("items") or ()] for head in heads]
    context = {"plans": list(zip(heads, goods, strict=True)), "may_plan": request.actor.may_any(*PLANNERS)}
    return render(request, "command/shares.html", context)


@page(*PLANNERS, keeps=SHARE_FIELDS)
def make_share(request: PageRequest) -> HttpResponse:
    """Choose goods, places and the rule; the engine proposes, nothing is promised."""
    if request.method == "POST":
        plan = planning.make_plan(
            kind=KIND,
            params=_params(request),
            rule=_rule(request),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        return redirect("command:share", plan=plan)
    stock = supply.relief_stock()
    free: dict[UUID, int] = {}
    for row in stock:
        free[row.item] = free.get(row.item, 0) + row.free
    names = item_names()
    here = {row.site for row in stock}
    context = {
        "goods": [(item, names[item], free[item]) for item in sorted(free, key=place_in(names))],
        "sites": list(party_names(here).items()) if here else [],
        "weights": [(str(level), weight) for level, weight in sorted(WEIGHTS.items())],
    }
    return render(request, "command/make_share.html", context)


@page(*OFFICE)
def share(request: PageRequest, plan: UUID) -> HttpResponse:
    """One share: per receiver and item, with the reason; approve it, or undo it until the first hand moves."""
    if request.method == "POST":
        return redirect("command:share", plan=decide(request, plan))
    view = plans.plan(plan)
    names = item_names()
    rows = _met_rows(view, names)
    in_stock = rules_in_stock(view.snapshot, view.result)
    context = {
        "groups": [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.receiver_name)],
        "total": sum(row.got for row in rows),
        "asked": sum(row.asked for row in rows),
        "waits": any(row.fate and row.fate[0] for row in rows),
        "twice_count": sum(bool(row.maybe_twice) for row in rows),
        "rules": _rule_figures(in_stock.rules),
        "worst": worst_served(
            need_bars(
                row.receiver_name,
                row.item_name,
                row.unit,
                row.asked,
                {"leximin": row.got, "pro_rata": row.pro_rata, "first_come": row.first_come},
            )
            for row in rows
        ),
        "needs_without": in_stock.needs_without,
        "chart_width": CHART_WIDTH,
        "left": _left_rows(view, names),
        "left_out": view.result["left_out"],
        "not_named": view.result.get("not_named", ()),
        "stale_count": sum(row["why"] == "STALE" for row in view.result["left_out"]),
        "rule": engine_rule(view.rule),
        "weights": sorted(view.result["weights"].items()),
        "times": _times_rows(view),
        "trucks": view.params.get("trucks"),
        "rerun": plans.rerun(plan) if request.GET.get("again") else None,
        **acts_of(request, view, kept=_why_kept(view)),
    }
    return render(request, "command/share.html", context)


@page(*OFFICE)
def compare(request: PageRequest) -> HttpResponse:
    """Two plans beside each other: the rule, what they promise, the largest differences first."""
    chosen = [UUID(text) for text in (request.GET.get("a", ""), request.GET.get("b", "")) if _is_uuid(text)]
    context: dict[str, Any] = {}
    if len(chosen) != 2:
        context = {"plans": plans.plans(kind=KIND)}
    else:
        found = plans.compare(*chosen)
        shown = found.lines[:DIFFERENCES_MAX]
        holders = {line.source.holder for line in shown} | {line.target.holder for line in shown}
        lots = {lot.id: lot.item for lot in book.lots({line.lot for line in shown})}
        names = item_names()
        context = {
            "found": found,
            "lines": [(line, names.get(lots.get(line.lot, line.lot), "")) for line in shown],
            "parties": party_names(holders),
            "total": len(found.lines),
        }
    return render(request, "command/compare.html", context)


@page(Duty.COMMAND)
def allot(request: PageRequest) -> HttpResponse:
    """Goods promised by decision or by their earmark: one lot at one place to one receiver."""
    if request.method == "POST":
        site, lot = _place_and_lot(request)
        need = uuid_or_none(request, "need")
        needs_.allot(
            promise=needs_.Promise(
                receiver=party_from(request, "receiver", kinds=RECEIVER_KINDS),
                lot=lot,
                site=site,
                amount=number_from(request, "amount", least=1),
                need=need,
                due_at=moment_from(request, "due_at") if request.POST.get("due_at") else None,
                urgency=number_from(request, "urgency", least=1, default=3, most=4),
            ),
            reason=text_from(request, "reason"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Promised. The goods are set aside for this receiver."))
        return redirect("command:need", need=need) if need else redirect(f"{request.path}?done=1")
    need_id = request.GET.get("need", "")
    view = needs.need(UUID(need_id)) if _is_uuid(need_id) else None
    stock = supply.relief_stock(items=[view.item] if view else None)
    names = item_names()
    for_whom = {party for row in stock for party in row.earmark_parties}
    context = {
        "need": view,
        "stock": [(row, names.get(row.item, "")) for row in stock],
        "parties": party_names({row.site for row in stock} | for_whom) if stock else {},
        "receivers": () if view else parties(kinds=RECEIVER_KINDS),
    }
    return render(request, "command/allot.html", context)


def _why_kept(view: PlanView) -> str:
    """Why an approved share cannot be undone any more."""
    moved = plans.moved_holds_count(view) if view.state == "APPROVED" else 0
    if not moved:
        return ""
    return _(
        "%(moved)s of its %(all)s promises are on their way or handed over. A new share takes up what has not left yet."
    ) % {"moved": moved, "all": len(view.lines)}


def _params(request: PageRequest) -> dict[str, Any]:
    post = request.POST
    params: dict[str, Any] = {}
    for name in ("sites", "items"):
        if chosen := uuids_from(request, name):
            params[name] = sorted(map(str, chosen))
    if post.get("include_stale") == "1":
        params["include_stale"] = sorted(str(view.id) for view in needs.open_needs() if view.is_stale(request.now))
    if post.get("only_verified") == "1":
        params["only_verified"] = True
    if arrives_on := day_from(request, "arrives_on"):
        params["arrives_on"] = arrives_on.isoformat()
    return params


def _rule(request: PageRequest) -> dict[str, Any]:
    return {
        "version": "leximin-1",
        "whole_cartons": request.POST.get("whole_cartons") == "1",
        "memory": _ratio(request, "memory"),
        "weights": {level: _weight(request, f"weight_{level}") for level in sorted(WEIGHTS)},
    }


def _ratio(request: PageRequest, field: str) -> float:
    return number_from(request, field, least=0, default=100) / 100


def _weight(request: PageRequest, field: str) -> float:
    text = request.POST.get(field, "").strip()
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight <= 100:
        raise UnusableForm(
            _("“%s” is no weight. Nothing was planned.") % text,
            where=field,
            found=text,
            expected="0–100",
            cure=_("Twice the weight is twice the met share: write a number above 0."),
        )
    return weight


def _place_and_lot(request: PageRequest) -> tuple[UUID, UUID]:
    text = request.POST.get("goods", "")
    site, _sep, lot = text.partition(" ")
    if not (_is_uuid(site) and _is_uuid(lot)):
        raise UnusableForm(
            _("No goods were chosen. Nothing was promised."),
            where="goods",
            found=text,
            cure=_("Choose a line of stock."),
        )
    return UUID(site), UUID(lot)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _met_rows(view: PlanView, names: Mapping[UUID, str]) -> list[MetRow]:
    """By receiver, then as the needs came in."""
    sites_of = _site_names(view)
    units = {row["need"]: unit_in(UUID(row["item"]), names) for row in view.snapshot["needs"]}
    came_from: dict[str, dict[str, int]] = {}
    for part in view.result["shares"]:
        places = came_from.setdefault(part["need"], {})
        places[sites_of[part["site"]]] = places.get(sites_of[part["site"]], 0) + part["amount"]
    fates: dict[str, tuple[int, int]] = {}
    if view.state == "APPROVED":
        for promise in needs.allotments(plan=view.id):
            committed, met = fates.get(str(promise.need), (0, 0))
            fates[str(promise.need)] = committed + promise.committed, met + promise.met
    language = "zh" if is_chinese() else "en"
    rows = [
        MetRow(
            need=entry["requester"],
            receiver_name=called(entry["receiver_name"]),
            item_name=entry[f"item_{language}"],
            asked=entry["need"],
            got=entry["got"],
            ratio=entry["ratio"],
            first_come=entry["first_come"],
            pro_rata=entry["pro_rata"],
            reason=called_within(entry[f"reason_{language}"]),
            rests_on=tuple(entry.get("rests_on", ())),
            maybe_twice=tuple(entry.get("maybe_twice", ())),
            came_from=tuple(sorted(came_from.get(entry["requester"], {}).items())),
            fate=fates.get(entry["requester"], (0, 0)) if view.state == "APPROVED" else None,
            unit=units.get(entry["requester"], ""),
        )
        for entry in view.result["met"]
    ]
    return sorted(rows, key=lambda row: row.receiver_name)


def _left_rows(view: PlanView, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """What nobody receives: where it is, and why."""
    sites_of = _site_names(view)
    item_of = {row["lot"]: UUID(row["item"]) for row in view.snapshot["stock"]}
    asked_for = {row["item"] for row in view.snapshot["needs"]}
    return [
        {
            "site": sites_of[entry["site"]],
            "item": names.get(item_of[entry["lot"]], ""),
            "amount": entry["amount"],
            "unit": unit_in(item_of[entry["lot"]], names),
            "why": (entry["why_zh"] if is_chinese() else entry["why_en"])
            if str(item_of[entry["lot"]]) in asked_for or "not_named" in view.result
            else _("Nobody in this share asks for it."),
        }
        for entry in view.result["left"]
        if entry["amount"]
    ]


def _times_rows(view: PlanView) -> list[tuple[str, float]]:
    """Receivers that count more or less often than once."""
    names = {row["receiver"]: called(row["receiver_name"]) for row in view.snapshot["needs"]}
    return sorted((names[party], times) for party, times in view.rule.get("receivers", {}).items() if party in names)


def _site_names(view: PlanView) -> dict[str, str]:
    """A line of stock is called by its site's name and a number."""
    return {row["site"]: called(row["key"].rsplit(" ", 1)[0]) for row in view.snapshot["stock"]}


def _rule_figures(rules: Mapping[str, Mapping[str, Any]]) -> list[RuleFigures]:
    return [
        RuleFigures(
            rule=name,
            worst=rules[name]["worst"],
            mean=rules[name]["mean"],
            gini=rules[name]["gini"],
            unserved=rules[name]["unserved"],
            y=number * 44,
            worst_width=round(CHART_WIDTH * min(1.0, rules[name]["worst"]), 1),
            mean_width=round(CHART_WIDTH * min(1.0, rules[name]["mean"]), 1),
        )
        for number, name in enumerate(RULES)
        if name in rules
    ]
