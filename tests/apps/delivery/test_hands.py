"""What hands did, judged by what was so when they did it; and what a keeper says was so is written, rule or no rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel, SyncedAct
from baogong.delivery.services import residents, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.journal.models import Event
from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services import links
from baogong.places import services as places
from tests.apps.delivery.test_rounds import given
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act
from tests.cast import person_of

LATER = NOW + 3 * HOUR


def loaded(world: World, count: int = 1, **kind: object) -> tuple[list[str], DeviceView]:
    codes = world.here(count, **kind)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    return codes, world.device(world.mei)


def shelved(world: World, code: str, at: datetime, shelf: UUID | None = None) -> sync.Act:
    return act("ON_SHELF", code, at, shelf=shelf or world.shelf(world.east))


def ask_for_door(world: World, code: str, now: datetime) -> None:
    door = Parcel.objects.get(code=code).door_id
    assert door is not None
    token = residents.make_parcels_link(subject=door, code="2468", actor=world.lin, now=NOW)
    link = links.open_link(token, residents.LINK, now)
    residents.ask_for_door(link=link, parcels=[world.parcel(code).id], code="2468", now=now)


def test_what_was_put_on_a_shelf_before_the_door_was_asked_for_lies_there(world: World) -> None:
    codes, device = loaded(world, 2)
    ask_for_door(world, codes[0], NOW + 90 * MINUTE)
    ask_for_door(world, codes[1], NOW + 60 * MINUTE)
    told = sync.sync(device=device, acts=[shelved(world, code, NOW + 70 * MINUTE) for code in codes], now=LATER)
    assert [one.answer for one in told] == ["TAKEN", "REFUSED"]
    assert [world.parcel(code).state for code in codes] == ["ON_SHELF", "WITH_COURIER"]
    assert [each.code for each in delivery.parcels(shelf=world.shelf(world.east), wants_door=True)] == codes[:1]


def test_a_shelf_is_full_by_what_lay_there_when_it_was_put_there(world: World) -> None:
    shelf = world.plan(world.east).shelves[0]
    places.set_shelf(
        community=world.east, name=shelf.name, units=shelf.units, people_max=2, window_minutes=10, parcels_max=1,
        actor=world.lin, now=NOW,
    )  # fmt: skip
    codes, device = loaded(world, 2)
    first, second = shelved(world, codes[0], NOW + 70 * MINUTE), shelved(world, codes[1], NOW + 60 * MINUTE)
    assert [one.answer for one in sync.sync(device=device, acts=[first], now=LATER)] == ["TAKEN"]
    assert [one.answer for one in sync.sync(device=device, acts=[second], now=LATER)] == ["TAKEN"]


def test_a_keeper_who_says_that_it_lies_on_a_full_shelf_is_believed(world: World) -> None:
    shelf = world.plan(world.east).shelves[0]
    places.set_shelf(
        community=world.east, name=shelf.name, units=shelf.units, people_max=2, window_minutes=10, parcels_max=1,
        actor=world.lin, now=NOW,
    )  # fmt: skip
    codes, device = loaded(world, 2)
    told = sync.sync(
        device=device,
        acts=[shelved(world, code, NOW + (70 + number) * MINUTE) for number, code in enumerate(codes)],
        now=LATER,
    )
    assert [one.answer for one in told] == ["TAKEN", "REFUSED"]
    (waiting,) = delivery.to_look_at(world.inner)
    sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    assert world.parcel(codes[1]).state == "ON_SHELF"
    assert world.parcel(codes[1]).out_of_place_at is None  # its own shelf: its household fetches it


def test_what_lies_on_a_shelf_though_the_house_was_sealed_goes_up_from_there(world: World) -> None:
    (code,), device = loaded(world)
    places.read_notice(
        text="封控区\n东院1号楼", published_at=NOW + 65 * MINUTE, from_at=NOW + 65 * MINUTE, actor=world.lin,
        now=NOW + 65 * MINUTE,
    )  # fmt: skip
    (told,) = sync.sync(device=device, acts=[shelved(world, code, NOW + 70 * MINUTE)], now=LATER)
    assert told.answer == "REFUSED"
    (waiting,) = delivery.to_look_at(world.inner)
    assert waiting.may_accept
    sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    found = world.parcel(code)
    assert (found.state, found.moved_at, found.out_of_place_at) == ("ON_SHELF", NOW + 70 * MINUTE, NOW + 70 * MINUTE)


def test_in_person_goods_on_a_shelf_are_refused_and_a_keeper_writes_where_they_lie(world: World) -> None:
    (code,), device = loaded(world, kind="medicine")
    put = shelved(world, code, NOW + 70 * MINUTE)
    (told,) = sync.sync(device=device, acts=[put], now=LATER)
    assert (told.answer, told.error["code"]) == ("REFUSED", "delivery.in-person-never-on-a-shelf")
    assert world.stands(world.east, State.SHELF) == 0
    (waiting,) = delivery.to_look_at(world.inner)
    sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    kept = SyncedAct.objects.get()
    assert (kept.answer, kept.told["error"]["code"]) == ("LATE", "delivery.in-person-never-on-a-shelf")
    assert world.parcel(code).out_of_place_at == NOW + 70 * MINUTE
    assert world.stands(world.east, State.SHELF) == 1
    event = Event.objects.filter(kind="delivery.synced.accepted").get()
    assert event.data["broken"] == "delivery.in-person-never-on-a-shelf"
    # Taken up from there and seen taken at the door: nothing is out of place any more.
    tao = world.device(world.tao)
    seen = (EvidenceIn("WITNESS", by_name="王"), EvidenceIn("SIGNATURE", by_name="王"))
    acts = [
        act("TAKEN", code, LATER + MINUTE),
        act("HANDED_OVER", code, LATER + 2 * MINUTE, mode=world.parcel(code).modes[0], evidence=seen),
    ]
    assert [one.answer for one in sync.sync(device=tao, acts=acts, now=LATER + HOUR)] == ["TAKEN", "TAKEN"]
    assert (world.parcel(code).state, world.parcel(code).out_of_place_at) == ("HANDED_OVER", None)
    assert book.verify_book().ok


def test_in_person_goods_left_at_the_door_are_written_when_the_keeper_says_so(world: World) -> None:
    (code,), device = loaded(world, kind="medicine")
    left = act("HANDED_OVER", code, NOW + HOUR)
    assert [one.answer for one in sync.sync(device=device, acts=[left], now=LATER)] == ["REFUSED"]
    (waiting,) = delivery.to_look_at(world.inner)
    sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    assert (world.parcel(code).state, SyncedAct.objects.get().answer) == ("HANDED_OVER", "LATE")


def test_a_shelf_that_was_never_the_communitys_is_not_believed_and_the_act_is_kept(world: World) -> None:
    (code,), device = loaded(world)
    sync.sync(device=device, acts=[shelved(world, code, NOW + HOUR, world.shelf(world.west))], now=LATER)
    (waiting,) = delivery.to_look_at(world.inner)
    with pytest.raises(BaogongError, match="another community"):
        sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    assert delivery.to_look_at(world.inner) == (waiting,)


def test_who_never_had_it_hands_nothing_over_before_it_lay_on_the_shelf(world: World) -> None:
    (code,), mei = loaded(world)
    tao = world.device(world.tao)
    sync.sync(device=mei, acts=[shelved(world, code, NOW + 70 * MINUTE)], now=NOW + 2 * HOUR)
    (told,) = sync.sync(device=tao, acts=[act("HANDED_OVER", code, NOW + 5 * MINUTE)], now=LATER)
    assert (told.answer, told.by) == ("CONFLICT", "Mei")
    assert world.parcel(code).state == "ON_SHELF"
    (waiting,) = delivery.to_look_at(world.inner)
    assert (waiting.courier_name, waiting.by, waiting.may_accept) == ("Tao", "Mei", True)


def test_a_handover_from_the_shelf_of_anothers_round_is_written_and_shown(world: World) -> None:
    codes, mei = loaded(world, 3)
    tao = world.device(world.tao)
    sync.sync(device=mei, acts=[shelved(world, code, NOW + 70 * MINUTE) for code in codes], now=NOW + 2 * HOUR)
    own = act("HANDED_OVER", codes[0], NOW + 80 * MINUTE)
    assert [one.answer for one in sync.sync(device=mei, acts=[own], now=LATER)] == ["TAKEN"]
    others = [act("HANDED_OVER", code, NOW + 80 * MINUTE) for code in codes[1:]]  # in a row, as one batch
    assert [one.answer for one in sync.sync(device=tao, acts=others, now=LATER)] == ["LATE", "LATE"]
    assert {row.parcel for row in delivery.to_look_at(world.inner)} == set(codes[1:])


def test_a_handover_dated_before_the_own_shelving_is_written_and_shown(world: World) -> None:
    (code,), mei = loaded(world)
    sync.sync(device=mei, acts=[shelved(world, code, NOW + 70 * MINUTE)], now=NOW + 2 * HOUR)
    (told,) = sync.sync(device=mei, acts=[act("HANDED_OVER", code, NOW + 60 * MINUTE)], now=LATER)
    assert (told.answer, world.parcel(code).state) == ("LATE", "HANDED_OVER")


def test_a_taking_that_gives_a_building_and_category_to_two_couriers_is_written_and_shown(world: World) -> None:
    codes = world.here(4)  # of one building
    made = given(world, limits={"one_courier_per": "building_category"})
    (own,) = {row.courier for row in delivery.rounds(plan=made)}
    first, second = sorted((world.mei, world.tao), key=lambda each: person_of(each) != own)
    one, two = world.device(first), world.device(second)
    assert [told.answer for told in sync.sync(device=one, acts=[act("TAKEN", codes[0])], now=LATER)] == ["TAKEN"]
    (told,) = sync.sync(device=two, acts=[act("TAKEN", codes[1])], now=LATER)
    assert (told.answer, told.by, told.error["code"]) == ("LATE", first.name, "delivery.pair-split")
    assert first.name in str(told.error["found"])
    assert world.parcel(codes[1]).holder == person_of(second)
    (shown,) = delivery.to_look_at(world.inner)
    assert (shown.parcel, shown.answer) == (codes[1], "LATE")


def test_a_whole_building_and_category_may_go_to_another(world: World) -> None:
    codes = world.here(2)
    made = given(world, limits={"one_courier_per": "building_category"})
    (own,) = {row.courier for row in delivery.rounds(plan=made)}
    other = world.tao if own == person_of(world.mei) else world.mei
    told = sync.sync(device=world.device(other), acts=[act("TAKEN", code) for code in codes], now=LATER)
    assert [(one.answer, dict(one.error)) for one in told] == [("LATE", {})] * 2


def test_two_pictures_of_one_length_and_beginning_are_two_contents() -> None:
    one = act("HANDED_OVER", "X", evidence=(EvidenceIn("PHOTO", payload=b"\xff\xd8" + b"h" * 60 + b"A" * 500),))
    other = replace(one, evidence=(EvidenceIn("PHOTO", payload=b"\xff\xd8" + b"h" * 60 + b"B" * 500),))
    assert one.content() != other.content()
