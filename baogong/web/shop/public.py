"""
Open to everybody, no account: a shop's page, an order in one form, the order's own private page, the district's list.

Whoever has ordered gets a private address for the order. To give it up there, the last four of the telephone are typed; the
same four and the code open it again from another telephone.
"""

from __future__ import annotations

import unicodedata
from functools import partial
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind
from baogong.orders.queries import plain_chats
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.queries.shops import DayView, ShopView
from baogong.orders.services import shop_orders
from baogong.orders.services.shop_orders import Orderer, Wanted
from baogong.people.services import limits
from baogong.people.services.identity import phone_digits
from baogong.people.services.links import LinkView, WrongCode
from baogong.web.downloads import local, xlsx_download
from baogong.web.pages import (
    STATUS,
    PageRequest,
    UnusableForm,
    number_from,
    page,
    private,
    sentence,
    text_from,
    uuid_from,
    uuid_or_none,
    written,
)
from baogong.web.private import by_link, check_code
from baogong.web.words import word

PHONE_ORDERS, ADDRESS_ORDERS, ORDERS_WINDOW_S = 10, 300, 900
CODE_TRIES, ADDRESS_TRIES, TRIES_WINDOW_S = 5, 300, 900
PICTURE_KEPT_S = 3600
MOBILE_DIGITS = 11


class NoSuchOrder(UnusableForm):
    """A wrong code and a wrong telephone are told alike."""

    kind = Kind.NOT_FOUND


class NotTheLastFour(UnusableForm):
    """A code of another kind of link is told by telephone; here it is the telephone's own end."""

    kind = WrongCode.kind


@page(public=True)
def approved(request: PageRequest) -> HttpResponse:
    """The shops the district recommends, with what it says of each."""
    found = shops_.shops(approved=True)
    return render(request, "shop/approved.html", {"shops": found})


@page(public=True)
def approved_xlsx(request: PageRequest) -> HttpResponse:
    """The same list as a workbook."""
    head = [
        _("Shop"),
        _("What it is"),
        _("About"),
        _("District office"),
        _("What was looked at"),
        _("since"),
        _("Address"),
    ]
    rows = [
        (
            one.name, word(one.trade, "shop-trade"), one.about, one.office_name, one.approved_why, local(one.approved_at),
            _address(request, one),
        )
        for one in shops_.shops(approved=True)
    ]  # fmt: skip
    return xlsx_download("shops", head, rows)


@page(public=True)
def approved_chat(request: PageRequest) -> HttpResponse:
    """The same list as a message."""
    text = plain_chats.approved_chat(shops_.shops(approved=True), partial(_address, request))
    return render(request, "shop/approved_chat.html", {"text": text})


def _address(request: PageRequest, shop: ShopView) -> str:
    return request.build_absolute_uri(reverse("shops:page", args=[shop.code]))


@page(public=True)
def page_of_shop(request: PageRequest, code: str) -> HttpResponse:
    """What there is on a day, how many are left, until when; one form to order. `?day=`: another day than the next."""
    shop = shops_.shop_of_code(code)
    days = shops_.days_at_hand(shop.id, request.now)
    named = request.POST.get("day") or request.GET.get("day", "")
    meant = next((one for one in days if one.on.isoformat() == named), None)
    running = shops_.running_of(days, request.now)
    asked = meant or running
    status, typed = 200, {}
    if request.method == "POST" and asked is not None:
        try:
            return _order(request, shops_.day(asked.id))
        except BaogongError as refusal:
            # Told on the same page, which gives back everything but the person; nothing typed waits in the visit.
            messages.error(request, sentence(refusal))
            status, typed = STATUS[refusal.kind], {name: request.POST.getlist(name)[-1] for name in request.POST}
    # A day that takes no orders any more gives way to one that does.
    line = meant if meant is not None and meant.is_open(request.now) else running
    typed = typed if line == asked else {}
    day = None if line is None else shops_.day(line.id)
    context = {
        "shop": shop,
        "day": day,
        "is_open": day is not None and day.is_open(request.now),
        "other_days": [one for one in days if one != line and one.is_open(request.now)],
        "packs": [
            (one, _typed_number(typed, at), typed.get(f"instead_{at}", "")) for at, one in enumerate(day.packs, start=1)
        ]
        if day
        else (),
        "slots": [one for one in day.slots if one.left > 0] if day else (),
        "communities": shops_.communities_of(shop.id),
        "order": uuid4(),
        "typed": typed,
    }
    return private(render(request, "shop/page.html", context, status=status))


