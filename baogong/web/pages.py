"""
What every page function shares: who asks, the one reading of the clock, refusals turned into sentences.

    @page(Duty.COMMAND)
    def board(request: PageRequest) -> HttpResponse:
        return show(request, "command/board.html", {"board": queries.board(now=request.now)})

One view, one template, whole page and fragment from the same address: with htmx, `show` renders only the named partial.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from baogong.engine.sheets.amounts import AMOUNT_MAX
from baogong.journal.queries import BookMarkView, book_mark
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError, Kind, UnusableInput, refused_by_the_book
from baogong.people.queries.parties import sure_party
from baogong.people.services.access import actor_from
from baogong.web.middleware import LANGUAGE_COOKIE
from baogong.web.sentences import in_one_paragraph, said

STATUS = {
    Kind.UNUSABLE: 400,
    Kind.REFUSED: 422,
    Kind.CONFLICT: 409,
    Kind.NOT_FOUND: 404,
    Kind.FORBIDDEN: 403,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
YEAR_S = 365 * 24 * 3600
NOBODY = Actor(person_id=None, name="", reach={})
P = ParamSpec("P")
logger = logging.getLogger(__name__)


class PageRequest(HttpRequest):
    """A request after `page`: it knows its actor, its book and its moment."""

    actor: Actor
    book_mark: BookMarkView
    now: datetime
    htmx: Any


class UnusableForm(UnusableInput):
    """A field of a form; told in the visitor's language already."""

    code = "web.unusable-form"


def page(
    *duties: Duty, at_a_place: Collection[Duty] = (), public: bool = False
) -> Callable[
    [Callable[Concatenate[PageRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """
    Open a page to those who hold one of `duties` everywhere, to everyone logged in (no duty named), or to all (`public`).

    at_a_place  duties that open it too where they hold at one place only: the page itself asks which place it is about,
                or lists only what is of the visitor's places

    A refusal on a changing request goes back to the page it came from as a message; nothing is half-done, because each
    handler calls one service and the service owns the transaction.
    """

    def wrap(
        view: Callable[Concatenate[PageRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            asked: PageRequest = request  # type: ignore[assignment]
            asked.book_mark = book_mark()
            asked.now = asked.book_mark.clock_at or SystemClock().now()
            asked.actor = actor_from(request.user, asked.now) if request.user.is_authenticated else NOBODY
            if not public and not request.user.is_authenticated:
                return redirect(f"{reverse('account:login')}?{urlencode({'next': request.get_full_path()})}")
            try:
                if (duties or at_a_place) and not asked.actor.may_somewhere(*at_a_place):
                    asked.actor.require(*duties, *at_a_place)
                return view(asked, *args, **kwargs)
            except BaogongError as refusal:
                return refused(asked, refusal)
            except (DataError, IntegrityError) as error:
                refusal_ = refused_by_the_book(error)
                if refusal_ is None:
                    raise
                logger.warning("%s let through what the book refuses", request.method, exc_info=error)
                return refused(asked, refusal_)

        return inner

    return wrap


def refused(request: HttpRequest, refusal: BaogongError) -> HttpResponse:
    """A refusal as a person should meet it: what was found, what is allowed, what happened, what to do."""
    status = STATUS[refusal.kind]
    if request.method == "POST" and refusal.kind is not Kind.FORBIDDEN:
        messages.error(request, sentence(refusal))
        return redirect(back(request), permanent=False)
    return render(request, "web/refused.html", {"refusal": said(refusal), "status": status}, status=status)


def sentence(refusal: BaogongError) -> str:
    """The refusal in one paragraph, in the visitor's language; the cure last."""
    return in_one_paragraph(refusal)


def back(request: HttpRequest) -> str:
    """Where the person came from, if it was this site; else the start."""
    for target in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if target and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
            return target
    return "/"


def show(request: HttpRequest, template: str, context: dict[str, Any], *, partial: str = "") -> HttpResponse:
    """The whole page, or with htmx only the partial `partial` of the same template."""
    name = f"{template}#{partial}" if partial and getattr(request, "htmx", False) else template
    return render(request, name, context)


def private(response: HttpResponse) -> HttpResponse:
    """What a private address opens is kept by nobody on the way and tells nobody where it was."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def in_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, with the language the visitor chose (`?language=` or a form field) kept for a year."""
    chosen = request.POST.get("language") or request.GET.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


def uuid_from(request: HttpRequest, field: str) -> UUID:
    """A UUID out of a form field; raises UnusableForm with what was found."""
    text = request.POST.get(field, request.GET.get(field, ""))
    try:
        return UUID(text)
    except ValueError:
        raise UnusableForm(
            _("The form lacks a usable %(field)s.") % {"field": field},
            where=field,
            found=text,
            expected="an id made by this site",
            cure=_("Go back, reload the page and send the form again."),
        ) from None


def number_from(request: HttpRequest, field: str, *, least: int = 0, default: int | None = None) -> int:
    """A whole number out of a form field; an empty field gives `default` where there is one."""
    text = request.POST.get(field, "").strip()
    if not text and default is not None:
        return default
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number > AMOUNT_MAX:
        raise UnusableForm(
            _("“%(found)s” is more than can be counted here (%(most)s). Nothing was changed.")
            % {"found": text[:40], "most": f"{AMOUNT_MAX:,}"},
            where=field,
            found=text[:40],
            expected=f"≤ {AMOUNT_MAX}",
            cure=_("Correct the number and send the form again."),
        )
    if number < least:
        raise UnusableForm(
            _("“%(found)s” is not a whole number of at least %(least)s. Nothing was changed.")
            % {"found": text, "least": least},
            where=field,
            found=text,
            expected=f"≥ {least}",
            cure=_("Correct the number and send the form again."),
        )
    return number


def text_from(request: HttpRequest, field: str) -> str:
    """Words out of a form field that may not be empty."""
    text = request.POST.get(field, "").strip()
    if not text:
        raise UnusableForm(
            _("The field “%s” is empty. Nothing was written.") % field,
            where=field,
            expected=_("some words"),
            cure=_("Fill it in and send the form again."),
        )
    return text


def moment_from(request: HttpRequest, field: str) -> datetime:
    """A moment out of a datetime-local field, in the house's time zone."""
    text = request.POST.get(field, "").strip()
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError:
        raise UnusableForm(
            _("“%s” is no moment. Nothing was written.") % text,
            where=field,
            found=text,
            expected="2020-01-24T06:00",
            cure=_("Choose a day and a time."),
        ) from None


def party_from(request: HttpRequest, field: str, *, kinds: Collection[str] | None = None) -> UUID:
    """The one party a typed name surely means. Raises NameInDoubt, NameUnknown."""
    return sure_party(text_from(request, field), kinds=kinds).id
