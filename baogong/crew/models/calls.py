"""Calls for people, who signed up, and who of them belongs to which employer and comes from which community."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Call(models.Model):
    """
    People are wanted at a place: whoever signs up before `closes_at` may be listed, and musters at `muster_at`.

    place      the community, sub-district or site they are wanted for
    works      codes of `Assignment.Work`, or other works in words
    closed_at  the list was closed by hand; past `closes_at` it is closed without that
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    works = ArrayField(models.CharField(max_length=60))
    people_count = models.PositiveIntegerField()
    closes_at = models.DateTimeField()
    muster_at = models.DateTimeField()
    muster_where = models.CharField(max_length=120)
    note = models.CharField(max_length=500, blank=True)
    opened_at = models.DateTimeField()
    opened_by_name = models.CharField(max_length=200)
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("place", "muster_at"), name="call_by_place"),)
        constraints = (
            models.CheckConstraint(name="call_closes_before_muster", condition=Q(closes_at__lte=F("muster_at"))),
            models.CheckConstraint(name="call_wants_somebody", condition=Q(people_count__gt=0)),
        )

    def __str__(self) -> str:
        return self.title


class Member(models.Model):
    """One person of the crew: one employer, and the community they live in."""

    person = models.OneToOneField("people.Party", models.PROTECT, primary_key=True, related_name="+")
    employer = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    home = models.CharField(max_length=200, blank=True)  # as written: it need not be a community of this house
    since_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("employer",), name="member_by_employer"),)

    def __str__(self) -> str:
        return str(self.person_id)


class SignUp(models.Model):
    """One person's answer to a call."""

    class State(models.TextChoices):
        SIGNED = "SIGNED", "Signed up"
        LISTED = "LISTED", "On the list"
        DECLINED = "DECLINED", "Not on the list"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    call = models.ForeignKey(Call, models.PROTECT, related_name="sign_ups")
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    employer_text = models.CharField(max_length=200, blank=True)  # as it was typed; who is meant, the member says
    works = ArrayField(models.CharField(max_length=60))
    note = models.CharField(max_length=240, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SIGNED)
    by_link = models.BooleanField(default=False)
    signed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=240, blank=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint("call", "person", name="sign_up_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"


class Wanted(models.Model):
    """How many are wanted for a work at a place from when to when. Said again for the same hours it is another number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    work = models.CharField(max_length=60)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    people_count = models.PositiveIntegerField()
    said_at = models.DateTimeField()
    said_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = (
            models.CheckConstraint(name="wanted_ends_after", condition=Q(end_at__gt=F("start_at"))),
            models.UniqueConstraint("place", "start_at", "end_at", "work", name="wanted_once"),
        )

    def __str__(self) -> str:
        return f"{self.people_count} × {self.work}"
