"""Who carries, with what, and what may cross a seal."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Carrier(models.Model):
    """An organisation that carries: a plan that uses its trucks is sent to it, and leaves only with its consent."""

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    channel = models.CharField(max_length=16, default="PAGE")  # the outbox's way to its dispatcher
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.party_id)


class VehicleKind(models.Model):
    """
    A carrier's offer: so many vehicles of one kind, standing at one place, from a moment on, at a price.

    An offer by AIR is room on flights from its base to `flies_to`; its vehicles are flights, their plates flight numbers.
    """

    class Mode(models.TextChoices):
        ROAD = "ROAD", "Road"
        AIR = "AIR", "Air"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="kinds")
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.ROAD)
    capacity_g = models.PositiveBigIntegerField()
    capacity_cm3 = models.PositiveBigIntegerField()
    vehicles_count = models.PositiveIntegerField()
    based_at = models.ForeignKey("places.Site", models.PROTECT, null=True, related_name="+")  # null: where goods wait
    is_inside = models.BooleanField(default=False)  # based inside the seal: it comes out and carries back
    drivers_cross = models.BooleanField(default=False)  # there are drivers who will go through a seal
    has_passes = models.BooleanField(
        default=False
    )  # the carrier says so; each vehicle's own pass is checked as it goes
    fixed_fen = models.PositiveBigIntegerField(default=0)
    fen_per_km = models.PositiveBigIntegerField(default=0)
    bonus_fen = models.PositiveBigIntegerField(default=0)  # to the driver, once for each vehicle used
    equipment_count = models.PositiveIntegerField(default=0)  # roll cages that ride along and come home
    speed_kmh = models.PositiveIntegerField(null=True)
    available_from_at = models.DateTimeField(null=True)
    available_until_at = models.DateTimeField(null=True)
    flies_to = models.ForeignKey("places.Site", models.PROTECT, null=True, related_name="+")
    lead_time_s = models.PositiveIntegerField(default=0)  # notice a flight wants
    flight_s = models.PositiveIntegerField(default=0)
    fen_per_kg = models.PositiveBigIntegerField(default=0)
    note = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "carrier", "name", "based_at", "flies_to", name="kind_once_per_base", nulls_distinct=False
            ),
            models.CheckConstraint(name="kind_has_room", condition=Q(capacity_g__gt=0, capacity_cm3__gt=0)),
            models.CheckConstraint(
                name="kind_by_air_has_a_flight",
                condition=Q(mode="ROAD", flies_to=None)
                | (Q(mode="AIR", flight_s__gt=0) & ~Q(flies_to=None) & ~Q(flies_to=F("based_at"))),
            ),
            models.CheckConstraint(
                name="kind_window",
                condition=Q(available_from_at=None)
                | Q(available_until_at=None)
                | Q(available_until_at__gt=F("available_from_at")),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """One truck. Its id is its party's: goods aboard are in that party's account."""

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    kind = models.ForeignKey(VehicleKind, models.PROTECT, related_name="vehicles")
    plate = models.CharField(max_length=20, unique=True)
    driver = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.plate


class Pass(models.Model):
    """One vehicle may cross one area's seal, from and until; granted under a PASS document."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="passes")
    area = models.ForeignKey("places.SealedArea", models.PROTECT, related_name="+")
    document = models.UUIDField(unique=True)
    granted_by = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    valid_from_at = models.DateTimeField()
    valid_until_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(name="pass_window", condition=Q(valid_until_at__gt=F("valid_from_at"))),)

    def __str__(self) -> str:
        return f"{self.vehicle_id} {self.valid_from_at:%m-%d %H:%M}"


class MeetingPlace(models.Model):
    """Where a receiver that is no site (a visiting team, a person) is met."""

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.party_id} @ {self.site_id}"
