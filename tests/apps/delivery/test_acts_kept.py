"""What a telephone tells and the book cannot write: kept with its proof, shown to the keeper, written once that may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.errors import NotFit, NotHere
from baogong.delivery.models import Calling, Parcel, ParcelAct, SyncedAct, SyncedPiece
from baogong.delivery.services import devices, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.journal.models import Evidence
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.services.parties import register_party
from baogong.places.services import add_site
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act
from tests.cast import log_in_as, person_of

LATER = NOW + 8 * HOUR


def answers(told: tuple[sync.Told, ...]) -> list[str]:
    return [one.answer for one in told]


def loaded(world: World, count: int = 1) -> list[str]:
    """So many parcels in Mei's hands by the book, since eight."""
    codes = world.here(count)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    return codes


def elsewhere(world: World) -> tuple[Actor, DeviceView]:
    """The keeper of a station that serves nothing here, and a telephone of it."""
    station = register_party(kind="SITE", name="别处的站", city="北京", now=NOW)
    add_site(party=station, role="STATION", lat=39.9, lon=116.3, is_located=True)
    keeper = log_in_as("Kang", [(Duty.KEEPER, station)], NOW)
    token = devices.give_device(
        person=person_of(world.stranger), station=station, from_at=NOW, until_at=NOW + 9 * HOUR, actor=keeper, now=NOW
    )
    return keeper, devices.recognise(token, NOW, to_read=True)


def on_cart(world: World) -> tuple[str, object]:
    """A parcel on its way to the inner station by the book, and the cart's trip."""
    (code,) = world.expect(1, at=world.outer)
    world.receive([code], at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    stations.load_cart(shuttle=trip, scans=[code], actor=world.fang, now=NOW, request_id=new_id())
    return code, trip


def test_a_parcel_handed_over_before_the_keeper_wrote_the_cart_unloaded_keeps_its_proof_until_it_can_be_written(
    world: World,
) -> None:
    code, trip = on_cart(world)
    device = world.device(world.mei)
    shown = (EvidenceIn("WITNESS", by_name="王"), EvidenceIn("CODE", text=code))
    told = act("HANDED_OVER", code, NOW + 2 * HOUR, mode="CONTACTLESS", evidence=shown, note="门卫在场")
    assert answers(sync.sync(device=device, acts=[told], now=NOW + 3 * HOUR)) == ["REFUSED"]
    (waiting,) = delivery.to_look_at(world.inner)
    assert (waiting.answer, waiting.parcel, waiting.mode, waiting.note) == ("REFUSED", code, "CONTACTLESS", "门卫在场")
    assert waiting.shown == ("WITNESS", "CODE")
    assert not waiting.may_accept
    with pytest.raises(NotHere):
        sync.accept(act=waiting.id, actor=world.bao, now=NOW + 3 * HOUR)
    assert delivery.to_look_at(world.inner) == (waiting,)  # a refusal changes nothing

    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + 4 * HOUR, request_id=new_id())  # type: ignore[arg-type]
    (waiting,) = delivery.to_look_at(world.inner)
    assert waiting.may_accept
    with pytest.raises(NotYourPlace):
        sync.accept(act=waiting.id, actor=world.fang, now=LATER)
    for _ in range(2):
        sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    (done,) = ParcelAct.objects.filter(kind="HANDED_OVER")
    assert (done.by_name, done.at_device, done.at, done.note) == ("Mei", NOW + 2 * HOUR, LATER, "门卫在场")
    assert sorted(Evidence.objects.values_list("kind", "at_device")) == [
        ("CODE", NOW + 2 * HOUR),
        ("WITNESS", NOW + 2 * HOUR),
    ]
    assert (delivery.to_look_at(world.inner), SyncedPiece.objects.count()) == ((), 0)
    assert answers(sync.sync(device=device, acts=[told], now=LATER)) == ["KNOWN"]
    assert book.verify_book().ok


def test_all_that_a_refused_act_carried_is_kept(world: World) -> None:
    (code,) = world.here(1, kind="medicine")
    device, shelf = world.device(world.mei), world.shelf(world.east)
    put = act("ON_SHELF", code, NOW + HOUR, shelf=shelf, note="三层")
    assert (
        answers(sync.sync(device=device, acts=[put, act("FAILED", code, why="ASLEEP")], now=LATER)) == ["REFUSED"] * 2
    )
    kept = {row.kind: row.given for row in SyncedAct.objects.all()}
    assert (kept["ON_SHELF"]["shelf"], kept["ON_SHELF"]["note"], kept["FAILED"]["why"]) == (
        str(shelf),
        "三层",
        "ASLEEP",
    )


