"""Rehearsals: nights played before they come."""

import django.db.models.deletion
from django.db import migrations, models

import baogong.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tower", "0002_guards"),
        ("people", "0005_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=baogong.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "Waiting"),
                            ("PLAYING", "Being played"),
                            ("DONE", "Done"),
                            ("FAILED", "Failed"),
                        ],
                        default="WAITING",
                        max_length=8,
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("zero_at", models.DateTimeField()),
                ("runs_count", models.PositiveIntegerField()),
                ("seed", models.BigIntegerField()),
                ("chances", models.JSONField()),
                ("prices", models.JSONField()),
                ("engine_version", models.CharField(max_length=60)),
                ("night", models.TextField()),
                ("night_hash", models.BinaryField(max_length=32)),
                ("result", models.TextField(blank=True)),
                ("result_hash", models.BinaryField(max_length=32, null=True)),
                ("done_count", models.PositiveIntegerField(default=0)),
                ("total_count", models.PositiveIntegerField()),
                ("told_at", models.DateTimeField(null=True)),
                ("failed_why", models.TextField(blank=True)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("request_id", models.UUIDField(unique=True)),
                ("content_hash", models.BinaryField(max_length=32)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["made_at"], name="rehearsal_by_time")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("runs_count__gt", 0)), name="rehearsal_runs"),
                    models.CheckConstraint(
                        condition=models.Q(("until_at__gt", models.F("from_at"))), name="rehearsal_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("result_hash__isnull", False), ("state", "DONE")),
                            models.Q(models.Q(("state", "DONE"), _negated=True), ("result", ""), ("result_hash", None)),
                            _connector="OR",
                        ),
                        name="rehearsal_done_with_result",
                    ),
                ],
            },
        ),
    ]
