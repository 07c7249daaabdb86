"""Triggers: alerts and goods taken in stay as they were written."""

from django.db import migrations

from baogong.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("release", "0006_brought_claims")]

    operations = [
        migrations.RunSQL(*append_only("release_promisealert")),
        migrations.RunSQL(*append_only("release_goodsin")),
    ]
