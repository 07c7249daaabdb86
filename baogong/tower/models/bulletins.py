"""A day's bulletin: taken out of the book once, given words, published, and never changed again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baogong.kernel.ids import new_id


class Bulletin(models.Model):
    """
    One version of one day's bulletin for one kind of reader.

    day           of the house's own zone, from midnight to midnight
    content       figures and facts, as the very text that was hashed; never edited
    upto_seq      the last line of the book it was taken from; what is written later is a later correction
    hash          of what was or will be published: content, words, and why there is another version
    why           of a version beyond the first: what changed, and why
    document      the paper under which it is, or was to be, published
    """

    class State(models.TextChoices):
        DRAWN = "DRAWN", "Drawn"
        WAITING = "WAITING", "Waits for the second signature"
        PUBLISHED = "PUBLISHED", "Published"
        DROPPED = "DROPPED", "Drawn again"

    class Audience(models.TextChoices):
        PUBLIC = "PUBLIC", "Everyone"
        SUPERIORS = "SUPERIORS", "Superiors"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    audience = models.CharField(max_length=12, choices=Audience.choices)
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAWN)
    content = models.TextField()
    content_hash = models.BinaryField(max_length=32)
    upto_seq = models.BigIntegerField()
    why = models.CharField(max_length=500, blank=True)
    words_zh = models.TextField(blank=True)
    words_en = models.TextField(blank=True)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    drawn_by_name = models.CharField(max_length=120)
    document = models.UUIDField(null=True)
    hash = models.BinaryField(max_length=32, null=True)
    published_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(unique=True, editable=False)
    request_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "day", "audience", "version", name="bulletin_version_once", condition=~Q(state="DROPPED")
            ),
            models.CheckConstraint(
                name="bulletin_published_whole",
                condition=Q(state="PUBLISHED", published_at__isnull=False, hash__isnull=False, document__isnull=False)
                | (~Q(state="PUBLISHED") & Q(published_at=None)),
            ),
            models.CheckConstraint(name="bulletin_says_why_again", condition=Q(version=1) | ~Q(why="")),
        )
        indexes = (models.Index(fields=("-day", "audience", "-version"), name="bulletin_days"),)

    def __str__(self) -> str:
        return f"{self.day} {self.audience} {self.version}"
