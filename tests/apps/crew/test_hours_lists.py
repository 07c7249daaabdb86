"""A paper sheet of volunteers' hours as a list: read in two languages, faults named, the same file twice one effect."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import Workbook

from baogong.crew import queries
from baogong.crew.imports import BLANK_TEAM
from baogong.crew.models import Shift
from baogong.engine.sheets.kinds import guess_kind
from baogong.engine.sheets.readers import read_table
from baogong.journal.services import imports
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotYourPlace
from baogong.people.queries.parties import parties
from baogong.people.services.parties import register_party
from baogong.web.clerk.vocabulary import SENTENCES
from tests.apps.supply.world import World, make_world, rows_everywhere
from tests.books import Built
from tests.cast import NOW

HEAD = "志愿者,服务地点,工作,日期,上岗,下岗,所属单位\n"
SHEET = (
    HEAD
    + "李志愿,仙桃中转仓,打包,2020-01-21,08:00,12:30,东行商城\n"
    + "李志愿,仙桃中转仓,装车,2020-01-21,12:30,18:00,\n"
    + "王志愿,仙桃中转仓,守夜,2020年1月21日,20时,6点,东行商城\n"
)


@pytest.fixture
def world(built: Built) -> World:
    return built(make_team)


def make_team() -> World:
    made = make_world()
    for name in ("李志愿", "王志愿"):
        register_party(kind="PERSON", name=name, city="仙桃", now=NOW)
    return made


def load(data: str | bytes, world: World, *, name: str = "hours.csv", actor: Actor | None = None) -> Any:
    said: dict[str, Any] = {"actor": actor or world.cast.bao, "now": NOW}
    raw = data.encode() if isinstance(data, str) else data
    run = imports.preview(kind="hours", file_name=name, data=raw, profile=None, **said)
    return imports.apply(run=run.id, **said)


def status_of(view: Any) -> list[str]:
    return [line.outcome.status.value for line in view.lines]


def worked() -> list[tuple[str, str, str, int]]:
    """(who, what, begin on the house's clock, minutes)"""
    return [
        (row.person.name, row.work, f"{timezone.localtime(row.start_at):%m-%d %H:%M}", minutes_of(row))
        for row in Shift.objects.select_related("person").order_by("start_at")
    ]


def minutes_of(row: Shift) -> int:
    assert row.end_at is not None
    return int((row.end_at - row.start_at) / timedelta(minutes=1))


WORKED = [
    ("李志愿", "打包", "01-21 08:00", 270),
    ("李志愿", "装车", "01-21 12:30", 330),
    ("王志愿", "守夜", "01-21 20:00", 600),
]


def test_a_sheet_becomes_shifts_and_the_same_file_twice_changes_nothing(world: World) -> None:
    view = load(SHEET, world)
    assert status_of(view) == ["ADDED"] * 3
    assert worked() == WORKED
    assert view.lines[2].outcome.notes == ("it ends on the next day",)
    sums: Counter[str] = Counter()
    for row in queries.hours(queries.shifts()):
        sums[row.party_name] += row.minutes
    assert sums == {"东行商城": 870, "": 330}
    before = rows_everywhere()
    again = imports.preview(
        kind="hours", file_name="again.csv", data=(SHEET + "\n").encode(), profile=None, actor=world.cast.bao, now=NOW
    )
    assert status_of(again) == ["UNCHANGED"] * 3
    imports.apply(run=again.id, actor=world.cast.bao, now=NOW)
    assert worked() == WORKED
    assert rows_everywhere()["crew_shift"] == before["crew_shift"]


def test_a_team_is_the_row_above_s_only_where_the_list_says_so(world: World) -> None:
    rows = [
        "李志愿,仙桃中转仓,打包,2020-01-21,08:00,12:00,东行商城",
        "王志愿,〃,〃,同上,〃,12:30,同上",
        "同上,仙桃中转仓,装车,2020-01-21,13:00,18:00,",
    ]
    view = load(HEAD + "\n".join(rows) + "\n", world)
    assert status_of(view) == ["ADDED"] * 3
    sums = {(row.person_name, row.work): row.party_name for row in queries.shifts()}
    assert sums == {("李志愿", "打包"): "东行商城", ("王志愿", "打包"): "东行商城", ("王志愿", "装车"): ""}
    assert "所属单位: as above, 东行商城" in view.lines[1].outcome.notes
    assert view.lines[2].outcome.notes == ("志愿者: as above, 王志愿", BLANK_TEAM)
    assert view.lines[0].outcome.notes == ()
    assert SENTENCES[BLANK_TEAM].startswith("没有所属单位")
    first = load(HEAD + "同上,仙桃中转仓,装车,2020-01-21,13:00,18:00,\n", world)
    assert (first.lines[0].outcome.where, status_of(first)) == ("A2", ["REFUSED"])


def test_a_merged_team_counts_for_every_row_it_covers(world: World) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["志愿者", "服务地点", "工作", "日期", "上岗", "下岗", "队伍"])
    for start, end in (("08:00", "12:00"), ("12:00", "16:00")):
        sheet.append(["李志愿", "仙桃中转仓", "打包", "2020-01-21", start, end, None])
    sheet["G2"] = "东行商城"
    sheet.merge_cells("G2:G3")
    out = io.BytesIO()
    book.save(out)
    assert status_of(load(out.getvalue(), world, name="hours.xlsx")) == ["ADDED"] * 2
    assert [row.party_name for row in queries.shifts()] == ["东行商城"] * 2


