"""The volunteers' hospital files of 2020."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baogong.engine.sheets import read_pasted, read_table, wuhan2020
from baogong.engine.sheets.wuhan2020 import HospitalNeed, Review


def hospital(name: str, review: str | None = "已审核", **supplies: Any) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = [
        {"key": "区县", "value": "江岸区\t", "type": "string"},
        {"key": "医院名称", "value": name, "type": "string"},
        {"key": "医院地址", "value": "某路1号", "type": "address", "coord": [0, 0]},
        {"key": "联系方式", "value": "张三：13800000000|李四：13900000000", "type": "contact"},
    ]
    for key, value in supplies.items():
        count, spec = value if isinstance(value, tuple) else (value, None)
        cells.append({"key": key, "value": count, "type": "supply", **({"specification": spec} if spec else {})})
    return [*cells, *([{"key": "审核状态", "value": review, "type": "enum"}] if review else [])]


def read(*hospitals: list[dict[str, Any]], name: str = "wuhanshi.json") -> tuple[HospitalNeed, ...]:
    return wuhan2020.read(json.dumps(hospitals).encode(), name)


def test_one_means_no_upper_limit_zero_and_empty_mean_nothing_and_the_rest_is_a_count() -> None:
    needs = read(hospital("甲医院", 口罩=1, 手套=0, 帽=None, 防护服=(3000, "GB19082-2009")))
    assert [(need.item, need.count, need.spec) for need in needs] == [
        ("口罩", None, ""),
        ("防护服", 3000, "GB19082-2009"),
    ]
    assert {(need.city, need.district, need.hospital) for need in needs} == {("武汉市", "江岸区", "甲医院")}
    assert [need.where for need in needs] == ["1/口罩", "1/防护服"]


def test_contacts_are_nowhere_in_what_is_read() -> None:
    data = json.dumps([hospital("甲医院", 口罩=1)]).encode()
    table = read_table("wuhanshi.json", data)
    assert "13800000000" not in repr(table)
    assert "13800000000" not in repr(wuhan2020.read(table))


def test_what_is_not_reviewed_is_said_so() -> None:
    needs = read(
        hospital("甲", 口罩=1),
        hospital("乙", None, 口罩=1),
        hospital("丙", "待审核", 口罩=1),
        hospital("丁", "错误信息", 口罩=1),
    )
    assert [need.review for need in needs] == [Review.REVIEWED, Review.UNREVIEWED, Review.UNREVIEWED, Review.WRONG]


def test_a_hospital_that_stands_twice_points_at_its_first_wish() -> None:
    needs = read(hospital("甲医院", 口罩=1), hospital("甲医院", 口罩=500, 手套=5))
    assert [need.repeats for need in needs] == ["", "1/口罩", ""]


def test_receivers_that_are_no_hospital_are_known_by_their_name() -> None:
    names = [
        "荆门市红十字会",
        "协和武汉红十字会医院",
        "孝感市慈善总会",
        "和平医院 医疗队前往武汉同济医院",
        "武汉市第三医院",
    ]
    needs = read(*(hospital(name, 口罩=1) for name in names))
    assert [need.receiver_kind for need in needs] == ["ORGANISATION", "SITE", "ORGANISATION", "TEAM", "SITE"]


def test_a_cell_that_is_no_count_keeps_its_place_and_hides_no_other() -> None:
    needs = read(hospital("甲医院", 口罩="若干", 手套="1万3", 帽="2,000"))
    assert [(need.flaw != "", need.found) for need in needs] == [(True, "若干"), (True, "1万3"), (False, "2,000")]
    assert needs[2].count == 2_000


def test_a_sheet_of_the_same_grammar_reads_alike() -> None:
    table = read_pasted(
        "城市\t医院名称\t审核状态\t医用外科口罩（YY 0469-2011）\t护目镜\t联系方式\n"
        "武汉\t甲医院\t已审核\t2000|平面耳挂\t1\t张三：138\n"
        "武汉\t乙医院\t待审核\t０\t20｜3M\t李四：139\n"
    )
    needs = wuhan2020.read(table)
    assert [(need.hospital, need.item, need.header_spec, need.count, need.spec, need.where) for need in needs] == [
        ("甲医院", "医用外科口罩", "YY 0469-2011", 2000, "平面耳挂", "D2"),
        ("甲医院", "护目镜", "", None, "", "E2"),
        ("乙医院", "护目镜", "", 20, "3M", "E3"),
    ]
    assert needs[0].city == "武汉"


def test_the_six_cities_are_read_whole(real_data: Path) -> None:
    """130 hospitals × 23 supplies: 1,840 zeros, 12 empty, 1,009 without upper limit, 129 counts."""
    needs: list[HospitalNeed] = []
    cells = 0
    for path in sorted((real_data / "wuhan2020/hospital").glob("*.json")):
        raw = json.loads(path.read_text("utf-8"))
        asked = [cell["value"] for entry in raw for cell in entry if cell["type"] == "supply"]
        read_here = wuhan2020.read(read_table(path.name, path.read_bytes()))
        assert len(read_here) == sum(1 for value in asked if value)
        assert sum(need.count or 0 for need in read_here) == sum(value for value in asked if value and value != 1)
        needs += read_here
        cells += len(asked)
    assert cells == 2_990
    assert len(needs) == 1_138
    assert sum(1 for need in needs if need.count is None) == 1_009
    assert sum(1 for need in needs if need.count is not None) == 129
    assert sum(1 for need in needs if need.review is not Review.REVIEWED) == 87
    assert not any(need.flaw for need in needs)
    assert all(need.city.endswith("市") for need in needs)
