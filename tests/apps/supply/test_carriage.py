"""Carrying for others: asked with papers, answered with reasons; what fails goes nowhere without its owner's word."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from PIL import Image

from baogong.journal import queries as journal
from baogong.journal.services import EvidenceIn
from baogong.journal.services.documents import SameHandTwice, refuse, sign
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply import queries, services
from baogong.supply.errors import CarriageAnswered, ConsentMissing, GiftNotAtThisStep, GoodsPromised
from baogong.supply.services import Arrival, Finding, Judgement, Taken, ToCarry
from baogong.supply.views import COMMUNITY_USE, LinePath
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

LATER = NOW + timedelta(hours=5)
SUITS = ToCarry("医用防护服", "1600套，50套/箱", "武汉大学中南医院", standard="GB 19082-2009", lies_at="廊坊仓")
MASKS = ToCarry("N95口罩", "4000只", "北京协和", standard="GB 19083-2010")


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "JPEG")
    return out.getvalue()


def by_link(party: UUID, name: str = "校友会") -> Actor:
    """Whoever opens the consignor's private page: no person, at its own place only."""
    return Actor(person_id=None, name=f"{name}, by private link", reach={Duty.CLERK: frozenset({party})})


def ask(world: World, *lines: ToCarry, **changes: Any) -> UUID:
    asked: dict[str, Any] = {
        "consignor": world.alumni,
        "lines": lines or (SUITS, MASKS),
        "words": "校友捐给母校医院",
        "actor": by_link(world.alumni),
        "now": NOW,
        "request_id": new_id(),
    }
    return services.ask_for_carriage(**{**asked, **changes})


def suits_of(world: World, **changes: Any) -> Taken:
    asked: dict[str, Any] = {
        "no": 1,
        "item": world.item("protective-suit"),
        "amount": 1600,
        "receiver": world.cast.hospital,
        "site": world.cast.hub,
        "standard": "GB 19082-2009",
        "pieces_per_carton": 50,
    }
    return Taken(**{**asked, **changes})


def accept(world: World, request: UUID, **changes: Any) -> UUID:
    asked: dict[str, Any] = {
        "request": request,
        "taken": [suits_of(world)],
        "refused": {2: "接收单位不明：北京协和有多处，请写全称"},
        "answer": "防护服可运",
        "actor": world.cast.wu,
        "now": NOW,
        "request_id": new_id(),
    }
    return services.accept_carriage(**{**asked, **changes})


def carried(world: World, code: str = "protective-suit", amount: int = 1600) -> UUID:
    """A consignment for the hospital that stands at the hub; its gift."""
    request = ask(world, SUITS)
    gift = accept(world, request, taken=[suits_of(world, item=world.item(code), amount=amount)], refused={})
    services.judge_gift(
        gift=gift, judgements=[Judgement(1, Finding.PASSES)], actor=world.cast.wu, now=NOW, request_id=new_id()
    )
    services.receive_gift(
        gift=gift,
        site=world.cast.hub,
        arrivals=[Arrival(1, amount)],
        actor=world.cast.bao,
        now=NOW,
        request_id=new_id(),
    )
    return gift


def find_failing(world: World, gift: UUID, **changes: Any) -> UUID:
    asked: dict[str, Any] = {
        "gift": gift,
        "no": 1,
        "why": "GB 19083 抽检：过滤效率 91%",
        "actor": world.cast.wu,
        "now": LATER,
        "request_id": new_id(),
    }
    return services.find_failing(**{**asked, **changes})


def answer(world: World, gift: UUID, agrees: bool, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "gift": gift,
        "no": 1,
        "agrees": agrees,
        "by": world.alumni,
        "words": "同意转社区使用",
        "actor": by_link(world.alumni),
        "now": LATER,
        "request_id": new_id(),
    }
    services.consent_to_community_use(**{**asked, **changes})


def two_sign(world: World, document: UUID) -> None:
    for actor in (world.cast.lin, world.cast.mei):
        sign(document=document, actor=actor, now=LATER)


def line_path(gift: UUID) -> LinePath:
    (path,) = queries.gift_path(gift).lines
    return path


