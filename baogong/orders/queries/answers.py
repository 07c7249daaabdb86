"""What became of each household's order, beside the words it was given in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from baogong.orders.models import Basket, ChainLine
from baogong.orders.queries.baskets import BasketView, HouseholdView, PortionView, households_of
from baogong.orders.queries.chains import lines_of
from baogong.orders.reading import door_order
from baogong.orders.sums import asked_by_door, within

BEFORE_IT_IS_ORDERED = (Basket.State.DRAFT, Basket.State.REPORTED, Basket.State.OPEN, Basket.State.CLOSED)


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """
    `missing`: asked and not got. `whys`: (code, packs): MAXIMUM more than a household may have, TRUCK no room on it,
    SHORT the supplier brought fewer, OFF the basket was called off.
    """

    code: str
    name: str
    asked: int
    gets: int
    whys: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> int:
        return self.asked - self.gets


@dataclass(frozen=True, slots=True)
class Answer:
    """`words`: its own lines, as they stand in the chat, those that count."""

    household: HouseholdView
    words: tuple[str, ...]
    items: tuple[AnswerItem, ...]

    @property
    def missing(self) -> int:
        return sum(item.missing for item in self.items)


@dataclass(frozen=True, slots=True)
class Cut:
    """Packs of one item of which a household gets fewer than it asks for, and why (`whys` as of an answer)."""

    place: tuple[str, str, str]
    name: str
    item: str
    asked: int
    gets: int
    whys: tuple[tuple[str, int], ...]


def cuts_of(view: BasketView) -> tuple[Cut, ...]:
    """
    Whose orders are cut, in the order of doors.

    Before the basket is ordered: by the most for one household, to be told in time. Afterwards by whatever cut them.
    """
    if view.state not in BEFORE_IT_IS_ORDERED:
        return tuple(
            Cut(one.household.place, one.household.name, item.name, item.asked, item.gets, item.whys)
            for one in answers_of(view.id, only_short=True)
            for item in one.items
            if item.missing
        )
    if not view.household_max:
        return ()
    asked, names = asked_by_door(lines_of(view.id, states=[ChainLine.State.COUNTED]))
    return tuple(
        Cut(door, names[door], item.name, packs, most, (("MAXIMUM", packs - most),))
        for door in sorted(asked, key=lambda one: door_order(*one))
        for item in view.items
        if (packs := asked[door][item.code]) > (most := within(packs, view.household_max))
    )


def answers_of(basket: UUID, *, only_short: bool = False) -> tuple[Answer, ...]:
    """Every household's, in the order of their doors; `only_short`: of those that do not get all they asked for."""
    is_off = Basket.objects.filter(id=basket, state=Basket.State.CALLED_OFF).exists()
    words: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for line in lines_of(basket, states=[ChainLine.State.COUNTED]):
        if line.words not in words[line.place]:
            words[line.place].append(line.words)
    found = (
        Answer(one, tuple(words[one.place]), tuple(_item(portion, is_off) for portion in one.portions))
        for one in households_of(basket)
    )
    return tuple(answer for answer in found if not only_short or answer.missing)


def _item(one: PortionView, is_off: bool) -> AnswerItem:
    gets = one.loaded if one.given is None else one.given
    if is_off:
        return AnswerItem(one.code, one.name, one.asked, 0, (("OFF", one.asked),))
    steps = (
        ("MAXIMUM", one.asked - one.ordered), ("TRUCK", one.ordered - one.loaded), ("SHORT", one.loaded - gets),
    )  # fmt: skip
    return AnswerItem(one.code, one.name, one.asked, gets, tuple(step for step in steps if step[1]))
