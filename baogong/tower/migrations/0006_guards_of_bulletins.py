"""Triggers: no bulletin vanishes, what was drawn stays as it was drawn, and what is published stays as it was published."""

from django.db import migrations

from baogong.kernel.guards import kept

FUNCTION = """
CREATE FUNCTION tower_bulletin_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL
        OR (OLD.day, OLD.audience, OLD.version, OLD.content, OLD.content_hash, OLD.upto_seq, OLD.why, OLD.drawn_at)
            IS DISTINCT FROM
           (NEW.day, NEW.audience, NEW.version, NEW.content, NEW.content_hash, NEW.upto_seq, NEW.why, NEW.drawn_at)
    THEN
        RAISE EXCEPTION 'a bulletin stays as it was drawn and published; draw another version'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE TRIGGER tower_bulletin_stays BEFORE UPDATE ON tower_bulletin FOR EACH ROW EXECUTE FUNCTION tower_bulletin_stays()
"""


class Migration(migrations.Migration):
    dependencies = [("tower", "0005_bulletins")]

    operations = [
        migrations.RunSQL(*kept("tower_bulletin")),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION tower_bulletin_stays()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER tower_bulletin_stays ON tower_bulletin"),
    ]
