"""
What would help, and what it costs: the night is played again with one thing changed, under the very same bad luck, and each
night is held against itself as planned. The cheapest is counted again on all the nights before it is called so.

Which fixes are tried follows from what breaks: whoever waits at a dock gets a dock more or an hour more of it, whoever has
too few hands one or two couriers, whoever is called too early a later opening. Each has a price in money, or in hours that
people wait, never both in one number. What a fix does is what its price buys: the hours that are paid are the hours that it is there
(`_bought`), and both are reckoned at one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from baogong.engine.rehearsal.chances import HOUR_S, Chances
from baogong.engine.rehearsal.night import Gate, Kind, Mover, Night, Place, Shelf, Span
from baogong.engine.rehearsal.report import Case, Report, Tell, gain_interval, kept_counts_of, outcomes_of

_Door = TypeVar("_Door", Place, Gate)

FIXES_MAX = 8
RECOUNTS_MAX = 3  # so many of the cheapest are counted again on all the nights, one after another, until one holds
LATER_S = 1800
AFTER_S = HOUR_S  # help stays so long after what is planned, for whoever is late
SHIFT_S, TRUCK_S = (
    8 * HOUR_S,
    24 * HOUR_S,
)  # of a courier or a cart; a truck's night is until the same hour of the next day


class What(StrEnum):
    DOCK_HOUR = "DOCK_HOUR"  # all docks of a place are open one hour longer, each time that it opens in the night
    DOCK_MORE = "DOCK_MORE"  # it serves one more at a time, in the hours in which anybody is planned there
    GATE_HOUR = "GATE_HOUR"  # a gate is open one hour longer, each time that it opens in the night
    GATE_SLOT = "GATE_SLOT"  # it lets one more into each slot, in the hours in which carts are planned there
    ONE_COURIER = "ONE_COURIER"  # for the shifts in which the team is planned to work
    TWO_COURIERS = "TWO_COURIERS"
    ONE_CART = "ONE_CART"
    SPARE_TRUCK = "SPARE_TRUCK"  # one truck with driver, for whichever truck fails first; no cart
    LATER_OPENING = "LATER_OPENING"  # shelves and sale open half an hour later than told
    LATER_PROMISE = "LATER_PROMISE"  # receivers are told half an hour later


MOVED = (What.LATER_OPENING, What.LATER_PROMISE)
"""No fix of the work: people are told a later hour, and fewer promises break for it."""


@dataclass(frozen=True, slots=True)
class Prices:
    """
    Fen: of one dock and of a gate for an hour, of a courier and of a cart for a shift of 8 hours, of a truck with driver for
    24. Nobody published them: this house's assumptions, kept with every rehearsal and changed by whoever knows better.
    """

    dock_hour_fen: int = 20_000
    gate_hour_fen: int = 10_000
    courier_fen: int = 30_000
    cart_fen: int = 25_000
    truck_fen: int = 150_000

    def of(self, what: What, hours: int) -> int:
        """So many hours of it: whole shifts of couriers and carts, whole nights of trucks."""
        unit_fen, unit_s = {
            What.DOCK_HOUR: (self.dock_hour_fen, HOUR_S),
            What.DOCK_MORE: (self.dock_hour_fen, HOUR_S),
            What.GATE_HOUR: (self.gate_hour_fen, HOUR_S),
            What.GATE_SLOT: (self.gate_hour_fen, HOUR_S),
            What.ONE_COURIER: (self.courier_fen, SHIFT_S),
            What.TWO_COURIERS: (self.courier_fen, SHIFT_S),
            What.ONE_CART: (self.cart_fen, SHIFT_S),
            What.SPARE_TRUCK: (self.truck_fen, TRUCK_S),
        }.get(what, (0, HOUR_S))
        return unit_fen * -(-hours * HOUR_S // unit_s)


@dataclass(frozen=True, slots=True)
class Fix:
    """
    where    the place, gate, team or shelf
    hours    of a dock, gate, courier, cart or truck that `price_fen` buys, those of two added
    later_s  what people wait longer than they were told
    """

    what: What
    where: str
    price_fen: int
    later_s: int = 0
    hours: int = 0


@dataclass(frozen=True, slots=True)
class FixFound:
    """
    kept_gain      promises more that are kept in a night, on average, than in the same nights as planned
    gain_low, gain_high   its 95 % interval
    gain_per_100_yuan, gain_per_hour   of that; None where it costs no money, no waiting
    """

    fix: Fix
    all_kept: float
    kept_mean: float
    kept_gain: float
    gain_low: float
    gain_high: float
    gain_per_100_yuan: float | None
    gain_per_hour: float | None

    @property
    def is_sure(self) -> bool:
        return self.gain_low > 0


@dataclass(frozen=True, slots=True)
class Fixes:
    """
    all_kept, kept_mean   as planned, in the first `runs_count` nights: the same in which each fix was tried
    tried      most gain first
    recounted  those with the least money of those that change the work and gain at least half as much as the best of them,
               cheapest first, each counted again on all `recount_runs_count` nights, until one is sure. A promise that is
               moved is never among them: it costs nothing because nothing is done for it
    cheapest   the last of them if it is sure; None: none is
    """

    runs_count: int
    all_kept: float
    kept_mean: float
    tried: tuple[FixFound, ...]
    recount_runs_count: int
    recounted: tuple[FixFound, ...]
    cheapest: FixFound | None


def cheapest_fix(
    night: Night,
    chances: Chances,
    report: Report,
    *,
    prices: Prices | None = None,
    runs_count: int,
    workers: int = 1,
    tell: Tell | None = None,
) -> Fixes:
    """Fixes for what `report` says breaks, each played in its first `runs_count` nights; the cheapest in all of them."""
    fixes = list(_fixes(night, report, prices or Prices()))[:FIXES_MAX]
    cases = {fix: apply(fix, night, chances) for fix in fixes}
    count = min(runs_count, report.runs_count)
    kept = {
        fix: kept_counts_of(night, outcomes)
        for fix, outcomes in zip(
            fixes,
            outcomes_of([*cases.values()], runs_count=count, seed=report.seed, workers=workers, tell=tell),
            strict=True,
        )
    }
    planned = report.kept_counts[:count]
    tried = [_found(fix, kept[fix], planned, len(night.promises)) for fix in fixes]
    tried.sort(key=lambda one: (-one.kept_gain, one.fix.price_fen, one.fix.later_s, one.fix.what, one.fix.where))
    changed = [one for one in tried if one.fix.what not in MOVED]
    best = changed[0].kept_gain if changed else 0.0
    good = [one for one in changed if best > 0 and one.kept_gain >= best / 2]
    recounted: list[FixFound] = []
    played = count * len(fixes)
    for one in sorted(good, key=lambda one: (one.fix.price_fen, -one.kept_gain))[:RECOUNTS_MAX]:
        [others] = outcomes_of(
            [cases[one.fix]],
            first_run=count, runs_count=report.runs_count, seed=report.seed, workers=workers, tell=_further(tell, played),
        )  # fmt: skip
        all_nights = kept[one.fix] + kept_counts_of(night, others)
        recounted.append(_found(one.fix, all_nights, report.kept_counts, len(night.promises)))
        played += report.runs_count - count
        if recounted[-1].is_sure:
            break
    return Fixes(
        count,
        _share_whole(planned, len(night.promises)),
        sum(planned) / count,
        tuple(tried),
        report.runs_count,
        tuple(recounted),
        recounted[-1] if recounted and recounted[-1].is_sure else None,
    )


def _further(tell: Tell | None, played: int) -> Tell | None:
    return None if tell is None else lambda done, total: tell(played + done, played + total)


def _share_whole(kept_counts: Sequence[int], promises_count: int) -> float:
    return sum(kept == promises_count for kept in kept_counts) / len(kept_counts)


def _found(fix: Fix, kept_counts: Sequence[int], planned: Sequence[int], promises_count: int) -> FixFound:
    """Each night held against the same night as planned."""
    gains = [kept - before for kept, before in zip(kept_counts, planned, strict=True)]
    gain = sum(gains) / len(gains)
    low, high = gain_interval(gains)
    return FixFound(
        fix,
        _share_whole(kept_counts, promises_count),
        sum(kept_counts) / len(kept_counts),
        gain,
        low,
        high,
        gain / (fix.price_fen / 10_000) if fix.price_fen else None,
        gain / (fix.later_s / HOUR_S) if fix.later_s else None,
    )


def _fixes(night: Night, report: Report, prices: Prices) -> Iterator[Fix]:
    """For each cause, the most frequent first: of all that was broken, not only of what broke first."""
    weights: dict[tuple[str, str], int] = {}
    for promise in report.promises:
        for cause, count in promise.causes:
            weights[cause] = weights.get(cause, 0) + count
    movers = {mover.id: mover for mover in night.movers}
    given: set[tuple[What, str]] = set()
    for cause, _ in sorted(weights.items(), key=lambda one: (-one[1], one[0])):
        for what, where in _cures(cause, movers, night):
            if (what, where) not in given:
                given.add((what, where))
                hours = hours_of(what, where, night)
                if hours or what in MOVED:
                    yield Fix(what, where, prices.of(what, hours), LATER_S if what in MOVED else 0, hours)


def _cures(cause: tuple[str, str], movers: dict[str, Mover], night: Night) -> Iterator[tuple[What, str]]:
    what, where = cause
    mover = movers.get(where)
    if mover is not None:
        if mover.kind == Kind.TRUCK:
            if what in ("ABSENT", "BREAKDOWN"):
                yield What.SPARE_TRUCK, ""
            yield What.LATER_PROMISE, ""
        elif mover.kind == Kind.CART:
            yield What.ONE_CART, mover.team
            yield What.LATER_PROMISE, ""
        else:
            yield What.ONE_COURIER, mover.team
            yield What.TWO_COURIERS, mover.team
            yield What.LATER_PROMISE, ""
    elif what in ("DOCK", "HOURS"):
        place = next((one for one in night.places if one.id == where), None)
        if place is not None and place.docks_count is not None:
            yield What.DOCK_MORE, where
        # Where nobody counted the docks, nobody can say what an hour of all of them costs.
        if place is not None and place.opens and place.docks_count is not None:
            yield What.DOCK_HOUR, where
    elif what == "GATE":
        gate = next(one for one in night.gates if one.id == where)
        if gate.slot_count is not None:
            yield What.GATE_SLOT, where
        if gate.opens:
            yield What.GATE_HOUR, where
        yield What.LATER_PROMISE, ""
    elif what == "SERVICE":
        teams = {movers[run.mover].team for run in night.runs if any(stop.place == where for stop in run.stops)}
        for team in sorted(teams - {""}):
            is_courier = any(one.team == team and one.kind == Kind.COURIER for one in night.movers)
            yield (What.ONE_COURIER if is_courier else What.ONE_CART), team
        yield What.LATER_PROMISE, ""
    elif what in ("GOODS", "PLAN"):
        yield What.LATER_PROMISE, ""
    if what in ("SHELF", "RUSH") or (night.shelves and what in ("WALK", "SERVICE", "OUT", "ABSENT")):
        yield What.LATER_OPENING, ""


def hours_of(what: What, where: str, night: Night) -> int:
    """How many hours of a dock, gate, courier, cart or truck this fix adds to the night; 0: none can be added."""
    if what in (What.DOCK_HOUR, What.GATE_HOUR):
        opens, count = next(
            ((one.opens, one.docks_count or 0) for one in night.places if one.id == where),
            None,
        ) or next((one.opens, 1) for one in night.gates if one.id == where)
        return -(-count * (_lasting_s(_longer(opens, night)) - _lasting_s(opens)) // HOUR_S)
    count = 2 if what == What.TWO_COURIERS else 1
    return count * _lasting_s(_there(what, where, night)) // HOUR_S


def _there(what: What, where: str, night: Night) -> tuple[Span, ...]:
    """When what this fix adds is there: whole hours, shifts or nights in which the plan needs such a one."""
    if what == What.DOCK_MORE:
        stops = [stop for run in night.runs for stop in run.stops if stop.place == where and stop.service_s]
        return _bought(((stop.planned_s - stop.service_s, stop.planned_s) for stop in stops), HOUR_S)
    kinds = {one.id: (one.kind, one.team) for one in night.movers}
    if what == What.GATE_SLOT:
        slot_s = next(one.slot_s for one in night.gates if one.id == where)
        slots_s = [
            stop.appointed_s // slot_s * slot_s
            for run in night.runs
            if kinds[run.mover][0] == Kind.CART
            for stop in run.stops
            if stop.gate == where
        ]
        return _bought(((from_s, from_s + slot_s) for from_s in slots_s), HOUR_S)
    runs = [(run.begins_s, run.planned_s, *kinds[run.mover]) for run in night.runs]
    if what == What.SPARE_TRUCK:
        return _bought(((begins_s, ends_s) for begins_s, ends_s, kind, _ in runs if kind == Kind.TRUCK), TRUCK_S)
    if what in (What.ONE_COURIER, What.TWO_COURIERS, What.ONE_CART):
        return _bought(((begins_s, ends_s) for begins_s, ends_s, _, team in runs if team == where), SHIFT_S)
    return ()


def _bought(needed: Iterable[Span], unit_s: int) -> tuple[Span, ...]:
    """Whole units that cover what is needed, and a while after it; those that meet are one."""
    found: list[Span] = []
    for begins_s, ends_s in sorted(needed):
        if not found or begins_s > found[-1][1]:
            found.append((begins_s, begins_s))
        from_s, until_s = found[-1]
        units = -(-max(0, ends_s + AFTER_S - until_s) // unit_s)
        found[-1] = from_s, until_s + units * unit_s
    return tuple(found)


def _lasting_s(spans: Iterable[Span]) -> int:
    return sum(ends_s - begins_s for begins_s, ends_s in spans)


def _opened(one: _Door, fix: Fix, night: Night, there: tuple[Span, ...]) -> _Door:
    """The dock or gate that is meant, open longer or with one more for these hours; another one as it is."""
    if one.id != fix.where:
        return one
    if fix.what in (What.DOCK_HOUR, What.GATE_HOUR):
        return replace(one, opens=_longer(one.opens, night))
    return replace(one, more=there)


def apply(fix: Fix, night: Night, chances: Chances) -> Case:
    """The night, and what may happen in it, with this one thing changed: added for the hours that are paid."""
    there = _there(fix.what, fix.where, night)
    if fix.what in (What.DOCK_HOUR, What.DOCK_MORE):
        return replace(night, places=tuple(_opened(one, fix, night, there) for one in night.places)), chances
    if fix.what in (What.GATE_HOUR, What.GATE_SLOT):
        return replace(night, gates=tuple(_opened(one, fix, night, there) for one in night.gates)), chances
    if fix.what in (What.ONE_COURIER, What.TWO_COURIERS, What.ONE_CART):
        return with_more(night, fix.where, 2 if fix.what == What.TWO_COURIERS else 1, there), chances
    if fix.what == What.SPARE_TRUCK:
        return replace(night, spare=there), chances
    opened = fix.what == What.LATER_OPENING
    moved = {shelf.promise for shelf in night.shelves} | {one.promise for one in night.openings}
    promises = tuple(
        replace(one, due_s=one.due_s + fix.later_s) if (one.id in moved) == opened else one for one in night.promises
    )
    shelves = tuple(_opened_later(shelf, fix.later_s) if opened else shelf for shelf in night.shelves)
    openings = tuple(replace(one, at_s=one.at_s + fix.later_s) if opened else one for one in night.openings)
    return replace(night, promises=promises, shelves=shelves, openings=openings), chances


def with_more(night: Night, team: str, count: int, shifts: tuple[Span, ...]) -> Night:
    """`count` more of a team, with nothing of their own to do: they take over what is late, in these shifts."""
    like = [one for one in night.movers if one.team == team]
    if not like:
        return night
    more = tuple(
        Mover(f"{team} +{number}", f"+{number}", like[0].kind, team, shifts=shifts) for number in range(1, count + 1)
    )
    return replace(night, movers=(*night.movers, *more))


def _longer(opens: Sequence[Span], night: Night) -> tuple[Span, ...]:
    """Each that touches the night as planned an hour longer; those that meet are one."""
    joined: list[Span] = []
    for begins_s, ends_s in opens:
        until_s = ends_s + HOUR_S * (begins_s <= night.planned_s and ends_s >= night.begins_s)
        if joined and begins_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], until_s)
        else:
            joined.append((begins_s, until_s))
    return tuple(joined)


def _opened_later(shelf: Shelf, later_s: int) -> Shelf:
    return replace(shelf, calls=tuple(replace(call, at_s=call.at_s + later_s) for call in shelf.calls))
