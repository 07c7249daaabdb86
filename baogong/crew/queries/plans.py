"""Who is planned where, what stays uncovered, who could stand in, whose proof ran out, who worked how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from baogong.crew.models import Assignment, Call, Entry, Pass, Shift, SignUp, Wanted
from baogong.crew.proofs import Reason, Span, both, midnight_after, span_at
from baogong.crew.queries.fitness import Fitness, ProofBook, ends, proofs_of
from baogong.journal.clock import house_day
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names

ASSIGNED_MAX = 5_000
STAND_INS_MAX = 20


class AssignmentNotThere(NotFound):
    code = "crew.assignment-not-there"


@dataclass(frozen=True, slots=True)
class AssignedView:
    """
    One person for one work, from when to when they are fit for it within the window that was asked about.

    start_at, end_at    the part of the plan for which every proof is there; of who is expected: the plan itself, as far
                        as the proofs reach that are there already
    planned_start_at, planned_end_at    what was planned
    fit_until           when the first proof runs out; None: nothing does
    is_expected         only what is given on the day is missing: a candidate, not yet somebody to count on
    """

    id: UUID
    person: UUID
    name: str
    employer: UUID | None
    employer_name: str
    place: UUID
    place_name: str
    work: str
    start_at: datetime
    end_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    fit_until: datetime | None
    is_expected: bool
    stands_in_for: UUID | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """
    One row of the plan as it was made, fit or not.

    fitness   at its beginning, or now once it began
    fit       the parts of it for which every proof is there; of who is expected: all that is not of the day
    """

    id: UUID
    person: UUID
    name: str
    employer_name: str
    place: UUID
    work: str
    start_at: datetime
    end_at: datetime
    is_withdrawn: bool
    fitness: Fitness
    fit: tuple[Span, ...]
    stands_in_for: UUID | None
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """So many are missing for a work at a place from when to when."""

    place: UUID
    work: str
    start_at: datetime
    end_at: datetime
    wanted: int
    assigned: int

    @property
    def missing(self) -> int:
        return self.wanted - self.assigned


@dataclass(frozen=True, slots=True)
class LapsedView:
    """Somebody on duty whose proof ran out: since when, and why."""

    person: UUID
    name: str
    employer_name: str
    place: UUID
    work: str
    since_at: datetime | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class WantedView:
    id: UUID
    place: UUID
    work: str
    start_at: datetime
    end_at: datetime
    people_count: int


@dataclass(frozen=True, slots=True)
class Minutes:
    """One person's minutes of one day of the house: worked, as signed, and still planned from now on."""

    person: UUID
    name: str
    day: date
    worked: int
    planned: int

    @property
    def total(self) -> int:
        return self.worked + self.planned


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who could take an assignment over: fit for it, free, and how many minutes they have on that day already."""

    person: UUID
    name: str
    employer_name: str
    minutes: int
    fit_until: datetime | None


def assigned(
    place: UUID | Collection[UUID],
    *,
    window: Window,
    now: datetime,
    work: str | None = None,
    and_expected: bool = False,
) -> tuple[AssignedView, ...]:
    """
    Who may be counted on in the window, each only while every proof is there. By place, start, name; five queries.

    and_expected   also who only lacks what is given on the day itself (antigen test, temperature), for planning ahead

    Somebody fit in two stretches of one assignment has a view for each.
    """
    places = [place] if isinstance(place, UUID) else list(place)
    rows = list(_planned(places, window, work)[:ASSIGNED_MAX])
    book = proofs_of({row.person_id for row in rows}, set(places))
    return _assigned(rows, book, window, now, and_expected)


def standing(
    places: Collection[UUID], *, window: Window, now: datetime, work: str
) -> tuple[tuple[AssignedView, ...], tuple[PlanView, ...]]:
    """`assigned`, and of the same plan whoever may not be counted on in the window at all, and why not; five queries."""
    rows = list(_planned(places, window, work)[:ASSIGNED_MAX])
    book = proofs_of({row.person_id for row in rows}, set(places))
    views = _assigned(rows, book, window, now, False)
    counted = {view.id for view in views}
    return views, _plan([row for row in rows if row.id not in counted], book, now)


def _assigned(
    rows: Collection[Assignment], book: ProofBook, window: Window, now: datetime, and_expected: bool
) -> tuple[AssignedView, ...]:
    found = []
    for row in rows:
        start = max(row.start_at, window.start_at or row.start_at)
        asked = ((start, min(row.end_at, window.end_at or row.end_at)),)
        fit = book.spans(row.person_id, row.place_id, shift_at=row.start_at)
        parts = [(part, fit, False) for part in both(asked, fit)]
        if not parts and and_expected:
            judged = book.judge(row.person_id, row.place_id, at=start, shift_at=row.start_at, now=now)
            if judged.is_expected:
                without = book.spans(row.person_id, row.place_id, shift_at=row.start_at, of_the_day=False)
                parts = [(part, without, True) for part in both(asked, without) if part[0] == start]
        member = book.members.get(row.person_id)
        for (start_at, end_at), spans, is_expected in parts:
            whole = span_at(spans, start_at)
            assert whole is not None, "a part lies inside a stretch"
            found.append(
                AssignedView(
                    id=row.id,
                    person=row.person_id,
                    name=row.person.name,
                    employer=member.employer if member else None,
                    employer_name=member.employer_name if member else "",
                    place=row.place_id,
                    place_name=row.place.name,
                    work=row.work,
                    start_at=start_at,
                    end_at=end_at,
                    planned_start_at=row.start_at,
                    planned_end_at=row.end_at,
                    fit_until=ends(whole),
                    is_expected=is_expected,
                    stands_in_for=row.stands_in_for_id,
                )
            )
    return tuple(sorted(found, key=lambda view: (view.place_name, view.start_at, view.name, view.id, view.end_at)))


def plan(place: UUID, *, window: Window, now: datetime, with_withdrawn: bool = False) -> tuple[PlanView, ...]:
    """Everybody planned in the window, fit or not, by start and name, for the people of the place; five queries."""
    rows = list(_planned([place], window, None, with_withdrawn=with_withdrawn)[:ASSIGNED_MAX])
    return _plan(rows, proofs_of({row.person_id for row in rows}, [place]), now)


def _plan(rows: Collection[Assignment], book: ProofBook, now: datetime) -> tuple[PlanView, ...]:
    found = []
    for row in rows:
        at = min(max(row.start_at, now), row.end_at)
        judged = book.judge(row.person_id, row.place_id, at=at, shift_at=row.start_at, now=now)
        spans = book.spans(row.person_id, row.place_id, shift_at=row.start_at, of_the_day=not judged.is_expected)
        found.append(
            PlanView(
                id=row.id,
                person=row.person_id,
                name=row.person.name,
                employer_name=book.employer_name(row.person_id),
                place=row.place_id,
                work=row.work,
                start_at=row.start_at,
                end_at=row.end_at,
                is_withdrawn=row.state == Assignment.State.WITHDRAWN,
                fitness=judged,
                fit=both(((row.start_at, row.end_at),), spans),
                stands_in_for=row.stands_in_for_id,
                why=row.why,
            )
        )
    return tuple(sorted(found, key=lambda view: (view.start_at, view.name, view.id)))


def assignment(assignment_id: UUID, *, now: datetime) -> PlanView:
    """One row of the plan. Raises AssignmentNotThere."""
    row = _row(assignment_id)
    (view,) = _plan([row], proofs_of([row.person_id], [row.place_id]), now)
    return view


def uncovered(
    place: UUID | Collection[UUID], window: Window, *, now: datetime, and_expected: bool = False
) -> tuple[Gap, ...]:
    """
    Where fewer are assigned and fit than are wanted: by place, start and work.

    Only a duty that is wanted (`want`) can be uncovered. A gap is as long as wanted and assigned stay the same.
    """
    places = [place] if isinstance(place, UUID) else list(place)
    asked = wanted(places, window)
    if not asked:
        return ()
    whole = Window(min(each.start_at for each in asked), max(each.end_at for each in asked))
    return _gaps(asked, assigned(places, window=whole, now=now, and_expected=and_expected), window)


def _gaps(asked: Collection[WantedView], views: Collection[AssignedView], window: Window) -> tuple[Gap, ...]:
    there = defaultdict(list)
    for view in views:
        there[view.place, view.work].append(view)
    found: list[Gap] = []
    for each in asked:
        start = max(each.start_at, window.start_at or each.start_at)
        end = min(each.end_at, window.end_at or each.end_at)
        own = [view for view in there[each.place, each.work] if view.start_at < end and view.end_at > start]
        edges = sorted({start, end, *(min(max(at, start), end) for view in own for at in (view.start_at, view.end_at))})
        last: Gap | None = None
        for from_at, until_at in pairwise(edges):
            count = len({view.person for view in own if view.start_at <= from_at and view.end_at >= until_at})
            gap = Gap(each.place, each.work, from_at, until_at, each.people_count, count)
            if last is not None and last.assigned == count and last.end_at == from_at:
                found.pop()
                gap = Gap(each.place, each.work, last.start_at, until_at, each.people_count, count)
            last = gap if gap.missing > 0 else None
            if last is not None:
                found.append(gap)
    return tuple(sorted(found, key=lambda gap: (str(gap.place), gap.start_at, gap.work, gap.end_at)))


def wanted(place: UUID | Collection[UUID], window: Window) -> tuple[WantedView, ...]:
    """What is wanted in the window, by start and work; one query."""
    places = [place] if isinstance(place, UUID) else list(place)
    rows = Wanted.objects.filter(place__in=places, people_count__gt=0)
    if window.start_at is not None:
        rows = rows.filter(end_at__gt=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(start_at__lt=window.end_at)
    return tuple(
        WantedView(row.id, row.place_id, row.work, row.start_at, row.end_at, row.people_count)
        for row in rows.order_by("start_at", "work", "place", "end_at")[:ASSIGNED_MAX]
    )


def on_duty(place: UUID, now: datetime) -> dict[UUID, datetime]:
    """Who is at the place: let in and not out again, or signed on to a shift; person → since when. One query."""
    return {person: since for person, (_, since) in here(place, now).items()}


def here(place: UUID, now: datetime) -> dict[UUID, tuple[str, datetime]]:
    """Name, and since when they are there. Who lives inside came in days ago."""
    last = (
        Entry.objects.filter(place=place, was_allowed=True, at__lte=now)
        .order_by("person", "-at", "-id")
        .distinct("person")
        .values_list("person_id", "person__name", "at", "way")
    )
    shifts = Shift.objects.filter(place=place, end_at=None, is_void=False, start_at__lte=now).values_list(
        "person_id", "person__name", "start_at", Value(Entry.Way.IN.value)
    )
    found: dict[UUID, tuple[str, datetime]] = {}
    for person, name, at, way in last.union(shifts, all=True):
        if person is not None and way == Entry.Way.IN:
            found[person] = (name, min(at, found[person][1]) if person in found else at)
    return found


def lapsed(place: UUID, now: datetime) -> tuple[LapsedView, ...]:
    """Who is on duty at the place with a proof that ran out, or that is not there; by name. Six queries."""
    there = here(place, now)
    rows = _planned([place], Window(now, now + timedelta(microseconds=1)), None).filter(person__in=there)
    return _lapsed(there, list(rows), proofs_of(there, [place]), place, now)


def _lapsed(
    there: Mapping[UUID, tuple[str, datetime]],
    rows: Collection[Assignment],
    book: ProofBook,
    place: UUID,
    now: datetime,
) -> tuple[LapsedView, ...]:
    planned = {row.person_id: row for row in rows if row.start_at <= now < row.end_at}
    found = []
    for person, (name, since) in there.items():
        shift_at = planned[person].start_at if person in planned else since
        spans = book.spans(person, place, shift_at=shift_at)
        if span_at(spans, now) is None:
            found.append(
                LapsedView(
                    person,
                    name,
                    book.employer_name(person),
                    place,
                    planned[person].work if person in planned else "",
                    max((end for _, end in spans if end <= now), default=None),
                    book.reasons(person, place, at=now, shift_at=shift_at, now=now),
                )
            )
    return tuple(sorted(found, key=lambda view: (view.name, view.person)))


@dataclass(frozen=True, slots=True)
class Tonight:
    """All that the people of a place look at for some hours: the plan, what is uncovered, who is there, who has lapsed."""

    plan: tuple[PlanView, ...]
    wanted: tuple[WantedView, ...]
    gaps: tuple[Gap, ...]
    lapsed: tuple[LapsedView, ...]
    inside_count: int


def tonight(place: UUID, *, window: Window, now: datetime) -> Tonight:
    """One reading of the place for the window; seven queries."""
    asked = wanted(place, window)
    starts = [each.start_at for each in asked] + [at for at in (window.start_at, now) if at]
    ends_ = [each.end_at for each in asked] + [at for at in (window.end_at, now + timedelta(microseconds=1)) if at]
    rows = list(_planned([place], Window(min(starts), max(ends_)), None)[:ASSIGNED_MAX])
    there = here(place, now)
    book = proofs_of({*there, *(row.person_id for row in rows)}, [place])
    counted = _assigned(rows, book, Window(min(starts), max(ends_)), now, True)
    within = [
        row
        for row in rows
        if (window.end_at is None or row.start_at < window.end_at)
        and (window.start_at is None or row.end_at > window.start_at)
    ]
    return Tonight(
        _plan(within, book, now),
        asked,
        _gaps(asked, counted, window),
        _lapsed(there, rows, book, place, now),
        len(there),
    )


def minutes_of(
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    place: UUID | None = None,
    persons: Collection[UUID] | None = None,
) -> tuple[Minutes, ...]:
    """
    Working minutes by person and day of the house: what was signed counts as worked (of who is on duty: until now), and
    of the plan what still lies ahead. By day and name; three queries.
    """
    seconds = _seconds(_hours_of(since=since, until=until, now=now, place=place, persons=persons), since, until, now)
    names = party_names({person for person, _ in seconds})
    found = [
        Minutes(person, names[person][0], day, round(worked / 60), round(planned / 60))
        for (person, day), (worked, planned) in seconds.items()
    ]
    return tuple(sorted(found, key=lambda each: (each.day, each.name, each.person)))


@dataclass(frozen=True, slots=True)
class _Hours:
    """A shift, or an assignment that is not over; `end_at` None: still on duty."""

    person: UUID
    work: str
    start_at: datetime
    end_at: datetime | None
    is_plan: bool


def _hours_of(
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    place: UUID | None = None,
    persons: Collection[UUID] | None = None,
) -> list[_Hours]:
    """What touches `[since, until)`; one query."""
    fields = ("person_id", "work", "start_at", "end_at")
    shifts = Shift.objects.filter(Q(end_at=None) | Q(end_at__gt=since), is_void=False, start_at__lt=until)
    plans = Assignment.objects.filter(state=Assignment.State.PLANNED, end_at__gt=max(since, now), start_at__lt=until)
    if place is not None:
        shifts, plans = shifts.filter(place=place), plans.filter(place=place)
    if persons is not None:
        shifts, plans = shifts.filter(person__in=persons), plans.filter(person__in=persons)
    rows = shifts.values_list(*fields, Value(False)).union(plans.values_list(*fields, Value(True)), all=True)
    return [_Hours(*row) for row in rows]


def _seconds(
    hours: Collection[_Hours], since: datetime, until: datetime, now: datetime
) -> dict[tuple[UUID, date], list[float]]:
    """(person, day) → worked and still planned."""
    found: dict[tuple[UUID, date], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in hours:
        start_at = max(each.start_at, since, now) if each.is_plan else max(each.start_at, since)
        _add(found, each.person, start_at, min(each.end_at or max(now, each.start_at), until), int(each.is_plan))
    return found


def _minutes_on(day: date, seconds: Mapping[tuple[UUID, date], list[float]]) -> dict[UUID, int]:
    return {person: round(sum(parts) / 60) for (person, on), parts in seconds.items() if on == day}


@dataclass(frozen=True, slots=True)
class RunningView:
    """An assignment as it was made, whoever is fit for it."""

    id: UUID
    person: UUID
    name: str
    work: str
    start_at: datetime
    end_at: datetime


def running(place: UUID, now: datetime) -> tuple[RunningView, ...]:
    """What runs at the place now, by name; one query."""
    rows = _planned([place], Window(now, now + timedelta(microseconds=1)), None)
    views = (RunningView(row.id, row.person_id, row.person.name, row.work, row.start_at, row.end_at) for row in rows)
    return tuple(sorted(views, key=lambda view: (view.name, view.start_at, view.id)))


def running_one(assignment_id: UUID) -> tuple[UUID, RunningView]:
    """One assignment and its place; one query. Raises AssignmentNotThere."""
    row = _row(assignment_id)
    return row.place_id, RunningView(row.id, row.person_id, row.person.name, row.work, row.start_at, row.end_at)


def _row(assignment_id: UUID) -> Assignment:
    row = Assignment.objects.filter(pk=assignment_id).select_related("person", "place").first()
    if row is None:
        raise AssignmentNotThere(
            "There is no such assignment.", where=str(assignment_id), cure="Choose one from the plan of the place."
        )
    return row


def stand_ins(assignment_id: UUID, *, now: datetime, from_at: datetime | None = None) -> tuple[StandIn, ...]:
    """
    Who could take the rest of an assignment over, those with the fewest minutes that day first; seven queries.

    Only people of the place (passed, or on a list of one of its calls) who are fit at its beginning, or lack only what
    is given on the day, and are nowhere else at that time. Raises AssignmentNotThere.
    """
    return _stand_ins(_row(assignment_id), now, from_at)


def standing_in(assignment_id: UUID, *, now: datetime) -> tuple[UUID, RunningView, tuple[StandIn, ...]]:
    """The assignment's place, the assignment, and who could take it over; seven queries. Raises AssignmentNotThere."""
    row = _row(assignment_id)
    about = RunningView(row.id, row.person_id, row.person.name, row.work, row.start_at, row.end_at)
    return row.place_id, about, _stand_ins(row, now, None)


