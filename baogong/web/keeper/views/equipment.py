"""Roll cages and trailers: out with a vehicle, and home again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.web.keeper.views.board import own_site
from baogong.web.names import item_names
from baogong.web.pages import PageRequest, number_from, page, uuid_from


@page(at_a_place=(Duty.KEEPER,))
def equipment(request: PageRequest, site: UUID) -> HttpResponse:
    """What vehicles took along and have not put down; what stands here to be taken."""
    request.actor.require(Duty.KEEPER, at=site)
    if request.method == "POST":
        move = services.take_equipment if request.POST.get("way") == "out" else services.put_down_equipment
        move(
            vehicle=uuid_from(request, "vehicle"),
            site=site,
            lot=uuid_from(request, "lot"),
            amount=number_from(request, "amount", least=1),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The move of equipment is in the book."))
        return redirect("keeper:equipment", site=site)
    out = freight.equipment()
    standing = book.balances(holders=[site], states=[State.AVAILABLE])
    names = item_names()
    lots = {view.lot.id: view.lot for view in standing} | {lot.id: lot for lot in book.lots([row.lot for row in out])}
    context = {
        "site": own_site(request, site),
        "out": [(row, names[lots[row.lot].item]) for row in out],
        "here": [(view, names[view.lot.item]) for view in standing if view.free and view.lot.donor is None],
        "vehicles": sorted(
            {(row.plate, row.vehicle) for row in freight.next_departures(site, now=request.now) if row.vehicle}
        ),
    }
    return render(request, "keeper/equipment.html", context)
