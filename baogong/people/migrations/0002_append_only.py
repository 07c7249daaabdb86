"""Triggers that refuse edits of who looked where, and let no log-in, duty, link or key vanish."""

from django.db import migrations

from baogong.kernel.guards import FUNCTION, NO_FUNCTION, append_only, kept

APPEND_ONLY = ("people_linkuse", "people_personalread")
KEPT = ("people_user", "people_dutyheld", "people_link", "people_personaldatum", "people_purposekey")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
