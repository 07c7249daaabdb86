"""Where things are: sites, sealed areas, lanes and their closures. Coordinates are WGS84."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class SealedArea(models.Model):
    """An area under seal from a moment until it is lifted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    sealed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """The place of a party that holds goods. Its id is the party's id."""

    class Role(models.TextChoices):
        WAREHOUSE = "WAREHOUSE", "Warehouse"
        HUB = "HUB", "Hub"
        PICKUP = "PICKUP", "Pick-up"
        RECEIVER = "RECEIVER", "Receiver"
        STATION = "STATION", "Station"
        COMMAND = "COMMAND", "Command office"

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    address = models.CharField(max_length=240, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    is_located = models.BooleanField(default=False)  # False: a town's middle point, not the door
    area = models.ForeignKey(SealedArea, models.PROTECT, null=True, related_name="sites")
    docks_count = models.PositiveIntegerField(default=1)
    service_s = models.PositiveIntegerField(default=1800)  # to load or unload one truck
    opens_at = models.TimeField(null=True)
    closes_at = models.TimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(name="site_lat", condition=Q(lat=None) | Q(lat__gte=-90, lat__lte=90)),
            models.CheckConstraint(name="site_lon", condition=Q(lon=None) | Q(lon__gte=-180, lon__lte=180)),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.party_id}"


class Lane(models.Model):
    """A known way between two sites; where none is given, road distance is estimated from the great circle."""

    class Mode(models.TextChoices):
        ROAD = "ROAD", "Road"
        AIR = "AIR", "Air"
        RAIL = "RAIL", "Rail"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    origin = models.ForeignKey(Site, models.CASCADE, related_name="lanes_out")
    target = models.ForeignKey(Site, models.CASCADE, related_name="lanes_in")
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.ROAD)
    distance_m = models.PositiveIntegerField()
    duration_s = models.PositiveIntegerField()
    lead_time_s = models.PositiveIntegerField(default=0)  # notice the carrier wants before it leaves

    class Meta:
        constraints = (
            models.UniqueConstraint("origin", "target", "mode", name="lane_once_per_mode"),
            models.CheckConstraint(name="lane_two_ends", condition=~Q(origin=F("target"))),
        )

    def __str__(self) -> str:
        return f"{self.origin_id}→{self.target_id} {self.mode}"


class Closure(models.Model):
    """A lane closed from a moment until another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lane = models.ForeignKey(Lane, models.CASCADE, related_name="closures")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.reason
