"""
`baogong bench city`: a city's file of 0.68 million stops planned, checked and written, beside PyVRP on each neighbourhood.

A city is a file of stations, one a line, each a town of `bench rounds` with 4,250 stops. Ours is all of `rounds plan --fast`:
file → trips → shifts → checked → file. The peer gets 10,000 stops cut into neighbourhoods of whole communities, about 300
stops each, and a second for each of them, as one would do by hand with a good solver; reading, checking and writing are not
asked of it. Both have the same number of processes, started before the clock is.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from baogong.engine.rounds import Problem
from baogong.engine.rounds.cut import cut
from baogong.engine.rounds.rule import CITY
from baogong.ops.bench.report import Report, Target
from baogong.ops.bench.rounds import Answer, ours, peer, town
from baogong.ops.city_file import dask_client, executor_of, plan_city, plan_line

STATION_STOPS, WORKERS = 4250, 2
FULL, EIGHTH, SIXTEENTH = 680_000, 85_000, 42_000
PEER_STOPS, PEER_S, NEIGHBOURHOOD_STOPS = 10_000, 1.0, 400
SAMPLE_S = 0.25


def snapshot(problem: Problem) -> bytes:
    """One line of a city's file."""
    document = {
        "stations": [asdict(station) for station in problem.stations],
        "gates": [
            {"id": gate.id, "community": community.id, "x_m": gate.x_m, "y_m": gate.y_m}
            for community in problem.communities
            for gate in community.gates
        ],
        "stops": [
            {
                "id": stop.id,
                "x_m": round(stop.x_m, 1),
                "y_m": round(stop.y_m, 1),
                "community": stop.community,
                "weight_g": stop.weight_g,
                "service_s": stop.service_s,
            }
            for stop in problem.stops
        ],
        "couriers": [asdict(courier) | {"communities": None} for courier in problem.couriers],
        "limits": {"load_s": problem.limits.load_s},
    }
    return json.dumps(document).encode() + b"\n"


def write_city(file: Path, stops_count: int) -> None:
    """Stations of 4,250 stops, the last one smaller."""
    with file.open("wb") as out:
        for n, first in enumerate(range(0, stops_count, STATION_STOPS)):
            out.write(snapshot(town(min(STATION_STOPS, stops_count - first), seed=20220401 + n)))


@dataclass(slots=True)
class Peak:
    """The most memory that this process and its children held together, sampled."""

    mb: float = 0.0


@contextmanager
def watched() -> Iterator[Peak]:
    peak, done = Peak(), threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not done.wait(SAMPLE_S):
            held = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            peak.mb = max(peak.mb, held / 2**20)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def warm(executor: Executor) -> None:
    """Let every worker load the compiled search before the clock starts."""
    line = snapshot(town(300))
    for planned in [executor.submit(plan_line, line, 0, replace(CITY, seed=n)) for n in range(3 * WORKERS)]:
        planned.result()


def cpu_s() -> float:
    """Processor seconds of this process and those of its children that still run: what a busy machine cannot stretch."""
    me = psutil.Process()
    times = [process.cpu_times() for process in [me, *me.children(recursive=True)]]
    return float(sum(one.user + one.system for one in times))


@dataclass(frozen=True, slots=True)
class Run:
    """seconds, cpu_s: medians; peak_mb: the most of all runs; sums: of the last."""

    seconds: float
    cpu_s: float
    peak_mb: float
    sums: dict[str, Any]


def run_city(source: Path, executor: Executor, workers_count: int, runs: int) -> Run:
    """The median of some runs; the plan's file is thrown away, its sum of bytes kept."""
    target = source.with_suffix(".plans")
    seconds, worked_s, peaks, sums = [], [], [], {}
    for _ in range(runs):
        with watched() as peak:
            started, worked = time.perf_counter(), cpu_s()
            sums = plan_city(source, target, CITY, executor, workers_count)
            seconds.append(time.perf_counter() - started)
            worked_s.append(cpu_s() - worked)
        peaks.append(peak.mb)
        target.unlink()
    return Run(statistics.median(seconds), statistics.median(worked_s), max(peaks), sums)


def on_dask(source: Path, runs: int) -> tuple[Run, Run]:
    """One worker of a cluster, and two of them; each is a process with one thread."""
    with dask_client(WORKERS, None) as client:
        workers = sorted(client.scheduler_info()["workers"])
        some = [client.get_executor(pure=False, workers=workers[:count]) for count in (1, WORKERS)]
        warm(some[1])
        one, two = (run_city(source, executor, count, runs) for executor, count in zip(some, (1, WORKERS), strict=True))
        return one, two


