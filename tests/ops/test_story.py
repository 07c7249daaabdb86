"""The relief at the terminal: the small relay, from stock to signatures, each noun through its commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from baogong.freight import services as freight
from baogong.journal import queries as journal
from baogong.journal.clock import set_clock
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from tests.apps.freight.world import HOUR, NOW, World
from tests.cast import log_in_as
from tests.ops.conftest import Ask, Terminal

HOSPITAL = "武汉大学中南医院"


def test_a_need_is_asked_by_people_and_days_verified_shared_explained_and_approved(world: World, ask: Ask) -> None:
    log_in_as("Wu", [(Duty.CLERK, None)], NOW)
    need = ask("Wu", "need ask", HOSPITAL, "口罩", "--people", 40, "--days", 5, "--daily-use", 4, "--urgency", 1)
    assert (need["quantity"], need["state"], need["receiver_name"]) == (800, "REQUESTED", HOSPITAL)
    wrong = ask("Wu", "need doubt", f"{HOSPITAL}/masks", "wrong", "--why", "700, not 800")
    assert (wrong["doubt"], wrong["verified_by"]) == ("WRONG", None)
    verified = ask("Wu", "need verify", f"{HOSPITAL}/masks", "--how", "the ward's letter", "--way", "saw_proof")
    assert (verified["verified_how"], verified["doubt"]) == ("SAW_PROOF", "")
    assert (
        ask("Wu", "need count", f"{HOSPITAL}/口罩", "--quantity", 700, "--why", "two wards merged")["quantity"] == 700
    )
    other = ask("Wu", "need ask", HOSPITAL, "Suits", "--quantity", 600, "--urgency", 2)
    ask("Wu", "need ask", HOSPITAL, "Suits", "--no-limit", "--another")
    share = ask("Lin", "share plan", "--weight", "1=2", "--weight", "2=1.5")
    assert set(share["rules"]) == {"leximin", "pro_rata", "first_come"}
    met = {line["item_en"]: line for line in share["met"]}
    assert (met["Masks"]["got"], met["Suits"]["got"]) == (700, 400)
    assert all(line["reason_en"] and line["reason_zh"] for line in share["met"])
    assert [(line["item_en"], line["why"]) for line in share["left_out"]] == [("Suits", "NO_AMOUNT")]
    assert share["not_named"] == []
    assert share["holds"] == []
    approved = ask("Mei", "share approve")
    assert approved["plan"]["state"] == "APPROVED"
    assert approved["document_number"] == "PA-0001"
    assert len(approved["holds"]) == 2
    assert ask("", "need show", f"{HOSPITAL}/masks")["committed"] == 700
    assert ask("", "share rerun")["is_same"] is True
    assert ask("Mei", "share undo")["plan"]["state"] == "UNDONE"
    ask("Lin", "share plan", "--item", "masks")
    again = ask("Lin", "share plan", "--item", "suits", "--include-stale")
    assert ask("Mei", "share approve newest")["plan"]["id"] == again["plan"]["id"]
    ask("Mei", "share undo")
    left = ask("", "plan list --state proposed")["items"]
    assert [(row["kind"], row["is_stale"]) for row in left] == [("SHARE", False)]
    ask("Wu", "need ask", HOSPITAL, "masks", "--quantity", 5, "--another")
    checked = ask("Mei", "plan check")
    assert (checked["is_stale"], checked["changes"][0]["text_en"]) == (True, f"{HOSPITAL} · Masks: a new need, 5 asked")
    newer = ask("Lin", "plan again")
    assert (newer["state"], newer["rule"]) == ("PROPOSED", checked["rule"])
    assert ask("Mei", "plan reject", "--why", "too early")["ended_why"] == "too early"
    ask("Lin", "share plan --item masks")
    assert ask("Wu", "plan withdraw", "--why", "counted twice")["state"] == "WITHDRAWN"
    compared = ask("", "share compare", share["plan"]["id"], again["plan"]["id"])
    assert (compared["total_a"], compared["total_b"]) == (1_100, 400)
    assert {line["item_en"] for line in compared["lines"]} == {"Masks"}
    assert ask("Wu", "need cancel", other["id"], "--why", "came from another side")["state"] == "CANCELLED"
    assert {row["item_en"]: row["relief_free"] for row in ask("", "stock board", "--site", "廊坊仓")["items"]} == {
        "Masks": 1_000,
        "Suits": 400,
    }


def test_goods_pass_from_hand_to_hand_with_every_difference_on_the_paper(world: World, ask: Ask) -> None:
    world.allot("langfang masks", world.hospital, 600)
    (parcel,) = ask("", "convoy waiting")["items"]
    assert (parcel["amount"], parcel["receiver_name"]) == (600, HOSPITAL)
    convoy = ask("Lin", "convoy plan --until +5d --hub 仙桃中转仓")
    assert (convoy["plan"]["state"], convoy["hub_name"]) == ("PROPOSED", "仙桃中转仓")
    assert all(each["why_en"] for each in convoy["rejected"])
    asked = {row["carrier_name"]: row for row in ask("Lin", "convoy ask --code 4711")["items"]}
    assert asked["东行物流"]["path"].startswith("/carrier/offer/")
    assert ask("Dispatcher", "convoy answer accept")["answer"] == "ACCEPTED"
    assert ask("Relay", "convoy answer accept --carrier 华中卡车联盟")["answer"] == "ACCEPTED"
    assert ask("Mei", "convoy approve")["plan"]["state"] == "APPROVED"

    bills = ask("", "waybill list")["items"]
    first, second = (row["number"] for row in bills)
    at = {row["number"]: world.bill(number=row["number"]) for row in bills}
    named = ask("Dispatcher", "waybill name", first, bills[0]["plate"], "--driver", "Tao")
    assert named["row"]["driver_name"] == "Tao"
    set_clock(at[first].load_start_at)
    loaded = ask("Fang", "waybill load", first, "--left", "1=100", "--note", "1=箱湿", "--given-to", "Tao")
    assert (loaded["row"]["state"], loaded["lines"][0]["loaded"]) == ("LOADED", 500)
    early = ask("Lin", "waybill early", first, "--reason", "snow is coming")
    assert early["row"]["earliest_depart_at"] == early["row"]["load_start_at"]
    assert ask("Tao", "waybill depart", first)["row"]["state"] == "DEPARTED"
    lost = ask("Tao", "waybill lost", first, "--line", "1=12", "--where", "信阳", "--words", "车顶漏雨")
    assert (lost["lines"][0]["loaded"], lost["lines"][0]["short"]) == (500, 12)
    late = ask("Tao", "waybill delay", first, "+30h", "--why", "fog")
    assert late["row"]["late_s"] > 0
    assert late["replanned"]
    assert ask("", "convoy changes", late["replanned"])["changes"]
    set_clock(at[first].planned_arrive_at)
    ask("Tao", "waybill arrive", first)
    received = ask("Bao", "waybill receive", first, "--short", "1=20", "--damaged", "1=5", "--surplus", "1=10")
    assert (received["row"]["state"], received["lines"][0]["received"]) == ("CLOSED", 463)
    assert [each["amount"] for each in received["surpluses"]] == [10]
    assert ask("Mei", "waybill settle", first, "miscount")["surpluses"][0]["decision"] == "MISCOUNT"

    set_clock(at[second].planned_depart_at + HOUR)
    ask("Bao", "waybill load", second)
    ask("Tao", "waybill depart", second)
    set_clock(at[second].planned_arrive_at + 2 * HOUR)
    ask("Tao", "waybill arrive", second)
    signed = ask(
        "Tao", "waybill hand-over", second, "--signed-by", "物资科 刘", "--witness", "门岗", "--refused", "1=75"
    )
    assert (signed["row"]["state"], signed["lines"][0]["received"], signed["lines"][0]["refused"]) == (
        "CLOSED",
        388,
        75,
    )
    (chain,) = ask("", "waybill custody", second)["items"]
    assert (chain["handed_over"], chain["lost"], chain["damaged"]) == (388, 32, 5)
    assert book.verify_book().ok


def test_a_plan_not_yet_loaded_is_planned_again_and_undone(world: World, ask: Ask) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.convoy(hubs=[])
    again = ask("Lin", "convoy replan --until +6d")
    assert again["supersedes"]
    assert ask("", "convoy changes")["new"] == again["plan"]["id"]
    (bill,) = {row["number"] for row in ask("", "waybill list --state planned")["items"]} or {""}
    assert ask("Lin", "waybill cancel", bill, "--reason", "road closed")["row"]["state"] == "CANCELLED"
    assert ask("Mei", "convoy undo")["plan"]["state"] == "UNDONE"
    assert ask("", "convoy list")["items"][0]["id"] == again["plan"]["id"]


def test_stock_is_counted_frozen_with_its_options_and_lifted(world: World, ask: Ask) -> None:
    counted = ask("Fang", "stock count 廊坊仓 --line masks=5000 --carton 100")
    assert next(row for row in counted["stock"] if row["item_en"] == "Masks")["retail_free"] == 4_000
    place = [
        "--scope",
        "site=廊坊仓,item=口罩,amount=3000",
        "--decided-by",
        "廊坊仓",
        "--reason",
        "for the sealed city",
    ]
    options = ["--chosen", "send most|most urgent there", "--declined", "keep all|shop team|shelves are full elsewhere"]
    freeze = ask("Lin", "freeze place", *place, *options)
    assert freeze["amount"] == 3_000
    assert [(each["is_chosen"], each["declined_by"]) for each in freeze["options"]] == [
        (True, ""),
        (False, "shop team"),
    ]
    line = freeze["lines"][0]
    part = f"site={line['site']},lot={line['lot']},amount=500"
    assert ask("Lin", "freeze lift", freeze["number"], "--reason", "schools", "--line", part)["lifted"] == 500
    assert ask("Lin", "freeze lift", freeze["id"], "--reason", "enough")["lifted"] == 3_000
    assert ask("", "freeze list --in-force")["items"][0]["number"] == freeze["number"]
    assert ask("", "freeze show", freeze["number"])["lines"][0]["item_zh"] == "口罩"
    told = ["--figure", "公告|1万3|13000", "--figure", "转载|130,000|130000", "--holds", "13000", "--why", "公告为原件"]
    paper = ask("Lin", "stock doubt", "首批支援件数", *told)
    assert (paper["kind"], [figure["amount"] for figure in paper["figures"]]) == ("DOUBT", [13_000, 130_000])


def test_a_gift_is_offered_judged_received_short_and_followed(world: World, ask: Ask) -> None:
    ask("Lin", "party add 武汉大学校友会 --kind organisation --city 北京 --alias 武大校友会")
    line = "item=suits,amount=1600,standard=GB 19082-2009,carton=50,for=武汉大学中南医院,at=仙桃中转仓"
    gift = ask(
        "Lin",
        "gift offer 武大校友会 --terms consignment --line",
        line,
        "--line",
        f"item=masks,amount=300,for={HOSPITAL}",
    )
    number = gift["gift"]["number"]
    judged = ask("Lin", "gift judge", number, "--passes", 1, "--fails", "2=no certificate")
    assert [each["line"]["verdict"] for each in judged["lines"]] == ["AS_GIVEN", "CONSENT_ASKED"]
    answered = ask("Lin", "gift consent", number, 2, "--agrees", "--words", "by telephone, 11:40")
    assert answered["gift"]["state"] == "OFFERED"  # the owner's word holds once two persons have signed it
    (paper,) = ask("", "document list --kind community_use")["items"]
    ask("Mei", "document sign", paper["number"])
    assert ask("", "gift show", number)["gift"]["state"] == "ACCEPTED"
    part = ask("Bao", "gift receive", number, "仙桃中转仓", "--arrived", "1=1590", "--damaged", "1=4")
    assert part["gift"]["state"] == "RECEIVED"
    corrected = ask("Lin", "gift correct", number, 2, "--amount", 360, "--words", "更正：应为360只")
    assert [each["line"]["offered"] for each in corrected["lines"]] == [1_600, 360]
    suits = part["lines"][0]["line"]
    assert (suits["short"], suits["damaged"]) == (10, 4)
    path = ask("", "gift path", number, "--line", 1)
    assert {step["reason"] for step in path["steps"]} >= {"CONSIGNMENT", "DAMAGE"}
    assert ask("", "gift list --state received")["items"][0]["number"] == number
    allotted = ask("Lin", "share allot 武汉大学中南医院 suits 200 --from 仙桃中转仓 --reason 物主指定")
    assert (allotted["amount"], allotted["receiver_name"]) == (200, HOSPITAL)
    assert ask("Lin", "share unallot", allotted["id"], "--why", "wrong ward")["is_undone"] is True


def test_carriers_vehicles_passes_and_meeting_places_are_registered(world: World, ask: Ask) -> None:
    ask("Lin", "party add 长江快运 --kind organisation")
    ask("Lin", "carrier add 长江快运 --note 夜班")
    offer = "--vehicles 3 --tonnes 1.5 --cubic-metres 12 --fixed 300 --per-km 4.50 --bonus 2000 --crosses"
    offered = ask("Lin", f"carrier offer 长江快运 面包车 {offer}")
    assert (offered["capacity_g"], offered["fen_per_km"], offered["bonus_fen"]) == (1_500_000, 450, 200_000)
    ask("Lin", "carrier vehicle 鄂B00001 --kind 面包车")
    passed = ask("Lin", "carrier pass 鄂B00001 --area 武汉 --until +10d --granted-by 武汉市疫情防控指挥部")
    assert [each["area_name"] for each in passed["passes"]] == ["武汉"]
    assert ask("Lin", "carrier revoke 鄂B00001 --why 停用")["passes"] == []
    assert ask("Lin", "carrier meet 北京协和医院援鄂医疗队 武汉大学中南医院")["site"] == str(world.hospital)
    assert "鄂B00001" in {row["plate"] for row in ask("", "carrier vehicles --carrier 长江快运")["items"]}
    assert ask("", "carrier passes")["items"]


def test_a_task_is_opened_taken_handed_on_and_ends_in_a_document(world: World, ask: Ask) -> None:
    title = "问仙桃市：有没有临时仓"
    ask("Lin", "task add", title, "--duty", "command", "--due", "+6h")
    ask("Lin", "task take", title)
    assert [row["title"] for row in ask("Lin", "task list --mine")["items"]] == [title]
    ask("Lin", "task call 仙桃市商务局 --about 临时仓 --outcome 明早看 --task", title)
    assert ask("Lin", "task give", title, "Mei")["owner_name"] == "Mei"
    paper = ask("", "document list --kind freeze")["items"][0]["number"]
    assert ask("Mei", "task end", title, "--document", paper)["document_number"] == paper
    ask("Lin", "group join Mei --duty 复核")
    ask("Lin", "group watch Mei --until +8h")
    set_clock(NOW + HOUR)
    shift = ask("", "group shift")
    assert [each["name"] for each in shift["on_watch"]] == ["Mei"]
    assert [each["whom"] for each in shift["calls"]] == ["仙桃市商务局"]
    assert ask("Lin", "group leave Mei")["items"] == []


def test_alone_on_duty_the_maker_acts_and_another_signs_as_second(world: World, ask: Ask, terminal: Terminal) -> None:
    ask("Lin", "need ask", HOSPITAL, "masks", "--quantity", 500)
    ask("Lin", "share plan")
    ask("Lin", "share approve --alone")
    (paper,) = ask("Mei", "document list --mine")["items"]
    assert (paper["state"], paper["was_alone"]) == ("ALONE", True)
    twice = terminal("document", "sign", paper["number"], "--as", "Lin", "--json")
    assert (twice.code, twice.error["code"]) == (2, "journal.same-hand-twice")
    assert ask("Mei", "document sign", paper["number"])["state"] == "SIGNED"
    assert len(ask("", "document show", paper["number"])["signatures"]) == 2


def test_registers_are_looked_up_and_added_to(world: World, ask: Ask) -> None:
    site = ask("Lin", "site add 孝感备选仓 --role hub --city 孝感 --lat 30.9 --lon 113.9 --docks 2")
    assert (site["name"], site["docks_count"]) == ("孝感备选仓", 2)
    ask("Lin", "site lane 廊坊仓 孝感备选仓 --km 1100 --hours 17.5")
    (lane,) = ask("", "site lanes --to 孝感备选仓")["items"]
    assert (lane["origin_name"], lane["duration_s"]) == ("廊坊仓", 63_000)
    closed = ask("Lin", "site close 廊坊仓 孝感备选仓 --until +12h", "--reason", "大雪封路")
    assert (closed["target_name"], closed["end_at"]) == ("孝感备选仓", (NOW + 12 * HOUR).isoformat())
    (lane,) = ask("", "site lanes --to 孝感备选仓")["items"]
    assert [each["reason"] for each in lane["closures"]] == ["大雪封路"]
    assert [row["name"] for row in ask("", "site areas")["items"]] == ["武汉"]
    sealed = ask("Lin", "site seal 孝感 孝感备选仓 --from now")
    assert [each["name"] for each in sealed["sites"]] == ["孝感备选仓"]
    assert ask("Lin", "site lift 孝感 --at +1h")["sealed"]["end_at"] == (NOW + HOUR).isoformat()
    ask("Lin", "item add 隔离面罩 --name-en Mask-of-glass --alias 面屏")
    assert ask("", "item show 面屏")["name_zh"] == "隔离面罩"
    assert ask("", "item find 隔离")["status"] == "LIKELY"
    ask("Lin", "party alias 武汉大学中南医院 中南医院")
    assert ask("", "party show 中南医院")["id"] == str(world.hospital)
    ask("Lin", "party alias 武汉大学中南医院 北京协和 --never")
    assert ask("", "party resolve 北京协和")["status"] != "EXACT"


def test_a_list_is_imported_by_a_person_who_then_decides_the_line_that_waits(
    world: World, ask: Ask, terminal: Terminal, tmp_path: Path
) -> None:
    log_in_as("Wu", [(Duty.CLERK, None)], NOW)
    sheet = tmp_path / "needs.csv"
    sheet.write_text("接收单位,物资名称,数量\n武汉大学中南医院,防护服,30\n中南医院,口罩,500\n", encoding="utf-8")
    stranger = terminal("import", "needs", sheet, "--as", "Stranger", "--json")
    assert (stranger.code, stranger.error["code"]) == (2, "kernel.not-your-place")
    imported = ask("Wu", "import needs", sheet)
    assert (imported["added"], len(imported["waiting"])) == (1, 1)
    (line,) = ask("", "waiting list --kind needs")["items"]
    assert line["candidates"][0]["text"].startswith(HOSPITAL)
    neither = terminal("waiting", "decide", line["line"], "--as", "Wu", "--json")
    assert neither.error["expected"].startswith("one of")
    decided = ask("Wu", "waiting decide", line["line"], "--candidate", line["candidates"][0]["key"])
    assert (decided["waiting"], decided["state"]) == ([], "APPLIED")
    assert ask("", "need show 武汉大学中南医院/口罩")["quantity"] == 500


def test_the_new_place_of_a_waiting_line_is_registered_from_the_terminal(
    world: World, ask: Ask, terminal: Terminal, tmp_path: Path
) -> None:
    log_in_as("Wu", [(Duty.CLERK, None)], NOW)
    sheet = tmp_path / "gifts.csv"
    sheet.write_text("捐赠方,物资名称,数量,仓库\n校友会,口罩,500,汉口北仓\n", encoding="utf-8")
    assert len(ask("Wu", "import gifts", sheet)["waiting"]) == 1
    (line,) = ask("", "waiting list")["items"]
    assert line["new_place"] == "汉口北仓"
    moon = terminal("waiting", "place", line["line"], "--role", "MOON", "--as", "Wu", "--json")
    assert moon.error["expected"].startswith("WAREHOUSE")
    placed = ask("Wu", "waiting place", line["line"], "--role", "warehouse", "--city", "武汉")
    assert (placed["added"], placed["waiting"]) == (1, [])
    assert ask("", "waiting list")["items"] == []


def test_a_paid_order_ships_or_is_cancelled(world: World, ask: Ask, tmp_path: Path) -> None:
    ask("Fang", "stock count 廊坊仓 --line masks=5000")
    sheet = tmp_path / "orders.csv"
    sheet.write_text("仓库,物资名称,数量\n廊坊仓,口罩,30\n廊坊仓,口罩,20\n", encoding="utf-8")
    ask("Lin", "import orders", sheet)
    first, _second = ask("", "order list --site 廊坊仓")["items"]
    assert ask("Fang", "order cancel", first["id"], "--why", "顾客退款")["state"] == "CANCELLED"
    assert ask("Fang", "order ship 廊坊仓")["kind"] == "SHIPMENT"
    assert ask("", "order list")["items"] == []


def test_log_ins_are_made_given_duties_at_places_and_closed(world: World, ask: Ask, terminal: Terminal) -> None:
    first = terminal("login", "first", "zhen", "--name", "管理员 甄", "--json", stdin="kettle-orchard-nine\n")
    assert [each["duty"] for each in first.document["duties"]] == ["ADMIN", "CLERK", "COMMAND"]
    assert terminal("login", "first", "other", "--name", "x", "--json", stdin="kettle-orchard-nine\n").code == 2
    made = ask("zhen", "login add qin --name 秦 --duty keeper@仙桃中转仓", stdin="lantern-walnut-seven\n")
    assert [(each["duty"], each["at_name"]) for each in made["duties"]] == [("KEEPER", "仙桃中转仓")]
    ask("zhen", "login give qin DRIVER@东行物流 --until +2d")
    ended = ask("zhen", "login end qin keeper@仙桃中转仓")
    assert [each["duty"] for each in ended["duties"]] == ["DRIVER"]
    ask("zhen", "login password qin", stdin="another-word-here\n")
    assert ask("zhen", "login dismiss qin")["is_active"] is False
    short = terminal("login", "add", "x", "--name", "x", "--duty", "CLERK", "--as", "zhen", "--json", stdin="short\n")
    assert short.error["code"] == "people.password-too-short"
    assert [row["username"] for row in ask("", "login list")["items"] if row["is_active"]].count("qin") == 0


def test_every_write_leaves_beside_its_own_event_who_typed_it_where(world: World, ask: Ask) -> None:
    made = ask("Lin", "need ask", HOSPITAL, "masks", "--quantity", 500)
    (told,) = journal.events(kinds=["ops.command.given"])
    assert (told.name, told.data["command"], told.data["request"]) == ("Lin", "need ask", made["request_id"])
    assert told.data["account"]


def test_moments_are_read_on_the_houses_clock(world: World, ask: Ask) -> None:
    due = [
        ask("Lin", "need ask", HOSPITAL, item, "--quantity", 10, "--due", text)["due_at"]
        for item, text in (("masks", "2020-01-24 06:00"), ("suits", "+6h"))
    ]
    assert due == ["2020-01-23T22:00:00+00:00", (NOW + timedelta(hours=6)).isoformat()]


def test_a_carriers_lost_link_is_made_anew_and_its_counter_leads_to_another_plan(world: World, ask: Ask) -> None:
    world.allot("langfang masks", world.hospital, 600)
    ask("Lin", "convoy plan --until +5d --hub 仙桃中转仓")
    paths = {row["carrier_name"]: row["path"] for row in ask("Lin", "convoy ask")["items"]}
    renewed = ask("Lin", "convoy link 东行物流")
    assert renewed["path"] not in ("", paths["东行物流"])
    countered = ask(
        "Dispatcher",
        "convoy answer counter --vehicles 9.6米厢车=2 --bonus 9.6米厢车=3000 --note",
        "drivers want a bonus",
    )
    assert countered["answer"] == "COUNTERED"
    assert countered["terms"][str(world.trucks)] == {"vehicles_count": 2, "bonus_fen": 300_000}
    assert countered["suggested_plan"]
    assert {row["answer"] for row in ask("", "convoy asks", countered["plan"])["items"]} == {"COUNTERED", "ASKED"}


def test_a_driver_named_for_two_trucks_at_once_is_refused_at_the_terminal_too(
    world: World, ask: Ask, terminal: Terminal
) -> None:
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.hub, 300)
    world.convoy()
    near, far = world.bill(origin=world.ezhou), world.bill(origin=world.langfang)
    ask("Lin", "waybill name", near.number, near.plate, "--driver", "Tao")
    refused = terminal("waybill", "name", far.number, far.plate, "--driver", "Tao", "--as", "Lin", "--json")
    assert (refused.code, refused.error["code"], refused.error["other"]) == (2, "freight.driver-elsewhere", near.number)
    freight.cancel_waybill(waybill=near.id, reason="x", actor=world.lin, now=NOW, request_id=new_id())
    assert ask("Lin", "waybill name", far.number, far.plate, "--driver", "Tao")["row"]["driver_name"] == "Tao"
