"""The book's database: made, migrated by its owner, and handed to the application without the right to rewrite it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.apps import apps
from django.db import DatabaseError, connections
from django.db import connection as django_connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from baogong.config.migrating import migrate
from baogong.config.servers import APP_ROLE, DatabaseUnusable, Role, Server
from baogong.kernel.errors import BaogongError, Kind

PREPARING, COPYING, RESTORING = 0x6BA0F0A4, 0x6BA0F0A5, 0x6BA0F0A6  # advisory locks
_GRANTS_VERSION = 3
_LIBRARIES_TABLES = {
    "auth_group": "Django's; unused, duties are the house's own",
    "auth_group_permissions": "Django's; unused",
    "auth_permission": "Django's; written by migrations",
    "django_content_type": "Django's; written by migrations",
    "django_session": "sessions end",
    "procrastinate_events": "the queue's own, swept with its jobs; what a job did stands in the book",
    "procrastinate_jobs": "the queue's: done jobs are swept",
    "procrastinate_periodic_defers": "the queue's",
    "procrastinate_workers": "the queue's: workers come and go",
}


class BookIsNewer(BaogongError):
    """The book was last opened by a newer Baogong; an older one would misread it."""

    kind, code = Kind.UNAVAILABLE, "config.book-is-newer"


class BookNotPrepared(BaogongError):
    """The site's log-in may not migrate, and who may has not done so."""

    kind, code = Kind.UNAVAILABLE, "config.book-not-prepared"


def prepare(server: Server, database: str) -> None:
    """
    Make roles and database if missing, migrate as the owner, then grant the application its rights.

    Quick where nothing is to do. Afterwards Django speaks to `database` as the application.
    Where the site's log-in may prepare nothing, it is only seen that somebody else has.
    Raises BookIsNewer, BookNotPrepared, DatabaseUnusable.
    """
    if not server.may_prepare:
        point_django_at(server, database)
        _see_that_it_is_prepared()
        _refuse_a_log_in_that_could_rewrite(server, database)
        return
    with server.maintain() as maintenance, alone(maintenance):
        server.make_roles(maintenance)
        if not server.exists(database):
            server.create_database(database)
    with server.connect(database, "owner") as owner, alone(owner):
        point_django_at(server, database, "owner")
        try:
            _migrate()
            mark = _fingerprint()
            if _mark_of(owner) != mark:
                with owner.transaction():
                    _grant(owner)
                    owner.execute(sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(sql.Literal(mark)))
        finally:
            point_django_at(server, database)
    if server.has_own_log_in:
        _refuse_a_log_in_that_could_rewrite(server, database)


def who_could_rewrite(server: Server, database: str) -> tuple[str, ...]:
    """The roles that whoever speaks SQL as the site could become, and that may change a movement. Empty where all is well."""
    with server.connect(database, "app") as app:
        found = app.execute(
            """
            SELECT rolname FROM pg_roles AS role
            WHERE pg_has_role(session_user, role.oid, 'MEMBER') AND (
                rolsuper OR rolcreaterole OR rolreplication
                OR has_table_privilege(role.oid, 'ledger_movement', 'UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR EXISTS (SELECT FROM pg_class WHERE relowner = role.oid AND relnamespace = 'public'::regnamespace)
                OR EXISTS (SELECT FROM pg_database WHERE datdba = role.oid AND datname = current_database()))
            ORDER BY rolname = session_user DESC, rolname
            """
        )
        return tuple(name for (name,) in found.fetchall())


def _refuse_a_log_in_that_could_rewrite(server: Server, database: str) -> None:
    roles = who_could_rewrite(server, database)
    if roles:
        raise DatabaseUnusable(
            "The log-in that DATABASE_URL names could change what stands in the book. The house does not start.",
            where="DATABASE_URL",
            found=list(roles),
            expected=f"a log-in that owns nothing and can only be {APP_ROLE}",
            cure="Set the server up as docs/runbooks/server.md says: one log-in for the site, another that owns the tables.",
        )


def _see_that_it_is_prepared() -> None:
    executor = MigrationExecutor(django_connection)
    _refuse_a_newer_book(executor)
    try:
        is_prepared = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        with django_connection.cursor() as cursor:
            cursor.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
            is_prepared = is_prepared and cursor.fetchone() == (_fingerprint(),)
    except DatabaseError:
        is_prepared = False
    if not is_prepared:
        raise BookNotPrepared(
            "The book's tables are not the ones this Baogong needs, and the log-in of DATABASE_URL may not make them.",
            where=str(django_connection.settings_dict["NAME"]),
            cure="Start it once with DATABASE_OWNER_URL naming the log-in that owns the tables.",
        )


def point_django_at(server: Server, database: str, role: Role = "app") -> None:
    """Close this thread's connection and let every later one go to `database`."""
    django_connection.close()
    # The dictionary itself is kept: the wrappers of other threads hold the same one.
    settings = connections.settings["default"]
    settings.update(server.django_settings(database, role))


