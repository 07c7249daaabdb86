"""Where a station stands, and since when: it moves as gates open and close."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.places.models.sites import Site


class StationStand(models.Model):
    """
    A station (a site of that role) stands here from a moment until its next stand begins.

    community  inside this one, behind its gates; None: on the street
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    station = models.ForeignKey(Site, models.PROTECT, related_name="stands")
    community = models.ForeignKey("places.Community", models.PROTECT, null=True, related_name="stations")
    from_at = models.DateTimeField()
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("station", "from_at", name="stand_once"),
            models.CheckConstraint(name="stand_point_whole", condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False)),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.station_id} {self.from_at:%Y-%m-%d %H:%M}"