def test_an_act_under_an_id_that_is_taken_is_kept_beside_the_first(world: World) -> None:
    codes = loaded(world, 2)
    device = world.device(world.mei)
    first = act("HANDED_OVER", codes[0])
    sync.sync(device=device, acts=[first], now=LATER)
    again = replace(act("HANDED_OVER", codes[1], NOW + 2 * HOUR), id=first.id)
    for _ in range(2):
        (told,) = sync.sync(device=device, acts=[again], now=LATER)
        assert (told.answer, told.error["code"]) == ("REFUSED", "kernel.request-id-reused")
    (waiting,) = delivery.to_look_at(world.inner)
    assert (waiting.parcel, waiting.shown, waiting.may_accept) == (codes[1], ("CODE",), True)
    sync.accept(act=waiting.id, actor=world.bao, now=LATER)
    assert [world.parcel(code).state for code in codes] == ["HANDED_OVER"] * 2


def test_a_handover_made_before_the_parcel_was_planned_anew_stands_and_the_keeper_sees_both(world: World) -> None:
    (code,) = loaded(world)
    mei, tao = world.device(world.mei), world.device(world.tao)
    stations.take_back(station=world.inner, scans=[code], actor=world.bao, now=NOW + 2 * HOUR, request_id=new_id())
    anew = world.give_round(world.tao, [code], "T0002", at=NOW + 3 * HOUR)
    stations.load_round(round=anew, actor=world.bao, now=NOW + 3 * HOUR, request_id=new_id())
    (told,) = sync.sync(device=mei, acts=[act("HANDED_OVER", code, NOW + HOUR)], now=LATER)
    assert (told.answer, told.by, told.state) == ("LATE", "Tao", "HANDED_OVER")
    (done,) = ParcelAct.objects.filter(kind="HANDED_OVER")
    assert (done.by_name, done.at_device, done.at, Evidence.objects.count()) == ("Mei", NOW + HOUR, LATER, 1)
    (waiting,) = delivery.to_look_at(world.inner)
    assert (waiting.courier_name, waiting.by) == ("Mei", "Tao")
    # Tao's is kept with its proof too: who has which parcel, the keeper asks both
    again = sync.sync(device=tao, acts=[act("HANDED_OVER", code, NOW + 4 * HOUR)], now=LATER + HOUR)
    assert answers(again) == ["CONFLICT"]
    assert [row.shown for row in delivery.to_look_at(world.inner)] == [(), ("CODE",)]
    assert book.verify_book().ok


def test_who_never_had_the_parcel_does_not_take_it_out_of_anothers_hands(world: World) -> None:
    (code,) = loaded(world)
    told = sync.sync(device=world.device(world.tao), acts=[act("HANDED_OVER", code, NOW + HOUR)], now=LATER)
    assert (answers(told), world.parcel(code).state) == (["CONFLICT"], "WITH_COURIER")


def test_a_load_that_the_keeper_wrote_late_swallows_nothing_that_the_courier_did_before(world: World) -> None:
    codes = world.here(2)
    stations.load_round(
        round=world.give_round(world.mei, codes), actor=world.bao, now=NOW + 75 * MINUTE, request_id=new_id()
    )
    acts = [
        act("TAKEN", codes[0], NOW + 65 * MINUTE),
        act("ON_SHELF", codes[0], NOW + 70 * MINUTE, shelf=world.shelf(world.east)),
        act("RETURNED", codes[1], NOW + 71 * MINUTE),
    ]
    assert answers(sync.sync(device=world.device(world.mei), acts=acts, now=LATER)) == ["KNOWN", "TAKEN", "LATE"]
    assert world.parcel(codes[0]).state == "ON_SHELF"
    (put,) = ParcelAct.objects.filter(kind="ON_SHELF")
    assert put.at_device == NOW + 70 * MINUTE
    (waiting,) = delivery.to_look_at(world.inner)  # brought back, or loaded a second time: only the keeper knows
    assert (waiting.kind, waiting.parcel) == ("RETURNED", codes[1])


def test_a_cart_that_the_keeper_wrote_unloaded_late_swallows_nothing_either(world: World) -> None:
    code, trip = on_cart(world)
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + 3 * HOUR, request_id=new_id())  # type: ignore[arg-type]
    put = act("ON_SHELF", code, NOW + 2 * HOUR, shelf=world.shelf(world.east))
    sync.sync(device=world.device(world.mei), acts=[act("TAKEN", code, NOW + HOUR), put], now=LATER)
    assert world.parcel(code).state == "ON_SHELF"
    assert book.verify_book().ok


def test_a_telephone_of_another_station_moves_nothing_here(world: World) -> None:
    codes = world.here(4)
    shelf = world.shelf(world.east)
    acts = [act("TAKEN", code) for code in codes[:3]]
    acts += [act("ON_SHELF", code, NOW + 61 * MINUTE, shelf=shelf) for code in codes[:3]]
    sync.sync(device=world.device(world.mei), acts=acts, now=LATER)
    _, foreign = elsewhere(world)
    at = NOW + 3 * HOUR
    done = [
        act("HANDED_OVER", codes[0], at),
        act("HANDED_OVER", codes[1], at),
        act("RETURNED", codes[1], at),
        act("TAKEN", codes[2], at),
        act("FAILED", codes[3], at),
    ]
    told = sync.sync(device=foreign, acts=done, now=LATER)
    assert [(one.answer, one.error["code"]) for one in told] == [("REFUSED", "delivery.not-here")] * 5
    assert [world.parcel(code).state for code in codes] == ["ON_SHELF"] * 3 + ["AT_STATION"]
    assert len(delivery.to_look_at(foreign.station)) == 5


