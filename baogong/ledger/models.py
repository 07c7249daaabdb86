"""
The book's tables. Rows are written by `services` in sets, never saved one by one.

Every table but Balance and Hold is append-only: triggers refuse UPDATE, DELETE and TRUNCATE (migration 0002), and the
application's role has only SELECT and INSERT there (`baogong.ledger.APPEND_ONLY_TABLES`).
"""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from baogong.engine.book import Tense
from baogong.ledger.states import Reason, State


class Earmark(models.Model):
    """
    For whom or what a gift may be used. Without parties anyone may receive it; without items it may buy anything.

    The id is derived from all of it, so an edited earmark gives itself away.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    purpose = models.TextField(blank=True)
    until = models.DateField(null=True)

    def __str__(self) -> str:
        return self.purpose or str(self.id)


class EarmarkParty(models.Model):
    pk = models.CompositePrimaryKey("earmark_id", "party_id")
    earmark = models.ForeignKey(Earmark, models.PROTECT, related_name="parties", db_index=False)
    party = models.ForeignKey("people.Party", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.earmark_id} for {self.party_id}"


class EarmarkItem(models.Model):
    pk = models.CompositePrimaryKey("earmark_id", "item_id")
    earmark = models.ForeignKey(Earmark, models.PROTECT, related_name="items", db_index=False)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.earmark_id} for {self.item_id}"


class Lot(models.Model):
    """
    Units of one item with one owner, donor, earmark, standard, expiry and size of carton.

    The id is derived from these facets, so an edited lot gives itself away.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    donor = models.ForeignKey("people.Party", models.PROTECT, related_name="+", null=True)
    earmark = models.ForeignKey(Earmark, models.PROTECT, related_name="+", null=True)
    standard = models.CharField(max_length=60, blank=True)
    expires_on = models.DateField(null=True)
    pieces_per_carton = models.PositiveIntegerField(null=True)
    label = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.label or str(self.id)


class LotSource(models.Model):
    """`parent_amount` of the parent went into each `child_amount` of the child."""

    pk = models.CompositePrimaryKey("child_id", "parent_id")
    child = models.ForeignKey(Lot, models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    parent_amount = models.BigIntegerField()
    child_amount = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="lot_source_positive", condition=Q(parent_amount__gt=0, child_amount__gt=0)),
            models.CheckConstraint(name="lot_source_two_lots", condition=~Q(child=F("parent"))),
        )

    def __str__(self) -> str:
        return f"{self.parent_amount} of {self.parent_id} → {self.child_amount} of {self.child_id}"


class Account(models.Model):
    """One holder's things in one state. The id is derived from the two."""

    id = models.UUIDField(primary_key=True, editable=False)
    holder = models.ForeignKey("people.Party", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in State])
    is_outside = models.BooleanField()

    class Meta:
        constraints = (
            models.UniqueConstraint("holder", "state", name="account_once_per_state"),
            models.CheckConstraint(
                name="account_outside_by_state",
                condition=Q(is_outside=True, state__in=[State.OUTSIDE.value, State.CONVERSION.value])
                | (Q(is_outside=False) & ~Q(state__in=[State.OUTSIDE.value, State.CONVERSION.value])),
            ),
        )

    def __str__(self) -> str:
        return f"{self.holder_id} {self.state}"


