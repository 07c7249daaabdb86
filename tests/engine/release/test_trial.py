"""A trial plays every mode by its own terms: what they change is seen before the release opens."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.engine.release import City, Rule, Trial, says_too_little, try_rule

CITY = City(people=900, days=12, wanting=1.0, units=150)  # 30 winners a day of five units


def tried(city: City = CITY, quotas: list[dict[str, Any]] | None = None, **draw: Any) -> Trial:
    body = {
        "code": "trial", "title_zh": "摇号", "title_en": "A draw", "city": "广安", "mode": "DRAW", "units_per_claim_max": 5,
        "quotas": quotas or [], "draw": draw,
    }  # fmt: skip
    return try_rule(Rule.read(body), city)


def test_a_pause_keeps_winners_away_for_its_days() -> None:
    assert tried().again > 0.1
    paused = tried(pause_days=11)
    assert (paused.again, paused.served) == (0, paused.admitted)
    assert tried(pause_days=2).again > 0


def test_losses_bring_the_next_right_sooner() -> None:
    city = City(people=300, days=12, wanting=1.0, units=150)
    plain, weighted = tried(city, pause_days=5), tried(city, pause_days=5, weight_per_loss=5, weight_max=60)
    assert weighted.never_served < plain.never_served
    assert tried(city, by_waiting=True).never_served == 0


def test_a_household_that_has_its_winners_is_passed_over() -> None:
    """Three to a household and units for nearly all: one of each wins, and what nobody may have is left."""
    city = City(people=90, days=1, wanting=1.0, units=400)
    free, one = tried(city), tried(city, household_winners_max=1)
    assert (free.admitted, one.admitted) == (80, 30)
    assert one.refused == {"passed-over": 60}
    assert (one.asked, one.units_left) == (90, 250)


def test_the_same_trial_again_says_the_same() -> None:
    terms: dict[str, Any] = {"pause_days": 3, "weight_per_loss": 1, "weight_max": 4, "household_winners_max": 1}
    assert tried(**terms) == tried(**terms)


SCARCE = City(people=3_000, days=1, wanting=1.0, units=1_000)  # 200 claims of five units


def played(city: City, **said: Any) -> Trial:
    return try_rule(Rule.read(body(**said)), city)


def body(**said: Any) -> dict[str, Any]:
    return {
        "code": "trial", "title_zh": "试算", "title_en": "A trial", "city": "广安", "units_per_claim_max": 5, "quotas": [], **said,
    }  # fmt: skip


def of_a_round(claims_max: int) -> list[dict[str, Any]]:
    return [{"subject": "PERSON", "turn": "FIXED", "first_on": "2020-02-03", "days": 9, "claims_max": claims_max}]


ONE_FEN = [
    {"part": "GOODS", "payee": "SHOP", "fen": 1, "bearers": {"RESIDENT": 1}},
    {"part": "GOODS", "payee": "SHOP", "fen": 99, "bearers": {"GIVER": 1}},
]
MODES: dict[str, dict[str, Any]] = {
    "FIRST_COME": {},
    "APPOINTMENT": {"slots": ["09:00", "15:00"]},
    "DRAW": {},
    "IMPORTED": {},
    "ONE_FEN": {"price": ONE_FEN},
}


@pytest.mark.parametrize("mode", MODES)
def test_in_every_mode_all_that_is_put_out_finds_somebody(mode: str) -> None:
    found = played(SCARCE, mode=mode, **MODES[mode])
    assert (found.asked, found.admitted, found.units_left) == (3_000, 200, 0)
    assert found.admitted + sum(found.refused.values()) == found.asked
    assert sum(found.refused.values()) == 2_800


@pytest.mark.parametrize("mode", MODES)
def test_in_every_mode_a_turn_gives_as_many_claims_as_the_rule_says(mode: str) -> None:
    city = City(people=30, days=9, wanting=1.0, units=1_000)
    once, thrice = (played(city, mode=mode, quotas=of_a_round(n), **MODES[mode]) for n in (1, 3))
    assert (once.admitted, once.again) == (30, 0.0)
    assert (thrice.admitted, thrice.again) == (90, 0.6667)
    by_units = [{"subject": "PERSON", "turn": "FIXED", "first_on": "2020-02-03", "days": 9, "units_max": 10}]
    assert played(city, mode=mode, quotas=by_units, **MODES[mode]).admitted == 60


@pytest.mark.parametrize("mode", MODES)
def test_in_every_mode_an_age_is_asked(mode: str) -> None:
    found = played(SCARCE, mode=mode, eligibility={"age_min": 60}, **MODES[mode])
    assert found.admitted == 200
    assert [served > 0 for _tried, served in found.by_age.values()] == [False, False, False, True, True]


def test_what_is_kept_for_the_telephone_is_used_by_who_telephones_and_then_free_for_all() -> None:
    kept = [{"channel": "PHONE", "units": 250, "until": "20:00"}]
    plain, reserved = played(SCARCE), played(SCARCE, reserves=kept)
    assert (reserved.admitted, reserved.units_left) == (200, 0)
    assert reserved.slow_served > plain.slow_served
    nobody_rings = City(people=3_000, days=1, wanting=1.0, units=1_000, telephone=0.0, counter=0.0, rush=1.0)
    assert played(nobody_rings, reserves=kept).units_left == 0  # who was told of the hour comes back then
    late = [{"channel": "PHONE", "units": 250, "until": "23:00"}]
    few_ring = City(people=200, days=1, wanting=1.0, units=1_000, telephone=1.0, counter=0.0)
    assert played(few_ring, reserves=late).admitted == 200
    closing = played(SCARCE, reserves=[{"channel": "API", "units": 250, "until": "18:00"}], closes="18:00")
    assert closing.units_left == 250  # never free: the offer is over with the reserve


def test_who_stands_by_is_first_when_a_reserve_falls_free() -> None:
    kept = [{"channel": "API", "units": 500, "until": "09:00"}]
    found = played(SCARCE, reserves=kept, standby_max=150)
    assert (found.admitted, found.refused["STANDBY"], found.units_left) == (200, 150, 0)
    assert played(SCARCE, reserves=kept, standby_max=50).admitted == 200


def test_what_a_reserve_still_keeps_as_the_offer_closes_is_for_who_stands_by() -> None:
    kept = [{"channel": "API", "units": 250, "until": "18:00"}]
    closing = played(SCARCE, reserves=kept, closes="18:00", standby_max=80)
    assert (closing.admitted, closing.refused["STANDBY"], closing.units_left) == (200, 30, 0)


@pytest.mark.parametrize("mode", ["DRAW", "IMPORTED"])
def test_a_rule_from_before_that_keeps_something_for_a_channel_takes_nothing_from_the_chosen(mode: str) -> None:
    kept = [{"channel": "API", "units": 500, "until": "23:59", "units_max": 500}]
    assert played(SCARCE, mode=mode, reserves=kept) == played(SCARCE, mode=mode)


def test_the_shuffled_minute_takes_the_speed_of_the_line_out() -> None:
    all_at_once = City(people=3_000, days=1, wanting=1.0, units=1_000, telephone=0.0, counter=0.0, rush=1.0)
    plain, shuffled = played(all_at_once), played(all_at_once, shuffle_s=600)
    assert plain.slow_served == 0
    assert abs(shuffled.slow_served - shuffled.fast_served) < 0.03


def test_a_slot_takes_as_many_claims_as_its_units_suffice_for() -> None:
    found = played(City(people=100, days=1, wanting=1.0, units=999), mode="APPOINTMENT", slots=["09:00", "15:00"])
    assert found.admitted == 100
    scarce = played(SCARCE, mode="APPOINTMENT", slots=["09:00", "15:00", "16:00"], units_per_claim_max=3)
    assert (scarce.admitted, scarce.units_left) == (333, 1)  # a third of a claim is nobody's


def test_a_household_shares_its_turn() -> None:
    quotas = [{"subject": "HOUSEHOLD", "turn": "ROLLING", "days": 5, "units_max": 5}]
    found = played(City(people=90, days=1, wanting=1.0, units=1_000), quotas=quotas)
    assert (found.admitted, found.refused) == (30, {"quota-used": 60})


def test_days_without_units_are_no_days_of_the_trial() -> None:
    found = played(City(people=300, days=6, wanting=1.0), units_by_day=[50, 0, 100])
    assert (found.asked, found.units_put_out, found.admitted) == (600, 150, 30)


@pytest.mark.parametrize(("telephone", "counter", "rush"), [(-0.1, 0.1, 0.5), (0.6, 0.6, 0.5), (0.1, 0.1, 1.1)])
def test_a_city_of_more_than_all_its_people_is_none(telephone: float, counter: float, rush: float) -> None:
    with pytest.raises(ValueError, match="shares"):
        City(telephone=telephone, counter=counter, rush=rush)


@pytest.mark.parametrize(
    ("people", "units", "said", "why"),
    [
        (100, 0, {}, "nothing-put-out"),
        (100, 1_000, {}, "too-few-people"),  # 200 claims a day
        (100, 500, {}, "too-few-people"),  # each gets one
        (101, 500, {}, ""),
        (101, 9, {"units_daily": 500}, ""),
        (101, 9, {"units_by_day": [5, 1_000]}, "too-few-people"),
        (1, 4, {}, ""),
    ],
)
def test_a_trial_in_which_nobody_can_be_left_out_says_too_little(
    people: int, units: int, said: dict[str, Any], why: str
) -> None:
    rule, city = Rule.read(body(**said)), City(people=people, days=2, wanting=1.0, units=units)
    found = try_rule(rule, city).as_dict()
    assert says_too_little(rule, {"people": people, "days": 2, "units": units}, found) == why
