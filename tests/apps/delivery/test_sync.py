"""What telephones tell: repeated, reordered, late, contradicting. The book comes out the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baogong.delivery import queries as delivery
from baogong.delivery.errors import DeviceRetired, DeviceUnusable, ShiftOver
from baogong.delivery.models import ParcelAct, SyncedAct, VisitParcel
from baogong.delivery.services import devices, stations, sync
from baogong.journal.models import Event, Evidence, EvidenceMovement
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, act, shown
from tests.cast import person_of

LATER = NOW + 8 * HOUR


def answers(told: tuple[sync.Told, ...]) -> list[str]:
    return [one.answer for one in told]


def test_a_round_told_at_its_end_is_written_act_by_act(world: World) -> None:
    codes = world.here(4)
    world.give_round(world.mei, codes)
    device = world.device(world.mei)
    acts = [act("TAKEN", code, NOW + HOUR) for code in codes]
    acts += [
        act("HANDED_OVER", codes[0], NOW + 61 * MINUTE),
        act("ON_SHELF", codes[1], NOW + 62 * MINUTE, shelf=world.shelf(world.east)),
        act("FAILED", codes[2], NOW + 63 * MINUTE, why="NOBODY"),
        act("RETURNED", codes[2], NOW + 70 * MINUTE),
        act("FREE", at=NOW + 71 * MINUTE),
    ]
    told = sync.sync(device=device, acts=acts, now=LATER)
    assert answers(told) == ["TAKEN"] * 9
    assert [world.parcel(code).state for code in codes] == ["HANDED_OVER", "ON_SHELF", "AT_STATION", "WITH_COURIER"]
    (done,) = ParcelAct.objects.filter(kind="HANDED_OVER")
    assert (done.at_device, done.at) == (NOW + 61 * MINUTE, LATER)
    assert delivery.devices(world.inner, now=LATER)[0].free_at == NOW + 71 * MINUTE
    assert [link.parcel.code for link in VisitParcel.objects.filter(ended_at=None)] == [codes[3]]
    assert book.verify_book().ok


def test_told_again_it_is_known_and_changes_nothing(world: World) -> None:
    codes = world.here(2)
    world.give_round(world.mei, codes)
    device = world.device(world.mei)
    acts = [act("TAKEN", codes[0]), act("HANDED_OVER", codes[0], NOW + 2 * HOUR)]
    sync.sync(device=device, acts=[*acts, acts[1]], now=LATER)
    before = ParcelAct.objects.count()
    assert answers(sync.sync(device=device, acts=[*acts, *acts], now=LATER + HOUR)) == ["KNOWN"] * 4
    assert ParcelAct.objects.count() == before
    other = act("HANDED_OVER", codes[1], NOW + 2 * HOUR)
    (told,) = sync.sync(device=device, acts=[replace(other, id=acts[1].id)], now=LATER)
    assert (told.answer, told.error["code"]) == ("REFUSED", "kernel.request-id-reused")
    assert world.parcel(codes[1]).state == "AT_STATION"


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_and_pieces_it_arrives_the_book_is_the_same(world: World, seed: int) -> None:
    codes = world.here(6)
    world.give_round(world.mei, codes)
    device = world.device(world.mei)
    minute = [NOW + HOUR + step * MINUTE for step in range(40)]
    shelf = world.shelf(world.east)
    acts = [act("TAKEN", code, minute[number]) for number, code in enumerate(codes)]
    acts += [
        act("HANDED_OVER", codes[0], minute[10]),
        act("ON_SHELF", codes[1], minute[11], shelf=shelf),
        act("FAILED", codes[2], minute[12], why="NOBODY"),
        act("RETURNED", codes[2], minute[30]),
        act("FAILED", codes[3], minute[13], why="NO_ENTRY"),
        act("HANDED_OVER", codes[3], minute[20]),
        act("RETURNED", codes[4], minute[31]),
    ]
    shuffled = random.Random(seed)
    heap = acts + shuffled.sample(acts, 4)
    shuffled.shuffle(heap)
    while heap:
        size = shuffled.randint(1, 4)
        told = sync.sync(device=device, acts=heap[:size], now=LATER)
        assert set(answers(told)) <= {"TAKEN", "KNOWN"}
        heap = heap[size:]
    states = [world.parcel(code).state for code in codes]
    assert states == ["HANDED_OVER", "ON_SHELF", "AT_STATION", "HANDED_OVER", "AT_STATION", "WITH_COURIER"]
    assert [world.parcel(code).attempts for code in codes] == [0, 0, 1, 1, 0, 0]
    stands = {
        "station": world.stands(world.inner, State.AVAILABLE),
        "courier": world.stands(person_of(world.mei), State.ABOARD),
        "shelf": world.stands(world.east, State.SHELF),
        "handed over": world.stands(world.east, State.HANDED_OVER),
    }
    assert stands == {"station": 2, "courier": 1, "shelf": 1, "handed over": 2}
    assert [link.parcel.code for link in VisitParcel.objects.filter(ended_at=None)] == [codes[5]]
    assert book.verify_book().ok


def test_a_parcel_given_to_another_meanwhile_is_late_and_the_keeper_sees_both(world: World) -> None:
    (code,) = world.here(1)
    world.give_round(world.tao, [code])  # planned anew while Mei's telephone was silent
    told = sync.sync(
        device=world.device(world.mei),
        acts=[act("TAKEN", code), act("HANDED_OVER", code, NOW + 2 * HOUR)],
        now=LATER,
    )
    assert answers(told) == ["LATE", "TAKEN"]
    assert told[0].by == "Tao"
    (seen,) = delivery.to_look_at(world.inner)
    assert (seen.courier_name, seen.by, seen.parcel) == ("Mei", "Tao", code)
    sync.see(act=seen.id, actor=world.bao, now=LATER)
    assert delivery.to_look_at(world.inner) == ()
    assert not VisitParcel.objects.filter(ended_at=None).exists()
    (answer,) = sync.sync(device=world.device(world.tao), acts=[act("TAKEN", code, NOW + 3 * HOUR)], now=LATER)
    assert (answer.answer, answer.by, answer.error["code"]) == ("CONFLICT", "Mei", "delivery.already-handed-over")


def test_two_couriers_hand_over_one_parcel_and_one_handover_stands(world: World) -> None:
    (code,) = world.here(1)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    first = sync.sync(device=world.device(world.mei), acts=[act("HANDED_OVER", code)], now=LATER)
    second = sync.sync(device=world.device(world.tao), acts=[act("HANDED_OVER", code, NOW + 50 * MINUTE)], now=LATER)
    assert answers(first + second) == ["TAKEN", "CONFLICT"]
    assert (second[0].by, second[0].at) == ("Mei", (NOW + HOUR).isoformat())
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert world.stands(world.east, State.HANDED_OVER) == 1


def test_a_run_of_handovers_is_one_batch_of_the_book_and_each_keeps_what_shows_it(world: World) -> None:
    codes = world.here(12)
    world.give_round(world.mei, codes)
    device = world.device(world.mei)
    sync.sync(device=device, acts=[act("TAKEN", code) for code in codes], now=LATER)
    acts = [act("HANDED_OVER", code, NOW + (61 + number) * MINUTE) for number, code in enumerate(codes)]
    with CaptureQueriesContext(connection) as asked:
        assert answers(sync.sync(device=device, acts=acts, now=LATER)) == ["TAKEN"] * 12
    assert len(asked) < 12 * 8  # told one by one, each takes about thirty
    done = ParcelAct.objects.filter(kind="HANDED_OVER").order_by("at_device")
    assert [row.parcel.code for row in done] == codes
    assert [row.at_device for row in done] == [one.at for one in acts]
    assert len({row.batch for row in done}) == 1
    for code in codes:
        (shows,) = Evidence.objects.filter(text=code)
        (moved,) = EvidenceMovement.objects.filter(evidence=shows)
        assert book.movement(moved.movement).amount == 1
    assert Event.objects.filter(kind="delivery.parcel.handed-over").count() == 12
    assert answers(sync.sync(device=device, acts=acts, now=LATER + HOUR)) == ["KNOWN"] * 12
    assert book.verify_book().ok


def test_what_households_fetched_from_the_shelf_is_one_batch_too(world: World) -> None:
    codes = world.here(6)
    world.give_round(world.mei, codes)
    device, shelf = world.device(world.mei), world.shelf(world.east)
    put = [act("ON_SHELF", code, NOW + HOUR, shelf=shelf) for code in codes[:4]]
    sync.sync(device=device, acts=[*(act("TAKEN", code) for code in codes), *put], now=LATER)
    acts = [act("HANDED_OVER", code, NOW + (91 + number) * MINUTE) for number, code in enumerate(codes)]
    assert answers(sync.sync(device=device, acts=acts, now=LATER)) == ["TAKEN"] * 6
    done = ParcelAct.objects.filter(kind="HANDED_OVER").order_by("at_device")
    assert [row.from_party_id for row in done] == [world.east] * 4 + [person_of(world.mei)] * 2
    assert len({row.batch for row in done}) == 1
    assert book.verify_book().ok


def test_one_that_is_refused_among_a_run_of_handovers_is_refused_alone(world: World) -> None:
    codes = world.here(4)
    world.give_round(world.mei, codes)
    device = world.device(world.mei)
    sync.sync(device=device, acts=[act("TAKEN", code) for code in codes], now=LATER)
    acts = [act("HANDED_OVER", code, NOW + (61 + number) * MINUTE) for number, code in enumerate(codes)]
    acts[2] = replace(acts[2], evidence=())
    assert answers(sync.sync(device=device, acts=acts, now=LATER)) == ["TAKEN", "TAKEN", "REFUSED", "TAKEN"]
    assert [world.parcel(code).state for code in codes] == [
        "HANDED_OVER",
        "HANDED_OVER",
        "WITH_COURIER",
        "HANDED_OVER",
    ]


def test_one_act_that_is_refused_keeps_no_other_back_and_may_be_told_again(world: World) -> None:
    codes = [*world.here(1, kind="medicine"), *world.here(1)]
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    device = world.device(world.mei)
    wrong = act("ON_SHELF", codes[0], shelf=world.shelf(world.east))
    told = sync.sync(device=device, acts=[wrong, act("HANDED_OVER", codes[1]), act("DANCED")], now=LATER)
    assert answers(told) == ["REFUSED", "TAKEN", "REFUSED"]
    assert told[0].error["code"] == "delivery.in-person-never-on-a-shelf"
    assert world.parcel(codes[0]).state == "WITH_COURIER"
    (again,) = sync.sync(device=device, acts=[wrong], now=LATER)
    assert again.answer == "REFUSED"
    assert SyncedAct.objects.count() == 3


def test_what_is_no_parcel_is_refused_and_scans_of_other_carriers_are_read(world: World) -> None:
    (code,) = world.here(1)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    told = sync.sync(
        device=world.device(world.mei), acts=[act("TAKEN", "NOPE"), act("HANDED_OVER", code.lower())], now=LATER
    )
    assert answers(told) == ["REFUSED", "TAKEN"]


def test_a_telephone_with_a_fast_clock_closes_nothing_to_others(world: World) -> None:
    (code,) = world.here(1)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    fast = act("RETURNED", code, NOW + timedelta(days=3))
    assert answers(sync.sync(device=world.device(world.mei), acts=[fast], now=LATER)) == ["TAKEN"]
    world.give_round(world.tao, [code])
    later = act("TAKEN", code, LATER + HOUR)
    assert answers(sync.sync(device=world.device(world.tao), acts=[later], now=LATER + HOUR)) == ["TAKEN"]


def test_a_telephone_reads_in_its_shift_tells_a_day_longer_and_opens_nothing_once_withdrawn(world: World) -> None:
    token = devices.give_device(
        person=person_of(world.mei), station=world.inner, from_at=NOW, until_at=NOW + HOUR, actor=world.bao, now=NOW
    )
    view = devices.recognise(token, NOW, to_read=True)
    with pytest.raises(ShiftOver):
        devices.recognise(token, NOW + HOUR, to_read=True)
    devices.recognise(token, NOW + 24 * HOUR, to_read=False)
    for moment in (NOW + 25 * HOUR, NOW + 99 * HOUR):
        with pytest.raises(DeviceUnusable):
            devices.recognise(token, moment, to_read=False)
    with pytest.raises(DeviceUnusable):
        devices.recognise(token[:-1] + "?", NOW, to_read=False)
    devices.withdraw_device(device=view.id, actor=world.bao, now=NOW)
    with pytest.raises(DeviceUnusable):
        devices.recognise(token, NOW, to_read=False)


def test_what_was_done_on_the_first_telephone_comes_in_after_a_second_is_set_up(world: World) -> None:
    (code,) = world.here(1)
    given: dict[str, Any] = {
        "person": person_of(world.mei),
        "station": world.inner,
        "from_at": NOW,
        "until_at": NOW + HOUR,
    }
    first = devices.give_device(**given, actor=world.bao, now=NOW)
    second = devices.give_device(**given, actor=world.bao, now=NOW)
    with pytest.raises(DeviceRetired):
        devices.recognise(first, NOW, to_read=True)
    assert devices.recognise(second, NOW, to_read=True).person == person_of(world.mei)
    telling = devices.recognise(first, NOW + 24 * HOUR, to_read=False)
    sync.sync(device=telling, acts=[act("TAKEN", code, NOW)], now=NOW + 24 * HOUR)
    assert world.parcel(code).state == "WITH_COURIER"
    with pytest.raises(DeviceUnusable):
        devices.recognise(first, NOW + 25 * HOUR, to_read=False)
    rows = delivery.devices(world.inner, now=NOW)
    assert sorted((row.is_open, row.still_tells) for row in rows) == [(False, True), (True, False)]
    devices.withdraw_device(device=telling.id, actor=world.bao, now=NOW)  # and that one was stolen, not replaced
    with pytest.raises(DeviceUnusable):
        devices.recognise(first, NOW, to_read=False)


def test_a_telephone_given_back_only_tells(world: World) -> None:
    token = devices.give_device(
        person=person_of(world.mei), station=world.inner, from_at=NOW, until_at=NOW + HOUR, actor=world.bao, now=NOW
    )
    view = devices.recognise(token, NOW, to_read=True)
    devices.withdraw_device(device=view.id, actor=world.bao, now=NOW, still_tells=True)
    with pytest.raises(DeviceRetired):
        devices.recognise(token, NOW, to_read=True)
    assert devices.recognise(token, NOW, to_read=False).id == view.id


def test_a_telephone_holds_its_own_persons_rounds_of_its_shift_only(world: World) -> None:
    codes = world.here(4)
    world.give_round(world.mei, codes[:1], "T0001")
    world.give_round(world.tao, codes[1:2], "T0002")
    world.give_round(world.mei, codes[2:3], "T0003", at=NOW + 30 * HOUR)
    sheet = delivery.device_sheet(world.device(world.mei).id)
    assert [one.name for one in sheet.rounds] == ["T0001"]
    (visit,) = sheet.rounds[0].visits
    assert [one.parcel.code for one in visit.parcels] == codes[:1]


def test_the_parcels_code_shown_by_a_late_telephone_is_evidence_at_its_own_time(world: World) -> None:
    from baogong.journal.models import Evidence

    (code,) = world.here(1)
    stations.load_round(round=world.give_round(world.mei, [code]), actor=world.bao, now=NOW, request_id=new_id())
    sync.sync(device=world.device(world.mei), acts=[act("HANDED_OVER", code, evidence=tuple(shown(code)))], now=LATER)
    (kept,) = Evidence.objects.all()
    assert (kept.kind, kept.at_device, kept.at) == ("CODE", NOW + HOUR, LATER)


def test_what_a_courier_takes_without_every_proof_is_written_and_the_keeper_is_told(world: World) -> None:
    codes = world.here(3)
    device = world.device(world.mei, until_at=NOW + 30 * HOUR)
    world.give_round(world.mei, codes)
    out_at = NOW + 26 * HOUR  # today's antigen test and temperature do not count any more
    told = sync.sync(
        device=device, acts=[act("TAKEN", codes[0], NOW + HOUR), act("TAKEN", codes[1], out_at)], now=out_at
    )
    assert answers(told) == ["TAKEN", "UNFIT"]
    assert world.parcel(codes[1]).holder == person_of(world.mei)  # it happened
    assert told[1].error["code"] == "delivery.not-fit"
    assert told[1].error["found"]
    (waiting,) = delivery.to_look_at(world.inner)
    assert (waiting.answer, waiting.parcel, waiting.courier_name) == ("UNFIT", codes[1], "Mei")
    assert waiting.told["error"] == told[1].error
    sync.see(act=waiting.id, actor=world.bao, now=out_at)
    assert delivery.to_look_at(world.inner) == ()
    # handed over, and taken without proof is implied
    later = act("HANDED_OVER", codes[2], out_at)
    assert answers(sync.sync(device=device, acts=[later], now=out_at)) == ["UNFIT"]
    assert world.parcel(codes[2]).state == "HANDED_OVER"
    assert answers(sync.sync(device=device, acts=[later], now=out_at)) == ["KNOWN"]
    assert book.verify_book().ok


def test_what_is_left_in_a_bag_when_the_shift_is_over_is_told_with_whom(world: World) -> None:
    codes = world.here(3)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    device = world.device(world.mei)
    assert delivery.left_in_bags(world.inner, now=NOW + HOUR) == ()
    sync.sync(device=device, acts=[act("HANDED_OVER", codes[0])], now=NOW + 2 * HOUR)
    assert delivery.left_in_bags(world.inner, now=NOW + 8 * HOUR) == ()  # the round is over, the shift is not
    (bag,) = delivery.left_in_bags(world.inner, now=NOW + 9 * HOUR)
    assert (bag.courier_name, bag.parcels) == ("Mei", tuple(codes[1:]))
    assert delivery.left_in_bags(world.outer, now=NOW + 9 * HOUR) == ()
    assert answers(sync.sync(device=device, acts=[act("ENDED")], now=NOW + 9 * HOUR)) == ["TAKEN"]
    (event,) = Event.objects.filter(kind="delivery.shift.ended")
    assert event.data["in_hand"] == codes[1:]
