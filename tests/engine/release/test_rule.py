"""A rule is read whole or refused with every fault."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.release import Bearer, Part, Rule, RuleUnusable, Turn, TurnKind, charge, resident_fen

SHANGHAI = ZoneInfo("Asia/Shanghai")


def body(**changed: Any) -> dict[str, Any]:
    return {
        "code": "try",
        "title_zh": "试投放",
        "title_en": "A trial",
        "city": "广安",
        "units_per_claim_max": 5,
        "quotas": [{"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 1}],
        **changed,
    }


def faults(**changed: Any) -> list[str]:
    with pytest.raises(RuleUnusable) as refused:
        Rule.read_new(body(**changed))
    found: list[str] = refused.value.data["problems"]
    return found


DELIVERED = {"part": "DELIVERY", "payee": "CARRIER", "per": "CLAIM", "fen": 600, "bearers": {"RESIDENT": 1}}


def test_what_other_offices_winners_may_order_has_a_price_for_bringing_it() -> None:
    assert Rule.read(body(mode="IMPORTED", fulfilment="PICKUP", price=[DELIVERED])).takes_orders
    assert Rule.read(body(price=[DELIVERED])).is_brought


def test_every_fault_is_named_at_once() -> None:
    found = faults(mode="LOTTERY", opens="25:00", units_per_claim_max=0, colour="red")
    assert len(found) == 4
    assert [one.split()[0] for one in found] == ["mode", "units_per_claim_max", "opens", "colour"]


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"closes": "08:00", "opens": "09:00"}, "closes"),
        ({"mode": "APPOINTMENT"}, "slots"),
        ({"mode": "ONE_FEN"}, "giver"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"quotas": [{"subject": "PERSON", "turn": "ROLLING", "claims_max": 1}]}, "days"),
        ({"quotas": [{"subject": "PERSON", "turn": "FIXED", "days": 10, "claims_max": 1}]}, "first_on"),
        ({"quotas": [{"subject": "PERSON", "turn": "EVER"}]}, "limits nothing"),
        ({"quotas": [{"turn": "EVER", "units_max": 4}]}, "units_per_claim_max"),
        ({"units_daily": 10, "reserves": [{"channel": "CLERK", "units": 11, "until": "20:00"}]}, "reserves"),
        ({"reserves": [{"channel": "CLERK", "units": 1}]}, "until"),
        (
            {"mode": "DRAW", "reserves": [{"channel": "CLERK", "units": 1, "until": "20:00"}]},
            "reserves stand beside mode DRAW",
        ),
        (
            {"mode": "IMPORTED", "reserves": [{"channel": "WEB", "units": 0, "until": "20:00", "units_max": 5}]},
            "choose FIRST_COME, APPOINTMENT or ONE_FEN",
        ),
        ({"mode": "APPOINTMENT", "slots": ["09:00"], "standby_max": 1}, "standby_max stands beside mode APPOINTMENT"),
        ({"units_daily": 10, "units_by_day": [10]}, "units_by_day"),
        ({"price": [{"part": "GOODS", "fen": 5}]}, "bearers"),
        ({"price": [DELIVERED], "fulfilment": "PICKUP"}, "delivery"),
        ({"eligibility": {"regions": ["Sichuan"]}}, "regions"),
        ({"eligibility": {"age_min": 60, "age_max": 18}}, "age_max"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(changed: dict[str, Any], about: str) -> None:
    assert any(about in one for one in faults(**changed)), faults(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "DRAW", "reserves": [{"channel": "CLERK", "units": 1, "until": "20:00"}]},
        {"mode": "APPOINTMENT", "slots": ["09:00"], "standby_max": 1},
        {"price": [DELIVERED], "fulfilment": "PICKUP"},
    ],
)
def test_a_wording_from_before_a_contradiction_was_known_is_read_as_it_was_kept(changed: dict[str, Any]) -> None:
    kept = Rule.read(body(**changed))
    assert (kept.reserves, kept.standby_max, kept.price) != ((), 0, ())
    with pytest.raises(RuleUnusable):
        Rule.read_new(body(**changed))


def test_the_digest_follows_what_the_rule_says_and_not_how_it_was_ordered() -> None:
    one, other = Rule.read(body(opens="18:00")), Rule.read(dict(reversed(body(opens="18:00").items())))
    assert one.digest() == other.digest() != Rule.read(body(opens="18:01")).digest()
    assert Rule.read(one.body) == one


def test_a_turn_is_counted_in_calendar_days() -> None:
    turn = Turn(TurnKind.ROLLING, 3)
    claimed = datetime(2020, 2, 5, 18, 5, tzinfo=SHANGHAI)
    later = datetime(2020, 2, 8, 18, 0, tzinfo=SHANGHAI)
    assert later - claimed < timedelta(days=3)
    assert turn.is_over(claimed.date(), later.date())
    assert not turn.is_over(claimed.date(), date(2020, 2, 7))


def test_the_day_turns_at_the_citys_midnight() -> None:
    rule = Rule.read(body())
    assert rule.day_of(datetime(2020, 2, 5, 15, 59, 59, tzinfo=ZoneInfo("UTC"))) == date(2020, 2, 5)
    assert rule.day_of(datetime(2020, 2, 5, 16, 0, 0, tzinfo=ZoneInfo("UTC"))) == date(2020, 2, 6)
    assert rule.closes_at(date(2020, 2, 5)) == datetime(2020, 2, 6, tzinfo=SHANGHAI)


@given(st.dates(date(2019, 1, 1), date(2023, 1, 1)), st.integers(1, 40), st.integers(0, 200))
def test_every_day_lies_in_exactly_one_round(first_on: date, days: int, later: int) -> None:
    turn, on = Turn(TurnKind.FIXED, days, first_on), first_on + timedelta(days=later)
    start = turn.starts_on(on)
    assert start <= on < start + timedelta(days=days)
    assert (start - first_on).days % days == 0
    assert not turn.is_over(start, on)
    assert turn.is_over(start, start + timedelta(days=days))


weights = st.dictionaries(st.sampled_from(sorted(Bearer)), st.integers(1, 10_000), min_size=1)
parts = st.lists(
    st.fixed_dictionaries(
        {
            "part": st.sampled_from(sorted(Part)),
            "payee": st.sampled_from(["FACTORY", "SHOP", "CARRIER", "PLATFORM", "AUTHORITY"]),
            "per": st.sampled_from(["UNIT", "CLAIM"]),
            "fen": st.integers(0, 99_999),
            "bearers": weights,
        }
    ),
    max_size=5,
)


@given(parts, st.integers(1, 5), st.integers(1, 10_000))
def test_what_the_bearers_pay_is_what_the_payees_get_to_the_fen(
    price: list[dict[str, Any]], units: int, basis_points: int
) -> None:
    share = {
        "part": "COMMISSION",
        "payee": "PLATFORM",
        "basis_points": basis_points,
        "bearers": {"CITY": 2, "PLATFORM": 1},
    }
    rule = Rule.read(body(price=[*price, share]))
    charges = charge(rule, units)
    goods = sum(one["fen"] * (units if one["per"] == "UNIT" else 1) for one in price if one["part"] == "GOODS")
    total = sum(one["fen"] * (units if one["per"] == "UNIT" else 1) for one in price) + goods * basis_points // 10_000
    assert sum(one.fen for one in charges) == total
    assert all(one.fen > 0 for one in charges)
    assert resident_fen(rule, units) == sum(one.fen for one in charges if one.bearer is Bearer.RESIDENT)


def test_the_rule_of_the_guide_can_be_read() -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs" / "release-rules.md").read_text("utf-8")
    rule = Rule.read(json.loads(guide.split("```json")[1].split("```")[0]))
    named = set(re.findall(r"`([a-z_]+)`", guide))
    assert {field.name for field in fields(Rule)} - {"body", "eligibility", "quotas", "reserves", "price"} <= named
    assert resident_fen(rule, 5) == 5 * 150 + 250


@pytest.mark.parametrize(
    ("opens", "closes", "at", "is_taken", "again"),
    [
        (None, None, "00:00", True, "05 00:00"),
        (None, None, "23:59", True, "05 23:59"),
        ("00:00", "22:00", "21:59", True, "05 21:59"),
        ("00:00", "22:00", "22:00", False, "06 00:00"),
        ("00:00", "22:00", "23:59", False, "06 00:00"),
        ("08:00", "20:00", "07:59", False, "05 08:00"),
        ("08:00", "20:00", "08:00", True, "05 08:00"),
        ("08:00", "20:00", "20:00", False, "06 08:00"),
        ("18:00", None, "17:00", False, "05 18:00"),
    ],
)
def test_a_rule_says_at_which_times_of_each_day_somebody_is_taken_in(
    opens: str | None, closes: str | None, at: str, is_taken: bool, again: str
) -> None:
    rule = Rule.read(body(**{key: said for key, said in (("opens", opens), ("closes", closes)) if said}))
    moment = datetime.fromisoformat(f"2020-02-05T{at}+08:00")
    assert rule.takes_at(moment) is is_taken
    assert f"{rule.takes_again_at(moment):%d %H:%M}" == again


@pytest.mark.parametrize(
    ("eligibility", "region", "districts"),
    [
        ({"regions": ["5116"]}, "511602", ("511602",)),
        ({"regions": ["511602", "511603", "31"]}, "5116", ("511602", "511603")),
        ({"regions": ["511602"], "lists": ["insured"], "either": True}, "5116", ("511602", "5116")),
        ({"regions": ["3502"], "region_of": "DOCUMENT"}, "350203", ("350203",)),
        ({"regions": ["3502"], "region_of": "DOCUMENT"}, "", ()),
        ({}, "350203", ("350203",)),
        ({"regions": ["31"]}, "", ("31",)),
        ({}, "", ()),
    ],
)
def test_the_districts_to_choose_from_are_those_the_tranche_serves(
    eligibility: dict[str, Any], region: str, districts: tuple[str, ...]
) -> None:
    assert Rule.read(body(eligibility=eligibility)).districts(region) == districts
