from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("places", "0004_goods_as_usual")]

    operations = [
        migrations.AlterField(
            model_name="zonerule",
            name="service",
            field=models.CharField(
                choices=[
                    ("DOOR", "To the door"),
                    ("SHELF", "To a shelf, fetched when called"),
                    ("FREE", "As usual, to a shelf or the door, or fetched at the station"),
                ],
                max_length=8,
            ),
        ),
    ]