def test_a_request_with_its_papers_becomes_a_consignment_line_by_line(world: World) -> None:
    certificate = EvidenceIn("PHOTO", "检测报告", photo())
    request = ask(world, papers=[certificate, EvidenceIn("NOTE", "报告编号 2020-0112")])
    view = queries.carriage_request(request)
    assert (view.state, view.way, view.papers_count) == ("ASKED", "PAGE", 2)
    assert {kept.kind for kept in journal.evidence_under([view.document])} == {"PHOTO", "NOTE"}
    suits, masks = queries.carriage_hints(view)
    assert (suits.item, suits.amount, suits.pieces_per_carton) == (world.item("protective-suit"), 1600, 50)
    assert (suits.receiver, suits.site) == (world.cast.hospital, world.langfang)
    assert masks.receiver is None  # 北京协和 is nobody for certain, and never 武汉协和
    assert masks.receiver_name == ""

    gift = accept(world, request)
    view = queries.carriage_request(request)
    assert (view.state, view.gift, view.answer) == ("ACCEPTED", gift, "防护服可运")
    assert [(line.verdict, line.why[:6], line.carried_as) for line in view.lines] == [
        ("TAKEN", "", 1),
        ("REFUSED", "接收单位不明", None),
    ]
    consignment = queries.gift(gift)
    assert (consignment.terms, consignment.owner, consignment.papers) == ("CONSIGNMENT", world.alumni, view.number)
    assert [(line.offered, line.receiver) for line in consignment.lines] == [(1600, world.cast.hospital)]
    page = queries.consignor_page(world.alumni)
    assert [one.id for one in page.requests] == [request]
    assert [one.gift.id for one in page.paths] == [gift]
    assert queries.consignor_page(world.company) == type(page)(world.company, (), ())


def test_a_request_that_says_too_little_names_every_fault(world: World) -> None:
    before = rows_everywhere()
    with pytest.raises(UnusableInput) as refused:
        ask(world, ToCarry("", "3箱", "中南医院"), ToCarry("手套", "若干", "中南医院"), ToCarry("手套", "3双", " "))
    assert refused.value.found == [
        "line 1: goods not said",
        "line 2: “若干” says no number above 0",
        "line 3: receiver not said",
    ]
    with pytest.raises(UnusableInput):
        services.ask_for_carriage(consignor=world.alumni, lines=[], actor=world.cast.wu, now=NOW, request_id=new_id())
    assert rows_everywhere() == before


def test_an_answer_names_every_line_once_and_gives_a_reason_for_what_is_left(world: World) -> None:
    request = ask(world)
    unusable: tuple[dict[str, Any], ...] = (
        {"refused": {}},
        {"refused": {2: " "}},
        {"refused": {1: "x", 2: "y"}},
        {"refused": {2: "x", 9: "y"}},
        {"taken": [suits_of(world, amount=0)]},
        {"taken": [], "refused": {1: "x", 2: "y"}},
    )
    for wrong in unusable:
        before = rows_everywhere()
        with pytest.raises(UnusableInput):
            accept(world, request, **wrong)
        assert rows_everywhere() == before
    assert queries.carriage_request(request).state == "ASKED"


def test_an_answer_given_is_not_given_again_and_the_same_request_changes_nothing(world: World) -> None:
    request, key = ask(world), new_id()
    gift = accept(world, request, request_id=key)
    assert accept(world, request, request_id=key) == gift
    for late in (
        lambda: accept(world, request),
        lambda: services.refuse_carriage(
            request=request, why="太迟", actor=world.cast.wu, now=LATER, request_id=new_id()
        ),
        lambda: services.withdraw_carriage(
            request=request, why="", actor=by_link(world.alumni), now=LATER, request_id=new_id()
        ),
    ):
        with pytest.raises(CarriageAnswered):
            late()
    assert len(queries.gifts()) == 1
    asked = new_id()
    assert ask(world, request_id=asked) == ask(world, request_id=asked)
    with pytest.raises(RequestIdReused):
        ask(world, SUITS, request_id=asked)


