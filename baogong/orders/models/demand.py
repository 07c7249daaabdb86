"""Trucks that bring baskets: one serves many communities, and may be too small for all of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Truck(models.Model):
    """A vehicle of one supplier on one day. `packs_max`: what goes onto it; `loaded_at`: shared out, nothing more is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    on = models.DateField()
    name = models.CharField(max_length=40)
    plate = models.CharField(max_length=20, blank=True)
    packs_max = models.PositiveIntegerField()
    loaded_at = models.DateTimeField(null=True)
    load_request = models.UUIDField(null=True)
    document = models.UUIDField(null=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("supplier", "on", "name", name="truck_once_a_day"),
            models.CheckConstraint(name="truck_carries", condition=Q(packs_max__gt=0)),
        )

    def __str__(self) -> str:
        return self.name
