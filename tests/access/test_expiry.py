"""
Promises that end by themselves. No act of the house gives one an end; and should one end, nothing breaks on it.

`sweep_expired` ends whatever has run out, of whatever kind: a run's parts, an order's money, a share, a truck's load.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from baogong.freight import queries as freight
from baogong.freight import services as freight_
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.needs import queries as needs
from baogong.people.queries.access import login_named
from baogong.people.services.access import actor_of
from baogong.supply import queries as supply
from baogong.supply import services as supply_
from tests.access.books import house, road
from tests.access.rows import Book
from tests.apps.freight.world import NOW as ROAD_NOW
from tests.cast import NOW
from tests.web.visits import read, visit

LATER = timedelta(minutes=1)


@pytest.mark.parametrize("make", [house, road])
def test_no_act_of_the_house_gives_a_promise_an_end(db: None, make: Callable[[], Book]) -> None:
    make()
    promises = book.open_holds()
    assert len(promises) > 3
    assert [hold for hold in promises if hold.expires_at is not None] == []
    ledger.sweep_expired(now=NOW + timedelta(days=3_000))
    assert {hold.id for hold in book.open_holds()} == {hold.id for hold in promises}


def office(now: datetime) -> Actor:
    """Lin, who commands."""
    login = login_named("lin", now)
    assert login is not None
    return actor_of(login.id, now)


def end_all(now: datetime) -> None:
    """Every open promise is given an end, and the end comes."""
    promises = book.open_holds()
    with transaction.atomic():
        ledger.post(
            lines=[ledger.extend_line(hold, now + LATER) for hold in promises],
            actor=THE_HOUSE,
            reason=Reason.EXPIRY,
            document=None,
            request_id=new_id(),
            now=now,
        )
    assert ledger.sweep_expired(now=now + LATER) == len(promises)
    assert book.open_holds() == ()


def refused(act: Callable[[], object]) -> str:
    """The refusal's code: nothing else may come of it."""
    with pytest.raises(BaogongError) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def test_parts_of_packs_and_money_of_orders_that_have_ended_are_told_and_refused(db: None) -> None:
    things = house().things
    end_all(NOW)
    asked: dict[str, Any] = {"now": NOW + 2 * LATER, "request_id": new_id()}
    run, order = things["packing_run"], things["purchase"]
    lin = office(NOW)
    assert (
        refused(lambda: supply_.tally_packs(run=run, packs=1, actor=lin, **asked)) == "supply.more-packs-than-planned"
    )
    view = supply.purchase(order)
    assert (view.committed_fen, [part for line in view.lines for part in line.paid_by]) == (0, [])
    said = [supply_.Delivered(1, view.lines[0].to_come)]
    code = refused(
        lambda: supply_.receive_purchase(purchase=order, site=things["hub"], deliveries=said, actor=lin, **asked)
    )
    assert code == "supply.purchase-not-at-this-step"
    for fund in supply.funds():  # the money is free again
        assert fund.drawn_fen + fund.committed_fen + fund.unspent_fen == fund.gift_fen
        assert fund.committed_fen == 0
    # What is left to do can be done: the order is called off, the run closed.
    supply_.cancel_purchase(purchase=order, why="its money went", actor=lin, **asked)
    supply_.close_run(run=run, actor=lin, now=asked["now"], request_id=new_id())
    browser = visit("lin")
    for page in (
        f"/command/money/purchases/{order}/",
        f"/command/money/funds/{things['fund']}/",
        f"/command/packs/runs/{run}/",
        "/command/stock/",
    ):
        read(browser, page)
    assert book.verify_book().ok


def test_shares_and_loads_that_have_ended_are_told_and_refused(db: None) -> None:
    things = road().things
    end_all(ROAD_NOW)
    asked: dict[str, Any] = {"now": ROAD_NOW + 2 * LATER, "request_id": new_id()}
    lin = office(ROAD_NOW)
    (allotment,) = [one for one in needs.allotments(plan=things["share"]) if one.id == things["allotment"]]
    assert (allotment.committed, allotment.released) == (0, allotment.amount)
    waybill = freight.waybill(things["waybill"], now=asked["now"])
    assert refused(lambda: freight_.load(waybill=waybill.row.id, actor=lin, **asked))
    browser = visit("lin")
    for page in (f"/command/shares/{things['share']}/", f"/command/convoys/{things['convoy']}/", "/command/needs/"):
        read(browser, page)
    assert book.verify_book().ok
