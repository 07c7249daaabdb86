"""Alerts, and the one row that says how the watch is kept."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.tower.kinds import Kind

DUTIES = [(duty.value, duty.value) for duty in Duty]


class Alert(models.Model):
    """
    One cause that somebody has to see to, from its first moment to its end.

    cause     what tells it from others: its kind and what it is about; of an event its number
    event     seq of the event it was made from; None: of what a room says stands so
    subject   the document, round, release, station … that can change it; `item` tells goods of one place apart
    at        the place it is of, where the duty holds
    ended_at  when the cause was gone; an event is never undone, so its alert has none
    told_at   when its duty was told; None: it waits for the end of the quiet hours
    level     how far along its kind's chain of duties it has gone
    """

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        TAKEN = "TAKEN", "Somebody sees to it"
        CLOSED = "CLOSED", "Closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cause = models.CharField(max_length=120)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    is_grave = models.BooleanField()
    event = models.BigIntegerField(null=True)
    subject = models.UUIDField(null=True)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, null=True, related_name="+")
    at = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField()
    facts = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    duty = models.CharField(max_length=16, choices=DUTIES)
    level = models.PositiveSmallIntegerField(default=0)
    escalates_at = models.DateTimeField(null=True)
    owner = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    closed_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("cause", name="alert_once_for_its_cause", condition=Q(ended_at=None)),
            models.CheckConstraint(
                name="alert_closed_says_when",
                condition=Q(state="CLOSED", closed_at__isnull=False) | (~Q(state="CLOSED") & Q(closed_at=None)),
            ),
            models.CheckConstraint(
                name="alert_taken_has_an_owner", condition=~Q(state="TAKEN") | Q(owner__isnull=False)
            ),
            models.CheckConstraint(
                name="alert_ended_is_closed", condition=Q(ended_at=None) | Q(closed_at__lte=F("ended_at"))
            ),
        )
        indexes = (
            models.Index(fields=("-is_grave", "since", "id"), name="alert_open", condition=~Q(state="CLOSED")),
            models.Index(fields=("-closed_at", "id"), name="alert_closed", condition=Q(state="CLOSED")),
        )

    def __str__(self) -> str:
        return self.cause


class WatchRule(models.Model):
    """
    The one row that says how the watch is kept.

    quiet_from, quiet_until  the house's clock: between them only the gravest is sent; None: no quiet hours
    uncounted  kinds of alerts that the last recount could not count; `whole_at`: the last that counted all
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    escalates_after_s = models.PositiveIntegerField(default=1800)
    grave_escalates_after_s = models.PositiveIntegerField(default=600)
    uncounted = ArrayField(models.CharField(max_length=24), default=list)
    whole_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(name="watch_rule_only_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="watch_rule_quiet_from_and_until",
                condition=Q(quiet_from=None, quiet_until=None)
                | (Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until"))),
            ),
        )

    def __str__(self) -> str:
        return f"{self.quiet_from}–{self.quiet_until}"
