from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("delivery", "0008_kinds_that_ran_out")]

    operations = [
        migrations.AddField(
            model_name="parcel",
            name="out_of_place_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RemoveConstraint(model_name="parcel", name="parcel_in_person_never_on_a_shelf"),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=~Q(state="ON_SHELF")
                | Q(modes__contains=["CONTACTLESS"], shelf__isnull=False)
                | Q(out_of_place_at__isnull=False, shelf__isnull=False),
                name="parcel_in_person_never_on_a_shelf",
            ),
        ),
    ]