def test_a_telephone_of_another_station_ticks_no_call_here(world: World) -> None:
    (code,) = world.here(1)
    call = Calling.objects.create(
        id=new_id(), shelf_id=world.shelf(world.east), household="h", from_at=NOW, until_at=NOW + 3 * HOUR
    )
    Parcel.objects.filter(code=code).update(calling=call)
    called = sync.Act(new_id(), "CALLED", NOW + HOUR, why="TO_DOOR", calling=call.id)
    _, foreign = elsewhere(world)
    assert answers(sync.sync(device=foreign, acts=[called], now=LATER)) == ["REFUSED"]
    assert (Calling.objects.get().called_at, world.parcel(code).wants_door) == (None, False)
    assert answers(sync.sync(device=world.device(world.mei), acts=[called], now=LATER)) == ["TAKEN"]
    assert world.parcel(code).wants_door


def test_a_handover_after_the_proofs_lapsed_is_written_and_shown_and_nothing_more_is_given_out(world: World) -> None:
    codes = loaded(world, 3)
    device = world.device(world.mei, until_at=NOW + 30 * HOUR)
    out_at = NOW + 26 * HOUR  # today's antigen test and temperature do not count any more
    told = sync.sync(device=device, acts=[act("HANDED_OVER", code, out_at) for code in codes[:2]], now=out_at)
    assert answers(told) == ["UNFIT", "UNFIT"]
    assert [world.parcel(code).state for code in codes] == ["HANDED_OVER", "HANDED_OVER", "WITH_COURIER"]
    assert [row.answer for row in delivery.to_look_at(world.inner)] == ["UNFIT", "UNFIT"]
    assert told[0].error["found"]
    # what comes back comes back, whoever brings it
    assert answers(sync.sync(device=device, acts=[act("RETURNED", codes[2], out_at)], now=out_at)) == ["TAKEN"]


def test_a_keeper_takes_nothing_back_out_of_the_hands_of_another_stations_courier(world: World) -> None:
    (code,) = loaded(world)
    keeper, foreign = elsewhere(world)
    back = {"scans": [code], "now": NOW + HOUR, "request_id": new_id()}
    with pytest.raises(NotYourPlace):
        stations.take_back(station=foreign.station, actor=keeper, **back)  # type: ignore[arg-type]
    assert world.parcel(code).holder == person_of(world.mei)
    stations.take_back(station=foreign.station, actor=world.lin, **back)  # type: ignore[arg-type]
    assert world.parcel(code).holder == foreign.station


def test_what_comes_on_a_cart_is_taken_back_where_the_cart_goes(world: World) -> None:
    code, _ = on_cart(world)
    stations.take_back(station=world.inner, scans=[code], actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert world.parcel(code).holder == world.inner


def test_a_keeper_who_sets_up_a_telephone_withdraws_none_of_another_station(world: World) -> None:
    world.device(world.mei)
    keeper, foreign = elsewhere(world)
    devices.give_device(
        person=person_of(world.mei), station=foreign.station, from_at=NOW, until_at=NOW + HOUR, actor=keeper, now=NOW
    )
    assert delivery.devices(world.inner, now=NOW)[0].is_open


def test_a_round_is_given_only_to_who_may_go_where_it_goes(world: World) -> None:
    codes = world.here(2)
    asked = {"from_at": NOW - HOUR, "pcr_hours": 48, "antigen_hours": 16, "temperature_max_tenths": 372}
    said = {"source": "社区公告", "actor": world.lin, "now": NOW}
    crew.set_entry_rule(place=world.east, needs_pass=True, request_id=new_id(), **asked, **said)  # type: ignore[arg-type]
    round_ = world.give_round(world.mei, codes)
    with pytest.raises(NotFit):
        stations.load_round(round=round_, actor=world.bao, now=NOW, request_id=new_id())
    assert [world.parcel(code).state for code in codes] == ["AT_STATION"] * 2
    device = world.device(world.mei)
    assert answers(sync.sync(device=device, acts=[act("TAKEN", codes[0])], now=LATER)) == ["UNFIT"]  # it happened
    (held,) = crew.apply_for_pass(persons=[person_of(world.mei)], place=world.east, actor=world.lin, now=NOW)
    crew.grant_pass(passes=[held], from_at=NOW - HOUR, until_at=NOW + 9 * HOUR, actor=world.lin, now=NOW)
    assert stations.load_round(round=round_, left=[codes[0]], actor=world.bao, now=NOW, request_id=new_id()).parcels