class Balance(models.Model):
    """
    What stands in an account of one lot. Half of each page stays free, so that updates touch no index.

    `is_outside` repeats the account's, because a check sees one row only.
    """

    pk = models.CompositePrimaryKey("account_id", "lot_id")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    posted = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    is_outside = models.BooleanField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="balance_not_overdrawn", condition=Q(is_outside=True) | Q(posted__gte=F("held"))
            ),
            models.CheckConstraint(name="balance_held_not_negative", condition=Q(held__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.posted} ({self.held} held)"


class Batch(models.Model):
    """One transaction of the book: who, when, why, under which document."""

    id = models.UUIDField(primary_key=True, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    content_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()  # the house's clock, a drill's included
    day = models.DateField()  # the database's own day (UTC): the one whose lock was held
    actor = models.ForeignKey("people.Party", models.PROTECT, related_name="+", null=True, db_index=False)
    document = models.UUIDField(null=True)
    reason = models.CharField(max_length=16, choices=[(reason.value, reason.value) for reason in Reason])
    count = models.PositiveIntegerField()  # of movements
    head = models.BinaryField(max_length=32)  # hash of the row: part of every leaf

    class Meta:
        indexes = (
            models.Index(fields=["day"], name="batch_day"),
            BrinIndex(fields=["at"], name="batch_moments"),  # they come in the order of their moments: next to no size
            models.Index(fields=["document"], name="batch_document", condition=Q(document__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d %H:%M}"


class Movement(models.Model):
    """
    One amount of one lot, from one account to one account.

    Accounts, lot, batch, hold and corrected movement carry no foreign key: `services.post` takes them from rows it
    has read and locked, a key would cost a look-up each, and `verify_book` names an orphan.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    seq = models.BigIntegerField(editable=False, unique=True)  # an identity column (migration 0002)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    tense = models.CharField(max_length=8, choices=[(tense.value, tense.value) for tense in Tense])
    source = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    target = models.ForeignKey(Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = models.BigIntegerField()
    hold = models.UUIDField(null=True)
    corrects = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    nonce = models.UUIDField()  # 16 random bytes: without them a neighbour's leaf in a proof could be guessed
    leaf = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.CheckConstraint(name="movement_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="movement_two_accounts", condition=~Q(source=F("target"))),
            models.CheckConstraint(
                name="movement_ends_a_hold",
                condition=Q(hold__isnull=False) | Q(tense__in=[Tense.HELD.value, Tense.POSTED.value]),
            ),
            models.CheckConstraint(
                name="movement_expiry_of_holds",
                condition=Q(expires_at__isnull=True) | Q(tense__in=[Tense.HELD.value, Tense.EXTENDED.value]),
            ),
            models.CheckConstraint(
                name="movement_corrects_by_posting",
                condition=Q(corrects__isnull=True) | Q(tense=Tense.POSTED.value, hold__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=["batch"], name="movement_batch"),
            models.Index(fields=["lot", "seq"], name="movement_lot_story"),
            models.Index(fields=["source", "seq"], name="movement_source_story"),
            models.Index(fields=["target", "seq"], name="movement_target_story"),
            models.Index(fields=["hold"], name="movement_hold", condition=Q(hold__isnull=False)),
            models.Index(fields=["corrects"], name="movement_corrects", condition=Q(corrects__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.tense} {self.amount}"


class Hold(models.Model):
    """What has become of a hold; its source, target and lot are the movement's of the same id."""

    id = models.UUIDField(primary_key=True, editable=False)
    amount = models.BigIntegerField()
    posted = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)  # expired parts included
    continued = models.BigIntegerField(default=0)  # how much of the ended part travels on under further holds
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="hold_ends_once",
                condition=Q(amount__gte=F("posted") + F("voided"), posted__gte=0, voided__gte=0),
            ),
            models.CheckConstraint(
                name="hold_continues_what_ended",
                condition=Q(continued__gte=0, continued__lte=F("posted") + F("voided")),
            ),
        )
        indexes = (
            models.Index(fields=["id"], name="hold_open", condition=Q(amount__gt=F("posted") + F("voided"))),
            models.Index(
                fields=["expires_at"],
                name="hold_expiring",
                condition=Q(expires_at__isnull=False, amount__gt=F("posted") + F("voided")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.posted} posted, {self.voided} voided of {self.amount}"


class Stamp(models.Model):
    """The Merkle root over the movements of `day` with first_seq <= seq <= last_seq; each names the root before it."""

    number = models.PositiveIntegerField(primary_key=True)
    day = models.DateField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    count = models.PositiveBigIntegerField()
    root = models.BinaryField(max_length=32)
    previous_root = models.BinaryField(max_length=32, unique=True)  # one successor each: the chain cannot fork
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="stamp_not_empty",
                condition=Q(count__gt=0, first_seq__lte=F("last_seq"), number__gt=0),
            ),
        )
        indexes = (models.Index(fields=["day", "last_seq"], name="stamp_day"),)

    def __str__(self) -> str:
        return f"{self.number} {self.day}"
