"""What one pack holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id
from baogong.supply.models.requests import Asked


class Kit(Asked):
    """
    A pack list, in one version. Another content is another version; packs made under an earlier one keep theirs.

    nominal_g     what a pack is to weigh without its packaging; 0 where nobody weighs it
    packaging_g   bag, net or box around one pack
    document      who wrote this version and what it says; none of versions older than the document
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")  # what the pack itself is
    nominal_g = models.PositiveIntegerField(default=0)
    packaging_g = models.PositiveIntegerField(default=0)
    tolerance_permille = models.PositiveSmallIntegerField(default=30)  # of the weight of a pack
    note = models.CharField(max_length=240, blank=True)
    document = models.UUIDField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("code", "version", name="kit_version_once"),)

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class KitLine(models.Model):
    """`amount` base units of the item in each pack; `tolerance_permille` is how far one pack may differ."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="lines")
    no = models.PositiveSmallIntegerField()
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()
    tolerance_permille = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint("kit", "no", name="kit_line_numbered_once"),
            models.UniqueConstraint("kit", "item", name="kit_line_item_once"),
            models.CheckConstraint(name="kit_line_holds_something", condition=Q(amount__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.kit_id}/{self.no}"


class KitSubstitute(models.Model):
    """What may stand in for a line, `amount` base units of it in each pack; a lower rank is preferred."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(KitLine, models.PROTECT, related_name="substitutes")
    rank = models.PositiveSmallIntegerField()
    item = models.ForeignKey("catalogue.Item", models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint("line", "item", name="kit_substitute_once"),
            models.CheckConstraint(name="kit_substitute_holds_something", condition=Q(amount__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.line_id}: {self.item_id}"
