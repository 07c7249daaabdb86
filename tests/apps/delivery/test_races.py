"""Two hands at one parcel, on two connections: one handover stands. First shown to fail with what guards it off."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from django.db import connection, transaction

from baogong.delivery import queries as delivery
from baogong.delivery.errors import ParcelUnusable, ShelfCrowded, SlotTaken, WithSomebodyElse
from baogong.delivery.models import Calling, Parcel, ParcelAct, Round, Shuttle, VisitParcel
from baogong.delivery.services import calls, custody, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.journal.locks import Busy, lock_row, lock_rows
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.places import services as places
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act, vehicle
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


@pytest.mark.parametrize("is_guarded", [True, False])
def test_of_two_who_end_the_last_two_parcels_one_ends_the_round(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool
) -> None:
    """Without its lock each sees the other's parcel still open, and the round stays under way for ever."""
    codes = fresh_world.here(2)
    mine = fresh_world.give_round(fresh_world.mei, codes)
    stations.load_round(round=mine, actor=fresh_world.bao, now=NOW + HOUR, request_id=new_id())
    meeting = Meeting(is_guarded=is_guarded)
    if not is_guarded:
        monkeypatch.setattr(custody, "lock_rounds", lambda rounds: Round.objects.in_bulk(list(rounds)))
    parcels = [fresh_world.parcel(code).id for code in codes]

    def end(parcel: UUID) -> None:
        with transaction.atomic():
            custody.lock_parcel(parcel)
            custody.end_visits([parcel], LATER)
            meeting.wait()

    assert race(*(partial(end, parcel) for parcel in parcels)) == [None, None]
    assert meeting.happened is not is_guarded
    assert Round.objects.get(pk=mine).state == ("DONE" if is_guarded else "STARTED")


