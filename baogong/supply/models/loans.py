"""Goods that stay the lender's: each unit by its serial number, where it is, and every hand it passed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class Loan(Asked):
    """Units lent to one borrower together, to come back by a day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    lender = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    borrower = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")  # where they went out, and come back to
    purpose = models.CharField(max_length=240)
    units_count = models.PositiveIntegerField()
    document = models.UUIDField()
    lent_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("due_at",), name="loan_by_due"),)
        constraints = (
            models.CheckConstraint(name="loan_due_after_lent", condition=Q(due_at__gt=F("lent_at"))),
            models.CheckConstraint(name="loan_of_something", condition=Q(units_count__gt=0)),
        )

    def __str__(self) -> str:
        return self.number


class LentUnit(models.Model):
    """
    One thing with a serial number. It is a lot of its own, of one piece: the book says where it is, and can say it of
    one place only.

    serial_key  the number without spaces, dashes and case
    look_key    the same with letters and digits that look alike made one: O and 0, I and 1, S and 5, B and 8, Z and 2
    set_up_at   when it was made ready at the borrower it is with now
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    serial = models.CharField(max_length=60)
    serial_key = models.CharField(max_length=60, unique=True)
    look_key = models.CharField(max_length=60, db_index=True)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    lender = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    lot = models.UUIDField(unique=True)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")  # that looks after it
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="units")  # the last one it went out under
    set_up_at = models.DateTimeField(null=True)
    taken_in_at = models.DateTimeField()
    note = models.CharField(max_length=240, blank=True)

    def __str__(self) -> str:
        return self.serial


class LoanAct(models.Model):
    """
    What was done with one unit: who, when, where, in which state it was. Never edited.

    by_name   the hands: a keeper, an engineer, the borrower's person
    place     where, in words: the room, the desk
    missing   parts that did not come back
    due_at    the new day, where it is due later
    """

    class Act(models.TextChoices):
        TAKEN_IN = "TAKEN_IN", "Taken in"
        LENT = "LENT", "Handed out"
        SET_UP = "SET_UP", "Set up"
        REPORTED = "REPORTED", "Reported by the borrower"
        EXTENDED = "EXTENDED", "Due later"
        RETURNED = "RETURNED", "Came back"
        LOST = "LOST", "Lost"
        SENT_HOME = "SENT_HOME", "Sent back to its lender"

    class Condition(models.TextChoices):
        GOOD = "GOOD", "In order"
        WORN = "WORN", "Worn, usable"
        BROKEN = "BROKEN", "Broken"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(LentUnit, models.PROTECT, related_name="acts")
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="acts")
    act = models.CharField(max_length=10, choices=Act.choices)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True)
    condition = models.CharField(max_length=8, choices=Condition.choices, blank=True)
    missing = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=240, blank=True)
    due_at = models.DateTimeField(null=True)
    document = models.UUIDField(null=True)
    movement = models.UUIDField(null=True)
    request_id = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint("request_id", "unit", "act", name="loan_act_once_per_request"),)
        indexes = (models.Index(fields=("loan", "at"), name="loan_act_by_loan"),)

    def __str__(self) -> str:
        return f"{self.act} {self.unit_id}"


class LoanRequest(Asked):
    """A request that acted on several units: sent again it changes nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    what = models.CharField(max_length=16)
    document = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d}"
