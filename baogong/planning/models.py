"""Plans and their lines: proposals until a person approves them; the ledger never sees one before."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Plan(models.Model):
    """
    What the engine proposed from a snapshot, under a rule, with a seed; and what a person did with it.

    Snapshot and result are kept as the very text that was hashed, so that anyone can solve it again.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        APPROVED = "APPROVED", "Approved"
        UNDONE = "UNDONE", "Undone"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        REJECTED = "REJECTED", "Rejected"
        REPLACED = "REPLACED", "Replaced"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    params = models.JSONField()
    rule = models.JSONField()
    seed = models.BigIntegerField()
    engine_version = models.CharField(max_length=60)
    snapshot = models.TextField()
    snapshot_hash = models.BinaryField(max_length=32)
    result = models.TextField()
    result_hash = models.BinaryField(max_length=32)
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)
    content_hash = models.BinaryField(max_length=32)
    approved_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approval = models.ForeignKey("journal.Document", models.PROTECT, null=True, related_name="+")
    approval_request_id = models.UUIDField(null=True, unique=True)
    undone_at = models.DateTimeField(null=True)
    undoing = models.ForeignKey("journal.Document", models.PROTECT, null=True, related_name="+")
    # A proposal that was never approved: who ended it and why, or which newer one took its place.
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=200, default="")
    ended_why = models.CharField(max_length=400, default="")
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, related_name="+")
    # When a proposal was last held against the book, and what had changed since it was made: [{"zh", "en"}].
    checked_at = models.DateTimeField(null=True)
    changes = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="plan_approved_by_document",
                condition=Q(state__in=("APPROVED", "UNDONE"), approval__isnull=False)
                | Q(~Q(state__in=("APPROVED", "UNDONE")), approval=None),
            ),
            models.CheckConstraint(
                name="plan_ended_once",
                condition=Q(state__in=("WITHDRAWN", "REJECTED", "REPLACED"), ended_at__isnull=False)
                | Q(~Q(state__in=("WITHDRAWN", "REJECTED", "REPLACED")), ended_at=None),
            ),
            models.CheckConstraint(
                name="plan_ended_with_reason",
                condition=~Q(state__in=("WITHDRAWN", "REJECTED"), ended_why=""),
            ),
            models.CheckConstraint(
                name="plan_replaced_by_another",
                condition=Q(state="REPLACED", replaced_by__isnull=False) | Q(~Q(state="REPLACED"), replaced_by=None),
            ),
            models.CheckConstraint(
                name="plan_undone_by_document",
                condition=Q(state="UNDONE", undoing__isnull=False) | Q(~Q(state="UNDONE"), undoing=None),
            ),
        )
        indexes = (models.Index(fields=("kind", "made_at"), name="plan_by_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PlanLine(models.Model):
    """One movement proposed; after approval, the hold that promises it."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    source_holder = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    source_state = models.CharField(max_length=16)
    target_holder = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    target_state = models.CharField(max_length=16)
    lot = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    meta = models.JSONField()
    hold = models.UUIDField(null=True, unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("plan", "number", name="plan_line_once"),
            models.CheckConstraint(name="plan_line_amount_positive", condition=Q(amount__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.plan_id} {self.number}"
