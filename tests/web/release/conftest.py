"""The city in a drill whose clock stands at 10:00 of its day."""

from __future__ import annotations

import pytest

from baogong.journal.clock import mark_drill
from tests.apps.release.world import NOW, World, make_world
from tests.books import Built
from tests.cast import make_cast


@pytest.fixture
def world(built: Built) -> World:
    return built(make_city)


def make_city() -> World:
    mark_drill(name="the city", at=NOW)
    return make_world(make_cast())
