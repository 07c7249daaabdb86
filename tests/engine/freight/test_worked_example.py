"""The worked example of docs/algorithms/freight.md, recomputed; its table is read from the page itself."""

from __future__ import annotations

from pathlib import Path

from baogong.engine.freight import FreightRule, Lane, Load, Offer, Problem, Site, check, solve
from tests.engine.freight.story import HOUR, ZERO_AT

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "freight.md"
MINUTE = 60
ROADS = (
    ("A", "H", 120, 120),
    ("B", "H", 60, 60),
    ("A", "B", 180, 180),
    ("H", "C", 60, 60),
    ("D", "H", 60, 60),
    ("D", "C", 30, 30),
    ("D", "A", 180, 180),
    ("D", "B", 120, 120),
    ("A", "C", 180, 180),
    ("B", "C", 120, 120),
)


def example() -> Problem:
    lanes = [Lane(a, b, km * 1000, minutes * MINUTE) for a, b, km, minutes in ROADS]
    lanes += [Lane(b, a, km * 1000, minutes * MINUTE) for a, b, km, minutes in ROADS]
    half = 30 * MINUTE
    return Problem(
        zero_at=ZERO_AT,
        sites=(
            Site("A", 30.0, 113.0, service_s=half),
            Site("B", 30.0, 113.1, service_s=half),
            Site("H", 30.0, 113.2, service_s=half, docks_count=1),
            Site("C", 30.0, 113.3, service_s=half, inside_seal=True),
            Site("D", 30.0, 113.4, inside_seal=True),
        ),
        loads=(Load("from A", "A", "C", 10, 1000, 1000), Load("from B", "B", "C", 10, 1000, 1000)),
        offers=(
            Offer("lorry-a", "carrier", "lorry", "A", 1, 50_000, 50_000, 10_000, 500),
            Offer("lorry-b", "carrier", "lorry", "B", 1, 50_000, 50_000, 10_000, 500),
            Offer(
                "box",
                "city",
                "box",
                "D",
                1,
                50_000,
                50_000,
                5_000,
                300,
                has_pass=True,
                may_cross_seal=True,
                returns=True,
            ),
        ),
        hubs=("H",),
        lanes=tuple(lanes),
    )


def clock(seconds: int) -> str:
    return f"{seconds // HOUR:02d}:{seconds % HOUR // MINUTE:02d}"


def test_the_table_of_the_page_is_what_the_engine_plans() -> None:
    problem = example()
    plan = solve(problem, FreightRule("page", moves_count=1000))
    assert check(problem, plan) == []
    rows = [
        line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ]
    told = {tuple(cell.strip() for cell in row) for row in rows if row[0].strip().split("-")[0] in ("lorry", "box")}
    made = {
        (
            leg.vehicle,
            leg.origin,
            clock(leg.depart_s),
            leg.destination,
            clock(leg.arrive_s),
            str(sum(cartons for _, cartons in leg.carries)),
        )
        for leg in plan.legs
    }
    assert made == told
    assert (plan.score.last_arrival_s, plan.score.cost_fen) == (4 * HOUR + 30 * MINUTE, 160_000)
    assert plan.bound.last_arrival_s == plan.score.last_arrival_s
