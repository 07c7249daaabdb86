"""Roles, rights, migrations and copies, on the embedded server and on a server of the system."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import ForeignKey
from pytest_django.plugin import DjangoDbBlocker

from baogong.config import database as database_module
from baogong.config import servers
from baogong.config.database import (
    BookIsNewer,
    append_only_tables,
    changeable_columns,
    changeable_tables,
    copy_template,
    kept_tables,
    point_django_at,
    prepare,
)
from baogong.config.servers import DatabaseUnusable, EmbeddedBook, NamedServer, Server
from baogong.kernel.errors import UnusableInput


@pytest.fixture(params=["embedded", "debian"])
def server(request: pytest.FixtureRequest) -> Server:
    """Both kinds of server keep the same promises."""
    if request.param == "embedded":
        return request.getfixturevalue("book_server")  # type: ignore[no-any-return]
    return NamedServer(request.getfixturevalue("debian_server"))


@pytest.fixture
def book(server: Server, django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"test_{secrets.token_hex(4)}"
    with request.getfixturevalue("django_db_blocker").unblock(), database_module.pointed_at(server, name):
        copy_template(server, name)
        yield name
        server.drop_database(name)


def test_the_application_owns_nothing_and_cannot_become_the_owner(server: Server, book: str) -> None:
    with server.connect(book, "app") as app:
        row = app.execute("SELECT current_user").fetchone()
        assert row == ("baogong_app",)
        owned = app.execute("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user").fetchall()
        assert owned == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine ()")
        role = app.execute("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert role.fetchone() == (False, False, False)


def test_the_application_adds_to_append_only_tables_and_changes_nothing_there(server: Server, book: str) -> None:
    assert append_only_tables()
    with server.connect(book, "app") as app:
        for table in append_only_tables():
            rights = app.execute(
                "SELECT has_table_privilege(%s, 'SELECT, INSERT'), has_table_privilege(%s, 'UPDATE'), "
                "has_table_privilege(%s, 'DELETE'), has_table_privilege(%s, 'TRUNCATE')",
                [table] * 4,
            ).fetchone()
            assert rights == (True, False, False, False), table


def test_the_application_takes_nothing_away_from_tables_that_are_kept(server: Server, book: str) -> None:
    assert kept_tables()
    with server.connect(book, "app") as app:
        for table in kept_tables():
            rights = app.execute(
                "SELECT has_table_privilege(%s, 'SELECT, INSERT'), has_any_column_privilege(%s, 'UPDATE'),"
                " has_table_privilege(%s, 'DELETE, TRUNCATE')",
                [table] * 3,
            ).fetchone()
            assert rights == (True, True, False), table


def test_the_application_changes_no_column_but_those_a_room_names(server: Server, book: str) -> None:
    assert changeable_columns()
    with server.connect(book, "app") as app:
        for table, columns in changeable_columns().items():
            found = app.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                " AND has_column_privilege(%s, attname, 'UPDATE')",
                [table] * 2,
            ).fetchall()
            assert {column for (column,) in found} == set(columns), table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("UPDATE ledger_balance SET is_outside = true")


def test_every_guarded_table_refuses_its_owner_too_and_every_guard_is_named_by_a_room(
    server: Server, book: str
) -> None:
    """One list for the rights and for the triggers: a table in one and not in the other is found here."""
    with server.connect(book, "owner") as owner:
        guards = owner.execute(
            "SELECT tgrelid::regclass::text, tgenabled = 'O', (tgtype & 16) > 0, (tgtype & 8) > 0, (tgtype & 32) > 0"
            " FROM pg_trigger WHERE tgname = 'refuse_edits'"
        ).fetchall()
        found = {table: acts for table, *acts in guards}
        assert found == {table: [True, True, True, True] for table in append_only_tables()} | {
            table: [True, False, True, True] for table in kept_tables()
        }
        for table in found:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
                owner.execute(f"DELETE FROM {table}")
        for table in append_only_tables():
            row = owner.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table]
            ).fetchone()
            assert row is not None
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
                owner.execute(f"UPDATE {table} SET {row[0]} = {row[0]}")


def test_every_table_is_guarded_or_named_as_changeable_with_a_reason(server: Server, book: str) -> None:
    """A new table stands on none of the lists: say in its room's `__init__` what may happen to its rows."""
    named = Counter([*append_only_tables(), *kept_tables(), *changeable_tables()])
    with server.connect(book, "owner") as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    standing = {table for (table,) in tables} - {"django_migrations"}  # which the application may only read
    assert standing - set(named) == set(), "on no list: APPEND_ONLY_TABLES, KEPT_TABLES or CHANGEABLE_TABLES"
    assert set(named) - standing == set(), "there is no such table"
    assert [table for table, times in named.items() if times > 1] == []
    assert [table for table, why in changeable_tables().items() if not why.strip()] == []


