"""
How long it really takes: every courier has an own pace, every stop its own length, whatever the plan says.

What is read of a plan is what was handed to it (where stops lie, what they ask for, when gates open) and the order in which
a courier was told to go; never its times, but when the first round of a day is to leave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from baogong.delivery.mapping import problem_of
from baogong.delivery.queries import RoundView
from baogong.engine.rounds.ground import Ground, ground_of, plain_lengths
from baogong.engine.rounds.problem import Problem, Stop
from baogong.ops.scenarios.stage import Stage
from baogong.planning import queries as plans

SERVICE, WALK, LOADING = (0.85, 1.1), (0.94, 1.04), (0.85, 1.1)  # shares of what is usual, from … to
DECI = 10


@dataclass(frozen=True, slots=True)
class Walked:
    """`ends_at`: by position of the visit, when it was done."""

    leaves_at: datetime
    ends_at: tuple[datetime, ...]
    back_at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """What one plan was made from. `stop_of`: parcel → stop. `begins_at`: nothing of it is loaded before."""

    midnight: datetime
    begins_at: datetime
    problem: Problem
    ground: Ground
    row_of: Mapping[str, int]
    stop_of: Mapping[str, str]


def world_of(stage: Stage, plan: UUID) -> World:
    if plan not in stage.worlds:
        view = plans.plan(plan)
        problem = problem_of(view.snapshot)
        first = len(problem.stations)
        stage.worlds[plan] = World(
            datetime.fromisoformat(view.snapshot["midnight"]),
            datetime.fromisoformat(view.params.get("helps_at") or view.params["from_at"]),
            problem,
            ground_of(problem),
            {stop.id: first + number for number, stop in enumerate(problem.stops)},
            {parcel: name for name, stop in view.snapshot["stops"].items() for parcel in stop["parcels"]},
        )
    world = stage.worlds[plan]
    assert isinstance(world, World)
    return world


def day(stage: Stage, rounds: Iterable[RoundView]) -> dict[UUID, Walked]:
    """
    Each round (with its visits) of these couriers one after the other: the first leaves when they were told, every other
    one when its courier is really back and has loaded; one that was loaded left then.
    """
    by_courier: defaultdict[UUID, list[RoundView]] = defaultdict(list)
    for one in rounds:
        by_courier[one.courier].append(one)
    found: dict[UUID, Walked] = {}
    for theirs in by_courier.values():
        free_at: datetime | None = None
        for one in sorted(theirs, key=lambda each: (each.started_at or each.leaves_at, each.name)):
            leaves_at = one.started_at or one.leaves_at
            if one.started_at is None and free_at is not None:
                world = world_of(stage, one.plan)
                loads_s = world.problem.limits.load_s * _drawn(LOADING, one.courier_name, one.name, leaves_at.date())
                leaves_at = max(free_at, world.begins_at) + timedelta(seconds=round(loads_s))
            found[one.id] = walked(stage, one, leaves_at)
            free_at = found[one.id].back_at
    return found


def walked(stage: Stage, one: RoundView, leaves_at: datetime | None = None) -> Walked:
    """A round (with its visits) that leaves then; else when it was loaded, or is to be."""
    leaves_at = leaves_at or one.started_at or one.leaves_at
    world = world_of(stage, one.plan)
    pace = _drawn(WALK, one.courier_name)
    names = [world.stop_of[str(visit.parcels[0].parcel.id)] for visit in one.visits]
    stops = {stop.id: stop for stop in world.problem.stops}
    station = next(
        n for n, each in enumerate(world.problem.stations) if _is_of(each.id, stops[names[0]], world.problem)
    )
    rows = [station, *(world.row_of[name] for name in names), station]
    now_s = (leaves_at - world.midnight).total_seconds()
    ends_at = []
    for name, length_ds in zip(names, plain_lengths(world.ground, rows[:-1], rows[1:]).tolist(), strict=False):
        stop = stops[name]
        arrive_s = _when_open(world.problem, stop, now_s + pace * length_ds / DECI)
        service = _drawn(SERVICE, one.courier_name, name, leaves_at.date())
        now_s = arrive_s + service * world.problem.service_s(stop)
        ends_at.append(world.midnight + timedelta(seconds=round(now_s)))
    home_s = pace * int(plain_lengths(world.ground, rows[-2], rows[-1])) / DECI
    return Walked(leaves_at, tuple(ends_at), world.midnight + timedelta(seconds=round(now_s + home_s)))


def _is_of(station: str, stop: Stop, problem: Problem) -> bool:
    return len(problem.stations) == 1 or stop.station == station


def _when_open(problem: Problem, stop: Stop, arrive_s: float) -> float:
    """Whoever comes too early waits: for the stop's window, for a gate."""
    if stop.window is not None:
        arrive_s = max(arrive_s, stop.window[0])
    gates = next((each.gates for each in problem.communities if each.id == stop.community), ())
    if not gates or any(not gate.opens for gate in gates):
        return arrive_s
    spans = [span for gate in gates for span in gate.opens]
    if any(from_s <= arrive_s < until_s for from_s, until_s in spans):
        return arrive_s
    return min((float(from_s) for from_s, _ in spans if from_s > arrive_s), default=arrive_s)


def _drawn(between: tuple[float, float], *key: object) -> float:
    """Of this courier, this stop and this day always the same."""
    low, high = between
    number = int.from_bytes(sha256("|".join(map(str, key)).encode()).digest()[:8])
    return low + (high - low) * number / 2**64
