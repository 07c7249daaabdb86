from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("places", "0002_communities")]

    operations = [
        migrations.AlterField(
            model_name="zoneline",
            name="scope",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "All others"), (2, "Community"), (3, "Building"), (4, "Unit")]
            ),
        ),
        migrations.AlterField(
            model_name="zonedoubt",
            name="scope",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "All others"), (2, "Community"), (3, "Building"), (4, "Unit")], null=True
            ),
        ),
        migrations.RemoveConstraint(model_name="zoneline", name="zone_line_scope"),
        migrations.AddConstraint(
            model_name="zoneline",
            constraint=models.CheckConstraint(
                name="zone_line_scope",
                condition=Q(scope=1, building=None, unit=None)
                | Q(scope=2, community__isnull=False, building=None, unit=None)
                | Q(scope=3, community__isnull=False, building__isnull=False, unit=None)
                | Q(scope=4, community__isnull=False, building__isnull=False, unit__isnull=False),
            ),
        ),
    ]
