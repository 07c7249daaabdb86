"""Rounds as approved: who goes when, to which doors and shelves, with which parcels; and whom to call to a shelf when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Round(models.Model):
    """
    A courier's walk from the station over stops and back, under an approved plan.

    REPLACED: a later plan took its parcels over before they were loaded
    """

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        STARTED = "STARTED", "Under way"
        DONE = "DONE", "Done"
        REPLACED = "REPLACED", "Replaced"
        CANCELLED = "CANCELLED", "Cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.UUIDField()
    name = models.CharField(max_length=20)
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    courier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    leaves_at = models.DateTimeField()
    back_at = models.DateTimeField()
    weight_g = models.PositiveIntegerField()
    walk_s = models.PositiveIntegerField()
    work_s = models.PositiveIntegerField()  # loading, walking, serving, waiting
    reason_zh = models.CharField(max_length=400, blank=True)
    reason_en = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("station", "leaves_at"), name="round_by_station"),
            models.Index(fields=("courier", "leaves_at"), name="round_by_courier"),
            models.Index(fields=("plan",), name="round_by_plan"),
        )
        constraints = (models.CheckConstraint(name="round_takes_time", condition=Q(back_at__gt=F("leaves_at"))),)

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """One stop of a round: a shelf or a door. `stop` is its name in the plan."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="visits")
    position = models.PositiveSmallIntegerField()
    stop = models.CharField(max_length=120)
    community = models.ForeignKey("places.Community", models.PROTECT, related_name="+")
    building = models.ForeignKey("places.Building", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="+")
    shelf = models.ForeignKey("places.Shelf", models.PROTECT, null=True, related_name="+")
    door = models.ForeignKey("places.Door", models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey("delivery.Category", models.PROTECT, null=True, related_name="+")
    mode = models.CharField(max_length=12)
    arrive_at = models.DateTimeField()
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("round", "position", name="visit_once_per_position"),)

    def __str__(self) -> str:
        return self.stop


class VisitParcel(models.Model):
    """A parcel planned for a visit. It is planned for one at a time; `ended_at`: delivered, brought back or replanned."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="parcels")
    parcel = models.ForeignKey("delivery.Parcel", models.PROTECT, related_name="visits")
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("parcel", name="planned_once", condition=Q(ended_at=None)),)

    def __str__(self) -> str:
        return f"{self.parcel_id} at {self.visit_id}"


class Calling(models.Model):
    """
    One household called to a shelf within a window; the windows of a shelf never hold more households than its cap.

    household         the door's id, or unit and room where the door is not registered
    from_at, until_at as planned; once somebody said COMES, as they were told. None: no window was left in the plan's hours;
                      whoever rings offers the next free time
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shelf = models.ForeignKey("places.Shelf", models.PROTECT, related_name="+")
    household = models.CharField(max_length=80)
    from_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    called_by_name = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # COMES, NO_ANSWER, TO_DOOR
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("shelf", "from_at"), name="calling_by_shelf"),)
        constraints = (
            models.CheckConstraint(
                name="calling_window",
                condition=Q(from_at__isnull=True, until_at__isnull=True)
                | Q(from_at__isnull=False, until_at__isnull=False, until_at__gt=F("from_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} {self.from_at:%H:%M}" if self.from_at else self.household
