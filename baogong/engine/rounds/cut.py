"""Cutting a map into parts of a bounded size by straight lines at random angles."""

from __future__ import annotations

import math

import numpy as np

from baogong.engine.rounds.ground import Floats, Ints

TILT = 0.35  # radians a cut may lean; so cuts of two passes seldom fall on the same line


def cut(x_m: Floats, y_m: Floats, size: Ints, size_max: int, dice: np.random.Generator) -> list[Ints]:
    """
    Parts of the things at (x_m, y_m), each of a total size of at most `size_max` (or one thing alone), by halving.

    Every cut crosses the longer side, so parts stay compact.
    """
    parts, waiting = [], [np.arange(len(x_m))]
    while waiting:
        part = waiting.pop()
        if len(part) < 2 or size[part].sum() <= size_max:
            parts.append(part)
            continue
        x, y = x_m[part], y_m[part]
        angle = dice.uniform(-TILT, TILT) + (0.0 if np.ptp(x) > np.ptp(y) else math.pi / 2)
        order = np.argsort(x * math.cos(angle) + y * math.sin(angle), kind="stable")
        filled = np.cumsum(size[part[order]])
        half = min(max(1, int(np.searchsorted(filled, filled[-1] / 2))), len(part) - 1)
        waiting += [part[order[:half]], part[order[half:]]]
    return parts
