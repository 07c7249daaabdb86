"""A registration ends, too, when the city forgets its people."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("release", "0016_people_of_several_households")]

    operations = [
        migrations.RemoveConstraint(model_name="drawstay", name="draw_stay_ended_for_one_reason"),
        migrations.AddConstraint(
            model_name="drawstay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None), ("won_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False), ("won_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by", None), ("won_by__isnull", False)),
                    models.Q(("ended_at__isnull", False), ("ended_by", None), ("won_by", None), ("person", None)),
                    _connector="OR",
                ),
                name="draw_stay_ended_for_one_reason",
            ),
        ),
    ]