def neighbourhoods(problem: Problem) -> list[Problem]:
    """Whole communities that lie together."""
    by_community = defaultdict(list)
    for stop in problem.stops:
        by_community[stop.community].append(stop)
    members = list(by_community.values())
    x_m, y_m = (
        np.array([np.mean([getattr(stop, key) for stop in some]) for some in members]) for key in ("x_m", "y_m")
    )
    parts = cut(x_m, y_m, np.array([len(some) for some in members]), NEIGHBOURHOOD_STOPS, np.random.default_rng(1))
    return [replace(problem, stops=tuple(stop for k in part for stop in members[k])) for part in parts]


def _one(problem: Problem) -> Answer:
    return peer(problem, limit_s=PEER_S)


def run_peer(problem: Problem, runs: int) -> Answer:
    """Every neighbourhood by PyVRP; the sums, and the median wall time."""
    parts = neighbourhoods(problem)
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as processes:
        list(processes.map(_one, neighbourhoods(town(300)) * WORKERS))
        seconds = []
        for _ in range(runs):
            started = time.perf_counter()
            answers = list(processes.map(_one, parts))
            seconds.append(time.perf_counter() - started)
    return Answer(
        sum(answer.cost_s for answer in answers),
        sum(answer.trips_count for answer in answers),
        statistics.median(seconds),
        all(answer.is_sound for answer in answers),
    )


def run(*, quick: bool) -> Report:
    report = Report("city", quick)
    runs, large, small = (1, EIGHTH, SIXTEENTH) if quick else (3, FULL, EIGHTH)
    ours(town(300), CITY)  # compiles, so that workers find it on disk
    with tempfile.TemporaryDirectory() as folder:
        files = {count: Path(folder) / f"{count}.jsonl" for count in (large, small)}
        for count, file in files.items():
            write_city(file, count)
        with executor_of("processes", WORKERS) as processes:
            warm(processes)
            whole = run_city(files[large], processes, WORKERS, runs)
            eighth = run_city(files[small], processes, WORKERS, runs)
        with executor_of("threads", WORKERS) as own:
            threads = run_city(files[small], own, WORKERS, 1)
        dask_one, dask_two = on_dask(files[small], runs)
    peer_stops = PEER_STOPS // 2 if quick else PEER_STOPS
    problem = town(peer_stops)
    theirs, mine = run_peer(problem, runs), ours(problem, CITY)
    stops_per_s, peer_stops_per_s = large / whole.seconds, peer_stops / theirs.seconds
    times = stops_per_s / peer_stops_per_s if mine.cost_s <= theirs.cost_s else None
    report.ours = {
        f"{large}": asdict(whole),
        f"{small}": asdict(eighth),
        f"{small}_threads": asdict(threads),
        f"{small}_dask_2": asdict(dask_two),
        f"{small}_dask_1": asdict(dask_one),
        "stops_per_s": stops_per_s,
        f"{peer_stops}": asdict(mine),
        "cost_over_peer": mine.cost_s / theirs.cost_s,
        "growth": whole.seconds / eighth.seconds,
        "processes": WORKERS,
    }
    report.peers["neighbourhoods × PyVRP 1 s"] = asdict(theirs) | {
        "stops_per_s": peer_stops_per_s,
        "processes": WORKERS,
    }
    report.targets = [
        Target("times_peer_stops_per_s", times, "higher", 20, 40),
        Target("growth_680k_over_85k", None if quick else whole.seconds / eighth.seconds, "lower", 9, 8),
        Target("peak_mb", None if quick else whole.peak_mb, "lower", 1500, 1000),
        Target("dask_speedup", dask_one.seconds / dask_two.seconds, "higher", 1.5, 1.8),
    ]
    report.checks = {
        "the plan is the same byte for byte on threads, processes and one or two Dask workers": len(
            {one.sums["sha256"] for one in (eighth, threads, dask_two, dask_one)}
        )
        == 1,
        "every stop of the city is on a checked trip": all(
            one.sums["checked"] and one.sums["left"] == 0 and one.sums["stops"] == count
            for one, count in ((whole, large), (eighth, small))
        ),
        "every plan of both sides' stops holds": mine.is_sound and theirs.is_sound,
    }
    return report
