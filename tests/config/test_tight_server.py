"""A server of somebody else's, set up as the runbook says: the site's log-in can rewrite nothing and become nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from baogong.config import database as database_module
from baogong.config import servers, supervisor
from baogong.config.database import BookNotPrepared, prepare
from baogong.config.home import Home
from baogong.config.servers import DatabaseUnusable, NamedServer
from baogong.config.supervisor import Site, Supervisor

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "server.md"


@pytest.fixture(scope="module")
def tight(debian_server: str, django_db_blocker: Any) -> Iterator[NamedServer]:
    """A system server set up by the runbook's own statements, with a book on it; both log-ins named."""
    (statements,) = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
    with psycopg.connect(debian_server.replace("keeper@/baogong", "postgres@/postgres"), autocommit=True) as admin:
        is_taken = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'baogong_app'").fetchone()
        if is_taken:  # other tests set the same server up the easy way
            admin.execute("ALTER ROLE baogong_app RENAME TO put_aside")
        for statement in statements.strip().splitlines():
            admin.execute(statement)
        server = NamedServer(
            debian_server.replace("keeper@", "baogong_app@"),
            owner_url=debian_server.replace("keeper@", "baogong_owner@"),
        )
        with django_db_blocker.unblock(), database_module.pointed_at(server, server.database):
            prepare(server, server.database)
            yield server
        admin.execute("DROP DATABASE baogong WITH (FORCE)")
        admin.execute("DROP ROLE baogong_app, baogong_owner")
        if is_taken:
            admin.execute("ALTER ROLE put_aside RENAME TO baogong_app")


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE ledger_movement SET amount = amount",
        "DELETE FROM ledger_movement",
        "TRUNCATE ledger_movement CASCADE",
        "RESET ROLE; DELETE FROM ledger_movement",
        "SET ROLE NONE; DELETE FROM ledger_movement",
        "RESET SESSION AUTHORIZATION; DELETE FROM ledger_movement",
        "SET ROLE baogong_owner",
        "SET SESSION AUTHORIZATION baogong_owner",
        "GRANT baogong_owner TO baogong_app",
        "GRANT UPDATE ON ledger_movement TO baogong_app; UPDATE ledger_movement SET amount = amount",
        "ALTER TABLE ledger_movement DISABLE TRIGGER ALL",
        "ALTER TABLE ledger_movement OWNER TO baogong_app",
        "DROP TRIGGER refuse_edits ON ledger_movement",
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "CREATE ROLE friend SUPERUSER",
        "CREATE TABLE mine ()",
        "CREATE TEMPORARY TABLE ledger_movement ()",
        "COPY ledger_movement TO PROGRAM 'cat'",
    ],
)
def test_on_a_server_set_up_as_the_runbook_says_the_site_can_rewrite_nothing(tight: NamedServer, attempt: str) -> None:
    with tight.connect(tight.database, "app") as app:
        assert app.execute("SELECT session_user, current_user").fetchone() == ("baogong_app", "baogong_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(attempt)


def test_the_rest_of_the_sites_work_is_done_on_such_a_server(tight: NamedServer) -> None:
    from baogong.catalogue.services import seed_catalogue

    assert database_module.who_could_rewrite(tight, tight.database) == ()
    seed_catalogue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) > 5 FROM catalogue_item")
        assert cursor.fetchone() == ("baogong_app", True)


def test_without_the_owners_address_a_prepared_book_opens_and_an_unprepared_one_says_who_must_prepare_it(
    tight: NamedServer, debian_server: str
) -> None:
    site = NamedServer(debian_server.replace("keeper@", "baogong_app@"))
    assert not site.may_prepare
    prepare(site, site.database)
    with tight.connect(tight.database, "owner") as owner:
        owner.execute("COMMENT ON TABLE django_migrations IS 'another version'")
    with pytest.raises(BookNotPrepared, match="may not make them"):
        prepare(site, site.database)
    prepare(tight, tight.database)
    prepare(site, site.database)


@pytest.mark.parametrize(
    "too_much",
    ["GRANT baogong_owner TO baogong_app", "ALTER ROLE baogong_app CREATEROLE", "ALTER ROLE baogong_app SUPERUSER"],
)
def test_a_site_that_could_become_the_owner_is_not_opened(
    tight: NamedServer, debian_server: str, too_much: str
) -> None:
    with psycopg.connect(debian_server.replace("keeper@/baogong", "postgres@/postgres"), autocommit=True) as admin:
        admin.execute(too_much)
    with pytest.raises(DatabaseUnusable, match="could change what stands in the book"):
        prepare(tight, tight.database)


def test_what_faces_the_network_never_holds_the_owners_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setenv(servers.OWNER_URL, "postgresql://baogong_owner:secret@host/baogong")
    monkeypatch.setattr("baogong.config.supervisor.subprocess.Popen", lambda *_words, **options: given.update(options))
    house = Supervisor(Home(tmp_path), Site(), before=lambda _server: None, ready=lambda _port: None)
    house._start(supervisor._Child("baogong.config.site", [], tmp_path / "log"))
    assert given["env"]["PYTHONUTF8"] == "1"
    assert servers.OWNER_URL not in given["env"]
    assert "baogong_owner:secret" not in str(given["env"])
