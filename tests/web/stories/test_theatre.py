"""The theatre's page without a script, and the one document that its script reads."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from baogong.journal.clock import tell_step
from baogong.ledger.states import Reason
from baogong.tower import queries
from baogong.tower.queries import replay
from baogong.web.stories.maps import LEAST_R, MORE_R, maps_of, radius
from baogong.web.stories.theatre import amount_of
from baogong.web.words import WORDS
from tests.apps.freight.world import NOW, World
from tests.apps.tower.test_replay import make_relay
from tests.books import Built
from tests.web.visits import read, visit

THEATRE, FRAMES = "stories:theatre", "stories:frames"
HOUR = timedelta(hours=1)
COLD_MAX = 30  # one look at every room, once for each growth of the book


@pytest.fixture
def relay(built: Built) -> World:
    world = built(make_relay)
    tell_step(number=1, at=NOW - HOUR, title="封城 · the city is sealed")
    tell_step(number=2, at=NOW + HOUR, title="夜里发车 · through the night")
    return world


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_without_a_script_it_is_a_map_and_a_table_of_the_steps(relay: World, language: str) -> None:
    page = read(visit("lin", language), reverse(THEATRE), most=COLD_MAX)
    played = replay()
    assert played is not None
    titles = {"zh-hans": ("封城", "夜里发车"), "en": ("the city is sealed", "through the night")}[language]
    rows = re.findall(r"<tr><td class=\"nowrap\".*?</tr>", page)
    assert len(rows) == 2
    assert all(title in row for title, row in zip(titles, rows, strict=True))
    assert f"{played.frames[-1].movements_count:,}</td>" in rows[1]
    assert f"{played.frames[-1].came[0]:,}</td>" in rows[1]
    assert "仙桃中转仓" in page
    assert "data-controls hidden" in page, "what only a script can work is not shown without one"


def test_once_the_book_has_been_read_it_is_not_read_again_until_it_grows(relay: World) -> None:
    lin = visit("lin")
    read(lin, reverse(THEATRE), most=COLD_MAX)
    read(lin, reverse(THEATRE))
    read(lin, reverse(FRAMES))


def test_the_document_is_the_replay_and_is_not_sent_twice(relay: World) -> None:
    lin = visit("lin")
    answer = lin.get(reverse(FRAMES))
    document = json.loads(answer.content)
    played = replay()
    assert played is not None
    assert [frame["movements_count"] for frame in document["frames"]] == [
        frame.movements_count for frame in played.frames
    ]
    assert document["steps"][1]["title"] == "夜里发车 · through the night"
    assert len(answer.content) < 1_000_000
    again = lin.get(reverse(FRAMES), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    relay.allot("langfang suits", relay.team, 10)
    grown = lin.get(reverse(FRAMES), headers={"If-None-Match": answer.headers["ETag"]})
    assert grown.status_code == 200
    assert json.loads(grown.content)["frames"][-1]["movements_count"] > document["frames"][-1]["movements_count"]


def test_a_stretch_of_time_begins_with_what_stood_before_it(relay: World) -> None:
    lin = visit("lin")
    asked = {"from_at": "2020-01-24T00:00", "until_at": "2020-01-25T00:00"}
    document = json.loads(lin.get(reverse(FRAMES), asked).content)
    whole = json.loads(lin.get(reverse(FRAMES)).content)
    assert datetime.fromisoformat(document["frames"][0]["at"]) == datetime(2020, 1, 23, 16, tzinfo=UTC)
    assert 0 < document["frames"][0]["movements_count"] < whole["frames"][-1]["movements_count"]
    page = read(lin, f"{reverse(THEATRE)}?from_at=2031-01-01T00:00", most=COLD_MAX)
    assert "Nothing was written in this book in that time" in page
    turned = lin.get(reverse(THEATRE), {"from_at": "2020-01-25T00:00", "until_at": "2020-01-24T00:00"})
    assert turned.status_code == 400
    assert "ends before it begins" in turned.content.decode()


def test_the_office_sees_it_in_a_real_book_and_everybody_in_a_demonstration(relay: World, settings: Any) -> None:
    for name in (THEATRE, FRAMES):
        assert Client().get(reverse(name)).headers["Location"].startswith(reverse("account:login"))
        read(visit("bao"), reverse(name), status=403)
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    for name in (THEATRE, FRAMES):
        assert Client().get(reverse(name)).status_code == 200
    page = Client().get(reverse(THEATRE)).content.decode()
    assert '"document": ""' in page, "a paper opens to the office alone"


def test_circles_are_by_area_and_stay_within_their_measure() -> None:
    assert radius(0, 100) == 0
    assert radius(100, 100) == LEAST_R + MORE_R
    assert radius(25, 100) == LEAST_R + MORE_R / 2
    assert radius(5, 0) == 0


def test_each_place_is_on_a_map_and_each_way_once(relay: World) -> None:
    played = queries.replay()
    assert played is not None
    drawn = maps_of(played, 0)
    shown = {spot.number for map_ in drawn for spot in map_.spots}
    assert shown == {number for number, place in enumerate(played.places) if place.id is not None}
    ways = [(source, target) for map_ in drawn for source, target, _path in map_.ways]
    assert sorted(ways) == sorted({(str(trip.source), str(trip.target)) for trip in played.trips})


def test_amounts_are_told_in_their_own_unit_and_every_reason_has_a_word() -> None:
    assert [amount_of(1_234_500, kind) for kind in range(3)] == ["1,234,500", "1,234.5 kg", "¥12,345.00"]
    assert {reason.value for reason in Reason} <= WORDS["reason"].keys()