def _stand_ins(row: Assignment, now: datetime, from_at: datetime | None) -> tuple[StandIn, ...]:
    start = max(row.start_at, from_at or now)
    if row.state != Assignment.State.PLANNED or start >= row.end_at:
        return ()
    names = _named_people_of(row.place_id)
    names.pop(row.person_id, None)
    since, until = _day_around(start)
    hours = _hours_of(since=since, until=max(until, row.end_at), now=now, persons=names)
    taken = {
        each.person
        for each in hours
        if each.is_plan and each.start_at < row.end_at and (each.end_at is None or each.end_at > start)
    }
    free = names.keys() - taken
    book = proofs_of(free, [row.place_id])
    worked = _minutes_on(house_day(start), _seconds(hours, since, until, now))
    found = []
    for person in free:
        judged = book.judge(person, row.place_id, at=start, shift_at=start, now=now)
        if judged.is_fit or judged.is_expected:
            found.append(
                StandIn(person, names[person], book.employer_name(person), worked.get(person, 0), judged.fit_until)
            )
    return tuple(sorted(found, key=lambda each: (each.minutes, each.name, each.person)))[:STAND_INS_MAX]


def _day_around(moment: datetime) -> tuple[datetime, datetime]:
    """The house's day the moment lies in."""
    until = midnight_after(moment, timezone.get_default_timezone())
    return midnight_after(until - timedelta(hours=36), timezone.get_default_timezone()), until


