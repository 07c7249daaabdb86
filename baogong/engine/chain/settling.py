"""What lines of one chain do to each other: 取消, 改成, +1, -1, and which of one household's items they mean."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from baogong.engine.chain.draft import Draft
from baogong.engine.chain.places import NOWHERE
from baogong.engine.chain.reading import ASKED
from baogong.engine.chain.words import A_NOTE

LOOK_BACK_MAX = 30
"""So many living lines of one name or door are looked at: nobody has more, and time stays linear."""


@dataclass(slots=True)
class Total:
    """
    A line that adds up what stands above it, as characters [start, end).

    at              so many drafts stand above it
    items           (item or None, quantity)
    is_right_below  the entry above may be what it adds up
    agrees          whether it does, once the chain is settled
    """

    start: int
    end: int
    at: int
    items: list[tuple[str | None, int]]
    is_right_below: bool
    agrees: bool = False


class _Living:
    """Lines that still count, by name and by door, and what they come to."""

    def __init__(self, *, is_summed: bool) -> None:
        self.is_summed = is_summed  # whether anybody asks what they come to
        self.sums: Counter[str | None] = Counter()
        self._by_name: dict[str, list[Draft]] = defaultdict(list)
        self._by_door: dict[tuple[str, str, str], list[Draft]] = defaultdict(list)

    def add(self, draft: Draft) -> None:
        if draft.name:
            self._by_name[draft.name.casefold()].append(draft)
        if draft.place is not NOWHERE:
            self._by_door[draft.place.key].append(draft)
        if self.is_summed:
            for item, quantity in draft.items:
                self.sums[item] += quantity

    def withdraw(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            draft.withdrawn = True
            for item, quantity in draft.items:
                self.sums[item] -= quantity

    def agrees(self, total: Total, above: Draft | None) -> bool:
        """Whether it says what all lines so far come to, or what the entry right above does."""
        return _is_sum(total.items, self.sums) or (
            total.is_right_below and above is not None and _is_sum(total.items, _sums([above]))
        )

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


def _is_sum(said: Iterable[tuple[str | None, int]], sums: Mapping[str | None, int]) -> bool:
    """共9份 is of all items, 合计A5份B4份 of each."""
    return all(many == (sum(sums.values()) if item is None else sums.get(item, 0)) for item, many in said)


def settle(
    drafts: Sequence[Draft], totals: Iterable[Total] = (), *, has_menu: bool, has_one_item: bool = False
) -> None:
    """
    In the order of the chain. Every draft has items afterwards, and of every total it is said whether it agrees.

    has_one_item  nothing else can be ordered: 2份 says of what
    """
    waiting = deque(totals)
    living = _Living(is_summed=bool(waiting))
    said: dict[object, Draft] = {}
    for index, draft in enumerate(drafts):
        while waiting and waiting[0].at <= index:
            _check(waiting.popleft(), living, drafts)
        _settle(draft, living, has_menu=has_menu, has_one_item=has_one_item)
        if draft.household is None and not (draft.withdrawn or draft.is_written):
            draft.doubt("no-place", "building", 0.4)  # 1. 红烧鲈鱼: an order of nobody
        if not (draft.withdrawn or draft.is_added or draft.is_written) and (household := draft.household):
            order = household, draft.items[0] if len(draft.items) == 1 else frozenset(draft.items)
            earlier = said.setdefault(order, draft)
            if earlier.withdrawn:
                said[order] = draft
            elif earlier is not draft:
                draft.doubt("said-again", "items", 0.5)
    for total in waiting:
        _check(total, living, drafts)


def _check(total: Total, living: _Living, drafts: Sequence[Draft]) -> None:
    total.agrees = living.agrees(total, drafts[total.at - 1] if total.at else None)


def _settle(draft: Draft, living: _Living, *, has_menu: bool, has_one_item: bool) -> None:
    if draft.is_written:
        if not draft.withdrawn:
            living.add(draft)
        return
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
    is_nameless = has_menu and not draft.withdrawn and any(item is None for item, _ in draft.items)
    if is_nameless and not (has_one_item and _names_nothing_else(draft)):
        draft.doubt("which-item", "items", 0.5)
    if not draft.withdrawn:
        living.add(draft)


def _names_nothing_else(draft: Draft) -> bool:
    """Whether no word of it could be another item than the menu's only one: not 张三 鸡蛋 3-101 2份."""
    words = _WORDS.findall(draft.note)
    return not _TWO_WORDS.search(draft.name) and all(A_NOTE.match(word) for word in words)


_WORDS = re.compile(r"[^\s,，;；、。()（）]+")
_TWO_WORDS = re.compile(r"[\u3400-\u9fff]\s+[\u3400-\u9fff]")


def _items_of(drafts: Iterable[Draft]) -> set[str | None]:
    return {item for draft in drafts for item, _ in draft.items}


def _named(draft: Draft) -> set[str | None]:
    return {item for item, _ in draft.items if item is not None}


