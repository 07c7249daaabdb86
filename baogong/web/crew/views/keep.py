"""Beds, meals and kit of the crew: nothing here touches relief."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.crew import queries, services
from baogong.crew.services import WRITERS
from baogong.journal.clock import house_day
from baogong.web.crew.views.places import no_such_button, own_place, page_of
from baogong.web.pages import (
    PageRequest,
    day_from,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    uuid_or_none,
    uuids_from,
    written,
)


@page(at_a_place=WRITERS)
def keep(request: PageRequest, place: UUID) -> HttpResponse:
    """Who sleeps where, who has eaten, what was given out and must come back."""
    here = own_place(request, place)
    if request.method == "POST":
        _act(request, place)
        return redirect("crew:keep", place=place)
    today = house_day(request.now)
    context = {
        "lodgings": queries.lodgings(place),
        "meals": queries.meals(place, today),
        "today": today,
        "kit": queries.kit(place, is_out=True),
        "sums": queries.kit_sums(place),
    }
    return render(request, "crew/keep.html", page_of(request, here, "keep", **context))


@page(at_a_place=WRITERS)
def kit(request: PageRequest, place: UUID) -> HttpResponse:
    """Kit off the place's own shelf, which the book moves: to one person or to a whole list; what of it is out."""
    here = own_place(request, place)
    if request.method == "POST":
        _give_out(request, place)
        return redirect("crew:kit", place=place)
    context = {
        "lists": [call for call in queries.calls(places=[place], now=request.now) if call.listed_count],
        "stock": queries.own_stock(place, place=place),
        "issues": [view for view in queries.kit(place) if view.item is not None],
    }
    return render(request, "crew/kit.html", page_of(request, here, "keep", **context))


def _give_out(request: PageRequest, place: UUID) -> None:
    """To everybody on the list that was chosen; else to the person who was named."""
    facts: dict[str, Any] = {
        "place": place,
        "item": uuid_from(request, "item"),
        "must_return": request.POST.get("must_return") == "1",
        "request_id": uuid_from(request, "request_id"),
        "actor": request.actor,
        "now": request.now,
    }
    each = number_from(request, "kit_count", least=1)
    call = uuid_or_none(request, "call")
    if call is None:
        services.issue_from_stock(person=party_from(request, "person", kinds=["PERSON"]), count=each, **facts)
        messages.success(request, _("Given out, and taken from the shelf in the book."))
        return
    own_place(request, queries.call(call, now=request.now).place)
    listed = [view.person for view in queries.sign_ups(call, now=request.now) if view.state == "LISTED"]
    count = services.issue_to_all(persons=listed, each=each, **facts)
    told = ngettext("Given out to %(count)s person.", "Given out to %(count)s people, each the same.", count)
    messages.success(request, told % {"count": count})


def _act(request: PageRequest, place: UUID) -> None:
    act = request.POST.get("act", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "lodging":
        services.set_lodging(
            place=place, name=text_from(request, "name"), beds_count=number_from(request, "beds_count", least=1), **who
        )
        messages.success(request, _("The lodging is written down."))
    elif act == "lodge":
        services.lodge(
            lodging=uuid_from(request, "lodging"),
            person=party_from(request, "person", kinds=["PERSON"]),
            room=written(request, "room"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("They have a bed."))
    elif act == "move-out":
        services.move_out(stay=uuid_from(request, "stay"), **who)
        messages.success(request, _("The bed is free."))
    elif act == "meal":
        services.serve_meal(
            place=place,
            which=text_from(request, "which"),
            day=day_from(request, "day") or house_day(request.now),
            persons=uuids_from(request, "person"),
            **who,
        )
        messages.success(request, _("Meals are written down."))
    elif act == "kit":
        services.issue_kit(
            place=place,
            person=party_from(request, "person", kinds=["PERSON"]),
            thing=text_from(request, "thing"),
            count=number_from(request, "kit_count", least=1),
            must_return=request.POST.get("must_return") == "1",
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Given out."))
    elif act == "back":
        services.take_back_kit(
            issue=uuid_from(request, "issue"), returned_count=number_from(request, "returned_count"), **who
        )
        messages.success(request, _("Written down."))
    else:
        raise no_such_button(act)
