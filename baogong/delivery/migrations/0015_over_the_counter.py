"""A handover at the counter may be taken back, so one parcel is handed over once each turn; what goes up from a sealed shelf."""

from django.db import migrations, models
from django.db.models import Q

KINDS = [
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
    ("FOUND", "Found again"),
    ("CONFIRMED", "Confirmed by the household"),
    ("GOES_UP", "To go up to the door"),
    ("UNDONE", "Handover taken back"),
]


class Migration(migrations.Migration):
    dependencies = [("delivery", "0014_what_a_cart_carries")]

    operations = [
        migrations.AlterField(
            model_name="parcelact", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
        migrations.AddField(
            model_name="parcel", name="undone_count", field=models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AddField(model_name="parcelact", name="turn", field=models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveConstraint(model_name="parcelact", name="parcel_handed_over_once"),
        migrations.AddConstraint(
            model_name="parcelact",
            constraint=models.UniqueConstraint(
                "parcel", "turn", name="parcel_handed_over_once", condition=Q(kind="HANDED_OVER")
            ),
        ),
    ]
