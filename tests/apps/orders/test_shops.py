"""A shop's day from opening to handover: what is promised, what is told, what the book says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.engine.rounds.riders import RiderRule, packs_in_slot
from baogong.journal.models import Outgoing
from baogong.journal.services import EvidenceIn, texting
from baogong.journal.services.outbox import Message
from baogong.kernel.errors import BaogongError, NotYourPlace, RequestIdReused
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders.errors import StillOwed
from baogong.orders.models import ShopOrder, ShopOrderLine
from baogong.orders.queries import lessons as lessons_
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.services import lessons, shop_days, shop_deliveries, shop_orders, shop_picking, shop_texts, shops
from baogong.orders.services.shop_orders import Orderer, Wanted
from baogong.orders.shop_errors import (
    AddressNotListed,
    BelowMinimum,
    CapTooLow,
    DayClosed,
    DayTwice,
    DayUnusable,
    LessonOver,
    NothingChosen,
    NothingToCopy,
    OrderMoved,
    OrderUnusable,
    OutOfZone,
    PastCutOff,
    ShopShut,
    ShopTwice,
    ShopUnusable,
    SlotFull,
    SoldOut,
    StockPromised,
    TooManyPacks,
)
from baogong.people.models import PersonalDatum
from tests.apps.orders.neighbourhood import AFTER, CUT_OFF, NOW, ROOMS, TODAY, Neighbourhood, make_quarter
from tests.apps.orders.world import everything_written
from tests.books import Built

SIGNED = [EvidenceIn("SIGNATURE", by_name="住户")]


@pytest.fixture
def here(built: Built) -> Neighbourhood:
    return built(make_quarter)


def refuses(error: type[BaogongError], act: Callable[[], Any]) -> BaogongError:
    with pytest.raises(error) as caught, transaction.atomic():
        act()
    return caught.value


def test_a_page_opens_once_and_tells_what_it_lacks(here: Neighbourhood) -> None:
    said: dict[str, Any] = {"office": here.office, "trade": "FRESH", "actor": here.chen, "now": NOW}
    refuses(
        ShopTwice,
        lambda: shops.open_shop(merchant=here.shop, communities=[here.community], request_id=new_id(), **said),
    )
    refuses(
        NotYourPlace,
        lambda: shops.open_shop(merchant=here.cast.hub, communities=[here.community], request_id=new_id(), **said),
    )
    pack: dict[str, Any] = {"shop": here.shop, "actor": here.chen, "now": NOW}
    told = refuses(
        ShopUnusable, lambda: shops.add_pack(name="蔬菜包", sort="BAG", weight_g=0, request_id=new_id(), **pack)
    )
    assert "name" in str(told.expected)
    assert "sort" in str(told.expected)
    assert "weight" in str(told.expected)
    view = shops_.shop(here.shop)
    assert shops_.shop_of_code(view.code.upper()).id == here.shop
    assert [one.name for one in shops_.packs_of(here.shop)] == ["蔬菜包", "肉蛋包"]


def test_stock_stands_in_the_book_and_only_free_packs_leave_it(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    assert here.standing() == {State.AVAILABLE: 10, State.OUTSIDE: -10}
    here.place(day, {"蔬菜包": 4})
    (pack,) = shops_.day(day).packs
    said: dict[str, Any] = {"day_pack": pack.id, "why": "点货", "actor": here.chen, "now": NOW}
    assert refuses(StockPromised, lambda: shop_days.change_stock(by=-7, request_id=new_id(), **said)).expected == 6
    request = new_id()
    assert [shop_days.change_stock(by=-6, request_id=request, **said) for _ in range(2)] == [0, 0]
    assert shop_days.change_stock(by=3, request_id=new_id(), **said) == 3
    assert shop_days.close_day(day=day, actor=here.chen, now=NOW, request_id=new_id()) == 3
    assert here.standing()[State.AVAILABLE] == 4  # what is ordered
    refuses(ShopShut, lambda: here.place(day, {"蔬菜包": 1}, at=1))


def test_a_closed_day_keeps_what_was_agreed_instead_until_it_is_picked(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 5, "肉蛋包": 5})
    order = here.place(day, {"蔬菜包": 2}, instead={"蔬菜包": "肉蛋包"})
    close: dict[str, Any] = {"day": day, "actor": here.chen, "now": NOW}
    assert shop_days.close_day(request_id=new_id(), **close) == 3 + 3
    assert here.standing()[State.AVAILABLE] == 2 + 2
    (line,) = orders_.order(order).lines
    picked = shop_picking.pick_order(order=order, got={line.id: 1}, actor=here.chen, now=AFTER, request_id=new_id())
    assert (picked.packs, picked.instead, picked.short) == (2, 1, 0)
    assert here.standing()[State.AVAILABLE] == 2  # in the bag: the pack nobody needs any more has left
    assert shop_days.close_day(request_id=new_id(), **close | {"now": AFTER}) == 0
    assert book.verify_book().ok


def test_what_is_given_up_on_a_closed_day_leaves_the_book_and_no_more_comes(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 5})
    order, other = here.place(day, {"蔬菜包": 2}), here.place(day, {"蔬菜包": 1}, at=1)
    close: dict[str, Any] = {"day": day, "actor": here.chen, "now": NOW}
    assert shop_days.close_day(request_id=new_id(), **close) == 2
    shop_orders.cancel_order(order=order, now=NOW)
    assert (here.standing()[State.AVAILABLE], here.free(day)) == (1, {"蔬菜包": 0})
    assert shop_days.close_day(request_id=new_id(), **close) == 0
    (pack,) = shops_.day(day).packs
    more: dict[str, Any] = {"day_pack": pack.id, "why": "又送来", "actor": here.chen, "now": AFTER}
    refused = refuses(DayClosed, lambda: shop_days.change_stock(by=7, request_id=new_id(), **more))
    assert (refused.found, refused.expected, here.free(day)) == (7, 0, {"蔬菜包": 0})
    shop_picking.pick_order(order=other, actor=here.chen, now=AFTER, request_id=new_id())
    (due,) = shop_deliveries.deliveries_due(here.office)
    shop_deliveries.leave_shop([due.id], AFTER)
    shop_deliveries.go_missing([due.id], actor=here.cast.lin, now=AFTER)
    refuses(DayClosed, lambda: shop_days.change_stock(by=2, request_id=new_id(), **more))
    again = new_id()
    assert [shop_days.change_stock(by=1, request_id=again, **more) for _ in range(2)] == [
        1,
        1,
    ]  # in place of the lost one
    assert shop_days.close_day(request_id=new_id(), **close | {"now": AFTER}) == 0
    shop_deliveries.bring_again(due.id, actor=here.chen, now=AFTER, request_id=new_id())
    assert orders_.order(other).state == "PICKED"


def test_an_order_takes_all_of_it_or_nothing_and_says_what_is_left(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10, "肉蛋包": 2})
    told = refuses(SoldOut, lambda: here.place(day, {"蔬菜包": 2, "肉蛋包": 3}))
    assert told.data["told"] == "肉蛋包: 2"
    assert here.free(day) == {"蔬菜包": 10, "肉蛋包": 2}
    assert not ShopOrder.objects.exists()
    assert shops_.day(day).packs_taken == 0
    assert not PersonalDatum.objects.exists()  # nobody's number is kept of what was refused
    order = here.place(day, {"蔬菜包": 2, "肉蛋包": 2})
    assert here.free(day) == {"蔬菜包": 8, "肉蛋包": 0}
    assert orders_.order(order).to_pay_fen == 2 * 3000 + 2 * 3100


def test_what_an_order_may_not_be_is_told(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 50}, slots=(6, 40), minimum_fen=6000, per_order_max=4)
    refuses(BelowMinimum, lambda: here.place(day, {"蔬菜包": 1}))
    refuses(TooManyPacks, lambda: here.place(day, {"蔬菜包": 5}))
    refuses(OutOfZone, lambda: here.place(day, {"蔬菜包": 2}, community=here.cast.hub))
    here.place(day, {"蔬菜包": 4})
    full = refuses(SlotFull, lambda: here.place(day, {"蔬菜包": 3}, at=1))
    assert full.data["other_slots"] == [str(shops_.day(day).slots[1].id)]  # told which slot still has room
    here.place(day, {"蔬菜包": 3}, at=1, slot=1)
    refuses(ShopShut, lambda: here.place(day, {"蔬菜包": 2}, at=2, now=CUT_OFF))
    refuses(NothingChosen, lambda: here.place(day, {}, at=2))
    refuses(OrderUnusable, lambda: here.place(day, {"蔬菜包": 2}, at=2, instead={"蔬菜包": "蔬菜包"}))


def test_the_same_order_sent_again_is_one_and_another_under_its_id_is_refused(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    order = here.place(day, {"蔬菜包": 2})
    assert here.place(day, {"蔬菜包": 2}, order=order) == order
    assert ShopOrder.objects.count() == 1
    refuses(RequestIdReused, lambda: here.place(day, {"蔬菜包": 3}, order=order))
    assert here.free(day) == {"蔬菜包": 8}


def test_an_order_is_given_up_until_the_cut_off_and_not_after(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    first, second = here.place(day, {"蔬菜包": 2}), here.place(day, {"蔬菜包": 3}, at=1)
    for _ in range(2):
        shop_orders.cancel_order(order=first, now=CUT_OFF - timedelta(seconds=1))
    assert here.free(day) == {"蔬菜包": 7}
    view = shops_.day(day)
    assert (view.packs_taken, view.slots[0].packs_taken) == (3, 3)
    refuses(PastCutOff, lambda: shop_orders.cancel_order(order=second, now=CUT_OFF))
    assert orders_.order(second).state == "PLACED"


def test_an_order_is_found_by_its_code_and_the_telephones_last_four_only(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    order = here.place(day, {"蔬菜包": 1}, at=7)
    code = orders_.order(order).code
    assert shop_orders.order_of_code(f" {code.lower()}", "0007") == order
    assert shop_orders.order_of_code(code, "0008") is None
    assert shop_orders.order_of_code("ZZZZZZZZ", "0007") is None


def test_what_is_short_leaves_the_book_and_the_substitute_agreed_on_is_put_in(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 4, "肉蛋包": 2})
    order = here.place(day, {"蔬菜包": 4}, instead={"蔬菜包": "肉蛋包"})
    line = orders_.order(order).lines[0]
    pick: dict[str, Any] = {"order": order, "got": {line.id: 1}, "actor": here.chen, "request_id": new_id()}
    refuses(OrderMoved, lambda: shop_picking.pick_order(now=NOW, **pick))  # it may still be given up
    picked = [shop_picking.pick_order(now=AFTER, **pick) for _ in range(2)]
    assert picked[0] == picked[1] == shop_picking.Picked(packs=3, instead=2, short=1)
    view = orders_.order(order)
    assert (view.packs, view.short) == (3, 1)
    assert view.to_pay_fen == 3 * 3000  # a substitute is never dearer than what was ordered
    assert here.standing()[State.AVAILABLE] == 3
    assert here.free(day) == {"蔬菜包": 0, "肉蛋包": 0}
    assert {hold.open for hold in book.holds(list(ShopOrderLine.objects.values_list("hold", flat=True)))} == {1, 2}


def test_the_shop_hands_over_once_what_was_picked(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 4})
    order = here.place(day, {"蔬菜包": 2})
    give: dict[str, Any] = {"order": order, "evidence": SIGNED, "actor": here.chen, "now": AFTER}
    refuses(OrderMoved, lambda: shop_picking.hand_over_order(request_id=new_id(), **give))
    shop_picking.pick_order(order=order, actor=here.chen, now=AFTER, request_id=new_id())
    refuses(
        NotYourPlace, lambda: shop_picking.hand_over_order(request_id=new_id(), **(give | {"actor": here.cast.bao}))
    )
    shop_picking.hand_over_order(request_id=new_id(), **give)
    shop_picking.hand_over_order(request_id=new_id(), **give)
    assert orders_.order(order).state == "HANDED_OVER"
    assert here.standing()[State.AVAILABLE] == 2
    assert book.verify_book().ok


def test_tomorrow_is_made_from_yesterday_with_what_was_stocked_at_first(here: Neighbourhood) -> None:
    refuses(
        NothingToCopy,
        lambda: shop_days.copy_day(shop=here.shop, to=TODAY, actor=here.chen, now=NOW, request_id=new_id()),
    )
    day = here.open_day({"蔬菜包": 10, "肉蛋包": 5}, packs_max=12)
    here.place(day, {"蔬菜包": 5})
    shops.end_pack(pack=here.packs["肉蛋包"], actor=here.chen, now=NOW)
    request, to = new_id(), TODAY + timedelta(days=1)
    made = [shop_days.copy_day(shop=here.shop, to=to, actor=here.chen, now=AFTER, request_id=request) for _ in range(2)]
    assert made[0] == made[1]
    view = shops_.day(made[0])
    assert [(one.pack.name, one.left, one.price_fen) for one in view.packs] == [("蔬菜包", 10, 3000)]
    assert view.cut_off_at == CUT_OFF + timedelta(days=1)
    assert [one.from_at for one in view.slots] == [one.from_at + timedelta(days=1) for one in shops_.day(day).slots]
    assert (view.packs_max, view.packs_taken) == (12, 0)
    refuses(
        DayTwice, lambda: shop_days.copy_day(shop=here.shop, to=to, actor=here.chen, now=AFTER, request_id=new_id())
    )


def test_a_day_whose_slots_overlap_or_come_before_the_cut_off_is_not_opened(here: Neighbourhood) -> None:
    overlapping = [shop_days.SlotIn(CUT_OFF, CUT_OFF + timedelta(hours=2), 5), shop_days.SlotIn(CUT_OFF + timedelta(hours=1), CUT_OFF + timedelta(hours=3), 5)]  # fmt: skip
    early = [shop_days.SlotIn(CUT_OFF - timedelta(hours=1), CUT_OFF, 5)]
    for slots in (overlapping, early, []):
        said: dict[str, Any] = {
            "shop": here.shop, "on": TODAY, "opens_at": NOW, "cut_off_at": CUT_OFF, "riders": 1, "slots": slots,
            "packs": [shop_days.PackIn(here.packs["蔬菜包"], 100, 5)], "actor": here.chen, "now": NOW,
        }  # fmt: skip
        refuses(DayUnusable, partial(shop_days.open_day, request_id=new_id(), **said))
    for days in (-1, 1):  # the day is one its cut-off or a slot is on, by whatever door it comes
        elsewhere = {**said, "slots": overlapping[:1], "on": TODAY + timedelta(days=days)}
        refused = refuses(DayUnusable, partial(shop_days.open_day, request_id=new_id(), **elsewhere))
        assert refused.where == "on"
    assert here.standing() == {}


def test_the_page_asks_to_cut_the_day_off_before_the_riders_are_oversold(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 500}, slots=(200, 200, 200), riders=2)
    view = shops_.day(day)
    assert view.riders_bring == 3 * packs_in_slot(2, 3600)
    assert view.cap_to_ask == view.riders_bring < view.promises == 500
    assert view.beyond_riders > 500 - view.riders_bring  # each slot might be the one everybody chooses
    shop_days.cap_day(day=day, packs_max=view.cap_to_ask, actor=here.chen, now=NOW)
    assert shops_.day(day).cap_to_ask is None
    here.place(day, {"蔬菜包": 5})
    assert (
        refuses(CapTooLow, lambda: shop_days.cap_day(day=day, packs_max=4, actor=here.chen, now=NOW)).expected
        == "at least 5"
    )
    shop_days.change_riders(day=day, riders=0, actor=here.chen, now=NOW)
    assert shops_.day(day).is_oversold_to_riders


def test_riders_are_oversold_slot_by_slot_and_a_day_cut_off_promises_no_more_in_any(here: Neighbourhood) -> None:
    bring = packs_in_slot(3, 3600)
    day = here.open_day({"蔬菜包": 500}, slots=(2 * bring, 0, 0), riders=3, per_order_max=99)
    view = shops_.day(day)
    assert view.riders_bring > 2 * bring  # in the day they could, at noon they cannot
    assert (view.cap_to_ask, view.beyond_riders) == (bring, bring)
    assert [most for _slot, most in view.slots_too_wide] == [2 * bring]
    shop_days.cap_day(day=day, packs_max=bring, actor=here.chen, now=NOW)
    assert refuses(SlotFull, lambda: here.place(day, {"蔬菜包": bring + 1})).expected == bring
    here.place(day, {"蔬菜包": bring})
    assert not shops_.day(day).is_oversold_to_riders
    shop_days.change_riders(day=day, riders=1, actor=here.chen, now=NOW)
    view = shops_.day(day)
    assert (view.is_oversold_to_riders, view.slots[0].packs_max, view.cap_to_ask) == (True, bring, None)


def test_slots_follow_the_riders_down_and_up_and_what_is_ordered_stands(here: Neighbourhood) -> None:
    six, two = packs_in_slot(6, 3600), packs_in_slot(2, 3600)
    day = here.open_day({"蔬菜包": 500}, slots=(six, six, 7), riders=6, per_order_max=99)
    here.place(day, {"蔬菜包": two + 3})
    shop_days.change_riders(day=day, riders=2, actor=here.chen, now=NOW)
    assert [one.packs_max for one in shops_.day(day).slots] == [two + 3, two, 7]
    assert shops_.day(day).cap_to_ask is None
    refuses(SlotFull, lambda: here.place(day, {"蔬菜包": two + 1}, at=1, slot=1))
    shop_days.change_riders(day=day, riders=6, actor=here.chen, now=NOW)
    assert [one.packs_max for one in shops_.day(day).slots] == [two + 3, six, 7]


@given(riders=st.integers(0, 20), slot_s=st.integers(0, 20_000), bag=st.integers(1, 40))
def test_more_riders_or_more_time_never_bring_less(riders: int, slot_s: int, bag: int) -> None:
    rule = RiderRule(bag_packs=bag)
    packs = packs_in_slot(riders, slot_s, rule)
    assert 0 <= packs <= packs_in_slot(riders + 1, slot_s, rule)
    assert packs <= packs_in_slot(riders, slot_s + 60, rule)
    assert packs == riders * packs_in_slot(1, slot_s, rule)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["place", "cancel", "stock"]), st.integers(0, 6), st.integers(1, 4)), max_size=14
    )
)
def test_whatever_happens_promised_and_free_are_what_came_in(
    here: Neighbourhood, acts: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        day = here.open_day({"蔬菜包": 9}, slots=(7, 7, 7))
        (pack,) = shops_.day(day).packs
        made: list[Any] = []
        for what, which, count in acts:
            try:
                with transaction.atomic():
                    if what == "place":
                        made.append(here.place(day, {"蔬菜包": count}, at=which, slot=which % 3))
                    elif what == "cancel" and made:
                        shop_orders.cancel_order(order=made[which % len(made)], now=NOW)
                    elif what == "stock":
                        shop_days.change_stock(day_pack=pack.id, by=count - 3 or 1, why="点货", actor=here.chen, now=NOW, request_id=new_id())  # fmt: skip
            except (SoldOut, SlotFull, StockPromised, TooManyPacks):
                pass
        view = shops_.day(day)
        ordered = sum(order.packs for order in ShopOrder.objects.filter(day=day, cancelled_at=None))
        held = sum(one.held for one in book.balances(holders=[here.shop], states=[State.AVAILABLE]))
        assert view.packs_taken == sum(one.packs_taken for one in view.slots) == ordered == held
        assert here.standing().get(State.AVAILABLE, 0) == view.packs[0].left + ordered
        transaction.set_rollback(True)


def test_only_the_district_recommends_and_its_last_word_counts(here: Neighbourhood) -> None:
    say: dict[str, Any] = {"shop": here.shop, "now": NOW}
    refuses(
        NotYourPlace,
        lambda: shops.say_approved(is_approved=True, why="执照", actor=here.chen, request_id=new_id(), **say),
    )
    shops.say_approved(is_approved=True, why="执照已核", actor=here.cast.wu, request_id=new_id(), **say)
    assert [one.approved_why for one in shops_.shops(approved=True)] == ["执照已核"]
    shops.say_approved(
        is_approved=False, why="过期食品", actor=here.cast.wu, request_id=new_id(), shop=here.shop, now=AFTER
    )
    assert shops_.shops(approved=True) == ()
    assert not shops_.shop(here.shop).is_approved


def test_the_first_lesson_is_done_by_doing(here: Neighbourhood) -> None:
    def done() -> list[str]:
        return [one.name for one in lessons_.first_lesson(here.shop) if one.is_done]

    assert done() == ["PAGE", "PACK"]
    order = here.place(here.open_day({"蔬菜包": 5}), {"蔬菜包": 1})
    assert done() == ["PAGE", "PACK", "DAY", "ORDER"]
    shop_picking.pick_order(order=order, actor=here.chen, now=AFTER, request_id=new_id())
    shop_picking.hand_over_order(order=order, evidence=SIGNED, actor=here.chen, now=AFTER, request_id=new_id())
    shop_days.copy_day(shop=here.shop, to=TODAY + timedelta(days=1), actor=here.chen, now=AFTER, request_id=new_id())
    assert done() == ["PAGE", "PACK", "DAY", "ORDER", "PICKED", "HANDED_OVER", "TOMORROW"]


def test_a_lesson_counts_who_was_there_and_is_over_when_it_is(here: Neighbourhood) -> None:
    said: dict[str, Any] = {"office": here.office, "title": "开店第一课", "teacher": "林老师", "where": "直播间 8"}
    lesson = lessons.announce_lesson(
        from_at=AFTER, until_at=AFTER + timedelta(hours=1), actor=here.cast.wu, now=NOW, request_id=new_id(), **said
    )
    refuses(
        NotYourPlace, lambda: lessons.put_down(lesson=lesson, shop=here.shop, comes=True, actor=here.cast.bao, now=NOW)
    )
    lessons.put_down(lesson=lesson, shop=here.shop, comes=True, actor=here.chen, now=NOW)
    refuses(LessonOver, lambda: lessons.take_attendance(lesson=lesson, shops=[here.shop], actor=here.cast.wu, now=NOW))
    assert lessons.take_attendance(lesson=lesson, shops=[here.shop, here.cast.hub], actor=here.cast.wu, now=AFTER) == 1
    (view,) = lessons_.lessons(here.office, AFTER, shop=here.shop)
    assert (view.put_down, view.attended, view.was_there) == (1, 1, True)
    late = AFTER + timedelta(hours=2)
    refuses(LessonOver, lambda: lessons.put_down(lesson=lesson, shop=here.shop, comes=False, actor=here.chen, now=late))


def test_what_is_lost_on_the_way_is_brought_again_only_while_packs_are_free(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 3})
    order = here.place(day, {"蔬菜包": 2})
    shop_picking.pick_order(order=order, actor=here.chen, now=AFTER, request_id=new_id())
    (due,) = shop_deliveries.deliveries_due(here.office)
    assert (due.amount, due.due_from_at, due.unit_weight_g) == (2, CUT_OFF, 5000)
    again: dict[str, Any] = {"actor": here.chen, "now": AFTER}
    refuses(OrderMoved, lambda: shop_deliveries.bring_again(due.id, request_id=new_id(), **again))
    shop_deliveries.leave_shop([due.id], AFTER)
    assert shop_deliveries.deliveries_due(here.office) == ()
    shop_deliveries.go_missing([due.id], actor=here.cast.lin, now=AFTER)
    refuses(SoldOut, lambda: shop_deliveries.bring_again(due.id, request_id=new_id(), **again))
    (pack,) = shops_.day(day).packs
    shop_days.change_stock(day_pack=pack.id, by=2, why="补货", actor=here.chen, now=AFTER, request_id=new_id())
    assert shop_deliveries.bring_again(due.id, request_id=new_id(), **again).hold != due.hold
    assert orders_.order(order).state == "PICKED"


def test_when_the_purpose_ends_nothing_of_who_ordered_is_left(here: Neighbourhood) -> None:
    from baogong.kernel.actor import THE_HOUSE

    order = here.place(here.open_day({"蔬菜包": 3}), {"蔬菜包": 1}, at=3)
    code = orders_.order(order).code
    last = orders_.order(order).until_at
    refuses(StillOwed, lambda: shop_orders.forget_orderers(office=here.office, actor=THE_HOUSE, now=AFTER))
    refuses(NotYourPlace, lambda: shop_orders.forget_orderers(office=here.office, actor=here.cast.wu, now=last))
    row = ShopOrder.objects.get()
    assert row.phone is not None
    assert row.phone.hex() in everything_written()
    assert shop_orders.forget_orderers(office=here.office, actor=THE_HOUSE, now=last) == 3
    assert shop_orders.order_of_code(code, "0003") is None
    assert orders_.order(order).state == "PLACED"  # what was promised stays in the book
    written = everything_written()
    for tag in (row.phone, row.last_four):
        assert tag is not None
        assert tag.hex() not in written
    for word in ("13900000003", "住户3", f"1号楼1单元{ROOMS[3]}"):
        assert word not in written


def test_texts_tell_who_ordered_what_became_of_it_until_they_are_forgotten(here: Neighbourhood, settings: Any) -> None:
    from baogong.kernel.actor import THE_HOUSE

    day = here.open_day({"蔬菜包": 3, "肉蛋包": 3})
    silent = here.place(day, {"蔬菜包": 1}, at=2)
    shop_picking.pick_order(
        order=silent, got={orders_.order(silent).lines[0].id: 0}, actor=here.chen, now=AFTER, request_id=new_id()
    )
    assert not Outgoing.objects.filter(channel="TEXT").exists()  # this house has no gateway
    settings.BAOGONG_TEXTS = "json://gateway.example/{phone}"
    order = here.place(day, {"蔬菜包": 2}, at=3, instead={"蔬菜包": "肉蛋包"})
    (line,) = orders_.order(order).lines
    pick: dict[str, Any] = {"order": order, "got": {line.id: 1}, "actor": here.chen, "request_id": new_id()}
    for _ in range(2):
        shop_picking.pick_order(now=AFTER, **pick)
    until = AFTER + timedelta(hours=3)
    lines = [one.id for one in orders_.order(order).lines]
    shop_orders.tell_late(lines=lines, until_at=until, actor=here.chen, now=AFTER)
    shop_deliveries.leave_shop(lines, AFTER)
    shop_deliveries.come_down({one: {"round": "R1"} for one in lines}, AFTER)
    shop_deliveries.go_missing([line.id], actor=here.cast.lin, now=AFTER)
    rows = list(Outgoing.objects.filter(channel="TEXT").order_by("id"))
    assert [row.template.removeprefix("orders.order.") for row in rows] == ["short", "late", "come-down", "lost"]
    assert "13900000003" not in str([row.payload for row in rows])
    texts = [written(row) for row in rows]
    assert {one.phone for one in texts if one} == {"13900000003"}
    code = orders_.order(order).code
    assert [one.body for one in texts[:2] if one] == [
        f"拣货时缺 1 份，其中 1 份按您选的换货；没有的不收钱。取货码 {code}。",
        f"骑手不够，改在 {timezone.localtime(until):%H:%M} 前送到。取货码 {code}。",
    ]
    ShopOrderLine.objects.filter(order=order, state="UNDERWAY").update(state="HANDED_OVER")
    last = orders_.order(order).until_at
    shop_orders.forget_orderers(office=here.office, actor=THE_HOUSE, now=last)
    assert [written(row) for row in rows] == [None] * 4
    assert not Outgoing.objects.filter(channel="TEXT").exclude(to_party=None).exists()


def test_who_misses_the_slot_is_found_and_told_why(here: Neighbourhood, settings: Any) -> None:
    settings.BAOGONG_TEXTS = "json://gateway.example/{phone}"
    bring = packs_in_slot(1, 3600)
    day = here.open_day({"蔬菜包": 500}, slots=(99, 99, 99), riders=1, per_order_max=99)
    first, last = here.place(day, {"蔬菜包": bring}), here.place(day, {"蔬菜包": 2}, at=1)
    other_day = here.place(here.open_day({"蔬菜包": 5}, on=TODAY + timedelta(days=1)), {"蔬菜包": 1}, at=2)

    def late(now: datetime) -> list[tuple[UUID, bool]]:
        found = orders_.late_orders(shops_.day(day), orders_.orders_of(day), now)
        return [(one.order.id, one.has_passed) for one in found]

    assert late(NOW) == [(last, False)]  # the slot's riders are full before it
    over = CUT_OFF + timedelta(hours=1)
    assert late(over) == [(first, True), (last, True)]
    tell: dict[str, Any] = {
        "day": day,
        "until_at": over + timedelta(hours=1),
        "why": "车坏了",
        "actor": here.chen,
        "now": over,
    }
    wrongs: tuple[dict[str, Any], ...] = (
        {"orders": [other_day]},
        {"orders": []},
        {"orders": [first], "why": " "},
        {"orders": [first], "until_at": NOW},
    )
    for wrong in wrongs:
        refuses(OrderUnusable, partial(shop_orders.tell_orders_late, **tell | wrong))
    refuses(NotYourPlace, partial(shop_orders.tell_orders_late, **tell | {"orders": [first], "actor": here.cast.bao}))
    assert [shop_orders.tell_orders_late(orders=[first, last], **tell) for _ in range(2)] == [2, 0]
    assert late(over) == []
    assert late(over + timedelta(hours=1)) == [(first, True), (last, True)]  # and not by then either
    assert orders_.order(first).told_why == "车坏了"
    texts = [written(row) for row in Outgoing.objects.filter(channel="TEXT").order_by("id")]
    assert [one.body.split("。")[0] for one in texts if one] == [
        f"车坏了，改在 {timezone.localtime(over + timedelta(hours=1)):%H:%M} 前送到"
    ] * 2


def test_a_door_the_register_has_not_is_asked_about_once(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 5})
    view = shops_.day(day)
    order: dict[str, Any] = {
        "day": day, "slot": view.slots[0].id, "community": here.community, "wanted": [Wanted(view.packs[0].id, 1)], "now": NOW,
    }  # fmt: skip
    for address in ("99号楼9单元999", "1号楼1单元999", "大门口"):
        orderer = Orderer("王小明", "13900001234", address)
        refused = refuses(AddressNotListed, partial(shop_orders.place_order, order=new_id(), orderer=orderer, **order))
        assert address not in str(refused.__dict__)
    for address in ("1-1-101", "一号楼一单元102室", "1号楼201"):
        shop_orders.place_order(order=new_id(), orderer=Orderer("王小明", "13900001234", address), **order)
    orderer = Orderer("王小明", "13900001234", "99号楼9单元999")
    shop_orders.place_order(order=new_id(), orderer=orderer, is_sure=True, **order)
    assert shops_.day(day).packs_taken == 4


def test_the_maximum_holds_over_all_that_a_household_has_standing_on_the_day(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 50, "肉蛋包": 50}, per_order_max=5)
    view = shops_.day(day)

    def place(packs: int, *, address: str = "1号楼1单元101", phone: str = "13900001234", pack: int = 0) -> UUID:
        order = new_id()
        shop_orders.place_order(
            order=order, day=day, slot=view.slots[0].id, community=here.community, now=NOW,
            wanted=[Wanted(view.packs[pack].id, packs)], orderer=Orderer("王小明", phone, address),
        )  # fmt: skip
        return order

    first = place(2)
    place(2)
    refused = refuses(TooManyPacks, lambda: place(2))
    assert (refused.found, refused.expected) == (6, 5)
    refuses(
        TooManyPacks, lambda: place(2, address="1-101", phone="139 0000 1234")
    )  # the same door and number, written otherwise
    place(1, address="1-1-101")
    place(5, pack=1)
    place(5, address="1-102")  # a neighbour without a telephone, by the same one
    place(5, phone="13900005678")
    shop_orders.cancel_order(order=first, now=NOW)
    place(2)
    assert shops_.day(day).packs_taken == 3 + 2 + 5 + 5 + 5


def written(row: Outgoing) -> texting.Text | None:
    return shop_texts.write_text(Message(row.id, row.to_party_id, row.template, row.payload, AFTER))
