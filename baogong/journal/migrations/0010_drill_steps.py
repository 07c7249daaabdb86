"""The steps a drill was told, and a trigger: none is ever taken away."""

from django.db import migrations, models

from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0009_task_of_a_place"),
    ]

    operations = [
        migrations.CreateModel(
            name="DrillStep",
            fields=[
                ("number", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("title", models.CharField(max_length=300)),
            ],
        ),
        migrations.RunSQL(*kept("journal_drillstep")),
    ]
