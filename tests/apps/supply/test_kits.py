"""Pack lists: written, in versions, read from a plain list."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.engine.sheets.kinds import Status
from baogong.journal import queries as journal
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.supply import queries
from baogong.supply.services.kits import KitDoesNotAddUp, KitPart, KitUnusable
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.test_imports import counts, load
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere

LIST = """套餐,物资名称,数量,单位,可替换,允差,整包重量,包装重量,备注
蔬菜包,土豆,2,公斤,红薯、洋芋丝 900克,±5%,5公斤,120克,
,胡萝卜,1斤半,,,5%,,,
,大白菜,３,斤,包菜 1.6公斤,,,,
,洋葱,750,克,,,,,
防护包,N95口罩,10,只,KN95口罩,,,,
,医用手套,5,双,,,,,
,护目镜,1,个,,,,,
"""


def test_a_kit_weighs_what_is_in_it_and_another_content_is_its_next_version(world: World) -> None:
    first = vegetable_kit(world)
    kit = queries.kit(first)
    assert (kit.nominal_g, kit.packaging_g, kit.version) == (5_000, 120, 1)
    assert kit.lines[0].substitutes[0].item_zh == "红薯"
    assert vegetable_kit(world) == first
    second = vegetable_kit(
        world, parts=[KitPart(world.item("potato"), 2_500), KitPart(world.item("carrot"), 2_500)], name_zh="蔬菜包"
    )
    assert (queries.kit(second).version, queries.kit(first).lines[0].amount) == (2, 3_000)
    assert [view.id for view in queries.kits()] == [second]
    assert [view.id for view in queries.kit_versions("vegetable-pack-5kg")] == [second, first]


def test_each_version_has_a_document_of_who_wrote_it_and_what_it_holds(world: World) -> None:
    first = vegetable_kit(world)
    second = vegetable_kit(
        world, parts=[KitPart(world.item("potato"), 2_500), KitPart(world.item("carrot"), 2_500)], name_zh="蔬菜包"
    )
    assert vegetable_kit(world) not in (second,)  # the first content again: a third version, under a third document
    papers = [journal.document(view.document) for view in queries.kit_versions("vegetable-pack-5kg") if view.document]
    assert [paper.number for paper in papers] == ["KT-0003", "KT-0002", "KT-0001"]
    assert [paper.body["supersedes"] for paper in papers] == [2, 1, None]
    assert [part["amount"] for part in papers[1].body["parts"]] == [2_500, 2_500]
    assert [signature.name for signature in papers[2].signatures] == ["Lin"]
    assert queries.kit(first).document == papers[2].id
    (event,) = [one for one in journal.events(document=papers[1].id, limit=9) if one.kind == "supply.kit.written"]
    assert event.subject == second


def test_the_same_request_writes_one_kit_and_another_content_under_its_id_is_refused(world: World) -> None:
    request_id = new_id()
    first = vegetable_kit(world, request_id=request_id)
    before = rows_everywhere()
    assert vegetable_kit(world, request_id=request_id) == first
    assert rows_everywhere() == before
    with pytest.raises(RequestIdReused):
        vegetable_kit(world, request_id=request_id, packaging_g=130)


def test_a_kit_that_nothing_can_be_made_from_is_refused(world: World) -> None:
    potato, carrot = world.item("potato"), world.item("carrot")
    changes: tuple[dict[str, Any], ...] = (
        {"item": potato},
        {"name_zh": " ", "code": ""},
        {"parts": []},
        {"parts": [KitPart(potato, 0)]},
        {"parts": [KitPart(potato, 1), KitPart(potato, 2)]},
        {"parts": [KitPart(potato, 1, 0, ((potato, 1),))]},
        {"parts": [KitPart(potato, 1, 0, ((carrot, 1), (carrot, 2)))]},
        {"parts": [KitPart(world.item("vegetable-pack"), 1)]},
        {"tolerance_permille": 501},
    )
    for changed in changes:
        with pytest.raises(KitUnusable):
            vegetable_kit(world, **changed)
    with pytest.raises(KitDoesNotAddUp):
        vegetable_kit(world, nominal_g=4_000)


def test_strangers_and_keepers_write_no_kits(world: World) -> None:
    for who in (world.cast.stranger, world.cast.bao):
        assert_refused_without_trace(lambda who=who: vegetable_kit(world, actor=who))  # type: ignore[misc]


def test_a_plain_list_becomes_kits_and_again_changes_nothing(world: World) -> None:
    text = LIST.replace("、洋芋丝 900克", "、西红柿 900克")
    view = load("kits", text, world)
    assert counts(view) == {"lines": 7, "added": 7, "matched": 0, "unchanged": 0, "refused": 0, "waiting": 0}
    protection, vegetables = queries.kits()
    assert (protection.nominal_g, protection.lines[1].amount) == (0, 10)  # five pairs of gloves are ten
    assert (vegetables.nominal_g, vegetables.packaging_g) == (5_000, 120)
    assert [(line.item_zh, line.amount, line.tolerance_permille) for line in vegetables.lines] == [
        ("土豆", 2_000, 50),
        ("胡萝卜", 750, 50),
        ("大白菜", 1_500, 0),
        ("洋葱", 750, 0),
    ]
    assert [(one.item_zh, one.amount) for one in vegetables.lines[0].substitutes] == [("红薯", 2_000), ("西红柿", 900)]
    again = load("kits", text + "\n", world)
    assert counts(again)["unchanged"] == 7
    other = load("kits", text.replace("750,克", "760,克"), world)
    assert counts(other) == {"lines": 7, "added": 4, "matched": 0, "unchanged": 3, "refused": 0, "waiting": 0}
    assert queries.kits()[1].version == 2


def test_a_kit_with_one_row_that_cannot_be_read_goes_in_not_at_all(world: World) -> None:
    view = load("kits", LIST, world)
    outcomes = [line.outcome for line in view.lines]
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED] * 4 + [Status.ADDED] * 3
    assert (outcomes[0].where, outcomes[0].found) == ("E2", ["洋芋丝", "900克"][0])
    assert "whole or not at all" in outcomes[1].cure
    assert [kit.name_zh for kit in queries.kits()] == ["防护包"]


@pytest.mark.parametrize(
    ("old", "new", "where", "found"),
    [
        ("750,克", "750,", "C5", "750"),
        ("750,克", "约750,克", "C5", "约750"),
        ("750,克", "750,袋", "C5", "750 袋"),
        ("±5%", "±60%", "F2", "±60%"),
        ("5公斤", "5", "G2", "5"),
        ("5公斤", "6公斤", "A2", "5000"),
    ],
)
def test_each_refusal_names_its_cell(world: World, old: str, new: str, where: str, found: str) -> None:
    text = LIST.replace("、洋芋丝 900克", "").replace(old, new, 1)
    outcomes = [line.outcome for line in load("kits", text, world).lines]
    refused = next(
        outcome for outcome in outcomes if outcome.status is Status.REFUSED and "other rows" not in outcome.cure
    )
    assert refused.found == found
    assert refused.where == where
    assert [kit.name_zh for kit in queries.kits()] == ["防护包"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(",750,克,,,,,", ",750,克,,,8公斤,,"), (",750,克,,,,,", ",750,克,,,,300克,")],
)
def test_rows_of_one_kit_that_contradict_each_other_are_refused(world: World, old: str, new: str) -> None:
    text = LIST.replace("、洋芋丝 900克", "").replace(old, new, 1)
    outcomes = [line.outcome for line in load("kits", text, world).lines]
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED] * 4 + [Status.ADDED] * 3
    assert "the same in every row" in outcomes[0].expected
    assert outcomes[0].found.endswith(f"{outcomes[0].where}, {outcomes[3].where}")
    assert [kit.name_zh for kit in queries.kits()] == ["防护包"]
