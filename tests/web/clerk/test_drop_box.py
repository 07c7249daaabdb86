"""The drop box: anything dropped is guessed, previewed, written; doubts wait, equal ones together."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from openpyxl import Workbook

import baogong
from baogong.engine.sheets.kinds import Guess, likely_kinds
from baogong.engine.sheets.limits import Limits
from baogong.journal.queries.imports import WaitingLine, waiting_lines
from baogong.people.services.parties import register_party
from baogong.places import queries as places
from baogong.supply.queries import stock_board
from baogong.web.clerk.vocabulary import SENTENCES
from baogong.web.clerk.words import told
from tests.apps.supply.world import World, make_house, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import read, send, visit

STOCK = "仓库,物资名称,数量,单位,盘点时间\n廊坊仓,医用外科口罩,3000,只,2020-01-22\n廊坊仓,护目镜,许多,,2020-01-22\n"
PEOPLE = "名称,种类,城市,别名\n武汉市第六医院,机构,武汉,\n"


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


def dropped(client: Client, name: str, data: bytes | str, **form: str) -> str:
    """Drop a file; the page that follows."""
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    return send(client, "/lists/", {"file": file, **form})


def run_of(client: Client, name: str, data: bytes | str, **form: str) -> str:
    """Drop a file; the address of its preview."""
    file = SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data)
    answer = client.post("/lists/", {"file": file, **form})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def workbook(*rows: tuple[str | int, ...]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sure_list_is_previewed_at_once_and_nothing_is_written(world: World) -> None:
    wu = visit("wu")
    page = dropped(wu, "stock.csv", STOCK)
    assert "preview: nothing is written yet" in page
    assert "C3" in page
    assert "Write the number, then the unit." in page
    assert stock_board() == ()


def test_pasted_rows_are_read_like_a_file(world: World) -> None:
    page = send(visit("wu"), "/lists/", {"text": PEOPLE})
    assert "武汉市第六医院" in page


def test_writing_writes_what_is_sound_once_and_keeps_the_rest_in_sight(world: World) -> None:
    wu = visit("wu")
    run = run_of(wu, "stock.csv", STOCK)
    page = send(wu, f"{run}apply/", {})
    assert "Written: 1 new, 0 matched. 0 wait for a person; 1 were refused." in page
    assert [row.counted for row in stock_board()] == [3000]
    send(wu, f"{run}apply/", {})
    assert "Nothing new is in this list" in dropped(wu, "again.csv", STOCK)
    assert [row.counted for row in stock_board()] == [3000]


def test_a_workbook_that_may_be_two_lists_is_read_both_ways_without_a_second_upload(world: World) -> None:
    wu = visit("wu")
    data = workbook(("仓库", "物资名称", "数量"), ("廊坊仓", "医用外科口罩", 500))
    before = stock_board()
    page = dropped(wu, "list.xlsx", data)
    assert "can be read in more than one way" in page
    assert "It is: stock sheets" in page or "It is: Stock sheet" in page, page
    run = page.split("It is: ")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "preview: nothing is written yet" in read(wu, run)
    assert stock_board() == before


def test_a_list_nobody_knows_is_told_by_its_headers(world: World) -> None:
    answer = visit("wu").post("/lists/", {"file": SimpleUploadedFile("x.csv", "甲,乙\n1,2\n".encode())})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "甲 · 乙" in page
    assert "fit no kind of list" in page


@pytest.mark.parametrize(("language", "lacks", "said"), [("en", "it lacks", "city"), ("zh-hans", "缺少", "城市")])
def test_pasted_rows_nobody_understands_stay_in_the_box_with_what_was_tried(
    world: World, language: str, lacks: str, said: str
) -> None:
    pasted = "甲,城市,数量\n<1>,武汉,3"
    answer = visit("wu", language).post("/lists/", {"text": pasted, "profile": "wuhan2020"})
    page = answer.content.decode()
    assert f'<textarea id="text" name="text">{escape(pasted)}</textarea>' in page
    assert '<option value="wuhan2020" selected>' in page
    tried = page.split("<details>")[1].split("</details>")[0]
    assert tried.count("<li>") > 8
    assert tried.count(lacks) == tried.count("<li>")
    assert said in tried or "城市" in tried


def test_columns_that_are_missing_are_named_in_the_visitors_language(world: World) -> None:
    pasted = {"text": "承运方,车型,车数\n东行物流,高栏,1\n", "kind": "carriers"}
    page = visit("wu", "zh-hans").post("/lists/", pasted).content.decode()
    assert "这张表缺少列：载重、容积。" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "stock"}, "no column warehouse (仓库), item (物资名称), amount (数量)"),
        ({"kind": "ships"}, "no list of kind"),
        ({"profile": "mars"}, "no profile"),
    ],
)
def test_pasted_rows_that_are_refused_stay_in_the_box(world: World, form: dict[str, str], said: str) -> None:
    wu = visit("wu")
    before = rows_everywhere()
    page = wu.post("/lists/", {"text": PEOPLE, **form}).content.decode()
    assert said in page
    assert 'role="alert"' in page
    assert "武汉市第六医院,机构,武汉,\n</textarea>" in page
    assert rows_everywhere() == before


@pytest.mark.parametrize(("language", "said"), [("en", "were not read:"), ("zh-hans", "没有读入")])
def test_columns_that_were_not_read_are_named_before_anything_is_written(
    world: World, language: str, said: str
) -> None:
    client = visit("wu", language)
    rows = "仓库,物资名称,数量,库位,联系电话\n廊坊仓,医用外科口罩,3000,A-3,13912345678\n"
    page = read(client, run_of(client, "stock.csv", rows, kind="stock"))
    assert re.search(rf"{said}[^<]*<strong>库位 · 联系电话</strong>", page)
    assert "13912345678" not in page
    page = dropped(client, "two.xlsx", workbook(("仓库", "物资名称", "数量", "库位"), ("廊坊仓", "口罩", 5, "A-3")))
    assert page.count("<strong>库位</strong>") >= 2
    assert said not in read(client, run_of(client, "stock.csv", STOCK))


def test_what_cannot_be_new_is_not_offered_as_new(world: World) -> None:
    wu = visit("wu")
    page = read(wu, run_of(wu, "stock.csv", STOCK.replace("廊坊仓,医", "廊坊仓库,医"), kind="stock"))
    assert 'value="drop"' in page
    assert 'value="new"' not in page
    assert 'value="accept"' not in page


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", "", "nothing in this list"),
        ("old.xls", b"\xd0\xcf\x11\xe0 old", "old kind"),
        ("broken.xlsx", b"PK\x03\x04 broken", "XLSX"),
    ],
)
def test_what_cannot_be_read_is_refused_on_the_page_it_came_from(
    world: World, name: str, data: bytes | str, said: str
) -> None:
    page = dropped(visit("wu"), name, data, next="/lists/")
    assert said in page
    assert 'role="alert"' in page


def test_a_file_too_large_is_refused_before_it_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baogong.web.clerk.views.Limits", lambda: Limits(file_bytes=10))
    monkeypatch.setattr(InMemoryUploadedFile, "read", lambda *_: pytest.fail("it was read"), raising=False)
    large = io.BytesIO(STOCK.encode())
    large.name = "large.csv"
    assert "too large" in send(visit("wu"), "/lists/", {"file": large, "next": "/lists/"})


def test_equal_doubts_are_one_question_and_one_answer_settles_them_all(world: World) -> None:
    wu = visit("wu")
    rows = "".join(f"廊坊仓库,{item},100,只,2020-01-22\n" for item in ("医用外科口罩", "护目镜", "防护服"))
    run = run_of(wu, "stock.csv", "仓库,物资名称,数量,单位,盘点时间\n" + rows, kind="stock")
    send(wu, f"{run}apply/", {})
    assert len(waiting_lines()) == 3
    page = read(wu, "/lists/waiting/")
    assert page.count("<article") == 1
    assert "for all 3 lines" in page
    line = waiting_lines()[0]
    answer = {"answer": f"c:{world.langfang}", "alike": "1", "next": "/lists/waiting/"}
    assert "Nothing waits." in send(wu, f"/lists/waiting/{line.id}/", answer)
    assert sorted(row.counted for row in stock_board()) == [100, 100, 100]


NEW_WAREHOUSE = (
    "仓库,物资名称,数量,单位,盘点时间\n"
    "汉口北仓,医用外科口罩,100,只,2020-01-22\n"
    "汉口北仓,护目镜,200,只,2020-01-22\n"
    "汉口北仓,防护眼睛,300,只,2020-01-22\n"
    "仙桃新库,护目镜,400,只,2020-01-22\n"
)


def new_place(line: WaitingLine, **form: str) -> tuple[str, dict[str, str]]:
    """The form beside a waiting line as a clerk sends it."""
    given = {"name": line.outcome.place_name, "role": "WAREHOUSE", "city": "武汉", "next": "/lists/waiting/"}
    return f"/lists/waiting/{line.id}/place/", given | form


def test_a_place_nobody_registered_is_registered_beside_its_line_and_every_line_of_it_goes_there(world: World) -> None:
    wu = visit("wu")
    send(wu, f"{run_of(wu, 'stock.csv', NEW_WAREHOUSE, kind='stock')}apply/", {})
    page = read(wu, "/lists/waiting/")
    assert 'name="name" required maxlength="200" value="汉口北仓"' in page
    assert stock_board() == ()
    path, form = new_place(waiting_lines()[0])
    said = send(wu, path, form)
    assert "“汉口北仓” is registered; 3 lines of the list are of it." in said
    (site,) = [site for site in places.sites() if site.name == "汉口北仓"]
    assert (site.role, site.city) == ("WAREHOUSE", "武汉")
    assert sorted((row.site, row.counted) for row in stock_board()) == [(site.id, 100), (site.id, 200)]
    # The goods nobody knows wait for their own sake; another place waits for its own.
    goods, elsewhere = waiting_lines()
    assert (goods.outcome.place, goods.outcome.found) == ("", "防护眼睛")
    assert elsewhere.outcome.place_name == "仙桃新库"


def test_a_place_pressed_twice_or_of_no_known_use_registers_nothing(world: World) -> None:
    wu = visit("wu")
    send(wu, f"{run_of(wu, 'stock.csv', NEW_WAREHOUSE, kind='stock')}apply/", {})
    first, *_rest, last = waiting_lines()
    path, form = new_place(last, role="MOON")
    before = rows_everywhere()
    assert 'role="alert"' in send(wu, path, form)
    assert rows_everywhere() == before
    path, form = new_place(first, name="汉口北物流仓")
    send(wu, path, form)
    before = rows_everywhere()
    assert "does not wait for a place" in send(wu, path, form | {"name": "又一个仓"})
    assert rows_everywhere() == before
    # What the list called it is its other name from now on.
    lines = read(wu, run_of(wu, "more.csv", NEW_WAREHOUSE.replace("2020-01-22", "2020-01-23"), kind="stock"))
    assert 'value="汉口北仓"' not in lines
    assert 'value="仙桃新库"' in lines


def test_a_new_place_is_registered_in_a_preview_too_and_written_with_the_list(world: World) -> None:
    wu = visit("wu", "zh-hans")
    run = run_of(wu, "stock.csv", NEW_WAREHOUSE, kind="stock")
    page = read(wu, run)
    assert "这是一个新地点" in page
    line = re.findall(r"/lists/waiting/([0-9a-f-]{36})/place/", page)[0]
    form = {"name": "汉口北仓", "role": "HUB", "city": "", "next": run}
    assert "“汉口北仓”已登记；清单中有 3 行属于它。" in send(wu, f"/lists/waiting/{line}/place/", form)
    assert stock_board() == ()
    send(wu, f"{run}apply/", {})
    assert sorted(row.counted for row in stock_board()) == [100, 200]


def test_who_registers_no_places_is_offered_no_form(world: World) -> None:
    send(visit("wu"), f"{run_of(visit('wu'), 'stock.csv', NEW_WAREHOUSE, kind='stock')}apply/", {})
    kai = visit("kai")
    mine = read(kai, run_of(kai, "mine.csv", NEW_WAREHOUSE.replace("2020-01-22", "2020-01-21"), kind="stock"))
    assert "汉口北仓" in mine
    assert "It is a new place" not in mine
    path, form = new_place(waiting_lines()[0])
    assert kai.post(path, form).status_code == 403


def test_an_answer_that_was_not_offered_is_refused_and_the_line_waits_on(world: World) -> None:
    wu = visit("wu")
    run = run_of(wu, "stock.csv", STOCK.replace("廊坊仓,医", "廊坊仓库,医"), kind="stock")
    send(wu, f"{run}apply/", {})
    (line,) = waiting_lines()
    page = send(wu, f"/lists/waiting/{line.id}/", {"answer": "c:nobody", "next": "/lists/waiting/"})
    assert "none of the answers" in page
    assert len(waiting_lines()) == 1


def test_a_long_list_shows_its_first_lines_and_leads_to_all(world: World) -> None:
    wu = visit("wu")
    rows = "".join(f"机构{number:03d},机构,武汉,\n" for number in range(250))
    run = run_of(wu, "many.csv", "名称,种类,城市,别名\n" + rows)
    page = read(wu, run)
    assert page.count("机构0") == 20
    assert "All 250 lines" in page
    assert "机构199" in read(wu, f"{run}?status=ADDED")
    last = read(wu, f"{run}?status=ADDED&from=200")
    assert "机构249" in last
    assert "机构199" not in last


def test_what_was_left_out_is_saved_to_be_corrected_and_no_cell_is_a_formula(world: World) -> None:
    wu = visit("wu")
    bad = "仓库,物资名称,数量,单位,盘点时间\n廊坊仓,护目镜,=1+1,,2020-01-22\n"
    answer = wu.get(f"{run_of(wu, 'bad.csv', bad)}left-out.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Where", "Line", "Found", "Allowed", "What to do"]
    assert rows[1][0] == "C2"
    assert rows[1][2] == "'=1+1"


def test_a_template_has_the_headers_in_the_visitors_language(world: World) -> None:
    english = visit("wu").get("/lists/template/stock.csv").content.decode("utf-8-sig")
    chinese = visit("wu", "zh-hans").get("/lists/template/stock.csv").content.decode("utf-8-sig")
    assert english.startswith("warehouse,item,amount")
    assert chinese.startswith("仓库,物资名称,数量")


def test_lists_are_the_clerks_the_commands_and_the_keepers(world: World) -> None:
    run = run_of(visit("wu"), "stock.csv", STOCK)
    assert "医用外科口罩" in read(visit("kai"), run)
    bao = visit("bao")  # another site's keeper
    before = rows_everywhere()
    assert bao.get(run).status_code == bao.post(f"{run}apply/").status_code == 403
    for name in ("stranger", "tao", "mei"):
        client = visit(name)
        for path in ("/lists/", run, f"{run}left-out.csv", "/lists/waiting/", "/lists/template/stock.csv"):
            assert client.get(path).status_code == 403, (name, path)
        assert client.post("/lists/", {"text": PEOPLE}).status_code == 403
        assert client.post(f"{run}apply/").status_code == 403
    assert Client().get("/lists/").status_code == 302
    after = rows_everywhere()
    watched = ("people_pace",)
    assert {name: rows for name, rows in after.items() if name not in watched} == {
        name: rows for name, rows in before.items() if name not in watched
    }


def test_a_keeper_opens_lists_of_stock_and_none_of_households_or_registers(world: World) -> None:
    register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    wu, kai = visit("wu"), visit("kai")
    stock = run_of(wu, "stock.csv", STOCK.replace("廊坊仓,医", "廊坊仓库,医"), kind="stock")
    households = run_of(wu, "homes.csv", "社区,门牌,户主,成人\n幸福里社区,3-2-501,张小三,2\n", kind="households")
    parties = run_of(wu, "parties.csv", PEOPLE)
    assert "3-2-501" in read(wu, households)
    before = rows_everywhere()
    for run in (households, parties):
        choice = f"/lists/choose/?run={run.rstrip('/').rsplit('/', 1)[1]}"
        for path in (run, f"{run}?status=ADDED", f"{run}left-out.csv", choice):
            answer = kai.get(path)
            assert answer.status_code == 403, path
            assert "3-2-501" not in answer.content.decode()
        assert kai.post(f"{run}apply/").status_code == 403
    assert kai.post("/lists/", {"text": PEOPLE}).status_code == 403
    assert {**rows_everywhere(), "people_pace": 0} == {**before, "people_pace": 0}
    send(wu, f"{stock}apply/", {})
    assert "廊坊仓库" in read(kai, stock)
    assert "廊坊仓库" in read(kai, "/lists/waiting/")
    box = read(kai, "/lists/")
    assert 'value="stock"' in box
    assert 'value="households"' not in box
    assert 'value="parties"' not in box


def test_real_lists_of_hospitals_are_read_and_their_doubts_grouped(world: World, real_data: Path) -> None:
    wu = visit("wu")
    run = run_of(wu, "wuhanshi.json", (real_data / "wuhan2020" / "hospital" / "wuhanshi.json").read_bytes())
    page = read(wu, run)
    send(wu, f"{run}apply/", {})
    queue = read(wu, "/lists/waiting/")
    assert "waiting for a person" in page
    assert 0 < queue.count("<article") < len(waiting_lines()) / 2


# -- what the readers say, in Chinese


def constants() -> Iterator[tuple[str, str]]:
    """Every fixed sentence that the readers of lists put beside a line, with its file."""
    root = Path(baogong.__file__).parent
    folders = ("engine/sheets/*.py", "*/imports.py", "supply/imports/*.py", "supply/sheets/*.py")
    for file in [file for folder in folders for file in root.glob(folder)]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg in ("expected", "cure", "why"):
                yield from ((text, file.name) for text in texts_of(node.value) if " " in text.strip())


def texts_of(value: ast.expr) -> list[str]:
    """The texts it may be: one, or either of two; none where it is put together from facts."""
    if isinstance(value, ast.BoolOp):
        return [text for part in value.values for text in texts_of(part)]
    if isinstance(value, ast.IfExp):
        return texts_of(value.body) + texts_of(value.orelse)
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) else []


def test_every_fixed_sentence_of_the_readers_has_chinese() -> None:
    missing = {(text, file) for text, file in constants() if text not in SENTENCES}
    assert missing == set(), "add them to baogong/web/clerk/vocabulary.py"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("86 % of the characters agree", "86% 的字相同"),
        ("1万2: read as 12,000: the last digit stands for the next place", "1万2：读作 12,000：末位数字算下一位"),
        ("a carton of 2,000 is assumed", "按每箱 2,000 估算"),
        ("武汉雷神山医院; 未审核 · not reviewed", "武汉雷神山医院；未审核"),
        ("at most 40, what is free at this site", "最多 40，即此地未占用的数量"),
        ("廊坊仓库", "廊坊仓库"),
        ("", ""),
    ],
)
def test_facts_are_kept_when_a_reader_is_heard_in_chinese(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert told(english) == chinese
    with translation.override("en"):
        assert "未审核" not in told(english)


def test_a_list_that_has_all_a_more_demanding_kind_requires_is_asked_about() -> None:
    """Every list of goods has the one column a catalogue requires: a list of orders is not taken for a catalogue."""
    catalogue, orders = Guess("items", 1.0, "", ""), Guess("orders", 0.8, "", "")
    assert likely_kinds((catalogue, orders)) == ["items", "orders"]
    assert likely_kinds((catalogue, Guess("parties", 0.8, "", ""))) == ["items"]
    assert likely_kinds((Guess("orders", 1.0, "", ""), Guess("items", 0.8, "", ""))) == ["orders"]
    assert likely_kinds(()) == []


def test_a_list_of_which_little_is_understood_is_no_kind_for_certain() -> None:
    assert likely_kinds((Guess("items", 0.111, "", ""),)) == []
    assert likely_kinds((Guess("items", 0.5, "", ""), Guess("orders", 0.2, "", ""))) == ["items"]


def test_a_list_of_needs_is_known_by_the_words_people_head_it_with(world: World) -> None:
    wu = visit("wu")
    heads, row = (
        "收货医院,物品,要多少,急不急,什么时候要,联系人,电话",
        "武汉大学中南医院,医用外科口罩,500,急,1月31日,王,1",
    )
    page = dropped(wu, "a.csv", f"{heads}\n{row}\n")
    assert "can be read in more than one way" not in page
    assert "“1月31日” read as 2020-01-31" in page
    assert "“1月31日”读作 2020-01-31，即最近的这一天" in dropped(visit("wu", "zh-hans"), "b.csv", f"{heads}\n{row}\n")
    strange = SimpleUploadedFile(
        "c.csv", "哪家,物品,几个,多急,哪天,谁,号码,车,话\n中南,口罩,500,急,明天,王,1,2,3\n".encode()
    )
    told = wu.post("/lists/", {"file": strange}).content.decode()
    assert "fit no kind of list for certain" in told
    assert "it lacks ;" not in told
