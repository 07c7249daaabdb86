from __future__ import annotations

import pytest

from tests.apps.delivery.world import World, make_world
from tests.books import Built


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


@pytest.fixture
def fresh_world(fresh_book: str) -> World:
    """In a book of its own, with real commits."""
    return make_world()
