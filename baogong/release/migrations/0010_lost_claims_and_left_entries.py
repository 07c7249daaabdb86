# Claims whose goods were lost on the way, and entries given up before their list closed.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_merges"),
        ("release", "0009_devices_and_clusters"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="claim",
            name="claim_held_once_admitted",
        ),
        migrations.RemoveConstraint(
            model_name="drawentry",
            name="draw_entered_once",
        ),
        migrations.RemoveIndex(
            model_name="claim",
            name="claim_falling_due",
        ),
        migrations.AddField(
            model_name="drawentry",
            name="left_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="drawentry",
            name="left_by",
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AlterField(
            model_name="claim",
            name="state",
            field=models.CharField(
                choices=[
                    ("WAITING", "Waiting for the opening minute to end"),
                    ("REFUSED", "Refused"),
                    ("STANDBY", "Standing by"),
                    ("ADMITTED", "Admitted"),
                    ("ACCEPTED", "Accepted by the shop"),
                    ("UNDERWAY", "On its way"),
                    ("LOST", "Lost on the way"),
                    ("HANDED_OVER", "Handed over"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Not fetched in time"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(
                    ("due_at__isnull", False), ("state__in", ("ADMITTED", "ACCEPTED", "UNDERWAY", "LOST"))
                ),
                fields=["due_at"],
                name="claim_falling_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hold", None), ("state__in", ("WAITING", "REFUSED", "STANDBY"))),
                    models.Q(
                        ("hold__isnull", False),
                        ("state__in", ("ADMITTED", "ACCEPTED", "UNDERWAY", "LOST", "HANDED_OVER")),
                    ),
                    ("state__in", ("CANCELLED", "EXPIRED")),
                    _connector="OR",
                ),
                name="claim_held_once_admitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at", None)), fields=("draw", "person"), name="draw_entered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="drawentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at", None), ("left_by", None)),
                    models.Q(("left_at__isnull", False), ("left_by__isnull", False), ("rank", None)),
                    _connector="OR",
                ),
                name="draw_left_before_it_was_drawn",
            ),
        ),
    ]
