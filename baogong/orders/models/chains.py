"""What was pasted from chat groups, and each stretch of it: who wants what, what was skipped and why, what waits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Paste(models.Model):
    """
    A text as it was pasted, whole; of an exported table the text its rows make.

    group  which chat group it is of: the next paste of the same group is its newer version
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    basket = models.ForeignKey("orders.Basket", models.PROTECT, related_name="pastes")
    number = models.PositiveIntegerField()
    group = models.CharField(max_length=60, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint("basket", "number", name="paste_number_once"),)

    def __str__(self) -> str:
        return f"{self.basket_id} {self.number}"


class ChainLine(models.Model):
    """
    Characters [start, end) of a paste: an order, or what else stands there. Together they cover all of it but blanks.

    where    the cell of a table it comes from; in a text of several chains the title of its own
    why      of what is no order, and of what waits: a code
    items    [[code of the basket's item, packs], …]; a code of "" waits for a person
    doubts   codes of the reader
    reason   in the words of who decided
    """

    class Kind(models.TextChoices):
        ENTRY = "ENTRY", "Order"
        UNREAD = "UNREAD", "Not understood"
        SKIPPED = "SKIPPED", "No order"

    class State(models.TextChoices):
        COUNTED = "COUNTED", "Counted"
        WAITING = "WAITING", "Waits for a person"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        LEFT_OUT = "LEFT_OUT", "Left out"
        SKIPPED = "SKIPPED", "No order"
        SUPERSEDED = "SUPERSEDED", "A newer version is there"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    paste = models.ForeignKey(Paste, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    where = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=24, blank=True)
    suggestion = models.CharField(max_length=300, blank=True)
    no = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=80, blank=True)
    building = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    room = models.CharField(max_length=20, blank=True)
    items = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    is_paid = models.BooleanField(default=False)
    doubts = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("paste", "number", name="chain_line_once"),
            models.CheckConstraint(name="chain_line_span", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="chain_line_counted_has_a_door", condition=~Q(state="COUNTED") | (~Q(building="") & ~Q(items=[]))
            ),
        )
        indexes = (models.Index(fields=("paste", "state"), name="chain_line_by_state"),)

    def __str__(self) -> str:
        return f"{self.start}–{self.end}"
