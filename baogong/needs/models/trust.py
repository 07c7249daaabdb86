"""Why a need may be believed: whom one rang, what was found, who said it still holds, which needs are one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Contact(models.Model):
    """
    A number of a receiver's, to ring back.

    A published one (a switchboard, an office in an official notice) stands here with where it was found; a person's own
    is personal data and stands enciphered in the people room.
    """

    class Kind(models.TextChoices):
        PUBLISHED = "PUBLISHED", "Published number"
        PERSON = "PERSON", "A person's own"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receiver = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=80)  # the function: switchboard, equipment department; never a name
    number = models.CharField(max_length=40, blank=True)
    found_at = models.CharField(max_length=240, blank=True)  # the notice or page that prints it
    datum = models.UUIDField(null=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["receiver"], name="contact_of_receiver"),)
        constraints = (
            models.CheckConstraint(
                name="contact_number_follows_kind",
                condition=(Q(kind="PUBLISHED", datum=None) & ~Q(number="") & ~Q(found_at=""))
                | Q(kind="PERSON", number="", datum__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class Check(models.Model):
    """One attempt to verify a need: how, by whom, when, and what came of it. Never edited."""

    class Outcome(models.TextChoices):
        VERIFIED = "VERIFIED", "It is as asked"
        UNREACHED = "UNREACHED", "Nobody could be reached"
        WRONG = "WRONG", "Something in it is wrong"
        FAKE = "FAKE", "The receiver knows nothing of it"

    class How(models.TextChoices):
        RANG_BACK = "RANG_BACK", "Rang back a published number"
        RANG_PERSON = "RANG_PERSON", "Rang the person who asked"
        SAW_PROOF = "SAW_PROOF", "Saw the letter and its seal"
        VISITED = "VISITED", "Was there"
        OWN_NOTICE = "OWN_NOTICE", "The receiver's own notice"
        ON_A_LIST = "ON_A_LIST", "A reviewed list"
        KEPT_ENDED = "KEPT_ENDED", "The need it counted under has ended"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    content = models.UUIDField(editable=False)
    need = models.ForeignKey("needs.Need", models.PROTECT, related_name="checks")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    how = models.CharField(max_length=12, choices=How.choices)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    proof = models.UUIDField(null=True)  # the document seen
    why = models.CharField(max_length=240, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=["need", "at"], name="check_of_need"),)
        constraints = (
            models.CheckConstraint(
                name="check_says_why", condition=Q(outcome__in=("VERIFIED", "UNREACHED")) | ~Q(why="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.outcome} {self.how}"


class Renewal(models.Model):
    """One answer to “still needed?”: the need's freshness has a history. Never edited."""

    class Answer(models.TextChoices):
        STILL = "STILL", "Still needed"
        CHANGED = "CHANGED", "Another amount"
        NO_LONGER = "NO_LONGER", "No longer"

    class Way(models.TextChoices):
        LINK = "LINK", "The receiver, by private link"
        PHONE = "PHONE", "By telephone"
        OFFICE = "OFFICE", "The office"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    content = models.UUIDField(editable=False)
    need = models.ForeignKey("needs.Need", models.PROTECT, related_name="renewals")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    before = models.PositiveBigIntegerField(null=True)
    after = models.PositiveBigIntegerField(null=True)
    note = models.CharField(max_length=240, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=200)
    fresh_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["need", "at"], name="renewal_of_need"),)

    def __str__(self) -> str:
        return f"{self.answer} {self.way}"


class Ringing(models.Model):
    """Who is on the telephone to a receiver until when, and when to try again: two clerks never ring one house at once."""

    receiver = models.OneToOneField("people.Party", models.CASCADE, primary_key=True, related_name="+")
    by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    until_at = models.DateTimeField()
    again_at = models.DateTimeField(null=True)
    unreached_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.receiver_id} {self.until_at:%H:%M}"


class Tie(models.Model):
    """
    What a person said of two needs: the same need, one a part of the other, or two.

    need     for SAME the double, for PART the part
    other    for SAME the one that counts, for PART the whole
    grounds  what the person saw who decided, a list of codes
    """

    class Kind(models.TextChoices):
        SAME = "SAME", "The same need"
        PART = "PART", "A part of it"
        DIFFERENT = "DIFFERENT", "Two needs"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request_id = models.UUIDField(unique=True, editable=False)
    content = models.UUIDField(editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    need = models.ForeignKey("needs.Need", models.PROTECT, related_name="ties_up")
    other = models.ForeignKey("needs.Need", models.PROTECT, related_name="ties_down")
    grounds = models.JSONField(default=list)
    why = models.CharField(max_length=240, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    undone_why = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(name="tie_two_needs", condition=~Q(need=F("other"))),
            models.UniqueConstraint(
                "need", name="tie_upwards_once", condition=Q(undone_at=None, kind__in=("SAME", "PART"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.need_id} {self.kind} {self.other_id}"
