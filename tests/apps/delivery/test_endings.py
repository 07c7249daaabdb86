"""Parcels no household gets: back to the sender, or lost; the book says where they ended and at whose charge."""

from __future__ import annotations

import pytest

from baogong.delivery.errors import AlreadyHandedOver, NotHere, ParcelUnusable
from baogong.delivery.models import Parcel, ParcelAct, VisitParcel
from baogong.delivery.services import endings, handovers, stations
from baogong.journal import queries as journal
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from tests.apps.delivery.world import HOUR, NOW, World, shown
from tests.cast import person_of


def send_back(world: World, codes: list[str], **more: object) -> stations.Scanned:
    given = {
        "words": "refused at the door, taken along by the shop",
        "actor": world.bao,
        "request_id": new_id(),
        **more,
    }
    return endings.send_back(station=world.inner, scans=codes, now=NOW + HOUR, **given)  # type: ignore[arg-type]


def lost(world: World, codes: list[str], **more: object) -> stations.Scanned:
    given = {"words": "nobody finds it", "actor": world.bao, "request_id": new_id(), **more}
    return endings.report_lost(station=world.inner, scans=codes, now=NOW + HOUR, **given)  # type: ignore[arg-type]


def test_what_is_sent_back_is_its_senders_again_and_promised_to_nobody(world: World) -> None:
    codes = world.here(3)
    world.give_round(world.mei, codes)
    request = new_id()
    for _ in range(2):
        assert send_back(world, [*codes[:2], "NOPE"], request_id=request) == stations.Scanned(
            tuple(codes[:2]), unknown=("NOPE",)
        )
    assert send_back(world, codes[:1]).known == (codes[0],)
    assert [world.parcel(code).state for code in codes] == ["SENT_BACK", "SENT_BACK", "AT_STATION"]
    assert world.stands(world.shop, State.RETURNED) == 2
    assert world.stands(world.inner, State.AVAILABLE) == 1
    assert [link.parcel.code for link in VisitParcel.objects.filter(ended_at=None)] == codes[2:]
    hold = book.hold(Parcel.objects.get(code=codes[0]).hold)  # type: ignore[arg-type]
    assert hold.open == 0
    assert ParcelAct.objects.filter(kind="SENT_BACK", note__startswith="refused").count() == 2
    assert book.verify_book().ok


def test_only_what_stands_at_the_station_and_has_a_sender_is_sent_back(world: World) -> None:
    codes = world.here(2)
    stations.load_round(round=world.give_round(world.mei, codes[:1]), actor=world.bao, now=NOW, request_id=new_id())
    with pytest.raises(Exception, match="is with Mei"):
        send_back(world, codes)
    with pytest.raises(UnusableInput, match="Say what happened"):
        send_back(world, codes[1:], words="  ")
    Parcel.objects.filter(code=codes[1]).update(sender=None)
    with pytest.raises(ParcelUnusable, match="Nobody is known"):
        send_back(world, codes[1:])
    with pytest.raises(NotHere):
        send_back(world, world.expect(1))
    for actor in (world.stranger, world.fang):
        with pytest.raises(NotYourPlace):
            send_back(world, codes[1:], actor=actor)
    assert world.stands(world.shop, State.RETURNED) == 0


