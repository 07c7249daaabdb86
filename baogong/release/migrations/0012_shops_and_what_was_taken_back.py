# Further shops that hand out of one stock, and how much of it went back to where it came from.

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("release", "0011_decades_and_promises_anew"),
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
    ]
