"""
Purchases: what was ordered, what came, what was billed, paid, paid back and called off.

Where the money is, the book says; these rows tie its holds and movements to the lines they pay.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.funds import Fund
from baogong.supply.models.requests import Asked

GRAMS_A_FEN = 1_000  # what is weighed costs at least a fen for each kilogram


class Purchase(Asked):
    """
    An order to a supplier, paid from the funds its buyer holds.

    is_paid_by_others  many people's order that one gathers: they pay the supplier themselves, no fund of the house does
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    buyer = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    supplier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    chosen = models.ManyToManyField(Fund, related_name="+")  # to be paid from these only; none: from any
    note = models.TextField(blank=True)
    is_paid_by_others = models.BooleanField(default=False)
    document = models.UUIDField()
    ordered_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(name="purchase_from_another", condition=~Q(buyer=F("supplier"))),)

    def __str__(self) -> str:
        return self.number


class OrderedLine(models.Model):
    """
    One item of a purchase. Amounts in base units.

    ordered_fen    the price of the whole line as ordered
    price_fen      as it stands: less what was called off, more what a person allowed
    median_fen     per base unit, of the `prices_before` asked and paid for the item before it; none where they are few
    is_weighed     its base unit is the gram: a gram of cabbage may cost less than a fen
    hold           of what others pay: the supplier's promise of the goods; where funds pay, the promises are of money
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="lines")
    no = models.PositiveIntegerField()
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()
    is_weighed = models.BooleanField(default=False)
    ordered_fen = models.PositiveBigIntegerField()
    price_fen = models.PositiveBigIntegerField()
    median_fen = models.FloatField(null=True)
    prices_before = models.PositiveIntegerField(default=0)
    standard = models.CharField(max_length=40, blank=True)
    receiver = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    received = models.PositiveBigIntegerField(default=0)
    cancelled = models.PositiveBigIntegerField(default=0)
    hold = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("purchase", "no", name="purchase_line_numbered_once"),
            models.CheckConstraint(name="purchase_line_of_something", condition=Q(amount__gt=0)),
            # Else a small part of it could arrive without a fen's worth, and no money would be seen in it.
            models.CheckConstraint(
                name="purchase_line_worth_a_fen_each",
                condition=Q(ordered_fen__gte=F("amount"))
                | Q(hold__isnull=False)
                | Q(is_weighed=True, amount__lte=F("ordered_fen") * GRAMS_A_FEN),
            ),
            models.CheckConstraint(
                name="purchase_line_within", condition=Q(amount__gte=F("received") + F("cancelled"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.purchase_id}/{self.no}"

    @property
    def to_come(self) -> int:
        return self.amount - self.received - self.cancelled


class Commitment(models.Model):
    """A hold on a fund's money for a line. Moved to another fund, it ends and another begins."""

    hold = models.UUIDField(primary_key=True)
    line = models.ForeignKey(OrderedLine, models.PROTECT, related_name="commitments")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="commitments")

    def __str__(self) -> str:
        return str(self.hold)


class Draw(models.Model):
    """Money that left a fund for a line's supplier: one posted movement, and what of it was paid back."""

    movement = models.UUIDField(primary_key=True)
    line = models.ForeignKey(OrderedLine, models.PROTECT, related_name="draws")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="draws")
    fen = models.PositiveBigIntegerField()
    returned_fen = models.PositiveBigIntegerField(default=0)
    document = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="draw_returned_within", condition=Q(fen__gte=F("returned_fen"), fen__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.fund_id} {self.fen}"


