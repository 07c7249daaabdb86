"""Lessons for merchants: live ones with a calendar, who put their name down, who was there."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baogong.kernel.ids import new_id


class Lesson(models.Model):
    """One live lesson. `where`: the address of the broadcast, or the room."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    office = models.ForeignKey("people.Party", models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    teacher = models.CharField(max_length=60)
    where = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    request_id = models.UUIDField(unique=True)
    content = models.UUIDField()

    class Meta:
        constraints = (models.CheckConstraint(name="lesson_ends", condition=Q(until_at__gt=F("from_at"))),)

    def __str__(self) -> str:
        return self.title


class LessonSeat(models.Model):
    """A shop at a lesson: put down beforehand, there, or both."""

    pk = models.CompositePrimaryKey("lesson_id", "shop_id")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="seats", db_index=False)
    shop = models.ForeignKey("orders.Shop", models.PROTECT, related_name="+")
    put_down_at = models.DateTimeField(null=True)
    attended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.shop_id} at {self.lesson_id}"
