"""How long and how to search: a version, named numbers, a seed; kept with every plan."""

from __future__ import annotations

from dataclasses import dataclass

from baogong.kernel.errors import BaogongError, Kind


class UnsoundRule(BaogongError):
    kind, code = Kind.UNUSABLE, "rounds.unsound-rule"


@dataclass(frozen=True, slots=True)
class RoundsRule:
    """
    turns_per_stop  iterations of the search for each stop, over all passes together
    passes          how often the trips are cut into new groups and searched again
    group_stops     stops of one group: whole trips that lie together
    zone_stops      stops of one zone: whole communities whose first trips are made together
    hot, cold       temperatures at the beginning and the end, in the mean walk to a stop
    plain_stops     a problem of up to so many stops is solved without the compiler
    threads         None: as many as the machine has processors; the plan is the same for any number
    limit_s         the search takes no longer than that; what it then reached depends on the machine
    """

    version: str = "1"
    seed: int = 1
    turns_per_stop: int = 100
    passes: int = 4
    group_stops: int = 1000
    zone_stops: int = 3000
    hot: float = 1.0
    cold: float = 0.003
    plain_stops: int = 30
    threads: int | None = None
    limit_s: float | None = None

    def __post_init__(self) -> None:
        least = {"turns_per_stop": 0, "passes": 1, "group_stops": 10, "zone_stops": 10, "plain_stops": 0, "seed": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise UnsoundRule(
                    f"{name} is {getattr(self, name)}; at least {bound} is needed. Nothing was planned.",
                    where=name,
                    found=getattr(self, name),
                    expected=f"at least {bound}",
                    cure="Correct the rule.",
                )
        if not 0 < self.cold <= self.hot:
            raise UnsoundRule(
                f"Temperatures fall from {self.hot} to {self.cold}. Nothing was planned.",
                where="cold",
                found=self.cold,
                expected=f"at most {self.hot}",
                cure="Correct the rule.",
            )


CITY = RoundsRule("city-1", turns_per_stop=4, passes=1, group_stops=400, zone_stops=1000, threads=1)
"""A city's hundreds of thousands of stops: a twenty-fifth of the search, and each part on one thread of its own."""