def test_a_refusal_reaches_the_consignor_with_its_reason(world: World) -> None:
    request, key = ask(world), new_id()
    with pytest.raises(UnusableInput):
        services.refuse_carriage(request=request, why=" ", actor=world.cast.wu, now=NOW, request_id=new_id())
    papers = {
        services.refuse_carriage(request=request, why="无检测报告", actor=world.cast.wu, now=NOW, request_id=key)
        for _ in range(2)
    }
    assert len(papers) == 1
    (view,) = queries.consignor_page(world.alumni).requests
    assert (view.state, view.answer, view.gift) == ("REFUSED", "无检测报告", None)
    assert {line.verdict for line in view.lines} == {"REFUSED"}


def test_a_consignor_takes_its_own_request_back_and_nobody_elses(world: World) -> None:
    request = ask(world)
    given: dict[str, Any] = {"request": request, "why": "改走邮政", "now": NOW, "request_id": new_id()}
    assert_refused_without_trace(lambda: services.withdraw_carriage(actor=by_link(world.company), **given))
    for _ in range(2):
        services.withdraw_carriage(actor=by_link(world.alumni), **given)
    assert queries.carriage_request(request).state == "WITHDRAWN"


def test_goods_found_failing_are_set_aside_and_become_community_goods_by_two_hands(world: World) -> None:
    gift = carried(world, "n95-mask", 4000)
    line = line_path(gift).line
    assert line.lot is not None
    key = new_id()
    assert find_failing(world, gift, request_id=key) == find_failing(world, gift, request_id=key)
    assert queries.relief_stock(sites=[world.cast.hub]) == ()  # nobody can be promised it
    assert line_path(gift).waits_for_its_owner

    asked = new_id()
    for _ in range(2):
        answer(world, gift, True, request_id=asked)
    with pytest.raises(GiftNotAtThisStep):
        answer(world, gift, True)
    (paper,) = journal.documents(kind="COMMUNITY_USE")
    assert (paper.state, paper.signatures_required, paper.signatures) == ("WAITING", 2, ())
    assert not line_path(gift).waits_for_its_owner
    sign(document=paper.id, actor=world.cast.lin, now=LATER)
    with pytest.raises(SameHandTwice):
        sign(document=paper.id, actor=world.cast.lin, now=LATER)
    assert queries.gift(gift).lines[0].verdict == "CONSENT_ASKED"  # one hand changes nothing
    sign(document=paper.id, actor=world.cast.mei, now=LATER)

    (stock,) = queries.relief_stock(sites=[world.cast.hub])
    assert (stock.is_for_community, stock.standard, stock.free, stock.owner) == (True, "", 4000, world.alumni)
    assert stock.earmark_parties == ()
    path = line_path(gift)
    assert (path.line.verdict, path.line.failed_lot, path.in_stock) == ("COMMUNITY", line.lot, 4000)
    assert path.consent is not None
    assert path.consent.signed_by == ("Lin", "Mei")
    assert [(step.target_state, step.amount) for step in path.steps] == [("AVAILABLE", 4000), ("AVAILABLE", 4000)]
    mark = book.lot(stock.lot).earmark
    assert mark is not None
    assert mark.purpose == COMMUNITY_USE
    assert book.verify_book().ok


def test_an_offer_that_fails_waits_for_its_owner_and_two_signatures_before_it_comes_in(world: World) -> None:
    gift = accept(world, ask(world, SUITS), refused={})
    services.judge_gift(
        gift=gift,
        judgements=[Judgement(1, Finding.FAILS, "无 GB 19082 报告")],
        actor=world.cast.wu,
        now=NOW,
        request_id=new_id(),
    )
    answer(world, gift, True, actor=world.cast.wu, words="电话 11:40")
    (paper,) = journal.documents(kind="COMMUNITY_USE")
    assert [signature.name for signature in paper.signatures] == ["Wu"]  # who wrote it down is the first of two
    with pytest.raises(GiftNotAtThisStep):
        services.receive_gift(
            gift=gift,
            site=world.cast.hub,
            arrivals=[Arrival(1, 10)],
            actor=world.cast.bao,
            now=NOW,
            request_id=new_id(),
        )
    sign(document=paper.id, actor=world.cast.mei, now=LATER)
    view = queries.gift(gift)
    assert (view.state, view.lines[0].verdict) == ("ACCEPTED", "COMMUNITY")


