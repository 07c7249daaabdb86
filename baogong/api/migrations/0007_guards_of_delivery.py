"""Triggers that let no parcel, and nothing that happened to one, vanish."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = ("delivery_parcelact", "delivery_disinfection", "delivery_wayofworking")
KEPT = (
    "delivery_category",
    "delivery_parcel",
    "delivery_serving",
    "delivery_shuttle",
    "delivery_shuttleparcel",
    "delivery_round",
    "delivery_visit",
    "delivery_visitparcel",
    "delivery_calling",
    "delivery_device",
    "delivery_syncedact",
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0006_guards_of_carriage"),
        ("delivery", "0002_kinds_of_parcels"),
    ]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
