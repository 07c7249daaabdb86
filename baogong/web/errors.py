"""
What a visitor reads where no page could answer.

It reads nothing from the book, for it must work when the book does not; only an address that leads nowhere, which says
nothing of the book, is answered with the drill's clock where the book can be read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from baogong.web.context import drill_of
from baogong.web.middleware import UnusableRequest, language_of
from baogong.web.sentences import said


def unusable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refused before the visitor's language was looked up: it is looked up here."""
    with translation.override(language_of(request)):
        if isinstance(exception, UnusableRequest):
            refusal = said(exception.refusal)
            what = f"{refusal.message} {_('Where: %s.') % refusal.where}" if refusal.where else refusal.message
            return _page(400, _("This could not be read"), what, refusal.cure)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
            return _page(
                400,
                _("This is too large"),
                _("A form may bring 20 MB and 1,000 fields; nothing was changed."),
                _("Split it and send the parts one after the other."),
            )
        return _page(
            400,
            _("This could not be read"),
            _("The request broke off or is not what a browser sends; nothing was changed."),
            _("Go back, reload the page and send the form again."),
        )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    drill: dict[str, Any] = {}
    with suppress(DatabaseError):
        drill = drill_of(request)
    return _page(
        404,
        _("There is no such page"),
        _("The address is incomplete or mistyped; nothing was changed."),
        _("Check the address against the paper or the message it came from, or begin at the start."),
        **drill,
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        403,
        _("This page is not open to you"),
        _("Nothing was changed."),
        _("Log in with your own name, or ask an administrator of the working group."),
    )


def unsafe_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        403,
        _("This form could not be accepted"),
        _("It was open for too long, or was sent from elsewhere; nothing was changed."),
        _("Go back, reload the page and send the form again. The browser must accept this site's cookies."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    return _page(
        500,
        _("Something in the house is broken"),
        _("The request was not completed, and the fault is in the house's log."),
        _(
            "Try again in a minute; look first whether what you sent is in the book. If it stays, tell an administrator."
        ),
    )


def _page(status: int, title: str, what: str, cure: str, **drill: object) -> HttpResponse:
    context = {"title": title, "what": what, "cure": cure, **drill}
    return HttpResponse(render_to_string("web/trouble.html", context), status=status)
