import django.db.models.deletion
from django.db import migrations, models

import baogong.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_retired_telephones"),
        ("people", "0005_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunOut",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=baogong.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("what", models.CharField(choices=[("SHIFT", "Shift"), ("PROOF", "Proof")], max_length=5)),
                ("reason_zh", models.CharField(blank=True, max_length=400)),
                ("reason_en", models.CharField(blank=True, max_length=400)),
                ("from_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"),
                ),
                (
                    "station",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("person"),
                        models.F("station"),
                        models.F("what"),
                        condition=models.Q(("ended_at", None)),
                        name="run_out_told_once",
                    )
                ],
            },
        ),
    ]
