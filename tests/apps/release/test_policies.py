"""The published figures of each city, read from its data file."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from baogong.engine.release import City, Mode, Rule, Subject, TurnKind, resident_fen, try_rule
from baogong.release.policies import policies


def rule(city: str) -> Rule:
    return policies()[f"{city}-2020"]


def quota(city: str, subject: Subject = Subject.PERSON) -> tuple[TurnKind, int, int | None, int | None]:
    (found,) = (one for one in rule(city).quotas if one.subject is subject)
    return found.turn.kind, found.turn.days, found.units_max, found.claims_max


ROLLING, FIXED, EVER = TurnKind.ROLLING, TurnKind.FIXED, TurnKind.EVER


@pytest.mark.parametrize(
    ("city", "mode", "units", "opens", "fulfilment"),
    [
        ("xiamen", Mode.DRAW, 6, time(0), "PICKUP"),
        ("laibin", Mode.DRAW, 5, time(0), "PICKUP"),
        ("jinjiang", Mode.DRAW, 5, time(0), "DELIVERY"),
        ("guangan", Mode.FIRST_COME, 5, time(18), "DELIVERY"),
        ("deyang", Mode.APPOINTMENT, 3, time(0), "PICKUP"),
        ("huizhou", Mode.FIRST_COME, 5, time(20), "DELIVERY"),
        ("shanghai", Mode.FIRST_COME, 5, time(0), "PICKUP"),
        ("shaoxing", Mode.FIRST_COME, 1, time(0), "DELIVERY"),
    ],
)
def test_each_city_keeps_its_method_limit_hour_and_way(
    city: str, mode: Mode, units: int, opens: time, fulfilment: str
) -> None:
    found = rule(city)
    assert (found.mode, found.units_per_claim_max, found.opens, found.fulfilment) == (mode, units, opens, fulfilment)


@pytest.mark.parametrize(
    ("city", "subject", "expected"),
    [
        ("guangan", Subject.PHONE, (ROLLING, 5, None, 1)),
        ("laibin", Subject.PERSON, (ROLLING, 3, None, 1)),
        ("huizhou", Subject.PERSON, (ROLLING, 7, 5, None)),
        ("shanghai", Subject.HOUSEHOLD, (FIXED, 10, 5, None)),
        ("hefei", Subject.PERSON, (ROLLING, 3, None, 1)),
        ("shaoxing", Subject.PERSON, (ROLLING, 1, 1, None)),
        ("taiyuan", Subject.PERSON, (ROLLING, 3, None, 1)),
        ("guangzhou", Subject.PERSON, (ROLLING, 10, None, 1)),
    ],
)
def test_each_city_keeps_how_often_one_may_come(
    city: str, subject: Subject, expected: tuple[TurnKind, int, int | None, int | None]
) -> None:
    assert quota(city, subject) == expected


def test_one_telephone_serves_three_numbers_in_laibin() -> None:
    kind, _days, units, claims = quota("laibin", Subject.PHONE)
    assert (kind, units, claims) == (EVER, None, 3)
    assert [units // 5 for units in rule("laibin").units_by_day] == rule("laibin").facts["winners_by_day"]


def test_four_thousand_win_a_day_in_jinjiang() -> None:
    found = rule("jinjiang")
    assert (found.units_daily, found.days) == (20_000, 5)
    assert (found.units_daily or 0) // found.units_per_claim_max == found.facts["winners_daily"]
    assert [found.units_on(day) for day in (0, 4, 5)] == [20_000, 20_000, 0]


def test_what_a_resident_pays_is_what_the_notice_says() -> None:
    assert resident_fen(rule("guangan"), 5) == 1_000
    assert (resident_fen(rule("xiamen"), 6, "plain"), resident_fen(rule("xiamen"), 6, "medical")) == (540, 900)
    assert resident_fen(rule("laibin"), 5) == 0
    assert resident_fen(rule("deyang"), 3) == 100
    assert resident_fen(rule("huizhou"), 5) == 1_000 + 600
    assert resident_fen(rule("hefei"), 1) == 100
    assert resident_fen(policies()["hubei-one-fen-2020"], 1) == 1


def test_who_is_eligible_is_what_the_notice_says() -> None:
    xiamen = rule("xiamen").eligibility
    assert (xiamen.regions, xiamen.region_of, xiamen.lists, xiamen.either) == (
        ("3502",),
        "DOCUMENT",
        ("insured",),
        True,
    )
    assert rule("guangan").eligibility.regions == ("511602", "511603")
    assert rule("guangan").within_h == rule("shaoxing").within_h == 24
    assert policies()["hubei-one-fen-2020"].eligibility.needs_verified_address
    assert rule("deyang").slots == (time(9), time(15))
    assert [rule(city).facts["shops_count"] for city in ("xiamen", "laibin", "deyang")] == [73, 22, 240]


def test_shanghais_rounds_follow_each_other_without_a_gap() -> None:
    (found,) = rule("shanghai").quotas
    starts = sorted({found.turn.starts_on(date(2020, 2, 2) + timedelta(days=day)) for day in range(60)})
    assert [(later - earlier).days for earlier, later in pairwise(starts)] == [10] * 5


@pytest.mark.parametrize("code", sorted(policies()))
def test_every_rule_can_be_tried_on_a_made_up_city(code: str) -> None:
    tried = try_rule(policies()[code], City(people=600, days=6, units=150))
    assert tried.admitted > 0
    assert tried.units_put_out >= tried.units_left >= 0
    assert tried.asked == tried.admitted + sum(tried.refused.values())
