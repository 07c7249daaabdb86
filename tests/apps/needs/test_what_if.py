"""A share asked again: what it answers, that a changed weight can be proposed, that nothing is written by asking."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.catalogue.queries import CartonUnknown
from baogong.engine.fairshare import Memory
from baogong.needs.what_if import Question, what_if
from baogong.planning import queries as plans
from baogong.planning.queries import PlanView
from tests.apps.needs.test_allotments import frozen_masks
from tests.apps.needs.test_requests import asking
from tests.apps.needs.test_share import RULE, got, plan_share, sign, two_hospitals
from tests.apps.supply.world import World, rows_everywhere


def made(world: World, **params: Any) -> PlanView:
    return plans.plan(plan_share(world, **params))


def test_who_counts_twice_gains_what_the_others_lose_and_nothing_is_written(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    small, large = two_hospitals(world)
    plan = made(world)
    receiver = next(row["receiver"] for row in plan.snapshot["needs"] if row["need"] == str(small))
    before = rows_everywhere()
    answer = what_if(plan, Question({**RULE, "receivers": {receiver: 2.0}}))
    assert rows_everywhere() == before
    # 1000 · 2v + 3000 v = 2000: the small one gets 800 of 1000, the large one 1200 of 3000
    assert {change.requester: (change.got_before, change.got_after) for change in answer.comparison.changes} == {
        str(small): (500, 800),
        str(large): (1500, 1200),
    }
    assert answer.comparison.changes[0].requester == str(large)  # who loses most stands first
    assert answer.held_back is None

    proposed = plan_share(world, rule={**RULE, "receivers": {receiver: 2.0}})
    assert got(proposed) == {str(small): 800, str(large): 1200}
    assert plans.rerun(proposed).is_same
    assert sum(line.amount for line in sign(world, proposed).lines) == 2000


def test_the_share_as_it_was_made_changes_nothing_for_anybody(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    plan = made(world)
    answer = what_if(plan, Question(plan.rule))
    assert answer.comparison.told_en() == "Nothing changes for anybody."
    assert answer.comparison.before.worst == pytest.approx(plan.result["worst_ratio"])


def test_more_goods_are_told_by_item_and_the_worst_served_rises_as_far_as_they_go(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    (gain,) = what_if(made(world), Question(RULE, pieces=400)).gains
    assert gain.raises_worst
    assert (gain.lifted_from, gain.lifted_to) == pytest.approx((0.5, 0.6))


def test_rounds_without_memory_leave_the_same_one_without_for_ever(world: World) -> None:
    frozen_masks(world, 100, pieces_per_carton=100)
    asking(world, quantity=100)
    asking(world, quantity=100, receiver=world.union)
    courses = what_if(made(world), Question(RULE, rounds=4)).courses
    assert len(courses[Memory.NONE].never_served) == 1
    assert courses[Memory.EARLIER_MET].never_served == ()
    assert [figures.worst for figures in courses[Memory.NONE].so_far] == [0.0] * 4
    assert courses[Memory.EARLIER_MET].figures.worst == pytest.approx(0.5)


def test_trucks_too_small_shrink_shares_and_a_share_can_be_made_under_them(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    plan = made(world)
    (size,) = what_if(plan, Question(RULE, {"weight_g": 10**9})).loads
    assert (size.used > 0, size.is_full) == (True, False)
    half = {"weight_g": round(size.used / 2)}
    answer = what_if(plan, Question(RULE, half))
    assert answer.held_back is not None
    assert sum(change.difference for change in answer.held_back.changes) == -1000
    assert [load.is_full for load in answer.loads] == [True]

    under = plan_share(world, trucks=half)
    assert sum(got(under).values()) == 1000
    assert sign(world, under).state == "APPROVED"
    # what is asked of a share under trucks begins with them: without them more can be brought
    assert what_if(plans.plan(under), Question(RULE)).comparison.after.mean > 0.4


def test_one_sites_trucks_hold_back_too_and_more_goods_are_then_answered_without_them(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    plan = made(world)
    (size,) = what_if(plan, Question(RULE, {"weight_g": 10**9})).loads
    answer = what_if(plan, Question(RULE, {"weight_g": round(size.used / 2), "site": str(world.langfang)}))
    assert [load.is_full for load in answer.loads] == [True]
    assert not answer.are_gains_carried
    assert answer.gains


def test_goods_nobody_said_how_to_box_are_named_before_trucks_are_filled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    plan = made(world)
    monkeypatch.setattr("baogong.catalogue.queries.usual_cartons", lambda items: {})
    with pytest.raises(CartonUnknown) as refused:
        what_if(plan, Question(RULE, {"weight_g": 1}))
    assert refused.value.where == plan.snapshot["needs"][0]["item_zh"]
