"""Many runs of a night, on as many processes as there are, and what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import sqrt
from multiprocessing import get_context

from baogong.engine.rehearsal.chances import NOTHING, Chances
from baogong.engine.rehearsal.night import Kind, Night
from baogong.engine.rehearsal.twin import Cause, Outcome, run_once

ENGINE_VERSION = "rehearsal-4"
CHUNK = 20  # runs a process is given at once
NEAR = 0.10  # with nothing random, this near to the plan

Tell = Callable[[int, int], None]
Case = tuple[Night, Chances]


@dataclass(frozen=True, slots=True)
class PromiseFound:
    """
    kept_count   runs in which it was kept whole and in time; never_count: in which it was not kept at all
    calm_s       when it is kept with nothing random; None: never
    p50_s, p90_s of the runs in which it was kept, late or not
    causes       of those in which it was broken, most frequent first
    """

    id: str
    about: str
    where: str
    planned_s: int
    due_s: int
    calm_s: int | None
    kept_count: int
    never_count: int
    probability: float
    p50_s: int | None
    p90_s: int | None
    causes: tuple[tuple[Cause, int], ...]


@dataclass(frozen=True, slots=True)
class RunFound:
    """A run's end over all runs of the night: the bar and how uncertain its end is. `undone_count`: nobody did it."""

    id: str
    name: str
    mover: str
    kind: Kind
    begins_s: int
    planned_s: int
    calm_s: int | None
    p10_s: int | None
    p50_s: int | None
    p90_s: int | None
    undone_count: int


