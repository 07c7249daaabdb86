"""
What tests share: one embedded server for the whole run, one database for each worker, a fresh book on request.

`db`                   the worker's empty book as the application role; each test is rolled back
`built`                `built(make_world)`: the same, beginning from a world that is made once for each worker
`fresh_book`           an empty book of its own with real commits: for races, plays and commands
`debian_server`        the address of a database on the system's own PostgreSQL
`is_whole`             whether all there is is looked at, or a part (`make soak`, `make test`)
`real_data`            the folder with files from the field; skipped where there is none

Imports of Django stand inside functions: the engine's tests run without it.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.books import Built, Shelf

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from baogong.config.servers import EmbeddedBook

FOLDER = "BAOGONG_TEST_FOLDER"

# How fast a property is looked at depends on who else uses the machine; how slow is told by `--durations`. The same
# examples every time, so that a change is what makes a test fail; `make soak` looks at new ones.
settings.register_profile("house", deadline=None, derandomize=True)
if "soak" not in settings.get_current_profile_name():
    settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """One scratch folder for the whole run: xdist's workers find its name in their environment."""
    if FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="baogong-tests-", dir="/tmp"))
        folder.chmod(0o711)  # the server's user, where it is another, passes through
        os.environ[FOLDER] = str(folder)
        config.add_cleanup(lambda: _clear_away(folder))
    os.environ["BAOGONG_HOME"] = os.environ[FOLDER]
    os.environ.pop("DATABASE_URL", None)
    _give_django_keys()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking for garbage through it took a seventh of the run's processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def is_whole(pytestconfig: pytest.Config) -> bool:
    """Whether a test marked `sampled` looks at all there is, as in `make soak`, or at a part that is the same each time."""
    return pytestconfig.pluginmanager.hasplugin("tests.soak_profile")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a failure when it happens: a run that is cut off never comes to its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        told = getattr(getattr(report.longrepr, "reprcrash", None), "message", None) or str(report.longrepr)
        print(f"\nFAILED {report.nodeid} ({report.when}) - {told[:2000]}", file=sys.__stderr__, flush=True)


def _clear_away(folder: Path) -> None:
    from baogong.config.embedded import EmbeddedServer
    from baogong.config.home import Home

    for run in folder.glob("*/run"):
        EmbeddedServer(Home(run.parent)).stop_if_unused()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(FOLDER, None)


def _give_django_keys() -> None:
    try:
        from django.conf import settings
    except ModuleNotFoundError:
        return
    if not settings.configured:  # run without pytest-django
        return
    settings.SECRET_KEY = "tests" * 10
    settings.BAOGONG_TAG_KEY = b"t" * 32
    settings.BAOGONG_CIPHER_KEY = b"c" * 32


@pytest.fixture(scope="session")
def book_server() -> Iterator[EmbeddedBook]:
    """The run's server, shared by all workers: the first starts it, the last stops it."""
    from baogong.config.embedded import EmbeddedServer
    from baogong.config.home import Home
    from baogong.config.servers import EmbeddedBook

    home = Home(Path(os.environ[FOLDER]) / "tests").make()
    with EmbeddedBook(EmbeddedServer(home, durable=False)) as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, book_server: EmbeddedBook
) -> Iterator[Shelf]:
    """Instead of pytest-django's: the schema's owner migrates, the tests run as the application."""
    from baogong.config.database import copy_template, pointed_at

    shelf = Shelf(book_server, empty=f"worker_{secrets.token_hex(6)}")
    with django_db_blocker.unblock():
        copy_template(book_server, shelf.empty)
        with pointed_at(book_server, shelf.empty):
            yield shelf
        for database in (shelf.empty, *(database for database, _ in shelf.made.values())):
            book_server.drop_database(database)


@pytest.fixture
def opened(django_db_setup: Shelf, django_db_blocker: DjangoDbBlocker) -> Iterator[Shelf]:
    """The worker's books, the empty one open; what the test writes is taken back when it ends."""
    shelf = django_db_setup
    with django_db_blocker.unblock():
        shelf.open(shelf.empty)
        try:
            yield shelf
        finally:
            shelf.close()


@pytest.fixture
def db(opened: Shelf) -> None:
    """Instead of pytest-django's, whose tests all begin with the same book."""


@pytest.fixture
def built(opened: Shelf) -> Built:
    """`built(make_world)`: the test goes on in a book that holds this world, made at its first use."""

    return opened.world


@pytest.fixture
def fresh_book(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, book_server: EmbeddedBook
) -> Iterator[str]:
    """The name of an empty book with real commits; Django speaks to it as the application, threads included."""
    from baogong.config.database import copy_template, pointed_at

    database = f"fresh_{secrets.token_hex(6)}"
    with django_db_blocker.unblock():
        copy_template(book_server, database)
        with pointed_at(book_server, database):
            yield database
        book_server.drop_database(database)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Files from the field, which are not ours to publish."""
    named = os.environ.get("BAOGONG_REAL_DATA")
    if not named:
        pytest.skip("BAOGONG_REAL_DATA does not name a folder with files from the field")
    return Path(named).resolve(strict=True)


@pytest.fixture(scope="session")
def debian_server() -> Iterator[str]:
    """A DATABASE_URL on the newest system-installed PostgreSQL, for a user who may make roles and databases."""
    import psycopg

    from baogong.config.embedded import as_user, give_to_server, system_user

    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if not installed:
        pytest.skip("no PostgreSQL of the system under /usr/lib/postgresql")
    folder = Path(tempfile.mkdtemp(prefix="baogong-debian-", dir="/tmp"))
    give_to_server(folder)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(installed[-1].with_name(program)), "-D", str(folder / "data"), *arguments],
            **as_user(system_user()),
            check=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "-U", "postgres", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "start", "-w", "-o", options, "-l", str(folder / "log"))
    try:
        with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE ROLE keeper LOGIN CREATEDB CREATEROLE")
        yield f"postgresql://keeper@/baogong?host={folder}"
    finally:
        run("pg_ctl", "stop", "-w", "-m", "fast")
        shutil.rmtree(folder)
