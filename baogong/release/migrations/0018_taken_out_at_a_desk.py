"""Who has no number of their own is taken out at a desk, by somebody who is named."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0005_merges"), ("release", "0017_forgotten_stays")]

    operations = [
        migrations.RemoveConstraint(model_name="drawstay", name="draw_stay_ended_for_one_reason"),
        migrations.RemoveConstraint(model_name="drawentry", name="draw_left_before_it_was_drawn"),
        *(
            migrations.AddField(
                model_name=model,
                name="taken_out_by",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="people.party",
                ),
            )
            for model in ("drawstay", "drawentry")
        ),
        migrations.AddConstraint(
            model_name="drawstay",
            constraint=models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, won_by=None, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, won_by=None, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by=None, won_by__isnull=False, taken_out_by=None)
                | Q(ended_at__isnull=False, ended_by=None, won_by=None, taken_out_by__isnull=False)
                | Q(ended_at__isnull=False, ended_by=None, won_by=None, taken_out_by=None, person=None),
                name="draw_stay_ended_for_one_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="drawentry",
            constraint=models.CheckConstraint(
                condition=Q(left_at=None, left_by=None, left_for=None, taken_out_by=None)
                | Q(left_at__isnull=False, left_by__isnull=False, left_for=None, taken_out_by=None, rank=None)
                | Q(left_at__isnull=False, left_by=None, left_for__isnull=False, taken_out_by=None, rank=None)
                | Q(left_at__isnull=False, left_by=None, left_for=None, taken_out_by__isnull=False, rank=None),
                name="draw_left_before_it_was_drawn",
            ),
        ),
    ]