@dataclass(frozen=True, slots=True)
class Break:
    """What broke a night first: the cause, in how many runs, and which promise it was most often."""

    cause: Cause
    count: int
    promise: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Waiting at one dock or gate, or for goods at one place: seconds of all who waited, in a night."""

    at: Cause
    mean_s: int
    p90_s: int


@dataclass(frozen=True, slots=True)
class Drift:
    """
    How far the twin with nothing random is from the plan: `share` of how long, as planned, the very run takes that keeps it
    until it does. A night of many days makes nothing look nearer.
    """

    what: str  # "last" or the promise
    planned_s: int
    calm_s: int | None
    share: float | None  # None: it never comes about

    @property
    def is_near(self) -> bool:
        return self.share is not None and self.share <= NEAR


@dataclass(frozen=True, slots=True)
class Report:
    """
    all_kept     share of runs in which every promise was kept; kept_mean: promises kept in a night, on average
    kept_counts  promises kept in each night, in order: what a fix is held against, night by night
    margin       half the width of the 95 % interval of `all_kept` (`interval`)
    last_*_s     when the last thing of the night was done
    """

    runs_count: int
    seed: int
    chances: Chances
    begins_s: int
    planned_s: int
    calm_s: int
    last_p5_s: int
    last_p50_s: int
    last_p90_s: int
    last_p95_s: int
    all_kept: float
    kept_mean: float
    kept_counts: tuple[int, ...]
    margin: float
    promises: tuple[PromiseFound, ...]
    runs: tuple[RunFound, ...]
    breaks: tuple[Break, ...]
    queues: tuple[Queue, ...]
    pieces: tuple[tuple[str, int], ...]
    drifts: tuple[Drift, ...]
    engine_version: str = ENGINE_VERSION


def rehearse(
    night: Night, chances: Chances, *, runs_count: int, seed: int, workers: int = 1, tell: Tell | None = None
) -> Report:
    """The same report, byte for byte, with any number of processes. `tell(done, total)` as it goes."""
    [outcomes] = outcomes_of([(night, chances)], runs_count=runs_count, seed=seed, workers=workers, tell=tell)
    return _report(night, chances, outcomes, seed)


def calm(night: Night) -> Outcome:
    """The night with nothing random."""
    return run_once(night, NOTHING, 0, 0)


def drifts(night: Night) -> tuple[Drift, ...]:
    """
    The last finish and every promise's time with nothing random, against the plan. Nothing of an opening: how long its
    answers take is reckoned here and planned by nobody, so there is no plan to hold it against. Nothing moves: no drift.
    """
    found, lasting_s = calm(night), _lasting_s(night)
    held = [one for one in night.promises if one.id in lasting_s]
    ends = [(run.planned_s, -run.length_s) for run in night.runs] + [
        (one.planned_s, -lasting_s[one.id]) for one in held
    ]
    if not ends:
        return ()
    last_s, shortest_s = max(ends)
    done = [*found.ends_s.values(), *(found.kept_s[one.id] for one in held if one.id in found.kept_s)]
    rows = [("last", last_s, max(done, default=None), -shortest_s)]
    rows += [(one.id, one.planned_s, found.kept_s.get(one.id), lasting_s[one.id]) for one in held]
    return tuple(
        Drift(what, planned_s, calm_s, None if calm_s is None else abs(calm_s - planned_s) / max(1, length_s))
        for what, planned_s, calm_s, length_s in rows
    )


def _lasting_s(night: Night) -> dict[str, int]:
    """Promise → from the beginning of the run that keeps it last until it is kept; of a shelf: from its first call."""
    of_runs: dict[str, tuple[int, int]] = {}
    for run in night.runs:
        for stop in run.stops:
            if stop.promise is not None:
                until = (stop.planned_s, run.begins_s)
                of_runs[stop.promise] = max(until, of_runs.get(stop.promise, until))
    found = {promise: planned_s - begins_s for promise, (planned_s, begins_s) in of_runs.items()}
    for shelf in night.shelves:
        if shelf.calls:
            found[shelf.promise] = shelf.opens[1] - min(call.at_s for call in shelf.calls)
    return found


def outcomes_of(
    cases: Sequence[Case],
    *,
    runs_count: int,
    seed: int,
    workers: int,
    tell: Tell | None = None,
    first_run: int = 0,
) -> list[list[Outcome]]:
    """Runs `first_run` to `runs_count` of every case, in order, whichever process had which."""
    chunks = [
        (number, from_run, min(runs_count, from_run + CHUNK))
        for number in range(len(cases))
        for from_run in range(first_run, runs_count, CHUNK)
    ]
    found: list[list[Outcome]] = [[] for _ in cases]
    done, total = 0, (runs_count - first_run) * len(cases)
    for (number, _, _), outcomes in zip(chunks, _played(cases, chunks, seed, workers), strict=True):
        found[number] += outcomes
        done += len(outcomes)
        if tell is not None:
            tell(done, total)
    return found


def _played(
    cases: Sequence[Case], chunks: list[tuple[int, int, int]], seed: int, workers: int
) -> Iterator[list[Outcome]]:
    if workers <= 1 or len(chunks) <= 1:
        for number, from_run, until_run in chunks:
            yield _chunk(cases[number], seed, from_run, until_run)
        return
    with ProcessPoolExecutor(
        min(workers, len(chunks)), mp_context=get_context("spawn"), initializer=_hold, initargs=(list(cases), seed)
    ) as processes:
        yield from processes.map(_held_chunk, chunks)


_held: list[Case] = []
_held_seed: list[int] = []


def _hold(cases: list[Case], seed: int) -> None:
    """In a process of the pool: what all its chunks are about, sent once."""
    _held[:], _held_seed[:] = cases, [seed]


def _held_chunk(chunk: tuple[int, int, int]) -> list[Outcome]:
    number, from_run, until_run = chunk
    return _chunk(_held[number], _held_seed[0], from_run, until_run)


def _chunk(case: Case, seed: int, from_run: int, until_run: int) -> list[Outcome]:
    outcomes = [run_once(*case, seed, number) for number in range(from_run, until_run)]
    for outcome in outcomes:  # a checker's, not a report's: not worth sending between processes
        outcome.services.clear()
        outcome.passed.clear()
        outcome.called.clear()
    return outcomes


def _report(night: Night, chances: Chances, outcomes: Sequence[Outcome], seed: int) -> Report:
    quiet, count = calm(night), len(outcomes)
    kept_count = sum(not one.late for one in outcomes)
    kept_counts = kept_counts_of(night, outcomes)
    low, high = interval(kept_count / count, count)
    lasts = sorted(one.last_s for one in outcomes)
    firsts: Counter[Cause] = Counter(one.first.cause for one in outcomes if one.first is not None)
    first_promises: dict[Cause, Counter[str]] = {}
    for one in outcomes:
        if one.first is not None:
            first_promises.setdefault(one.first.cause, Counter())[one.first.promise] += 1
    movers = {mover.id: mover for mover in night.movers}
    promises = []
    for promise in night.promises:
        times = sorted(one.kept_s[promise.id] for one in outcomes if promise.id in one.kept_s)
        causes: Counter[Cause] = Counter(one.late[promise.id] for one in outcomes if promise.id in one.late)
        kept = count - causes.total()
        promises.append(
            PromiseFound(
                promise.id,
                promise.about,
                promise.where,
                promise.planned_s,
                promise.due_s,
                quiet.kept_s.get(promise.id),
                kept,
                count - len(times),
                kept / count,
                at(times, 0.5),
                at(times, 0.9),
                _ranked(causes),
            )
        )
    runs = []
    for run in sorted(night.runs, key=lambda one: (one.begins_s, one.id)):
        ends = sorted(one.ends_s[run.id] for one in outcomes if run.id in one.ends_s)
        mover = movers[run.mover]
        runs.append(
            RunFound(
                run.id,
                run.name,
                mover.name,
                mover.kind,
                run.begins_s,
                run.planned_s,
                quiet.ends_s.get(run.id),
                at(ends, 0.1),
                at(ends, 0.5),
                at(ends, 0.9),
                count - len(ends),
            )
        )
    queues = []
    for where in sorted({where for one in outcomes for where in one.waited_s}):
        waits = sorted(one.waited_s[where] for one in outcomes)
        queues.append(Queue(where, round(sum(waits) / count), at(waits, 0.9) or 0))
    return Report(
        runs_count=count,
        seed=seed,
        chances=chances,
        begins_s=night.begins_s,
        planned_s=night.planned_s,
        calm_s=quiet.last_s,
        last_p5_s=at(lasts, 0.05) or 0,
        last_p50_s=at(lasts, 0.5) or 0,
        last_p90_s=at(lasts, 0.9) or 0,
        last_p95_s=at(lasts, 0.95) or 0,
        all_kept=kept_count / count,
        kept_mean=sum(kept_counts) / count,
        kept_counts=kept_counts,
        margin=round((high - low) / 2, 4),
        promises=tuple(promises),
        runs=tuple(runs),
        breaks=tuple(
            Break(cause, times, max(first_promises[cause].items(), key=lambda one: (one[1], one[0]))[0])
            for cause, times in _ranked(firsts)
        ),
        queues=tuple(sorted(queues, key=lambda one: (-one.mean_s, one.at))),
        pieces=tuple(
            (name, round(sum(one.pieces[name] for one in outcomes) / count)) for name in ("DELIVERED", "SHORT", "LEFT")
        ),
        drifts=drifts(night),
    )


def kept_counts_of(night: Night, outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    """Promises kept in each of these nights."""
    return tuple(len(night.promises) - len(one.late) for one in outcomes)


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was found in `count` runs: nought of a hundred is no certainty."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def gain_interval(gains: Sequence[int]) -> tuple[float, float]:
    """
    The 95 % interval of the mean of what each night gained, night against the same night. As if there were two nights more,
    half of one a promise better, half of one a promise worse (Agresti and Min 2005): nights that are all alike are no certainty.
    """
    count = len(gains) + 2
    middle = sum(gains) / count
    half = 1.96 * sqrt(((sum(gain * gain for gain in gains) + 1) / count - middle * middle) / count)
    return middle - half, middle + half


def at(values: Sequence[int], share: float) -> int | None:
    """The value that so large a share of them does not exceed; None of none. `values` ascend."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def _ranked(causes: Counter[Cause]) -> tuple[tuple[Cause, int], ...]:
    return tuple(sorted(causes.items(), key=lambda one: (-one[1], one[0])))
