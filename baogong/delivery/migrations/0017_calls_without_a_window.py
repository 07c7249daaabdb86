"""A household for whom the plan's hours have no window left is on the call list without one."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("delivery", "0016_expected_once_more")]

    operations = [
        migrations.RemoveConstraint(model_name="calling", name="calling_window"),
        migrations.AlterField(model_name="calling", name="from_at", field=models.DateTimeField(null=True)),
        migrations.AlterField(model_name="calling", name="until_at", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="calling",
            constraint=models.CheckConstraint(
                name="calling_window",
                condition=Q(from_at__isnull=True, until_at__isnull=True)
                | Q(from_at__isnull=False, until_at__isnull=False, until_at__gt=F("from_at")),
            ),
        ),
    ]
