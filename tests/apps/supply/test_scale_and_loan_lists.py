"""Slips of the weighbridge, packs on the scale and things to lend, as lists: read, refused by their cell, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baogong.engine.sheets.kinds import guess_kind
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.tables import BadCell
from baogong.journal.queries import waiting_lines
from baogong.journal.services import imports
from baogong.kernel.ids import new_id
from baogong.supply import queries
from baogong.supply.services import send_home
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.test_imports import load
from tests.apps.supply.world import World
from tests.cast import NOW

SLIPS = "磅单号,车牌,毛重（公斤）,皮重（公斤）,应载重量（公斤）,地点,司磅员,时间\n"
FIRST = '01,沪A1,"33,100公斤",12.1吨,21000,仙桃中转仓,老周,2020-01-21 10:25\n'
WEIGHTS = "地点,套餐,称重（克）,代表份数,司秤员\n仙桃中转仓,蔬菜包5公斤,5120,4000,老周\n,,5.15公斤,,\n,,5120,,\n"
SERIALS = "序列号,物资,出借方,地点,备注\n"


def statuses(view: Any) -> list[str]:
    return [line.outcome.status.value for line in view.lines]


@pytest.fixture
def kit(world: World) -> Any:
    return queries.kit(vegetable_kit(world, name_zh="蔬菜包5公斤"))


@pytest.mark.parametrize(
    ("kind", "text"), [("slips", SLIPS + FIRST), ("weights", WEIGHTS), ("serials", SERIALS + "A1,笔记本电脑,东行商城,仙桃中转仓,\n")]
)  # fmt: skip
def test_the_drop_box_knows_each_for_what_it_is(kind: str, text: str) -> None:
    assert guess_kind(read_table("list.csv", text.encode()))[0].kind == kind


def test_slips_are_weighed_when_they_were_printed_in_the_unit_of_cell_or_header(world: World) -> None:
    view = load("slips", SLIPS + FIRST + '02,沪A2,"33,000","12,000","20,900",〃,〃,\n', world)
    assert statuses(view) == ["ADDED", "ADDED"]
    second, first = sorted(queries.weighings(site=world.cast.hub), key=lambda one: one.ticket, reverse=True)
    assert (first.gross_g, first.tare_g, first.stated_g, first.by_name) == (33_100_000, 12_100_000, 21_000_000, "老周")
    assert f"{first.weighed_at.astimezone():%Y}" == "2020"
    assert first.weighed_at < NOW == second.weighed_at
    assert (second.net_g, second.by_name) == (21_000_000, "老周")


def test_a_slip_photographed_twice_or_imported_again_changes_nothing_and_other_figures_are_refused(
    world: World,
) -> None:
    view = load("slips", SLIPS + FIRST + FIRST, world)
    assert statuses(view) == ["ADDED", "UNCHANGED"]
    assert statuses(load("slips", SLIPS + FIRST + "\n", world)) == ["UNCHANGED"]
    other = load("slips", SLIPS + FIRST.replace("33,100", "33,200"), world)
    assert statuses(other) == ["REFUSED"]
    assert [(one.ticket, one.gross_g) for one in queries.weighings()] == [("01", 33_100_000)]


@pytest.mark.parametrize(
    ("one", "another", "named"),
    [
        ("沪A1", "沪A9", "plate 沪A1"),
        ("33,100", "33,200", "gross_g 33100000"),
        ("12.1吨", "12.2吨", "tare_g 12100000"),
        ("21000", "21100", "stated_g 21000000"),
        ("老周", "老吴", "by_name 老周"),
        ("10:25", "11:25", "weighed_at 2020-01-21T02:25:00+00:00"),
    ],
)
def test_a_known_slip_with_any_other_figure_is_refused_and_the_figure_named(
    world: World, one: str, another: str, named: str
) -> None:
    other = FIRST.replace(one, another)
    in_one_list = load("slips", SLIPS + FIRST + other, world)
    assert statuses(in_one_list) == ["ADDED", "REFUSED"]
    assert in_one_list.lines[1].outcome.expected == named
    later = load("slips", SLIPS + other + "\n", world)
    assert (statuses(later), later.lines[0].outcome.expected) == (["REFUSED"], named)
    assert [one.ticket for one in queries.weighings()] == ["01"]


def test_a_known_slip_that_says_nothing_of_its_time_changes_nothing(world: World) -> None:
    load("slips", SLIPS + FIRST, world)
    assert statuses(load("slips", SLIPS + FIRST.replace("2020-01-21 10:25", ""), world)) == ["UNCHANGED"]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("03,沪A3,66200,24200,21000,仙桃中转仓,老周,", "C2"),  # in 斤 under a header in kilograms
        ("03,沪A3,12100,33100,21000,仙桃中转仓,老周,", "C2"),
        ("03,沪A3,33100,12100,21000,仙桃中转仓,老周,2021-01-21", "C2"),
        ("03,沪A3,很重,12100,21000,仙桃中转仓,老周,", "C2"),
        ("03,沪A3,33100,12100,,仙桃中转仓,老周,", "E2"),
        (",沪A3,33100,12100,21000,仙桃中转仓,老周,", "A2"),
    ],
)
def test_a_slip_that_cannot_be_is_refused_by_its_cell_and_leaves_no_weighing(
    world: World, row: str, where: str
) -> None:
    view = load("slips", SLIPS + row + "\n", world)
    assert statuses(view) == ["REFUSED"]
    assert view.lines[0].outcome.where == where
    assert queries.weighings() == ()


def test_a_sample_is_one_weighing_and_the_same_list_saved_anew_changes_nothing(world: World, kit: Any) -> None:
    assert statuses(load("weights", WEIGHTS, world)) == ["ADDED"] * 3
    (weighing,) = queries.weighings()
    assert (weighing.packs_count, weighing.stands_for, weighing.gross_g) == (3, 4_000, 15_390)
    assert (weighing.kit, weighing.by_name, weighing.verdict) == (kit.id, "老周", "WITHIN")
    assert statuses(load("weights", WEIGHTS + "\n", world)) == ["UNCHANGED"] * 3
    assert len(queries.weighings()) == 1


@pytest.mark.parametrize(
    ("wrong", "right", "where"),
    [
        ("5.15公斤", "51.5公斤", "C3"),
        ("蔬菜包5公斤", "水果包", "B2"),
        ("5.15公斤", "若干", "C3"),
    ],
)
def test_a_sample_with_one_bad_row_goes_in_not_at_all(
    world: World, kit: Any, wrong: str, right: str, where: str
) -> None:
    view = load("weights", WEIGHTS.replace(wrong, right), world)
    assert statuses(view) == ["REFUSED"] * 3
    assert where in [line.outcome.where for line in view.lines]
    assert queries.weighings() == ()


def test_a_later_sample_that_shares_weights_with_an_earlier_one_goes_in_whole(world: World, kit: Any) -> None:
    load("weights", WEIGHTS, world)
    first, row = WEIGHTS.splitlines()[:2]
    later = "\n".join([first, row, ",,5150,,", ",,5130,,", ",,5140,,"]) + "\n"
    assert statuses(load("weights", later, world)) == ["ADDED"] * 4
    part = "\n".join([first, row, ",,5150,,"]) + "\n"  # every row of it stands in both, and it is neither
    assert statuses(load("weights", part, world)) == ["ADDED"] * 2
    assert sorted(one.packs_count or 0 for one in queries.weighings()) == [2, 3, 4]
    in_another_order = "\n".join([first, row.replace("5120", "5140"), ",,5130,,", ",,5150,,", ",,5120,,"]) + "\n"
    assert statuses(load("weights", in_another_order, world)) == ["UNCHANGED"] * 4
    assert len(queries.weighings()) == 3


def test_a_bad_row_refuses_its_own_sample_and_no_other_of_the_list(world: World, kit: Any) -> None:
    other = "仙桃中转仓,蔬菜包5公斤,5110,3000,老吴\n,,5.14公斤,,\n"
    view = load("weights", WEIGHTS.replace("5.15公斤", "若干") + other, world)
    assert statuses(view) == ["REFUSED"] * 3 + ["ADDED"] * 2
    (weighing,) = queries.weighings()
    assert (weighing.by_name, weighing.packs_count, weighing.stands_for) == ("老吴", 2, 3_000)


def test_a_row_whose_kit_nobody_knows_refuses_every_sample_it_may_be_of(world: World, kit: Any) -> None:
    rows = "仙桃中转仓,水果包,5110,4000,老周\n仙桃中转仓,蔬菜包5公斤,5110,3000,老吴\n"
    view = load("weights", WEIGHTS + rows, world)
    assert statuses(view) == ["REFUSED"] * 4 + ["ADDED"]


def test_a_sample_weighed_at_a_new_place_goes_in_whole_once_the_place_is_registered(world: World, kit: Any) -> None:
    assert statuses(load("weights", WEIGHTS.replace("仙桃中转仓", "汉口北仓"), world)) == ["WAITING"] * 3
    first, *_others = waiting_lines()
    act: Any = {"actor": world.cast.lin, "now": NOW}
    view, site, count = imports.register_place(line=first.id, name="汉口北仓", role="HUB", **act)
    assert (count, statuses(view)) == (3, ["ADDED"] * 3)
    (weighing,) = queries.weighings(site=site)
    assert (weighing.packs_count, weighing.stands_for) == (3, 4000)


def test_a_sample_with_a_row_left_out_is_not_written(world: World, kit: Any) -> None:
    load("weights", WEIGHTS.replace("仙桃中转仓", "汉口北仓"), world)
    first, second, _third = waiting_lines()
    act: Any = {"actor": world.cast.lin, "now": NOW}
    imports.resolve(line=first.id, choice={"drop": True}, **act)
    with pytest.raises(BadCell, match="go in together"):
        imports.register_place(line=second.id, name="汉口北仓", role="HUB", **act)


def test_slips_of_one_number_at_a_new_place_are_held_against_each_other(world: World) -> None:
    rows = (SLIPS + FIRST + FIRST + FIRST.replace("33,100", "33,200")).replace("仙桃中转仓", "汉口北仓")
    assert statuses(load("slips", rows, world)) == ["WAITING", "UNCHANGED", "REFUSED"]
    (line,) = waiting_lines()
    _view, site, _count = imports.register_place(
        line=line.id, name="汉口北仓", role="HUB", actor=world.cast.lin, now=NOW
    )
    assert [one.ticket for one in queries.weighings(site=site)] == ["01"]


def test_things_come_once_each_and_look_alikes_wait_until_somebody_has_read_them_again(world: World) -> None:
    rows = ["PF2041O,笔记本电脑,东行商城,仙桃中转仓,登记用", "PF20410,,,,", "PF3333,,,,", " pf-3333,,,,"]
    view = load("serials", SERIALS + "\n".join(rows) + "\n", world)
    assert statuses(view) == ["WAITING", "WAITING", "ADDED", "UNCHANGED"]
    assert [unit.serial for unit in queries.units()] == ["PF3333"]
    first, second = waiting_lines()
    imports.resolve(line=first.id, choice={"accept": True}, actor=world.cast.bao, now=NOW)
    imports.resolve(line=second.id, choice={"drop": True}, actor=world.cast.bao, now=NOW)
    units = queries.units()
    assert sorted(unit.serial for unit in units) == ["PF2041O", "PF3333"]
    assert {(unit.lender, unit.site, unit.state) for unit in units} == {(world.company, world.cast.hub, "TO_LEND")}
    again = load("serials", SERIALS + rows[0] + "\nPF20410,,,,\n", world)
    assert statuses(again) == ["UNCHANGED", "WAITING"]  # the second still looks like a known one


def test_a_number_of_another_s_thing_is_refused_and_what_was_sent_home_may_come_again(world: World) -> None:
    row = "A1,笔记本电脑,东行商城,仙桃中转仓,\n"
    load("serials", SERIALS + row, world)
    other = load("serials", SERIALS + row.replace("东行商城", "武汉大学校友会"), world)
    assert statuses(other) == ["REFUSED"]

    units = [unit.id for unit in queries.units()]
    send_home(units=units, by_name="Zhou", actor=world.cast.bao, now=NOW + timedelta(hours=1), request_id=new_id())
    assert statuses(load("serials", SERIALS + row + "\n", world)) == ["ADDED"]
    assert [unit.state for unit in queries.units()] == ["TO_LEND"]


@pytest.mark.parametrize("cell", ["A2", "B2"])
def test_a_row_without_a_number_or_of_no_piece_is_refused(world: World, cell: str) -> None:
    row = "--,笔记本电脑,东行商城,仙桃中转仓,\n" if cell == "A2" else "A1,土豆,东行商城,仙桃中转仓,\n"
    view = load("serials", SERIALS + row, world)
    assert (statuses(view), view.lines[0].outcome.where) == (["REFUSED"], cell)
    assert queries.units() == ()