def deadlocks() -> int:
    """How many PostgreSQL has broken in this book so far; it counts when a connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def deadlocks_after(before: int, wanted: int) -> int:
    """Since then; a connection that was closed takes a moment to end."""
    until = time.monotonic() + 5
    while deadlocks() - before < wanted and time.monotonic() < until:
        time.sleep(0.05)
    return deadlocks() - before


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_round_is_loaded_while_its_courier_scans_a_parcel_of_it(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool
) -> None:
    """Not guarded: as it was, round first. Then each has what the other waits for, and PostgreSQL breaks it."""
    world = fresh_world
    codes = world.here(2)
    mine, device = world.give_round(world.mei, codes), world.device(world.mei)
    meeting, lock_parcels, before = Meeting(is_guarded=is_guarded), custody.lock_parcels, deadlocks()

    def lock_and_meet(parcels: Iterable[UUID]) -> dict[UUID, Parcel]:
        rows = lock_parcels(parcels)
        meeting.wait()
        return rows

    def round_first(round: UUID) -> tuple[Round, dict[UUID, Parcel]]:
        row = lock_row(Round.objects.all(), round)
        meeting.wait()
        planned = VisitParcel.objects.filter(visit__round=row, ended_at=None, taken_at=None)
        return row, lock_parcels(planned.values_list("parcel", flat=True))

    monkeypatch.setattr(custody, "lock_parcels", lock_and_meet)
    if not is_guarded:
        monkeypatch.setattr(stations, "_locked_round", round_first)
    loaded, told = race(
        lambda: stations.load_round(round=mine, actor=world.bao, now=LATER, request_id=new_id()),
        lambda: _tell(device, act("TAKEN", codes[0])),
    )
    assert meeting.happened is not is_guarded
    assert deadlocks_after(before, 0 if is_guarded else 1) == (0 if is_guarded else 1)
    assert told.answer in ("TAKEN", "KNOWN")  # one that gives way is tried once more
    assert isinstance(loaded, stations.Scanned) or not is_guarded
    if is_guarded:
        assert {world.parcel(code).state for code in codes} == {"WITH_COURIER"}
        assert world.stands(world.inner, State.AVAILABLE) == 0
        assert Round.objects.get(pk=mine).state == "STARTED"
    else:
        assert isinstance(loaded, stations.Scanned | Busy)
    assert book.verify_book().ok


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_call_is_ticked_while_another_takes_its_parcel(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool
) -> None:
    """Whoever plans anew has the parcel and then the call. Not guarded: as it was, the call first."""
    world = fresh_world
    (code,) = world.here(1)
    call = Calling.objects.create(shelf_id=world.shelf(world.east), household="1", from_at=NOW, until_at=LATER)
    parcel = world.parcel(code).id
    Parcel.objects.filter(pk=parcel).update(calling=call)
    meeting, lock_parcels, before = Meeting(is_guarded=is_guarded), custody.lock_parcels, deadlocks()

    def lock_and_meet(parcels: Iterable[UUID]) -> dict[UUID, Parcel]:
        rows = lock_parcels(parcels)
        meeting.wait()
        return rows

    def call_first(parcels: Iterable[UUID]) -> dict[UUID, Parcel]:
        lock_rows(Calling.objects.all(), [call.id])
        meeting.wait()
        return lock_parcels(parcels)

    @transaction.atomic
    def tick() -> None:
        calls.tick(call.id, "TO_DOOR", None, by=world.mei, at=NOW, station=world.inner)

    @transaction.atomic
    def call_off() -> None:
        lock_and_meet([parcel])
        lock_rows(Calling.objects.all(), [call.id])
        Calling.objects.filter(pk=call.pk).update(cancelled_at=NOW)

    monkeypatch.setattr(custody, "lock_parcels", lock_and_meet if is_guarded else call_first)
    answers = race(tick, call_off)
    assert meeting.happened is not is_guarded
    assert deadlocks_after(before, 0 if is_guarded else 1) == (0 if is_guarded else 1)
    assert [one for one in answers if isinstance(one, Exception) and not isinstance(one, ParcelUnusable | Busy)] == []
    assert sum(isinstance(one, Busy) for one in answers) == (0 if is_guarded else 1)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_of_two_telephones_that_call_to_a_shelfs_last_place_the_second_is_told(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool
) -> None:
    """The cap is two; one household comes already."""
    world = fresh_world
    rows = [
        Calling.objects.create(shelf_id=world.shelf(world.east), household=name, from_at=NOW, until_at=LATER)
        for name in "123"
    ]
    for row, code in zip(rows, world.here(3), strict=True):
        Parcel.objects.filter(code=code).update(calling=row)

    @transaction.atomic
    def tick(row: Calling) -> ShelfCrowded | None:
        return calls.tick(row.id, "COMES", NOW, by=world.mei, at=NOW, station=world.inner)

    assert tick(rows[0]) is None
    meeting, counted = Meeting(is_guarded=is_guarded), delivery.comings

    def count(*given: Any, **more: Any) -> Any:
        found = counted(*given, **more)
        meeting.wait()
        return found

    monkeypatch.setattr(calls, "comings", count)
    if not is_guarded:
        monkeypatch.setattr(calls, "lock_word", lambda word: None)
    told = race(partial(tick, rows[1]), partial(tick, rows[2]))
    assert meeting.happened is not is_guarded
    assert sum(isinstance(one, ShelfCrowded) for one in told) == (1 if is_guarded else 0)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_of_two_stations_outside_that_promise_a_gates_last_place_one_has_it(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool
) -> None:
    world = fresh_world
    gate = world.plan(world.east).gates[0]
    with transaction.atomic():
        beyond = register_party(kind="SITE", name="将台外站", city="北京", now=NOW)
        places.add_site(party=beyond, role="STATION", lat=39.981, lon=116.49, is_located=True)
        carts = [vehicle(f"三轮 {number}", area=world.area, lin=world.lin) for number in (2, 3)]
    places.set_gate(community=world.east, name=gate.name, carts_per_slot=1, actor=world.lin, now=NOW)
    meeting, counted = Meeting(is_guarded=is_guarded), stations.carts_in_slot

    def count(*given: Any) -> int:
        found = counted(*given)
        meeting.wait()
        return found

    monkeypatch.setattr(stations, "carts_in_slot", count)
    if not is_guarded:
        monkeypatch.setattr(stations, "lock_word", lambda word: None)

    def plan(origin: UUID, cart: UUID) -> UUID:
        return stations.plan_shuttle(
            cart=cart, origin=origin, target=world.inner, road_zone=world.plan(world.east).road_zone, leaves_at=NOW,
            arrives_at=NOW + 20 * MINUTE, gate=gate.id, actor=world.lin, now=NOW, request_id=new_id(),
        )  # fmt: skip

    told = race(partial(plan, world.outer, carts[0]), partial(plan, beyond, carts[1]))
    assert meeting.happened is not is_guarded
    assert Shuttle.objects.filter(gate=gate.id).count() == (1 if is_guarded else 2)
    assert sum(isinstance(one, SlotTaken) for one in told) == (1 if is_guarded else 0)
