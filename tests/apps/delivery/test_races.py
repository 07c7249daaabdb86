"""Two hands at one parcel, on two connections: one handover stands. First shown to fail with what guards it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock
from uuid import UUID

import pytest

from baogong.delivery.errors import WithSomebodyElse
from baogong.delivery.models import Parcel, ParcelAct
from baogong.delivery.services import custody, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import State
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act
from tests.races import Meeting, race

if TYPE_CHECKING:
    from baogong.config.servers import EmbeddedBook

LATER = NOW + 8 * HOUR


def two_couriers(world: World) -> list[Callable[[], Any]]:
    """Mei and Tao each stand at the door with the parcel's code: it lies at the station by the book, for either to take."""
    (code,) = world.here(1)
    acts = [
        (world.device(world.mei), act("HANDED_OVER", code, NOW + HOUR)),
        (world.device(world.tao), act("HANDED_OVER", code, NOW + HOUR + MINUTE)),
    ]
    return [partial(_tell, device, one) for device, one in acts]


def _tell(device: DeviceView, one: sync.Act) -> sync.Told:
    return sync.sync(device=device, acts=[one], now=LATER)[0]


def meet_at_the_parcel(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> Meeting:
    """Both have read the parcel before either writes; not guarded: without its lock."""
    meeting, lock_parcels = Meeting(is_guarded=is_guarded), custody.lock_parcels

    def read(parcels: Iterable[UUID]) -> dict[UUID, Parcel]:
        if is_guarded:
            rows = lock_parcels(parcels)
        else:
            rows = {row.id: row for row in Parcel.objects.select_related("category").filter(id__in=list(parcels))}
        meeting.wait()
        return rows

    monkeypatch.setattr(custody, "lock_parcels", read)
    return meeting


def test_without_lock_hold_and_constraint_one_parcel_is_handed_over_twice(
    fresh_world: World, fresh_book: str, book_server: EmbeddedBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    racers = two_couriers(fresh_world)
    meeting = meet_at_the_parcel(monkeypatch, is_guarded=False)
    monkeypatch.setattr(custody, "hand_over_each", lambda **given: None)  # the promise is not kept: nothing ends it
    monkeypatch.setattr(ledger, "post", lambda **given: None)
    monkeypatch.setattr(book, "holds", lambda ids, **_more: [MagicMock(id=each) for each in ids])
    monkeypatch.setattr(ledger, "post_hold_line", lambda hold: None)
    with book_server.connect(fresh_book, "owner") as owner:
        owner.execute("DROP INDEX parcel_handed_over_once")
    told = race(*racers)
    assert meeting.happened
    assert [one.answer for one in told] == ["LATE", "LATE"]
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 2


def test_without_the_lock_the_hold_alone_still_gives_one_handover(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    racers = two_couriers(fresh_world)
    meeting = meet_at_the_parcel(monkeypatch, is_guarded=False)
    told = race(*racers)
    assert meeting.happened
    assert sorted(one.answer for one in told) == ["LATE", "REFUSED"]  # and the second is not told by whom
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert book.verify_book().ok


def test_two_couriers_at_once_give_one_handover_and_the_other_is_told_by_whom(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    racers = two_couriers(fresh_world)
    meeting = meet_at_the_parcel(monkeypatch, is_guarded=True)
    told = race(*racers)
    assert not meeting.happened
    (done,) = [one for one in told if one.answer == "LATE"]
    (other,) = [one for one in told if one.answer == "CONFLICT"]
    (handed,) = ParcelAct.objects.filter(kind="HANDED_OVER")
    assert (other.by, other.at) == (handed.by_name, handed.at_device.isoformat())
    assert done.state == other.state == "HANDED_OVER"
    assert fresh_world.stands(fresh_world.east, State.HANDED_OVER) == 1
    assert book.verify_book().ok


def test_two_keepers_load_one_parcel_and_one_cart_has_it(fresh_world: World) -> None:
    world = fresh_world
    codes = world.expect(2, at=world.outer)
    world.receive(codes, at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip

    def load() -> Any:
        return stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())

    told = race(load, load)
    assert sorted(len(one.parcels) for one in told) == [0, 2]
    assert sorted(len(one.known) for one in told) == [0, 2]
    assert world.stands(world.cart, State.ABOARD) == 2
    assert book.verify_book().ok


def test_a_cart_and_a_courier_reach_for_one_parcel_and_one_of_them_has_it(fresh_world: World) -> None:
    world = fresh_world
    (code,) = world.here(1)
    world.give_round(world.mei, [code])
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.inner, target=world.outer, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.bao, now=NOW, request_id=new_id(),
    )  # fmt: skip
    device = world.device(world.mei)
    told = race(
        lambda: stations.load_cart(shuttle=trip, scans=[code], actor=world.bao, now=NOW, request_id=new_id()),
        lambda: sync.sync(device=device, acts=[act("TAKEN", code)], now=LATER)[0],
    )
    is_on_cart = world.parcel(code).state == "ON_CART"
    assert isinstance(told[0], stations.Scanned) is is_on_cart
    assert (told[1].answer == "TAKEN") is not is_on_cart
    assert is_on_cart or isinstance(told[0], WithSomebodyElse)
    assert book.verify_book().ok
