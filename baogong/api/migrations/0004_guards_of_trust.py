"""Triggers that refuse edits of checks and answers, and let no tie, merge, figure, number or household vanish."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = ("needs_check", "needs_renewal")
KEPT = (
    "needs_contact",
    "needs_tie",
    "needs_figure",
    "needs_usestandard",
    "needs_household",
    "people_merge",
    "people_apart",
)


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0003_guards"),
        ("needs", "0002_trust"),
        ("people", "0005_merges"),
    ]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
    ]
