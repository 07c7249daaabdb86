"""The list of people who work inside: read in two languages, doubts asked, faults named, the same file twice one effect."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.crew import models, queries
from baogong.crew.models import FirmListing, Member, Pass
from baogong.engine.sheets.kinds import guess_kind
from baogong.engine.sheets.readers import read_table
from baogong.journal.services import imports
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.windows import Window
from baogong.people.services.parties import register_party
from tests.apps.crew.inside import DAWN, NOON, Inside, make_inside
from tests.apps.supply.world import rows_everywhere
from tests.books import Built
from tests.cast import NOW

HEAD = "姓名,入场地点,所属单位,居住小区,核酸采样时间,核酸结果,抗原时间,抗原结果,企业白名单,人员白名单,通行证有效期至\n"
SHEET = (
    HEAD
    + "赵一,酒仙桥街道,东行快递,三号院,2020-01-23 08:00,阴性,2020-01-23 14:00,阴,是,是,2020-01-26\n"
    + "钱二,酒仙桥街道,东行快递,,2020-01-22,Negative,,,,朝阳-0002,2020-01-26\n"
    + "孙三,酒仙桥街道,,,2020/1/23 9:30,阳性,,,,否,\n"
)


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside)


def load(data: str, inside: Inside, *, actor: Actor | None = None) -> Any:
    said: dict[str, Any] = {"actor": actor or inside.lin, "now": NOW}
    run = imports.preview(kind="crew", file_name="crew.csv", data=data.encode(), profile=None, **said)
    return imports.apply(run=run.id, **said)


def lines(view: Any) -> list[tuple[str, str]]:
    return [(line.outcome.status.value, line.outcome.found) for line in view.lines]


def row(**changed: str) -> str:
    """One row of the list; what is not said stands as in the first row of the sheet, without a pass."""
    cells = {
        "person": "李四", "place": "酒仙桥街道", "employer": "", "home": "", "pcr_at": "2020-01-23 08:00",
        "pcr": "阴性", "antigen_at": "", "antigen": "", "firm": "", "has_pass": "", "pass_until": "",
    }  # fmt: skip
    return ",".join({**cells, **changed}.values()) + "\n"


def test_a_list_becomes_people_tests_and_passes_and_twice_changes_nothing(inside: Inside) -> None:
    view = load(SHEET, inside)
    assert lines(view) == [("ADDED", "")] * 3
    assert view.lines[1].outcome.notes == ("a day without an hour counts from its midnight",)
    kept = {(test.person.name, test.kind, test.result) for test in models.Test.objects.select_related("person")}
    assert kept == {
        ("赵一", "PCR", "NEGATIVE"),
        ("赵一", "ANTIGEN", "NEGATIVE"),
        ("钱二", "PCR", "NEGATIVE"),
        ("孙三", "PCR", "POSITIVE"),
    }
    held = {row.person.name: (row.state, row.number) for row in Pass.objects.select_related("person")}
    assert held == {"赵一": ("GRANTED", ""), "钱二": ("GRANTED", "朝阳-0002")}
    assert FirmListing.objects.count() == 1
    persons = {member.person.name: member.person_id for member in Member.objects.select_related("person")}
    window = Window(DAWN, NOON)
    found = queries.fitness(persons.values(), place=inside.place, window=window, now=NOW)
    assert found[persons["赵一"]].is_expected
    assert [each.code for each in found[persons["孙三"]].reasons][:2] == ["POSITIVE", "NO_PASS"]
    before = rows_everywhere()
    assert lines(load(SHEET + "\n", inside)) == [("UNCHANGED", "")] * 3
    assert {name: count for name, count in rows_everywhere().items() if name.startswith("crew_")} == {
        name: count for name, count in before.items() if name.startswith("crew_")
    }
    (changed,) = load(
        HEAD + row(person="孙三", pcr_at="2020-01-23 14:30", has_pass="是", pass_until="2020-01-25"), inside
    ).lines
    assert changed.outcome.status.value == "MATCHED"
    assert queries.fitness([persons["孙三"]], place=inside.place, window=window, now=NOW)[persons["孙三"]].is_expected


def test_english_heads_say_the_same(inside: Inside) -> None:
    english = "name,place,employer,pcr sampled at,pcr result,pass,pass until\n赵一,酒仙桥街道,东行快递,2020-01-23 08:00,neg,yes,2020-01-26\n"
    assert lines(load(english, inside)) == [("ADDED", "")]
    assert models.Test.objects.get().result == "NEGATIVE"


def test_the_drop_box_knows_it_for_what_it_is() -> None:
    assert guess_kind(read_table("名单.csv", SHEET.encode()))[0].kind == "crew"


def test_doubts_wait_for_a_person(inside: Inside) -> None:
    inside.person("阿不都热合曼")
    view = load(
        HEAD
        + row(person="王五", pcr="-")
        + row(person="王五", pcr_at="2020-01-23 09:00")
        + row(person="阿不都热合满")
        + row(person="郑八", pcr_at="1月22日 8:00")
        + row(person="冯九", pcr_at="", pcr="-"),
        inside,
    )
    assert [status for status, _ in lines(view)] == ["WAITING"] * 4 + ["ADDED"]
    assert view.lines[1].outcome.found == "王五 = A2"
    assert view.lines[3].outcome.found == "1月22日 8:00 → 2020-01-22 08:00"
    said: dict[str, Any] = {"actor": inside.lin, "now": NOW}
    imports.resolve(line=view.lines[0].id, choice={"candidate": "NONE"}, **said)
    imports.resolve(line=view.lines[1].id, choice={"accept": True}, **said)
    imports.resolve(line=view.lines[2].id, choice={"new": True}, **said)
    imports.resolve(line=view.lines[3].id, choice={"drop": True}, **said)
    assert {(test.person.name, test.result) for test in models.Test.objects.select_related("person")} == {
        ("王五", "NEGATIVE"),
        ("阿不都热合满", "NEGATIVE"),
    }
    assert Member.objects.filter(person__name="冯九").exists()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"pcr_at": "2020-01-24 08:00"}, "2020-01-24 08:00"),
        ({"pcr_at": "昨晚"}, "昨晚"),
        ({"pcr_at": "2019-11-01"}, "2019-11-01 00:00"),
        ({"pcr": "待出"}, "待出"),
        ({"pcr": ""}, ""),
        ({"pcr_at": ""}, ""),
        ({"place": "没这个地方"}, "没这个地方"),
        ({"employer": "没这家公司"}, "没这家公司"),
        ({"has_pass": "是"}, ""),
        ({"has_pass": "是", "pass_until": "2020-01-20"}, "2020-01-20"),
        ({"firm": "是"}, "是"),
        ({"firm": "也许"}, "也许"),
        ({"pcr": "-", "pcr_at": "1/22 8:00"}, "1/22 8:00 → 2020-01-22 08:00；-"),
    ],
)
def test_each_fault_is_named_and_hides_no_other_row(inside: Inside, changed: dict[str, str], found: str) -> None:
    view = load(HEAD + row(**changed) + row(person="王五"), inside)
    assert lines(view) == [("REFUSED", found), ("ADDED", "")]
    assert view.lines[0].outcome.cure


def test_another_employer_is_asked_about(inside: Inside) -> None:
    register_party(kind="ORGANISATION", name="西行快递", city="北京", now=NOW)
    load(HEAD + row(employer="东行快递"), inside)
    view = load(HEAD + row(employer="西行快递"), inside)
    assert lines(view) == [("WAITING", "李四：东行快递 → 西行快递")]
    imports.resolve(line=view.lines[0].id, choice={"accept": True}, actor=inside.lin, now=NOW)
    assert queries.members([Member.objects.get().person_id]).popitem()[1].employer_name == "西行快递"


def test_only_the_office_brings_it_in(inside: Inside) -> None:
    for who in (inside.gao, inside.world.cast.stranger, inside.world.cast.mei):
        before = rows_everywhere()
        with pytest.raises(NotYourPlace):
            load(SHEET, inside, actor=who)
        assert rows_everywhere() == before
