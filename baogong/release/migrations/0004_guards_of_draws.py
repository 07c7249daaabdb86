"""Triggers: redemptions and later papers stay, winners and entries never vanish, and what a draw has published is never changed."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = ("release_redemption", "release_drawmore")
KEPT = ("release_winnerlist", "release_winner", "release_draw", "release_drawentry")
PAPERS_STAY = """
CREATE FUNCTION release_draw_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.announcement IS DISTINCT FROM OLD.announcement OR NEW.verifier IS DISTINCT FROM OLD.verifier
        OR NEW.tranche_id IS DISTINCT FROM OLD.tranche_id
        OR (OLD.close IS NOT NULL AND (NEW.close IS DISTINCT FROM OLD.close OR NEW.leaves IS DISTINCT FROM OLD.leaves))
        OR (OLD.result IS NOT NULL AND (NEW.beacon IS DISTINCT FROM OLD.beacon OR NEW.result IS DISTINCT FROM OLD.result))
    THEN
        RAISE EXCEPTION 'what a draw has published stays; there is never a second draw'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER release_draw_stays BEFORE UPDATE ON release_draw FOR EACH ROW EXECUTE FUNCTION release_draw_stays()
"""
NO_PAPERS_STAY = "DROP TRIGGER release_draw_stays ON release_draw; DROP FUNCTION release_draw_stays()"


class Migration(migrations.Migration):
    dependencies = [("release", "0003_winners_and_draws")]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
        migrations.RunSQL(PAPERS_STAY, NO_PAPERS_STAY),
    ]
