"""Packing at one site: what the stock here allows, runs that are open, packs counted as they are done."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.supply import queries
from baogong.web.keeper.views.board import own_site
from baogong.web.packing import CAUSES, act_on_run, goods_of, look_ahead, open_run
from baogong.web.pages import PageRequest, page

ENDED_SHOWN = 20


@page(at_a_place=(Duty.KEEPER,))
def packing(request: PageRequest, site: UUID) -> HttpResponse:
    """Runs of this site; ask how many packs can be made here, and open a run."""
    here = own_site(request, site)
    if request.method == "POST":
        return redirect("keeper:packing_run", site=site, run=open_run(request, site))
    kits = queries.kits()
    kit = next((each for each in kits if str(each.id) == request.GET.get("kit")), None)
    runs = queries.packing_runs(site=site)
    context = {
        "site": here,
        "kits": kits,
        "kit": kit,
        "outlook": look_ahead(request, kit, site),
        "open": [run for run in runs if run.state == "OPEN"],
        "ended": [run for run in runs if run.state != "OPEN"][:ENDED_SHOWN],
    }
    return render(request, "keeper/packing.html", context)


@page(at_a_place=(Duty.KEEPER,))
def packing_run(request: PageRequest, site: UUID, run: UUID) -> HttpResponse:
    """Count packs, write down what went into none, close the run."""
    here = own_site(request, site)
    view = queries.packing_run(run)
    if view.head.site != site:
        raise NotFound(_("This run is packed at another site."), where=view.head.number)
    if request.method == "POST":
        act_on_run(request, view)
        return redirect("keeper:packing_run", site=site, run=run)
    context = {"site": here, "run": view, "causes": CAUSES, "goods": goods_of(view), "may_pack": True}
    return render(request, "keeper/packing_run.html", context)
