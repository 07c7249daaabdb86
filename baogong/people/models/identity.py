"""Personal data: a tag for equality, a cipher for the rare display; erased when its purpose ends."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.people.models.parties import Party


class PersonalDatum(models.Model):
    """One phone, address, name, document number or language of one party, for one purpose."""

    class What(models.TextChoices):
        PHONE = "PHONE", "Phone"
        NAME = "NAME", "Name"
        ADDRESS = "ADDRESS", "Address"
        DOCUMENT = "DOCUMENT", "Identity document"
        LANGUAGE = "LANGUAGE", "Language"  # in which its owner is texted: zh, en

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="personal_data")
    what = models.CharField(max_length=16, choices=What.choices)
    purpose = models.CharField(max_length=40)
    tag = models.BinaryField(max_length=32, null=True, db_index=True)
    last_four_tag = models.BinaryField(max_length=32, null=True, db_index=True)  # of a document: found by, never shown
    cipher = models.BinaryField(null=True)
    last_four = models.CharField(max_length=4, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("party", "what", "purpose", name="datum_once_per_purpose"),)

    def __str__(self) -> str:
        return f"{self.what} for {self.purpose}"


class PurposeKey(models.Model):
    """
    The key under which every datum of one purpose is enciphered, itself wrapped by the house's cipher key.

    Emptying `wrapped` erases them all, also where a copy of a row still lies on a disk.
    """

    purpose = models.CharField(max_length=40, primary_key=True)
    wrapped = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="purpose_key_until_erased",
                condition=Q(wrapped=None, erased_at__isnull=False) | Q(wrapped__isnull=False, erased_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.purpose


class PersonalRead(models.Model):
    """Who kept, looked up, read or erased personal data, when, why. Rows are added and stay."""

    class Act(models.TextChoices):
        KEEP = "KEEP", "Registered"
        LOOK_UP = "LOOK_UP", "Looked up by the last four"
        REVEAL = "REVEAL", "Shown in full"
        ERASE = "ERASE", "Erased"
        END_PURPOSE = "END_PURPOSE", "Purpose ended"
        TOO_OFTEN = "TOO_OFTEN", "Refused: too often"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    datum = models.ForeignKey(PersonalDatum, models.PROTECT, null=True, related_name="reads")
    reader = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=16, choices=Act.choices, default=Act.REVEAL)
    at = models.DateTimeField()
    purpose = models.CharField(max_length=40, blank=True)
    why = models.TextField(blank=True)  # sealed under its purpose, where that is a room's own
    found_count = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.act} {self.at:%Y-%m-%d %H:%M}"
