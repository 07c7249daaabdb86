"""So many packs for so many households: by hand, and as a rule must hold for any count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.packs import packs_by_need

HOUSEHOLDS = st.dictionaries(st.integers(0, 12), st.integers(0, 5_000), max_size=12)


def test_one_a_household_that_has_any() -> None:
    assert packs_by_need({0: 40, 1: 7, 2: 3}, 0) == 10


def test_begun_groups_of_persons_get_a_whole_pack() -> None:
    assert packs_by_need({1: 10, 3: 5, 4: 2, 7: 1}, 3) == 10 + 5 + 2 * 2 + 3


def test_numbers_that_make_no_sense_are_refused() -> None:
    for households, per_persons in (({1: -1}, 0), ({-1: 1}, 0), ({1: 1}, -1)):
        with pytest.raises(ValueError, match="0 or more"):
            packs_by_need(households, per_persons)


@given(HOUSEHOLDS, st.integers(1, 20))
def test_every_person_has_a_share_of_a_pack_and_no_pack_is_for_nobody(
    households: dict[int, int], per_persons: int
) -> None:
    packs = packs_by_need(households, per_persons)
    persons = sum(size * count for size, count in households.items())
    asked = sum(count for size, count in households.items() if size)
    assert packs * per_persons >= persons
    assert packs <= persons
    assert packs >= asked
    assert packs >= packs_by_need(households, 0)
    assert packs_by_need(households, 20) <= packs


@given(HOUSEHOLDS, HOUSEHOLDS, st.integers(0, 5))
def test_two_communities_need_what_each_needs(one: dict[int, int], two: dict[int, int], per_persons: int) -> None:
    both = {size: one.get(size, 0) + two.get(size, 0) for size in {*one, *two}}
    assert packs_by_need(both, per_persons) == packs_by_need(one, per_persons) + packs_by_need(two, per_persons)
