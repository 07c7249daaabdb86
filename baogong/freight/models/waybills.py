"""Waybills: what rides on which truck from where to where, and who signed for it at every change of hands."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.freight.models.fleet import Carrier, Vehicle, VehicleKind
from baogong.kernel.ids import new_id


class Parcel(models.Model):
    """
    Goods promised to a receiver that have to travel: its id is the hold that promised them.

    Kept from the first approved convoy on, because the room that promised them lists only what has not moved.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    room = models.CharField(max_length=16)  # needs, supply: who placed the hold
    room_id = models.CharField(max_length=64)
    lot = models.UUIDField(db_index=True)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()
    origin = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    receiver = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Site", models.PROTECT, related_name="+")  # where the receiver takes over
    target_state = models.CharField(max_length=16)  # the account that ends the promise
    due_at = models.DateTimeField(null=True)
    urgency = models.PositiveSmallIntegerField(default=3)  # as the need states it: 1 is the most urgent

    class Meta:
        constraints = (models.CheckConstraint(name="parcel_not_empty", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.amount} → {self.receiver_id}"


class Waybill(models.Model):
    """One leg of one truck to one stop."""

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        LOADED = "LOADED", "Loaded"
        DEPARTED = "DEPARTED", "On the road"
        ARRIVED = "ARRIVED", "Arrived"
        CLOSED = "CLOSED", "Signed for"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    document = models.UUIDField(unique=True)
    plan = models.UUIDField(null=True, db_index=True)  # null: goods brought back
    trip = models.UUIDField(db_index=True)  # one run of one truck: its stops leave together
    leg = models.CharField(max_length=40, blank=True)  # the plan's id of it; stays through replans
    truck = models.CharField(max_length=80)  # the plan's name for it, until a vehicle is named
    stop_no = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+")
    kind = models.ForeignKey(VehicleKind, models.PROTECT, related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="waybills")
    driver = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    origin = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    target = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    receiver = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")  # null: a hub takes over
    is_return = models.BooleanField(default=False)
    distance_m = models.PositiveBigIntegerField(default=0)
    cost_fen = models.PositiveBigIntegerField(default=0)
    earliest_depart_at = models.DateTimeField()
    planned_depart_at = models.DateTimeField()
    planned_arrive_at = models.DateTimeField()
    expected_arrive_at = models.DateTimeField()  # as last reported
    load_start_at = models.DateTimeField()  # at the origin's dock until planned_depart_at
    unload_start_at = models.DateTimeField()
    unload_end_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # Seals it crossed on its way without a pass valid at its arrival: [{"area", "why", "at"}], as it was found.
    without_pass = models.JSONField(default=list)

    class Meta:
        indexes = (models.Index(fields=("state", "expected_arrive_at"), name="waybill_by_state"),)
        constraints = (
            models.CheckConstraint(
                name="waybill_arrives_later", condition=Q(planned_arrive_at__gte=F("planned_depart_at"))
            ),
            models.CheckConstraint(
                name="waybill_loaded_has_vehicle", condition=Q(state__in=["PLANNED", "CANCELLED"]) | ~Q(vehicle=None)
            ),
            models.CheckConstraint(name="waybill_two_ends", condition=~Q(origin=F("target"))),
        )

    def __str__(self) -> str:
        return self.number


class WaybillLine(models.Model):
    """One parcel's share on one waybill; every loaded unit ends received, short, damaged or refused."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    waybill = models.ForeignKey(Waybill, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="lines")
    amount = models.PositiveBigIntegerField()  # to be loaded; less where less came to the hub
    pieces_per_carton = models.PositiveIntegerField(default=1)
    carton_g = models.PositiveBigIntegerField(default=0)
    carton_cm3 = models.PositiveBigIntegerField(default=0)
    is_last = models.BooleanField(default=False)  # the promise ends where this leg ends
    loaded = models.PositiveBigIntegerField(default=0)
    received = models.PositiveBigIntegerField(default=0)
    short = models.PositiveBigIntegerField(default=0)
    lost_on_road = models.PositiveBigIntegerField(default=0)  # the part of `short` reported before it arrived
    damaged = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("waybill", "position", name="line_once"),
            models.CheckConstraint(name="line_not_overloaded", condition=Q(loaded__lte=F("amount"))),
            models.CheckConstraint(name="lost_on_road_is_short", condition=Q(lost_on_road__lte=F("short"))),
            models.CheckConstraint(
                name="line_accounted_for",
                condition=Q(loaded__gte=F("received") + F("short") + F("damaged") + F("refused")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.waybill_id}/{self.position}"


class Carried(models.Model):
    """A hold that carries a parcel's promise onward: aboard a vehicle, or waiting where it was put down."""

    hold = models.UUIDField(primary_key=True, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="carried")
    line = models.ForeignKey(WaybillLine, models.PROTECT, related_name="carried")
    holder = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    is_aboard = models.BooleanField()
    amount = models.PositiveBigIntegerField()

    class Meta:
        indexes = (models.Index(fields=("parcel", "holder"), name="carried_by_place"),)

    def __str__(self) -> str:
        return str(self.hold)


class WaybillAct(models.Model):
    """
    One act on a waybill, signed by who did it. Its id is the request's, so a repeated request finds it here.
    """

    class Act(models.TextChoices):
        NAME_TRUCK = "NAME_TRUCK", "Truck named"
        LOAD = "LOAD", "Loaded"
        LET_GO_EARLY = "LET_GO_EARLY", "Let go early"
        DEPART = "DEPART", "Departed"
        DELAY = "DELAY", "Delay reported"
        LOSS = "LOSS", "Loss reported"
        ARRIVE = "ARRIVE", "Arrived"
        NOT_ARRIVED = "NOT_ARRIVED", "Arrival taken back"
        RECEIVE = "RECEIVE", "Received"
        HAND_OVER = "HAND_OVER", "Handed over"
        CANCEL = "CANCEL", "Cancelled"

    id = models.UUIDField(primary_key=True, editable=False)
    waybill = models.ForeignKey(Waybill, models.PROTECT, related_name="acts")
    act = models.CharField(max_length=16, choices=Act.choices)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120)
    given_to_name = models.CharField(max_length=120, blank=True)  # who took over, as signed on the paper
    document = models.UUIDField(null=True)
    document_number = models.CharField(max_length=40, blank=True)
    content_hash = models.CharField(max_length=64)
    result = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=("waybill", "at"), name="act_by_waybill"),)

    def __str__(self) -> str:
        return f"{self.act} {self.at:%m-%d %H:%M}"


