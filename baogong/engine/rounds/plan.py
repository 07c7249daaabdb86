"""A plan of rounds: who leaves when with what, in which order, and what nobody can bring. Seconds, to a tenth."""

from __future__ import annotations

from dataclasses import dataclass

from baogong.engine.rounds.problem import ENGINE_VERSION
from baogong.engine.rounds.rule import RoundsRule


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a trip: there at `arrive_s`, serving from `start_s` to `end_s`."""

    stop: str
    arrive_s: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Trip:
    """
    From a station over stops and back. Loading begins `limits.load_s` before `leaves_s`.

    walk_s, wait_s  of the time between leaving and being back; the rest is service
    reason_*        what kept it from taking more
    """

    id: str
    station: str
    courier: str
    leaves_s: float
    back_s: float
    visits: tuple[Visit, ...]
    weight_g: int
    pieces: int
    walk_s: float
    wait_s: float
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class Shift:
    """One courier's trips in order; `work_s` counts loading, walking, serving, and waiting on a trip."""

    courier: str
    trips: tuple[str, ...]
    begins_s: float
    ends_s: float
    work_s: float


@dataclass(frozen=True, slots=True)
class Left:
    """A stop that no trip serves, and why."""

    stop: str
    code: str
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class Cost:
    """
    price_s  what is minimised: work, and `limits.trip_price_s` for each trip
    work_s   walking, serving, waiting and loading together
    """

    price_s: float
    work_s: float
    walk_s: float
    service_s: float
    wait_s: float
    load_s: float
    trips_count: int


@dataclass(frozen=True, slots=True)
class Balance:
    """
    Working seconds of all couriers of the problem, those with nothing to do among them.

    spread      how far the courier farthest from the mean is from it, on either side, as a share of it
    idle_count  how many have nothing to do
    """

    most_s: float
    least_s: float
    mean_s: float
    spread: float
    reason_en: str
    reason_zh: str
    idle_count: int = 0


@dataclass(frozen=True, slots=True)
class Help:
    """A stop of `owner`'s building and category that `helper` took over at a moment when it had not been loaded."""

    stop: str
    owner: str
    helper: str
    at_s: int


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The answer: every stop is in exactly one trip or in `left`.

    helped  where a building and category have a second courier for all that one is asked
    """

    trips: tuple[Trip, ...]
    shifts: tuple[Shift, ...]
    left: tuple[Left, ...]
    cost: Cost
    balance: Balance
    rule: RoundsRule
    helped: tuple[Help, ...] = ()
    engine_version: str = ENGINE_VERSION
