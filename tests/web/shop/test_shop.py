"""A shop from opening to picking list, in a browser without scripts; a neighbour who orders, looks, and gives it up."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from baogong.delivery import queries as delivery
from baogong.delivery.services import endings, placing, stations
from baogong.delivery.sources import ORDERS
from baogong.engine.chain import read
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.orders.models import ShopOrder
from baogong.orders.queries import shop_orders as orders_
from baogong.orders.queries import shops as shops_
from baogong.orders.services import lessons, shop_days, shop_orders, shop_picking, shops
from baogong.people.services.parties import register_party
from baogong.places.services import add_site, move_station
from tests.apps.orders.neighbourhood import AFTER, NOW, TODAY, Neighbourhood, make_neighbourhood
from tests.books import Built
from tests.cast import log_in_as, make_cast
from tests.web.visits import QUERIES_MAX, visit

FORM = {"amount_1": "2", "address": "1号楼1单元101", "name": "王小明", "phone": "13900001234"}


@pytest.fixture
def here(built: Built) -> Neighbourhood:
    return built(make_quarter)


def make_quarter() -> Neighbourhood:
    mark_drill(name="the quarter", at=NOW)
    return make_neighbourhood(make_cast())


def form_of(here: Neighbourhood, **changed: str) -> dict[str, str]:
    (day,) = [shops_.day(one[0]) for one in shops_.days_of(here.shop)]
    return {
        **FORM,
        "order": str(new_id()),
        "slot": str(day.slots[0].id),
        "community": str(here.community),
        **changed,
    }


def page_of(here: Neighbourhood) -> str:
    return f"/shops/{shops_.shop(here.shop).code}/"


def test_a_merchant_opens_a_day_and_neighbours_order_until_it_is_picked(here: Neighbourhood) -> None:
    chen = visit("Chen", "en")
    slot = {"slot_from_1": "2022-04-20T12:00", "slot_until_1": "2022-04-20T14:00", "slot_packs_1": ""}
    told = chen.post(
        f"/shop/{here.shop}/day/",
        {"request_id": str(new_id()), "price_1": "45.5", "stock_1": "10", "most_1": "3", "cut_off": "2022-04-20T11:00", "riders": "1", "minimum": "", **slot},
        follow=True,
    )  # fmt: skip
    assert "The day is open" in told.content.decode(), told.content.decode()
    day = shops_.running_day(here.shop, NOW)
    assert day is not None
    assert [(one.pack.name, one.price_fen, one.left) for one in day.packs] == [("蔬菜包", 4550, 10)]
    assert day.slots[0].packs_max == day.riders_bring  # as the riders can

    neighbour = Client()
    shown = neighbour.get(page_of(here)).content.decode()
    assert "蔬菜包" in shown
    assert "剩 10" in shown
    ordered = neighbour.post(page_of(here), form_of(here))
    assert ordered.status_code == 302
    assert ordered.headers["Location"].startswith("/shops/order/")
    own = neighbour.get(ordered.headers["Location"])
    order = ShopOrder.objects.get()
    assert order.code in own.content.decode()
    assert own.headers["Cache-Control"] == "no-store"

    set_clock(AFTER)
    for page in ("picking/", "message/", ""):
        text = chen.get(f"/shop/days/{day.id}/{page}").content.decode()
        assert order.code in text
        assert "王小明" not in text
        assert "13900001234" not in text
    sheet = load_workbook(io.BytesIO(chen.get(f"/shop/days/{day.id}/picking.xlsx").content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][1:5] == [order.code, "华灵小区", "蔬菜包", 2]
    chen.post(f"/shop/orders/{order.id}/", {"act": "pick", "got_1": "2", "request_id": str(new_id())})
    assert orders_.order(order.id).state == "PICKED"


def test_the_chat_message_reads_back_to_the_same_bags(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10, "肉蛋包": 4})
    here.place(day, {"蔬菜包": 2, "肉蛋包": 1})
    here.place(day, {"肉蛋包": 2}, at=1)
    text = visit("Chen", "zh-hans").get(f"/shop/days/{day}/message/").context["text"]
    (chain,) = read(text).chains
    for told in (
        f"http://testserver{page_of(here)}",
        "4月20日 11:00 截单；11:00–12:00、12:00–13:00",
        "每份 A 30.00元、B 31.00元",
    ):
        assert told in text
    read_back = {entry.name: {(one.item, one.quantity) for one in entry.items} for entry in chain.entries}
    assert read_back == {one.code: {(line.name, line.packs) for line in one.lines} for one in orders_.orders_of(day)}
    assert {dish.item: dish.left for dish in chain.menu} == here.free(day)


def test_the_browser_it_was_made_in_gives_an_order_up_and_a_neighbour_who_has_its_address_does_not(
    here: Neighbourhood,
) -> None:
    day = here.open_day({"蔬菜包": 10})
    own, neighbour = Client(), Client()
    ordered = own.post(page_of(here), form_of(here))
    address = ordered.headers["Location"]
    cookie = ordered.cookies["baogong_order"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (address, "Lax", True)
    seen, shown = own.get(address).content.decode(), neighbour.get(address).content.decode()
    secret = shop_orders.secret_of(ShopOrder.objects.get().id)
    assert f'<input type="hidden" name="secret" value="{secret}">' in seen
    assert f"{secret[:3]} {secret[3:]}" in seen
    assert secret not in shown
    assert secret[:3] + " " + secret[3:] not in shown
    wrong = f"{(int(secret) + 1) % 10**6:06}"
    for told in ("1234", "", wrong):  # the telephone's end, nothing, another's digits
        refused = neighbour.post(address, {"secret": told})
        assert refused.status_code == 403, told
        assert "退单码不对，未作改动。" in refused.content.decode()
    assert own.post(address, {}).status_code == 403  # the cookie alone does nothing
    assert here.free(day) == {"蔬菜包": 8}
    assert "送到" in own.get(address).content.decode()
    own.post(address, {"secret": secret})
    assert here.free(day) == {"蔬菜包": 10}
    given_up = own.get(address).content.decode()
    assert "已退单：不再送来，也不用付钱。" in given_up
    assert "送到" not in given_up
    assert "应付店里" not in given_up


def test_with_code_and_secret_an_order_is_given_up_from_another_telephone_with_the_last_four_it_is_looked_at(
    here: Neighbourhood,
) -> None:
    day = here.open_day({"蔬菜包": 10})
    order = here.place(day, {"蔬菜包": 1}, at=7)
    code, secret = orders_.order(order).code, shop_orders.secret_of(order)
    other, neighbour = Client(), Client()
    looked = neighbour.post("/shops/find/", {"code": code, "proof": "0007"}, follow=True).content.decode()
    assert code in looked
    assert secret not in looked
    assert "请打电话给店里" in looked
    opened = other.post("/shops/find/", {"code": code.lower(), "proof": f"{secret[:3]} {secret[3:]}"}, follow=True)
    assert f'name="secret" value="{secret}"' in opened.content.decode()
    other.post(opened.request["PATH_INFO"], {"secret": secret})
    assert here.free(day) == {"蔬菜包": 10}


def test_the_code_with_the_last_four_opens_the_order_and_a_guesser_is_shut_out(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    order = here.place(day, {"蔬菜包": 1}, at=7)
    code = orders_.order(order).code
    other = Client()
    answers = [other.post("/shops/find/", {"code": code, "proof": f"{four:04}"}).status_code for four in range(1, 7)]
    assert answers == [404] * 5 + [429]
    told = other.post("/shops/find/", {"code": "NOSUCH77", "proof": "0007"}).content.decode()
    assert "请再核对订单编号" in told
    assert "验证码" not in told
    assert "下单手机号的后四位" in other.post("/shops/find/", {"code": code, "proof": ""}).content.decode()
    assert Client().post("/shops/find/", {"code": code, "proof": "0007"}).status_code == 429  # shut for everybody


def test_who_knows_the_last_four_gets_no_new_tries_at_the_secret_by_finding_the_order_anew(here: Neighbourhood) -> None:
    order = here.place(here.open_day({"蔬菜包": 10}), {"蔬菜包": 1}, at=7)
    code, secret = orders_.order(order).code, shop_orders.secret_of(order)
    wrong, answers = f"{(int(secret) + 1) % 10**6:06}", []
    for _time in range(3):
        neighbour = Client()
        page = neighbour.post("/shops/find/", {"code": code, "proof": "0007"}).headers["Location"]
        answers += [neighbour.post(page, {"secret": wrong}).status_code for _try in range(2)]
    assert answers == [403] * 5 + [429]


def test_the_shop_gives_an_order_up_for_who_rings_and_tells_the_last_four(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 10})
    order = here.place(day, {"蔬菜包": 1}, at=7)
    chen, bag = visit("Chen", "zh-hans"), f"/shop/orders/{order}/"
    told = chen.post(bag, {"act": "cancel", "last_four": "0008"}, follow=True).content.decode()
    assert "下单手机号后四位不对，未作改动。" in told
    assert here.free(day) == {"蔬菜包": 9}
    chen.post(bag, {"act": "cancel", "last_four": "0007"})
    assert here.free(day) == {"蔬菜包": 10}


def test_a_resident_types_the_shortest_address_and_finds_the_own_order(here: Neighbourhood) -> None:
    answer = Client().get("/orders/?code=7KQ2M9XA", follow=True)
    assert answer.request["PATH_INFO"] == "/shops/find/"
    assert 'value="7KQ2M9XA"' in answer.content.decode()
    assert 'href="/shops/find/"' in Client().get("/log-in/").content.decode()
    here.open_day({"蔬菜包": 1})
    assert 'href="/shops/find/"' in Client().get(page_of(here)).content.decode()


def test_what_is_sold_out_is_told_on_the_same_page_with_what_was_typed(here: Neighbourhood) -> None:
    here.open_day({"蔬菜包": 1})
    told = Client().post(page_of(here), form_of(here))
    assert told.status_code == 409
    text = told.content.decode()
    assert 'value="2"' in text


@pytest.mark.parametrize("wrong", [{"phone": "1390000123"}, {"amount_1": "0"}, {"amount_1": "2"}])
def test_a_refused_order_gives_back_who_it_is_for_in_that_answer_alone(
    here: Neighbourhood, wrong: dict[str, str]
) -> None:
    here.open_day({"蔬菜包": 1})
    neighbour, form = Client(), form_of(here, **wrong)
    told = neighbour.post(page_of(here), form)
    assert told.status_code in (400, 409)
    assert "no-store" in told.headers["Cache-Control"]
    text = told.content.decode()
    for field in ("name", "phone", "address"):
        assert f'value="{form[field]}" required' in text, field
    assert f'<option value="{form["community"]}" selected' in text
    again = neighbour.get(page_of(here)).content.decode()
    assert form["name"] not in again
    assert form["phone"] not in again


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "nothing was ordered. Choose at least one pack."), ("zh-hans", "还没有选货，没有下单。 至少选一份。")],
)
def test_an_order_of_nothing_is_told_to_choose_a_pack(here: Neighbourhood, language: str, told: str) -> None:
    here.open_day({"蔬菜包": 1})
    answer = Client(headers={"accept-language": language}).post(page_of(here), form_of(here, amount_1="0"))
    assert answer.status_code == 400
    text = answer.content.decode()
    assert told in text
    assert "named once" not in text


@pytest.mark.parametrize(
    ("phone", "n"),
    [("1390000123", 10), ("139000012345", 12), ("13900", 5), ("+86 1390000123", 10), ("１３９００００１２３", 10)],
)
def test_a_mobile_number_of_other_than_eleven_digits_is_refused(here: Neighbourhood, phone: str, n: int) -> None:
    here.open_day({"蔬菜包": 5})
    told = Client().post(page_of(here), form_of(here, phone=phone))
    assert told.status_code == 400
    assert f"手机号应为 11 位，这里是 {n} 位，没有下单。" in told.content.decode()
    assert not ShopOrder.objects.exists()


def test_whole_mobile_numbers_and_landlines_are_taken(here: Neighbourhood) -> None:
    here.open_day({"蔬菜包": 50})
    for phone in ("139 0000 1234", "+86 13900001235", "008613900001236", "021-56120001", "56120002"):
        assert Client().post(page_of(here), form_of(here, phone=phone)).status_code == 302, phone


def test_the_warning_cuts_the_day_off_in_one_tap(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 500}, slots=(200, 200, 200), riders=1)
    chen, asked = visit("Chen", "en"), shops_.day(day).cap_to_ask
    assert f"Cut off at {asked} packs" in chen.get(f"/shop/{here.shop}/").content.decode()
    chen.post(f"/shop/{here.shop}/", {"act": "cap", "day": str(day), "packs_max": str(asked)})
    assert shops_.day(day).packs_max == asked
    assert "Cut off at" not in chen.get(f"/shop/{here.shop}/").content.decode().split("<details")[0]


def test_nobody_is_asked_to_cut_off_a_day_whose_orders_have_ended(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 500}, slots=(200, 200, 200), riders=1)
    chen, pages = visit("Chen", "en"), (f"/shop/{here.shop}/", f"/shop/days/{day}/")
    for page in pages:
        assert "1 rider brings about" in chen.get(page).content.decode()
    set_clock(AFTER)
    for page in pages:
        assert "Too few riders" not in chen.get(page).content.decode()


def test_tomorrow_is_one_tap(here: Neighbourhood) -> None:
    here.open_day({"蔬菜包": 7})
    set_clock(AFTER)
    chen = visit("Chen", "en")
    text = chen.get(f"/shop/{here.shop}/").content.decode()
    draft = chen.get(f"/shop/{here.shop}/tomorrow/").content.decode()
    assert "2022-04-21 would offer, to be ordered until" in draft
    for shown in (text, draft):
        assert "Open tomorrow, 2022-04-21, to orders now, as the last day was" in shown
    assert "were left when orders ended" in text  # the day is over
    assert "may still be ordered" not in text
    assert 'href="/shop/open/"' not in chen.get("/shop/").content.decode()  # Chen's shop has its page
    assert "<li>蔬菜包 × 7 · " in draft
    assert len(shops_.days_of(here.shop)) == 1  # looked at, not opened
    assert "From the tap on, everybody with your address can order." in text
    form = dict(re.findall(r'name="(act|to|request_id)" value="([^"]*)"', text[text.index('value="tomorrow"') - 200 :]))
    chen.post(f"/shop/{here.shop}/", form | {"act": "tomorrow", "request_id": str(new_id())})
    days = shops_.days_of(here.shop)
    assert len(days) == 2
    assert [one.left for one in shops_.day(days[0][0]).packs] == [7]


def test_todays_picking_list_is_reached_with_tomorrow_open_and_a_second_tap_leads_to_that_day(
    here: Neighbourhood,
) -> None:
    today = here.open_day({"蔬菜包": 7})
    set_clock(AFTER)
    chen, page = visit("Chen", "en"), f"/shop/{here.shop}/"
    tap = {"act": "tomorrow", "to": "2022-04-21"}
    chen.post(page, tap | {"request_id": str(new_id())})
    tomorrow = shops_.day_on(here.shop, date(2022, 4, 21)).id
    for shown in (page, f"{page}day/"):
        text = chen.get(shown).content.decode()
        lines = text[text.index("Your days") :]
        assert lines.index(f"/shop/days/{today}/picking/") < lines.index(f"/shop/days/{tomorrow}/picking/")
    assert "Open 2022-04-22 to orders now, as the last day was" in chen.get(page).content.decode()
    again = chen.post(page, tap | {"request_id": str(new_id())}, follow=True)
    assert again.request["PATH_INFO"] == f"/shop/days/{tomorrow}/"
    assert "already; nothing was opened" in again.content.decode()


def test_with_two_days_open_the_nearer_cut_off_stands_first_and_the_other_is_a_link(here: Neighbourhood) -> None:
    today = here.open_day({"蔬菜包": 7})
    tomorrow = shop_days.copy_day(
        shop=here.shop, to=TODAY + timedelta(days=1), actor=here.chen, now=NOW, request_id=new_id()
    )
    running = shops_.running_day(here.shop, NOW)
    assert running is not None
    assert running.id == today
    neighbour = Client(headers={"accept-language": "en"})
    shown = neighbour.get(page_of(here)).content.decode()
    assert "For 2022-04-20" in shown
    assert 'href="?day=2022-04-21"' in shown
    other = neighbour.get(f"{page_of(here)}?day=2022-04-21").content.decode()
    assert "For 2022-04-21" in other
    assert 'href="?day=2022-04-20"' in other
    assert neighbour.get(f"{page_of(here)}?day=nonsense").content.decode().count("For 2022-04-20") == 1
    form = FORM | {"slot": str(shops_.day(tomorrow).slots[0].id), "community": str(here.community)}
    ordered = neighbour.post(page_of(here), form | {"order": str(new_id()), "day": "2022-04-21"})
    assert ordered.status_code == 302
    assert (here.free(today), here.free(tomorrow)) == ({"蔬菜包": 7}, {"蔬菜包": 5})
    set_clock(AFTER)  # whoever still looks at today's address is shown the day that takes orders
    assert "For 2022-04-21" in neighbour.get(f"{page_of(here)}?day=2022-04-20").content.decode()


def test_the_picking_list_is_folded_by_slot_with_its_totals_and_all_open_for_paper(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 30, "肉蛋包": 9})
    for at in range(3):
        here.place(day, {"蔬菜包": 2, "肉蛋包": 1}, at=at, instead={"肉蛋包": "蔬菜包"})
    here.place(day, {"蔬菜包": 1}, at=3, slot=1)
    chen, page = visit("Chen", "en"), f"/shop/days/{day}/picking/"
    shown = chen.get(page).content.decode()
    assert re.findall(r'<details class="card picking"><summary>(11:00–12:00 · 3 bags, 9 packs)</summary>', shown)
    assert "<strong>蔬菜包 × 6</strong>, <strong>肉蛋包 × 3</strong>" in shown
    assert "华灵小区 <small>3 bags</small>" in shown
    assert "肉蛋包 short: 蔬菜包" in shown
    assert '<details class="card picking" open>' not in shown
    assert chen.get(f"{page}?paper=1").content.decode().count('<details class="card picking" open>') == 2


def test_the_first_lessons_steps_lead_to_where_they_are_done(here: Neighbourhood) -> None:
    chen, own = visit("Chen", "en"), f"/shop/{here.shop}/"
    steps = chen.get("/shop/lessons/").content.decode()
    for page, step in ((f"{own}page/", "add a photo"), (f"{own}#add", "add something you sell"), (f"{own}day/", "open a day with its stock"), (f"{own}day/", "pack an order by the picking list")):  # fmt: skip
        assert f'<a href="{page}">{step}</a>' in steps
    day = here.open_day({"蔬菜包": 3})
    steps = chen.get("/shop/lessons/").content.decode()
    assert f'<a href="/shop/days/{day}/picking/">pack an order by the picking list</a>' in steps
    assert f'<a href="{own}#tomorrow">open the next day in one tap</a>' in steps
    shown = chen.get(own).content.decode()
    assert ('id="add"' in shown, 'id="tomorrow"' in shown) == (True, True)


def test_the_columns_and_fields_are_called_in_chinese_what_they_hold(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 7})
    here.place(day, {"蔬菜包": 2})
    chen = visit("Chen", "zh-hans")
    text = chen.get(f"/shop/days/{day}/").content.decode()
    assert 'data-label="已订">2<' in text
    assert "下单时间" not in text
    text = chen.get(f"/shop/days/{day}/picking/").content.decode()
    (order,) = orders_.orders_of(day)
    assert "<th>订单号</th><th>货品</th>" in text
    assert f"<td>{order.code}</td><td>蔬菜包×2</td>" in text
    text = chen.get(f"/shop/{here.shop}/").content.decode()
    assert '<label for="name">名称</label>' in text
    assert '<label for="sort">类别</label>' in text
    sheet = load_workbook(io.BytesIO(chen.get(f"/shop/days/{day}/picking.xlsx").content)).active
    assert sheet is not None
    head = next([cell.value for cell in row] for row in sheet if "订单号" in [cell.value for cell in row])
    assert head[3:5] == ["货品", "份数"]


def test_of_the_days_that_are_over_only_the_last_is_listed(here: Neighbourhood) -> None:
    for on in (TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)):
        here.open_day({"蔬菜包": 7}, on=on)
    listed = shops_.days_at_hand(here.shop, NOW + timedelta(days=2))
    assert [one.on.day for one in listed] == [22, 21]


def test_a_weight_is_in_grams_and_less_than_ten_is_refused_with_its_unit(here: Neighbourhood) -> None:
    chen, page = visit("Chen", "zh-hans"), f"/shop/{here.shop}/"
    assert "重量（克）" in chen.get(page).content.decode()
    pack = {"act": "pack", "name": "水果包", "sort": "GOODS"}
    refused = chen.post(page, pack | {"weight": "3", "request_id": str(new_id())}, follow=True).content.decode()
    assert "重量 3 克，不到 10 克，没有添加。" in refused
    assert "例如 3kg" in refused
    assert len(shops_.packs_of(here.shop)) == 2
    vague = chen.post(page, pack | {"weight": "半斤多", "request_id": str(new_id())}, follow=True).content.decode()
    assert "重量" in vague.split("<main")[1].split("<form")[0]
    assert "权重" not in vague
    chen.post(page, pack | {"weight": "3kg", "request_id": str(new_id())})
    assert shops_.packs_of(here.shop)[-1].weight_g == 3000


def test_the_public_list_shows_recommended_shops_only(here: Neighbourhood) -> None:
    assert "陈记生鲜" not in Client().get("/shops/").content.decode()
    visit("Wu", "en").post("/shop/office/", {"act": "approve", "shop": str(here.shop), "why": "licence seen", "request_id": str(new_id())})  # fmt: skip
    assert "陈记生鲜" in Client().get("/shops/").content.decode()


def test_lists_with_nothing_on_them_say_so_and_have_no_button(here: Neighbourhood) -> None:
    chen = visit("Chen", "zh-hans")
    for page, told in (("/shops/approved/message/", "还没有推荐的店"), ("/shop/lessons/message/", "还没有安排课")):
        text = chen.get(page).content.decode()
        assert told in text
        assert "data-copy" not in text


def test_the_calendar_is_one_that_telephones_read(here: Neighbourhood) -> None:
    lesson = lessons.announce_lesson(
        office=here.office, title="开店第一课，怎样拍照；怎样定价——从打开页面到装好第一袋菜", teacher="林老师", where="直播间 8",
        from_at=AFTER, until_at=AFTER + timedelta(hours=1), actor=here.cast.wu, now=NOW, request_id=new_id(),
    )  # fmt: skip
    body = visit("Chen", "en").get("/shop/lessons.ics").content.decode()
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    unfolded = body.replace("\r\n ", "")
    assert f"UID:{lesson}@baogong" in unfolded
    assert "DTSTART:20220420T030100Z" in unfolded
    assert "STATUS:CONFIRMED" in unfolded


def test_the_districts_list_and_its_lessons_go_away_as_workbooks_and_as_messages(here: Neighbourhood) -> None:
    shops.say_approved(
        shop=here.shop, is_approved=True, why="看过执照", actor=here.cast.wu, now=NOW, request_id=new_id()
    )
    lesson = lessons.announce_lesson(
        office=here.office, title="开店第一课", teacher="林老师", where="直播间 8", from_at=AFTER, until_at=AFTER + timedelta(hours=1),
        actor=here.cast.wu, now=NOW, request_id=new_id(),
    )  # fmt: skip
    lessons.put_down(lesson=lesson, shop=here.shop, comes=True, actor=here.chen, now=NOW)
    set_clock(AFTER)
    lessons.take_attendance(lesson=lesson, shops=[here.shop], actor=here.cast.wu, now=AFTER)
    wu, chen = visit("Wu", "en"), visit("Chen", "en")

    def cells(browser: Client, address: str) -> list[Any]:
        sheet = load_workbook(io.BytesIO(browser.get(address).content)).active
        assert sheet is not None
        return [cell.value for cell in sheet[2]]

    address = f"http://testserver{page_of(here)}"
    assert cells(Client(), "/shops/approved.xlsx")[::6] == ["陈记生鲜", address]
    assert (
        f"1. 陈记生鲜｜｜商户×1｜蔬菜,肉蛋 · {address} · 宝山区商务委：看过执照"
        in Client().get("/shops/approved/message/").context["text"]
    )
    assert cells(chen, "/shop/lessons.xlsx")[2:7] == ["开店第一课", "林老师", "直播间 8", 1, 1]
    told = "1. 开店第一课｜｜课×1｜4月20日 11:01–12:01，林老师，直播间 8"
    assert told in chen.get("/shop/lessons/message/").context["text"]
    assert cells(wu, f"/shop/lessons/{lesson}.xlsx") == ["陈记生鲜", "yes", "yes"]
    text = wu.get(f"/shop/lessons/{lesson}/message/").context["text"]
    assert text == "#接龙\n到课情况 4月20日 11:01–12:01 开店第一课\n【接龙】\n1. 陈记生鲜｜｜到课×1\n"


def test_a_merchant_says_where_the_shop_lies_on_its_page(here: Neighbourhood) -> None:
    chen, path = visit("Chen", "en"), f"/shop/{here.shop}/page/"
    form = {"trade": "FRESH", "about": "蔬菜", "communities": str(here.community), "lat": "31.2712", "lon": "121.4262"}
    assert chen.post(path, form).status_code == 302
    assert (shops_.shop(here.shop).lat, shops_.shop(here.shop).lon) == (31.2712, 121.4262)
    assert 'value="31.2712"' in chen.get(path).content.decode()
    assert chen.post(path, form | {"lon": "here"}).status_code == 302
    assert shops_.shop(here.shop).lon == 121.4262


def test_each_page_asks_the_book_few_questions(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 20, "肉蛋包": 9})
    orders = [here.place(day, {"蔬菜包": 1, "肉蛋包": 1}, at=at, slot=at % 3) for at in range(6)]
    set_clock(AFTER)
    shop_picking.pick_order(order=orders[0], actor=here.chen, now=AFTER, request_id=new_id())
    shops.say_approved(shop=here.shop, is_approved=True, why="执照", actor=here.cast.wu, now=AFTER, request_id=new_id())
    own = [
        f"/shop/{here.shop}/",
        f"/shop/{here.shop}/day/",
        f"/shop/{here.shop}/page/",
        "/shop/",
        "/shop/open/",
        "/shop/lessons/",
    ]
    own += [f"/shop/days/{day}/{page}" for page in ("", "picking/", "message/", "picking.xlsx")] + [
        f"/shop/orders/{orders[1]}/"
    ]
    asked = {}
    for browser, pages in (
        (visit("Chen", "en"), own),
        (visit("Wu", "en"), ["/shop/office/"]),
        (Client(), ["/shops/", page_of(here), "/shops/find/"]),
    ):
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(page).status_code == 200, page
            asked[page] = len(queries)
    assert {page: count for page, count in asked.items() if count > QUERIES_MAX} == {}


def test_a_stranger_sees_no_shop_of_others(here: Neighbourhood, db: None) -> None:
    day = here.open_day({"蔬菜包": 5})
    bao = visit("Bao", "en")  # keeps a hub, and no shop
    assert bao.get(f"/shop/days/{day}/").status_code == 403
    assert bao.post(f"/shop/{here.shop}/", {"act": "tomorrow", "to": "2022-04-21", "request_id": str(new_id())}).status_code == 403  # fmt: skip
    assert len(shops_.days_of(here.shop)) == 1


def test_the_office_has_a_lost_line_brought_again_and_an_administrator_forgets_who_ordered(
    here: Neighbourhood,
) -> None:
    log_in_as("Ada", [(Duty.ADMIN, None)], NOW)
    day = here.open_day({"蔬菜包": 3})
    order = here.place(day, {"蔬菜包": 1}, at=3)
    station = register_party(kind="SITE", name="华灵站", city="上海", now=NOW)
    add_site(party=station, role="STATION", lat=31.3, lon=121.4, is_located=True)
    lin = here.cast.lin
    move_station(station=station, from_at=NOW, lat=31.3, lon=121.4, actor=lin, now=NOW)
    stations.serve(community=here.community, station=station, actor=lin, now=NOW)
    shop_picking.pick_order(order=order, actor=here.chen, now=AFTER, request_id=new_id())
    placing.place(office=here.office, room=ORDERS, actor=lin, now=AFTER)
    (parcel,) = delivery.parcels(station=station)
    at: dict[str, Any] = {"station": station, "scans": [parcel.code], "actor": lin, "now": AFTER}
    stations.receive(request_id=new_id(), **at)
    endings.report_lost(words="被拿走了", request_id=new_id(), **at)
    set_clock(AFTER)
    wu, ada = visit("Wu", "en"), visit("Ada", "en")
    page = wu.get("/shop/office/").content.decode()
    code = orders_.order(order).code
    assert f"· {code} 蔬菜包" in page
    (line,) = orders_.lost_lines(None)
    told = wu.post("/shop/office/", {"act": "again", "line": str(line.id), "request_id": str(new_id())}, follow=True)
    assert f"parcel {parcel.code} is expected once more" in told.content.decode()
    assert f"· {code} 蔬菜包" not in told.content.decode()
    assert wu.get("/shop/forgetting/").status_code == 403

    sent = {"office": str(here.office), "is_sure": "1"}
    assert "still to be brought" in ada.post("/shop/forgetting/", sent, follow=True).content.decode()
    set_clock(orders_.order(order).until_at)
    assert "was not ticked" in ada.post("/shop/forgetting/", sent | {"is_sure": ""}, follow=True).content.decode()
    assert "Erased: 3 telephones" in ada.post("/shop/forgetting/", sent, follow=True).content.decode()


def test_a_late_order_is_told_why_on_the_days_page(here: Neighbourhood) -> None:
    day = here.open_day({"蔬菜包": 5})
    order = here.place(day, {"蔬菜包": 1})
    chen, page = visit("Chen", "en"), f"/shop/days/{day}/"
    assert "Tell them why" not in chen.get(page).content.decode()
    set_clock(orders_.order(order).until_at)
    text = chen.get(page).content.decode()
    assert "1 order misses its time, and nobody was told" in text
    assert re.search(rf'name="orders" value="{order}" checked', text)
    form = {"act": "late", "orders": str(order), "until_at": "2022-04-20T15:00", "why_late": "the bike broke down"}
    text = chen.post(page, form, follow=True).content.decode()
    assert ("Told: 1 lines." in text, "told: by 15:00" in text, "nobody was told" in text) == (True, True, False)
    own = f"/shops/order/{shop_orders.link_to(order=order, now=AFTER)}/"
    assert (
        "It misses its time: the bike broke down. It comes by"
        in Client(headers={"accept-language": "en"}).get(own).content.decode()
    )


def test_a_door_the_register_has_not_is_asked_about_and_nothing_is_typed_twice(here: Neighbourhood) -> None:
    here.open_day({"蔬菜包": 5})
    neighbour, form = Client(), form_of(here, address="99号楼9单元999")
    told = neighbour.post(page_of(here), form)
    text = told.content.decode()
    assert (
        told.status_code,
        "名册里没有这个门牌，还没有下单" in text,
        "no-store" in told.headers["Cache-Control"],
    ) == (400, True, True)
    assert all(f'value="{word}"' in text for word in ("99号楼9单元999", "王小明", "13900001234"))
    assert 'name="is_sure"' in text
    assert neighbour.post(page_of(here), form | {"is_sure": "1"}).status_code == 302
    refused = neighbour.post(page_of(here), form_of(here, slot=str(new_id()))).content.decode()
    assert 'value="13900001234"' in refused
    assert "13900001234" not in neighbour.get(page_of(here)).content.decode(), "nothing typed waits in the visit"


@pytest.mark.parametrize(
    ("hour", "cut_off"),
    [(9, "2022-04-20T12:00"), (12, "2022-04-20T15:00"), (13, "2022-04-21T11:00"), (20, "2022-04-21T11:00")],
)
def test_a_day_opened_in_the_evening_is_offered_for_tomorrow(here: Neighbourhood, hour: int, cut_off: str) -> None:
    set_clock(NOW + timedelta(hours=hour - 9, minutes=40))
    text = visit("Chen").get(f"/shop/{here.shop}/day/").content.decode()
    assert f'name="cut_off" value="{cut_off}"' in text
