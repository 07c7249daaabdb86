"""Who asks to have goods carried: what they wrote, what it surely means, and the answer line by line."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.journal.queries import evidence_under
from baogong.kernel.actor import Duty
from baogong.people.queries.parties import NameInDoubt, NameUnknown, parties
from baogong.people.services.parties import register_party
from baogong.places.queries import sites
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.views import CarriageView
from baogong.web.command.views.goods import make_giver_link
from baogong.web.command.views.group import OFFICE
from baogong.web.names import item_names, party_names
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    uuid_or_none,
)

ASKERS = ("SITE", "TEAM", "ORGANISATION")


@page(*OFFICE, keeps=("party", "name"))
def requests(request: PageRequest) -> HttpResponse:
    """What waits for an answer first; a private link for whoever wants to ask."""
    if request.method == "POST":
        _make_link(request)
        return redirect("command:carriage")
    found = queries.carriage_requests()
    context = {
        "waiting": [one for one in found if one.state == "ASKED"],
        "answered": [one for one in found if one.state != "ASKED"],
        "organisations": parties(kinds=["ORGANISATION"]),
        "typed": {field: values[0] for field, values in request.typed.items() if values},
        "link": request.session.pop("giver_link", None),
        "may_write": _may_write(request),
    }
    return render(request, "command/carriage.html", context)


def _may_write(request: PageRequest) -> bool:
    return request.actor.may_any(Duty.COMMAND, Duty.CLERK)


def _make_link(request: PageRequest) -> None:
    """For one who is known, or for one whose name is written down now. The code is told by telephone."""
    request.actor.require(Duty.COMMAND, Duty.CLERK)
    name = request.POST.get("name", "").strip()
    known = request.POST.get("party", "")
    if not name and not known:
        raise UnusableForm(
            _("Nobody is named. No link was made."), where="name", cure=_("Choose who asks, or write a new name.")
        )
    code = text_from(request, "code")
    make_giver_link(request, _named(request, name) if name else uuid_from(request, "party"), code=code)


def _named(request: PageRequest, name: str) -> UUID:
    """Whoever has this name, or somebody new: at once where no name is near, else where the form says so."""
    try:
        return party_from(request, "name", kinds=ASKERS)
    except NameUnknown:
        pass
    except NameInDoubt as doubt:
        if request.POST.get("is_new") != "1":
            likely = "、".join(each["name"] for each in doubt.data["candidates"])
            raise UnusableForm(
                _("“%s” names nobody for certain. No link was made.") % name,
                where="name",
                found=name,
                expected=likely,
                cure=_("Did you mean: %s? Choose it from the list; if it is none of these, tick “Really new”.")
                % likely,
            ) from doubt
    return register_party(kind="ORGANISATION", name=name, now=request.now)


@page(*OFFICE)
def carriage(request: PageRequest, carriage: UUID) -> HttpResponse:
    """One request beside what its words surely mean; taken or left line by line."""
    view = queries.carriage_request(carriage)
    if request.method == "POST":
        if request.POST.get("act") == "refuse":
            supply.refuse_carriage(
                request=carriage,
                why=text_from(request, "why"),
                actor=request.actor,
                now=request.now,
                request_id=uuid_from(request, "request_id"),
            )
            messages.success(request, _("Refused; the consignor reads why."))
            return redirect("command:carriage")
        gift = _accept(request, view)
        messages.success(request, _("Taken as a consignment; look at it against its standard."))
        return redirect("command:gift", gift=gift)
    is_open = view.state == "ASKED" and _may_write(request)
    context = {
        "carriage": view,
        "lines": list(zip(view.lines, queries.carriage_hints(view), strict=True)) if is_open else [],
        "is_open": is_open,
        "papers": evidence_under([view.document]) if view.papers_count else (),
        "goods": item_names() if is_open else {},
        "receivers": party_names() if is_open else {},
        "sites": sites() if is_open else (),
    }
    return render(request, "command/carriage_request.html", context)


def _accept(request: PageRequest, view: CarriageView) -> UUID:
    post = request.POST
    taken, refused = [], {}
    for line in view.lines:
        if post.get(f"take_{line.no}") != "1":
            refused[line.no] = post.get(f"why_{line.no}", "")
            continue
        packed = post.get(f"packed_{line.no}", "").strip()
        taken.append(
            supply.Taken(
                no=line.no,
                item=uuid_from(request, f"item_{line.no}"),
                amount=number_from(request, f"amount_{line.no}", least=1),
                receiver=party_from(request, f"receiver_{line.no}", kinds=["SITE", "TEAM", "ORGANISATION"]),
                site=uuid_or_none(request, f"site_{line.no}"),
                standard=post.get(f"standard_{line.no}", "").strip()[:40],
                expires_on=line.expires_on,
                pieces_per_carton=number_from(request, f"packed_{line.no}", least=1) if packed else None,
            )
        )
    return supply.accept_carriage(
        request=view.id,
        taken=taken,
        refused=refused,
        answer=post.get("answer", ""),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
