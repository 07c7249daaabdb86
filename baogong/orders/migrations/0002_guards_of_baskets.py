"""Triggers: what was done to a basket stays, and no basket, portion or truck vanishes."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = ("orders_basketact", "orders_arrivalline")
KEPT = ("orders_basket", "orders_basketitem", "orders_arrival", "orders_portion", "orders_truck")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_baskets_and_chains"), ("ledger", "0002_append_only")]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
