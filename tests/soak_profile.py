"""
Pytest as `tools/soak` runs it: `-p tests.soak_profile`.

Property tests that do not say how many examples they want take EXAMPLES; tests with several connections at once
get the mark `races`.
"""

from __future__ import annotations

from types import CodeType

import pytest
from hypothesis import settings

EXAMPLES = 1_000

settings.register_profile("soak", max_examples=EXAMPLES, deadline=None, derandomize=False)
settings.load_profile("soak")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "races: several real connections at the same moment")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and is_race(item):
            item.add_marker("races")


def is_race(item: pytest.Function) -> bool:
    """It stands in a file of races, or calls `tests.races.race`."""
    code = getattr(item.function, "__code__", None)
    return item.path.name == "test_races.py" or (isinstance(code, CodeType) and "race" in _names(code))


def _names(code: CodeType) -> set[str]:
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return set(code.co_names).union(*(_names(each) for each in inner))
