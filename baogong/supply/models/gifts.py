"""Goods of others: offered, accepted, received."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class Gift(Asked):
    """Goods of others that come in: given, brought by a partner, or carried for their owner (a consignment)."""

    class Terms(models.TextChoices):
        GIFT = "GIFT", "Gift"
        PARTNER = "PARTNER", "Partner's goods"
        CONSIGNMENT = "CONSIGNMENT", "Carried for its owner"

    class State(models.TextChoices):
        OFFERED = "OFFERED", "Offered"
        ACCEPTED = "ACCEPTED", "Accepted"
        RECEIVED = "RECEIVED", "Received"
        DECLINED = "DECLINED", "Declined"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    terms = models.CharField(max_length=12, choices=Terms.choices)
    donor = models.ForeignKey("people.Party", models.PROTECT, related_name="+")  # a consignment's: the consignor
    owner = models.ForeignKey("people.Party", models.PROTECT, related_name="+")  # until the receiver's signature
    papers = models.TextField(blank=True)  # certificates, invoices, the letter that asks for carriage
    note = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OFFERED)
    document = models.UUIDField()
    offered_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="consignment_stays_its_owners", condition=~Q(terms="CONSIGNMENT") | Q(owner=F("donor"))
            ),
        )

    def __str__(self) -> str:
        return self.number


class GiftLine(models.Model):
    """One item of a gift, from what was offered to what stands in the book."""

    class Verdict(models.TextChoices):
        WAITING = "WAITING", "Not looked at yet"
        AS_GIVEN = "AS_GIVEN", "Taken as given"
        CONSENT_ASKED = "CONSENT_ASKED", "Fails its standard; community use asked of the giver"
        COMMUNITY = "COMMUNITY", "Taken for community use, with consent"
        DECLINED = "DECLINED", "Not taken"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gift = models.ForeignKey(Gift, models.PROTECT, related_name="lines")
    no = models.PositiveIntegerField()
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    offered = models.PositiveBigIntegerField()  # as first written; what corrects it stands in its corrections
    standard = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(null=True)
    pieces_per_carton = models.PositiveIntegerField(null=True)
    receiver = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")  # the earmark's
    purpose = models.CharField(max_length=200, blank=True)
    site = models.ForeignKey("places.Site", models.PROTECT, null=True, related_name="+")  # where it comes in
    row = models.UUIDField(null=True, db_index=True)  # the row of a list it came from
    source = models.CharField(max_length=300, blank=True)  # that list and cell, as its reader finds it again
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.WAITING)
    why = models.CharField(max_length=240, blank=True)
    consent_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    consent_text = models.CharField(max_length=240, blank=True)
    consent_at = models.DateTimeField(null=True)
    consent_document = models.UUIDField(null=True)  # a consignment's: two persons sign it before anything changes
    failed_lot = models.UUIDField(null=True, db_index=True)  # what the lot was before it went to community use
    set_aside = models.UUIDField(null=True)  # the paper under which goods that had come in were found to fail
    earmark = models.UUIDField(null=True)
    lot = models.UUIDField(null=True, db_index=True)
    arrived = models.PositiveBigIntegerField(default=0)  # damaged ones included
    damaged = models.PositiveBigIntegerField(default=0)
    is_complete = models.BooleanField(default=False)  # nothing more is awaited: what is missing is short

    class Meta:
        constraints = (
            models.UniqueConstraint("gift", "no", name="gift_line_numbered_once"),
            models.CheckConstraint(name="gift_line_offers_something", condition=Q(offered__gt=0)),
            models.CheckConstraint(name="gift_line_damaged_within", condition=Q(damaged__lte=F("arrived"))),
            models.CheckConstraint(
                name="community_use_has_consent",
                condition=~Q(verdict="COMMUNITY") | (Q(consent_at__isnull=False) & ~Q(consent_text="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.gift_id}/{self.no}"


class GiftReceipt(Asked):
    """One arrival of a gift at a site, with its goods received note."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gift = models.ForeignKey(Gift, models.PROTECT, related_name="receipts")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    document = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.gift_id} {self.at:%Y-%m-%d}"


class GiftCorrection(Asked):
    """
    A published figure was wrong: what it should be. The row it corrects stays as it was written.

    before, after  what was offered by then, and by this correction, in base units
    counted        units that had been counted in on the wrong figure and left the book again
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(GiftLine, models.PROTECT, related_name="corrections")
    before = models.PositiveBigIntegerField()
    after = models.PositiveBigIntegerField()
    counted = models.PositiveBigIntegerField(default=0)
    words = models.CharField(max_length=500)  # the notice, as published
    source = models.CharField(max_length=300, blank=True)
    document = models.UUIDField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=120)

    class Meta:
        constraints = (
            models.CheckConstraint(name="gift_correction_changes_something", condition=~Q(before=F("after"))),
        )

    def __str__(self) -> str:
        return f"{self.line_id} {self.before} → {self.after}"
