"""Stock sheets, paid orders, gifts and consignments as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from baogong.engine.sheets.kinds import LineOutcome, NotAChoice, Status, at_new_place, kind_named, summary
from baogong.engine.sheets.readers import read_pasted
from baogong.journal.queries import waiting_lines
from baogong.journal.services import imports
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.queries.parties import party_names
from baogong.supply import queries
from baogong.supply.services import Scope, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

STOCK = """仓库,物资名称,数量,单位,规格,执行标准,效期,批次,备注
廊坊仓,N95口罩,1200,只,400只/箱,GB 19083-2010,2022-11-30,LF-N1,
,一次性医用口罩,1,件,2000只/件,YY/T 0969-2013,2022-05-31,,
,医用外科口罩,贰仟柒佰,只,,YY0469-2011,2022-07-31,,
,护目境,若干,个,,,,,数目待点
,体温计,300,支,,,,,
,体温计,300,支,,,,,重复行
某某仓,体温计,3,支,,,,,
"""


def load(kind: str, text: str, world: World, *, actor: Any = None, name: str = "list.csv") -> Any:
    actor = actor or world.cast.lin
    run = imports.preview(kind=kind, file_name=name, data=text.encode(), profile=None, actor=actor, now=NOW)
    return imports.apply(run=run.id, actor=actor, now=NOW)


def counts(view: Any) -> dict[str, int]:
    told = summary((line.outcome for line in view.lines), view.kind)
    return {
        key: told[key] if isinstance(told[key], int) else len(told[key]) for key in told if key not in ("kind", "noted")
    }


def test_a_stock_sheet_is_read_line_by_line_and_a_bad_line_never_hides_the_next(world: World) -> None:
    view = load("stock", STOCK, world)
    assert counts(view) == {"lines": 7, "added": 4, "matched": 0, "unchanged": 0, "refused": 1, "waiting": 2}
    refusal = next(line.outcome for line in view.lines if line.outcome.status is Status.REFUSED)
    assert (refusal.where, refusal.found) == ("C5", "若干")
    assert world.standing(State.AVAILABLE, code="n95-mask") == 1200
    assert world.standing(State.AVAILABLE, code="disposable-mask") == 2000
    assert world.standing(State.AVAILABLE) == 2700
    assert world.standing(State.AVAILABLE, code="thermometer") == 300
    (masks,) = book.balances(holders=[world.langfang], states=[State.AVAILABLE], items=[world.item("disposable-mask")])
    assert (masks.lot.pieces_per_carton, masks.lot.standard) == (2000, "YY/T 0969-2013")


def test_the_same_sheet_twice_changes_nothing_even_saved_anew(world: World) -> None:
    load("stock", STOCK, world)
    before = {table: count for table, count in rows_everywhere().items() if table.startswith(("ledger_", "supply_"))}
    for text in (STOCK, STOCK + "\n", STOCK.replace("数目待点", "明天点")):
        view = load("stock", text, world)
        assert counts(view)["added"] == counts(view)["matched"] == 0
        assert counts(view)["unchanged"] == 4
    after = {table: count for table, count in rows_everywhere().items() if table.startswith(("ledger_", "supply_"))}
    assert after == before


def test_a_second_pile_confirmed_later_is_counted_on_top(world: World) -> None:
    load("stock", STOCK, world)
    double = next(line for line in waiting_lines() if "stands above" in line.outcome.found)
    imports.resolve(line=double.id, choice={"accept": True}, actor=world.cast.lin, now=NOW)
    assert world.standing(State.AVAILABLE, code="thermometer") == 600


def test_a_recount_says_what_changes_and_a_power_of_ten_waits(world: World) -> None:
    head = STOCK.splitlines()[0]
    load("stock", f"{head}\n廊坊仓,体温计,300,支,,,,,\n廊坊仓,医用手套,5000,只,,,,,\n", world)
    view = load("stock", f"{head}\n廊坊仓,体温计,280,支,,,,,\n廊坊仓,医用手套,500,只,,,,,\n", world)
    assert [line.outcome.status for line in view.lines] == [Status.MATCHED, Status.WAITING]
    assert "300 → 280" in view.lines[0].outcome.text
    assert "power of ten" in view.lines[1].outcome.found
    assert world.standing(State.AVAILABLE, code="thermometer") == 280
    assert world.standing(State.AVAILABLE, code="gloves") == 5000


def test_english_headers_and_text_numbers_are_read(world: World) -> None:
    text = 'warehouse,goods,quantity,unit,specification,standard\n廊坊仓,surgical mask,"2,300",piece,,YY 0469\n'
    assert counts(load("stock", text, world))["added"] == 1
    assert world.standing(State.AVAILABLE) == 2300


ORDERS = """仓库,物资名称,数量,单位,订单号,付款时间
廊坊仓,医用外科口罩,560,只,A1,2020-01-21 09:00
廊坊仓,医用外科口罩,3000,只,A2,2020-01-21 10:00
廊坊仓,医用外科口罩,0,只,A3,2020-01-21 11:00
廊坊仓,体温计,40,支,A4,2020-01-21 12:00
"""


def test_paid_orders_hold_what_is_there_and_the_rest_is_refused(world: World) -> None:
    load("stock", STOCK, world)
    view = load("orders", ORDERS, world)
    assert counts(view) == {"lines": 3, "added": 2, "matched": 0, "unchanged": 0, "refused": 1, "waiting": 0}
    assert {order.reference: order.amount for order in queries.open_orders()} == {"A1": 560, "A4": 40}
    again = load("orders", ORDERS + "\n", world)
    assert counts(again)["unchanged"] == 2
    assert len(queries.open_orders()) == 2


def test_an_order_paid_after_the_freeze_is_refused(world: World) -> None:
    load("stock", STOCK, world)
    freeze_stock(
        scopes=[Scope(site=world.langfang, item=world.item("thermometer"))],
        decided_by=world.company,
        basis="OWN_DECISION",
        reason="支援湖北",
        options=[OptionConsidered("全部支援", is_chosen=True)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    view = load("orders", ORDERS.splitlines()[0] + "\n廊坊仓,体温计,1,支,B1,2020-01-23 20:00\n", world)
    (line,) = view.lines
    assert line.outcome.status is Status.REFUSED
    assert "before" in line.outcome.expected


GIFTS = """仓库,捐赠方,物资名称,数量,单位,规格,执行标准,备注
仙桃中转仓,东行公益基金会,医用外科口罩,2万,只,2000只/件,YY 0469-2011,
仙桃中转仓,,医用手套,5万,双,1000只/件,GB 10213-2006,箱规按只
仙桃中转仓,东行商场,体温计,35,支,,,像一个登记过的名字
仙桃中转仓,校友会,口罩（定向捐赠江夏红十字）,100,只,,,
"""


def test_a_blank_giver_is_the_one_above_and_pairs_are_counted_in_pieces(world: World) -> None:
    view = load("gifts", GIFTS, world)
    assert counts(view) == {"lines": 4, "added": 2, "matched": 0, "unchanged": 0, "refused": 0, "waiting": 2}
    (gift,) = queries.gifts()
    assert (gift.donor_name, gift.terms, gift.state) == ("东行公益基金会", "GIFT", "OFFERED")
    assert [(line.item_zh, line.offered, line.pieces_per_carton) for line in gift.lines] == [
        ("医用外科口罩", 20_000, 2000),
        (gift.lines[1].item_zh, 100_000, 1000),
    ]
    assert counts(load("gifts", GIFTS, world))["added"] == 0
    assert len(queries.gifts()) == 1


def test_a_giver_only_like_a_known_one_waits_and_a_person_decides(world: World) -> None:
    load("gifts", GIFTS, world)
    doubt = next(line for line in waiting_lines() if line.outcome.found == "东行商场")
    assert [candidate.text for candidate in doubt.outcome.candidates] == ["东行商城"]
    imports.resolve(line=doubt.id, choice={"candidate": str(world.company)}, actor=world.cast.lin, now=NOW)
    assert queries.gifts(giver=world.company)[0].lines[0].offered == 35


CONSIGNMENTS = """仓库,托运方,物资名称,数量,单位,规格,执行标准,备注
廊坊仓,武汉大学校友会,医用防护服（定向捐赠武汉大学中南医院）,1600,件,,GB19082-2009,
廊坊仓,武汉大学校友会,防护面罩（定向捐赠江夏红十字）,500,个,100个/箱,,
"""


def test_an_earmark_in_the_goods_cell_is_read_and_an_unknown_receiver_waits(world: World) -> None:
    view = load("consignments", CONSIGNMENTS, world)
    assert counts(view)["added"] == counts(view)["waiting"] == 1
    (gift,) = queries.gifts(giver=world.alumni)
    assert (gift.terms, gift.owner) == ("CONSIGNMENT", world.alumni)
    assert (gift.lines[0].receiver, gift.lines[0].offered) == (world.cast.hospital, 1600)
    (doubt,) = waiting_lines()
    imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.lin, now=NOW)
    new = queries.gifts(giver=world.alumni)[0].lines[0]
    assert new.receiver_name == "江夏红十字"


def test_goods_carried_for_nobody_named_wait_for_their_receiver(world: World) -> None:
    before = load("consignments", CONSIGNMENTS, world)
    assert counts(before)["added"] == 1
    text = "仓库,托运方,物资名称,数量\n廊坊仓,武汉大学校友会,护目镜,80\n"
    view = load("consignments", text, world)
    assert (counts(view)["added"], counts(view)["waiting"]) == (0, 1)
    doubt = next(line for line in waiting_lines() if line.outcome.found == "no receiver is named")
    assert [candidate.text for candidate in doubt.outcome.candidates] == ["武汉大学中南医院"]
    with pytest.raises(NotAChoice), transaction.atomic():
        imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.lin, now=NOW)
    imports.resolve(line=doubt.id, choice={"candidate": str(world.cast.hospital)}, actor=world.cast.lin, now=NOW)
    assert queries.gifts(giver=world.alumni)[0].lines[0].receiver == world.cast.hospital


def test_the_receiver_in_the_goods_cell_outlives_the_choice_of_the_goods(world: World) -> None:
    load("gifts", "捐赠方,物资,数量\n东行商城,口罩（捐武汉协和）,20\n", world)
    (doubt,) = waiting_lines()
    choice = doubt.outcome.candidates[0]
    imports.resolve(line=doubt.id, choice={"candidate": choice.key}, actor=world.cast.lin, now=NOW)
    assert queries.gifts()[0].lines[0].receiver == world.union


def test_what_no_answer_completes_is_never_called_new_and_the_rest_of_the_list_goes_in(world: World) -> None:
    """Goods for nobody, an item the catalogue lacks, a place no register knows: “new” would refuse the whole list."""
    lists = {
        "consignments": "托运方,物资名称,数量\n武汉大学校友会,护目镜（定向捐赠武汉大学中南医院）,10\n武汉大学校友会,护目镜,80\n",
        "gifts": "捐赠方,物资名称,数量\n武汉大学校友会,护目镜,10\n武汉大学校友会,防护眼睛,20\n",
        "stock": "仓库,物资名称,数量\n廊坊仓,护目镜,10\n廊坊仓库,护目镜,20\n",
    }
    for kind, text in lists.items():
        actor = world.cast.lin
        run = imports.preview(kind=kind, file_name=kind, data=text.encode(), profile=None, actor=actor, now=NOW)
        (doubt,) = [line for line in run.lines if line.outcome.status is Status.WAITING]
        assert not doubt.outcome.may_be_new
        with pytest.raises(NotAChoice) as refusal, transaction.atomic():
            imports.resolve(line=doubt.id, choice={"new": True}, actor=actor, now=NOW)
        assert "it is new" not in refusal.value.cure
        assert counts(imports.apply(run=run.id, actor=actor, now=NOW))["added"] == 1, kind


def test_an_unknown_receiver_of_doubtful_goods_is_new_beside_the_item_that_is_picked(world: World) -> None:
    load("gifts", "捐赠方,物资,数量\n东行商城,口罩（定向捐赠江夏红十字）,20\n", world)
    (doubt,) = waiting_lines()
    assert not doubt.outcome.may_be_new
    choice = next(each for each in doubt.outcome.candidates if each.key.startswith("|") or each.key.endswith("|"))
    imports.resolve(line=doubt.id, choice={"candidate": choice.key}, actor=world.cast.lin, now=NOW)
    assert queries.gifts()[0].lines[0].receiver_name == "江夏红十字"


def test_a_receiver_of_two_characters_in_brackets_outlives_the_choice_of_the_goods(world: World) -> None:
    load("gifts", "捐赠方,物资,数量\n东行商城,口罩（给协和）,20\n东行商城,口罩（支援前线）,30\n", world)
    first, second = waiting_lines()
    assert "it may say for whom: 给协和" in first.outcome.found
    answers = [each for each in first.outcome.candidates if "新登记" in each.text]
    imports.resolve(line=first.id, choice={"candidate": answers[0].key}, actor=world.cast.lin, now=NOW)
    nobody = next(each for each in second.outcome.candidates if "不定向" in each.text)
    imports.resolve(line=second.id, choice={"candidate": nobody.key}, actor=world.cast.lin, now=NOW)
    lines = {line.offered: line for gift in queries.gifts() for line in gift.lines}
    assert (lines[20].receiver_name, lines[20].item_zh) == ("协和", answers[0].text.split(" · ")[0])
    assert lines[30].receiver is None


def test_a_name_left_out_is_said_to_be_the_one_above_in_every_list(world: World) -> None:
    lists = {
        "stock": "仓库,物资,数量\n廊坊仓,护目镜,3\n,体温计,4\n",
        "orders": "仓库,物资,数量\n廊坊仓,护目镜,0\n,体温计,4\n",
        "needs": "接收单位,物资,数量\n武汉大学中南医院,护目镜,3\n,体温计,4\n",
        "offers": "供应商,物资,数量,价格\n东行商城,护目镜,3,20\n,体温计,4,30\n",
    }
    load("stock", lists["stock"], world)
    for kind, text in lists.items():
        line = kind_named(kind).classify(read_pasted(text), None, NOW)[-1]
        said = [note for note in line.notes if note.startswith("empty, so as in the row above: ")]
        assert said or line.status in (Status.UNCHANGED, Status.REFUSED), (kind, line)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("stock", "仓库,物资,数量\n廊坊仓,资金,5000\n"),
        ("gifts", "捐赠方,物资,数量\n东行商城,资金,5000元\n"),
        ("gifts", "捐赠方,物资,数量\n东行商城,善款,5000\n"),
        ("consignments", "仓库,托运方,物资,数量,定向\n廊坊仓,东行商城,资金,5000,武汉协和\n"),
        ("orders", "仓库,物资,数量\n廊坊仓,资金,5000\n"),
        ("needs", "需求单位,物资,数量\n武汉协和,资金,5000\n"),
    ],
)
def test_money_is_no_goods_of_a_list(world: World, kind: str, text: str) -> None:
    (line,) = kind_named(kind).classify(read_pasted(text), None, NOW)
    assert (line.status, line.expected) == (Status.REFUSED, "goods, not money")
    assert "funds" in line.cure


def test_money_among_the_goods_like_a_word_is_never_offered(world: World) -> None:
    (line,) = kind_named("stock").classify(read_pasted("仓库,物资,数量\n廊坊仓,捐赠资金,5000\n"), None, NOW)
    assert (line.status, line.expected) == (Status.REFUSED, "goods, not money")


def test_a_keeper_of_another_place_imports_nothing(world: World) -> None:
    assert_refused_without_trace(
        lambda: imports.preview(
            kind="stock", file_name="x.csv", data=STOCK.encode(), profile=None, actor=world.cast.stranger, now=NOW
        )
    )
    run = imports.preview(
        kind="stock", file_name="x.csv", data=STOCK.encode(), profile=None, actor=world.cast.bao, now=NOW
    )
    assert_refused_without_trace(lambda: imports.apply(run=run.id, actor=world.cast.bao, now=NOW))


def test_a_count_that_another_list_brought_since_the_preview_is_compared_with(world: World) -> None:
    head = STOCK.splitlines()[0]
    runs = [
        imports.preview(
            kind="stock",
            file_name=f"{amount}.csv",
            data=f"{head}\n廊坊仓,医用手套,{amount},只,,,,,\n".encode(),
            profile=None,
            actor=world.cast.lin,
            now=NOW,
        )
        for amount in (5000, 50_000)
    ]
    told = [counts(imports.apply(run=run.id, actor=world.cast.lin, now=NOW)) for run in runs]
    assert [(each["added"], each["waiting"]) for each in told] == [(1, 0), (0, 1)]
    assert world.standing(State.AVAILABLE, code="gloves") == 5000


@pytest.mark.parametrize(
    ("kind", "text", "asks"),
    [
        ("stock", "仓库,物资名称,数量\n汉口北仓,护目镜,10\n", []),
        ("stock", "仓库,物资名称,数量\n汉口北仓,防护眼睛,10\n", ["item"]),
        ("serials", "编号,物资名称,物主,仓库\nVT-1,体温计,没人听说过的医院,汉口北仓\n", ["lender"]),
        ("gifts", "捐赠方,物资名称,数量,仓库\n校友会,护目镜,10,汉口北仓\n", []),
        ("gifts", "捐赠方,物资名称,数量,仓库\n校友会,防护眼睛,10,汉口北仓\n", ["item"]),
        ("orders", "仓库,物资名称,数量\n汉口北仓,护目镜,10\n", []),
        (
            "slips",
            "磅单号,车牌,毛重（公斤）,皮重（公斤）,应载重量（公斤）,仓库,司磅员\n1,沪A1,33100,12100,21000,汉口北仓,老周\n",
            [],
        ),
    ],
)
def test_a_line_that_names_a_place_nobody_knows_says_what_is_left_once_it_is_registered(
    world: World, kind: str, text: str, asks: list[str]
) -> None:
    (line,) = kind_named(kind).classify(read_pasted(text), None, NOW)
    assert (line.status, line.place, line.place_name) == (Status.WAITING, "site", "汉口北仓"), line
    assert line.then is not None
    assert line.then.payload.get("asked", []) == asks
    place = str(new_id())
    placed = at_new_place(LineOutcome.from_dict(line.as_dict()), place)
    assert placed.status is (Status.WAITING if asks else Status.ADDED)
    assert (placed.payload["site"], placed.place, placed.then) == (place, "", None)
    with pytest.raises(NotAChoice):
        at_new_place(placed, place)


def test_gifts_for_a_new_place_are_offered_there_and_its_name_in_the_list_is_known_from_then_on(world: World) -> None:
    load("gifts", "捐赠方,物资名称,数量,仓库\n校友会,护目镜,10,汉口北\n,体温计,4,汉口北\n,体温计,5,别处\n", world)
    line = waiting_lines()[0]
    act: Any = {"actor": world.cast.lin, "now": NOW}
    with pytest.raises(NotAChoice, match="can be for"):
        imports.register_place(line=line.id, name="汉口北仓", role="MOON", **act)
    view, site, count = imports.register_place(line=line.id, name="汉口北仓", role="HUB", city="武汉", **act)
    assert (count, counts(view)["added"], counts(view)["waiting"]) == (2, 2, 1)
    offered = [each for gift in queries.gifts() for each in gift.lines]
    assert sorted((each.site, each.offered) for each in offered) == [(site, 4), (site, 10)]
    later = load("gifts", "捐赠方,物资名称,数量,仓库\n校友会,医用外科口罩,7,汉口北\n", world)
    assert counts(later)["added"] == 1


def test_an_order_of_a_new_place_waits_until_the_place_is_counted(world: World) -> None:
    load("orders", "仓库,物资名称,数量\n汉口北仓,护目镜,10\n", world)
    (line,) = waiting_lines()
    act: Any = {"actor": world.cast.lin, "now": NOW}
    imports.register_place(line=line.id, name="汉口北仓", role="WAREHOUSE", **act)
    (line,) = waiting_lines()
    assert (line.outcome.found, line.outcome.may_look_again) == ("10 paid for, 0 free at this site", True)
    imports.resolve(line=line.id, choice={"again": True}, **act)
    assert (queries.open_orders(), len(waiting_lines())) == ((), 1)
    load("stock", "仓库,物资名称,数量\n汉口北仓,护目镜,30\n", world)
    imports.resolve(line=line.id, choice={"again": True}, **act)
    assert ([order.amount for order in queries.open_orders()], waiting_lines()) == ([10], ())


def test_an_owner_no_register_knows_is_registered_with_the_count_by_who_registers(world: World) -> None:
    load("stock", "仓库,物资名称,数量,货主\n廊坊仓,护目镜,10,没人听说过的公司\n,体温计,4,没人听说过的公司\n", world)
    lines = waiting_lines()
    assert [line.outcome.may_be_new for line in lines] == [True, True]
    choice: Any = {"choice": {"new": True}, "alike": True, "now": NOW}
    with pytest.raises(NotYourPlace):
        imports.resolve(line=lines[0].id, actor=world.cast.bao, **choice)
    imports.resolve(line=lines[0].id, actor=world.cast.lin, **choice)
    (owner,) = {view.lot.owner for view in book.balances(holders=[world.langfang], states=[State.AVAILABLE])}
    assert party_names([owner])[owner][0] == "没人听说过的公司"
