"""
Trips to couriers: equal working minutes, each trip when its windows allow and within its courier's shift.

Longest trips first, each to the courier with the least work who can take it (Graham's rule); then trips are moved and
swapped between those with most and with least work as long as that makes them more equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from baogong.engine.rounds.crews import Crew, Prepared
from baogong.engine.rounds.ground import DECI, Ints
from baogong.engine.rounds.problem import Courier
from baogong.engine.rounds.timing import Times, times

MOVES_MAX = 400


@dataclass(frozen=True, slots=True)
class Walk:
    """
    A trip to give away.

    crew      number of its crew
    couriers  numbers of those who may take it
    name      of the trip it was in an earlier plan
    """

    crew: int
    rows: Ints
    times: Times
    couriers: tuple[int, ...]
    name: str = ""


def walks_of(prepared: Prepared, crew: Crew, number: int, trip: Ints) -> list[Walk]:
    """A trip with its times; one that its windows forbid after all is halved until they allow it."""
    timed = times(prepared, crew, trip)
    if timed is not None:
        return [Walk(number, trip, timed, crew.couriers)]
    assert len(trip) > 1, "every stop of a crew is feasible alone"
    half = len(trip) // 2
    return [walk for part in (trip[:half], trip[half:]) for walk in walks_of(prepared, crew, number, part)]


class Days:
    """Who has which walks. Walks of a courier are kept in the order of the moments by which they must leave."""

    def __init__(self, couriers: Sequence[Courier], load_s: int) -> None:
        self.couriers = couriers
        self.load_ds = load_s * DECI
        self.walks: list[list[Walk]] = [[] for _ in couriers]
        self.work_ds = [0] * len(couriers)
        self.begins_ds = [courier.shift[0] * DECI for courier in couriers]

    def leaves_ds(self, courier: int, walks: Iterable[Walk]) -> list[int] | None:
        """When each of these walks leaves, one after the other; None where they do not fit into the shift."""
        now, until = self.begins_ds[courier], self.couriers[courier].shift[1] * DECI
        leaves: list[int] = []
        for walk in walks:
            leave = max(now + self.load_ds, walk.times.earliest_ds)
            now = leave + walk.times.busy_ds
            if leave > walk.times.latest_ds or now > until:
                return None
            leaves.append(leave)
        return leaves

    def weight(self, walk: Walk) -> int:
        return walk.times.busy_ds + self.load_ds

    def fits(self, courier: int, walks: list[Walk]) -> list[Walk] | None:
        """The walks in the order in which they can be done, or None."""
        ordered = sorted(walks, key=lambda walk: (walk.times.latest_ds, walk.times.earliest_ds))
        return None if self.leaves_ds(courier, ordered) is None else ordered

    def put(self, courier: int, walks: list[Walk]) -> None:
        self.walks[courier] = walks
        self.work_ds[courier] = sum(map(self.weight, walks))

    def give(self, walk: Walk) -> bool:
        """To the courier with the least work who can take it; False where nobody can."""
        for courier in sorted(walk.couriers, key=lambda n: (self.work_ds[n], n)):
            walks = self.fits(courier, [*self.walks[courier], walk])
            if walks is not None:
                self.put(courier, walks)
                return True
        return False

    def balance(self) -> None:
        """Move and swap walks until the courier with most work cannot be relieved."""
        for _ in range(MOVES_MAX):
            loaded = sorted(range(len(self.couriers)), key=lambda n: (-self.work_ds[n], n))
            if not any(self._relieve(most, loaded) for most in loaded[:3] if self.walks[most]):
                return

    def _relieve(self, most: int, loaded: list[int]) -> bool:
        """One move or swap that leaves both couriers with less work than `most` has now."""
        for least in reversed(loaded):
            gap = self.work_ds[most] - self.work_ds[least]
            if gap <= 0:
                return False
            for out in self.walks[most]:
                if least not in out.couriers:
                    continue
                rest = [walk for walk in self.walks[most] if walk is not out]
                for back in (None, *self.walks[least]):
                    less = self.weight(out) - (0 if back is None else self.weight(back))
                    if not 0 < less < gap or (back is not None and most not in back.couriers):
                        continue
                    theirs = [walk for walk in self.walks[least] if walk is not back] + [out]
                    new_least = self.fits(least, theirs)
                    new_most = self.fits(most, rest if back is None else [*rest, back])
                    if new_least is not None and new_most is not None:
                        self.put(least, new_least)
                        self.put(most, new_most)
                        return True
        return False


def assign(walks: list[Walk], couriers: Sequence[Courier], load_s: int) -> tuple[Days, list[Walk]]:
    """(who has what, walks nobody has time for)."""
    days = Days(couriers, load_s)
    left = [
        walk
        for walk in sorted(walks, key=lambda w: (-w.times.busy_ds, w.times.latest_ds, int(w.rows[0])))
        if not days.give(walk)
    ]
    days.balance()
    return days, left
