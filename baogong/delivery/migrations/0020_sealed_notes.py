"""A note may name somebody of the household: of a purpose's people it is sealed under its key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0019_acts_in_order")]

    operations = [
        migrations.AddField(model_name="parcelact", name="sealed", field=models.TextField(blank=True, default="")),
    ]
