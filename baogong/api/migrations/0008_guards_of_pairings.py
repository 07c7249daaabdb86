"""A trigger that lets no offer to set up a telephone vanish."""

from django.db import migrations

from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0007_guards_of_delivery"),
        ("delivery", "0003_pairings"),
    ]

    operations = [migrations.RunSQL(*kept("delivery_pairing"))]
