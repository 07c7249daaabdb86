"""What losers are owed: how weights, a pause for winners and strata change who is never served, and each loser's next odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from baogong.kernel.errors import BaogongError, Kind


class UnsoundMemory(BaogongError):
    kind, code = Kind.UNUSABLE, "draw.unsound-memory"


@dataclass(frozen=True, slots=True)
class Memory:
    """
    pause_days       so many days a winner stays out
    weight_per_loss  added to a weight of 1 for each draw lost since the last win
    weight_max       and no more than this
    by_waiting       whoever has lost most often comes first, whatever the lot
    """

    pause_days: int = 0
    weight_per_loss: int = 0
    weight_max: int = 1
    by_waiting: bool = False

    def __post_init__(self) -> None:
        for name, least, most in (("pause_days", 0, 366), ("weight_per_loss", 0, 100), ("weight_max", 1, 1000)):
            if not least <= getattr(self, name) <= most:
                raise UnsoundMemory(
                    f"{name} is {getattr(self, name)}; {least} to {most} are allowed. Nothing was computed.",
                    where=name,
                    found=getattr(self, name),
                    expected=f"{least}–{most}",
                    cure="Correct the rule.",
                )

    def weight(self, losses: int) -> int:
        """What an entry counts after so many losses since the last win."""
        return min(1 + self.weight_per_loss * losses, self.weight_max)

    def stratum(self, losses: int, losses_max: int) -> int:
        """Where it stands: 0 is first."""
        return losses_max - losses if self.by_waiting else 0


@dataclass(frozen=True, slots=True)
class NextOdds:
    """losses: draws lost since the last win; people: so many stand there; odds: of winning the next draw, 0..1."""

    losses: int
    people: int
    odds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    never_served   share of all who have not won once
    won_again      share who have won more than once
    wait_p95_days  the first win of all but 5 % came by this day; None where fewer have won
    next_odds      by losses; paused winners are not among them
    """

    never_served: float
    won_again: float
    wait_p95_days: int | None
    next_odds: tuple[NextOdds, ...]


NO_MEMORY = Memory()
PAUSE = Memory(pause_days=10)
PAUSE_AND_WEIGHTS = Memory(pause_days=10, weight_per_loss=1, weight_max=10)
LONGEST_WAITING = Memory(by_waiting=True)


def odds(people_by_losses: Mapping[int, int], memory: Memory, places: int) -> dict[int, float]:
    """
    Odds of the next draw for whoever has lost so often, in the limit of many entrants.

    In a stratum the places go below a threshold t of the score: weight w has won with 1 - (1 - t)^w, and t is where that fills them.
    """
    found: dict[int, float] = {}
    top = max(people_by_losses, default=0)
    strata: dict[int, list[int]] = {}
    for losses in people_by_losses:
        strata.setdefault(memory.stratum(losses, top), []).append(losses)
    left = places
    for _, members in sorted(strata.items()):
        people = sum(people_by_losses[losses] for losses in members)
        if people <= left:
            found |= dict.fromkeys(members, 1.0)
            left -= people
            continue
        low, high = 0.0, 1.0
        for _ in range(60):
            threshold = (low + high) / 2
            filled = sum(
                people_by_losses[losses] * (1 - (1 - threshold) ** memory.weight(losses)) for losses in members
            )
            low, high = (threshold, high) if filled < left else (low, threshold)
        found |= {losses: 1 - (1 - high) ** memory.weight(losses) if left else 0.0 for losses in members}
        left = 0
    return found


def simulate(memory: Memory, *, daily_odds: float, days: int, people_count: int = 20_000, seed: int = 1) -> Outcome:
    """
    The same people enter every day they may; `daily_odds` of all people win each day.

    daily_odds    places a day over people_count, 0..1
    days          at least 1
    people_count  at least 1
    """
    if not (0 <= daily_odds <= 1 and days >= 1 and people_count >= 1):
        raise UnsoundMemory(
            "Odds are 0 to 1, over at least one day and one person. Nothing was computed.",
            where="daily_odds",
            found=daily_odds,
            expected="0–1",
            cure="Correct the figures.",
        )
    chance = np.random.default_rng(seed)
    places = round(people_count * daily_odds)
    losses, wins, free_on, first_win = (np.zeros(people_count, np.int64) for _ in range(4))
    for day in range(1, days + 1):
        inside = np.flatnonzero(free_on <= day)
        weights = np.minimum(1 + memory.weight_per_loss * losses[inside], memory.weight_max)
        score = chance.exponential(size=len(inside)) / weights  # ordered as the least of `weight` even draws is
        ranked = np.lexsort((score, -losses[inside])) if memory.by_waiting else np.argsort(score)
        won = inside[ranked[:places]]
        losses[inside] += 1
        losses[won] = 0
        first_win[won[wins[won] == 0]] = day
        wins[won] += 1
        free_on[won] = day + 1 + memory.pause_days
    waiting = losses[free_on <= days + 1]
    counts = {int(n): int(people) for n, people in zip(*np.unique(waiting, return_counts=True), strict=True)}
    following = odds(counts, memory, places)
    served = np.sort(first_win[wins > 0])
    wanted = -(-95 * people_count // 100)
    return Outcome(
        never_served=float((wins == 0).mean()),
        won_again=float((wins > 1).mean()),
        wait_p95_days=int(served[wanted - 1]) if len(served) >= wanted else None,
        next_odds=tuple(NextOdds(n, people, following[n]) for n, people in sorted(counts.items())),
    )
