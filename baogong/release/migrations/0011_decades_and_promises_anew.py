"""The ten years somebody was born in, of claims, winners and entries; an alert for each promise instead of each claim."""

import django.db.models.deletion
from django.db import migrations, models

ONE_FOR_EACH_PROMISE = """
ALTER TABLE release_promisealert DROP CONSTRAINT release_promisealert_pkey;
ALTER TABLE release_promisealert ADD CONSTRAINT release_promisealert_pkey PRIMARY KEY (claim_id, due_at)
"""
ONE_FOR_EACH_CLAIM = """
ALTER TABLE release_promisealert DROP CONSTRAINT release_promisealert_pkey;
ALTER TABLE release_promisealert ADD CONSTRAINT release_promisealert_pkey PRIMARY KEY (claim_id)
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0005_merges"), ("release", "0010_lost_claims_and_left_entries")]

    operations = [
        *(
            migrations.AddField(model_name=model, name="born_decade", field=models.PositiveSmallIntegerField(null=True))
            for model in ("claim", "winner", "drawentry")
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ONE_FOR_EACH_PROMISE, ONE_FOR_EACH_CLAIM)],
            state_operations=[
                migrations.DeleteModel(name="promisealert"),
                migrations.CreateModel(
                    name="promisealert",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "claim_id", "due_at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("state", models.CharField(max_length=12)),
                        ("due_at", models.DateTimeField()),
                        ("told_at", models.DateTimeField()),
                        (
                            "claim",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="release.claim",
                            ),
                        ),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
                            ),
                        ),
                    ],
                ),
            ],
        ),
    ]
