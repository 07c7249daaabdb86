"""Plans of the story's instance, made once for all tests that read them."""

from __future__ import annotations

import pytest

from baogong.engine.freight import FreightRule, Plan, Problem, solve
from tests.engine.freight.story import problem

RULE = FreightRule("2020-01-23", moves_count=3_000)


@pytest.fixture(scope="session")
def relay() -> tuple[Problem, Plan]:
    """Six origins and a pick-up, the hub at Xiantao, vehicles with passes only inside."""
    work = problem()
    return work, solve(work, RULE)


@pytest.fixture(scope="session")
def rule() -> FreightRule:
    return RULE
