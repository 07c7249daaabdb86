# A parcel lost on the way is expected once more with other goods.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0015_over_the_counter"),
    ]

    operations = [
        migrations.AlterField(
            model_name="parcelact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("RECEIVED", "Received"),
                    ("DISINFECTED", "Disinfected"),
                    ("ON_CART", "Loaded on a cart"),
                    ("OFF_CART", "Unloaded from a cart"),
                    ("TAKEN", "Taken by the courier"),
                    ("ON_SHELF", "Put on the shelf"),
                    ("HANDED_OVER", "Handed over"),
                    ("FAILED", "Tried in vain"),
                    ("RETURNED", "Back at the station"),
                    ("DOOR_ASKED", "Asked to the door"),
                    ("SENT_BACK", "Sent back"),
                    ("LOST", "Lost"),
                    ("AGAIN", "Expected once more"),
                    ("FOUND", "Found again"),
                    ("CONFIRMED", "Confirmed by the household"),
                    ("GOES_UP", "To go up to the door"),
                    ("UNDONE", "Handover taken back"),
                ],
                max_length=12,
            ),
        ),
    ]
