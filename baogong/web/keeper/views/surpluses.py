"""More came off the truck than was written: who counted it, and who says where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.journal import queries as papers
from baogong.kernel.actor import Actor, Duty
from baogong.people.queries.access import reach
from baogong.web.names import item_names, party_names
from baogong.web.pages import PageRequest, page, uuid_from

DECIDERS = (Duty.COMMAND, Duty.APPROVER)
DECISIONS = ("FROM_ORIGIN", "FOUND", "MISCOUNT")


@dataclass(frozen=True, slots=True)
class SurplusRow:
    id: UUID
    number: str
    waybill: UUID
    site_name: str
    item_name: str
    amount: int
    note: str
    found_at: datetime
    counted_by: str
    is_own: bool  # counted by the one who looks: another person decides


@page(*DECIDERS, at_a_place=(Duty.KEEPER,))
def surpluses(request: PageRequest) -> HttpResponse:
    """Open ones at the visitor's sites; whoever may decide, and did not count, decides here."""
    if request.method == "POST":
        services.settle_surplus(
            surplus=uuid_from(request, "surplus"),
            decision=request.POST.get("decision", ""),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The decision is on record."))
        return redirect("keeper:surpluses")
    context = {
        "rows": _rows(request.actor),
        "decisions": DECISIONS,
        "may_decide": request.actor.may_any(*DECIDERS),
    }
    return render(request, "keeper/surpluses.html", context)


def _rows(actor: Actor) -> list[SurplusRow]:
    own = reach(actor, Duty.KEEPER, *DECIDERS)
    papers_of = {paper.id: paper for paper in papers.documents(kind="SURPLUS", states=["WAITING", "SIGNED", "ALONE"])}
    found = [
        (surplus, papers_of[surplus.document])
        for surplus in freight.surpluses(open_only=True)
        if surplus.document in papers_of and (own is None or UUID(papers_of[surplus.document].body["site"]) in own)
    ]
    items = item_names() if found else {}
    sites = party_names({UUID(paper.body["site"]) for _surplus, paper in found}) if found else {}
    return [
        SurplusRow(
            id=surplus.id,
            number=f"{surplus.number}/{surplus.position}",
            waybill=surplus.waybill,
            site_name=sites[UUID(paper.body["site"])],
            item_name=items[UUID(paper.body["item"])],
            amount=surplus.amount,
            note=paper.body["note"],
            found_at=surplus.found_at,
            counted_by=paper.drawn_by_name,
            is_own=paper.drawn_by is not None and paper.drawn_by == actor.person_id,
        )
        for surplus, paper in found
    ]
