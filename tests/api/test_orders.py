"""Baskets and shops by the API: what the pages do, through the same services."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.engine.chain import read
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.orders.services.lessons import announce_lesson, put_down
from tests.api.conftest import Api, token_for
from tests.apps.freight.test_losses import photo
from tests.apps.orders import neighbourhood, world
from tests.apps.orders.test_baskets import SHORT
from tests.cast import make_cast
from tests.web.orders.test_organiser import lose


def api_of(actor: Actor) -> Api:
    return Api(token_for(actor, now=neighbourhood.NOW, expires_at=neighbourhood.NOW + timedelta(days=30)))


@pytest.fixture
def here(db: None) -> world.World:
    mark_drill(name="the neighbourhood", at=world.NOW)
    return world.make_world()


@pytest.fixture
def quarter(db: None) -> neighbourhood.Neighbourhood:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    return neighbourhood.make_neighbourhood(make_cast())


def test_a_basket_goes_from_its_draft_to_the_last_refund(here: world.World) -> None:
    wu, mei, bao = api_of(here.wu), api_of(here.mei), api_of(here.bao)
    draft = {
        "office": str(here.committee), "community": str(here.community), "supplier": str(here.supplier), "title": "菜篮子",
        "organiser": "云朵", "building": "1号楼", "room": "101", "on": world.DAY.isoformat(),
        "closes_at": (world.NOW + timedelta(hours=9)).isoformat(), "tolerance_permille": 100,
        "items": [{"code": "a", "name": "蔬菜套餐", "item": "vegetables", "price_fen": 6_000}],
    }  # fmt: skip
    key = new_id()
    basket = wu.post("/orders/baskets", draft, key=key)["id"]
    assert wu.post("/orders/baskets", draft, key=key)["id"] == basket
    assert [one["id"] for one in wu.get("/orders/baskets", on=world.DAY.isoformat())["items"]] == [basket]

    own = f"/orders/baskets/{basket}"
    text = "#接龙\n1. 云朵 1-101 A2份\n2. 李四 2-202 A1\n3. 老王 3-301 A两份\n4. 过客 A1份"
    assert wu.post(f"{own}/pastes", {"text": text}, status=409)["error"]["found"] == "DRAFT"
    paper = wu.post(f"{own}/report", {"licence": "SP-1", "driver": "赵师傅", "plate": "京A12345"})["id"]
    mei.post(f"/documents/{paper}/sign")
    wu.post(f"{own}/pastes", {"text": text})
    (asked,) = wu.get(f"{own}/lines", state="WAITING")["items"]
    assert (asked["name"], asked["why"]) == ("过客", "no-place")
    wu.post(f"{own}/close")
    assert wu.post(f"{own}/order", status=422)["error"]["code"] == "orders.lines-wait"
    place = {"building": "2", "room": "101", "items": [{"code": "A", "packs": 1}]}
    wu.post(f"{own}/lines/settle", {"lines": [asked["id"]], "what": "COUNT", **place})
    assert wu.post(f"{own}/order")["items"][0]["ordered"] == 6

    first = wu.get(f"{own}/households")["items"][0]
    bao.post(f"/orders/households/{first['id']}/paid", {"fen": 12_000})
    set_clock(world.NOW + timedelta(days=1))
    came: dict[str, Any] = {
        "driver": "赵师傅", "plate": "京A 12345", "signed_in_at": world.NOW.isoformat(), "sprayed_at": world.NOW.isoformat(),
        "counted": [{"code": "A", "packs": 4, "damaged": 1}],
    }  # fmt: skip
    assert bao.post(f"{own}/arrivals", came | {"driver": "别人"}, status=422)["error"]["code"] == "orders.other-driver"
    bao.post(f"{own}/arrivals", came | {"sprayed_at": None})
    assert bao.post(f"{own}/share", status=422)["error"]["code"] == "orders.not-sprayed"
    (vehicle,) = bao.get(f"{own}/arrivals")["items"]
    when = {"sprayed_at": world.NOW.isoformat()}
    assert bao.post(f"{own}/arrivals/{vehicle['id']}/sprayed", when)["unsprayed"] == 0
    shared = bao.post(f"{own}/share")
    assert (shared["state"], shared["items"][0]["given"], shared["is_beyond_tolerance"]) == ("SHARED", 3, True)
    answers = wu.get(f"{own}/answers")["items"]
    assert sum(item["asked"] - item["gets"] for one in answers for item in one["items"]) == 3
    households = wu.get(f"{own}/households")["items"]
    bao.post(f"{own}/hand-over", {"households": [one["id"] for one in households], "witness": "楼组长"})
    assert wu.get(own)["state"] == "DONE"
    (paid,) = [one for one in wu.get(f"{own}/households")["items"] if one["id"] == first["id"]]
    assert paid["owed_fen"] == 12_000 - 6_000 * paid["packs"] > 0
    back = {"fen": paid["owed_fen"]}
    assert bao.post(f"/orders/households/{first['id']}/refunded", back)["owed_fen"] == 0
    assert bao.post(f"/orders/households/{first['id']}/refunded", back, status=400)["error"]["expected"] == "1 to 0"


def test_a_day_is_summed_and_a_truck_too_small_is_shared(here: world.World) -> None:
    lin, wu = api_of(here.lin), api_of(here.wu)
    basket = here.ordered()
    truck = lin.post(
        "/orders/trucks",
        {"supplier": str(here.supplier), "on": world.DAY.isoformat(), "name": "一号车", "packs_max": 3},
    )["id"]
    wu.post(f"/orders/baskets/{basket}/truck", {"truck": truck})
    lin.post(f"/orders/trucks/{truck}/load")
    demand = lin.get(f"/orders/demand/{world.DAY}")
    assert [(one["total"], one["households"]) for one in demand["by_office"]] == [(4, 3)]
    assert [(one["packs"], one["loaded"], one["over"]) for one in demand["trucks"]] == [(4, 3, 1)]
    assert wu.get(f"/orders/demand/{world.DAY}")["trucks"] == []  # the whole house's
    (chain,) = read(wu.get(f"/orders/baskets/{basket}/chat/orders")["text"]).chains
    assert sum(item.quantity for entry in chain.entries for item in entry.items) == 3


def test_a_shop_goes_from_its_page_to_a_bag_with_a_substitute(quarter: neighbourhood.Neighbourhood) -> None:
    chen, wu = api_of(quarter.chen), api_of(quarter.cast.wu)
    own = f"/shops/{quarter.shop}"
    pack = chen.post(f"{own}/packs", {"name": "水饺", "sort": "FROZEN_MEAL", "weight_g": 500})["id"]
    cut_off, after = neighbourhood.CUT_OFF, neighbourhood.AFTER
    given = {
        "on": neighbourhood.TODAY.isoformat(), "opens_at": neighbourhood.NOW.isoformat(), "cut_off_at": cut_off.isoformat(),
        "packs": [{"pack": pack, "price_fen": 2_500, "stock": 3}, {"pack": str(quarter.packs["蔬菜包"]), "price_fen": 3_000, "stock": 2}],
        "slots": [{"from_at": cut_off.isoformat(), "until_at": (cut_off + timedelta(hours=2)).isoformat()}], "riders": 1,
    }  # fmt: skip
    day = chen.post(f"{own}/days", given)
    assert day["slots"][0]["packs_max"] == day["riders_bring"] > 0
    offered = {one["pack"]["name"]: one["id"] for one in day["packs"]}

    order: dict[str, Any] = {
        "slot": day["slots"][0]["id"], "community": str(quarter.community),
        "wanted": [{"pack": offered["水饺"], "packs": 2, "instead": offered["蔬菜包"]}],
        "orderer": {"name": "王小明", "phone": "13900001234", "address": "1号楼1单元101"},
    }  # fmt: skip
    orders, key = f"/shops/days/{day['id']}/orders", new_id()
    made = wu.post(orders, order, key=key)
    assert wu.post(orders, order, key=key)["code"] == made["code"]
    assert "王小明" not in str(made)
    assert "13900001234" not in str(made)
    sold_out = wu.post(orders, order, status=409)["error"]
    assert sold_out["code"] == "orders.sold-out"
    unusable = wu.post(orders, {**order, "orderer": {"name": "王小明" * 99, "phone": "1", "address": "x"}}, status=400)
    assert "王小明" not in str(unusable)
    too_light = {"name": "芽菜", "sort": "GOODS", "weight_g": 3}
    assert chen.post(f"{own}/packs", too_light, status=400)["error"]["code"] == "orders.weight-unusable"
    other = wu.post(orders, {**order, "wanted": [{"pack": offered["水饺"], "packs": 1}]})
    for changed, code in (
        ({"wanted": []}, "orders.nothing-chosen"),
        ({"orderer": {**order["orderer"], "phone": "1390000123"}}, "orders.phone-unusable"),
    ):
        assert wu.post(orders, {**order, **changed}, status=400)["error"]["code"] == code  # as the page says
    cancel = f"/shops/orders/{other['id']}/cancel"
    assert wu.post(cancel, {"last_four": "0000"}, status=403)["error"]["code"] == "orders.not-their-order"
    assert wu.post(cancel, {"last_four": "1234"})["state"] == "CANCELLED"
    assert chen.post(f"/shops/days/{day['id']}/packs/{offered['水饺']}/stock", {"by": 2, "why": "又送来"})["left"] == 5

    own_order = f"/shops/orders/{made['id']}"
    assert chen.post(f"{own_order}/pick", {}, status=409)["error"]["code"] == "orders.order-moved"
    set_clock(after)
    late = f"/shops/days/{day['id']}/late"
    assert chen.get(late)["items"] == []
    told = {"orders": [made["id"]], "until_at": (after + timedelta(hours=4)).isoformat(), "why": "车坏了"}
    assert [chen.post(late, told)["lines"] for _ in range(2)] == [1, 0]
    assert chen.get(own_order)["lines"][0]["told_why"] == "车坏了"
    picked = chen.post(f"{own_order}/pick", {"got": [{"line": made["lines"][0]["id"], "packs": 1}]})
    assert [(one["name"], one["got"], one["takes_place_of"]) for one in picked["lines"]] == [
        ("水饺", 1, ""),
        ("蔬菜包", 1, "水饺"),
    ]
    assert picked["to_pay_fen"] == 2_500 + 2_500  # never dearer than what was ordered
    assert chen.post(f"{own_order}/hand-over", {"signed_by": "王"})["state"] == "HANDED_OVER"
    tomorrow = chen.post(f"{own}/days/copy", {"to": "2022-04-21"})
    assert {one["pack"]["name"]: one["stock"] for one in tomorrow["packs"]} == {"蔬菜包": 2, "水饺": 3}
    assert [one["packs_taken"] for one in chen.get(f"{own}/days")["items"]] == [0, 2]


def test_orders_another_program_exported_are_read_and_a_wrong_cell_is_named(here: world.World) -> None:
    wu, basket = api_of(here.wu), here.open()
    own = f"/orders/baskets/{basket}"
    table = "跟团号,昵称,商品,数量,地址\n1,云朵,蔬菜套餐,2,1-101\n2,过客,蔬菜套餐,1,\n"
    key = str(new_id())
    sent = [
        wu.client.post(
            f"/api/v1{own}/tables",
            {"file": SimpleUploadedFile("orders.csv", table.encode()), "profile": "kuaituantuan"},
            headers={"Idempotency-Key": key},
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in sent] == [201, 201], sent[0].content
    assert sent[0].json() == sent[1].json()
    (counted,) = wu.get(f"{own}/lines", state="COUNTED")["items"]
    assert (counted["building"], counted["room"], counted["items"]) == ("1", "101", [["A", 2]])
    (waiting,) = wu.get(f"{own}/lines", state="WAITING")["items"]
    assert "3" in waiting["where"]
    assert "过客" in wu.get(f"{own}/chat/queue")["text"]


def test_a_lost_portion_is_brought_again(here: world.World) -> None:
    code, bao = lose(here, here.ordered(SHORT)), api_of(here.bao)
    (one,) = bao.get("/orders/portions/lost")["items"]
    assert (one["building"], one["room"], one["packs"]) == ("2", "202", 1)
    key = new_id()
    for _ in range(2):
        assert bao.post(f"/orders/portions/{one['id']}/bring-again", key=key)["parcel"] == code
    assert bao.get("/orders/portions/lost")["items"] == []


def test_pictures_and_lessons_of_shops(quarter: neighbourhood.Neighbourhood) -> None:
    chen, wu = api_of(quarter.chen), api_of(quarter.cast.wu)
    of = f"/shops/{quarter.shop}/photos/{quarter.packs['蔬菜包']}"
    chen.get(of, status=404)
    sent = base64.b64encode(photo()).decode()
    kept = chen.post(of, {"photo_base64": sent})["photo_base64"]
    assert base64.b64decode(kept).startswith(b"\xff\xd8")
    assert chen.get(of)["photo_base64"] == kept
    assert chen.get(f"/shops/{quarter.shop}/packs")["items"][0]["has_photo"]
    lesson = announce_lesson(
        office=quarter.office, title="开店第一课", teacher="林老师", where="直播间 8", from_at=neighbourhood.AFTER,
        until_at=neighbourhood.AFTER + timedelta(hours=1), actor=quarter.cast.wu, now=neighbourhood.NOW, request_id=new_id(),
    )  # fmt: skip
    put_down(lesson=lesson, shop=quarter.shop, comes=True, actor=quarter.chen, now=neighbourhood.NOW)
    assert [(one["title"], one["put_down"]) for one in chen.get("/lessons")["items"]] == [("开店第一课", 1)]
    chen.get(f"/lessons/{lesson}", status=403)
    seats = wu.get(f"/lessons/{lesson}")["seats"]
    assert [(one["shop_name"], one["is_put_down"], one["was_there"]) for one in seats] == [("陈记生鲜", True, False)]


def test_a_merchant_puts_the_name_down_by_program_and_the_office_calls_the_lesson_off(
    quarter: neighbourhood.Neighbourhood,
) -> None:
    chen, wu = api_of(quarter.chen), api_of(quarter.cast.wu)
    lesson = announce_lesson(
        office=quarter.office, title="开店第一课", teacher="林老师", where="直播间 8", from_at=neighbourhood.AFTER,
        until_at=neighbourhood.AFTER + timedelta(hours=1), actor=quarter.cast.wu, now=neighbourhood.NOW, request_id=new_id(),
    )  # fmt: skip
    names = f"/lessons/{lesson}/names"
    for comes in (True, False):
        seat = chen.post(names, {"shop": str(quarter.shop), "comes": comes})
        assert (seat["shop_name"], seat["is_put_down"]) == ("陈记生鲜", comes)
    chen.post(f"/lessons/{lesson}/call-off", status=403)
    assert wu.post(f"/lessons/{lesson}/call-off")["called_off_at"]
    assert chen.post(names, {"shop": str(quarter.shop)}, status=409)["error"]["code"] == "orders.lesson-over"


def test_the_district_speaks_for_a_shop_and_its_merchant_does_not(quarter: neighbourhood.Neighbourhood) -> None:
    said = {"is_approved": True, "why": "看过执照"}
    refused = api_of(quarter.chen).post(f"/shops/{quarter.shop}/word", said, status=403)
    assert refused["error"]["code"] == "kernel.not-your-place"
    assert api_of(quarter.cast.wu).post(f"/shops/{quarter.shop}/word", said)["approved_why"] == "看过执照"
    lost: list[UUID] = api_of(quarter.chen).get("/shops/lines/lost")["items"]
    assert lost == []


def test_a_lesson_is_announced_and_its_attendance_taken(quarter: neighbourhood.Neighbourhood) -> None:
    chen, wu = api_of(quarter.chen), api_of(quarter.cast.wu)
    from_at, until_at = neighbourhood.AFTER, neighbourhood.AFTER + timedelta(hours=1)
    given = {
        "office": str(quarter.office), "title": "开店第一课", "teacher": "林老师", "where": "直播间 8",
        "from_at": from_at.isoformat(), "until_at": until_at.isoformat(),
    }  # fmt: skip
    chen.post("/lessons", given, status=403)
    lesson = wu.post("/lessons", given)["id"]
    there, here = {"shops": [str(quarter.shop)]}, f"/lessons/{lesson}/attendance"
    assert wu.post(here, there, status=409)["error"]["code"] == "orders.lesson-over"
    set_clock(from_at)
    assert wu.post(here, there)["seats"][0]["was_there"]
    assert [one["attended"] for one in chen.get("/lessons")["items"]] == [1]
