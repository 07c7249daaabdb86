"""The language somebody is texted in is kept with their telephone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_merges")]

    operations = [
        migrations.AlterField(
            model_name="personaldatum",
            name="what",
            field=models.CharField(
                choices=[
                    ("PHONE", "Phone"),
                    ("NAME", "Name"),
                    ("ADDRESS", "Address"),
                    ("DOCUMENT", "Identity document"),
                    ("LANGUAGE", "Language"),
                ],
                max_length=16,
            ),
        )
    ]
