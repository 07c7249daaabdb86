"""A house is sealed while parcels lie on its shelf: nobody is called down, and they go up by courier or back to the station."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.errors import NoSuchParcels, NotHere, NotSealed
from baogong.delivery.models import Calling, Parcel, ParcelAct
from baogong.delivery.services import handovers, sealing, stations
from baogong.delivery.services.stations import Scanned
from baogong.delivery.snapshots import to_bring
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.places import services as places
from tests.apps.delivery.test_rounds import given
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World

SEALED_AT = NOW + HOUR
AFTER = SEALED_AT + MINUTE


def lie(world: World, count: int) -> list[str]:
    """Parcels on the shelves of their buildings; four doors a building."""
    codes = world.here(count)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    for number, code in enumerate(codes):
        handovers.put_on_shelf(
            parcel=world.parcel(code).id, shelf=world.shelf(world.east, number // 4), actor=world.mei, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    return codes


def sealed(world: World, house: str = "东院1号楼", zone: str = "封控区", at: datetime = SEALED_AT) -> None:
    places.read_notice(text=f"{zone}\n{house}", published_at=at, from_at=at, actor=world.lin, now=at)


def bring_up(world: World, *codes: str, **more: Any) -> Scanned:
    asked = {"station": world.inner, "actor": world.bao, "now": AFTER, "request_id": new_id(), **more}
    return sealing.bring_up(scans=codes, **asked)


def on_shelves(world: World, at: datetime = AFTER) -> list[str]:
    return [view.code for view in delivery.sealed_on_shelves(at, station=world.inner)]


def test_what_lies_on_the_shelf_of_a_sealed_house_is_named_from_the_moment_it_is(world: World) -> None:
    codes = lie(world, 6)
    sealed(world)
    assert on_shelves(world, SEALED_AT - MINUTE) == []
    assert on_shelves(world) == codes[:4]  # the other house is not sealed
    assert [view.code for view in delivery.sealed_on_shelves(AFTER, ids=[world.parcel(codes[1]).id])] == [codes[1]]
    assert delivery.sealed_on_shelves(AFTER, station=world.outer) == ()
    sealed(world, "东院1号楼1单元", "防范区", AFTER)  # one unit is free again
    assert on_shelves(world, AFTER + MINUTE) == codes[2:4]


def test_one_press_sends_it_up_with_the_next_round_and_calls_nobody_down(world: World) -> None:
    codes = lie(world, 5)
    calls = [
        Calling.objects.create(shelf_id=world.shelf(world.east), household=name, from_at=AFTER, until_at=AFTER + HOUR)
        for name in ("1", "2")
    ]
    for call, code in zip(calls, codes[:2], strict=True):
        Parcel.objects.filter(code=code).update(calling=call)
    sealed(world)
    span: dict[str, Any] = {"communities": [world.east], "since": NOW}
    assert len(delivery.call_list(**span)) == 2
    assert delivery.call_list(**span, at=AFTER) == ()  # before anybody pressed anything
    request = new_id()
    for _ in range(2):
        assert bring_up(world, codes[0], request_id=request).parcels == (codes[0],)
    assert bring_up(world, codes[0]).known == (codes[0],)
    assert world.parcel(codes[0]).out_of_place_at == AFTER
    assert [bool(row.cancelled_at) for row in Calling.objects.order_by("household")] == [True, False]
    assert on_shelves(world) == codes[1:4]
    assert [row.code for row in Parcel.objects.filter(to_bring(world.inner))] == [codes[0]]
    plan = given(world, now=AFTER, from_at=AFTER)
    (visit,) = [visit for row in delivery.rounds(plan=plan, with_visits=True) for visit in row.visits]
    assert (visit.shelf, [each.parcel.code for each in visit.parcels]) == (None, [codes[0]])
    act = ParcelAct.objects.get(kind="GOES_UP")
    assert (act.note, act.by_name) == ("SEALED", "Bao")


def test_back_at_the_station_it_says_why_and_counts_as_no_attempt(world: World) -> None:
    codes = lie(world, 2)
    sealed(world)
    done = stations.take_back(
        station=world.inner, scans=codes, note=sealing.SEALED, actor=world.bao, now=AFTER, request_id=new_id()
    )
    assert done.parcels == tuple(codes)
    assert on_shelves(world) == []
    view = world.parcel(codes[0])
    assert (view.state, view.attempts) == ("AT_STATION", 0)
    assert delivery.acts_of(view.id)[-1].note == "SEALED"
    assert book.verify_book().ok


def test_only_the_station_sends_up_and_only_from_a_sealed_shelf(world: World) -> None:
    codes = lie(world, 5)
    (waiting,) = world.here(1)
    with pytest.raises(NotSealed, match=codes[0]):
        bring_up(world, codes[0], now=SEALED_AT - timedelta(seconds=1))
    sealed(world)
    with pytest.raises(NotSealed) as refusal:
        bring_up(world, codes[0], codes[4])
    assert refusal.value.found == [codes[4]]
    with pytest.raises(NotHere):
        bring_up(world, waiting)
    with pytest.raises(NoSuchParcels):
        bring_up(world, "nothing")
    with pytest.raises(NotYourPlace):
        bring_up(world, codes[0], actor=world.fang)
    with pytest.raises(NotYourPlace):
        bring_up(world, codes[0], station=world.outer, actor=world.fang)
    assert not ParcelAct.objects.filter(kind="GOES_UP").exists()
