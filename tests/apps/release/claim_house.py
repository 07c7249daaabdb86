"""The claim path as it runs: a process of its own on the test's book, and claims sent to it over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db import connection

READY_S_MAX = 300  # as the house itself waits: who lives but answers late is on a slow machine


class ClaimHouse:
    """One process on one port; killed and started again at the same address."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.log = home / "claims.log"
        facts = connection.get_connection_params()
        place = quote(str(facts["host"]), safe="")
        self._environment = os.environ | {
            "BAOGONG_HOME": str(home),
            "BAOGONG_BOOK": "book",
            "DATABASE_URL": f"postgresql://{facts['user']}@/{facts['dbname']}?host={place}&port={facts['port']}",
            "PYTHONUTF8": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = os.pipe()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "baogong.config.claims", "--host", "127.0.0.1", "--port", str(self.port)],
                env=self._environment | {"BAOGONG_LIFELINE": str(self._lifeline[0])},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._lifeline[0]],
                process_group=0,
            )
        given_up_s = time.monotonic() + READY_S_MAX
        while time.monotonic() < given_up_s:
            assert self._process.poll() is None, self.log.read_text()
            # The port is open before the application is there: an answer tells.
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.send(b"{}")[0] == 400:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the claim path does not answer: {self.log.read_text()}")

    def kill(self) -> None:
        """The process and the worker it has started, at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """As the supervisor stops it; its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        code = self._process.wait(timeout=30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return code

    def send(self, body: Mapping[str, Any] | bytes, **headers: str) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers in small letters, document."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            return send_over(line, body, **headers)
        finally:
            line.close()


def send_over(
    line: http.client.HTTPConnection, body: Mapping[str, Any] | bytes, **headers: str
) -> tuple[int, Mapping[str, str], Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    line.request("POST", "/claims", content, {"Content-Type": "application/json", **headers})
    answer = line.getresponse()
    told = answer.read()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(told)


def claim_of(id: UUID, tranche: UUID, number: str, units: int = 5, **more: Any) -> dict[str, Any]:
    """A claim as a resident's page sends it."""
    return {
        "id": str(id), "tranche": str(tranche), "units": units, "document": "PASSPORT", "number": number, **more,
    }  # fmt: skip
