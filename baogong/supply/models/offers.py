"""What factories and shops would sell, as they said it; never edited, only withdrawn."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class SupplyOffer(Asked):
    """
    One item a supplier would sell, by the carton.

    lead_s  from an order to the goods at the buyer's door
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    supplier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    standard = models.CharField(max_length=40, blank=True)
    pieces_per_carton = models.PositiveIntegerField(default=1)  # 1: sold loose
    carton_fen = models.PositiveBigIntegerField()
    cartons_max = models.PositiveIntegerField()
    cartons_min = models.PositiveIntegerField(default=0)
    lead_s = models.PositiveIntegerField(default=0)
    valid_until = models.DateTimeField(null=True)  # None: until withdrawn
    papers = models.CharField(max_length=240, blank=True)  # licence, test report
    note = models.CharField(max_length=240, blank=True)
    document = models.UUIDField()
    offered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=["item", "offered_at"]),)
        constraints = (
            # As with an ordered line: no unit is worth less than a fen.
            models.CheckConstraint(
                name="supply_offer_worth_a_fen_each", condition=Q(carton_fen__gte=F("pieces_per_carton"))
            ),
            models.CheckConstraint(
                name="supply_offer_of_something",
                condition=Q(pieces_per_carton__gt=0, cartons_max__gt=0, cartons_min__lte=F("cartons_max")),
            ),
            models.CheckConstraint(
                name="supply_offer_withdrawn_with_a_reason", condition=Q(withdrawn_at=None) | ~Q(withdrawn_why="")
            ),
        )

    def __str__(self) -> str:
        return self.number


class OfferTaken(models.Model):
    """So many cartons of an offer were ordered with this line of a purchase; called off, they are on offer again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offer = models.ForeignKey(SupplyOffer, models.PROTECT, related_name="taken")
    line = models.OneToOneField("supply.OrderedLine", models.PROTECT, related_name="from_offer")
    cartons = models.PositiveIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(name="offer_taken_some", condition=Q(cartons__gt=0)),)

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.cartons}"
