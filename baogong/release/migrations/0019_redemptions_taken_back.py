"""What a shop's desk pressed by mistake is taken back with its handover: its redemption goes, and nothing else of it ever does."""

from django.db import migrations

from baogong.kernel.guards import append_only

GUARDED, UNGUARDED = append_only("release_redemption")
STAYS = """
CREATE FUNCTION release_redemption_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.channel = 'SHOP' AND OLD.document IS NULL
        AND NOT EXISTS (SELECT 1 FROM release_claim WHERE id = OLD.claim_id AND state = 'HANDED_OVER')
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a right that was used stays used; only with its handover is it taken back'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER release_redemption_stays BEFORE UPDATE OR DELETE ON release_redemption
    FOR EACH ROW EXECUTE FUNCTION release_redemption_stays();
CREATE TRIGGER release_redemptions_stay BEFORE TRUNCATE ON release_redemption
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_edits()
"""
NO_LONGER = """
DROP TRIGGER release_redemptions_stay ON release_redemption;
DROP TRIGGER release_redemption_stays ON release_redemption;
DROP FUNCTION release_redemption_stays()
"""


class Migration(migrations.Migration):
    dependencies = [("release", "0018_taken_out_at_a_desk")]

    operations = [
        migrations.RunSQL(UNGUARDED, GUARDED),
        migrations.RunSQL(STAYS, NO_LONGER),
    ]
