"""A community's way of working, kept to be opened elsewhere."""

from __future__ import annotations

from django.db import models

from baogong.kernel.ids import new_id


class WayOfWorking(models.Model):
    """One version of a named way of working. Never edited: what is changed is kept as the next version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    content = models.JSONField()
    content_hash = models.BinaryField(max_length=32)
    note = models.CharField(max_length=240, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint("name", "version", name="way_version_once"),)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
