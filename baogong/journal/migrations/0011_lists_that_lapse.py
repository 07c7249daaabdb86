"""Lists of people tell nothing once they are written; those nobody wrote lapse. What older books still hold of them goes."""

from django.db import migrations, models

# The kinds whose files are not kept, as they were when this was written.
LET_GO = """
UPDATE journal_importline AS line
SET outcome = line.outcome || jsonb_build_object(
    'payload', jsonb_strip_nulls(jsonb_build_object('office', line.outcome #> '{payload,office}', 'shop', line.outcome #> '{payload,shop}')),
    'found', '', 'written', '', 'notes', '[]'::jsonb, 'candidates', '[]'::jsonb, 'then', NULL
)
FROM journal_importrun AS run
WHERE run.id = line.run_id AND run.kind IN ('claims', 'entrants', 'addresses', 'winners', 'redeemed');
UPDATE journal_importrun SET state = 'LAPSED'
WHERE state = 'PREVIEWED' AND kind IN ('claims', 'entrants', 'addresses', 'winners', 'redeemed');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0010_drill_steps"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrun",
            name="state",
            field=models.CharField(
                choices=[("PREVIEWED", "Previewed"), ("APPLIED", "Applied"), ("LAPSED", "Lapsed")], max_length=10
            ),
        ),
        migrations.RunSQL(LET_GO, migrations.RunSQL.noop),
    ]
