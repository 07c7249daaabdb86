"""
`baogong bench claims`: durable claims over HTTP, driven by wrk, beside two peers in the same call.

Ours is the claim path's own process, as `baogong up` starts it. The peers are served by granian too, one process each:

textbook  a synchronous Django view that does it as the documentation shows: atomic, `select_for_update` on the tranche,
          look at the person's quota, save; on the same tables, with the balance counted and no movement written
ceiling   the raw callable alone: it reads the claim, checks its number and answers; no database

wrk sends the same claims to each: one in a hundred repeats an earlier one, one in two hundred has a malformed number. A
rate counts answers with status 200. Every answer of ours is kept and held against the book afterwards.
The slow disk is a server of its own with a small library preloaded that makes each fsync 2 ms longer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ops.bench.report import Report, Target
from baogong.ops.runtime import runtime

SLOW_PART = "BAOGONG_BENCH_SLOW_DISK"
READY_S_MAX = 300
OPEN_FILES = 16_384
TRANCHE_UNITS = 5_000_000
SMALL_UNITS = 500  # fewer than the slowest machine admits in a second
PAST_CLAIMS = 10_000_000
FILL_BATCH = 5_000
SITE_THREADS = 8  # as the house serves its own pages
OURS = (sys.executable, "-m", "baogong.config.claims", "--host", "127.0.0.1", "--port")

WRK = r"""
local weights = {7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2}
local checks = {"1","0","X","9","8","7","6","5","4","3","2"}
local seed, tranche, out = tonumber(os.getenv("SEED")), os.getenv("TRANCHE"), io.open(os.getenv("ANSWERS"), "w")
local fmt, byte, n, refused, unexpected = string.format, string.byte, 0, 0, 0
local function number(k)
  local m = (k * 7919) % 23000000  -- spread like a population
  local s = fmt("%06d%04d%02d%02d%03d", 110000 + seed, 1940 + math.floor(m / 336000) % 70,
    math.floor(m / 28000) % 12 + 1, math.floor(m / 1000) % 28 + 1, m % 1000)
  local t = 0
  for i = 1, 17 do t = t + (byte(s, i) - 48) * weights[i] end
  return s .. checks[t % 11 + 1]
end
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
request = function()
  n = n + 1
  local k = n
  if n > 100 and n % 100 == 0 then k = n - 99 end
  local who = number(k)
  if n % 200 == 1 then who = string.sub(who, 1, 17) .. "?" end
  return wrk.format(nil, "/claims", nil, fmt(
    '{"id":"%08x-0000-7000-8000-%012x","tranche":"%s","units":1,"document":"RESIDENT_ID","number":"%s"}',
    seed, k, tranche, who))
end
response = function(status, headers, body)
  if status == 200 then out:write(body, "\n")
  elseif status == 409 and os.getenv("RUNS_OUT") then refused = refused + 1
  elseif status == 503 then refused = refused + 1; waiting = (waiting or 0) + 1
  elseif status ~= 400 then unexpected = unexpected + 1; if unexpected == 1 then io.stderr:write(body, "\n") end end
end
if os.getenv("RETRY_MS") then
  -- A refused connection comes back after a while, as its browser is told to.
  delay = function()
    if (waiting or 0) > 0 then
      waiting = waiting - 1
      return tonumber(os.getenv("RETRY_MS")) + math.random(500)
    end
    return 0
  end
