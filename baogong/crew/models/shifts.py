"""Shifts of volunteers, and the corrections of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Shift(models.Model):
    """
    One stay on duty: signed on, and signed off later. `[start_at, end_at)`; without an end the person is on duty now.

    place     where: a site, or the community it is for
    party     whose volunteer: the firm, the school, the residents' committee; None: their own
    is_void   a correction said it never was
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    party = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    work = models.CharField(max_length=60)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)
    on_by_name = models.CharField(max_length=200)
    off_by_name = models.CharField(max_length=200, blank=True)
    is_void = models.BooleanField(default=False)
    request_id = models.UUIDField(unique=True)
    content_hash = models.BinaryField()

    class Meta:
        indexes = (
            models.Index(fields=("place", "start_at"), name="shift_by_place"),
            models.Index(fields=("person", "start_at"), name="shift_by_person"),
        )
        constraints = (
            models.CheckConstraint(name="shift_ends_after", condition=Q(end_at=None) | Q(end_at__gt=F("start_at"))),
            models.UniqueConstraint("person", name="shift_open_once", condition=Q(end_at=None, is_void=False)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.start_at:%Y-%m-%d %H:%M}"


class Correction(models.Model):
    """What a shift was said to be and what it is, under the document that two persons signed. Never edited."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shift = models.ForeignKey(Shift, models.PROTECT, related_name="corrections")
    was_start_at = models.DateTimeField()
    was_end_at = models.DateTimeField(null=True)
    start_at = models.DateTimeField(null=True)
    end_at = models.DateTimeField(null=True)  # both None: it never was
    why = models.CharField(max_length=240)
    document = models.UUIDField(unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.shift_id}: {self.why}"
