"""Packs: what each kind holds, how many the stock allows, for whom they are, and the runs that make them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.catalogue.queries import ItemView
from baogong.kernel.actor import Duty
from baogong.needs import queries as needs
from baogong.needs import services as needs_
from baogong.needs.queries.sight import receivers_within
from baogong.places.queries import sites
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.pack_views import PartView
from baogong.web.command.views.group import OFFICE
from baogong.web.names import items_in_order
from baogong.web.packing import CAUSES, act_on_run, goods_of, look_ahead, open_run
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, text_from, uuid_from
from baogong.web.templatetags.baogong import said
from baogong.web.words import word

WRITERS = (Duty.COMMAND, Duty.CLERK)
STORES = ("WAREHOUSE", "HUB")
ROWS = range(1, 9)  # of the form; a longer kit comes as a list
KIT_FIELDS = (
    *("name_zh", "name_en", "makes", "nominal_g", "packaging_g"),
    *("item_*", "amount_*", "substitute_*"),
)
GROUPS = ("PERSON", "ADULT", "OLD", "INFANT", "CHRONIC", "PREGNANT")


@page(*OFFICE)
def packs(request: PageRequest) -> HttpResponse:
    """Every kit and every run."""
    context = {
        "kits": queries.kits(),
        "runs": queries.packing_runs(),
        "may_write": request.actor.may_any(*WRITERS),
    }
    return render(request, "command/packs.html", context)


@page(*WRITERS, keeps=KIT_FIELDS)
def write_kit(request: PageRequest) -> HttpResponse:
    """Write a kit down by hand; a longer one comes as a list."""
    if request.method == "POST":
        kit = _write(request)
        messages.success(request, _("The kit is written down."))
        return redirect("command:kit", kit=kit)
    goods = items_in_order()
    context = {
        "packs": [good for good in goods if good.unit == "PACK"],
        "goods": [(good.id, _in_unit(good)) for good in goods if good.unit not in ("PACK", "FEN")],
        "rows": ROWS,
    }
    return render(request, "command/write_kit.html", context)


@page(*OFFICE)
def kit(request: PageRequest, kit: UUID) -> HttpResponse:
    """One kit: what it holds, its versions; how many a site's stock allows; open a run."""
    if request.method == "POST":
        return redirect("command:packing_run", run=open_run(request, uuid_from(request, "site")))
    view = queries.kit(kit)
    stores = {site.id: site for site in sites() if site.role in STORES}
    asked = next((site for site in stores if str(site) == request.GET.get("site")), None)
    context = {
        "kit": view,
        "versions": () if asked else queries.kit_versions(view.code),
        "sites": list(stores.values()),
        "site": asked,
        "outlook": look_ahead(request, view, asked),
        "may_pack": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/kit.html", context)


@page(*OFFICE)
def packing_run(request: PageRequest, run: UUID) -> HttpResponse:
    """One run: from which lots its packs are filled, what is done, what is left."""
    view = queries.packing_run(run)
    if request.method == "POST":
        act_on_run(request, view)
        return redirect("command:packing_run", run=run)
    context = {
        "run": view,
        "causes": CAUSES,
        "goods": goods_of(view),
        "may_pack": request.actor.may(Duty.COMMAND, view.head.site),
        "may_undo": request.actor.may(Duty.COMMAND, view.head.site),
    }
    return render(request, "command/packing_run.html", context)


@page(*OFFICE)
def run_origins(request: PageRequest, run: UUID) -> HttpResponse:
    """What is in a run's packs, who grew, gave or sold it, and whose money paid for it."""
    view = queries.packing_run(run, with_counts=False)
    parts: dict[UUID, tuple[PartView, int]] = {}
    for layer in view.layers:
        for part in layer.parts:
            parts[part.lot] = (part, part.used + (parts[part.lot][1] if part.lot in parts else 0))
    context = {
        "run": view.head,
        "parts": [(part, used) for part, used in parts.values() if used],
        "money": queries.money_in_run(view),
    }
    return render(request, "command/run_origins.html", context)


@page(at_a_place=OFFICE)
def packs_by_need(request: PageRequest) -> HttpResponse:
    """Which pack is for whom, and how many of each every community's households come to: the own ones', or all."""
    if request.method == "POST":
        _act_on_rules(request)
        return redirect("command:packs_by_need")
    kits = queries.kits()
    rules = needs.pack_rules(kits)
    context = {
        "kits": kits,
        "rules": rules,
        "needed": needs.packs_needed(receivers_within(request.actor), rules=rules),
        "groups": GROUPS,
        "may_rule": request.actor.may(Duty.COMMAND),
        "may_write": request.actor.may_any(*WRITERS),
        "may_ask": request.actor.may_somewhere(*WRITERS),
    }
    return render(request, "command/packs_by_need.html", context)


def _in_unit(good: ItemView) -> str:
    return f"{said(good.name_zh, good.name_en)} ({word(good.unit, 'unit')})"


def _write(request: PageRequest) -> UUID:
    parts = []
    for row in ROWS:
        if request.POST.get(f"item_{row}"):
            substitutes: tuple[tuple[UUID, int], ...] = ()
            if request.POST.get(f"substitute_{row}"):
                much = number_from(request, f"substitute_amount_{row}", least=1)
                substitutes = ((uuid_from(request, f"substitute_{row}"), much),)
            parts.append(
                supply.KitPart(
                    uuid_from(request, f"item_{row}"),
                    number_from(request, f"amount_{row}", least=1),
                    substitutes=substitutes,
                )
            )
    return supply.write_kit(
        name_zh=text_from(request, "name_zh"),
        name_en=request.POST.get("name_en", "").strip(),
        item=uuid_from(request, "makes"),
        parts=parts,
        nominal_g=number_from(request, "nominal_g", default=0),
        packaging_g=number_from(request, "packaging_g", default=0),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )


def _act_on_rules(request: PageRequest) -> None:
    act = request.POST.get("act", "")
    if act == "rule":
        needs_.set_pack_rule(
            kit=text_from(request, "kit"),
            group=request.POST.get("group", ""),
            per_persons=number_from(request, "per_persons", default=0),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The rule is set; the count below follows it."))
    elif act == "end":
        needs_.end_pack_rule(
            kit=text_from(request, "kit"), group=request.POST.get("group", ""), actor=request.actor, now=request.now
        )
        messages.success(request, _("The rule is ended."))
    elif act == "ask":
        needs_.ask_for_packs(
            community=uuid_from(request, "community"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The packs are asked for: one need for each kind."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
