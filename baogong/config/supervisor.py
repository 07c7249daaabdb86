"""One process that starts the database, the site, the worker and the claim path, keeps them running, and stops them all."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from baogong.config.embedded import turn_over
from baogong.config.home import Home
from baogong.config.lifeline import LIFELINE
from baogong.config.runtime import opened_book
from baogong.config.servers import OWNER_URL, EmbeddedBook, Server
from baogong.config.tls import Certificate
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

FIRST_PORT = 8000
PORTS_TRIED = 100
READY_S_MAX = 300  # a site that lives but answers late is on a slow machine, not broken
ANSWER_S_MAX = 10  # asked again after that: a process that fell has to be noticed
FIRST_PAGE = "/log-in/"
STOP_S_MAX = 20
BACKOFF_S_MAX = 30
SETTLED_S = 60  # a child that lived this long starts again at once
LOOK_S = 0.5
DATABASE_LOOK_S = 2


class AlreadyRunning(BaogongError):
    """Another supervisor serves this home."""

    kind, code = Kind.CONFLICT, "config.already-running"


class SiteDidNotStart(BaogongError):
    kind, code = Kind.UNAVAILABLE, "config.site-did-not-start"


@dataclass(frozen=True, slots=True)
class Site:
    """
    Where the site is served.

    host         127.0.0.1, or 0.0.0.0 for every machine on the network (then only with a certificate)
    port         None takes the first free one from FIRST_PORT on
    certificate  HTTPS; None serves HTTP
    """

    host: str = "127.0.0.1"
    port: int | None = None
    certificate: Certificate | None = None

    @property
    def is_local(self) -> bool:
        return self.host == "127.0.0.1"

    def address(self, name: str, port: int) -> str:
        return f"{'https' if self.certificate else 'http'}://{name}:{port}"


class _Stop(BaseException):
    """A signal asked us to stop."""


@dataclass(slots=True)
class _Child:
    module: str
    arguments: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0
    start_at_s: float = 0
    falls: int = field(default=0)


class Supervisor:
    """
    Serve a home until SIGINT, SIGTERM or SIGHUP.

    before  called once the book is ready and before the site is: plays a demo in, asks for a link to print
    ready   called with the site's port when it answers: prints where it is
    """

    def __init__(
        self, home: Home, site: Site, *, before: Callable[[Server], None], ready: Callable[[int], None]
    ) -> None:
        self.home = home
        self.site = site
        self._before = before
        self._ready = ready
        self._children: list[_Child] = []
        self._claims_port = 0
        self._lifeline_read, self._lifeline_write = -1, -1

    def run(self) -> None:
        """Raises AlreadyRunning, UnusableInput (a busy port), SiteDidNotStart and what the server raises."""
        with self._alone() as own, _stopping_on_signals():
            try:
                os.environ["BAOGONG_STATIC"] = str(self.home.run / "static")
                with opened_book(self.home) as server:
                    try:
                        self._serve(server, own)
                    finally:
                        # Once we are stopping nothing interrupts it any more, or something would be left behind.
                        _ignore_signals()
                        self._stop_children()
            except _Stop:
                pass

    def _serve(self, server: Server, own: IO[str]) -> None:
        self._before(server)
        _collect_static()
        port = free_port(self.site.host, self.site.port)
        _write_state(own, {"pid": os.getpid(), "address": self.site.address("127.0.0.1", port)})
        self._lifeline_read, self._lifeline_write = os.pipe()
        self._claims_port = next_free_port(self.site.host, port)
        self._children = [
            _Child("baogong.config.site", self._listening(port), self.home.log / "site.log"),
            _Child("baogong.config.worker", [], self.home.log / "worker.log"),
            _Child("baogong.config.claims", self._listening(self._claims_port), self.home.log / "claims.log"),
        ]
        site, worker, claims = self._children
        for child in (site, worker):
            self._start(child)
        self._wait_until_ready(site, port)
        self._start(claims)  # once people see the house: three that load at once keep them waiting
        self._ready(port)
        self._watch(server)

    def _listening(self, port: int) -> list[str]:
        words = ["--host", self.site.host, "--port", str(port)]
        if self.site.certificate is not None:
            words += ["--certificate", str(self.site.certificate.certificate)]
            words += ["--key", str(self.site.certificate.key)]
        return words

    def _watch(self, server: Server) -> None:
        looked_s = time.monotonic()
        while True:
            time.sleep(LOOK_S)
            for child in self._children:
                self._mend(child)
            if isinstance(server, EmbeddedBook) and time.monotonic() - looked_s > DATABASE_LOOK_S:
                if server.server.restart_if_dead():
                    sys.stderr.write("The database had stopped; it runs again.\n")
                looked_s = time.monotonic()

    def _mend(self, child: _Child) -> None:
        """Start a fallen child again: at once the first time, later after a pause that doubles."""
        now_s = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            code = child.process.returncode
            _kill_group(child.process.pid)
            child.process = None
            child.falls = 0 if now_s - child.started_s > SETTLED_S else child.falls + 1
            child.start_at_s = now_s + min(BACKOFF_S_MAX, 2**child.falls / 2)
            sys.stderr.write(f"{child.module} ended with code {code} (see {child.log}); it is started again.\n")
        if child.process is None and now_s >= child.start_at_s:
            self._start(child)

    def _start(self, child: _Child) -> None:
        certificate = self.site.certificate
        environment = os.environ | {
            "BAOGONG_HOME": str(self.home.path.parent),
            "BAOGONG_BOOK": self.home.name,
            "BAOGONG_HOSTS": ",".join(certificate.names) if certificate else "",
            "BAOGONG_TLS": "1" if certificate else "0",
            "BAOGONG_LOCALHOST_ONLY": "1" if self.site.is_local else "0",
            "BAOGONG_AUTHORITY": str(certificate.authority or "") if certificate else "",
            "BAOGONG_CLAIMS_PORT": str(self._claims_port),
            "PYTHONUTF8": "1",
            LIFELINE: str(self._lifeline_read),
        }
        environment.pop(OWNER_URL, None)  # what faces the network never holds the key to the tables
        turn_over(child.log)
        with open(child.log, "ab", opener=_private_file) as log:
            child.process = subprocess.Popen(
                [sys.executable, "-m", child.module, *child.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[self._lifeline_read],
                process_group=0,  # Ctrl-C reaches us alone; we stop them in order
            )
        child.started_s = time.monotonic()

    def _wait_until_ready(self, child: _Child, port: int) -> None:
        given_up_s = time.monotonic() + READY_S_MAX
        while time.monotonic() < given_up_s:
            assert child.process is not None
            if child.process.poll() is not None:
                break
            if self._answers(port):
                return
            time.sleep(0.1)
        else:
            raise SiteDidNotStart(
                f"The site does not answer after {READY_S_MAX} seconds, though its process lives.",
                where=str(child.log),
                cure="Close other programs of this machine and try again.",
            )
        said = child.log.read_text(errors="replace").strip().splitlines()[-3:] if child.log.exists() else []
        raise SiteDidNotStart(
            f"The site did not start: {' / '.join(said)}", where=str(child.log), cure=f"Read {child.log}."
        )

    def _answers(self, port: int) -> bool:
        """
        Whether its first page comes: whoever opens the address that is printed next does not wait for the house to load.

        The port alone would not say so: it takes connections from the first moment, and they wait.
        """
        if self.site.certificate is None:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S_MAX)
        else:  # to ourselves: whose certificate it is, is for others to ask
            line = http.client.HTTPSConnection("127.0.0.1", port, timeout=ANSWER_S_MAX, context=_trusting_anybody())
        try:
            line.request("GET", FIRST_PAGE)
            line.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
        return True

    def _stop_children(self) -> None:
        living = [(child.module, child.process) for child in self._children if child.process is not None]
        for _, process in living:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        given_up_s = time.monotonic() + STOP_S_MAX
        for module, process in living:
            try:
                process.wait(timeout=max(0.1, given_up_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{module} did not end within {STOP_S_MAX} seconds and was killed.\n")
            _kill_group(process.pid)
            process.wait()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[IO[str]]:
        with open(self.home.run / "supervisor", "a+", encoding="utf-8") as own:
            try:
                fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                state = _read_state(own)
                raise AlreadyRunning(
                    f"This book is open already: {state.get('address', 'it is just starting')}.",
                    where=str(self.home.path),
                    found=state.get("pid", ""),
                    cure="Use that address, or run `baogong down` first.",
                ) from None
            _write_state(own, {"pid": os.getpid()})
            yield own
            own.truncate(0)


def stop_running(home: Home) -> bool:
    """Ask the home's supervisor to stop and wait until it has; False where none runs."""
    if not home.run.is_dir():
        return False
    with open(home.run / "supervisor", "a+", encoding="utf-8") as own:
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            # The lock is held, so the process that wrote its pid there lives.
            os.kill(int(_read_state(own)["pid"]), signal.SIGTERM)
        fcntl.flock(own, fcntl.LOCK_EX)
        return True


