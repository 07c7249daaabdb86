"""Who is admitted, whatever road a claim came by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.kernel.actor import Actor
from baogong.kernel.clock import SetClock
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.release import jobs, looking, services
from baogong.release.facts import Answer
from baogong.release.identity import person
from baogong.release.looking import NotOffered
from baogong.release.models import Claim, Tranche, Used
from tests.apps.release.world import (
    DAY,
    NOW,
    TODAY,
    World,
    asked,
    claim_all,
    claim_one,
    figures,
    is_sound,
    opening,
    promoted,
    tag,
)


def test_what_is_admitted_stands_in_the_book_as_an_ordinary_hold(world: World) -> None:
    tranche = world.tranche(20)
    answer = claim_one(tranche, "zhang")
    assert (answer.state, answer.units, answer.is_admitted) == ("ADMITTED", 5, True)
    assert answer.hold is not None
    hold = book.hold(answer.hold)
    assert (hold.amount, hold.open) == (5, 5)
    assert figures(tranche) == {"counted": 5, "claimed": 5, "promised": 5}
    assert is_sound(tranche)


def test_the_same_id_gets_the_same_answer_for_ever_and_has_one_effect(world: World) -> None:
    tranche = world.tranche(5)
    admitted, refused = asked(tranche, "zhang"), asked(tranche, "li")
    first = claim_all([admitted, refused, admitted])
    assert [one.state for one in first] == ["ADMITTED", "REFUSED", "ADMITTED"]
    again = claim_all([refused, admitted], NOW + 10 * timedelta(hours=1))
    assert [(one.state, one.code, one.hold, one.was_seen) for one in again] == [
        ("REFUSED", "none-left", None, True),
        ("ADMITTED", "", first[0].hold, True),
    ]
    assert is_sound(tranche)


def test_an_id_of_another_claim_changes_nothing_and_tells_nothing_of_it(world: World) -> None:
    tranche = world.tranche(20)
    first = asked(tranche, "zhang")
    claim_all([first])
    (answer,) = claim_all([asked(tranche, "li", id=first.id)])
    assert (answer.state, answer.code, answer.hold) == ("REUSED", "id-reused", None)
    assert Claim.objects.count() == 1


def test_a_quota_that_refuses_wastes_no_unit(world: World) -> None:
    """Two hundred claims of one person stand before the last one of another: he still gets the last five."""
    tranche = world.tranche(10)
    answers = claim_all([*(asked(tranche, "zhang") for _ in range(200)), asked(tranche, "li")])
    assert [one.state for one in answers if one.is_admitted] == ["ADMITTED", "ADMITTED"]
    assert answers[-1].is_admitted
    assert {one.code for one in answers[1:-1]} == {"quota-used"}


@pytest.mark.parametrize(
    ("second", "is_free"),
    [
        (datetime(2020, 2, 5, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 of the same day
        (datetime(2020, 2, 7, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 of the last day of the turn
        (datetime(2020, 2, 7, 16, 0, 0, tzinfo=UTC), True),  # 00:00 of the third day after
    ],
)
def test_a_turn_of_three_days_ends_at_the_citys_midnight(world: World, second: datetime, is_free: bool) -> None:
    release = world.release()
    first = world.put_out(release, 20)
    assert claim_one(first, "zhang", now=datetime(2020, 2, 5, 10, 5, tzinfo=UTC)).is_admitted
    on = (second + timedelta(hours=8)).date()
    later = first if on == TODAY else world.put_out(release, 20, on=on)
    answer = claim_one(later, "zhang", now=second)
    assert answer.is_admitted is is_free
    assert (answer.code, answer.free_on) == (("", None) if is_free else ("quota-used", date(2020, 2, 8)))


def test_units_of_a_turn_are_counted_over_channels_releases_and_claims(world: World) -> None:
    quotas = [{"subject": "PERSON", "turn": "ROLLING", "days": 7, "units_max": 5}]
    first = world.release(quotas=quotas)
    second = world.sharing(first, quotas=quotas)
    here, there = world.put_out(first, 50), world.put_out(second, 50)
    assert claim_one(here, "zhang", 2, channel="WEB").is_admitted
    assert claim_one(there, "zhang", 2, channel="CLERK").is_admitted
    assert claim_one(here, "zhang", 2, channel="IMPORT").code == "quota-used"
    assert claim_one(here, "zhang", 1, channel="PHONE").is_admitted
    assert Used.objects.get().units == 5


def test_a_household_has_its_round_whoever_of_it_comes(world: World) -> None:
    quotas = [{"subject": "HOUSEHOLD", "turn": "FIXED", "days": 10, "first_on": "2020-02-02", "units_max": 5}]
    tranche = world.tranche(50, quotas=quotas)
    assert claim_one(tranche, "zhang", 3, household=tag("home")).is_admitted
    assert claim_one(tranche, "wang", 3, household=tag("home")).code == "quota-used"
    assert claim_one(tranche, "wang", 2, household=tag("home")).is_admitted
    assert claim_one(tranche, "li", 1).code == "household-missing"


def test_one_telephone_serves_three_people(world: World) -> None:
    quotas = [
        {"subject": "PERSON", "turn": "EVER", "claims_max": 1},
        {"subject": "PHONE", "turn": "EVER", "claims_max": 3},
    ]
    tranche = world.tranche(50, quotas=quotas)
    answers = claim_all([asked(tranche, name, phone=tag("138")) for name in ("a", "b", "b", "c", "d")])
    assert [one.state for one in answers] == ["ADMITTED", "ADMITTED", "REFUSED", "ADMITTED", "REFUSED"]


def test_reserves_that_would_keep_more_than_a_tranche_has_share_it_and_block_nothing(world: World) -> None:
    kept = [{"channel": channel, "units": 30, "until": "20:00"} for channel in ("PHONE", "CLERK")]
    tranche = world.put_out(world.release(quotas=[], reserves=kept), 40)
    had = dict.fromkeys(("PHONE", "CLERK", "WEB"), 0)
    for at in range(5):
        for channel in had:
            had[channel] += claim_one(tranche, f"{channel} {at}", 5, channel=channel).is_admitted
    assert had == {"PHONE": 4, "CLERK": 4, "WEB": 0}
    enough = world.put_out(world.release(code="more", quotas=[], reserves=kept), 65)
    assert [claim_one(enough, str(at), 5).is_admitted for at in range(2)] == [True, False]


def test_a_reserve_is_kept_until_its_hour_and_free_for_all_afterwards(world: World) -> None:
    reserves = [{"channel": "PHONE", "units": 10, "until": "12:00", "units_max": 15}]
    tranche = world.tranche(20, reserves=reserves, units_per_claim_max=5)
    assert [claim_one(tranche, f"web{at}").state for at in range(3)] == ["ADMITTED", "ADMITTED", "REFUSED"]
    assert claim_one(tranche, "old", channel="PHONE").is_admitted
    noon = datetime(2020, 2, 5, 4, 0, tzinfo=UTC)
    assert claim_one(tranche, "web9", now=noon - timedelta(seconds=1)).code == "none-left"
    assert claim_one(tranche, "web9", now=noon).is_admitted
    assert is_sound(tranche)


def test_a_channel_gives_no_more_than_its_cap(world: World) -> None:
    reserves = [{"channel": "CLERK", "units": 5, "until": "12:00", "units_max": 10}]
    tranche = world.tranche(50, reserves=reserves)
    answers = [claim_one(tranche, f"old{at}", channel="CLERK").code for at in range(3)]
    assert answers == ["", "", "channel-full"]


@pytest.mark.parametrize(
    ("eligibility", "changed", "code"),
    [
        ({"regions": ["511602"]}, {"region": "511603"}, "elsewhere"),
        ({"regions": ["511602"]}, {"region": "51160201"}, ""),
        ({"regions": ["3502"], "region_of": "DOCUMENT"}, {"document_region": "350203"}, ""),
        ({"regions": ["3502"], "region_of": "DOCUMENT"}, {"region": "350203"}, "elsewhere"),
        ({"age_min": 60}, {"born_on": date(1960, 2, 6)}, "too-young"),
        ({"age_min": 60}, {"born_on": date(1960, 2, 5)}, ""),
        ({"age_max": 17}, {"born_on": date(2002, 2, 5)}, "too-old"),
        ({"age_max": 17}, {}, "no-birth-date"),
        ({"documents": ["RESIDENT_ID"]}, {"document": "PASSPORT"}, "document-not-accepted"),
        ({"lists": ["insured"]}, {}, "not-listed"),
        ({"needs_verified_address": True}, {"address": tag("somewhere")}, "address-not-verified"),
    ],
)
def test_who_may_claim(world: World, eligibility: dict[str, Any], changed: dict[str, Any], code: str) -> None:
    tranche = world.tranche(20, eligibility=eligibility)
    assert claim_one(tranche, "zhang", **changed).code == code


def test_a_list_or_a_region_is_enough_where_the_rule_says_so(world: World) -> None:
    eligibility = {"regions": ["3502"], "region_of": "DOCUMENT", "lists": ["insured"], "either": True}
    tranche = world.tranche(50, eligibility=eligibility)
    services.put_on_list(office=world.office, name="insured", persons=[tag("li")], actor=world.wu, now=NOW)
    assert claim_one(tranche, "li", document_region="110101").is_admitted
    assert claim_one(tranche, "wang", document_region="350203").is_admitted
    assert claim_one(tranche, "zhao", document_region="110101").code == "elsewhere"


def test_a_districts_tranche_is_the_districts(world: World) -> None:
    tranche = world.put_out(world.release(), 20, region="511602")
    assert claim_one(tranche, "zhang", region="511602").is_admitted
    assert claim_one(tranche, "li", region="511603").code == "elsewhere"


def test_before_it_opens_and_after_it_ends_nothing_is_claimed(world: World) -> None:
    tranche = world.tranche(20, opens="18:00", closes="20:00")
    assert claim_one(tranche, "zhang", now=datetime(2020, 2, 5, 9, 59, 59, tzinfo=UTC)).code == "not-open"
    assert claim_one(tranche, "zhang", now=datetime(2020, 2, 5, 10, 0, tzinfo=UTC)).is_admitted
    assert claim_one(tranche, "li", now=datetime(2020, 2, 5, 12, 0, tzinfo=UTC)).code == "closed"
    assert claim_one(tranche, "li", 6, now=datetime(2020, 2, 5, 11, 0, tzinfo=UTC)).code == "too-many-units"


def test_who_comes_too_early_keeps_an_id_or_has_an_answer_by_the_road_taken(world: World) -> None:
    """By the resident's page the id stays good, as on the claim path; what a desk, a program or a list asks is answered."""
    tranche = world.tranche(20, opens="18:00")
    early, later = datetime(2020, 2, 5, 9, 0, tzinfo=UTC), datetime(2020, 2, 5, 10, 0, tzinfo=UTC)
    contact = services.Contact("PASSPORT", "E7654321")

    def claim(by: Actor | None, id: UUID, now: datetime) -> Answer:
        return services.claim(
            claim_id=id, tranche=tranche, units=5, channel="CLERK", contact=contact, actor=by, now=now
        )

    own, typed = new_id(), new_id()
    with pytest.raises(looking.NotOpenYet):
        claim(None, own, early)
    assert (claim(world.wu, typed, early).code, claim(world.wu, typed, later).code) == ("not-open", "not-open")
    assert claim(None, own, later).is_admitted
    listed = services.ListedClaim(person(world.office, document="PASSPORT", number="E1112223"), 5)
    for now in (early, later):
        (answer,) = services.claim_listed(tranche=tranche, rows=[listed], actor=world.wu, now=now)
        assert answer.code == "not-open"


