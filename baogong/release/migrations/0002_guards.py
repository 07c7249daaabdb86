"""Triggers: what was said stays, claims never vanish, and a release that has opened keeps its rule."""

from django.db import migrations

from baogong.kernel.guards import append_only, kept

APPEND_ONLY = ("release_ruleversion", "release_ruletrial")
KEPT = ("release_release", "release_tranche", "release_channelreserve", "release_slot", "release_claim")
RULE_STAYS = """
CREATE FUNCTION release_rule_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.rule_id IS NOT NULL AND NEW.rule_id IS DISTINCT FROM OLD.rule_id THEN
        RAISE EXCEPTION 'a release that has opened keeps its rule' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER release_rule_stays BEFORE UPDATE ON release_release FOR EACH ROW EXECUTE FUNCTION release_rule_stays()
"""
NO_RULE_STAYS = "DROP TRIGGER release_rule_stays ON release_release; DROP FUNCTION release_rule_stays()"


class Migration(migrations.Migration):
    dependencies = [("release", "0001_releases_and_claims"), ("ledger", "0002_append_only")]

    operations = [
        *(migrations.RunSQL(*append_only(table)) for table in APPEND_ONLY),
        *(migrations.RunSQL(*kept(table)) for table in KEPT),
        migrations.RunSQL(RULE_STAYS, NO_RULE_STAYS),
    ]
