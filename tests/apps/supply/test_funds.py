"""Money given: registered, come, moved to another earmark."""

from __future__ import annotations

import pytest

from baogong.journal import queries as journal
from baogong.journal.services import refuse, sign
from baogong.journal.services.documents import SameHandTwice, SignedForOneself
from baogong.kernel.actor import Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.errors import ConsentMissing, FundsTooSmall, MoreThanAnnounced
from tests.apps.supply.purse import MASK, METER, Purses, assert_adds_up, make_purses
from tests.books import Built
from tests.cast import NOW, log_in_as


@pytest.fixture
def purses(built: Built) -> Purses:
    return built(make_purses)


def test_a_gift_in_slices_becomes_funds_when_its_money_comes(purses: Purses) -> None:
    funds = purses.give(purses.slice(600, to=[purses.union]), purses.slice(400, items=[MASK]), came=False)
    gift = queries.fund(funds[0]).gift
    assert [fund.gift_fen for fund in queries.funds()] == [0, 0]
    receive = {"gift": gift, "actor": purses.lin, "now": NOW}
    supply.receive_money(parts={1: 10_000}, request_id=new_id(), **receive)  # type: ignore[arg-type]
    with pytest.raises(MoreThanAnnounced):
        supply.receive_money(parts={1: 50_001}, request_id=new_id(), **receive)  # type: ignore[arg-type]
    request = new_id()
    first = supply.receive_money(request_id=request, **receive)  # type: ignore[arg-type]
    assert supply.receive_money(request_id=request, **receive) == first  # type: ignore[arg-type]
    view = queries.money_gift(gift)
    assert [(fund.name, fund.gift_fen, fund.awaited_fen) for fund in view.funds] == [
        (f"{view.number}/1", 60_000, 0),
        (f"{view.number}/2", 40_000, 0),
    ]
    assert view.came_fen == view.amount_fen == 100_000
    with pytest.raises(UnusableInput):
        supply.receive_money(request_id=new_id(), **receive)  # type: ignore[arg-type]
    moves = book.movements(lots=[fund.lot for fund in view.funds], reasons=[Reason.GIFT])
    assert {(move.source, move.target) for move in moves} == {
        (AccountRef(purses.world.company, State.OUTSIDE), AccountRef(purses.federation, State.AVAILABLE))
    }


def test_a_giver_who_is_also_the_supplier_and_pays_back_has_given_no_more(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(100), donor=purses.supplier, came=False)
    gift = queries.fund(fund).gift
    receive = {"gift": gift, "actor": purses.lin, "now": NOW}
    supply.receive_money(parts={1: 6_000}, request_id=new_id(), **receive)  # type: ignore[arg-type]
    order = purses.order(purses.line(MASK, 50, 50))
    arrived = purses.receive(order, 50)
    purses.refund(order, supply.Refunded(1, 5_000, arrived, 50))
    view = queries.fund(fund)
    assert (view.came_fen, view.gift_fen, view.drawn_fen, view.unspent_fen) == (6_000, 6_000, 0, 6_000)
    assert view.awaited_fen == 4_000
    supply.receive_money(parts={1: 4_000}, request_id=new_id(), **receive)  # type: ignore[arg-type]
    assert queries.money_gift(gift).came_fen == 10_000
    with pytest.raises(UnusableInput):
        supply.receive_money(request_id=new_id(), **receive)  # type: ignore[arg-type]
    assert_adds_up()


def test_goods_of_which_a_worth_was_printed_open_no_fund(purses: Purses) -> None:
    gift = supply.register_money_gift(
        donor=purses.world.company,
        trustee=purses.federation,
        slices=[supply.Slice(300_000_000)],
        form="GOODS_WORTH",
        amount_text="价值超过300万元的物资",
        source="company's report",
        actor=purses.lin,
        now=NOW,
        request_id=new_id(),
    )
    assert queries.money_gift(gift).funds == ()
    assert queries.funds() == ()


def propose(purses: Purses, fund: object, yuan: int, **more: object) -> object:
    asked = {
        "terms": purses.slice(yuan, to=[purses.zhongnan]),
        "why": "Union has enough",
        "consent_by": purses.world.company,
        "consent_text": "letter of 24 January",
        "actor": purses.lin,
        "now": NOW,
        "request_id": new_id(),
    } | more
    return supply.propose_re_earmark(fund=fund, **asked)  # type: ignore[arg-type]


def test_moving_an_earmark_takes_two_people_and_the_donor_s_word(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000, to=[purses.union]))
    for consent in ({"consent_by": purses.federation}, {"consent_text": " "}):
        with pytest.raises(ConsentMissing):
            propose(purses, fund, 400, **consent)
    document = propose(purses, fund, 400)
    with pytest.raises(SameHandTwice):
        sign(document=document, actor=purses.lin, now=NOW)  # type: ignore[arg-type]
    assert queries.fund(fund).gift_fen == 100_000
    sign(document=document, actor=purses.world.cast.mei, now=NOW)  # type: ignore[arg-type]
    old = queries.fund(fund)
    [new] = [queries.fund(one) for one in old.moved_to]
    assert (old.gift_fen, new.gift_fen, new.moved_from) == (60_000, 40_000, fund)
    assert [party.id for party in new.receivers] == [purses.zhongnan]
    [source] = book.sources_of([new.lot])
    assert (source.parent, source.parent_amount, source.child_amount) == (old.lot, 1, 1)
    assert journal.document(document).body["corrects"] == str(old.document)  # type: ignore[arg-type]
    assert {move.reason for move in book.movements(documents=[document])} == {Reason.RE_EARMARK}  # type: ignore[list-item]
    assert_adds_up()
    assert book.verify_book().ok


def test_who_works_for_the_new_receiver_does_not_sign(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000, to=[purses.union]))
    document = propose(purses, fund, 400)
    insider = log_in_as("Yan", [(Duty.APPROVER, None), (Duty.KEEPER, purses.zhongnan)])
    with pytest.raises(SignedForOneself):
        sign(document=document, actor=insider, now=NOW)  # type: ignore[arg-type]
    refuse(document=document, actor=purses.world.cast.mei, now=NOW, why="ask again")  # type: ignore[arg-type]
    assert queries.fund(fund).moved_to == ()


def test_promised_money_moves_only_if_others_can_keep_the_promise(purses: Purses) -> None:
    fund, masks = purses.give(purses.slice(1000, to=[purses.union]), purses.slice(700, items=[MASK]))
    order = purses.order(purses.line(MASK, 100, 700, to=purses.union), purses.line(METER, 1, 100, to=purses.union))
    purses.move(fund, purses.slice(900, to=[purses.zhongnan]))
    assert purses.split(order, 1) == {masks: 700}
    assert purses.split(order, 2) == {fund: 100}
    document = propose(purses, fund, 50)
    with pytest.raises(FundsTooSmall) as refusal:
        sign(document=document, actor=purses.world.cast.mei, now=NOW)  # type: ignore[arg-type]
    assert refusal.value.data["free_fen"] == 0
    assert journal.document(document).state == "WAITING"  # type: ignore[arg-type]
    assert_adds_up()