def test_an_appointment_has_a_slot_with_room(world: World) -> None:
    tranche = world.tranche(21, mode="APPOINTMENT", slots=["11:00", "15:00"], fulfilment="PICKUP")
    early, late = Tranche.objects.get(id=tranche).slots.order_by("from_at")
    assert (early.capacity, late.capacity) == (2, 2)
    answers = [claim_one(tranche, name, slot=early.id).code for name in ("a", "b", "c")]
    assert answers == ["", "", "slot-full"]
    assert claim_one(tranche, "c").code == "slot-missing"
    assert claim_one(tranche, "c", slot=late.id).is_admitted
    assert claim_one(tranche, "d", slot=early.id, now=datetime(2020, 2, 5, 4, 0, tzinfo=UTC)).code == "slot-over"
    assert claim_one(tranche, "d", slot=late.id).is_admitted
    assert claim_one(tranche, "e", units=1).code == "slots-full", "no other time is left to choose"


def test_a_slot_of_another_citys_day_is_not_filled_by_who_names_it(world: World) -> None:
    days = world.tranche(10, mode="APPOINTMENT", slots=["08:00"])
    slot = Tranche.objects.get(id=days).slots.get()
    other = world.tranche(10, code="other")
    answer = claim_one(other, "zhang", slot=slot.id)
    slot.refresh_from_db()
    assert (answer.state, slot.taken, Claim.objects.get(id=answer.id).slot_id) == ("ADMITTED", 0, None)
    services.cancel_claim(claim=answer.id, actor=world.wu, now=NOW)
    slot.refresh_from_db()
    assert slot.taken == 0


