"""
A city's file: one snapshot of `rounds plan` a line, each with stations and couriers of its own; its plans, one a line in the
same order.

Lines are planned side by side by any executor of `concurrent.futures`' protocol and written in order, a few of them in memory
at a time, so a city needs no more of it than some of its stations.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from baogong.engine.rounds.check import check
from baogong.engine.rounds.reader import as_document, read_problem
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.solve import solve
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.ops.json_file import decoded, unreadable

LINE_BYTES_MAX = 256 * 1024 * 1024
AHEAD = 2
"""Lines that wait or run for each worker."""
CONNECT_S = 10
SO = "Nothing was planned."

Kind = Literal["threads", "processes", "dask"]


@dataclass(frozen=True, slots=True)
class Planned:
    """
    One line's answer, small enough to travel from another machine.

    line      the plan as JSON with its newline; empty where the input was refused
    refused   the contract's `error`, or None
    """

    line: bytes
    stops_count: int = 0
    couriers_count: int = 0
    trips_count: int = 0
    left_count: int = 0
    work_s: float = 0.0
    price_s: float = 0.0
    problems: tuple[str, ...] = ()
    refused: dict[str, Any] | None = None


def plan_line(line: bytes, number: int, rule: RoundsRule) -> Planned:
    """Snapshot in, checked plan out; what is wrong with the line is told, not raised, for it crosses machines."""
    try:
        problem = read_problem(decoded(line, where=f"line {number}", so=SO))
    except BaogongError as error:
        told = error.as_dict()
        where = told["where"] if told["where"] == f"line {number}" else f"line {number}: {told['where']}"
        return Planned(b"", refused=told | {"where": where})
    plan = solve(problem, rule)
    problems = check(problem, plan)
    document = json.dumps(as_document(problem, plan, problems), ensure_ascii=False, allow_nan=False)
    return Planned(
        document.encode() + b"\n",
        len(problem.stops),
        len(plan.shifts),
        len(plan.trips),
        len(plan.left),
        plan.cost.work_s,
        plan.cost.price_s,
        tuple(problems),
    )


class LineRefused(UnusableInput):
    """One line of a city's file makes no sense. No file of plans was written."""

    def __init__(self, told: dict[str, Any]) -> None:
        known = {"message", "where", "found", "expected", "cure", "code"}
        super().__init__(
            f"{told['where']}: {told['message']} No file of plans was written.",
            where=told["where"],
            found=told["found"],
            expected=told["expected"],
            cure=told["cure"],
            **{key: value for key, value in told.items() if key not in known},
        )


def plan_city(source: Path, target: Path, rule: RoundsRule, executor: Executor, workers_count: int) -> dict[str, Any]:
    """
    Plan every line of a file into another; the sums of all lines.

    The target appears when the last line is planned and not before. Raises UnusableInput, LineRefused.
    """
    sums: dict[str, Any] = dict.fromkeys(("lines", "stops", "couriers", "trips", "left"), 0)
    sums |= {"work_s": 0.0, "price_s": 0.0, "problems": []}
    digest, unfinished = hashlib.sha256(), target.with_name(target.name + ".unfinished")
    try:
        with source.open("rb") as lines, unfinished.open("wb") as out:
            for planned in _in_order(lines, rule, executor, AHEAD * workers_count):
                if planned.refused is not None:
                    raise LineRefused(planned.refused)
                out.write(planned.line)
                digest.update(planned.line)
                sums["lines"] += 1
                sums["stops"] += planned.stops_count
                sums["couriers"] += planned.couriers_count
                sums["trips"] += planned.trips_count
                sums["left"] += planned.left_count
                sums["work_s"] = round(sums["work_s"] + planned.work_s, 1)
                sums["price_s"] = round(sums["price_s"] + planned.price_s, 1)
                sums["problems"] += [f"line {sums['lines']}: {fault}" for fault in planned.problems]
        unfinished.replace(target)
    except OSError as error:
        raise unreadable(Path(error.filename or source), error, so=SO) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return sums | {"checked": not sums["problems"], "file": str(target), "sha256": digest.hexdigest()}


def _in_order(lines: Any, rule: RoundsRule, executor: Executor, ahead: int) -> Iterator[Planned]:
    waiting: deque[Future[Planned]] = deque()
    for number in count(1):
        line = lines.readline(LINE_BYTES_MAX + 1)
        if len(line) > LINE_BYTES_MAX:
            raise UnusableInput(
                f"Line {number} has more than {LINE_BYTES_MAX:,} bytes. {SO}",
                where=f"line {number}",
                found=len(line),
                expected=f"at most {LINE_BYTES_MAX} bytes",
                cure="Give each station a line of its own.",
            )
        if not line:
            break
        if not line.strip():
            continue
        waiting.append(executor.submit(plan_line, line, number, rule))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def executor_of(kind: Kind, workers_count: int, scheduler: str | None = None) -> Iterator[Executor]:
    """
    Where lines are planned: threads or processes of this machine, or a Dask cluster's workers.

    scheduler  the address of a running cluster; None: a cluster of `workers_count` processes here, for this call
    """
    if kind == "threads":
        with ThreadPoolExecutor(workers_count) as threads:
            yield threads
    elif kind == "processes":
        with ProcessPoolExecutor(workers_count, mp_context=get_context("spawn")) as processes:
            yield processes
    else:
        with dask_client(workers_count, scheduler) as client:
            # pure=False: the same line twice is planned twice, not looked up by its bytes.
            yield client.get_executor(pure=False)


@contextmanager
def dask_client(workers_count: int, scheduler: str | None) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UnusableInput(
            f"Dask is not installed here. {SO}",
            where="--executor",
            found="dask",
            expected="threads or processes",
            cure="Install it: pip install 'baogong[many-machines]'.",
        ) from error
    if scheduler is None:
        with (
            dask.config.set({"distributed.worker.profile.enabled": False}),  # it looks at every thread each 10 ms
            LocalCluster(workers_count, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,  # type: ignore[no-untyped-call]
            Client(cluster) as client,  # type: ignore[no-untyped-call]
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=CONNECT_S)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UnusableInput(
            f"No Dask scheduler answers at {scheduler}: {error}. {SO}",
            where="--scheduler",
            found=scheduler,
            expected="an address such as tcp://10.0.0.5:8786",
            cure="Start `dask scheduler` there, then `dask worker` on each machine; look at firewalls between them.",
        ) from error
    with client:
        yield client


def workers_here() -> int:
    return os.cpu_count() or 1
