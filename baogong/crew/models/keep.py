"""What the crew lives on while it is inside: beds, meals, kit. None of it is relief, also where it came from the shelf."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Lodging(models.Model):
    """A house where people of the crew sleep, and how many beds it has."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")  # whose crew sleeps there
    name = models.CharField(max_length=120)
    beds_count = models.PositiveIntegerField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("place", "name", name="lodging_once"),)

    def __str__(self) -> str:
        return self.name


class Stay(models.Model):
    """One person's bed, from and until; without an end they sleep there now."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lodging = models.ForeignKey(Lodging, models.PROTECT, related_name="stays")
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    room = models.CharField(max_length=40, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("person", name="stay_one_bed", condition=Q(until_at=None)),
            models.CheckConstraint(name="stay_ends_after", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in {self.lodging_id}"


class Meal(models.Model):
    """One meal that one person got on one day."""

    class Which(models.TextChoices):
        BREAKFAST = "BREAKFAST", "Breakfast"
        LUNCH = "LUNCH", "Lunch"
        SUPPER = "SUPPER", "Supper"
        NIGHT = "NIGHT", "Night meal"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    day = models.DateField()
    which = models.CharField(max_length=12, choices=Which.choices)
    served_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint("person", "day", "which", name="meal_once"),)

    def __str__(self) -> str:
        return f"{self.which} {self.day}"


class KitIssue(models.Model):
    """
    Things given to one person of the crew for the work, and how many came back.

    item, shelf  what they are by the book, and whose own stock they were (`parts`); None: of no stock
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    thing = models.CharField(max_length=120)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, null=True, related_name="+")
    shelf = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    issued_count = models.PositiveIntegerField()
    returned_count = models.PositiveIntegerField(default=0)
    must_return = models.BooleanField(default=False)
    issued_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("place", "person"), name="kit_by_place"),)
        constraints = (
            models.CheckConstraint(
                name="kit_stock_whole", condition=Q(item=None, shelf=None) | Q(item__isnull=False, shelf__isnull=False)
            ),
            models.CheckConstraint(name="kit_issued_some", condition=Q(issued_count__gt=0)),
            models.CheckConstraint(name="kit_returned_of_issued", condition=Q(returned_count__lte=F("issued_count"))),
        )

    def __str__(self) -> str:
        return f"{self.issued_count} × {self.thing}"


class KitPart(models.Model):
    """So many of one lot that were given out, by the movement that took them from the shelf; and how many are back there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    issue = models.ForeignKey(KitIssue, models.PROTECT, related_name="parts")
    lot = models.UUIDField()
    movement = models.UUIDField(unique=True)
    amount = models.PositiveIntegerField()
    returned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(name="kit_part_some", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="kit_part_returned_of_amount", condition=Q(returned__lte=F("amount"))),
        )

    def __str__(self) -> str:
        return f"{self.amount} of {self.lot}"
