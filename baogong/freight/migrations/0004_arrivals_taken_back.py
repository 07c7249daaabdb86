"""An act more: an arrival that never happened is taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("freight", "0003_arrivals_without_pass")]

    operations = [
        migrations.AlterField(
            model_name="waybillact",
            name="act",
            field=models.CharField(
                choices=[
                    ("NAME_TRUCK", "Truck named"),
                    ("LOAD", "Loaded"),
                    ("LET_GO_EARLY", "Let go early"),
                    ("DEPART", "Departed"),
                    ("DELAY", "Delay reported"),
                    ("LOSS", "Loss reported"),
                    ("ARRIVE", "Arrived"),
                    ("NOT_ARRIVED", "Arrival taken back"),
                    ("RECEIVE", "Received"),
                    ("HAND_OVER", "Handed over"),
                    ("CANCEL", "Cancelled"),
                ],
                max_length=16,
            ),
        )
    ]