def test_what_is_lost_is_written_off_at_the_charge_of_whoever_had_it(world: World) -> None:
    codes = world.here(3)
    stations.load_round(round=world.give_round(world.mei, codes[:2]), actor=world.bao, now=NOW, request_id=new_id())
    request = new_id()
    for _ in range(2):
        assert lost(world, codes[1:], request_id=request).parcels == tuple(codes[1:])
    assert world.stands(person_of(world.mei), State.LOST) == 1
    assert world.stands(world.inner, State.LOST) == 1
    assert (world.stands(person_of(world.mei), State.ABOARD), world.stands(world.inner, State.AVAILABLE)) == (1, 0)
    (paper,) = journal.documents(kinds=["LOSS_REPORT"])
    assert paper.body["parcels"] == codes[1:]
    assert sorted(line["note"] for line in paper.body["lines"]) == ["Mei", "酒仙桥内站"]
    assert lost(world, codes[1:]).known == tuple(codes[1:])
    with pytest.raises(NotHere):
        stations.take_back(station=world.inner, scans=codes[1:2], actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert book.verify_book().ok


def test_a_cart_that_lost_a_parcel_is_done_and_its_station_is_charged(world: World) -> None:
    codes = world.expect(2, at=world.outer)
    world.receive(codes, at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + HOUR, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=NOW, request_id=new_id())
    stations.unload_cart(shuttle=trip, missing=codes[:1], actor=world.bao, now=NOW + HOUR, request_id=new_id())
    with pytest.raises(ParcelUnusable, match="another station"):
        lost(world, codes[:1])
    done = endings.report_lost(
        station=world.outer, scans=codes[:1], words="fell off", actor=world.fang, now=NOW + HOUR, request_id=new_id()
    )
    assert done.parcels == (codes[0],)
    assert world.stands(world.outer, State.LOST) == 1
    assert world.stands(world.cart, State.ABOARD) == 0
    stations.unload_cart(shuttle=trip, actor=world.bao, now=NOW + HOUR, request_id=new_id())
    assert world.parcel(codes[0]).state == "LOST"
    assert book.verify_book().ok


def test_what_was_handed_over_is_neither_lost_nor_sent_back(world: World) -> None:
    codes = world.here(1)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    mei: Actor = world.mei
    handovers.hand_over(
        parcel=world.parcel(codes[0]).id, mode="CONTACTLESS", evidence=shown(codes[0]), actor=mei, now=NOW + HOUR,
        request_id=new_id(),
    )  # fmt: skip
    for step in (lost, send_back):
        with pytest.raises(AlreadyHandedOver):
            step(world, codes)
    with pytest.raises(NotHere):
        lost(world, world.expect(1))


def found(world: World, codes: list[str], **more: object) -> stations.Scanned:
    given = {"words": "under the seat of the cart", "actor": world.bao, "request_id": new_id(), **more}
    return endings.find_again(station=world.inner, scans=codes, now=NOW + 2 * HOUR, **given)  # type: ignore[arg-type]


def test_what_is_found_again_stands_at_the_station_and_the_report_is_corrected_by_movements(world: World) -> None:
    codes = world.here(3)
    stations.load_round(round=world.give_round(world.mei, codes[:2]), actor=world.bao, now=NOW, request_id=new_id())
    lost(world, codes)
    (report,) = journal.documents(kinds=["LOSS_REPORT"])
    request = new_id()
    for _ in range(2):
        assert found(world, [codes[0], codes[2], "NOPE"], request_id=request) == stations.Scanned(
            (codes[0], codes[2]), unknown=("NOPE",)
        )
    assert found(world, codes[:1]).known == (codes[0],)
    assert [world.parcel(code).state for code in codes] == ["AT_STATION", "LOST", "AT_STATION"]
    assert (world.stands(person_of(world.mei), State.LOST), world.stands(world.inner, State.LOST)) == (1, 0)
    assert (world.stands(person_of(world.mei), State.ABOARD), world.stands(world.inner, State.AVAILABLE)) == (0, 2)
    assert journal.documents(kinds=["LOSS_REPORT"]) == (report,)
    (paper,) = journal.documents(kinds=["FOUND_AGAIN"])
    assert paper.body["corrects"] == report.number
    assert paper.body["parcels"] == [codes[0], codes[2]]
    taken_back = [move for move in book.movements(documents=[paper.id]) if move.corrects is not None]
    assert {move.corrects for move in taken_back} <= {move.id for move in book.movements(documents=[report.id])}
    assert sum(move.amount for move in taken_back) == 2
    hold = book.hold(Parcel.objects.get(code=codes[0]).hold)  # type: ignore[arg-type]
    assert (hold.open, hold.target.holder) == (1, world.east)
    assert book.verify_book().ok


def test_what_was_found_is_brought_and_may_be_lost_and_found_once_more(world: World) -> None:
    codes = world.here(1)
    lost(world, codes)
    found(world, codes)
    stations.load_round(round=world.give_round(world.mei, codes), actor=world.bao, now=NOW, request_id=new_id())
    lost(world, codes)
    assert found(world, codes).parcels == tuple(codes)
    stations.load_round(
        round=world.give_round(world.mei, codes, "T0002"), actor=world.bao, now=NOW, request_id=new_id()
    )
    handovers.hand_over(
        parcel=world.parcel(codes[0]).id, mode="CONTACTLESS", evidence=shown(codes[0]), actor=world.mei,
        now=NOW + 3 * HOUR, request_id=new_id(),
    )  # fmt: skip
    with pytest.raises(AlreadyHandedOver):
        found(world, codes)
    assert book.verify_book().ok


def test_only_what_was_reported_lost_by_this_station_is_found_again(world: World) -> None:
    codes = world.here(2)
    lost(world, codes[:1])
    with pytest.raises(UnusableInput, match="Say what happened"):
        found(world, codes[:1], words=" ")
    with pytest.raises(NotHere):
        found(world, world.expect(1))
    with pytest.raises(ParcelUnusable, match="another station"):
        endings.find_again(
            station=world.outer, scans=codes[:1], words="here", actor=world.fang, now=NOW + HOUR, request_id=new_id()
        )
    for actor in (world.stranger, world.fang):
        with pytest.raises(NotYourPlace):
            found(world, codes[:1], actor=actor)
    assert world.stands(world.inner, State.LOST) == 1
