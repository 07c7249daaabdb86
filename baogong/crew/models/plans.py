"""Who is planned where, who stood at the roll call, who was let in and who was not."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Assignment(models.Model):
    """
    One person planned for one work at one place in `[start_at, end_at)`. What was really worked is a `Shift`.

    work           a code of `Work`, or other work in words
    stands_in_for  the assignment whose person could not; that one ended where this begins
    """

    class Work(models.TextChoices):
        DELIVER = "DELIVER", "Deliver"
        REGISTER_TESTS = "REGISTER_TESTS", "Register tests"
        KEEP_ORDER = "KEEP_ORDER", "Keep order"
        CARRY_WASTE = "CARRY_WASTE", "Carry waste"

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    work = models.CharField(max_length=60)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    stands_in_for = models.OneToOneField("self", models.PROTECT, null=True, related_name="stand_in")
    made_at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    why = models.CharField(max_length=240, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (
            models.Index(fields=("place", "start_at"), name="assignment_by_place"),
            models.Index(fields=("person", "start_at"), name="assignment_by_person"),
        )
        constraints = (models.CheckConstraint(name="assignment_ends_after", condition=Q(end_at__gt=F("start_at"))),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.work} {self.start_at:%Y-%m-%d %H:%M}"


class RollCall(models.Model):
    """Everybody expected at a place answered for, once. With a `call`: its muster."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    call = models.ForeignKey("crew.Call", models.PROTECT, null=True, related_name="roll_calls")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("place", "at"), name="roll_call_by_place"),)

    def __str__(self) -> str:
        return f"{self.place_id} {self.at:%Y-%m-%d %H:%M}"


class RollAnswer(models.Model):
    """One person at one roll call."""

    class Answer(models.TextChoices):
        PRESENT = "PRESENT", "Present"
        ABSENT = "ABSENT", "Absent"
        EXCUSED = "EXCUSED", "Excused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    roll_call = models.ForeignKey(RollCall, models.PROTECT, related_name="answers")
    person = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    answer = models.CharField(max_length=12, choices=Answer.choices)

    class Meta:
        constraints = (models.UniqueConstraint("roll_call", "person", name="roll_answer_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.answer}"


class Entry(models.Model):
    """
    Somebody at the gate: let in, refused, or let out. Written in each case, and never edited.

    person    None where what was told names nobody who may come here; `told` then keeps what was said
    reasons   codes of what was missing; empty where the person was let in
    """

    class Way(models.TextChoices):
        IN = "IN", "In"
        OUT = "OUT", "Out"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Party", models.PROTECT, null=True, related_name="+")
    told = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=4, choices=Way.choices)
    was_allowed = models.BooleanField()
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    fit_until = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        indexes = (models.Index(fields=("place", "person", "at"), name="entry_by_place"),)
        constraints = (
            models.CheckConstraint(
                name="entry_refused_for_a_reason",
                condition=Q(was_allowed=True, reasons=[], person__isnull=False)
                | (Q(was_allowed=False) & ~Q(reasons=[])),
            ),
        )

    def __str__(self) -> str:
        return f"{self.way} {self.at:%Y-%m-%d %H:%M}"
