"""Where PostgreSQL is and as whom to speak to it: the embedded server of a home, or the one DATABASE_URL names."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Literal, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from baogong.config.embedded import SUPERUSER, EmbeddedServer
from baogong.config.home import BOOK, PLAY, Home
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

APP_ROLE = "baogong_app"
OWNER_ROLE = "baogong_owner"
OWNER_URL = "DATABASE_OWNER_URL"  # read by whoever prepares the book; the site and its workers never see it
MAJOR_MIN = 15

Role = Literal["admin", "owner", "app"]
"""
admin  makes roles and databases
owner  owns the tables and migrates them
app    what every page, command and job speaks as: owns no table
"""


class DatabaseUnusable(BaogongError):
    """The PostgreSQL that DATABASE_URL names does not answer, is too old, lacks a right we need, or has one too many."""

    kind, code = Kind.UNAVAILABLE, "config.database-unusable"


class Server(ABC):
    """A PostgreSQL server, held while it is used (a context manager)."""

    database: str  # the book's database on this server

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    def may_prepare(self) -> bool:
        """Make the database and its roles, migrate, grant."""
        return True

    @property
    def has_own_log_in(self) -> bool:
        """The site enters with another log-in than the one that owns the tables."""
        return True

    @abstractmethod
    def acquire(self) -> None: ...

    @abstractmethod
    def release(self) -> None: ...

    @abstractmethod
    def address(self, database: str, role: Role) -> dict[str, Any]:
        """libpq's words: host, port, dbname, user, options …"""

    @abstractmethod
    def make_roles(self, connection: psycopg.Connection) -> None:
        """Make what is missing of the owner and the application role."""

    @abstractmethod
    def create_database(self, database: str, *, template: str = "template0") -> None: ...

    def connect(self, database: str, role: Role) -> psycopg.Connection:
        """An autocommit connection. Raises DatabaseUnusable."""
        try:
            return psycopg.connect(**self.address(database, role), connect_timeout=10, autocommit=True)
        except psycopg.OperationalError as error:
            raise DatabaseUnusable(
                f"PostgreSQL does not let us into the database {database}: {str(error).strip()}",
                where=database,
                cure="Check DATABASE_URL and that the server runs, then try again.",
            ) from error

    def maintain(self) -> psycopg.Connection:
        """A connection that is in no book's way: databases are made, renamed and dropped from here."""
        return self.connect("postgres", "admin")

    def django_settings(self, database: str, role: Role = "app") -> dict[str, Any]:
        """One entry of Django's DATABASES."""
        known = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
        address = self.address(database, role)
        settings = {django: str(address.get(libpq, "")) for libpq, django in known.items()}
        options = {name: value for name, value in address.items() if name not in known}
        return {
            "ENGINE": "django.db.backends.postgresql",
            **settings,
            "OPTIONS": options,
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }

    def exists(self, database: str) -> bool:
        with self.maintain() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return found.fetchone() is not None

    def drop_database(self, database: str) -> None:
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
        with self.maintain() as connection:
            try:
                connection.execute(drop + sql.SQL(" WITH (FORCE)"))
            except psycopg.errors.InsufficientPrivilege:
                # The server's own vacuum is at work there, and only its owner may end it by force; without force it gives way.
                connection.execute(drop)

    def rename_database(self, old: str, new: str, *, over: psycopg.Connection) -> None:
        """Within a transaction of `over`, if it has one open. Raises psycopg's ObjectInUse."""
        over.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))

    def mark_database(self, database: str, mark: str) -> None:
        """A word about the database, kept by the server."""
        with self.maintain() as connection:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(mark))
            )

    def mark_of(self, database: str) -> str | None:
        """What `mark_database` said, None if nothing."""
        with self.maintain() as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
            ).fetchone()
        return row[0] if row else None


class EmbeddedBook(Server):
    """The embedded server: three roles of its own, everything through a private socket."""

    database = "book"

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server

    def acquire(self) -> None:
        # libpq would read these into our connections: a service or an option meant for another server breaks ours.
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]
        self.server.acquire()

    def release(self) -> None:
        self.server.release()

    def address(self, database: str, role: Role) -> dict[str, Any]:
        user = {"admin": SUPERUSER, "owner": OWNER_ROLE, "app": APP_ROLE}[role]
        return {"host": str(self.server.socket_folder), "port": 5432, "dbname": database, "user": user}

    def make_roles(self, connection: psycopg.Connection) -> None:
        for role in (OWNER_ROLE, APP_ROLE):
            if not _has_role(connection, role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))

    def create_database(self, database: str, *, template: str = "template0") -> None:
        with self.maintain() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
                )
            )


