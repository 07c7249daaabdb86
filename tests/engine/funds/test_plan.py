"""Which fund pays which purchase: no narrow money left over while free money is spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.funds import Bar, Fund, FundPlan, Line, Problem, UnusableFunds, explain, plan, take_greedily

TODAY = date(2020, 2, 1)


def id_of(number: int) -> UUID:
    return UUID(int=number)


TONGJI, UNION, RENMIN = map(id_of, range(101, 104))
MASK, METER = map(id_of, range(201, 203))


def fund(number: int, money: int, to: set[UUID] | None = None, buys: set[UUID] | None = None) -> Fund:
    return Fund(
        id_of(number),
        money,
        frozenset(to) if to is not None else None,
        frozenset(buys) if buys is not None else None,
        opened=number,
    )


def line(number: int, need: int, item: UUID, to: UUID | None = None, held: dict[UUID, int] | None = None) -> Line:
    return Line(id_of(1000 + number), item, to, need, TODAY, held or {})


HOSPITAL, MASKS, FREE = fund(1, 100, to={UNION}), fund(2, 100, buys={MASK}), fund(3, 100)


def test_the_tightest_fund_pays_first() -> None:
    division = plan(Problem((FREE, MASKS, HOSPITAL), (line(1, 150, MASK, UNION),)))
    assert [(part.fund, part.fen) for part in division.parts] == [(HOSPITAL.id, 100), (MASKS.id, 50)]
    assert not division.short


def test_money_with_a_purpose_in_words_pays_only_when_no_free_money_is_left() -> None:
    worded = replace(fund(0, 100), is_worded=True)  # older than the free fund
    division = plan(Problem((worded, FREE), (line(1, 80, MASK),)))
    assert [(part.fund, part.fen) for part in division.parts] == [(FREE.id, 80)]
    division = plan(Problem((worded, FREE), (line(1, 150, MASK),)))
    assert [(part.fund, part.fen) for part in division.parts] == [(FREE.id, 100), (worded.id, 50)]


def test_a_promise_moves_to_another_fund_when_a_new_purchase_needs_its_money() -> None:
    masks = line(1, 100, MASK, UNION, held={HOSPITAL.id: 100})
    meters = line(2, 100, METER, UNION)
    division = plan(Problem((HOSPITAL, MASKS), (masks, meters)))
    assert division.of_line(masks.id) == {MASKS.id: 100}
    assert division.of_line(meters.id) == {HOSPITAL.id: 100}
    assert division.moved_fen == 100


def test_a_careful_clerk_strands_the_masks_fund_instead() -> None:
    division = take_greedily(Problem((HOSPITAL, MASKS), (line(1, 100, MASK, UNION), line(2, 100, METER, UNION))))
    assert [short.fen for short in division.short] == [100]
    assert division.of_fund(MASKS.id) == 0


def test_promises_stay_where_nothing_is_won_by_moving_them() -> None:
    alike = fund(4, 100), fund(5, 100)
    kept = line(1, 60, MASK, held={alike[1].id: 60})
    other = line(2, 100, MASK)
    division = plan(Problem(alike, (kept, other)))
    assert division.of_fund(alike[0].id) == 100  # the older of two alike gives first
    assert division.of_line(kept.id) == {alike[1].id: 60}
    assert division.moved_fen == 0


def test_what_cannot_be_paid_is_a_result_and_promises_come_before_wishes() -> None:
    promised = line(1, 100, METER, UNION, held={HOSPITAL.id: 100})
    wished = line(2, 70, METER, UNION)
    division = plan(Problem((HOSPITAL,), (promised, wished)))
    assert division.of_line(promised.id) == {HOSPITAL.id: 100}
    assert [(short.line, short.fen) for short in division.short] == [(wished.id, 70)]


def test_a_fund_past_its_last_day_gives_its_promises_to_others() -> None:
    late = replace(HOSPITAL, until=TODAY - timedelta(days=1))
    promised = line(1, 80, METER, UNION, held={late.id: 80})
    assert plan(Problem((late, FREE), (promised,))).of_line(promised.id) == {FREE.id: 80}
    alone = plan(Problem((late, MASKS), (promised,)))
    assert [(part.fund, part.fen) for part in alone.stuck] == [(late.id, 80)]
    assert not alone.short


def test_a_refusal_names_what_forbids_and_what_would_allow() -> None:
    wished = replace(line(1, 50, METER, TONGJI), chosen=frozenset({MASKS.id, HOSPITAL.id}))
    elsewhere = replace(fund(4, 70), is_payers=False)
    verdicts = explain(Problem((FREE, HOSPITAL, MASKS, elsewhere), (wished,)), wished)
    assert {verdict.fund: verdict.bars for verdict in verdicts} == {
        HOSPITAL.id: (Bar.RECEIVER,),
        MASKS.id: (Bar.ITEM,),
        FREE.id: (Bar.NOT_CHOSEN,),
        elsewhere.id: (Bar.HOLDER, Bar.NOT_CHOSEN),
    }
    assert [verdict.free_fen for verdict in verdicts] == [100, 100, 100, 70]


def test_whole_fen_stay_whole_in_amounts_of_a_nation() -> None:
    funds = (fund(1, 999_999_999_999_999, to={UNION}), fund(2, 10**15))
    lines = tuple(line(number, 99_999_999_999_997, MASK, UNION) for number in range(1, 16))
    division = plan(Problem(funds, lines))
    assert division.of_fund(funds[0].id) == 999_999_999_999_999
    assert sum(part.fen for part in division.parts) == 15 * 99_999_999_999_997


def test_a_senseless_snapshot_is_refused_with_all_its_faults() -> None:
    with pytest.raises(UnusableFunds, match=r"holds -1 fen; .* needs 0 fen; fund .* named twice"):
        Problem((fund(1, -1), fund(1, 5)), (line(1, 0, MASK),))


receivers = st.one_of(st.none(), st.frozensets(st.sampled_from([TONGJI, UNION, RENMIN]), min_size=1))
goods = st.one_of(st.none(), st.frozensets(st.sampled_from([MASK, METER]), min_size=1))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to five funds and six lines; some lines are promised money before, in a way the funds allow."""
    funds = tuple(
        Fund(
            id_of(number),
            draw(st.integers(0, 60)),
            draw(receivers),
            draw(goods),
            draw(st.sampled_from([None, TODAY, TODAY + timedelta(days=9)])),
            number,
        )
        for number in range(1, draw(st.integers(1, 5)) + 1)
    )
    lines = tuple(
        Line(
            id_of(1000 + number),
            draw(st.sampled_from([MASK, METER])),
            draw(st.sampled_from([None, TONGJI, UNION, RENMIN])),
            draw(st.integers(1, 50)),
            draw(st.sampled_from([TODAY, TODAY + timedelta(days=5)])),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    )
    before = take_greedily(Problem(funds, lines))
    promised = draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    return Problem(
        funds,
        tuple(
            replace(one, held=before.of_line(one.id)) if is_promised else one
            for one, is_promised in zip(lines, promised, strict=True)
        ),
    )


def usage_of(division: FundPlan, problem: Problem) -> list[int]:
    return [division.of_fund(one.id) for one in problem.by_freedom]


@settings(max_examples=60, deadline=None)
@given(problems())
def test_no_fen_leaves_its_terms_none_is_spent_twice_and_promises_are_kept(problem: Problem) -> None:
    division = plan(problem)
    funds, lines = {one.id: one for one in problem.funds}, {one.id: one for one in problem.lines}
    for part in division.parts:
        assert not lines[part.line].bars(funds[part.fund])
    for one in problem.funds:
        assert division.of_fund(one.id) <= one.money_fen
    short = {one.line: one.fen for one in division.short}
    for wished in problem.lines:
        assert sum(division.of_line(wished.id).values()) + short.get(wished.id, 0) == wished.need_fen
        assert wished.is_new or wished.id not in short
    assert not division.stuck


@settings(max_examples=50, deadline=None)
@given(problems())
def test_planning_pays_whatever_greed_pays_and_spares_the_free_funds(problem: Problem) -> None:
    new = Problem(problem.funds, tuple(replace(one, held={}) for one in problem.lines))
    greedy = take_greedily(new)
    unpaid = {short.line for short in greedy.short}
    paid = replace(new, lines=tuple(one for one in new.lines if one.id not in unpaid))
    planned = plan(paid)
    assert not planned.short
    ours = theirs = 0
    for our, their in zip(usage_of(planned, new)[::-1], usage_of(greedy, new)[::-1], strict=True):
        ours, theirs = ours + our, theirs + their
        assert ours <= theirs  # no more from the freest fund, nor from the two freest together, and so on


@settings(max_examples=40, deadline=None)
@given(problems())
def test_any_costs_that_rise_with_freedom_find_the_same_usage(problem: Problem) -> None:
    """What the plan's module says of polymatroids, tried by brute force on every division of small problems."""
    funds = tuple(replace(one, money_fen=one.money_fen % 4) for one in problem.by_freedom[:3])
    lines = tuple(replace(one, held={}, need_fen=1 + one.need_fen % 2) for one in problem.lines[:3])
    small = Problem(funds, lines)
    division = plan(small)
    paid = {one.id: sum(division.of_line(one.id).values()) for one in lines}
    choices = [
        [
            split
            for split in product(*[range(paid[one.id] + 1 if not one.bars(f) else 1) for f in funds])
            if sum(split) == paid[one.id]
        ]
        for one in lines
    ]
    usages = {tuple(map(sum, zip(*splits, strict=True))) for splits in product(*choices)}
    fitting = [use for use in usages if all(took <= f.money_fen for took, f in zip(use, funds, strict=True))]
    assert tuple(usage_of(division, small)) == max(fitting)  # the tightest gives most, then the next
    for costs in ((1, 2, 3), (1, 10, 1000), (5, 6, 100)):
        cheapest = min(fitting, key=lambda use: sum(c * u for c, u in zip(costs, use, strict=False)))
        assert cheapest == max(fitting)


@settings(max_examples=20, deadline=None)
@given(problems())
def test_the_same_snapshot_gives_the_same_plan(problem: Problem) -> None:
    assert plan(problem) == plan(problem)
