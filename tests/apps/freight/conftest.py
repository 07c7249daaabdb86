from __future__ import annotations

import pytest

from tests.apps.freight.world import World, make_world
from tests.books import Built


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)
