"""What comes next, what leaves next: the page a keeper has open all night."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect

from baogong.freight import queries as freight
from baogong.kernel.actor import Duty
from baogong.people.queries.access import reach
from baogong.places import queries as places
from baogong.places.queries import SiteView
from baogong.web.pages import PageRequest, page, show

STORES = frozenset({"WAREHOUSE", "HUB", "PICKUP"})


@page(at_a_place=(Duty.KEEPER,))
def home(request: PageRequest) -> HttpResponse:
    """Straight to the one site of a keeper who has one; else the sites to choose from."""
    own = reach(request.actor, Duty.KEEPER)
    found = places.sites(ids=own) if own is not None else [site for site in places.sites() if site.role in STORES]
    if len(found) == 1:
        return redirect("keeper:site", site=found[0].id)
    return show(request, "keeper/home.html", {"sites": found})


@page(at_a_place=(Duty.KEEPER,))
def site(request: PageRequest, site: UUID) -> HttpResponse:
    """Arrivals and departures of one site; goods and gifts are fetched into the page, or stand behind their tabs."""
    context = {
        "site": own_site(request, site),
        "arrivals": freight.next_arrivals(site, now=request.now),
        "departures": freight.next_departures(site, now=request.now),
        "now": request.now,
    }
    return show(request, "keeper/site.html", context)


def own_site(request: PageRequest, site: UUID) -> SiteView:
    """Raises NotYourPlace before anything is read of a place that is another keeper's."""
    request.actor.require(Duty.KEEPER, at=site)
    return places.site(site)
