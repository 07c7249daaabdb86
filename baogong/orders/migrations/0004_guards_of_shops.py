"""Triggers: a district's word on a shop stays as it was said; shops, days, orders and lessons never vanish."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

KEPT = (
    "orders_shop",
    "orders_shoppack",
    "orders_shopday",
    "orders_daypack",
    "orders_dayslot",
    "orders_shoporder",
    "orders_shoporderline",
    "orders_lesson",
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_shops_and_lessons"), ("ledger", "0002_append_only")]

    operations = [
        migrations.RunSQL(*append_only("orders_approvedshop")),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