class Delivery(Asked):
    """One arrival of bought goods at a site, with its goods received note."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="deliveries")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purchase_id} {self.at:%Y-%m-%d}"


class DeliveryLine(models.Model):
    """What of a line arrived: a lot of its own, worth `value_fen` of the price. `refused` went back with the driver."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderedLine, models.PROTECT, related_name="deliveries")
    amount = models.PositiveBigIntegerField()
    refused = models.PositiveBigIntegerField(default=0)
    value_fen = models.PositiveBigIntegerField()
    lot = models.UUIDField(null=True, db_index=True)
    returned = models.PositiveBigIntegerField(default=0)  # sent back later

    class Meta:
        constraints = (
            models.UniqueConstraint("delivery", "line", name="delivery_names_a_line_once"),
            models.CheckConstraint(name="delivery_returned_within", condition=Q(amount__gte=F("returned"))),
        )

    def __str__(self) -> str:
        return f"{self.line_id}: {self.amount}"


class DeliveryPart(models.Model):
    """So many fen of a fund are in what arrived; exact, and in the book as the lot's sources."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery_line = models.ForeignKey(DeliveryLine, models.PROTECT, related_name="parts")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="+")
    fen = models.PositiveBigIntegerField()
    returned_fen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("delivery_line", "fund", name="delivery_part_once_per_fund"),
            models.CheckConstraint(
                name="delivery_part_returned_within", condition=Q(fen__gte=F("returned_fen"), fen__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.fund_id} {self.fen}"


class Invoice(Asked):
    """A supplier's bill. One that asks for more than was ordered waits until a person has decided."""

    class State(models.TextChoices):
        RECORDED = "RECORDED", "Agrees with the order"
        DOUBTED = "DOUBTED", "Asks for more than was ordered"
        SETTLED = "SETTLED", "A person decided what is paid"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="invoices")
    supplier = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80)  # the supplier's own number
    state = models.CharField(max_length=12, choices=State.choices)
    document = models.UUIDField()
    settled_under = models.UUIDField(null=True)  # the document that decided a doubt, and the request that did
    settled_by_request = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint("supplier", "reference", name="invoice_once_per_supplier"),
            models.CheckConstraint(name="invoice_has_a_number", condition=~Q(reference="")),
        )

    def __str__(self) -> str:
        return self.reference


class InvoiceLine(models.Model):
    """`payable_fen` is what of the billed amount will be paid: all of it, or what a person decided."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderedLine, models.PROTECT, related_name="invoiced")
    billed_fen = models.PositiveBigIntegerField()
    payable_fen = models.PositiveBigIntegerField()
    paid_fen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("invoice", "line", name="invoice_names_a_line_once"),
            models.CheckConstraint(
                name="invoice_line_within",
                condition=Q(billed_fen__gte=F("payable_fen"), payable_fen__gte=F("paid_fen"), billed_fen__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.line_id}: {self.billed_fen}"


class Payment(Asked):
    """Money sent to a supplier for an invoice, wholly or in part."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount_fen = models.PositiveBigIntegerField()
    ahead_fen = models.PositiveBigIntegerField(default=0)  # of it, for goods that had not arrived
    reference = models.CharField(max_length=80, blank=True)  # the bank's
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.amount_fen}"


class Refund(Asked):
    """Money that came back from a supplier, or that need not be paid any more, into the funds it was drawn from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="refunds")
    why = models.TextField()
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purchase_id} {self.at:%Y-%m-%d}"


class RefundLine(models.Model):
    """
    delivery_line  what it is for: goods sent back (`amount`) or a lower price (0); none: paid ahead, nothing came
    cash_fen       of it, what had been paid and came back; the rest had not been paid yet
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderedLine, models.PROTECT, related_name="refunds")
    delivery_line = models.ForeignKey(DeliveryLine, models.PROTECT, null=True, related_name="refunds")
    amount = models.PositiveBigIntegerField(default=0)
    fen = models.PositiveBigIntegerField()
    cash_fen = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="refund_cash_within", condition=Q(fen__gte=F("cash_fen"), fen__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.line_id}: {self.fen}"


class Cancellation(Asked):
    """Goods called off: what had been set aside for them is free again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="cancellations")
    why = models.TextField()
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purchase_id} {self.at:%Y-%m-%d}"
