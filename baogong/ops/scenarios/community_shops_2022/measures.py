"""What must hold, each read from the book and from what the rooms keep as facts; never from a plan's own output."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from math import cos, radians
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.engine.rounds.ground import ground_of, plain_lengths
from baogong.engine.rounds.problem import Problem, Station
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.solve import solve
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.community_shops_2022.breaks import orders_of_all
from baogong.ops.scenarios.community_shops_2022.cast import (
    BIKE_PIECES,
    CONTESTED,
    DAY,
    OFFICE_NAME,
    RUSHED,
    SHOPS,
    SLOTS,
    STATION,
    STATION_AT,
    at,
    day_of,
)
from baogong.ops.scenarios.last_mile import measures as last_mile
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_

ALL, DECI, M_PER_DEGREE, DAY_S = 1_000_000, 10, 111_320.0, 86_400
RULE = RoundsRule("alone", turns_per_stop=4)


def _lots(stage: Stage) -> dict[UUID, str]:
    """Lot of the day → its shop."""
    return {pack.lot: shop for shop in SHOPS for pack in shops_.day(day_of(stage, shop)).packs}


def _moves(stage: Stage) -> list[MovementView]:
    return list(book.movements(lots=list(_lots(stage)), limit=ALL))


def orders_standing(stage: Stage) -> int:
    """Orders that were not given up."""
    return sum(one.cancelled_at is None for one in orders_of_all(stage))


def packs_oversold(stage: Stage) -> int:
    """Packs promised at any moment, or gone, beyond what their merchants had counted in by then; lot by lot, from the book."""
    counted: Counter[UUID] = Counter()
    promised: Counter[UUID] = Counter()
    worst: Counter[UUID] = Counter()
    for move in _moves(stage):
        at_shop = move.source.state is State.AVAILABLE and move.reason is Reason.SALE
        if move.reason is Reason.COUNT and move.tense == "POSTED":
            counted[move.lot] += move.amount * (
                (move.source.state is State.OUTSIDE) - (move.target.state is State.OUTSIDE)
            )
        elif move.tense == "HELD" and (at_shop or move.reason is Reason.ALLOT):
            promised[move.lot] += move.amount
        if move.tense == "VOIDED" and move.reason in (Reason.UNDO, Reason.COUNT):
            promised[move.lot] -= move.amount
        worst[move.lot] = max(worst[move.lot], promised[move.lot] - counted[move.lot])
    return sum(worst.values())


def sold_out_within_s(stage: Stage) -> int:
    """From the opening until no pack of the one everybody wanted was free; a whole day where that never was so."""
    shop, name = RUSHED
    pack = next(one for one in shops_.day(day_of(stage, shop)).packs if one.pack.name == name)
    promised = 0
    for move in sorted(book.movements(lots=[pack.lot], limit=ALL), key=lambda one: (one.at, one.seq)):
        promised += {"HELD": move.amount, "VOIDED": -move.amount}.get(move.tense, 0)
        if promised >= pack.stock:
            return int((move.at - at("08:00")).total_seconds())
    return 24 * 3600


def last_pack_to_households(stage: Stage) -> int:
    """How many households the book promised the contested pack's last units to, after it was down to one."""
    shop, name = CONTESTED
    pack = next(one for one in shops_.day(day_of(stage, shop)).packs if one.pack.name == name)
    moves = book.movements(lots=[pack.lot], reasons=[Reason.SALE], limit=ALL)
    return len({one.target.holder for one in moves if one.tense == "HELD" and one.at >= at("10:50")})


def given_up_after_cut_off(stage: Stage) -> int:
    """Orders whose packs went free after they were being picked."""
    return sum(one.cancelled_at is not None and one.cancelled_at >= at("12:00") for one in orders_of_all(stage))


def packs_promised_beyond_riders(stage: Stage) -> int:
    """Packs that shops were still ready to promise, or had, beyond what their own riders could bring, slot by slot."""
    return sum(shops_.day(day_of(stage, shop)).beyond_riders for shop in SHOPS)


