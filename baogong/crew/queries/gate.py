"""The gate and the roll as others read them: who went in, who was refused and why, who is there, who answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from baogong.crew.models import Entry, Pass, RollAnswer, RollCall, SignUp, Temperature
from baogong.crew.queries.plans import here, people_of, running
from baogong.engine.sheets.names import fold
from baogong.journal.clock import house_day
from baogong.kernel.errors import NotFound
from baogong.people.queries.parties import party_names

MOMENT = timedelta(microseconds=1)  # who goes at midnight was not there on the day that begins


class EntryNotThere(NotFound):
    code = "crew.entry-not-there"


class RollCallNotThere(NotFound):
    code = "crew.roll-call-not-there"


@dataclass(frozen=True, slots=True)
class EntryView:
    """What happened at the gate; `reasons` are codes, none where the person was let in."""

    id: UUID
    place: UUID
    person: UUID | None
    name: str
    told: str
    way: str
    was_allowed: bool
    reasons: tuple[str, ...]
    fit_until: datetime | None
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class RollCallView:
    """One roll call; `answers` (person, name, answer) by name."""

    id: UUID
    place: UUID
    call: UUID | None
    at: datetime
    by_name: str
    answers: tuple[tuple[UUID, str, str], ...]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(answer for _, _, answer in self.answers))


def entries(
    place: UUID, *, person: UUID | None = None, is_refused: bool = False, since: datetime | None = None, limit: int = 50
) -> tuple[EntryView, ...]:
    """The newest first; one query."""
    rows = Entry.objects.filter(place=place).order_by("-at", "-id")
    if person is not None:
        rows = rows.filter(person=person)
    if is_refused:
        rows = rows.filter(was_allowed=False)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return _entries(rows[:limit])


def entry(entry_id: UUID) -> EntryView:
    """Raises EntryNotThere."""
    found = _entries(Entry.objects.filter(pk=entry_id))
    if not found:
        raise EntryNotThere(
            "Nothing like this happened at a gate.", where=str(entry_id), cure="Look at the gate's list."
        )
    return found[0]


def who_is(place: UUID, told: str) -> tuple[UUID, ...]:
    """Whom a pass code or a name means among the people of the place: none, one, or several of one name."""
    text = told.strip()
    by_code = Pass.objects.filter(place=place, code=text.upper()).values_list("person_id", flat=True).first()
    if by_code is not None:
        return (by_code,)
    names = party_names(people_of(place))
    return tuple(sorted(person for person, (name, _) in names.items() if fold(name) == fold(text)))


def expected(place: UUID, at: datetime, *, call: UUID | None = None) -> dict[UUID, str]:
    """
    Who has to answer a roll call, person → name: everybody at the place, and everybody planned there at that moment;
    of a muster, everybody on the call's list.
    """
    if call is not None:
        listed = SignUp.objects.filter(call=call, state=SignUp.State.LISTED)
        names = dict(listed.values_list("person_id", "person__name"))
    else:
        names = {person: name for person, (name, _) in here(place, at).items()}
        names |= {view.person: view.name for view in running(place, at)}
    return dict(sorted(names.items(), key=lambda pair: (pair[1], pair[0])))


def roll_calls(place: UUID, *, call: UUID | None = None, limit: int = 20) -> tuple[RollCallView, ...]:
    """The newest first; two queries."""
    rows = RollCall.objects.filter(place=place).order_by("-at", "-id")
    if call is not None:
        rows = rows.filter(call=call)
    return _roll_calls(list(rows[:limit]))


@dataclass(frozen=True, slots=True)
class Missing:
    """
    Who was absent when a place's roll was called, and has not been seen or answered for since.

    since         the roll call that missed the first of them; `roll_call`: the latest that missed any
    inside_count  how many of them were let in before and not out again
    """

    place: UUID
    roll_call: UUID
    since: datetime
    count: int
    inside_count: int


def missing(now: datetime) -> tuple[Missing, ...]:
    """
    By place, of all roll calls, however long ago: nobody is found because time went by.

    Whoever passed the gate after theirs, or answered a later one, is found. At most two queries.
    """
    ever_absent = RollAnswer.objects.filter(answer=RollAnswer.Answer.ABSENT).values("person")
    last = (
        RollAnswer.objects.filter(roll_call__at__lte=now, person__in=ever_absent)
        .order_by("roll_call__place_id", "person_id", "-roll_call__at", "-roll_call_id")
        .distinct("roll_call__place_id", "person_id")
        .values_list("roll_call__place_id", "person_id", "answer", "roll_call__at", "roll_call_id")
    )
    absent = [row for row in last if row[2] == RollAnswer.Answer.ABSENT]
    if not absent:
        return ()
    passed = {
        (place, person): (way, at)
        for place, person, way, at in Entry.objects.filter(
            place__in={row[0] for row in absent}, person__in={row[1] for row in absent}, was_allowed=True, at__lte=now
        )
        .order_by("place_id", "person_id", "-at", "-id")
        .distinct("place_id", "person_id")
        .values_list("place_id", "person_id", "way", "at")
    }
    found: dict[UUID, list[tuple[datetime, UUID, bool]]] = defaultdict(list)
    for place, person, _answer, at, roll in absent:
        way, passed_at = passed.get((place, person), ("", None))
        if passed_at is None or passed_at <= at:
            found[place].append((at, roll, way == Entry.Way.IN))
    return tuple(
        Missing(place, max(rows)[1], min(rows)[0], len(rows), sum(was_in for _at, _roll, was_in in rows))
        for place, rows in sorted(found.items(), key=lambda one: str(one[0]))
    )


def roll_call(roll_call_id: UUID) -> RollCallView:
    """Raises RollCallNotThere."""
    found = _roll_calls(list(RollCall.objects.filter(pk=roll_call_id)))
    if not found:
        raise RollCallNotThere("There is no such roll call.", where=str(roll_call_id), cure="Choose one from the list.")
    return found[0]


def _entries(rows: QuerySet[Entry]) -> tuple[EntryView, ...]:
    return tuple(
        EntryView(
            id=row.id,
            place=row.place_id,
            person=row.person_id,
            name=row.person.name if row.person else "",
            told=row.told,
            way=row.way,
            was_allowed=row.was_allowed,
            reasons=tuple(row.reasons),
            fit_until=row.fit_until,
            at=row.at,
            by_name=row.by_name,
        )
        for row in rows.select_related("person")
    )


def _roll_calls(rows: list[RollCall]) -> tuple[RollCallView, ...]:
    answers = list(
        RollAnswer.objects.filter(roll_call__in=rows).values_list("roll_call_id", "person_id", "person__name", "answer")
    )
    return tuple(
        RollCallView(
            row.id,
            row.place_id,
            row.call_id,
            row.at,
            row.by_name,
            tuple(
                sorted(
                    ((person, name, answer) for roll, person, name, answer in answers if roll == row.id),
                    key=lambda each: (each[1], each[0]),
                )
            ),
        )
        for row in rows
    )


def untaken(place: UUID, *, since: datetime, until: datetime) -> tuple[tuple[date, UUID, str], ...]:
    """
    Who was inside without a temperature of that day: (day of the house, person, name), a row for each; two queries.

    Who came in needs a reading of the day by then; who was inside as the day began, one before it ended or they went.
    """
    stays: list[tuple[UUID, str, datetime, datetime]] = []
    inside: dict[UUID, tuple[str, datetime]] = {}
    passages = Entry.objects.filter(place=place, was_allowed=True, at__lt=until).order_by("at", "id")
    for person, name, way, at in passages.values_list("person_id", "person__name", "way", "at"):
        if way == Entry.Way.IN:
            inside[person] = (name, at)
        elif person in inside:
            stays.append((person, *inside.pop(person), at))
    stays += [(person, name, came_at, until) for person, (name, came_at) in inside.items()]
    taken: dict[tuple[UUID, date], datetime] = {}
    readings = Temperature.objects.filter(place=place, taken_at__lt=until).order_by("-taken_at", "-id")
    for person, at in readings.values_list("person_id", "taken_at"):
        taken[person, house_day(at)] = at  # the first of the day stays
    found = set()
    for person, name, came_at, went_at in stays:
        day = house_day(max(came_at, since))
        while went_at > since and day <= house_day(went_at - MOMENT):
            read_at = taken.get((person, day))
            if read_at is None or read_at > (came_at if day == house_day(came_at) else went_at):
                found.add((day, person, name))
            day += timedelta(days=1)
    return tuple(sorted(found))
