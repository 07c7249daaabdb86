"""The engine's plan of rounds ⇄ the JSON that is kept with a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from baogong.engine.rounds import Balance, Cost, Help, Left, Plan, Problem, RoundsRule, Shift, Trip, Visit, read_problem
from baogong.engine.rounds.notices import Call, Household, NoticeProblem, Notices, Shelf, Uncalled


def plan_to_json(plan: Plan) -> dict[str, Any]:
    return asdict(plan)


def plan_from_json(kept: Mapping[str, Any]) -> Plan:
    """The inverse of `plan_to_json`."""
    return Plan(
        trips=tuple(
            Trip(**{**trip, "visits": tuple(Visit(**visit) for visit in trip["visits"])}) for trip in kept["trips"]
        ),
        shifts=tuple(Shift(**{**shift, "trips": tuple(shift["trips"])}) for shift in kept["shifts"]),
        left=tuple(Left(**left) for left in kept["left"]),
        cost=Cost(**kept["cost"]),
        balance=Balance(**kept["balance"]),
        rule=RoundsRule(**kept["rule"]),
        helped=tuple(Help(**one) for one in kept["helped"]),
        engine_version=kept["engine_version"],
    )


def problem_of(snapshot: Mapping[str, Any]) -> Problem:
    """Without the stops that nothing is brought to any more: they stay in the document, so that no metre of it moves."""
    problem, gone = read_problem(snapshot["document"]), set(snapshot.get("gone", ()))
    return replace(problem, stops=tuple(s for s in problem.stops if s.id not in gone)) if gone else problem


def notice_problem_from_json(kept: Mapping[str, Any]) -> NoticeProblem:
    return NoticeProblem(
        tuple(Shelf(one["id"], one["cap_count"], (one["opens"][0], one["opens"][1])) for one in kept["shelves"]),
        tuple(
            Household(one["id"], one["shelf"], tuple(one["arrive_s"]), one["wants_door"]) for one in kept["households"]
        ),
        kept["window_s"],
    )


def notices_from_json(kept: Mapping[str, Any]) -> Notices:
    return Notices(
        tuple(Call(**one) for one in kept["calls"]),
        tuple(kept["doors"]),
        tuple(Uncalled(**one) for one in kept["left"]),
        kept["ends_s"],
    )
