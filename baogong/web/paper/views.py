"""
The sheets that ride with the goods or hang over them: waybill, packing list, goods received note, stock card, gift
certificate (the names of IFRC and the Logistics Cluster).

They are Chinese and English side by side, whatever the visitor's language: who signs at the far end is another reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation

from baogong.catalogue import queries as catalogue
from baogong.freight import queries as freight
from baogong.freight.queries import ActView, LineView, WaybillRow, WaybillView
from baogong.journal import queries as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound
from baogong.places import queries as places
from baogong.supply import queries as supply
from baogong.supply.queries import CardLine
from baogong.web.pages import PageRequest, page
from baogong.web.paper.lines import Boxed, boxed
from baogong.web.words import word

OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
READERS = (*OFFICE, Duty.KEEPER, Duty.DRIVER, Duty.CARRIER)
UNITS = {
    "PIECE": "件 pcs",
    "SET": "套 sets",
    "PAIR": "双 pairs",
    "BOTTLE": "瓶 bottles",
    "PACK": "份 packs",
    "G": "克 g",
}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line as printed: `count` on the way out, weight of its whole cartons."""

    line: LineView
    unit: str
    count: Boxed
    weight_kg: str


@dataclass(frozen=True, slots=True)
class PackedRow:
    """Cartons `first` to `last` of the load hold the line; the last one `rest` units where it is not full."""

    packed: SheetLine
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a goods received note: what the waybill said, what came, and every difference in words of amount."""

    line: LineView
    unit: str
    written: Boxed
    received: Boxed
    short: int
    damaged: int
    refused: int
    surplus: int
    note: str

    @property
    def differs(self) -> bool:
        return bool(self.short or self.damaged or self.refused or self.surplus)


@page(at_a_place=READERS)
def waybill(request: PageRequest, number: str) -> HttpResponse:
    """What is aboard, from whom to whom, with room for three signatures."""
    view = _waybill(request, number)
    ends = {site.id: site for site in places.sites(ids={view.row.origin, view.row.target})}
    context = {
        "view": view,
        "row": view.row,
        "lines": [_sheet_line(line, view.row) for line in view.lines],
        "weight_kg": _kg(view.weight_g),
        "volume_m3": f"{view.volume_cm3 / 1_000_000:,.2f}",
        "distance_km": round(view.row.distance_m / 1000),
        "origin": ends[view.row.origin],
        "target": ends[view.row.target],
        "loaded": _last(view, "LOAD"),
        "received": _last(view, "RECEIVE") or _last(view, "HAND_OVER"),
    }
    return render(request, "paper/waybill.html", context)


@page(at_a_place=READERS)
def packing(request: PageRequest, number: str) -> HttpResponse:
    """What stands in which carton of the load: full cartons first, then the opened one."""
    view = _waybill(request, number)
    rows, last = [], 0
    for line in view.lines:
        packed = _sheet_line(line, view.row)
        cartons = packed.count.full + (packed.count.rest > 0)
        if cartons:
            rows.append(PackedRow(packed, last + 1, last + cartons))
            last += cartons
    return render(request, "paper/packing.html", {"view": view, "row": view.row, "rows": rows, "cartons_count": last})


@page(at_a_place=READERS)
def note(request: PageRequest, number: str) -> HttpResponse:
    """The goods received note: what came, what did not, who says so."""
    view = _waybill(request, number)
    act = _last(view, "RECEIVE") or _last(view, "HAND_OVER")
    if act is None or act.document is None:
        raise NotFound(
            "Nobody has signed for this waybill yet; there is no goods received note.",
            where=number,
            cure="Receive the truck first, or let the receiver sign.",
        )
    papers = journal.documents(subject=view.row.id)
    paper = next(each for each in papers if each.id == act.document)
    said = {line["position"]: line for line in paper.body["lines"]}
    lines = [_note_line(line, said[line.position]) for line in view.lines if line.position in said]
    context = {
        "view": view,
        "row": view.row,
        "paper": paper,
        "act": act,
        "lines": lines,
        "reports": [each for each in papers if each.kind in ("LOSS_REPORT", "DAMAGE_REPORT")],
        "differs": any(line.differs for line in lines),
        "loaded": _last(view, "LOAD"),
    }
    return render(request, "paper/note.html", context)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A line of a stock card with its reason in both languages."""

    line: CardLine
    why_zh: str
    why_en: str


