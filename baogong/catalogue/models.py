"""Items, their other names, the standards they meet, the cartons they come in, their bar codes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Item(models.Model):
    """A kind of good. Amounts in the book are whole numbers of its base unit."""

    class Unit(models.TextChoices):
        PIECE = "PIECE", "只/件/个"
        SET = "SET", "套"
        PAIR = "PAIR", "双"
        BOTTLE = "BOTTLE", "瓶"
        PACK = "PACK", "份"
        G = "G", "克"  # what is sold loose: vegetables, rice; its amounts are weights
        FEN = "FEN", "分"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.PIECE)
    pieces_per_unit = models.PositiveIntegerField(default=1)  # a pair is 2 pieces
    units_per_pair = models.PositiveSmallIntegerField(default=1)  # what 双 or 副 counts: gloves 2 pieces, goggles 1
    category = models.CharField(max_length=40, blank=True)
    class_code = models.CharField(max_length=20, blank=True)  # GB/T 38565-2020
    daily_use_milli = models.PositiveIntegerField(null=True)  # per clinician and day, thousandths of the base unit
    sort_key = models.CharField(max_length=400)

    class Meta:
        constraints = (
            models.CheckConstraint(name="item_pieces_positive", condition=Q(pieces_per_unit__gt=0)),
            models.CheckConstraint(name="item_pair_positive", condition=Q(units_per_pair__gt=0)),
        )

    def __str__(self) -> str:
        return self.name_zh


class ItemAlias(models.Model):
    """Another way people write an item. One key names one item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=120)
    key = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.text


class Standard(models.Model):
    """A published standard: family "GB 19083", current edition "2010"."""

    family = models.CharField(max_length=40, primary_key=True)
    edition = models.CharField(max_length=10, blank=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    items = models.ManyToManyField(Item, related_name="standards")

    def __str__(self) -> str:
        return f"{self.family}-{self.edition}" if self.edition else self.family


class Carton(models.Model):
    """How an item is boxed. The default carton answers where a list gives none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, models.CASCADE, related_name="cartons")
    pieces = models.PositiveIntegerField()  # base units in one carton
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    weight_g = models.PositiveIntegerField()
    is_default = models.BooleanField(default=False)
    is_estimate = models.BooleanField(default=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("item", "pieces", name="carton_once_per_size"),
            models.UniqueConstraint("item", name="carton_one_default", condition=Q(is_default=True)),
            models.CheckConstraint(name="carton_not_empty", condition=Q(pieces__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.pieces}/{self.item_id}"


class Gtin(models.Model):
    """A GS1 trade item number and how many base units it stands for."""

    gtin = models.CharField(max_length=14, primary_key=True)
    item = models.ForeignKey(Item, models.CASCADE, related_name="gtins")
    pieces = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.gtin
