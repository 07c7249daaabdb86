"""What each carrier said to each plan."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.freight.models.fleet import Carrier
from baogong.kernel.ids import new_id


class CarrierAsk(models.Model):
    """One plan put to one carrier, and its answer."""

    class Answer(models.TextChoices):
        ASKED = "ASKED", "Asked"
        ACCEPTED = "ACCEPTED", "Accepted"
        COUNTERED = "COUNTERED", "Countered"
        DECLINED = "DECLINED", "Declined"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.UUIDField(db_index=True)
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="asks")
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.ASKED)
    legs = models.JSONField()  # a hash of each leg it was asked to do: what it accepted once it is not asked again
    terms = models.JSONField(default=dict)  # a counter: vehicle kind id → changed count, times, prices
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    request_id = models.UUIDField(null=True)  # of the answer
    suggested_plan = models.UUIDField(null=True)  # what a counter or a refusal led to

    class Meta:
        constraints = (
            models.UniqueConstraint("plan", "carrier", name="ask_once_per_plan"),
            models.CheckConstraint(
                name="ask_answered_at_a_time",
                condition=Q(answer="ASKED", answered_at=None) | (~Q(answer="ASKED") & ~Q(answered_at=None)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.answer} {self.carrier_id}"