class Surplus(models.Model):
    """More came off the truck than the waybill says: a person decides where it came from before the book moves."""

    class Decision(models.TextChoices):
        OPEN = "OPEN", "Waits for a person"
        FROM_ORIGIN = "FROM_ORIGIN", "The origin loaded more than it wrote"
        FOUND = "FOUND", "Counted in; nobody knows from where"
        MISCOUNT = "MISCOUNT", "There was no surplus"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(WaybillLine, models.PROTECT, related_name="surpluses")
    amount = models.PositiveBigIntegerField()
    decision = models.CharField(max_length=12, choices=Decision.choices, default=Decision.OPEN)
    document = models.UUIDField(unique=True)  # a COUNT with two signatures: the keeper's and another's
    task = models.UUIDField(null=True)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(name="surplus_not_empty", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="surplus_decided_at_a_time",
                condition=Q(decision="OPEN", decided_at=None) | (~Q(decision="OPEN") & ~Q(decided_at=None)),
            ),
        )

    def __str__(self) -> str:
        return f"+{self.amount}"


class EquipmentMove(models.Model):
    """Roll cages and trailers ride out and come back; the goods of the move are in the book, the journey here."""

    class Way(models.TextChoices):
        OUT = "OUT", "Taken along"
        BACK = "BACK", "Put down"

    id = models.UUIDField(primary_key=True, editable=False)  # the request's
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="equipment")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    lot = models.UUIDField()
    amount = models.PositiveBigIntegerField()
    way = models.CharField(max_length=4, choices=Way.choices)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=120)
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.CheckConstraint(name="equipment_not_empty", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.way} {self.amount}"
