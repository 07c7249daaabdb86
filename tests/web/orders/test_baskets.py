"""A basket on its pages, from the form to the answers, by a clerk and a keeper without scripts."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from openpyxl import load_workbook

from baogong.engine.chain import read as read_chain
from baogong.journal.clock import set_clock
from baogong.journal.services import documents as papers
from baogong.kernel.ids import new_id
from baogong.orders import queries, services
from baogong.orders.reading import TO_DO
from tests.apps.orders.test_baskets import SHORT
from tests.apps.orders.test_chains import DOUBTFUL
from tests.apps.orders.world import DAY, HOUR, NOW, World
from tests.web.visits import read, send, visit


def path(basket: UUID, tail: str = "") -> str:
    return f"/orders/baskets/{basket}/{tail}"


def sent(**fields: Any) -> dict[str, str]:
    return {"request_id": str(new_id()), **{name: str(value) for name, value in fields.items()}}


def test_a_clerk_drafts_reports_and_closes_a_basket(world: World) -> None:
    wu = visit("Wu")
    page = send(
        wu, "/orders/baskets/new/",
        sent(
            title="菜篮子", community="滨江苑", office="滨江居委会", supplier="朝阳菜篮子公司", organiser="云朵", building="1",
            room="101", on=DAY.isoformat(), closes_at="2022-04-26T18:00", name_1="蔬菜套餐", item_1=world.item, price_1="60",
            name_20="第二十样", item_20=world.item, price_20="9",
        ),
    )  # fmt: skip
    assert "Drafted" in page
    (row,) = queries.baskets()
    assert [item.code for item in queries.basket(row.id).items] == ["A", "T"]
    page = send(wu, path(row.id), sent(act="report", licence="SP-1", driver="赵师傅", plate="京A1"))
    assert "second person" in page
    document = queries.basket(row.id).document
    assert document is not None
    office = visit("Lin", "zh-hans")
    paper = read(office, f"/command/documents/{document}/")
    assert re.search(r"<dt>拼单</dt>\s*<dd>\s*菜篮子\s*</dd>", paper)
    papers.sign(document=document, actor=world.mei, now=NOW)
    assert "Paste a chain" in read(wu, path(row.id))
    assert "Closed" in send(wu, path(row.id), sent(act="close"))


def test_a_basket_of_ten_days_ahead_is_said_to_be_so_and_found_from_today(world: World) -> None:
    wu, far = visit("Wu", "en"), DAY + timedelta(days=9)
    page = send(
        wu, "/orders/baskets/new/",
        sent(
            title="菜篮子", community="滨江苑", office="滨江居委会", supplier="朝阳菜篮子公司", organiser="云朵", building="1",
            room="101", on=far.isoformat(), closes_at="2022-04-26T18:00", name_1="蔬菜套餐", item_1=world.item, price_1="60",
        ),
    )  # fmt: skip
    assert f"It is delivered in 10 days, on {far}" in page
    world.open()
    page = read(wu, f"/orders/baskets/?on={DAY}")
    assert f'href="?on={far}"' in page


def test_a_report_that_the_committee_refuses_is_said_on_its_page_and_sent_anew(world: World) -> None:
    wu, basket = visit("Wu", "en"), world.draft()
    assert "It is not open yet" in read(wu, path(basket, "chat/menu/"))
    send(wu, path(basket), sent(act="report", licence="SP-1", driver="赵师傅", plate="京A1"))
    document = queries.basket(basket).document
    assert document is not None
    papers.refuse(document=document, actor=world.mei, now=NOW, why="证照过期")
    page = read(wu, path(basket))
    assert "The committee did not sign: 证照过期" in page
    assert 'value="SP-1"' in page
    assert "Reported" in send(wu, path(basket), sent(act="report", licence="SP-2", driver="赵师傅", plate="京A1"))
    assert "The committee did not sign" not in read(wu, path(basket))


def test_a_refused_draft_keeps_its_menu_and_names_are_offered(world: World) -> None:
    form = sent(
        title="菜篮子", community="滨江苑", office="没有的居委会", supplier="朝阳菜篮子公司", organiser="云朵", building="1",
        on=DAY.isoformat(), closes_at="2022-04-26T18:00", name_2="蔬菜套餐", item_2=world.item, per_2="3", price_2="60.5",
    )  # fmt: skip
    here = "/orders/baskets/new/"
    answer = visit("Wu").post(here, form, headers={"Referer": f"http://testserver{here}"}, follow=True)
    page = answer.content.decode()
    assert 'name="name_2" maxlength="40" value="蔬菜套餐"' in page
    assert f'<option value="{world.item}" selected>' in page
    assert ('value="3"' in page, 'value="60.5"' in page) == (True, True)
    assert '<option value="滨江居委会">' in page


def test_a_new_basket_is_offered_the_evening_the_day_after_and_what_is_seldom_filled_in_lies_folded(
    world: World,
) -> None:
    page = read(visit("Wu", "zh-hans"), "/orders/baskets/new/")
    assert 'name="closes_at" required value="2022-04-26T20:00"' in page
    assert f'name="on" required value="{DAY.isoformat()}"' in page
    assert 'value="04-27 蔬菜团"' in page
    limits = page.index("限量（有才填）")
    assert page.rindex("<details>", 0, limits) < page.index('name="packs_min"')
    assert 'name="per_1" inputmode="numeric" maxlength="6" value="1"' in page
    here = "/orders/baskets/new/"
    answer = visit("Wu", "zh-hans").post(
        here, sent(title="菜篮子", tolerance="5"), headers={"Referer": f"http://testserver{here}"}, follow=True
    )
    assert "<details open><summary>限量（有才填）" in answer.content.decode()  # what was typed is in sight


def test_late_in_the_evening_tomorrow_evening_is_offered(world: World) -> None:
    set_clock(NOW + 10 * HOUR)  # 19:00
    page = read(visit("Wu"), "/orders/baskets/new/")
    assert 'name="closes_at" required value="2022-04-27T20:00"' in page
    assert 'name="on" required value="2022-04-28"' in page


def test_a_buildings_list_is_a_message_that_reads_back_whatever_the_basket_is_called(world: World) -> None:
    basket = world.ordered("1. 云朵 1-101 A2\n2. 月亮 2-102 A1", title="四月廿一蔬菜团")
    page = read(visit("Wu"), path(basket, "chat/orders/?building=1"))
    assert ("四月廿一蔬菜团" in page, "1号楼" in page, "2号楼" in page) == (True, True, False)


def test_past_its_deadline_a_basket_is_closed_on_every_page_and_what_is_pasted_waits_as_late(world: World) -> None:
    wu, basket = visit("Wu"), world.open()
    late, closed = "pasted after the deadline", "closed, not ordered yet"
    pages = [path(basket), path(basket, "chain/"), f"/orders/baskets/?on={DAY}"]
    send(wu, path(basket, "chain/"), sent(text="1. 云朵 1-101 A2\n"))
    assert all(closed not in read(wu, page) for page in pages)
    set_clock(NOW + 9 * HOUR)
    assert all(closed in read(wu, page) for page in pages)
    assert "takes no more orders. Tell the group so." in read(wu, path(basket))
    assert "菜篮子 已截单" in read(wu, path(basket, "chat/menu/"))
    page = send(wu, path(basket, "chain/"), sent(text="1. 云朵 1-101 A2\n2. 秋水 1-202 A1\n3. 月亮 2-102 A1\n"))
    assert page.count(late) == 1
    assert "The deadline has passed: what was not read before waits as late." in page
    page = read(wu, path(basket, "queue/"))
    assert "2 lines were read after the deadline." in page
    waiting = [str(line.id) for line in queries.lines_of(basket, states=["WAITING"])]
    wu.post(path(basket, "queue/"), {"line": waiting, "what": "COUNT"})
    assert not queries.lines_of(basket, states=["WAITING"])
    send(wu, path(basket), sent(act="order"))
    assert queries.basket(basket).ordered == 4


def test_the_page_tells_whose_order_will_be_cut_before_it_is_ordered(world: World) -> None:
    wu, basket = visit("Wu"), world.open(household_max=3)
    world.paste(basket, "#接龙\n1. 云朵 1-101 A5\n")
    page = read(wu, path(basket))
    assert "A household may have 3 packs of each good, every good counted by itself." in page
    assert re.search(r"1-1-101 云朵</strong> · 蔬菜套餐: 5 → 3", page)
    assert page.index("5 → 3") < page.index("Take no more orders")


def test_the_queue_puts_a_name_right(world: World) -> None:
    wu, basket = visit("Wu"), world.open()
    world.paste(basket, "#接龙\n1. 云朵儿 9-999 A2\n")
    (line,) = queries.lines_of(basket, states=["WAITING"])
    assert f'name="name" maxlength="80" size="8" value="{line.name}"' in read(wu, path(basket, "queue/"))
    fields = sent(line=line.id, what="COUNT", name="云朵", building="1", room="101", packs_A="2", packs_B="0")
    send(wu, path(basket, "queue/"), fields)
    assert [one.name for one in queries.lines_of(basket, states=["COUNTED"])] == ["云朵"]


def test_a_chain_is_pasted_and_its_queue_settled_on_the_page(world: World) -> None:
    wu, basket = visit("Wu"), world.open()
    page = send(wu, path(basket, "chain/"), sent(text=DOUBTFUL))
    assert "5 lines wait for a person" in page
    assert "every character is in a line" in page
    shown = read(wu, path(basket))
    assert re.search(r"Read so far.*蔬菜套餐 × [1-9].*5 lines wait for a person", shown)
    assert re.search(r'data-label="Asked for"><span>[1-9]\d* <span class="soft small">so far<', shown)
    page = read(wu, path(basket, "queue/"))
    assert "3. 阿福 A2" in page
    assert all(TO_DO[why][0] in page and TO_DO[why][1] not in page for why in ("no-place", "remark"))
    line = next(one for one in queries.lines_of(basket, states=["WAITING"]) if one.why == "no-place")
    page = send(
        wu, path(basket, "queue/"), sent(line=line.id, what="COUNT", building="2", room="102", packs_A="2", packs_B="0")
    )
    assert "3. 阿福 A2" not in page
    assert "阿福" in read(wu, path(basket, "text/1/"))


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "No reason is written. The line still waits; nothing was changed."), ("zh-hans", "请写明理由")],
)
def test_a_line_left_out_without_a_reason_is_told_so(world: World, language: str, told: str) -> None:
    wu, basket = visit("Wu", language), world.open()
    world.paste(basket, DOUBTFUL)
    page, line = read(wu, path(basket, "queue/")), queries.lines_of(basket, states=["WAITING"])[0]
    assert re.search(r'name="reason" maxlength="200" required', page)
    page = send(wu, path(basket, "queue/"), sent(next=path(basket, "queue/"), line=line.id, what="LEAVE_OUT"))
    assert told in page
    assert line.id in {one.id for one in queries.lines_of(basket, states=["WAITING"])}


def test_a_refused_decision_says_what_is_wrong_and_the_line_still_waits(world: World) -> None:
    wu, basket = visit("Wu"), world.open()
    world.paste(basket, DOUBTFUL)
    line = next(one for one in queries.lines_of(basket, states=["WAITING"]) if one.why == "unknown-place")
    page = send(
        wu,
        path(basket, "queue/"),
        sent(
            next=path(basket, "queue/"), line=line.id, what="COUNT", building="9", room="101", packs_A="1", packs_B="0"
        ),
    )
    assert "no such door" in page
    assert line.id in {one.id for one in queries.lines_of(basket, states=["WAITING"])}


def test_goods_checked_in_before_they_were_sprayed_are_sprayed_on_the_page_of_arrivals(world: World) -> None:
    basket = world.ordered()
    world.check_in(basket, ("A", 2, 0), sprayed_at=None)
    set_clock(NOW + 25 * HOUR)
    bao = visit("Bao")
    page = read(bao, path(basket))
    assert ("no time of spraying" in page, "Share it out" in page) == (True, False)
    page = read(bao, path(basket, "arrival/"))
    assert "Not sprayed yet" in page
    (came,) = queries.arrivals_of(basket)
    page = send(bao, path(basket, "arrival/"), sent(act="spray", arrival=came.id, sprayed_at="2022-04-27T09:30"))
    assert ("Written down." in page, "Share it out" in page) == (True, True)
    assert re.search(r"sprayed [^<]*9:30.*written down later", read(bao, path(basket, "arrival/")))


def arrived(world: World) -> UUID:
    basket = world.ordered(SHORT)
    set_clock(NOW + 24 * HOUR)
    return basket


def test_a_keeper_checks_a_vehicle_in_and_shares_out(world: World) -> None:
    basket, bao = arrived(world), visit("Bao")
    page = send(
        bao, path(basket, "arrival/"),
        sent(driver="赵师傅", plate="京A12345", signed_in_at="2022-04-27T08:30", sprayed_at="2022-04-27T08:40", packs_A="5"),
    )  # fmt: skip
    assert "Checked in" in page
    assert "Shared out" in send(bao, path(basket), sent(act="share"))
    page = read(bao, path(basket, "answers/"))
    assert "1. 云朵 1-101 A5" in page
    assert "you asked for 5 and get 2 (the supplier brought 3 too few for you)" in page
    household = queries.households_of(basket)[0]
    page = send(bao, path(basket, "households/"), sent(act="hand_over", household=household.id, by_name="楼组长"))
    assert "Handed over" in page


def test_what_a_chain_says_again_under_another_day_is_decided_at_once_or_line_by_line(world: World) -> None:
    basket, wu, three = world.open(), visit("Wu", "en"), "1. 云朵 1-101 A2\n2. 李四 2-202 A1\n3. 张三 3-301 A4\n"
    world.paste(basket, f"#接龙\n4月26日菜篮子\n{three}#接龙\n4月27日菜篮子\n{three}")
    page = read(wu, path(basket, "queue/"))
    assert page.count("is of another day, and 3 lines of it say") == 1
    assert "<article" not in page  # and no household is asked beside it
    lines = [str(line.id) for line in queries.lines_of(basket, states=["WAITING"])]
    assert all(line in page for line in lines)
    wu.post(path(basket, "queue/"), {"line": lines[:2], "what": "COUNT", "reason": "said twice"})
    wu.post(path(basket, "queue/"), {"line": lines[2:], "what": "LEAVE_OUT", "reason": "said twice"})
    assert "Nothing waits" in read(wu, path(basket, "queue/"))
    counted = [line.items for line in queries.lines_of(basket, states=["COUNTED"])]
    assert sum(packs for items in counted for _code, packs in items) == 10


@pytest.mark.parametrize("what", ["menu", "orders", "total", "answers", "cuts"])
def test_every_list_can_be_copied_as_a_message(world: World, what: str) -> None:
    basket = world.ordered(SHORT)
    if what in ("answers", "cuts"):  # nobody is to be answered before something is short
        world.check_in(basket, ("A", 2, 0))
        world.share(basket)
    assert "#接龙" in read(visit("Wu"), path(basket, f"chat/{what}/"))


def test_those_the_maximum_will_cut_stand_in_a_workbook_and_a_message_before_it_is_ordered(world: World) -> None:
    basket, wu = world.open(household_max=3), visit("Wu", "en")
    world.paste(basket, "#接龙\n1. 云朵 1-101 A5\n2. 李四 2-202 A2 B4\n")
    page = read(wu, path(basket))
    assert path(basket, "cuts.xlsx") in page
    assert path(basket, "chat/cuts/") in page
    book = load_workbook(io.BytesIO(wu.get(path(basket, "cuts.xlsx")).content))
    assert [tuple(cell.value or "" for cell in row) for row in list(book.active)[1:]] == [  # type: ignore[arg-type]
        ("1", "1", "101", "云朵", "蔬菜套餐", 5, 3, "2 are more than one household may have"),
        ("2", "1", "202", "李四", "鸡蛋", 4, 3, "1 are more than one household may have"),
    ]
    page = wu.get(path(basket, "chat/cuts/")).content.decode()
    told = unescape(page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    (chain,) = read_chain(told).chains
    assert [(one.name, one.building, one.room, [each.quantity for each in one.items]) for one in chain.entries] == [
        ("云朵", "1", "101", [2]), ("李四", "2", "202", [1]),
    ]  # fmt: skip
    assert "蔬菜套餐 5改3" in chain.entries[0].note


@pytest.mark.parametrize("what", ["total", "households", "answers", "cuts"])
def test_every_list_is_a_workbook(world: World, what: str) -> None:
    answer = visit("Wu").get(path(world.ordered(SHORT), f"{what}.xlsx"))
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")


def test_the_day_shows_the_baskets_side_by_side_and_the_lists_print(world: World) -> None:
    basket, wu = world.ordered(SHORT), visit("Wu")
    page = read(wu, "/orders/baskets/")
    assert "滨江苑" in page
    assert "朝阳菜篮子公司" in page
    assert "1号楼" in read(wu, path(basket, "print/"))
    assert read(wu, path(basket))
    assert not re.search(r"\b302\b", read(wu, path(basket, "households/")))


def test_the_office_lists_a_truck_and_shares_out_what_goes_onto_it(world: World) -> None:
    basket, lin = world.ordered(SHORT), visit("Lin")
    where = f"/orders/baskets/trucks/?on={DAY.isoformat()}"
    page = send(lin, where, sent(act="add", on=DAY, supplier="朝阳菜篮子公司", name="1号车", packs_max="4"))
    assert "1号车" in page
    truck = queries.demand_on(DAY).trucks[0].id
    send(lin, where, sent(act="put", on=DAY, basket=basket, truck=truck))
    assert "4 packs shared out" in send(lin, where, sent(act="load", on=DAY, truck=truck))
    assert "the truck was too small" in read(lin, path(basket, "answers/"))
    assert read(lin, "/orders/baskets/stations/")


def test_more_baskets_take_no_more_queries(world: World) -> None:
    for number in range(3):
        world.ordered(SHORT, title=f"第{number}团")
    wu: Client = visit("Wu")
    assert read(wu, "/orders/baskets/", most=12)


def test_the_days_lists_go_away_as_workbooks_and_as_messages(world: World) -> None:
    basket, wu, lin = world.ordered(SHORT), visit("Wu", "en"), visit("Lin", "en")
    truck = services.add_truck(
        supplier=world.supplier, on=DAY, name="一号车", packs_max=5, plate="沪A1", actor=world.lin, now=NOW, request_id=new_id()
    )  # fmt: skip
    services.put_on_truck(basket=basket, truck=truck, actor=world.wu, now=NOW)
    services.load_truck(truck=truck, actor=world.lin, now=NOW, request_id=new_id())
    on = f"?on={DAY}"
    for browser, address, cells in (
        (
            wu,
            f"/orders/baskets/day.xlsx{on}",
            ["滨江苑", "菜篮子", "滨江居委会", "朝阳菜篮子公司", "ordered", 3, 9, 9, 0, "一号车"],
        ),
        (lin, f"/orders/baskets/trucks.xlsx{on}", ["一号车", "沪A1", "朝阳菜篮子公司", 5, 9, 5, 5, "滨江苑"]),
    ):
        book = load_workbook(io.BytesIO(browser.get(address).content))
        assert [cell.value for cell in list(book.active)[1]] == cells  # type: ignore[arg-type]
    for browser, address, packs in (
        (wu, "day/chat/baskets/", 9), (wu, "day/chat/offices/", 9), (wu, "day/chat/suppliers/", 9), (lin, "trucks/chat/", 5)
    ):  # fmt: skip
        page = browser.get(f"/orders/baskets/{address}{on}").content.decode()
        told = unescape(page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
        (chain,) = read_chain(told).chains
        assert [item.quantity for entry in chain.entries for item in entry.items] == [packs]
    assert wu.get(f"/orders/baskets/day/chat/else/{on}").status_code == 404


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            {
                "orders": "Nobody stands on this list yet",
                "total": "There is no total yet",
                "answers": "nothing is short",
                "cuts": "Nobody gets fewer",
            },
        ),
        ("zh-hans", {"orders": "还没有名单", "total": "还没有合计", "answers": "还没有要答复的", "cuts": "没有减量"}),
    ],
)
def test_before_it_is_ordered_a_list_says_why_there_is_nothing_to_copy(
    world: World, language: str, told: dict[str, str]
) -> None:
    wu, basket = visit("Wu", language), world.open()
    world.paste(basket)
    for what, words in told.items():
        page = read(wu, path(basket, f"chat/{what}/"))
        assert words in page
        assert 'data-copy="message"' not in page
    assert 'data-copy="message"' in read(wu, path(basket, "chat/menu/"))
    world.order(basket)
    for what in ("orders", "total"):
        assert 'data-copy="message"' in read(wu, path(basket, f"chat/{what}/"))


def test_portions_become_parcels_at_a_tap_and_a_finished_basket_is_erased(world: World) -> None:
    basket, wu = world.ordered(SHORT), visit("Wu", "en")
    world.check_in(basket, ("A", 9, 0))
    world.share(basket)
    set_clock(NOW + 25 * HOUR)
    page = read(wu, f"/orders/baskets/?on={DAY}")
    assert "3 portions at the committee’s tables may ride the rounds." in page
    page = send(wu, "/orders/baskets/", {"on": f"{DAY}", "office": str(world.committee)})
    assert "0 portions became parcels; 3 addresses wait for a person." in page  # no station serves the compound
    assert "Erase its chats" not in read(wu, path(basket))
    world.hand_over(basket)
    done = read(wu, path(basket))
    assert "Erase its chats" in done
    assert re.search(r"\d households have not paid yet: ¥[\d,.]+ in all\.", done)
    assert "Nothing more is to be done" not in done
    refused = wu.post(path(basket), {"act": "forget"}, follow=True).content.decode()
    assert "the box beside the button was not ticked" in refused
    assert "were erased" in send(wu, path(basket), {"act": "forget", "is_sure": "1"})
    assert "云朵" not in read(wu, path(basket, "households/"))
