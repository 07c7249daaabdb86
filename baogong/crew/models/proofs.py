"""What a person must have to be let in: pass, tests, temperature; and the rule that says which, from when on."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class EntryRule(models.Model):
    """
    What is asked of whoever works at a place, from `from_at` until the next version. Never edited.

    pcr_hours                hours after its sampling that a negative PCR test counts; None: not asked for
    antigen_hours            hours before the shift within which a negative antigen test is sampled; None: not asked for
    temperature_max_tenths   tenths of a degree; None: no temperature is taken
    temperature_same_day     it counts until midnight; else for 24 hours
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    needs_pass = models.BooleanField()
    needs_firm_listed = models.BooleanField()
    pcr_hours = models.PositiveSmallIntegerField(null=True)
    antigen_hours = models.PositiveSmallIntegerField(null=True)
    temperature_max_tenths = models.PositiveSmallIntegerField(null=True)
    temperature_same_day = models.BooleanField()
    source = models.CharField(max_length=240)  # which notice says so
    said_at = models.DateTimeField()
    said_by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint("place", "from_at", "said_at", name="entry_rule_version"),)

    def __str__(self) -> str:
        return f"{self.place_id} from {self.from_at:%Y-%m-%d %H:%M}"


class Pass(models.Model):
    """
    The paper that lets a person into a place: applied for, then granted or refused by who may, later perhaps revoked.

    code     six characters that the person tells at the gate
    number   what the authority wrote on it; "" where it has none
    """

    class State(models.TextChoices):
        APPLIED = "APPLIED", "Applied for"
        GRANTED = "GRANTED", "Granted"
        REFUSED = "REFUSED", "Refused"
        REVOKED = "REVOKED", "Revoked"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    call = models.ForeignKey("crew.Call", models.PROTECT, null=True, related_name="passes")
    code = models.CharField(max_length=6, unique=True)
    number = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.APPLIED)
    from_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField()
    applied_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_name = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=("place", "state"), name="pass_by_place"),)
        constraints = (
            models.UniqueConstraint("person", "place", name="pass_applied_for_once", condition=Q(state="APPLIED")),
            models.CheckConstraint(
                name="pass_granted_for_a_time",
                condition=~Q(state__in=("GRANTED", "REVOKED")) | Q(until_at__gt=F("from_at")),
            ),
            models.CheckConstraint(
                name="pass_revoked_at", condition=Q(state="REVOKED", revoked_at__isnull=False) | Q(revoked_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class FirmListing(models.Model):
    """A firm whose people may work at a place, from and until: the white list of firms."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=240, blank=True)
    by_name = models.CharField(max_length=200)
    ended_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("firm", "place", name="firm_listed_once", condition=Q(until_at=None)),
            models.CheckConstraint(
                name="firm_listing_ends_after", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.firm_id} at {self.place_id}"


class Test(models.Model):
    """
    One test of one person. Personal: the office and the keepers of the person's places read it, and each reading is kept.

    is_void  it was written by mistake; what was written stays
    """

    class Kind(models.TextChoices):
        PCR = "PCR", "PCR"
        ANTIGEN = "ANTIGEN", "Antigen"

    class Result(models.TextChoices):
        NEGATIVE = "NEGATIVE", "Negative"
        POSITIVE = "POSITIVE", "Positive"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")  # where it was shown
    kind = models.CharField(max_length=12, choices=Kind.choices)
    result = models.CharField(max_length=12, choices=Result.choices)
    sampled_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    is_void = models.BooleanField(default=False)
    void_why = models.CharField(max_length=240, blank=True)
    void_by_name = models.CharField(max_length=200, blank=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("person", "kind", "sampled_at", name="test_once", condition=Q(is_void=False)),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id} at {self.sampled_at:%Y-%m-%d %H:%M}"


class Temperature(models.Model):
    """One reading, in tenths of a degree Celsius. The latest one before a moment is the one that counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    tenths = models.PositiveSmallIntegerField()
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("person", "taken_at"), name="temperature_by_person"),)
        constraints = (
            models.CheckConstraint(name="temperature_of_the_living", condition=Q(tenths__gte=340, tenths__lte=430)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.taken_at:%Y-%m-%d %H:%M}"
