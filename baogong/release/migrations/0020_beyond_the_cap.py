"""What a channel has had beyond its cap, where a shop's list told late of rights used in time: it was counted nowhere."""

from django.db import migrations, models

# Of the claims as they stand. A right that was promised again and given up while its goods travel is counted once it is back.
COUNT = """
UPDATE release_channelreserve AS reserve SET beyond = has.units - reserve.units_max
FROM (SELECT tranche_id, channel, sum(units) AS units FROM release_claim
      WHERE state IN ('ADMITTED', 'ACCEPTED', 'UNDERWAY', 'LOST', 'HANDED_OVER')
        AND tranche_id IN (SELECT tranche_id FROM release_channelreserve WHERE taken = units_max)
      GROUP BY tranche_id, channel) AS has
WHERE has.tranche_id = reserve.tranche_id AND has.channel = reserve.channel
  AND reserve.taken = reserve.units_max AND has.units > reserve.units_max
"""


class Migration(migrations.Migration):
    dependencies = [("release", "0019_redemptions_taken_back")]

    operations = [
        migrations.AddField(model_name="channelreserve", name="beyond", field=models.PositiveIntegerField(default=0)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
