"""Beds, meals and kit for the crew. What is written here never touches relief: kit comes off a place's own shelf, or off none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.crew.models import KitIssue, KitPart, Lodging, Meal, Stay
from baogong.crew.queries.keep import own_lots
from baogong.crew.services.duties import WRITERS, known
from baogong.journal.clock import house_day
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State

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


class NotEnoughOwn(BaogongError):
    """The shelf has less that is the place's own."""

    kind, code = Kind.REFUSED, "crew.not-enough-own"


class BackOnTheShelf(BaogongError):
    """What stands on the shelf again is not out any more."""

    kind, code = Kind.CONFLICT, "crew.back-on-the-shelf"


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
@recorded("crew.kit-issued")
def issue_from_stock(
    *,
    place: UUID,
    person: UUID,
    item: UUID,
    count: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    shelf: UUID | None = None,
    must_return: bool = False,
) -> UUID:
    """
    The person got so many base units off a shelf, by a movement in the book; returns the issue.

    shelf        who has the stock; None: the place. Only its own goods (`queries.own_stock`), the first to expire first
    must_return  it stays the shelf's own (LENT, at the place) until it comes back; else it is used up by the work (USED)
    Raises KeepUnusable, NotEnoughOwn, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    holder = _shelf_of(place, shelf, actor)
    content = content_of(place=place, person=person, item=item, count=count, must_return=must_return, shelf=holder)
    earlier = made_before(KitIssue, request_id, content)
    if earlier is not None:
        return earlier.id
    (row,) = _give_out({person: request_id}, place, holder, item, count, must_return, content, actor, now)
    record(
        kind="crew.kit-issued",
        actor=actor,
        now=now,
        subject=person,
        data={"kit": str(row.id), "item": str(item), "shelf": str(holder), "amount": count},
    )
    return row.id


@transaction.atomic
@recorded("crew.kit-issued-to-all")
def issue_to_all(
    *,
    place: UUID,
    persons: Collection[UUID],
    item: UUID,
    each: int,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    shelf: UUID | None = None,
    must_return: bool = False,
) -> int:
    """
    Each of these got so many base units off a shelf, as by `issue_from_stock`, all of them or nobody; returns how many people.

    Raises KeepUnusable for nobody, and what `issue_from_stock` raises; none leaves a trace.
    """
    holder = _shelf_of(place, shelf, actor)
    wanted = sorted(set(persons))
    if not 0 < len(wanted) <= COUNT_MAX:
        raise _unusable("Say who gets it.", str(len(wanted)), f"1 to {COUNT_MAX} people")
    content = content_of(
        place=place,
        persons=[str(person) for person in wanted],
        item=item,
        count=each,
        must_return=must_return,
        shelf=holder,
    )
    requests = {person: derived_id(request_id, "kit", person) for person in wanted}
    if made_before(KitIssue, requests[wanted[0]], content) is not None:
        return len(wanted)
    _give_out(requests, place, holder, item, each, must_return, content, actor, now)
    record(
        kind="crew.kit-issued-to-all",
        actor=actor,
        now=now,
        subject=place,
        data={"item": str(item), "shelf": str(holder), "people": len(wanted), "amount": each * len(wanted)},
    )
    return len(wanted)


def _shelf_of(place: UUID, shelf: UUID | None, actor: Actor) -> UUID:
    """Who has the stock; both are the actor's to write for."""
    holder = shelf or place
    for where in (place, holder):
        actor.require(*WRITERS, at=where)
    return holder


