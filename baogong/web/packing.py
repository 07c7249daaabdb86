"""What the command office and a keeper do alike with a packing run: look ahead, open it, count, throw away, take back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.utils.translation import gettext as _

from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.pack_views import KitView, RunView
from baogong.supply.queries import Outlook
from baogong.web.pages import PageRequest, UnusableForm, number_from, text_from, uuid_from
from baogong.web.templatetags.baogong import said

CAUSES = ("TRIMMING", "ROTTEN", "BROKEN", "MOISTURE")
PACKS_MAX = 1_000_000


def asked_number(request: PageRequest, field: str) -> int:
    """A number out of the address; 0 where there is none that can be used."""
    text = request.GET.get(field, "").strip()
    return min(int(text), PACKS_MAX) if text.isascii() and text.isdigit() else 0


def look_ahead(request: PageRequest, kit: KitView | None, site: UUID | None) -> Outlook | None:
    """What the address asks about: ?packs=…; None where it asks nothing."""
    wanted = asked_number(request, "packs")
    if kit is None or site is None or wanted == 0:
        return None
    return queries.outlook(kit=kit, site=site, wanted=wanted, now=request.now)


def open_run(request: PageRequest, site: UUID) -> UUID:
    """Open the run the form describes; returns its id."""
    run = supply.open_run(
        kit=uuid_from(request, "kit"),
        site=site,
        packs=number_from(request, "packs", least=1),
        line_name=request.POST.get("line_name", "").strip(),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("The goods are set aside. Count packs as they are done."))
    return run


def goods_of(run: RunView) -> list[tuple[UUID, object, str]]:
    """(item, name, unit) of all that goes into the run's packs."""
    parts = {part.item: part for layer in run.layers for part in layer.parts}
    return [(item, said(part.item_zh, part.item_en), part.unit) for item, part in parts.items()]


def act_on_run(request: PageRequest, run: RunView) -> None:
    """One button of a run's page: count, waste, close, take back."""
    act = request.POST.get("act", "")
    signed: dict[str, Any] = {
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    if act == "tally":
        supply.tally_packs(run=run.head.id, packs=number_from(request, "packs", least=1), **signed)
        messages.success(request, _("The packs are in the book."))
    elif act == "waste":
        supply.record_waste(
            run=run.head.id,
            wastes=[
                supply.Waste(
                    uuid_from(request, "item"), number_from(request, "amount", least=1), request.POST.get("cause", "")
                )
            ],
            note=request.POST.get("note", "").strip(),
            **signed,
        )
        messages.success(request, _("What went into no pack is written down."))
    elif act == "close":
        supply.close_run(run=run.head.id, note=request.POST.get("note", "").strip(), **signed)
        messages.success(request, _("The run is closed. What was left is free again."))
    elif act == "undo-tally":
        supply.undo_tally(tally=uuid_from(request, "tally"), why=text_from(request, "why"), **signed)
        messages.success(request, _("The packs are taken apart; their goods are set aside again."))
    elif act == "undo":
        supply.undo_run(run=run.head.id, why=text_from(request, "why"), **signed)
        messages.success(request, _("The run is taken back."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
