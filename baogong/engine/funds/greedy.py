"""
What a careful clerk does without planning: each purchase, as it comes, from the tightest fund that allows it.

Kept to be compared with: it leaves narrow money unused and refuses purchases that could have been paid.
"""

from __future__ import annotations

from baogong.engine.funds.plan import FundPlan, Part, Short
from baogong.engine.funds.problem import Problem


def take_greedily(problem: Problem) -> FundPlan:
    """Lines in the order given, none looked at twice. What one line cannot get in full it does not get at all."""
    left = {fund.id: fund.money_fen for fund in problem.funds}
    parts: list[Part] = []
    short: list[Short] = []
    for line in problem.lines:
        need, taken = line.need_fen, []
        for fund in problem.by_freedom:
            part = min(left[fund.id], need)
            if part and not line.bars(fund):
                taken.append(Part(fund.id, line.id, part))
                need -= part
        if need:
            short.append(Short(line.id, need))
            continue
        for taking in taken:
            left[taking.fund] -= taking.fen
        parts += taken
    return FundPlan(tuple(parts), tuple(short), moved_fen=0)
