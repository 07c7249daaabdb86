"""A shift or a proof that runs out with goods in hand: told once each, until it is over, and shown on the board."""

from __future__ import annotations

from datetime import datetime

import pytest

from baogong.crew import services as crew
from baogong.delivery import jobs
from baogong.delivery import queries as delivery
from baogong.delivery.models import RunOut
from baogong.delivery.services import stations, sync
from baogong.delivery.services.running_out import tell_run_outs
from baogong.journal.models import Event
from baogong.kernel.clock import SetClock
from baogong.kernel.ids import new_id
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act
from tests.cast import person_of

END = NOW + 9 * HOUR  # of the telephone; the tests run out three days later
NO_PCR = NOW + 60 * HOUR


def loaded(world: World, count: int = 2) -> list[str]:
    codes = world.here(count)
    mine = world.give_round(world.mei, codes)
    stations.load_round(round=mine, actor=world.bao, now=NOW, request_id=new_id())
    return codes


def told() -> list[tuple[str, list[str]]]:
    events = Event.objects.filter(kind="delivery.courier.ran-out").order_by("seq")
    return [(event.data["what"], event.data["in_hand"]) for event in events]


def shown(world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.courier_name, each.what, each.parcels) for each in delivery.run_outs(world.inner)]


def test_a_shift_that_runs_out_with_goods_in_hand_is_told_once(world: World) -> None:
    codes = loaded(world)
    device = world.device(world.mei, until_at=END)
    assert tell_run_outs(now=END - MINUTE) == 0
    assert tell_run_outs(now=END) == 1
    assert tell_run_outs(now=END + MINUTE) == 0
    assert told() == [("SHIFT", codes)]
    assert shown(world) == [("Mei", "SHIFT", tuple(codes))]
    sync.sync(device=device, acts=[act("RETURNED", code, END + MINUTE) for code in codes], now=END + 2 * MINUTE)
    assert shown(world) == []  # at once, before the next look
    assert tell_run_outs(now=END + 3 * MINUTE) == 0
    assert len(told()) == 1


def test_nothing_in_hand_is_nothing_to_tell_and_a_round_that_runs_is_a_shift(world: World) -> None:
    world.here(1)
    world.device(world.tao, until_at=END)
    assert tell_run_outs(now=END) == 0
    loaded(world)  # a round until NOW + 2 h, and no telephone
    assert tell_run_outs(now=NOW + 2 * HOUR - MINUTE) == 0
    assert tell_run_outs(now=NOW + 2 * HOUR) == 1


def test_tomorrows_round_and_telephone_are_another_shift_and_the_next_trip_is_not(world: World) -> None:
    codes = loaded(world)
    world.device(world.mei, until_at=END)
    later = world.here(2)
    world.give_round(world.mei, later[:1], name="T0009", at=NOW + 24 * HOUR)
    assert tell_run_outs(now=END) == 1
    assert told() == [("SHIFT", codes)]
    world.give_round(world.mei, later[1:], name="T0002", at=END + HOUR)
    assert tell_run_outs(now=END + 30 * MINUTE) == 0
    assert delivery.run_outs(world.inner) == ()


def test_a_proof_that_lapses_is_told_once_and_again_only_after_it_was_there(world: World) -> None:
    codes = loaded(world, 1)
    world.device(world.mei, from_at=NOW, until_at=NOW + 36 * HOUR)
    assert tell_run_outs(now=NOW + HOUR) == 0

    def temperature(tenths: int, at: datetime) -> None:
        crew.take_temperature(
            person=person_of(world.mei), tenths=tenths, place=world.inner, actor=world.lin, now=at, request_id=new_id()
        )

    temperature(382, NOW + 2 * HOUR)
    assert tell_run_outs(now=NOW + 2 * HOUR) == 1
    assert tell_run_outs(now=NOW + 3 * HOUR) == 0
    assert told() == [("PROOF", codes)]
    (event,) = Event.objects.filter(kind="delivery.courier.ran-out")
    assert event.data["lacks"] == ["TEMPERATURE"]
    assert "37" not in str(event.data["lacks"]) + str(RunOut.objects.values_list("lacks", flat=True)[0])
    (row,) = delivery.run_outs(world.inner)
    assert ("体温" in row.reason_zh, "temperature" in row.reason_en) == (True, True)
    temperature(366, NOW + 4 * HOUR)
    assert tell_run_outs(now=NOW + 4 * HOUR) == 0
    assert shown(world) == []
    temperature(381, NOW + 5 * HOUR)
    assert tell_run_outs(now=NOW + 5 * HOUR) == 1
    assert told() == [("PROOF", codes)] * 2


def test_both_are_told_each_once_and_to_the_own_station_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(world)
    world.device(world.mei, until_at=END)
    monkeypatch.setattr(jobs, "current_clock", lambda: SetClock(NO_PCR))
    jobs.tell.func()
    jobs.tell.func()
    assert sorted(what for what, _codes in told()) == ["PROOF", "SHIFT"]
    assert len(shown(world)) == 2
    assert delivery.run_outs(world.outer) == ()
