"""Stock sheets as they were posted."""

from __future__ import annotations

from django.db import models

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class Count(Asked):
    """A stock sheet of one site, as it was posted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    counted_at = models.DateTimeField()
    document = models.UUIDField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.site_id} {self.counted_at:%Y-%m-%d}"


class CountLine(models.Model):
    """One lot as it was counted. `difference` is what the book moved by to agree."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    count = models.ForeignKey(Count, models.PROTECT, related_name="lines")
    lot = models.UUIDField(db_index=True)
    amount = models.PositiveBigIntegerField()
    difference = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint("count", "lot", name="count_once_per_lot"),)

    def __str__(self) -> str:
        return f"{self.lot}: {self.amount}"
