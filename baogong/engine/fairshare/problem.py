"""What a fair share is asked of (the snapshot), under which rule, and what comes out. Plain frozen data, ids are strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from baogong.engine.fairshare.reasons import Facts, reason_en, reason_zh
from baogong.engine.faults import FaultyProblem
from baogong.kernel.errors import BaogongError, Kind

ENGINE_VERSION = "fairshare-3"


class UnusableProblem(FaultyProblem):
    code, so = "fairshare.unusable-problem", "nothing was shared"


class InfeasibleFloors(BaogongError):
    """The floors cannot all be kept. `data["floors"]` names each of them: requester, item, floor, why."""

    kind, code = Kind.UNUSABLE, "fairshare.infeasible-floors"


class TooManyForTrucks(BaogongError):
    """Lanes or sites with limits of their own, and more ways between needs and lots than are solved in minutes."""

    kind, code = Kind.UNUSABLE, "fairshare.too-many-for-trucks"


class UnsoundRule(BaogongError):
    """A fairness rule whose parameters contradict themselves."""

    kind, code = Kind.UNUSABLE, "fairshare.unsound-rule"


@dataclass(frozen=True, slots=True)
class FairnessRule:
    """
    The parameters of a fair share; kept with the plan, so that anyone may run it again.

    version        the name under which the rule was decided
    whole_cartons  True: only whole cartons leave a warehouse; False: single pieces may
    memory         0 forgets what requesters received earlier, 1 counts it in full
    """

    version: str = "leximin-1"
    whole_cartons: bool = True
    memory: float = 1.0

    def __post_init__(self) -> None:
        if not self.version.strip():
            raise UnsoundRule(
                "A fairness rule needs a version.",
                where="version",
                found=self.version,
                expected="a name",
                cure="Name it.",
            )
        if not (isfinite(self.memory) and 0 <= self.memory <= 1):
            raise UnsoundRule(
                f"Memory {self.memory} is not between 0 and 1.",
                where="memory",
                found=self.memory,
                expected="0 to 1",
                cure="Use 1 to count earlier shares in full, 0 to forget them.",
            )


@dataclass(frozen=True, slots=True)
class Requester:
    """
    Someone who asks.

    weight       > 0; twice the weight, twice the met share
    floor, cap   item → pieces: at least, at most
    earlier_met  0 .. 1, the share of its need it received in earlier rounds; counts as already filled
    """

    id: str
    weight: float = 1.0
    floor: Mapping[str, int] = field(default_factory=dict)
    cap: Mapping[str, int] = field(default_factory=dict)
    earlier_met: float = 0.0


@dataclass(frozen=True, slots=True)
class Lot:
    """
    Pieces of one item at one site.

    amount      pieces on hand and not held
    carton      pieces per carton; what is left over after whole cartons stays at the site
    earmark     requesters it may go to; empty: open to all
    expires_on  usable only where it arrives on or before this day
    """

    id: str
    item: str
    amount: int
    site: str
    carton: int = 1
    earmark: frozenset[str] = frozenset()
    standard: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What one requester asks of one item, in pieces. `standards`: those it accepts; empty: any."""

    requester: str
    item: str
    amount: int
    standards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Size:
    """Of one piece."""

    weight_g: float = 0.0
    volume_cm3: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """
    What trucks can carry of all that leaves `site` (None: any) for `requesters` (empty: all); both: one lane.

    weight_g, volume_cm3   None: no limit of this kind; a name, where given, is how reasons call it
    """

    weight_g: float | None = None
    volume_cm3: float | None = None
    site: str | None = None
    requesters: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Limits of trucks; they couple items, which otherwise do not compete. `sizes` by item."""

    sizes: Mapping[str, Size]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    The snapshot. The order of `needs` is the order in which they came in (the first-come rule reads it; leximin does not).

    reach       (site, requester) couples that can be served; None: every site serves everyone
    cost        (site, requester) → fen per piece; None: any lot is as good as another
    arrives_on  the day a load sent now arrives where `arrivals` does not say; None: unknown, no lot is refused for its age
    arrivals    (site, requester) → day of arrival
    capacity    what trucks can carry; None: whatever is shared can be brought
    """

    requesters: tuple[Requester, ...]
    lots: tuple[Lot, ...]
    needs: tuple[Need, ...]
    reach: frozenset[tuple[str, str]] | None = None
    cost: Mapping[tuple[str, str], float] | None = None
    arrives_on: date | None = None
    arrivals: Mapping[tuple[str, str], date] = field(default_factory=dict)
    capacity: Capacity | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Pieces of one lot for one requester."""

    requester: str
    item: str
    lot: str
    amount: int


@dataclass(frozen=True, slots=True)
class Met:
    """
    How far one need is met.

    got          pieces in whole cartons; exact: pieces if goods could be divided
    ratio        got / need, exact_ratio: exact / need (1 where nothing was asked)
    level        what leximin levels: (memory × earlier_met + exact_ratio) / weight
    first_come, pro_rata   pieces under the two other rules
    facts        what the reason is told from
    """

    requester: str
    item: str
    need: int
    got: int
    exact: float
    ratio: float
    exact_ratio: float
    level: float
    first_come: int
    pro_rata: int
    facts: Facts

    @property
    def reason_en(self) -> str:
        """Why this much and not more. Told when asked for: a million needs need not be put into words to be met."""
        return reason_en(self.facts)

    @property
    def reason_zh(self) -> str:
        return reason_zh(self.facts)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the met ratios of all needs above 0: the worst, the mean, the Gini coefficient, how many got nothing."""

    worst: float
    mean: float
    gini: float
    unserved: int


@dataclass(frozen=True, slots=True)
class Left:
    """Pieces of a lot that nobody receives, and why."""

    lot: str
    amount: int
    why_en: str
    why_zh: str


@dataclass(frozen=True, slots=True)
class Load:
    """What rides under one limit, in grams or cm³; `is_full` where it holds somebody down."""

    limit: int
    is_weight: bool
    room: float
    used: float
    is_full: bool


@dataclass(frozen=True, slots=True)
class Allocation:
    """
    Who gets what. `met` stands in the order of `Problem.needs`; `shares` in that order, then by lot.

    rules          "leximin", "pro_rata", "first_come": the same snapshot under each
    transport_fen  the cost of these shares; None where the snapshot names no costs
    loads          what rides under each limit of the snapshot's capacity, by weight, then by volume
    """

    engine_version: str
    rule: FairnessRule
    shares: tuple[Share, ...]
    met: tuple[Met, ...]
    left: tuple[Left, ...]
    rules: Mapping[str, Statistics]
    transport_fen: float | None
    loads: tuple[Load, ...] = ()

    @property
    def worst_ratio(self) -> float:
        return self.rules["leximin"].worst
