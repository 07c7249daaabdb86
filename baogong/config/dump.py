"""A book's database into a file and out of it, with PostgreSQL's own pg_dump, pg_restore and psql."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo

from baogong.config.embedded import ServerUnavailable, wheel_programs
from baogong.config.servers import Server
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

# pg_restore reads up to the last row it knows of and would take a file that lost its end, or changed under way.
_MAGIC = b"PGDMP"
_SEAL = b"\nbaogong backup sha256 "
_SEAL_BYTES = len(_SEAL) + 64

# What a newer pg_restore says first and an older server does not know. Neither carries meaning for a restore.
_UNKNOWN_TO_OLDER_SERVERS = b"SET transaction_timeout = 0;\n"


class DumpFailed(BaogongError):
    """pg_dump, pg_restore or psql gave up."""

    kind, code = Kind.UNAVAILABLE, "config.dump-failed"


def dump(server: Server, database: str, file: Path, *, snapshot: str) -> None:
    """Write the database as of `snapshot` (pg_export_snapshot); `file` gets its name when it is whole and on the disk."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    words = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", f"--snapshot={snapshot}"]
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UnusableInput(
            f"{file} cannot be written: {error.strerror}.",
            where=str(file),
            cure="Name a file in a folder you may write.",
        ) from error
    try:
        # Into a named file, not a pipe: pg_dump then goes back and notes where each table's rows begin.
        _run("pg_dump", *words, f"--file={draft}", server=server, database=database)
        with open(draft, "r+b") as written:
            seal = _SEAL + hashlib.file_digest(written, "sha256").hexdigest().encode()
            written.seek(0, os.SEEK_END)
            written.write(seal)
            written.flush()
            os.fsync(written.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def check_seal(file: Path) -> None:
    """Raises UnusableInput where the file is no backup, or not one byte for byte as it was written."""
    try:
        with open(file, "rb") as source:
            magic = source.read(len(_MAGIC))
            body_bytes = max(0, source.seek(0, os.SEEK_END) - _SEAL_BYTES)
            source.seek(body_bytes)
            seal = source.read()
            source.seek(0)
            digest = hashlib.sha256()
            while body_bytes and (block := source.read(min(body_bytes, 1 << 20))):
                digest.update(block)
                body_bytes -= len(block)
    except OSError as error:
        raise UnusableInput(f"{file} cannot be read: {error.strerror}.", where=str(file)) from error
    if magic != _MAGIC:
        raise UnusableInput(
            f"{file} is not a backup of a book; nothing was restored.",
            where=str(file),
            found=magic.hex(),
            expected="a file written by `baogong backup`",
        )
    if seal != _SEAL + digest.hexdigest().encode():
        raise UnusableInput(
            f"{file} is damaged or was cut short; nothing was restored.",
            where=str(file),
            expected="every byte as `baogong backup` wrote it",
            cure="Use another copy, or an earlier backup.",
        )


def load(server: Server, database: str, file: Path) -> None:
    """Fill an empty database from a dump, as the owner of its tables; all of it or DumpFailed. Raises UnusableInput."""
    check_seal(file)
    restore = [str(_program("pg_restore")), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(file)]
    with tempfile.TemporaryFile() as complaints:
        script = subprocess.Popen(restore, stdout=subprocess.PIPE, stderr=complaints)
        assert script.stdout is not None
        with script, _Filler(server, database) as filler:
            is_past_settings = False
            for line in script.stdout:
                if not is_past_settings and line == _UNKNOWN_TO_OLDER_SERVERS:
                    is_past_settings = True
                    continue
                filler.write(line)
            if script.wait() != 0:
                filler.abandon()
                complaints.seek(0)
                raise DumpFailed(
                    f"{file} is damaged: {_said(complaints)} Nothing was restored.",
                    where=str(file),
                    cure="Use an earlier backup.",
                )


class _Filler:
    """psql in one transaction: it commits when its input ends well, and not when it is killed."""

    def __init__(self, server: Server, database: str) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._psql = subprocess.Popen(
            [
                str(_program("psql")),
                *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"),
                f"--dbname={_conninfo(server, database)}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._complaints,
            env=_environment(server, database),
        )
        self._broke = False

    def __enter__(self) -> _Filler:
        return self

    def write(self, line: bytes) -> None:
        assert self._psql.stdin is not None
        if not self._broke:
            try:
                self._psql.stdin.write(line)
            except BrokenPipeError:
                self._broke = True  # psql stopped at an error; it is read at the end

    def abandon(self) -> None:
        self._psql.kill()

    def __exit__(self, kind: object, *_: object) -> None:
        assert self._psql.stdin is not None
        if kind is not None:
            self.abandon()
        with contextlib.suppress(BrokenPipeError):
            self._psql.stdin.close()
        code = self._psql.wait()
        with self._complaints as complaints:
            complaints.seek(0)
            if kind is None and code != 0:
                raise DumpFailed(f"The backup could not be restored: {_said(complaints)}", where="psql")


def _run(name: str, *words: str, server: Server, database: str) -> None:
    done = subprocess.run(
        [str(_program(name)), *words, f"--dbname={_conninfo(server, database)}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(server, database),
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise DumpFailed(f"The book could not be backed up: {said}", where=database)


def _said(complaints: IO[bytes]) -> str:
    return " / ".join(complaints.read(4000).decode(errors="replace").strip().splitlines()[:4])


def _conninfo(server: Server, database: str) -> str:
    """Without the password: everyone on the machine may read a program's arguments."""
    address = {name: value for name, value in server.address(database, "owner").items() if name != "password"}
    return make_conninfo("", **address)


def _environment(server: Server, database: str) -> dict[str, str]:
    password = server.address(database, "owner").get("password")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return environment | {"LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})


def _program(name: str) -> Path:
    """The wheel's, which match the embedded server; on a machine without the wheel the system's."""
    try:
        return wheel_programs() / name
    except ServerUnavailable:
        found = shutil.which(name)
        if found is None:
            raise
        return Path(found)
