"""What must hold, each read from the book and its claims."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

from baogong.ops.scenarios.booked_2020.cast import (
    CITY,
    DESK_DAY,
    LISTS,
    NIGHT_OWLS,
    OFFICE,
    OWL_DAY,
    TURN_DAYS,
    at,
    day,
)
from baogong.ops.scenarios.booked_2020.steps import on_three_roads
from baogong.ops.scenarios.rationed import book, roads
from baogong.ops.scenarios.rationed.book import Promise
from baogong.ops.scenarios.stage import LOCAL, Stage


def _by_person(stage: Stage) -> dict[bytes, list[Promise]]:
    """Who was promised something that was not given back, in order of time; whatever release or road it came by."""
    found: defaultdict[bytes, list[Promise]] = defaultdict(list)
    for one in book.promises(stage, OFFICE):
        if not one.given_back and one.claim.person is not None:
            found[one.claim.person].append(one)
    return {person: sorted(theirs, key=lambda one: one.at) for person, theirs in found.items()}


def booked_twice_in_a_window(stage: Stage) -> int:
    """People with two bookings less than so many calendar days apart."""
    return sum(
        any((later.on - earlier.on).days < TURN_DAYS for earlier, later in pairwise(theirs))
        for theirs in _by_person(stage).values()
    )


def roads_that_met(stage: Stage) -> int:
    """People who asked on the net, at the desk and by list on one day, and have one booking of that day."""
    asked: defaultdict[bytes, set[str]] = defaultdict(set)
    for one in book.audit(stage, OFFICE):
        if one.person is not None and one.on == day(DESK_DAY):
            asked[one.person].add(one.channel)
    booked = _by_person(stage)
    met = 0
    for who in on_three_roads(stage):
        own = [one for one in booked.get(who.person, []) if abs((one.on - day(DESK_DAY)).days) < TURN_DAYS]
        met += {"WEB", "CLERK", "IMPORT"} <= asked[who.person] and len(own) == 1
    return met


def booked_again_at_midnight(stage: Stage) -> int:
    """People whose next booking was made at 00:00, three calendar days after one made at 23:59."""
    again = 0
    for theirs in _by_person(stage).values():
        for earlier, later in pairwise(theirs):
            clocks = [one.at.astimezone(LOCAL).strftime("%H:%M") for one in (earlier, later)]
            again += clocks == ["23:59", "00:00"] and later.on - earlier.on == timedelta(days=TURN_DAYS)
    return again


def turned_away_within_the_window(stage: Stage) -> int:
    """Claims of who had booked at 23:59, refused a minute later, and a minute before their turn was over."""
    owls = {CITY.who(stage.party(OFFICE), one).person for one in NIGHT_OWLS}
    moments = {at(OWL_DAY + 1, "00:00"), at(OWL_DAY + TURN_DAYS - 1, "23:59")}
    return sum(
        one.person in owls and one.at in moments and one.state == "REFUSED" and one.hold is None
        for one in book.audit(stage, OFFICE)
    )


MEASURES: dict[str, Any] = {
    "people_who_asked": lambda stage: len({one.person for one in book.audit(stage, OFFICE)}),
    "days_put_out": lambda stage: len({one.on for one in book.promises(stage, OFFICE)}),
    "units_put_out": lambda stage: sum(book.units_put_out(stage, OFFICE).values()),
    "booked_twice_in_a_window": booked_twice_in_a_window,
    "roads_that_met": roads_that_met,
    "booked_again_at_midnight": booked_again_at_midnight,
    "turned_away_within_the_window": turned_away_within_the_window,
    "promised_without_a_claim": lambda stage: book.promised_without_a_claim(stage, OFFICE),
    "rows_refused": lambda stage: roads.refused_lines(stage, *LISTS.values()),
    "units_handed_over": lambda stage: book.units_handed_over(stage, OFFICE),
    "units_unaccounted_for": lambda stage: book.units_unaccounted_for(stage, OFFICE),
}

FACTS: dict[str, Any] = {
    "claims": lambda stage: len(book.audit(stage, OFFICE)),
    "bookings": lambda stage: len(book.promises(stage, OFFICE)),
    "refused_for_the_window": lambda stage: sum(one.code == "quota-used" for one in book.audit(stage, OFFICE)),
    "refused_for_want_of_stock": lambda stage: sum(one.code == "none-left" for one in book.audit(stage, OFFICE)),
}
