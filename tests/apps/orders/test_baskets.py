"""A basket from report to handover: every step asks for the one before, and every pack is followed to a household."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis.strategies import integers, lists, sampled_from, text, tuples

from baogong.engine.chain import read
from baogong.journal import queries as journal
from baogong.journal.services import documents as papers
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders import queries, services
from baogong.orders.errors import (
    BasketMoved,
    BasketUnusable,
    DayTooFar,
    DeadlinePassed,
    LessThanNothing,
    LinesWait,
    MoneyUnusable,
    NotOpenYet,
    NotReported,
    NotSprayed,
    OrganiserElsewhere,
    OtherDriver,
    TooFewPacks,
    TruckLoaded,
    TruckUnusable,
)
from baogong.orders.queries.baskets import HouseholdView, PortionView
from baogong.orders.queries.chats import orders_chat
from baogong.orders.services import ItemIn
from baogong.supply import queries as supply
from baogong.supply.errors import PaidByOthers
from baogong.supply.queries.offers import prices_of
from baogong.supply.services import cancel_purchase
from tests.apps.orders.world import DAY, HOUR, NOW, World

SHORT = "#接龙\n1. 云朵 1-101 A5\n2. 李四 2-202 A1\n3. 老王 3-301 A3\n"


def standing(world: World, state: State) -> int:
    return sum(row.posted for row in book.balances(holders=[world.community], states=[state]))


def test_it_opens_when_a_second_person_has_signed_for_the_committee(world: World) -> None:
    basket = world.draft()
    with pytest.raises(NotReported):
        services.report_basket(
            basket=basket, licence="", driver="赵", plate="京A1", actor=world.wu, now=NOW, request_id=new_id()
        )
    paper = services.report_basket(
        basket=basket, licence="SP-1", driver="赵", plate="京A1", actor=world.wu, now=NOW, request_id=new_id()
    )
    assert queries.basket(basket).state == "REPORTED"
    with pytest.raises(BasketMoved):
        world.paste(basket)
    papers.sign(document=paper, actor=world.mei, now=NOW)
    assert queries.basket(basket).state == "OPEN"


@pytest.mark.parametrize("door", [{"building": "9"}, {"building": "1", "room": "909"}, {"building": ""}])
def test_the_organiser_lives_there(world: World, door: dict[str, str]) -> None:
    with pytest.raises(OrganiserElsewhere):
        world.draft(**{"room": "101", **door})
    assert queries.baskets() == ()


@pytest.mark.parametrize("changed", [{"title": " "}, {"items": []}, {"closes_at": NOW}, {"tolerance_permille": 1001}])
def test_a_basket_that_makes_no_sense_is_not_written(world: World, changed: dict[str, Any]) -> None:
    with pytest.raises(BasketUnusable):
        world.draft(**changed)
    assert queries.baskets() == ()


def test_a_stranger_drafts_nothing_and_a_clerk_of_another_committee_neither(world: World) -> None:
    with pytest.raises(NotYourPlace):
        world.draft(actor=world.stranger)
    with pytest.raises(NotYourPlace):
        world.draft(office=world.supplier)
    assert queries.baskets() == ()


def test_the_same_request_drafts_once(world: World) -> None:
    request = new_id()
    assert world.draft(request_id=request) == world.draft(request_id=request)


def test_nothing_is_ordered_while_a_line_waits_or_the_minimum_is_missed(world: World) -> None:
    basket = world.open(packs_min=5)
    world.paste(basket, "#接龙\n1. 云朵 1-101 A3\n2. 阿福 A2\n")
    with pytest.raises(LinesWait):
        world.order(basket)
    (line,) = queries.lines_of(basket, states=["WAITING"])
    world.settle(basket, line.id, "WITHDRAW")
    with pytest.raises(TooFewPacks):
        services.order_basket(basket=basket, actor=world.wu, now=NOW, request_id=new_id())
    assert queries.households_of(basket) == ()


def test_before_the_committee_has_signed_nobody_orders_and_no_menu_goes_into_the_group(world: World) -> None:
    basket = world.draft()
    told: dict[str, Any] = {
        "basket": basket,
        "licence": "SP-1",
        "driver": "赵师傅",
        "plate": "京A1",
        "actor": world.wu,
        "now": NOW,
    }
    for step in ("DRAFT", "REPORTED"):
        assert queries.basket(basket).state == step
        with pytest.raises(NotOpenYet):
            queries.chat_of(queries.basket(basket), "menu")
        with pytest.raises(BasketMoved):
            world.paste(basket)
        if step == "DRAFT":
            document = services.report_basket(**told, request_id=new_id())
    with pytest.raises(NotYourPlace):  # who reports does not sign for the committee
        papers.sign(document=document, actor=world.wu, now=NOW)
    papers.sign(document=document, actor=world.mei, now=NOW)
    assert "蔬菜套餐" in queries.chat_of(queries.basket(basket), "menu")


def test_what_the_committee_refuses_is_reported_again_and_only_the_second_paper_opens_it(world: World) -> None:
    basket = world.draft()
    told: dict[str, Any] = {"basket": basket, "driver": "赵师傅", "plate": "京A1", "actor": world.wu, "now": NOW}
    first = services.report_basket(**told, licence="SP-1", request_id=new_id())
    with pytest.raises(BasketMoved):  # it waits for its signature
        services.report_basket(**told, licence="SP-2", request_id=new_id())
    papers.refuse(document=first, actor=world.mei, now=NOW, why="证照过期")
    again = services.report_basket(**told, licence="SP-2", request_id=new_id())
    assert (queries.basket(basket).state, queries.basket(basket).licence) == ("REPORTED", "SP-2")
    papers.sign(document=again, actor=world.mei, now=NOW)
    assert queries.basket(basket).state == "OPEN"


def test_a_basket_is_not_reported_past_its_deadline_nor_drafted_for_a_day_mistyped(world: World) -> None:
    basket, late = world.draft(), NOW + 9 * HOUR
    with pytest.raises(DeadlinePassed):
        services.report_basket(
            basket=basket, licence="SP-1", driver="赵师傅", plate="京A1", actor=world.wu, now=late, request_id=new_id()
        )
    assert queries.basket(basket).state == "DRAFT"
    today = timezone.localdate(NOW)
    world.draft(on=today + timedelta(days=21))
    with pytest.raises(DayTooFar):
        world.draft(on=today + timedelta(days=22))


def test_at_its_deadline_a_basket_is_closed_for_orders_by_the_clock_alone(world: World) -> None:
    basket, deadline = world.open(), NOW + 9 * HOUR
    world.paste(basket)
    before, (row,) = deadline - timedelta(seconds=1), queries.baskets()
    for view in (queries.basket(basket), row):
        assert (view.at(before).state, view.at(deadline).state) == ("OPEN", "CLOSED")
    asked: dict[str, Any] = {"basket": basket, "actor": world.wu, "request_id": new_id()}
    with pytest.raises(BasketMoved):
        services.order_basket(**asked, now=before)
    services.order_basket(**asked, now=deadline)  # nobody closed it
    assert queries.basket(basket).state == "ORDERED"


def test_whose_order_the_most_for_a_household_will_cut_is_told_before_it_is_ordered(world: World) -> None:
    basket = world.open(household_max=3)
    world.paste(basket, "#接龙\n1. 云朵 1-101 A2 B3\n2. 月亮 1-101 A3\n3. 李四 2-202 A4 B4\n")
    cuts = queries.cuts_of(queries.basket(basket))
    assert [(cut.place[0], cut.name, cut.item, cut.asked, cut.gets) for cut in cuts] == [
        ("1", "云朵、月亮", "蔬菜套餐", 5, 3), ("2", "李四", "蔬菜套餐", 4, 3), ("2", "李四", "鸡蛋", 4, 3),
    ]  # fmt: skip
    world.order(basket)
    ordered = [(one.place[0], p.name, p.asked, p.ordered) for one in queries.households_of(basket) for p in one.portions if p.ordered < p.asked]  # fmt: skip
    assert ordered == [(cut.place[0], cut.item, cut.asked, cut.gets) for cut in cuts]


def test_a_household_that_takes_back_more_than_it_ordered_is_asked_first(world: World) -> None:
    basket = world.open()
    world.paste(basket, "#接龙\n1. 云朵 1-101 A3\n2. 李四 2-202 A2\n")
    (line, _) = queries.lines_of(basket, states=["COUNTED"])
    world.settle(basket, line.id, items=(("A", -1),), building="1", room="101")
    with pytest.raises(LessThanNothing):
        world.order(basket)


def test_more_than_a_household_may_have_is_not_ordered_and_it_is_told_in_its_own_words(world: World) -> None:
    basket = world.ordered(SHORT, household_max=3)
    (answer,) = queries.answers_of(basket, only_short=True)
    assert answer.words == ("1. 云朵 1-101 A5",)
    assert answer.items[0].whys == (("MAXIMUM", 2),)
    assert queries.basket(basket).items[0].ordered == 7


def test_the_supplier_s_promise_in_the_book_is_the_sum_of_the_lists(world: World) -> None:
    basket = world.ordered()
    view = queries.basket(basket)
    assert {item.code: item.ordered for item in view.items} == {"A": 2, "B": 2}
    lots = {item.lot: item.ordered * item.units_per_pack for item in view.items}
    held = {row.lot.id: row.held for row in book.balances(holders=[world.supplier], states=[State.OUTSIDE])}
    assert held == lots


def test_what_is_ordered_is_supplys_purchase_and_what_comes_is_posted_against_it(world: World) -> None:
    basket = world.ordered(SHORT, items=[ItemIn("A", "蔬菜套餐", world.item, price_fen=6_000)])
    made = supply.purchase(queries.basket(basket).purchase or new_id())
    (line,) = made.lines
    assert (made.buyer, made.supplier, made.is_paid_by_others, made.state) == (
        world.committee, world.supplier, True, "ORDERED",
    )  # fmt: skip
    assert (line.amount, line.price_fen, line.paid_by) == (9, 54_000, ())
    assert prices_of([world.item])[world.item][-1].unit_fen == 6_000
    with pytest.raises(PaidByOthers):
        cancel_purchase(purchase=made.id, why="x", actor=world.lin, now=NOW, request_id=new_id())
    world.check_in(basket, ("A", 4, 1))
    world.check_in(basket, ("A", 2, 0))
    assert [(one.received, one.to_come) for one in supply.purchase(made.id).lines] == [(6, 3)]
    world.share(basket)
    made = supply.purchase(made.id)
    assert [(one.received, one.cancelled, one.price_fen) for one in made.lines] == [(6, 3, 36_000)]
    assert (made.state, made.owed_fen) == ("COMPLETE", 0)
    assert book.verify_book().ok


def test_packs_beyond_the_purchase_come_besides_it(world: World) -> None:
    basket = world.ordered()
    world.check_in(basket, ("A", 5, 0), ("B", 2, 0))
    made = supply.purchase(queries.basket(basket).purchase or new_id())
    assert [(one.amount, one.received) for one in made.lines] == [(2, 2), (60, 60)]
    assert standing(world, State.AVAILABLE) == 5 + 60


def test_when_short_everybody_gets_one_before_anybody_gets_two(world: World) -> None:
    basket = world.ordered(SHORT)
    world.check_in(basket, ("A", 6, 1))
    world.share(basket)
    assert sorted(given["A"] or 0 for given in world.given(basket).values()) == [1, 2, 2]
    assert standing(world, State.SPOILED) == 1
    (first, second) = queries.answers_of(basket, only_short=True)
    assert first.items[0].whys == (("SHORT", 3),)
    assert second.words == ("3. 老王 3-301 A3",)
    assert queries.basket(basket).is_beyond_tolerance


def test_every_pack_is_followed_into_a_household_s_hands(world: World) -> None:
    basket = world.ordered()
    world.check_in(basket, ("A", 2, 0), ("B", 2, 0))
    world.share(basket)
    first, *others = queries.households_of(basket)
    world.hand_over(basket, first.id)
    assert queries.basket(basket).state == "SHARED"
    world.hand_over(basket, *(one.id for one in others))
    assert queries.basket(basket).state == "DONE"
    assert standing(world, State.AVAILABLE) == 0
    assert standing(world, State.HANDED_OVER) == 2 + 2 * 30
    assert book.verify_book().ok


def test_handed_over_twice_is_handed_over_once(world: World) -> None:
    basket = world.ordered()
    world.check_in(basket, ("A", 2, 0), ("B", 2, 0))
    world.share(basket)
    first = queries.households_of(basket)[0]
    world.hand_over(basket, first.id)
    before = standing(world, State.HANDED_OVER)
    world.hand_over(basket, first.id)
    assert standing(world, State.HANDED_OVER) == before


def test_another_driver_comes_in_for_a_reason_only(world: World) -> None:
    basket = world.ordered()
    with pytest.raises(OtherDriver):
        world.check_in(basket, ("A", 2, 0), driver="钱师傅")
    world.check_in(basket, ("A", 2, 0), driver="钱师傅", why_other="赵师傅隔离，居委会同意")


def test_a_basket_is_not_delivered_before_its_orders_close(world: World) -> None:
    with pytest.raises(BasketUnusable) as refused:
        world.draft(on=DAY - timedelta(days=10))
    assert (refused.value.where, refused.value.expected) == ("on", "2022-04-26 or later")
    world.draft(on=DAY - timedelta(days=1))  # the same day


def test_nothing_is_shared_out_before_it_was_sprayed(world: World) -> None:
    basket = world.ordered()
    with pytest.raises(NotSprayed):
        world.share(basket)
    world.check_in(basket, ("A", 2, 0), sprayed_at=None)
    with pytest.raises(NotSprayed):
        world.share(basket)
    (came,) = queries.arrivals_of(basket)
    at, key = NOW + 24 * HOUR, new_id()
    asked: dict[str, Any] = {"basket": basket, "arrival": came.id, "actor": world.wu, "now": at + HOUR / 2}
    for wrong in (at - HOUR, at + HOUR):  # before it came, and in time to come
        with pytest.raises(BasketUnusable):
            services.note_spraying(**asked, sprayed_at=wrong, request_id=new_id())
    for _ in range(2):
        services.note_spraying(**asked, sprayed_at=at + HOUR / 3, request_id=key)
    with pytest.raises(BasketUnusable, match="already"):
        services.note_spraying(**asked, sprayed_at=at, request_id=new_id())
    (came,) = queries.arrivals_of(basket)
    assert (came.sprayed_at, came.noted_at) == (at + HOUR / 3, at + HOUR / 2)
    assert (came.counted_by, came.sprayed_by) == ("Bao", "Wu")
    world.share(basket)
    assert queries.basket(basket).given == 2


@pytest.mark.parametrize("counted", [("A", 2, 3), ("Z", 1, 0)])
def test_a_count_that_makes_no_sense_is_refused(world: World, counted: tuple[str, int, int]) -> None:
    basket = world.ordered()
    with pytest.raises(BasketUnusable):
        world.check_in(basket, counted)
    assert standing(world, State.AVAILABLE) == 0


def test_money_is_noted_and_what_was_not_given_is_owed_back(world: World) -> None:
    basket = world.ordered(SHORT)
    household = queries.households_of(basket)[0]
    asked: dict[str, Any] = {"household": household.id, "actor": world.wu, "now": NOW}
    services.note_payment(**asked, fen=household.due_fen, request_id=new_id())
    with pytest.raises(BasketMoved):
        services.note_refund(**asked, fen=1, request_id=new_id())
    world.check_in(basket, ("A", 3, 0))
    world.share(basket)
    assert queries.households_of(basket)[0].owed_fen == 4 * 6_000
    with pytest.raises(MoneyUnusable):
        services.note_refund(**asked, fen=4 * 6_000 + 1, request_id=new_id())
    services.note_refund(**asked, fen=4 * 6_000, request_id=new_id())
    assert queries.households_of(basket)[0].owed_fen == 0


def test_a_basket_called_off_gives_the_promise_up_and_owes_everything_back(world: World) -> None:
    basket = world.ordered()
    household = queries.households_of(basket)[0]
    services.note_payment(household=household.id, fen=household.due_fen, actor=world.wu, now=NOW, request_id=new_id())
    services.call_off_basket(basket=basket, why="供货商停运", actor=world.wu, now=NOW, request_id=new_id())
    assert book.balances(holders=[world.supplier], states=[State.OUTSIDE]) == ()
    assert queries.households_of(basket)[0].owed_fen == household.due_fen
    assert supply.purchase(queries.basket(basket).purchase or new_id()).state == "CANCELLED"
    assert {why for answer in queries.answers_of(basket) for item in answer.items for why, _ in item.whys} == {"OFF"}


def truck(world: World, packs_max: int, **changed: Any) -> Any:
    asked: dict[str, Any] = {
        "supplier": world.supplier, "on": DAY, "name": "1号车", "packs_max": packs_max, "actor": world.lin, "now": NOW,
        "request_id": new_id(),
    }  # fmt: skip
    return services.add_truck(**(asked | changed))


def test_a_truck_that_is_too_small_is_shared_out_among_the_households_of_all_its_baskets(world: World) -> None:
    first, second = world.ordered(SHORT), world.ordered(SHORT, title="第二团")
    cart = truck(world, 10)
    for basket in (first, second):
        services.put_on_truck(basket=basket, truck=cart, actor=world.lin, now=NOW)
    services.load_truck(truck=cart, actor=world.lin, now=NOW, request_id=new_id())
    loaded = [p.loaded for basket in (first, second) for one in queries.households_of(basket) for p in one.portions]
    assert sum(loaded) == 10
    assert sorted(loaded) == [1, 1, 2, 2, 2, 2]
    whys = {why for answer in queries.answers_of(first) for item in answer.items for why, _ in item.whys}
    assert whys == {"TRUCK"}
    held = sum(row.held for row in book.balances(holders=[world.supplier], states=[State.OUTSIDE]))
    assert held == 10
    bought = [supply.purchase(queries.basket(basket).purchase or new_id()) for basket in (first, second)]
    assert sum(line.to_come for made in bought for line in made.lines) == 10
    demand = queries.demand_on(DAY)
    assert [(row.name, row.total) for row in demand.by_supplier] == [("朝阳菜篮子公司", 18)]
    assert [(cart_.over, cart_.loaded) for cart_ in demand.trucks] == [(8, 10)]
    with pytest.raises(TruckLoaded):
        services.load_truck(truck=cart, actor=world.lin, now=NOW, request_id=new_id())


def test_a_truck_brings_the_baskets_of_its_own_supplier_and_day(world: World) -> None:
    basket = world.ordered()
    with pytest.raises(TruckUnusable):
        services.put_on_truck(basket=basket, truck=truck(world, 5, supplier=world.committee), actor=world.lin, now=NOW)
    empty = truck(world, 5, name="2号车")
    with pytest.raises(TruckUnusable):
        services.load_truck(truck=empty, actor=world.lin, now=NOW, request_id=new_id())


@pytest.mark.parametrize("what", ["menu", "orders", "total", "answers"])
def test_every_list_is_a_message_that_the_reader_reads(world: World, what: str) -> None:
    basket = world.ordered(SHORT, household_max=2)
    (chain,) = read(queries.chat_of(queries.basket(basket), what)).chains
    packs = sum(item.quantity for entry in chain.entries for item in entry.items)
    assert packs == {"menu": 0, "orders": 5, "total": 5, "answers": -4}[what]
    assert [dish.item for dish in chain.menu] == ["蔬菜套餐", "鸡蛋"]


NAMES = text("云朵小满阿福Bob520 ｜×、（）.-取消改成份", max_size=8)
GOODS = ("蔬菜套餐", "鸡蛋", "三杯杏鲍菇", "四季豆", "鲜牛奶1L", "5斤大米", "红烧鲈鱼半成品", "A套餐")
DOORS = tuples(integers(1, 30), integers(1, 3), integers(101, 1204))


@settings(max_examples=60)
@given(
    rows=lists(tuples(NAMES, DOORS, integers(0, 9), integers(0, 9)), max_size=12),
    title=text("菜篮子4月27日 ", max_size=10),
)
def test_a_list_of_any_households_reads_back_as_it_was_written(rows: Any, title: str) -> None:
    view = _view(title)
    households = [
        HouseholdView(
            new_id(), str(building), str(unit), str(room), name, 0, 0,
            tuple(PortionView(code, item, 0, n, n, n, n, None) for code, item, n in (("A", "蔬菜套餐", a), ("B", "鸡蛋", b))),
        )
        for name, (building, unit, room), a, b in rows
    ]  # fmt: skip
    chains = read(orders_chat(view, households)).chains
    got = [
        ((entry.building, entry.unit, entry.room), {item.item: item.quantity for item in entry.items})
        for chain in chains
        for entry in chain.entries
    ]
    assert got == [(one.place, {p.name: p.given for p in one.portions if p.given}) for one in households if one.packs]


@settings(max_examples=60)
@given(
    rows=lists(tuples(NAMES, lists(integers(0, 9_999), min_size=3, max_size=3)), max_size=12),
    goods=lists(sampled_from(GOODS), min_size=3, max_size=3, unique=True),
    what=sampled_from(["baskets", "offices", "suppliers", "trucks"]),
)
def test_a_days_list_of_any_names_reads_back_as_it_was_written(rows: Any, goods: list[str], what: str) -> None:
    sums = tuple(queries.DemandRow(new_id(), name, 1, 1, tuple(zip(goods, packs, strict=True))) for name, packs in rows)
    trucks = tuple(
        queries.TruckView(new_id(), row.name, "沪A12345", new_id(), "", 9, row.total, row.total, None, (), 1, row.packs)
        for row in sums
    )
    told = queries.demand_chat(queries.Demand(DAY, (), sums, sums, sums, trucks, tuple(goods)), what)
    (chain, *more) = read(told).chains
    assert not more
    assert [{item.item: item.quantity for item in entry.items} for entry in chain.entries] == [
        {name: packs for name, packs in row.packs if packs} for row in sums if row.total
    ]
    assert [dish.item for dish in chain.menu] == goods
    assert not read(told).unread


def _view(title: str) -> queries.BasketView:
    some = new_id()
    items = tuple(
        queries.ItemView(new_id(), code, name, some, 1, 0, None, 0, 0, 0, 0, 0, 0)
        for code, name in (("A", "蔬菜套餐"), ("B", "鸡蛋"))
    )
    return queries.BasketView(
        "OPEN", NOW + HOUR, some, title, some, "", some, "", some, "", "", ("1", "", ""), "", "", "", DAY, 0, 0, 0, None,
        None, "", items, 0, 0,
    )  # fmt: skip


def test_more_missing_than_was_agreed_is_somebodys_task(world: World) -> None:
    for tolerance, tasks in ((700, 0), (100, 1)):
        basket = world.ordered(SHORT, title=f"菜篮子{tolerance}", tolerance_permille=tolerance)
        world.check_in(basket, ("A", 5, 0))
        world.share(basket)
        found = journal.tasks(subject=basket)
        assert [(one.duty, one.place) for one in found] == [(Duty.CLERK, world.committee)] * tasks
        assert [one.title.startswith(f"“菜篮子{tolerance}”少了 4 份（共订 9 份）") for one in found] == [True] * tasks
