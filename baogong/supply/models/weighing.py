"""What scales said: packs weighed one by one or together, trucks on the bridge, and a delivery held against its packs."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.kits import Kit
from baogong.supply.models.requests import Asked


class Weighing(Asked):
    """
    One act of weighing, under a document of its own.

    weights     of single packs, where they were weighed one by one; their sum is net_g
    stands_for  packs the weighed ones speak for; equal to packs_count where every pack was weighed
    margin_g    the estimate's half-width; see engine.packs.estimate
    """

    class What(models.TextChoices):
        PACKS = "PACKS", "Packs"
        TRUCK = "TRUCK", "A truck on the weighbridge"

    class Verdict(models.TextChoices):
        WITHIN = "WITHIN", "Within tolerance"
        LIGHT = "LIGHT", "Too light"
        HEAVY = "HEAVY", "Heavier than stated"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    what = models.CharField(max_length=6, choices=What.choices)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    kit = models.ForeignKey(Kit, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey("supply.PackingRun", models.PROTECT, null=True, related_name="weighings")
    weights = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    packs_count = models.PositiveIntegerField(null=True)
    stands_for = models.PositiveIntegerField(null=True)
    gross_g = models.PositiveBigIntegerField()
    tare_g = models.PositiveBigIntegerField(default=0)
    net_g = models.PositiveBigIntegerField()
    stated_g = models.PositiveBigIntegerField()  # what it should be: packs × nominal, or the load as written
    total_g = models.PositiveBigIntegerField()  # of all the packs it stands for; a truck's net weight
    margin_g = models.PositiveBigIntegerField(default=0)
    tolerance_permille = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    plate = models.CharField(max_length=20, blank=True)
    ticket = models.CharField(max_length=40, blank=True)
    weighed_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    document = models.UUIDField()
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=("site", "weighed_at"), name="weighing_by_site"),)
        constraints = (
            models.CheckConstraint(name="weighing_net", condition=Q(gross_g=F("tare_g") + F("net_g"), net_g__gt=0)),
            models.CheckConstraint(
                name="weighing_of_packs",
                condition=Q(what="TRUCK", packs_count=None)
                | Q(what="PACKS", packs_count__gt=0, stands_for__gte=F("packs_count")),
            ),
            models.UniqueConstraint(
                "site", "ticket", name="weighing_ticket_once", condition=Q(what="TRUCK") & ~Q(ticket="")
            ),
        )

    def __str__(self) -> str:
        return self.number


class WeightStatement(Asked):
    """
    A delivery held against the packs it gave: what the difference is and what explains it.

    causes  [{"cause", "grams", "why"}], above 0 where the delivery weighed more because of it
    """

    class Verdict(models.TextChoices):
        WITHIN = "WITHIN", "Explained within tolerance"
        OPEN = "OPEN", "More is unexplained than may be"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    trucks = models.ManyToManyField(Weighing, related_name="+")
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="+")
    packs = models.PositiveIntegerField()
    delivered_g = models.PositiveBigIntegerField()
    difference_g = models.BigIntegerField()
    causes = models.JSONField()
    unexplained_g = models.BigIntegerField()
    tolerance_permille = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
