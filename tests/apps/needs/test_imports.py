"""Needs as people type them, and the volunteers' hospital files."""

from __future__ import annotations

import json
from typing import Any

from baogong.engine.sheets.kinds import Status
from baogong.journal.queries import waiting_lines
from baogong.journal.services import imports
from baogong.needs import queries
from baogong.people.services.parties import never_alias, register_party
from baogong.places.services import add_site
from tests.apps.supply.test_imports import counts
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

NEEDS = """接收单位,城市,物资名称,数量,单位,规格,执行标准,人数,天数,紧急程度,需要时间,来源,备注
武汉大学中南医院,武汉,医用外科口罩,2万,只,,YY 0469,,,特急,2020-01-26 20:00,医院来函,
,,医用手套,5万,双,,,,,紧急,2020-01-26 20:00,医院来函,
,,医用防护服,,,,GB 19082,100,3,,,医院来电,
武汉协和,武汉,N95口罩,不限,,,,,,,,,
北京协和,武汉,行李箱,60,个,,,,,,,医疗队来电,
武汉大学中南医院,武汉,体温计,1万3,支,,,,,,,,
武汉大学中南医院,武汉,医用外科口罩,2000,只,,,,,,,电话,
武汉大学中南医院,武汉,飞机,1,架,,,,,,,,
武汉大学中南医院,武汉,护目镜,0,个,,,,,,,,
"""


def load(
    text: str | bytes, world: World, *, profile: str | None = None, name: str = "needs.csv", now: Any = NOW
) -> Any:
    data = text.encode() if isinstance(text, str) else text
    actor = world.cast.wu
    run = imports.preview(kind="needs", file_name=name, data=data, profile=profile, actor=actor, now=now)
    return imports.apply(run=run.id, actor=actor, now=now)


def beijing_team(world: World) -> Any:
    team = register_party(kind="TEAM", name="北京协和医院援鄂医疗队", city="武汉", aliases=["北京协和医疗队"], now=NOW)
    never_alias(party=team, text="武汉协和", now=NOW)
    return team


def test_a_typed_list_is_read_and_every_doubt_waits(world: World) -> None:
    beijing_team(world)
    view = load(NEEDS, world)
    assert [line.outcome.status for line in view.lines] == [
        Status.ADDED,
        Status.ADDED,
        Status.ADDED,
        Status.ADDED,
        Status.WAITING,
        Status.WAITING,
        Status.WAITING,
        Status.REFUSED,
    ]
    needs = {(row.receiver_name, row.item): row for row in queries.open_needs()}
    masks = needs["武汉大学中南医院", world.item("surgical-mask")]
    assert (masks.quantity, masks.urgency, masks.standards) == (20_000, 1, ("YY 0469",))
    assert masks.due_at is not None
    assert masks.due_at.isoformat() == "2020-01-26T12:00:00+00:00"
    assert needs["武汉大学中南医院", world.item("gloves")].quantity == 100_000
    suits = needs["武汉大学中南医院", world.item("protective-suit")]
    assert (suits.quantity, suits.people_count, suits.basis) == (900, 100, "PEOPLE")
    assert needs["华中科技大学同济医学院附属协和医院", world.item("n95-mask")].quantity is None


def test_a_day_without_its_year_waits_with_its_reading_and_goods_together_are_told_apart(world: World) -> None:
    head = "接收单位,城市,物资名称,数量,单位,需要时间"
    rows = [
        "武汉大学中南医院,武汉,医用外科口罩,100,只,1月31日",
        "武汉大学中南医院,武汉,医用手套,100,双,明天 8:30",
        "武汉大学中南医院,武汉,N95口罩,100,只,尽快",
        "武汉大学中南医院,武汉,N95口罩,500*N95口罩;200*防护服,,",
    ]
    view = load("\n".join([head, *rows]), world)
    day, morning, soon, together = view.lines
    assert [line.outcome.status for line in view.lines] == [Status.WAITING] * 2 + [Status.REFUSED] * 2
    assert day.outcome.found == "“1月31日” read as 2020-01-31, the nearest such day"
    assert "2020-01-24 08:30" in morning.outcome.found
    assert "is no date" in soon.outcome.text
    assert (together.outcome.expected, together.outcome.cure) == (
        "one amount for each row",
        "Write one line for each of the goods.",
    )
    for line in (day, morning):
        imports.resolve(line=line.id, choice={"accept": True}, actor=world.cast.wu, now=NOW)
    due = {need.item: need.due_at.isoformat() for need in queries.open_needs() if need.due_at}
    assert due == {
        world.item("surgical-mask"): "2020-01-30T16:00:00+00:00",
        world.item("gloves"): "2020-01-24T00:30:00+00:00",
    }