class NamedServer(Server):
    """
    A server of somebody else's. `url` is the site's log-in (DATABASE_URL), `owner_url` the one that owns the tables,
    makes and migrates them (DATABASE_OWNER_URL).

    Apart, they are as tight as PostgreSQL allows: the site's log-in owns nothing and cannot become who does. Without
    `owner_url` the site's log-in may do both and enters as the role `baogong_app`, which whoever speaks SQL through it
    can take off again; or it may not, and then somebody else has prepared the book.
    """

    def __init__(self, url: str, home_name: str = BOOK, *, owner_url: str | None = None) -> None:
        self._given = _address_in(url, "DATABASE_URL")
        self._owner = _address_in(owner_url, OWNER_URL) if owner_url else self._given
        self._database = str(self._given.get("dbname", "baogong"))
        # One book, one clock: a demo or a play never shares the real book's database.
        self.database = self._database if home_name == BOOK else f"{self._database}_{home_name}"

    @property
    def has_own_log_in(self) -> bool:
        return self._owner is not self._given

    @property
    def may_prepare(self) -> bool:
        if self.has_own_log_in:
            return True
        with self.maintain() as connection:
            row = connection.execute(
                "SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = %s", [self.database]
            ).fetchone()
        return row is None or bool(row[0])

    def acquire(self) -> None:
        with self.maintain() as connection:
            if connection.info.server_version < MAJOR_MIN * 10_000:
                found = connection.info.server_version // 10_000
                raise DatabaseUnusable(
                    f"The server that DATABASE_URL names is PostgreSQL {found}; {MAJOR_MIN} or newer is needed.",
                    where="DATABASE_URL",
                    found=found,
                    expected=f"{MAJOR_MIN} or newer",
                    cure="Name a newer server, or unset DATABASE_URL to use the embedded one.",
                )

    def release(self) -> None:
        """The server is not ours to stop."""

    def address(self, database: str, role: Role) -> dict[str, Any]:
        if role != "app":
            return self._owner | {"dbname": database}
        address = self._given | {"dbname": database}
        if address.get("user") != APP_ROLE:
            address["options"] = f"{address.get('options', '')} -c role={APP_ROLE}".strip()
        return address

    def maintain(self) -> psycopg.Connection:
        try:
            return self.connect("postgres", "admin")
        except DatabaseUnusable:
            return self.connect(self._database, "admin")  # some hosts let a user into one database only

    def make_roles(self, connection: psycopg.Connection) -> None:
        try:
            if not _has_role(connection, APP_ROLE):
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APP_ROLE)))
            row = connection.execute("SELECT pg_has_role(%s, 'MEMBER')", [APP_ROLE]).fetchone()
            if not self.has_own_log_in and (row is None or not row[0]):
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(APP_ROLE)))
        except psycopg.errors.InsufficientPrivilege as error:
            user = connection.info.user
            raise DatabaseUnusable(
                f"The user {user} of DATABASE_URL may not make the role {APP_ROLE} that keeps the book append-only.",
                where="DATABASE_URL",
                found=str(error).strip(),
                expected=f"the role {APP_ROLE}, granted to {user}",
                cure=f"Let an administrator of the server run: CREATE ROLE {APP_ROLE} NOLOGIN; "
                f"GRANT {APP_ROLE} TO {user};",
            ) from error

    def create_database(self, database: str, *, template: str = "template0") -> None:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
        if template == "template0":
            words += sql.SQL(" ENCODING 'UTF8' LOCALE 'C'")
        with self.maintain() as connection:
            try:
                connection.execute(words)
            except psycopg.errors.InsufficientPrivilege as error:
                raise DatabaseUnusable(
                    f"The user {connection.info.user} of DATABASE_URL may not make the database {database}.",
                    where="DATABASE_URL",
                    found=str(error).strip(),
                    expected=f"the database {database}, or a user who may make it",
                    cure=f"Let an administrator of the server run: CREATE DATABASE {database} "
                    f"OWNER {connection.info.user} ENCODING 'UTF8' TEMPLATE template0; or name in DATABASE_OWNER_URL "
                    "the log-in that may make it.",
                ) from error


KEPT_PLAY = "BAOGONG_PLAY"  # of the plays' home, the kept one whose book is open


def server_of(home: Home, *, durable: bool = True) -> Server:
    """DATABASE_URL's server if it is set, else the home's own."""
    server: Server
    if url := os.environ.get("DATABASE_URL"):
        server = NamedServer(url, home.name, owner_url=os.environ.get(OWNER_URL))
    else:
        server = EmbeddedBook(EmbeddedServer(home, durable=durable))
    if home.name == PLAY and (kept := os.environ.get(KEPT_PLAY)):
        server.database = kept
    return server


def _address_in(url: str, name: str) -> dict[str, Any]:
    try:
        return {word: value for word, value in conninfo_to_dict(url).items() if value}
    except psycopg.ProgrammingError as error:
        raise UnusableInput(
            f"{name} is not an address of a PostgreSQL database.",
            where=name,
            expected="postgresql://user:password@host:5432/database",
            cure="Correct it, or unset it to use the embedded server.",
        ) from error


def _has_role(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
