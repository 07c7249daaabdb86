"""Over the counter: only where people move freely, shown like any handover, in one transaction with the book, taken back at once."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import (
    AlreadyHandedOver,
    HandoverNotAllowed,
    HandoverStands,
    NotHere,
    NothingToShow,
    NotOverTheCounter,
    ProxyUnclear,
    WithSomebodyElse,
)
from baogong.delivery.models import Calling, Parcel, ParcelAct, Round
from baogong.delivery.queries import Fetching, ParcelView
from baogong.delivery.services import counter, residents, stations, sync
from baogong.delivery.services.stations import Scanned
from baogong.journal.models import Evidence
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services import links
from baogong.places import services as places
from tests.apps.delivery.promised import make_promised
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act

STROKES = b"[[[1, 1], [20, 20]]]"
ZONES = {"SEALED": "封控区", "CONTROLLED": "管控区", "PRECAUTION": "防范区"}


def notice(world: World, zone: str, house: str = "东院", at: datetime = NOW) -> None:
    places.read_notice(text=f"{ZONES[zone]}\n{house}", published_at=at, from_at=at, actor=world.lin, now=at)


def hand_out(world: World, *codes: str, now: datetime = NOW, **more: Any) -> Scanned:
    given = {"station": world.inner, "mode": "WITNESSED", "actor": world.bao, "request_id": new_id(), **more}
    return counter.hand_out(scans=codes, now=now, **given)


def take_back(world: World, *codes: str, now: datetime = NOW + MINUTE, **more: Any) -> Scanned:
    given = {"station": world.inner, "words": "拿错了", "actor": world.bao, "request_id": new_id(), **more}
    return counter.take_back(scans=codes, now=now, **given)


def to_fetch(*views: ParcelView) -> dict[UUID, Fetching]:
    return delivery.to_fetch(views, delivery.zones_of(map(delivery.house_of, views), NOW))


def test_who_moves_freely_fetches_at_the_station_and_the_book_has_it(world: World) -> None:
    notice(world, "PRECAUTION")
    codes, request = world.here(3), new_id()
    mine = world.give_round(world.mei, codes[:1])
    call = Calling.objects.create(shelf_id=world.shelf(world.east), household="1", from_at=NOW, until_at=NOW + HOUR)
    Parcel.objects.filter(code=codes[0]).update(calling=call)
    first = hand_out(world, *codes[:2], request_id=request)
    assert first.parcels == tuple(codes[:2])
    assert hand_out(world, *codes[:2], request_id=request).parcels == first.parcels  # sent again it is one handover
    assert [world.parcel(code).state for code in codes] == ["HANDED_OVER", "HANDED_OVER", "AT_STATION"]
    assert (world.stands(world.east, State.HANDED_OVER), world.stands(world.inner, State.AVAILABLE)) == (2, 1)
    assert Round.objects.get(pk=mine).state == "DONE"  # nobody walks for it any more, and nobody is called for it
    assert Calling.objects.get().cancelled_at == NOW
    shown = delivery.shown_of(world.parcel(codes[0]).id)
    assert {(piece.kind, piece.by_name) for piece in shown} == {("CODE", ""), ("WITNESS", "Bao")}
    with pytest.raises(AlreadyHandedOver, match="by Bao"):
        hand_out(world, codes[0])
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 2
    assert book.verify_book().ok


@pytest.mark.parametrize(
    ("zone", "said"), [("SEALED", "may not leave home"), ("CONTROLLED", "shelf when they are called")]
)
def test_from_a_house_that_is_kept_in_nobody_is_served_at_the_counter(world: World, zone: str, said: str) -> None:
    codes = world.here(3)  # the third of another unit, and all of the same house
    notice(world, "PRECAUTION")
    notice(world, zone, "东院1号楼", NOW + MINUTE)
    free = world.here(5)[4]
    with pytest.raises(NotOverTheCounter, match=said) as refusal:
        hand_out(world, free, codes[0], now=NOW + 2 * MINUTE)
    assert refusal.value.data["codes"] == [codes[0]]
    assert world.parcel(free).state == "AT_STATION"  # all or none
    hand_out(world, codes[0], now=NOW)  # by what is so then
    hand_out(world, free, now=NOW + 2 * MINUTE)
    assert world.stands(world.east, State.HANDED_OVER) == 2


def test_a_house_in_no_zone_is_served_and_is_called_nowhere(world: World) -> None:
    (code,) = world.here(1)
    assert to_fetch(world.parcel(code)) == {}
    hand_out(world, code)
    assert world.parcel(code).state == "HANDED_OVER"


def test_a_household_is_told_where_it_may_fetch_and_when(world: World) -> None:
    places.change_site(site=world.inner, address="酒仙桥路 1 号", opens_at=time(9), closes_at=time(18))
    (code, other), (west,) = world.here(2), world.here(1, community=world.west)
    (outside,) = world.expect(1, at=world.outer)
    world.receive([outside], at=world.outer)
    notice(world, "PRECAUTION")
    world.give_round(world.mei, [other])
    stations.load_round(round=Round.objects.get().id, actor=world.bao, now=NOW, request_id=new_id())
    views = [world.parcel(each) for each in (code, other, west, outside)]
    told = to_fetch(*views)
    assert list(told) == [views[0].id]  # the others: under way, in no zone, at a station outside
    fetching = told[views[0].id]
    assert (fetching.station_name, fetching.opens_at, fetching.closes_at) == ("酒仙桥内站", time(9), time(18))


def test_the_way_of_handing_over_is_the_parcels_own_and_something_shows_it(world: World) -> None:
    (code,), (medicine,) = world.here(1), world.here(1, kind="medicine")
    with pytest.raises(HandoverNotAllowed):
        hand_out(world, medicine, mode="CONTACTLESS")
    with pytest.raises(NothingToShow):
        hand_out(world, medicine, mode="SIGNED")
    hand_out(world, medicine, mode="SIGNED", signature=STROKES)
    hand_out(world, code, mode="CONTACTLESS")
    assert {piece.kind for piece in delivery.shown_of(world.parcel(medicine).id)} == {"CODE", "SIGNATURE"}
    assert {piece.kind for piece in delivery.shown_of(world.parcel(code).id)} == {"CODE"}


def test_what_may_be_left_without_contact_may_be_seen_taken_at_the_counter(world: World) -> None:
    (left,), (medicine,) = world.here(1), world.here(1, kind="medicine")
    Parcel.objects.filter(code=left).update(modes=["CONTACTLESS"])
    Parcel.objects.filter(code=medicine).update(waybill="SF1234567890")
    hand_out(world, left, mode="WITNESSED")
    assert world.parcel(left).state == "HANDED_OVER"
    assert {piece.kind for piece in delivery.shown_of(world.parcel(left).id)} == {"CODE", "WITNESS"}
    with pytest.raises(HandoverNotAllowed) as refused:
        hand_out(world, medicine, mode="CONTACTLESS")
    assert refused.value.where == f"SF1234567890 · {medicine}"


def test_who_comes_for_another_is_written_with_the_last_four_and_no_more(world: World) -> None:
    (code,) = world.here(1)
    for name, four in (("王邻居", ""), ("", "123X"), ("王邻居", "12"), ("王邻居", "110105194912310021")):
        with pytest.raises(ProxyUnclear) as refusal:
            hand_out(world, code, proxy_name=name, proxy_last_four=four)
        assert not four or four not in str(refusal.value.as_dict())
    hand_out(world, code, proxy_name=" 王 邻居 ", proxy_last_four="123x")
    note = Evidence.objects.get(kind="NOTE")
    assert (note.by_name, note.text) == ("王 邻居", "代取 · proxy · 123X")


def test_only_its_own_station_hands_out_and_only_what_stands_there(world: World) -> None:
    codes = world.here(2)
    with pytest.raises(NotYourPlace):
        hand_out(world, codes[0], actor=world.fang)
    with pytest.raises(NotYourPlace):
        hand_out(world, codes[0], actor=world.stranger)
    with pytest.raises(NotHere):
        hand_out(world, codes[0], station=world.outer, actor=world.fang)
    stations.load_round(round=world.give_round(world.mei, [codes[1]]), actor=world.bao, now=NOW, request_id=new_id())
    with pytest.raises(WithSomebodyElse, match="with Mei"):
        hand_out(world, *codes)
    assert not ParcelAct.objects.filter(kind="HANDED_OVER").exists()


def test_what_was_given_by_mistake_is_taken_back_and_handed_over_once_more(world: World) -> None:
    (code,), request = world.here(1), new_id()
    hand_out(world, code)
    assert [view.code for view in delivery.handed_out(world.inner, since=NOW)] == [code]
    for _ in range(2):
        assert take_back(world, code, request_id=request).parcels == (code,)
    assert (world.parcel(code).state, world.parcel(code).holder) == ("AT_STATION", world.inner)
    assert (world.stands(world.east, State.HANDED_OVER), world.stands(world.inner, State.AVAILABLE)) == (0, 1)
    assert delivery.handed_out(world.inner, since=NOW) == ()
    assert book.verify_book().ok
    hand_out(world, code, now=NOW + 2 * MINUTE)
    assert world.stands(world.east, State.HANDED_OVER) == 1
    with pytest.raises(AlreadyHandedOver, match="08:02"):
        hand_out(world, code, now=NOW + 3 * MINUTE)
    assert [one.kind for one in delivery.acts_of(world.parcel(code).id)] == [
        "RECEIVED", "HANDED_OVER", "UNDONE", "HANDED_OVER",
    ]  # fmt: skip
    assert len(delivery.shown_of(world.parcel(code).id)) == 2  # of the handover that stands
    assert book.verify_book().ok


def test_a_handover_stands_that_is_old_confirmed_or_another_hands(world: World) -> None:
    old, confirmed, couriers, waiting = world.here(4)
    hand_out(world, old, confirmed)
    with pytest.raises(HandoverStands, match="last 10 minutes"):
        take_back(world, old, now=NOW + 10 * MINUTE + MINUTE / 60)
    link = residents.make_parcels_link(subject=world.parcel(confirmed).id, code="4711", actor=world.lin, now=NOW)
    residents.confirm(
        link=links.open_link(link, residents.LINK, NOW), parcel=world.parcel(confirmed).id, read="", code="4711", now=NOW,
        request_id=new_id(),
    )  # fmt: skip
    with pytest.raises(HandoverStands):
        take_back(world, confirmed)
    told = sync.sync(
        device=world.device(world.mei), acts=[act("HANDED_OVER", couriers, NOW)], now=NOW + MINUTE
    )  # taken at the door, not at the counter
    assert told[0].answer == "LATE"
    with pytest.raises(HandoverStands, match="Mei"):
        take_back(world, couriers)
    with pytest.raises(NotHere):
        take_back(world, waiting)
    with pytest.raises(UnusableInput):
        take_back(world, old, words="  ")
    assert not ParcelAct.objects.filter(kind="UNDONE").exists()


def test_a_claim_that_is_brought_is_fetched_too_and_taken_back_with_its_parcel(world: World) -> None:
    promised = make_promised(world)
    (claim,) = promised.accepted("东院1号楼1单元101")
    promised.place()
    (code,) = promised.codes([claim])
    world.receive([code], at=world.outer)
    hand_out(world, code, station=world.outer, actor=world.fang)
    assert promised.state(claim) == "HANDED_OVER"
    take_back(world, code, station=world.outer, actor=world.fang)
    assert promised.state(claim) == "UNDERWAY"
    hand_out(world, code, station=world.outer, actor=world.fang, now=NOW + HOUR)
    assert promised.state(claim) == "HANDED_OVER"
    assert book.verify_book().ok
