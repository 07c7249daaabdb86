"""Orders at shops. No table holds a telephone, a name or an address: people keeps them, enciphered, under the office's purpose."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.orders.models.shops import DayPack, DaySlot, ShopDay


class ShopOrder(models.Model):
    """
    What one household ordered of one shop on one day. The id is the orderer's own.

    code     as people read it out
    phone, last_four  keyed tags: whose it is; emptied when the office's purpose ends
    orderer  under whose party telephone, name and address are kept; in whose name the goods are held
    total_fen  at the order's moment; what is short is taken off where it is shown
    """

    id = models.UUIDField(primary_key=True, editable=False)
    day = models.ForeignKey(ShopDay, models.PROTECT, related_name="orders")
    slot = models.ForeignKey(DaySlot, models.PROTECT, related_name="orders")
    code = models.CharField(max_length=12, unique=True)
    community = models.ForeignKey("places.Community", models.PROTECT, related_name="+")
    orderer = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    phone = models.BinaryField(max_length=32, null=True)
    last_four = models.BinaryField(max_length=32, null=True)
    packs = models.PositiveIntegerField()
    total_fen = models.PositiveIntegerField()
    at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    picked_at = models.DateTimeField(null=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("day", "slot"), name="shop_order_by_slot"),)
        constraints = (
            models.CheckConstraint(name="shop_order_of_some", condition=Q(packs__gt=0)),
            models.CheckConstraint(
                name="shop_order_picked_or_given_up", condition=Q(cancelled_at=None) | Q(picked_at=None)
            ),
        )

    def __str__(self) -> str:
        return self.code


class ShopOrderLine(models.Model):
    """
    So many of one pack in an order: one promise of the book, and one parcel where it is brought.

    instead     the pack the orderer takes where this one is short, agreed when ordering
    instead_of  the line this one takes the place of
    got         packs that were there when it was picked; None: not picked yet
    hold        of the book: the promise; a parcel carries it on
    due_at      the slot's end; told_until_at: by when its orderer was told that it comes after all
    told_why    and why it is late, as the shop or its district said; "" where no reason was given: too few riders
    """

    class State(models.TextChoices):
        PLACED = "PLACED", "Ordered"
        PICKED = "PICKED", "Picked"
        UNDERWAY = "UNDERWAY", "On its way"
        HANDED_OVER = "HANDED_OVER", "Handed over"
        SHORT = "SHORT", "Not there"
        CANCELLED = "CANCELLED", "Given up"
        IN_VAIN = "IN_VAIN", "Brought in vain"
        LOST = "LOST", "Lost on the way"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(ShopOrder, models.PROTECT, related_name="lines")
    pack = models.ForeignKey(DayPack, models.PROTECT, related_name="lines")
    instead = models.ForeignKey(DayPack, models.PROTECT, null=True, related_name="+")
    instead_of = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    packs = models.PositiveIntegerField()
    got = models.PositiveIntegerField(null=True)
    price_fen = models.PositiveIntegerField()
    hold = models.UUIDField(unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLACED)
    due_at = models.DateTimeField()
    told_until_at = models.DateTimeField(null=True)
    told_why = models.CharField(max_length=120, blank=True)
    moved_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("state", "due_at"), name="shop_line_due"),)
        constraints = (
            models.UniqueConstraint("order", "pack", name="shop_line_once", condition=Q(instead_of=None)),
            models.CheckConstraint(name="shop_line_of_some", condition=Q(packs__gt=0)),
            models.CheckConstraint(
                name="shop_line_got_what_was_ordered", condition=Q(got=None) | Q(got__lte=F("packs"))
            ),
            models.CheckConstraint(name="shop_line_another_instead", condition=Q(instead=None) | ~Q(instead=F("pack"))),
        )

    def __str__(self) -> str:
        return f"{self.packs} {self.state}"
