"""A published figure was wrong: the entry stays, a correcting one names it, and a person has said which."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from baogong.engine.sheets.kinds import Status
from baogong.journal import queries as journal
from baogong.journal.queries import waiting_lines
from baogong.journal.services import imports
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply.errors import GiftNotAtThisStep
from baogong.supply.models import GiftLine
from baogong.supply.services import Arrival, Finding, Judgement, correct_offer, judge_gift, receive_gift
from tests.apps.supply.test_imports import load
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW

FIRST = "捐赠方,物资,数量\n东行商城,医用外科口罩,5000只\n东行商城,体温计,100支\n"


def gift_of(world: World) -> Any:
    load("gifts", FIRST, world, name="26jan.csv")
    (gift,) = queries.gifts(giver=world.company)
    return gift


def correct(world: World, gift: Any, amount: int, **changes: Any) -> Any:
    asked = {
        "gift": gift.id,
        "no": 1,
        "amount": amount,
        "words": "更正：5000应为500",
        "actor": world.cast.wu,
        "now": NOW,
        "request_id": new_id(),
    }
    return correct_offer(**{**asked, **changes})


def receive(world: World, gift: Any, amount: int) -> None:
    for line in gift.lines:
        judge_gift(
            gift=gift.id,
            judgements=[Judgement(line.no, Finding.PASSES)],
            actor=world.cast.wu,
            now=NOW,
            request_id=new_id(),
        )
    receive_gift(
        gift=gift.id,
        site=world.cast.hub,
        arrivals=[Arrival(1, amount)],
        actor=world.cast.bao,
        now=NOW,
        request_id=new_id(),
    )


def test_a_published_correction_waits_and_then_names_the_row_it_corrects(world: World) -> None:
    gift = gift_of(world)
    notice = "更正公告\n更正：原公告东行商城捐赠医用外科口罩5000只，应为500只。\n"
    load("corrections", notice, world, name="27jan.txt")
    (doubt,) = waiting_lines("corrections")
    best = doubt.outcome.candidates[0]
    assert best.text.startswith(f"{gift.number}/1 东行商城")
    assert queries.gift(gift.id).lines[0].offered == 5000  # nothing happens before a person has said so
    imports.resolve(line=doubt.id, choice={"candidate": best.key}, actor=world.cast.lin, now=NOW)
    line = queries.gift(gift.id).lines[0]
    assert (line.offered, line.first_offered) == (500, 5000)
    assert GiftLine.objects.get(id=line.id).offered == 5000  # as it was written
    (paper,) = journal.documents(kind="OFFER_CORRECTION", subject=line.id)
    assert paper.body["corrects"] == {
        "gift": gift.number, "line": 1, "source": "26jan.csv · A2", "first_written": 5000,
    }  # fmt: skip
    assert (paper.body["before"], paper.body["after"]) == (5000, 500)
    again = load("corrections", notice + "\n", world, name="27jan-again.txt")
    assert [line.outcome.status for line in again.lines] == [Status.UNCHANGED]


def test_a_list_that_comes_again_with_another_figure_asks_whether_it_corrects(world: World) -> None:
    gift = gift_of(world)
    view = load("gifts", FIRST.replace("5000", "550"), world, name="26jan-2.csv")
    assert [line.outcome.status for line in view.lines] == [Status.WAITING, Status.UNCHANGED]
    (doubt,) = waiting_lines("gifts")
    imports.resolve(line=doubt.id, choice={"candidate": doubt.outcome.candidates[0].key}, actor=world.cast.lin, now=NOW)
    assert [queries.gift(gift.id).lines[0].offered, len(queries.gifts(giver=world.company))] == [550, 1]


def test_a_person_may_say_that_it_is_a_further_gift(world: World) -> None:
    gift_of(world)
    load("gifts", FIRST.replace("5000", "550"), world, name="26jan-2.csv")
    (doubt,) = waiting_lines("gifts")
    imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.lin, now=NOW)
    assert sorted(gift.lines[0].offered for gift in queries.gifts(giver=world.company)) == [550, 5000]


def test_a_row_of_another_list_is_the_same_goods_or_further_ones_as_a_person_says(world: World) -> None:
    gift_of(world)
    other = "捐赠方,物资,数量\n东行商城,医用外科口罩,5000只\n东行商城,护目镜,5个\n东行商城,手套,6只\n"
    view = load("gifts", other, world, name="27jan.csv")
    assert [line.outcome.status for line in view.lines] == [Status.WAITING, Status.ADDED, Status.ADDED]
    (doubt,) = waiting_lines("gifts")
    imports.resolve(line=doubt.id, choice={"accept": True}, actor=world.cast.lin, now=NOW)
    masks = [line for gift in queries.gifts(giver=world.company) for line in gift.lines if "口罩" in line.item_zh]
    assert [line.offered for line in masks] == [5000, 5000]


def test_what_was_counted_from_the_wrong_figure_leaves_by_a_ledger_correction(world: World) -> None:
    gift = gift_of(world)
    receive(world, gift, 5000)
    with pytest.raises(GiftNotAtThisStep):
        correct(world, gift, 500)
    document = correct(world, gift, 500, was_counted=True)
    assert world.standing(State.AVAILABLE, holder=world.cast.hub) == 500
    line = queries.gift(gift.id).lines[0]
    assert (line.offered, line.arrived, line.short) == (500, 500, 0)
    assert line.lot is not None
    (back,) = [move for move in book.movements(lots=[line.lot]) if move.reason is Reason.CORRECTION]
    (came,) = [move for move in book.movements(lots=[line.lot]) if move.reason is Reason.GIFT]
    assert (back.corrects, back.amount, back.document) == (came.id, 4500, document)
    assert book.verify_book().ok


def test_goods_that_are_promised_are_not_corrected_away(world: World) -> None:
    gift = gift_of(world)
    receive(world, gift, 5000)
    lot = queries.gift(gift.id).lines[0].lot
    assert lot is not None
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.hold_line(
                    ledger.AccountRef(world.cast.hub, State.AVAILABLE),
                    ledger.AccountRef(world.cast.hospital, State.HANDED_OVER),
                    lot,
                    4800,
                )
            ],
            actor=world.cast.lin,
            reason=Reason.ALLOT,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    with pytest.raises(ledger.BatchRefused):
        correct(world, gift, 500, was_counted=True)
    assert queries.gift(gift.id).lines[0].offered == 5000


def test_a_correction_asked_twice_is_one_and_a_stranger_corrects_nothing(world: World) -> None:
    gift = gift_of(world)
    request = new_id()
    assert correct(world, gift, 500, request_id=request) == correct(world, gift, 500, request_id=request)
    with pytest.raises(RequestIdReused):
        correct(world, gift, 600, request_id=request)
    with pytest.raises(GiftNotAtThisStep):
        correct(world, gift, 500)
    with pytest.raises(UnusableInput):
        correct(world, gift, 0)
    assert_refused_without_trace(lambda: correct(world, gift, 700, actor=world.cast.stranger))
