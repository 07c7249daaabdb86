"""Who can own, hold, give or receive: organisations, sites, visiting teams, persons, vehicles."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Party(models.Model):
    """
    Anyone or anything an account, a lot or a document can name.

    A SITE is a holder bound to a place (places.Site tells where); a TEAM is a visiting team and no site, however
    much its name looks like the hospital it came from.
    """

    class Kind(models.TextChoices):
        ORGANISATION = "ORGANISATION", "Organisation"
        SITE = "SITE", "Site"
        TEAM = "TEAM", "Visiting team"
        PERSON = "PERSON", "Person"
        VEHICLE = "VEHICLE", "Vehicle"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, db_index=True)  # folded for matching
    sort_key = models.CharField(max_length=400)  # pinyin and natural numbers: the database has no Chinese order
    city = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint("kind", "name_key", "city", name="party_once_per_city"),
            models.CheckConstraint(name="party_named", condition=~Q(name="")),
        )

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """
    Another way of writing a party's name, confirmed by a person; or, with `is_never`, a way that must never match it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="aliases")
    text = models.CharField(max_length=200)
    key = models.CharField(max_length=200, db_index=True)
    is_never = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("party", "key", name="alias_once_per_party"),)

    def __str__(self) -> str:
        return self.text
