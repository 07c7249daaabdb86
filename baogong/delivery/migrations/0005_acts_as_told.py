import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_found_again")]

    operations = [
        migrations.AddField(model_name="syncedact", name="given", field=models.JSONField(default=dict)),
        migrations.RemoveIndex(model_name="syncedact", name="synced_unseen"),
        migrations.AddIndex(
            model_name="syncedact",
            index=models.Index(
                condition=models.Q(("answer__in", ("LATE", "UNFIT", "CONFLICT", "REFUSED")), ("seen_at", None)),
                fields=["at"],
                name="synced_unseen",
            ),
        ),
        migrations.CreateModel(
            name="SyncedPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("text", models.TextField(blank=True)),
                ("by_name", models.CharField(blank=True, max_length=200)),
                ("payload", models.BinaryField(null=True)),
                ("at_device", models.DateTimeField(null=True)),
                (
                    "act",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="delivery.syncedact"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("act"), models.F("number"), name="synced_piece_once")],
            },
        ),
    ]
