"""
Open to everybody, no account: a shop's page, an order in one form, the order's own private page, the district's list.

Whoever has ordered gets a private address for the order, and six digits that give it up: the browser it was made in keeps
them in a cookie for that address, and no other page sees them. From another telephone the order's code with these digits opens
it again, to be given up too; with the telephone's last four it can be looked at. A neighbour who knows the number gives nothing
up: the page fills the digits in from the cookie, and acts on what the form says, never on the cookie.
"""

from __future__ import annotations

from functools import partial
from hmac import compare_digest
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
from baogong.orders.shop_errors import AddressNotListed
from baogong.people.services import limits
from baogong.people.services.identity import phone_digits
from baogong.people.services.links import LinkView
from baogong.web.copying import to_copy
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
from baogong.web.private import by_link
from baogong.web.words import word

PHONE_ORDERS, ADDRESS_ORDERS, ORDERS_WINDOW_S = 10, 300, 900
CODE_TRIES, ADDRESS_TRIES, TRIES_WINDOW_S = 5, 300, 900
PICTURE_KEPT_S = 3600
COOKIE = "baogong_order"


class NoSuchOrder(UnusableForm):
    """A wrong code and a wrong telephone are told alike."""

    kind = Kind.NOT_FOUND


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
    return render(request, "shop/approved_chat.html", to_copy(text, "approved"))


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
    status, typed, orderer, is_asked = 200, {}, {}, False
    if request.method == "POST" and asked is not None:
        try:
            return _order(request, shops_.day(asked.id))
        except BaogongError as refusal:
            # Told on the same page, which gives back what was typed in this one answer; nothing of it waits in the visit.
            messages.error(request, sentence(refusal))
            status, typed = STATUS[refusal.kind], {name: request.POST.getlist(name)[-1] for name in request.POST}
            orderer = {name: typed.get(name, "") for name in ("community", "address", "name", "phone")}
            is_asked = isinstance(refusal, AddressNotListed)  # only to be looked at once more, and ticked
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
        "orderer": orderer,
        "is_asked": is_asked,
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
    phone = text_from(request, "phone")
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
        is_sure=written(request, "is_sure") == "1",
        now=request.now,
    )
    return _opened(request, order, is_theirs=True)


def _opened(request: PageRequest, order: UUID, *, is_theirs: bool) -> HttpResponse:
    """On to the order's own page; with its secret, where it is theirs, in a cookie of that page alone."""
    response = redirect("shops:order", token=shop_orders.link_to(order=order, now=request.now))
    if is_theirs:
        response.set_cookie(
            COOKIE, shop_orders.secret_of(order), max_age=shop_orders.LINK_RUNS, path=response.headers["Location"],
            samesite="Lax", secure=request.is_secure(), httponly=True,
        )  # fmt: skip
    return response


@page(public=True)
def find(request: PageRequest) -> HttpResponse:
    """An order's page once more: with its code and its cancel code all of it, with the telephone's last four to look at."""
    status = 200
    if request.method == "POST":
        try:
            order, is_theirs = _found(request)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            return _opened(request, order, is_theirs=is_theirs)
    return private(render(request, "shop/find.html", {"code": written(request, "code")}, status=status))


def _found(request: PageRequest) -> tuple[UUID, bool]:
    code, proof = written(request, "code"), written(request, "proof")
    if not code or not proof:
        raise UnusableForm(
            _("Something is missing. Nothing was opened."),
            cure=_(
                "Type the order’s code, and its cancel code or the last four digits of the telephone you ordered with."
            ),
        )
    paced_at, tidied = SystemClock().now(), "".join(sign for sign in code.upper() if sign.isalnum())[:40]
    limits.take_each(
        ("shop-order-code", tidied, CODE_TRIES),
        ("shop-code-address", request.META.get("REMOTE_ADDR", ""), ADDRESS_TRIES),
        window_s=TRIES_WINDOW_S,
        now=paced_at,
    )
    is_theirs = shop_orders.is_secret(proof)
    if is_theirs:
        order = shop_orders.order_of_secret(code, proof, paced_at=paced_at)
    else:
        order = shop_orders.order_of_code(code, proof)
    if order is None:
        raise NoSuchOrder(
            _("No order has this code with these digits."),
            cure=_(
                "Read the order’s code once more, and type its cancel code, or the last four digits of the telephone you "
                "ordered with. After five tries the code is shut for a quarter of an hour."
            ),
        )
    limits.give_back(what="shop-order-code", who=tidied)
    return order, is_theirs


@csrf_exempt
@by_link(shop_orders.LINK, ended="shop/ended.html")
def order(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """One order: what is in it, when it comes, its code; give it up until the cut-off."""
    status = 200
    if request.method == "POST":
        try:
            assert link.subject is not None
            shop_orders.check_secret(order=link.subject, told=written(request, "secret"), paced_at=SystemClock().now())
            shop_orders.cancel_order(order=link.subject, now=request.now)
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
            status = STATUS[refusal.kind]
        else:
            messages.success(request, _("Given up. Its packs are somebody else’s now; nothing is to be paid."))
            return redirect("shops:order", token=token)
    found = orders_.order_of_link(link)
    # The page tells the secret to the browser that brings it, and to no other that has the address.
    brought, secret = request.COOKIES.get(COOKIE, ""), shop_orders.secret_of(found.id)
    context = {
        "order": found,
        "may_cancel": found.may_cancel(request.now),
        "secret": secret if secret and brought.isascii() and compare_digest(brought, secret) else "",
    }
    return render(request, "shop/order.html", context, status=status)


@page(public=True)
def photo(request: PageRequest, code: str, of: UUID) -> HttpResponse:
    """What a shop or one of its packs looks like."""
    picture = shops_.photo(of)
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type="image/jpeg")
    response.headers["Cache-Control"] = f"public, max-age={PICTURE_KEPT_S}"
    return response
