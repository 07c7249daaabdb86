"""Beds, meals and kit for the crew. What is written here never touches relief stock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.crew.models import KitIssue, Lodging, Meal, Stay
from baogong.crew.services.duties import WRITERS, known
from baogong.journal.clock import house_day
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput

COUNT_MAX = 10_000


class KeepUnusable(UnusableInput):
    """A bed, a meal or a piece of kit that makes no sense."""

    code = "crew.keep-unusable"


class NoBed(BaogongError):
    """Every bed of the house is taken."""

    kind, code = Kind.CONFLICT, "crew.no-bed"


class LodgedAlready(BaogongError):
    """The person has a bed already."""

    kind, code = Kind.CONFLICT, "crew.lodged-already"


class MoreThanIssued(BaogongError):
    """More came back than was given out."""

    kind, code = Kind.REFUSED, "crew.more-than-issued"


@transaction.atomic
@recorded("crew.lodging-said")
def set_lodging(*, place: UUID, name: str, beds_count: int, actor: Actor, now: datetime) -> UUID:
    """A house where the place's crew sleeps has so many beds; said again it is another number. Returns its id."""
    actor.require(*WRITERS, at=place)
    known(others=[place])
    if not name.strip() or not 0 < beds_count <= COUNT_MAX:
        raise _unusable("A house has a name and beds.", f"{name}; {beds_count}", f"a name, 1 to {COUNT_MAX}")
    row, _ = Lodging.objects.update_or_create(
        place_id=place,
        name=name.strip()[:120],
        defaults={"beds_count": beds_count},
        create_defaults={"beds_count": beds_count, "said_at": now},
    )
    record(kind="crew.lodging-said", actor=actor, now=now, subject=place, data={"lodging": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.lodged")
def lodge(*, lodging: UUID, person: UUID, actor: Actor, now: datetime, request_id: UUID, room: str = "") -> UUID:
    """The person sleeps there from now on; returns the stay. Raises NoBed, LodgedAlready, NotYourPlace, RequestIdReused."""
    house = lock_row(Lodging.objects.all(), lodging)
    actor.require(*WRITERS, at=house.place_id)
    content = content_of(lodging=lodging, person=person, room=room)
    lock_word(f"crew {person}")
    earlier = made_before(Stay, request_id, content)
    if earlier is not None:
        return earlier.id
    known(persons=[person])
    held = Stay.objects.filter(person=person, until_at=None).select_related("lodging").first()
    if held is not None:
        raise LodgedAlready(
            f"This person has a bed in {held.lodging.name}. Nothing was written.",
            where=held.lodging.name,
            found=held.room,
            expected="one bed a person",
            cure="Let them move out there first.",
        )
    taken = Stay.objects.filter(lodging=house, until_at=None).count()
    if taken >= house.beds_count:
        raise NoBed(
            f"All {house.beds_count} beds of {house.name} are taken. Nothing was written.",
            where=house.name,
            found=taken,
            expected=f"fewer than {house.beds_count}",
            cure="Choose another house, or say that this one has more beds.",
        )
    row = Stay.objects.create(
        lodging=house,
        person_id=person,
        room=room.strip()[:40],
        from_at=now,
        by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(kind="crew.lodged", actor=actor, now=now, subject=person, data={"stay": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.moved-out")
def move_out(*, stay: UUID, actor: Actor, now: datetime) -> None:
    """The bed is free from now on. Sent again it changes nothing."""
    row = lock_row(Stay.objects.select_related("lodging"), stay)
    actor.require(*WRITERS, at=row.lodging.place_id)
    if row.until_at is None:
        row.until_at = max(now, row.from_at)
        row.save(update_fields=["until_at"])
    record(kind="crew.moved-out", actor=actor, now=now, subject=row.person_id, data={"stay": str(stay)})


@transaction.atomic
@recorded("crew.meal-served")
def serve_meal(*, place: UUID, which: str, day: date, persons: Collection[UUID], actor: Actor, now: datetime) -> int:
    """These got their meal; returns how many had not before: one meal of a kind a person and day. Raises KeepUnusable."""
    actor.require(*WRITERS, at=place)
    wanted = sorted(set(persons))
    known(persons=wanted, others=[place])
    if which not in Meal.Which.values or not wanted or abs(day - house_day(now)) > timedelta(days=1):
        raise _unusable(
            "Say which meal of today, and who got it.",
            f"{which}; {day}; {len(wanted)}",
            f"{', '.join(Meal.Which.values)}; {house_day(now)}",
        )
    before = Meal.objects.filter(day=day, which=which).count()
    Meal.objects.bulk_create(
        (
            Meal(person_id=person, place_id=place, day=day, which=which, served_at=now, by_name=actor.name)
            for person in wanted
        ),
        ignore_conflicts=True,
    )
    served = Meal.objects.filter(day=day, which=which).count() - before
    record(kind="crew.meal-served", actor=actor, now=now, subject=place, data={"which": which, "meals": served})
    return served


@transaction.atomic
@recorded("crew.kit-issued")
def issue_kit(
    *,
    place: UUID,
    person: UUID,
    thing: str,
    count: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    must_return: bool = False,
) -> UUID:
    """The person got things for the work; returns the issue. Raises KeepUnusable, NotYourPlace, RequestIdReused."""
    actor.require(*WRITERS, at=place)
    content = content_of(place=place, person=person, thing=thing, count=count, must_return=must_return)
    earlier = made_before(KitIssue, request_id, content)
    if earlier is not None:
        return earlier.id
    known(persons=[person], others=[place])
    if not thing.strip() or not 0 < count <= COUNT_MAX:
        raise _unusable("Say what was given out, and how many.", f"{thing}; {count}", f"a thing, 1 to {COUNT_MAX}")
    row = KitIssue.objects.create(
        place_id=place,
        person_id=person,
        thing=thing.strip()[:120],
        issued_count=count,
        must_return=must_return,
        issued_at=now,
        by_name=actor.name,
        request_id=request_id,
        content=content,
    )
    record(kind="crew.kit-issued", actor=actor, now=now, subject=person, data={"kit": str(row.id)})
    return row.id


@transaction.atomic
@recorded("crew.kit-came-back")
def take_back_kit(*, issue: UUID, returned_count: int, actor: Actor, now: datetime) -> None:
    """So many of it have come back in all; said again it changes nothing. Raises MoreThanIssued, NotYourPlace."""
    row = lock_row(KitIssue.objects.all(), issue)
    actor.require(*WRITERS, at=row.place_id)
    if not 0 <= returned_count <= row.issued_count:
        raise MoreThanIssued(
            f"{returned_count} came back of {row.issued_count} that were given out. Nothing was changed.",
            where=row.thing,
            found=returned_count,
            expected=f"0 to {row.issued_count}",
            cure="Count again.",
        )
    row.returned_count = returned_count
    row.save(update_fields=["returned_count"])
    record(kind="crew.kit-came-back", actor=actor, now=now, subject=row.person_id, data={"kit": str(issue)})


def _unusable(message: str, found: str, expected: str) -> KeepUnusable:
    return KeepUnusable(
        f"{message} Nothing was written.", where="crew", found=found, expected=expected, cure="Correct what is missing."
    )
