"""`baogong backup` and `restore`, as they are typed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from baogong.config import cli
from baogong.config.home import Home
from baogong.config.runtime import LocalRuntime
from baogong.config.servers import Server, server_of
from baogong.ledger import services
from tests.apps.ledger.conftest import build_world

BAOGONG = str(Path(sys.executable).with_name("baogong"))


@dataclass(frozen=True)
class Place:
    """A base folder, and the environment in which its book is the real one."""

    base: Path
    env: dict[str, str]

    def call(self, *words: str | Path, code: int = 0) -> dict[str, Any]:
        """One `baogong … --json`, in this process: what a new one would spend on imports is most of its time."""
        with self.entered(), contextlib.redirect_stdout(io.StringIO()) as out:
            assert cli.run([*map(str, words), "--json"]) == code, out.getvalue()
        document: dict[str, Any] = json.loads(out.getvalue())
        return document

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        names = ("SECRET_KEY", "BAOGONG_TAG_KEY", "BAOGONG_CIPHER_KEY")
        before, keys = dict(os.environ), {name: getattr(settings, name) for name in names}
        os.environ.update(self.env)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            for name, value in keys.items():
                setattr(settings, name, value)

    def server(self) -> Server:
        with self.entered():
            return server_of(Home(self.base / "book"))

    def movements(self) -> int:
        with self.server() as server, server.connect(server.database, "app") as app:
            row = app.execute("SELECT count(*) FROM ledger_movement").fetchone()
            assert row is not None
            return int(row[0])


@pytest.fixture(scope="module")
def place(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[..., Place]]:
    """Make a place; the commands speak to its own database, not to the tests' one."""

    def make(**env: str) -> Place:
        base = Path(os.environ["BAOGONG_TEST_FOLDER"]) / f"place {secrets.token_hex(4)}"
        base.mkdir(mode=0o711)
        return Place(base, {"BAOGONG_HOME": str(base), **env})

    with django_db_blocker.unblock():
        yield make


@pytest.fixture(scope="module")
def filled(place: Callable[..., Place]) -> Place:
    """A book with seven movements."""
    made = place()
    with made.entered(), LocalRuntime().book():
        world = build_world()
        world.post(*(services.post_line(world.outside, world.stock, world.lot, 1) for _ in range(7)))
    return made


@pytest.fixture(scope="module")
def backup(filled: Place) -> Path:
    file = filled.base / "书.backup"
    answer = filled.call("backup", file, "--keys", filled.base / "keys.json")
    assert answer == {"ok": True, "bytes": file.stat().st_size, "movements": 7, "verified": True}
    return file


@pytest.fixture(scope="module")
def empty(place: Callable[..., Place]) -> Place:
    """An empty book, and every test leaves it so."""
    made = place()
    with made.entered(), LocalRuntime().book():
        return made


def test_a_backup_is_private_whole_and_holds_no_key(filled: Place, backup: Path) -> None:
    keys = json.loads((filled.base / "keys.json").read_text())
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE((filled.base / "keys.json").stat().st_mode) == 0o600
    content = backup.read_bytes()
    for name in ("secret", "tag", "cipher"):
        assert keys[name].encode() not in content
        assert bytes.fromhex(keys[name]) not in content
    assert not [path for path in filled.base.iterdir() if path.name.startswith(".")]


def test_keys_never_go_into_the_same_file_nor_over_another(filled: Place, backup: Path) -> None:
    same = filled.base / "both"
    assert filled.call("backup", same, "--keys", same, code=2)["error"]["where"] == "--keys"
    assert not same.exists()
    before = (filled.base / "keys.json").read_bytes()
    filled.call("backup", filled.base / "again", "--keys", filled.base / "keys.json", code=2)
    assert (filled.base / "keys.json").read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "one bit", "longer", "another file", "empty", "missing"])
def test_a_damaged_backup_changes_nothing(backup: Path, empty: Place, damage: str) -> None:
    file = empty.base / damage
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {
        "cut": backup.read_bytes()[:-1000],
        "one bit": bytes(content),
        "longer": backup.read_bytes() + b"\n",
        "another file": "口罩".encode() * 100,
        "empty": b"",
    }
    if damage in damaged:
        file.write_bytes(damaged[damage])
    assert empty.call("restore", file, code=2)["error"]["code"] != "internal"
    assert empty.movements() == 0


def test_a_book_with_a_fault_is_backed_up_as_faulty_and_never_restored(filled: Place, empty: Place) -> None:
    faulty = filled.base / "faulty"
    with filled.server() as server, server.connect(server.database, "admin") as admin:
        admin.execute("SET session_replication_role = replica")  # past the triggers
        admin.execute("UPDATE ledger_balance SET posted = posted + 1 WHERE posted > 0")
        answer = filled.call("backup", faulty, code=1)
        admin.execute("UPDATE ledger_balance SET posted = posted - 1 WHERE posted > 0")
    assert (answer["ok"], answer["verified"]) == (False, False)
    answer = empty.call("restore", faulty, code=1)
    assert (answer["ok"], answer["verified"]) == (False, False)
    assert empty.movements() == 0


def test_a_restore_killed_at_any_moment_leaves_the_old_book_or_the_whole_new_one(
    filled: Place, backup: Path, place: Callable[..., Place]
) -> None:
    target, keys = place(), filled.base / "keys.json"
    target.call("backup", target.base / "nothing")  # the home and its empty book are there from now on
    restore = [BAOGONG, "restore", str(backup), "--keys", str(keys)]
    is_visited = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname ~ 'incoming' AND {}"
    for sign in (is_visited.format("application_name = 'psql'"), is_visited.format("usename = 'baogong_app'")):
        with target.server() as server, server.maintain() as watcher:
            process = subprocess.Popen(restore, env=os.environ | target.env, stderr=subprocess.DEVNULL)
            while process.poll() is None and watcher.execute(sign).fetchone() == (False,):
                time.sleep(0.002)
            process.kill()
            process.wait()
        assert target.movements() in (0, 7)
    if target.movements() == 0:
        answer = target.call("restore", backup, "--keys", keys)
        assert answer == {"ok": True, "bytes": backup.stat().st_size, "movements": 7, "verified": True}
    assert (target.base / "book/keys/tag").read_text() == (filled.base / "book/keys/tag").read_text()
    assert target.call("restore", backup, code=2)["error"]["code"] == "config.book-not-empty"
    with target.server() as server, server.connect(server.database, "app") as app:
        rights = app.execute(
            "SELECT has_table_privilege('ledger_movement', 'INSERT'), has_table_privilege('ledger_movement', 'DELETE')"
        )
        assert rights.fetchone() == (True, False)
        with server.maintain() as maintenance:
            left = maintenance.execute("SELECT datname FROM pg_database WHERE datname ~ 'incoming|outgoing'").fetchall()
            assert left == []


def test_a_book_moves_to_an_older_system_server_and_back(
    backup: Path, debian_server: str, place: Callable[..., Place]
) -> None:
    city, home_again = place(DATABASE_URL=debian_server), place()
    assert city.call("restore", backup)["movements"] == 7
    file = city.base / "from-the-city"
    assert city.call("backup", file)["verified"] is True
    assert home_again.call("restore", file)["movements"] == 7
    with home_again.server() as server, server.maintain() as maintenance:
        names = maintenance.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1").fetchall()
        assert names == [("book",), ("postgres",)]
    with city.server() as server:
        server.drop_database(server.database)
