"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from baogong.ledger import APPEND_ONLY_TABLES
from tests.apps.ledger.conftest import World

if TYPE_CHECKING:
    from baogong.config.servers import EmbeddedBook, Role

EDITS = ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE")


def first_column(admin: psycopg.Connection, table: str) -> str:
    row = admin.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table]
    ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_the_application_and_the_tables_owner_may_not_edit(
    real_world_once: World, book_server: EmbeddedBook, table: str, edit: str
) -> None:
    database = str(connection.settings_dict["NAME"])
    with book_server.connect(database, "app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
        app.execute(edit.format(table=table, column=first_column(app, table)))
    assert "permission denied" in str(refusal.value)
    # The owner has every right; the triggers stop him.
    with book_server.connect(database, "owner") as owner, pytest.raises(psycopg.Error, match="never edited"):
        owner.execute(edit.format(table=table, column=first_column(owner, table)))


@pytest.mark.parametrize("table", ["ledger_balance", "ledger_hold"])
def test_balances_and_holds_are_never_taken_away(real_world_once: World, book_server: EmbeddedBook, table: str) -> None:
    database = str(connection.settings_dict["NAME"])
    roles: tuple[Role, ...] = ("app", "owner")
    for role in roles:
        for edit in EDITS[1:]:
            with book_server.connect(database, role) as someone, pytest.raises(psycopg.Error):
                someone.execute(edit.format(table=table))


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE ledger_balance SET posted = -1 WHERE NOT is_outside", "balance_not_overdrawn"),
        ("UPDATE ledger_balance SET held = posted + 1 WHERE NOT is_outside", "balance_not_overdrawn"),
        ("UPDATE ledger_balance SET held = -1", "balance_held_not_negative"),
        ("INSERT INTO ledger_hold VALUES (gen_random_uuid(), 5, 3, 3, 0)", "hold_ends_once"),
        ("INSERT INTO ledger_hold VALUES (gen_random_uuid(), 5, 3, 1, 5)", "hold_continues_what_ended"),
        (
            "INSERT INTO ledger_movement (id, batch_id, tense, source_id, target_id, lot_id, amount, nonce, leaf)"
            " SELECT gen_random_uuid(), batch_id, tense, source_id, target_id, lot_id, 0, nonce, leaf"
            " FROM ledger_movement",
            "movement_amount_positive",
        ),
        (
            "INSERT INTO ledger_movement (id, batch_id, tense, source_id, target_id, lot_id, amount, nonce, leaf)"
            " SELECT gen_random_uuid(), batch_id, tense, source_id, source_id, lot_id, 1, nonce, leaf"
            " FROM ledger_movement",
            "movement_two_accounts",
        ),
    ],
)
def test_what_no_row_may_say_is_refused(real_world_once: World, sql: str, constraint: str) -> None:
    with pytest.raises(Exception, match=constraint), connection.cursor() as cursor:
        cursor.execute(sql)


def test_balances_leave_room_so_that_updates_touch_no_index(real_world_once: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'ledger_balance'")
        assert cursor.fetchone() == (["fillfactor=50"],)