def _cancel(draft: Draft, living: _Living) -> None:
    """
    取消: all of the household's lines. 取消A: its A, and nothing else of a line that has more. 取消A2份: two of them.

    A2份 取消 is a line of one's own withdrawn, or the line above it, if that has as many.
    """
    draft.withdrawn = True
    earlier = living.of(draft)
    if draft.items:
        _inherit(draft, earlier)
        earlier = [other for other in earlier if _items_of([draft]) & _items_of([other])]
    if draft.is_unsure:
        draft.withdrawn = not draft.is_question
        return
    if not earlier:
        if not (draft.is_counted and draft.is_own) and "not-wanted" not in draft.doubted()[1]:
            draft.doubt("nothing-to-withdraw", "items", 0.3)
            if draft.is_counted:  # 取消A2份, as 取消2份
                draft.withdrawn = False
                draft.items = [(item, -abs(quantity)) for item, quantity in draft.items]
        return
    ordered = _sums(earlier)
    is_less = draft.is_counted and not (draft.is_own and all(ordered.get(item) == many for item, many in draft.items))
    if is_less or (draft.items and _items_of(earlier) - _items_of([draft])):
        _take_back(draft, earlier, ordered, is_less=is_less)
        return
    if len(earlier) > 1:
        draft.doubt("several-withdrawn", "withdrawn", 0.6)
    living.withdraw(earlier)
    if not draft.items:
        draft.items = [(item, quantity) for item, quantity in ordered.items() if quantity]


def _take_back(draft: Draft, earlier: list[Draft], ordered: dict[str | None, int], *, is_less: bool) -> None:
    """So many of an item, or all of it where lines that have others too stand: a line below 0, and theirs stay."""
    if is_less and draft.is_own:  # A2份 取消 below A5份: these two, or the line that was once of two
        draft.doubt("not-wanted", "items", 0.5)
    many = dict(draft.items) if is_less else {item: ordered.get(item, 0) for item, _ in draft.items}
    draft.withdrawn = False
    draft.items = [(item, -max(quantity, 1)) for item, quantity in many.items()]
    _check_less(draft, earlier)


def _check_less(draft: Draft, earlier: list[Draft]) -> None:
    """Nobody takes back more than they ordered; and of a line that waits nothing is counted that could be taken back."""
    less = {item: -quantity for item, quantity in draft.items if quantity < 0}
    if not less:
        return
    ordered = _sums(earlier)
    if any(quantity > ordered.get(item, 0) for item, quantity in less.items()):
        draft.doubt("nothing-to-withdraw", "items", 0.5)
    elif any(ASKED.intersection(other.doubted()[1]) for other in earlier if other.doubts):
        draft.doubt("not-wanted", "items", 0.5)


def _change(draft: Draft, living: _Living) -> None:
    """
    The household's lines of what is changed, or of its only item where that is not said, give way.

    Where they hold more than that, or nobody says how many of the new, it waits. They stand meanwhile, but where the new
    order is complete in itself: then the line that waits is the household's, whatever of it is meant.
    """
    earlier = living.of(draft)
    if draft.is_unsure:
        return
    if not earlier:
        if not draft.changed:  # 改成3份, and nobody knows of what
            draft.doubt("nothing-to-withdraw", "items", 0.4)
        return
    _inherit(draft, earlier)
    said = {item for item, _ in draft.changed if item is not None}
    gone = said or _named(draft)
    if same := [other for other in earlier if _items_of([other]) & gone]:
        is_all = _items_of(same) <= gone
    else:
        same, is_all = earlier, not said and len(_items_of(earlier)) < 2
    ordered = _sums(same)
    many = sum(ordered.values())
    if not is_all or not draft.items or (None in _items_of([draft]) and None not in ordered):
        draft.doubt("which-item", "items", 0.5)
        if (
            same is not earlier and not said and draft.is_counted
        ):  # 改成A2份: all of it, or its A? Whoever asks counts it here
            living.withdraw(same)
        return
    if any(each and each != ordered.get(item, many) for item, each in draft.changed):  # A2份改成B, and they had five
        draft.doubt("pairing", "items", 0.5)
        return
    if not draft.is_counted and said and len(draft.items) == 1 and many > 0:
        draft.items = [(draft.items[0][0], many)]
    elif not draft.is_counted and many != 1:
        draft.doubt("pairing", "items", 0.5)
        return
    living.withdraw(same)


def _sums(drafts: Iterable[Draft]) -> dict[str | None, int]:
    merged: dict[str | None, int] = {}
    for draft in drafts:
        for item, quantity in draft.items:
            merged[item] = merged.get(item, 0) + quantity
    return merged


def _add(draft: Draft, living: _Living) -> None:
    earlier = living.of(draft)
    if draft.is_dashed:
        draft.doubt("dash", "items", 0.7)
        if earlier:
            draft.items = [(item, -abs(quantity)) for item, quantity in draft.items]
    _inherit(draft, earlier)
    _check_less(draft, earlier)


def _take_as_total(draft: Draft, living: _Living) -> None:
    """
    共3份 after earlier lines of the household: what they come to, not three more. Somebody is asked where it is another
    number; and where the lines hold another item too, they stand meanwhile.
    """
    if draft.is_unsure:
        return
    earlier = [other for other in living.of(draft) if _items_of([other]) & _items_of([draft]) or not _named(draft)]
    if earlier:
        _inherit(draft, earlier)
        is_all = not _items_of(earlier) - _items_of([draft])
        if not _is_sum(draft.items, _sums(earlier)):
            draft.doubt("total-replaces" if is_all else "total-differs", "items", 0.4)
        elif not is_all:
            draft.doubt("pairing", "items", 0.4)
        if is_all:
            living.withdraw(earlier)


def _inherit(draft: Draft, earlier: list[Draft]) -> None:
    """A quantity without an item is of the household's only item."""
    if not any(item is None for item, _ in draft.items):
        return
    items = _items_of(earlier)
    if len(items) == 1 and (item := next(iter(items))) is not None:
        draft.items = [(item if each is None else each, quantity) for each, quantity in draft.items]
    elif len(items) > 1:
        draft.doubt("which-item", "items", 0.4)
