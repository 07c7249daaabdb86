"""A courier's telephone, and what it has told the book."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Device(models.Model):
    """
    One telephone of one person for one shift at one station. The token itself is nowhere kept.

    It reads that person's rounds of `[from_at, until_at)`; for a day after, it may only tell what it did.

    retired_at  from then on it reads nothing and still tells what it did: another took its place, or it was given back
    revoked_at  from then on it opens nothing at all: lost or stolen
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    free_at = models.DateTimeField(null=True)  # "I am free", by its own clock

    class Meta:
        indexes = (models.Index(fields=("station", "from_at"), name="device_by_station"),)
        constraints = (models.CheckConstraint(name="device_shift", condition=Q(until_at__gt=F("from_at"))),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.from_at:%Y-%m-%d %H:%M}"


class SyncedAct(models.Model):
    """
    One act as a telephone told it, under the telephone's own id: told again it changes nothing. Never edited but for who
    has seen it.

    answer  what came of it; `told` is the answer as it was sent. All but TAKEN and KNOWN wait for a keeper's look
    given   all it carried but its evidence, as the telephone said it; of what was not written, the evidence is in `pieces`
    """

    class Answer(models.TextChoices):
        TAKEN = "TAKEN", "Taken"  # written as told
        KNOWN = "KNOWN", "Known"  # the book knew that already
        LATE = "LATE", "Late"  # written, though the parcel was planned for somebody else meanwhile
        UNFIT = "UNFIT", "Unfit"  # written, though the courier's pass or test had run out when it was taken
        CONFLICT = "CONFLICT", "Conflict"  # somebody else had done it
        REFUSED = "REFUSED", "Refused"

    id = models.UUIDField(primary_key=True, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=12)
    parcel = models.ForeignKey("delivery.Parcel", models.PROTECT, null=True, related_name="+")
    at_device = models.DateTimeField()
    at = models.DateTimeField()
    answer = models.CharField(max_length=8, choices=Answer.choices)
    told = models.JSONField()
    given = models.JSONField(default=dict)
    content_hash = models.BinaryField(max_length=32)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (
            models.Index(
                fields=("at",),
                name="synced_unseen",
                condition=Q(answer__in=("LATE", "UNFIT", "CONFLICT", "REFUSED"), seen_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.answer}"


class SyncedPiece(models.Model):
    """
    What a telephone showed with an act that was not written: kept until the keeper accepts the act, so that no proof is lost.

    payload  a picture without what it says of its place and maker, or the strokes of a signature
    """

    act = models.ForeignKey(SyncedAct, models.CASCADE, related_name="pieces")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    text = models.TextField(blank=True)
    by_name = models.CharField(max_length=200, blank=True)
    payload = models.BinaryField(null=True)
    at_device = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("act", "number", name="synced_piece_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.act_id}"


class RunOut(models.Model):
    """
    A courier's shift ran out, or a proof lapsed, while goods were in hand: told once, until it is over.

    lacks     kinds of proof that were not there (`crewing.KINDS_OF_PROOF`), never what one of them said
    from_at   since when, as far as that is known; else when it was noticed
    ended_at  the goods were back, or the proof there
    """

    class What(models.TextChoices):
        SHIFT = "SHIFT", "Shift"
        PROOF = "PROOF", "Proof"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    station = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    what = models.CharField(max_length=5, choices=What.choices)
    lacks = models.JSONField(default=list)
    from_at = models.DateTimeField()
    told_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("person", "station", "what", name="run_out_told_once", condition=Q(ended_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.person_id}"
