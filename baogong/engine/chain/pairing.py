"""Which quantity belongs to which item of a household: A2 B1, 2A 1B, A B各1, 3份 in a chain with one nameless item."""

from __future__ import annotations

from collections.abc import Sequence

from baogong.engine.chain.draft import Draft, Element
from baogong.engine.chain.tokens import Token

COUNT, BEFORE, TOTAL, EACH, ITEM = Token.COUNT, Token.BEFORE, Token.TOTAL, Token.EACH, Token.ITEM
STRONG = {COUNT, TOTAL, EACH, BEFORE}
JOINED = {"add", "take", "plus", "and"}
"""How a count is written that is added to the one before it."""


def paired(elements: Sequence[Element], draft: Draft) -> list[tuple[str | None, int]]:
    """Each item with its quantity: A2 B1, 2A 1B, A B各1, 3份 in a chain with one nameless item."""
    if not elements:
        return []
    kinds = [element[0] for element in elements]
    totals: list[int] = []
    if TOTAL in kinds:
        totals, elements = _without_totals(elements)
        kinds = [element[0] for element in elements]
    items = _named(elements, draft) if ITEM in kinds else _nameless(elements, draft)
    if any(sum(quantity for _, quantity in items) != total for total in totals):
        draft.doubt("total-differs", "items", 0.4)
    if kinds.count(ITEM) > 1 and _names_again(elements):
        draft.doubt("pairing", "items", 0.7)
    if len(items) == 1:
        return items if items[0][1] else []
    merged: dict[str | None, int] = {}
    for item, quantity in items:
        merged[item] = merged.get(item, 0) + quantity
    return [(item, quantity) for item, quantity in merged.items() if quantity]


def _named(rest: Sequence[Element], draft: Draft) -> list[tuple[str | None, int]]:
    found: list[tuple[str | None, int]] = []
    if rest[0][0] in (COUNT, BEFORE):
        return _count_first(rest, draft)
    pending: list[str] = []
    for kind, items, value, sign in rest:
        if kind is ITEM:
            if pending[-1:] != list(items) or sign == "and":  # A 红烧鲈鱼 is one
                pending += items
        elif kind is EACH:
            if not pending:
                draft.doubt("pairing", "items", 0.5)
            found += [(item, value or 1) for item in pending]
            pending = []
        elif kind is BEFORE:
            draft.doubt("pairing", "items", 0.6)
            found += [(item, 1) for item in pending]
            pending = []
        elif pending:
            found += [(item, 1) for item in pending[:-1]]
            if len(pending) > 1:
                draft.doubt("pairing", "items", 0.7)
            found.append((pending[-1], value))
            pending = []
        elif found and sign in JOINED:
            item, quantity = found[-1]
            found[-1] = (item, quantity + value)
        else:
            _doubt_beside(draft, sign)
    return found + [(item, 1) for item in pending]


def _count_first(rest: Sequence[Element], draft: Draft) -> list[tuple[str | None, int]]:
    """2份A 1份B; with one count more than items, and equal to their sum, the first is the total."""
    found: list[tuple[str | None, int]] = []
    waiting: int | None = None
    counts = [value for kind, _, value, _ in rest if kind is not ITEM]
    if len(counts) > 1 and rest[-1][0] is not ITEM and rest[1][0] is ITEM:
        if counts[0] == sum(counts[1:]):
            if [sign for kind, _, _, sign in rest if kind is not ITEM][1:] == ["times"]:
                draft.doubt("pairing", "items", 0.4)  # 2份A×2
            return _named(rest[1:], draft)
        draft.doubt("pairing", "items", 0.5)
    for kind, items, value, sign in rest:
        if kind is ITEM:
            if counts[0] > 1 and (waiting is None or len(items) > 1):  # 2份AB, 2份A B
                draft.doubt("pairing", "items", 0.6)
            found += [(item, 1 if index or waiting is None else waiting) for index, item in enumerate(items)]
            waiting = None
        elif waiting is None:
            waiting = value
        elif sign in JOINED:
            waiting += value
        else:
            _doubt_beside(draft, sign)
    if waiting is not None:
        found.append((None, waiting))
        draft.doubt("which-item", "items", 0.4)
    return found


def _nameless(rest: Sequence[Element], draft: Draft) -> list[tuple[str | None, int]]:
    total = rest[0][2] or 1
    for _, _, value, sign in rest[1:]:
        if sign in JOINED:
            total += value
        else:
            _doubt_beside(draft, sign)
    return [(None, total)]


def _without_totals(elements: Sequence[Element]) -> tuple[list[int], Sequence[Element]]:
    """共3份 beside other counts is what they come to; alone it counts itself."""
    rest = [element for element in elements if element[0] is not TOTAL]
    if any(kind in STRONG for kind, *_ in rest):
        return [value for kind, _, value, _ in elements if kind is TOTAL], rest
    return [], [
        (COUNT, items, value, sign) if kind is TOTAL else (kind, items, value, sign)
        for kind, items, value, sign in elements
    ]


def _names_again(elements: Sequence[Element]) -> bool:
    """Whether an item stands twice and no word adds the second: A2份A2份, not A2份+A1份."""
    seen: set[str] = set()
    for at, (kind, items, _, sign) in enumerate(elements):
        if kind is ITEM:
            following = elements[at + 1][3] if at + 1 < len(elements) else ""
            if seen.intersection(items) and sign != "and" and following not in JOINED:
                return True
            seen.update(items)
    return False


def _doubt_beside(draft: Draft, sign: str) -> None:
    """2份×3, 2份2份, 一份 -1: the first stands, for nothing says that the other is added; somebody looks."""
    draft.doubt("dash" if sign == "less" else "pairing", "items", 0.4)


def lacks_counts(elements: Sequence[Element]) -> bool:
    """Whether some of the items have a number and others none."""
    kinds = [kind for kind, *_ in elements]
    counts = sum(kind in STRONG for kind in kinds)
    return EACH not in kinds and counts < sum(len(items) for kind, items, *_ in elements if kind is ITEM)
