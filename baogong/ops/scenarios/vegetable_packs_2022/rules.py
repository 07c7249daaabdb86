"""
The two rules most places use instead, applied to the same needs and the same packs: what would each receiver have had?

Pro rata divides the packs kept for some among what these ask, then all others among what is still open. First come
serves whoever asked first in full, from the packs kept for them and then from the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.ledger.states import State
from baogong.needs import queries as needs_
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_packs_2022.cast import COMMUNITIES, VOLUNTEERS
from baogong.ops.scenarios.vegetable_packs_2022.growing import pack_moves, pools

Pools = Sequence[tuple[frozenset[UUID], int]]


def asked(stage: Stage) -> dict[UUID, int]:
    """Receiver → packs it asks for, in the order in which they asked."""
    receivers = [stage.party(name) for name in (*COMMUNITIES, *VOLUNTEERS)]
    wanted: dict[UUID, int] = {}
    for need in needs_.needs_of(receivers):
        if need.item == item("vegetable-pack").id and not need.is_cancelled and need.counted:
            wanted[need.receiver] = wanted.get(need.receiver, 0) + need.counted
    return wanted


def signed_for() -> Counter[UUID]:
    """Receiver → packs it signed for."""
    got: Counter[UUID] = Counter()
    for move in pack_moves():
        if move.target.state is State.HANDED_OVER:
            got[move.target.holder] += move.amount
        if move.source.state is State.HANDED_OVER:
            got[move.source.holder] -= move.amount
    return got


def pro_rata(wanted: dict[UUID, int], stock: Pools) -> dict[UUID, Fraction]:
    got = dict.fromkeys(wanted, Fraction(0))
    for only, packs in stock:
        open_asks = {one: wanted[one] - got[one] for one in wanted if not only or one in only}
        if total := sum(open_asks.values()):
            part = min(Fraction(1), Fraction(packs) / total)
            for one, ask in open_asks.items():
                got[one] += ask * part
    return got


def first_come(wanted: dict[UUID, int], stock: Pools) -> dict[UUID, int]:
    left, got = [packs for _only, packs in stock], dict.fromkeys(wanted, 0)
    for one, ask in wanted.items():
        for number, (only, _packs) in enumerate(stock):
            taken = min(left[number], ask - got[one]) if not only or one in only else 0
            left[number] -= taken
            got[one] += taken
    return got


def worst_permille(stage: Stage, got: dict[UUID, int] | dict[UUID, Fraction] | Counter[UUID]) -> int:
    """Of the communities, the one served worst: packs had for a thousand asked, rounded down."""
    wanted = asked(stage)
    communities = [stage.party(name) for name in COMMUNITIES]
    return min(int(got.get(one, 0) * 1000 // wanted[one]) if wanted.get(one) else 0 for one in communities)


def what_the_rules_give(stage: Stage) -> tuple[dict[UUID, Fraction], dict[UUID, int]]:
    """(pro rata, first come)"""
    wanted, stock = asked(stage), pools()
    return pro_rata(wanted, stock), first_come(wanted, stock)