def test_the_application_cannot_truncate_migrate_or_forge_the_schemas_history(server: Server, book: str) -> None:
    with server.connect(book, "app") as app:
        tables = app.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(tables) > 30
        for (table,) in tables:
            row = app.execute("SELECT has_table_privilege(%s, 'TRUNCATE, TRIGGER, REFERENCES')", [table]).fetchone()
            assert row == (False,), table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM django_migrations")


def test_jobs_can_be_put_into_the_queue_by_the_application(server: Server, book: str) -> None:
    from procrastinate.contrib.django import app as queue

    point_django_at(server, book)
    job = queue.configure_task("nobody.does_this", allow_unknown=True).defer(letter=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE id = %s", [job])
        assert cursor.fetchone() is not None


def test_a_table_that_appears_later_gets_its_full_rights_only_when_the_book_is_prepared(
    server: Server, book: str
) -> None:
    with server.connect(book, "owner") as owner:
        owner.execute("CREATE TABLE later (id integer)")
    with server.connect(book, "app") as app:
        app.execute("INSERT INTO later VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM later")


def test_every_table_has_the_columns_keys_and_constraints_of_its_model(server: Server, book: str) -> None:
    """An empty book's tables are drawn in our own way (`config/migrating.py`); what stands there is what the models say."""
    _see_every_table()


def test_a_book_that_stopped_half_way_is_finished(
    book_server: EmbeddedBook, django_db_blocker: DjangoDbBlocker
) -> None:
    """The state that Django's own migrations left is where ours go on."""
    name = f"test_{secrets.token_hex(4)}"
    book_server.create_database(name)
    with django_db_blocker.unblock(), database_module.pointed_at(book_server, name):
        point_django_at(book_server, name, "owner")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        executor.migrate(None, plan[:30])
        prepare(book_server, name)
        _see_every_table()
        book_server.drop_database(name)


def _see_every_table() -> None:
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.managed:
                continue
            table, fields = model._meta.db_table, model._meta.local_concrete_fields
            columns = connection.introspection.get_table_description(cursor, table)
            assert {one.name: one.null_ok for one in columns} == {one.column: one.null for one in fields}, table
            constraints = connection.introspection.get_constraints(cursor, table)
            assert {one.name for one in (*model._meta.constraints, *model._meta.indexes)} <= constraints.keys(), table
            keys = {(*one["columns"], *one["foreign_key"]) for one in constraints.values() if one["foreign_key"]}
            assert keys == {
                (one.column, one.target_field.model._meta.db_table, one.target_field.column)
                for one in fields
                if isinstance(one, ForeignKey) and one.db_constraint  # type: ignore[attr-defined]  # not in the stubs
            }, table


def test_preparing_twice_changes_nothing(server: Server, book: str) -> None:
    with server.connect(book, "owner") as owner:
        question = "SELECT xmin::text, relacl::text FROM pg_class WHERE relname = 'ledger_movement'"
        before = owner.execute(question).fetchall()
        prepare(server, book)
        assert owner.execute(question).fetchall() == before


def test_rights_are_granted_anew_when_the_append_only_tables_change(
    server: Server, book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "append_only_tables", lambda: ("ledger_movement", "people_party"))
    prepare(server, book)
    with server.connect(book, "app") as app:
        rights = app.execute(
            "SELECT has_table_privilege('people_party', 'UPDATE'), has_table_privilege('journal_event', 'UPDATE')"
        )
        assert rights.fetchone() == (False, True)


def test_a_book_from_the_future_is_refused_untouched(server: Server, book: str) -> None:
    with server.connect(book, "owner") as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '9999_future', now())")
    with pytest.raises(BookIsNewer) as refusal:
        prepare(server, book)
    assert refusal.value.found == ["ledger.9999_future"]


