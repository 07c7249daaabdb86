"""From a recipe and piles to packs: as many as can be, each gram accounted for."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.packs import Choice, Filling, Layer, Missing, PackPlan, Pile, RecipeLine, plan_packs

POTATO = RecipeLine(1, (Choice("potato", 1_000), Choice("taro", 900)))
CARROT = RecipeLine(2, (Choice("carrot", 500),))


def test_packs_are_filled_pile_after_pile_and_a_pack_on_the_seam_from_both() -> None:
    piles = [Pile("A", "potato", 2_400), Pile("B", "potato", 1_600), Pile("C", "carrot", 2_000)]
    plan = plan_packs([POTATO, CARROT], piles, 4)
    carrots = Filling(2, "C", "carrot", 500)
    assert plan == PackPlan(
        4,
        4,
        (
            Layer(2, (Filling(1, "A", "potato", 1_000), carrots)),
            Layer(1, (Filling(1, "A", "potato", 400), Filling(1, "B", "potato", 600), carrots)),
            Layer(1, (Filling(1, "B", "potato", 1_000), carrots)),
        ),
        (),
    )


def test_what_is_short_is_made_up_by_a_substitute_in_its_own_amount() -> None:
    piles = [Pile("A", "potato", 1_999), Pile("B", "taro", 1_850), Pile("C", "carrot", 9_000)]
    plan = plan_packs([POTATO, CARROT], piles, 5)
    assert (plan.packs, [layer.packs for layer in plan.layers]) == (3, [1, 2])
    assert plan.layers[1].fillings[0] == Filling(1, "B", "taro", 900)
    assert plan.missing == (Missing(1, "potato", 1_001),)


def test_a_substitute_that_two_lines_may_take_goes_where_it_makes_the_most_packs() -> None:
    cabbage = RecipeLine(1, (Choice("cabbage", 10), Choice("onion", 10), Choice("pepper", 10)))
    tomato = RecipeLine(2, (Choice("tomato", 10), Choice("onion", 10)))
    piles = [Pile("P", "pepper", 30), Pile("O", "onion", 30)]
    assert plan_packs([cabbage, tomato], piles, 9).packs == 3


def test_nothing_at_all_makes_no_pack_and_says_what_would_be_needed() -> None:
    plan = plan_packs([POTATO, CARROT], [Pile("A", "potato", 700)], 2)
    assert (plan.packs, plan.layers) == (0, ())
    assert plan.missing == (Missing(1, "potato", 1_300), Missing(2, "carrot", 1_000))


@pytest.mark.parametrize(
    ("recipe", "wanted"), [([], 1), ([POTATO], 0), ([RecipeLine(1, (Choice("potato", 0),))], 1), ([POTATO], 10**7)]
)
def test_arguments_that_make_no_sense_are_refused(recipe: list[RecipeLine], wanted: int) -> None:
    with pytest.raises(ValueError, match="recipe"):
        plan_packs(recipe, [], wanted)


items = st.sampled_from("abcd")
recipes = st.lists(
    st.lists(st.tuples(items, st.integers(1, 7)), min_size=1, max_size=3, unique_by=lambda pair: pair[0]),
    min_size=1,
    max_size=3,
).map(
    lambda lines: [
        RecipeLine(no, tuple(Choice(item, amount) for item, amount in line)) for no, line in enumerate(lines, start=1)
    ]
)
piles_ = st.lists(st.tuples(items, st.integers(0, 25)), max_size=6).map(
    lambda found: [Pile(f"pile {number}", item, amount) for number, (item, amount) in enumerate(found)]
)


@settings(deadline=None, max_examples=50)
@given(recipes, piles_, st.integers(1, 9))
def test_every_unit_comes_from_a_pile_that_has_it_and_every_pack_is_full(
    recipe: list[RecipeLine], piles: list[Pile], wanted: int
) -> None:
    plan = plan_packs(recipe, piles, wanted)
    assert plan.packs == sum(layer.packs for layer in plan.layers) <= wanted
    used: dict[str, int] = defaultdict(int)
    for layer in plan.layers:
        for line in recipe:
            amounts: dict[str, int] = defaultdict(int)
            for filling in layer.fillings:
                if filling.no == line.no:
                    amounts[filling.item] += filling.amount_each
            ((item, amount),) = amounts.items()
            assert Choice(item, amount) in line.choices
        for filling in layer.fillings:
            used[filling.pile] += layer.packs * filling.amount_each
    assert all(used[pile.key] <= pile.amount for pile in piles)
    assert plan == plan_packs(recipe, piles, wanted)


@settings(deadline=None, max_examples=50)
@given(recipes, piles_, st.integers(1, 9))
def test_what_is_said_to_be_missing_is_enough_for_all_that_was_wanted(
    recipe: list[RecipeLine], piles: list[Pile], wanted: int
) -> None:
    plan = plan_packs(recipe, piles, wanted)
    assert bool(plan.missing) is (plan.packs < wanted)
    brought = [Pile(f"brought {short.no}", short.item, short.amount) for short in plan.missing]
    assert plan_packs(recipe, [*piles, *brought], wanted).packs == wanted


@settings(deadline=None, max_examples=60)
@given(recipes, piles_, st.integers(1, 4))
def test_no_other_way_makes_more_packs(recipe: list[RecipeLine], piles: list[Pile], wanted: int) -> None:
    stock: dict[str, int] = defaultdict(int)
    for pile in piles:
        stock[pile.item] += pile.amount
    assert plan_packs(recipe, piles, wanted).packs == max(
        (packs for packs in range(wanted + 1) if _can_make(recipe, dict(stock), packs)), default=0
    )


def _can_make(recipe: list[RecipeLine], stock: dict[str, int], packs: int) -> bool:
    """Every way of filling every line, tried one after the other."""
    if not recipe:
        return True
    line, *rest = recipe

    def fill(column: int, left: int, stock: dict[str, int]) -> bool:
        if left == 0:
            return _can_make(rest, stock, packs)
        if column == len(line.choices):
            return False
        choice = line.choices[column]
        for part in range(min(left, stock.get(choice.item, 0) // choice.amount) + 1):
            after = {**stock, choice.item: stock.get(choice.item, 0) - part * choice.amount}
            if fill(column + 1, left - part, after):
                return True
        return False

    return fill(0, packs, stock)
