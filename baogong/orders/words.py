"""Stored codes of shops and what they sell."""

from __future__ import annotations

from django.db import models

# Under these names rooms above know what is promised here: a shop's line, a basket's portion.
SHOPS, BASKETS = "orders", "baskets"


class Trade(models.TextChoices):
    FRESH = "FRESH", "Fresh food"
    READY_MEALS = "READY_MEALS", "Ready meals"
    RESTAURANT = "RESTAURANT", "Restaurant"
    GROCERY = "GROCERY", "Daily goods"


class Sort(models.TextChoices):
    VEGETABLES = "VEGETABLES", "Vegetables"
    MEAL = "MEAL", "Ready meal"
    FROZEN_MEAL = "FROZEN_MEAL", "Frozen meal"
    KIT = "KIT", "Kit to cook"
    GOODS = "GOODS", "Other goods"