def not_in_slot_untold(stage: Stage) -> int:
    """Parcels in no household's hands within their slot whose orderer was told no other time, or not in that either."""
    given = {hand.parcel: hand.at_device for hand in delivery_.hands(["HANDED_OVER"])}
    sold = orders_.lines_of(stage.party(OFFICE_NAME))
    parcel_of = delivery_.parcels_of_promises("orders", sold)
    found = 0
    for order in orders_of_all(stage):
        for line in order.lines:
            if line.state in ("CANCELLED", "SHORT"):
                continue
            moment = given.get(parcel_of[line.id]) if line.id in parcel_of else None
            until_at = max(order.until_at, line.told_until_at or order.until_at)
            found += moment is None or not order.from_at <= moment <= until_at
    return found


def riders_by_slot(stage: Stage) -> str:
    """Different riders who handed something over in each slot."""
    by_slot = []
    for start, end in SLOTS:
        hands = delivery_.hands(["HANDED_OVER"], since=at(start), until=at(end))
        by_slot.append(len({hand.from_party for hand in hands}))
    return " ".join(map(str, by_slot))


def packs_unaccounted_for(stage: Stage) -> int:
    """Counted in, and neither in a household's hands, in a shop, at the station nor with a rider."""
    came: Counter[UUID] = Counter()
    for move in _moves(stage):
        if move.tense == "POSTED":
            came[move.lot] += move.amount * (
                (move.source.state is State.OUTSIDE) - (move.target.state is State.OUTSIDE)
            )
    known = (State.AVAILABLE, State.ABOARD, State.HANDED_OVER)
    there = sum(one.posted for one in book.balances(lots=list(came), states=known))
    return abs(sum(came.values()) - there)


def short_and_replaced(stage: Stage) -> str:
    """Packs found missing when picking, and of these replaced as agreed."""
    lines = [line for order in orders_of_all(stage) for line in order.lines]
    short = sum(line.short for line in lines if line.state != "CANCELLED")
    return f"{short} {sum(line.there for line in lines if line.takes_place_of)}"


# Routes: the rounds as they were walked, beside every shop with a rider of its own


def _rounds(stage: Stage) -> list[RoundView]:
    rows = delivery_.rounds(station=stage.party(STATION), window=DAY, with_visits=True)
    return [one for one in rows if one.state in ("STARTED", "DONE")]


def way_of_rounds_s(stage: Stage) -> int:
    """Walked and loaded on the rounds, in the order parcels were handed over, and the shops' carts to the station and back."""
    given = {hand.parcel: hand.at_device for hand in delivery_.hands(["HANDED_OVER"])}
    total_s = 0.0
    for one in _rounds(stage):
        world = pace.world_of(stage, one.plan)
        moments = {
            world.stop_of[str(carried.parcel.id)]: given[carried.parcel.id]
            for visit in one.visits
            for carried in visit.parcels
            if carried.parcel.id in given
        }
        names = sorted(moments, key=lambda name: (moments[name], name))
        rows = [0, *(world.row_of[name] for name in names), 0]
        total_s += plain_lengths(world.ground, rows[:-1], rows[1:]).sum() / DECI + world.problem.limits.load_s
    return round(total_s + _carts_s(stage))


def _carts_s(stage: Stage) -> float:
    """From each shop to the station and back, once: all its bags on one cart, at the riders' pace."""
    world = pace.world_of(stage, _rounds(stage)[0].plan)
    problem, total = world.problem, 0.0
    for shop in SHOPS:
        both = replace(problem, stations=(problem.stations[0], _station_of(problem, shop)))
        ground = ground_of(both)
        total += 2 * int(plain_lengths(ground, 0, 1)) / DECI + problem.limits.load_s
    return total


def _station_of(problem: Problem, shop: str) -> Station:
    """Where the shop lies, from where the station does."""
    one, base = SHOPS[shop], problem.stations[0]
    north_m = (one.lat - STATION_AT[0]) * M_PER_DEGREE
    east_m = (one.lon - STATION_AT[1]) * M_PER_DEGREE * cos(radians(STATION_AT[0]))
    return Station(f"shop {shop}", base.x_m + east_m, base.y_m + north_m)


