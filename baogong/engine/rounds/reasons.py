"""Why a stop is left and why a trip ends where it ends, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from baogong.engine.rounds.crews import Crew
from baogong.engine.rounds.ground import DECI
from baogong.engine.rounds.plan import Left
from baogong.engine.rounds.problem import Courier, Limits, Problem, Stop
from baogong.engine.rounds.work import BUSY_MAX, LOAD_G_MAX, LOAD_PIECES_MAX, STOPS_MAX

NEARLY = 0.9
"""A limit that is used up to this share is called what a trip was full by."""


def clock(seconds: float) -> str:
    """08:05, and 26:05 on the day after."""
    minutes = int(seconds // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def left_of(problem: Problem, stop: Stop, station: str, code: str, courier: str = "") -> Left:
    """A stop of that station nobody can serve, or nobody has time for. courier: whose its building and category are."""
    here = [courier for courier in problem.couriers if courier.station == station]
    en, zh = _its_courier_is_full(stop, courier) if courier else _WORDS[code](stop, station, here)
    if code == "NOT_IN_TIME":
        gates_en, gates_zh = _gate_hours(problem, stop)
        en, zh = en + gates_en, zh + gates_zh
    return Left(stop.id, code, en, zh)


def _gate_hours(problem: Problem, stop: Stop) -> tuple[str, str]:
    """When which gate of the stop's community is open; "" where one always is."""
    gates = [gate for one in problem.communities if one.id == stop.community for gate in one.gates]
    if not gates or not all(gate.opens for gate in gates):
        return "", ""
    told = ", ".join(
        f"{gate.id} {'/'.join(f'{clock(opens)}–{clock(closes)}' for opens, closes in gate.opens)}" for gate in gates
    )
    return f" Gates: {told}.", f"大门开放：{told.replace(', ', '；')}。"


