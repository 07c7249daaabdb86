from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("places", "0003_all_others_of_a_community")]

    operations = [
        migrations.AlterField(
            model_name="zonerule",
            name="service",
            field=models.CharField(
                choices=[
                    ("DOOR", "To the door"),
                    ("SHELF", "To a shelf, fetched when called"),
                    ("FREE", "As usual, to a shelf or the door"),
                ],
                max_length=8,
            ),
        ),
    ]
