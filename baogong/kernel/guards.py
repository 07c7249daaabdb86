"""
The database's own guards of what may not be rewritten, as statements for a room's migration.

Each room names its tables in its `__init__`: APPEND_ONLY_TABLES (rows are added and stay as they are) and KEPT_TABLES
(rows change and never go). `config.database` grants the application no more than that, and these triggers refuse
even the tables' owner. What may come and go is named too, with the reason, in CHANGEABLE_TABLES: every table stands in
exactly one of the three, so that a new one is thought about.
"""

from __future__ import annotations

FUNCTION = """
CREATE FUNCTION refuse_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what stands here stays. Write what is true now.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
NO_FUNCTION = "DROP FUNCTION refuse_edits()"


def append_only(table: str) -> tuple[str, str]:
    """The statement, and the one that takes it back."""
    return _guard(table, "UPDATE OR DELETE OR TRUNCATE")


def kept(table: str) -> tuple[str, str]:
    """The statement, and the one that takes it back."""
    return _guard(table, "DELETE OR TRUNCATE")


def _guard(table: str, acts: str) -> tuple[str, str]:
    return (
        f"CREATE TRIGGER refuse_edits BEFORE {acts} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_edits()",
        f"DROP TRIGGER refuse_edits ON {table}",
    )