def _no_courier(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    return (
        f"Station {station} has no courier. Name one, or another station for the stop.",
        f"站点{station}没有派送员。请安排一名，或把该点改由其他站点送。",
    )


def _may_not_enter(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    return (
        f"None of the {len(here)} couriers of {station} may enter {stop.community}. Let one in, or hand over at the gate.",
        f"{station}的{len(here)}名派送员都不能进入{stop.community}。请放行一名，或改在门口交接。",
    )


def _too_much(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    most_g, most = max(c.capacity_g for c in here), max(c.capacity_pieces for c in here)
    return (
        f"{stop.weight_g:,} g and {stop.pieces:,} pieces; couriers of {station} carry up to {most_g:,} g and "
        f"{most:,} pieces. Split it into several stops.",
        f"重{stop.weight_g:,}克、{stop.pieces:,}件；{station}的派送员最多带{most_g:,}克、{most:,}件。请拆成几个点。",
    )


def _not_in_time(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    shifts_en = ", ".join(sorted({f"{clock(c.shift[0])}–{clock(c.shift[1])}" for c in here})[:3])
    window = "" if stop.window is None else f" {clock(stop.window[0])}–{clock(stop.window[1])}"
    return (
        f"No courier of {station} (shifts {shifts_en}) can load, reach it within its window{window} and gate hours, keep "
        "the limits of time, and be back. Widen the window or the hours.",
        f"{station}的派送员（班次{shifts_en}）装货后无法在时间窗{window}和开门时间内送到并按时返回。请放宽时间窗或开门时间。",
    )


def _no_time_left(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    return (
        f"Every courier of {station} who can serve it has a full shift. One courier more, or longer shifts, would do.",
        f"{station}能送这一点的派送员班次都已排满。增加一名派送员或延长班次即可。",
    )


def _its_courier_is_full(stop: Stop, courier: str) -> tuple[str, str]:
    return (
        f"{courier} brings {_kind_en(stop)}, has a full shift, and nobody else may bring a part of it. Lengthen the shift, add "
        "a courier, or let others help.",
        f"{_kind_zh(stop)}由{courier}一人负责，其班次已排满，不能由别人分送。请延长班次、增加派送员，或允许他人帮送。",
    )


def _not_by_its_courier(stop: Stop, station: str, here: list[Courier]) -> tuple[str, str]:
    return (
        f"One courier brings {_kind_en(stop)}, and none who can bring the most of it can serve this stop. Split the category, "
        "or let one courier of this station carry, enter and reach all of it.",
        f"{_kind_zh(stop)}须由一名派送员负责，而能送其中最多的派送员都送不到这一点。请拆分品类，或安排能送全部的派送员。",
    )


def _kind_en(stop: Stop) -> str:
    where = " of ".join(name for name in (stop.building, stop.community) if name)
    return f"all {stop.category or 'goods'} for building {where}"


def _kind_zh(stop: Stop) -> str:
    return f"{stop.community or ''}{stop.building}的{stop.category or '全部货物'}"


_WORDS = {
    "NOT_BY_ITS_COURIER": _not_by_its_courier,
    "NO_COURIER": _no_courier,
    "MAY_NOT_ENTER": _may_not_enter,
    "TOO_MUCH_TO_CARRY": _too_much,
    "NOT_IN_TIME": _not_in_time,
    "NO_TIME_LEFT": _no_time_left,
}


def trip_reason(
    crew: Crew, *, stops: int, weight_g: int, pieces: int, busy_ds: int, kept_apart_by: Callable[[], tuple[str, int]]
) -> tuple[str, str]:
    """What kept a trip from taking more. kept_apart_by: asked last, see `timing`."""
    most_g, most_pieces = int(crew.limits[LOAD_G_MAX]), int(crew.limits[LOAD_PIECES_MAX])
    most_stops, most_ds = int(crew.limits[STOPS_MAX]), int(crew.limits[BUSY_MAX])
    if weight_g >= NEARLY * most_g:
        weight, most = _kilos(weight_g), _kilos(most_g)
        return f"Full by weight: {weight} of {most} kg.", f"已满载：{weight}公斤，上限{most}公斤。"
    if pieces >= NEARLY * most_pieces:
        return f"Full by pieces: {pieces:,} of {most_pieces:,}.", f"件数已满：{pieces:,}件，上限{most_pieces:,}件。"
    if stops >= NEARLY * most_stops:
        return (
            f"As many stops as a trip may have: {stops} of {most_stops}.",
            f"点数已满：{stops}个，上限{most_stops}个。",
        )
    if busy_ds >= NEARLY * most_ds:
        a, b = busy_ds // (60 * DECI), most_ds // (60 * DECI)
        return f"Full by time: {a} of {b} minutes.", f"时长已满：{a}分钟，上限{b}分钟。"
    by, both = kept_apart_by()
    if by == "WEIGHT":
        weight, most = _kilos(both), _kilos(most_g)
        return (
            f"Its nearest stop would make it too heavy: {weight} of {most} kg.",
            f"再加最近的一点就超重：{weight}公斤，上限{most}公斤。",
        )
    if by == "PIECES":
        return (
            f"Its nearest stop would make it too many pieces: {both:,} of {most_pieces:,}.",
            f"再加最近的一点件数就超：{both:,}件，上限{most_pieces:,}件。",
        )
    if by == "HOURS":
        return (
            "What lies nearest cannot be served on the same trip within its window and gate hours.",
            "最近的点在其时间窗和开门时间内并不进这一趟。",
        )
    if len(crew.couriers) == 1:
        return (
            "Nothing else that this courier brings would shorten the day.",
            "该派送员负责的点里，没有并入后更省时的。",
        )
    return "Nothing else near that would shorten the day.", "附近没有并入后更省时的点。"


def _kilos(grams: int) -> str:
    return f"{grams / 1000:,.1f}".removesuffix(".0")


def trip_of_its_own() -> tuple[str, str]:
    """Why a trip has one stop that no other trip had time for."""
    return (
        "One stop that no other trip had time for, in time left between the others.",
        "其他趟次都来不及带上，利用空档单独送这一点。",
    )


def balance_reason(more: float, less: float, idle_count: int, limits: Limits) -> tuple[str, str]:
    """How equal the working minutes are, beside what was asked: the most is so much over the mean, the least so much under it."""
    spread = max(more, less)
    told_en = f"The most loaded courier works {more:.0%} more than the mean, the least loaded {less:.0%} less"
    told_zh = f"最忙者比平均多{more:.0%}，最闲者比平均少{less:.0%}"
    if idle_count:
        told_en += f" ({idle_count} {'has' if idle_count == 1 else 'have'} nothing to do)"
        told_zh += f"（{idle_count}人没有分到）"
    if limits.balance is None:
        return f"{told_en}.", f"{told_zh}。"
    if spread <= limits.balance:
        return f"{told_en}; up to {limits.balance:.0%} were asked.", f"{told_zh}，要求不超过{limits.balance:.0%}。"
    whole = limits.one_courier_per is not None
    return (
        f"{told_en}; up to {limits.balance:.0%} were asked, but no {'whole building and category' if whole else 'stop'} "
        "was found that could be moved or swapped to make it more equal.",
        f"{told_zh}，要求不超过{limits.balance:.0%}，但没有找到移动或对调后更均衡的{'楼栋品类' if whole else '点'}。",
    )
