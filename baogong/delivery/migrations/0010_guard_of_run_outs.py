"""A trigger: what ran out with goods in hand ends and never vanishes."""

from django.db import migrations

from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [("delivery", "0009_out_of_place")]

    operations = [migrations.RunSQL(*kept("delivery_runout"))]
