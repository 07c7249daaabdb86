"""From the sender's list to the household's hands: who has it is always one party, and the book says the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import (
    AlreadyHandedOver,
    HandoverNotAllowed,
    InPersonNeverOnAShelf,
    NoSuchParcels,
    NothingToShow,
    NotThisShelf,
    TripMoved,
    WithSomebodyElse,
    WrongRoadZone,
    WrongStation,
)
from baogong.delivery.models import Parcel, ParcelAct
from baogong.delivery.services import handovers, stations
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.places import queries as places_
from baogong.places import services as places
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, make_community, shown
from tests.cast import person_of


def give(world: World, code: str, courier: Actor, **more: object) -> None:
    given = {"mode": "CONTACTLESS", "evidence": shown(code), **more}
    handovers.hand_over(parcel=world.parcel(code).id, actor=courier, now=NOW + HOUR, request_id=new_id(), **given)  # type: ignore[arg-type]


def load(world: World, courier: Actor, codes: list[str], now: datetime = NOW) -> None:
    round_id = world.give_round(courier, codes)
    stations.load_round(round=round_id, actor=world.bao, now=now, request_id=new_id())


def test_a_parcel_goes_from_the_outer_station_to_its_door_and_the_book_follows(world: World) -> None:
    codes = world.expect(3, at=world.outer)
    world.receive(codes, at=world.outer)
    assert world.stands(world.outer, State.AVAILABLE) == 3
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    assert (world.stands(world.outer, State.AVAILABLE), world.stands(world.cart, State.ABOARD)) == (0, 3)
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert world.stands(world.inner, State.AVAILABLE) == 3
    load(world, world.mei, codes, NOW + HOUR)
    assert world.stands(person_of(world.mei), State.ABOARD) == 3
    for code in codes:
        give(world, code, world.mei)
    assert world.stands(world.east, State.HANDED_OVER) == 3
    hands = [(each.kind, each.to_name) for each in delivery.acts_of(world.parcel(codes[0]).id)]
    assert hands == [
        ("RECEIVED", "酒仙桥外站"),
        ("ON_CART", "三轮 1"),
        ("OFF_CART", "酒仙桥内站"),
        ("TAKEN", "Mei"),
        ("HANDED_OVER", "东院"),
    ]
    assert delivery.shuttles(ids=[trip])[0].state == "ARRIVED"
    assert book.verify_book().ok


def test_receiving_again_is_known_and_what_is_no_parcel_is_told(world: World) -> None:
    codes = world.expect(3)
    request = new_id()
    for _ in range(2):
        done = stations.receive(
            station=world.inner, scans=[*codes[:2], "XXXX99"], actor=world.bao, now=NOW, request_id=request
        )
        assert (done.parcels, done.unknown) == (tuple(codes[:2]), ("XXXX99",))
    again = stations.receive(station=world.inner, scans=codes, actor=world.bao, now=NOW, request_id=new_id())
    assert (again.parcels, again.known) == (tuple(codes[2:]), tuple(codes[:2]))
    assert world.stands(world.inner, State.AVAILABLE) == 3
    with pytest.raises(NoSuchParcels):
        stations.receive(station=world.inner, scans=["NOPE"], actor=world.bao, now=NOW, request_id=new_id())


def test_a_stranger_receives_nothing_and_leaves_no_trace(world: World) -> None:
    codes = world.expect(2)
    with pytest.raises(NotYourPlace):
        stations.receive(station=world.inner, scans=codes, actor=world.stranger, now=NOW, request_id=new_id())
    with pytest.raises(NotYourPlace):  # the keeper of another station
        stations.receive(station=world.inner, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    assert not ParcelAct.objects.exists()
    assert world.stands(world.inner, State.AVAILABLE) == 0


def test_a_cart_takes_only_parcels_of_its_road_zone(world: World) -> None:
    east, west = world.expect(2, at=world.outer), world.expect(2, community=world.west, at=world.outer)
    world.receive(east + west, at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    with pytest.raises(WrongRoadZone) as refusal:
        stations.load_cart(shuttle=trip, scans=east + west[:1], actor=world.fang, now=NOW, request_id=new_id())
    assert refusal.value.found == west[:1]
    assert world.stands(world.cart, State.ABOARD) == 0
    with pytest.raises(TripMoved):
        stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW, request_id=new_id())


def test_a_parcel_missing_from_the_cart_stays_in_its_hands(world: World) -> None:
    codes = world.expect(3, at=world.outer)
    world.receive(codes, at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    stations.unload_cart(shuttle=trip, missing=codes[:1], actor=world.bao, now=NOW, request_id=new_id())
    assert (world.stands(world.cart, State.ABOARD), world.stands(world.inner, State.AVAILABLE)) == (1, 2)
    (view,) = delivery.shuttles(ids=[trip])
    assert (view.state, view.missing) == ("LOADED", 1)
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert delivery.shuttles(ids=[trip])[0].state == "ARRIVED"


def test_an_in_person_parcel_is_never_put_on_a_shelf(world: World) -> None:
    (code,) = world.here(1, kind="medicine")
    load(world, world.mei, [code])
    with pytest.raises(InPersonNeverOnAShelf):
        handovers.put_on_shelf(
            parcel=world.parcel(code).id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id()
        )
    with pytest.raises(HandoverNotAllowed):
        give(world, code, world.mei)
    assert world.stands(person_of(world.mei), State.ABOARD) == 1
    give(world, code, world.mei, mode="WITNESSED", evidence=[EvidenceIn("WITNESS", by_name="courier saw it taken")])
    assert world.parcel(code).state == "HANDED_OVER"


def test_the_database_itself_refuses_an_in_person_parcel_on_a_shelf(world: World) -> None:
    from django.db import IntegrityError, transaction

    (code,) = world.here(1, kind="medicine")
    with pytest.raises(IntegrityError, match="parcel_in_person_never_on_a_shelf"), transaction.atomic():
        Parcel.objects.filter(code=code).update(state="ON_SHELF", shelf=world.shelf(world.east))


def test_what_goes_to_a_door_by_the_register_is_put_on_no_shelf(world: World) -> None:
    codes = world.here(12)  # one for every door; nobody of the last one can come down
    load(world, world.mei, codes[10:])
    shelf = world.shelf(world.east, 2)
    with pytest.raises(NotThisShelf, match="at the door") as refusal:
        handovers.put_on_shelf(
            parcel=world.parcel(codes[11]).id, shelf=shelf, actor=world.mei, now=NOW, request_id=new_id()
        )
    assert refusal.value.expected == "the door"
    assert (world.parcel(codes[11]).state, world.stands(world.east, State.SHELF)) == ("WITH_COURIER", 0)
    handovers.put_on_shelf(
        parcel=world.parcel(codes[10]).id, shelf=shelf, actor=world.mei, now=NOW, request_id=new_id()
    )  # the neighbour comes


def test_what_goes_into_a_sealed_building_is_put_on_no_shelf(world: World) -> None:
    (code,) = world.here(1)
    load(world, world.mei, [code])
    places.read_notice(text="封控区\n东院1号楼", published_at=NOW, from_at=NOW, actor=world.lin, now=NOW)

    def put(at_device: datetime) -> None:
        handovers.put_on_shelf(
            parcel=world.parcel(code).id, shelf=world.shelf(world.east), actor=world.mei, at_device=at_device,
            now=NOW + HOUR, request_id=new_id(),
        )  # fmt: skip

    with pytest.raises(NotThisShelf, match="at the door"):
        put(NOW + MINUTE)
    put(NOW - MINUTE)  # before the building was sealed: written as it happened
    assert world.parcel(code).state == "ON_SHELF"


def test_a_shelf_of_another_unit_or_one_that_is_full_is_refused(world: World) -> None:
    codes = world.here(2)
    load(world, world.mei, codes)
    parcel = world.parcel(codes[0])
    with pytest.raises(NotThisShelf):
        handovers.put_on_shelf(
            parcel=parcel.id, shelf=world.shelf(world.east, 1), actor=world.mei, now=NOW, request_id=new_id()
        )
    with pytest.raises(NotThisShelf):
        handovers.put_on_shelf(
            parcel=parcel.id, shelf=world.shelf(world.west), actor=world.mei, now=NOW, request_id=new_id()
        )
    handovers.put_on_shelf(
        parcel=parcel.id, shelf=world.shelf(world.east), actor=world.mei, now=NOW, request_id=new_id()
    )
    assert world.stands(world.east, State.SHELF) == 1
    give(world, codes[0], world.bao)  # fetched, the keeper saw its code
    assert (world.stands(world.east, State.SHELF), world.stands(world.east, State.HANDED_OVER)) == (0, 1)


def test_a_handover_needs_what_its_way_needs(world: World) -> None:
    codes = world.here(2)
    load(world, world.mei, codes)
    for evidence in ([], [EvidenceIn("CODE", text=codes[1])], [EvidenceIn("NOTE", text="left it")]):
        with pytest.raises(NothingToShow):
            give(world, codes[0], world.mei, evidence=evidence)
    with pytest.raises(NothingToShow):
        give(world, codes[0], world.mei, mode="SIGNED")
    with pytest.raises(NothingToShow):  # a typed name is no signature
        give(world, codes[0], world.mei, mode="SIGNED", evidence=[EvidenceIn("SIGNATURE", by_name="户主")])
    drawn = EvidenceIn("SIGNATURE", payload=b"[[[1, 2], [30, 40]]]", by_name="户主")
    give(world, codes[0], world.mei, mode="SIGNED", evidence=[drawn])
    assert world.parcel(codes[0]).state == "HANDED_OVER"


def test_failed_comes_back_with_its_reason_and_can_be_planned_again(world: World) -> None:
    (code,) = world.here(1)
    load(world, world.mei, [code])
    handovers.try_in_vain(
        parcel=world.parcel(code).id, why="NOBODY", actor=world.mei, now=NOW + HOUR, request_id=new_id()
    )
    assert world.parcel(code).state == "WITH_COURIER"
    stations.take_back(station=world.inner, scans=[code], actor=world.bao, now=NOW + HOUR, request_id=new_id())
    view = world.parcel(code)
    assert (view.state, view.attempts, view.holder) == ("AT_STATION", 1, world.inner)
    assert [view.code for view in delivery.parcels(station=world.inner, unplanned=True)] == [code]
    assert delivery.board(world.inner).failed == 1
    load(world, world.tao, [code])
    give(world, code, world.tao)
    assert book.verify_book().ok


def test_a_second_hand_is_told_who_and_when(world: World) -> None:
    codes = world.here(2)
    load(world, world.mei, codes)
    with pytest.raises(NotYourPlace):  # it is not in this courier's hands
        give(world, codes[0], world.tao)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.inner, target=world.outer, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.bao, now=NOW, request_id=new_id(),
    )  # fmt: skip
    with pytest.raises(WithSomebodyElse) as taken:
        stations.load_cart(shuttle=trip, scans=codes[1:], actor=world.bao, now=NOW, request_id=new_id())
    assert taken.value.data["by"] == "Mei"
    give(world, codes[0], world.mei)
    with pytest.raises(AlreadyHandedOver) as given:
        give(world, codes[0], world.bao)
    assert given.value.data["by"] == "Mei"


def test_disinfection_is_kept_for_each_parcel_and_once(world: World) -> None:
    codes = world.here(3)
    request = new_id()
    for _ in range(2):
        stations.disinfect(
            station=world.inner,
            what="PARCELS",
            means="75 % alcohol",
            scans=codes,
            actor=world.bao,
            now=NOW,
            request_id=request,
        )
    (kept,) = delivery.disinfections(world.inner)
    assert (kept.parcels, kept.means) == (3, "75 % alcohol")
    assert all(world.parcel(code).disinfected_at == NOW for code in codes)


def test_the_board_counts_by_road_zone(world: World) -> None:
    codes = world.here(3)
    world.here(2, community=world.west)
    world.give_round(world.mei, codes[:1])
    board = delivery.board(world.inner)
    assert {zone.road_zone_name: (zone.parcels, zone.unplanned) for zone in board.zones} == {
        "路区一": (3, 2),
        "路区二": (2, 2),
    }
    assert delivery.sort_of(codes[0])[1] == "路区一"


def second_station(world: World) -> tuple[UUID, UUID]:
    """Another station inside, and a community of the first one's road zone that it serves."""
    station = register_party(kind="SITE", name="第二内站", city="北京", now=NOW)
    places.add_site(party=station, role="STATION", lat=39.977, lon=116.49, is_located=True)
    places.move_station(station=station, from_at=NOW - HOUR, lat=39.977, lon=116.49, actor=world.lin, now=NOW)
    places.seal(area=world.area, site=station)
    north = make_community("北院", "路区一", 39.973, world.lin)
    stations.serve(community=north, station=station, outer=world.outer, actor=world.lin, now=NOW)
    world.plans[north] = places_.community_plan(north, NOW)
    return station, north


