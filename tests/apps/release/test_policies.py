"""The published figures of each city, read from its data file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from baogong.engine.release import City, Mode, Rule, Subject, TurnKind, resident_fen, try_rule
from baogong.release.policies import policies


def rule(city: str) -> Rule:
    return policies()[f"{city}-2020"]


def quota(city: str, subject: Subject = Subject.PERSON) -> tuple[TurnKind, int, int | None, int | None]:
    (found,) = (one for one in rule(city).quotas if one.subject is subject)
    return found.turn.kind, found.turn.days, found.units_max, found.claims_max


def _person_once(days: int, at: int = 0) -> dict[str, Any]:
    return {
        f"quotas.{at}.subject": "PERSON", f"quotas.{at}.turn": "ROLLING", f"quotas.{at}.days": days,
        f"quotas.{at}.claims_max": 1,
    }  # fmt: skip


def _paid(part: str, per: str, fen: int, at: int = 0, bearer: str = "RESIDENT") -> dict[str, Any]:
    return {f"price.{at}.part": part, f"price.{at}.per": per, f"price.{at}.fen": fen, f"price.{at}.bearers.{bearer}": 1}


ID = {"eligibility.documents": ["RESIDENT_ID"]}

# What the notices said, by the field of the file that says it. What is not here a file must own up to under `invented`.
PUBLISHED: dict[str, dict[str, Any]] = {
    "deyang": {
        "mode": "APPOINTMENT", "slots": ["09:00", "15:00"], "units_per_claim_max": 3, "fulfilment": "PICKUP",
        "facts.shops_count": 240, **ID, **_paid("GOODS", "CLAIM", 100),
    },
    "guangan": {
        "mode": "FIRST_COME", "opens": "18:00", "units_per_claim_max": 5, "fulfilment": "DELIVERY", "within_h": 24,
        "disinfected": True, "eligibility.regions": ["511602", "511603"],
        "quotas.0.subject": "PHONE", "quotas.0.turn": "ROLLING", "quotas.0.days": 5, "quotas.0.claims_max": 1,
        **_person_once(5, at=1), **_paid("GOODS", "UNIT", 200),
        "facts.price_yuan_each": "2.0", "facts.delivery_included": True,
    },
    "guangzhou": {
        "mode": "DRAW", "fulfilment": "DELIVERY", "eligibility.regions": ["4401"], **_person_once(10),
        "facts.entrants_over": 2_000_000, "facts.won_basis_points": 350,
    },
    "hefei": {"mode": "FIRST_COME", "fulfilment": "PICKUP", **ID, **_person_once(3), **_paid("GOODS", "UNIT", 100)},
    "hubei-one-fen": {
        "mode": "ONE_FEN", "units_per_claim_max": 1, "fulfilment": "DELIVERY",
        "eligibility.regions": ["42"], "eligibility.needs_verified_address": True,
        "quotas.0.subject": "PERSON", "quotas.0.turn": "EVER", "quotas.0.units_max": 1,
        **_paid("GOODS", "UNIT", 1),
        "price.1.part": "GOODS", "price.1.per": "UNIT", "price.1.bearers.GIVER": 1,
        "price.2.part": "DELIVERY", "price.2.per": "CLAIM", "price.2.bearers.GIVER": 1,
    },
    "huizhou": {
        "mode": "FIRST_COME", "opens": "20:00", "units_per_claim_max": 5, "fulfilment": "DELIVERY", **ID,
        "quotas.0.subject": "PERSON", "quotas.0.turn": "ROLLING", "quotas.0.days": 7, "quotas.0.units_max": 5,
        **_paid("GOODS", "CLAIM", 1_000), **_paid("DELIVERY", "CLAIM", 600, at=1),
    },
    "jinjiang": {
        "mode": "DRAW", "units_daily": 20_000, "days": 5, "units_per_claim_max": 5, "fulfilment": "DELIVERY",
        "eligibility.regions": ["350582"], "facts.winners_daily": 4_000,
    },
    "laibin": {
        "mode": "DRAW", "units_by_day": [10_000, 15_000, 15_000], "units_per_claim_max": 5, "fulfilment": "PICKUP", **ID,
        **_person_once(3),
        "quotas.1.subject": "PHONE", "quotas.1.turn": "EVER", "quotas.1.claims_max": 3,
        "facts.winners_by_day": [2_000, 3_000, 3_000], "facts.shops_count": 22,
    },
    "shanghai": {
        "mode": "FIRST_COME", "units_per_claim_max": 5, "fulfilment": "PICKUP", "eligibility.regions": ["31"],
        "quotas.0.subject": "HOUSEHOLD", "quotas.0.turn": "FIXED", "quotas.0.days": 10, "quotas.0.units_max": 5,
    },
    "shaoxing": {
        "mode": "FIRST_COME", "units_per_claim_max": 1, "fulfilment": "DELIVERY", "within_h": 24,
        "eligibility.lists": ["citizen-card"],
        "quotas.0.subject": "PERSON", "quotas.0.turn": "ROLLING", "quotas.0.days": 1, "quotas.0.units_max": 1,
    },
    "taiyuan": {"mode": "FIRST_COME", "days": 15, "fulfilment": "DELIVERY", **ID, **_person_once(3)},
    "xiamen": {
        "mode": "DRAW", "opens": "00:00", "closes": "22:00", "units_per_claim_max": 6, "fulfilment": "PICKUP",
        "eligibility.regions": ["3502"], "eligibility.region_of": "DOCUMENT", "eligibility.lists": ["insured"],
        "eligibility.either": True, "draw.stays_in": True,
        **_paid("GOODS", "UNIT", 90), "price.0.variant": "plain",
        **_paid("GOODS", "UNIT", 150, at=1), "price.1.variant": "medical",
        "facts.draw_at": "09:00", "facts.registration_shut": ["22:00", "24:00"], "facts.shops_count": 73,
        "facts.original_document": True,
    },
}  # fmt: skip
NAMES = {"code", "title_zh", "title_en", "city", "source", "invented"}


def _leaves(body: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted field → value; a list of plain values is one."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from _leaves(value, f"{at}.{key}" if at else key)
    elif isinstance(body, list) and body and isinstance(body[0], dict):
        for number, value in enumerate(body):
            yield from _leaves(value, f"{at}.{number}")
    else:
        yield at, body


def test_every_city_is_held() -> None:
    assert {f"{city}-2020" for city in PUBLISHED} == set(policies())


@pytest.mark.parametrize("city", sorted(PUBLISHED))
def test_each_file_says_what_its_notice_said_and_owns_up_to_the_rest(city: str) -> None:
    body = rule(city).body
    said, invented = {field: value for field, value in _leaves(body) if field not in NAMES}, body.get("invented", ())
    assert {field: said.get(field) for field in PUBLISHED[city]} == PUBLISHED[city]
    own = {field for field in said.keys() - PUBLISHED[city].keys() if not set(invented) & set(field.split("."))}
    assert not own, "neither the notice's nor owned up to"
    unused = {word for word in invented if not any(word in field.split(".") for field in said)}
    assert not unused, "owned up to, and not in the file"


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
