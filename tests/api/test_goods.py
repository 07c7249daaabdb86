"""Stock, freezes, gifts and lists through the API."""

from __future__ import annotations

import io

from openpyxl import Workbook

from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World


def test_a_count_a_freeze_and_a_partial_lift_show_on_the_board(world: World, lin: Api) -> None:
    counted = lin.post(
        "/stock/counts",
        {
            "site": str(world.langfang),
            "lines": [{"item": "surgical-mask", "amount": 5_000, "pieces_per_carton": 2_000}],
        },
    )
    assert [(row["item_code"], row["site_name"], row["counted"]) for row in counted["stock"]] == [
        ("surgical-mask", "廊坊仓", 5_000)
    ]
    freeze = lin.post(
        "/freezes",
        {
            "scopes": [{"site": str(world.langfang), "item": "surgical-mask", "amount": 4_000}],
            "decided_by": str(world.langfang),
            "basis": "OWN_DECISION",
            "reason": "疫区急需",
            "options": [
                {"text": "只发一半", "declined_by": "廊坊仓", "why": "不够"},
                {"text": "全发", "is_chosen": True},
            ],
        },
    )
    (line,) = freeze["lines"]
    lifted = lin.post(
        f"/freezes/{freeze['id']}/lift",
        {"reason": "医院已够", "lines": [{"site": line["site"], "lot": line["lot"], "amount": 500}]},
    )
    assert (lifted["amount"], lifted["lifted"]) == (4_000, 500)
    (row,) = lin.get("/stock")["items"]
    assert (row["frozen"], row["relief_free"], row["retail_free"]) == (3_500, 3_500, 1_500)
    (relief,) = lin.get("/stock/relief")["items"]
    assert (relief["state"], relief["free"]) == ("FROZEN", 3_500)
    assert lin.get("/freezes", in_force=True)["items"] == [lifted]
    assert lin.get(f"/freezes/{freeze['id']}") == lifted
    too_much = lin.post(
        f"/freezes/{freeze['id']}/lift",
        {"reason": "", "lines": [{"site": line["site"], "lot": line["lot"], "amount": 9_000}]},
        status=400,
    )
    assert too_much["error"]["where"] == "body.reason"
    lin.post(
        f"/freezes/{freeze['id']}/lift",
        {"reason": "x", "lines": [{"site": line["site"], "lot": line["lot"], "amount": 9_000}]},
        status=422,
    )


def test_a_gift_is_offered_judged_asked_about_received_and_followed(world: World, lin: Api, mei: Api) -> None:
    bao = Api(token_for(world.cast.bao))
    to = {"receiver": str(world.cast.hospital)}
    suits_in = {"item": "protective-suit", "amount": 1_600, "standard": "GB 19082-2009", "pieces_per_carton": 50, **to}
    masks_in = {"item": "surgical-mask", "amount": 300, "standard": "GB/T 32610"}
    given = {"terms": "CONSIGNMENT", "donor": str(world.alumni), "lines": [suits_in, masks_in]}
    nameless = lin.post("/gifts", given, status=400)["error"]
    assert (nameless["code"], nameless["found"]) == ("supply.receiver-missing", "no receiver in line 2")
    gift = lin.post("/gifts", {**given, "lines": [suits_in, {**masks_in, **to}]})
    path = f"/gifts/{gift['gift']['id']}"
    judged = lin.post(
        f"{path}/judge",
        {"judgements": [{"no": 1, "finding": "PASSES"}, {"no": 2, "finding": "FAILS", "why": "日用标准"}]},
    )
    assert [line["verdict"] for line in judged["gift"]["lines"]] == ["AS_GIVEN", "CONSENT_ASKED"]
    asked = lin.post(f"{path}/consent", {"no": 2, "agrees": True, "by": str(world.alumni), "words": "电话，11:40"})
    assert asked["lines"][1]["consent"] == {"number": "CU-0001", "state": "WAITING", "signed_by": ["Lin"], "why": ""}
    (paper,) = lin.get("/documents", kind="COMMUNITY_USE")["items"]
    mei.post(f"/documents/{paper['id']}/sign")
    received = bao.post(
        f"{path}/receive",
        {
            "site": str(world.cast.hub),
            "arrivals": [{"no": 1, "arrived": 1_590, "damaged": 4}, {"no": 2, "arrived": 300}],
        },
    )
    suits = received["lines"][0]
    assert (suits["line"]["arrived"], suits["line"]["damaged"], suits["line"]["short"]) == (1_590, 4, 10)
    assert {(place["holder_name"], place["state"], place["amount"]) for place in suits["standings"]} == {
        ("仙桃中转仓", "AVAILABLE", 1_586),
        ("仙桃中转仓", "SPOILED", 4),
    }
    assert lin.get(path) == received
    assert lin.get("/gifts", giver=str(world.alumni))["items"] == [received["gift"]]
    bao.get("/gifts", status=403)
    story = lin.get(f"/lots/{suits['line']['lot']}/story")
    assert story["lot"]["donor"] == str(world.alumni)
    assert {move["target"]["holder_name"] for move in story["movements"]} == {"仙桃中转仓"}
    assert bao.get("/movements")["items"] != []


