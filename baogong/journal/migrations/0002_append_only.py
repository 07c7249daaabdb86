"""Triggers that refuse edits of what was said, signed and shown."""

from django.db import migrations

APPEND_ONLY = (
    "journal_documentsubject",
    "journal_signature",
    "journal_event",
    "journal_call",
    "journal_evidence",
    "journal_evidencemovement",
)
KEPT = ("journal_document", "journal_task", "journal_outgoing")  # updated, never taken away

FUNCTION = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what the journal holds stays. Record what is true now.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def trigger(table: str, acts: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER refuse_edits BEFORE {acts} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()",
        f"DROP TRIGGER refuse_edits ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION journal_refuse()"),
        *(trigger(table, "UPDATE OR DELETE OR TRUNCATE") for table in APPEND_ONLY),
        *(trigger(table, "DELETE OR TRUNCATE") for table in KEPT),
    ]
