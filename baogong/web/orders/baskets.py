"""One basket: drafted, reported, closed, ordered, checked in, shared out."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.catalogue import queries as catalogue
from baogong.journal import queries as journal
from baogong.journal.queries import DocumentView
from baogong.journal.services import finish_task
from baogong.needs.queries.sight import OFFICE
from baogong.orders import queries, services
from baogong.orders.queries import BasketView
from baogong.orders.services import Counted, ItemIn
from baogong.orders.services.organisers import LINK_RUNS
from baogong.orders.services.steps import DESK, HANDS
from baogong.people.queries.parties import organisations
from baogong.places import queries as places
from baogong.supply.queries import purchase_head
from baogong.web.offered import next_evening
from baogong.web.orders.shared import READERS, own_basket, shown
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    day_from,
    fen_from,
    moment_from,
    number_from,
    page,
    party_from,
    private,
    text_from,
    uuid_from,
    written,
)

CODE_DIGITS = 6
DAYS_USUAL = 3  # a basket drafted for later may be of a day mistyped
ROWS, ROWS_OPEN = range(1, 21), 3  # lines of the menu in the form; the first few lie open


@page(at_a_place=DESK, keeps=("*",))
def draft(request: PageRequest) -> HttpResponse:
    """A form of one page: where, who organises and lives there, from whom, what, until when."""
    if request.method == "POST":
        on = day_from(request, "on")
        if on is None:
            raise UnusableForm(
                _("The field “%s” is empty. Nothing was written.") % _("day of delivery"),
                where="on",
                cure=_("Choose a day."),
            )
        basket = services.draft_basket(
            office=party_from(request, "office"),
            community=party_from(request, "community"),
            supplier=party_from(request, "supplier"),
            title=text_from(request, "title"),
            organiser=text_from(request, "organiser"),
            building=text_from(request, "building"),
            unit=written(request, "unit"),
            room=written(request, "room"),
            on=on,
            closes_at=moment_from(request, "closes_at"),
            items=_items(request),
            packs_min=number_from(request, "packs_min", default=0),
            household_max=number_from(request, "household_max", default=0),
            tolerance_permille=10 * number_from(request, "tolerance", default=0, most=100),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Drafted. Now report goods, licence and driver to the committee."))
        days = (on - timezone.localdate(request.now)).days
        if days > DAYS_USUAL:
            messages.warning(
                request,
                ngettext(
                    "It is delivered in %(days)s day, on %(on)s. If that was mistyped, call it off and draft it anew.",
                    "It is delivered in %(days)s days, on %(on)s. If that was mistyped, call it off and draft it anew.",
                    days,
                )
                % {"days": days, "on": on.isoformat()},
            )
        return redirect("orders:basket", basket=basket)
    money = catalogue.money_items()
    goods = {item: names for item, names in catalogue.item_names().items() if item not in money}
    closes_at = next_evening(request.now)
    on = closes_at.date() + timedelta(days=1)
    typed = request.typed
    context = {
        "rows": ROWS,
        "rows_open": ROWS_OPEN,
        "has_more": any(any(typed.get(f"name_{row}", ())) for row in ROWS[ROWS_OPEN:]),
        "has_limits": any(any(typed.get(name, ())) for name in ("packs_min", "household_max", "tolerance")),
        "goods": goods.items(),
        "communities": places.communities(most=500),
        "organisations": organisations(),
        "closes_at": f"{closes_at:%Y-%m-%dT%H:%M}",
        "on": on.isoformat(),
        "title": _("Vegetables of %s") % f"{on:%m-%d}",
    }
    return render(request, "orders/draft.html", context)


def _items(request: PageRequest) -> list[ItemIn]:
    return [
        ItemIn(
            chr(ord("A") + row - 1),
            written(request, f"name_{row}"),
            uuid_from(request, f"item_{row}"),
            number_from(request, f"per_{row}", least=1, default=1),
            fen_from(request, f"price_{row}", default=0),
        )
        for row in ROWS
        if written(request, f"name_{row}")
    ]


@page(at_a_place=READERS, keeps=("licence", "driver", "plate", "why", "outcome"))
def basket(request: PageRequest, basket: UUID) -> HttpResponse:
    """Where it stands, what is next, and what has come of it so far."""
    view = own_basket(request, basket)
    if request.method == "POST":
        if written(request, "act") == "link":
            return _link(request, basket)
        act = ACTS.get(written(request, "act"))
        if act is None:
            raise UnusableForm(_("Nothing was changed: the page did not say what to do."), where="act")
        messages.success(request, act(request, basket))
        return redirect("orders:basket", basket=basket)
    may_see = view.purchase is not None and request.actor.may_any(*OFFICE, at=view.office)
    context = {
        "purchase": purchase_head(view.purchase) if view.purchase and may_see else None,
        "tasks": journal.tasks(subject=basket),
        "refused": _refused(view),
        "unpaid": _unpaid(basket) if view.state == "DONE" else None,
        **(
            _read_so_far(view) if view.state in ("OPEN", "CLOSED") else {"goods": [(item, None) for item in view.items]}
        ),
    }
    return render(request, "orders/basket.html", {**shown(request, view, "basket"), **context})


def _refused(view: BasketView) -> DocumentView | None:
    """The report that the committee said no to; None: it waits, or it was signed."""
    if view.state != "REPORTED" or view.document is None:
        return None
    paper = journal.document(view.document)
    return paper if paper.state in ("REFUSED", "CANCELLED") else None


def _unpaid(basket: UUID) -> tuple[int, int] | None:
    """How many households have not paid for all they got, and how much that is; None where nobody owes."""
    owed = [one.due_fen - one.paid_fen + one.refunded_fen for one in queries.households_of(basket)]
    short = [fen for fen in owed if fen > 0]
    return (len(short), sum(short)) if short else None


def _read_so_far(view: BasketView) -> dict[str, Any]:
    """What the lines come to by now: whether it is worth ordering has to be seen before it is ordered."""
    lines, counted = queries.lines_of(view.id, states=["COUNTED", "WAITING"]), Counter[str]()
    for line in lines:
        if line.state == "COUNTED":
            for code, packs in line.items:
                counted[code] += packs
    return {
        "read": [(item.name, counted[item.code]) for item in view.items],
        "goods": [(item, counted[item.code]) for item in view.items],  # asked for by now; settled when it is ordered
        "waits": sum(line.state == "WAITING" for line in lines),
        "cuts": queries.cuts_of(view),
    }


def _report(request: PageRequest, basket: UUID) -> str:
    services.report_basket(
        basket=basket,
        licence=written(request, "licence"),
        driver=written(request, "driver"),
        plate=written(request, "plate"),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    return _("Reported. It opens when a second person has signed the paper.")


def _close(request: PageRequest, basket: UUID) -> str:
    services.close_basket(
        basket=basket, actor=request.actor, now=request.now, request_id=uuid_from(request, "request_id")
    )
    return _("Closed. Settle what waits, then order.")


def _order(request: PageRequest, basket: UUID) -> str:
    services.order_basket(
        basket=basket, actor=request.actor, now=request.now, request_id=uuid_from(request, "request_id")
    )
    return _("Ordered. Send the total to the supplier.")


def _share(request: PageRequest, basket: UUID) -> str:
    services.share_out(basket=basket, actor=request.actor, now=request.now, request_id=uuid_from(request, "request_id"))
    return _("Shared out. Answer the households that get less, then hand over.")


def _call_off(request: PageRequest, basket: UUID) -> str:
    services.call_off_basket(
        basket=basket,
        why=written(request, "why"),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )
    return _("Called off. Tell the households, and pay back what was paid.")


def _forget(request: PageRequest, basket: UUID) -> str:
    if written(request, "is_sure") != "1":
        raise UnusableForm(
            _("Nothing was erased: the box beside the button was not ticked."),
            where="is_sure",
            cure=_("Tick it if nobody needs the chats any more."),
        )
    services.forget_basket(basket=basket, actor=request.actor, now=request.now)
    return _("Erased: the chats, and every name and door of this basket.")


def _link(request: PageRequest, basket: UUID) -> HttpResponse:
    """The address and the code that goes with it: nowhere kept, so shown on this answer only."""
    secret = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    token = services.link_organiser(basket=basket, code=secret, actor=request.actor, now=request.now)
    context = {
        "address": request.build_absolute_uri(reverse("baskets:own", args=[token])),
        "secret": secret,
        "expires_at": request.now + LINK_RUNS,
    }
    return private(render(request, "orders/link.html", {**shown(request, queries.basket(basket), "basket"), **context}))


def _finish(request: PageRequest, basket: UUID) -> str:
    finish_task(
        task=uuid_from(request, "task"), outcome=text_from(request, "outcome"), actor=request.actor, now=request.now
    )
    return _("The task has ended.")


ACTS: dict[str, Callable[[PageRequest, UUID], str]] = {
    "report": _report, "close": _close, "order": _order, "share": _share, "call_off": _call_off,
    "forget": _forget, "finish": _finish,
}  # fmt: skip


@page(at_a_place=HANDS, keeps=("driver", "plate", "why_other", "packs_*", "damaged_*", "signed_in_at", "sprayed_at"))
def arrival(request: PageRequest, basket: UUID) -> HttpResponse:
    """A vehicle at the gate: sign in, count, spray."""
    view = own_basket(request, basket, HANDS)
    if request.method == "POST" and written(request, "act") == "spray":
        services.note_spraying(
            basket=basket,
            arrival=uuid_from(request, "arrival"),
            sprayed_at=moment_from(request, "sprayed_at"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Written down. When everything has come, share it out."))
        return redirect("orders:basket", basket=basket)
    if request.method == "POST":
        services.check_in(
            basket=basket,
            driver=text_from(request, "driver"),
            plate=text_from(request, "plate"),
            signed_in_at=moment_from(request, "signed_in_at"),
            sprayed_at=moment_from(request, "sprayed_at") if written(request, "sprayed_at") else None,
            counted=[
                Counted(
                    item.code,
                    number_from(request, f"packs_{item.code}"),
                    number_from(request, f"damaged_{item.code}", default=0),
                )
                for item in view.items
                if written(request, f"packs_{item.code}")
            ],
            why_other=written(request, "why_other"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Checked in. When everything has come, share it out."))
        return redirect("orders:basket", basket=basket)
    return render(
        request, "orders/arrival.html", {**shown(request, view, "arrival"), "came": queries.arrivals_of(basket)}
    )
