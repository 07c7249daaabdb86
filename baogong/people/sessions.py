"""
The edge where a request becomes a person: logging in, logging out, and the end of a session.

A session ends at once when its log-in is dismissed or gets another password (`User.get_session_auth_hash`, compared by
Django at every request), after `session_s` without a request, and twelve hours after log-in at the latest. Sessions
run on the machine's clock: a drill whose clock stands still must not keep them open for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth import login, logout
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest, HttpResponse

from baogong.kernel.clock import Clock, SystemClock
from baogong.kernel.errors import BaogongError
from baogong.people.models import User
from baogong.people.services import access, limits

log = logging.getLogger(__name__)

SESSION_S_MAX = 12 * 3600
BACKEND = "baogong.people.sessions.LogIns"
_SEEN_EVERY_S = 60  # writing the session at every request would double the writes of every page
_OPENED, _SEEN = "opened_s", "seen_s"


class LogIns(BaseBackend):
    """Whose a session is, read together with the duties: `access.actor_from` needs no query of its own."""

    def get_user(self, user_id: Any) -> User | None:
        return access.with_duties().filter(pk=user_id, is_active=True).first()


def log_in(request: HttpRequest, *, username: str, password: str, clock: Clock | None = None) -> UUID:
    """
    Open a new session (its key is a new one) for the log-in these belong to; returns the log-in's id.

    Raises limits.TooOften (10 tries per name, 300 per address in 15 minutes), access.WrongPassword, DemoNotHere.
    """
    now = (clock or SystemClock()).now()
    name, address = access.folded(username), request.META.get("REMOTE_ADDR", "")
    limits.take(what="login", who=name, most=10, window_s=900, now=now)
    limits.take(what="login-address", who=address, most=300, window_s=900, now=now)
    try:
        user_id = access.check_login(username=username, password=password)
    except BaogongError as refusal:
        log.warning("a log-in was refused: %s", refusal.code)  # no name, no address: the paces count them by tag
        raise
    limits.give_back(what="login", who=name)  # only failures count against a name
    user = User.objects.get(id=user_id)
    login(request, user, backend=BACKEND)
    seconds = now.timestamp()
    request.session[_OPENED] = seconds
    request.session[_SEEN] = seconds
    request.session.set_expiry(SESSION_S_MAX)
    log.info("log-in of %s", user_id)
    return user_id


def log_out(request: HttpRequest) -> None:
    """The session is deleted, here and in the database."""
    logout(request)


class SessionGuard:
    """Middleware, after Django's AuthenticationMiddleware: ends sessions that are idle, old, or a demo's out of place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse], clock: Clock | None = None) -> None:
        self.get_response = get_response
        self.clock = clock or SystemClock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            seconds = self.clock.now().timestamp()
            if self._has_ended(request, user, seconds):
                logout(request)
            elif seconds - request.session[_SEEN] > _SEEN_EVERY_S:
                request.session[_SEEN] = seconds
        return self.get_response(request)

    @staticmethod
    def _has_ended(request: HttpRequest, user: User, seconds: float) -> bool:
        opened, seen = request.session.get(_OPENED), request.session.get(_SEEN)
        if opened is None or seen is None:
            return True  # opened by something else than log_in
        is_old = seconds - opened >= SESSION_S_MAX
        is_idle = seconds - seen >= min(user.session_s, SESSION_S_MAX) + _SEEN_EVERY_S
        return is_old or is_idle or (user.is_demo and not access.demo_is_open())
