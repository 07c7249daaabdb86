"""The worked examples of docs/algorithms/fairshare.md and what-if.md, recomputed; tables are read from the pages themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baogong.engine.fairshare import (
    Allocation,
    Capacity,
    FairnessRule,
    Limit,
    Lot,
    Memory,
    Need,
    Problem,
    Requester,
    Size,
    compare,
    marginal_gains,
    over_days,
    solve,
)

PAGES = Path(__file__).parents[3] / "docs" / "algorithms"
RULE = FairnessRule()


def snapshot(earlier_of_c: float = 0) -> Problem:
    return Problem(
        requesters=(Requester("A"), Requester("B"), Requester("C", earlier_met=earlier_of_c)),
        lots=(Lot("East-1", "mask", 360, "East", carton=40), Lot("West-1", "mask", 760, "West", carton=40)),
        needs=(Need("A", "mask", 1000), Need("B", "mask", 400), Need("C", "mask", 600)),
        reach=frozenset({("East", "A"), ("East", "B"), ("West", "B"), ("West", "C")}),
    )


def example(earlier_of_c: float = 0) -> Allocation:
    return solve(snapshot(earlier_of_c), rule=RULE)


def table(page: str = "fairshare.md") -> dict[str, list[str]]:
    text = (PAGES / page).read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_the_table_of_the_page_is_what_the_engine_says() -> None:
    shared = example()
    told = table()
    assert told["exact"][:4] == [*(f"{met.exact:.0f}" for met in shared.met), "0.36"]
    for row, name, got in (
        ("leximin, whole cartons", "leximin", [met.got for met in shared.met]),
        ("pro rata, whole cartons", "pro_rata", [met.pro_rata for met in shared.met]),
        ("first come (A, B, C)", "first_come", [met.first_come for met in shared.met]),
    ):
        figures = shared.rules[name]
        last = [f"{figures.worst:.2f}", f"{figures.mean:.3f}", f"{figures.gini:.3f}", str(figures.unserved)]
        assert told[row] == [*(str(amount) for amount in got), *last]


def test_the_levels_of_the_page_are_what_the_engine_says() -> None:
    assert [met.level for met in example().met] == pytest.approx([0.36, 0.76, 0.76])
    remembering = example(earlier_of_c=0.5).met
    assert [met.exact for met in remembering] == pytest.approx([360, 400, 360])
    assert remembering[2].level == pytest.approx(1.1)


def test_twice_the_weight_of_the_page() -> None:
    problem = snapshot()
    heavier = replace(problem, requesters=(Requester("A"), Requester("B", weight=2), Requester("C")))
    found = {change.requester: change for change in compare(problem, heavier, rule=RULE).changes}
    assert pytest.approx(0.543, abs=5e-4) == (760 / (400 * 2 + 600))
    assert {who: change.exact_after for who, change in found.items()} == pytest.approx({"A": 360, "B": 400, "C": 360})
    assert [found[who].difference for who in "ABC"] == [0, 80, -80]


def test_the_table_of_more_pieces() -> None:
    told = table("what-if.md")
    assert told["nowhere"][:3] == [f"{met.level:.2f}" for met in example().met]
    gains = marginal_gains(snapshot(), rule=RULE, pieces=200)
    assert [(gain.options[0].site, gain.raises_worst) for gain in gains] == [("East", True), ("West", False)]
    for gain in gains:
        site = gain.options[0].site
        more = replace(snapshot(), lots=(*snapshot().lots, Lot("more", "mask", 200, site)))
        assert told[f"in {site}"][:3] == [f"{met.level:.2f}" for met in solve(more, rule=RULE).met]


def test_the_table_of_days() -> None:
    day = Problem(
        tuple(Requester(name) for name in "abcd"),
        (Lot("daily", "mask", 10, "depot", carton=10),),
        tuple(Need(name, "mask", 10) for name in "abcd"),
    )
    told, courses = table("what-if.md"), over_days([day] * 8, rule=RULE, pause_days=3)
    for memory, row in zip(Memory, ("none", "earlier_met", "pause of 3 days"), strict=True):
        course = courses[memory]
        assert told[row] == [str(len(course.never_served)), f"{course.figures.gini:.3f}"]


def test_the_table_of_trucks() -> None:
    plain = snapshot()
    problem = replace(
        plain,
        lots=(*plain.lots, Lot("gloves", "glove", 500, "West", carton=10)),
        needs=(*plain.needs, Need("C", "glove", 500)),
        capacity=Capacity({"mask": Size(10), "glove": Size(20)}, (Limit(weight_g=12_000),)),
    )
    shared, told = solve(problem, rule=RULE), table("what-if.md")
    assert told["exact under trucks"] == [f"{met.exact:.0f}" for met in shared.met]
    assert told["cartons under trucks"] == [str(met.got) for met in shared.met]
    assert shared.loads[0].room - shared.loads[0].used == pytest.approx(200)