def test_an_owner_may_change_its_mind_until_both_have_signed(world: World) -> None:
    gift = carried(world)
    find_failing(world, gift)
    answer(world, gift, True)
    answer(world, gift, False, words="改主意了，请退回")
    (paper,) = journal.documents(kind="COMMUNITY_USE")
    sign(document=paper.id, actor=world.cast.lin, now=LATER)
    with pytest.raises(GiftNotAtThisStep):
        sign(document=paper.id, actor=world.cast.mei, now=LATER)
    assert queries.gift(gift).lines[0].verdict == "DECLINED"


def test_a_consent_refused_by_a_signer_is_asked_again(world: World) -> None:
    gift = carried(world)
    find_failing(world, gift)
    answer(world, gift, True)
    (paper,) = journal.documents(kind="COMMUNITY_USE")
    refuse(document=paper.id, actor=world.cast.mei, now=LATER, why="先问清是否无菌")
    path = line_path(gift)
    assert path.waits_for_its_owner
    assert path.consent is not None
    assert path.consent.why == "先问清是否无菌"
    answer(world, gift, True, words="确认可作非医用")
    second = next(paper for paper in journal.documents(kind="COMMUNITY_USE") if paper.state == "WAITING")
    two_sign(world, second.id)
    assert line_path(gift).line.verdict == "COMMUNITY"


def test_what_the_owner_wants_back_goes_back_to_it_and_to_nobody_else(world: World) -> None:
    gift = carried(world, amount=100)
    find_failing(world, gift)
    back: dict[str, Any] = {
        "gift": gift,
        "no": 1,
        "site": world.cast.hub,
        "evidence": [EvidenceIn("SIGNATURE", by_name="校友会 陈")],
        "actor": world.cast.bao,
        "now": LATER,
    }
    with pytest.raises(GiftNotAtThisStep):
        services.give_back(request_id=new_id(), **back)
    answer(world, gift, False, words="请退回")
    assert_refused_without_trace(
        lambda: services.give_back(request_id=new_id(), **{**back, "actor": world.cast.stranger})
    )
    key = new_id()
    assert services.give_back(request_id=key, **back) == services.give_back(request_id=key, **back)
    path = line_path(gift)
    assert (path.returned, path.in_stock, path.signed_for, path.stage) == (100, 0, 0, "ENDED")
    assert [(place.holder, place.state) for place in path.standings] == [(world.alumni, "RETURNED")]
    assert book.verify_book().ok


def test_promised_goods_are_not_set_aside_under_anybodys_feet(world: World) -> None:
    gift = carried(world, amount=100)
    lot = line_path(gift).line.lot
    assert lot is not None
    hub, hospital = AccountRef(world.cast.hub, State.AVAILABLE), AccountRef(world.cast.hospital, State.HANDED_OVER)
    with transaction.atomic():
        ledger.post(
            lines=[ledger.hold_line(hub, hospital, lot, 40)],
            actor=world.cast.lin,
            reason=Reason.ALLOT,
            document=None,
            request_id=new_id(),
            now=NOW,
        )
    before = rows_everywhere()
    with pytest.raises(GoodsPromised):
        find_failing(world, gift)
    assert rows_everywhere() == before


def test_only_the_owner_speaks_for_its_goods(world: World) -> None:
    gift = carried(world)
    with pytest.raises(GiftNotAtThisStep):
        answer(world, gift, True)  # nothing has failed
    find_failing(world, gift)
    with pytest.raises(ConsentMissing):
        answer(world, gift, True, by=world.company, actor=by_link(world.company))
    assert_refused_without_trace(lambda: answer(world, gift, True, actor=by_link(world.company)))


def test_strangers_ask_answer_and_judge_nothing(world: World) -> None:
    stranger = world.cast.stranger
    assert_refused_without_trace(lambda: ask(world, actor=stranger))
    assert_refused_without_trace(lambda: ask(world, actor=by_link(world.company)))
    request = ask(world)
    gift = carried(world)
    for actor in (stranger, by_link(world.alumni)):
        assert_refused_without_trace(partial(accept, world, request, actor=actor))
        assert_refused_without_trace(
            partial(services.refuse_carriage, request=request, why="x", actor=actor, now=NOW, request_id=new_id())
        )
        assert_refused_without_trace(partial(find_failing, world, gift, actor=actor))
