"""
Which gates a stop is reached through, where its community's gates keep different hours.

Every set of gates that is ever open together is a choice, with the hours in which all of them are. A stop takes the choice
that leaves it the longest time, and of equal ones that with most gates.
"""

from __future__ import annotations

from collections.abc import Iterable

from baogong.engine.rounds.problem import DAY_S, Community, Span

ALWAYS: tuple[Span, ...] = ((0, 7 * DAY_S),)
Gates = tuple[int, ...]
Choices = tuple[tuple[Gates, tuple[Span, ...]], ...]


def choices(community: Community) -> Choices:
    """(numbers of gates, hours in which all of these are open), those with more gates first."""
    gates = [gate.opens or ALWAYS for gate in community.gates]
    moments = sorted({moment for opens in gates for span in opens for moment in span})
    sets = {tuple(k for k, opens in enumerate(gates) if _is_open(opens, at_s)) for at_s in moments}
    return tuple((some, _together(gates[k] for k in some)) for some in sorted(sets - {()}, key=lambda s: (-len(s), s)))


def _is_open(opens: tuple[Span, ...], at_s: int) -> bool:
    return any(a <= at_s < b for a, b in opens)


def _together(gates: Iterable[tuple[Span, ...]]) -> tuple[Span, ...]:
    """When all of them are open."""
    common = ALWAYS
    for opens in gates:
        common = tuple((max(a, c), min(b, d)) for a, b in common for c, d in opens if max(a, c) < min(b, d))
    return common
