"""Promises of relief goods: what fits whom, how they are undone, what their holds tell."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.services.documents import SignedForOneself
from baogong.kernel.actor import Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.needs import queries
from baogong.needs.errors import AllotmentMoved, EarmarkBroken, NotEnoughLeft, NotRelief, StandardNotAccepted
from baogong.needs.services import Promise, allot, undo_allotment
from baogong.needs.views import NeedState
from baogong.supply.services import Arrival, Counted, Finding, Judgement, Offered, consent_to_community_use
from tests.apps.needs.test_requests import asking
from tests.apps.supply.test_freezes import freeze
from tests.apps.supply.test_gifts import judge, offer, receive
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW, log_in_as, person_of, rows_in_book

LATER = NOW + timedelta(hours=4)


def frozen_masks(world: World, amount: int, **facets: Any) -> Any:
    world.count(Counted(item=world.item("surgical-mask"), amount=amount, **facets))
    freeze(world)
    return world.lot_of("surgical-mask")


def promise(world: World, lot: Any, amount: int, **facts: Any) -> Any:
    options = {key: facts.pop(key) for key in ("actor", "request_id", "now") if key in facts}
    asked = {"receiver": world.cast.hospital, "site": world.langfang, **facts}
    return allot(
        promise=Promise(lot=lot, amount=amount, **asked),
        reason="指挥部决定",
        **{"actor": world.cast.lin, "now": NOW, "request_id": new_id(), **options},
    )


def load_on_truck(world: World, hold_id: Any, amount: int) -> Any:
    """As freight loads: the promise is voided here and travels on aboard."""
    hold, aboard = book.hold(hold_id), ledger.AccountRef(world.cast.truck, State.ABOARD)
    carried_on = ledger.hold_line(aboard, hold.target, hold.lot, amount, continues=hold.id)
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.void_line(hold, amount),
                ledger.post_line(hold.source, aboard, hold.lot, amount),
                carried_on,
            ],
            actor=world.cast.lin,
            reason=Reason.LOAD,
            document=None,
            request_id=new_id(),
            now=LATER,
        )
    return carried_on.id


def hand_over(world: World, hold_id: Any, amount: int | None = None) -> None:
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_hold_line(book.hold(hold_id), amount)],
            actor=world.cast.lin,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=LATER,
        )


def test_a_promise_is_a_hold_from_the_site_into_the_receivers_hands(world: World) -> None:
    lot = frozen_masks(world, 500)
    view = queries.allotment(promise(world, lot, 35))
    hold = book.hold(view.hold)
    assert hold.source == ledger.AccountRef(world.langfang, State.FROZEN)
    assert hold.target == ledger.AccountRef(world.cast.hospital, State.HANDED_OVER)
    assert (view.committed, view.met, view.at_origin) == (35, 0, 35)
    paper = journal.document(view.document)
    assert (paper.kind, paper.body["amount"]) == ("ALLOTMENT", 35)


def test_the_same_promise_twice_is_one_hold(world: World) -> None:
    lot, request = frozen_masks(world, 500), new_id()
    first = promise(world, lot, 35, request_id=request)
    assert promise(world, lot, 35, request_id=request) == first
    assert len(queries.allotments(receiver=world.cast.hospital)) == 1


def test_the_shops_goods_are_not_promised(world: World) -> None:
    world.count(Counted(item=world.item("surgical-mask"), amount=500))
    with pytest.raises(NotRelief):
        promise(world, world.lot_of("surgical-mask"), 35)


def test_more_than_is_free_is_not_promised(world: World) -> None:
    lot = frozen_masks(world, 100)
    promise(world, lot, 70)
    with pytest.raises(NotEnoughLeft):
        promise(world, lot, 31)


def test_consigned_goods_go_to_their_earmarked_receiver_only(world: World) -> None:
    gift = offer(world)
    judge(world, gift)
    receive(world, gift)
    lot = world.lot_of("protective-suit", holder=world.cast.hub)
    with pytest.raises(EarmarkBroken):
        promise(world, lot, 1600, site=world.cast.hub, receiver=world.union)
    promise(world, lot, 1600, site=world.cast.hub)


def test_goods_of_a_standard_the_need_does_not_accept_are_refused(world: World) -> None:
    lot = frozen_masks(world, 100, standard="YY 0469-2011")
    picky = asking(world, standards=("GB 19083",))
    with pytest.raises(StandardNotAccepted):
        promise(world, lot, 10, need=picky)
    plain = asking(world, standards=("YY 0469-2004",), apart_from=[picky])
    assert promise(world, lot, 10, need=plain)


def test_goods_for_community_use_never_answer_a_medical_need(world: World) -> None:
    gift = offer(world, Offered(world.item("n95-mask"), 400), terms="GIFT")
    judge(world, gift, Judgement(1, Finding.FAILS, "系带断裂"))
    consent_to_community_use(
        gift=gift, no=1, agrees=True, by=world.alumni, words="电话", actor=world.cast.wu, now=NOW, request_id=new_id()
    )
    receive(world, gift, Arrival(1, 400))
    lot = world.lot_of("n95-mask", holder=world.cast.hub)
    medical = asking(world, "n95-mask")
    with pytest.raises(EarmarkBroken):
        promise(world, lot, 10, site=world.cast.hub, need=medical)
    community = asking(world, "n95-mask", use="COMMUNITY", apart_from=[medical])
    assert promise(world, lot, 10, site=world.cast.hub, need=community)


def test_a_need_of_another_item_or_receiver_is_not_answered(world: World) -> None:
    lot = frozen_masks(world, 100)
    with pytest.raises(UnusableInput):
        promise(world, lot, 10, need=asking(world, "gloves"))
    with pytest.raises(UnusableInput):
        promise(world, lot, 10, need=asking(world, receiver=world.union))


def test_a_promise_is_taken_back_until_the_first_hand_moves(world: World) -> None:
    lot, request = frozen_masks(world, 100), new_id()
    given = promise(world, lot, 60)
    for _ in range(2):
        undo_allotment(allotment=given, why="误", actor=world.cast.lin, now=LATER, request_id=request)
    assert queries.allotment(given).is_undone
    again = promise(world, lot, 100)
    load_on_truck(world, queries.allotment(again).hold, 40)
    with pytest.raises(AllotmentMoved):
        undo_allotment(allotment=again, why="误", actor=world.cast.lin, now=LATER, request_id=new_id())


def test_a_need_is_met_by_what_was_signed_for_however_it_travelled(world: World) -> None:
    lot = frozen_masks(world, 1000)
    need = asking(world, quantity=900)
    given = promise(world, lot, 900, need=need)
    assert queries.need(need).state is NeedState.COMMITTED
    hold = queries.allotment(given).hold
    aboard = load_on_truck(world, hold, 500)
    view = queries.allotment(given)
    assert (view.committed, view.at_origin, view.met, view.released) == (900, 400, 0, 0)
    hand_over(world, aboard, 450)
    with transaction.atomic():
        lost = ledger.AccountRef(world.cast.truck, State.LOST)
        ledger.post(
            lines=[
                ledger.void_line(book.hold(aboard)),
                ledger.post_line(ledger.AccountRef(world.cast.truck, State.ABOARD), lost, lot, 50),
            ],
            actor=world.cast.lin,
            reason=Reason.LOSS,
            document=None,
            request_id=new_id(),
            now=LATER,
        )
    need_view, view = queries.need(need), queries.allotment(given)
    assert (view.committed, view.met, view.released) == (400, 450, 50)
    assert (need_view.state, need_view.open) == (NeedState.PARTLY_MET, 50)
    hand_over(world, load_on_truck(world, hold, 400))
    (row,) = queries.served()
    assert (row.asked, row.met, row.met_permille) == (900, 850, 944)


def test_parcels_are_due_in_their_window_until_they_have_left(world: World) -> None:
    lot = frozen_masks(world, 100)
    soon = promise(world, lot, 60, due_at=LATER, urgency=1)
    whenever = promise(world, lot, 30)
    window = Window(NOW, LATER + timedelta(minutes=1))
    assert [(parcel.id, parcel.amount) for parcel in queries.parcels_due(window)] == [(soon, 60), (whenever, 30)]
    assert [parcel.id for parcel in queries.parcels_due(Window(NOW, LATER))] == [whenever]
    load_on_truck(world, queries.allotment(soon).hold, 45)
    assert [parcel.amount for parcel in queries.parcels_due()] == [15, 30]
    undo_allotment(allotment=whenever, why="误", actor=world.cast.lin, now=LATER, request_id=new_id())
    (parcel,) = queries.parcels_due()
    assert (parcel.room, parcel.at_site, parcel.receiver) == ("needs", world.langfang, world.cast.hospital)


def test_strangers_and_clerks_promise_and_undo_nothing(world: World) -> None:
    lot = frozen_masks(world, 100)
    given = promise(world, lot, 10)
    for actor in (world.cast.stranger, world.cast.wu, world.kai):
        take_back = partial(undo_allotment, allotment=given, why="x", actor=actor, now=NOW, request_id=new_id())
        assert_refused_without_trace(partial(promise, world, lot, 5, actor=actor))
        assert_refused_without_trace(take_back)


@pytest.mark.parametrize("duty", [Duty.KEEPER, Duty.CLERK])
def test_nobody_promises_goods_to_themselves_or_to_where_they_work(world: World, duty: Duty) -> None:
    lot = frozen_masks(world, 100)
    insider = log_in_as("Yan", [(Duty.COMMAND, None), (duty, world.cast.hospital)])
    before = rows_in_book()
    for actor, receiver in ((insider, world.cast.hospital), (world.cast.lin, person_of(world.cast.lin))):
        with pytest.raises(SignedForOneself, match="gains by this document, or works for who does"):
            promise(world, lot, 10, actor=actor, receiver=receiver)
        assert rows_in_book() == before
    assert queries.allotments() == ()
    promise(world, lot, 10)  # Lin commands everywhere and works at no receiver's
    assert [each.amount for each in queries.allotments()] == [10]
