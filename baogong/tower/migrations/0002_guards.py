"""Triggers: no alert vanishes, and the watch's rule stays."""

from django.db import migrations

from baogong.kernel.guards import kept

KEPT = ("tower_alert", "tower_watchrule")


class Migration(migrations.Migration):
    dependencies = [("tower", "0001_alerts"), ("ledger", "0002_append_only")]

    operations = [migrations.RunSQL(*kept(table)) for table in KEPT]
