"""Gifts and goods carried for others, as they come in at the gate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.needs.queries.sight import OFFICE
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.services import Arrival
from baogong.supply.views import GiftLineView, GiftView
from baogong.web.keeper.views.board import own_site
from baogong.web.pages import PageRequest, number_from, page, show, uuid_from
from baogong.web.paper.lines import NOTE_MAX, Boxed, boxed, refusal_of, refuse_contradiction, typed_amount

TAKEN = ("AS_GIVEN", "COMMUNITY")


@dataclass(frozen=True, slots=True)
class GiftLineForm:
    """A line awaited here: `count` still to come, and what was typed before a refusal."""

    line: GiftLineView
    count: Boxed
    arrived_cartons: str
    arrived_units: str
    damaged_cartons: str
    damaged_units: str
    note: str
    more: bool

    @property
    def is_open(self) -> bool:
        typed = (self.arrived_cartons, self.arrived_units, self.damaged_cartons, self.damaged_units, self.note)
        return self.more or any(typed)


@page(at_a_place=(Duty.KEEPER,))
def gifts(request: PageRequest, site: UUID) -> HttpResponse:
    """Accepted gifts with lines that are to come in here."""
    here = own_site(request, site)
    waiting = [(gift, awaited(gift, site)) for gift in queries.gifts(state="ACCEPTED")]
    context = {"site": here, "gifts": [(gift, lines) for gift, lines in waiting if lines]}
    return show(request, "keeper/gifts.html", context, partial="rows")


def awaited(gift: GiftView, site: UUID) -> list[GiftLineView]:
    """Lines taken, not complete, and meant for this site or for none in particular."""
    return [line for line in gift.lines if line.verdict in TAKEN and not line.is_complete and line.site in (None, site)]


@page(at_a_place=(Duty.KEEPER,))
def gift(request: PageRequest, site: UUID, gift: UUID) -> HttpResponse:
    """Sign for what came: as offered in one tap, else only the differences."""
    here = own_site(request, site)
    view = queries.gift(gift)
    lines = awaited(view, site)
    if not lines and all(line.site not in (None, site) for line in view.lines):
        raise NotFound("This gift comes in at another place.", where=view.number, cure="Look at the list of gifts.")
    status = 200
    if request.method == "POST":
        refused = refusal_of(request, partial(_receive, request, site, view))
        if refused is None:
            return redirect("keeper:gifts", site=site)
        status = refused
    forms = [_form(request, line) for line in lines]
    # The certificate opens to the keepers of the gift's own sites; what is meant for none in particular has none yet.
    may_certify = request.actor.may_any(*OFFICE) or any(
        line.site is not None and request.actor.may(Duty.KEEPER, line.site) for line in view.lines
    )
    context = {"site": here, "gift": view, "lines": forms, "may_certify": may_certify}
    return render(request, "keeper/gift.html", context, status=status)


def _form(request: PageRequest, line: GiftLineView) -> GiftLineForm:
    post = request.POST
    return GiftLineForm(
        line=line,
        count=boxed(line.offered - line.arrived, line.pieces_per_carton),
        arrived_cartons=post.get(f"arrived_cartons_{line.no}", ""),
        arrived_units=post.get(f"arrived_units_{line.no}", ""),
        damaged_cartons=post.get(f"damaged_cartons_{line.no}", ""),
        damaged_units=post.get(f"damaged_units_{line.no}", ""),
        note=post.get(f"note_{line.no}", ""),
        more=post.get(f"more_{line.no}") == "1",
    )


def _receive(request: PageRequest, site: UUID, view: GiftView) -> None:
    # What the page showed comes back with the form: sent twice it says the same, though the gift has moved on.
    shown = [line for line in view.lines if f"awaited_{line.no}" in request.POST]
    as_offered = [Arrival(no=line.no, arrived=number_from(request, f"awaited_{line.no}")) for line in shown]
    arrivals = [_arrival(request, line, offered.arrived) for line, offered in zip(shown, as_offered, strict=True)]
    refuse_contradiction(request, differs=arrivals != as_offered)
    supply.receive_gift(
        gift=view.id,
        site=site,
        arrivals=arrivals,
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    messages.success(request, _("%s is received into the book.") % view.number)


def _arrival(request: PageRequest, line: GiftLineView, awaited: int) -> Arrival:
    post = request.POST
    is_said = any(post.get(f"arrived_{part}_{line.no}", "").strip() for part in ("cartons", "units"))
    return Arrival(
        no=line.no,
        arrived=typed_amount(request, "arrived", line.no, line.pieces_per_carton) if is_said else awaited,
        damaged=typed_amount(request, "damaged", line.no, line.pieces_per_carton),
        is_last=post.get(f"more_{line.no}") != "1",
        note=post.get(f"note_{line.no}", "").strip()[:NOTE_MAX],
    )
