"""What receivers write to those who gave."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class ThankYou(Asked):
    """
    A receiver's note to the givers of what it signed for. Only the receiver is named, never who wrote it.

    gift  the gift it speaks of; None: everything the receiver had signed for by then
    """

    class Way(models.TextChoices):
        PAGE = "PAGE", "Written on the receiver's own page"
        TOLD = "TOLD", "Told to the working group, which wrote it down"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receiver = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    gift = models.ForeignKey("supply.Gift", models.PROTECT, null=True, related_name="notes")
    text = models.CharField(max_length=300)
    way = models.CharField(max_length=8, choices=Way.choices)
    document = models.UUIDField()
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=240, blank=True)

    class Meta:
        indexes = (models.Index(fields=["receiver", "at"]),)
        constraints = (
            models.CheckConstraint(name="thank_you_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="thank_you_withdrawn_with_a_reason", condition=Q(withdrawn_at=None) | ~Q(withdrawn_why="")
            ),
        )

    def __str__(self) -> str:
        return self.text
