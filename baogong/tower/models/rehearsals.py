"""A night rehearsed: what it was made from, under which chances and seed, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Rehearsal(models.Model):
    """
    Night and result are kept as the very text that was hashed, so that anyone can play it again.

    from_at, until_at   what was asked for; zero_at: the moment from which the night counts its seconds
    done_count          runs played so far, of `total_count`: the night's own and those of the fixes that are tried
    told_at             when a worker last said so, by the database's clock: one that is silent has died
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        PLAYING = "PLAYING", "Being played"
        DONE = "DONE", "Done"
        FAILED = "FAILED", "Failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    zero_at = models.DateTimeField()
    runs_count = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    chances = models.JSONField()
    prices = models.JSONField()
    engine_version = models.CharField(max_length=60)
    night = models.TextField()
    night_hash = models.BinaryField(max_length=32)
    result = models.TextField(blank=True)
    result_hash = models.BinaryField(max_length=32, null=True)
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField()
    told_at = models.DateTimeField(null=True)
    failed_why = models.TextField(blank=True)
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(unique=True)
    content_hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = (models.Index(fields=("made_at",), name="rehearsal_by_time"),)
        constraints = (
            models.CheckConstraint(name="rehearsal_runs", condition=Q(runs_count__gt=0)),
            models.CheckConstraint(name="rehearsal_window", condition=Q(until_at__gt=F("from_at"))),
            models.CheckConstraint(
                name="rehearsal_done_with_result",
                condition=Q(state="DONE", result_hash__isnull=False, ended_at__isnull=False)
                | (~Q(state="DONE") & Q(result_hash=None, result="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
