"""So many couriers for so many communities: no other division has a shorter longest day."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.rounds import Beat, UnusableShareOut, share_out

BEATS = st.lists(
    st.tuples(st.integers(0, 9_000), st.integers(0, 40), st.integers(0, 2_000)), min_size=1, max_size=4
).map(lambda rows: [Beat(f"b{n}", *row) for n, row in enumerate(rows)])


def test_by_hand() -> None:
    """East: 6 h of work, 10 min a trip; west: 1 h, 30 min. By 3 and 1 the longest day is 130 min; by 2 and 2, 190."""
    east, west = Beat("east", 6 * 3600, 90, 600), Beat("west", 3600, 15, 1800)
    shares = share_out([east, west], 4, capacity_pieces=40)
    assert [(one.beat, one.couriers_count, one.each_s) for one in shares] == [
        ("east", 3, 130 * 60),
        ("west", 1, 90 * 60),
    ]
    assert "by 3 in 1 trips each that is 130 minutes for each, with one fewer 200" in shares[0].reason_en
    assert "3人各1趟，每人130分钟，少一人要200分钟" in shares[0].reason_zh


def test_nobody_goes_where_nothing_is_and_too_few_couriers_are_told_with_the_cure() -> None:
    empty, near, far = Beat("empty", 0, 0, 600), Beat("near", 1800, 20, 600), Beat("far", 3600, 20, 600)
    shares = share_out([empty, near, far], 1, capacity_pieces=40)
    assert [one.couriers_count for one in shares] == [0, 0, 1]
    assert shares[0].each_s == 0
    assert "Call more couriers" in shares[1].reason_en
    assert "增加派送员" in shares[1].reason_zh


@given(BEATS, st.integers(0, 7), st.integers(1, 20))
def test_no_other_division_of_as_many_has_a_shorter_longest_day(beats: list[Beat], couriers: int, load: int) -> None:
    shares = share_out(beats, couriers, capacity_pieces=load)
    counts = [one.couriers_count for one in shares]
    wanted = [beat for beat in beats if beat.pieces]
    assert sum(counts) == min(couriers, sum(beat.pieces for beat in beats))
    assert all(count <= beat.pieces for count, beat in zip(counts, beats, strict=True))
    if couriers < len(wanted):
        assert all(count <= 1 for count in counts)
        return

    def longest(division: tuple[int, ...]) -> float:
        return max((beat.each_s(n, load) for beat, n in zip(wanted, division, strict=True)), default=0.0)

    ours = longest(tuple(count for count, beat in zip(counts, beats, strict=True) if beat.pieces))
    others = product(*(range(1, min(couriers, beat.pieces) + 1) for beat in wanted))
    assert ours <= min((longest(other) for other in others if sum(other) <= couriers), default=0.0)


def test_what_makes_no_sense_is_refused_with_all_of_it() -> None:
    with pytest.raises(UnusableShareOut) as refused:
        share_out([Beat("a", -1, 0, 0), Beat("a", 0, 0, -1)], -2, capacity_pieces=0)
    assert [fault["where"] for fault in refused.value.data["problems"]] == [
        "beats[0].work_s",
        "beats[1].way_s",
        "couriers_count",
        "capacity_pieces",
        "beats",
    ]
