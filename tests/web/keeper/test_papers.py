"""The sheets that ride with the goods: in both languages at once, for those whose goods they are."""

from __future__ import annotations

import re

from baogong.kernel.ids import new_id
from baogong.supply.services import Offered, offer_gift
from tests.cast import rows_in_book
from tests.web.visits import Story, read, visit


def test_a_waybill_is_read_by_both_keepers_the_driver_the_dispatcher_and_the_office(story: Story) -> None:
    for name in ("fang", "bao", "tao", "lin", "mei", "dispatcher"):
        page = read(visit(name), f"/site/paper/{story.first.number}/")
        for words in (
            "运单",
            "Waybill",
            "廊坊仓",
            "口罩",
            "Masks",
            "货主",
            "Owner",
            "6 × 100",
            "1 × 100",
            "42.0",
            "<svg",
        ):
            assert words in page
        assert page.count('class="sign"') == 3


def test_nobody_elses_keeper_dispatcher_or_stranger_reads_a_sheet(story: Story) -> None:
    story.receive_at_hub()
    for name in ("ezhou", "relay", "stranger"):
        client = visit(name)
        before = rows_in_book()
        for sheet in ("", "packing/", "note/"):
            assert "口罩" not in read(client, f"/site/paper/{story.first.number}/{sheet}", status=403)
        assert rows_in_book() == before


def test_the_packing_list_numbers_the_cartons_and_shows_the_opened_one(story: Story) -> None:
    page = read(visit("bao", "zh-hans"), f"/site/paper/{story.first.number}/packing/")
    assert re.search(r"演练 DRILL \d\d", page), "a drill's paper says where its clock stood"
    assert "装箱单" in page
    assert "Packing list" in page
    assert ("1–6" in page and "7–8" in page) or ("1–2" in page and "3–8" in page)
    assert "8 箱 cartons" in page


def test_a_note_as_on_the_waybill_says_so_and_is_there_only_once_somebody_signed(story: Story) -> None:
    assert "Nobody has signed" in read(visit("bao"), f"/site/paper/{story.first.number}/note/", status=404)
    story.receive_at_hub()
    page = read(visit("bao"), f"/site/paper/{story.first.number}/note/")
    assert "与运单相符" in page
    assert "As on the waybill" in page
    assert "GRN-0001" in page


def test_every_sheet_bears_the_name_relief_organisations_know_it_by(story: Story) -> None:
    """As IFRC and the Logistics Cluster call them, beside the Chinese, whatever the reader's language."""
    story.receive_at_hub()
    number = story.first.number
    hub, item = story.world.hub, story.world.masks
    gift = offer_gift(
        terms="GIFT",
        donor=story.world.team,
        lines=[Offered(item, 100)],
        actor=story.world.lin,
        now=story.first.planned_arrive_at,
        request_id=new_id(),
    )
    for path, zh, en in (
        (f"/site/paper/{number}/", "运单", "Waybill"),
        (f"/site/paper/{number}/packing/", "装箱单", "Packing list"),
        (f"/site/paper/{number}/note/", "收货单", "Goods received note"),
        (f"/site/{hub}/card/{item}/", "库存卡", "Stock card"),
        (f"/site/paper/gift/{gift}/", "赠与证书", "Gift certificate"),
    ):
        for language in ("en", "zh-hans"):
            head = read(visit("lin", language), path).partition("<h1>")[2].partition("</h1>")[0]
            assert head == f"{zh} <small>{en}</small>", (path, head)
