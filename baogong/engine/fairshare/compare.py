"""
Two allocations beside each other: who gains, who loses, and how the worst served fares.

A question of the form "what if": the snapshot or the rule was changed in one place, and both were solved.
"""

from __future__ import annotations

from dataclasses import dataclass

from baogong.engine.fairshare.problem import Allocation, FairnessRule, Met, Problem, Statistics
from baogong.engine.fairshare.solve import solve
from baogong.engine.fairshare.wording import BY_ID, Names, counted, percent


@dataclass(frozen=True, slots=True)
class Change:
    """
    One (requester, item) before and after; on a side where it was not asked for, need and got are 0.

    exact_before, exact_after  pieces if goods could be divided
    """

    requester: str
    item: str
    need_before: int
    need_after: int
    got_before: int
    got_after: int
    exact_before: float
    exact_after: float

    @property
    def difference(self) -> int:
        """Pieces in whole cartons; below 0: a loss."""
        return self.got_after - self.got_before

    @property
    def ratio_before(self) -> float:
        return self.got_before / self.need_before if self.need_before else 0.0

    @property
    def ratio_after(self) -> float:
        return self.got_after / self.need_after if self.need_after else 0.0

    @property
    def is_same(self) -> bool:
        return self.difference == 0 and self.need_before == self.need_after

    def told_en(self, names: Names = BY_ID) -> str:
        who = f"{names.who(self.requester)}, {names.item_en(self.item)}"
        if self.need_after == 0:
            return f"{who}: takes no part any more; it got {self.got_before:,} of {self.need_before:,}."
        if self.need_before == 0:
            return f"{who}: takes part now and gets {self.got_after:,} of {self.need_after:,} ({percent(self.ratio_after)})."
        asked = f" of {self.need_before:,}"
        after = f" of {self.need_after:,}" if self.need_before != self.need_after else ""
        shares = f"({percent(self.ratio_before)} → {percent(self.ratio_after)})"
        if self.difference == 0:
            return f"{who}: keeps {self.got_after:,}{after or asked} {shares if after else f'({percent(self.ratio_after)})'}."
        verb = "gains" if self.difference > 0 else "loses"
        return f"{who}: {verb} {names.unit(self.item).amount_en(abs(self.difference))}, from {self.got_before:,}{asked} to {self.got_after:,}{after} {shares}."

    def told_zh(self, names: Names = BY_ID) -> str:
        who, unit = f"{names.who(self.requester)} {names.item_zh(self.item)}", names.unit(self.item).zh
        if self.need_after == 0:
            return f"{who}：不再参与分配；原得 {self.got_before:,} {unit}（需要 {self.need_before:,} {unit}）。"
        if self.need_before == 0:
            return f"{who}：新参与分配，得 {self.got_after:,} {unit}（需要 {self.need_after:,} {unit}，{percent(self.ratio_after)}）。"
        asked = f"需要 {self.need_after:,} {unit}" + (
            f"（原 {self.need_before:,} {unit}）" if self.need_before != self.need_after else ""
        )
        shares = f"{percent(self.ratio_before)} → {percent(self.ratio_after)}"
        if self.difference == 0:
            return f"{who}：仍得 {self.got_after:,} {unit}，{asked}，{shares if self.need_before != self.need_after else percent(self.ratio_after)}。"
        verb = "多得" if self.difference > 0 else "少得"
        return f"{who}：{verb} {abs(self.difference):,} {unit}，由 {self.got_before:,} 到 {self.got_after:,}（{asked}，{shares}）。"


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    `changes` begin with who loses most (of its met share) and end with who gains most.

    worst_before, worst_after  the pair that stands lowest (met share in whole cartons); None where nobody asks
    """

    before: Statistics
    after: Statistics
    changes: tuple[Change, ...]
    worst_before: tuple[str, str] | None
    worst_after: tuple[str, str] | None

    @property
    def losers(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.difference < 0)

    @property
    def gainers(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.difference > 0)

    def told_en(self, names: Names = BY_ID) -> str:
        if all(change.is_same for change in self.changes):
            return "Nothing changes for anybody."
        gain, lose = len(self.gainers), len(self.losers)
        told = f"{counted(gain, 'need')} {'gains' if gain == 1 else 'gain'}, {counted(lose, 'need')} {'loses' if lose == 1 else 'lose'}."
        return (
            f"{told} {self._worst_en(names)} Gini {self.before.gini:.3f} → {self.after.gini:.3f}; {self._unserved_en()}"
        )

    def told_zh(self, names: Names = BY_ID) -> str:
        if all(change.is_same for change in self.changes):
            return "对谁都没有变化。"
        told = f"{len(self.gainers):,} 项需求多得，{len(self.losers):,} 项少得。"
        return f"{told}{self._worst_zh(names)}基尼系数 {self.before.gini:.3f} → {self.after.gini:.3f}；{self._unserved_zh()}"

    def _worst_en(self, names: Names) -> str:
        if self.worst_after is None:
            return "Nobody asks for anything."
        who, item = self.worst_after
        worst = f"{names.who(who)}, {names.item_en(item)}"
        if abs(self.after.worst - self.before.worst) < 5e-4:
            return f"The worst served stands at {percent(self.after.worst)} as before (now {worst})."
        verb = "rises" if self.after.worst > self.before.worst else "falls"
        return (
            f"The worst served {verb} from {percent(self.before.worst)} to {percent(self.after.worst)} (now {worst})."
        )

    def _worst_zh(self, names: Names) -> str:
        if self.worst_after is None:
            return "没有人提出需求。"
        who, item = self.worst_after
        worst = f"{names.who(who)} {names.item_zh(item)}"
        if abs(self.after.worst - self.before.worst) < 5e-4:
            return f"最低满足率仍为 {percent(self.after.worst)}（现为{worst}）。"
        verb = "升到" if self.after.worst > self.before.worst else "降到"
        return f"最低满足率由 {percent(self.before.worst)} {verb} {percent(self.after.worst)}（现为{worst}）。"

    def _unserved_en(self) -> str:
        if self.before.unserved == self.after.unserved:
            return f"{self.after.unserved:,} get nothing, as before."
        return f"{self.after.unserved:,} get nothing, {self.before.unserved:,} before."

    def _unserved_zh(self) -> str:
        if self.before.unserved == self.after.unserved:
            return f"一件未得的仍为 {self.after.unserved:,} 项。"
        return f"一件未得的由 {self.before.unserved:,} 项变为 {self.after.unserved:,} 项。"


def compare(
    problem: Problem, changed: Problem, *, rule: FairnessRule, changed_rule: FairnessRule | None = None
) -> Comparison:
    """Solve both and set them side by side. Raises what `solve` raises."""
    return compare_allocations(solve(problem, rule=rule), solve(changed, rule=changed_rule or rule))


def compare_allocations(before: Allocation, after: Allocation) -> Comparison:
    """Pairs are told apart by (requester, item)."""
    met_before = {(met.requester, met.item): met for met in before.met}
    met_after = {(met.requester, met.item): met for met in after.met}
    changes = [
        _change(pair, met_before.get(pair), met_after.get(pair))
        for pair in sorted(met_before.keys() | met_after.keys())
    ]
    changes.sort(key=lambda change: (change.ratio_after - change.ratio_before, change.difference))
    return Comparison(before.rules["leximin"], after.rules["leximin"], tuple(changes), _worst(before), _worst(after))


def _change(pair: tuple[str, str], before: Met | None, after: Met | None) -> Change:
    requester, item = pair
    return Change(
        requester,
        item,
        before.need if before else 0,
        after.need if after else 0,
        before.got if before else 0,
        after.got if after else 0,
        before.exact if before else 0.0,
        after.exact if after else 0.0,
    )


def _worst(allocation: Allocation) -> tuple[str, str] | None:
    asking = [met for met in allocation.met if met.need]
    if not asking:
        return None
    lowest = min(asking, key=lambda met: (met.ratio, met.requester, met.item))
    return lowest.requester, lowest.item
