"""`baogong release leave-draw` and `take-out`: out of a draw with the receipt's number, or at a desk by the document alone."""

from __future__ import annotations

import pytest

from baogong.journal.clock import mark_drill
from baogong.journal.queries import events
from baogong.kernel.ids import new_id
from baogong.release import queries
from tests.apps.release.test_draws import NONCE, announced, enter
from tests.apps.release.world import NOW, World, make_world
from tests.books import Built
from tests.cast import make_cast
from tests.ops.conftest import Answer, Terminal

NUMBER = "EZHANG00000"  # of whom `enter` calls zhang


@pytest.fixture
def city(built: Built) -> World:
    return built(make_city)


def make_city() -> World:
    mark_drill(name="city", at=NOW)
    return make_world(make_cast())


def test_who_lost_the_receipt_is_taken_out_once_and_the_number_stands_nowhere(city: World, terminal: Terminal) -> None:
    draw = announced(city, city.tranche(10, mode="DRAW"))
    entry, request = enter(city, draw, "zhang").entry, new_id()

    def told(number: str, *words: object) -> Answer:
        return terminal(
            "release", "take-out", entry, "--why", "the receipt is lost", "--as", city.wu.name, "--json", *words,
            stdin=f"{number}\n",
        )  # fmt: skip

    refused = told("E99900000")
    assert (refused.code, refused.error["code"], refused.error["where"]) == (2, "release.draw-unusable", "number")
    assert queries.draw(draw).taken_out == 0
    first = told(NUMBER, "--request-id", request)
    assert first.code == 0, first.out + first.err
    assert (first.document["entry"], first.document["taken_out"]) == (str(entry), True)
    again = told(NUMBER, "--request-id", request)
    assert again.document["left_at"] == first.document["left_at"]
    assert told(NUMBER).error["code"] == "release.draw-step"
    assert NUMBER not in first.out + first.err + str(events(limit=None))
    (told_of,) = events(kinds=["release.draw.taken-out"])
    assert (told_of.person, told_of.data["why"]) == (city.wu.person_id, "the receipt is lost")
    assert queries.draw(draw).taken_out == 1


def test_who_has_the_receipts_number_leaves_by_it(city: World, terminal: Terminal) -> None:
    draw = announced(city, city.tranche(10, mode="DRAW"))
    entry = enter(city, draw, "zhang").entry
    answer = terminal("release", "leave-draw", entry, NONCE.hex(), "--as", city.wu.name, "--json")
    assert answer.code == 0, answer.out + answer.err
    assert (answer.document["entry"], answer.document["taken_out"]) == (str(entry), False)
    assert (queries.draw(draw).left, queries.draw(draw).taken_out) == (1, 0)
