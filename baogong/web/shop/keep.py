"""A merchant at work, on a phone: the page, its packs, today and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.engine.rounds.riders import packs_in_slot
from baogong.kernel.actor import Duty
from baogong.orders.queries import shops as shops_
from baogong.orders.services import shop_days, shops
from baogong.orders.services.shop_days import PackIn, SlotIn
from baogong.orders.services.shops import OFFICE, require_keeper
from baogong.orders.shop_errors import DayTwice
from baogong.orders.words import Sort, Trade
from baogong.people.queries.access import reach
from baogong.people.queries.parties import party_names
from baogong.places.queries.communities import communities
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    choice_from,
    day_in,
    degrees,
    fen_from,
    grams_from,
    moment_from,
    number_from,
    page,
    party_from,
    photo_from,
    private,
    sentence,
    text_from,
    uuid_from,
    uuids_from,
    written,
)

HANDS = (*OFFICE, Duty.KEEPER)
SLOTS, SLOT_H = 3, 2
CUT_OFF_HOUR, LAST_HOUR = 11, 21  # what the form offers: orders until then, the last bag by then


@page(at_a_place=HANDS)
def home(request: PageRequest) -> HttpResponse:
    """The shops of whoever looks: their own, or their district's."""
    own = reach(request.actor, *HANDS)
    found = shops_.shops(ids=own)
    context = {
        "shops": found,
        "is_office": request.actor.may_somewhere(*OFFICE),
        # Who keeps nothing but shops with a page has none to open.
        "may_open": own is None or not own or bool(own - {one.id for one in found}),
    }
    return private(render(request, "shop/home.html", context))


@page(at_a_place=HANDS, keeps=("merchant", "office", "trade", "about", "communities", "lat", "lon"))
def open_page(request: PageRequest) -> HttpResponse:
    """A page in one form: what the shop is, where it brings to, a photo."""
    if request.method == "POST":
        merchant = party_from(request, "merchant", kinds=("ORGANISATION", "SITE"))
        shops.open_shop(
            merchant=merchant,
            office=party_from(request, "office", kinds=("ORGANISATION", "SITE")),
            request_id=uuid_from(request, "request_id"),
            actor=request.actor,
            now=request.now,
            **_said(request),
        )
        _keep_photo(request, merchant, merchant)
        messages.success(request, _("Your page is open. Add what you sell, then open a day."))
        return redirect("shop:shop", shop=merchant)
    own = reach(request.actor, *HANDS)
    names = party_names(own) if own else {}
    offices = {one.office: one.office_name for one in shops_.shops()}
    context = {
        "merchants": [name for name, _en in names.values()],
        "offices": sorted(offices.values()),
        "trades": list(Trade),
        "communities": communities(),
    }
    return private(render(request, "shop/open.html", context))


@page(at_a_place=HANDS, keeps=("about", "lat", "lon"))
def change_page(request: PageRequest, shop: UUID) -> HttpResponse:
    """What the page says and where it brings to."""
    found = shops_.shop(shop)
    require_keeper(request.actor, found.id, found.office)
    if request.method == "POST":
        shops.change_shop(shop=shop, actor=request.actor, now=request.now, **_said(request))
        _keep_photo(request, shop, shop)
        messages.success(request, _("Your page says so now."))
        return redirect("shop:shop", shop=shop)
    context = {
        "shop": found,
        "trades": list(Trade),
        "communities": communities(),
        "served": {str(one) for one, _name in shops_.communities_of(shop)},
    }
    return private(render(request, "shop/change.html", context))


@page(at_a_place=HANDS, keeps=("name", "holds", "weight", "sort"))
def shop(request: PageRequest, shop: UUID) -> HttpResponse:
    """The shop today: its address to pass on, its packs, its days, the next one in one tap, the first lesson."""
    found = shops_.shop(shop)
    require_keeper(request.actor, found.id, found.office)
    if request.method == "POST":
        return _act(request, shop)
    days = shops_.days_at_hand(shop, request.now)
    running = shops_.running_of(days, request.now)
    context = {
        "shop": found,
        "packs": shops_.packs_of(shop),
        "sorts": list(Sort),
        "day": None if running is None else shops_.day(running.id),
        "now": request.now,
        "is_running": running is not None and running.is_open(request.now),
        "days": [(one, one.is_open(request.now)) for one in days],
        **_tomorrow(_next_day(days, request.now), request.now),
        "address": request.build_absolute_uri(f"/shops/{found.code}/"),
    }
    return private(render(request, "shop/shop.html", context))


@page(at_a_place=HANDS)
def tomorrow(request: PageRequest, shop: UUID) -> HttpResponse:
    """What the next day would offer, made from the last one: a draft, and the button that opens it."""
    found = shops_.shop(shop)
    require_keeper(request.actor, found.id, found.office)
    to = _next_day(shops_.days_at_hand(shop, request.now), request.now)
    offer = None if to is None else shops_.next_offer(shop, to, shops_.packs_of(shop))
    context = {"shop": found, "offer": offer, **_tomorrow(to, request.now)}
    return private(render(request, "shop/tomorrow.html", context))


