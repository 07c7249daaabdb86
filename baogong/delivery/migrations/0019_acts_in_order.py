"""
Acts get a number each, in the order they were written down, so that whoever counts them can say up to which one.

Whoever writes acts holds a word in share mode until he commits, and draws their numbers after he has it: who has had the
word alone for a moment (`queries.settled_act`) knows that whatever has a smaller number than the last is committed.
"""

from django.db import migrations, models
from django.db.models import Func, Value

SEQUENCE = "CREATE SEQUENCE delivery_parcelact_seq AS bigint"
FUNCTION = """
CREATE FUNCTION delivery_acts_are_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('parcels'' acts', 0));
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER delivery_acts_are_written BEFORE INSERT ON delivery_parcelact
FOR EACH STATEMENT EXECUTE FUNCTION delivery_acts_are_written()
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0018_standing_and_underway")]

    operations = [
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE IF EXISTS delivery_parcelact_seq"),
        migrations.AddField(
            model_name="parcelact",
            name="seq",
            field=models.BigIntegerField(
                db_default=Func(
                    Value("delivery_parcelact_seq"), function="nextval", output_field=models.BigIntegerField()
                ),
                editable=False,
                unique=True,
            ),
        ),
        migrations.RunSQL(
            "ALTER SEQUENCE delivery_parcelact_seq OWNED BY delivery_parcelact.seq",
            "ALTER SEQUENCE delivery_parcelact_seq OWNED BY NONE",
        ),
        migrations.AddIndex(
            model_name="parcelact",
            index=models.Index(fields=["kind", "at_device", "seq"], name="act_by_day"),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION delivery_acts_are_written()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER delivery_acts_are_written ON delivery_parcelact"),
    ]
