"""Packs being made: runs, what they are filled from, what was done and what was thrown away."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.kits import Kit
from baogong.supply.models.requests import Asked


class PackingRun(Asked):
    """
    Packs being made at a site from goods set aside for them.

    next_no   the number the next pack gets; numbers of packs taken back are not used again
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Being packed"
        CLOSED = "CLOSED", "Closed"
        UNDONE = "UNDONE", "Taken back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    line_name = models.CharField(max_length=60, blank=True)
    wanted = models.PositiveIntegerField()
    planned = models.PositiveIntegerField()  # what could be planned when it was opened
    missing = models.JSONField(default=list)  # [{"no", "item", "amount"}] for what was wanted and not planned
    next_no = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    document = models.UUIDField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_under = models.UUIDField(null=True)  # the request that closed it or took it back
    ended_document = models.UUIDField(null=True)
    ended_why = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=("site", "state"), name="packing_by_site"),)
        constraints = (
            models.CheckConstraint(name="packing_planned_within", condition=Q(planned__lte=F("wanted"), planned__gt=0)),
        )

    def __str__(self) -> str:
        return self.number


class PackingLayer(models.Model):
    """Packs of a run that are filled from the same lots: their own lot in the book."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(PackingRun, models.PROTECT, related_name="layers")
    no = models.PositiveSmallIntegerField()
    lot = models.UUIDField(unique=True)
    packs = models.PositiveIntegerField()  # still planned, made ones included
    made = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("run", "no", name="packing_layer_numbered_once"),
            models.CheckConstraint(name="packing_made_within", condition=Q(made__lte=F("packs"))),
        )

    def __str__(self) -> str:
        return f"{self.run_id}/{self.no}"


class PackingPart(models.Model):
    """Each pack of the layer takes `amount_each` of the lot; `holds` are the promises that set it aside."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    layer = models.ForeignKey(PackingLayer, models.PROTECT, related_name="parts")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    lot = models.UUIDField(db_index=True)
    state = models.CharField(max_length=16)  # of the account it stands in: AVAILABLE or FROZEN
    amount_each = models.PositiveBigIntegerField()
    is_substitute = models.BooleanField(default=False)
    holds = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint("layer", "lot", "state", name="packing_part_once"),)

    def __str__(self) -> str:
        return f"{self.layer_id}: {self.lot}"


class PackingTally(Asked):
    """So many packs are done: numbers `first_no` to `last_no`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(PackingRun, models.PROTECT, related_name="tallies")
    packs = models.PositiveIntegerField()
    first_no = models.PositiveIntegerField()
    last_no = models.PositiveIntegerField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_under = models.UUIDField(null=True)
    undone_why = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="packing_tally_numbers", condition=Q(packs__gt=0, last_no=F("first_no") + F("packs") - 1)
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first_no}–{self.last_no}"


class PackingTallyPart(models.Model):
    """Which packs of a tally are of which layer, and the movements that made them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tally = models.ForeignKey(PackingTally, models.PROTECT, related_name="parts")
    layer = models.ForeignKey(PackingLayer, models.PROTECT, related_name="+")
    first_no = models.PositiveIntegerField()
    packs = models.PositiveIntegerField()
    movements = models.JSONField()

    def __str__(self) -> str:
        return f"{self.tally_id}: {self.packs}"


class PackingWaste(Asked):
    """What of the goods set aside went into no pack: trimmings, rot, breakage; under a damage report."""

    class Cause(models.TextChoices):
        TRIMMING = "TRIMMING", "Leaves and roots cut off"
        ROTTEN = "ROTTEN", "Rotten"
        BROKEN = "BROKEN", "Broken"
        MOISTURE = "MOISTURE", "Dried out"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(PackingRun, models.PROTECT, related_name="wastes")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    amount = models.PositiveBigIntegerField()
    document = models.UUIDField()
    movements = models.JSONField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(name="packing_waste_positive", condition=Q(amount__gt=0)),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.amount}"
