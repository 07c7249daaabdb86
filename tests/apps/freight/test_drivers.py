"""A driver sits in one truck at a time: at naming, at approval, at loading; two who name him at once are one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import DriverElsewhere
from baogong.freight.queries import WaybillRow
from baogong.freight.services import drivers
from baogong.kernel.ids import new_id
from tests.apps.freight.world import NOW, World, make_world, two_trucks
from tests.cast import person_of, rows_in_book
from tests.races import Meeting, race


def name(world: World, bill: WaybillRow, driver: UUID, now: datetime = NOW) -> None:
    services.name_truck(
        waybill=bill.id, vehicle=world.vehicle(bill), driver=driver, actor=world.lin, now=now, request_id=new_id()
    )


def test_a_driver_named_for_one_truck_is_refused_on_another_at_the_same_time(world: World) -> None:
    near, far, relay = two_trucks(world)
    tao = person_of(world.tao)
    name(world, near, tao)
    name(world, near, tao)  # said again, he drives the same truck
    before = rows_in_book()
    with pytest.raises(DriverElsewhere) as refused, transaction.atomic():
        name(world, far, tao)
    told = refused.value
    assert (
        f"Tao drives {near.plate} under waybill {near.number} from {near.load_start_at:%Y-%m-%d %H:%M}" in told.message
    )
    assert told.where == far.number
    assert "another driver" in told.cure
    assert rows_in_book() == before
    assert freight.waybill(far.id, now=NOW).row.driver is None
    assert relay.load_start_at >= near.unload_end_at
    name(world, relay, tao)  # by then he has unloaded
    services.cancel_waybill(waybill=near.id, reason="road closed", actor=world.lin, now=NOW, request_id=new_id())
    services.cancel_waybill(waybill=relay.id, reason="road closed", actor=world.lin, now=NOW, request_id=new_id())
    name(world, far, tao)


def test_an_approved_plan_gives_no_driver_two_trucks_at_once(world: World) -> None:
    for vehicle in freight.vehicles():
        services.add_vehicle(
            kind=vehicle.kind,
            plate=vehicle.plate,
            driver=person_of(world.tao),
            actor=world.lin,
            now=NOW,
            request_id=new_id(),
        )
    near, far, relay = two_trucks(world)
    assert near.plate == relay.plate != far.plate != ""
    assert (far.driver_name, near.driver_name, relay.driver_name) == ("Tao", "", "")


def test_who_is_still_under_way_with_another_truck_is_handed_no_goods(world: World) -> None:
    _near, far, relay = two_trucks(world)
    tao = person_of(world.tao)
    name(world, far, tao)
    name(world, relay, tao)
    world.send(far)
    late = far.unload_end_at + timedelta(hours=9)
    services.arrive(waybill=far.id, actor=world.tao, now=late, request_id=new_id())
    with pytest.raises(DriverElsewhere, match=f"under waybill {far.number}"), transaction.atomic():
        services.load(waybill=relay.id, actor=world.bao, now=late, request_id=new_id())
    services.receive(waybill=far.id, actor=world.bao, now=late, request_id=new_id())
    services.load(waybill=relay.id, actor=world.bao, now=late, request_id=new_id())


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_who_name_one_driver_at_once_name_him_for_one_truck(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Without the lock on the driver both look before either has written, and he sits in two trucks."""
    world = make_world()
    near, far, _relay = two_trucks(world)
    tao, meeting = person_of(world.tao), Meeting(is_guarded=is_guarded)
    if not is_guarded:
        monkeypatch.setattr(drivers, "lock_drivers", lambda named: None)
    look = drivers.runs_of

    def look_together(named: list[UUID], now: datetime) -> dict[UUID, list[drivers.Run]]:
        found = look(named, now)
        meeting.wait()
        return found

    monkeypatch.setattr(drivers, "runs_of", look_together)
    answers = race(lambda: name(world, near, tao), lambda: name(world, far, tao))
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert meeting.happened is not is_guarded
    assert [type(each) for each in refused] == ([DriverElsewhere] if is_guarded else [])
    named = [freight.waybill(bill.id, now=NOW).row.driver for bill in (near, far)]
    assert named.count(tao) == (1 if is_guarded else 2)
