"""Portions ride the rounds; a basket whose purpose has ended forgets its people."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_guards_of_shops")]

    operations = [
        migrations.AddField(
            model_name="portion",
            name="way",
            field=models.CharField(
                choices=[
                    ("HERE", "At the committee's tables"),
                    ("UNDERWAY", "On its way"),
                    ("LOST", "Lost on the way"),
                ],
                default="HERE",
                max_length=8,
            ),
        ),
        migrations.AddField(model_name="basket", name="forgotten_at", field=models.DateTimeField(null=True)),
        migrations.RemoveConstraint(model_name="basket", name="basket_lives_there"),
        migrations.AddConstraint(
            model_name="basket",
            constraint=models.CheckConstraint(
                condition=~Q(building="") | Q(forgotten_at__isnull=False), name="basket_lives_there"
            ),
        ),
        migrations.RemoveConstraint(model_name="baskethousehold", name="basket_household_once"),
        migrations.AddConstraint(
            model_name="baskethousehold",
            constraint=models.UniqueConstraint(
                models.F("basket"),
                models.F("building"),
                models.F("unit"),
                models.F("room"),
                condition=~Q(building=""),
                name="basket_household_once",
            ),
        ),
    ]
