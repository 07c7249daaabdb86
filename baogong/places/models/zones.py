"""
Zones of an epidemic: what a state means from a day on, and which addresses a notice puts into it.

The most specific line wins (unit over building over community over street); among equals the later notice.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Zone(models.TextChoices):
    SEALED = "SEALED", "Sealed area"  # may not leave home
    CONTROLLED = "CONTROLLED", "Controlled area"  # may not leave the compound
    PRECAUTION = "PRECAUTION", "Precaution area"  # free with care


class Service(models.TextChoices):
    """How goods reach people of a zone."""

    DOOR = "DOOR", "To the door"
    SHELF = "SHELF", "To a shelf, fetched when called"
    FREE = "FREE", "As usual, to a shelf or the door, or fetched at the station"


class ZoneRule(models.Model):
    """
    What a zone means from a day on, in words and for the planner. A later one of the same issuer takes its place.

    issuer  whose rule, such as 上海市; the empty one is the house's own, for whoever has none
    days    how long the state lasts unless a notice says otherwise; None: until lifted
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    issuer = models.CharField(max_length=60, blank=True)
    zone = models.CharField(max_length=12, choices=Zone.choices)
    from_at = models.DateTimeField()
    service = models.CharField(max_length=8, choices=Service.choices)
    days = models.PositiveSmallIntegerField(null=True)
    text_zh = models.CharField(max_length=400)
    text_en = models.CharField(max_length=400)
    source = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint("issuer", "zone", "from_at", name="zone_rule_once"),)

    def __str__(self) -> str:
        return f"{self.issuer} {self.zone} {self.from_at:%Y-%m-%d}"


class ZoneNotice(models.Model):
    """A published list as it was read. `text` stays whole: every line points into it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    issuer = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    text_hash = models.BinaryField(max_length=32)
    published_at = models.DateTimeField()
    from_at = models.DateTimeField()
    read_at = models.DateTimeField()
    read_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    read_by_name = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("issuer", "text_hash", "from_at", name="zone_notice_once"),)

    def __str__(self) -> str:
        return self.title or f"{self.issuer} {self.published_at:%Y-%m-%d}"


class ZoneLine(models.Model):
    """
    One address of a notice and its state: all others (of a street, or what of a community is named by nothing else), a
    community, a building or a unit of it.

    state       None: a community named only to be taken out of its street's default again
    start, end  the characters of the notice it was read from
    """

    class Scope(models.IntegerChoices):
        STREET = 1, "All others"
        COMMUNITY = 2, "Community"
        BUILDING = 3, "Building"
        UNIT = 4, "Unit"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(ZoneNotice, models.CASCADE, related_name="lines")
    scope = models.PositiveSmallIntegerField(choices=Scope.choices)
    street = models.CharField(max_length=60, blank=True)
    community = models.ForeignKey("places.Community", models.PROTECT, null=True, related_name="zone_lines")
    building = models.ForeignKey("places.Building", models.PROTECT, null=True, related_name="zone_lines")
    unit = models.ForeignKey("places.Unit", models.PROTECT, null=True, related_name="zone_lines")
    state = models.CharField(max_length=12, choices=Zone.choices, null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        indexes = (models.Index(fields=("community", "from_at"), name="zone_line_by_community"),)
        constraints = (
            models.CheckConstraint(name="zone_line_span", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="zone_line_scope",
                condition=Q(scope=1, building=None, unit=None)
                | Q(scope=2, community__isnull=False, building=None, unit=None)
                | Q(scope=3, community__isnull=False, building__isnull=False, unit=None)
                | Q(scope=4, community__isnull=False, building__isnull=False, unit__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.street} {self.state}"


class ZoneDoubt(models.Model):
    """
    What a notice says and nobody is sure of: a name the register does not know, or characters that nothing read.

    scope, state, street   as the line would have them; scope None: characters that nothing read
    building, unit         as written, where the address goes so far
    names                  the register's own that it may mean: {"key", "text", "score", "why"}, best first
    settled_at             a person said what it means (lines then point at the same characters), or that it means none
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(ZoneNotice, models.CASCADE, related_name="doubts")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    why = models.CharField(max_length=40)
    scope = models.PositiveSmallIntegerField(choices=ZoneLine.Scope.choices, null=True)
    state = models.CharField(max_length=12, choices=Zone.choices, null=True)
    street = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    community = models.ForeignKey("places.Community", models.PROTECT, null=True, related_name="zone_doubts")
    building = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    names = models.JSONField(default=list)
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=200, blank=True)
    settled_as = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(name="zone_doubt_span", condition=Q(end__gt=F("start"))),)

    def __str__(self) -> str:
        return self.name or self.why
