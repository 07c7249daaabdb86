"""A thousand runs: the same on any number of processes; what breaks first is what was made to break; a fix helps as it should."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from baogong.engine.rehearsal import (
    NOTHING,
    Chances,
    Prices,
    UnusableChances,
    What,
    as_document,
    chances_of,
    cheapest_fix,
    read_night,
    rehearse,
)
from baogong.engine.rehearsal.fixes import MOVED, apply
from baogong.engine.rehearsal.report import gain_interval, interval
from tests.engine.rehearsal.nights import doors, relay

USUAL = Chances()


def test_any_number_of_processes_gives_the_same_report() -> None:
    night = doors(1)
    told: list[tuple[int, int]] = []
    alone = rehearse(night, USUAL, runs_count=60, seed=5, tell=lambda done, total: told.append((done, total)))
    assert repr(rehearse(night, USUAL, runs_count=60, seed=5, workers=2)) == repr(alone)
    assert told == [(20, 60), (40, 60), (60, 60)]
    assert repr(rehearse(night, USUAL, runs_count=60, seed=6)) != repr(alone)


def test_with_nothing_random_every_promise_is_certain() -> None:
    report = rehearse(relay(2), NOTHING, runs_count=3, seed=0)
    assert report.all_kept == 1
    assert [one.probability for one in report.promises] == [1, 1]
    assert report.last_p5_s == report.last_p95_s == report.planned_s == report.calm_s
    assert report.breaks == ()


def test_what_was_made_to_break_is_what_breaks_first() -> None:
    report = rehearse(relay(2), replace(NOTHING, breakdown=0.5, repair_s=6 * 3600), runs_count=60, seed=1)
    assert {one.cause[0] for one in report.breaks} == {"BREAKDOWN"}
    assert sum(one.count for one in report.breaks) == round((1 - report.all_kept) * 60)
    assert [one.count for one in report.breaks] == sorted((one.count for one in report.breaks), reverse=True)
    for promise in report.promises:
        assert promise.kept_count + sum(count for _, count in promise.causes) == 60


def test_couriers_who_do_not_come_are_best_cured_by_couriers() -> None:
    night, chances = doors(3, couriers=2), replace(NOTHING, absent_courier=0.4)
    report = rehearse(night, chances, runs_count=80, seed=2)
    fixes = cheapest_fix(night, chances, report, runs_count=80)
    gains = {found.fix.what: found.kept_gain for found in fixes.tried}
    assert fixes.kept_mean == report.kept_mean
    assert gains[What.TWO_COURIERS] >= gains[What.ONE_COURIER] > 0
    assert fixes.cheapest is not None
    assert fixes.cheapest.fix.what in (What.ONE_COURIER, What.TWO_COURIERS)
    assert fixes.cheapest.kept_gain >= max(gain for what, gain in gains.items() if what not in MOVED) / 2
    one = next(found for found in fixes.tried if found.fix.what == What.ONE_COURIER)
    assert one.gain_per_100_yuan == pytest.approx(one.kept_gain / (Prices().courier_fen / 10_000))
    assert one.gain_per_hour is None


def test_a_fix_is_held_against_the_same_nights_and_the_cheapest_is_counted_again_on_all() -> None:
    night, chances = doors(3, couriers=2), replace(NOTHING, absent_courier=0.4)
    report = rehearse(night, chances, runs_count=80, seed=2)
    fixes = cheapest_fix(night, chances, report, runs_count=20)
    few = rehearse(night, chances, runs_count=20, seed=2)
    assert (fixes.runs_count, fixes.all_kept, fixes.kept_mean) == (20, few.all_kept, few.kept_mean)
    for found in fixes.tried:
        changed = rehearse(*apply(found.fix, night, chances), runs_count=20, seed=2)
        assert (found.all_kept, found.kept_mean) == (changed.all_kept, changed.kept_mean)
        assert found.kept_gain == pytest.approx(changed.kept_mean - few.kept_mean)
    assert fixes.recount_runs_count == 80
    (again,) = fixes.recounted
    assert again == fixes.cheapest
    every = rehearse(*apply(again.fix, night, chances), runs_count=80, seed=2)
    assert (again.all_kept, again.kept_mean) == (every.all_kept, every.kept_mean)
    assert 0 < again.gain_low < again.kept_gain == pytest.approx(every.kept_mean - report.kept_mean)
    tried = next(found for found in fixes.tried if found.fix == again.fix)
    assert again.gain_high - again.gain_low < tried.gain_high - tried.gain_low


def test_what_helped_in_one_night_by_luck_is_counted_again_and_not_recommended() -> None:
    night, chances = doors(3, couriers=2), replace(NOTHING, absent_courier=0.02)
    report = rehearse(night, chances, runs_count=60, seed=1)
    fixes = cheapest_fix(night, chances, report, runs_count=20)
    assert [found.fix.what for found in fixes.recounted] == [What.ONE_COURIER, What.TWO_COURIERS]
    assert all(found.kept_gain > 0 > found.gain_low for found in fixes.recounted)
    assert fixes.cheapest is None


def test_where_the_cheaper_help_is_not_sure_the_next_that_is_sure_is_recommended() -> None:
    night, chances = doors(3, couriers=2), replace(NOTHING, absent_courier=0.02)
    report = rehearse(night, chances, runs_count=60, seed=9)
    fixes = cheapest_fix(night, chances, report, runs_count=20)
    one, two = fixes.recounted
    assert (one.fix.what, one.is_sure, two.fix.what, two.is_sure) == (What.ONE_COURIER, False, What.TWO_COURIERS, True)
    assert fixes.cheapest == two


def test_how_sure_a_gain_is_follows_from_how_the_nights_differ() -> None:
    # By hand in docs/algorithms/rehearsal.md.
    assert gain_interval([1] * 20 + [0] * 80) == pytest.approx((0.117, 0.275), abs=0.001)
    assert gain_interval([0] * 99 + [1]) == pytest.approx((-0.017, 0.037), abs=0.001)
    low, high = gain_interval([0] * 100)
    assert low == -high < 0
    one, many = gain_interval([1, 0] * 10), gain_interval([1, 0] * 1000)
    assert many[1] - many[0] < (one[1] - one[0]) / 5


def test_late_walks_are_cured_by_opening_later() -> None:
    night, chances = doors(6), replace(NOTHING, walk_sigma=0.6, service_sigma=0.6, night_sigma=0.3)
    report = rehearse(night, chances, runs_count=60, seed=3)
    fixes = cheapest_fix(night, chances, report, runs_count=60)
    later = next(found for found in fixes.tried if found.fix.what == What.LATER_OPENING)
    assert later.kept_gain > 0
    assert later.fix.price_fen == 0
    assert later.gain_per_hour == pytest.approx(later.kept_gain * 2)
    # It costs nothing and helps most, and is no fix: nothing is done sooner.
    assert fixes.cheapest is None or fixes.cheapest.fix.what not in MOVED


def test_how_sure_a_figure_is_follows_from_the_figure() -> None:
    low, high = interval(0.013, 1000)
    assert 0.007 < low < 0.013 < high < 0.023
    assert interval(0, 100)[0] == 0
    assert interval(0, 100)[1] == pytest.approx(0.037, abs=0.001)
    assert interval(0.5, 1000) == pytest.approx((0.469, 0.531), abs=0.001)


def test_where_nothing_breaks_nothing_is_to_be_fixed() -> None:
    night = relay(1)
    fixes = cheapest_fix(night, NOTHING, rehearse(night, NOTHING, runs_count=2, seed=0), runs_count=2)
    assert fixes.tried == ()
    assert fixes.cheapest is None


def test_chances_that_cannot_be_are_refused_by_name() -> None:
    assert chances_of({"short": 0.5}) == replace(USUAL, short=0.5)
    for given, where in (
        ({"short": 1.5}, "chances.short"),
        ({"rain": 1}, "chances.rain"),
        ({"short": "x"}, "chances.short"),
    ):
        with pytest.raises(UnusableChances) as caught:
            chances_of(given)
        assert caught.value.where == where


def test_a_night_is_the_same_after_json() -> None:
    for night in (relay(4), doors(4)):
        assert read_night(json.loads(json.dumps(as_document(night)))) == night
