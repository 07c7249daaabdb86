"""A draw's trial keeps to the draw's own terms: what they change is seen before the release opens."""

from __future__ import annotations

from typing import Any

from baogong.engine.release import City, Rule, Trial, try_rule

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
