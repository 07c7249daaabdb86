"""Registrations that outlive a draw: who has lost stays in, until they win or leave."""

import django.db.models.deletion
from django.db import migrations, models

import baogong.kernel.ids
from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_merges"),
        ("release", "0013_missing_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawStay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=baogong.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=12)),
                ("variant", models.CharField(blank=True, max_length=40)),
                ("person", models.BinaryField(max_length=32, null=True)),
                ("entry", models.UUIDField(unique=True)),
                ("sealed", models.TextField(blank=True)),
                ("refusal", models.CharField(blank=True, max_length=32)),
                ("free_on", models.CharField(blank=True, max_length=10)),
                ("begun_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.BinaryField(max_length=16, null=True)),
                ("won_by", models.UUIDField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="drawentry",
            name="draw_left_before_it_was_drawn",
        ),
        migrations.AddField(
            model_name="drawentry",
            name="came_from",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="release.drawentry"
            ),
        ),
        migrations.AddField(
            model_name="drawentry",
            name="is_carried",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="drawentry",
            name="left_for",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="drawstay",
            name="release",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="release.release"
            ),
        ),
        migrations.AddField(
            model_name="drawentry",
            name="stay",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="release.drawstay"
            ),
        ),
        migrations.AddConstraint(
            model_name="drawentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at", None), ("left_by", None), ("left_for", None)),
                    models.Q(
                        ("left_at__isnull", False), ("left_by__isnull", False), ("left_for", None), ("rank", None)
                    ),
                    models.Q(
                        ("left_at__isnull", False), ("left_by", None), ("left_for__isnull", False), ("rank", None)
                    ),
                    _connector="OR",
                ),
                name="draw_left_before_it_was_drawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawstay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("release", "region", "variant", "person"),
                name="draw_registered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawstay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("won_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False), ("won_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by", None), ("won_by__isnull", False)),
                    _connector="OR",
                ),
                name="draw_stay_ended_for_one_reason",
            ),
        ),
        migrations.RunSQL(*kept("release_drawstay")),
    ]