def test_the_opening_minute_is_shuffled_and_asks_each_person_once(world: World) -> None:
    tranche = world.tranche(50, shuffle_s=60, opens="10:00")
    claims = [asked(tranche, f"person {at}") for at in range(40)]
    answers = [*claim_all(claims), *claim_all([asked(tranche, "person 3")], NOW + timedelta(seconds=59))]
    assert [one.state for one in answers] == ["WAITING"] * 40 + ["REFUSED"]
    assert answers[-1].code == "already-waiting"
    assert opening(tranche, NOW + timedelta(seconds=59)) == 0
    assert opening(tranche, NOW + timedelta(seconds=60)) == 40
    decided = claim_all(claims, NOW + timedelta(seconds=61))
    admitted = [at for at, one in enumerate(decided) if one.is_admitted]
    assert len(admitted) == 10
    assert admitted != list(range(10)), "the first to arrive are not the first to be served"
    assert all(one.was_seen for one in decided)
    assert is_sound(tranche)


def test_who_comes_after_the_minute_comes_after_those_who_waited(world: World) -> None:
    tranche = world.tranche(10, shuffle_s=60, opens="10:00")
    claims = [asked(tranche, f"person {at}") for at in range(2)]
    claim_all(claims)
    assert claim_one(tranche, "late", now=NOW + timedelta(seconds=60)).code == "none-left"
    assert all(one.is_admitted for one in claim_all(claims, NOW + DAY))


