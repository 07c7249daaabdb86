"""Households called to a shelf: never more at one time than it takes, whoever calls them and when; and nobody forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.comings import free_from, most_beside
from baogong.delivery.models import Calling, Parcel
from baogong.delivery.services import sync
from baogong.delivery.services.devices import DeviceView
from baogong.kernel.ids import new_id
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act

LATER = NOW + 8 * HOUR
WINDOW = 10 * MINUTE


def on_one_shelf(
    world: World, count: int, *, from_at: datetime | None = NOW, codes: list[str] | None = None
) -> list[UUID]:
    """So many households with a parcel each, on the first building's shelf, planned for windows of two; in this order."""
    shelf = world.shelf(world.east)
    made = []
    for number, code in enumerate(codes or world.here(count)):
        begins = None if from_at is None else from_at + number // 2 * WINDOW
        until = None if begins is None else begins + WINDOW
        row = Calling.objects.create(shelf_id=shelf, household=f"{number}", from_at=begins, until_at=until)
        Parcel.objects.filter(code=code).update(calling=row, state="ON_SHELF", shelf=shelf)
        made.append(row.id)
    return made


def called(calling: UUID, at: datetime, why: str = "COMES", **more: Any) -> sync.Act:
    return sync.Act(new_id(), "CALLED", at, why=why, calling=calling, **more)


def tell(world: World, *acts: sync.Act, device: DeviceView | None = None) -> list[tuple[str, Any]]:
    told = sync.sync(device=device or world.device(world.mei), acts=acts, now=LATER)
    return [(one.answer, one.error.get("code")) for one in told]


CROWDED, FINE = ("LATE", "delivery.shelf-crowded"), ("TAKEN", None)


def test_the_next_free_time_by_hand() -> None:
    told = [NOW, NOW + 3 * MINUTE]
    assert free_from(NOW + MINUTE, told, 2, WINDOW) == NOW + 10 * MINUTE
    assert free_from(NOW + MINUTE, told, 3, WINDOW) == NOW + MINUTE
    assert free_from(NOW + 10 * MINUTE, [*told, NOW + 10 * MINUTE], 2, WINDOW) == NOW + 13 * MINUTE
    assert free_from(NOW, [NOW + 9 * MINUTE, NOW + 12 * MINUTE], 2, WINDOW) == NOW
    assert free_from(NOW + 5 * MINUTE, [NOW + 9 * MINUTE, NOW + 12 * MINUTE], 2, WINDOW) == NOW + 19 * MINUTE


def test_a_free_time_never_makes_a_stretch_fuller_than_the_shelf_takes() -> None:
    for asked in product(range(0, 30, 7), repeat=5):
        told: list[datetime] = []
        for minutes in asked:
            told.append(free_from(NOW + minutes * MINUTE, told, 2, WINDOW))
        assert max(sum(begin <= one < begin + WINDOW for one in told) for begin in told) <= 2
        assert all(
            most_beside(one, [*told[:number], *told[number + 1 :]], WINDOW) < 2 for number, one in enumerate(told)
        )


def test_who_is_called_beyond_the_cap_is_written_and_shown_to_the_keeper(world: World) -> None:
    first, second, third, fourth = on_one_shelf(world, 4)
    at = NOW + 20 * MINUTE
    acts = [called(each, at + n * timedelta(seconds=15)) for n, each in enumerate((first, second, third, fourth))]
    assert tell(world, *acts) == [FINE, FINE, CROWDED, CROWDED]
    shown = [row.told for row in delivery.to_look_at(world.inner) if row.kind == "CALLED"]
    people = sorted((told["error"]["people"], told["error"]["people_max"]) for told in shown)  # type: ignore[index]
    assert people == [(3, 2), (4, 2)]
    assert {row.outcome for row in delivery.call_list(communities=[world.east])} == {"COMES"}


def test_who_is_told_the_next_free_time_is_within_the_cap_and_it_is_kept_as_told(world: World) -> None:
    callings = on_one_shelf(world, 4)
    at, told = NOW + 20 * MINUTE, list[datetime]()
    for number, calling in enumerate(callings):
        come_at = free_from(at, told, 2, WINDOW)
        told.append(come_at)
        assert tell(world, called(calling, at + number * timedelta(seconds=15), come_at=come_at)) == [FINE]
    assert told == [at, at, at + WINDOW, at + WINDOW]
    assert delivery.to_look_at(world.inner) == ()
    rows = {row.id: row for row in delivery.call_list(communities=[world.east])}
    assert [(rows[each].from_at, rows[each].until_at) for each in callings] == [(one, one + WINDOW) for one in told]
    assert list(delivery.comings([world.shelf(world.east)], since=NOW).values()) == [
        dict(zip(callings, told, strict=True))
    ]


