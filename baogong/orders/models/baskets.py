"""
Baskets (拼单): a group order with an organiser who lives there, a supplier, a deadline; down to each household's portion.

A pack (份) is what people order one of. The book counts base units: packs times `units_per_pack`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Basket(models.Model):
    """
    One group order of one community.

    office        the residents' committee it is reported to: duties are asked for there
    organiser     by the name the group knows; building, unit, room: their door in this community
    licence, driver, plate   as reported before it opens
    document      the report; it opens when the committee has signed it
    purchase      supply's, once it is ordered; those who ordered pay it
    packs_min     fewer in all are not ordered; 0: any number
    household_max packs of one item for one household; 0: any number
    tolerance_permille   so much short at arrival is usual; more is told to the committee
    state         as people left it; `step` says what it is at by the clock
    truck         who brings it; None: nobody is named yet
    forgotten_at  its chats, and names and doors of its people, were erased
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        REPORTED = "REPORTED", "Reported to the committee"
        OPEN = "OPEN", "Open"
        CLOSED = "CLOSED", "Closed"
        ORDERED = "ORDERED", "Ordered"
        SHARED = "SHARED", "Shared out"
        DONE = "DONE", "Handed over"
        CALLED_OFF = "CALLED_OFF", "Called off"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    community = models.ForeignKey("places.Community", models.PROTECT, related_name="+")
    supplier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    title = models.CharField(max_length=60)
    organiser = models.CharField(max_length=40)
    building = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    licence = models.CharField(max_length=60, blank=True)
    driver = models.CharField(max_length=40, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    on = models.DateField()
    closes_at = models.DateTimeField()
    packs_min = models.PositiveIntegerField(default=0)
    household_max = models.PositiveIntegerField(default=0)
    tolerance_permille = models.PositiveSmallIntegerField(default=0)
    document = models.UUIDField(null=True)
    purchase = models.UUIDField(null=True)
    truck = models.ForeignKey("orders.Truck", models.PROTECT, null=True, related_name="baskets")
    made_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="basket_lives_there", condition=~Q(building="") | Q(forgotten_at__isnull=False)
            ),
            models.CheckConstraint(
                name="basket_reported_before_it_opens",
                condition=Q(state__in=("DRAFT", "CALLED_OFF"))
                | (Q(document__isnull=False) & ~Q(licence="") & ~Q(driver="") & ~Q(plate="")),
            ),
            models.CheckConstraint(name="basket_tolerance", condition=Q(tolerance_permille__lte=1000)),
        )
        indexes = (models.Index(fields=("on", "id"), name="basket_by_day"),)

    def __str__(self) -> str:
        return self.title

    def step(self, now: datetime) -> str:
        """The step it is at: at its deadline an open basket is closed for orders, whether anybody pressed a button or not."""
        return step_at(self.state, self.closes_at, now)


def step_at(state: str, closes_at: datetime, now: datetime) -> str:
    """The same of what a query has read."""
    return Basket.State.CLOSED.value if state == Basket.State.OPEN and now >= closes_at else state


class BasketItem(models.Model):
    """A line of the menu. `lot` and `hold` (the supplier's promise) are there once it is ordered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    basket = models.ForeignKey(Basket, models.PROTECT, related_name="items")
    code = models.CharField(max_length=4)
    name = models.CharField(max_length=40)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    units_per_pack = models.PositiveIntegerField(default=1)
    price_fen = models.PositiveIntegerField(default=0)
    lot = models.ForeignKey("ledger.Lot", models.PROTECT, null=True, related_name="+")
    hold = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("basket", "code", name="basket_code_once"),
            models.UniqueConstraint("basket", "name", name="basket_name_once"),
            models.CheckConstraint(name="basket_item_packed", condition=Q(units_per_pack__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BasketAct(models.Model):
    """What was done to a basket, by whom and under which request."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    basket = models.ForeignKey(Basket, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    document = models.UUIDField(null=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    def __str__(self) -> str:
        return self.kind


class BasketHousehold(models.Model):
    """
    Who gets something of a basket: a door, and the names by which it ordered. Money is noted, not held.

    Its id says nothing of the door, which is erased when the basket's purpose ends.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    basket = models.ForeignKey(Basket, models.PROTECT, related_name="households")
    building = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    sort_key = models.CharField(max_length=160)
    name = models.CharField(max_length=80, blank=True)
    paid_fen = models.PositiveBigIntegerField(default=0)
    refunded_fen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "basket", "building", "unit", "room", name="basket_household_once", condition=~Q(building="")
            ),
            models.CheckConstraint(name="basket_refund", condition=Q(refunded_fen__lte=F("paid_fen"))),
        )
        indexes = (models.Index(fields=("basket", "sort_key", "id"), name="basket_household_order"),)

    def __str__(self) -> str:
        return str(self.id)


class Portion(models.Model):
    """
    Packs of one item for one household.

    asked    what its lines come to
    ordered  of these, up to the most a household may have
    loaded   of these, what the truck could carry
    given    of these, what there was when it came; None until it is shared out
    hold     the book's promise to the household; None where nothing is given. A parcel carries it on
    way      where it is until it is handed over
    """

    class Way(models.TextChoices):
        HERE = "HERE", "At the committee's tables"
        UNDERWAY = "UNDERWAY", "On its way"
        LOST = "LOST", "Lost on the way"

    id = models.UUIDField(primary_key=True, editable=False)
    household = models.ForeignKey(BasketHousehold, models.PROTECT, related_name="portions")
    item = models.ForeignKey(BasketItem, models.PROTECT, related_name="portions")
    asked = models.PositiveIntegerField()
    ordered = models.PositiveIntegerField()
    loaded = models.PositiveIntegerField()
    given = models.PositiveIntegerField(null=True)
    hold = models.UUIDField(null=True)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.HERE)
    handed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("household", "item", name="portion_once"),
            models.CheckConstraint(
                name="portion_never_more",
                condition=Q(ordered__lte=F("asked"), loaded__lte=F("ordered"))
                & (Q(given=None) | Q(given__lte=F("loaded"))),
            ),
        )

    def __str__(self) -> str:
        return str(self.asked)


class Arrival(models.Model):
    """
    A vehicle came with a basket: signed in, counted, sprayed.

    why_other  where it is another driver or vehicle than reported: why it was let in
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    basket = models.ForeignKey(Basket, models.PROTECT, related_name="arrivals")
    driver = models.CharField(max_length=40)
    plate = models.CharField(max_length=20)
    why_other = models.CharField(max_length=200, blank=True)
    signed_in_at = models.DateTimeField()
    sprayed_at = models.DateTimeField(null=True)
    counted_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    document = models.UUIDField()
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    def __str__(self) -> str:
        return self.plate


class ArrivalLine(models.Model):
    """Packs of one item counted; `damaged` of these are no good."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    arrival = models.ForeignKey(Arrival, models.PROTECT, related_name="lines")
    item = models.ForeignKey(BasketItem, models.PROTECT, related_name="+")
    counted = models.PositiveIntegerField()
    damaged = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("arrival", "item", name="arrival_line_once"),
            models.CheckConstraint(name="arrival_damage", condition=Q(damaged__lte=F("counted"))),
        )

    def __str__(self) -> str:
        return str(self.counted)
