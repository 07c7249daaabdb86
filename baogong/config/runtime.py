"""This machine, as the commands see it (`ops.runtime.Runtime`)."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from baogong.config.dump import check_seal, dump, load
from baogong.config.home import BOOK, PLAY, Home, find_home, open_home
from baogong.config.keys import KEY_FILES, Keys, keys_from, load_keys, replace_keys
from baogong.config.servers import KEPT_PLAY, Server, server_of
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

if TYPE_CHECKING:
    import psycopg


class BookInUse(BaogongError):
    """The site is running on this book, or someone is connected to it."""

    kind, code = Kind.CONFLICT, "config.book-in-use"


class BookNotEmpty(BaogongError):
    """A backup is restored into an empty book only."""

    kind, code = Kind.CONFLICT, "config.book-not-empty"


def set_up_django(home: Home) -> None:
    """Settings of this home, its keys made if this is the first run."""
    keys = load_keys(home)
    os.environ["BAOGONG_BOOK"] = home.name
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baogong.config.settings")

    import django
    from django.conf import settings

    django.setup()
    settings.SECRET_KEY, settings.BAOGONG_TAG_KEY, settings.BAOGONG_CIPHER_KEY = keys.secret, keys.tag, keys.cipher


@contextlib.contextmanager
def opened(home: Home) -> Iterator[Server]:
    """The home's server, held; Django is set up and speaks to nothing yet. Raises UnusableInput of a play nobody kept."""
    server = server_of(home)
    with server:
        if home.name == PLAY and (kept := os.environ.get(KEPT_PLAY)):
            _refuse_unkept(server, kept, KEPT_PLAY)  # else a mistyped name is a new, empty and perfectly sound book
        set_up_django(home)
        try:
            yield server
        finally:
            from django.db import connections

            connections.close_all()


@contextlib.contextmanager
def opened_book(home: Home) -> Iterator[Server]:
    """The home's book, current and ready, with the keys it was written with."""
    with opened(home) as server:
        from baogong.config.database import pointed_at, prepare

        with pointed_at(server, server.database):
            prepare(server, server.database)
            check_keys(home)
            _lay_out_catalogue()
            yield server


def _lay_out_catalogue() -> None:
    """A book opens with the field's goods in it: a warehouse's list must not stumble over “N95” on the first night."""
    from baogong.catalogue.services import seed_catalogue

    seed_catalogue()


def check_keys(home: Home) -> None:
    """Raises WrongKeys where the book holds personal data that these keys cannot open."""
    from baogong.people.services import identity

    identity.check_keys(load_keys(home))


class LocalRuntime:
    """The embedded server of a home, or DATABASE_URL's."""

    @property
    def home(self) -> Path:
        return self._book_home().path

    @contextlib.contextmanager
    def book(self) -> Iterator[None]:
        with opened_book(open_home(self._book_home().name)):
            yield

    @contextlib.contextmanager
    def throwaway_book(self, *, keep: bool = False, reopen: str | None = None) -> Iterator[str]:
        home = open_home(PLAY)
        with opened(home) as server:
            from baogong.config.database import copy_template, pointed_at

            name = reopen or f"play_{secrets.token_hex(6)}"
            # Held as long as the play lasts: who gets the lock of a play's name may throw its database away.
            with server.maintain() as claim:
                _throw_away_forgotten(server, claim)
                claim.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
                if reopen is None:
                    copy_template(server, name)
                    if keep:
                        server.mark_database(name, _KEPT)
                elif not server.exists(name):
                    raise UnusableInput(
                        f"There is no kept book called “{name}”.", found=name, cure="Play without a name first."
                    )
                try:
                    with pointed_at(server, name):
                        if reopen is None:
                            check_keys(home)  # a kept play is opened again with the keys it was written with
                        yield name
                finally:
                    if not keep and reopen is None:
                        server.drop_database(name)

    @contextlib.contextmanager
    def dump_book(self, file: Path) -> Iterator[None]:
        with opened_book(open_home(self._book_home().name)) as server:
            from django.db import connection, transaction

            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT pg_export_snapshot()")
                (snapshot,) = cursor.fetchone()
                yield
                dump(server, server.database, file, snapshot=snapshot)

    def load_book(
        self, file: Path, *, keys_file: Path | None, may_replace: Callable[[], bool], verify: Callable[[], bool]
    ) -> bool:
        home = open_home(self._book_home().name)
        check_seal(file)
        keys = load_keys(home) if keys_file is None else _read_keys_file(keys_file)
        with opened_book(home) as server, server.maintain() as claim:
            from baogong.config.database import RESTORING, alone, drop_databases

            with alone(claim, RESTORING):
                for part in ("incoming", "outgoing"):  # what a killed restore left
                    drop_databases(server, claim, f"{server.database}_{part}_")
                if not may_replace():
                    raise BookNotEmpty(
                        f"The book in {home.path} is not empty; nothing was restored and nothing was lost.",
                        where=server.database,
                        expected="an empty book",
                        cure="Restore into another home: set BAOGONG_HOME to a new folder.",
                    )
                return _restore(server, home, keys, file, verify)

    def copy_keys(self, file: Path) -> None:
        keys = load_keys(open_home(self._book_home().name))
        content = {"baogong_keys": 1, "secret": keys.secret, "tag": keys.tag.hex(), "cipher": keys.cipher.hex()}
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise UnusableInput(
                f"{file} is there already; keys never overwrite a file. No key was written.",
                where=str(file),
                cure="Name a new file, or keep the one you have: a book's keys do not change.",
            ) from None
        with os.fdopen(handle, "w", encoding="ascii") as output:
            json.dump(content, output, indent=1)
            output.flush()
            os.fsync(output.fileno())

    def _book_home(self) -> Home:
        return find_home(os.environ.get("BAOGONG_BOOK", BOOK))


