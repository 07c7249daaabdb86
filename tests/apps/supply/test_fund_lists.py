"""Lists of money given, as people write them; and two sources that tell of one gift in two figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from baogong.engine.sheets.kinds import Status
from baogong.journal import queries as journal
from baogong.journal.services import imports
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.errors import MoneyGiftStands
from tests.apps.supply.purse import MASK, SUIT, Purses, make_purses
from tests.apps.supply.test_imports import counts, load
from tests.books import Built
from tests.cast import NOW

REPORT = """捐赠方,受托方,金额,形式,捐赠编号,定向单位,可购物资,用途,使用期限,出处
东行商城,武汉市慈善总会,400万元,资金,一,武汉协和、武汉大学中南医院,医疗物资,抗疫,2020-12-31,公司公告
,,陆佰万元整,资金,一,武汉协和,,抗疫,,公司公告
,,超过300万元,物资,,,,,,公司公告
南湖路小学,武汉市慈善总会,"3,210.55元",,,,N95口罩,,,微信
张三,武汉市慈善总会,很多,,,,,,,微信
李四,武汉市慈善总会,约5000元,,,,,,,微信
"""
RETOLD = """Donor,Trustee,Amount,Type,Source
东行商城,武汉市慈善总会,"1 billion yuan ($1,441,586)",money,English retelling
东行商城,,"300,000 yuan ($43,247)",goods,English retelling
"""


@pytest.fixture
def purses(built: Built) -> Purses:
    return built(make_purses)


def statuses(view: Any) -> list[Status]:
    return [line.outcome.status for line in view.lines]


def resolve(purses: Purses, line: Any, key: str, actor: Any = None) -> None:
    chosen = next(one for one in line.outcome.candidates if one.key == key or (key == "same" and key in one.key))
    imports.resolve(line=line.id, choice={"candidate": chosen.key}, actor=actor or purses.lin, now=NOW)


def test_rows_of_one_gift_become_its_slices(purses: Purses) -> None:
    view = load("funds", REPORT, purses.world)
    assert counts(view) == {"lines": 6, "added": 4, "matched": 0, "unchanged": 0, "refused": 1, "waiting": 1}
    [school, goods, gift] = queries.money_gifts()
    assert sorted(one.amount_fen for one in (gift, goods, school)) == [321_055, 300_000_000, 1_000_000_000]
    big = next(one for one in (gift, goods, school) if one.amount_fen == 1_000_000_000)
    first, second = big.funds
    assert (first.announced_fen, second.announced_fen) == (400_000_000, 600_000_000)
    assert {party.id for party in first.receivers} == {purses.union, purses.zhongnan}
    assert purses.item(MASK) in {item.id for item in first.items}
    assert purses.item(SUIT) in {item.id for item in first.items}
    assert (first.until, first.purpose, second.items) == (date(2020, 12, 31), "抗疫", ())
    assert load("funds", REPORT + "\n", purses.world).lines[0].outcome.status is Status.UNCHANGED
    assert len(queries.money_gifts()) == 3


@pytest.mark.parametrize(
    ("terms", "purpose", "status"),
    [
        (",,", "仅限购买呼吸机", Status.WAITING),
        (",,", "定向用于一线", Status.WAITING),
        (",,", "武汉协和专用", Status.WAITING),
        (",,", "抗疫急需", Status.ADDED),
        ("武汉协和,,", "只能用于病区", Status.ADDED),  # what can be held is held
        (",N95口罩,", "仅购买口罩", Status.ADDED),
        (",,2020-12-31", "限年内使用", Status.ADDED),
    ],
)
def test_a_purpose_that_reads_like_a_restriction_waits_for_a_person(
    purses: Purses, terms: str, purpose: str, status: Status
) -> None:
    rows = f"捐赠方,受托方,金额,定向单位,可购物资,使用期限,用途\n东行商城,武汉市慈善总会,30万元,{terms},{purpose}\n"
    [line] = load("funds", rows, purses.world).lines
    assert line.outcome.status is status
    doubt = f"this purpose reads like a restriction: {purpose}"
    assert (doubt in str(line.outcome)) is (status is Status.WAITING)
    assert len(queries.funds()) == (status is Status.ADDED)


def test_an_earmark_written_beside_other_words_binds_the_money(purses: Purses) -> None:
    rows = """捐赠方,受托方,金额,定向单位,用途
