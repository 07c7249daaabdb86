"""Log-in and the first steps in an empty house."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from baogong.journal.services.drills import move_clock
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError
from baogong.orders.queries import shops
from baogong.people import sessions
from baogong.people.queries.access import LoginView, log_ins, reach
from baogong.people.services import access, links
from baogong.people.services.links import LinkView
from baogong.places import queries as places
from baogong.web.clerk.views import READERS as LISTS
from baogong.web.context import rooms_of
from baogong.web.doors import DOORS
from baogong.web.pages import PageRequest, back, in_language, is_of_this_site, moment_from, page, sentence, text_from
from baogong.web.private import by_link


def start(request: HttpRequest) -> HttpResponseBase:
    """The page of the visitor's first duty; for a stranger the log-in, in a demonstration the stories; the doors for an administrator."""
    if not request.user.is_authenticated:
        return redirect("stories:gallery" if access.demo_is_open() else "account:login")
    return _own_start(request)


@page()
def _own_start(request: PageRequest) -> HttpResponse:
    rooms = rooms_of(request.actor)
    first = rooms[0].name if rooms else "account:doors"
    own = reach(request.actor, Duty.KEEPER)
    if first == "keeper:home" and own:
        if {site.role for site in places.sites(ids=own)} == {"STATION"}:
            first = "station:home"  # whoever keeps a station works with parcels and couriers
        elif {shop.id for shop in shops.shops(ids=own)} >= set(own):
            first = "shop:home"  # and a merchant with orders
    return redirect(first)


@page(public=True)
def log_in(request: PageRequest) -> HttpResponse:
    username = request.POST.get("username", "").strip()
    if request.method == "POST":
        try:
            sessions.log_in(request, username=username, password=request.POST.get("password", ""))
        except BaogongError as refusal:
            messages.error(request, sentence(refusal))
        else:
            target = request.POST.get("next", "")
            return redirect(target if is_of_this_site(request, target) else "account:start")
    context = {
        "next": request.POST.get("next", request.GET.get("next", "")),
        "username": username,
        "demo_logins": demo_log_ins(request),
        "demo_password": access.DEMO_PASSWORD,
    }
    return render(request, "account/login.html", context)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    sessions.log_out(request)
    return redirect("account:login")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "/")
    return in_language(request, redirect(target if is_of_this_site(request, target) else "/"))


@csrf_exempt
@by_link(links.FIRST_ADMIN, ended="account/ended.html")
def first_administrator(request: PageRequest, token: str, link: LinkView) -> HttpResponse:
    """
    Opened once, from the terminal's one-time link: makes the first administrator and shows the doors.

    The address itself is the secret, and no cookie gives its visitor any right: there is nothing for a foreign site to
    borrow, and a page that sends no referrer could not use a CSRF token.
    """
    if request.method == "POST":
        if request.POST.get("password") != request.POST.get("again"):
            messages.error(request, _("The two passwords differ. Nothing was saved; type them again."))
        else:
            try:
                username, password = request.POST.get("username", "").strip(), request.POST.get("password", "")
                links.become_first_administrator(
                    token=token,
                    name=text_from(request, "name"),
                    username=text_from(request, "username"),
                    password=password,
                    now=request.now,
                )
            except BaogongError as refusal:
                messages.error(request, sentence(refusal))
            else:
                sessions.log_in(request, username=username, password=password)
                return redirect("account:doors")
    return render(request, "account/first.html", {"form": request.POST})


@require_POST
@page(Duty.ADMIN)
def set_drill_clock(request: PageRequest) -> HttpResponse:
    """From the banner of a drill: forward, to a moment it offered."""
    move_clock(to=moment_from(request, "to"), actor=request.actor, now=request.now)
    messages.success(request, _("The drill's clock is set forward."))
    return redirect(back(request))


@page()
def doors(request: PageRequest) -> HttpResponse:
    """A door leads on only for whom its first page opens; a first step only to who may take it."""
    context = {
        "doors": [(door, request.actor.may_any(*door.duties)) for door in DOORS],
        "may_drop": request.actor.may_somewhere(*LISTS),
        "may_give_duties": request.actor.may(Duty.ADMIN),
    }
    return render(request, "account/doors.html", context)


def demo_log_ins(request: PageRequest) -> list[LoginView]:
    """Shown on the log-in page of a drill that only this machine reaches; their password is `access.DEMO_PASSWORD`."""
    return [login for login in log_ins(now=request.now) if login.is_demo] if access.demo_is_open() else []


@page(public=True)
def trust(request: PageRequest) -> HttpResponse:
    """How a phone on the same network comes to trust this house's own certificate."""
    return render(
        request,
        "account/trust.html",
        {"has_authority": _authority_path() is not None, "address": request.build_absolute_uri("/")},
    )


@page(public=True)
def authority(request: PageRequest) -> FileResponse:
    path = _authority_path()
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), content_type="application/x-x509-ca-cert", filename=path.name)


def _authority_path() -> Path | None:
    path = getattr(settings, "BAOGONG_AUTHORITY_FILE", None)
    return Path(path) if path and Path(path).is_file() else None
