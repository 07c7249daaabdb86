"""Loading and receiving: one tap where the truck is as on the waybill, else only the differences."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.queries import WaybillView
from baogong.kernel.actor import Duty
from baogong.web.pages import PageRequest, page, text_from, uuid_from
from baogong.web.paper.lines import line_forms, refusal_of, refuse_contradiction, typed_differences

NAME_MAX = 120
AT_LOADING = ("left",)
AT_RECEIPT = ("short", "damaged", "surplus")


@page(at_a_place=(Duty.KEEPER,))
def load(request: PageRequest, waybill: UUID) -> HttpResponse:
    """Custody passes to the truck: the driver takes over what is not left behind."""
    view = freight.waybill(waybill, now=request.now)
    request.actor.require(Duty.KEEPER, at=view.row.origin)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_load, request, view))
        if refused is None:
            return redirect("keeper:load", waybill=waybill)
        status, view = refused, freight.waybill(waybill, now=request.now)
    context = {
        "view": view,
        "row": view.row,
        "site": view.row.origin,
        "is_open": view.row.state == "PLANNED",
        "lines": line_forms(view.lines, AT_LOADING, by_loaded=view.row.state != "PLANNED", typed=request.POST),
        "name": request.POST.get("name", view.row.driver_name),
    }
    return render(request, "keeper/load.html", context, status=status)


def _load(request: PageRequest, view: WaybillView) -> None:
    differences = typed_differences(request, view.lines, AT_LOADING)
    refuse_contradiction(request, differs=bool(differences))
    acted = services.load(
        waybill=view.row.id,
        differences=differences,
        given_to_name=request.POST.get("name", "").strip()[:NAME_MAX],
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("%s is loaded. The driver can leave.") % acted.number)


@page(at_a_place=(Duty.KEEPER,))
def receive(request: PageRequest, waybill: UUID) -> HttpResponse:
    """The site takes over; a goods received note says what came and what did not."""
    view = freight.waybill(waybill, now=request.now)
    request.actor.require(Duty.KEEPER, at=view.row.target)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_receive, request, view))
        if refused is None:
            return redirect("keeper:receive", waybill=waybill)
        status, view = refused, freight.waybill(waybill, now=request.now)
    context = {
        "view": view,
        "row": view.row,
        "site": view.row.target,
        "is_open": view.row.state == "ARRIVED" and view.row.receiver is None,
        "lines": line_forms(view.lines, AT_RECEIPT, by_loaded=True, typed=request.POST),
        "name": request.POST.get("name", request.actor.name),
        "has_note": any(act.act == "RECEIVE" for act in view.acts),
    }
    return render(request, "keeper/receive.html", context, status=status)


def _receive(request: PageRequest, view: WaybillView) -> None:
    if request.POST.get("act") == "not_arrived":
        services.undo_arrival(
            waybill=view.row.id,
            why=text_from(request, "why"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The truck is on its way again; a document says why."))
        return
    differences = typed_differences(request, view.lines, AT_RECEIPT)
    refuse_contradiction(request, differs=bool(differences))
    acted = services.receive(
        waybill=view.row.id,
        differences=differences,
        given_to_name=request.POST.get("name", "").strip()[:NAME_MAX],
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("%s is received. Print the goods received note for the driver.") % acted.number)
    if acted.surpluses:
        messages.warning(request, _("What is more than written waits for another person to say where it came from."))