@contextlib.contextmanager
def pointed_at(server: Server, database: str) -> Iterator[None]:
    """Django speaks to `database` inside, and to what it spoke to before afterwards."""
    settings = connections.settings["default"]
    before = dict(settings)
    point_django_at(server, database)
    try:
        yield
    finally:
        django_connection.close()
        settings.update(before)


def copy_template(server: Server, database: str) -> None:
    """
    Make `database`, an empty book with a current schema, in a tenth of a second: a copy of a migrated template.

    The template's name holds a hash of the schema, and it gets that name when it is finished.
    """
    template = f"template_{_schema_hash()}"
    with server.maintain() as maintenance, alone(maintenance, COPYING):
        if not server.exists(template):
            drop_databases(server, maintenance, "template_")
            draft = f"template_draft_{secrets.token_hex(4)}"
            with pointed_at(server, draft):
                prepare(server, draft)
            server.rename_database(draft, template, over=maintenance)
        server.create_database(database, template=template)


def drop_databases(server: Server, maintenance: psycopg.Connection, prefix: str) -> None:
    """Every database whose name starts so."""
    found = maintenance.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]).fetchall()
    for (name,) in found:
        server.drop_database(name)


def _schema_hash() -> str:
    """Of every migration's text, so that an edited one counts as another schema."""
    digest = hashlib.sha256(json.dumps([_GRANTS_VERSION, *_guards()]).encode())
    for app in apps.get_app_configs():
        for file in sorted((Path(app.path) / "migrations").rglob("*.*")):
            if file.suffix in (".py", ".sql"):
                digest.update(f"{app.label}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def append_only_tables() -> tuple[str, ...]:
    """The tables whose rows are never edited: each room names its own."""
    return _named_by_rooms("APPEND_ONLY_TABLES")


def kept_tables() -> tuple[str, ...]:
    """The tables whose rows change and never go: each room names its own."""
    return _named_by_rooms("KEPT_TABLES")


def changeable_tables() -> dict[str, str]:
    """The tables whose rows come and go, and why: what each room names, and what the libraries bring."""
    named = dict(_LIBRARIES_TABLES)
    for app in apps.get_app_configs():
        named |= getattr(app.module, "CHANGEABLE_TABLES", {})
    return named


def changeable_columns() -> dict[str, tuple[str, ...]]:
    """The only columns that change, where a room names them for a table."""
    named: dict[str, tuple[str, ...]] = {}
    for app in apps.get_app_configs():
        named |= getattr(app.module, "CHANGEABLE_COLUMNS", {})
    return named


def _guards() -> tuple[object, ...]:
    return append_only_tables(), kept_tables(), changeable_columns()


def _named_by_rooms(name: str) -> tuple[str, ...]:
    return tuple(table for app in apps.get_app_configs() for table in getattr(app.module, name, ()))


def _migrate() -> None:
    executor = MigrationExecutor(django_connection)
    _refuse_a_newer_book(executor)
    migrate(executor)


def _refuse_a_newer_book(executor: MigrationExecutor) -> None:
    known = set(executor.loader.disk_migrations)
    unknown = sorted(set(executor.loader.applied_migrations) - known - set(executor.loader.replacements))
    if unknown:
        found = [".".join(migration) for migration in unknown]
        raise BookIsNewer(
            f"This book was last opened by a newer Baogong: it has {len(unknown)} changes this one does not know. "
            "Nothing was touched.",
            where=str(django_connection.settings_dict["NAME"]),
            found=found,
            expected="a book this version knows",
            cure="Use the newer Baogong, or restore a backup made by this version.",
        )


def _fingerprint() -> str:
    """Changes whenever the rights have to be granted anew."""
    applied = sorted(MigrationExecutor(django_connection).loader.applied_migrations)
    facts = json.dumps([_GRANTS_VERSION, applied, *_guards()])
    return f"baogong {hashlib.sha256(facts.encode()).hexdigest()}"


def _mark_of(owner: psycopg.Connection) -> str | None:
    row = owner.execute("SELECT obj_description('django_migrations'::regclass, 'pg_class')").fetchone()
    return row[0] if row else None


def _grant(owner: psycopg.Connection) -> None:
    """
    The application may read and write rows, never a table's shape; of append-only tables it may change no row, of
    those that are kept it may take none away, and where a room names columns it changes no other.

    A table made behind our back gets only reading and adding until the next start.
    """
    app = sql.Identifier(APP_ROLE)
    for words in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}",
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {}",
    ):
        owner.execute(sql.SQL(words).format(app))
    for table in append_only_tables():
        owner.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), app))
    for table in kept_tables():
        owner.execute(sql.SQL("REVOKE DELETE ON {} FROM {}").format(sql.Identifier(table), app))
    for table, columns in changeable_columns().items():
        owner.execute(sql.SQL("REVOKE UPDATE ON {} FROM {}").format(sql.Identifier(table), app))
        named = sql.SQL(", ").join(map(sql.Identifier, columns))
        owner.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(named, sql.Identifier(table), app))


@contextlib.contextmanager
def alone(connection: psycopg.Connection, what: int = PREPARING) -> Iterator[None]:
    """One process at a time; the lock ends with the connection at the latest."""
    connection.execute("SELECT pg_advisory_lock(%s)", [what])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [what])