def way_of_shops_s(stage: Stage) -> int:
    """
    The same handovers, each shop's by one rider of its own, from its own door, slot by slot, with the same bag.

    That rider's tours are solved by the engine that the rounds are planned with, free of every window and shift: nothing
    stands against them but where they begin.
    """
    given = {hand.parcel: hand.at_device for hand in delivery_.hands(["HANDED_OVER"])}
    sold = {
        order_line: shop
        for shop in SHOPS
        for order in orders_.orders_of(day_of(stage, shop))
        for order_line in [one.id for one in order.lines]
    }
    parcel_shop = {parcel: sold[line] for line, parcel in delivery_.parcels_of_promises("orders", list(sold)).items()}
    by_plan: defaultdict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)  # plan → (shop, stop) → parcels
    for one in _rounds(stage):
        world = pace.world_of(stage, one.plan)
        for visit in one.visits:
            for carried in visit.parcels:
                if carried.parcel.id in given:
                    by_plan[one.plan][parcel_shop[carried.parcel.id], world.stop_of[str(carried.parcel.id)]] += 1
    total_s = 0.0
    for plan, wanted in by_plan.items():
        problem = pace.world_of(stage, plan).problem
        for shop in SHOPS:
            pieces = {stop: count for (of, stop), count in wanted.items() if of == shop}
            if pieces:
                total_s += _alone_s(problem, shop, pieces)
    return round(total_s)


def _alone_s(problem: Problem, shop: str, pieces: dict[str, int]) -> float:
    station = _station_of(problem, shop)
    courier = replace(problem.couriers[0], station=station.id, shift=(0, DAY_S), capacity_pieces=BIKE_PIECES)
    stops = tuple(
        replace(
            stop,
            station=station.id,
            window=None,
            pieces=pieces[stop.id],
            weight_g=stop.weight_g * pieces[stop.id] // stop.pieces,
        )
        for stop in problem.stops
        if stop.id in pieces
    )
    plan = solve(replace(problem, stations=(station,), couriers=(courier,), stops=stops), RULE)
    assert not plan.left, plan.left
    return plan.cost.walk_s + plan.cost.load_s


def way_saved_percent(stage: Stage) -> int:
    """By how much less is walked and loaded on shared rounds than with a rider for each shop."""
    return int(100 * (1 - way_of_rounds_s(stage) / way_of_shops_s(stage)))


MEASURES: dict[str, Any] = {
    "orders_standing": orders_standing,
    "packs_oversold": packs_oversold,
    "sold_out_within_s": sold_out_within_s,
    "last_pack_to_households": last_pack_to_households,
    "given_up_after_cut_off": given_up_after_cut_off,
    "packs_promised_beyond_riders": packs_promised_beyond_riders,
    "short_and_replaced": short_and_replaced,
    "riders_by_slot": riders_by_slot,
    "not_in_slot_untold": not_in_slot_untold,
    "not_handed_over_once": lambda _stage: last_mile.not_handed_over_once(),
    "packs_unaccounted_for": packs_unaccounted_for,
    "way_saved_percent": way_saved_percent,
}

FACTS: dict[str, Any] = {
    "shops": lambda _stage: len(shops_.shops()),
    "minutes_of_rounds": lambda stage: way_of_rounds_s(stage) // 60,
    "minutes_of_one_rider_a_shop": lambda stage: way_of_shops_s(stage) // 60,
    "parcels": lambda _stage: len(delivery_.parcels(limit=ALL)),
    "told_late": lambda stage: sum(one.told_until_at is not None for one in orders_of_all(stage)),
    "given_up": lambda stage: sum(one.cancelled_at is not None for one in orders_of_all(stage)),
    "ended_at": lambda stage: stage.now.astimezone(LOCAL).isoformat(),
}