@page(at_a_place=(*OFFICE, Duty.KEEPER))
def card(request: PageRequest, site: UUID, item: UUID) -> HttpResponse:
    """The stock card of one item at one site: in, out and balance, as it hangs over the pile."""
    request.actor.require(*OFFICE, Duty.KEEPER, at=site)
    good = catalogue.item(item)
    lines = supply.stock_card(site, item)
    context = {
        "site": places.site(site),
        "item": good,
        "unit": UNITS.get(good.unit, ""),
        "lines": [CardRow(line, _reason_in(line.reason, "zh-hans"), _reason_in(line.reason, "en")) for line in lines],
        "stands": lines[-1].stands if lines else 0,
        "now": request.now,
    }
    return render(request, "paper/card.html", context)


@page(*OFFICE, at_a_place=(Duty.KEEPER,))
def certificate(request: PageRequest, gift: UUID) -> HttpResponse:
    """The gift certificate: what was given, on which terms and for whom, with room for two signatures."""
    view = supply.gift(gift)
    is_office = request.actor.may_any(*OFFICE)
    if not is_office and not any(line.site and request.actor.may(Duty.KEEPER, line.site) for line in view.lines):
        request.actor.require(*OFFICE)
    goods = {good.id: good for good in catalogue.items()}
    context = {
        "gift": view,
        "lines": [
            {"line": line, "unit": UNITS.get(line.unit, ""), "class_code": goods[line.item].class_code}
            for line in view.lines
        ],
        "may_open_gift": is_office,
    }
    return render(request, "paper/certificate.html", context)


def _reason_in(reason: str, language: str) -> str:
    with translation.override(language):
        return str(word(reason, "reason"))


def may_read(actor: Actor, row: WaybillRow) -> bool:
    """The office reads all; a keeper what leaves or comes to the site; driver and dispatcher what they carry."""
    return (
        any(actor.may(duty, end) for duty in (*OFFICE, Duty.KEEPER) for end in (row.origin, row.target))
        or any(actor.may(Duty.DRIVER, at) for at in (row.vehicle, row.carrier) if at is not None)
        or (Duty.DRIVER in actor.reach and row.driver is not None and row.driver == actor.person_id)
        or actor.may(Duty.CARRIER, row.carrier)
    )


def _waybill(request: PageRequest, number: str) -> WaybillView:
    view = freight.waybill(number, now=request.now)
    if not may_read(request.actor, view.row):
        request.actor.require(Duty.COMMAND)
    return view


def _sheet_line(line: LineView, row: WaybillRow) -> SheetLine:
    amount = line.loaded if row.loaded_at is not None else line.amount
    return SheetLine(line, UNITS.get(line.unit, ""), boxed(amount, line.pieces_per_carton), _kg(line.weight_g))


def _note_line(line: LineView, said: Mapping[str, Any]) -> NoteLine:
    return NoteLine(
        line=line,
        unit=UNITS.get(line.unit, ""),
        written=boxed(said["loaded"], line.pieces_per_carton),
        received=boxed(said["received"], line.pieces_per_carton),
        short=said["short"],
        damaged=said["damaged"],
        refused=said["refused"],
        surplus=said["surplus"],
        note=said["note"],
    )


def _last(view: WaybillView, what: str) -> ActView | None:
    return next((act for act in reversed(view.acts) if act.act == what), None)


def _kg(weight_g: int) -> str:
    return f"{weight_g / 1000:,.1f}"
