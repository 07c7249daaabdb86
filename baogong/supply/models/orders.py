"""Paid retail orders: what of them is still to ship, never who ordered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class RetailOrder(Asked):
    """A customer's paid order still to be shipped: what of it, never who."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Paid, not yet shipped"
        SHIPPED = "SHIPPED", "Shipped"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80, blank=True)
    amount = models.PositiveBigIntegerField()
    paid_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_under = models.UUIDField(null=True)  # the request that shipped or cancelled it

    class Meta:
        constraints = (models.CheckConstraint(name="retail_order_amount_positive", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class Shipment(Asked):
    """Paid orders of one site that left together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.site_id} {self.at:%Y-%m-%d}"


class RetailHold(models.Model):
    """A hold placed for a paid order: one order may be served from several lots."""

    hold = models.UUIDField(primary_key=True)
    order = models.ForeignKey(RetailOrder, models.PROTECT, related_name="holds")

    def __str__(self) -> str:
        return str(self.hold)