def people_of(place: UUID) -> frozenset[UUID]:
    """Whose place it is: on a list of one of its calls, with a pass for it, or planned there; one query."""
    return frozenset(_named_people_of(place))


def _named_people_of(place: UUID) -> dict[UUID, str]:
    fields = ("person_id", "person__name")
    listed = SignUp.objects.filter(call__place=place, state=SignUp.State.LISTED).values_list(*fields)
    passed = Pass.objects.filter(place=place, state__in=(Pass.State.GRANTED, Pass.State.APPLIED)).values_list(*fields)
    planned = Assignment.objects.filter(place=place, state=Assignment.State.PLANNED).values_list(*fields)
    return dict(listed.union(passed, planned))


@dataclass(frozen=True, slots=True)
class ReadyView:
    """Somebody of the place for some hours: whether they are fit, and where they are planned already, "" where nowhere."""

    person: UUID
    name: str
    employer_name: str
    fitness: Fitness
    planned_work: str
    minutes: int


def ready(place: UUID, *, window: Window, now: datetime) -> tuple[ReadyView, ...]:
    """Everybody of the place for the window: who is fit and free first, with the fewest minutes; six queries."""
    names = _named_people_of(place)
    start = max(window.start_at or now, now)
    end = window.end_at or start + timedelta(microseconds=1)
    book = proofs_of(names, [place])
    since, until = _day_around(start)
    hours = _hours_of(since=since, until=max(until, end), now=now, persons=names)
    busy = {
        each.person: each.work
        for each in hours
        if each.is_plan and each.start_at < end and (each.end_at is None or each.end_at > start)
    }
    worked = _minutes_on(house_day(start), _seconds(hours, since, until, now))
    found = [
        ReadyView(
            person,
            name,
            book.employer_name(person),
            book.judge(person, place, at=start, shift_at=start, now=now),
            busy.get(person, ""),
            worked.get(person, 0),
        )
        for person, name in names.items()
    ]

    def order(view: ReadyView) -> tuple[object, ...]:
        is_usable = view.fitness.is_fit or view.fitness.is_expected
        return (not is_usable, bool(view.planned_work), view.minutes, view.name, view.person)

    return tuple(sorted(found, key=order))


