"""A night as plain JSON, and back: what is kept with a rehearsal, so that anyone can play it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from baogong.engine.rehearsal.night import (
    Call,
    Gate,
    Kind,
    Load,
    Mover,
    Night,
    Opening,
    Place,
    Promise,
    Run,
    Shelf,
    Stop,
)


def as_document(night: Night) -> dict[str, Any]:
    return asdict(night)


def read_night(document: Mapping[str, Any]) -> Night:
    """The inverse of `as_document`, also after JSON made lists of tuples. Raises UnusableNight."""
    return Night(
        places=tuple(Place(**one | _spans(one, "opens", "more")) for one in document["places"]),
        gates=tuple(Gate(**one | _spans(one, "opens", "more")) for one in document["gates"]),
        loads=tuple(Load(**one) for one in document["loads"]),
        movers=tuple(Mover(**one | {"kind": Kind(one["kind"])} | _spans(one, "shifts")) for one in document["movers"]),
        runs=tuple(Run(**{**one, "stops": tuple(map(_stop, one["stops"]))}) for one in document["runs"]),
        shelves=tuple(
            Shelf(**{**one, "opens": tuple(one["opens"]), "calls": tuple(map(_call, one["calls"]))})
            for one in document["shelves"]
        ),
        openings=tuple(Opening(**one) for one in document["openings"]),
        promises=tuple(Promise(**one) for one in document["promises"]),
        **_spans(document, "spare"),
    )


def _stop(kept: Mapping[str, Any]) -> Stop:
    return Stop(**{**kept, "loads": _pairs(kept["loads"]), "unloads": _pairs(kept["unloads"])})


def _call(kept: Mapping[str, Any]) -> Call:
    return Call(**{**kept, "stops": _pairs(kept["stops"])})


def _spans(kept: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those that are there: nights kept before rehearsal-4 know of no help that is there for some hours."""
    return {name: _pairs(kept[name]) for name in names if name in kept}


def _pairs(kept: Any) -> tuple[Any, ...]:
    return tuple((one, other) for one, other in kept)