def test_households_called_ahead_of_their_windows_crowd_nobody(world: World) -> None:
    callings = on_one_shelf(world, 6, from_at=NOW + HOUR)
    assert tell(world, *(called(each, NOW) for each in callings)) == [FINE] * 6


def test_who_wants_the_door_after_all_or_did_not_answer_takes_no_place(world: World) -> None:
    first, second, third, fourth = on_one_shelf(world, 4)
    acts = [
        called(first, NOW),
        called(second, NOW),
        called(first, NOW + MINUTE, "TO_DOOR"),
        called(second, NOW + 2 * MINUTE, "NO_ANSWER"),
        called(third, NOW + 3 * MINUTE, come_at=NOW + 3 * MINUTE),
        called(fourth, NOW + 3 * MINUTE, come_at=NOW + 3 * MINUTE),
    ]
    assert tell(world, *acts) == [FINE] * 6


def test_a_call_told_out_of_order_is_judged_by_when_people_come(world: World) -> None:
    first, second, third, _ = on_one_shelf(world, 4)
    at = NOW + 30 * MINUTE
    assert tell(world, called(first, at), called(second, at)) == [FINE, FINE]
    assert tell(world, called(third, at - 5 * MINUTE)) == [CROWDED]  # another telephone, which had no network


def test_a_time_more_than_a_day_off_is_refused(world: World) -> None:
    (calling,) = on_one_shelf(world, 1)
    assert tell(world, called(calling, NOW, come_at=NOW + 25 * HOUR)) == [("REFUSED", "delivery.parcel-unusable")]
    assert Calling.objects.get().called_at is None


def test_told_again_it_is_one_call_and_another_time_under_its_id_is_refused(world: World) -> None:
    (calling,) = on_one_shelf(world, 1)
    one, device = called(calling, NOW, come_at=NOW + HOUR), world.device(world.mei)
    assert tell(world, one, device=device) == [FINE]
    assert tell(world, one, device=device) == [("KNOWN", None)]
    other = sync.Act(one.id, "CALLED", NOW, why="COMES", calling=calling, come_at=NOW + 2 * HOUR)
    assert tell(world, other, device=device) == [("REFUSED", "kernel.request-id-reused")]
    assert Calling.objects.get().from_at == NOW + HOUR


def test_who_was_not_reached_and_who_had_no_window_is_offered_the_next_free_time_the_overdue_first(
    world: World,
) -> None:
    codes = world.here(5)
    overdue, came = on_one_shelf(world, 2, codes=codes[:2])
    (unplanned,) = on_one_shelf(world, 1, from_at=None, codes=codes[2:3])
    planned = on_one_shelf(world, 2, from_at=NOW + HOUR, codes=codes[3:])
    tell(world, called(overdue, NOW, "NO_ANSWER"), called(came, NOW))
    sync.sync(device=world.device(world.mei), acts=[act("HANDED_OVER", codes[1], NOW + 5 * MINUTE)], now=LATER)
    at = NOW + 55 * MINUTE
    listed = delivery.call_list(communities=[world.east], since=at, until=at + 2 * HOUR, at=at)
    told = delivery.comings([world.shelf(world.east)], since=NOW)
    # Two come at nine already: whoever would come within ten minutes of them waits until they are gone.
    assert [(one.id, one.from_at) for one in delivery.offered(listed, told, at)] == [
        (overdue, NOW + 70 * MINUTE),
        (unplanned, NOW + 70 * MINUTE),
        *((each, NOW + HOUR) for each in planned),
    ]
    Parcel.objects.filter(code__in=[codes[0], codes[2]]).update(state="HANDED_OVER")
    listed = delivery.call_list(communities=[world.east], since=at, until=at + 2 * HOUR, at=at)
    assert [one.id for one in listed] == planned


@pytest.mark.parametrize("gone", ["HANDED_OVER", "SENT_BACK", "LOST"])
def test_a_household_without_a_window_is_on_the_list_until_nothing_is_to_come_for_it(world: World, gone: str) -> None:
    (code,) = world.here(1)
    (calling,) = on_one_shelf(world, 1, from_at=None, codes=[code])
    assert [one.id for one in delivery.call_list(communities=[world.east])] == [calling]
    Parcel.objects.filter(code=code).update(state=gone)
    assert delivery.call_list(communities=[world.east]) == ()
