"""
What may go wrong in a night, how often and how badly; and the draws of one run.

Every draw has a stream of its own, named by seed, run and what it is about: run k is the same on any number of processes,
and a fix meets the very same bad luck as the night without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import floor
from random import Random
from typing import Any

from baogong.engine.faults import Fault, FaultyProblem

HOUR_S = 3600


class UnusableChances(FaultyProblem):
    code, so = "rehearsal.unusable-chances", "nothing was rehearsed"


@dataclass(frozen=True, slots=True)
class Chances:
    """
    Probabilities 0 to 1, times in seconds. Nobody published these figures: they are this house's assumptions, kept with
    every rehearsal and changed by whoever knows better.

    road_sigma, walk_sigma, service_sigma   spread of one drive, one walk, one service (log-normal, mean 1)
    night_sigma   spread of what all drives and walks of a night share: rain, snow, dark
    breakdown     of a truck or cart in one run; it stands `repair_s` on average (exponential)
    absent_*      a driver, cart or courier does not come; for a truck a stand-in comes after `stand_in_s`
    gate_shut     a gate closes at some moment of the night, for `gate_shut_s` on average (exponential)
    short         a place has less than was counted, by a share up to `short_share` of every load
    rush_factor   up to so many times the requests that were expected come in an opening minute
    wait_s        so long goods are waited for that are not there; then one goes without them (a rule, no chance)
    late_s        when a run is so late, whoever is free takes it over (a rule, no chance)
    """

    road_sigma: float = 0.15
    walk_sigma: float = 0.10
    service_sigma: float = 0.20
    night_sigma: float = 0.10
    breakdown: float = 0.02
    repair_s: int = 2 * HOUR_S
    absent_truck: float = 0.02
    absent_cart: float = 0.03
    absent_courier: float = 0.05
    stand_in_s: int = 4 * HOUR_S
    gate_shut: float = 0.03
    gate_shut_s: int = HOUR_S
    short: float = 0.03
    short_share: float = 0.20
    rush_factor: float = 3.0
    wait_s: int = 4 * HOUR_S
    late_s: int = 600

    def __post_init__(self) -> None:
        faults = [*self._faults()]
        if faults:
            raise UnusableChances(faults)

    def _faults(self) -> Iterator[Fault]:
        for name, most in (
            *((each, 1.0) for each in ("breakdown", "absent_truck", "absent_cart", "absent_courier", "gate_shut")),
            *((each, 1.0) for each in ("short", "short_share")),
            *((each, 2.0) for each in ("road_sigma", "walk_sigma", "service_sigma", "night_sigma")),
            *((each, 7 * 86_400) for each in ("repair_s", "stand_in_s", "gate_shut_s", "wait_s", "late_s")),
        ):
            found = getattr(self, name)
            if not 0 <= found <= most:
                yield Fault(f"chances.{name}", found, f"0 to {most:g}", "Correct the number.")
        if not 1 <= self.rush_factor <= 100:
            yield Fault("chances.rush_factor", self.rush_factor, "1 to 100", "1 is what was expected.")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


NOTHING = Chances(
    road_sigma=0, walk_sigma=0, service_sigma=0, night_sigma=0, breakdown=0, absent_truck=0, absent_cart=0,
    absent_courier=0, gate_shut=0, short=0, rush_factor=1,
)  # fmt: skip
"""Everything goes as planned."""


def chances_of(given: dict[str, Any]) -> Chances:
    """The usual ones but for those that are given by name. Raises UnusableChances."""
    known = Chances().as_dict()
    faults = [
        Fault(f"chances.{name}", name, ", ".join(sorted(known)), "Correct the name.")
        for name in sorted(set(given) - set(known))
    ]
    faults += [
        Fault(f"chances.{name}", value, "a number", "Write a number.")
        for name, value in sorted(given.items())
        if name in known and (isinstance(value, bool) or not isinstance(value, int | float))
    ]
    if faults:
        raise UnusableChances(faults)
    return Chances(**{name: type(known[name])(value) for name, value in given.items()})


class Luck:
    """All draws of run `number`."""

    def __init__(self, chances: Chances, seed: int, number: int) -> None:
        self.chances = chances
        self._mark = f"{seed}:{number}"
        self.shared = _factor(self.stream("night"), chances.night_sigma)

    def stream(self, about: str) -> Random:
        return Random(f"{self._mark}:{about}")

    def happens(self, probability: float, about: str) -> bool:
        """Compared with one draw of its own, so that a greater probability never undoes what a smaller one did."""
        return probability > 0 and self.stream(about).random() < probability

    def shut(self, gate: str, from_s: int, until_s: int) -> tuple[int, int] | None:
        """When this gate is shut out of turn; None: not this night."""
        draw = self.stream(f"gate:{gate}")
        if not draw.random() < self.chances.gate_shut:
            return None
        begins_s = from_s + floor(draw.random() * max(0, until_s - from_s))
        return begins_s, begins_s + _lasting(draw, self.chances.gate_shut_s)

    def there(self, place: str) -> float:
        """Which share of what was counted really lies there."""
        draw = self.stream(f"stock:{place}")
        return 1 - draw.random() * self.chances.short_share if draw.random() < self.chances.short else 1.0


class RunLuck:
    """The draws of one truck's, cart's or courier's run, whoever does it."""

    def __init__(self, luck: Luck, run: str, *, walks: bool) -> None:
        self._luck, self._draw = luck, luck.stream(f"run:{run}")
        self._sigma = luck.chances.walk_sigma if walks else luck.chances.road_sigma
        breaks_down = self._draw.random() < luck.chances.breakdown
        lasts_s = _lasting(self._draw, luck.chances.repair_s)
        self.repair_s = lasts_s if breaks_down and not walks else 0

    def travel_s(self, planned_s: int) -> int:
        return round(planned_s * self._luck.shared * _factor(self._draw, self._sigma))

    def service_s(self, planned_s: int) -> int:
        return round(planned_s * _factor(self._draw, self._luck.chances.service_sigma))


def _factor(draw: Random, sigma: float) -> float:
    """Log-normal of mean 1; drawn also where nothing spreads, so that the draws after it stay the same."""
    value = draw.gauss(0.0, 1.0)
    return float(2.718281828459045 ** (sigma * value - sigma * sigma / 2))


def _lasting(draw: Random, mean_s: int) -> int:
    value = draw.expovariate(1.0)
    return max(1, round(value * mean_s))
