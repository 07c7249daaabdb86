"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from datetime import datetime, timedelta

from baogong.delivery import queries as delivery_
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand, promise_by_hand
from baogong.ops.scenarios.community_shops_2022.cast import CONTESTED, RUSHED, SHOPS, STATION, day_of
from baogong.ops.scenarios.stage import Stage
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.queries.shop_orders import OrderView
from baogong.orders.services import shop_days

FIRST_OF_RUSH, LATE_BY = 39, timedelta(minutes=4)
FORGOTTEN = 7  # which of the parcels, by number, stays in its rider's bag


def cap_ignored(stage: Stage, shop: str) -> bool:
    """The merchant leaves the tap alone."""
    return stage.broken(
        "packs_promised_beyond_riders", f"{shop} did not cut the day off and its slots were opened wider"
    )


def comes_at(stage: Stage, number: int, when: datetime) -> datetime:
    """The fortieth of the rush comes four minutes late."""
    if number == FIRST_OF_RUSH and stage.broken(
        "sold_out_within_s", "the last of the first forty came four minutes later"
    ):
        return when + LATE_BY
    return when


def one_more_pack(stage: Stage) -> None:
    """The merchant finds another pack on the shelf between the two taps."""
    shop, name = CONTESTED
    if stage.broken("last_pack_to_households", "another pack was added while two asked for the last one"):
        pack = next(one for one in shops_.day(day_of(stage, shop)).packs if one.pack.name == name)
        shop_days.change_stock(
            day_pack=pack.id, by=1, why="架上又找到一份", actor=stage.actors[SHOPS[shop].keeper], now=stage.now,
            request_id=stage.request_id("break", "one more"),
        )  # fmt: skip


def stays(stage: Stage, line: int) -> bool:
    return line == 5 and stage.broken("orders_standing", "one household did not give its order up")


def given_up_late(stage: Stage) -> bool:
    return stage.broken("given_up_after_cut_off", "an order was given up past the service that refuses it")


def void_past_the_service(order: OrderView, stage: Stage) -> None:
    """What no page of the house does: after the cut-off, as if it were before."""
    from django.db import transaction

    from baogong.orders.services.shop_orders import lock_order, void_order

    with transaction.atomic():
        row = lock_order(order.id)
        if row.cancelled_at is None:
            void_order(row, actor=stage.actors["lin"], now=stage.now)


def packed_unseen(stage: Stage) -> bool:
    """The crushed packs go into the bags as if they were whole."""
    return stage.broken("short_and_replaced", "crushed packs were packed unseen, and nothing was put in their place")


def nobody_leaves(stage: Stage) -> bool:
    return stage.broken("riders_by_slot", "the sixth rider stayed all day")


def bag(stage: Stage, pieces: int) -> int:
    if stage.breaking == "way_saved_percent":
        stage.broken("way_saved_percent", "riders carried two bags at a time")
        return 2
    return pieces


def tells_nobody(stage: Stage) -> bool:
    return stage.broken("not_in_slot_untold", "a shop's cart broke down, and it told none of those who waited for it")


def forgets(stage: Stage, code: str) -> bool:
    """One parcel stays in its rider's bag, and nobody is told."""
    if stage.breaking != "not_handed_over_once":
        return False
    codes = sorted(one.code for one in delivery_.parcels(limit=100_000))
    return codes.index(code) == FORGOTTEN and stage.broken(
        "not_handed_over_once", "one parcel stayed in its rider's bag"
    )


def after_the_day(stage: Stage) -> None:
    shop, name = RUSHED
    pack = next(one for one in shops_.day(day_of(stage, shop)).packs if one.pack.name == name)
    here, outside = AccountRef(stage.party(shop), State.AVAILABLE), AccountRef(stage.party(shop), State.OUTSIDE)
    if stage.broken("packs_oversold", "a pack no merchant had counted in was promised to somebody"):
        move_by_hand(stage, "in", outside, here, pack.lot, 1, Reason.CONSIGNMENT)
        somebody = book.movements(lots=[pack.lot], reasons=[Reason.SALE], limit=1)[0].target
        promise_by_hand(stage, "promise", here, somebody, pack.lot, pack.left + 1)  # what was given back, and one more
    if stage.broken("packs_unaccounted_for", "a pack left the station under no document"):
        station = AccountRef(stage.party(STATION), State.AVAILABLE)
        move_by_hand(stage, "in", outside, station, pack.lot, 1, Reason.COUNT)
        move_by_hand(stage, "lost", station, AccountRef(stage.party(STATION), State.LOST), pack.lot, 1, Reason.LOSS)


def orders_of_all(stage: Stage) -> list[OrderView]:
    return [one for shop in SHOPS for one in orders_.orders_of(day_of(stage, shop))]
