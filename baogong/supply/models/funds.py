"""Money given: what was promised, what came, and the funds it stands in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class MoneyGift(Asked):
    """A gift of money, or goods of which only a worth is stated, as its giver announced it."""

    class Form(models.TextChoices):
        MONEY = "MONEY", "Money"
        GOODS_WORTH = "GOODS_WORTH", "Goods, their worth as stated"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    form = models.CharField(max_length=12, choices=Form.choices, default=Form.MONEY)
    donor = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    trustee = models.ForeignKey(
        "people.Party", models.PROTECT, related_name="+"
    )  # who holds it; the donor's own: donor
    amount_fen = models.PositiveBigIntegerField()
    amount_text = models.CharField(max_length=200, blank=True)  # as it was printed
    source = models.CharField(max_length=200, blank=True)  # where it was printed
    corrected_by = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrects")  # it told wrong
    document = models.UUIDField()
    registered_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(name="money_gift_of_something", condition=Q(amount_fen__gt=0)),)

    def __str__(self) -> str:
        return self.number


class Fund(models.Model):
    """
    Money under one earmark: one slice of a gift, one lot of the book. What is in it is the book's to say.

    moved_from  the fund it was taken out of, where its earmark was changed
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gift = models.ForeignKey(MoneyGift, models.PROTECT, related_name="funds")
    no = models.PositiveIntegerField()
    trustee = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    lot = models.UUIDField(unique=True)
    earmark = models.UUIDField(null=True)
    amount_fen = models.PositiveBigIntegerField()  # as announced, or as moved
    moved_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="moved_to")
    document = models.UUIDField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint("gift", "no", name="fund_numbered_once"),
            models.CheckConstraint(name="fund_of_something", condition=Q(amount_fen__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.gift_id}/{self.no}"


class MoneyReceipt(Asked):
    """Money that came to the trustee, wholly or in part."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gift = models.ForeignKey(MoneyGift, models.PROTECT, related_name="receipts")
    reference = models.CharField(max_length=80, blank=True)  # the bank's
    amount_fen = models.PositiveBigIntegerField()
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.gift_id} {self.amount_fen}"


class ReEarmark(Asked):
    """Money taken out of one fund into another with other terms: the donor agreed, two persons sign."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+")
    amount_fen = models.PositiveBigIntegerField()
    receivers = models.JSONField(default=list)  # party ids; none: anyone
    items = models.JSONField(default=list)  # item ids; none: anything
    purpose = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True)
    why = models.TextField()
    consent_by = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    consent_text = models.CharField(max_length=240)
    consent_at = models.DateTimeField()
    document = models.UUIDField(unique=True)
    into = models.OneToOneField(Fund, models.PROTECT, null=True, related_name="re_earmark")  # once in force
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="re_earmark_moves_something", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(name="re_earmark_has_consent", condition=~Q(consent_text="") & ~Q(why="")),
            models.CheckConstraint(name="re_earmark_into_another", condition=Q(into=None) | ~Q(into=F("fund"))),
        )

    def __str__(self) -> str:
        return f"{self.fund_id} {self.amount_fen}"
