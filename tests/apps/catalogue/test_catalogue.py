"""Items, what names them, how they are boxed, and what an amount in any unit comes to."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from uuid import UUID

import pytest
from django.utils import translation

from baogong.catalogue import imports, queries, services
from baogong.catalogue.barcodes import UnreadBarcode
from baogong.catalogue.queries import CartonUnknown, FoundStatus
from baogong.catalogue.services import AliasTaken, CodeTaken, ItemUnusable
from baogong.catalogue.units import UnitUnclear
from baogong.engine.sheets import parse_spec, read_pasted
from baogong.engine.sheets.items import fold_item
from baogong.engine.sheets.kinds import Status, guess_kind, settle
from baogong.engine.sheets.standards import StandardRef
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotFound
from baogong.web.clerk.words import told

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2020, 1, 23, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _seeded(db: None) -> None:
    services.seed_catalogue()


def code(text: str) -> str:
    found = queries.find_item(text)
    return found.item.code if found.item else found.status.value


def test_seeding_twice_changes_nothing_and_keeps_what_people_changed() -> None:
    suit = queries.item("protective-suit")
    services.change_item(item=suit.id, daily_use=Decimal("2.5"))
    before = queries.items()
    assert services.seed_catalogue() == 0
    assert queries.items() == before
    assert queries.item("protective-suit").daily_use_milli == 2_500


def test_no_two_seeded_items_share_a_name() -> None:
    owners: dict[str, set[str]] = {}
    for given in tomllib.loads(services.DATA.joinpath("items.toml").read_text("utf-8"))["item"]:
        for text in (given["code"], given["name_zh"], given["name_en"], *given.get("aliases", ())):
            owners.setdefault(fold_item(text), set()).add(given["code"])
    assert {key: codes for key, codes in owners.items() if len(codes) > 1} == {}
    assert sum(len(view.aliases) for view in queries.items()) == len(owners)


def test_a_seeded_class_code_is_one_of_the_standards_or_blank() -> None:
    """Seven digits, the first 1 to 3 (GB/T 38565-2020, 5.2); nothing else may stand where stores look for one."""
    codes = {
        given.get("class_code", "")
        for given in tomllib.loads(services.DATA.joinpath("items.toml").read_text("utf-8"))["item"]
    }
    assert all(re.fullmatch(r"|[123]\d{6}", code) for code in codes)
    seed = services._SeedItem({"code": "x", "name_zh": "甲", "name_en": "A", "class_code": "1030201"})
    assert seed.item.class_code == "1030201"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ｎ95 口罩", "n95-mask"),
        ("医用防护口罩 | N95口罩", "n95-mask"),
        ("kn95", "kn95-mask"),
        ("医用外科口罩", "surgical-mask"),
        ("普通医用口罩", "disposable-mask"),
        ("防冲击眼罩/护目镜/防护眼镜", "goggles"),
        ("乳胶手套", "gloves"),
        ("测体温设备", "thermometer"),
        ("Face Shields", "face-shield"),
        ("水溶胶带", "water-soluble-tape"),
        ("75%酒精", "alcohol"),
        ("84消毒液", "disinfectant"),
    ],
)
def test_the_usual_ways_of_writing_name_their_item(text: str, expected: str) -> None:
    assert code(text) == expected


def test_every_supply_of_the_hospital_files_has_its_item(real_data: Path) -> None:
    from baogong.engine.sheets import read_table, wuhan2020

    headers = {
        need.item
        for path in sorted((real_data / "wuhan2020/hospital").glob("*.json"))
        for need in wuhan2020.read(read_table(path.name, path.read_bytes()))
    }
    assert len(headers) == 23
    assert [header for header in headers if queries.find_item(header).status is not FoundStatus.EXACT] == []


def test_a_name_nobody_confirmed_is_suggested_and_never_taken() -> None:
    found = queries.find_item("3M N95口罩 1860")
    assert found.status is FoundStatus.LIKELY
    assert found.item is None
    assert found.candidates[0].item.code == "n95-mask"
    assert queries.find_item("拖拉机").status is FoundStatus.NONE
    assert queries.find_item("").status is FoundStatus.NONE


def test_an_alias_names_one_item() -> None:
    goggles, mask = queries.item("goggles").id, queries.item("n95-mask").id
    services.add_item_alias(item=goggles, text="3M护目镜")
    services.add_item_alias(item=goggles, text="3m 护目镜")  # the same key
    with pytest.raises(AliasTaken):
        services.add_item_alias(item=mask, text="3M护目镜")
    assert code("3m护目镜") == "goggles"


def test_an_item_is_added_once_and_its_code_stands_for_it() -> None:
    first = services.add_item(name_zh="防护帽子", name_en="Hood")
    assert services.add_item(name_zh="防护帽子", name_en="Hood") == first
    assert queries.item(first).code == "hood"
    with pytest.raises(CodeTaken):
        services.add_item(name_zh="汽车引擎盖", code="hood")
    with pytest.raises(ItemUnusable):
        services.add_item(name_zh="无", code="Not A Code")
    with pytest.raises(NotFound):
        queries.item("engine")


def units(item: str, amount: int | str, unit: str = "", spec: str = "") -> int:
    return queries.to_base_units(queries.item(item), Decimal(amount), unit, spec).amount


def doubts(item: str, amount: int, unit: str = "", spec: str = "") -> tuple[str, ...]:
    return queries.to_base_units(queries.item(item), amount, unit, spec).doubts


def test_glove_cartons_count_pieces_while_the_gift_counts_pairs() -> None:
    assert units("gloves", 50_000, "双") == 100_000
    assert units("gloves", 100, "箱", "1000只/箱") == 100_000
    assert units("gloves", 100, "箱", "500副/箱") == 100_000
    assert units("goggles", 100, "副") == 100


def test_jian_is_a_carton_where_the_packing_counts_per_jian_else_a_piece_in_doubt() -> None:
    assert units("disposable-mask", 10, "件", "2000只/件") == 20_000
    assert doubts("disposable-mask", 10, "件", "2000只/件") == ()
    assert units("protective-suit", 10, "件") == 10
    assert len(doubts("protective-suit", 10, "件")) == 1
    assert units("surgical-gown", 90, "件", "45件/箱") == 90  # there 件 is the piece
    assert units("surgical-gown", 2, "箱", "45件/箱") == 90


def test_set_and_piece_and_carton_all_occur_for_one_suit() -> None:
    assert units("protective-suit", 50, "套") == units("protective-suit", 50, "只") == 50
    assert units("protective-suit", 1, "箱") == 50
    assert "assumed" in doubts("protective-suit", 1, "箱")[0]


def test_boots_are_counted_in_pairs() -> None:
    assert units("rubber-boots", 20, "双") == 20
    assert units("rubber-boots", 20, "只") == 10
    with pytest.raises(UnitUnclear):
        units("rubber-boots", 3, "只")


def test_vegetables_may_be_weighed_and_disinfectant_comes_to_its_tonnage() -> None:
    assert units("vegetable-pack", 21, "吨") == 4_200
    disinfectant = queries.carton_for(queries.item("disinfectant").id)
    assert disinfectant.weight_g * 5_000 == 76_000_000


def test_money_is_counted_in_fen() -> None:
    assert units("money", 300, "元") == 30_000
    assert units("money", "0.01", "元") == 1


@pytest.mark.parametrize(
    ("number", "unit", "spec", "grams", "is_doubted"),
    [
        ("2.5", "公斤", "", 2_500, False),
        (3, "斤", "", 1_500, False),
        (2, "两", "", 100, False),
        (21, "吨", "", 21_000_000, False),
        (10, "筐", "20公斤/筐", 200_000, False),
        (5, "袋", "40斤/袋", 100_000, False),
        (10, "箱", "", 200_000, True),
    ],
)
def test_loose_food_is_counted_in_grams(number: int | str, unit: str, spec: str, grams: int, is_doubted: bool) -> None:
    found = queries.to_base_units(queries.item("potato").id, Decimal(number), unit, spec)
    assert (found.amount, bool(found.doubts)) == (grams, is_doubted)


@pytest.mark.parametrize("unit", ["", "件", "个", "袋"])
def test_a_number_of_loose_food_without_a_weight_is_refused(unit: str) -> None:
    with pytest.raises(UnitUnclear):
        units("potato", 5, unit)


@pytest.mark.parametrize(
    ("item", "unit"), [("n95-mask", "瓶"), ("n95-mask", "盒"), ("n95-mask", "斗"), ("money", "箱")]
)
def test_a_unit_that_does_not_fit_is_refused(item: str, unit: str) -> None:
    with pytest.raises(UnitUnclear):
        units(item, 3, unit)


def test_a_carton_of_another_size_is_scaled_and_marked_as_an_estimate() -> None:
    mask = queries.item("surgical-mask").id
    usual = queries.carton_for(mask)
    assert (usual.pieces, usual.weight_g, usual.volume_cm3) == (2_000, 9_000, 59_280)
    half = queries.carton_for(mask, 1_000)
    assert (half.weight_g, half.height_mm, half.is_estimate) == (4_500, 150, True)
    services.add_carton(
        item=mask, pieces=1_000, length_mm=400, width_mm=300, height_mm=300, weight_g=4_200, is_estimate=False
    )
    assert queries.carton_for(mask, 1_000).weight_g == 4_200
    assert queries.carton_for(mask).pieces == 2_000
    with pytest.raises(CartonUnknown):
        queries.carton_for(queries.item("money").id)


def test_the_usual_cartons_are_the_medians_of_real_ones(real_data: Path) -> None:
    groups = {"n95-mask": "N95", "protective-suit": "防护服", "goggles": "护目镜", "surgical-mask": "外科口罩"}
    rows = list(csv.DictReader((real_data / "cartons.csv").open(encoding="utf-8")))
    for item, word in groups.items():
        packings = [
            (spec.pieces, int(row["rows"]))
            for row in rows
            if word in row["item"] and (spec := parse_spec(row["spec"])) and spec.outer in ("件", "箱")
        ]
        assert packings
        smallest, largest = min(packings)[0], max(packings)[0]
        usual = queries.carton_for(queries.item(item).id).pieces
        assert smallest <= usual <= largest
        assert usual / 2 <= median(pieces for pieces, _ in packings) <= usual * 2


def test_a_bar_code_leads_to_the_item_its_lot_and_its_last_day() -> None:
    mask = queries.item("n95-mask").id
    services.add_gtin(item=mask, gtin="9521234543213", pieces=20)
    found = queries.scan("]C1010952123454321317261231\x1d10ABC123")
    assert found.item is not None
    assert (found.item.code, found.pieces) == ("n95-mask", 20)
    assert (found.barcode.lot, found.barcode.expires_on) == ("ABC123", date(2026, 12, 31))
    assert queries.scan("(01)09521234543213(10)X").item == found.item
    assert queries.scan("00340123450000000000").barcode.sscc == "340123450000000000"
    assert queries.scan("06901234567892").item is None
    with pytest.raises(UnreadBarcode):
        queries.scan("9521234543214")  # wrong check digit
    with pytest.raises(AliasTaken):
        services.add_gtin(item=queries.item("goggles").id, gtin="9521234543213")


def test_a_digital_link_keeps_its_lot_and_its_last_day() -> None:
    for origin in ("https://id.gs1.org", "HTTPS://ID.GS1.ORG", "https://maker.example/goods"):
        code = queries.scan(f"{origin}/01/09521234543213/10/ABC?17=261231").barcode
        assert (code.gtin, code.lot, code.expires_on) == ("09521234543213", "ABC", date(2026, 12, 31))
    assert queries.scan("https://id.gs1.org/00/340123450000000000").barcode.sscc == "340123450000000000"
    for wrong in ("https://id.gs1.org/01/09521234543214/10/ABC", "https://maker.example/goods?17=261231"):
        with pytest.raises(UnreadBarcode):
            queries.scan(wrong)


def test_full_width_figures_are_read_as_plain_ones() -> None:
    for text in ("（01）０９５２１２３４５４３２１３（17）261231", "(01)０９５２１２３４５４３２１３(17)２６１２３１"):
        code = queries.scan(text).barcode
        assert (code.gtin, code.expires_on) == ("09521234543213", date(2026, 12, 31))
    assert queries.scan("９５２１２３４５４３２１３").barcode.gtin == "09521234543213"


def test_a_later_edition_replaces_an_earlier_one() -> None:
    suit = queries.item("protective-suit").id
    services.add_standard(ref=StandardRef("GB 19082", "2003"), items=[suit])
    services.add_standard(ref=StandardRef("GB 19082", "2023"), items=[suit])
    (standard,) = [known for known in queries.standards() if known.family == "GB 19082"]
    assert (standard.edition, standard.items) == ("2023", ("protective-suit",))


def test_a_name_or_a_bar_code_of_another_item_is_refused_in_the_preview() -> None:
    services.add_gtin(item=queries.item("goggles").id, gtin="9521234543213")
    table = read_pasted(
        "名称,别名,编码,条码\n泳镜,护目镜,,\n泳帽,帽甲,,\n浴帽,帽甲,,\n风镜,,wind,9521234543213\n雪镜,,snow,\n雪鞋,,snow,"
    )
    lines = imports.classify(table, None, NOW)
    assert [(line.status.value, line.where) for line in lines] == [
        ("REFUSED", "B2"), ("ADDED", "A3"), ("REFUSED", "B4"), ("REFUSED", "D5"), ("ADDED", "A6"), ("REFUSED", "C7"),
    ]  # fmt: skip
    imports.apply(lines, actor=THE_HOUSE, document=None, now=NOW)
    assert code("雪镜") == code("snow") == "snow"


LIST = """物资名称,英文名,基本单位,标准,日用量,每箱数量,长,宽,高,重量,别名,条码
防护头套,Hood,只,GB 19082-2009,1.5,100,60,40,40,8.5,头套,9521234543213
医用防护服,,,,3,,,,,,,
N95口罩,,双,,,,,,,,,
雨衣,Raincoat,件,,很多,,,,,,,
雨靴,Boots,双,,,20,60,40,,,,
手电,Torch,只,,,,,,,,,123
医用防护服装,,套,,,,,,,,,
"""


def test_a_list_of_items_is_read_row_by_row_and_twice_is_once() -> None:
    table = read_pasted(LIST)
    assert guess_kind(table)[0].kind == "items"
    lines = imports.classify(table, None, NOW)
    assert [line.status.value for line in lines] == [
        "ADDED", "UNCHANGED", "REFUSED", "REFUSED", "REFUSED", "REFUSED", "WAITING",
    ]  # fmt: skip
    assert [line.where for line in lines if line.status is Status.REFUSED] == ["C4", "E5", "I6", "L7"]
    assert [candidate.text for candidate in lines[6].candidates] == ["医用防护服"]
    settled = [*lines[:6], settle(lines[6], {"candidate": lines[6].candidates[0].key})]
    imports.apply(settled, actor=THE_HOUSE, document=None, now=NOW)
    again = imports.classify(table, None, NOW)
    assert [line.status.value for line in again] == ["UNCHANGED", "UNCHANGED", *["REFUSED"] * 4, "UNCHANGED"]
    hood: UUID = queries.item("hood").id
    carton = queries.carton_for(hood)
    assert (carton.pieces, carton.length_mm, carton.weight_g, carton.is_estimate) == (100, 600, 8_500, False)
    assert code("头套") == "hood"
    assert code("医用防护服装") == "protective-suit"
    assert queries.item("hood").standards == ("GB 19082",)


def test_items_whose_list_knows_only_the_pieces_in_a_carton_are_taken_and_the_rest_is_asked_for() -> None:
    table = read_pasted("名称\t每箱数量\n自热米饭\t24\n医用防护服\t50\n")
    rice, suit = imports.classify(table, None, NOW)
    assert (rice.status.value, suit.status.value) == ("ADDED", "UNCHANGED")
    (note,) = rice.notes
    assert note.startswith("24 per carton is not written")
    with translation.override("zh-hans"):
        assert told(note) == "每箱 24 不写入：还缺箱长、箱宽、箱高、箱重，例如 60、40、45 厘米和 8.5 公斤"
    imports.apply([rice, suit], actor=THE_HOUSE, document=None, now=NOW)
    item = queries.find_item("自热米饭").item
    assert item is not None
    assert (item.unit, queries.cartons(item.id)) == ("PIECE", ())


def test_half_a_carton_names_what_is_there_what_is_missing_and_an_example_in_both_languages() -> None:
    """The cell is the empty one where the list has its column, else the first that is filled."""
    narrow = read_pasted("名称\t每箱数量\t箱重\n自热米饭\t24\t9.5\n")
    wide = read_pasted("名称\t每箱数量\t箱长\t箱重\n自热米饭\t24\t\t9.5\n")
    for table, where, found in ((narrow, "B2", "24"), (wide, "C2", "")):
        (line,) = imports.classify(table, None, NOW)
        assert (line.status.value, line.where, line.found) == ("REFUSED", where, found)
        assert line.expected == (
            "carton length in cm, carton width in cm, carton height in cm, "
            "beside pieces per carton, carton weight in kg"
        )
        assert "for example 2000, 60, 40, 45 and 8.5" in line.cure
        with translation.override("zh-hans"):
            assert told(line.expected) == "箱长（厘米）、箱宽（厘米）、箱高（厘米）；已写：每箱数量、箱重（公斤）"
            assert told(line.cure) == "五项都写，例如 2000、60、40、45、8.5；或只写每箱数量。"
