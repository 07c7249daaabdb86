"""Stations at work: whom each serves, carts between them, disinfection."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Serving(models.Model):
    """
    Couriers of this station serve this community, from a moment until another station does.

    outer  the station outside from which carts bring its parcels; None: they arrive at the station itself
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey("places.Community", models.PROTECT, related_name="+")
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    outer = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("community", name="served_by_one", condition=Q(until_at=None)),
            models.CheckConstraint(name="serving_ends", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))),
            models.CheckConstraint(name="serving_two_stations", condition=Q(outer=None) | ~Q(outer=F("station"))),
        )

    def __str__(self) -> str:
        return f"{self.station_id} → {self.community_id}"


class Shuttle(models.Model):
    """
    One trip of a cart between two stations, for one road zone; None: for parcels of communities without one.

    gate, slot_at                the gate it passes and the beginning of the slot it passes in
    capacity_g, capacity_pieces  what its cart carries at most; None: nobody said
    """

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        LOADED = "LOADED", "Loaded"
        ARRIVED = "ARRIVED", "Arrived"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.UUIDField(null=True)
    name = models.CharField(max_length=20)
    cart = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    origin = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    target = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    road_zone = models.ForeignKey("places.RoadZone", models.PROTECT, null=True, related_name="+")
    leaves_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    gate = models.ForeignKey("places.Gate", models.PROTECT, null=True, related_name="+")
    slot_at = models.DateTimeField(null=True)
    capacity_g = models.PositiveIntegerField(null=True)
    capacity_pieces = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    made_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("origin", "state"), name="shuttle_by_origin"),)
        constraints = (
            models.CheckConstraint(name="shuttle_two_ends", condition=~Q(origin=F("target"))),
            models.CheckConstraint(name="shuttle_takes_time", condition=Q(arrives_at__gt=F("leaves_at"))),
            # A cart is in one place: it is unloaded before it is loaded again.
            models.UniqueConstraint("cart", name="cart_loaded_once", condition=Q(state="LOADED")),
        )

    def __str__(self) -> str:
        return self.name


class ShuttleParcel(models.Model):
    """A parcel that rode, or was planned to ride, on a trip."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shuttle = models.ForeignKey(Shuttle, models.PROTECT, related_name="parcels")
    parcel = models.ForeignKey("delivery.Parcel", models.PROTECT, related_name="rides")
    loaded_at = models.DateTimeField(null=True)
    unloaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("shuttle", "parcel", name="rides_once_per_trip"),
            models.UniqueConstraint(
                "parcel", name="on_one_cart", condition=Q(loaded_at__isnull=False, unloaded_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.parcel_id} on {self.shuttle_id}"


class Disinfection(models.Model):
    """What was disinfected where, with what and by whom. Never edited. `shelf` None: goods or the cart, see `what`."""

    class What(models.TextChoices):
        PARCELS = "PARCELS", "Parcels"
        CART = "CART", "Cart"
        SHELF = "SHELF", "Shelf"
        STATION = "STATION", "Station"

    id = models.UUIDField(primary_key=True, editable=False)
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    what = models.CharField(max_length=8, choices=What.choices)
    cart = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    shelf = models.ForeignKey("places.Shelf", models.PROTECT, null=True, related_name="+")
    means = models.CharField(max_length=60)  # "75 % alcohol", "UV, 30 minutes"
    parcels_count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    content_hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"
