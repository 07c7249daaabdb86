"""
Shops of a neighbourhood: who keeps one, what it packs, and what it offers on one day.

Goods are lots of the book that the shop owns: what a day offers is one lot of each pack, in the shop's own account.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.orders.words import Sort, Trade


class Shop(models.Model):
    """
    One merchant's page. Its id is the party's, where the merchant has the duty of a keeper.

    office       whose district it is in: it recommends shops, and has their orders brought
    code         short, in the address people pass on
    communities  it serves these and no others
    ended_at     takes no orders any more
    """

    party = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    code = models.CharField(max_length=8, unique=True)
    trade = models.CharField(max_length=12, choices=Trade.choices)
    about = models.CharField(max_length=400, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    communities = models.ManyToManyField("places.Community", related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="shop_point_whole",
                condition=Q(lat=None, lon=None) | Q(lat__range=(-90, 90), lon__range=(-180, 180)),
            ),
        )

    def __str__(self) -> str:
        return self.code


class ShopPhoto(models.Model):
    """What a shop, or one of its packs, looks like: a JPEG without what a camera writes into it."""

    id = models.UUIDField(primary_key=True, editable=False)  # the shop's, or the pack's
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="photos")
    payload = models.BinaryField()
    taken_in_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class ShopPack(models.Model):
    """What a shop sells as one piece: a bag of vegetables, a frozen meal, a kit to cook from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="packs")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    sort = models.CharField(max_length=12, choices=Sort.choices)
    holds = models.CharField(max_length=240, blank=True)  # what is in it
    weight_g = models.PositiveIntegerField()
    is_cold = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("shop", "name", name="shop_pack_once", condition=Q(ended_at=None)),
            models.CheckConstraint(name="shop_pack_weighs", condition=Q(weight_g__gt=0)),
        )

    def __str__(self) -> str:
        return self.name


class ShopDay(models.Model):
    """
    What one shop offers on one day, to be ordered until the cut-off.

    minimum_fen  an order is worth this at least
    riders       who bring it: so many, each so many minutes of each slot
    packs_max    so many packs of all sorts in all, where the merchant has capped the day; None: as the slots allow
    packs_taken  ordered and not given up
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="days")
    on = models.DateField()
    opens_at = models.DateTimeField()
    cut_off_at = models.DateTimeField()
    minimum_fen = models.PositiveIntegerField(default=0)
    riders = models.PositiveSmallIntegerField()
    packs_max = models.PositiveIntegerField(null=True)
    packs_taken = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint("shop", "on", name="shop_day_once"),
            models.CheckConstraint(name="shop_day_cut_off", condition=Q(cut_off_at__gt=F("opens_at"))),
            models.CheckConstraint(
                name="shop_day_within_cap", condition=Q(packs_max=None) | Q(packs_taken__lte=F("packs_max"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.shop_id} {self.on}"


class DayPack(models.Model):
    """One pack as it is offered on one day: its lot of the book, its price; `per_order_max`: so many to one household, in all its orders of the day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.ForeignKey(ShopDay, models.PROTECT, related_name="packs")
    pack = models.ForeignKey(ShopPack, models.PROTECT, related_name="+")
    lot = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="+")
    price_fen = models.PositiveIntegerField()
    per_order_max = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint("day", "pack", name="day_pack_once"),
            models.UniqueConstraint("lot", name="day_pack_has_its_lot"),
            models.CheckConstraint(name="day_pack_to_an_order", condition=Q(per_order_max__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.pack_id} {self.price_fen}"


class DaySlot(models.Model):
    """A time in which orders are brought; so many packs, as the riders can bring."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.ForeignKey(ShopDay, models.PROTECT, related_name="slots")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    packs_max = models.PositiveIntegerField()
    packs_taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("day", "from_at", name="day_slot_once"),
            models.CheckConstraint(name="day_slot_ends", condition=Q(until_at__gt=F("from_at"))),
            models.CheckConstraint(name="day_slot_never_overfull", condition=Q(packs_taken__lte=F("packs_max"))),
        )

    def __str__(self) -> str:
        return f"{self.from_at:%Y-%m-%d %H:%M}"


class ApprovedShop(models.Model):
    """A district's word on a shop: it recommends it, or does so no more. Never edited; the last one counts."""

    id = models.UUIDField(primary_key=True, editable=False)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="words")
    is_approved = models.BooleanField()
    why = models.CharField(max_length=240)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.shop_id} {self.is_approved}"
