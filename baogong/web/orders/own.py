"""
The organiser's own page, by private link: the chain pasted, what waits settled, the list by doors, who has paid.

To change something the code is typed that was told on another way; no cookie gives any right here, so the page needs no
CSRF token. What the goods need (to order, to check in, to share out, to hand over) stays with the committee.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.kernel.errors import BaogongError
from baogong.orders import queries, services
from baogong.orders.queries import BasketView
from baogong.orders.services import organisers
from baogong.people.services.links import LinkView
from baogong.web.orders.chains import alike, decision_from, questions, told_late
from baogong.web.orders.lists import CHATS, by_building, in_words, message_of
from baogong.web.pages import (
    STATUS,
    PageRequest,
    UnusableForm,
    fen_from,
    sentence,
    text_from,
    uuid_from,
    uuids_from,
    written,
)
from baogong.web.private import by_link, check_code


@csrf_exempt
@by_link(organisers.LINK, ended="orders/ended.html")
def own(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """One basket as whoever gathers it needs it."""
    assert link.subject is not None
    view, status = queries.basket(link.subject), 200
    if request.method == "POST":
        try:
            check_code(request, link)
            messages.success(request, _act(request, view))
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("baskets:own", token=token)
    waiting = queries.lines_of(view.id, states=["WAITING"])
    households = queries.households_of(view.id)
    what = written(request, "chat") if written(request, "chat") in CHATS else "menu"
    context = {
        "basket": view.at(request.now),
        "may_paste": view.state == "OPEN",
        "cuts": queries.cuts_of(view) if view.state in ("OPEN", "CLOSED") else (),
        "alike": alike(waiting),
        "waiting": len(waiting),
        "questions": questions(waiting, view),
        "buildings": by_building(view, households),
        "households": households,
        "answers": [(one, in_words(one)) for one in queries.answers_of(view.id, only_short=True)],
        "what": what,
        **message_of(view.at(request.now), what),
        "now": request.now,
    }
    return render(request, "orders/own.html", context, status=status)


def _act(request: PageRequest, view: BasketView) -> str:
    act = ACTS.get(written(request, "act"))
    if act is None:
        raise UnusableForm(_("This page has no such button."), where="act", cure=_("Reload the page."))
    return act(request, view, {"actor": organisers.by_link(view.office), "now": request.now})


def _paste(request: PageRequest, view: BasketView, who: dict[str, Any]) -> str:
    services.paste_chain(
        basket=view.id, text=text_from(request, "text"), request_id=uuid_from(request, "request_id"), **who
    )
    read = _("Read. What waits stands below.")
    return f"{read} {told_late()}" if queries.pastes_of(view.id)[0].is_late else read


def _settle(request: PageRequest, view: BasketView, who: dict[str, Any]) -> str:
    services.settle_lines(
        basket=view.id, lines=uuids_from(request, "line"), decision=decision_from(request, view), **who
    )
    return _("Decided.")


def _close(request: PageRequest, view: BasketView, who: dict[str, Any]) -> str:
    services.close_basket(basket=view.id, request_id=uuid_from(request, "request_id"), **who)
    return _("Closed. Settle what waits; the committee orders.")


def _paid(request: PageRequest, view: BasketView, who: dict[str, Any]) -> str:
    household = uuid_from(request, "household")
    if household not in {one.id for one in queries.households_of(view.id)}:
        raise UnusableForm(_("This household is of another basket. Nothing was noted."), where="household")
    note = services.note_payment if written(request, "act") == "paid" else services.note_refund
    note(household=household, fen=fen_from(request, "fen"), request_id=uuid_from(request, "request_id"), **who)
    return _("Noted.")


ACTS: dict[str, Callable[[PageRequest, BasketView, dict[str, Any]], str]] = {
    "paste": _paste, "COUNT": _settle, "WITHDRAW": _settle, "LEAVE_OUT": _settle, "close": _close, "paid": _paid,
    "refunded": _paid,
}  # fmt: skip
