"""One house registered twice, and couples that a person said are two. Nothing else of the book is rewritten."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.people.models.parties import Party


class Merge(models.Model):
    """
    From `merged_at` until `undone_at`, `kept` speaks for `merged`: names, needs and links of the one are the other's.

    evidence   what the person saw who decided, [{"code", "text"}]
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    kept = models.ForeignKey(Party, models.PROTECT, related_name="+")
    merged = models.ForeignKey(Party, models.PROTECT, related_name="+")
    evidence = models.JSONField(default=list)
    why = models.CharField(max_length=240)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    undone_why = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=["kept"], name="merge_by_kept", condition=Q(undone_at=None)),)
        constraints = (
            models.CheckConstraint(name="merge_two_parties", condition=~Q(kept=F("merged"))),
            models.UniqueConstraint("merged", name="merge_once", condition=Q(undone_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"


class Apart(models.Model):
    """Two parties that are not one, said by a person: never suggested again, and never merged until taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    first = models.ForeignKey(Party, models.PROTECT, related_name="+")  # the smaller id of the two
    second = models.ForeignKey(Party, models.PROTECT, related_name="+")
    why = models.CharField(max_length=240, blank=True)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(name="apart_ordered", condition=Q(first__lt=F("second"))),
            models.UniqueConstraint("first", "second", name="apart_once", condition=Q(undone_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"
