"""Promises to households that a person has to place, because what was typed as their address is in doubt."""

from __future__ import annotations

from django.db import models

from baogong.kernel.ids import new_id


class Placing(models.Model):
    """
    One of a room's promises whose address no register could settle. The address itself is not here: whoever settles it
    reads it once, where it is kept.

    room, source   what it is of, as of a parcel
    office         whose people look at it
    asks           what is in doubt: "address" (none is kept), "moved", "community", "building", "unit", "room", "station"
    community, building, unit   as far as it was certain
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    room = models.CharField(max_length=20)
    source = models.UUIDField()
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    asks = models.CharField(max_length=12)
    community = models.ForeignKey("places.Community", models.PROTECT, null=True, related_name="+")
    building = models.ForeignKey("places.Building", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # placed by somebody, or given up
    ended_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint("room", "source", name="placing_once"),)
        indexes = (models.Index(fields=("office", "due_at"), name="placing_open", condition=models.Q(ended_at=None)),)

    def __str__(self) -> str:
        return f"{self.room} {self.source}"
