"""Purchases paid from funds: ordered with a look at which funds would pay; received, billed, paid, called off, refunded."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError
from baogong.orders import queries as baskets
from baogong.people.queries.access import reach
from baogong.people.queries.parties import organisations
from baogong.places.queries import sites
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.queries import PurchaseView
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.money import CLERKS, goods, parties_from
from baogong.web.names import is_chinese
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    day_from,
    fen_from,
    number_from,
    page,
    party_from,
    sentence,
    text_from,
    uuid_from,
)
from baogong.web.templatetags.baogong import unit_price

END_OF_DAY = time(23, 59)
LINES = range(1, 6)  # rows of the form
FIELDS = ("item", "amount", "price", "standard", "receiver", "due")


@page(*OFFICE)
def purchases(request: PageRequest) -> HttpResponse:
    """What was ordered; order more: first a look at which funds would pay, then the order."""
    typed, preview, refusal = None, None, None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "order":
                made = _order(request)
                messages.success(request, _("Ordered. The money is set aside in its funds."))
                _warn_of_prices(request, made)
                return redirect("command:purchase", purchase=made)
            preview = _preview(request)
        except BaogongError as found:
            refusal = sentence(found)
        typed = request
    funds = queries.funds()
    free: Counter[UUID] = Counter()
    names: dict[UUID, str] = {}
    for view in funds:
        free[view.trustee] += view.unspent_fen
        names[view.trustee] = view.trustee_name
    context = {
        "purchases": queries.purchase_heads(),
        "buyers": [(holder, names[holder], fen) for holder, fen in free.items() if fen > 0],
        "items": goods(),
        "organisations": organisations(),
        "rows": _typed_rows(typed),
        "typed": typed.POST if typed else {},
        "preview": preview,
        "refusal": refusal,
        "may_order": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/purchases.html", context, status=422 if refusal else 200)


@page(at_a_place=(*OFFICE, Duty.KEEPER))
def purchase(request: PageRequest, purchase: UUID) -> HttpResponse:
    """
    One order: which funds pay each line, what came, what was billed and paid, what came back.

    A keeper of a place that has nothing to do with it yet sees what is still to come, without money, and can sign for it
    at the own site: at which gate a lorry stops is not the order's to say.
    """
    view = queries.purchase(purchase)
    coming = [line for line in view.lines if line.to_come and not view.is_paid_by_others]
    if not (coming and request.actor.may_somewhere(Duty.KEEPER)):
        view.require_sight(request.actor)
    if request.method == "POST":
        _act(request, view)
        return redirect("command:purchase", purchase=purchase)
    may_there = partial(request.actor.may_any, at=view.buyer)
    here = reach(request.actor, *CLERKS, Duty.KEEPER)
    context = {
        "purchase": view,
        "sites": sites(ids=here) if here is not None else sites(),
        "coming": coming,
        "refundable": [
            (line, [(one, got) for one in view.deliveries for got in one.lines if got.no == line.no and got.value_fen])
            for line in view.lines
        ],
        "may_receive": request.actor.may_somewhere(*CLERKS, Duty.KEEPER),
        "gathered": _gathered(request, view),
        "may_write": may_there(*CLERKS) and not view.is_paid_by_others,
        "may_pay": may_there(Duty.COMMAND, Duty.APPROVER),
        "may_order": may_there(Duty.COMMAND),
    }
    template = "command/purchase.html" if view.is_seen_by(request.actor) else "command/purchase_coming.html"
    return render(request, template, context)


def _gathered(request: PageRequest, view: PurchaseView) -> UUID | None:
    """The basket it was ordered for, where the visitor may open it."""
    found = baskets.basket_of_purchase(view.id) if view.is_paid_by_others else None
    return found[0] if found and request.actor.may_any(*OFFICE, Duty.KEEPER, at=found[1]) else None


def _typed_rows(typed: HttpRequest | None) -> list[dict[str, Any]]:
    return [{"no": no, **{one: typed.POST.get(f"{one}_{no}", "") if typed else "" for one in FIELDS}} for no in LINES]


def _order(request: PageRequest) -> UUID:
    return supply.commit_purchase(
        supplier=party_from(request, "supplier"),
        lines=_lines(request),
        buyer=uuid_from(request, "buyer"),
        note=request.POST.get("note", "").strip(),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )


def _warn_of_prices(request: PageRequest, order: UUID) -> None:
    """Where a price is far from those before, the buyer hears it at once; everybody else reads it on the order."""
    for line in queries.purchase(order).lines:
        if line.is_far_from_median and line.median_ratio and line.median_fen:
            said = {
                "no": line.no,
                "goods": line.item_zh if is_chinese() else line.item_en,
                "times": f"{line.median_ratio:.1f}",
                "median": unit_price(line.median_fen),
            }
            messages.warning(
                request,
                _(
                    "Line %(no)s, %(goods)s: %(times)s times the median of what was asked and paid before (%(median)s "
                    "each). Ring and ask why before it is paid."
                )
                % said,
            )


def _preview(request: PageRequest) -> tuple[supply.LinePreview, ...]:
    request.actor.require(Duty.COMMAND)
    return supply.preview_purchase(
        supplier=party_from(request, "supplier"),
        lines=_lines(request),
        buyer=uuid_from(request, "buyer"),
        now=request.now,
    )


def _lines(request: PageRequest) -> list[supply.PurchaseLine]:
    found = []
    for no in LINES:
        if not any(request.POST.get(f"{one}_{no}", "").strip() for one in ("amount", "price")):
            continue
        receivers = parties_from(request, f"receiver_{no}")
        due = day_from(request, f"due_{no}")
        found.append(
            supply.PurchaseLine(
                item=uuid_from(request, f"item_{no}"),
                amount=number_from(request, f"amount_{no}", least=1),
                price_fen=fen_from(request, f"price_{no}"),
                standard=request.POST.get(f"standard_{no}", "").strip(),
                receiver=receivers[0] if receivers else None,
                due_at=timezone.make_aware(datetime.combine(due, END_OF_DAY)) if due else None,
            )
        )
    if not found:
        raise UnusableForm(
            _("No line is filled in. Nothing was ordered."),
            where="amount_1",
            cure=_("Write how many of which goods, and the price of the whole line."),
        )
    return found


def _act(request: PageRequest, view: PurchaseView) -> None:
    """One step of an order; each is one service."""
    act, post = request.POST.get("act", ""), request.POST
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "request_id": uuid_from(request, "request_id")}
    if act == "receive":
        said = [
            supply.Delivered(
                no=line.no,
                amount=number_from(request, f"amount_{line.no}", default=0),
                refused=number_from(request, f"refused_{line.no}", default=0),
                expires_on=day_from(request, f"expires_{line.no}"),
            )
            for line in view.lines
            if post.get(f"amount_{line.no}", "").strip() not in ("", "0")
        ]
        supply.receive_purchase(purchase=view.id, site=uuid_from(request, "site"), deliveries=said, **who)
        messages.success(request, _("Signed for. The goods stand at the site and keep the funds that paid."))
    elif act == "bill":
        lines = [
            supply.Billed(line.no, fen)
            for line in view.lines
            if (fen := fen_from(request, f"fen_{line.no}", default=0))
        ]
        supply.record_invoice(purchase=view.id, reference=text_from(request, "reference"), lines=lines, **who)
        messages.success(request, _("The bill is entered. It pays nothing yet."))
    elif act == "settle":
        supply.settle_invoice(
            invoice=uuid_from(request, "invoice"),
            settled=supply.Settled.BILLED if post.get("settled") == "BILLED" else supply.Settled.ORDERED,
            why=text_from(request, "why"),
            **who,
        )
        messages.success(request, _("Decided and on record."))
    elif act == "pay":
        supply.pay_invoice(
            invoice=uuid_from(request, "invoice"),
            fen=fen_from(request, "fen") if post.get("fen", "").strip() else None,
            is_ahead=post.get("ahead") == "yes",
            reference=post.get("reference", "").strip(),
            **who,
        )
        messages.success(request, _("The payment is written down."))
    elif act == "cancel":
        amounts = {
            line.no: amount for line in view.lines if (amount := number_from(request, f"off_{line.no}", default=0))
        }
        supply.cancel_purchase(purchase=view.id, why=text_from(request, "why"), amounts=amounts or None, **who)
        messages.success(request, _("Called off. What was set aside for it is free in its funds again."))
    elif act == "refund":
        supply.refund_purchase(purchase=view.id, lines=_refunded(request, view), why=text_from(request, "why"), **who)
        messages.success(request, _("The money is back in the funds it was drawn from."))


def _refunded(request: PageRequest, view: PurchaseView) -> list[supply.Refunded]:
    found = []
    for line in view.lines:
        if fen := fen_from(request, f"ahead_{line.no}", default=0):
            found.append(supply.Refunded(line.no, fen))
        for delivery in view.deliveries:
            key = f"{delivery.id}_{line.no}"
            fen = fen_from(request, f"back_{key}", default=0)
            amount = number_from(request, f"units_{key}", default=0)
            if fen or amount:
                found.append(supply.Refunded(line.no, fen, delivery.id, amount))
    return found
