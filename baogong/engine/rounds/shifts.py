"""
Trips to couriers: equal working minutes, each trip when its windows allow and within its courier's shift.

Longest trips first, each to the courier with the least work who can take it (Graham's rule); then trips are moved and
swapped between those with most and with least work as long as that makes them more equal. Where some have no room by that
rule and the shifts are long enough for all of them together, they are packed: given out over the end of the shifts, then
exchanged, up to two for two, as long as whoever is latest becomes less late; with a bound on the work.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from baogong.engine.rounds.crews import Crew, Prepared
from baogong.engine.rounds.ground import DECI, Ints
from baogong.engine.rounds.problem import Courier
from baogong.engine.rounds.timing import Times, times
from baogong.engine.rounds.work import CLOSES, IS_COLD, OPENS

MOVES_MAX = 400
PACKINGS_MAX, KICK_SWAPS = 60_000, 3


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
        listed = _as_listed(prepared, trip)
        listed_times = None if listed is trip else times(prepared, crew, listed)
        if listed_times is not None and listed_times.busy_ds <= timed.busy_ds:
            trip, timed = listed, listed_times
        return [Walk(number, trip, timed, crew.couriers)]
    assert len(trip) > 1, "every stop of a crew is feasible alone"
    half = len(trip) // 2
    return [walk for part in (trip[:half], trip[half:]) for walk in walks_of(prepared, crew, number, part)]


def _as_listed(prepared: Prepared, trip: Ints) -> Ints:
    """The trip with what stands in one spot, has the same hours and is as cold in the problem's order: nobody hops to and fro."""
    ground, needs = prepared.ground, prepared.needs
    spots = np.column_stack([ground.x_m[trip], ground.y_m[trip], needs[trip][:, [OPENS, CLOSES, IS_COLD]]])
    moves_on = np.any(spots[1:] != spots[:-1], axis=1)
    if moves_on.all():
        return trip
    return trip[np.lexsort((trip, np.concatenate([[0], np.cumsum(moves_on)])))]


def _deadline(walk: Walk) -> tuple[int, int]:
    return walk.times.latest_ds, walk.times.earliest_ds


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
        ordered = sorted(walks, key=_deadline)
        return None if self.leaves_ds(courier, ordered) is None else ordered

    def fits_as_given(self, courier: int, walks: list[Walk]) -> list[Walk] | None:
        """The same, or in the order given: a trip in a gap may leave before others that must leave sooner."""
        ordered = self.fits(courier, walks)
        return walks if ordered is None and self.leaves_ds(courier, walks) is not None else ordered

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

    def pack(self, left: Sequence[Walk]) -> bool:
        """Room for these as well, by exchanges among all; False, and nothing changed, where none was found."""
        room_ds = sum((courier.shift[1] - courier.shift[0]) * DECI for courier in self.couriers)
        if sum(self.work_ds) + sum(map(self.weight, left)) > room_ds or not all(walk.couriers for walk in left):
            return False
        packed = _Packing(self, left).search()
        if packed is None:
            return False
        for courier, walks in enumerate(packed):
            self.put(courier, walks)
        return True


class _Packing:
    """Everybody's walks while some of them are too late. `over_ds`: by how much the latest of each courier's is."""

    def __init__(self, days: Days, left: Sequence[Walk]) -> None:
        self.days = days
        self.tries = 0
        self.walks = [list(walks) for walks in days.walks]
        self.over_ds = [self._over_ds(courier, walks) for courier, walks in enumerate(self.walks)]
        for walk in left:
            over_ds, courier = min((self._over_ds(one, [*self.walks[one], walk]), one) for one in walk.couriers)
            self.walks[courier].append(walk)
            self.over_ds[courier] = over_ds

    def _over_ds(self, courier: int, walks: Iterable[Walk]) -> int:
        """Done in the order of `Days.fits`; below nought: so much is spare."""
        self.tries += 1
        now, until = self.days.begins_ds[courier], self.days.couriers[courier].shift[1] * DECI
        over = now - until
        for walk in sorted(walks, key=_deadline):
            leave = max(now + self.days.load_ds, walk.times.earliest_ds)
            now = leave + walk.times.busy_ds
            over = max(over, leave - walk.times.latest_ds, now - until)
        return over

    def search(self) -> list[list[Walk]] | None:
        """Walks by courier, in the order in which they can be done; None: the bound on the work was reached."""
        chance = random.Random(len(self.walks))
        while self.tries < PACKINGS_MAX:
            worst = max(range(len(self.walks)), key=lambda one: (self.over_ds[one], -one))
            if self.over_ds[worst] <= 0:
                return [sorted(walks, key=_deadline) for walks in self.walks]
            if not self._relieve(worst):
                for _ in range(KICK_SWAPS):
                    self._kick(chance)
        return None

    def _relieve(self, worst: int) -> bool:
        """The first exchange with another after which both are less late than the worst is now."""
        for other in sorted(range(len(self.walks)), key=lambda one: (self.over_ds[one], one)):
            if other == worst:
                continue
            for out, back in self._exchanges(worst, other):
                if self._exchange(worst, out, other, back, less_than=self.over_ds[worst]):
                    return True
        return False

    def _exchanges(self, a: int, b: int) -> Iterator[tuple[tuple[Walk, ...], tuple[Walk, ...]]]:
        """Up to two that b may take, against up to two that a may take, fewest first."""
        out = [walk for walk in self.walks[a] if b in walk.couriers]
        back = [walk for walk in self.walks[b] if a in walk.couriers]
        for outs, backs in ((1, 0), (1, 1), (2, 1), (1, 2), (2, 2)):
            for some in combinations(out, outs):
                for others in combinations(back, backs):
                    yield some, others

    def _exchange(
        self, a: int, out: Sequence[Walk], b: int, back: Sequence[Walk], *, less_than: int | None = None
    ) -> bool:
        out_of_a, out_of_b = set(map(id, out)), set(map(id, back))
        new_a = [walk for walk in chain(self.walks[a], back) if id(walk) not in out_of_a]
        new_b = [walk for walk in chain(self.walks[b], out) if id(walk) not in out_of_b]
        over_a = self._over_ds(a, new_a)
        if less_than is not None and over_a >= less_than:
            return False
        over_b = self._over_ds(b, new_b)
        if less_than is not None and over_b >= less_than:
            return False
        self.walks[a], self.walks[b] = new_a, new_b
        self.over_ds[a], self.over_ds[b] = over_a, over_b
        return True

    def _kick(self, chance: random.Random) -> None:
        """Two couriers swap one walk each, whatever becomes of it: the way out of a dead end."""
        self.tries += 1
        a, b = chance.randrange(len(self.walks)), chance.randrange(len(self.walks))
        pairs = [(out, back) for out in self.walks[a] for back in self.walks[b]]
        if a == b or not pairs:
            return
        out, back = pairs[chance.randrange(len(pairs))]
        if b in out.couriers and a in back.couriers:
            self._exchange(a, [out], b, [back])


def assign(walks: list[Walk], couriers: Sequence[Courier], load_s: int) -> tuple[Days, list[Walk]]:
    """(who has what, walks nobody has time for, or for which no packing was found)."""
    days = Days(couriers, load_s)
    left = [
        walk
        for walk in sorted(walks, key=lambda w: (-w.times.busy_ds, w.times.latest_ds, int(w.rows[0])))
        if not days.give(walk)
    ]
    if left and days.pack(left):
        left = []
    days.balance()
    return days, left
