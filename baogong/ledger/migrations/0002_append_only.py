"""What Django has no words for: the order of movements, room on balances' pages, and triggers that refuse edits."""

from django.db import migrations

APPEND_ONLY = (
    "ledger_earmark",
    "ledger_earmarkparty",
    "ledger_earmarkitem",
    "ledger_lot",
    "ledger_lotsource",
    "ledger_account",
    "ledger_batch",
    "ledger_movement",
    "ledger_stamp",
)
KEPT = ("ledger_balance", "ledger_hold")  # updated, never taken away

FUNCTION = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the book is never edited. Post a correction instead.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def trigger(table: str, acts: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER refuse_edits BEFORE {acts} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
        f"DROP TRIGGER refuse_edits ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE ledger_movement ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE ledger_movement ALTER COLUMN seq DROP IDENTITY",
        ),
        migrations.RunSQL(
            "ALTER TABLE ledger_balance SET (fillfactor = 50)", "ALTER TABLE ledger_balance RESET (fillfactor)"
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION ledger_refuse()"),
        *(trigger(table, "UPDATE OR DELETE OR TRUNCATE") for table in APPEND_ONLY),
        *(trigger(table, "DELETE OR TRUNCATE") for table in KEPT),
    ]
