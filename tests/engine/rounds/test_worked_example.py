"""The worked example of docs/algorithms/rounds.md, recomputed; file and table are read from the page itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

from baogong.engine.rounds import Problem, RoundsRule, check, read_problem, solve

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "rounds.md"


def example() -> Problem:
    return read_problem(json.loads(PAGE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]))


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def test_the_plan_is_the_table_of_the_page() -> None:
    problem = example()
    plan = solve(problem, RoundsRule())
    assert check(problem, plan) == []
    rows = re.findall(
        r"^\| (T\d+) \| (\w+) \| ([\d:]+) \| ([a-c ]+) \| ([\d:]+) \|$", PAGE.read_text(encoding="utf-8"), re.M
    )
    assert len(rows) == 2
    assert [
        (trip.id, trip.courier, trip.leaves_s, " ".join(visit.stop for visit in trip.visits), trip.back_s)
        for trip in plan.trips
    ] == [(name, courier, seconds(leaves), order, seconds(back)) for name, courier, leaves, order, back in rows]
    assert (plan.cost.walk_s, plan.cost.work_s, plan.cost.price_s) == (460, 760, 1000)
