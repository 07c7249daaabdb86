"""A reason that somebody typed may name a person: of a room's own purpose it is sealed, and longer than it was typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0006_the_language_of_texts")]

    operations = [
        migrations.AlterField(model_name="personalread", name="why", field=models.TextField(blank=True)),
    ]
