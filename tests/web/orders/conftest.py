"""The compound with its basket, in a drill whose clock stands at 09:00."""

from __future__ import annotations

import pytest

from baogong.journal.clock import mark_drill
from tests.apps.orders.world import NOW, World, make_world
from tests.books import Built


@pytest.fixture
def world(built: Built) -> World:
    return built(make_quarter)


def make_quarter() -> World:
    mark_drill(name="the neighbourhood", at=NOW)
    return make_world()