def cart_trip(world: World, origin: UUID, target: UUID, at: datetime = NOW) -> UUID:
    return stations.plan_shuttle(
        cart=world.cart, origin=origin, target=target, road_zone=world.plan(world.east).road_zone, leaves_at=at,
        arrives_at=at + HOUR / 2, actor=world.lin, now=at, request_id=new_id(),
    )  # fmt: skip


def test_a_cart_takes_nothing_to_a_station_that_does_not_serve_it(world: World) -> None:
    second, north = second_station(world)
    east, others = world.expect(2, at=world.outer), world.expect(2, community=north, at=world.outer)
    world.receive(east + others, at=world.outer)
    trip = cart_trip(world, world.outer, world.inner)
    assert [view.code for view in delivery.to_load(trip)] == east  # of one road zone, all four
    with pytest.raises(WrongStation) as refusal:
        stations.load_cart(shuttle=trip, scans=east + others, actor=world.fang, now=NOW, request_id=new_id())
    assert refusal.value.found == others
    assert world.stands(world.cart, State.ABOARD) == 0
    stations.load_cart(shuttle=trip, scans=east, actor=world.fang, now=NOW, request_id=new_id())
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    own = cart_trip(world, world.outer, second, NOW + HOUR)
    stations.load_cart(shuttle=own, scans=others, actor=world.fang, now=NOW + HOUR, request_id=new_id())
    assert [(ride.target, ride.served_by) for ride in delivery.rides() if ride.shuttle == own] == [(second, second)] * 2


def test_what_stands_where_nobody_serves_it_is_told_and_goes_on_by_cart(world: World) -> None:
    second, north = second_station(world)
    codes = world.here(1, community=north)  # received where its list sent it
    served = world.here(1)
    (stray,) = delivery.strays(world.inner)
    assert (stray.code, stray.community_name, stray.station_name) == (codes[0], "北院", "第二内站")
    assert delivery.strays(second) == ()
    trip = cart_trip(world, world.inner, second)
    assert [view.code for view in delivery.to_load(trip)] == codes
    with pytest.raises(WrongStation):
        stations.load_cart(shuttle=trip, scans=codes + served, actor=world.bao, now=NOW, request_id=new_id())
    stations.load_cart(shuttle=trip, scans=codes, actor=world.bao, now=NOW, request_id=new_id())
    stations.unload_cart(shuttle=trip, actor=world.lin, now=NOW + HOUR, request_id=new_id())
    assert delivery.strays(world.inner) == delivery.strays(second) == ()
    assert book.verify_book().ok
