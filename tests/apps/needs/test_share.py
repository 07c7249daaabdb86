"""The fair share as a plan: what takes part, what it proposes, what approval places, when it is overtaken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs import queries, share
from baogong.needs.errors import NothingToShare
from baogong.needs.services import check, renew
from baogong.needs.services.ties import tie
from baogong.needs.views import NeedState
from baogong.people.services.parties import register_party
from baogong.planning import queries as plans
from baogong.planning.services import HandHasMoved, PlanOvertaken, approve, make_plan, undo
from baogong.supply.services import Arrival, Offered
from tests.apps.needs.test_allotments import frozen_masks, hand_over, load_on_truck, promise
from tests.apps.needs.test_requests import asking
from tests.apps.supply.test_gifts import judge, offer, receive
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW

LATER, TOO_LATE = NOW + timedelta(hours=1), NOW + timedelta(hours=48)
RULE: dict[str, Any] = {"version": "leximin-1"}


def plan_share(world: World, *, now: Any = NOW, rule: Any = None, **params: Any) -> Any:
    return make_plan(kind="SHARE", params=params, rule=rule or RULE, actor=world.cast.lin, now=now, request_id=new_id())


def sign(world: World, plan: Any, *, now: Any = LATER) -> Any:
    return approve(plan=plan, actor=world.cast.mei, now=now, request_id=new_id())


def got(plan: Any) -> dict[str, int]:
    """need → base units proposed."""
    amounts: dict[str, int] = {}
    for entry in plans.plan(plan).result["shares"]:
        amounts[entry["need"]] = amounts.get(entry["need"], 0) + entry["amount"]
    return amounts


def two_hospitals(world: World) -> tuple[Any, Any]:
    return asking(world, quantity=1000), asking(world, quantity=3000, receiver=world.union)


def test_scarce_stock_is_shared_by_equal_met_share_with_three_rules_and_reasons(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    small, large = two_hospitals(world)
    plan = plan_share(world)
    assert got(plan) == {str(small): 500, str(large): 1500}
    result = plans.plan(plan).result
    assert set(result["rules"]) == {"leximin", "pro_rata", "first_come"}
    assert result["worst_ratio"] == pytest.approx(0.5)
    for entry in result["met"]:
        assert "个" in entry["reason_zh"]  # the catalogue's unit of masks
        assert " pieces, gets " in entry["reason_en"]
        assert entry["exact_ratio"] == pytest.approx(0.5)
    assert book.balances(holders=[world.langfang], states=[State.FROZEN])[0].held == 0


def test_goods_nobody_has_do_not_hide_what_the_rules_do(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    view = plans.plan(plan_share(world))
    whole = share.rules_in_stock(view.snapshot, view.result)
    assert (whole.rules, whole.needs_without) == (view.result["rules"], 0)
    asking(world, "n95-mask", quantity=40)
    view = plans.plan(plan_share(world))
    assert {figures["worst"] for figures in view.result["rules"].values()} == {0}
    in_stock = share.rules_in_stock(view.snapshot, view.result)
    assert (in_stock.rules, in_stock.needs_without) == (whole.rules, 1)
    assert in_stock.rules["leximin"]["worst"] > in_stock.rules["first_come"]["worst"]


def test_goods_that_expire_on_the_way_are_no_stock(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    two_hospitals(world)
    view = plans.plan(plan_share(world))
    soon = [{**row, "expires_on": "2020-01-25"} for row in view.snapshot["stock"]]
    arriving = {"stock": soon, "arrives_on": "2020-01-25"}
    assert share.rules_in_stock({**view.snapshot, **arriving}, view.result).needs_without == 0
    in_stock = share.rules_in_stock({**view.snapshot, **arriving, "arrives_on": "2020-01-26"}, view.result)
    assert (in_stock.rules, in_stock.needs_without) == ({}, 2)


def test_approval_places_a_hold_for_every_share_and_an_allotment_for_its_need(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=100)
    small, large = two_hospitals(world)
    plan = plan_share(world)
    view = sign(world, plan)
    promised = {view.need: view for view in queries.allotments(plan=plan)}
    assert {need: view.amount for need, view in promised.items()} == {small: 500, large: 1500}
    assert {view.hold for view in promised.values()} == {line.hold for line in view.lines}
    assert all(each.document == view.document and each.committed == each.amount for each in promised.values())
    assert queries.need(small).state is NeedState.PARTLY_COMMITTED
    assert sum(parcel.amount for parcel in queries.parcels_due()) == 2000


def test_only_whole_cartons_leave(world: World) -> None:
    frozen_masks(world, 1250, pieces_per_carton=400)
    two_hospitals(world)
    amounts = got(plan_share(world))
    assert sum(amounts.values()) == 1200
    assert all(amount % 400 == 0 for amount in amounts.values())


def test_a_rule_may_open_cartons(world: World) -> None:
    frozen_masks(world, 1250, pieces_per_carton=400)
    two_hospitals(world)
    assert sum(got(plan_share(world, rule={**RULE, "whole_cartons": False})).values()) == 1250


def test_urgency_weighs(world: World) -> None:
    frozen_masks(world, 900)
    urgent = asking(world, quantity=1000, urgency=1)
    calm = asking(world, quantity=1000, urgency=3, receiver=world.union)
    assert got(plan_share(world)) == {str(urgent): 600, str(calm): 300}


def test_who_was_served_before_comes_after(world: World) -> None:
    lot = frozen_masks(world, 1500)
    before = asking(world, quantity=1000)
    hand_over(world, queries.allotment(promise(world, lot, 1000, need=before)).hold)
    again = asking(world, quantity=1000, apart_from=[before])
    other = asking(world, quantity=1000, receiver=world.union)
    amounts = got(plan_share(world))
    assert amounts == {str(other): 500}
    assert str(again) not in amounts
    assert got(plan_share(world, rule={**RULE, "memory": 0})) == {str(again): 250, str(other): 250}


def test_stale_and_uncounted_needs_are_left_out_unless_a_person_says_so(world: World) -> None:
    frozen_masks(world, 600)
    stale = asking(world, quantity=1000)
    fresh = asking(world, quantity=1000, receiver=world.union)
    uncounted = asking(world, "surgical-mask", has_no_limit=True, apart_from=[stale])
    renew(need=fresh, actor=world.cast.wu, now=LATER)
    plan = plan_share(world, now=TOO_LATE)
    assert got(plan) == {str(fresh): 600}
    left_out = {entry["need"]: entry["why"] for entry in plans.plan(plan).result["left_out"]}
    assert left_out == {str(stale): "STALE", str(uncounted): "NO_AMOUNT"}
    again = plan_share(world, now=TOO_LATE, include_stale=[str(stale)])
    assert got(again) == {str(fresh): 300, str(stale): 300}


def test_whom_a_share_leaves_out_by_naming_others_are_open_needs_only(world: World) -> None:
    lot = frozen_masks(world, 2000)
    named, other = two_hospitals(world)
    wrong = asking(world, quantity=70, apart_from=[named])
    checking = {"how": "RANG_BACK", "why": "not theirs", "actor": world.cast.wu, "now": NOW}
    check(need=wrong, outcome="WRONG", request_id=new_id(), **checking)  # type: ignore[arg-type]
    promised = asking(world, quantity=80, apart_from=[named, wrong])
    promise(world, lot, 80, need=promised)
    uncounted = asking(world, "protective-suit", has_no_limit=True)
    left = plans.plan(plan_share(world, needs=[str(named)])).result["not_named"]
    assert {row["need"]: row["amount"] for row in left} == {str(other): 3000, str(uncounted): None}


def test_a_share_for_named_needs_tells_whom_it_leaves_out_and_why_goods_stay(world: World) -> None:
    frozen_masks(world, 2000)
    named, other = two_hospitals(world)
    suits = asking(world, "protective-suit", quantity=40)
    view = plans.plan(plan_share(world, needs=[str(named)]))
    assert {row["need"]: row["amount"] for row in view.result["not_named"]} == {str(other): 3000, str(suits): 40}
    assert view.result["left_out"] == []
    (left,) = view.result["left"]
    assert left["amount"] == 1000
    assert left["why_zh"].endswith("另有 1 项需求要它，不在本次分配之内。")
    assert left["why_en"].endswith("1 other need asks for it and is not in this share.")
    for_suits = plans.plan(plan_share(world, needs=[str(suits)])).result["left"]
    assert [row["why_en"] for row in for_suits] == [
        "None of the needs in this share asks for it. 2 other needs ask for it and are not in this share."
    ]
    everybody = plans.plan(plan_share(world))
    assert "not_named" not in everybody.result
    asking(world, quantity=7, receiver=world.langfang)  # whom nobody named overtakes nothing
    assert share.still_true(view, LATER) == []
    assert plans.rerun(view.id).is_same


def test_only_verified_needs_take_part_where_that_is_asked(world: World) -> None:
    frozen_masks(world, 600)
    known = asking(world, quantity=1000, is_verified=True)
    asking(world, quantity=1000, receiver=world.union)
    assert got(plan_share(world, only_verified=True)) == {str(known): 600}


def test_earmarks_standards_and_community_use_bind_the_share(world: World) -> None:
    frozen_masks(world, 100, standard="YY 0469-2011")
    gift = offer(world, Offered(world.item("surgical-mask"), 80, "YY0469-2011", receiver=world.union), terms="GIFT")
    judge(world, gift)
    receive(world, gift, Arrival(1, 80))
    here = asking(world, quantity=1000, standards=("YY 0469",))
    there = asking(world, quantity=1000, standards=("YY 0469-2011",), receiver=world.union)
    picky = asking(world, quantity=1000, standards=("GB 19083",), apart_from=[here])
    plan = plan_share(world)
    shares = plans.plan(plan).result["shares"]
    assert {entry["need"] for entry in shares if entry["site"] == str(world.cast.hub)} == {str(there)}
    assert str(picky) not in got(plan)
    assert got(plan) == {str(here): 90, str(there): 90}


def test_a_lot_nobody_here_may_use_is_not_opened_to_all(world: World) -> None:
    frozen_masks(world, 10)
    gift = offer(world, Offered(world.item("surgical-mask"), 80, receiver=world.company), terms="GIFT")
    judge(world, gift)
    receive(world, gift, Arrival(1, 80))
    need = asking(world, quantity=1000)
    assert got(plan_share(world)) == {str(need): 10}


def test_a_changed_snapshot_refuses_approval_and_says_what_changed(world: World) -> None:
    lot = frozen_masks(world, 2000)
    two_hospitals(world)
    plan = plan_share(world)
    promise(world, lot, 1)
    with pytest.raises(PlanOvertaken) as refusal:
        sign(world, plan)
    assert refusal.value.found == ["廊坊仓 · Surgical mask: 2,000 free then, 1,999 now"]
    assert refusal.value.data["told_zh"] == "廊坊仓 · 医用外科口罩：当时可用 2,000，现在 1,999"
    assert queries.allotments(plan=plan) == ()


def test_two_needs_that_may_be_one_are_named_beside_each_other_until_somebody_says_what_they_are(world: World) -> None:
    frozen_masks(world, 2000)
    ward = register_party(kind="SITE", name="武汉大学中南医院呼吸科", city="武汉", now=NOW)
    whole, part = asking(world, quantity=1000), asking(world, receiver=ward, quantity=300)
    apart = asking(world, receiver=world.union, quantity=500)
    plan = plan_share(world)
    met = {entry["requester"]: entry["maybe_twice"] for entry in plans.plan(plan).result["met"]}
    assert [(other["need"], other["is_part"], other["is_here"]) for other in met[str(whole)]] == [
        (str(part), True, True)
    ]
    assert [(other["need"], other["amount"]) for other in met[str(part)]] == [(str(whole), 1000)]
    assert met[str(apart)] == []
    tie(kind="PART", need=part, other=whole, actor=world.cast.lin, now=NOW, request_id=new_id())
    with pytest.raises(PlanOvertaken, match="1,000 open then, 700 now"):
        sign(world, plan)
    again = plans.plan(plan_share(world)).result["met"]
    assert all(entry["maybe_twice"] == [] for entry in again)


def test_a_need_that_went_stale_meanwhile_refuses_approval(world: World) -> None:
    frozen_masks(world, 2000)
    two_hospitals(world)
    plan = plan_share(world)
    with pytest.raises(PlanOvertaken):
        sign(world, plan, now=TOO_LATE)


def test_a_share_is_undone_until_the_first_hand_moves(world: World) -> None:
    frozen_masks(world, 2000)
    two_hospitals(world)
    plan = plan_share(world)
    sign(world, plan)
    undo(plan=plan, actor=world.cast.mei, now=LATER)
    assert all(view.is_undone and view.committed == 0 for view in queries.allotments(plan=plan))
    assert queries.parcels_due() == ()
    again = plan_share(world)
    sign(world, again)
    load_on_truck(world, queries.allotments(plan=again)[0].hold, 10)
    with pytest.raises(HandHasMoved):
        undo(plan=again, actor=world.cast.mei, now=LATER)


def test_what_is_promised_is_not_shared_again(world: World) -> None:
    frozen_masks(world, 2000)
    two_hospitals(world)
    sign(world, plan_share(world))
    with pytest.raises(NothingToShare):
        plan_share(world)


def test_the_plan_run_again_from_its_snapshot_is_the_same_byte_for_byte(world: World) -> None:
    frozen_masks(world, 2000, pieces_per_carton=400)
    two_hospitals(world)
    checked = plans.rerun(plan_share(world, floors={}))
    assert checked.is_same
    assert checked.is_intact


def test_reach_floors_and_caps_are_kept(world: World) -> None:
    frozen_masks(world, 2000)
    small, large = two_hospitals(world)
    assert got(plan_share(world, caps={str(large): 600})) == {str(small): 1000, str(large): 600}
    assert got(plan_share(world, floors={str(large): 1800})) == {str(small): 200, str(large): 1800}
    reach = [[str(world.langfang), str(world.union)]]
    assert got(plan_share(world, reach=reach)) == {str(large): 2000}


def test_an_unknown_parameter_is_named(world: World) -> None:
    with pytest.raises(UnusableInput) as refusal:
        share.snapshot({"cites": []}, NOW)
    assert refusal.value.found == ["cites"]


def test_strangers_share_and_approve_nothing(world: World) -> None:
    frozen_masks(world, 2000)
    two_hospitals(world)
    plan = plan_share(world)
    stranger = world.cast.stranger
    assert_refused_without_trace(
        lambda: make_plan(kind="SHARE", params={}, rule=RULE, actor=stranger, now=NOW, request_id=new_id())
    )
    assert_refused_without_trace(lambda: approve(plan=plan, actor=stranger, now=NOW, request_id=new_id()))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.integers(1, 4000), min_size=2, max_size=5),
    stock=st.integers(1, 8000),
    carton=st.sampled_from([1, 40, 400]),
)
def test_a_share_never_promises_more_than_there_is_or_was_asked(
    world: World, asked: list[int], stock: int, carton: int
) -> None:
    from django.db import transaction

    with transaction.atomic():
        frozen_masks(world, stock, pieces_per_carton=carton)
        needs = {}
        for number, amount in enumerate(asked):
            receiver = register_party(kind="ORGANISATION", name=f"医院 {number}", city="武汉", now=NOW)
            needs[asking(world, quantity=amount, receiver=receiver)] = amount
        plan = plan_share(world)
        sign(world, plan)
        promised = queries.allotments(plan=plan)
        assert sum(view.amount for view in promised) <= stock
        assert all(view.amount % carton == 0 for view in promised)
        given_to = {need: sum(view.amount for view in promised if view.need == need) for need in needs}
        assert all(given_to[need] <= amount for need, amount in needs.items())
        transaction.set_rollback(True)
