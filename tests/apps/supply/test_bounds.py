"""One oversized cell is refused in the preview by its own name, the other lines go in, and nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from baogong.engine.sheets.amounts import AMOUNT_MAX
from baogong.engine.sheets.kinds import Status
from baogong.journal.services import imports
from baogong.web.clerk.words import told
from tests.apps.supply.world import World
from tests.cast import NOW

HUGE = "12345678901234567890"
IDENTITY = "420106198001011234"
LONG = "仓" * 201
STOCK = "仓库,物资名称,数量,单位,规格,批次\n{}\n廊坊仓,体温计,30,支,,\n"
GIFTS = "捐赠方,物资名称,数量,单位\n{}\n校友会,体温计,30,支\n"
NEEDS = "接收单位,城市,物资名称,数量,单位,人数,天数,每人每天\n{}\n武汉大学中南医院,武汉,体温计,30,支,,,\n"
SITES = "站点,角色,月台数,装卸分钟\n{}\n青山仓,仓库,2,30\n"
LANES = "起点,终点,公里,小时\n{}\n廊坊仓,武汉大学中南医院,1100,14\n"
CARRIERS = "承运方,车型,车数,载重,容积\n{}\n远途物流,厢车,3,10,50\n"
PARTIES = "名称,城市\n{}\n长江爱心会,武汉\n"
FUNDS = "捐赠方,受托方,金额\n{}\n校友会,校友会,3000元\n"
OVER: dict[str, tuple[str, list[tuple[str, str]]]] = {  # kind: sheet, rows with the column that is refused
    "stock": (
        STOCK,
        [
            (f"廊坊仓,体温计,{HUGE},支,,", "C"),
            (f"廊坊仓,体温计,{'9' * 5000},支,,", "C"),
            (f"廊坊仓,体温计,{AMOUNT_MAX + 1},支,,", "C"),
            ("廊坊仓,体温计,5,箱,13912345678只/箱,", "E"),
            (f"廊坊仓,体温计,{IDENTITY},支,,", "C"),
            (f"廊坊仓,体温计,30,支,,{'批' * 201}", "F"),
        ],
    ),
    "needs": (
        NEEDS,
        [
            (f"武汉大学中南医院,武汉,医用手套,{HUGE},双,,,", "D"),
            ("武汉大学中南医院,武汉,医用防护服,,,2000000000,2000000000,2", "F"),
            (f"武汉大学中南医院,武汉,医用防护服,,,{HUGE},3,2", "F"),
            ("武汉大学中南医院,武汉,医用防护服,,,100,3,9999999999", "H"),
            ("武汉大学中南医院,武汉,医用防护服,,,100,3,inf", "H"),
            (f"{LONG},武汉,医用手套,5,双,,,", "A"),
        ],
    ),
    "gifts": (
        GIFTS,
        [
            (f"校友会,医用手套,{HUGE},双", "C"),
            (f"{LONG},医用手套,5,双", "A"),
        ],
    ),
    "funds": (
        FUNDS,
        [
            (f"校友会,校友会,{HUGE}元", "C"),
        ],
    ),
    "sites": (
        SITES,
        [
            ("洪山仓,仓库,99999999999,30", "C"),
            ("洪山仓,仓库,2,99999999999", "D"),
            (f"{LONG},仓库,2,30", "A"),
        ],
    ),
    "lanes": (
        LANES,
        [
            ("武汉大学中南医院,廊坊仓,99999999999,14", "C"),
            ("武汉大学中南医院,廊坊仓,1100,99999999999", "D"),
        ],
    ),
    "carriers": (
        CARRIERS,
        [
            ("近途物流,厢车,13912345678,10,50", "C"),
            (f"近途物流,厢车,3,{HUGE},50", "D"),
            (f"{LONG},厢车,3,10,50", "A"),
        ],
    ),
    "parties": (
        PARTIES,
        [
            (f"{LONG},武汉", "A"),
        ],
    ),
}


def previewed(world: World, kind: str, text: str) -> Any:
    actor = world.cast.wu if kind == "needs" else world.cast.lin
    run = imports.preview(kind=kind, file_name="list.csv", data=text.encode(), profile=None, actor=actor, now=NOW)
    return actor, run


@pytest.mark.parametrize("kind", OVER)
def test_an_oversized_cell_is_refused_by_name_and_the_other_line_goes_in(world: World, kind: str) -> None:
    sheet, rows = OVER[kind]
    actor, run = previewed(world, kind, sheet.format("\n".join(row for row, _ in rows)))
    *bad, good = (line.outcome for line in run.lines)
    assert [(line.status, line.where) for line in bad] == [
        (Status.REFUSED, f"{column}{number}") for number, (_, column) in enumerate(rows, 2)
    ]
    assert good.status.is_sound, good
    for line in bad:
        assert all((line.found, line.expected, line.cure)), line
        assert len(line.found) < 100
        with translation.override("zh-hans"):
            assert "at most" not in told(line.expected)
            assert told(line.cure) != line.cure
    looks = [line.cure for line in bad if line.found == IDENTITY]
    assert looks == ["This looks like an identity number; write how many there are."] * (kind == "stock")
    view = imports.apply(run=run.id, actor=actor, now=NOW)
    assert [line.is_applied for line in view.lines] == [*(False for _ in bad), True]


@pytest.mark.parametrize(
    ("kind", "sheet", "row"),
    [
        ("stock", STOCK, "廊坊仓,体温计,13912345678,支,,"),
        ("needs", NEEDS, "武汉大学中南医院,武汉,医用手套,13912345678,双,,,"),
        ("gifts", GIFTS, "校友会,医用手套,１３９１２３４５６７８,双"),
    ],
)
def test_a_telephone_number_as_amount_waits_for_a_person(world: World, kind: str, sheet: str, row: str) -> None:
    actor, run = previewed(world, kind, sheet.format(row))
    assert run.lines[0].outcome.status is Status.WAITING
    assert "it looks like a telephone number" in run.lines[0].outcome.found
    with translation.override("zh-hans"):
        assert "看起来像电话号码" in told(run.lines[0].outcome.found)
    view = imports.apply(run=run.id, actor=actor, now=NOW)
    assert [line.is_applied for line in view.lines] == [False, True]
