"""What every answer carries: who asks, the one clock reading, safe headers, the visitor's language."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation

from baogong.kernel.errors import UnusableInput
from baogong.kernel.text import UnwritableText, refuse_unwritable
from baogong.web.names import names_of_one_page

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
LANGUAGE_COOKIE = "baogong_language"


class SafeHeaders:
    """No inline script, no foreign source, no framing; private pages are not kept by any cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=(self)")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class UnusableRequest(BadRequest):
    """What arrived is refused before anybody looks at it; `refusal` says why. Answered by the site's handler400."""

    def __init__(self, refusal: UnusableInput) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class ReadableRequests:
    """
    No address, cookie or field brings a character that the book cannot hold to any page or operation.

    Stands before the session, which is looked up by a cookie. JSON is looked through where it is parsed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            refuse_unwritable(request.path_info, "")
            refuse_unwritable(request.COOKIES, "")
            refuse_unwritable(dict(request.GET.lists()), "")
            refuse_unwritable(dict(request.POST.lists()), "")
            refuse_unwritable(list(request.FILES), "")  # Django itself cleans the files' own names
        except UnwritableText as refusal:
            raise UnusableRequest(refusal) from None
        except UnreadablePostError:
            raise BadRequest("the body broke off") from None
        return self.get_response(request)


def language_of(request: HttpRequest) -> str:
    """The switch in the header wins (a cookie), then the log-in's own language, then what the browser asks for."""
    known = dict(settings.LANGUAGES)
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    if chosen not in known:
        user = getattr(request, "user", None)
        chosen = getattr(user, "language", "") if user is not None and user.is_authenticated else ""
    return chosen if chosen in known else translation.get_language_from_request(request)


class VisitorsLanguage:
    """Every page speaks the visitor's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = language_of(request)
        with translation.override(chosen), names_of_one_page():
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response
