"""Scales and loans at one site: weigh packs and trucks; lend things with serial numbers and take them back."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.web.keeper.views.board import own_site
from baogong.web.names import items_in_order
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    grams_in,
    moment_from,
    number_from,
    page,
    party_from,
    photo_from,
    text_from,
    uuid_from,
)
from baogong.web.scales import CAUSES, KG, hold_against
from baogong.web.templatetags.baogong import said

SHOWN = 50
CONDITIONS = ("GOOD", "WORN", "BROKEN")
LOAN_FIELDS = (
    *("act", "units", "by_name", "due_at", "borrower", "purpose", "condition", "missing", "place", "why"),
    *("item", "lender", "serials"),
)
SCALE_FIELDS = (
    *("act", "kit", "weights", "stands_for", "by_name"),
    *("plate", "ticket", "gross_kg", "tare_kg", "stated_kg"),
)


@page(at_a_place=(Duty.KEEPER,), keeps=SCALE_FIELDS)
def scales(request: PageRequest, site: UUID) -> HttpResponse:
    """Packs one by one, trucks full and empty, a delivery held against its packs."""
    here = own_site(request, site)
    if request.method == "POST":
        _weigh(request, site)
        return redirect("keeper:scales", site=site)
    weighings = queries.weighings(site=site, limit=SHOWN)
    context = {
        "site": here,
        "kits": queries.kits(),
        "weighings": weighings,
        "trucks": [view for view in weighings if view.what == "TRUCK"],
        "statements": queries.statements(site=site, limit=SHOWN),
        "causes": CAUSES,
    }
    return render(request, "keeper/scales.html", context)


@page(at_a_place=(Duty.KEEPER,), keeps=LOAN_FIELDS)
def loans(request: PageRequest, site: UUID) -> HttpResponse:
    """Things this site lends: choose some, then lend, take back, report."""
    here = own_site(request, site)
    if request.method == "POST":
        _act_on_units(request, site)
        return redirect("keeper:loans", site=site)
    context = {
        "site": here,
        "units": [view for view in queries.units(site=site) if view.state != "OUTSIDE"],
        "goods": [(good.id, said(good.name_zh, good.name_en)) for good in items_in_order() if good.unit == "PIECE"],
        "conditions": CONDITIONS,
        "now": request.now,
    }
    return render(request, "keeper/loans.html", context)


def _weigh(request: PageRequest, site: UUID) -> None:
    act = request.POST.get("act", "")
    signed: dict[str, Any] = {
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if act == "packs":
        texts = [text for text in re.split(r"[\s,，、;；]+", request.POST.get("weights", "")) if text]
        weights = [grams_in(text, "weights") for text in texts]
        supply.weigh_packs(
            kit=uuid_from(request, "kit"),
            site=site,
            weights_g=weights,
            stands_for=number_from(request, "stands_for", least=1, default=len(weights)),
            by_name=text_from(request, "by_name"),
            photo=photo_from(request, "photo"),
            **signed,
        )
    elif act == "truck":
        supply.weigh_truck(
            site=site,
            plate=text_from(request, "plate"),
            ticket=request.POST.get("ticket", "").strip(),
            gross_g=number_from(request, "gross_kg", least=1) * KG,
            tare_g=number_from(request, "tare_kg") * KG,
            stated_g=number_from(request, "stated_kg", least=1) * KG,
            by_name=text_from(request, "by_name"),
            photo=photo_from(request, "photo"),
            **signed,
        )
    else:
        hold_against(request)
    messages.success(request, _("The weights are in the book. What is off has become a task of the command office."))


def _act_on_units(request: PageRequest, site: UUID) -> None:
    act = request.POST.get("act", "")
    signed: dict[str, Any] = {
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if act == "take-in":
        supply.take_in(
            item=uuid_from(request, "item"),
            lender=party_from(request, "lender"),
            serials=[line.strip() for line in text_from(request, "serials").splitlines() if line.strip()],
            site=site,
            is_sure=request.POST.get("is_sure") == "1",
            **signed,
        )
        messages.success(request, _("They are taken in and can be lent."))
        return
    units = queries.units_of(request.POST.getlist("units"))
    if act == "lend":
        supply.lend(
            units=units,
            borrower=party_from(request, "borrower"),
            site=site,
            due_at=moment_from(request, "due_at"),
            purpose=text_from(request, "purpose"),
            by_name=text_from(request, "by_name"),
            **signed,
        )
    elif act == "set-up":
        supply.set_up(units=units, by_name=text_from(request, "by_name"), place=text_from(request, "place"), **signed)
    elif act == "extend":
        supply.extend(units=units, due_at=moment_from(request, "due_at"), why=text_from(request, "why"), **signed)
    elif act == "take-back":
        supply.take_back(
            units=units,
            condition=request.POST.get("condition", ""),
            by_name=text_from(request, "by_name"),
            missing=request.POST.get("missing", "").strip(),
            **signed,
        )
    elif act == "lost":
        supply.report_lost(units=units, why=text_from(request, "why"), **signed)
    elif act == "send-home":
        supply.send_home(units=units, by_name=text_from(request, "by_name"), **signed)
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    messages.success(request, _("It is in the book."))
