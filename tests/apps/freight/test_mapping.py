"""The planner's cartons become base units on waybills: nothing is lost between the two, whatever the amounts."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from baogong.engine.freight.problem import Load, Offer, Problem, Site
from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.solve import solve
from baogong.freight.mapping import (
    engine_plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    waybills_of,
)

RULE = FreightRule(version="test", moves_count=60)
SITES = (
    Site("A", 39.5, 116.7, service_s=1800, docks_count=2),
    Site("B", 30.4, 114.9, service_s=1800),
    Site("H", 30.37, 113.44, service_s=1800, docks_count=1, windows=((0, 400_000),)),
    Site("R", 30.55, 114.35, inside_seal=True, service_s=1200),
    Site("S", 30.60, 114.30, inside_seal=True, service_s=1200),
)
OFFERS = (
    Offer("outside A", "c", "truck", "A", 2, 30_000, 10**9, fixed_fen=100),
    Offer("outside B", "c", "truck", "B", 1, 30_000, 10**9, fixed_fen=100),
    Offer("inside", "d", "van", "S", 2, 20_000, 10**9, has_pass=True, may_cross_seal=True, returns=True),
)
parcels = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("RS"), st.integers(1, 700), st.sampled_from((1, 30, 100))),
    min_size=1,
    max_size=4,
)


def problem_of(given_parcels: list[tuple[str, str, int, int]]) -> tuple[Problem, dict[str, Any]]:
    loads, facts = [], {}
    for number, (origin, receiver, amount, pieces) in enumerate(given_parcels):
        name = f"load {number}"
        loads.append(
            Load(name, origin, receiver, -(-amount // pieces), carton_g=pieces * 100, carton_cm3=1, due_s=90_000)
        )
        facts[name] = {
            "parcel": f"parcel {number}",
            "amount": amount,
            "pieces_per_carton": pieces,
            "receiver": receiver,
            "is_met_at": receiver,
            "is_handed_over": True,
        }
    problem = Problem(datetime(2020, 1, 23, tzinfo=UTC), SITES, tuple(loads), OFFERS, hubs=("H",))
    snapshot = {
        "sites": {site.id: site.id for site in SITES},
        "offers": {offer.id: {"carrier": offer.carrier, "kind": offer.kind} for offer in OFFERS},
        "loads": facts,
    }
    return problem, snapshot


@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)  # a plan is slow to shrink
@given(given_parcels=parcels)
def test_every_unit_the_plan_moves_leaves_once_and_ends_once_and_hubs_send_on_what_they_get(
    given_parcels: list[tuple[str, str, int, int]],
) -> None:
    problem, snapshot = problem_of(given_parcels)
    plan = solve(problem, RULE)
    bills = waybills_of(problem, plan, snapshot)
    into: Counter[tuple[str, str]] = Counter()
    out_of: Counter[tuple[str, str]] = Counter()
    for bill in bills:
        assert bill["depart_at"] <= bill["arrive_at"]
        assert bill["lines"]
        for line in bill["lines"]:
            assert line["amount"] > 0
            assert (bill["receiver"] == bill["target"]) == line["is_last"]
            out_of[line["parcel"], bill["origin"]] += line["amount"]
            into[line["parcel"], bill["target"]] += line["amount"]
    left = {each.load for each in plan.left}
    for number, (origin, receiver, amount, _) in enumerate(given_parcels):
        parcel = f"parcel {number}"
        if f"load {number}" not in left:
            assert out_of[parcel, origin] == amount
            assert into[parcel, receiver] == amount
        assert into[parcel, "H"] == out_of[parcel, "H"]


def test_one_leg_may_take_part_of_a_load_at_its_origin_and_part_at_the_hub() -> None:
    problem, snapshot = problem_of([("A", "R", 601, 1), ("B", "R", 500, 30)])
    bills = waybills_of(problem, solve(problem, RULE), snapshot)
    from_b = [line["amount"] for bill in bills if bill["origin"] == "B" for line in bill["lines"]]
    assert sum(from_b) == 500


@settings(max_examples=10, deadline=None)
@given(given_parcels=parcels)
def test_problem_and_plan_come_back_from_json_as_they_went(given_parcels: list[tuple[str, str, int, int]]) -> None:
    problem, snapshot = problem_of(given_parcels)
    assert problem_from_json(json.loads(json.dumps(problem_to_json(problem)))) == problem
    plan = solve(problem, RULE)
    kept = json.loads(json.dumps(plan_to_json(problem, plan, snapshot)))
    back = engine_plan_from_json(kept["engine_plan"])
    assert (back.legs, back.routes, back.hub, back.score, back.left) == (
        plan.legs, plan.routes, plan.hub, plan.score, plan.left,
    )  # fmt: skip
