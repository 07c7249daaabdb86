"""Claims become parcels: placed or waiting for a person, carried under the claim's own hold, handed over once, given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import AddressInDoubt, InPersonNeverOnAShelf, ParcelUnusable
from baogong.delivery.models import Parcel, Placing, Visit
from baogong.delivery.services import endings, handovers, placing, stations
from baogong.delivery.services.sync import sync
from baogong.delivery.snapshots import take_snapshot
from baogong.journal import queries as journal
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason, State
from baogong.people.models import PersonalRead
from baogong.release import offers
from baogong.release import queries as release_
from baogong.release import services as release
from baogong.release.clusters import clusters
from baogong.release.errors import AddressWaits, ClaimMoved, NothingLeftToBring, PeopleStillNeeded, PersonUnusable
from baogong.release.models import Claim
from tests.apps.delivery.promised import Promised, is_sound, make_promised
from tests.apps.delivery.world import HOUR, NOW, World, act
from tests.apps.release.test_people import stored
from tests.cast import log_in_as

SEEN = [EvidenceIn("WITNESS", by_name="收件人")]


@pytest.fixture
def promised(world: World) -> Promised:
    return make_promised(world)


def hand_over(promised: Promised, code: str, actor: Actor | None = None) -> None:
    handovers.hand_over(
        parcel=delivery.parcel(code).id, mode="WITNESSED", evidence=SEEN, actor=actor or promised.world.mei,
        now=NOW + HOUR, request_id=new_id(),
    )  # fmt: skip


def bring_back(promised: Promised, code: str, why: str = "NOBODY") -> None:
    stations.take_back(
        station=promised.world.inner, scans=[code], why={code: why}, actor=promised.world.bao, now=NOW + HOUR,
        request_id=new_id(),
    )  # fmt: skip


def give_back(promised: Promised, code: str) -> None:
    endings.give_back(
        station=promised.world.inner, scans=[code], actor=promised.world.bao, now=NOW + 2 * HOUR, request_id=new_id()
    )


def planned_now(promised: Promised) -> list[str]:
    """The parcels that rounds of this station would be planned for."""
    taken = take_snapshot(
        {
            "station": str(promised.world.inner), "from_at": NOW.isoformat(), "until_at": (NOW + 9 * HOUR).isoformat(),
            "communities": [], "capacity_g": 60_000, "capacity_pieces": 40, "piece_s": 10, "limits": {},
        },
        NOW + 2 * HOUR,
    )  # fmt: skip
    return [parcel for stop in taken["stops"].values() for parcel in stop["parcels"]]


def test_a_claim_finds_its_door_by_the_address_read_once_and_rides_under_its_own_hold(promised: Promised) -> None:
    (claim,) = promised.accepted("北京市朝阳区东院１号楼二单元102室")
    assert promised.place() == placing.Placed(1, 0, 0, 0)
    (row,) = Parcel.objects.filter(room="release")
    view = delivery.parcels(ids=[row.id])[0]
    assert (view.community_name, view.address) == ("东院", "1-2-102")
    assert (row.hold, row.amount, row.modes) == (Claim.objects.get(id=claim).hold, 5, ["WITNESSED", "CONTACTLESS"])
    assert row.due_until_at == NOW + timedelta(hours=24)
    read = PersonalRead.objects.filter(act="REVEAL")
    assert [(one.reader_id, one.why) for one in read] == [(promised.wu.person_id, placing.WHY)]
    assert promised.place() == placing.Placed(0, 0, 0, 0)
    assert read.count() == 1


def test_the_same_movement_hands_the_parcel_and_the_claim_over(promised: Promised) -> None:
    claim, code = promised.at_courier()
    assert promised.state(claim) == "UNDERWAY"
    hand_over(promised, code)
    assert (promised.state(claim), promised.parcel_state(claim)) == ("HANDED_OVER", "HANDED_OVER")
    hold = Claim.objects.get(id=claim).hold
    assert hold is not None
    fate = book.hold_fate(hold)
    assert (fate.amount, fate.arrived, fate.open, fate.travelling) == (5, 5, 0, 0)
    moved = book.movements(reasons=[Reason.HANDOVER])
    assert [(one.amount, one.target.holder) for one in moved] == [(5, promised.world.east)]
    assert promised.world.stands(promised.shop, State.AVAILABLE) == 0
    assert is_sound()


def test_texts_tell_the_claimant_each_step(promised: Promised) -> None:
    claim, _code = promised.at_courier()
    told = journal.messages_under(f"claim {claim} ")
    assert [one.template.removeprefix("release.claim.") for one in told] == ["accepted", "underway", "come-down"]
    assert told[2].payload["from_at"] == "2022-04-13T01:00:00Z"


@pytest.mark.parametrize(
    ("address", "asks"),
    [
        ("", "address"),
        ("北京市某处", "community"),
        ("东院9号楼1单元101", "building"),
        ("东院1号楼101", "unit"),
        ("东院1号楼1单元909", "room"),
        ("西边的东院和西院1-1-101", "community"),
    ],
)
def test_what_no_register_settles_waits_for_a_person_and_keeps_no_address(
    promised: Promised, address: str, asks: str
) -> None:
    promised.accepted(address)
    assert promised.place() == placing.Placed(0, 1, 0, 0)
    (row,) = delivery.placings([promised.office])
    assert row.asks == asks
    assert placing.show_address(placing=row.id, actor=promised.wu, now=NOW) == address
    with pytest.raises(AddressInDoubt):
        placing.place_by_hand(placing=row.id, community=promised.world.east, building="77", actor=promised.wu, now=NOW)
    made = placing.place_by_hand(
        placing=row.id, community=promised.world.east, building="2", unit="1", room="101", actor=promised.wu, now=NOW
    )
    assert made is not None
    assert delivery.parcels(ids=[made])[0].address == "2-1-101"
    assert not delivery.placings([promised.office])


def test_an_address_changed_since_the_claim_was_judged_waits(promised: Promised) -> None:
    (claim,) = promised.accepted("东院1号楼1单元101")
    Claim.objects.filter(id=claim).update(address=b"another".ljust(32, b"."))
    promised.place()
    assert [row.asks for row in delivery.placings([promised.office])] == ["moved"]


def test_a_stranger_places_nothing_and_reads_nothing(promised: Promised) -> None:
    promised.accepted("东院1号楼1单元101", "北京市某处")
    with pytest.raises(NotYourPlace):
        placing.place(office=promised.office, actor=promised.world.stranger, now=NOW)
    promised.place()
    before = PersonalRead.objects.count()
    (row,) = delivery.placings([promised.office])
    with pytest.raises(NotYourPlace):
        placing.show_address(placing=row.id, actor=promised.world.stranger, now=NOW)
    assert (PersonalRead.objects.count(), Parcel.objects.filter(room="release").count()) == (before, 1)


def test_what_the_shop_has_not_taken_on_is_no_parcel(promised: Promised) -> None:
    promised.claim(1, "东院1号楼1单元101")
    assert promised.place() == placing.Placed(0, 0, 0, 0)


def test_a_claim_given_up_before_it_left_is_not_received(promised: Promised) -> None:
    gone, stays = promised.accepted("东院1号楼1单元101", "东院1号楼1单元102")
    promised.place()
    release.cancel_claim(claim=gone, actor=promised.wu, now=NOW)
    codes = promised.codes([gone, stays])
    told = stations.receive(
        station=promised.world.outer, scans=codes, actor=promised.world.fang, now=NOW, request_id=new_id()
    )
    assert (told.parcels, told.others) == ((codes[1],), ((codes[0], "WITHDRAWN"),))
    assert (promised.state(gone), promised.state(stays), promised.admitted()) == ("CANCELLED", "UNDERWAY", 5)
    assert is_sound()


def test_a_claim_given_up_on_the_way_is_neither_handed_over_nor_shelved_and_its_units_come_back(
    promised: Promised,
) -> None:
    claim, code = promised.at_courier()
    release.cancel_claim(claim=claim, actor=promised.wu, now=NOW)
    assert promised.admitted() == 5, "the goods are out: nobody else may be promised them yet"
    with pytest.raises(ClaimMoved):
        hand_over(promised, code)
    with pytest.raises(ClaimMoved):
        handovers.put_on_shelf(
            parcel=delivery.parcel(code).id, shelf=promised.world.shelf(promised.world.east),
            actor=promised.world.mei, now=NOW + HOUR, request_id=new_id(),
        )  # fmt: skip
    phone = promised.world.device(promised.world.mei)
    done = act("HANDED_OVER", code, mode="WITNESSED", evidence=tuple(SEEN))
    (told,) = sync(device=phone, acts=[done], now=NOW + HOUR)
    assert (told.answer, told.error["code"]) == ("REFUSED", "release.claim-moved")
    bring_back(promised, code, why="REFUSED")
    assert planned_now_or_none(promised) == []
    give_back(promised, code)
    assert (promised.state(claim), promised.parcel_state(claim), promised.admitted()) == ("CANCELLED", "SENT_BACK", 0)
    holder = Claim.objects.get(id=claim).tranche.release.holder_id
    assert promised.world.stands(holder, State.OFFERED) == 50
    assert is_sound()


def test_who_share_something_and_are_cancelled_lose_what_is_on_its_way_too(promised: Promised) -> None:
    claim, code = promised.at_courier()
    (phone,) = Claim.objects.filter(id=claim).values_list("phone", flat=True)
    assert phone is not None
    (found,) = [one for one in clusters(promised.release, least=1) if one.kind == "PHONE"]
    assert found.open_count == 1
    lin = log_in_as("Lin once more", [(Duty.COMMAND, promised.office)], NOW)
    cancelled = release.judge_cluster(
        release=promised.release,
        kind="PHONE",
        tag=bytes(phone),
        verdict="CANCELLED",
        why="one dealer",
        actor=lin,
        now=NOW,
    )
    assert (cancelled, promised.state(claim), promised.admitted()) == (1, "CANCELLED", 5)
    with pytest.raises(ClaimMoved):
        hand_over(promised, code)
    bring_back(promised, code, why="REFUSED")
    give_back(promised, code)
    assert promised.admitted() == 0
    assert is_sound()


def planned_now_or_none(promised: Promised) -> list[str]:
    from baogong.delivery.errors import NobodyToPlanFor

    try:
        return planned_now(promised)
    except NobodyToPlanFor:
        return []


def test_who_is_out_gets_a_second_visit_and_then_the_desk(world: World) -> None:
    promised = make_promised(world, handover=["WITNESSED"], pickup_days=2)
    claim, code = promised.at_courier()
    with pytest.raises(InPersonNeverOnAShelf):
        handovers.put_on_shelf(
            parcel=delivery.parcel(code).id, shelf=world.shelf(world.east), actor=world.mei, now=NOW + HOUR,
            request_id=new_id(),
        )  # fmt: skip
    bring_back(promised, code)
    assert promised.state(claim) == "UNDERWAY"
    assert planned_now(promised) == [str(delivery.parcel(code).id)]
    with pytest.raises(ParcelUnusable):
        give_back(promised, code)
    promised.load(code, "T0002")
    bring_back(promised, code)
    assert planned_now_or_none(promised) == []
    give_back(promised, code)
    row = Claim.objects.get(id=claim)
    assert (row.state, promised.admitted(), promised.parcel_state(claim)) == ("ACCEPTED", 5, "SENT_BACK")
    assert row.keeps_until is not None
    assert promised.place() == placing.Placed(0, 0, 0, 0), "one claim, one parcel, ever"
    release.hand_over_claim(claim=claim, evidence=SEEN, actor=promised.su, now=NOW + 3 * HOUR, request_id=new_id())
    assert promised.state(claim) == "HANDED_OVER"
    assert is_sound()


def test_what_failed_for_want_of_time_is_no_visit(promised: Promised) -> None:
    _claim, code = promised.at_courier()
    bring_back(promised, code, "NO_TIME")
    promised.load(code, "T0002")
    bring_back(promised, code, "NO_TIME")
    assert planned_now(promised) == [str(delivery.parcel(code).id)]


def test_after_the_last_visit_the_rule_may_give_it_to_who_stands_by(world: World) -> None:
    promised = make_promised(world, units=5, visits_max=1, in_vain="STANDBY", standby_max=10)
    claim, code = promised.at_courier()
    waiting = promised.claim(7, "东院2号楼1单元101")
    assert waiting.state == "STANDBY"
    bring_back(promised, code)
    give_back(promised, code)
    assert (promised.state(claim), promised.state(waiting.id), promised.admitted()) == ("EXPIRED", "ADMITTED", 5)
    assert is_sound()


def lose(promised: Promised, code: str) -> None:
    endings.report_lost(
        station=promised.world.inner, scans=[code], words="fell into the river", actor=promised.world.bao, now=NOW + HOUR,
        request_id=new_id(),
    )  # fmt: skip


def test_what_is_lost_on_the_way_is_seen_and_brought_once_more(promised: Promised) -> None:
    claim, code = promised.at_courier()
    lost_hold = Claim.objects.get(id=claim).hold
    lose(promised, code)
    assert (promised.state(claim), promised.parcel_state(claim), promised.admitted()) == ("LOST", "LOST", 5)
    assert [(one.id, one.units, one.left) for one in release_.lost_claims([promised.office])] == [(claim, 5, 45)]
    assert not release_.lost_claims([promised.shop])
    assert len(journal.messages_under(f"lost {claim} ")) == 3, (
        "the office's commander and clerk, and the house's commander"
    )
    with pytest.raises(NotYourPlace):
        placing.bring_again(claim=claim, actor=promised.su, now=NOW + 2 * HOUR, request_id=new_id())
    request = new_id()
    for _twice in range(2):
        assert placing.bring_again(claim=claim, actor=promised.wu, now=NOW + 2 * HOUR, request_id=request) == code, (
            "one claim, one parcel, ever"
        )
    row = Claim.objects.get(id=claim)
    assert (row.state, promised.parcel_state(claim), promised.admitted()) == ("ACCEPTED", "EXPECTED", 10)
    assert (row.hold != lost_hold, row.due_at) == (True, NOW + 26 * HOUR)
    assert not release_.lost_claims(None)
    promised.world.receive([code])
    promised.load(code, "T0002")
    hand_over(promised, code)
    assert (promised.state(claim), promised.parcel_state(claim)) == ("HANDED_OVER", "HANDED_OVER")
    told = [one.template.removeprefix("release.claim.") for one in journal.messages_under(f"claim {claim} ")]
    assert sorted(told) == sorted(["accepted", "underway", "come-down", "lost", "again", "come-down"])
    assert is_sound()


def test_what_is_found_again_travels_on_to_who_still_waits(promised: Promised) -> None:
    claim, code = promised.at_courier()
    lose(promised, code)
    endings.find_again(
        station=promised.world.inner, scans=[code], words="on the bank", actor=promised.world.bao, now=NOW + 2 * HOUR,
        request_id=new_id(),
    )  # fmt: skip
    assert (promised.state(claim), promised.parcel_state(claim)) == ("UNDERWAY", "AT_STATION")
    with pytest.raises(ClaimMoved):
        placing.bring_again(claim=claim, actor=promised.wu, now=NOW + 2 * HOUR, request_id=new_id())
    promised.load(code, "T0002")
    hand_over(promised, code)
    assert (promised.state(claim), promised.admitted()) == ("HANDED_OVER", 5)
    assert is_sound()


def test_a_lost_claim_that_is_ended_gives_back_the_turn_and_no_units(world: World) -> None:
    promised = make_promised(
        world, units=5, standby_max=10,
        quotas=[{"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 1}],
    )  # fmt: skip
    claim, code = promised.at_courier()
    lose(promised, code)
    with pytest.raises(NothingLeftToBring):
        placing.bring_again(claim=claim, actor=promised.wu, now=NOW + 2 * HOUR, request_id=new_id())
    release.cancel_claim(claim=claim, actor=promised.wu, now=NOW + 2 * HOUR)
    assert (promised.state(claim), promised.admitted()) == ("CANCELLED", 5)
    assert [one.template for one in journal.messages_under(f"claim {claim} ended")] == ["release.claim.ended"]
    again = promised.claim(0, "东院1号楼1单元101", now=NOW + 3 * HOUR)
    assert again.state == "STANDBY", "the turn is the person's again; nothing of the stock has become free"
    endings.find_again(
        station=promised.world.inner, scans=[code], words="on the bank", actor=promised.world.bao, now=NOW + 4 * HOUR,
        request_id=new_id(),
    )  # fmt: skip
    assert promised.state(claim) == "CANCELLED"
    give_back(promised, code)
    assert (promised.state(again.id), promised.admitted()) == ("ADMITTED", 5)
    assert is_sound()


def test_a_right_used_online_is_brought_where_others_fetch_theirs(world: World) -> None:
    promised = make_promised(world, fulfilment="PICKUP", within_h=None, handover=[], pickup_days=2, visits_max=1)
    (ordered, fetched) = (promised.claim(number, f"东院1号楼1单元10{number + 1}").id for number in range(2))
    desk = [one.claims for one in offers.to_fetch([promised.shop])]
    release.redeem(
        claim=ordered, channel="ONLINE", at_place=promised.office, actor=promised.wu, now=NOW, request_id=new_id()
    )
    assert (desk, [one.claims for one in offers.to_fetch([promised.shop])]) == ([2], [1])
    views = {one.id: (one.is_ordered, one.is_fetched) for one in offers.claims([ordered, fetched])}
    assert views == {ordered: (True, False), fetched: (False, True)}
    assert promised.place() == placing.Placed(1, 0, 0, 0)
    Parcel.objects.update(station=world.inner)
    (code,) = promised.codes([ordered])
    world.receive([code])
    promised.load(code)
    bring_back(promised, code)
    give_back(promised, code)
    assert offers.one_claim(ordered).is_fetched, "nobody was at home: it is kept at the desk"
    assert [one.claims for one in offers.to_fetch([promised.shop])] == [2]
    assert is_sound()


def test_no_parcel_is_made_for_an_address_that_waits_for_the_way(promised: Promised) -> None:
    near, far = promised.accepted("东院1号楼1单元101", "北京市某处")
    assert promised.place() == placing.Placed(1, 1, 0, 0)
    (row,) = delivery.placings([promised.office])
    shut = release.AddressIn("北京市某处", "110105", waits_why="路断了")
    release.verify_addresses(office=promised.office, addresses=[shut], actor=promised.wu, now=NOW)
    with pytest.raises(AddressWaits, match="路断了"):
        placing.place_by_hand(placing=row.id, community=promised.world.east, building="2", actor=promised.wu, now=NOW)
    assert delivery.placings([promised.office]) == (row,), "it waits on"
    other = promised.claim(5, "东院2号楼1单元101").id
    release.accept_claims(claims=[other], actor=promised.su, now=NOW)
    flooded = release.AddressIn("东院2号楼1单元101", "110105", waits_why="路断了")
    release.verify_addresses(office=promised.office, addresses=[shut, flooded], actor=promised.wu, now=NOW)
    assert promised.place() == placing.Placed(0, 0, 0, 0, not_reached=1)
    assert {one.claim for one in release_.waiting_for_the_way(promised.release)} == {far, other}
    open_ = release.AddressIn("东院2号楼1单元101", "110105")
    release.verify_addresses(office=promised.office, addresses=[open_], actor=promised.wu, now=NOW)
    assert promised.place() == placing.Placed(1, 0, 0, 0)
    assert set(delivery.states_of_promises("release", [near, far, other])) == {near, other}


def test_a_city_forgets_its_people_only_once_everything_is_brought_and_then_their_doors_too(
    promised: Promised,
) -> None:
    claim, code = promised.at_courier()
    waiting = promised.claim(5, "北京市某处")
    release.accept_claims(claims=[waiting.id], actor=promised.su, now=NOW)
    promised.place()
    admin = log_in_as("Admin", [(Duty.ADMIN, None)], NOW)
    office: dict[str, Any] = {"office": promised.office, "actor": admin, "now": NOW + HOUR}
    lin = log_in_as("Closing", [(Duty.COMMAND, promised.office)], NOW)
    release.close_release(release=promised.release, actor=lin, now=NOW)
    with pytest.raises(PersonUnusable):
        release.forget_people(**office)
    hand_over(promised, code)
    release.cancel_claim(claim=waiting.id, actor=promised.wu, now=NOW + HOUR)
    release.forget_people(**office)
    row = Parcel.objects.get(room="release", source=claim)
    assert (row.door, row.unit, row.room_text, row.calling) == (None, None, "", None)
    assert not Placing.objects.filter(ended_at=None).exists()


def test_who_took_it_at_the_door_and_what_was_noted_goes_with_the_city(promised: Promised) -> None:
    claim, code = promised.at_courier()
    given: dict[str, Any] = {"parcel": delivery.parcel(code).id, "actor": promised.world.mei, "now": NOW + HOUR}
    names = ["东方邻居", "令狐代收", "13912345678"]
    handovers.try_in_vain(why="NOBODY", note=f"邻居{names[1]}说她在睡觉", request_id=new_id(), **given)
    handovers.hand_over(
        mode="WITNESSED", evidence=[EvidenceIn("WITNESS", by_name=names[0])], note=f"电话{names[2]}", request_id=new_id(),
        **given,
    )  # fmt: skip
    parcel = delivery.parcel(code).id

    def told() -> str:
        shown = [(one.kind, one.by_name) for one in delivery.shown_of(parcel)]
        return str((shown, [one.note for one in delivery.acts_of(parcel)]))

    assert not [name for name in names if name in stored()]
    assert all(name in told() for name in names), "who works there reads them as before"
    lin = log_in_as("Closing", [(Duty.COMMAND, promised.office)], NOW)
    release.close_release(release=promised.release, actor=lin, now=NOW)
    release.forget_people(office=promised.office, actor=THE_HOUSE, now=NOW + HOUR)
    assert promised.state(claim) == "HANDED_OVER"
    assert not [name for name in names if name in stored() or name in told()]
    assert [one.kind for one in delivery.shown_of(parcel)] == ["WITNESS"], "that somebody saw it stays"


def test_no_visit_leads_from_a_forgotten_claim_to_a_door(promised: Promised) -> None:
    """The courier's visits stay with their rounds; where each stood the building tells, and no more."""
    _claim, code = promised.at_courier()
    visit = Visit.objects.get(parcels__parcel__code=code)
    row = Parcel.objects.get(code=code)
    assert row.door is not None
    Visit.objects.filter(id=visit.id).update(door=row.door, unit=row.unit, stop=f"door {row.door_id}")
    hand_over(promised, code)
    lin = log_in_as("Closing", [(Duty.COMMAND, promised.office)], NOW)
    release.close_release(release=promised.release, actor=lin, now=NOW)
    release.forget_people(office=promised.office, actor=THE_HOUSE, now=NOW + HOUR)
    visit.refresh_from_db()
    assert (visit.door, visit.unit, visit.stop, visit.parcels.count()) == (None, None, "", 1)


def test_nobody_is_forgotten_while_a_parcel_of_a_right_given_up_is_still_carried(promised: Promised) -> None:
    """Its door is still read on the way back; forgotten then, it stayed on the parcel for good."""
    claim, code = promised.at_courier()
    release.cancel_claim(claim=claim, actor=promised.wu, now=NOW)
    lin = log_in_as("Closing", [(Duty.COMMAND, promised.office)], NOW)
    release.close_release(release=promised.release, actor=lin, now=NOW)
    office: dict[str, Any] = {"office": promised.office, "actor": THE_HOUSE, "now": NOW + HOUR}
    assert (release_.ending(promised.office).owed, release_.ending(promised.office).carried) == ((), 1)
    with pytest.raises(PeopleStillNeeded, match="on its way"):
        release.forget_people(**office)
    bring_back(promised, code)
    give_back(promised, code)
    assert release_.ending(promised.office).can_end
    release.forget_people(**office)
    row = Parcel.objects.get(code=code)
    assert (row.door, row.unit, row.room_text) == (None, None, "")
