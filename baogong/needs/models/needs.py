"""
What receivers ask for, and what was promised them.

A need's progress (committed, met) is read from the fate of its allotments' holds, never stored here.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Need(models.Model):
    """What one receiver asks for of one item, how that amount was reached, and how sure we are."""

    class Basis(models.TextChoices):
        QUANTITY = "QUANTITY", "A quantity"
        PEOPLE = "PEOPLE", "People × days × daily use"
        HOUSEHOLDS = "HOUSEHOLDS", "People by group × days × use"
        NO_LIMIT = "NO_LIMIT", "No upper limit: a person must set people and days, or a cap"

    class Urgency(models.IntegerChoices):
        """EDXL-RM's scale of four, the most urgent first."""

        EXTREME = 1, "Extreme"
        SEVERE = 2, "Severe"
        MODERATE = 3, "Moderate"
        MINOR = 4, "Minor"

    class Use(models.TextChoices):
        MEDICAL = "MEDICAL", "Medical"
        COMMUNITY = "COMMUNITY", "Community"

    class Doubt(models.TextChoices):
        """What the last look at it left open; "" where nothing."""

        UNREACHED = "UNREACHED", "Nobody could be reached"
        WRONG = "WRONG", "Something in it is wrong"

    class Standing(models.TextChoices):
        REQUESTED = "REQUESTED", "Requested"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    content = models.UUIDField(editable=False)
    receiver = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", models.PROTECT, null=True, related_name="+")  # where it is delivered
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    basis = models.CharField(max_length=10, choices=Basis.choices)
    quantity = models.PositiveBigIntegerField(
        null=True
    )  # base units; for PEOPLE and HOUSEHOLDS the product, rounded up
    people_count = models.PositiveIntegerField(null=True)
    days_count = models.PositiveIntegerField(null=True)
    daily_use_milli = models.PositiveIntegerField(null=True)  # per person and day, thousandths of the base unit
    had_no_limit = models.BooleanField(default=False)  # asked "as much as there is" before a person set an amount
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices, default=Urgency.MODERATE)
    standards = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # families; empty: any
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.MEDICAL)
    source = models.CharField(max_length=240, blank=True)
    proof = models.UUIDField(null=True)  # a document
    note = models.CharField(max_length=240, blank=True)
    asked_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True)
    fresh_until = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    verified_how = models.CharField(max_length=12, blank=True)
    doubt = models.CharField(max_length=10, choices=Doubt.choices, blank=True)
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.REQUESTED)
    closed_at = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=240, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["receiver", "item"]), models.Index(fields=["standing", "fresh_until"]))
        constraints = (
            models.CheckConstraint(
                name="need_amount_follows_basis",
                condition=Q(basis="NO_LIMIT", quantity=None)
                | Q(basis="QUANTITY", quantity__gt=0)
                | Q(basis="HOUSEHOLDS", quantity__gt=0, people_count__gt=0, days_count__gt=0)
                | Q(basis="PEOPLE", quantity__gt=0, people_count__gt=0, days_count__gt=0, daily_use_milli__gt=0),
            ),
            models.CheckConstraint(name="need_fresh_after_asked", condition=Q(fresh_until__gt=F("asked_at"))),
            models.CheckConstraint(name="need_urgency_of_four", condition=Q(urgency__gte=1, urgency__lte=4)),
        )

    def __str__(self) -> str:
        return f"{self.receiver_id} {self.item_id} {self.quantity}"


class ReadRow(models.Model):
    """
    A row of a file that became, or was said to be, this need: read again, it changes nothing.

    key   what the row said (profile, receiver, item, amount, spec, the how-manieth equal row of its file)
    """

    key = models.UUIDField(primary_key=True)
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="rows")  # None: a person said "no need"
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)


class Allotment(models.Model):
    """Relief goods promised to a receiver: one hold, from a site to the receiver's hands."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    need = models.ForeignKey(Need, models.PROTECT, null=True, related_name="allotments")
    receiver = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    at_site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    lot = models.UUIDField()
    amount = models.PositiveBigIntegerField()
    hold = models.UUIDField(unique=True)
    plan = models.UUIDField(null=True, db_index=True)
    document = models.UUIDField()
    urgency = models.PositiveSmallIntegerField(choices=Need.Urgency.choices, default=Need.Urgency.MODERATE)
    due_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    placed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["receiver", "item"]), models.Index(fields=["due_at"]))
        constraints = (models.CheckConstraint(name="allotment_amount_positive", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.receiver_id} {self.amount}"
