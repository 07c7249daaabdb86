"""The live stream by granian itself: who may listen, what is told, that it ends when either side goes away."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

import pytest
from django.core import signing
from django.db import transaction
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from baogong.api.live import ADDRESS, Live, Paths
from baogong.config.supervisor import next_free_port
from baogong.journal.queries import newest_mark
from baogong.journal.services import record
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.ids import new_id
from baogong.tower import tickets
from baogong.tower.tickets import NoTicket, refuse_without_ticket, ticket_for
from tests.cast import NOW


@contextmanager
def served(live: Live) -> Iterator[str]:
    """Its address; granian in a thread of this process, as it serves the claim path's."""
    port, over = next_free_port("127.0.0.1", 18_000), threading.Event()

    def serve() -> None:
        async def run() -> None:
            server = Server(
                Paths(NoClaims(), live),
                port=port,
                interface=Interfaces.RSGI,
                http=HTTPModes.http1,
                websockets=False,
                log_level=LogLevels.error,
            )
            task = asyncio.ensure_future(server.serve())
            while not over.is_set():
                await asyncio.sleep(0.05)
            live.stop()
            server.stop()  # type: ignore[no-untyped-call]
            await asyncio.wait_for(task, 10)

        asyncio.run(run())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    eventually(lambda: _listens(port))
    try:
        yield f"http://127.0.0.1:{port}{ADDRESS}"
    finally:
        over.set()
        thread.join(15)
        assert not thread.is_alive()


class NoClaims:
    """The claims' path, which no test of the stream asks."""

    def __rsgi_init__(self, loop: Any) -> None: ...
    def __rsgi_del__(self, loop: Any) -> None: ...
    async def __rsgi__(self, scope: Any, exchange: Any) -> None:
        exchange.response_bytes(404, [], b"claims")


def _listens(port: int) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def eventually(holds: Callable[[], object], *, within_s: float = 15) -> None:
    given_up_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < given_up_s, "it never came"
        time.sleep(0.05)


class Ear:
    """Listens in a thread; `told` are the lines so far."""

    def __init__(self, address: str, ticket: str) -> None:
        self.told: list[str] = []
        self.answer = urllib.request.urlopen(f"{address}?ticket={ticket}", timeout=20)
        self.is_over = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for line in self.answer:
                self.told.append(line.decode().strip())
        except (OSError, ValueError, AttributeError):  # closed while it waited
            pass
        self.is_over = True

    def close(self) -> None:
        self.answer.fp.raw._sock.close()
        self.answer.close()


def write() -> None:
    with transaction.atomic():
        record(kind="freight.waybill.departed", actor=THE_HOUSE, now=NOW, subject=new_id())


def test_who_listens_hears_where_the_book_stands_and_each_time_it_grows() -> None:
    book = {"mark": "1"}
    live = Live(lambda: book["mark"], look_s=0.05, beat_s=0.3)
    with served(live) as address:
        ear = Ear(address, ticket_for(new_id()))
        assert ear.answer.headers["content-type"].startswith("text/event-stream")
        assert ear.answer.headers["cache-control"] == "no-store"
        eventually(lambda: "data: 1" in ear.told)
        assert ear.told[:3] == ["retry: 5000", "event: here", "data: 1"]
        book["mark"] = "2"
        eventually(lambda: ear.told[-3:-1] == ["event: changed", "data: 2"] or "data: 2" in ear.told)
        eventually(lambda: ": still here" in ear.told)


def test_without_a_listener_nobody_looks() -> None:
    looks: list[int] = []

    def look() -> str:
        looks.append(1)
        return "1"

    live = Live(look, look_s=0.02, beat_s=0.1)
    with served(live) as address:
        time.sleep(0.2)
        assert looks == []
        ears = [Ear(address, ticket_for(None)) for _ in range(3)]
        eventually(lambda: live.listeners_count == 3)
        for ear in ears:
            eventually(lambda ear=ear: "event: here" in ear.told)  # type: ignore[misc]
        for ear in ears:
            ear.close()
        eventually(lambda: live.listeners_count == 0)
        time.sleep(0.1)
        seen = len(looks)
        time.sleep(0.2)
        assert len(looks) == seen


@pytest.mark.parametrize("ticket", ["", "nonsense", "forged"])
def test_without_a_ticket_nothing_is_told(ticket: str) -> None:
    if ticket == "forged":
        ticket = signing.dumps("someone", key="another house's", salt=tickets._SALT)
    with served(Live(lambda: "1")) as address, pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{address}?ticket={ticket}", timeout=10)
    assert refused.value.code == 403
    assert json.loads(refused.value.read())["error"]["code"] == "tower.no-ticket"


def test_a_ticket_is_good_as_long_as_a_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, now_s = ticket_for(new_id()), time.time()
    refuse_without_ticket(ticket)
    monkeypatch.setattr(time, "time", lambda: now_s + tickets.TICKET_S + 2)
    with pytest.raises(NoTicket):
        refuse_without_ticket(ticket)


def test_a_book_that_cannot_be_reached_ends_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from baogong.api import live as module

    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0.05)
    book: dict[str, Any] = {"mark": "1", "is_down": False}

    def look() -> str:
        if book["is_down"]:
            raise OperationalError("the server is gone")
        return str(book["mark"])

    with served(Live(look, look_s=0.05, beat_s=0.3)) as address:
        ear = Ear(address, ticket_for(None))
        eventually(lambda: "data: 1" in ear.told)
        book["is_down"] = True
        time.sleep(0.3)
        assert not ear.is_over
        book.update(mark="2", is_down=False)
        eventually(lambda: "data: 2" in ear.told)


def test_the_mark_changes_with_each_event_also_with_one_that_comes_late(fresh_book: str) -> None:
    """A number is given before the commit: the later number may be seen first."""
    empty = newest_mark()
    write()
    one = newest_mark()
    gate, written, marks = threading.Event(), threading.Event(), []

    def slow() -> None:
        from django.db import connection

        try:
            with transaction.atomic():
                record(kind="freight.waybill.departed", actor=THE_HOUSE, now=NOW, subject=new_id())
                written.set()
                gate.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    write()
    marks.append(newest_mark())
    gate.set()
    thread.join()
    marks.append(newest_mark())
    assert len({empty, one, *marks}) == 4


def test_the_process_that_serves_it_stops_at_once_though_somebody_listens(fresh_book: str, tmp_path: Any) -> None:
    """SIGTERM, as the supervisor sends it: no screen that is left open keeps the house from closing."""
    port = next_free_port("127.0.0.1", 18_100)
    program = (
        "import sys, os\n"
        "from granian import Granian\n"
        "from granian.constants import HTTPModes, Interfaces\n"
        f"Granian('tests.api.listening:application', port={port}, interface=Interfaces.RSGI, workers=1,"
        " http=HTTPModes.http1, websockets=False).serve()\n"
    )
    said = (tmp_path / "said").open("w")
    process = subprocess.Popen([sys.executable, "-c", program], stderr=said, stdout=said)
    try:
        eventually(lambda: _listens(port), within_s=60)
        ear = Ear(f"http://127.0.0.1:{port}{ADDRESS}", "any")
        eventually(lambda: "event: here" in ear.told)
        started_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert time.monotonic() - started_s < 10
        eventually(lambda: ear.is_over)
    finally:
        if process.poll() is None:
            process.kill()
