from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("needs", "0002_trust")]

    operations = [
        migrations.AlterField(
            model_name="check",
            name="how",
            field=models.CharField(
                choices=[
                    ("RANG_BACK", "Rang back a published number"),
                    ("RANG_PERSON", "Rang the person who asked"),
                    ("SAW_PROOF", "Saw the letter and its seal"),
                    ("VISITED", "Was there"),
                    ("OWN_NOTICE", "The receiver's own notice"),
                    ("ON_A_LIST", "A reviewed list"),
                    ("KEPT_ENDED", "The need it counted under has ended"),
                ],
                max_length=12,
            ),
        ),
    ]