_KEPT = "kept"


def _read_keys_file(file: Path) -> Keys:
    try:
        content = json.loads(file.read_text(encoding="ascii"))
        return keys_from({name: content[name] for name in KEY_FILES}, where=file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableInput(
            f"{file} does not hold the keys of a book; nothing was restored.",
            where=str(file),
            found=type(error).__name__,
            expected="a file written by `baogong backup --keys`",
        ) from error


def _restore(server: Server, home: Home, keys: Keys, file: Path, verify: Callable[[], bool]) -> bool:
    """Fill a new database beside the book, look at it as the application would, then let the two change names."""
    from baogong.config.database import pointed_at, prepare
    from baogong.people.services import identity

    incoming = f"{server.database}_incoming_{secrets.token_hex(4)}"
    server.create_database(incoming)
    try:
        load(server, incoming, file)
        with pointed_at(server, incoming):
            prepare(server, incoming)
            identity.check_keys(keys)
            if not verify():
                return False
        replace_keys(home, keys)
        _swap(server, incoming)
    finally:
        server.drop_database(incoming)
    return True


def _swap(server: Server, incoming: str) -> None:
    import psycopg
    from django.db import connection

    connection.close()
    outgoing = f"{server.database}_outgoing_{secrets.token_hex(4)}"
    try:
        with server.maintain() as maintenance, maintenance.transaction():
            server.rename_database(server.database, outgoing, over=maintenance)
            server.rename_database(incoming, server.database, over=maintenance)
    except psycopg.errors.ObjectInUse as error:
        raise BookInUse(
            "Someone is connected to the book; it was left as it is.",
            where=server.database,
            found=str(error).strip(),
            cure="Run `baogong down`, then restore again.",
        ) from error
    server.drop_database(outgoing)


def check_kept(name: str) -> None:
    """Raises UnusableInput where no play was kept under this name, naming those that were."""
    with server_of(open_home(PLAY)) as server:
        _refuse_unkept(server, name, "--book")


def _refuse_unkept(server: Server, name: str, where: str) -> None:
    with server.maintain() as maintenance:
        kept = {
            found
            for (found,) in maintenance.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, 'play_') "
                "AND shobj_description(oid, 'pg_database') = %s ORDER BY datname",
                [_KEPT],
            )
        }
    if name not in kept:
        raise UnusableInput(
            f"No play was kept as “{name}”. Nothing was opened.",
            where=where,
            found=name,
            expected=sorted(kept),
            cure="Play one with `baogong scenario play NAME --keep`, and use the name it prints.",
        )


def _throw_away_forgotten(server: Server, claim: psycopg.Connection) -> None:
    """Plays that were killed leave their databases behind."""
    left = claim.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, 'play_') "
        "AND shobj_description(oid, 'pg_database') IS DISTINCT FROM %s",
        [_KEPT],
    ).fetchall()
    for (name,) in left:
        row = claim.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name]).fetchone()
        if row and row[0]:
            server.drop_database(name)
            claim.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
