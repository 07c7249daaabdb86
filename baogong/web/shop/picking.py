"""A day at the shop's table: stock, riders, orders slot by slot, the picking list on paper, as a sheet and as a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from baogong.journal.services import EvidenceIn
from baogong.kernel.clock import SystemClock
from baogong.kernel.ids import derived_id
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.queries.shop_chats import day_chat
from baogong.orders.queries.shop_orders import OrderView
from baogong.orders.queries.shops import DayView, ShopView, SlotView
from baogong.orders.services import shop_days, shop_orders, shop_picking
from baogong.orders.services.shops import require_keeper
from baogong.web.downloads import xlsx_download
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    number_from,
    page,
    private,
    text_from,
    uuid_from,
    uuids_from,
    written,
)
from baogong.web.shop.keep import HANDS


@page(at_a_place=HANDS, keeps=("by", "why", "riders", "packs_max", "until_at", "why_late"))
def day(request: PageRequest, day: UUID) -> HttpResponse:
    """One day: what is left, what is ordered, what the riders can bring, and its orders slot by slot."""
    shop, found = _own(request, day)
    if request.method == "POST":
        _act(request, found)
        return redirect("shop:day", day=day)
    orders = orders_.orders_of(day)
    context = {
        "shop": shop,
        "day": found,
        "slots": [(slot, [one for one in orders if one.from_at == slot.from_at]) for slot in found.slots],
        "is_open": found.is_open(request.now),
        "late": orders_.late_orders(found, orders, request.now),
        "late_until_at": _next_end(found, request.now),
        "has_free": any(one.left for one in found.packs),
        "is_past_cut_off": request.now >= found.cut_off_at,
        "now": request.now,
    }
    return private(render(request, "shop/day.html", context))


@page(at_a_place=HANDS)
def picking(request: PageRequest, day: UUID) -> HttpResponse:
    """What to take from the shelf in all, then slot by slot, folded; `?paper=1`: all of it, to be printed."""
    shop, found = _own(request, day)
    orders = _to_pick(found)
    slots = [
        SlotToPick(slot, len(its), sum(one.packs for one in its), _totals(its), _by_community(its))
        for slot, its in _by_slot(found, orders)
        if its
    ]
    context = {
        "shop": shop,
        "day": found,
        "totals": _totals(orders),
        "slots": slots,
        "is_open": written(request, "paper") == "1" or len(slots) == 1,
    }
    return private(render(request, "shop/picking.html", context))


@page(at_a_place=HANDS)
def picking_file(request: PageRequest, day: UUID) -> HttpResponse:
    """The same as a sheet: a line for each pack of each bag."""
    shop, found = _own(request, day)
    head = [
        _("Slot"), pgettext("shop", "Order"), _("Community"), pgettext("shop", "Pack"), pgettext("shop count", "Packs"),
        _("Instead, where it is short"), _("Picked"),
    ]  # fmt: skip
    rows: list[Sequence[object]] = []
    for order in _to_pick(found):
        slot = f"{timezone.localtime(order.from_at):%H:%M}–{timezone.localtime(order.until_at):%H:%M}"
        for line in order.lines:
            got = "" if line.got is None else line.got
            rows.append((slot, order.code, order.community_name, line.name, line.packs, line.instead, got))
    name = f"picking-{shop.code}-{found.on:%Y%m%d}"
    return private(xlsx_download(name, head, rows, title=f"{found.on:%Y-%m-%d}"))


@page(at_a_place=HANDS)
def message(request: PageRequest, day: UUID) -> HttpResponse:
    """The list as a chat message, which `baogong chain read` reads back to the same bags."""
    shop, found = _own(request, day)
    address = request.build_absolute_uri(reverse("shops:page", args=[shop.code]))
    text = day_chat(shop, found, _to_pick(found), address)
    return private(render(request, "shop/message.html", {"shop": shop, "day": found, "text": text}))


@page(at_a_place=HANDS)
def order(request: PageRequest, order: UUID) -> HttpResponse:
    """One bag: what was there, what was put in instead; and into whose hands it went."""
    found = orders_.order(order)
    shop = shops_.shop(found.shop)
    require_keeper(request.actor, shop.id, shop.office)
    if request.method == "POST":
        _act_on_order(request, found)
        return redirect("shop:day", day=found.day)
    context = {
        "order": found,
        "shop": shop,
        "may_pick": found.picked_at is None and request.now >= found.cut_off_at,
        "may_cancel": found.may_cancel(request.now),
    }
    return private(render(request, "shop/bag.html", context))


def _act_on_order(request: PageRequest, found: OrderView) -> None:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act == "pick":
        got = {
            one.id: number_from(request, f"got_{at}", default=one.packs, most=one.packs)
            for at, one in enumerate(found.lines, start=1)
        }
        picked = shop_picking.pick_order(order=found.id, got=got, request_id=uuid_from(request, "request_id"), **who)
        messages.success(
            request,
            _("%(code)s is packed: %(packs)s packs, %(instead)s of them instead, %(short)s short.")
            % {"code": found.code, "packs": picked.packs, "instead": picked.instead, "short": picked.short},
        )
    elif act == "cancel":
        shop_orders.check_caller(order=found.id, last_four=written(request, "last_four"), paced_at=SystemClock().now())
        shop_orders.cancel_order(order=found.id, **who)
        messages.success(request, _("%(code)s is given up; its packs are free again.") % {"code": found.code})
    elif act == "give":
        evidence = [EvidenceIn("SIGNATURE", by_name=text_from(request, "by_name")), EvidenceIn("CODE", text=found.code)]
        shop_picking.hand_over_order(
            order=found.id, evidence=evidence, request_id=uuid_from(request, "request_id"), **who
        )
        messages.success(request, _("Handed over; the book has it."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _act(request: PageRequest, day: DayView) -> None:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act == "stock":
        by = number_from(request, "by", least=1, most=shop_days.STOCK_MAX)
        left = shop_days.change_stock(
            day_pack=uuid_from(request, "pack"),
            by=by if written(request, "way") == "more" else -by,
            why=text_from(request, "why"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("%(n)s of it are left now.") % {"n": left})
    elif act == "cap":
        shop_days.cap_day(day=day.id, packs_max=number_from(request, "packs_max"), **who)
        messages.success(request, _("Cut off there: nobody is promised what no rider can bring."))
    elif act == "uncap":
        shop_days.cap_day(day=day.id, packs_max=None, **who)
        messages.success(request, _("As many as the slots allow may be ordered again."))
    elif act == "riders":
        shop_days.change_riders(day=day.id, riders=number_from(request, "riders", most=shop_days.RIDERS_MAX), **who)
        messages.success(request, _("Noted. What they can bring stands above."))
    elif act == "late":
        told = shop_orders.tell_orders_late(
            day=day.id,
            orders=uuids_from(request, "orders"),
            until_at=moment_from(request, "until_at"),
            why=text_from(request, "why_late"),
            **who,
        )
        messages.success(request, _("Told: %(n)s lines. It stands on each order’s own page.") % {"n": told})
    elif act == "pick-all":
        count = 0
        for one in _to_pick(day):
            if one.picked_at is None and one.slot == uuid_from(request, "slot"):
                shop_picking.pick_order(
                    order=one.id, request_id=derived_id(uuid_from(request, "request_id"), one.id), **who
                )
                count += 1
        messages.success(request, _("%(n)s bags are packed in full.") % {"n": count})
    elif act == "close":
        left = shop_days.close_day(day=day.id, request_id=uuid_from(request, "request_id"), **who)
        messages.success(request, _("Closed. %(n)s packs nobody ordered are yours to sell elsewhere.") % {"n": left})
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _next_end(day: DayView, now: datetime) -> datetime:
    """What a late order may be told: the end of the slot that runs or comes next; after the last one, an hour from now."""
    after = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    return min((one.until_at for one in day.slots if one.until_at > now), default=after)


def _own(request: PageRequest, day: UUID) -> tuple[ShopView, DayView]:
    found = shops_.day(day)
    shop = shops_.shop(found.shop)
    require_keeper(request.actor, shop.id, shop.office)
    return shop, found


def _to_pick(day: DayView) -> list[OrderView]:
    return [one for one in orders_.orders_of(day.id) if one.cancelled_at is None]


def _totals(orders: list[OrderView]) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            counted[line.name] += line.there
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


@dataclass(frozen=True, slots=True)
class SlotToPick:
    """A slot's bags by where they go, and what of each pack they hold together."""

    slot: SlotView
    bags: int
    packs: int
    totals: list[tuple[str, int]]
    communities: list[tuple[str, list[OrderView]]]


def _by_community(orders: list[OrderView]) -> list[tuple[str, list[OrderView]]]:
    found: dict[str, list[OrderView]] = {}
    for one in orders:
        found.setdefault(one.community_name, []).append(one)
    return list(found.items())


def _by_slot(day: DayView, orders: list[OrderView]) -> list[tuple[SlotView, list[OrderView]]]:
    return [(slot, [one for one in orders if one.from_at == slot.from_at]) for slot in day.slots]
