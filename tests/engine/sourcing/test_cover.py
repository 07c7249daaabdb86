"""What is there counts once for each unit, whoever asked first, and no unit stands idle that some need could use."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from baogong.engine.sourcing import covered


def test_the_first_is_answered_first_and_gives_way_where_it_may() -> None:
    assert covered([300, 300], [400], {(0, 0), (1, 0)}) == [300, 100]
    assert covered([300, 300], [300, 200], {(0, 0), (0, 1), (1, 0)}) == [300, 200]
    assert covered([300], [500], set()) == [0]


@given(data=st.data())
def test_each_need_gets_the_most_that_leaves_those_before_it_whole(data: st.DataObject) -> None:
    amounts = st.lists(st.integers(0, 9), min_size=1, max_size=4)
    asked, there = data.draw(amounts), data.draw(amounts)
    arcs = [(need, pool) for need in range(len(asked)) for pool in range(len(there))]
    fits = data.draw(st.lists(st.sampled_from(arcs), unique=True))
    found = covered(asked, there, fits)
    assert len(found) == len(asked)
    for upto in range(1, len(asked) + 1):
        assert sum(found[:upto]) == _most(asked[:upto], there, [arc for arc in fits if arc[0] < upto])


def _most(asked: list[int], there: list[int], fits: list[tuple[int, int]]) -> int:
    """The largest flow, as a linear program."""
    if not fits:
        return 0
    rows = [[float(arc[0] == need) for arc in fits] for need in range(len(asked))]
    rows += [[float(arc[1] == pool) for arc in fits] for pool in range(len(there))]
    best = linprog(-np.ones(len(fits)), A_ub=np.array(rows), b_ub=np.array([*asked, *there], float))
    return round(-float(best.fun))