def _typed_number(typed: dict[str, str], line: int) -> int:
    text = typed.get(f"amount_{line}", "")
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _order(request: PageRequest, day: DayView) -> HttpResponse:
    wanted = []
    for at, one in enumerate(day.packs, start=1):
        packs = number_from(request, f"amount_{at}", default=0)
        if packs:
            wanted.append(Wanted(one.id, packs, uuid_or_none(request, f"instead_{at}")))
    if not wanted:
        raise UnusableForm(_("Nothing was chosen, and nothing was ordered."), cure=_("Choose at least one pack."))
    phone = text_from(request, "phone")
    _refuse_short_mobile(phone)
    four = shop_orders.last_four_of(phone)
    limits.take_each(
        ("shop-order-phone", phone_digits(phone) or phone, PHONE_ORDERS),
        ("shop-order-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_ORDERS),
        window_s=ORDERS_WINDOW_S,
        now=SystemClock().now(),
    )
    order = uuid_from(request, "order")
    shop_orders.place_order(
        order=order,
        day=day.id,
        slot=uuid_from(request, "slot"),
        community=uuid_from(request, "community"),
        wanted=wanted,
        orderer=Orderer(name=text_from(request, "name"), phone=phone, address=text_from(request, "address")),
        now=request.now,
    )
    return redirect("shops:order", token=shop_orders.link_to(order=order, last_four=four, now=request.now))


def _refuse_short_mobile(phone: str) -> None:
    """A number of China that begins with 1 is a mobile one; a digit too few or too many reaches nobody."""
    typed = unicodedata.normalize("NFKC", phone).strip()
    digits = phone_digits(typed) or "".join(one for one in typed if one.isdecimal())
    if typed.startswith("+"):
        digits = digits.removeprefix("86")
    if digits.startswith("1") and len(digits) != MOBILE_DIGITS:
        raise UnusableForm(
            _("A mobile number has %(most)s digits; this one has %(n)s. Nothing was ordered.")
            % {"most": MOBILE_DIGITS, "n": len(digits)},
            where="phone",
            cure=_("Type it once more, digit by digit; a landline with its area code."),
        )


@page(public=True)
def find(request: PageRequest) -> HttpResponse:
    """An order's page once more, to whoever knows its code and the telephone's last four."""
    status = 200
    if request.method == "POST":
        try:
            order, four = _found(request), written(request, "last_four")
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return redirect("shops:order", token=shop_orders.link_to(order=order, last_four=four, now=request.now))
    return private(render(request, "shop/find.html", {"code": written(request, "code")}, status=status))


def _found(request: PageRequest) -> UUID:
    code, four = written(request, "code"), written(request, "last_four")
    if not code or not four:
        raise UnusableForm(
            _("Something is missing. Nothing was opened."),
            cure=_("Type the order’s code and the last four digits of the telephone you ordered with."),
        )
    tidied = "".join(sign for sign in code.upper() if sign.isalnum())[:40]
    limits.take_each(
        ("shop-order-code", tidied, CODE_TRIES),
        ("shop-code-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_TRIES),
        window_s=TRIES_WINDOW_S,
        now=SystemClock().now(),
    )
    order = shop_orders.order_of_code(code, four)
    if order is None:
        raise NoSuchOrder(
            _("No order has this code and a telephone that ends in these four digits."),
            cure=_(
                "Read the order’s code once more, and type the last four digits of the telephone you ordered with. "
                "After five tries the code is shut for a quarter of an hour."
            ),
        )
    limits.give_back(what="shop-order-code", who=tidied)
    return order


@csrf_exempt
@by_link(shop_orders.LINK, ended="shop/ended.html")
def order(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """One order: what is in it, when it comes, its code; give it up until the cut-off."""
    status = 200
    if request.method == "POST":
        try:
            _check_last_four(request, link)
            assert link.subject is not None
            shop_orders.cancel_order(order=link.subject, now=request.now)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            messages.success(request, _("Given up. Its packs are somebody else’s now; nothing is to be paid."))
            return redirect("shops:order", token=token)
    found = orders_.order_of_link(link)
    context = {"order": found, "may_cancel": found.may_cancel(request.now)}
    return render(request, "shop/order.html", context, status=status)


def _check_last_four(request: PageRequest, link: LinkView) -> None:
    try:
        check_code(request, link)
    except WrongCode as refusal:
        raise NotTheLastFour(
            _("The telephone this order was made with does not end in these four digits. Nothing was changed."),
            cure=_(
                "Type the last four digits of the telephone you ordered with. After five tries this is shut for an hour."
            ),
        ) from refusal


@page(public=True)
def photo(request: PageRequest, code: str, of: UUID) -> HttpResponse:
    """What a shop or one of its packs looks like."""
    picture = shops_.photo(of)
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type="image/jpeg")
    response.headers["Cache-Control"] = f"public, max-age={PICTURE_KEPT_S}"
    return response
