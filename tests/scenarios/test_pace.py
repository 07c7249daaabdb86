"""Couriers of a story walk by their own clocks: of a plan they take the order of the stops, not its times."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from baogong.engine.rounds import Courier, Problem, Station, Stop
from baogong.engine.rounds.ground import ground_of
from baogong.kernel.clock import SetClock
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.stage import Stage, local

MIDNIGHT = local("2022-04-22 00:00")
LEAVES = local("2022-04-22 15:30")
PLAN, MEI = UUID(int=1), UUID(int=2)


def _stage() -> Stage:
    stops = tuple(Stop(f"s{n}", 750.0 * (n + 1), 0, service_s=300) for n in range(2))
    problem = Problem((Station("A", 0, 0),), stops, (Courier("Mei", "A", 9000, 9, (15 * 3600, 18 * 3600)),))
    stage = Stage(name="pace", folder=Path(), clock=SetClock(LEAVES))
    rows, stop_of = {"s0": 1, "s1": 2}, {"p0": "s0", "p1": "s1"}
    stage.worlds[PLAN] = pace.World(MIDNIGHT, LEAVES, problem, ground_of(problem), rows, stop_of)
    return stage


def _round(name: str, leaves_at: datetime, planned_min: int, started_at: datetime | None = None) -> Any:
    visits = [SimpleNamespace(parcels=[SimpleNamespace(parcel=SimpleNamespace(id=f"p{n}"))]) for n in range(2)]
    back_at = leaves_at + timedelta(minutes=planned_min)
    return cast(
        Any,
        SimpleNamespace(
            id=uuid4(),
            plan=PLAN,
            name=name,
            courier=MEI,
            courier_name="Mei",
            leaves_at=leaves_at,
            back_at=back_at,
            started_at=started_at,
            visits=visits,
        ),
    )


def test_a_round_takes_what_its_ground_and_stops_take_whatever_was_planned() -> None:
    short, long = (pace.walked(_stage(), _round("T1", LEAVES, minutes)) for minutes in (5, 500))
    assert short == long
    minutes = (short.back_at - LEAVES).total_seconds() / 60  # 3 km at 75 m a minute, two stops of five minutes
    assert 0.94 * 40 + 0.85 * 10 <= minutes <= 1.04 * 40 + 1.1 * 10
    assert minutes != 50


def test_the_next_round_leaves_when_its_courier_is_really_back_and_has_loaded() -> None:
    first, second = _round("T1", LEAVES, 5), _round("T2", LEAVES + timedelta(minutes=10), 5)
    walks = pace.day(_stage(), [second, first])
    loads_s = (walks[second.id].leaves_at - walks[first.id].back_at).total_seconds()
    assert walks[first.id].leaves_at == LEAVES
    assert 0.85 * 300 <= loads_s <= 1.1 * 300
