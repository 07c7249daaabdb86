"""A driver's own pages: the next act as a big button, what to show at the gate, the receiver's signature."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.queries import DriverTask, PassView, WaybillRow, WaybillView
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.places import queries as places
from baogong.places.queries import SiteView
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    keep_typed,
    moment_from,
    number_from,
    page,
    photo_from,
    show,
    text_from,
    uuid_from,
)
from baogong.web.paper.delays import DELAY_FIELDS, later_times
from baogong.web.paper.lines import line_forms, refusal_of, refuse_contradiction, typed_differences

# What is under way is done first: a truck at a receiver's door before one that is still to be loaded.
TURN = ("HAND_OVER", "RECEIVE", "ARRIVE", "DEPART", "LOAD")
AT_HANDOVER = ("refused", "damaged", "short")
NAME_MAX = 120


@page(at_a_place=(Duty.DRIVER,))
def home(request: PageRequest) -> HttpResponse:
    """My tasks, the next one first and large."""
    tasks = sorted(freight.driver_tasks(request.actor, now=request.now), key=_turn)
    return show(request, "driver/home.html", {"tasks": tasks, "now": request.now})


def _turn(task: DriverTask) -> tuple[int, object, str]:
    return TURN.index(task.act), task.row.expected_arrive_at, task.row.number


@page(at_a_place=(Duty.DRIVER,), keeps=DELAY_FIELDS)
def trip(request: PageRequest, waybill: UUID) -> HttpResponse:
    """One waybill: the next act, where to, what is in the way, a delay to report."""
    row, act = _own(request, waybill)
    if request.method == "POST":
        # A refusal comes back here, not to the list: this page says what stands in the way.
        if refusal_of(request, partial(_act, request, row)) is not None:
            keep_typed(request, DELAY_FIELDS)
        return redirect("driver:trip", waybill=waybill)
    ends = {site.id: site for site in places.sites(ids={row.origin, row.target})}
    passes = _passes(row)
    context = {
        "row": row,
        "act": act,
        "origin": ends[row.origin],
        "target": ends[row.target],
        "distance_km": round(row.distance_m / 1000),
        "drive": row.planned_arrive_at - row.planned_depart_at,
        "passes": passes,
        "obstacles": _obstacles(request, row, ends, passes),
        "later": later_times(row, request.now),
        "may_lose": row.state in ("LOADED", "DEPARTED", "ARRIVED"),
        "now": request.now,
    }
    return show(request, "driver/trip.html", context)


def _own(request: PageRequest, waybill: UUID) -> tuple[WaybillRow, str]:
    """
    A waybill out of the task list, or of a vehicle within the duty's reach, and the next act on it; "" once it is
    signed for. Raises NotYourPlace.
    """
    tasks = freight.driver_tasks(request.actor, now=request.now)
    task = next((task for task in tasks if task.row.id == waybill), None)
    if task is not None:
        return task.row, task.act
    row = freight.waybill(waybill, now=request.now).row
    _require_own(request, row)
    last = "HAND_OVER" if row.receiver else "RECEIVE"
    return row, {"PLANNED": "LOAD", "LOADED": "DEPART", "DEPARTED": "ARRIVE", "ARRIVED": last}.get(row.state, "")


def _require_own(request: PageRequest, row: WaybillRow) -> None:
    mine = row.driver is not None and row.driver == request.actor.person_id
    if not mine and not any(request.actor.may(Duty.DRIVER, at) for at in (row.vehicle, row.carrier)):
        request.actor.require(Duty.DRIVER, at=row.vehicle or row.carrier)


def _passes(row: WaybillRow) -> list[PassView]:
    if row.vehicle is None:
        return []
    return [granted for granted in freight.passes(vehicles=[row.vehicle]) if granted.revoked_at is None]


def _obstacles(request: PageRequest, row: WaybillRow, ends: dict[UUID, SiteView], passes: list[PassView]) -> list[str]:
    """What would be refused at this moment, before it is tried."""
    found = []
    now = request.now
    if row.state == "LOADED" and now < row.earliest_depart_at:
        found.append(_("Too early: this truck leaves at %s at the earliest.") % _local(row.earliest_depart_at))
        if request.book_mark.is_drill:
            found.append(
                _("This is a drill: an administrator can set its clock forward, in the bar that tells its time.")
            )
    if row.state == "LOADED" and row.plan is not None and row.carrier_answer != "ACCEPTED":
        found.append(_("The carrier has not agreed to the plan yet."))
    if row.state in ("LOADED", "DEPARTED"):
        start, end = ends[row.origin], ends[row.target]
        sealed = [site for site in (start, end) if site.area is not None and site.is_sealed(now)]
        for site in sealed if start.area != end.area else ():
            if not any(granted.area == site.area and granted.is_valid(now) for granted in passes):
                said = (
                    _("No pass for %(area)s is valid now: %(plate)s cannot cross the seal.")
                    if row.state == "LOADED"
                    else _("No pass for %(area)s is valid now: ring the office before %(plate)s reaches the seal.")
                )
                found.append(said % {"area": site.area_name, "plate": row.plate or row.truck})
    return found


def _local(moment: object) -> str:
    return timezone.localtime(moment).strftime("%m-%d %H:%M")  # type: ignore[arg-type]


def _act(request: PageRequest, row: WaybillRow) -> None:
    act = request.POST.get("act", "")
    if act in ("depart", "arrive"):
        who: dict[str, Any] = {
            "actor": request.actor,
            "now": request.now,
            "request_id": uuid_from(request, "request_id"),
        }
        if act == "depart":
            services.depart(waybill=row.id, **who)
        else:
            services.arrive(waybill=row.id, confirmed=request.POST.get("confirmed") == "1", **who)
        messages.success(
            request,
            _("%s has left. Drive carefully.") % row.number if act == "depart" else _("%s has arrived.") % row.number,
        )
        return
    if act != "delay":
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    arrive_at = moment_from(request, "later_at" if request.POST.get("later_at") else "arrive_at")
    services.report_delay(
        waybill=row.id,
        arrive_at=arrive_at,
        why=text_from(request, "why")[:NAME_MAX],
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("Reported: expected %s. The command office sees it now.") % _local(arrive_at))


@page(at_a_place=(Duty.DRIVER,))
def loss(request: PageRequest, waybill: UUID) -> HttpResponse:
    """What is gone of the load: how much of each line, where, what happened, a photo."""
    view = freight.waybill(waybill, now=request.now)
    _require_own(request, view.row)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_report_loss, request, view))
        if refused is None:
            return redirect("driver:trip", waybill=waybill)
        status = refused
    lines = [(line, request.POST.get(f"lost_{line.position}", "0")) for line in view.lines if line.loaded > line.short]
    return render(request, "driver/loss.html", {"row": view.row, "lines": lines, "typed": request.POST}, status=status)


def _report_loss(request: PageRequest, view: WaybillView) -> None:
    lost = [(line.id, number_from(request, f"lost_{line.position}", default=0)) for line in view.lines]
    services.report_loss(
        waybill=view.row.id,
        losses=[services.Lost(line, amount) for line, amount in lost if amount],
        where=text_from(request, "where")[:NAME_MAX],
        words=text_from(request, "words")[:NAME_MAX],
        evidence=_evidence(request, ""),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("The loss is reported. The owner and the receiver read it on their pages."))


@page(at_a_place=(Duty.DRIVER,))
def gate(request: PageRequest, waybill: UUID) -> HttpResponse:
    """For the guard's eyes: plate, pass with its validity, waybill number as text and QR."""
    row, _act_next = _own(request, waybill)
    passes = [(granted, granted.is_valid(request.now)) for granted in _passes(row)]
    return show(request, "driver/gate.html", {"row": row, "passes": passes, "now": request.now})


