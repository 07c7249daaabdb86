"""Distances, driving times, closures, seals, windows and docks: what a schedule is measured against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from baogong.engine.freight.problem import Problem, Site, Span, great_circle_m


@dataclass(frozen=True, slots=True)
class Road:
    """One way from a site to another; `duration_s` is None where it follows from the vehicle's speed."""

    distance_m: int
    duration_s: int | None
    crosses_seal: bool
    closed: tuple[tuple[int, int | None], ...]

    def drive_s(self, speed_kmh: int) -> int:
        """Whole seconds, rounded up."""
        return -(-self.distance_m * 18 // (5 * speed_kmh)) if self.duration_s is None else self.duration_s

    def leave_s(self, earliest_s: int, drive_s: int) -> int | None:
        """The first moment from `earliest_s` on at which the whole drive misses every closure; None if there is none."""
        leave = earliest_s
        for from_s, until_s in self.closed:
            if leave + drive_s > from_s and (until_s is None or leave < until_s):
                if until_s is None:
                    return None
                leave = until_s
        return leave


class Roads:
    """Every road of a problem: a given lane, or the great circle times the road factor."""

    def __init__(self, problem: Problem) -> None:
        self.sites = {site.id: site for site in problem.sites}
        self._lanes = {(lane.origin, lane.destination): lane for lane in problem.lanes}
        self._closed: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
        for c in sorted(problem.closures, key=lambda c: c.from_s):
            self._closed.setdefault((c.origin, c.destination), []).append((c.from_s, c.until_s))
        self._factor = problem.road_factor
        self._known: dict[tuple[str, str], Road] = {}

    def road(self, origin: str, destination: str) -> Road:
        found = self._known.get((origin, destination))
        if found is None:
            found = self._known[origin, destination] = self._measure(origin, destination)
        return found

    def _measure(self, origin: str, destination: str) -> Road:
        a, b = self.sites[origin], self.sites[destination]
        lane = self._lanes.get((origin, destination))
        distance = lane.distance_m if lane is not None else None
        return Road(
            distance_m=math.ceil(great_circle_m(a, b) * self._factor) if distance is None else distance,
            duration_s=lane.duration_s if lane is not None else None,
            crosses_seal=a.inside_seal != b.inside_seal or (lane is not None and lane.requires_pass),
            closed=tuple(self._closed.get((origin, destination), ())),
        )


def drive_fen(distance_m: int, fen_per_km: int) -> int:
    """Rounded up to a whole fen for each drive."""
    return -(-distance_m * fen_per_km // 1000)


def service_start_s(site: Site, taken: Sequence[Span], earliest_s: int) -> int | None:
    """
    The first moment from `earliest_s` on at which a dock is free for a whole service inside a window.

    taken  services already planned here
    """
    start = earliest_s
    while True:
        if site.windows:
            fitting = [max(start, a) for a, b in site.windows if max(start, a) + site.service_s <= b]
            if not fitting:
                return None
            start = min(fitting)
        if site.docks_count is None or site.service_s == 0:
            return start
        at_once = [(a, b) for a, b in taken if a < start + site.service_s and b > start]
        if len(at_once) < site.docks_count or _most_at_once(at_once) < site.docks_count:
            return start
        start = min(b for _, b in at_once)


def _most_at_once(spans: Sequence[Span]) -> int:
    """The largest number of spans that share a moment."""
    return max(sum(a <= moment < b for a, b in spans) for moment, _ in spans)
