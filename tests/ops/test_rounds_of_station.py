"""A station's rounds at the terminal: drafted, approved by another, planned anew without somebody, given out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from tests.apps.delivery.world import NOW, World, make_world
from tests.cast import log_in_as
from tests.ops.conftest import Terminal

HOURS = ("--from", "2022-04-13 08:00", "--until", "2022-04-13 16:00")


@pytest.fixture
def street(db: None, settings: Any) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    mark_drill(name="the street", at=NOW)
    return make_world()


def told(terminal: Terminal, *words: str, by: str = "") -> Any:
    answer = terminal("rounds", *words, *(("--as", by) if by else ()), "--json")
    assert answer.code == 0, answer.out
    return answer.document


def test_rounds_are_drafted_approved_planned_anew_and_given_out(street: World, terminal: Terminal) -> None:
    codes = street.here(6)
    log_in_as("Hu", [(Duty.APPROVER, None)], NOW)
    drafted = told(terminal, "draft", "酒仙桥内站", *HOURS, "--pieces", "3", by=street.lin.name)
    assert drafted["plan"]["state"] == "PROPOSED"
    assert drafted["problems"] == []
    assert drafted["left"] == []
    assert sum(trip["pieces"] for trip in drafted["trips"]) == len(codes)
    assert max(trip["pieces"] for trip in drafted["trips"]) <= 3
    assert delivery.rounds(station=street.inner) == ()
    assert told(terminal, "approve", by="Hu")["plan"]["state"] == "APPROVED"
    out = drafted["trips"][0]["courier"]
    again = told(terminal, "again", "--without", out, by=street.lin.name)
    assert {trip["courier"] for trip in again["trips"]}.isdisjoint({out})
    assert told(terminal, "show")["plan"]["id"] == again["plan"]["id"]
    told(terminal, "approve", "newest", by="Hu")
    name = again["trips"][0]["name"]
    loaded = told(terminal, "load", "酒仙桥内站", name, "--left", codes[0], by=street.bao.name)
    assert set(loaded["parcels"]) <= set(codes) - {codes[0]}
    (round_,) = [row for row in delivery.rounds(station=street.inner) if row.name == name and row.state == "STARTED"]
    assert round_.courier_name != out
    refused = terminal("rounds", "undo", "newest", "--as", "Hu", "--json")
    assert (refused.code, refused.error["code"]) == (2, "delivery.already-loaded")


def test_of_two_rounds_of_one_name_the_one_that_is_meant_is_loaded(street: World, terminal: Terminal) -> None:
    today, tomorrow = street.here(2)
    first = street.give_round(street.mei, [today])
    other = street.give_round(street.mei, [tomorrow], at=NOW + timedelta(days=1))
    refused = terminal("rounds", "load", "酒仙桥内站", "T0001", "--as", street.bao.name, "--json")
    assert (refused.code, refused.error["where"]) == (2, "T0001")
    assert [one.split()[0] for one in refused.error["expected"]] == [str(first), str(other)]
    loaded = told(terminal, "load", "酒仙桥内站", str(first), by=street.bao.name)
    assert loaded["parcels"] == [today]
    again = terminal("rounds", "load", "酒仙桥内站", str(first), "--as", street.bao.name, "--json")
    assert (again.code, again.document["parcels"]) == (0, [])
    assert "Nothing of" in again.err


def test_a_round_of_no_such_name_is_refused(street: World, terminal: Terminal) -> None:
    refused = terminal("rounds", "load", "酒仙桥内站", "T0007", "--as", street.bao.name, "--json")
    assert (refused.code, refused.error["where"]) == (2, "T0007")
