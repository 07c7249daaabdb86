"""The city in a book that is rolled back, or in one of its own."""

from __future__ import annotations

import pytest

from baogong.journal.clock import mark_drill
from tests.apps.release.world import NOW, World, make_world
from tests.books import Built
from tests.cast import Cast, make_cast


@pytest.fixture
def world(built: Built) -> World:
    return built(make_city)


@pytest.fixture
def cast(world: World) -> Cast:
    """Who lives and works in the city."""
    return world.cast


@pytest.fixture
def drill(built: Built) -> World:
    """The city in a drill: its draws may take a beacon made for the day."""
    return built(make_city_in_drill)


def make_city_in_drill() -> World:
    mark_drill(name="drill", at=NOW)
    return make_city()


def make_city() -> World:
    return make_world(make_cast())


@pytest.fixture
def fresh_world(fresh_cast: Cast) -> World:
    return make_world(fresh_cast)
