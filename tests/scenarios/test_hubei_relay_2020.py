"""Six warehouses, one hub, a sealed city: the story and its contract, through the installed command."""

from __future__ import annotations

import pytest

from baogong.tower.stories import Expectation, expectations
from tests.scenarios.conftest import Played
from tests.scenarios.holding import PlayedStory, rehearses_as_planned
from tests.scenarios.killed_plays import BAOGONG, STORY, Stand

EXPECTED: tuple[Expectation, ...] = expectations(STORY)


def test_the_story_holds_and_its_document_has_the_promised_shape(played: Played) -> None:
    document = played.document
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (played.code, document["ok"], document["scenario"]) == (0, True, STORY)
    assert {"scenario", "ok", "expectations", "facts", "book", "seconds"} <= document.keys()
    assert [(row["name"], row["expected"]) for row in document["expectations"]] == [
        (expectation.name, expectation.expected) for expectation in EXPECTED
    ]
    for row, expectation in zip(document["expectations"], EXPECTED, strict=True):
        assert {"name", "expected", "got", "ok"} <= row.keys()
        assert expectation.holds(row["got"]) is row["ok"]
        assert "broke_by" not in row
    assert document["facts"]
    assert all(type(value) in (int, str) for value in document["facts"].values())
    book = document["book"]
    assert (type(book["movements"]), book["verified"]) == (int, True)
    assert len(bytes.fromhex(book["stamp"])) == 32
    assert isinstance(document["seconds"], float)


def test_with_nothing_random_its_rehearsal_is_its_plan(at: Stand, played: Played) -> None:
    rows = rehearses_as_planned(at, PlayedStory(STORY, played.code, played.document, played.told))
    assert {row["about"] for row in rows} == {"LAST", "ARRIVAL"}


def test_the_story_played_again_into_its_book_changes_nothing(played: Played) -> None:
    first, again = (
        {key: value for key, value in document.items() if key not in ("seconds", "kept_as", "logins")}
        for document in (played.document, played.document_again)
    )
    assert again == first
    assert played.code_again == 0
    assert played.told_again == played.told


@pytest.mark.parametrize(
    ("what", "measures"),
    [
        ("thermometers stand on a truck", {"units_unaccounted_for": 30}),
        ("thermometers stand on a truck, promised", {"units_unaccounted_for": 30}),
        ("thermometers are lost under no document", {"units_unaccounted_for": 30}),
        ("thermometers are lost under a waybill", {"units_unaccounted_for": 30}),
        ("a recount finds thirty thermometers fewer, and the next one finds them again", {}),
        ("a truck from outside comes to a hospital", {"outside_vehicles_across_the_seal": 1}),
        ("a truck from outside comes to the team", {"outside_vehicles_across_the_seal": 1}),
        ("a truck with a pass comes to the team", {}),
        ("a truck from outside comes to Jingmen", {}),
        ("another doubt is settled", {}),
        ("the first batch is settled as 130,000", {}),
        ("consigned suits are packed anew", {}),
        ("consigned suits become the company's", {"consigned_owner_changed": 2}),
        ("a plan is approved that says it replaces the first and moves nothing", {}),
        ("a truck of the new plan never came", {"late_truck_replanned": 0}),
        ("the late truck's waybill was taken back on the road", {"late_truck_replanned": 0}),
    ],
)
def test_one_wrong_thing_in_the_book_moves_its_own_measure_alone(
    played: Played, what: str, measures: dict[str, int]
) -> None:
    assert played.spoilt[what] == measures


@pytest.mark.parametrize(
    "what",
    ["a recount finds thirty thermometers fewer", "thermometers leave the book by a correction under no document"],
)
def test_units_that_a_count_or_a_bare_correction_lets_vanish_are_not_accounted_for(played: Played, what: str) -> None:
    says = dict(played.spoilt[what])
    assert says.pop("units_unaccounted_for") == 30
    # They were the shop's own, so what it counted is told short by them too.
    assert says == {"off_sale_pieces": 17_610, "committed_is_counted_minus_sold": 30}


@pytest.mark.parametrize("broken", ["units_unaccounted_for"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--break", broken, "--json")
    fallen = {row["name"]: row for row in document["expectations"] if not row["ok"]}
    assert (code, document["ok"]) == (1, False)
    assert broken in fallen
    assert fallen[broken]["broke_by"]
    assert "no effect" not in fallen[broken]["broke_by"]
    assert not EXPECTED[[expectation.name for expectation in EXPECTED].index(broken)].holds(fallen[broken]["got"])


@pytest.mark.parametrize(
    ("words", "where", "found"),
    [(("hubei-relay-2021",), "NAME", "hubei-relay-2021"), ((STORY, "--break", "the_moon"), "--break", "the_moon")],
)
def test_an_unknown_scenario_or_expectation_is_refused_in_one_document(
    at: Stand, words: tuple[str, ...], where: str, found: str
) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", *words, "--json")
    assert code == 2
    error = document["error"]
    assert error.keys() >= {"code", "message", "where", "found", "expected", "cure"}
    assert (error["where"], error["found"]) == (where, found)
    assert error["expected"]


def test_a_kept_book_that_is_not_there_is_refused(at: Stand) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--reopen", "play_nowhere", "--json")
    assert (code, document["error"]["found"]) == (2, "play_nowhere")


def test_the_list_names_the_story_in_both_languages(at: Stand) -> None:
    code, rows = at.run(BAOGONG, "scenario", "list", "--json")
    assert code == 0
    (row,) = (row for row in rows if row["name"] == STORY)
    assert {"name", "title_en", "title_zh", "door", "story"} <= row.keys()
    assert row["story"] == 1