def test_english_heads_a_workbook_and_times_with_their_day_say_the_same(world: World) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows: tuple[list[Any], ...] = (
        ["volunteer", "place", "task", "from", "until", "of"],
        ["李志愿", "仙桃中转仓", "打包", "2020-01-21 08:00", "2020-01-21 12:30", "东行商城"],
        ["李志愿", "仙桃中转仓", "装车", "2020/1/21 12:30", "2020/1/21 18:00", None],
        ["王志愿", "仙桃中转仓", "守夜", "2020-01-21 20:00", "2020-01-22 06:00", "东行商城"],
    )
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert status_of(load(out.getvalue(), world, name="hours.xlsx")) == ["ADDED"] * 3
    assert worked() == WORKED
    assert status_of(load(SHEET, world)) == ["UNCHANGED"] * 3  # the same rows in another file


def test_the_drop_box_knows_it_for_what_it_is(world: World) -> None:
    guesses = guess_kind(read_table("签到表.csv", SHEET.encode()))
    assert (guesses[0].kind, guesses[0].score) == ("hours", 1.0)


@pytest.mark.parametrize(
    ("row", "where", "found"),
    [
        ("李志愿,仙桃中转仓,打包,2020-01-21,18:00,2020-01-21 08:00,", "", "2020-01-21 10:00 – 2020-01-21 00:00 UTC"),
        ("李志愿,仙桃中转仓,打包,2020-01-20,06:00,2020-01-21 08:00,", "", "26.0 h"),
        ("李志愿,仙桃中转仓,打包,2020-02-20,06:00,08:00,", "", "2020-02-19 22:00 – 2020-02-20 00:00 UTC"),
        ("李志愿,仙桃中转仓,打包,2019-11-20,06:00,08:00,", "", "2019-11-19 22:00 UTC"),
        ("李志愿,仙桃中转仓,打包,,06:00,08:00,", "E2", "06:00"),
        ("李志愿,仙桃中转仓,打包,2020-01-21,early,08:00,", "E2", "early"),
        ("李志愿,无此仓,打包,2020-01-21,06:00,08:00,", "B2", "无此仓"),
        ("李志愿,仙桃中转仓,打包,2020-01-21,06:00,08:00,无此单位", "G2", "无此单位"),
        ("李志愿,仙桃中转仓,,2020-01-21,06:00,08:00,", "C2", ""),
        (",仙桃中转仓,打包,2020-01-21,06:00,08:00,", "A2", ""),
    ],
)
def test_what_nobody_can_have_worked_is_refused_by_its_cell(world: World, row: str, where: str, found: str) -> None:
    view = load(HEAD + row + "\n", world)
    assert status_of(view) == ["REFUSED"]
    assert view.lines[0].outcome.found == found
    assert view.lines[0].outcome.where == (where or "A2")
    assert view.lines[0].outcome.cure
    assert not Shift.objects.exists()


def test_nobody_is_at_two_places_at_once_in_the_list_or_the_book(world: World) -> None:
    load(SHEET, world)
    double = HEAD + "李志愿,仙桃中转仓,打包,2020-01-21,11:00,13:00,\n"
    view = load(double, world)
    assert status_of(view) == ["REFUSED"]
    twice = HEAD + "王志愿,仙桃中转仓,打包,2020-01-22,08:00,10:00,\n王志愿,仙桃中转仓,装车,2020-01-22,09:00,11:00,\n"
    view = load(twice, world)
    assert status_of(view) == ["ADDED", "REFUSED"]
    assert "2" in view.lines[1].outcome.expected  # after row 2
    assert len(worked()) == 4


def test_a_name_nobody_knows_waits_and_is_registered_once(world: World) -> None:
    rows = "陈新来,仙桃中转仓,打包,2020-01-21,08:00,10:00,\n陈新来,仙桃中转仓,打包,2020-01-21,10:00,12:00,\n"
    view = load(HEAD + rows, world)
    assert status_of(view) == ["WAITING"] * 2
    assert not Shift.objects.exists()
    for line in view.lines:
        imports.resolve(line=line.id, choice={"new": True}, actor=world.cast.bao, now=NOW)
    assert [party.name for party in parties(kinds=["PERSON"]) if party.name == "陈新来"] == ["陈新来"]
    assert [(name, minutes) for name, _work, _at, minutes in worked()] == [("陈新来", 120)] * 2
    assert status_of(load(HEAD + rows, world)) == ["UNCHANGED"] * 2


def test_who_keeps_another_place_brings_no_hours_of_this_one_in(world: World) -> None:
    before = Shift.objects.count()
    elsewhere = load(SHEET, world, actor=world.kai)
    assert set(status_of(elsewhere)) == {"REFUSED"}
    told = {(line.outcome.expected, line.outcome.found, line.outcome.asks) for line in elsewhere.lines}
    assert told == {("a place of your own", "", "")}, "and nothing of who works there"
    with pytest.raises(NotYourPlace):
        load(SHEET, world, actor=world.cast.stranger)
    assert Shift.objects.count() == before
