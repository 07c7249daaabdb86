"""
Plays that are killed with SIGKILL, verified, and played on under the same request ids until they end.

Each play is killed several times. After every kill `book verify` must pass on what was left; the play that is at last
let run to its end must give the same facts, and tell the same story line by line, as one that nobody killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.scenarios.dying import ACTS

ROOT = Path(__file__).resolve().parents[2]
BAOGONG = str(Path(sys.executable).with_name("baogong"))
STORY = "hubei-relay-2020"
HANGS_S = 1800

STATEMENT, ACT, MOMENT, SERVER, BOTH = "statement", "act", "moment", "server", "both"
KINDS = {STATEMENT: 40, ACT: 25, MOMENT: 20, SERVER: 8, BOTH: 7}  # of a hundred kills


class Fault(Exception):
    """Something did not hold after a kill."""


@dataclass(frozen=True, slots=True)
class Kill:
    """
    statement  the play dies after the `number`-th statement of `place` ("step 12")
    act        the same within one service ("act load")
    moment     the play is killed from outside when `share` of the time that a play takes has passed (since the
               play said that it begins `place`, where one is named)
    server     so is the database server; the play must say so and end
    both       both at once
    """

    kind: str
    place: str = ""
    number: int = 0
    share: float = 0.0

    def __str__(self) -> str:
        if self.kind in (STATEMENT, ACT):
            return f"{self.place}, statement {self.number}"
        return f"{self.kind} at {self.share:.1%} of a play's time{self.place and f' after {self.place} began'}"


@dataclass(frozen=True, slots=True)
class Unkilled:
    """What a play gives that nobody killed, and how many statements it needs where."""

    document: dict[str, Any]
    told: list[str]
    statements: dict[str, int]
    play_s: float

    def draw(self, dice: random.Random, kind: str, *, is_resumed: bool) -> Kill:
        """
        A kill of this kind, uniformly over the story's statements, an act's statements, or the play's time.

        How long a resumed play lasts is not known before: its moment is soon after a step, uniformly over the steps.
        """
        steps = [place for place in self.statements if place.startswith("step")]
        if kind == STATEMENT:
            (place,) = dice.choices(steps, [self.statements[step] for step in steps])
        elif kind == ACT:
            place = f"act {dice.choice(sorted(ACTS))}"
        elif is_resumed:
            return Kill(kind, dice.choice(steps), share=dice.random() / len(steps))
        else:
            return Kill(kind, share=dice.random())
        # A resumed play has less to do within an act; what it has done before is only looked at.
        most = self.statements[place] // (4 if kind == ACT and is_resumed else 1)
        return Kill(kind, place, dice.randint(1, most))


@dataclass(slots=True)
class Soak:
    """The figures of all kills so far."""

    kills: int = 0
    verified: int = 0
    completed: int = 0
    plays: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    died_in: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "kills": self.kills,
            "verified": self.verified,
            "plays": self.plays,
            "completed": self.completed,
            "by_kind": dict(sorted(self.by_kind.items())),
            "died_in": dict(self.died_in.most_common()),
            "faults": self.faults,
        }


class Stand:
    """A home of its own for plays of a story: nobody else's server is ever killed."""

    def __init__(self, folder: Path, story: str = STORY) -> None:
        self.folder, self.story = folder, story
        self.env = os.environ | {"BAOGONG_HOME": str(folder / "home")}
        for name in ("DATABASE_URL", "BAOGONG_BOOK", "DJANGO_SETTINGS_MODULE"):
            self.env.pop(name, None)
        if self.env.pop("PYTHONDONTWRITEBYTECODE", None):  # else each of these processes compiles every module anew
            self.env["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")

    def start(self, *command: str) -> subprocess.Popen[str]:
        errors = self.folder / "stderr"
        with open(errors, "w") as file:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def run(self, *command: str) -> tuple[int, Any]:
        """Exit code and the one document; raises Fault where there is none."""
        process = self.start(*command)
        return self.end_of(process)

    def end_of(self, process: subprocess.Popen[str]) -> tuple[int, Any]:
        try:
            out, _ = process.communicate(timeout=HANGS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Fault(f"it hung for {HANGS_S} s: {self.said()}") from None
        except BaseException:  # we are told to stop: nothing of ours plays on
            process.kill()
            process.wait()
            raise
        if process.returncode < 0:
            return process.returncode, None
        try:
            return process.returncode, json.loads(out)
        except ValueError:
            raise Fault(f"exit {process.returncode} without a document: {out[:200]!r} {self.said()}") from None

    def said(self) -> str:
        """The last lines of the last process's stderr."""
        return "\n".join((self.folder / "stderr").read_text(errors="replace").splitlines()[-15:])

    def kept_name(self, process: subprocess.Popen[str]) -> str:
        """The book's name, as soon as the play says it; "" where it ended before."""
        found = self.heard(process, r"^kept as (\w+)$")
        return found[1] if found else ""

    def heard(self, process: subprocess.Popen[str], words: str) -> re.Match[str] | None:
        """Wait until the process has said this on stderr; None where it ended before."""
        until = time.monotonic() + HANGS_S
        while time.monotonic() < until:
            is_over = process.poll() is not None
            if found := re.search(words, (self.folder / "stderr").read_text(errors="replace"), re.MULTILINE):
                return found
            if is_over:
                return None
            time.sleep(0.05)
        process.kill()
        raise Fault(f"nothing like {words} was said within {HANGS_S} s: {self.said()}")

    def kill_server(self) -> None:
        """kill -9 of the postmaster; nothing where it does not run."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pid = (self.folder / "home" / "play" / "pg").resolve().joinpath("postmaster.pid").read_text().split()[0]
            os.kill(int(pid), signal.SIGKILL)

    def unkilled(self) -> Unkilled:
        """Play once to the end, counting; a first short call compiles modules and makes the server."""
        counts = self.folder / "counts.json"
        self.run(BAOGONG, "scenario", "list", "--json")
        began = time.monotonic()
        words = ("scenario", "play", self.story, "--keep", "--json")
        code, document = self.run(sys.executable, "-m", "tests.scenarios.dying", "count", str(counts), *words)
        play_s = time.monotonic() - began
        if code != 0 or not document["ok"]:
            raise Fault(f"the play that nobody killed did not hold: exit {code}, {document}")
        statements = json.loads(counts.read_text())
        silent = [act for act in ACTS if not statements.get(f"act {act}")]
        if silent:
            raise Fault(f"no statement was counted in {silent}: dying.py no longer knows where these services stand")
        told = self.told(document["kept_as"])
        return Unkilled(document, told, statements, play_s)

    def told(self, book: str) -> list[str]:
        code, lines = self.run(sys.executable, "-m", "tests.scenarios.told", book)
        if code != 0:
            raise Fault(f"{book} cannot be read: {lines} {self.said()}")
        assert isinstance(lines, list)
        return lines

    def verify(self, book: str) -> None:
        code, report = self.run(BAOGONG, "book", "verify", "--kept", book, "--json")
        if code != 0 or not report.get("ok") or not report["stamp_chain_ok"]:
            raise Fault(f"book verify: {report}")

    def play_and_kill(self, kill: Kill, book: str, play_s: float) -> tuple[str, int, Any]:
        """Begin a play, or go on in `book`, and kill. Returns the book's name, the exit code, the document if any."""
        words = ["scenario", "play", self.story, "--json", *(["--reopen", book] if book else ["--keep"])]
        if kill.kind in (STATEMENT, ACT):
            process = self.start(sys.executable, "-m", "tests.scenarios.dying", kill.place, str(kill.number), *words)
            name = book or self.kept_name(process)
            return name, *self.end_of(process)
        process = self.start(BAOGONG, *words)
        name = book or self.kept_name(process)
        if kill.place:
            self.heard(process, rf"^\[{kill.place.removeprefix('step ')}/")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(kill.share * play_s)
        if process.poll() is None:
            if kill.kind in (SERVER, BOTH):
                self.kill_server()
            if kill.kind in (MOMENT, BOTH):
                process.kill()
        return name, *self.end_of(process)

    def finish(self, book: str) -> tuple[int, Any]:
        return self.run(BAOGONG, "scenario", "play", self.story, "--reopen", book, "--json")


@contextlib.contextmanager
def stand(story: str = STORY) -> Iterator[Stand]:
    folder = Path(tempfile.mkdtemp(prefix="baogong-soak-", dir="/tmp"))
    folder.chmod(0o711)  # the server's user, where it is another, passes through
    try:
        yield Stand(folder, story)
    finally:
        _stop_server(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _stop_server(folder: Path) -> None:
    from baogong.config.embedded import EmbeddedServer
    from baogong.config.home import Home

    EmbeddedServer(Home(folder / "home" / "play")).stop_if_unused()


def differences(unkilled: Unkilled, document: dict[str, Any], told: list[str]) -> list[str]:
    """What a resumed play gives otherwise than one that nobody killed; empty where all is the same."""
    wrong = [] if document["ok"] and document["book"]["verified"] else ["the play does not hold"]
    for ours, theirs in zip(document["expectations"], unkilled.document["expectations"], strict=True):
        if (ours["name"], ours["got"], ours["ok"]) != (theirs["name"], theirs["got"], theirs["ok"]):
            wrong.append(f"{ours['name']}: {ours['got']} instead of {theirs['got']}")
    if document["facts"] != unkilled.document["facts"]:
        wrong.append(f"facts {document['facts']} instead of {unkilled.document['facts']}")
    if document["book"]["movements"] != unkilled.document["book"]["movements"]:
        wrong.append(f"{document['book']['movements']} movements instead of {unkilled.document['book']['movements']}")
    more, fewer = Counter(told) - Counter(unkilled.told), Counter(unkilled.told) - Counter(told)
    wrong += [f"told besides: {line}" for line in list(more.elements())[:5]]
    wrong += [f"not told: {line}" for line in list(fewer.elements())[:5]]
    return wrong


def killed_play(at: Stand, unkilled: Unkilled, kills: list[Kill], soak: Soak, say: Callable[[str], object]) -> None:
    """One play through all these kills to its end. Faults are noted in `soak`; the first one ends the play."""
    soak.plays += 1
    book, history = "", []
    try:
        for kill in kills:
            book, code, document = at.play_and_kill(kill, book, unkilled.play_s)
            if code == 0:
                say(f"  play {soak.plays}: over before {kill}")
                break
            history.append(str(kill))
            _was_killed(kill, code, document, at)
            soak.kills += 1
            soak.by_kind[kill.kind] += 1
            died = re.search(r"^died in step (\d+) \[(.*?)\]", at.said(), re.MULTILINE)
            soak.died_in.update([act.strip("'") for act in died[2].split(", ")] if died and died[2] else [])
            at.verify(book)
            soak.verified += 1
            say(f"  play {soak.plays}: kill {soak.kills} ({kill}), the book is sound")
        code, document = at.finish(book)
        if code == 2:
            raise Fault(f"it could not go on: {document['error']} {at.said()}")
        wrong = differences(unkilled, document, at.told(book))
        if wrong:
            raise Fault("; ".join(wrong))
        soak.completed += 1
        say(f"  play {soak.plays}: completed after {len(history)} kills, {document['facts']}")
    except Fault as fault:
        soak.faults.append({"play": soak.plays, "book": book, "kills": history, "what": str(fault)})
        say(f"  play {soak.plays}: FAULT after {history}: {fault}")


def _was_killed(kill: Kill, code: int, document: Any, at: Stand) -> None:
    """A killed play is dead; one whose server was killed says so in one document and exits 2."""
    if kill.kind == SERVER:
        if code != 2 or "error" not in (document or {}):
            raise Fault(f"the play outlived its server: exit {code}, {document}")
    elif code != -signal.SIGKILL:
        raise Fault(f"not killed by us: exit {code}, {document} {at.said()}")


def run(*, times: int, seed: int, story: str = STORY, say: Callable[[str], object]) -> dict[str, Any]:
    """`times` kills of plays of the story, three to five a play, seeded. `faults` is empty where all holds."""
    dice, soak, began = random.Random(seed), Soak(), time.monotonic()
    with stand(story) as at:
        say("a play that nobody kills …")
        unkilled = at.unkilled()
        say(f"  {unkilled.play_s:.0f} s, {unkilled.document['book']['movements']} movements")
        while soak.kills < times and len(soak.faults) < 10:
            kinds = dice.choices(list(KINDS), list(KINDS.values()), k=min(dice.randint(3, 5), times - soak.kills))
            kills = [unkilled.draw(dice, kind, is_resumed=number > 0) for number, kind in enumerate(kinds)]
            killed_play(at, unkilled, kills, soak, say)
    return soak.as_dict() | {
        "story": story,
        "seed": seed,
        "unkilled_s": round(unkilled.play_s, 1),
        "seconds": round(time.monotonic() - began),
    }
