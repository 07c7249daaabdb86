"""
What each class takes at a level: a rising, piecewise linear curve, bent where a member leaves its floor or reaches its ceiling.

A class whose members all weigh the same, without floors and caps, has two knots. One with a weight, a floor or a cap for
everybody has two for each member; sorted once and added up from below, so that a level is read in the time of a bisection
however many members there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.fairshare.flow import Floats, Ints


@dataclass(frozen=True, slots=True)
class Curves:
    """
    start   shape (classes + 1,); the knots of class c are start[c] .. start[c + 1] - 1, two or more levels apart or one
    level   shape (knots,), rising within a class
    pieces  shape (knots,), taken at the knot; the first is the sum of floors, the last the sum of ceilings
    rise    shape (knots,), pieces per level from this knot to the next; 0 at the last
    """

    start: Ints
    level: Floats
    pieces: Floats
    rise: Floats


@compiled
def draw_curves(
    pair_class: Ints, need: Ints, weight: Floats, earlier: Floats, floor: Ints, ceiling: Ints, class_count: int
) -> tuple[Ints, Floats, Floats, Floats]:
    """The fields of Curves. Knots at the same level are one."""
    members = np.zeros(class_count + 1, np.int64)
    for group in pair_class:
        members[group + 1] += 1
    first = np.cumsum(members)
    place = first[:-1].copy()
    order = np.empty(len(need), np.int64)
    for pair in range(len(need)):
        order[place[pair_class[pair]]] = pair
        place[pair_class[pair]] += 1
    start = np.zeros(class_count + 1, np.int64)
    levels, pieces, rises = np.empty(2 * len(need)), np.empty(2 * len(need)), np.empty(2 * len(need))
    knot = 0
    for group in range(class_count):
        own = order[first[group] : first[group + 1]]
        bend, turn = np.empty(2 * len(own)), np.empty(2 * len(own))
        lowest, everything, is_plain = 0.0, 0.0, True
        for number in range(len(own)):
            pair = own[number]
            low = (earlier[pair] + floor[pair] / need[pair]) / weight[pair]
            high = (earlier[pair] + ceiling[pair] / need[pair]) / weight[pair]
            bend[2 * number], bend[2 * number + 1] = low, high
            turn[2 * number], turn[2 * number + 1] = need[pair] * weight[pair], -need[pair] * weight[pair]
            lowest += floor[pair]
            everything += ceiling[pair]
            is_plain = is_plain and low == bend[0] and high == bend[1]
        if is_plain and len(own) > 0 and bend[0] < bend[1]:  # nothing to sort
            levels[knot], levels[knot + 1] = bend[0], bend[1]
            pieces[knot], pieces[knot + 1] = lowest, everything
            rises[knot], rises[knot + 1] = (everything - lowest) / (bend[1] - bend[0]), 0.0
            knot += 2
            start[group + 1] = knot
            continue
        rise, open_count, first_knot = 0.0, 0, knot
        for number in np.argsort(bend, kind="mergesort"):
            rise += turn[number]
            open_count += 1 if number % 2 == 0 else -1
            if knot == first_knot:
                levels[knot], pieces[knot] = bend[number], lowest
                knot += 1
            elif bend[number] > levels[knot - 1]:
                levels[knot] = bend[number]
                further = pieces[knot - 1] + rises[knot - 1] * (bend[number] - levels[knot - 1])
                pieces[knot] = min(further, everything)
                knot += 1
            rises[knot - 1] = rise if open_count > 0 else 0.0
        if knot > first_knot:
            pieces[knot - 1] = everything
        start[group + 1] = knot
    return start, levels[:knot].copy(), pieces[:knot].copy(), rises[:knot].copy()


@compiled
def knot_at(start: Ints, levels: Floats, group: int, level: float) -> int:
    """The last knot of the class at or below the level; start[group] - 1 below the first."""
    low, high = start[group], start[group + 1]
    while low < high:
        middle = (low + high) // 2
        if levels[middle] <= level:
            low = middle + 1
        else:
            high = middle
    knot: int = low - 1
    return knot


@compiled
def taking(start: Ints, levels: Floats, pieces: Floats, rises: Floats, group: int, level: float) -> float:
    """Pieces the class takes at the level."""
    knot = knot_at(start, levels, group, level)
    if knot < start[group]:
        knot = start[group]
        taken: float = pieces[knot] if knot < start[group + 1] else 0.0
    else:
        taken = pieces[knot] + rises[knot] * (level - levels[knot])
    return taken


@compiled
def common_level(start: Ints, levels: Floats, pieces: Floats, rises: Floats, classes: Ints, stock: float) -> float:
    """
    The level at which `classes` together take exactly `stock`, or the highest knot where stock is left over.

    Newton's method kept inside a bracket: exact as soon as it lands on the right linear piece.
    """
    bottom, top, lowest, everything = np.inf, 0.0, 0.0, 0.0
    for group in classes:
        if start[group] < start[group + 1]:
            bottom, top = min(bottom, levels[start[group]]), max(top, levels[start[group + 1] - 1])
            lowest += pieces[start[group]]
            everything += pieces[start[group + 1] - 1]
    if everything <= stock:
        return top
    if lowest >= stock or bottom >= top:
        return min(bottom, top)
    level = bottom + (top - bottom) * ((stock - lowest) / (everything - lowest))
    for step in range(400):
        if not bottom < level < top:
            level = bottom + (top - bottom) / 2
        taken, rise = 0.0, 0.0
        for group in classes:
            knot = knot_at(start, levels, group, level)
            if knot >= start[group]:
                taken += pieces[knot] + rises[knot] * (level - levels[knot])
                rise += rises[knot]
            elif start[group] < start[group + 1]:
                taken += pieces[start[group]]
        if taken < stock:
            bottom = level
        elif taken > stock:
            top = level
        else:
            return level
        halfway = bottom + (top - bottom) / 2
        following = level + (stock - taken) / rise if rise > 0 else halfway
        if abs(following - level) <= 2e-16 * abs(level) or halfway in (bottom, top):
            return level
        level = halfway if step % 4 == 3 else following
    return level