def test_carriage_is_asked_for_answered_line_by_line_and_shown_to_its_consignor(world: World, lin: Api) -> None:
    given = {
        "consignor": str(world.alumni),
        "lines": [
            {"goods": "医用防护服", "quantity": "1600套", "receiver": "中南医院", "standard": "GB 19082-2009"},
            {"goods": "旧衣物", "quantity": "3箱", "receiver": "灾区"},
        ],
        "papers": [{"kind": "NOTE", "text": "检测报告 2020-0112"}],
    }
    key = new_id()
    asked = lin.post("/carriage", given, key=key)
    assert lin.post("/carriage", given, key=key) == asked
    assert (asked["state"], asked["way"], asked["papers_count"]) == ("ASKED", "TOLD", 1)
    path = f"/carriage/{asked['id']}"
    take = {"no": 1, "item": "protective-suit", "amount": 1_600, "receiver": str(world.cast.hospital)}
    assert lin.post(f"{path}/accept", {"taken": [take]}, status=400)["error"]["code"] == "kernel.unusable-input"
    answer = {"taken": [take], "refused": [{"no": 2, "why": "不收旧衣物"}]}
    done = lin.post(f"{path}/accept", answer)
    assert [(line["verdict"], line["why"]) for line in done["lines"]] == [("TAKEN", ""), ("REFUSED", "不收旧衣物")]
    late = lin.post(f"{path}/refuse", {"why": "x"}, status=409)["error"]
    assert late["code"] == "supply.carriage-answered"
    assert lin.get(path) == done
    assert lin.get("/carriage", state="ASKED")["items"] == []
    page = lin.get(f"/carriage/consignors/{world.alumni}")
    assert page["requests"] == [done]
    assert [line["stage"] for one in page["paths"] for line in one["lines"]] == ["ASKED"]

    other = lin.post("/carriage", given)
    lin.post(f"/carriage/{other['id']}/withdraw", {"why": "改走邮政"})
    third = lin.post("/carriage", given)
    lin.post(f"/carriage/{third['id']}/refuse", {"why": "无检测报告"})
    assert [one["state"] for one in lin.get("/carriage")["items"]] == ["REFUSED", "WITHDRAWN", "ACCEPTED"]
    Api(token_for(world.cast.bao)).get("/carriage", status=403)
    lin.get(f"/carriage/{new_id()}", status=404)
    lin.post("/carriage", given | {"papers": [{"kind": "PHOTO", "payload_base64": "?"}]}, status=400)


def test_goods_that_fail_are_set_aside_and_given_back_where_their_owner_wants_them(world: World, lin: Api) -> None:
    bao = Api(token_for(world.cast.bao))
    line = {"item": "n95-mask", "amount": 400, "standard": "GB 19083-2010", "receiver": str(world.cast.hospital)}
    gift = lin.post("/gifts", {"terms": "CONSIGNMENT", "donor": str(world.alumni), "lines": [line]})
    path = f"/gifts/{gift['gift']['id']}"
    notice = {"no": 1, "amount": 500, "words": "更正：400应为500"}
    corrected = lin.post(f"{path}/correct", notice)["lines"][0]["line"]
    assert (corrected["offered"], corrected["first_offered"]) == (500, 400)
    lin.post(f"{path}/judge", {"judgements": [{"no": 1, "finding": "PASSES"}]})
    bao.post(f"{path}/receive", {"site": str(world.cast.hub), "arrivals": [{"no": 1, "arrived": 500}]})
    failing = {"no": 1, "why": "过滤效率 91%"}
    bao.post(f"{path}/fails", failing, status=403)
    found = lin.post(f"{path}/fails", failing)["lines"][0]
    assert (found["line"]["verdict"], found["waits_for_its_owner"]) == ("CONSENT_ASKED", True)
    lin.post(f"{path}/consent", {"no": 1, "agrees": False, "by": str(world.alumni), "words": "请退回"})
    back = bao.post(f"{path}/give-back", {"no": 1, "site": str(world.cast.hub), "taken_by": "校友会 陈"})["lines"][0]
    assert (back["returned"], back["stage"]) == (500, "ENDED")


