"""Who may do what where: log-ins, their duties, passwords and API tokens. The administrator's pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight.queries import carriers
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import LoginView, links_to, log_ins, login
from baogong.people.queries.parties import resolve
from baogong.people.services import access, links
from baogong.places.queries import communities, sites
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, private, text_from, uuid_from

TOKEN_DAYS = (1, 7, 30, 90)
DUTY_FIELDS = ("duty", "at")


@page(Duty.ADMIN, keeps=("name", "username", "at_desk", *DUTY_FIELDS))
def people(request: PageRequest) -> HttpResponse:
    """Everybody with a log-in, the dismissed ones too; new log-ins."""
    if request.method == "POST":
        made = access.make_login(
            name=text_from(request, "name"),
            username=text_from(request, "username"),
            password=request.POST.get("password", ""),
            duties=[(_duty_from(request), _place_from(request))],
            at_desk=request.POST.get("at_desk") == "1",
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The log-in is ready."))
        return redirect("account:person", user=made)
    return render(request, "account/people.html", {"everyone": log_ins(now=request.now)} | _choices())


@page(Duty.ADMIN, keeps=DUTY_FIELDS)
def person(request: PageRequest, user: UUID) -> HttpResponse:
    """One log-in: its duties, a new password, its API tokens, its end."""
    view = login(user, request.now)
    if view is None:
        raise NotFound("There is no such log-in.", where=str(user), cure="Open the list again.")
    if request.method != "POST":
        return render(request, "account/person.html", _person(request, view))
    act = request.POST.get("act", "")
    if act == "token":
        token = _make_token(request, view)
        # Shown in this answer and never again: only its hash is kept.
        return private(render(request, "account/person.html", _person(request, view) | {"token": token}))
    _do(request, view, act)
    return redirect("account:person", user=user)


def _do(request: PageRequest, view: LoginView, act: str) -> None:
    actor, now = request.actor, request.now
    if act == "give":
        access.give_duty(user=view.id, duty=_duty_from(request), at=_place_from(request), actor=actor, now=now)
        messages.success(request, _("The duty is given."))
    elif act == "end":
        at = uuid_from(request, "at") if request.POST.get("at") else None
        access.end_duty(user=view.id, duty=_duty_from(request), at=at, actor=actor, now=now)
        messages.success(request, _("The duty has ended."))
    elif act == "password":
        access.change_password(user=view.id, password=request.POST.get("password", ""), actor=actor, now=now)
        messages.success(request, _("The password is changed; open sessions ended at once."))
    elif act == "dismiss":
        access.dismiss(user=view.id, actor=actor, now=now)
        messages.success(request, _("The log-in is closed; its sessions and tokens ended at once."))
    elif act == "end_token":
        token = uuid_from(request, "token")
        if token in {row.id for row in links_to(view.id, now=now)}:
            links.revoke(token, actor=actor, now=now)
        messages.success(request, _("The token opens nothing any more."))


def _make_token(request: PageRequest, view: LoginView) -> str:
    days = number_from(request, "days", least=1, most=3_660)
    if days not in TOKEN_DAYS:
        raise UnusableForm(
            _("A token cannot run for %s days. None was made.") % days,
            where="days",
            found=days,
            expected=", ".join(map(str, TOKEN_DAYS)),
            cure=_("Choose one of the times offered."),
        )
    return links.make_link(
        purpose=links.API,
        subject=view.id,
        party=view.person,
        expires_at=request.now + timedelta(days=days),
        actor=request.actor,
        now=request.now,
    )


def _person(request: PageRequest, view: LoginView) -> dict[str, object]:
    tokens = [row for row in links_to(view.id, now=request.now) if row.purpose == links.API and row.is_open]
    return {"person": view, "tokens": tokens, "token_days": TOKEN_DAYS} | _choices()


def _choices() -> dict[str, object]:
    """Duties, and the places at which one may be held."""
    names = {site.name for site in sites()} | {row.name for row in communities()} | {each.name for each in carriers()}
    return {"duties": list(Duty), "places": sorted(names)}


def _place_from(request: PageRequest) -> UUID | None:
    """The one party the field surely names; None for an empty field."""
    text = request.POST.get("at", "").strip()
    if not text:
        return None
    found = resolve(text)
    if found.party is None:
        raise UnusableForm(
            _("“%s” names no known site or carrier for certain. Nothing was saved.") % text,
            where="at",
            found=text,
            expected=", ".join(candidate.party.name for candidate in found.candidates),
            cure=_("Write the name as it stands in the list of sites."),
        )
    return found.party.id


def _duty_from(request: PageRequest) -> Duty:
    text = request.POST.get("duty", "")
    try:
        return Duty(text)
    except ValueError:
        raise UnusableForm(
            _("“%s” is no duty of this house. Nothing was saved.") % text,
            where="duty",
            found=text,
            expected=", ".join(Duty),
            cure=_("Choose a duty from the list."),
        ) from None
