"""Bulletins: a day taken out of the book once."""

import django.db.models.deletion
from django.db import migrations, models

import baogong.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_merges"),
        ("tower", "0004_guard_of_rehearsals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bulletin",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=baogong.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                (
                    "audience",
                    models.CharField(choices=[("PUBLIC", "Everyone"), ("SUPERIORS", "Superiors")], max_length=12),
                ),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAWN", "Drawn"),
                            ("WAITING", "Waits for the second signature"),
                            ("PUBLISHED", "Published"),
                            ("DROPPED", "Drawn again"),
                        ],
                        default="DRAWN",
                        max_length=12,
                    ),
                ),
                ("content", models.TextField()),
                ("content_hash", models.BinaryField(max_length=32)),
                ("upto_seq", models.BigIntegerField()),
                ("why", models.CharField(blank=True, max_length=500)),
                ("words_zh", models.TextField(blank=True)),
                ("words_en", models.TextField(blank=True)),
                ("drawn_at", models.DateTimeField()),
                ("drawn_by_name", models.CharField(max_length=120)),
                ("document", models.UUIDField(null=True)),
                ("hash", models.BinaryField(max_length=32, null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("request_id", models.UUIDField(editable=False, unique=True)),
                ("request_hash", models.BinaryField(max_length=32)),
                (
                    "drawn_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-day", "audience", "-version"], name="bulletin_days")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("day"),
                        models.F("audience"),
                        models.F("version"),
                        condition=models.Q(("state", "DROPPED"), _negated=True),
                        name="bulletin_version_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("document__isnull", False),
                                ("hash__isnull", False),
                                ("published_at__isnull", False),
                                ("state", "PUBLISHED"),
                            ),
                            models.Q(models.Q(("state", "PUBLISHED"), _negated=True), ("published_at", None)),
                            _connector="OR",
                        ),
                        name="bulletin_published_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version", 1), models.Q(("why", ""), _negated=True), _connector="OR"),
                        name="bulletin_says_why_again",
                    ),
                ],
            },
        ),
    ]
