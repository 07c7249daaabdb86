"""The example of docs/algorithms/funds.md, computed anew."""

from __future__ import annotations

from dataclasses import replace

from baogong.engine.funds import Problem, plan, take_greedily
from tests.engine.funds.test_plan import MASK, METER, TONGJI, UNION, fund, line

U, M, F = fund(1, 1_000, to={UNION}), fund(2, 1_000, buys={MASK}), fund(3, 500)
FUNDS = (U, M, F)
ORDERS = (line(1, 1_000, MASK, UNION), line(2, 800, METER, UNION), line(3, 500, METER, TONGJI))


def test_greed_refuses_the_second_order_and_leaves_the_masks_money() -> None:
    greedy = take_greedily(Problem(FUNDS, ORDERS))
    assert [(short.line, short.fen) for short in greedy.short] == [(ORDERS[1].id, 300)]
    assert [greedy.of_fund(one.id) for one in FUNDS] == [1_000, 0, 500]


def test_the_plan_pays_all_three_and_moves_eight_hundred() -> None:
    first = plan(Problem(FUNDS, ORDERS[:1]))
    assert first.of_line(ORDERS[0].id) == {U.id: 1_000}
    kept = replace(ORDERS[0], held=first.of_line(ORDERS[0].id))
    second = plan(Problem(FUNDS, (kept, ORDERS[1])))
    assert second.of_line(kept.id) == {U.id: 200, M.id: 800}
    assert second.of_line(ORDERS[1].id) == {U.id: 800}
    assert second.moved_fen == 800
    held = tuple(replace(one, held=second.of_line(one.id)) for one in ORDERS[:2])
    third = plan(Problem(FUNDS, (*held, ORDERS[2])))
    assert (third.of_line(ORDERS[2].id), third.moved_fen, third.short) == ({F.id: 500}, 0, ())
