"""Packs on the scale, trucks on the bridge, 4,000 packs held against 21 tonnes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from baogong.engine.packs import Explained
from baogong.journal import queries as journal
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.supply import queries, services
from baogong.supply.services.weighing import NotWeighedHere, TicketKnown, WeightMisread
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

KG = 1_000
T = 1_000 * KG


def truck(world: World, net_g: int = 21 * T, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "site": world.cast.hub,
        "plate": "沪B12345",
        "ticket": "0417-01",
        "gross_g": net_g + 12 * T,
        "tare_g": 12 * T,
        "stated_g": 21 * T,
        "by_name": "老周",
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return services.weigh_truck(**{**asked, **changed})


def packs(world: World, weights_g: list[int], **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "kit": changed.get("kit") or vegetable_kit(world),
        "site": world.cast.hub,
        "weights_g": weights_g,
        "stands_for": 4_000,
        "by_name": "Bao",
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return services.weigh_packs(**{**asked, **changed})


def state(world: World, trucks: list[UUID], *causes: Explained, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "trucks": trucks,
        "kit": changed.get("kit") or vegetable_kit(world),
        "packs": 4_000,
        "causes": causes,
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return services.state_weights(**{**asked, **changed})


def open_tasks() -> list[str]:
    return [task.title for task in journal.tasks(True)]


def test_four_thousand_packs_against_twenty_one_tonnes(world: World) -> None:
    """20 t of vegetables, 480 kg of bags, 400 kg of pallets: 120 kg stay open of 21 t, of which 210 may."""
    view = queries.statement(state(world, [truck(world)], Explained("PALLETS", 400 * KG, "20 × 20 kg")))
    assert (view.delivered_g, view.difference_g, view.each_g) == (21 * T, T, 250)
    assert [(each.cause, each.grams) for each in view.causes] == [("PACKAGING", 480 * KG), ("PALLETS", 400 * KG)]
    assert (view.unexplained_g, view.allowed_g, view.verdict) == (120 * KG, 210 * KG, "WITHIN")
    assert open_tasks() == []
    body = journal.document(view.document).body
    assert (body["unexplained_g"], body["verdict"]) == (120 * KG, "WITHIN")


def test_what_stays_open_becomes_a_task_of_the_office(world: World) -> None:
    view = queries.statement(state(world, [truck(world)]))
    assert (view.unexplained_g, view.verdict) == (520 * KG, "OPEN")
    assert open_tasks() == [
        f"{view.number}：称得比包数应有的多 520 公斤，原因不明，请查 · "
        f"{view.number}: 520 kg more than the packs should weigh, unexplained: find out why"
    ]


def test_a_truck_is_kept_with_who_read_the_scale_and_a_light_one_is_looked_at(world: World) -> None:
    request = new_id()
    weighed = truck(world, 20 * T, request_id=request)
    assert truck(world, 20 * T, request_id=request) == weighed
    view = queries.weighing(weighed)
    assert (view.net_g, view.off_g, view.verdict, view.by_name) == (20 * T, -T, "LIGHT", "老周")
    assert [(seen.kind, seen.by_name) for seen in journal.evidence_under([view.document])] == [("WITNESS", "老周")]
    assert open_tasks() == [
        f"{view.number}：称得比应有的少 1,000 公斤，请查 · "
        f"{view.number}: 1,000 kg less than there should be: find out why"
    ]
    with pytest.raises(RequestIdReused):
        truck(world, 19 * T, request_id=request)
    with pytest.raises(TicketKnown):
        truck(world)


def test_a_sample_speaks_for_all_packs_without_their_bags(world: World) -> None:
    view = queries.weighing(packs(world, [5_200, 5_260, 5_230, 5_270, 5_240]))
    assert (view.net_g, view.total_g, view.each_g, view.verdict) == (25_600, 20_480_000, 120, "WITHIN")
    assert view.margin_g > 0
    heavy = queries.weighing(packs(world, [], sum_g=10 * 5_600, packs=10, stands_for=10))
    assert (heavy.total_g, heavy.margin_g, heavy.verdict, heavy.each_g) == (54_800, 0, "HEAVY", 480)


@pytest.mark.parametrize(("found_g", "slip"), [(5, "KG_AS_G"), (10_240, "JIN_AS_KG"), (5_120_000, "G_AS_KG")])
def test_a_figure_in_another_unit_is_refused_and_leaves_no_trace(world: World, found_g: int, slip: str) -> None:
    kit = vegetable_kit(world)
    before = rows_everywhere()
    with pytest.raises(WeightMisread) as refused:
        packs(world, [5_120, found_g], kit=kit)
    assert refused.value.data["slip"] == slip
    with pytest.raises(WeightMisread):
        truck(world, 21 * KG)
    assert rows_everywhere() == before


def test_nonsense_is_refused_and_leaves_no_trace(world: World) -> None:
    weighed, kit = truck(world), vegetable_kit(world)
    other = truck(world, site=world.langfang, actor=world.cast.lin)
    before = rows_everywhere()
    acts: tuple[Callable[[], object], ...] = (
        lambda: packs(world, [], kit=kit),
        lambda: packs(world, [5_000] * 3, stands_for=2, kit=kit),
        lambda: packs(world, [5_000], by_name=" ", kit=kit),
        lambda: truck(world, tare_g=60 * T, ticket="2"),
        lambda: truck(world, plate="", ticket="2"),
        lambda: state(world, [weighed], Explained("GHOSTS", 1), kit=kit),
        lambda: state(world, [weighed], packs=0, kit=kit),
    )
    for act in acts:
        with pytest.raises(UnusableInput):
            act()
    for trucks in ([weighed, other], [new_id()], []):
        with pytest.raises(NotWeighedHere):
            state(world, trucks, kit=kit)
    assert rows_everywhere() == before


def test_a_stranger_and_a_keeper_of_another_site_weigh_nothing(world: World) -> None:
    kit, weighed = vegetable_kit(world), truck(world)
    for who in (world.cast.stranger, world.kai):
        assert_refused_without_trace(partial(truck, world, ticket="9", actor=who))
        assert_refused_without_trace(partial(packs, world, [5_000], kit=kit, actor=who))
        assert_refused_without_trace(partial(state, world, [weighed], kit=kit, actor=who))