def _give_out(
    requests: Mapping[UUID, UUID],
    place: UUID,
    holder: UUID,
    item: UUID,
    each: int,
    must_return: bool,
    content: UUID,
    actor: Actor,
    now: datetime,
) -> list[KitIssue]:
    """So many to each person, by one batch of movements; `requests` person → request."""
    known(persons=list(requests), others=[place, holder])
    thing = catalogue.item(item)
    if not 0 < each <= COUNT_MAX or thing.unit == "FEN":
        raise _unusable("Say what was given out, and how many.", f"{thing.name_zh}; {each}", f"1 to {COUNT_MAX}")
    lock_word(f"kit {holder}")  # one after the other: two at once would both see the last of it
    own = own_lots(holder, place=place, items=[item])
    free, count = sum(view.free for view in own), each * len(requests)
    if free < count:
        raise NotEnoughOwn(
            f"{free} of this stand free as the place's own; {count} were to be given out. Nothing was written.",
            where=thing.name_zh,
            found=count,
            expected=f"at most {free}",
            cure="Relief, gifts and others' goods are never the crew's kit: buy or count in the place's own first.",
        )
    rows = KitIssue.objects.bulk_create(
        KitIssue(
            place_id=place,
            person_id=person,
            thing=thing.name_zh[:120],
            item_id=item,
            shelf_id=holder,
            issued_count=each,
            must_return=must_return,
            issued_at=now,
            by_name=actor.name,
            request_id=request_id,
            content=content,
        )
        for person, request_id in requests.items()
    )
    target = AccountRef(place, State.LENT if must_return else State.USED)
    lots = iter(own)
    view = next(lots)
    left_in_lot = view.free
    lines, parts = [], []
    for row in rows:
        left = each
        while left:
            if not left_in_lot:
                view = next(lots)
                left_in_lot = view.free
            amount = min(left, left_in_lot)
            line = ledger.post_line(view.ref, target, view.lot.id, amount)
            lines.append(line)
            parts.append(KitPart(issue=row, lot=line.lot, movement=line.id, amount=line.amount))
            left, left_in_lot = left - amount, left_in_lot - amount
    ledger.post(
        lines=lines,
        actor=actor,
        reason=Reason.LOAN if must_return else Reason.USE,
        document=None,
        request_id=derived_id(rows[0].request_id, "kit"),
        now=now,
    )
    KitPart.objects.bulk_create(parts)
    return rows


@transaction.atomic
@recorded("crew.kit-came-back")
def take_back_kit(*, issue: UUID, returned_count: int, actor: Actor, now: datetime) -> None:
    """
    So many of it have come back in all; said again it changes nothing. What came off a shelf stands there again.

    Raises MoreThanIssued, BackOnTheShelf, NotYourPlace.
    """
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
    if row.item_id is not None:
        _put_back(row, returned_count, actor, now)
    row.returned_count = returned_count
    row.save(update_fields=["returned_count"])
    record(kind="crew.kit-came-back", actor=actor, now=now, subject=row.person_id, data={"kit": str(issue)})


def _put_back(row: KitIssue, returned_count: int, actor: Actor, now: datetime) -> None:
    """What came back since the last word stands on its shelf again, the lots that left last first."""
    more = returned_count - row.returned_count
    if more < 0:
        raise BackOnTheShelf(
            f"{row.returned_count} of it stand on the shelf again; fewer cannot have come back. Nothing was changed.",
            where=row.thing,
            found=returned_count,
            expected=f"{row.returned_count} to {row.issued_count}",
            cure="Give the others out anew.",
        )
    source = AccountRef(row.place_id, State.LENT if row.must_return else State.USED)
    assert row.shelf_id is not None
    lines = []
    for part in row.parts.order_by("-movement"):
        back = min(more, part.amount - part.returned)
        if back:
            lines.append(ledger.post_line(source, AccountRef(row.shelf_id, State.AVAILABLE), part.lot, back))
            part.returned += back
            part.save(update_fields=["returned"])
            more -= back
    if lines:
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.RETURN,
            document=None,
            request_id=derived_id(row.request_id, "back", returned_count),
            now=now,
        )


def _unusable(message: str, found: str, expected: str) -> KeepUnusable:
    return KeepUnusable(
        f"{message} Nothing was written.", where="crew", found=found, expected=expected, cure="Correct what is missing."
    )
