"""What lines of one chain do to each other: 取消, 改成, +1, -1, and which of one household's items they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from baogong.engine.chain.line import Draft
from baogong.engine.chain.places import NOWHERE

LOOK_BACK_MAX = 30
"""So many living lines of one name or door are looked at: nobody has more, and time stays linear."""


class _Living:
    """Lines that still count, by name and by door."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Draft]] = defaultdict(list)
        self._by_door: dict[tuple[str, str, str], list[Draft]] = defaultdict(list)

    def add(self, draft: Draft) -> None:
        if draft.name:
            self._by_name[draft.name.casefold()].append(draft)
        if draft.place is not NOWHERE:
            self._by_door[draft.place.key].append(draft)

    def of(self, draft: Draft) -> list[Draft]:
        """
        Earlier living lines of the same household, in order: of the name, where the doors do not differ; of the door,
        where one of the two gives no name.
        """
        if draft.name:
            named = self._trimmed(self._by_name[draft.name.casefold()])
            found = [other for other in named if draft.place.joined(other.place) is not None]
            if found or draft.place is NOWHERE:
                return found
            return [other for other in self._trimmed(self._by_door[draft.place.key]) if not other.name]
        if draft.place is NOWHERE:
            return []
        return list(self._trimmed(self._by_door[draft.place.key]))

    def _trimmed(self, lines: list[Draft]) -> list[Draft]:
        while lines and lines[-1].withdrawn:
            lines.pop()
        return [draft for draft in lines[-LOOK_BACK_MAX:] if not draft.withdrawn]


def settle(drafts: Iterable[Draft], *, has_menu: bool) -> None:
    """In the order of the chain. Every draft has items afterwards."""
    living = _Living()
    for draft in drafts:
        if draft.is_written:
            if not draft.withdrawn:
                living.add(draft)
            continue
        if draft.cancels:
            _cancel(draft, living)
        elif draft.changes:
            _change(draft, living)
        elif draft.is_added or draft.is_dashed:
            _add(draft, living)
        elif draft.is_total:
            _take_as_total(draft, living)
        if not draft.items:
            draft.items = [(None, 1)]
            if not draft.withdrawn:
                draft.doubt("", "items", 0.8)
        if has_menu and not draft.withdrawn and any(item is None for item, _ in draft.items):
            draft.doubt("which-item", "items", 0.5)
        if not draft.withdrawn:
            living.add(draft)


def _items_of(drafts: Iterable[Draft]) -> set[str | None]:
    return {item for draft in drafts for item, _ in draft.items}


def _named(draft: Draft) -> set[str | None]:
    return {item for item, _ in draft.items if item is not None}


def _cancel(draft: Draft, living: _Living) -> None:
    """All of the household's lines, or those with the items that are named."""
    draft.withdrawn = True
    earlier = living.of(draft)
    if named := _named(draft):
        earlier = [other for other in earlier if named & _items_of([other])]
    if not earlier:
        if draft.no is None and not draft.items:
            draft.doubt("nothing-to-withdraw", "items", 0.3)
        return
    if len(earlier) > 1:
        draft.doubt("several-withdrawn", "withdrawn", 0.6)
    for other in earlier:
        other.withdrawn = True
    if not draft.items:
        merged: dict[str | None, int] = {}
        for other in earlier:
            for item, quantity in other.items:
                merged[item] = merged.get(item, 0) + quantity
        draft.items = [(item, quantity) for item, quantity in merged.items() if quantity]


def _change(draft: Draft, living: _Living) -> None:
    """The household's lines of the same items, or all where none is named, give way."""
    earlier = living.of(draft)
    _inherit(draft, earlier)
    same = [other for other in earlier if _items_of([other]) & _items_of([draft])]
    for other in same or earlier:
        other.withdrawn = True
        if _items_of([other]) - _items_of([draft]) and same:
            draft.doubt("which-item", "items", 0.5)


def _add(draft: Draft, living: _Living) -> None:
    earlier = living.of(draft)
    if draft.is_dashed:
        draft.doubt("dash", "items", 0.7)
        if earlier:
            draft.items = [(item, -abs(quantity)) for item, quantity in draft.items]
    _inherit(draft, earlier)
    if not earlier and any(quantity < 0 for _, quantity in draft.items):
        draft.doubt("nothing-to-withdraw", "items", 0.5)


def _take_as_total(draft: Draft, living: _Living) -> None:
    """共3份 after earlier lines of the household: what they come to, not three more."""
    earlier = [other for other in living.of(draft) if _items_of([other]) & _items_of([draft]) or not _named(draft)]
    if earlier:
        _inherit(draft, earlier)
        draft.doubt("total-replaces", "items", 0.6)
        for other in earlier:
            other.withdrawn = True


def _inherit(draft: Draft, earlier: list[Draft]) -> None:
    """A quantity without an item is of the household's only item."""
    if not any(item is None for item, _ in draft.items):
        return
    items = _items_of(earlier)
    if len(items) == 1 and (item := next(iter(items))) is not None:
        draft.items = [(item if each is None else each, quantity) for each, quantity in draft.items]
    elif len(items) > 1:
        draft.doubt("which-item", "items", 0.4)
