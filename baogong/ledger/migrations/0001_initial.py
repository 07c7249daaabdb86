# The tables of the book.

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Earmark",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("request_id", models.UUIDField(editable=False, unique=True)),
                ("purpose", models.TextField(blank=True)),
                ("until", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AVAILABLE", "AVAILABLE"),
                            ("FROZEN", "FROZEN"),
                            ("ABOARD", "ABOARD"),
                            ("SHELF", "SHELF"),
                            ("HANDED_OVER", "HANDED_OVER"),
                            ("LOST", "LOST"),
                            ("SPOILED", "SPOILED"),
                            ("SOLD", "SOLD"),
                            ("USED", "USED"),
                            ("RETURNED", "RETURNED"),
                            ("OUTSIDE", "OUTSIDE"),
                            ("CONVERSION", "CONVERSION"),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_outside", models.BooleanField()),
                (
                    "holder",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("request_id", models.UUIDField(editable=False, unique=True)),
                ("content_hash", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                ("document", models.UUIDField(null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("COUNT", "COUNT"),
                            ("PURCHASE", "PURCHASE"),
                            ("SALE", "SALE"),
                            ("GIFT", "GIFT"),
                            ("CONSIGNMENT", "CONSIGNMENT"),
                            ("FREEZE", "FREEZE"),
                            ("LIFT", "LIFT"),
                            ("ALLOT", "ALLOT"),
                            ("UNDO", "UNDO"),
                            ("LOAD", "LOAD"),
                            ("UNLOAD", "UNLOAD"),
                            ("HANDOVER", "HANDOVER"),
                            ("LOSS", "LOSS"),
                            ("DAMAGE", "DAMAGE"),
                            ("USE", "USE"),
                            ("RETURN", "RETURN"),
                            ("CORRECTION", "CORRECTION"),
                            ("CONVERSION", "CONVERSION"),
                            ("RE_EARMARK", "RE_EARMARK"),
                            ("EXPIRY", "EXPIRY"),
                            ("EXTENSION", "EXTENSION"),
                        ],
                        max_length=16,
                    ),
                ),
                ("count", models.PositiveIntegerField()),
                ("head", models.BinaryField(max_length=32)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EarmarkItem",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "earmark_id", "item_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "earmark",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="ledger.earmark",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.item"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EarmarkParty",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "earmark_id", "party_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "earmark",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="ledger.earmark",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("amount", models.BigIntegerField()),
                ("posted", models.BigIntegerField(default=0)),
                ("voided", models.BigIntegerField(default=0)),
                ("continued", models.BigIntegerField(default=0)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "amount__gt",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("posted"), "+", models.F("voided")
                                ),
                            )
                        ),
                        fields=["id"],
                        name="hold_open",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "amount__gt",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("posted"), "+", models.F("voided")
                                ),
                            ),
                            ("expires_at__isnull", False),
                        ),
                        fields=["expires_at"],
                        name="hold_expiring",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("posted"), "+", models.F("voided")
                                ),
                            ),
                            ("posted__gte", 0),
                            ("voided__gte", 0),
                        ),
                        name="hold_ends_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("continued__gte", 0),
                            (
                                "continued__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("posted"), "+", models.F("voided")
                                ),
                            ),
                        ),
                        name="hold_continues_what_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("standard", models.CharField(blank=True, max_length=60)),
                ("expires_on", models.DateField(null=True)),
                ("pieces_per_carton", models.PositiveIntegerField(null=True)),
                ("label", models.CharField(blank=True, max_length=200)),
                ("opened_at", models.DateTimeField()),
                (
                    "donor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
                    ),
                ),
                (
                    "earmark",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.earmark"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.item"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "lot_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("posted", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(default=0)),
                ("is_outside", models.BooleanField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.lot"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LotSource",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "child_id", "parent_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("parent_amount", models.BigIntegerField()),
                ("child_amount", models.BigIntegerField()),
                (
                    "child",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.lot"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.lot"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(editable=False, unique=True)),
                (
                    "tense",
                    models.CharField(
                        choices=[
                            ("HELD", "HELD"),
                            ("POSTED", "POSTED"),
                            ("VOIDED", "VOIDED"),
                            ("EXPIRED", "EXPIRED"),
                            ("EXTENDED", "EXTENDED"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("hold", models.UUIDField(null=True)),
                ("corrects", models.UUIDField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("nonce", models.UUIDField()),
                ("leaf", models.BinaryField(max_length=32)),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.batch",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.lot",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("count", models.PositiveBigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("previous_root", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["day", "last_seq"], name="stamp_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("count__gt", 0), ("first_seq__lte", models.F("last_seq")), ("number__gt", 0)
                        ),
                        name="stamp_not_empty",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(models.F("holder"), models.F("state"), name="account_once_per_state"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_outside", True), ("state__in", ["OUTSIDE", "CONVERSION"])),
                    models.Q(("is_outside", False), models.Q(("state__in", ["OUTSIDE", "CONVERSION"]), _negated=True)),
                    _connector="OR",
                ),
                name="account_outside_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["day"], name="batch_day"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("document__isnull", False)), fields=["document"], name="batch_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_outside", True), ("posted__gte", models.F("held")), _connector="OR"),
                name="balance_not_overdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(condition=models.Q(("held__gte", 0)), name="balance_held_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="lotsource",
            constraint=models.CheckConstraint(
                condition=models.Q(("child_amount__gt", 0), ("parent_amount__gt", 0)), name="lot_source_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="lotsource",
            constraint=models.CheckConstraint(
                condition=models.Q(("child", models.F("parent")), _negated=True), name="lot_source_two_lots"
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["batch"], name="movement_batch"),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["lot", "seq"], name="movement_lot_story"),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["source", "seq"], name="movement_source_story"),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["target", "seq"], name="movement_target_story"),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(condition=models.Q(("hold__isnull", False)), fields=["hold"], name="movement_hold"),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("corrects__isnull", False)), fields=["corrects"], name="movement_corrects"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="movement_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True), name="movement_two_accounts"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold__isnull", False), ("tense__in", ["HELD", "POSTED"]), _connector="OR"),
                name="movement_ends_a_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__isnull", True), ("tense__in", ["HELD", "EXTENDED"]), _connector="OR"),
                name="movement_expiry_of_holds",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("corrects__isnull", True), models.Q(("hold__isnull", True), ("tense", "POSTED")), _connector="OR"
                ),
                name="movement_corrects_by_posting",
            ),
        ),
    ]
