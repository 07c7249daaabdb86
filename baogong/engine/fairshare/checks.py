"""Whether a snapshot makes sense: every fault with its place, what stands there and what may stand there."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from baogong.engine.fairshare.problem import Capacity, Problem, UnusableProblem
from baogong.engine.faults import Fault

AMOUNT_MAX = 10**12
"""Pieces; sums of thousands of such amounts stay exact in the whole numbers and floats used inside."""


def check_problem(problem: Problem) -> None:
    """Raise UnusableProblem with every fault of the snapshot."""
    faults: list[Fault] = []
    names = [requester.id for requester in problem.requesters]
    faults += _repeats("requesters", names)
    faults += _repeats("lots", [lot.id for lot in problem.lots])
    faults += _repeats("needs", [f"{need.requester}/{need.item}" for need in problem.needs])
    known = set(names)
    for requester in problem.requesters:
        place = f"requesters[{requester.id}]"
        if not (isfinite(requester.weight) and 1e-6 <= requester.weight <= 1e6):
            faults.append(
                Fault(
                    f"{place}.weight",
                    requester.weight,
                    "above 0, from 0.000001 to 1,000,000",
                    "Use 1 for an ordinary weight.",
                )
            )
        if not 0 <= requester.earlier_met <= 1:
            faults.append(
                Fault(f"{place}.earlier_met", requester.earlier_met, "a share from 0 to 1", "Give 35 % as 0.35.")
            )
        for what, bounds in (("floor", requester.floor), ("cap", requester.cap)):
            faults += [_amount(f"{place}.{what}[{item}]", amount) for item, amount in bounds.items() if _is_odd(amount)]
    for lot in problem.lots:
        if _is_odd(lot.amount):
            faults.append(_amount(f"lots[{lot.id}].amount", lot.amount))
        if not 1 <= lot.carton <= AMOUNT_MAX:
            faults.append(
                Fault(f"lots[{lot.id}].carton", lot.carton, "1 or more pieces", "Use 1 for goods by the piece.")
            )
        faults += _unknown(f"lots[{lot.id}].earmark", sorted(lot.earmark), known)
    for number, need in enumerate(problem.needs):
        if _is_odd(need.amount):
            faults.append(_amount(f"needs[{number}].amount", need.amount))
        faults += _unknown(f"needs[{number}].requester", [need.requester], known)
    faults += _unknown("reach", sorted({requester for _, requester in problem.reach or ()}), known)
    faults += _unknown("arrivals", sorted({requester for _, requester in problem.arrivals}), known)
    faults += _unknown("cost", sorted({requester for _, requester in problem.cost or ()}), known)
    for (site, who), fen in (problem.cost or {}).items():
        if not (isfinite(fen) and 0 <= fen <= AMOUNT_MAX):
            faults.append(Fault(f"cost[{site}, {who}]", fen, "fen per piece, 0 or more", "Correct the cost."))
    if problem.capacity is not None:
        faults += _faults_of_capacity(problem, problem.capacity, known)
    if faults:
        raise UnusableProblem(faults)


def _faults_of_capacity(problem: Problem, capacity: Capacity, known: set[str]) -> list[Fault]:
    """A limit that names nothing known would limit nothing, and goods of unknown weight would ride for nothing."""
    faults: list[Fault] = []
    sites = sorted({lot.site for lot in problem.lots})
    for number, limit in enumerate(capacity.limits):
        place = f"capacity.limits[{number}]"
        figures = {"weight_g": limit.weight_g, "volume_cm3": limit.volume_cm3}
        if limit.weight_g is None and limit.volume_cm3 is None:
            faults.append(Fault(place, "nothing", "weight_g or volume_cm3", "Say what these trucks carry."))
        for key, figure in figures.items():
            if figure is not None and not (isfinite(figure) and 0 <= figure <= 1e15):
                faults.append(Fault(f"{place}.{key}", figure, "0 or more", "Correct the figure."))
        if limit.site is not None and limit.site not in sites:
            faults.append(
                Fault(f"{place}.site", limit.site, "the site of one of the lots", f"One of {', '.join(sites)}.")
            )
        faults += _unknown(f"{place}.requesters", sorted(limit.requesters), known)
    shared = {lot.item for lot in problem.lots if lot.amount} & {need.item for need in problem.needs if need.amount}
    for key in ("weight_g", "volume_cm3"):
        if all(getattr(limit, key) is None for limit in capacity.limits):
            continue
        for item in sorted(shared):
            size = getattr(capacity.sizes.get(item), key, None)
            if size is None or not (isfinite(size) and 0 < size <= 1e12):
                faults.append(
                    Fault(
                        f"capacity.items[{item}].{key}",
                        "nothing" if size is None else size,
                        "above 0, of one piece",
                        "Give it for every item that is asked for and in stock.",
                    )
                )
    return faults


def _is_odd(amount: int) -> bool:
    return not 0 <= amount <= AMOUNT_MAX


def _amount(where: str, found: int) -> Fault:
    return Fault(where, found, f"whole pieces from 0 to {AMOUNT_MAX:,}", "Correct the amount.")


def _repeats(where: str, names: list[str]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for name in names:
        if name in seen:
            faults.append(
                Fault(f"{where}[{name}]", name, "each one once", "Put them together into one, or rename one.")
            )
        seen.add(name)
    return faults


def _unknown(where: str, names: Iterable[str], known: set[str]) -> list[Fault]:
    return [
        Fault(
            where,
            name,
            "the id of one of the requesters",
            "Add the requester (it need not ask for anything) or correct the id.",
        )
        for name in names
        if name not in known
    ]
