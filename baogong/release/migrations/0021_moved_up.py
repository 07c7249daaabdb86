"""The job of the minute looks for whom to tell that they moved up: it reads those who did, not a city's claims."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("release", "0020_beyond_the_cap")]

    operations = [
        migrations.AddIndex(
            "claim",
            models.Index(
                fields=["tranche"],
                name="claim_moved_up",
                condition=models.Q(state__in=("ADMITTED", "ACCEPTED"), standby_number__isnull=False),
            ),
        ),
    ]
