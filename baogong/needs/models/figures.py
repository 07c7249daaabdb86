"""What a need's amount rests on, figure by figure, with who set each; households counted for their community's needs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Group(models.TextChoices):
    """
    Whom a figure is about. ADULT, OLD and INFANT divide a household; CHRONIC and PREGNANT are among them.

    CLINICIAN is who works in a fever ward.
    """

    CLINICIAN = "CLINICIAN", "Clinicians"
    PERSON = "PERSON", "Everyone"
    ADULT = "ADULT", "Adults and children from 3 to 69"
    OLD = "OLD", "70 and older"
    INFANT = "INFANT", "Under 3"
    CHRONIC = "CHRONIC", "With a chronic illness"
    PREGNANT = "PREGNANT", "Pregnant"


class Ground(models.TextChoices):
    """How sure a figure is."""

    PUBLISHED = "PUBLISHED", "Published"
    ESTIMATE = "ESTIMATE", "Estimated"
    RECEIVER = "RECEIVER", "The receiver's own word"
    COUNTED = "COUNTED", "Counted household by household"


class UseStandard(models.Model):
    """What one person of a group uses of an item; a newer figure ends the older, which stays."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    group = models.CharField(max_length=10, choices=Group.choices)
    amount_milli = models.PositiveIntegerField()  # thousandths of the base unit in `per_days` days
    per_days = models.PositiveSmallIntegerField(default=1)
    ground = models.CharField(max_length=10, choices=Ground.choices)
    source = models.CharField(max_length=240)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    set_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("item", "group", name="use_standard_once", condition=Q(ended_at=None)),
            models.CheckConstraint(name="use_standard_days", condition=Q(per_days__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.group} {self.amount_milli}/{self.per_days}"


class Figure(models.Model):
    """
    One figure a need's amount rests on. A changed figure ends and a new one begins, so the history stays.

    amount       persons, days, base units; for USE thousandths of the base unit in `per_days` days
    is_standard  USE as the house's standard says: it follows when the standard is changed
    """

    class What(models.TextChoices):
        AMOUNT = "AMOUNT", "Amount"
        PEOPLE = "PEOPLE", "People"
        DAYS = "DAYS", "Days"
        USE = "USE", "Use"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    need = models.ForeignKey("needs.Need", models.CASCADE, related_name="figures")
    what = models.CharField(max_length=8, choices=What.choices)
    group = models.CharField(max_length=10, choices=Group.choices, blank=True)
    amount = models.PositiveBigIntegerField()
    per_days = models.PositiveSmallIntegerField(default=1)
    ground = models.CharField(max_length=10, choices=Ground.choices)
    source = models.CharField(max_length=240, blank=True)
    is_standard = models.BooleanField(default=False)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    set_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("need", "what", "group", name="figure_once", condition=Q(ended_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.group} {self.amount}"


class Household(models.Model):
    """
    One household of a community, as its residents' committee counted it: how many of which, and a code for its door.

    name_masked  all but the last character, where a list gave a name: 张小*; a full name is kept only enciphered
    person       the party under which personal data of the household is kept, where any must be
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    name_masked = models.CharField(max_length=40, blank=True)
    adults_count = models.PositiveSmallIntegerField(default=0)
    old_count = models.PositiveSmallIntegerField(default=0)
    infants_count = models.PositiveSmallIntegerField(default=0)
    chronic_count = models.PositiveSmallIntegerField(default=0)
    pregnant_count = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=240, blank=True)
    counted_at = models.DateTimeField()
    counted_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("community", "code", name="household_once", condition=Q(left_at=None)),
            models.CheckConstraint(
                name="household_not_empty",
                condition=Q(adults_count__gt=0) | Q(old_count__gt=0) | Q(infants_count__gt=0),
            ),
        )

    def __str__(self) -> str:
        return self.code


class PackRule(models.Model):
    """
    Who gets which pack. A changed rule ends and a new one begins; the kit is followed to its newest version.

    group        whom the pack is for: PERSON is everyone of the household
    per_persons  one pack for so many of them in a household; 0: one a household that has any
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kit_code = models.CharField(max_length=60)
    group = models.CharField(max_length=10, choices=Group.choices)
    per_persons = models.PositiveSmallIntegerField(default=0)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    set_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("kit_code", "group", name="pack_rule_once", condition=Q(ended_at=None)),
            models.CheckConstraint(name="pack_rule_of_a_household", condition=~Q(group="CLINICIAN")),
        )

    def __str__(self) -> str:
        return f"{self.kit_code}: {self.group}/{self.per_persons}"
