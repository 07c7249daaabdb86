"""Triggers that let no request for carriage vanish."""

from django.db import migrations

from baogong.kernel.guards import kept

KEPT = ("supply_carriagerequest", "supply_carriageline")


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0005_guards_of_every_table"),
        ("supply", "0008_carriage"),
    ]

    operations = [
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
