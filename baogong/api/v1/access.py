"""Who asks: the bearer of a token made for one log-in, or a page's own session. The log-in's duties decide the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from baogong.journal.clock import current_clock
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import reach
from baogong.people.services import links
from baogong.people.services.access import actor_of, require_somewhere
from baogong.people.services.limits import take

CALLS_MAX, CALLS_WINDOW_S = 600, 60
OPEN_CALLS_MAX = 300  # of one address, which a whole compound may share
GUESSES_MAX, GUESSES_WINDOW_S = 300, 900
OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
REGISTRARS = (Duty.COMMAND, Duty.CLERK)
EVERY_DUTY = tuple(Duty)


@dataclass(frozen=True, slots=True)
class Caller:
    """The log-in, what it may do, and the one reading of the clock for this request."""

    user: UUID
    actor: Actor
    now: datetime

    def require(self, *duties: Duty, at: UUID | None = None) -> None:
        """Raises NotYourPlace unless one of the duties holds at `at`; without a place: unless it holds everywhere."""
        self.actor.require(*duties, at=at)

    def require_somewhere(self, *duties: Duty) -> None:
        """For what belongs to no place, or is asked about its place afterwards. Raises NotYourPlace."""
        require_somewhere(self.actor, *duties)

    def sites(self, *duties: Duty) -> frozenset[UUID] | None:
        """Where one of the duties holds; None: everywhere. Raises NotYourPlace where it holds nowhere."""
        self.require_somewhere(*duties)
        return reach(self.actor, *duties)


def caller(request: HttpRequest) -> Caller:
    """Whom this operation's authentication recognised."""
    return cast(Caller, request.auth)  # type: ignore[attr-defined]


def address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def pace_of_the_public(request: HttpRequest) -> None:
    """For operations without a log-in. Raises limits.TooOften."""
    take(
        what="api-public",
        who=address(request),
        most=OPEN_CALLS_MAX,
        window_s=CALLS_WINDOW_S,
        now=SystemClock().now(),
    )


class Token(HttpBearer):
    """`Authorization: Bearer TOKEN`: shown once when it is made, expiring, revocable, never in an address."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        now = current_clock().now()
        try:
            link = links.open_link(token, links.API, now)
        except links.LinkUnusable:
            take(
                what="api-guess",
                who=address(request),
                most=GUESSES_MAX,
                window_s=GUESSES_WINDOW_S,
                now=SystemClock().now(),
            )
            return None
        assert link.subject is not None
        return _recognised(link.subject, now, what="api-token", who=str(link.id))


class Session(APIKeyCookie):
    """The site's own pages: the session's cookie, and its CSRF token with whatever changes something."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if not request.user.is_authenticated:
            return None
        user = cast(Any, request.user).pk
        return _recognised(user, current_clock().now(), what="api-session", who=str(user))


def _recognised(user: UUID, now: datetime, *, what: str, who: str) -> Caller | None:
    """None for one dismissed. Raises TooOften; NotYourPlace for a log-in without any duty, which opens nothing."""
    take(what=what, who=who, most=CALLS_MAX, window_s=CALLS_WINDOW_S, now=SystemClock().now())
    try:
        actor = actor_of(user, now)
    except NotFound:
        return None
    require_somewhere(actor, *EVERY_DUTY)
    return Caller(user, actor, now)


def office(request: HttpRequest) -> Caller:
    """The caller, who holds a duty of the office everywhere."""
    who = caller(request)
    who.require(*OFFICE)
    return who
