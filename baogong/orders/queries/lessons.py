"""What a merchant has still to learn: the first steps, from what was really done, and the calendar of live lessons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from baogong.orders.models import Lesson, LessonSeat, Shop, ShopDay, ShopOrder, ShopOrderLine, ShopPack, ShopPhoto

LESSONS_MAX = 100
SHOWN_AFTER = timedelta(days=14)
STEPS = ("PAGE", "PHOTO", "PACK", "DAY", "ORDER", "PICKED", "HANDED_OVER", "TOMORROW", "LESSON")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the first lesson; done where the book shows that it was."""

    name: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class LessonView:
    id: UUID
    office: UUID
    title: str
    teacher: str
    where: str
    from_at: datetime
    until_at: datetime
    called_off_at: datetime | None
    put_down: int
    attended: int
    is_put_down: bool = False
    was_there: bool = False

    def is_over(self, now: datetime) -> bool:
        return self.called_off_at is not None or self.until_at <= now

    def has_begun(self, now: datetime) -> bool:
        return self.from_at <= now


def first_lesson(shop: UUID) -> tuple[Step, ...]:
    """Each step by what stands in the book, not by what was clicked; one query."""
    own = {"shop": OuterRef("pk")}
    lines = ShopOrderLine.objects.filter(order__day__shop=OuterRef("pk"))
    done = (
        Shop.objects.filter(pk=shop)
        .annotate(
            PHOTO=Exists(ShopPhoto.objects.filter(**own)),
            PACK=Exists(ShopPack.objects.filter(**own)),
            DAY=Exists(ShopDay.objects.filter(**own)),
            ORDER=Exists(ShopOrder.objects.filter(day__shop=OuterRef("pk"))),
            PICKED=Exists(ShopOrder.objects.filter(day__shop=OuterRef("pk"), picked_at__isnull=False)),
            HANDED_OVER=Exists(lines.filter(state=ShopOrderLine.State.HANDED_OVER)),
            TOMORROW=Exists(ShopDay.objects.filter(copied_from__isnull=False, **own)),
            LESSON=Exists(LessonSeat.objects.filter(attended_at__isnull=False, **own)),
        )
        .values(*STEPS[1:])
        .first()
    )
    return tuple(Step(name, done is not None and bool(done.get(name, True))) for name in STEPS)


def lessons(office: UUID, now: datetime, *, shop: UUID | None = None) -> tuple[LessonView, ...]:
    """A district's, the next first, those of the last fortnight too; of one shop, whether it comes and was there."""
    rows = Lesson.objects.filter(office=office, until_at__gt=now - SHOWN_AFTER)
    rows = rows.annotate(
        put_down=Count("seats__shop", filter=Q(seats__put_down_at__isnull=False)),
        attended=Count("seats__shop", filter=Q(seats__attended_at__isnull=False)),
    )
    seats = {seat.lesson_id: seat for seat in LessonSeat.objects.filter(shop=shop)} if shop is not None else {}
    found = []
    for row in rows.order_by("from_at", "id")[:LESSONS_MAX]:
        seat = seats.get(row.id)
        found.append(
            LessonView(
                row.id, row.office_id, row.title, row.teacher, row.where, row.from_at, row.until_at, row.called_off_at,
                row.put_down, row.attended,
                seat is not None and seat.put_down_at is not None,
                seat is not None and seat.attended_at is not None,
            )
        )  # fmt: skip
    return tuple(found)


def office_of(lesson: UUID) -> UUID | None:
    """Whose lesson it is; None: there is none."""
    return Lesson.objects.filter(pk=lesson).values_list("office", flat=True).first()


def seats_of(lesson: UUID) -> dict[UUID, tuple[bool, bool]]:
    """Shop → whether its name was down, whether it was there."""
    rows = LessonSeat.objects.filter(lesson=lesson).values_list("shop", "put_down_at", "attended_at")
    return {shop: (down is not None, there is not None) for shop, down, there in rows}
