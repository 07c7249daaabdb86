"""Goods that someone asks to have carried: in its own words, and what the office answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.supply.models.gifts import Gift
from baogong.supply.models.requests import Asked


class CarriageRequest(Asked):
    """A consignor's wish. What it says is kept as it was said; what is carried stands in the consignment it became."""

    class State(models.TextChoices):
        ASKED = "ASKED", "Waits for an answer"
        ACCEPTED = "ACCEPTED", "Carried, wholly or in part"
        REFUSED = "REFUSED", "Not carried"
        WITHDRAWN = "WITHDRAWN", "Taken back by the consignor"

    class Way(models.TextChoices):
        PAGE = "PAGE", "Asked on the consignor's own page"
        TOLD = "TOLD", "Told to the working group, which wrote it down"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    consignor = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    words = models.TextField(blank=True)  # why, and what else the office should know
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    papers_count = models.PositiveSmallIntegerField(default=0)  # certificates and photos kept under the document
    document = models.UUIDField()
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)  # to the consignor, as it reads it
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.CharField(max_length=200, blank=True)
    answered_by_request = models.UUIDField(null=True)
    answer_document = models.UUIDField(null=True)
    gift = models.OneToOneField(Gift, models.PROTECT, null=True, related_name="request")

    class Meta:
        indexes = (models.Index(fields=("state", "asked_at"), name="carriage_by_state"),)
        constraints = (
            models.CheckConstraint(
                name="carriage_carried_as_a_consignment",
                condition=Q(state="ACCEPTED", gift__isnull=False) | (~Q(state="ACCEPTED") & Q(gift=None)),
            ),
            models.CheckConstraint(
                name="carriage_refused_with_a_reason", condition=~Q(state="REFUSED") | ~Q(answer="")
            ),
        )

    def __str__(self) -> str:
        return self.number


class CarriageLine(models.Model):
    """One kind of goods, as the consignor wrote it, and what the office said to it."""

    class Verdict(models.TextChoices):
        WAITING = "WAITING", "Not answered yet"
        TAKEN = "TAKEN", "Carried"
        REFUSED = "REFUSED", "Not carried"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(CarriageRequest, models.PROTECT, related_name="lines")
    no = models.PositiveIntegerField()
    goods = models.CharField(max_length=120)
    quantity = models.CharField(max_length=80)  # "1600套，50套/箱"
    standard = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(null=True)
    receiver_text = models.CharField(max_length=200)  # for whom, and nobody else
    lies_at = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.WAITING)
    why = models.CharField(max_length=240, blank=True)
    carried_as = models.PositiveIntegerField(null=True)  # the line's number in the consignment

    class Meta:
        constraints = (
            models.UniqueConstraint("request", "no", name="carriage_line_numbered_once"),
            models.CheckConstraint(
                name="carriage_line_names_goods_and_receiver",
                condition=~Q(goods="") & ~Q(quantity="") & ~Q(receiver_text=""),
            ),
            models.CheckConstraint(
                name="carriage_line_refused_with_a_reason", condition=~Q(verdict="REFUSED") | ~Q(why="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_id}/{self.no}"
