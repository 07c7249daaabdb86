"""The one shape every benchmark prints (docs: the contract of `baogong bench`)."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Target:
    """
    One figure held against its floor and its goal.

    measured   None where `--quick` cannot measure it
    direction  whether a larger or a smaller figure is better
    """

    name: str
    measured: float | None
    direction: Literal["higher", "lower"]
    floor: float
    goal: float

    def _meets(self, mark: float) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= mark if self.direction == "higher" else self.measured <= mark

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "measured": self.measured,
            "direction": self.direction,
            "floor": self.floor,
            "goal": self.goal,
            "meets_floor": self._meets(self.floor),
            "meets_goal": self._meets(self.goal),
        }


@dataclass(slots=True)
class Report:
    """`ok` speaks of the checks (correctness) only, never of speed."""

    bench: str
    quick: bool
    ours: dict[str, Any] = field(default_factory=dict)
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    checks: dict[str, bool] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "quick": self.quick,
            "machine": machine(),
            "ours": self.ours,
            "peers": self.peers,
            "targets": [target.as_dict() for target in self.targets],
            "checks": [{"name": name, "ok": ok} for name, ok in self.checks.items()],
            "ok": all(self.checks.values()),
        }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "system": platform.system(),
        "arch": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }


def peak_mb() -> float | None:
    """The most memory this process ever held; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1024 * 1024 if platform.system() == "Darwin" else 1024)


def median_s(work: Callable[[], Any], *, runs: int, warm_up: bool = True) -> float:
    """Median wall seconds of `runs` calls, after one that is not counted."""
    if warm_up:
        work()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
