"""Live lessons for merchants: the calendar of a district, and who put the name down and was there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Moment
from baogong.api.v1.requests import Key, MadeOut, made, once
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.orders.queries import lessons as lessons_
from baogong.orders.queries import shops as shops_
from baogong.orders.services import lessons as lessons_services
from baogong.orders.services.shops import OFFICE

router = Router(tags=["shops"])

HANDS = (*OFFICE, Duty.KEEPER)


class LessonOut(Schema):
    """`put_down`, `attended`: how many shops' names are down, and how many were there."""

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


class LessonList(Schema):
    items: list[LessonOut]


class LessonSeatOut(Schema):
    shop: UUID
    shop_name: str
    is_put_down: bool
    was_there: bool


class LessonDetailOut(LessonOut):
    seats: list[LessonSeatOut]


class LessonIn(Schema):
    """`where`: the address of the broadcast, or the room."""

    office: UUID
    title: str = Field(min_length=1, max_length=120)
    teacher: str = Field(min_length=1, max_length=60)
    where: str = Field(min_length=1, max_length=200)
    from_at: Moment
    until_at: Moment


class LessonNameIn(Schema):
    """`comes` false: the shop's name is taken off again."""

    shop: UUID
    comes: bool = True


class AttendanceIn(Schema):
    """Shops of the district that were there; the others were not."""

    shops: list[UUID] = Field(max_length=shops_.SHOPS_MAX)


@router.post("", response={201: MadeOut}, operation_id="lesson_announce")
def lesson_announce(request: HttpRequest, key: Key, given: LessonIn) -> Status[dict[str, UUID]]:
    """It stands in the calendar of every shop of the district."""
    return made(request, key, lessons_services.announce_lesson, given, request_id=key)


@router.get("", response=LessonList, operation_id="lesson_list")
def lesson_list(request: HttpRequest) -> dict[str, Any]:
    """Of the districts whose shops the caller sees, the next first; those of the last fortnight too."""
    who = caller(request)
    offices = sorted({one.office for one in shops_.shops(ids=who.sites(*HANDS))})
    found = [one for office in offices for one in lessons_.lessons(office, who.now)]
    return {"items": sorted(found, key=lambda one: (one.from_at, one.id))}


@router.post("/{lesson}/attendance", response=LessonDetailOut, operation_id="lesson_take_attendance")
def lesson_take_attendance(request: HttpRequest, lesson: UUID, key: Key, given: AttendanceIn) -> dict[str, Any]:
    """Who was there, of a lesson that has begun; taken again, the later list counts."""
    who = caller(request)

    def taken() -> None:
        lessons_services.take_attendance(lesson=lesson, shops=given.shops, actor=who.actor, now=who.now)

    once(request, key, taken, given)
    return lesson_get(request, lesson)


@router.post("/{lesson}/call-off", response=LessonDetailOut, operation_id="lesson_call_off")
def lesson_call_off(request: HttpRequest, lesson: UUID, key: Key) -> dict[str, Any]:
    """It does not take place; calendars that read it say so."""
    who = caller(request)
    once(request, key, lambda: lessons_services.call_off_lesson(lesson=lesson, actor=who.actor, now=who.now))
    return lesson_get(request, lesson)


@router.post("/{lesson}/names", response=LessonSeatOut, operation_id="lesson_put_down")
def lesson_put_down(request: HttpRequest, lesson: UUID, key: Key, given: LessonNameIn) -> dict[str, Any]:
    """A merchant's name is put down for a lesson to come, or taken off again."""
    who = caller(request)

    def put() -> None:
        lessons_services.put_down(lesson=lesson, shop=given.shop, comes=given.comes, actor=who.actor, now=who.now)

    once(request, key, put, given)
    down, there = lessons_.seats_of(lesson).get(given.shop, (False, False))
    return {"shop": given.shop, "shop_name": shops_.shop(given.shop).name, "is_put_down": down, "was_there": there}


@router.get("/{lesson}", response=LessonDetailOut, operation_id="lesson_get")
def lesson_get(request: HttpRequest, lesson: UUID) -> dict[str, Any]:
    """With the attendance, shop by shop: for the district's office."""
    who, office = caller(request), lessons_.office_of(lesson)
    if office is not None:
        who.require(*OFFICE, at=office)
    found = [one for one in lessons_.lessons(office, who.now) if one.id == lesson] if office else []
    if not found:
        raise NotFound("There is no such lesson.", where=str(lesson), cure="Choose it from the calendar.")
    seats = lessons_.seats_of(lesson)
    told = []
    for shop in shops_.shops(office=office):
        down, there = seats.get(shop.id, (False, False))
        told.append({"shop": shop.id, "shop_name": shop.name, "is_put_down": down, "was_there": there})
    return {name: getattr(found[0], name) for name in LessonOut.model_fields} | {"seats": told}
