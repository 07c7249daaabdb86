"""Stock set aside for relief, and given back."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class Freeze(Asked):
    """Stock set aside for relief, by whose decision, why, what else was considered."""

    class Basis(models.TextChoices):
        OWN_DECISION = "OWN_DECISION", "The owner's own decision"
        AUTHORITY_ORDER = "AUTHORITY_ORDER", "An authority's order"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    basis = models.CharField(max_length=16, choices=Basis.choices)
    decided_by = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    reason = models.TextField()
    options = models.JSONField(default=list)  # [{"text", "is_chosen", "declined_by", "why"}]
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)  # None: until lifted
    document = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="freeze_ends_after_start", condition=Q(end_at=None) | Q(end_at__gt=F("start_at"))
            ),
            models.CheckConstraint(name="freeze_has_a_reason", condition=~Q(reason="")),
        )

    def __str__(self) -> str:
        return f"{self.basis} {self.start_at:%Y-%m-%d}"


class FreezeScope(models.Model):
    """What a freeze reaches: an empty field means any. Several rows: any of them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    freeze = models.ForeignKey(Freeze, models.PROTECT, related_name="scopes")
    site = models.ForeignKey("places.Site", models.PROTECT, null=True, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.site_id or '*'} {self.item_id or '*'} {self.owner_id or '*'}"


class FreezeLine(models.Model):
    """What a freeze set aside of one lot at one site, and what of it was lifted again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    freeze = models.ForeignKey(Freeze, models.PROTECT, related_name="lines")
    site = models.ForeignKey("places.Site", models.PROTECT, related_name="+")
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    lot = models.UUIDField(db_index=True)
    amount = models.PositiveBigIntegerField()
    lifted = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("freeze", "site", "lot", name="freeze_once_per_lot"),
            models.CheckConstraint(name="freeze_lifted_within", condition=Q(lifted__lte=F("amount"))),
        )

    def __str__(self) -> str:
        return f"{self.lot}: {self.amount}"


class Lift(Asked):
    """A freeze given back, wholly or in part."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    freeze = models.ForeignKey(Freeze, models.PROTECT, related_name="lifts")
    document = models.UUIDField()
    reason = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.freeze_id} {self.at:%Y-%m-%d}"