def is_running(home: Home) -> bool:
    """Whether a supervisor serves this home."""
    try:
        with open(home.run / "supervisor", encoding="utf-8") as own:
            fcntl.flock(own, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def free_port(host: str, wanted: int | None) -> int:
    """The wanted port, or the first free one from FIRST_PORT on. Raises UnusableInput where the wanted one is busy."""
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = error.strerror
                continue
        if wanted is None and port != FIRST_PORT:
            sys.stderr.write(f"Port {FIRST_PORT} is taken; the site uses {port} instead.\n")
        return port
    raise UnusableInput(
        f"Port {wanted or FIRST_PORT} cannot be used: {reason}. The site was not started.",
        where="--port",
        found=wanted or f"{FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}",
        expected="a free port",
        cure="Choose another with --port, or leave it out to take the next free one.",
    )


def next_free_port(host: str, after: int) -> int:
    """The first free one behind the site's, where people who write firewall rules look for it; else any."""
    for port in [*range(after + 1, min(after + 1 + PORTS_TRIED, 65_536)), 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                found: int = probe.getsockname()[1]
                return found
    raise UnusableInput("No port is free beside the site's. The site was not started.", cure="Close other programs.")


def _collect_static() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


def _trusting_anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        _ignore_signals()
        raise _Stop

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _read_state(own: IO[str]) -> dict[str, Any]:
    own.seek(0)
    try:
        state: dict[str, Any] = json.loads(own.read())
    except ValueError:
        return {}
    return state


def _private_file(path: str, flags: int) -> int:
    """A log is its owner's: what went wrong is nobody else's business."""
    return os.open(path, flags, 0o600)


def _write_state(own: IO[str], state: dict[str, Any]) -> None:
    own.seek(0)
    own.truncate()
    own.write(json.dumps(state))
    own.flush()
