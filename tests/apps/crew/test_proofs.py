"""The pure part: from when to when a person is fit, against a plain look at each quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.crew.proofs import (
    ALWAYS,
    EVER,
    NEVER,
    Proofs,
    Reading,
    Rule,
    Sample,
    both,
    fit_spans,
    joined,
    reasons_at,
    span_at,
)
from baogong.crew.rules import default_rule, meal_times

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2022, 4, 11, 16, 0, tzinfo=UTC)  # midnight of the house
QUARTER = timedelta(minutes=15)
STRICT = Rule(EVER, True, True, 48, 12, 372, True)
quarters = st.integers(0, 4 * 24 * 4).map(lambda count: START + count * QUARTER)
samples = st.builds(Sample, st.booleans(), st.sampled_from([True, True, True, False]), quarters)
readings = st.builds(Reading, st.sampled_from([365, 372, 373, 385]), quarters)
spans = st.tuples(quarters, quarters).filter(lambda pair: pair[0] < pair[1])
rules = st.builds(
    Rule,
    quarters,
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 24, 48]),
    st.sampled_from([None, 6, 12]),
    st.sampled_from([None, 372]),
    st.booleans(),
)


def plainly_fit(proofs: Proofs, rule: Rule, at: datetime, shift_at: datetime) -> bool:
    """Read off the notice, one sentence after the other."""
    before = [each for each in proofs.samples if each.sampled_at <= at]
    positives = [each.sampled_at for each in before if not each.is_negative]
    cleared = [each.sampled_at for each in before if each.is_pcr and each.is_negative]
    # Ties: what stands later in the list came later.
    last_positive = max((index for index, each in enumerate(before) if not each.is_negative), default=-1)
    last_clear = max((index for index, each in enumerate(before) if each.is_pcr and each.is_negative), default=-1)
    if positives and last_positive > last_clear:
        return False
    if rule.needs_pass and not any(start <= at < end for start, end in proofs.passes):
        return False
    if rule.needs_firm_listed and not any(start <= at < end for start, end in proofs.firm_listed):
        return False
    if rule.pcr_hours is not None and not any(at < each + timedelta(hours=rule.pcr_hours) for each in cleared):
        return False
    antigens = [each.sampled_at for each in before if not each.is_pcr and each.is_negative]
    if rule.antigen_hours is not None and not any(
        each >= shift_at - timedelta(hours=rule.antigen_hours) for each in antigens
    ):
        return False
    if rule.temperature_max_tenths is not None:
        taken = [each for each in proofs.readings if each.taken_at <= at]
        if not taken or taken[-1].tenths > rule.temperature_max_tenths:
            return False
        if rule.temperature_same_day:
            return taken[-1].taken_at.astimezone(ZONE).date() == at.astimezone(ZONE).date()
        return at < taken[-1].taken_at + timedelta(hours=24)
    return True


@given(
    st.lists(spans, max_size=3),
    st.lists(spans, max_size=2),
    st.lists(samples, max_size=6),
    st.lists(readings, max_size=5, unique_by=lambda each: each.taken_at),
    st.lists(rules, max_size=2, unique_by=lambda each: each.from_at),
    quarters,
)
def test_the_stretches_are_those_of_a_plain_look_at_each_moment(
    passes: list[tuple[datetime, datetime]],
    firms: list[tuple[datetime, datetime]],
    tests: list[Sample],
    taken: list[Reading],
    versions: list[Rule],
    shift_at: datetime,
) -> None:
    proofs = Proofs(
        tuple(passes),
        tuple(firms),
        tuple(sorted(tests, key=lambda each: each.sampled_at)),
        tuple(sorted(taken, key=lambda each: each.taken_at)),
    )
    known = [STRICT, *sorted(versions, key=lambda each: each.from_at)]
    found = fit_spans(proofs, known, shift_at=shift_at, zone=ZONE)
    assert all(start < end for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    for count in range(0, 6 * 24 * 4, 3):
        at = START + count * QUARTER
        rule = [each for each in known if each.from_at <= at][-1]
        is_fit = span_at(found, at) is not None
        assert is_fit == plainly_fit(proofs, rule, at, shift_at), (at, rule)
        reasons = reasons_at(at, proofs, known, shift_at=shift_at, zone=ZONE, now=at, told=str)
        assert bool(reasons) == (not is_fit)
        assert all(each.text_zh and each.text_en and not each.is_due for each in reasons)
        early = reasons_at(at, proofs, known, shift_at=shift_at, zone=ZONE, now=at - QUARTER, told=str)
        without = fit_spans(proofs, known, shift_at=shift_at, zone=ZONE, of_the_day=False)
        assert (span_at(without, at) is not None) == all(each.is_due for each in early)


def test_the_rule_nobody_changed_is_the_notice_of_the_field() -> None:
    rule = default_rule()
    assert (rule.pcr_hours, rule.antigen_hours, rule.needs_pass) == (48, 12, True)
    assert rule.temperature_same_day
    assert list(meal_times()) == ["BREAKFAST", "LUNCH", "SUPPER", "NIGHT"]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (((0, 4), (6, 9)), ((2, 7),), ((2, 4), (6, 7))),
        (((0, 4),), ((4, 7),), ()),
        ((), ((4, 7),), ()),
    ],
)
def test_both_is_where_both_are(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...], found: tuple[tuple[int, int], ...]
) -> None:
    def moments(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[datetime, datetime], ...]:
        return tuple((START + start * QUARTER, START + end * QUARTER) for start, end in pairs)

    assert both(moments(one), moments(other)) == moments(found)
    assert both(moments(one), ALWAYS) == moments(one)
    assert joined([*moments(one), (EVER, NEVER)]) == ALWAYS
