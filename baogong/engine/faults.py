"""Everything wrong with an input, told at once: what a room of the engine raises instead of computing with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baogong.kernel.errors import BaogongError, Kind


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: the place, what stands there, what may stand there, what to do."""

    where: str
    found: object
    expected: str
    cure: str

    def as_dict(self) -> dict[str, Any]:
        plain = self.found if isinstance(self.found, int | float | str | list | dict) else str(self.found)
        return {"where": self.where, "found": plain, "expected": self.expected, "cure": self.cure}


class FaultyProblem(BaogongError):
    """
    The snapshot makes no sense. `data["problems"]` holds every fault found, not only the first.

    so  what happened, as each room says it: "nothing was shared"
    """

    kind = Kind.UNUSABLE
    so: str

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0]
        many = "1 fault was" if len(faults) == 1 else f"{len(faults)} faults were"
        super().__init__(
            f"{many} found; {self.so}. "
            + " ".join(f"{fault.where}: found {fault.found!r}, expected {fault.expected}." for fault in faults[:5]),
            where=first.where,
            found=first.found,
            expected=first.expected,
            cure=first.cure,
            problems=[fault.as_dict() for fault in faults],
        )
