"""The declaration that an announced source has not come: made before the beacon is brought, once, and never changed."""

import django.db.models.deletion
from django.db import migrations, models

SAID_ONCE = """
CREATE FUNCTION release_draw_missing_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.missing_declared_at IS NOT DISTINCT FROM OLD.missing_declared_at
        AND NEW.missing_declared_by_id IS NOT DISTINCT FROM OLD.missing_declared_by_id
    THEN
        RETURN NEW;
    END IF;
    IF OLD.missing_declared_at IS NOT NULL THEN
        RAISE EXCEPTION 'that a source was declared missing stays as it was said'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.beacon IS NOT NULL THEN
        RAISE EXCEPTION 'what the draw was made from has come; no source is declared missing any more'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER release_draw_missing_stays BEFORE UPDATE ON release_draw
    FOR EACH ROW EXECUTE FUNCTION release_draw_missing_stays()
"""
NOT_SAID = "DROP TRIGGER release_draw_missing_stays ON release_draw; DROP FUNCTION release_draw_missing_stays()"


class Migration(migrations.Migration):
    dependencies = [("people", "0005_merges"), ("release", "0012_claims_of_a_locked_tranche")]

    operations = [
        migrations.AddField(model_name="draw", name="missing_declared_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="draw",
            name="missing_declared_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.party",
            ),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("missing_declared_at", None), ("missing_declared_by", None)),
                    models.Q(("close__isnull", False), ("missing_declared_at__isnull", False)),
                    _connector="OR",
                ),
                name="draw_missing_once_closed",
            ),
        ),
        migrations.RunSQL(SAID_ONCE, NOT_SAID),
    ]
