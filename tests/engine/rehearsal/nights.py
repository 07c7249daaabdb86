"""Nights planned by a simple planner of its own: first come, first served at docks and in slots, one run after another."""

from __future__ import annotations

from collections import Counter
from random import Random

from baogong.engine.rehearsal import Call, Gate, Kind, Load, Mover, Night, Place, Promise, Run, Shelf, Stop

HOUR_S = 3600
WINDOW_S = 600
SLOT_S = 900


def relay(seed: int, *, trucks: int = 4, docks: int = 2) -> Night:
    """Trucks bring loads to a hub with few docks; two trucks take everything on to a receiver, through a seal."""
    draw = Random(seed)
    free = [0] * docks
    loads, movers, runs, promises = [], [], [], []
    arrivals = sorted((draw.randrange(2, 9) * HOUR_S, draw.randrange(10, 200), n) for n in range(trucks))
    ready_s = 0
    for drive_s, pieces, n in arrivals:
        loads.append(Load(f"L{n}", f"origin {n}", pieces))
        movers.append(Mover(f"truck {n}", f"truck {n}", Kind.TRUCK))
        dock = min(range(docks), key=lambda one: free[one])
        start_s = max(HOUR_S + drive_s, free[dock])
        free[dock] = ready_s_ = start_s + HOUR_S
        ready_s = max(ready_s, ready_s_)
        runs.append(
            Run(
                f"to the hub {n}",
                f"to the hub {n}",
                f"truck {n}",
                (
                    Stop(f"origin {n}", 0, HOUR_S, 0, HOUR_S, loads=((f"L{n}", pieces),)),
                    Stop("hub", drive_s, HOUR_S, start_s, start_s + HOUR_S, unloads=((f"L{n}", pieces),)),
                ),
            )
        )
    for n in range(2):
        movers.append(Mover(f"city truck {n}", f"city truck {n}", Kind.TRUCK))
        mine = tuple((load.id, load.pieces) for number, load in enumerate(loads) if number % 2 == n)
        start_s = ready_s + n * HOUR_S
        end_s = start_s + 3 * HOUR_S + 1800
        promises.append(Promise(f"city {n}", "ARRIVAL", "city", end_s, end_s + HOUR_S))
        runs.append(
            Run(
                f"into the city {n}",
                f"into the city {n}",
                f"city truck {n}",
                (
                    Stop("hub", 0, HOUR_S, start_s, start_s + HOUR_S, loads=mine),
                    Stop("city", 2 * HOUR_S, 1800, 0, end_s, gate="seal", unloads=mine, promise=f"city {n}"),
                ),
            )
        )
    places = (
        *(Place(f"origin {n}", f"origin {n}") for n in range(trucks)),
        Place("hub", "hub", docks),
        Place("city", "city"),
    )
    return Night(places, (Gate("seal", "seal"),), tuple(loads), tuple(movers), tuple(runs), promises=tuple(promises))


def doors(seed: int, *, couriers: int = 3, rounds: int = 9, cap: int = 4) -> Night:
    """Carts through a gate with slots to a station; couriers' rounds from there to shelves; households called down."""
    draw = Random(seed)
    loads, runs, stops_of = [], [], []
    for n in range(rounds):
        loads.append(Load(f"parcels {n}", "outside", 12))
    arrive_s = 8 * HOUR_S
    for n in range(rounds):
        slot_s = arrive_s + n * SLOT_S
        runs.append(
            Run(
                f"trip {n}",
                f"trip {n}",
                f"cart {n % 2}",
                (
                    Stop("outside", 0, 300, slot_s - 600, slot_s - 300, loads=((f"parcels {n}", 12),)),
                    Stop("station", 300, 300, slot_s, slot_s + 300, gate="gate", unloads=((f"parcels {n}", 12),)),
                ),
                back_s=300,
            )
        )
    free = [arrive_s] * couriers
    for n in range(rounds):
        who = min(range(couriers), key=lambda one: free[one])
        begins_s = max(free[who], arrive_s + n * SLOT_S + 300)
        now, stops = begins_s + 300, [Stop("station", 0, 300, begins_s, begins_s + 300, loads=((f"parcels {n}", 12),))]
        for number in range(3):
            walk_s, serve_s = draw.randrange(60, 300), draw.randrange(60, 200)
            now += walk_s + serve_s
            stops.append(Stop("compound", walk_s, serve_s, 0, now, unloads=((f"parcels {n}", 4),), promise="compound"))
            stops_of.append((f"round {n}", number + 1, now))
        runs.append(Run(f"round {n}", f"round {n}", f"courier {who}", tuple(stops), back_s=120))
        free[who] = now + 120
    called: Counter[int] = Counter()
    calls = []
    for run, number, there_s in sorted(stops_of, key=lambda one: one[2]):
        window = -(-there_s // WINDOW_S)
        while called[window] == cap:
            window += 1
        called[window] += 1
        calls.append(Call(f"household {run} {number}", window * WINDOW_S, ((run, number),)))
    last_s, shelf_s = max(stop[2] for stop in stops_of), (max(called) + 1) * WINDOW_S
    movers = [Mover(f"cart {n}", f"cart {n}", Kind.CART, "carts") for n in range(2)]
    movers += [Mover(f"courier {n}", f"courier {n}", Kind.COURIER, "station") for n in range(couriers)]
    return Night(
        (Place("outside", "outside"), Place("station", "station"), Place("compound", "compound")),
        (Gate("gate", "gate", ((7 * HOUR_S, 20 * HOUR_S),), SLOT_S, 1),),
        tuple(loads),
        tuple(movers),
        tuple(runs),
        (Shelf("shelf", "shelf", cap, WINDOW_S, (0, 24 * HOUR_S), tuple(calls), "shelf"),),
        promises=(
            Promise("compound", "ROUND", "compound", last_s, last_s + 900),
            Promise("shelf", "SHELF", "shelf", shelf_s, shelf_s + WINDOW_S),
        ),
    )


def pool(works_s: list[int], couriers: int) -> Night:
    """Rounds whose owner never comes (it may not work any more), all in one hour, for `couriers` to take over."""
    gone = Mover("gone", "gone", Kind.COURIER, "station", until_s=1)
    runs = tuple(
        Run(f"round {n}", f"round {n}", "gone", (Stop("compound", 0, work_s, n, n + work_s),))
        for n, work_s in enumerate(works_s)
    )
    others = tuple(Mover(f"courier {n}", f"courier {n}", Kind.COURIER, "station") for n in range(couriers))
    return Night((Place("compound", "compound"),), movers=(gone, *others), runs=runs)
