"""Live lessons for merchants: announced by the district's office, with who put their name down and who was there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.orders.models import Lesson, LessonSeat, Shop
from baogong.orders.services.shops import OFFICE, require_keeper
from baogong.orders.shop_errors import LessonOver, ShopUnusable


@transaction.atomic
@recorded("orders.lesson.announced")
def announce_lesson(
    *,
    office: UUID,
    title: str,
    teacher: str,
    where: str,
    from_at: datetime,
    until_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A lesson stands in the calendar of every shop of the district.

    where  the address of the broadcast, or the room
    Raises NotYourPlace, ShopUnusable, RequestIdReused.
    """
    actor.require(*OFFICE, at=office)
    asked = content_of(office=office, title=title, teacher=teacher, where=where, from_at=from_at, until_at=until_at)
    made = made_before(Lesson, request_id, asked)
    if made is not None:
        return made.id
    problems = [
        f"{name}: 1 to {most} characters"
        for name, text, most in (("title", title, 120), ("teacher", teacher, 60), ("where", where, 200))
        if not 0 < len(text.strip()) <= most
    ]
    if not now < until_at or not from_at < until_at:
        problems.append("from_at: before its end, which is to come")
    if problems:
        raise ShopUnusable(
            f"The lesson cannot be announced so; nothing was written. Needed are {'; '.join(problems)}.",
            where=problems[0].split(":")[0], found=len(problems), expected="; ".join(problems), cure="Correct what is named.",
        )  # fmt: skip
    lesson = Lesson.objects.create(
        id=new_id(), office_id=office, title=title.strip(), teacher=teacher.strip(), where=where.strip(), from_at=from_at,
        until_at=until_at, made_at=now, request_id=request_id, content=asked,
    )  # fmt: skip
    record(kind="orders.lesson.announced", actor=actor, now=now, subject=lesson.id, data={"from_at": from_at})
    return lesson.id


@transaction.atomic
@recorded("orders.lesson.called-off")
def call_off_lesson(*, lesson: UUID, actor: Actor, now: datetime) -> None:
    """It does not take place; calendars that read it say so. Raises NotYourPlace, LessonOver."""
    row = lock_row(Lesson.objects.all(), lesson)
    actor.require(*OFFICE, at=row.office_id)
    _refuse_over(row, now)
    row.called_off_at = now
    row.save(update_fields=["called_off_at"])
    record(kind="orders.lesson.called-off", actor=actor, now=now, subject=lesson)


@transaction.atomic
@recorded("orders.lesson.put-down")
def put_down(*, lesson: UUID, shop: UUID, comes: bool, actor: Actor, now: datetime) -> None:
    """A merchant puts the shop's name down for a lesson, or takes it off again. Raises NotYourPlace, LessonOver."""
    row = lock_row(Lesson.objects.all(), lesson)
    at = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, at.pk, at.office_id)
    _refuse_over(row, now)
    if comes:
        LessonSeat.objects.update_or_create(lesson=row, shop=at, defaults={"put_down_at": now})
    else:
        LessonSeat.objects.filter(lesson=row, shop=at, attended_at=None).delete()
    record(
        kind="orders.lesson.put-down", actor=actor, now=now, subject=lesson, data={"shop": str(shop), "comes": comes}
    )


@transaction.atomic
@recorded("orders.lesson.attended")
def take_attendance(*, lesson: UUID, shops: Collection[UUID], actor: Actor, now: datetime) -> int:
    """
    These shops of the district were there, whether their name was down or not; the others were not. How many were.

    Taken again, the later list counts. Raises NotYourPlace, LessonOver (called off, or yet to begin).
    """
    row = lock_row(Lesson.objects.all(), lesson)
    actor.require(*OFFICE, at=row.office_id)
    if row.called_off_at is not None or now < row.from_at:
        raise LessonOver(
            "Attendance is taken of a lesson that has begun and was not called off; nothing was written.",
            where=row.title, found=row.from_at.isoformat(timespec="minutes"), expected="a lesson that has begun",
            cure="Take it when the lesson has begun.",
        )  # fmt: skip
    there = list(Shop.objects.filter(pk__in=shops, office=row.office_id).order_by("pk"))
    LessonSeat.objects.filter(lesson=row).exclude(shop__in=there).update(attended_at=None)
    for shop in there:
        LessonSeat.objects.update_or_create(lesson=row, shop=shop, defaults={"attended_at": now})
    record(kind="orders.lesson.attended", actor=actor, now=now, subject=lesson, data={"shops": len(there)})
    return len(there)


def _refuse_over(row: Lesson, now: datetime) -> None:
    if row.called_off_at is None and now < row.until_at:
        return
    raise LessonOver(
        "This lesson is over, or was called off; nothing was changed.",
        where=row.title, found=row.until_at.isoformat(timespec="minutes"), expected="a lesson to come",
        cure="Choose another from the calendar.",
    )  # fmt: skip
