"""
Staggered notices: when each household is called down to its shelf, so that nobody gathers.

A shelf takes at most so many people in a window; inside a window they are called one after the other. Each shelf serves
whoever's parcels are all there first, so its last call is as early as it can be. Households that are served at the door are
never called.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from baogong.engine.faults import Fault, FaultyProblem
from baogong.engine.rounds.problem import DAY_S, Span
from baogong.engine.rounds.reasons import clock


class UnusableNotices(FaultyProblem):
    code, so = "rounds.unusable-notices", "nobody was called"


@dataclass(frozen=True, slots=True)
class Shelf:
    """cap_count: most people called to it in a window. opens: people may come and go within it."""

    id: str
    cap_count: int
    opens: Span = (0, DAY_S)


@dataclass(frozen=True, slots=True)
class Household:
    """arrive_s: when each of its parcels lies on the shelf, or can go to the door."""

    id: str
    shelf: str
    arrive_s: tuple[int, ...]
    wants_door: bool = False

    @property
    def ready_s(self) -> int:
        return max(self.arrive_s)


@dataclass(frozen=True, slots=True)
class NoticeProblem:
    """Windows of `window_s` follow each other from midnight on. Raises UnusableNotices with all faults at once."""

    shelves: tuple[Shelf, ...]
    households: tuple[Household, ...]
    window_s: int = 600

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise UnusableNotices(faults)


@dataclass(frozen=True, slots=True)
class Call:
    """At `at_s`, inside the window that begins at `window_s`, the household is called to its shelf."""

    household: str
    shelf: str
    window_s: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Uncalled:
    """A household for whom the day has no window left, and why."""

    household: str
    code: str
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class Notices:
    """
    Every household is in exactly one of calls, doors, left.

    doors   ids of those served at the door
    ends_s  when the last window that anyone is called in ends; 0: nobody is called
    """

    calls: tuple[Call, ...]
    doors: tuple[str, ...]
    left: tuple[Uncalled, ...]
    ends_s: int


def call_households(problem: NoticeProblem) -> Notices:
    """The earliest calls that keep every cap; households ready at the same time are called in the order of the problem."""
    shelves = {shelf.id: shelf for shelf in problem.shelves}
    waiting: dict[str, list[Household]] = defaultdict(list)
    for household in problem.households:
        if not household.wants_door:
            waiting[household.shelf].append(household)
    calls, left = [], []
    for name, households in waiting.items():
        shelf, number, called = shelves[name], 0, 0
        for household in sorted(households, key=lambda one: one.ready_s):
            earliest = _first_window(problem, max(household.ready_s, shelf.opens[0]))
            if earliest > number or called == shelf.cap_count:
                number, called = max(earliest, number + (called == shelf.cap_count)), 0
            begins_s = number * problem.window_s
            if begins_s + problem.window_s > shelf.opens[1]:
                left.append(_uncalled(problem, household, shelf))
                continue
            at_s = begins_s + called * problem.window_s // shelf.cap_count
            calls.append(Call(household.id, name, begins_s, at_s))
            called += 1
    ordered = tuple(sorted(calls, key=lambda call: (call.at_s, call.shelf, call.household)))
    doors = tuple(household.id for household in problem.households if household.wants_door)
    ends_s = max((call.window_s + problem.window_s for call in calls), default=0)
    return Notices(ordered, doors, tuple(left), ends_s)


def _first_window(problem: NoticeProblem, at_s: int) -> int:
    """The number of the first window that begins at that moment or later."""
    return -(-at_s // problem.window_s)


def _uncalled(problem: NoticeProblem, household: Household, shelf: Shelf) -> Uncalled:
    closes = clock(shelf.opens[1])
    if (_first_window(problem, household.ready_s) + 1) * problem.window_s > shelf.opens[1]:
        return Uncalled(
            household.id,
            "TOO_LATE",
            f"Its last parcel comes at {clock(household.ready_s)}; {shelf.id} closes at {closes}. Bring it to the door, or "
            "call tomorrow.",
            f"最后一件{clock(household.ready_s)}才到，{shelf.id}{closes}关闭。请送到门口，或改为次日通知。",
        )
    return Uncalled(
        household.id,
        "NO_WINDOW",
        f"{shelf.id} takes {shelf.cap_count} people in {problem.window_s // 60} minutes and is full until it closes at "
        f"{closes}. Open it longer, add a shelf, or serve at the door.",
        f"{shelf.id}每{problem.window_s // 60}分钟限{shelf.cap_count}人，到{closes}关闭前已排满。请延长开放、增设货架，或送到门口。",
    )


def check_notices(problem: NoticeProblem, notices: Notices) -> list[str]:
    """Everything that is wrong with the calls, in words, from the problem and the calls alone; [] if they hold."""
    households = {household.id: household for household in problem.households}
    shelves = {shelf.id: shelf for shelf in problem.shelves}
    told = [call.household for call in notices.calls] + [*notices.doors] + [one.household for one in notices.left]
    faults = [f"household {name} is not in the notices" for name in sorted(set(households) - set(told))]
    faults += [f"household {name} is told {n} times" for name, n in sorted(Counter(told).items()) if n > 1]
    faults += [f"the notices name the unknown household {name}" for name in sorted(set(told) - set(households))]
    if faults:
        return faults
    for name in notices.doors:
        if not households[name].wants_door:
            faults.append(f"household {name} did not ask for the door")
    people: Counter[tuple[str, int]] = Counter()
    for call in notices.calls:
        household = households[call.household]
        shelf = shelves[household.shelf]
        if household.wants_door:
            faults.append(f"household {call.household} is served at the door and called to {call.shelf}")
        if call.shelf != household.shelf:
            faults.append(f"household {call.household} is called to {call.shelf}; its parcels are on {household.shelf}")
        if call.window_s % problem.window_s or not call.window_s <= call.at_s < call.window_s + problem.window_s:
            faults.append(f"household {call.household} is called at {call.at_s} s, outside the window {call.window_s}")
        if any(arrive_s > call.window_s for arrive_s in household.arrive_s):
            faults.append(f"household {call.household} is called before its parcels are there")
        if call.window_s < shelf.opens[0] or call.window_s + problem.window_s > shelf.opens[1]:
            faults.append(f"household {call.household} is called while {call.shelf} is closed")
        people[call.shelf, call.window_s] += 1
        if people[call.shelf, call.window_s] == shelf.cap_count + 1:
            faults.append(f"{call.shelf}: more than {shelf.cap_count} people are called in the window {call.window_s}")
    moments = Counter((call.shelf, call.at_s) for call in notices.calls)
    faults += [f"{shelf}: {n} people are called at {at_s} s at once" for (shelf, at_s), n in moments.items() if n > 1]
    ends_s = max((call.window_s + problem.window_s for call in notices.calls), default=0)
    if ends_s != notices.ends_s:
        faults.append(f"the notices end at {notices.ends_s} s; the last window ends at {ends_s}")
    return faults


def _faults(problem: NoticeProblem) -> Iterator[Fault]:
    if not 60 <= problem.window_s <= DAY_S:
        yield Fault("window_s", problem.window_s, f"60 to {DAY_S} seconds", "Ten minutes are 600.")
    for kind, ids in (("shelves", [s.id for s in problem.shelves]), ("households", [h.id for h in problem.households])):
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(f"{kind}[{name}].id", name, "an id that occurs once", f"It occurs {count} times: rename.")
    for shelf in problem.shelves:
        if not 1 <= shelf.cap_count <= problem.window_s:
            cure = "With no room at all, ask for the door; one person a second is the most."
            yield Fault(f"shelves[{shelf.id}].cap_count", shelf.cap_count, f"1 to {problem.window_s}", cure)
        if not 0 <= shelf.opens[0] < shelf.opens[1] <= 7 * DAY_S:
            yield Fault(f"shelves[{shelf.id}].opens", list(shelf.opens), "a beginning before its end", "Correct it.")
    known = {shelf.id for shelf in problem.shelves}
    for household in problem.households:
        where = f"households[{household.id}]"
        if household.shelf not in known:
            yield Fault(f"{where}.shelf", household.shelf, "the id of a shelf", "Correct the id or add the shelf.")
        if not household.arrive_s or not all(0 <= at_s <= 7 * DAY_S for at_s in household.arrive_s):
            yield Fault(
                f"{where}.arrive_s", list(household.arrive_s), "a moment for each parcel", "Leave it out if none."
            )
