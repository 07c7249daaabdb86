"""One door to numba: typed, without the interpreter's lock, and kept on disk so that only the first run ever compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at first call. Where no folder can be written the function still works, compiled anew by each process."""
    try:
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no place for its cache: a read-only installation without a home
        return cast(Function, numba.njit(nogil=True)(function))


def inlined(function: Function) -> Function:
    """
    Compile as a part of each compiled function that calls it.

    For small pieces of a hot loop: a call counts references of every array it passes, which can cost more than the piece.
    """
    return cast(Function, numba.njit(nogil=True, inline="always")(function))
