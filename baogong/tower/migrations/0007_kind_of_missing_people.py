from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tower", "0006_guards_of_bulletins")]

    operations = [
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("SEAL_CROSSED", "A seal was crossed without a valid pass"),
                    ("TRUCK_LATE", "A truck is late"),
                    ("ROUND_LATE", "A courier's round is late"),
                    ("TASK_LATE", "A task is past its time"),
                    ("SIGNATURE_LATE", "A second signature is overdue"),
                    ("CLAIMS_AT_RISK", "Promised hours run out with claims not handed over"),
                    ("PARCELS_AT_RISK", "Promised hours run out with parcels not handed over"),
                    ("GOODS_AT_RISK", "Promised goods on no truck are due"),
                    ("RUNS_OUT", "Stock runs out"),
                    ("COURIER_OVERLOADED", "A courier has too much to do"),
                    ("STATION_OVERLOADED", "More stands at a station than its rounds bring"),
                    ("GOODS_LOST", "Goods were lost or damaged on the road"),
                    ("PARCELS_LOST", "Parcels were lost"),
                    ("PEOPLE_MISSING", "People are not accounted for at a roll call"),
                    ("COURIER_OUT", "A courier is out of something"),
                    ("REFUSED_IN_FORCE", "What was done alone was refused by the second hand"),
                ],
                max_length=24,
            ),
        )
    ]
