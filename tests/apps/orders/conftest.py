"""The compound in a book that is rolled back, or in one of its own with real commits."""

from __future__ import annotations

import pytest

from tests.apps.orders.world import World, make_world
from tests.books import Built


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


@pytest.fixture
def fresh_world(fresh_book: str) -> World:
    return make_world()
