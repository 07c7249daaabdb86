"""
The live stream: `GET /live` tells a screen that the book has grown, by server-sent events (docs/decisions/0029-the-tower.md).

It stands in the claim path's process, whose loop holds a thousand idle connections where each would take one of the site's
eight threads. It says nothing but that something happened: what, the page asks the site itself, under its own log-in. Who
may listen is told by a ticket that a page of the house has signed; no cookie is read here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import parse_qs

from django.db import DatabaseError, InterfaceError, connection

from baogong.api.claims import Exchange, Headers, allowed_origin
from baogong.api.v1.errors import NOT_OFFERED, STATUS, NotOffered
from baogong.journal.queries import newest_mark
from baogong.kernel.errors import BaogongError, Kind
from baogong.tower.tickets import refuse_without_ticket

ADDRESS = "/live"
LOOK_S, LOOK_AGAIN_S, BEAT_S = 1.0, 10.0, 15.0
LISTENERS_MAX = 500

log = logging.getLogger(__name__)


class TooManyListen(BaogongError):
    """More screens than one process serves; the pages refresh themselves more rarely instead."""

    kind, code = Kind.UNAVAILABLE, "live.too-many"


class Scope(Protocol):
    proto: str
    path: str
    method: str
    query_string: str
    headers: Headers


class Stream(Protocol):
    async def send_str(self, text: str) -> None: ...


class StreamingExchange(Exchange, Protocol):
    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream: ...
    async def client_disconnect(self) -> None: ...


class Live:
    """The RSGI callable. While anybody listens it looks once a second whether the book has grown; one look serves all."""

    def __init__(
        self, look: Callable[[], str] = newest_mark, *, look_s: float = LOOK_S, beat_s: float = BEAT_S
    ) -> None:
        self._look, self._look_s, self._beat_s = look, look_s, beat_s
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._listeners: set[asyncio.Event] = set()
        self._mark = ""
        self._watch: asyncio.Task[None] | None = None
        self._is_over = False

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """
        Streams end when the process is told to: granian waits for open answers, and one of these would never end.

        Granian listens to the signals through the loop, which is told of them besides whatever handler stands here.
        """
        if threading.current_thread() is threading.main_thread():
            for told in (signal.SIGTERM, signal.SIGINT):
                signal.signal(told, lambda _number, _frame: loop.call_soon_threadsafe(self.stop))

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stop()
        self._reader.shutdown(wait=False)

    @property
    def listeners_count(self) -> int:
        return len(self._listeners)

    def stop(self) -> None:
        """Every stream ends at its next breath."""
        self._is_over = True
        self._wake()

    async def __rsgi__(self, scope: Scope, exchange: StreamingExchange) -> None:
        headers = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
        origin = allowed_origin(scope.headers)
        if origin is not None:
            headers += [("access-control-allow-origin", origin), ("vary", "Origin")]
        try:
            if scope.method != "GET":
                raise NotOffered("This address is not asked with this method.", expected="GET", cure="Use GET.")
            refuse_without_ticket(parse_qs(scope.query_string).get("ticket", [""])[0])
            if len(self._listeners) >= LISTENERS_MAX:
                raise TooManyListen("Too many screens listen at once.", cure="The page refreshes itself every minute.")
        except BaogongError as refusal:
            status = NOT_OFFERED if isinstance(refusal, NotOffered) else STATUS[refusal.kind]
            body = json.dumps({"error": refusal.as_dict()}, ensure_ascii=False).encode()
            exchange.response_bytes(status, [*headers, ("content-type", "application/json; charset=utf-8")], body)
            return
        stream = exchange.response_stream(200, [*headers, ("content-type", "text/event-stream; charset=utf-8")])
        gone = asyncio.ensure_future(exchange.client_disconnect())
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            await self._tell(stream, changed, gone)
        except Exception as error:
            log.debug("a screen went away: %s", type(error).__name__)
        finally:
            self._listeners.discard(changed)
            gone.cancel()

    async def _tell(self, stream: Stream, changed: asyncio.Event, gone: asyncio.Future[None]) -> None:
        """The mark where the book stands when somebody begins to listen, then each time it has grown."""
        if self._watch is None or self._watch.done():
            self._mark = await self._looked() or self._mark
            self._watch = asyncio.ensure_future(self._keep_watch())
        await stream.send_str(f"retry: 5000\nevent: here\ndata: {self._mark}\n\n")
        while not gone.done() and not self._is_over:
            changes: asyncio.Future[Any] = asyncio.ensure_future(changed.wait())
            both: set[asyncio.Future[Any]] = {changes, gone}
            await asyncio.wait(both, timeout=self._beat_s, return_when=asyncio.FIRST_COMPLETED)
            changes.cancel()
            if gone.done() or self._is_over:
                return
            if changed.is_set():
                changed.clear()
                await stream.send_str(f"event: changed\ndata: {self._mark}\n\n")
            else:
                await stream.send_str(": still here\n\n")  # whoever is gone without a word is found out by this

    async def _keep_watch(self) -> None:
        while self._listeners and not self._is_over:
            await asyncio.sleep(self._look_s)
            mark = await self._looked()
            if mark is None:
                await asyncio.sleep(LOOK_AGAIN_S)
            elif mark != self._mark:
                self._mark = mark
                self._wake()

    async def _looked(self) -> str | None:
        """Where the book stands; None where it cannot be reached."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._look)
        except (DatabaseError, InterfaceError) as error:
            log.warning("the live stream did not reach the book: %s", type(error).__name__)
            with contextlib.suppress(RuntimeError):  # the process is going down
                await asyncio.get_running_loop().run_in_executor(self._reader, _let_go)
            return None

    def _wake(self) -> None:
        for changed in self._listeners:
            changed.set()


def _let_go() -> None:
    """In the reader's own thread, whose connection it is: the next look opens another."""
    connection.close()


class Paths:
    """The addresses of one process: `/live` is the stream's, everything else the claims'."""

    def __init__(self, claims: Any, live: Any) -> None:
        self._claims, self._live = claims, live

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        for path in (self._claims, self._live):
            path.__rsgi_init__(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        for path in (self._live, self._claims):
            path.__rsgi_del__(loop)

    async def __rsgi__(self, scope: Any, exchange: Any) -> None:
        path = self._live if scope.proto == "http" and scope.path == ADDRESS else self._claims
        await path.__rsgi__(scope, exchange)