def sheet(*rows: tuple[str | int, ...]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_is_previewed_applied_and_its_doubts_are_settled(world: World, lin: Api) -> None:
    data = sheet(
        ("仓库", "物资名称", "数量"),
        ("廊坊仓", "医用外科口罩", 3_000),
        ("廊坊仓库", "护目镜", 5),
        ("廊坊仓", "护目镜", "很多"),
    )
    key = new_id()
    preview = lin.send("stock.xlsx", data, kind="stock", key=key)
    assert preview["state"] == "PREVIEWED"
    counts = preview["added"] + preview["matched"] + preview["unchanged"]
    assert preview["lines"] == counts + len(preview["refused"]) + len(preview["waiting"]) == 3
    assert lin.send("stock.xlsx", data, kind="stock", key=key) == preview
    assert lin.get("/stock")["items"] == []
    (bad,) = preview["refused"]
    assert bad["found"] == "很多"
    assert bad["cure"]
    applied = lin.post(f"/imports/{preview['id']}/apply")
    assert applied["state"] == "APPLIED"
    assert [row["counted"] for row in lin.get("/stock")["items"]] == [3_000]
    (waiting,) = lin.get("/imports/waiting")["items"]
    assert waiting["line"] == preview["waiting"][0]["line"]
    lin.post(f"/imports/lines/{waiting['line']}/resolve", {"drop": True, "accept": True}, status=400)
    lin.post(f"/imports/lines/{waiting['line']}/resolve", {"drop": True})
    assert lin.get("/imports/waiting")["items"] == []
    again = lin.send("stock.xlsx", data, kind="stock")
    assert (again["added"], again["matched"]) == (0, 0)


def test_a_list_that_can_be_told_for_certain_needs_no_kind(world: World, lin: Api) -> None:
    data = "名称,种类,城市,别名\n武汉市第六医院,机构,武汉,武汉六医院\n".encode()
    assert lin.send("parties.csv", data)["kind"] == "parties"


def test_a_keeper_sees_lists_of_stock_only(world: World, lin: Api) -> None:
    kai = Api(token_for(world.kai))
    parties = lin.send("parties.csv", "名称,种类,城市,别名\n武汉市第六医院,机构,武汉,\n".encode(), kind="parties")
    stock = lin.send("stock.csv", "仓库,物资名称,数量\n廊坊仓库,护目镜,5\n".encode(), kind="stock")
    lin.post(f"/imports/{stock['id']}/apply")
    kai.get(f"/imports/{parties['id']}", status=403)
    kai.post(f"/imports/{parties['id']}/apply", status=403)
    kai.send("parties.csv", "名称,种类,城市\n".encode(), kind="parties", status=403)
    assert kai.get(f"/imports/{stock['id']}")["id"] == stock["id"]
    assert [each["kind"] for each in kai.get("/imports/waiting")["items"]] == ["stock"]


def test_a_list_nobody_can_name_or_read_is_refused_whole(world: World, lin: Api) -> None:
    unknown = lin.send("list.csv", "甲,乙\n1,2\n".encode(), status=400)["error"]
    assert (unknown["code"], unknown["where"]) == ("api.unusable-request", "kind")
    damaged = lin.send("stock.xlsx", b"PK\x03\x04 not a workbook", kind="stock", status=400)["error"]
    assert damaged["code"] == "sheets.unreadable-file"
    Api(token_for(world.cast.mei)).send("list.csv", "仓库,物资名称,数量\n".encode(), kind="stock", status=403)