def test_beijing_union_is_never_taken_for_wuhan_union(world: World) -> None:
    team = beijing_team(world)
    load(NEEDS, world)
    doubt = next(line for line in waiting_lines() if line.outcome.found == "北京协和")
    assert [candidate.text for candidate in doubt.outcome.candidates] == ["北京协和医院援鄂医疗队"]
    imports.resolve(line=doubt.id, choice={"candidate": str(team)}, actor=world.cast.wu, now=NOW)
    (need,) = queries.open_needs(receiver=team)
    assert (need.quantity, need.site) == (60, None)


def test_the_same_receiver_asking_again_waits_and_a_person_says_which_figure_holds(world: World) -> None:
    load(NEEDS, world)
    doubt = next(line for line in waiting_lines() if line.outcome.asks == "same_as")
    (choice,) = doubt.outcome.candidates
    assert "power of ten" in choice.why
    imports.resolve(line=doubt.id, choice={"candidate": choice.key}, actor=world.cast.wu, now=NOW)
    (need,) = queries.open_needs(items=[world.item("surgical-mask")])
    assert need.quantity == 2000
    assert counts(load(NEEDS.replace("不限", "不限 "), world))["waiting"] == 2


def test_or_a_person_says_that_it_is_another_need(world: World) -> None:
    load(NEEDS, world)
    doubt = next(line for line in waiting_lines() if line.outcome.asks == "same_as")
    imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.wu, now=NOW)
    assert [need.quantity for need in queries.open_needs(items=[world.item("surgical-mask")])] == [20_000, 2000]


def test_a_receiver_left_out_is_said_to_be_the_one_above_and_asked_about_where_it_may_not_be(world: World) -> None:
    text = (
        "接收单位,城市,物资名称,数量\n武汉大学中南医院,武汉,医用手套,50\n,,护目镜,20\n,黄冈,体温计,30\n"
        "某新医院,黄冈,体温计,5\n,,护目镜,6\n"
    )
    view = load(text, world)
    lines = [line.outcome for line in view.lines]
    assert "empty, so as in the row above: 武汉大学中南医院" in lines[1].notes
    assert (lines[1].status, lines[2].status) == (Status.ADDED, Status.WAITING)
    assert "another city than beside “武汉大学中南医院” above: 黄冈, not 武汉" in lines[2].found
    assert lines[2].asks == ""
    for line in (lines[3], lines[4]):
        assert (line.status, line.payload["city"]) == (Status.WAITING, "黄冈")
    for doubt in waiting_lines():
        if doubt.outcome.asks == "receiver":
            imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.wu, now=NOW)
    assert len({need.receiver for need in queries.open_needs() if need.receiver_name == "某新医院"}) == 1


def test_a_column_of_telephones_is_named_as_unread_and_no_number_of_a_person_is_kept(world: World) -> None:
    text = "接收单位,物资名称,数量,联系人电话,备用,\n武汉大学中南医院,医用手套,50,张主任 13912345678,,急\n"
    view = load(text, world)
    assert view.summary["unread_columns"] == ["联系人电话", "F"]
    (line,) = view.lines
    assert (line.outcome.status, line.outcome.written) == (
        Status.ADDED,
        "武汉大学中南医院 | 医用手套 | 50 | 张主任 …5678 | 急",
    )
    assert "13912345678" not in str(line.outcome.as_dict())


def test_the_same_list_twice_changes_nothing(world: World) -> None:
    load(NEEDS, world)
    before = {table: count for table, count in rows_everywhere().items() if table.startswith(("needs_", "people_"))}
    for again in (NEEDS, NEEDS + "\n"):
        told = counts(load(again, world))
        assert (told["added"], told["matched"], told["unchanged"]) == (0, 0, 4)
    after = {table: count for table, count in rows_everywhere().items() if table.startswith(("needs_", "people_"))}
    assert after == before


def test_several_goods_typed_into_one_cell_are_several_needs(world: World) -> None:
    view = load("医院,数量\n武汉大学中南医院,3000*n95口罩;500*防护服;0*护目镜\n武汉协和,口罩若干\n", world)
    assert counts(view) == {"lines": 3, "added": 2, "matched": 0, "unchanged": 0, "refused": 1, "waiting": 0}
    assert sorted(need.quantity or 0 for need in queries.open_needs()) == [500, 3000]


def test_an_unreviewed_line_waits(world: World) -> None:
    text = "接收单位,物资名称,数量,审核状态\n武汉协和,体温计,10,待审核\n武汉大学中南医院,体温计,10,已审核\n"
    view = load(text, world)
    assert [line.outcome.status for line in view.lines] == [Status.WAITING, Status.ADDED]
    assert [row.receiver_name for row in queries.public_needs(NOW)] == ["武汉大学中南医院"]
    imports.resolve(line=waiting_lines()[0].id, choice={"accept": True}, actor=world.cast.wu, now=NOW)
    assert len(queries.open_needs()) == 2
    assert len(queries.public_needs(NOW)) == 1


