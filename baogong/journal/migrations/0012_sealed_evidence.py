"""Evidence about a purpose's people is sealed under its key. What older books hold stays as it was written: no row is ever changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0011_lists_that_lapse")]

    operations = [
        migrations.AddField(model_name="evidence", name="sealed", field=models.TextField(blank=True, default="")),
    ]