def test_the_template_is_made_once_and_copies_do_not_see_each_other(server: Server, book: str) -> None:
    other = f"test_{secrets.token_hex(4)}"
    copy_template(server, other)
    try:
        with server.connect(book, "owner") as one, server.connect(other, "owner") as two:
            one.execute("CREATE TABLE mine ()")
            assert two.execute("SELECT to_regclass('mine')").fetchone() == (None,)
        with server.maintain() as maintenance:
            found = maintenance.execute("SELECT count(*) FROM pg_database WHERE starts_with(datname, 'template_')")
            assert found.fetchone() == (1,)
    finally:
        server.drop_database(other)


def test_names_with_quotes_are_names(book_server: EmbeddedBook) -> None:
    name = f'odd "name" {secrets.token_hex(3)}'
    book_server.create_database(name)
    book_server.mark_database(name, "it's")
    assert (book_server.exists(name), book_server.mark_of(name)) == (True, "it's")
    book_server.drop_database(name)
    assert not book_server.exists(name)


@pytest.mark.parametrize(("made_from", "comes_along"), [({}, False), ({"template": "template1"}, True)])
def test_what_somebody_left_in_template1_comes_into_no_book(
    server: Server, made_from: dict[str, str], comes_along: bool
) -> None:
    """Whoever may, puts things there for every database made later, and ours are made from template0."""
    name, astray = f"test_{secrets.token_hex(4)}", f"astray_{secrets.token_hex(4)}"
    superuser = server.address("template1", "admin")
    if isinstance(server, NamedServer):
        superuser |= {"user": "postgres"}
    with server.maintain() as maintenance:
        server.make_roles(maintenance)
    with psycopg.connect(**superuser, autocommit=True) as template1:
        template1.execute(f"CREATE TABLE {astray} ()")
    try:
        server.create_database(name, **made_from)
        with server.connect(name, "admin") as book:
            row = book.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{astray}"]).fetchone()
        assert row == (comes_along,)
        server.drop_database(name)
    finally:
        with psycopg.connect(**superuser, autocommit=True) as template1:
            template1.execute(f"DROP TABLE {astray}")


def test_an_empty_database_of_a_system_server_becomes_a_book(
    debian_server: str, django_db_blocker: object, request: pytest.FixtureRequest
) -> None:
    server = NamedServer(debian_server)
    with server, request.getfixturevalue("django_db_blocker").unblock():
        with database_module.pointed_at(server, server.database):
            prepare(server, server.database)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_user, session_user, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
                )
                assert cursor.fetchone() == ("baogong_app", "keeper", "UTF8")
        server.drop_database(server.database)


def test_a_single_log_in_is_known_to_be_able_to_rewrite(server: Server, book: str) -> None:
    expected = ("keeper",) if isinstance(server, NamedServer) else ()
    assert database_module.who_could_rewrite(server, book) == expected


def test_a_demo_never_shares_the_real_books_database(debian_server: str) -> None:
    names = {NamedServer(debian_server, home).database for home in ("book", "demo", "play")}
    assert names == {"baogong", "baogong_demo", "baogong_play"}


def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(UnusableInput) as refusal:
        NamedServer("postgresql://user:secret@host/%zz")
    assert "secret" not in str(refusal.value.as_dict())


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(DatabaseUnusable, match="does not let us"):
        NamedServer("postgresql://nobody@127.0.0.1:1/x").acquire()


def test_a_user_who_may_not_make_roles_is_told_what_to_ask_for(debian_server: str) -> None:
    server = NamedServer(debian_server)
    with server.connect("postgres", "admin") as keeper:
        keeper.execute("CREATE ROLE weak LOGIN")
    weak_server = NamedServer(debian_server.replace("keeper@", "weak@"))
    with weak_server.connect("postgres", "admin") as weak, pytest.raises(DatabaseUnusable) as refusal:
        weak_server.make_roles(weak)
    assert "baogong_app" in refusal.value.cure
    assert "weak" in refusal.value.message


def test_a_server_that_is_too_old_is_refused(debian_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "MAJOR_MIN", 99)
    with pytest.raises(DatabaseUnusable) as refusal:
        NamedServer(debian_server).acquire()
    assert refusal.value.expected == "99 or newer"
