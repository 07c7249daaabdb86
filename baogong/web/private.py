"""
Pages behind a private link: one address, one subject, nobody's cookie.

    @by_link(PURPOSE, ended="donor/ended.html")
    def page_of_giver(request: PageRequest, token: str, link: LinkView) -> HttpResponse:

The address is the secret, so it stays out of logs, caches and referrers; every look is paced and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from baogong.kernel.clock import SystemClock
from baogong.people.services import limits, links
from baogong.people.services.links import LinkView
from baogong.web.pages import STATUS, PageRequest, in_language, page, private
from baogong.web.sentences import said

LinkPage = Callable[[PageRequest, str, LinkView], HttpResponse]


def by_link(purpose: str, *, ended: str) -> Callable[[LinkPage], Callable[..., HttpResponseBase]]:
    """
    Open the page to whoever has the address.

    purpose  what the link was made for
    ended    the template that says whom to ask, where the link opens nothing
    """

    def wrap(answer: LinkPage) -> Callable[..., HttpResponseBase]:
        @page(public=True)
        def opened(request: PageRequest, token: str) -> HttpResponse:
            match = request.resolver_match
            if "language" in request.GET and match is not None:
                return in_language(request, redirect(match.view_name, token=token))
            try:
                link = links.look_up(
                    token=token,
                    purpose=purpose,
                    address=request.META.get("REMOTE_ADDR", ""),
                    now=request.now,
                    paced_at=SystemClock().now(),
                )
            except links.LinkUnusable as refusal:
                return render(request, ended, {"refusal": said(refusal)}, status=STATUS[refusal.kind])
            except limits.TooOften as refusal:
                return _shut(request, refusal)
            return answer(request, token, link)

        @wraps(answer)
        def inner(request: HttpRequest, token: str) -> HttpResponseBase:
            # Django writes the path into its log should the view fail.
            request.path = request.path.replace(token, "(private)")
            request.path_info = request.path_info.replace(token, "(private)")
            response = opened(request, token)
            assert isinstance(response, HttpResponse)
            return private(response)

        return inner

    return wrap


def check_code(request: PageRequest, link: LinkView) -> None:
    """The second factor before a changing act, out of the form. Raises links.WrongCode, LinkUnusable, limits.TooOften."""
    links.check_code(link.id, request.POST.get("code", ""), request.now, paced_at=SystemClock().now())


def _shut(request: PageRequest, refusal: limits.TooOften) -> HttpResponse:
    wait_s = int(refusal.data["retry_after_s"])
    response = render(request, "web/shut.html", {"wait_min": -(-wait_s // 60)}, status=STATUS[refusal.kind])
    response.headers["Retry-After"] = str(wait_s)
    return response