暖冬会（定向捐赠武汉协和）,武汉市慈善总会,30万元,,病区
,,20万元,,
张三,,5万元,（定向捐赠武汉大学中南医院）,
"""
    view = load("funds", rows, purses.world)
    assert counts(view)["added"] == 3
    marked, rest, cell = sorted(queries.funds(), key=lambda fund: -fund.announced_fen)
    assert [party.id for party in marked.receivers] == [purses.union]
    assert (marked.donor_name, marked.purpose) == ("暖冬会", "病区")
    assert (rest.donor, rest.receivers) == (marked.donor, ())  # the words stand in the row above only
    assert [party.id for party in cell.receivers] == [purses.zhongnan]


def test_a_retelling_waits_for_a_person_and_nothing_is_averaged(purses: Purses) -> None:
    load("funds", REPORT, purses.world)
    view = load("funds", RETOLD, purses.world)
    assert statuses(view) == [Status.WAITING, Status.WAITING]
    money, goods = view.lines
    assert [one.key.split(":")[0] for one in money.outcome.candidates] == ["same", "own", "own"]
    assert [one.text.split("· ")[-1] for one in money.outcome.candidates] == [
        "10,000,000.00 元",
        "1,000,000,000.00 元",
        "10,000,000.00 元",
    ]
    resolve(purses, money, "same")
    resolve(purses, goods, "same")
    assert len(queries.money_gifts()) == 3
    doubts = journal.documents("DOUBT")
    assert [sorted(figure["amount"] for figure in one.body["figures"]) for one in doubts] == [
        [30_000_000, 300_000_000],
        [1_000_000_000, 1_000_000_000, 100_000_000_000],
    ]
    assert [one.body["chosen"] for one in doubts] == [300_000_000, 1_000_000_000]


def test_a_clerk_enters_lists_and_does_not_choose_between_figures(purses: Purses) -> None:
    load("funds", REPORT, purses.world, actor=purses.world.cast.wu)
    view = load("funds", RETOLD, purses.world, actor=purses.world.cast.wu)
    with pytest.raises(NotYourPlace):
        resolve(purses, view.lines[0], "same", actor=purses.world.cast.wu)
    assert statuses(journal.import_run(view.id)) == [Status.WAITING, Status.WAITING]


def test_the_other_figure_may_be_chosen_until_the_money_has_come(purses: Purses) -> None:
    load("funds", REPORT.replace("400万元", "4千元").replace("陆佰万元整", "陆仟元整"), purses.world)
    told = next(one for one in queries.money_gifts() if one.amount_fen == 1_000_000)
    line = load("funds", RETOLD.replace("1 billion yuan ($1,441,586)", "100,000 yuan"), purses.world).lines[0]
    resolve(purses, line, "own:10000000")
    new = next(one for one in queries.money_gifts() if one.amount_fen == 10_000_000)
    assert told.id not in {one.id for one in queries.money_gifts()}
    assert {fund.gift for fund in queries.funds()} >= {new.id}
    assert told.id not in {fund.gift for fund in queries.funds()}
    receive = {"actor": purses.lin, "now": NOW}
    with pytest.raises(MoneyGiftStands):
        supply.receive_money(gift=told.id, request_id=new_id(), **receive)  # type: ignore[arg-type]


def test_a_figure_the_bank_has_confirmed_stands(purses: Purses) -> None:
    purses.give(purses.slice(10_000))
    line = load("funds", RETOLD.replace("1 billion yuan ($1,441,586)", "100,000 yuan"), purses.world).lines[0]
    with pytest.raises(MoneyGiftStands):
        resolve(purses, line, "own:10000000")
    resolve(purses, line, "same")
    assert [gift.form for gift in queries.money_gifts()] == ["GOODS_WORTH", "MONEY"]


def test_two_figures_in_one_cell_wait_even_where_nothing_was_told_before(purses: Purses) -> None:
    line = load("funds", RETOLD, purses.world).lines[0]
    assert "dollars" in line.outcome.candidates[1].why
    resolve(purses, line, "own:1000000000")
    assert [gift.amount_fen for gift in queries.money_gifts()] == [1_000_000_000, 30_000_000]
