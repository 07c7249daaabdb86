"""Zones: the most specific line wins, among equals the later notice; against a slow oracle that asks one by one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.places import queries, services
from baogong.places.queries import CommunityView, ZoneView
from baogong.places.services import BuildingGiven, LineGiven, UnitGiven
from tests.cast import Cast, log_in_as, make_cast, rows_in_book

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2022, 4, 12, 2, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = "华灵路541弄"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_community(cast: Cast, name: str, street: str = "华灵路", buildings: int = 3) -> CommunityView:
    community = services.open_community(name=name, street=street, city="上海", is_new=True, actor=cast.wu, now=NOW)
    given = [BuildingGiven(str(n), units=(UnitGiven("1"), UnitGiven("2"))) for n in range(1, buildings + 1)]
    services.add_buildings(community=community, buildings=given, actor=cast.wu, now=NOW)
    return queries.community_plan(community, NOW)


def notice(cast: Cast, *lines: LineGiven, at: datetime = NOW, **facts: Any) -> UUID:
    said: dict[str, Any] = {"text": TEXT, "published_at": at, "from_at": at, "issuer": "上海市", "now": NOW} | facts
    return services.keep_notice(lines=lines, actor=cast.wu, **said)


def line(state: str | None, community: CommunityView | None = None, **facts: Any) -> LineGiven:
    return LineGiven(0, 4, state, community=community.id if community else None, **facts)


def test_the_most_specific_wins_over_the_later(cast: Cast) -> None:
    court = make_community(cast, "甲院")
    first, second, third = court.buildings
    notice(cast, line("SEALED", court, building=first.id, unit=first.units[0].id), line("CONTROLLED", court))
    notice(cast, line("PRECAUTION", court, building=first.id), at=NOW + DAY)
    notice(cast, line("SEALED", street="华灵路"), at=NOW + 2 * DAY)
    zones = queries.zones_at(communities=[court.id], at=NOW + 3 * DAY)
    assert zones[first.units[0].id].state == "SEALED"
    assert zones[first.units[1].id].state == zones[first.id].state == "PRECAUTION"
    assert zones[second.id].state == zones[third.units[1].id].state == zones[court.id].state == "CONTROLLED"
    assert (zones[court.id].service, zones[first.id].service) == ("SHELF", "FREE")


def test_a_street_without_the_community_that_was_taken_out(cast: Cast) -> None:
    court, other, away = (make_community(cast, name) for name in ("甲院", "乙院", "丙院"))
    services.change_community(community=away.id, street="原平路", actor=cast.wu, now=NOW)
    notice(cast, line("SEALED", street="华灵路"), line(None, other))
    zones = queries.zones_at(communities=[court.id, other.id, away.id], at=NOW)
    assert [zones[each.id].state for each in (court, other, away)] == ["SEALED", "", ""]
    assert zones[other.id].line is not None
    assert zones[away.id].line is None


def test_an_exception_yields_to_the_state_the_same_notice_gives(cast: Cast) -> None:
    court = make_community(cast, "甲院")
    seven = court.buildings[0]
    notice(
        cast,
        LineGiven(0, 2, "SEALED", community=court.id),
        LineGiven(6, 7, None, community=court.id, building=seven.id),
        LineGiven(3, 5, "CONTROLLED", community=court.id, building=seven.id),
    )
    assert queries.zones_at(buildings=[seven.id], at=NOW)[seven.id].state == "CONTROLLED"


def test_a_state_outlasts_its_usual_days_and_ends_only_by_word(cast: Cast) -> None:
    court, other = make_community(cast, "甲院"), make_community(cast, "乙院")
    services.load_zone_rules(actor=cast.lin, now=NOW)
    notice(cast, line("CONTROLLED", court), line("SEALED", other, until_at=NOW + 2 * DAY))
    later = queries.zones_at(communities=[court.id, other.id], at=NOW + 8 * DAY)
    assert later[court.id].state == "CONTROLLED"
    assert later[court.id].until_at == NOW + 7 * DAY
    assert later[court.id].is_overdue(NOW + 8 * DAY)
    assert later[other.id].state == ""


def test_the_rule_of_the_day_says_what_a_state_means(cast: Cast) -> None:
    court = make_community(cast, "甲院")
    assert services.load_zone_rules(actor=cast.lin, now=NOW) == 9
    assert services.load_zone_rules(actor=cast.lin, now=NOW) == 0
    notice(cast, line("CONTROLLED", court), at=datetime(2022, 4, 2, tzinfo=UTC))
    april = [
        queries.zones_at(communities=[court.id], at=at)[court.id].text_zh
        for at in (
            datetime(2022, 4, 5, tzinfo=UTC),
            datetime(2022, 4, 12, tzinfo=UTC),
            datetime(2022, 5, 2, tzinfo=UTC),
        )
    ]
    assert "每户每天一人" in april[0]
    assert "分时有序" in april[1]
    assert "错峰" in april[2]
    services.set_zone_rule(
        zone="CONTROLLED", from_at=datetime(2022, 5, 9, tzinfo=UTC), service="DOOR", text_zh="送到门口", text_en="To the door",
        issuer="上海市", actor=cast.lin, now=NOW,
    )  # fmt: skip
    assert queries.zones_at(communities=[court.id], at=datetime(2022, 5, 10, tzinfo=UTC))[court.id].service == "DOOR"


def test_a_withdrawn_notice_says_nothing_any_more_and_did_until_then(cast: Cast) -> None:
    court = make_community(cast, "甲院")
    first = notice(cast, line("SEALED", court))
    assert notice(cast, line("SEALED", court)) == first
    services.withdraw_notice(notice=first, at=NOW + DAY, actor=cast.wu, now=NOW + DAY)
    assert queries.zones_at(communities=[court.id], at=NOW)[court.id].state == "SEALED"
    assert queries.zones_at(communities=[court.id], at=NOW + DAY)[court.id].state == ""


def test_only_the_office_reads_notices_and_only_command_makes_rules(cast: Cast) -> None:
    court = make_community(cast, "甲院")
    there = log_in_as("There", [(Duty.CLERK, court.id)])
    before = rows_in_book()
    for actor in (cast.stranger, there):
        with pytest.raises(NotYourPlace):
            services.keep_notice(
                text=TEXT, lines=[line("SEALED", court)], published_at=NOW, from_at=NOW, actor=actor, now=NOW
            )
    with pytest.raises(NotYourPlace):
        services.load_zone_rules(actor=cast.wu, now=NOW)
    assert rows_in_book() == before


@dataclass(frozen=True)
class Said:
    """A line as the oracle keeps it."""

    scope: int
    thing: object  # street, or id
    state: str | None
    from_at: datetime
    until_at: datetime | None
    order: int  # of its notice
    number: int


def slow_zone(said: list[Said], things: list[object], at: datetime) -> str:
    """By the words of the rule: from the most specific thing outwards, the first about which anything in force is said."""
    for scope in (4, 3, 2, 1):
        about = [
            each
            for each in said
            if each.scope == scope
            and each.thing == things[scope - 1]
            and each.from_at <= at
            and (each.until_at is None or at < each.until_at)
        ]
        if about:
            last = max(each.order for each in about)
            of_last = [each for each in about if each.order == last]
            stating = [each for each in of_last if each.state] or of_last
            return max(stating, key=lambda each: each.number).state or ""
    return ""


@pytest.mark.parametrize("seed", range(12))
def test_every_address_has_the_zone_that_the_slow_oracle_finds(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    courts = [make_community(cast, f"{name}院", dice.choice(["华灵路", "原平路", ""]), 3) for name in "甲乙丙"]
    said: list[Said] = []
    for order in range(dice.randint(1, 6)):
        lines = []
        for number in range(dice.randint(1, 8)):
            court = dice.choice(courts)
            building = dice.choice(court.buildings)
            unit = dice.choice(building.units)
            scope = dice.randint(1, 4)
            state = dice.choice(["SEALED", "CONTROLLED", "PRECAUTION", None])
            from_at = NOW + dice.randint(-2, 2) * DAY
            until_at = dice.choice([None, from_at + dice.randint(1, 4) * DAY])
            street = dice.choice(["华灵路", "原平路"])
            lines.append(
                LineGiven(
                    number * 2,
                    number * 2 + 1,
                    state,
                    street if scope == 1 else "",
                    court.id if scope > 1 else None,
                    building.id if scope > 2 else None,
                    unit.id if scope > 3 else None,
                    from_at,
                    until_at,
                )
            )
            thing = (street, court.id, building.id, unit.id)[scope - 1]
            said.append(Said(scope, thing, state, from_at, until_at, order, number))
        notice(cast, *lines, text=f"{TEXT} {order}", published_at=NOW + timedelta(hours=order))
    for at in (NOW - 3 * DAY, NOW, NOW + DAY, NOW + 3 * DAY):
        found: dict[UUID, ZoneView] = queries.zones_at(communities=[court.id for court in courts], at=at)
        for court in courts:
            assert found[court.id].state == slow_zone(said, [court.street, court.id, 0, 0], at)
            for building in court.buildings:
                assert found[building.id].state == slow_zone(said, [court.street, court.id, building.id, 0], at)
                for unit in building.units:
                    things = [court.street, court.id, building.id, unit.id]
                    assert found[unit.id].state == slow_zone(said, things, at)


LIST = """封控区（4月12日起）
华灵路541、561弄
原平路528弄1-4号（2号除外）
华玲路600弄
二、管控区
欣安小区3号楼2单元、9号楼
其余区域为防范区
"""


def make_shanghai(cast: Cast) -> dict[str, CommunityView]:
    services.load_zone_rules(actor=cast.lin, now=NOW)
    courts = {name: make_community(cast, name, street) for name, street in (
        ("平福苑", "华灵路"), ("华灵小区", "华灵路"), ("原平大楼", "原平路"), ("欣安小区", ""), ("六百弄", "华灵路")
    )}  # fmt: skip
    for name, address in (
        ("平福苑", "541弄"),
        ("华灵小区", "上海市宝山区华灵路561弄"),
        ("原平大楼", "528弄"),
        ("六百弄", "600弄"),
    ):
        services.change_community(community=courts[name].id, address=address, actor=cast.wu, now=NOW)
    return courts


def read_list(cast: Cast, text: str = LIST, **more: Any) -> UUID:
    return services.read_notice(text=text, issuer="上海市", published_at=NOW, actor=cast.wu, now=NOW, **more)


def doubts_of(notice: UUID) -> dict[str, Any]:
    return {
        f"{each.why} {each.street}{each.name}{each.building}{each.unit}": each for each in queries.notice(notice).doubts
    }


def state_of(court: CommunityView, at: datetime = NOW) -> list[str]:
    """Of the community and its buildings 1, 2, 3."""
    zones = queries.zones_at(communities=[court.id], at=at)
    return [zones[court.id].state, *(zones[building.id].state for building in court.buildings)]


def test_a_notice_is_kept_with_lines_where_the_register_is_sure_and_doubts_for_all_else(cast: Cast) -> None:
    courts = make_shanghai(cast)
    found = read_list(cast)
    assert state_of(courts["平福苑"]) == state_of(courts["华灵小区"]) == ["SEALED"] * 4
    assert state_of(courts["原平大楼"]) == ["", "SEALED", "", "SEALED"]
    assert state_of(courts["欣安小区"]) == [""] * 4
    zones = queries.zones_at(communities=[courts["欣安小区"].id], at=NOW)
    assert zones[courts["欣安小区"].buildings[2].units[1].id].state == "CONTROLLED"
    assert state_of(courts["六百弄"]) == [""] * 4
    doubts = doubts_of(found)
    assert set(doubts) == {
        "building-unknown 原平路528弄4",
        "name-unknown 华玲路600弄",
        "building-unknown 欣安小区9",
        "everywhere ",
    }
    assert [each["text"] for each in doubts["name-unknown 华玲路600弄"].names] == ["六百弄"]
    assert {each["text"] for each in doubts["everywhere "].names} == {"华灵路", "原平路"}
    text = queries.notice(found).text
    for line in queries.notice(found).lines:
        assert text[line.start : line.end].strip()


def test_a_settled_name_brings_its_lines_and_is_known_from_then_on(cast: Cast) -> None:
    courts = make_shanghai(cast)
    first = read_list(cast)
    doubt = doubts_of(first)["name-unknown 华玲路600弄"]
    for _ in range(2):
        services.settle_doubt(doubt=doubt.id, community=courts["六百弄"].id, remember=True, actor=cast.wu, now=NOW)
    assert state_of(courts["六百弄"]) == ["SEALED"] * 4
    with pytest.raises(services.DoubtSettled):
        services.settle_doubt(doubt=doubt.id, community=courts["平福苑"].id, actor=cast.wu, now=NOW)
    second = read_list(cast, LIST.replace("封控区（4月12日起）", "封控区（4月13日起）"))
    assert "name-unknown 华玲路600弄" not in doubts_of(second)


def test_a_settled_address_brings_all_its_buildings_and_asks_about_those_it_does_not_know(cast: Cast) -> None:
    courts = make_shanghai(cast)
    found = read_list(cast, "管控区\n平福园1-5号楼")
    (doubt,) = queries.notice(found).doubts
    services.settle_doubt(doubt=doubt.id, community=courts["平福苑"].id, actor=cast.wu, now=NOW)
    assert state_of(courts["平福苑"]) == ["", "CONTROLLED", "CONTROLLED", "CONTROLLED"]
    waiting = [each.building for each in queries.notice(found).doubts if each.settled_at is None]
    assert waiting == ["4", "5"]


def test_all_others_are_the_streets_a_person_says(cast: Cast) -> None:
    courts = make_shanghai(cast)
    doubt = doubts_of(read_list(cast))["everywhere "]
    services.settle_doubt(doubt=doubt.id, street="华灵路", actor=cast.wu, now=NOW)
    assert state_of(courts["六百弄"]) == ["PRECAUTION"] * 4
    assert state_of(courts["平福苑"]) == ["SEALED"] * 4


@pytest.mark.parametrize("is_first", [True, False])
def test_all_others_said_to_be_a_community_give_way_to_all_that_is_more_exact(cast: Cast, *, is_first: bool) -> None:
    courts = make_shanghai(cast)
    found = read_list(cast, "封控区\n平福苑\n欣安小区2号楼\n华玲路600弄\n管控区\n欣安小区3号楼2单元\n其余区域为防范区")
    doubts = doubts_of(found)
    answers = [("everywhere ", courts["平福苑"]), ("name-unknown 华玲路600弄", courts["华灵小区"])]
    for key, court in answers if is_first else answers[::-1]:
        services.settle_doubt(doubt=doubts[key].id, community=court.id, actor=cast.wu, now=NOW)
    assert state_of(courts["平福苑"]) == ["SEALED"] * 4, "named itself in the same notice"
    assert state_of(courts["华灵小区"]) == ["SEALED"] * 4
    assert state_of(courts["六百弄"]) == [""] * 4, "nobody said that it is one of the others"
    again = doubts_of(read_list(cast, "封控区\n欣安小区2号楼\n管控区\n欣安小区3号楼2单元\n其余区域为防范区\n"))
    services.settle_doubt(doubt=again["everywhere "].id, community=courts["欣安小区"].id, actor=cast.wu, now=NOW)
    court = courts["欣安小区"]
    zones = queries.zones_at(communities=[court.id], at=NOW)
    states = {building.name: zones[building.id].state for building in court.buildings}
    assert (zones[court.id].state, states["1"], states["2"], states["3"]) == (
        "PRECAUTION",
        "PRECAUTION",
        "SEALED",
        "PRECAUTION",
    )
    units = {unit.name: zones[unit.id].state for unit in next(b for b in court.buildings if b.name == "3").units}
    assert units["2"] == "CONTROLLED"
    assert units["1"] == "PRECAUTION"


def test_what_was_read_as_no_address_gets_its_state_from_the_person(cast: Cast) -> None:
    courts = make_shanghai(cast)
    found = read_list(cast, "请华灵路541弄居民做核酸。\n")
    (doubt,) = queries.notice(found).doubts
    with pytest.raises(services.StateMissing):
        services.settle_doubt(doubt=doubt.id, community=courts["平福苑"].id, actor=cast.wu, now=NOW)
    services.settle_doubt(doubt=doubt.id, community=courts["平福苑"].id, state="CONTROLLED", actor=cast.wu, now=NOW)
    assert state_of(courts["平福苑"]) == ["CONTROLLED"] * 4
    other = read_list(cast, "请华灵路561弄居民做核酸。\n")
    services.settle_doubt(doubt=queries.notice(other).doubts[0].id, actor=cast.wu, now=NOW)
    assert state_of(courts["华灵小区"]) == [""] * 4
    assert queries.notice(other).doubts[0].settled_as == "NOTHING"


def test_what_a_notice_changed_is_told(cast: Cast) -> None:
    courts = make_shanghai(cast)
    read_list(cast, "封控区\n平福苑", from_at=NOW - DAY)
    later = read_list(cast, "管控区\n平福苑\n封控区\n欣安小区1号楼", from_at=NOW)
    changes = {(each.name, each.parts, each.before, each.after) for each in queries.changes_by(queries.notice(later))}
    assert changes == {("平福苑", (), "SEALED", "CONTROLLED"), ("欣安小区", ("1",), "", "SEALED")}
    assert courts


def test_the_worked_example_of_the_page_on_notices(cast: Cast) -> None:
    """docs/algorithms/zone-notices.md, by hand."""
    court = make_community(cast, "平福苑", "华灵路", buildings=6)
    other = make_community(cast, "华灵小区", "华灵路")
    services.change_community(community=court.id, address="541弄", actor=cast.wu, now=NOW)
    read_list(cast, "封控区\n华灵路541弄（3号除外）\n其余均为管控区")
    (doubt,) = queries.notice(queries.notices()[0].id).doubts
    services.settle_doubt(doubt=doubt.id, street="华灵路", actor=cast.wu, now=NOW)
    later = NOW + DAY
    services.read_notice(text="管控区\n华灵路541弄5号", issuer="上海市", published_at=later, actor=cast.wu, now=NOW)
    zones = queries.zones_at(communities=[court.id, other.id], at=later)
    by_name = {building.name: zones[building.id].state for building in court.buildings}
    assert zones[court.id].state == "SEALED"
    assert (by_name["3"], by_name["5"], by_name["6"]) == ("", "CONTROLLED", "SEALED")
    assert zones[other.id].state == "CONTROLLED"
