"""
From a recipe and piles of goods to packs: as many as there can be, and from which pile each is filled.

    maximise    n; then, n kept, minimise the sum over l, i of rank[l, i] x[l, i]
    subject to  sum over i of x[l, i] = n            every line l of the recipe is filled in every pack
                sum over l of a[l, i] x[l, i] <= s[i]  no item i is used beyond what lies there
                x[l, i] whole, >= 0, n <= wanted

    x[l, i]  packs whose line l is filled with item i, its own or a substitute
    rank     0 for what the recipe itself names, 1 for the first substitute, and so on
    a[l, i]  base units of item i that fill line l of one pack
    s[i]     base units of item i in all piles together

A few lines and a few choices each: HiGHS solves it at once. Then the packs are laid out one after the other along the
piles, in the order the piles are given in. A run of packs filled from the same piles in the same amounts is a layer;
each layer becomes a lot of its own, so that its origins are exact whole numbers. Where a pile ends in the middle of a
pack, that one pack is filled from both piles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

PACKS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to fill a line: `amount` base units of the item in each pack, above 0."""

    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """What one pack holds of one kind: its own item first, then the substitutes in the order they are preferred."""

    no: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Pile:
    """Goods of one item in one place that may go into these packs: `amount` base units, 0 or more."""

    key: str
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class Filling:
    """Each pack of the layer takes `amount_each` base units of the pile for line `no`."""

    no: int
    pile: str
    item: str
    amount_each: int