def test_who_stands_by_gets_what_is_not_fetched_strictly_in_order(world: World) -> None:
    tranche = world.tranche(5, standby_max=2, fulfilment="PICKUP", pickup_days=1)
    first, second, third, fourth = (asked(tranche, name) for name in ("a", "b", "c", "d"))
    answers = claim_all([first, second, third, fourth])
    assert [(one.state, one.number) for one in answers] == [
        ("ADMITTED", None),
        ("STANDBY", 1),
        ("STANDBY", 2),
        ("REFUSED", None),
    ]
    assert promoted(tranche, NOW) == ()
    midnight = datetime(2020, 2, 5, 16, 0, tzinfo=UTC)
    assert services.expire_unclaimed(now=midnight - timedelta(seconds=1)) == 0
    assert services.expire_unclaimed(now=midnight) == 1
    assert [one.state for one in claim_all([first, second, third])] == ["EXPIRED", "ADMITTED", "STANDBY"]
    assert Tranche.objects.get(id=tranche).standing == 1
    assert is_sound(tranche)


def test_who_stood_by_and_had_a_share_elsewhere_makes_room_for_the_next(world: World) -> None:
    release = world.release(standby_max=3)
    tranche, other = world.put_out(release, 5), world.put_out(release, 5)
    first, second, third = (asked(tranche, name) for name in ("a", "b", "c"))
    claim_all([first, second, third])
    assert claim_one(other, "b").is_admitted
    services.cancel_claim(claim=first.id, actor=world.wu, now=NOW)
    assert [one.state for one in claim_all([first, second, third])] == ["CANCELLED", "REFUSED", "ADMITTED"]
    assert is_sound(tranche)


def test_a_cancelled_claim_gives_back_its_units_and_its_turn_once(world: World) -> None:
    tranche = world.tranche(5)
    answer = claim_one(tranche, "zhang")
    for _ in range(2):
        services.cancel_claim(claim=answer.id, actor=world.wu, now=NOW)
    assert Tranche.objects.get(id=tranche).admitted == 0
    assert not Used.objects.exists()
    assert claim_one(tranche, "zhang").is_admitted
    assert claim_one(tranche, "li").code == "none-left"
    assert is_sound(tranche)


def test_a_closed_release_admits_nothing(world: World) -> None:
    release = world.release()
    tranche = world.put_out(release, 5)
    before = claim_one(tranche, "wang")
    services.close_release(release=release, actor=world.lin, now=NOW)
    with pytest.raises(NotOffered):
        claim_one(tranche, "zhang")
    assert Claim.objects.count() == 1
    services.cancel_claim(claim=before.id, actor=world.wu, now=NOW)
    assert is_sound(tranche)


