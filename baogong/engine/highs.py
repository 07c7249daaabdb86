"""One door to HiGHS. (It cannot share a process with OR-Tools, which ships its own.)"""

from __future__ import annotations

from typing import Any, cast

import highspy


def quiet_solver(**options: float | str) -> Any:
    """A HiGHS instance that prints nothing and runs in one thread, so that the same program has the same answer."""
    solver = cast(Any, highspy).Highs()
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        solver.setOptionValue(name, value)
    return solver