@dataclass(frozen=True, slots=True)
class Layer:
    """`packs` packs, one after the other, filled alike."""

    packs: int
    fillings: tuple[Filling, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What line `no` lacks for the packs that cannot be made, in base units of its own item."""

    no: int
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class PackPlan:
    """
    layers   together `packs` packs
    missing  what would have to be there besides for all that was wanted; empty where nothing is short
    """

    wanted: int
    packs: int
    layers: tuple[Layer, ...]
    missing: tuple[Missing, ...]


def plan_packs(recipe: Sequence[RecipeLine], piles: Sequence[Pile], wanted: int) -> PackPlan:
    """
    Plan as many of the wanted packs as can be made.

    recipe   at least one line; a line names an item once
    piles    in the order they are to be used up
    wanted   1 to 1,000,000
    The same arguments give the same plan. Raises ValueError for arguments that make no sense.
    """
    if (
        not recipe
        or not 0 < wanted <= PACKS_MAX
        or any(choice.amount < 1 for line in recipe for choice in line.choices)
    ):
        raise ValueError("a recipe has lines with amounts above 0, and some packs are wanted")
    stock: dict[str, int] = defaultdict(int)
    for pile in piles:
        stock[pile.item] += max(pile.amount, 0)
    packs, shares = _most_packs(recipe, stock, wanted)
    layers = _layers(recipe, piles, shares, packs) if packs else ()
    return PackPlan(wanted, packs, layers, _missing(recipe, stock, wanted) if packs < wanted else ())


def _most_packs(
    recipe: Sequence[RecipeLine], stock: dict[str, int], wanted: int
) -> tuple[int, dict[tuple[int, int], int]]:
    """(n, x by (line index, choice index))."""
    own = {(row, 0): wanted for row in range(len(recipe))}
    if _fits(recipe, own, stock, wanted):
        return wanted, own  # the usual case: nothing is short, nothing to solve
    from scipy.optimize import Bounds, LinearConstraint, milp  # half a second, of every start

    pairs = [(row, column) for row, line in enumerate(recipe) for column in range(len(line.choices))]
    items = sorted({line.choices[column].item for line in recipe for column in range(len(line.choices))})
    places = {pair: place for place, pair in enumerate(pairs)}
    count = len(pairs) + 1  # the last one is n
    filled = np.zeros((len(recipe), count))
    used = np.zeros((len(items), count))
    for (row, column), place in places.items():
        choice = recipe[row].choices[column]
        filled[row, place] = 1
        used[items.index(choice.item), place] = choice.amount
    filled[:, -1] = -1
    # Dividing by the largest amount keeps the solver's numbers small: grams of tonnes would exceed its tolerance.
    scale = used.max(axis=1)
    most = np.array([stock.get(item, 0) for item in items]) / scale
    rules = [
        LinearConstraint(filled, 0, 0),
        LinearConstraint(used / scale[:, None], -np.inf, most + 1e-9),
    ]
    upper = np.full(count, float(wanted))
    lower = np.zeros(count)
    first = milp(c=np.eye(count)[-1] * -1, integrality=np.ones(count), bounds=Bounds(lower, upper), constraints=rules)
    lower[-1] = upper[-1] = round(first.x[-1])
    price = np.array([float(column) for _, column in pairs] + [0.0])  # a farther substitute costs more than a nearer
    found = milp(c=price, integrality=np.ones(count), bounds=Bounds(lower, upper), constraints=rules)
    x = [round(value) for value in found.x]
    shares = {pair: x[place] for pair, place in places.items() if x[place]}
    packs = x[-1]
    # The solver works in floating point; what it says is held against whole numbers, and lowered where they say less.
    while packs and not _fits(recipe, shares, stock, packs):
        packs -= 1
        shares = _lowered(recipe, shares, packs)
    return packs, shares


def _fits(recipe: Sequence[RecipeLine], shares: dict[tuple[int, int], int], stock: dict[str, int], packs: int) -> bool:
    used: dict[str, int] = defaultdict(int)
    filled: dict[int, int] = defaultdict(int)
    for (row, column), amount in shares.items():
        choice = recipe[row].choices[column]
        used[choice.item] += choice.amount * amount
        filled[row] += amount
    return all(filled[row] == packs for row in range(len(recipe))) and all(
        amount <= stock.get(item, 0) for item, amount in used.items()
    )


def _lowered(
    recipe: Sequence[RecipeLine], shares: dict[tuple[int, int], int], packs: int
) -> dict[tuple[int, int], int]:
    """The shares for fewer packs: the farthest substitutes go first."""
    kept: dict[tuple[int, int], int] = {}
    for row, line in enumerate(recipe):
        left = packs
        for column in range(len(line.choices)):
            part = min(left, shares.get((row, column), 0))
            if part:
                kept[row, column] = part
            left -= part
    return kept


@dataclass(slots=True)
class _Rest:
    """What is left of a pile."""

    key: str
    amount: int


@dataclass(frozen=True, slots=True)
class _Span:
    """Packs `start` to `end` of one line are filled alike."""

    start: int
    end: int
    fillings: tuple[Filling, ...]


def _layers(
    recipe: Sequence[RecipeLine], piles: Sequence[Pile], shares: dict[tuple[int, int], int], packs: int
) -> tuple[Layer, ...]:
    left = {
        item: [_Rest(pile.key, pile.amount) for pile in piles if pile.item == item and pile.amount > 0]
        for item in _items(recipe)
    }
    lines: list[list[_Span]] = []
    for row, line in enumerate(recipe):
        spans: list[_Span] = []
        at = 0
        for column, choice in enumerate(line.choices):
            amount = shares.get((row, column), 0)
            spans += _along(line.no, choice, left[choice.item], at, amount)
            at += amount
        lines.append(spans)
    cuts = sorted({0, packs} | {edge for spans in lines for span in spans for edge in (span.start, span.end)})
    layers: list[Layer] = []
    for start, end in pairwise(cuts):
        fillings = tuple(
            filling
            for spans in lines
            for span in spans
            if span.start <= start and end <= span.end
            for filling in span.fillings
        )
        if layers and layers[-1].fillings == fillings:
            layers[-1] = Layer(layers[-1].packs + end - start, fillings)
        else:
            layers.append(Layer(end - start, fillings))
    return tuple(layers)


def _items(recipe: Sequence[RecipeLine]) -> list[str]:
    return sorted({choice.item for line in recipe for choice in line.choices})


def _along(no: int, choice: Choice, piles: list[_Rest], at: int, packs: int) -> list[_Span]:
    """Fill `packs` packs from the piles in their order; what is used up is taken out of `piles`."""
    spans: list[_Span] = []
    end = at + packs
    while at < end:
        whole = min(piles[0].amount // choice.amount, end - at)
        if whole:
            spans.append(_Span(at, at + whole, (Filling(no, piles[0].key, choice.item, choice.amount),)))
            _take(piles, whole * choice.amount)
            at += whole
            continue
        fillings, open_amount = [], choice.amount
        while open_amount:  # one pack from the ends of several piles
            part = min(piles[0].amount, open_amount)
            fillings.append(Filling(no, piles[0].key, choice.item, part))
            _take(piles, part)
            open_amount -= part
        spans.append(_Span(at, at + 1, tuple(fillings)))
        at += 1
    return spans


def _take(piles: list[_Rest], amount: int) -> None:
    piles[0].amount -= amount
    if piles[0].amount == 0:
        piles.pop(0)


def _missing(recipe: Sequence[RecipeLine], stock: dict[str, int], wanted: int) -> tuple[Missing, ...]:
    """
    What each line lacks for all that was wanted: its own item, and where that is not enough its substitutes, each taken
    by the lines in their order.
    """
    left = dict(stock)
    short: list[Missing] = []
    open_packs = {line.no: wanted for line in recipe}
    for depth in range(max(len(line.choices) for line in recipe)):
        for line in recipe:
            if depth < len(line.choices):
                choice = line.choices[depth]
                part = min(open_packs[line.no], left.get(choice.item, 0) // choice.amount)
                left[choice.item] = left.get(choice.item, 0) - part * choice.amount
                open_packs[line.no] -= part
    for line in recipe:
        own = line.choices[0]
        if open_packs[line.no]:
            short.append(Missing(line.no, own.item, open_packs[line.no] * own.amount - left.get(own.item, 0)))
            left[own.item] = 0
    return tuple(short)
