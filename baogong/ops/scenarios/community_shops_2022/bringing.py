"""
12:05 to 19:00: picked, made into parcels, taken in at the station, carried slot by slot.

One shop's cart breaks down on the way to the station, and one rider leaves after the first slot.
"""

from __future__ import annotations

from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services import placing, rounds
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.delivery.sources import ORDERS as ROOM
from baogong.ops.scenarios.community_shops_2022 import breaks
from baogong.ops.scenarios.community_shops_2022.cast import (
    BIKE_G,
    BIKE_PIECES,
    DAY,
    KEEPER,
    OFFICE_NAME,
    RIDERS,
    SHOPS,
    SLOTS,
    STATION,
    at,
    day_of,
)
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.parcels import receive_all
from baogong.ops.scenarios.last_mile.people import assign, names_in, take_temperatures
from baogong.ops.scenarios.last_mile.rounds import approve, device, each_handed_over, tell, walk
from baogong.ops.scenarios.stage import Stage
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.services import shop_deliveries, shop_orders, shop_picking

ALL = 1_000_000
SHORT = ("大华面点", "馒头包", 4)  # so many of its first bags find one fewer than was counted
HELD_UP, WHY_HELD_UP = "沪太副食", "送货三轮车半路爆胎，第一时段的单跟第二时段一起送"


def pick(stage: Stage) -> None:
    """Bag by bag; four steamed-bun packs were crushed, and who had agreed to dumplings gets them."""
    shop_short, pack_short, short = SHORT
    for name, one in SHOPS.items():
        missing = short if name == shop_short and not breaks.packed_unseen(stage) else 0
        for order in orders_.orders_of(day_of(stage, name)):
            if order.cancelled_at is not None or order.picked_at is not None:
                continue
            got = {}
            for line in order.lines:
                if missing and line.name == pack_short and line.instead:
                    got[line.id], missing = line.packs - 1, missing - 1
            shop_picking.pick_order(
                order=order.id, got=got, actor=stage.actors[one.keeper], now=stage.now,
                request_id=stage.request_id("pick", order.id),
            )  # fmt: skip


def make_parcels(stage: Stage) -> None:
    office = stage.party(OFFICE_NAME)
    if shop_deliveries.deliveries_due(office):  # a play that is resumed has brought them
        made = placing.place(office=office, room=ROOM, actor=stage.actors["wu"], now=stage.now)
        stage.say(f"      {made.parcels} parcels, {made.waiting} addresses wait for a person")


def tell_held_up(stage: Stage) -> None:
    """A tyre is flat: whoever was to have it in the first slot is told by the shop why, and that it comes in the second."""
    if breaks.tells_nobody(stage):
        return
    day, first, second = day_of(stage, HELD_UP), at(SLOTS[0][1]), at(SLOTS[1][1])
    waiting = [one for one in orders_.orders_of(day) if one.until_at == first and one.travels]
    untold = [one.id for one in waiting if one.told_until_at is None]
    if untold:
        told = shop_orders.tell_orders_late(
            day=day, orders=untold, until_at=second, why=WHY_HELD_UP, actor=stage.actors[SHOPS[HELD_UP].keeper], now=stage.now
        )  # fmt: skip
        stage.say(f"      {HELD_UP}: {len(untold)} orders, {told} lines told {WHY_HELD_UP}")


def receive(stage: Stage) -> None:
    """The shops' carts bring their bags to the station; each is scanned. One cart stands by the road."""
    receive_all(stage, STATION, KEEPER, without=_parcels_of(stage, HELD_UP))


def receive_held_up(stage: Stage) -> None:
    """The cart is mended, and comes."""
    receive_all(stage, STATION, KEEPER, HELD_UP)


def _parcels_of(stage: Stage, shop: str) -> set[UUID]:
    lines = [line.id for order in orders_.orders_of(day_of(stage, shop)) for line in order.lines]
    return set(delivery_.parcels_of_promises(ROOM, lines).values())


def assign_riders(stage: Stage) -> None:
    take_temperatures(stage, RIDERS, STATION, KEEPER)
    for name in names_in(stage, RIDERS):
        assign(stage, stage.party(name), stage.party(STATION), "DELIVER", at("12:30"), at("20:00"), day=20)


def carry(stage: Stage, slot: int) -> None:
    """The slot's parcels of all four shops, on the same rounds; what does not fit is told before, and goes out next."""
    _plan(stage, slot)
    tell_the_late(stage, slot)
    walk_until(stage, SLOTS[slot][1])


def walk_until(stage: Stage, clock: str) -> None:
    walk(stage, {STATION: KEEPER}, DAY, at(clock), come_back=lambda one, _name: _come_back(stage, one))


def gone(stage: Stage, slot: int) -> list[UUID]:
    """Who carries nothing in this slot: after the first, one rider had to go home."""
    names = names_in(stage, RIDERS)
    return [stage.party(names[-1])] if slot and not breaks.nobody_leaves(stage) else []


def _plan(stage: Stage, slot: int) -> None:
    start, end = (at(clock) for clock in SLOTS[slot])
    if not delivery_.parcels(station=stage.party(STATION), states=["AT_STATION"], unplanned=True, limit=1):
        return
    made = rounds.plan_rounds(
        station=stage.party(STATION),
        from_at=start,
        until_at=end,
        capacity_g=BIKE_G,
        capacity_pieces=breaks.bag(stage, BIKE_PIECES),
        limits={"balance": 0.15},
        rule={"turns_per_stop": 4, "passes": 1},
        without=gone(stage, slot),
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds", slot),
    )
    approve(stage, made, "rounds", slot)


def tell_the_late(stage: Stage, slot: int) -> None:
    """Whoever's bag is on no round of its slot is told at once, with the new time."""
    end = at(SLOTS[slot][1])
    left = [
        one.id
        for one in delivery_.parcels(station=stage.party(STATION), states=["AT_STATION"], unplanned=True, limit=ALL)
        if one.due_until_at is not None and one.due_until_at <= end
    ]
    if left:
        sold = orders_.lines_of(stage.party(OFFICE_NAME))
        lines = {parcel: line for line, parcel in delivery_.parcels_of_promises(ROOM, sold).items()}
        shop_orders.tell_late(
            lines=[lines[parcel] for parcel in left],
            until_at=at(SLOTS[min(slot + 1, len(SLOTS) - 1)][1]),
            actor=stage.actors["wu"],
            now=stage.now,
        )


def _come_back(stage: Stage, one: RoundView) -> None:
    tell(telephone(stage, one.courier), _acts(stage, one.id), stage.now)


def telephone(stage: Stage, person: UUID) -> DeviceView:
    return device(stage, STATION, person, at("12:00"), at("21:00"), keeper=KEEPER)


def _acts(stage: Stage, round_id: UUID) -> list[Act]:
    one = delivery_.round_view(round_id)
    walked = pace.walked(stage, one)
    return each_handed_over(stage, one, walked, is_left=lambda parcel: breaks.forgets(stage, parcel.code))
