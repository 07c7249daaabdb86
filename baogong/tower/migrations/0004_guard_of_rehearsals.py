"""A trigger: what was rehearsed is never taken away."""

from django.db import migrations

from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [("tower", "0003_rehearsals")]

    operations = [migrations.RunSQL(*kept("tower_rehearsal"))]
