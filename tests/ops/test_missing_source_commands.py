"""`baogong release declare-missing` and `release draw --fallback`: a draw whose announced source has not come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from baogong.engine.draw import drill_signature
from baogong.journal.clock import mark_drill, set_clock
from baogong.release import queries
from tests.apps.release.test_draws import CHAIN, SECRET
from tests.apps.release.test_missing_sources import DECLARED, FALLBACK, MINUTE, waiting
from tests.apps.release.world import NOW, World, make_world
from tests.books import Built
from tests.cast import PASSWORD, make_cast
from tests.ops.conftest import Answer, Terminal


@pytest.fixture
def city(built: Built) -> World:
    return built(make_city)


def make_city() -> World:
    mark_drill(name="city", at=NOW)
    return make_world(make_cast())


def test_declared_at_the_terminal_and_drawn_from_the_fallback(city: World, terminal: Terminal, tmp_path: Path) -> None:
    draw, number, file = waiting(city), CHAIN.round_at(FALLBACK), tmp_path / "round.json"
    file.write_text(json.dumps({"round": number, "signature": drill_signature(CHAIN, SECRET, number).hex()}))

    def told(*words: str) -> Answer:
        return terminal("release", *words, "--as", city.lin.name, "--json", stdin=f"{PASSWORD}\n")

    def drawn(*words: str) -> Any:
        return told("draw", str(draw), str(file), *words)

    set_clock(DECLARED)
    assert drawn("--fallback").error["code"] == "release.other-source"
    first = told("declare-missing", str(draw)).document
    assert (first["state"], queries.draw(draw).missing_declared_at) == ("CLOSED", DECLARED)
    set_clock(DECLARED + MINUTE)
    assert told("declare-missing", str(draw)).document["missing_declared_at"] == first["missing_declared_at"]
    set_clock(FALLBACK)
    assert drawn().error["code"] == "release.other-source", "it is not the announced source's"
    answer = drawn("--fallback").document
    assert (answer["state"], answer["is_by_fallback"], answer["winners"]) == ("DRAWN", True, 3)
