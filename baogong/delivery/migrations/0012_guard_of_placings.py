"""A trigger: what a person had to place stays, with who did."""

from django.db import migrations

from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [("delivery", "0011_promises_to_households")]

    operations = [migrations.RunSQL(*kept("delivery_placing"))]
