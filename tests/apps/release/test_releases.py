"""Rules are wordings: tried before they open, fixed afterwards; money is settled to the fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from baogong.engine.release import Rule, charge
from baogong.journal import queries as journal
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, RequestIdReused
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.release import queries, services
from baogong.release.errors import (
    BeyondTheRule,
    ClaimMoved,
    NotTried,
    QuotasDiffer,
    RegionUnknown,
    ReleaseTwice,
    RuleFixed,
    TrancheUnusable,
    TrialUnusable,
    TriedTooLittle,
)
from baogong.release.models import Release, Tranche
from tests.apps.release.world import DAY, NOW, TODAY, World, asked, claim_all, claim_one, rule
from tests.cast import log_in_as

PRICE = [
    {"part": "GOODS", "payee": "FACTORY", "per": "UNIT", "fen": 133, "bearers": {"RESIDENT": 1, "CITY": 2}},
    {"part": "DELIVERY", "payee": "SHOP", "per": "CLAIM", "fen": 601, "bearers": {"PLATFORM": 1, "CITY": 1}},
    {"part": "COMMISSION", "payee": "AUTHORITY", "basis_points": 333, "bearers": {"PLATFORM": 1}},
]


def test_a_rule_is_tried_before_it_opens_and_stays_afterwards(world: World) -> None:
    release = world.release(is_open=False)
    with pytest.raises(NotTried):
        services.open_release(release=release, actor=world.lin, now=NOW)
    services.try_out(release=release, people=60, days=2, units=10, actor=world.lin, now=NOW)
    services.change_rule(release=release, rule=rule(standby_max=5), actor=world.lin, now=NOW)
    with pytest.raises(NotTried):  # the trial was of the first wording
        services.open_release(release=release, actor=world.lin, now=NOW)
    trial = services.try_out(release=release, people=60, days=2, units=20, actor=world.lin, now=NOW)
    paper = services.open_release(release=release, actor=world.lin, now=NOW)
    assert services.open_release(release=release, actor=world.lin, now=NOW) == paper
    view = queries.release(release)
    assert (view.state, view.version, view.rule["standby_max"]) == ("OPEN", 2, 5)
    assert journal.document(paper).body["digest"] == view.digest
    assert queries.trials(release)[0].outcome["admitted"] == trial.admitted
    with pytest.raises(RuleFixed):
        services.change_rule(release=release, rule=rule(), actor=world.lin, now=NOW)


@pytest.mark.parametrize(
    ("city", "why"),
    [
        ({"people": 1, "days": 1, "wanting": 0.0001, "units": 0}, "nothing-put-out"),
        ({"people": 60, "days": 2, "units": 0}, "nothing-put-out"),
        ({"people": 60, "days": 2, "wanting": 1.0, "units": 300}, "too-few-people"),
    ],
)
def test_a_trial_that_leaves_nobody_out_opens_nothing(world: World, city: dict[str, Any], why: str) -> None:
    release = world.release(is_open=False)
    services.try_out(release=release, **city, actor=world.lin, now=NOW)
    with pytest.raises(TriedTooLittle) as refused:
        services.open_release(release=release, actor=world.lin, now=NOW)
    assert refused.value.data["why"] == why
    services.try_out(release=release, people=61, days=2, wanting=1.0, units=300, actor=world.lin, now=NOW)
    services.try_out(release=release, **city, actor=world.lin, now=NOW)
    services.open_release(release=release, actor=world.lin, now=NOW)  # one that shows it is enough
    assert queries.release(release).state == "OPEN"


def test_the_shares_a_trial_took_are_kept_with_it(world: World) -> None:
    release = world.release(is_open=False)
    services.try_out(release=release, people=60, days=1, telephone=0.3, rush=0.9, actor=world.lin, now=NOW)
    kept = queries.trials(release)[0].city
    assert (kept["telephone"], kept["counter"], kept["rush"]) == (0.3, 0.1, 0.9)
    with pytest.raises(TrialUnusable):
        services.try_out(release=release, people=60, days=1, telephone=0.6, counter=0.6, actor=world.lin, now=NOW)


def test_the_table_itself_keeps_the_rule_of_an_open_release(world: World) -> None:
    release = world.release(is_open=False)
    services.change_rule(release=release, rule=rule(standby_max=5), actor=world.lin, now=NOW)
    services.try_out(release=release, people=60, days=2, units=10, actor=world.lin, now=NOW)
    services.open_release(release=release, actor=world.lin, now=NOW)
    first = Release.objects.get(id=release).versions.get(number=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(id=release).update(rule=first)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE release_ruleversion SET body = '{}'")


def test_two_offices_open_one_rule_under_one_code_and_each_holds_its_own_units(world: World) -> None:
    """A district's office copies its neighbour's rule, word for word."""
    office = register_party(kind="ORGANISATION", name="前锋区疫情防控指挥部", city="广安", now=NOW)
    lin = log_in_as("Lin of 前锋", [(Duty.COMMAND, office), (Duty.KEEPER, world.cast.warehouse)], NOW)
    there = replace(world, office=office, lin=lin)
    tranches = [place.put_out(place.release(), units) for place, units in ((world, 5), (there, 10))]
    holders = list(Release.objects.values_list("holder", flat=True))
    assert len(set(holders)) == 2
    offered = book.balances(holders=holders, states=[State.OFFERED])
    assert sorted(view.posted for view in offered) == [5, 10]
    assert [claim_one(tranche, "zhang").is_admitted for tranche in tranches] == [True, True]


def test_the_same_request_drafts_one_release_and_a_code_is_used_once(world: World) -> None:
    def draft(request: Any, **changed: Any) -> Any:
        return services.draft_release(
            office=world.office, item=world.item, rule=rule(**changed), actor=world.lin, now=NOW, request_id=request
        )

    request = new_id()
    assert draft(request) == draft(request)
    with pytest.raises(RequestIdReused):
        draft(request, standby_max=1)
    with pytest.raises(ReleaseTwice):
        draft(new_id())


def test_releases_that_share_a_quota_have_the_same(world: World) -> None:
    first = world.release()
    with pytest.raises(QuotasDiffer):
        world.sharing(first, quotas=[])


@pytest.mark.parametrize(
    ("changed", "about"),
    [({"units": 0}, "units"), ({"on": TODAY - DAY}, "on"), ({"region": "X"}, "region"), ({"variant": "medical"}, "variant")],
)  # fmt: skip
def test_a_tranche_that_makes_no_sense_is_not_put_out(world: World, changed: dict[str, Any], about: str) -> None:
    given = {"units": 10, **changed}
    with pytest.raises(TrancheUnusable) as refused:
        world.put_out(world.release(), **given)
    assert refused.value.expected.startswith(about)  # type: ignore[attr-defined]
    assert world.free() == 1_000


def test_a_code_that_neither_the_register_nor_the_rule_names_is_no_district(world: World) -> None:
    with pytest.raises(RegionUnknown):
        world.release(eligibility={"regions": ["511602", "999999"]})
    named = world.release(eligibility={"regions": ["990001"], "names": {"990001": {"zh": "双福街道"}}})
    world.put_out(named, 10, region="990001")
    draft = world.release(is_open=False, code="other")
    with pytest.raises(RegionUnknown):
        services.change_rule(
            release=draft, rule=rule(code="other", eligibility={"regions": ["9999"]}), actor=world.lin, now=NOW
        )
    free = world.free()
    with pytest.raises(RegionUnknown) as refused:
        world.put_out(named, 10, region="999999")
    assert refused.value.found == "999999"
    assert world.free() == free


def put_out_of(world: World, release: UUID, *days: tuple[int, int]) -> list[str]:
    """What is said of so many units on each of these days from today, one after the other; "" where they are put out."""
    told = []
    for at, (later, units) in enumerate(days):
        region = ("", "511602")[at % 2]  # a day's districts share what the day has
        try:
            world.put_out(release, units, on=TODAY + later * DAY, region=region)
        except BeyondTheRule as refused:
            told.append(str(refused.expected))
        else:
            told.append("")
    return told


def test_a_day_has_as_much_as_the_rule_says_over_all_its_tranches(world: World) -> None:
    release = world.release(units_daily=100)
    told = put_out_of(world, release, (0, 60), (0, 40), (0, 1), (1, 101), (1, 100), (40, 100))
    assert [bool(one) for one in told] == [False, False, True, True, False, False]
    assert told[2] == "0 of 100 on 2020-02-05"
    assert world.free() == 700


def test_nothing_is_put_out_beside_the_rules_days(world: World) -> None:
    release = world.release(units_daily=100, days=2)
    told = put_out_of(world, release, (1, 100), (3, 10), (2, 100), (0, 10))
    assert told == ["", "a day of the rule's, counted from 2020-02-06", "", "a day from 2020-02-06 on"]
    assert world.free() == 800


def test_each_day_has_its_own_quantity_where_the_rule_lists_them(world: World) -> None:
    release = world.release(units_by_day=[10, 30, 20])
    told = put_out_of(world, release, (0, 11), (0, 10), (2, 21), (1, 30), (2, 20), (3, 1))
    assert [bool(one) for one in told] == [True, False, True, False, False, True]


def test_a_day_that_stands_above_the_rule_stands_in_no_other_days_way(world: World) -> None:
    """A late shop list promises on what was taken back and put out again that day: 101 of 100."""
    release = world.release(units_daily=100)
    assert put_out_of(world, release, (1, 100)) == [""]
    Tranche.objects.filter(release=release).update(units=101)
    told = put_out_of(world, release, (2, 100), (1, 1), (0, 100))
    assert told == ["", "0 of 100 on 2020-02-06", ""], "no day before it is in the way either: it has as much as before"


def test_a_first_day_that_was_wholly_taken_back_is_not_counted_from(world: World) -> None:
    release = world.release(units_by_day=[10, 30])
    first = world.put_out(release, 10)
    assert services.take_back(tranche=first, actor=world.lin, now=NOW + DAY) == 10
    told = put_out_of(world, release, (5, 10), (6, 30), (7, 1))
    assert told == ["", "", "a day of the rule's, counted from 2020-02-10"]


def test_a_rule_that_says_no_quantity_leaves_it_to_the_day(world: World) -> None:
    assert put_out_of(world, world.release(), (0, 300), (0, 300), (5, 300)) == ["", "", ""]


def test_a_tranche_is_put_out_once_for_one_request(world: World) -> None:
    release, request = world.release(), new_id()
    given: dict[str, Any] = {
        "release": release,
        "on": TODAY,
        "units": 10,
        "lot": world.lot,
        "source": world.cast.warehouse,
    }
    put = [services.put_out(**given, actor=world.lin, now=NOW, request_id=request) for _ in range(2)]
    assert put[0] == put[1]
    assert world.free() == 990


def test_what_is_settled_is_what_was_handed_over_to_the_fen(world: World) -> None:
    release = world.release(price=PRICE)
    tranche = world.put_out(release, 100, shop=world.cast.hub, factory=world.cast.hospital)
    answers = [claim_one(tranche, f"person {units} {at}", units) for at in range(3) for units in (1, 3, 5)]
    given_up = answers.pop()
    services.cancel_claim(claim=given_up.id, actor=world.wu, now=NOW)
    assert queries.settlement(release) == ()
    for answer in answers:
        hand_over(world, answer.id)
    settled = queries.settlement(release)
    read = Rule.read(rule(price=PRICE))
    expected: dict[tuple[str, str, str], int] = {}
    for answer in answers:
        for one in charge(read, answer.units):
            key = (one.payee.value, one.bearer.value, one.part.value)
            expected[key] = expected.get(key, 0) + one.fen
    assert {(one.payee, one.bearer, one.part): one.fen for one in settled} == expected
    goods = sum(one.fen for one in settled if one.part == "GOODS")
    assert goods == 133 * sum(answer.units for answer in answers)
    assert sum(one.fen for one in settled if one.part == "DELIVERY") == 601 * len(answers)
    names = {one.payee: one.payee_name for one in settled}
    assert names == {"FACTORY": "武汉大学中南医院", "SHOP": "仙桃中转仓", "AUTHORITY": "广安疫情防控指挥部"}
    assert queries.settlement(release, since=TODAY + DAY) == ()


def hand_over(world: World, claim: Any, request: Any = None, actor: Any = None) -> None:
    services.hand_over_claim(
        claim=claim, evidence=[EvidenceIn("CODE", text="1234")], actor=actor or world.cast.lin, now=NOW + timedelta(hours=1),
        request_id=request or new_id(), is_brought=True,
    )  # fmt: skip


def test_a_claim_is_handed_over_once_by_whoever_stands_there(world: World) -> None:
    tranche = world.put_out(world.release(), 10, shop=world.cast.hub)
    answer, request = claim_one(tranche, "zhang"), new_id()
    with pytest.raises(BaogongError):
        hand_over(world, answer.id, actor=world.cast.stranger)
    assert services.accept_claims(claims=[answer.id], actor=world.cast.bao, now=NOW) == 1
    for _ in range(2):
        hand_over(world, answer.id, request, actor=world.cast.bao)
    with pytest.raises(ClaimMoved):
        hand_over(world, answer.id)
    with pytest.raises(ClaimMoved):
        services.cancel_claim(claim=answer.id, actor=world.wu, now=NOW)
    assert queries.claim(answer.id).state == "HANDED_OVER"


def test_how_claims_fared_is_told_by_district(world: World) -> None:
    tranche = world.tranche(10)
    claim_all([asked(tranche, str(at), region=f"51160{2 + at % 2}") for at in range(4)])
    told = queries.fairness(queries.tranche(tranche).release)
    assert [(one.region, one.claims, one.admitted, one.units) for one in told] == [
        ("511602", 2, 1, 5),
        ("511603", 2, 1, 5),
    ]


def test_the_seed_of_the_opening_is_published_as_a_hash_first(world: World) -> None:
    tranche = world.tranche(10, shuffle_s=60, opens="10:00")
    before = queries.tranche(tranche)
    claim_one(tranche, "zhang")
    assert services.judge_openings(now=NOW + timedelta(seconds=60)) == 1
    after = queries.tranche(tranche)
    assert (before.seed, len(before.seed_hash)) == ("", 64)
    assert after.seed_hash == before.seed_hash
    assert len(after.seed) == 64


def test_people_hurry_to_an_opening_only_where_who_asks_first_is_answered_first(world: World) -> None:
    hurried, drawn = world.tranche(10), world.tranche(10, code="drawn", mode="DRAW")
    opening = {tranche.id for _code, tranche in queries.tranches_opening(Window())}
    assert hurried in opening
    assert drawn not in opening
