"""
Walled compounds down to the door: gates, paths, buildings, units, shelves, doors; and the road zones shuttles serve.

Names are as people write them on a parcel, without the suffix of their kind (building 5, unit 2, room 301); `sort_key`
holds their natural order, which the database has not. Points are WGS84; without one a picture and a plan lay buildings
out in their natural order and say so.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class RoadZone(models.Model):
    """The smallest area one shuttle trip serves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60, unique=True)
    sort_key = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Community(models.Model):
    """A compound one enters and leaves through its gates only. Its id is the party's."""

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    street = models.CharField(max_length=60, blank=True)  # as notices name it: 华灵路
    address = models.CharField(max_length=240, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    road_zone = models.ForeignKey(RoadZone, models.PROTECT, null=True, related_name="communities")

    class Meta:
        constraints = (
            models.CheckConstraint(name="community_lat", condition=Q(lat=None) | Q(lat__gte=-90, lat__lte=90)),
            models.CheckConstraint(name="community_lon", condition=Q(lon=None) | Q(lon__gte=-180, lon__lte=180)),
            models.CheckConstraint(name="community_point_whole", condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False)),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(self.party_id)


class Gate(models.Model):
    """A way through a community's wall. Without hours it is open always; `carts_per_slot` 0: as many as come."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey(Community, models.CASCADE, related_name="gates")
    name = models.CharField(max_length=60)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    slot_minutes = models.PositiveSmallIntegerField(default=15)
    carts_per_slot = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)  # bricked up, or fenced, from then on

    class Meta:
        constraints = (
            models.UniqueConstraint("community", "name", name="gate_once"),
            models.CheckConstraint(name="gate_point_whole", condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False)),
            models.CheckConstraint(name="gate_slot", condition=Q(slot_minutes__gt=0)),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class GateHours(models.Model):
    """One span of every day in which a gate may be passed, by the house's clock."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gate = models.ForeignKey(Gate, models.CASCADE, related_name="hours")
    opens_at = models.TimeField()
    closes_at = models.TimeField()

    class Meta:
        constraints = (models.CheckConstraint(name="gate_hours_order", condition=Q(closes_at__gt=F("opens_at"))),)

    def __str__(self) -> str:
        return f"{self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class Path(models.Model):
    """A line that walks inside a community keep to; `line` is a list of [lat, lon]."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey(Community, models.CASCADE, related_name="paths")
    line = models.JSONField()

    def __str__(self) -> str:
        return f"{len(self.line)} points"


class Building(models.Model):
    """
    One building of a community.

    also       other ways its number is written, each folded
    footprint  GeoJSON Polygon or MultiPolygon in WGS84 ([lon, lat]); None: only a point, or not even that
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey(Community, models.CASCADE, related_name="buildings")
    name = models.CharField(max_length=40)
    sort_key = models.CharField(max_length=80)
    also = models.JSONField(default=list)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    footprint = models.JSONField(null=True)
    floors_count = models.PositiveSmallIntegerField(null=True)
    has_lift = models.BooleanField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("community", "name", name="building_once"),
            models.CheckConstraint(name="building_named", condition=~Q(name="")),
            models.CheckConstraint(name="building_point_whole", condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False)),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A staircase or entrance of a building. A building without units has one whose name is empty."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    building = models.ForeignKey(Building, models.CASCADE, related_name="units")
    name = models.CharField(max_length=20, blank=True)
    sort_key = models.CharField(max_length=40, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    households_count = models.PositiveIntegerField(null=True)  # as the committee says; None: nobody counted

    class Meta:
        constraints = (
            models.UniqueConstraint("building", "name", name="unit_once"),
            models.CheckConstraint(name="unit_point_whole", condition=Q(lat=None, lon=None) | Q(lat__isnull=False, lon__isnull=False)),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Shelf(models.Model):
    """Where parcels wait for the residents of the units that share it. `people_max`: called to it in one window."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey(Community, models.CASCADE, related_name="shelves")
    name = models.CharField(max_length=60)
    sort_key = models.CharField(max_length=120)
    units = models.ManyToManyField(Unit, related_name="shelves")
    people_max = models.PositiveSmallIntegerField(default=5)
    window_minutes = models.PositiveSmallIntegerField(default=10)
    parcels_max = models.PositiveIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("community", "name", name="shelf_once"),
            models.CheckConstraint(name="shelf_cap", condition=Q(people_max__gt=0, window_minutes__gt=0)),
        )

    def __str__(self) -> str:
        return self.name


class Door(models.Model):
    """
    A household's door. `takes_at_door`: nobody of it can come to a shelf, and `why` says what for (old, ill, alone).

    person  the party under which its phone is kept, where there is one
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="doors")
    room = models.CharField(max_length=20)
    sort_key = models.CharField(max_length=40)
    takes_at_door = models.BooleanField(default=False)
    why = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=240, blank=True)  # for whoever stands before it: "knock loudly"
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("unit", "room", name="door_once"),)

    def __str__(self) -> str:
        return self.room