end
done = function(summary, latency)
  io.write(fmt("RESULT %d %d %.3f %.3f\n", summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""

SLOW_SYNC = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void late(void) { struct timespec t = {0, 2000000}; nanosleep(&t, 0); }
int fsync(int file) { static int (*sync)(int); if (!sync) sync = dlsym(RTLD_NEXT, "fsync");
  int done = sync(file); late(); return done; }
int fdatasync(int file) { static int (*sync)(int); if (!sync) sync = dlsym(RTLD_NEXT, "fdatasync");
  int done = sync(file); late(); return done; }
"""


def run(*, quick: bool) -> Report:
    """
    Quick: one run of 3 s each, without 10 million claims before and without the slow disk, whose server alone takes half
    a minute to make; else medians of three of 10 s. Each server is warmed up first.
    """
    report = Report("claims", quick)
    _require("wrk", "sends the claims", "wrk")
    _require("cc", "makes the slow disk's library", "gcc libc6-dev")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory(prefix="baogong-bench-", dir="/tmp") as name:
        folder = Path(name)
        if os.environ.get(SLOW_PART):
            with runtime().throwaway_book() as book:
                _measure_slow(report, _Range(folder, book, quick))
            return report
        with runtime().throwaway_book() as book:
            _measure(report, _Range(folder, book, quick))
        slow = None if quick else _on_slow_disk(folder)
    times = None
    if slow is not None:
        report.ours["slow_disk"], report.peers["textbook"]["slow_disk"] = slow["ours"], slow["peers"]["textbook"]
        report.checks |= {f"{check['name']} (slow disk)": check["ok"] for check in slow["checks"]}
        times = slow["ours"]["claims_per_s"] / slow["peers"]["textbook"]["claims_per_s"]
    report.targets.insert(2, Target("times_textbook_slow_disk", times, "higher", 15, 30))
    return report


def _measure(report: Report, at: _Range) -> None:
    with at.serving("textbook"):
        textbook_64, textbook_512 = at.shoot(64), at.shoot(512)
    with at.serving("ceiling"):
        ceiling = at.shoot(512)
    with at.serving("ours"):
        ours_64, ours_512 = at.shoot(64), at.shoot(512)
        crowd = at.shoot(5_120, retry_ms=1_000)
        at.fire_at_the_last(512)
    at.check(report, [ours_64, ours_512, crowd])
    report.checks[f"a tranche of {SMALL_UNITS:,} runs out under fire and is not oversold"] = at.runs_out()
    growth = None
    if not at.quick:
        at.fill(PAST_CLAIMS)
        with at.serving("ours"):
            late = at.shoot(512)
        at.check(report, [late], " after 10 million")
        growth = late.per_s / ours_512.per_s
        report.ours["after_10m"] = late.as_dict()
    report.ours |= {"64": ours_64.as_dict(), "512": ours_512.as_dict(), "5120": crowd.as_dict()}
    report.peers["textbook"] = {"64": textbook_64.as_dict(), "512": textbook_512.as_dict()}
    report.peers["ceiling"] = {"512": ceiling.as_dict()}
    peak = max(ours_64.per_s, ours_512.per_s)
    report.targets = [
        Target("times_textbook_64", ours_64.per_s / textbook_64.per_s, "higher", 20, 50),
        Target("times_textbook_512", ours_512.per_s / textbook_512.per_s, "higher", 20, 50),
        Target("share_of_ceiling_512", ours_512.per_s / ceiling.per_s, "higher", 0.15, 0.30),
        Target("p99_ms_512", ours_512.p99_ms, "lower", 100, 30),
        Target("growth_10m", growth, "higher", 0.8, 0.95),
        Target("overload_goodput", crowd.per_s / peak, "higher", 0.6, 0.9),
    ]


def _measure_slow(report: Report, at: _Range) -> None:
    with at.serving("textbook"):
        textbook = at.shoot(512)
    with at.serving("ours"):
        ours = at.shoot(512)
    at.check(report, [ours])
    report.checks["a commit takes 2 ms or longer"] = at.commit_ms() >= 2
    report.ours = ours.as_dict()
    report.peers["textbook"] = textbook.as_dict()


def _on_slow_disk(folder: Path) -> dict[str, Any]:
    """The same call in a home of its own, whose server is slow at fsync."""
    folder.chmod(0o711)  # the server's user, where it is another, reads the library
    source, library, home = folder / "slow.c", folder / "slow.so", folder / "home"
    source.write_text(SLOW_SYNC)
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    library.chmod(0o755)
    home.mkdir(mode=0o711)
    words = [
        str(Path(sys.executable).with_name("baogong")),
        "bench",
        "claims",
        "--json",
    ]
    environment = os.environ | {
        "BAOGONG_HOME": str(home), "BAOGONG_SERVER_PRELOAD": str(library), SLOW_PART: "1",
    }  # fmt: skip
    environment.pop("DATABASE_URL", None)  # somebody else's disk is as fast as it is
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, check=False)
    if not done.stdout:
        raise RuntimeError("the slow disk's part ended without a word")
    told: dict[str, Any] = json.loads(done.stdout)
    if "error" in told:
        raise RuntimeError(told["error"]["message"])
    return told


def _require(program: str, what_for: str, packages: str) -> None:
    if shutil.which(program) is None:
        raise UnusableInput(
            f"{program} is missing; it {what_for}. Nothing was measured.",
            where="PATH",
            expected=program,
            cure=f"apt-get install {packages}",
        )


@dataclass(frozen=True, slots=True)
class _Shot:
    """One target at one number of connections: the median run's figures, and the answers of all runs."""

    per_s: float
    p50_ms: float
    p99_ms: float
    socket_errors: int
    answers: list[Path] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        return {
            "claims_per_s": self.per_s,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "socket_errors": self.socket_errors,
        }


class _Range:
    """A city with masks enough, servers on a port, and wrk."""

    def __init__(self, folder: Path, book: str, quick: bool) -> None:
        self.quick = quick
        self._folder, self._book = folder, book
        self._runs, self._seconds = (1, 3) if quick else (3, 10)
        self._seeds = count(1)
        self._script = folder / "claims.lua"
        self._script.write_text(WRK)
        self._put_out = _city()
        self._tranches: list[UUID] = []
        self._left = 0
        self._port = 0
        self._log = folder
        self._is_warm = False

    @contextlib.contextmanager
    def serving(self, what: str) -> Iterator[None]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        words = [*OURS, str(self._port)] if what == "ours" else [
            sys.executable, "-m", "baogong.ops.bench.claims", what, str(self._port),
        ]  # fmt: skip
        lifeline, held = os.pipe()
        log = (self._folder / f"{what}.log").open("ab")
        process = subprocess.Popen(
            words,
            env=os.environ | {"BAOGONG_PLAY": self._book, "BAOGONG_LIFELINE": str(lifeline), "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lifeline],
            process_group=0,
        )
        try:
            self._log, self._is_warm = Path(log.name), False
            self._wait_until_ready(process)
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            log.close()
            os.close(lifeline)
            os.close(held)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Until it answers: the port is open before the application is there."""
        given_up_s = time.monotonic() + READY_S_MAX
        while time.monotonic() < given_up_s and process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._settle()
            time.sleep(0.05)
        raise RuntimeError(f"a server did not start: {self._log.read_text(errors='replace')[-2_000:]}")

    def _settle(self) -> None:
        """Until what wrk has left behind is worked off: one more request is answered last."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=READY_S_MAX)
        with contextlib.closing(line):
            line.request("POST", "/claims", b"{}")
            line.getresponse().read()

    def shoot(self, connections: int, *, retry_ms: int | None = None) -> _Shot:
        if not self._is_warm:
            self._fire(connections, 1, retry_ms)
            self._is_warm = True
        fired = [self._fire(connections, self._seconds, retry_ms) for _ in range(self._runs)]
        rate = median(one.per_s for one in fired)
        middle = min(fired, key=lambda one: abs(one.per_s - rate))
        return _Shot(
            middle.per_s,
            middle.p50_ms,
            middle.p99_ms,
            sum(one.socket_errors for one in fired),
            [path for one in fired for path in one.answers],
        )

    def fire_at_the_last(self, connections: int) -> None:
        """Unmeasured, at a tranche that has fewer units than are asked for."""
        self._small = self._put_out(SMALL_UNITS)
        self._last = self._fire(connections, 2, None, self._small)

    def runs_out(self) -> bool:
        """Whether exactly so many units of the small tranche were given, as told, as counted and as claimed."""
        from django.db import connection

        told = set()
        for path in self._last.answers:
            with path.open("rb") as file:
                told |= {one["id"] for one in map(json.loads, file) if one["state"] == "ADMITTED"}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tranche.admitted, sum(claim.units), array_agg(claim.id::text)"
                " FROM release_tranche AS tranche JOIN release_claim AS claim ON claim.tranche_id = tranche.id"
                " WHERE tranche.id = %s AND claim.hold IS NOT NULL GROUP BY tranche.id",
                [self._small],
            )
            admitted, claimed, ids = cursor.fetchone() or (0, 0, [])
        return admitted == claimed == SMALL_UNITS and told <= set(ids)

    def _fire(self, connections: int, seconds: int, retry_ms: int | None, small: UUID | None = None) -> _Shot:
        seed = next(self._seeds)
        answers = self._folder / f"answers-{seed}"
        tranche = small or self._tranche()
        environment = os.environ | {"SEED": str(seed), "TRANCHE": str(tranche), "ANSWERS": str(answers)}
        if small is not None:
            environment["RUNS_OUT"] = "1"
        if retry_ms is not None:
            environment["RETRY_MS"] = str(retry_ms)
        done = subprocess.run(
            [
                "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(self._script),
                f"http://127.0.0.1:{self._port}",
            ],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        if done.stderr.strip():
            logged = self._log.read_text(errors="replace")[-2_000:]
            raise RuntimeError(f"a claim was answered so: {done.stderr.strip()[:400]}\n{logged}")
        duration_us, errors, p50_ms, p99_ms = next(
            line.split()[1:] for line in done.stdout.splitlines() if line.startswith("RESULT")
        )
        self._settle()
        with answers.open("rb") as file:
            got = sum(1 for _line in file)
        self._left -= got
        return _Shot(got / (int(duration_us) / 1e6), float(p50_ms), float(p99_ms), int(errors), [answers])

    def _tranche(self) -> UUID:
        if self._left < TRANCHE_UNITS // 10:
            self._tranches.append(self._put_out(TRANCHE_UNITS))
            self._left = TRANCHE_UNITS
        return self._tranches[-1]

    def fill(self, claims: int) -> None:
        """So many claims admitted, unmeasured."""
        from django.db import connection, transaction

        from baogong.release.admission import admit
        from baogong.release.facts import ClaimIn

        serial = count()
        for _ in range(claims // FILL_BATCH):
            tranche = self._tranche()
            batch = [
                ClaimIn(new_id(), tranche, "WEB", 1, b"fill" + next(serial).to_bytes(28, "big"))
                for _claim in range(FILL_BATCH)
            ]
            with transaction.atomic():
                admit(connection.connection, batch, datetime.now(UTC))
            self._left -= FILL_BATCH

    def check(self, report: Report, shots: list[_Shot], suffix: str = "") -> None:
        """The book after the fact: what it admitted, what it answered, what it holds."""
        from django.db import connection

        told: dict[str, tuple[str, str, str | None]] = {}
        is_one = True
        for path in [path for shot in shots for path in shot.answers]:
            with path.open("rb") as file:
                for line in file:
                    one = json.loads(line)
                    answer = (one["state"], one["code"], one["hold"])
                    is_one &= told.setdefault(one["id"], answer) == answer
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, state, code, hold FROM release_claim WHERE id = ANY(%s::uuid[])", [list(told)])
            kept = {str(id): (state, code, hold and str(hold)) for id, state, code, hold in cursor.fetchall()}
            cursor.execute(
                "SELECT tranche.admitted, tranche.units,"
                " (SELECT coalesce(sum(units), 0) FROM release_claim WHERE tranche_id = tranche.id AND hold IS NOT NULL)"
                " FROM release_tranche AS tranche"
            )
            counted = cursor.fetchall()
            cursor.execute(
                "SELECT count(*), count(DISTINCT claim.hold), count(hold.id) FROM release_claim AS claim"
                " LEFT JOIN ledger_hold AS hold ON hold.id = claim.hold AND hold.amount = claim.units"
                " WHERE claim.hold IS NOT NULL AND claim.id = ANY(%s::uuid[])",
                [list(told)],
            )
            ((claims, holds, found),) = cursor.fetchall()
        report.checks[f"oversold 0{suffix}"] = all(
            admitted <= units and admitted == claimed for admitted, units, claimed in counted
        )
        report.checks[f"lost 0{suffix}"] = bool(told) and all(kept.get(id) == answer for id, answer in told.items())
        report.checks[f"one answer per claim id{suffix}"] = is_one
        report.checks[f"recount: every claim has one hold of its own{suffix}"] = claims == holds == found > 0

    def commit_ms(self) -> float:
        """Of one small durable commit."""
        from django.db import connection, transaction

        seconds = []
        for _ in range(20):
            started = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE release_tranche SET variant = variant")
            seconds.append(time.perf_counter() - started)
        return median(seconds) * 1_000


def _city() -> Callable[[int], UUID]:
    """What puts a tranche of an open release out."""
    from django.db import transaction

    from baogong.catalogue.services import add_item
    from baogong.journal.clock import name_book
    from baogong.ledger import services as ledger
    from baogong.ledger.states import Reason, State
    from baogong.people.services.parties import register_party
    from baogong.release import services

    now = datetime.now(UTC)
    name_book(name="bench", now=now)  # a book in real use
    office = register_party(kind="ORGANISATION", name="指挥部", city="广安", now=now)
    warehouse = register_party(kind="SITE", name="仓库", now=now)
    with transaction.atomic():
        item = add_item(code="bench-masks", name_zh="口罩", name_en="Masks", unit="PIECE")
        lot = ledger.open_lot(item=item, owner=warehouse, now=now)
        outside, stock = ledger.AccountRef(warehouse, State.OUTSIDE), ledger.AccountRef(warehouse, State.AVAILABLE)
        ledger.post(
            lines=[ledger.post_line(outside, stock, lot, 50 * TRANCHE_UNITS)],
            actor=THE_HOUSE, reason=Reason.COUNT, document=None, request_id=new_id(), now=now,
        )  # fmt: skip
    rule = {
        "code": "bench", "title_zh": "口罩", "title_en": "Masks", "city": "广安", "units_per_claim_max": 1,
        "quotas": [{"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 1}],
    }  # fmt: skip
    release = services.draft_release(office=office, item=item, rule=rule, actor=THE_HOUSE, now=now, request_id=new_id())
    services.try_out(release=release, people=60, days=2, units=10, actor=THE_HOUSE, now=now)
    services.open_release(release=release, actor=THE_HOUSE, now=now)

    def put_out(units: int) -> UUID:
        from django.apps import apps

        tranche = services.put_out(
            release=release, on=(now + timedelta(days=1)).date(), units=units, lot=lot, source=warehouse,
            actor=THE_HOUSE, now=now, request_id=new_id(),
        )  # fmt: skip
        apps.get_model("release", "Tranche").objects.filter(id=tranche).update(opens_at=now)
        return tranche

    return put_out


# The peers


class _Refused(Exception):
    """What the peers answer with status 400."""


def _read(body: bytes) -> tuple[UUID, UUID, int, str]:
    from baogong.release.identity import number_of

    try:
        given = json.loads(body)
        number = number_of(given["document"], given["number"])
        return UUID(given["id"]), UUID(given["tranche"]), int(given["units"]), number
    except (UnusableInput, ValueError, KeyError, TypeError):
        raise _Refused from None


def _answer_of(id: UUID, units: int, hold: UUID | None, code: str = "") -> bytes:
    document = {
        "id": str(id), "state": "ADMITTED" if hold else "REFUSED", "units": units, "code": code, "free_on": None,
        "number": None, "hold": hold and str(hold), "keeps_until": None,
    }  # fmt: skip
    return json.dumps(document).encode()


def textbook() -> Any:
    """The WSGI application: as one would write it first."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
    django.setup()
    from django.apps import apps
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import transaction
    from django.http import HttpRequest, HttpResponse
    from django.test import override_settings
    from django.urls import path

    from baogong.people.services import identity

    models: dict[str, Any] = {
        name: apps.get_model(app, name)
        for app, name in (("release", "Tranche"), ("release", "Claim"), ("release", "Used"), ("ledger", "Balance"))
    }

    def claim(request: HttpRequest) -> HttpResponse:
        try:
            id, tranche_id, units, number = _read(request.body)
        except _Refused:
            return HttpResponse(b'{"error": "unusable"}', status=400, content_type="application/json")
        person = identity.tag(what="DOCUMENT RESIDENT_ID", purpose="bench", value=number)
        now = datetime.now(UTC)
        with transaction.atomic():
            tranche = models["Tranche"].objects.select_for_update().select_related(None).get(id=tranche_id)
            before = models["Claim"].objects.filter(id=id).first()
            if before is not None:
                return HttpResponse(_answer_of(id, units, before.hold, before.code), content_type="application/json")
            used, is_new = models["Used"].objects.get_or_create(
                scope=tranche.release_id, subject="PERSON", tag=person,
                defaults={"start_on": now.date(), "units": units, "claims": 1},
            )  # fmt: skip
            code = ""
            if not is_new and used.start_on + timedelta(days=3) > now.date():
                code = "quota-used"
            elif tranche.admitted + units > tranche.units:
                code = "none-left"
            hold = None if code else new_id()
            models["Claim"].objects.create(
                id=id, tranche=tranche, content=bytes(32), channel="WEB", units=units,
                state="REFUSED" if code else "ADMITTED", code=code, at=now, decided_at=now, person=person, hold=hold,
            )  # fmt: skip
            if hold is not None:
                tranche.admitted += units
                tranche.save(update_fields=["admitted"])
                balance = models["Balance"].objects.select_for_update(of=("self",)).get(
                    lot_id=tranche.lot_id, account__state="OFFERED"
                )  # fmt: skip
                balance.held += units
                balance.save(update_fields=["held"])
        return HttpResponse(_answer_of(id, units, hold, code), content_type="application/json")

    override_settings(ROOT_URLCONF=(path("claims", claim),), MIDDLEWARE=[]).enable()
    return WSGIHandler()


def ceiling() -> Any:
    """The RSGI callable: no database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")
    django.setup()

    async def answer(scope: Any, exchange: Any) -> None:
        try:
            id, _tranche, units, _number = _read(await exchange())
        except _Refused:
            exchange.response_bytes(400, [("content-type", "application/json")], b'{"error": "unusable"}')
            return
        exchange.response_bytes(200, [("content-type", "application/json")], _answer_of(id, units, id))

    return answer


def _serve(what: str, port: int) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    Granian(
        f"baogong.ops.bench.claims:{what}",
        factory=True,
        port=port,
        interface=Interfaces.WSGI if what == "textbook" else Interfaces.RSGI,
        workers=1,
        blocking_threads=SITE_THREADS if what == "textbook" else 1,
        backlog=8_192,
        backpressure=8_192,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
