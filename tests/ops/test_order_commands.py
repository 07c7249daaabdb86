"""A basket from its draft to a refund, and a shop from its page to a bag, typed at the terminal."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from baogong.engine.chain import read
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.ids import new_id
from tests.apps.orders import neighbourhood, world
from tests.cast import make_cast
from tests.ops.conftest import Terminal


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def told(terminal: Terminal, *words: str) -> Any:
    answer = terminal(*words, "--json")
    assert answer.code == 0, answer.out + answer.err
    return json.loads(answer.out)


def test_a_basket_from_its_draft_to_a_refund(db: None, terminal: Terminal, tmp_path: Path) -> None:
    mark_drill(name="the neighbourhood", at=world.NOW)
    world.make_world()
    wu, bao = ("--as", "Wu"), ("--as", "Bao")
    basket = told(
        terminal, "basket", "draft", "滨江苑", "--office", "滨江居委会", "--supplier", "朝阳菜篮子公司", "--title", "菜篮子",
        "--organiser", "云朵", "--door", "1--101", "--on", "2022-04-27", "--closes", "+9h",
        "--line", "code=A,name=蔬菜套餐,item=vegetables,price=60", *wu,
    )["id"]  # fmt: skip
    paper = told(
        terminal, "basket", "report", basket, "--licence", "SP-1", "--driver", "赵师傅", "--plate", "沪A1", *wu
    )["number"]
    told(terminal, "document", "sign", paper, "--as", "Mei")
    chain = tmp_path / "chain.txt"
    chain.write_text("#接龙\n1. 云朵 1-101 A2份\n2. 李四 2-202 A1\n3. 过客 A1份\n")
    key = str(new_id())
    for _ in range(2):
        pasted = told(terminal, "basket", "paste", basket, str(chain), "--request-id", key, *wu)
    assert (pasted["number"], pasted["unaccounted"]) == (1, 0)
    (asked,) = told(terminal, "basket", "queue", basket)["items"]
    settle = ("basket", "settle", basket, asked["id"], "--what", "COUNT", "--packs", "A=1")
    refused = terminal(*settle, "--door", "9-9-9-9", *wu, "--json")
    assert (refused.code, refused.error["where"]) == (2, "--door")
    assert terminal(*settle, "--door", "77", *wu, "--json").error["code"] == "orders.door-unknown"
    told(terminal, *settle, "--door", "2--101", *wu)
    for step in ("close", "order"):
        told(terminal, "basket", step, basket, *wu)
    assert [one["total"] for one in told(terminal, "basket", "demand", "2022-04-27")["by_office"]] == [4]

    (first, *_) = told(terminal, "basket", "households", basket)["items"]
    told(terminal, "basket", "paid", first["id"], "120", *bao)
    came = ("basket", "arrive", basket, "--driver", "赵师傅", "--plate", "沪A1", "--packs", "A=3")
    assert terminal(*came, "--damaged", "B=1", *bao, "--json").error["code"] == "orders.basket-unusable"
    assert told(terminal, *came, "--damaged", "A=1", *bao)["unsprayed"] == 1
    (vehicle,) = told(terminal, "basket", "arrivals", basket)["items"]
    assert told(terminal, "basket", "sprayed", basket, vehicle["id"], *bao)["unsprayed"] == 0
    shared = told(terminal, "basket", "share", basket, *bao)
    assert (shared["state"], shared["given"], shared["is_beyond_tolerance"]) == ("SHARED", 2, True)
    assert sum(one["missing"] for one in told(terminal, "basket", "answers", basket)["items"]) == 2
    cuts = told(terminal, "basket", "cuts", basket)["items"]
    assert [(one["asked"] - one["gets"], one["whys"]) for one in cuts] == 2 * [(1, [["SHORT", 1]])]
    (told_back,) = read(told(terminal, "basket", "chat", basket, "orders")["text"]).chains
    assert sum(item.quantity for entry in told_back.entries for item in entry.items) == 2
    doors = [one["id"] for one in told(terminal, "basket", "households", basket)["items"]]
    assert told(terminal, "basket", "hand-over", basket, *doors, "--witness", "楼组长", *bao)["state"] == "DONE"
    (owed,) = [one["owed_fen"] for one in told(terminal, "basket", "households", basket)["items"] if one["owed_fen"]]
    assert told(terminal, "basket", "refund", first["id"], f"{owed / 100}", *bao)["owed_fen"] == 0


def test_a_shop_from_its_page_to_a_bag_with_a_substitute(db: None, terminal: Terminal) -> None:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    neighbourhood.make_neighbourhood(make_cast())
    name, on, chen = "陈记生鲜", "2022-04-20", ("--as", "Chen")
    told(
        terminal, "shop", "day", name, on, "--offer", "pack=蔬菜包,price=45,stock=2", "--offer", "pack=肉蛋包,price=40.5,stock=5",
        "--cut-off", "+2h", "--slot", "2022-04-20 11:00=2022-04-20 13:00", "--slot", "2022-04-20 13:00=2022-04-20 14:00=7", "--riders", "2", *chen,
    )  # fmt: skip
    assert [one["packs_max"] for one in told(terminal, "shop", "show", name, on)["slots"]][1] == 7
    order = (
        "shop",
        "order",
        name,
        on,
        "华灵小区",
        "1号楼1单元101",
        "--name",
        "王",
        "--phone",
        "13900001234",
        "--slot",
        "11:00",
    )
    made = told(terminal, *order, "--packs", "蔬菜包=2", "--instead", "蔬菜包=肉蛋包", *chen)
    assert terminal(*order, "--packs", "蔬菜包=1", *chen, "--json").error["code"] == "orders.sold-out"
    assert terminal(*order, "--packs", "白菜=1", *chen, "--json").error["code"] == "kernel.not-found"
    told(terminal, "shop", "stock", name, on, "蔬菜包", "--by", "1", "--why", "又送来", *chen)
    other = told(terminal, *order, "--packs", "蔬菜包=1", *chen)
    cancel = ("shop", "cancel", other["code"], "--last-four")
    assert terminal(*cancel, "0000", *chen, "--json").error["code"] == "orders.not-their-order"
    assert told(terminal, *cancel, "1234", *chen)["state"] == "CANCELLED"
    assert {one["state"] for one in told(terminal, "shop", "orders", name, on)["items"]} == {"PLACED", "CANCELLED"}
    set_clock(neighbourhood.NOW + timedelta(hours=2))
    assert told(terminal, "shop", "late", name, on)["items"] == []
    late = ("shop", "tell-late", name, on, made["code"], "--by", "2022-04-20 15:00", "--why", "车坏了")
    assert [one["told_why"] for one in told(terminal, *late, *chen)["items"]] == ["车坏了"]
    told(terminal, "shop", "pick", made["code"], "--got", "蔬菜包=1", *chen)
    found = told(terminal, "shop", "find", made["code"].lower())
    assert sorted((one["name"], one["got"]) for one in found["lines"]) == [("肉蛋包", 1), ("蔬菜包", 1)]
    assert found["to_pay_fen"] == 4_500 + 4_050
    assert told(terminal, "shop", "hand-over", made["code"], "--signed-by", "王", *chen)["state"] == "HANDED_OVER"
    copied = told(terminal, "shop", "copy-day", name, "2022-04-21", *chen)
    assert {one["pack"]["name"]: one["stock"] for one in copied["packs"]} == {"蔬菜包": 2, "肉蛋包": 5}


def test_what_a_shops_page_says_is_changed_and_it_gets_a_photo_and_a_place(
    db: None, terminal: Terminal, tmp_path: Path
) -> None:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    neighbourhood.make_neighbourhood(make_cast())
    name, chen, file = "陈记生鲜", ("--as", "Chen"), tmp_path / "shop.png"
    before = told(terminal, "shop", "change", name, "--about", "今日有鲜牛奶", *chen)
    after = told(terminal, "shop", "change", name, "--lat", "31.2712", "--lon", "121.4262", *chen)
    assert (after["about"], after["trade"], after["lat"], after["lon"]) == (
        "今日有鲜牛奶",
        before["trade"],
        31.2712,
        121.4262,
    )
    assert terminal("shop", "change", name, "--lat", "31", *chen, "--json").error["code"] == "orders.shop-unusable"
    Image.new("RGB", (40, 30), (180, 40, 30)).save(file)
    assert told(terminal, "shop", "photo", name, str(file), *chen)["bytes"] > 0
    told(terminal, "shop", "photo", name, str(file), "--pack", "蔬菜包", *chen)
    assert told(terminal, "shop", "change", name, *chen)["has_photo"]
    assert [one["name"] for one in told(terminal, "shop", "packs", name)["items"] if one["has_photo"]] == ["蔬菜包"]
    file.write_text("no picture")
    assert terminal("shop", "photo", name, str(file), *chen, "--json").error["code"] == "journal.unusable-picture"


def test_a_merchant_puts_the_name_down_for_a_lesson_and_the_office_calls_it_off(db: None, terminal: Terminal) -> None:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    neighbourhood.make_neighbourhood(make_cast())
    lesson = told(
        terminal, "shop", "announce-lesson", "宝山区商务委", "开店第一课", "--teacher", "林老师", "--where", "直播间 8",
        "--from", "+1h", "--until", "+2h", "--as", "Wu",
    )["id"]  # fmt: skip
    come = ("shop", "come", lesson, "陈记生鲜", "--as", "Chen")
    assert told(terminal, *come)["put_down"] == 1
    assert told(terminal, *come, "--not")["put_down"] == 0
    off = ("shop", "call-off-lesson", lesson)
    assert terminal(*off, "--as", "Chen", "--json").error["code"] == "kernel.not-your-place"
    assert told(terminal, *off, "--as", "Wu")["called_off_at"]
    assert terminal(*come, "--json").error["code"] == "orders.lesson-over"


def test_a_lesson_is_announced_and_its_attendance_taken(db: None, terminal: Terminal) -> None:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    neighbourhood.make_neighbourhood(make_cast())
    wu = ("--as", "Wu")
    lesson = told(
        terminal, "shop", "announce-lesson", "宝山区商务委", "开店第一课", "--teacher", "林老师", "--where", "直播间 8",
        "--from", "+1h", "--until", "+2h", *wu,
    )["id"]  # fmt: skip
    attend = ("shop", "attend", lesson, "陈记生鲜")
    assert terminal(*attend, *wu, "--json").error["code"] == "orders.lesson-over"
    set_clock(neighbourhood.NOW + timedelta(hours=1))
    assert terminal(*attend, "--as", "Chen", "--json").error["code"] == "kernel.not-your-place"
    assert told(terminal, *attend, *wu)["attended"] == 1
    assert [one["id"] for one in told(terminal, "shop", "lessons", "宝山区商务委")["items"]] == [lesson]
