"""Codes that set up a courier's telephone: shown once by the keeper's page, used once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Pairing(models.Model):
    """An offer to set up one person's telephone for one shift; the code itself is nowhere kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tag = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # or replaced by a later offer

    class Meta:
        constraints = (
            models.CheckConstraint(name="pairing_shift", condition=Q(until_at__gt=F("from_at"))),
            models.CheckConstraint(name="pairing_ends", condition=Q(ends_at__gt=F("made_at"))),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.made_at:%Y-%m-%d %H:%M}"
