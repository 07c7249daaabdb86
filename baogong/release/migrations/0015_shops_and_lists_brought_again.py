# Further shops that hand out of one stock, how much of it went back to where it came from, and lists brought once more.

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("release", "0014_stays"),
    ]

    operations = [
        migrations.AddField(
            model_name="tranche",
            name="shops",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name="tranche",
            name="taken_back",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RemoveConstraint(
            model_name="winnerlist",
            name="winner_list_once",
        ),
        migrations.AddField(
            model_name="winnerlist",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="winnerlist",
            constraint=models.UniqueConstraint(
                models.F("source"),
                models.F("file_hash"),
                models.F("tranche"),
                models.F("turn"),
                name="winner_list_once",
            ),
        ),
    ]