def hospital(name: str, review: str, **supplies: Any) -> list[dict[str, Any]]:
    cells = [
        {"key": "区县", "value": "江岸区", "type": "string"},
        {"key": "医院名称", "value": name, "type": "string"},
        {"key": "审核状态", "value": review, "type": "enum"},
    ]
    headers = {"masks": ("医用外科口罩", "YY 0469-2010"), "suits": ("防护服", "GB 19082-2003")}
    return cells + [
        {"key": headers[key][0], "value": value, "type": "supply", "specification": headers[key][1]}
        for key, value in supplies.items()
    ]


def test_a_hospital_file_registers_who_is_new_and_asks_who_is_only_alike(world: World) -> None:
    file = json.dumps(
        [
            hospital("武汉市汉口医院", "已审核", masks=1, suits=0),
            hospital("武汉汉口医院", "已审核", masks=300),
            hospital("湖北省红十字会", "已审核", suits=50),
            hospital("武汉市第八医院", "待审核", suits=20),
            hospital("武汉市精神卫生中心", "已审核", suits="若干"),
        ],
        ensure_ascii=False,
    )
    view = load(file, world, profile="wuhan2020", name="wuhanshi.json")
    assert counts(view) == {"lines": 5, "added": 2, "matched": 0, "unchanged": 0, "refused": 1, "waiting": 2}
    needs = {row.receiver_name: row for row in queries.open_needs()}
    assert (needs["武汉市汉口医院"].quantity, needs["武汉市汉口医院"].standards) == (None, ("YY 0469",))
    assert (needs["湖北省红十字会"].quantity, needs["湖北省红十字会"].receiver_kind) == (50, "ORGANISATION")
    assert needs["武汉市汉口医院"].site == needs["武汉市汉口医院"].receiver
    alike = next(line for line in waiting_lines() if line.outcome.asks == "receiver")
    chosen = alike.outcome.candidates[0].key
    imports.resolve(line=alike.id, choice={"candidate": chosen}, actor=world.cast.wu, now=NOW)
    assert sorted(row.quantity or 0 for row in queries.open_needs() if row.receiver_name == "武汉市汉口医院") == [
        0,
        300,
    ]


def test_a_stranger_imports_nothing(world: World) -> None:
    assert_refused_without_trace(
        lambda: imports.preview(
            kind="needs", file_name="x.csv", data=NEEDS.encode(), profile=None, actor=world.cast.stranger, now=NOW
        )
    )


def test_a_receiver_unknown_to_the_register_waits_until_a_person_says_it_is_new(world: World) -> None:
    load("接收单位,物资名称,数量\n方舱十七号,体温计,10\n", world)
    (doubt,) = waiting_lines()
    assert doubt.outcome.candidates == ()
    imports.resolve(line=doubt.id, choice={"new": True}, actor=world.cast.wu, now=NOW)
    (need,) = queries.open_needs()
    assert (need.receiver_name, need.quantity) == ("方舱十七号", 10)


def test_a_team_is_delivered_to_where_it_stays(world: World) -> None:
    lodging = register_party(kind="SITE", name="医疗队驻地", city="武汉", now=NOW)
    add_site(party=lodging, role="RECEIVER")
    assert lodging != beijing_team(world)


def test_two_lists_previewed_side_by_side_ask_about_each_other(world: World) -> None:
    head = NEEDS.splitlines()[0]
    runs = [
        imports.preview(
            kind="needs",
            file_name=f"{amount}.csv",
            data=f"{head}\n武汉大学中南医院,武汉,N95口罩,{amount},只,,,,,,,,\n".encode(),
            profile=None,
            actor=world.cast.wu,
            now=NOW,
        )
        for amount in (5000, 50_000, 5000)
    ]
    assert [counts(run)["added"] for run in runs] == [1, 1, 1]
    told = [counts(imports.apply(run=run.id, actor=world.cast.wu, now=NOW)) for run in runs[:2]]
    assert [(each["added"], each["waiting"]) for each in told] == [(1, 0), (0, 1)]
    assert [need.quantity for need in queries.open_needs()] == [5000]
    (doubt,) = waiting_lines()
    assert "power of ten" in doubt.outcome.candidates[0].why


def test_a_need_met_again_once_its_receiver_is_known_is_asked_about(world: World) -> None:
    team, head = beijing_team(world), NEEDS.splitlines()[0]
    row = "北京协和,武汉,行李箱,{},个,,,,,,,,\n"
    for amount in (60, 600):
        load(f"{head}\n{row.format(amount)}", world)
    for doubt in waiting_lines():
        imports.resolve(line=doubt.id, choice={"candidate": str(team)}, actor=world.cast.wu, now=NOW)
    assert [need.quantity for need in queries.open_needs(receiver=team)] == [60]
    (again,) = waiting_lines()
    assert again.outcome.asks == "same_as"
    imports.resolve(line=again.id, choice={"new": True}, actor=world.cast.wu, now=NOW)
    assert [need.quantity for need in queries.open_needs(receiver=team)] == [60, 600]
