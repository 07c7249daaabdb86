"""What must hold, each read from the book and the room's own rows, never from what a step meant to do."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.crew import queries as crew_
from baogong.crew.queries import EntryView
from baogong.journal import queries as journal
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.ops.scenarios.consigned import moves_of
from baogong.ops.scenarios.own_people_2020.cast import AT_HOME, CLOSED, LAST_DAY, PARK, ROLLS, at
from baogong.ops.scenarios.own_people_2020.staff import DISINFECTED, KIT, RATIONS
from baogong.ops.scenarios.stage import Stage
from baogong.supply import queries as supply_

ALL = 100_000
CLOSED_AT, OPENED_AT = at(CLOSED[0], "00:00"), at(CLOSED[-1] + 1, "00:00")


def _staff(stage: Stage) -> set[UUID]:
    """Whoever stands on a department's list."""
    calls = crew_.calls(places=[stage.party(PARK)], now=stage.now)
    return {row.person for call in calls for row in crew_.sign_ups(call.id, now=stage.now) if row.state == "LISTED"}


def staff_with_kit(stage: Stage) -> int:
    """People who hold every thing that each should have."""
    had: dict[UUID, set[str]] = defaultdict(set)
    for issue in crew_.kit(stage.party(PARK), limit=ALL):
        had[issue.person].add(issue.thing)
    needed = {item(code).name_zh for code, _each, _must_return in KIT}
    return sum(needed <= had[person] for person in _staff(stage))


def staff_kit_out_of_relief(stage: Stage) -> int:
    """Pieces of lots that were ever set aside for relief, used up or lent at the premises."""
    relief = {view.lot.id for view in book.balances(holders=[stage.party(PARK)], states=[State.FROZEN])}
    return sum(move.amount for move in moves_of(relief) if move.target.state in (State.USED, State.LENT))


def relief_untouched(stage: Stage) -> int:
    """What every page counts as relief there."""
    return sum(stock.free for stock in supply_.relief_stock(sites=[stage.party(PARK)]))


def left_early(stage: Stage) -> int:
    window = Window(at(LAST_DAY, "00:00"), at(LAST_DAY + 1, "00:00"))
    rows = crew_.plan(stage.party(PARK), window=window, now=stage.now, with_withdrawn=True)
    return sum(row.end_at <= at(LAST_DAY, "15:00") and bool(row.why) for row in rows)


def _entries(stage: Stage) -> tuple[EntryView, ...]:
    return crew_.entries(stage.party(PARK), since=CLOSED_AT, limit=ALL)


def let_in_without_pass(stage: Stage) -> int:
    passed = {view.person for view in crew_.passes(place=stage.party(PARK), state="GRANTED")}
    return sum(entry.was_allowed and entry.way == "IN" and entry.person not in passed for entry in _entries(stage))


def on_site_without_todays_temperature(stage: Stage) -> int:
    return len(crew_.untaken(stage.party(PARK), since=CLOSED_AT, until=OPENED_AT))


def turned_away(stage: Stage) -> int:
    """Refused at the gate, each with its reason."""
    return sum(not entry.was_allowed and bool(entry.reasons) for entry in _entries(stage))


def unaccounted_at_roll_call(stage: Stage) -> int:
    """Of the staff, who was found by no roll call of a day on which all were called; and who was inside and not."""
    answered: dict[int, set[UUID]] = defaultdict(set)
    for roll in crew_.roll_calls(stage.party(PARK), limit=ALL):
        answered[roll.at.astimezone(CLOSED_AT.tzinfo).day] |= {
            person for person, _name, answer in roll.answers if answer != "ABSENT"
        }
    inside: dict[int, set[UUID]] = defaultdict(set)
    for entry in _entries(stage):
        if entry.was_allowed and entry.person:
            inside[entry.at.astimezone(CLOSED_AT.tzinfo).day].add(entry.person)
    everybody = _staff(stage)
    return sum(len(everybody - answered[day]) for day in ROLLS) + sum(
        len(inside[day] - answered[day]) for day in CLOSED
    )


def agents_at_home(stage: Stage) -> int:
    """Planned at their desk at home on each of the five days, and never inside the premises."""
    rows = crew_.plan(stage.party(AT_HOME), window=Window(CLOSED_AT, OPENED_AT), now=stage.now)
    days = Counter(person for person, _start in {(row.person, row.start_at) for row in rows})
    inside = {entry.person for entry in _entries(stage) if entry.was_allowed}
    return sum(count == len(CLOSED) and person not in inside for person, count in days.items())


def disinfected_in_time(stage: Stage) -> int:
    tasks = journal.tasks(False, subject=stage.party(PARK), limit=ALL)
    return sum(task.done_at is not None and task.done_at <= task.due_at and bool(task.outcome) for task in tasks)


def families_with_a_pack(stage: Stage) -> int:
    """Each once, and whole."""
    ration = item("food-ration").name_zh
    given = Counter(issue.person for issue in crew_.kit(stage.party(PARK), limit=ALL) if issue.thing == ration)
    whole = {issue.person for issue in crew_.kit(stage.party(PARK), limit=ALL) if issue.issued_count == RATIONS}
    return sum(times == 1 and person in whole for person, times in given.items())


MEASURES: dict[str, Any] = {
    "staff_listed": lambda stage: len(_staff(stage)),
    "staff_with_kit": staff_with_kit,
    "staff_kit_out_of_relief": staff_kit_out_of_relief,
    "relief_untouched": relief_untouched,
    "left_early": left_early,
    "let_in_without_pass": let_in_without_pass,
    "on_site_without_todays_temperature": on_site_without_todays_temperature,
    "turned_away": turned_away,
    "unaccounted_at_roll_call": unaccounted_at_roll_call,
    "agents_at_home": agents_at_home,
    "disinfected_in_time": disinfected_in_time,
    "families_with_a_pack": families_with_a_pack,
}

FACTS: dict[str, Any] = {
    "entries": lambda stage: len(_entries(stage)),
    "roll_calls": lambda stage: len(crew_.roll_calls(stage.party(PARK), limit=ALL)),
    "pieces_used_by_staff": lambda stage: sum(
        view.posted for view in book.balances(holders=[stage.party(PARK)], states=[State.USED, State.LENT])
    ),
    "disinfections_planned": lambda _stage: len(CLOSED) * len(DISINFECTED),
}
