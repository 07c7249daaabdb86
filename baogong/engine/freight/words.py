"""Moments, spans and scores in words, English and Chinese."""

from __future__ import annotations

from baogong.engine.freight.plan import Score
from baogong.engine.freight.problem import Problem
from baogong.kernel.money import yuan

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Pair = tuple[str, str]  # the same sentence, English and Chinese


def moment(problem: Problem, seconds: int) -> Pair:
    """25 Jan 14:30 · 1月25日14:30, on the clock of `problem.zero_at`."""
    at = problem.moment(seconds)
    clock = f"{at.hour:02d}:{at.minute:02d}"
    return f"{at.day} {MONTHS[at.month - 1]} {clock}", f"{at.month}月{at.day}日{clock}"


def span(seconds: int) -> Pair:
    """Whole minutes, rounded up: 2 h 05 min · 2小时05分."""
    minutes = -(-seconds // 60)
    if minutes < 60:
        return f"{minutes} min", f"{minutes}分钟"
    return f"{minutes // 60} h {minutes % 60:02d} min", f"{minutes // 60}小时{minutes % 60:02d}分"


def difference(problem: Problem, other: Score, plan: Score) -> Pair:
    """What speaks against `other`: the first part of the score in which it is worse."""
    if other < plan:
        return (
            "it looks better, but the search had used up its limit before it could take this up",
            "看来更好，但搜索在采用它之前已达到上限",
        )
    if other.left_cartons != plan.left_cartons:
        more = other.left_cartons - plan.left_cartons
        return f"{more} more cartons would stay behind", f"会多留下{more}箱"
    if other.late_carton_s != plan.late_carton_s:
        en, zh = span(other.late_carton_s - plan.late_carton_s)
        return f"lateness summed over cartons would grow by {en}", f"各箱迟到合计会多{zh}"
    if other.last_arrival_s != plan.last_arrival_s:
        at, later = moment(problem, other.last_arrival_s), span(other.last_arrival_s - plan.last_arrival_s)
        return (
            f"the last carton would arrive on {at[0]}, {later[0]} later",
            f"最后一箱会在{at[1]}到达，晚{later[1]}",
        )
    if other.cost_fen != plan.cost_fen:
        more = other.cost_fen - plan.cost_fen
        return f"it would cost {yuan(more)} yuan more", f"费用会多{yuan(more)}元"
    return "it would be no better in lateness, last arrival or cost", "迟到、最后到达和费用都不会更好"


def figures(other: Score, plan: Score) -> tuple[tuple[str, int], ...]:
    """Both scores, side by side."""
    return (
        ("left_cartons", other.left_cartons),
        ("late_carton_s", other.late_carton_s),
        ("last_arrival_s", other.last_arrival_s),
        ("cost_fen", other.cost_fen),
        ("plan_left_cartons", plan.left_cartons),
        ("plan_late_carton_s", plan.late_carton_s),
        ("plan_last_arrival_s", plan.last_arrival_s),
        ("plan_cost_fen", plan.cost_fen),
    )
