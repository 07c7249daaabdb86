import django.db.models.deletion
from django.db import migrations, models

import baogong.kernel.ids
from baogong.kernel.guards import kept


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_item_unit_gram"),
        ("crew", "0002_called_and_planned"),
        ("people", "0005_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="KitPart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=baogong.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("lot", models.UUIDField()),
                ("movement", models.UUIDField(unique=True)),
                ("amount", models.PositiveIntegerField()),
                ("returned", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="kitissue",
            name="item",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.item"
            ),
        ),
        migrations.AddField(
            model_name="kitissue",
            name="shelf",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitissue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("item", None), ("shelf", None)),
                    models.Q(("item__isnull", False), ("shelf__isnull", False)),
                    _connector="OR",
                ),
                name="kit_stock_whole",
            ),
        ),
        migrations.AddField(
            model_name="kitpart",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="crew.kitissue"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitpart",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="kit_part_some"),
        ),
        migrations.AddConstraint(
            model_name="kitpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("returned__lte", models.F("amount"))), name="kit_part_returned_of_amount"
            ),
        ),
        migrations.RunSQL(*kept("crew_kitpart")),
    ]