@page(at_a_place=HANDS, keeps=("on", "cut_off", "riders", "minimum", "price_*", "stock_*", "most_*", "slot_*"))
def open_day(request: PageRequest, shop: UUID) -> HttpResponse:
    """A day in one form: what of each pack there is, until when, when it is brought, by how many."""
    found = shops_.shop(shop)
    require_keeper(request.actor, found.id, found.office)
    packs = shops_.packs_of(shop)
    if request.method == "POST":
        shop_days.open_day(
            shop=shop,
            on=timezone.localdate(moment_from(request, "cut_off")),
            opens_at=request.now,
            cut_off_at=moment_from(request, "cut_off"),
            packs=[
                PackIn(
                    one.id,
                    fen_from(request, f"price_{at}"),
                    number_from(request, f"stock_{at}", most=shop_days.STOCK_MAX),
                    number_from(request, f"most_{at}", least=1, default=5, most=99),
                )
                for at, one in enumerate(packs, start=1)
                if written(request, f"stock_{at}")
            ],
            slots=_slots(request),
            riders=number_from(request, "riders", most=shop_days.RIDERS_MAX),
            minimum_fen=fen_from(request, "minimum", default=0),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The day is open: pass your address on."))
        return redirect("shop:shop", shop=shop)
    cut_off = _cut_off_to_offer(request.now)
    context = {
        "shop": found,
        "packs": packs,
        "days": [(one, one.is_open(request.now)) for one in shops_.days_at_hand(shop, request.now)],
        "cut_off": cut_off,
        "slots": [
            (cut_off + timedelta(hours=SLOT_H * at), cut_off + timedelta(hours=SLOT_H * (at + 1)))
            for at in range(SLOTS)
        ],
        "bring_one": packs_in_slot(1, SLOT_H * 3600),
    }
    return private(render(request, "shop/open_day.html", context))


def _cut_off_to_offer(now: datetime) -> datetime:
    """In three hours; tomorrow before noon where its slots would run into the night."""
    cut_off = timezone.localtime(now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    last = cut_off + timedelta(hours=SLOT_H * SLOTS)
    tomorrow = (timezone.localtime(now) + timedelta(days=1)).replace(
        hour=CUT_OFF_HOUR, minute=0, second=0, microsecond=0
    )
    is_of_today = cut_off.date() == last.date() == timezone.localdate(now)
    return cut_off if is_of_today and last.hour <= LAST_HOUR else tomorrow


def _slots(request: PageRequest) -> list[SlotIn]:
    """Those filled in; without a number of packs, as many as the riders can bring."""
    riders, slots = number_from(request, "riders", most=shop_days.RIDERS_MAX), []
    for at in range(1, shop_days.SLOTS_MAX + 1):
        if written(request, f"slot_from_{at}"):
            start, end = moment_from(request, f"slot_from_{at}"), moment_from(request, f"slot_until_{at}")
            bring = packs_in_slot(riders, int((end - start).total_seconds()))
            slots.append(
                SlotIn(start, end, number_from(request, f"slot_packs_{at}", default=bring, most=shop_days.STOCK_MAX))
            )
    return slots


def _act(request: PageRequest, shop: UUID) -> HttpResponse:
    act, who = written(request, "act"), dict[str, Any](actor=request.actor, now=request.now)
    if act == "pack":
        pack = shops.add_pack(
            shop=shop,
            name=text_from(request, "name"),
            sort=choice_from(request, "sort", Sort),
            holds=written(request, "holds"),
            weight_g=grams_from(request, "weight", most=shops.WEIGHT_MAX_G),
            is_cold=bool(written(request, "is_cold")),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        _keep_photo(request, shop, pack)
        messages.success(request, _("Added. Offer it on a day."))
    elif act == "end-pack":
        shops.end_pack(pack=uuid_from(request, "pack"), **who)
        messages.success(request, _("It is offered on no further day."))
    elif act == "tomorrow":
        to = day_in(written(request, "to"), "to")
        try:
            shop_days.copy_day(shop=shop, to=to, request_id=uuid_from(request, "request_id"), **who)
        except DayTwice as refusal:
            messages.error(request, sentence(refusal))
            return redirect("shop:day", day=shops_.day_on(shop, to).id)
        messages.success(
            request, _("%(on)s is open, as the last day was. Change its stock where it differs.") % {"on": to}
        )
    elif act == "cap":
        shop_days.cap_day(day=uuid_from(request, "day"), packs_max=number_from(request, "packs_max"), **who)
        messages.success(request, _("Cut off there: nobody is promised what no rider can bring."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    return redirect("shop:shop", shop=shop)


def _said(request: PageRequest) -> dict[str, Any]:
    return {
        "trade": choice_from(request, "trade", Trade),
        "about": written(request, "about"),
        "lat": degrees(written(request, "lat"), "lat", 90),
        "lon": degrees(written(request, "lon"), "lon", 180),
        "communities": uuids_from(request, "communities"),
    }


def _keep_photo(request: PageRequest, shop: UUID, of: UUID) -> None:
    photo = photo_from(request, "photo")
    if photo is not None:
        shops.keep_photo(shop=shop, of=of, photo=photo, actor=request.actor, now=request.now)


def _tomorrow(to: date | None, now: datetime) -> dict[str, Any]:
    """The day a tap opens, and what people call it: "today", "tomorrow", or its date alone."""
    ahead = None if to is None else (to - timezone.localdate(now)).days
    return {"tomorrow": to, "called_day": {0: "today", 1: "tomorrow"}.get(-1 if ahead is None else ahead, "")}


def _next_day(days: Sequence[shops_.DayLine], now: datetime) -> date | None:
    """The day a tap makes from the last one; None where there is none to copy."""
    return max(max(one.on for one in days) + timedelta(days=1), timezone.localdate(now)) if days else None
