from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0012_guard_of_placings")]

    operations = [
        migrations.AlterField(
            model_name="parcelact",
            name="why",
            field=models.CharField(
                blank=True,
                choices=[
                    ("NOBODY", "Nobody came"),
                    ("REFUSED", "Not wanted"),
                    ("NO_ENTRY", "No entry"),
                    ("WRONG_ADDRESS", "Wrong address"),
                    ("DAMAGED", "Damaged"),
                    ("NO_TIME", "No time left"),
                    ("SHELF_FULL", "Shelf full"),
                    ("SEALED", "Sealed meanwhile"),
                ],
                max_length=16,
            ),
        ),
    ]
