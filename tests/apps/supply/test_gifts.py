"""Gifts and consignments: offered, judged, received, followed to the signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.services import EvidenceIn, draw_up, hand_over
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply.errors import (
    ConsentMissing,
    GiftNotAtThisStep,
    MoneyAmongGoods,
    ReceiptMakesNoSense,
    ReceiverMissing,
)
from baogong.supply.services import (
    Arrival,
    FigureRead,
    Finding,
    Judgement,
    Offered,
    consent_to_community_use,
    judge_gift,
    offer_gift,
    receive_gift,
    settle_doubt,
)
from baogong.supply.views import COMMUNITY_USE
from tests.apps.supply.world import World, assert_refused_without_trace
from tests.cast import NOW

LATER = NOW + timedelta(hours=3)


def offer(world: World, *lines: Offered, **changes: Any) -> Any:
    suits = Offered(
        world.item("protective-suit"), 1600, "GB 19082-2009", pieces_per_carton=50, receiver=world.cast.hospital
    )
    asked = {
        "terms": "CONSIGNMENT",
        "donor": world.alumni,
        "lines": lines or (suits,),
        "actor": world.cast.wu,
        "now": NOW,
        "request_id": new_id(),
    }
    return offer_gift(**{**asked, **changes})


def test_money_is_never_offered_as_goods(world: World) -> None:
    with pytest.raises(MoneyAmongGoods) as refusal:
        offer(world, Offered(world.item("money"), 500_000), terms="GIFT")
    assert (refusal.value.found, refusal.value.expected) == ("资金", "goods, not money")
    assert queries.gifts() == ()


def test_goods_carried_for_somebody_name_the_receiver_of_each_line(world: World) -> None:
    named = Offered(world.item("goggles"), 80, receiver=world.cast.hospital)
    with pytest.raises(ReceiverMissing) as refusal:
        offer(world, named, Offered(world.item("goggles"), 40))
    assert refusal.value.found == "no receiver in line 2"
    assert queries.gifts() == ()
    offer(world, Offered(world.item("goggles"), 40), terms="GIFT")


def judge(world: World, gift: Any, *judgements: Judgement, **changes: Any) -> Any:
    asked = {
        "judgements": judgements or (Judgement(1, Finding.PASSES),),
        "actor": world.cast.wu,
        "now": NOW,
        "request_id": new_id(),
    }
    return judge_gift(gift=gift, **{**asked, **changes})


def receive(world: World, gift: Any, *arrivals: Arrival, **changes: Any) -> Any:
    asked = {
        "site": world.cast.hub,
        "arrivals": arrivals or (Arrival(1, 1600),),
        "actor": world.cast.bao,
        "now": LATER,
        "request_id": new_id(),
    }
    return receive_gift(gift=gift, **{**asked, **changes})


def test_a_consignment_comes_in_as_its_owners_and_for_its_receiver_only(world: World) -> None:
    gift = offer(world)
    judge(world, gift)
    receive(world, gift)
    (stock,) = queries.relief_stock(sites=[world.cast.hub])
    assert (stock.free, stock.owner, stock.donor) == (1600, world.alumni, world.alumni)
    assert stock.earmark_parties == (world.cast.hospital,)
    assert queries.gift(gift).state == "RECEIVED"
    line = ledger.hold_line(
        ledger.AccountRef(world.cast.hub, State.AVAILABLE),
        ledger.AccountRef(world.union, State.HANDED_OVER),
        stock.lot,
        1,
    )
    with pytest.raises(ledger.BatchRefused), transaction.atomic():
        ledger.post(
            lines=[line], actor=world.cast.lin, reason=Reason.ALLOT, document=None, request_id=new_id(), now=LATER
        )


def test_a_consignment_never_changes_its_owner(world: World) -> None:
    with pytest.raises(UnusableInput):
        offer(world, owner=world.company)


def test_shortage_and_damage_are_stated_by_line(world: World) -> None:
    gift = offer(world)
    judge(world, gift)
    receive(world, gift, Arrival(1, 1000, damaged=20, is_last=False))
    assert queries.gift(gift).lines[0].short == 0
    assert queries.gift(gift).state == "ACCEPTED"
    receipt = new_id()
    for _ in range(2):
        receive(world, gift, Arrival(1, 550, damaged=5), request_id=receipt)
    line = queries.gift(gift).lines[0]
    assert (line.arrived, line.damaged, line.short) == (1550, 25, 50)
    assert world.standing(State.AVAILABLE, holder=world.cast.hub, code="protective-suit") == 1525
    assert world.standing(State.SPOILED, holder=world.cast.hub, code="protective-suit") == 25
    grn = journal.documents(kind="GRN")
    assert sorted(paper.body["lines"][0]["short"] for paper in map(journal.document, [each.id for each in grn])) == [
        50,
        600,
    ]
    with pytest.raises(GiftNotAtThisStep):
        receive(world, gift, Arrival(1, 1))


def test_what_fails_its_standard_goes_to_community_use_only_with_consent(world: World) -> None:
    gift = offer(world, Offered(world.item("n95-mask"), 400, "GB 19083-2010"), terms="GIFT")
    judge(world, gift, Judgement(1, Finding.FAILS, "系带断裂"))
    with pytest.raises(GiftNotAtThisStep):
        receive(world, gift, Arrival(1, 400))
    for wrong in ({"by": world.company}, {"words": " "}):
        answer: dict[str, Any] = {"by": world.alumni, "words": "电话 11:40", **wrong}
        with pytest.raises(ConsentMissing):
            consent_to_community_use(
                gift=gift, no=1, agrees=True, actor=world.cast.wu, now=NOW, request_id=new_id(), **answer
            )
    consent_to_community_use(
        gift=gift,
        no=1,
        agrees=True,
        by=world.alumni,
        words="电话 11:40",
        actor=world.cast.wu,
        now=NOW,
        request_id=new_id(),
    )
    receive(world, gift, Arrival(1, 400))
    (stock,) = queries.relief_stock(sites=[world.cast.hub])
    assert (stock.is_for_community, stock.standard) == (True, "")
    mark = book.lot(stock.lot).earmark
    assert mark is not None
    assert mark.purpose == COMMUNITY_USE


def test_without_consent_it_is_not_taken(world: World) -> None:
    gift = offer(world, Offered(world.item("n95-mask"), 400), terms="GIFT")
    judge(world, gift, Judgement(1, Finding.FAILS, "过期"))
    consent_to_community_use(
        gift=gift, no=1, agrees=False, by=world.alumni, words="邮件", actor=world.cast.wu, now=NOW, request_id=new_id()
    )
    assert queries.gift(gift).state == "DECLINED"


def test_a_judgement_that_refuses_says_why_and_is_not_changed_later(world: World) -> None:
    gift = offer(world)
    with pytest.raises(UnusableInput):
        judge(world, gift, Judgement(1, Finding.NOT_TAKEN))
    judge(world, gift, Judgement(1, Finding.NOT_TAKEN, "无人需要"))
    with pytest.raises(GiftNotAtThisStep):
        judge(world, gift, Judgement(1, Finding.PASSES))
    assert queries.gift(gift).state == "DECLINED"


def test_more_damaged_than_arrived_is_refused(world: World) -> None:
    gift = offer(world)
    judge(world, gift)
    with pytest.raises(ReceiptMakesNoSense):
        receive(world, gift, Arrival(1, 10, damaged=11))
    assert world.standing(State.SPOILED, holder=world.cast.hub, code="protective-suit") == 0


def test_the_same_offer_twice_is_one_gift(world: World) -> None:
    request = new_id()
    gift = offer(world, request_id=request)
    assert offer(world, request_id=request) == gift
    with pytest.raises(RequestIdReused):
        offer(world, request_id=request, note="另一批")
    assert len(queries.gifts()) == 1


def test_two_gifts_of_the_same_goods_are_never_mixed(world: World) -> None:
    gifts = [offer(world) for _ in range(2)]
    for gift in gifts:
        judge(world, gift)
        receive(world, gift)
    lots = {queries.gift(gift).lines[0].lot for gift in gifts}
    assert len(lots) == 2


def test_the_givers_page_ends_in_the_signature(world: World) -> None:
    gift = offer(world)
    judge(world, gift)
    receive(world, gift)
    lot = queries.gift(gift).lines[0].lot
    assert lot is not None
    hub, hospital = ledger.AccountRef(world.cast.hub, State.AVAILABLE), world.cast.hospital
    with transaction.atomic():
        note = draw_up(
            kind="WAYBILL",
            title="x",
            body={},
            actor=world.cast.bao,
            now=LATER,
            request_id=new_id(),
            subjects=[hospital],
        )
        hand_over(
            lines=[ledger.post_line(hub, ledger.AccountRef(hospital, State.HANDED_OVER), lot, 1500)],
            evidence=[EvidenceIn("SIGNATURE", "收到", None, None, "王护士长")],
            actor=world.cast.bao,
            document=note,
            reason=Reason.HANDOVER,
            request_id=new_id(),
            now=LATER,
        )
        ledger.post(
            lines=[ledger.post_line(hub, ledger.AccountRef(world.cast.truck, State.ABOARD), lot, 60)],
            actor=world.cast.lin,
            reason=Reason.LOAD,
            document=None,
            request_id=new_id(),
            now=LATER,
        )
    (path,) = queries.giver_page(world.alumni)
    (line,) = path.lines
    assert (line.signed_for, line.signed_cartons, line.on_the_way, line.lost) == (1500, 30, 60, 0)
    assert [(step.target_state, step.amount) for step in line.steps] == [
        ("AVAILABLE", 1600),
        ("HANDED_OVER", 1500),
        ("ABOARD", 60),
    ]
    assert line.steps[1].evidence == ("SIGNATURE 王护士长",)
    assert sum(place.amount for place in line.standings) == 1600
    assert queries.giver_page(world.company) == ()


def test_a_doubt_between_two_figures_is_settled_by_a_person_and_kept(world: World) -> None:
    figures = [FigureRead("公告", "1万3件", 13_000), FigureRead("转载", "130,000", 130_000)]

    def settle(chosen: int, actor: Any, why: str = "与盘点相符") -> Any:
        return settle_doubt(
            about="首批支援", figures=figures, chosen=chosen, why=why, actor=actor, now=NOW, request_id=new_id()
        )

    with pytest.raises(UnusableInput):
        settle(71_500, world.cast.lin)
    assert_refused_without_trace(lambda: settle(13_000, world.cast.stranger))
    document = journal.document(settle(13_000, world.cast.lin))
    assert document.body["chosen"] == 13_000


def test_a_doubt_settled_twice_under_one_request_is_one_document_and_one_event(world: World) -> None:
    request_id = new_id()
    first, second = (
        settle_doubt(
            about="首批支援",
            figures=[FigureRead("公告", "1万3件", 13_000), FigureRead("转载", "130,000", 130_000)],
            chosen=13_000,
            why="与盘点相符",
            actor=world.cast.lin,
            now=now,
            request_id=request_id,
        )
        for now in (NOW, LATER)
    )
    assert first == second
    assert len(journal.events(kinds=["supply.doubt.settled"])) == 1


def test_strangers_offer_judge_and_receive_nothing(world: World) -> None:
    stranger = world.cast.stranger
    assert_refused_without_trace(lambda: offer(world, actor=stranger))
    gift = offer(world)
    assert_refused_without_trace(lambda: judge(world, gift, actor=stranger))
    judge(world, gift)
    assert_refused_without_trace(lambda: receive(world, gift, actor=stranger))
    assert_refused_without_trace(lambda: receive(world, gift, actor=world.kai))
