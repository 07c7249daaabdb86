"""A person looks at one who named several households, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("release", "0015_shops_and_lists_brought_again")]

    operations = [
        migrations.AlterField(
            model_name="clusterlook",
            name="kind",
            field=models.CharField(
                choices=[("DEVICE", "Device"), ("ADDRESS", "Address"), ("PHONE", "Telephone"), ("PERSON", "Person")],
                max_length=8,
            ),
        )
    ]