def test_a_closed_release_still_tells_the_answers_it_gave(world: World) -> None:
    release = world.release()
    tranche = world.put_out(release, 5)
    admitted, refused = asked(tranche, "zhang"), asked(tranche, "li")
    first = claim_all([admitted, refused])
    services.close_release(release=release, actor=world.lin, now=NOW)
    again = claim_all([refused, admitted, replace(admitted, units=1)])
    assert [(one.state, one.code, one.hold, one.was_seen) for one in again] == [
        ("REFUSED", "none-left", None, True),
        ("ADMITTED", "", first[0].hold, True),
        ("REUSED", "id-reused", None, True),
    ]
    with pytest.raises(NotOffered):
        claim_all([asked(tranche, "wang")])
    assert Claim.objects.count() == 2
    assert is_sound(tranche)


def test_who_stands_by_when_a_release_closes_is_told(world: World) -> None:
    release = world.release(standby_max=5)
    tranche = world.put_out(release, 5)
    claims = [asked(tranche, name) for name in ("a", "b")]
    claim_all(claims)
    services.close_release(release=release, actor=world.lin, now=NOW)
    row = Claim.objects.get(id=claims[1].id)
    assert (row.state, row.code, Tranche.objects.get(id=tranche).standing) == ("REFUSED", "closed", 0)
    services.cancel_claim(claim=claims[0].id, actor=world.wu, now=NOW)
    assert is_sound(tranche)


@pytest.mark.parametrize("wrong", [{"units": 10**9}, {"channel": "SHOUT"}, {"person": b"short"}, {"region": "5" * 13}])
def test_what_is_no_claim_leaves_nothing(world: World, wrong: dict[str, Any]) -> None:
    tranche = world.tranche(5)
    with pytest.raises(UnusableInput):
        claim_all([replace(asked(tranche, "a"), **wrong)])
    assert not Claim.objects.exists()


def test_stock_that_is_not_free_is_not_put_out(world: World) -> None:
    release = world.release()
    world.put_out(release, 900)
    with pytest.raises(Exception, match="100 are free"):
        world.put_out(release, 101)
    assert world.free() == 100


def test_what_nobody_claimed_goes_back_where_it_came_from(world: World) -> None:
    tranche = world.tranche(20)
    claim_one(tranche, "zhang")
    assert world.free() == 980
    with pytest.raises(Exception, match="still offered"):
        services.take_back(tranche=tranche, actor=world.lin, now=NOW)
    assert services.take_back(tranche=tranche, actor=world.lin, now=NOW + DAY) == 15
    assert world.free() == 995
    assert is_sound(tranche)


def test_ids_are_the_claimants_own(world: World) -> None:
    tranche, own = world.tranche(20), new_id()
    assert claim_one(tranche, "zhang", id=own).id == own


def test_the_job_of_the_minute_judges_openings_and_ends_what_ran_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tranche = world.tranche(5, shuffle_s=60, opens="10:00", fulfilment="PICKUP", standby_max=1)
    claims = [asked(tranche, "zhang"), asked(tranche, "li")]
    claim_all(claims)
    states = []
    for now in (
        NOW,
        NOW + timedelta(seconds=60),
        NOW + DAY,
        NOW + 3 * DAY,
    ):  # moved up in the day, it is kept over the next
        monkeypatch.setattr(jobs, "current_clock", lambda now=now: SetClock(now))
        jobs.turn_over.func()
        states.append(sorted(Claim.objects.values_list("state", flat=True)))
    assert states == [
        ["WAITING", "WAITING"],
        ["ADMITTED", "STANDBY"],
        ["ADMITTED", "EXPIRED"],
        ["EXPIRED", "EXPIRED"],
    ]
    assert is_sound(tranche)


def test_answers_stand_beside_refusals_where_a_closed_release_is_asked_for_old_and_new(world: World) -> None:
    release = world.release()
    tranche, other = world.put_out(release, 20), world.tranche(20, code="other")
    had, waits = asked(tranche, "had"), asked(other, "open")
    (first,) = claim_all([had])
    services.close_release(release=release, actor=world.lin, now=NOW)
    fresh, also = asked(tranche, "fresh"), asked(tranche, "also")
    before = Claim.objects.count()
    old, refused, told, admitted = claim_all([had, fresh, replace(had, units=4), waits])
    assert (old.state, old.hold, old.was_seen) == ("ADMITTED", first.hold, True)
    assert (refused.state, refused.code, refused.hold, refused.was_seen) == ("REFUSED", "closed", None, False)
    assert told.state == "REUSED"
    assert admitted.is_admitted, "another release of the same batch is open"
    assert Claim.objects.count() == before + 1, "a refusal of a closed release is no row"
    with pytest.raises(NotOffered):
        claim_all([fresh, also])
