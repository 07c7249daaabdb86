"""Lost on the road: written off when it is reported, and no longer awaited at the end."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.errors import WaybillMoved
from baogong.freight.queries import WaybillRow
from baogong.freight.services import LineDifference, Lost
from baogong.journal import queries as papers
from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from tests.apps.freight.test_custody import relayed, verified
from tests.apps.freight.world import HOUR, NOW, World
from tests.cast import rows_in_book


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return out.getvalue()


def report(world: World, bill: WaybillRow, amount: int, **changes: Any) -> Any:
    asked = {
        "waybill": bill.id,
        "losses": [Lost(world.line(bill), amount)],
        "where": "京港澳高速 K912",
        "words": "侧翻，两箱散落",
        "actor": world.tao,
        "now": bill.planned_depart_at + HOUR,
        "request_id": new_id(),
    }
    return services.report_loss(**{**asked, **changes})


def test_a_loss_is_written_off_where_it_happened_and_trims_what_follows(world: World) -> None:
    hold = relayed(world)
    first, second = world.bill(target=world.hub), world.bill(origin=world.hub)
    world.send(first)
    seen = EvidenceIn(kind="PHOTO", payload=photo(), text="散落的箱子")
    done = report(world, first, 40, evidence=[seen])
    paper = papers.document(done.documents[0])
    assert (paper.kind, paper.body["where"], paper.body["lines"][0]["amount"]) == ("LOSS_REPORT", "京港澳高速 K912", 40)
    assert world.posted(world.haulier, State.LOST, "langfang masks") == 40
    (lost,) = [move for move in book.movements(lots=[world.lots["langfang masks"]]) if move.target.state is State.LOST]
    assert [(kept.kind, kept.document) for kept in papers.evidence_of([lost.id])] == [("PHOTO", paper.id)]
    assert world.bill(origin=world.hub).amount == 560  # the leg behind the hub promises no more than can come
    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    services.receive(
        waybill=first.id,
        differences=[LineDifference(line=world.line(first), short=10)],
        actor=world.bao,
        now=at,
        request_id=new_id(),
    )
    (line,) = freight.waybill(first.id, now=at).lines
    assert (line.loaded, line.received, line.short, line.lost_on_road) == (600, 550, 50, 40)
    stated = [each["amount"] for kept in papers.documents(kind="LOSS_REPORT") for each in kept.body["lines"]]
    assert sorted(stated) == [10, 40]  # neither is reported twice
    fate = book.hold_fate(hold)
    assert (fate.arrived, fate.travelling, fate.given_up) == (0, 550, 50)
    (chain,) = freight.custody_of_lot(world.lots["langfang masks"])
    assert [(step.what, step.amount) for step in chain.steps][:3] == [
        ("LOAD", 600),
        ("LOST_ON_ROAD", 40),
        ("RECEIVE", 550),
    ]
    assert second.amount == 600
    assert verified()


def test_what_was_lost_or_damaged_in_a_shift_is_told_by_truck_and_leg_with_its_report(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    world.send(first)
    lost = report(world, first, 40)
    at = first.planned_arrive_at
    services.arrive(waybill=first.id, actor=world.tao, now=at, request_id=new_id())
    services.receive(
        waybill=first.id,
        differences=[LineDifference(line=world.line(first), damaged=5, note="wet")],
        actor=world.bao,
        now=at,
        request_id=new_id(),
    )
    damaged, told = freight.written_off(since=NOW, until=at + HOUR)
    assert (told.document, told.is_lost, told.where, told.words) == (
        lost.documents[0],
        True,
        "京港澳高速 K912",
        "侧翻，两箱散落",
    )
    assert told.goods == ((world.masks, 40, "侧翻，两箱散落"),)
    for each in (told, damaged):
        assert (each.waybill, each.plate, each.origin_name, each.target_name) == (
            first.id,
            first.plate,
            first.origin_name,
            first.target_name,
        )
    assert (damaged.is_lost, damaged.goods) == (False, ((world.masks, 5, "wet"),))
    at_loss = first.planned_depart_at + HOUR
    assert [each.document for each in freight.written_off(since=at_loss, until=at)] == [told.document]
    assert freight.written_off(since=NOW, until=at_loss) == ()


def test_no_more_is_lost_than_is_aboard_and_the_report_says_where_and_what(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    with pytest.raises(WaybillMoved):
        report(world, first, 1)
    world.send(first)
    before = rows_in_book()
    unusable: tuple[dict[str, Any], ...] = (
        {"losses": [Lost(world.line(first), 601)]},
        {"losses": [Lost(world.line(first), 0)]},
        {"losses": []},
        {"losses": [Lost(new_id(), 1)]},
        {"where": " "},
        {"words": ""},
    )
    for wrong in unusable:
        with pytest.raises(UnusableInput):
            report(world, first, 1, **wrong)
    for who in (world.stranger, world.bao):
        with pytest.raises(NotYourPlace):
            report(world, first, 1, actor=who)
    assert rows_in_book() == before
    report(world, first, 600)
    with pytest.raises(UnusableInput):
        report(world, first, 1)


def test_a_loss_sent_twice_is_one(world: World) -> None:
    relayed(world)
    first = world.bill(target=world.hub)
    world.send(first)
    request = new_id()
    once, twice = (report(world, first, 40, request_id=request) for _ in range(2))
    assert (once.documents, twice.was_replay) == (twice.documents, True)
    assert world.posted(world.haulier, State.LOST, "langfang masks") == 40
    with pytest.raises(RequestIdReused):
        report(world, first, 41, request_id=request)
