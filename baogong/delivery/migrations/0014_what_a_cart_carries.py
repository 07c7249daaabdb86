"""What a trip's cart carries at most, as it was said when the trip was planned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0013_sealed_since")]

    operations = [
        migrations.AddField("shuttle", "capacity_g", models.PositiveIntegerField(null=True)),
        migrations.AddField("shuttle", "capacity_pieces", models.PositiveIntegerField(null=True)),
    ]