def places() -> frozenset[UUID]:
    """Where people were ever called, passed or planned; one query."""
    called = Call.objects.order_by().values_list("place_id")
    passed = Pass.objects.order_by().values_list("place_id")
    planned = Assignment.objects.order_by().values_list("place_id")
    wanted_ = Wanted.objects.order_by().values_list("place_id")
    return frozenset(place for (place,) in called.union(passed, planned, wanted_))


def _planned(
    places: Collection[UUID], window: Window, work: str | None, *, with_withdrawn: bool = False
) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(place__in=places)
    if not with_withdrawn:
        rows = rows.filter(state=Assignment.State.PLANNED)
    if work is not None:
        rows = rows.filter(work=work)
    if window.start_at is not None:
        rows = rows.filter(end_at__gt=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(start_at__lt=window.end_at)
    return rows.select_related("person", "place").order_by("start_at", "id")


def _add(
    seconds: dict[tuple[UUID, date], list[float]], person: UUID, start_at: datetime, end_at: datetime, index: int
) -> None:
    """Cut at the midnights of the house."""
    while start_at < end_at:
        day = house_day(start_at)
        until = min(end_at, midnight_after(start_at, timezone.get_default_timezone()))
        seconds[person, day][index] += (until - start_at).total_seconds()
        start_at = until