@page(at_a_place=(Duty.DRIVER,))
def hand_over(request: PageRequest, waybill: UUID) -> HttpResponse:
    """The receiver's hand: a name, a drawn signature, a photo or a witness, and what is not taken."""
    view = freight.waybill(waybill, now=request.now)
    _require_own(request, view.row)
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_hand_over, request, view))
        if refused is None:
            return redirect("driver:hand_over", waybill=waybill)
        status, view = refused, freight.waybill(waybill, now=request.now)
    context = {
        "view": view,
        "row": view.row,
        "is_open": view.row.state == "ARRIVED" and view.row.receiver is not None,
        "lines": line_forms(view.lines, AT_HANDOVER, by_loaded=True, typed=request.POST),
        "typed": request.POST,
        "signed": next((act for act in reversed(view.acts) if act.act == "HAND_OVER"), None),
    }
    return render(request, "driver/hand_over.html", context, status=status)


def _hand_over(request: PageRequest, view: WaybillView) -> None:
    differences = typed_differences(request, view.lines, AT_HANDOVER)
    refuse_contradiction(request, differs=bool(differences))
    signed_by = request.POST.get("signed_by", "").strip()[:NAME_MAX]
    acted = services.hand_over(
        waybill=view.row.id,
        signed_by=signed_by,
        evidence=_evidence(request, signed_by),
        differences=differences,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(
        request, _("%(number)s: signed for by %(name)s. Thank you.") % {"number": acted.number, "name": signed_by}
    )
    if acted.also:
        messages.warning(request, _("What was refused goes back: a new waybill stands in your list."))


def _evidence(request: PageRequest, signed_by: str) -> list[EvidenceIn]:
    """What the phone sends beside the typed name; the journal re-encodes pictures and refuses what is none."""
    pieces = []
    strokes = request.POST.get("strokes", "").strip()
    if strokes:
        pieces.append(EvidenceIn(kind="SIGNATURE", payload=strokes.encode(), by_name=signed_by))
    if photo := photo_from(request, "photo"):
        pieces.append(EvidenceIn(kind="PHOTO", payload=photo, by_name=request.actor.name))
    witness = request.POST.get("witness", "").strip()[:NAME_MAX]
    if witness:
        pieces.append(EvidenceIn(kind="WITNESS", by_name=witness))
    return pieces
