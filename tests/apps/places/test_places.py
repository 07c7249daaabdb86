"""Where things are, what is under seal when, and which way leads there."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from baogong.engine.geo import great_circle_m, wgs84_to_gcj02
from baogong.engine.sheets import read_pasted
from baogong.engine.sheets.kinds import LineOutcome, Status, guess_kind, settle
from baogong.engine.sheets.ports import party_book
from baogong.kernel.actor import THE_HOUSE
from baogong.kernel.errors import NotFound
from baogong.places import imports, queries, services
from baogong.places.services import AreaDiffers, LaneUnusable, SiteDiffers, SiteUnusable

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2020, 1, 23, 7, tzinfo=UTC)
SEALED_AT = datetime(2020, 1, 23, 2, tzinfo=UTC)


def party(name: str, city: str = "") -> UUID:
    return party_book().register(kind="SITE", name=name, name_en="", city=city, aliases=(), now=NOW)


@pytest.fixture
def xiantao() -> UUID:
    return services.add_site(party=party("仙桃中转仓", "仙桃"), role="HUB", lat=30.3708, lon=113.44294, docks_count=4)


@pytest.fixture
def wuhan() -> UUID:
    return services.add_site(party=party("武汉市指挥部", "武汉"), role="COMMAND", lat=30.60, lon=114.30)


def test_adding_a_site_again_changes_nothing_and_other_words_are_refused(xiantao: UUID) -> None:
    again = services.add_site(party=xiantao, role="HUB", lat=30.3708, lon=113.44294, docks_count=4)
    assert again == xiantao
    with pytest.raises(SiteDiffers) as refusal:
        services.add_site(party=xiantao, role="HUB", lat=30.3708, lon=113.44294, docks_count=5)
    assert "docks_count: 5" in str(refusal.value.found)
    services.change_site(site=xiantao, docks_count=5, opens_at=time(6))
    assert queries.site(xiantao).docks_count == 5
    assert queries.site(xiantao).lat == 30.3708


def test_a_map_services_point_is_stored_as_wgs84() -> None:
    lat, lon = wgs84_to_gcj02(30.53, 114.31)
    site = services.add_site(party=party("武汉市第三医院"), role="RECEIVER", lat=lat, lon=lon, system="GCJ02")
    view = queries.site(site)
    assert view.lat is not None
    assert view.lon is not None
    assert great_circle_m(view.lat, view.lon, 30.53, 114.31) < 1
    assert not view.is_located


def test_a_point_nobody_knows_stays_unknown() -> None:
    view = queries.site(services.add_site(party=party("某医院"), role="RECEIVER", lat=0, lon=0, is_located=True))
    assert (view.lat, view.lon, view.is_located) == (None, None, False)


@pytest.mark.parametrize(
    "wrong",
    [{"lat": 114.3, "lon": 30.6}, {"lat": 30.6}, {"role": "PIER"}, {"docks_count": 0}, {"service_s": -1}],
)
def test_a_site_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SiteUnusable):
        services.add_site(**{"party": party("某仓"), "role": "WAREHOUSE", **wrong})  # type: ignore[arg-type]
    assert queries.sites() == ()


def test_a_seal_holds_from_its_moment_until_it_is_lifted(wuhan: UUID, xiantao: UUID) -> None:
    area = services.add_sealed_area(name="武汉", sealed_at=SEALED_AT)
    assert services.add_sealed_area(name="武汉", sealed_at=SEALED_AT) == area
    with pytest.raises(AreaDiffers):
        services.add_sealed_area(name="武汉", sealed_at=NOW)
    services.seal(area=area, site=wuhan)
    assert not queries.is_sealed(wuhan, SEALED_AT - timedelta(seconds=1))
    assert queries.is_sealed(wuhan, SEALED_AT)
    assert not queries.is_sealed(xiantao, NOW)
    lifted = datetime(2020, 4, 7, 16, tzinfo=UTC)
    with pytest.raises(SiteUnusable):
        services.lift_seal(area=area, at=SEALED_AT)
    services.lift_seal(area=area, at=lifted)
    assert queries.is_sealed(wuhan, lifted - timedelta(seconds=1))
    assert not queries.is_sealed(wuhan, lifted)
    with pytest.raises(NotFound):
        services.seal(area=uuid4(), site=wuhan)


def test_a_way_without_a_lane_is_estimated_from_the_great_circle(wuhan: UUID, xiantao: UUID) -> None:
    estimated = queries.road_between(xiantao, wuhan)
    assert estimated is not None
    assert estimated.is_estimate
    assert estimated.distance_m == pytest.approx(105_000, rel=0.02)
    services.add_lane(origin=xiantao, target=wuhan, distance_m=98_000)
    known = queries.road_between(xiantao, wuhan)
    assert known is not None
    assert (known.distance_m, known.is_estimate) == (98_000, False)
    (lane,) = queries.lanes()
    assert lane.duration_s == round(98_000 * 3.6 / 65)


def test_a_lane_is_known_once_for_each_mode_and_direction(wuhan: UUID, xiantao: UUID) -> None:
    first = services.add_lane(origin=xiantao, target=wuhan)
    assert services.add_lane(origin=xiantao, target=wuhan, distance_m=99_000) == first
    services.add_lane(origin=wuhan, target=xiantao)
    services.add_lane(origin=xiantao, target=wuhan, mode="AIR", duration_s=3_600, lead_time_s=7 * 86_400)
    assert len(queries.lanes()) == 3
    with pytest.raises(LaneUnusable):
        services.add_lane(origin=wuhan, target=wuhan)
    with pytest.raises(LaneUnusable):
        services.add_lane(origin=wuhan, target=xiantao, mode="RAIL")
    with pytest.raises(NotFound):
        services.add_lane(origin=wuhan, target=uuid4())


def test_a_closed_lane_is_closed_in_its_window_only(wuhan: UUID, xiantao: UUID) -> None:
    lane = services.add_lane(origin=xiantao, target=wuhan)
    for _ in range(2):
        services.close_lane(lane=lane, start_at=NOW, end_at=NOW + timedelta(hours=2), reason="ice")
    (view,) = queries.lanes()
    assert len(view.closures) == 1
    assert view.is_closed(NOW)
    assert not view.is_closed(NOW + timedelta(hours=2))
    with pytest.raises(LaneUnusable):
        services.close_lane(lane=lane, start_at=NOW, end_at=NOW, reason="never")


SITES = """站点,角色,城市,纬度,经度,坐标系,月台数,装卸分钟,开门,关门,封控区,坐标精确
廊坊仓,仓库,廊坊,39.52079,116.71471,,３,30,00:00,23:59,,
仙桃中转仓,中转仓,仙桃,30.3708,113.44294,,四,45,,,,
武汉市第三医院,接收点,武汉,30.5276,114.3155,高德,,,,,武汉,是
雷神山工地,接收点,武汉,114.29,30.43,,,,,,,
某某仓,码头,武汉,,,,,,,,,
无名仓,仓库,武汉,30.1,,,,,,,,
金银潭医院,接收点,武汉,0,0,,,,,,孝感,
"""


def status(lines: tuple[LineOutcome, ...]) -> list[str]:
    return [line.status.value for line in lines]


def test_a_list_of_sites_is_read_row_by_row_and_twice_is_once() -> None:
    services.add_sealed_area(name="武汉", sealed_at=SEALED_AT)
    table = read_pasted(SITES)
    assert guess_kind(table)[0].kind == "sites"
    lines = imports.classify_sites(table, None, NOW)
    assert status(lines) == ["ADDED", "ADDED", "ADDED", "REFUSED", "REFUSED", "REFUSED", "REFUSED"]
    assert [line.where for line in lines[3:]] == ["D5", "B6", "E7", "K8"]
    assert "swapped" in lines[3].cure
    imports.apply_sites(lines, actor=THE_HOUSE, document=None, now=NOW)
    imports.apply_sites(lines, actor=THE_HOUSE, document=None, now=NOW)
    again = imports.classify_sites(table, None, NOW)
    assert status(again) == ["UNCHANGED"] * 3 + ["REFUSED"] * 4
    assert [view.name for view in queries.sites()] == ["廊坊仓", "武汉市第三医院", "仙桃中转仓"]
    hospital = queries.sites(role="RECEIVER")[0]
    assert hospital.is_sealed(NOW)
    assert hospital.is_located
    assert hospital.lat == pytest.approx(30.5299, abs=0.002)  # shifted back from the map service's point
    assert queries.sites(role="HUB")[0].docks_count == 4


def test_every_fault_of_a_row_is_named_at_once() -> None:
    text = "站点,角色,纬度,经度,月台数,开门\n某仓,仓裤,120,30,若干,8点半多\n,仓库,,,,\n某仓,仓库,95,114,,\n"
    first, second, third = imports.classify_sites(read_pasted(text), None, NOW)
    assert first.status is Status.REFUSED
    assert (first.where, first.found) == ("B2", "B2: 仓裤; C2: 120; E2: 若干; F2: 8点半多")
    assert [part.split(": ")[0] for part in first.expected.split("; ")] == ["B2", "C2", "E2", "F2"]
    assert "Write hour and minute." in first.cure
    assert "swapped" in first.cure
    assert (second.where, second.expected) == ("A3", "the site's name")
    assert third.expected == "latitude -90 to 90, longitude -180 to 180"


def test_a_site_that_is_known_changes_by_its_list(xiantao: UUID) -> None:
    table = read_pasted("站点,角色,月台数\n仙桃中转仓,中转仓,6")
    (line,) = imports.classify_sites(table, None, NOW)
    assert line.status is Status.MATCHED
    imports.apply_sites([line], actor=THE_HOUSE, document=None, now=NOW)
    assert queries.site(xiantao).docks_count == 6
    assert queries.site(xiantao).lat == 30.3708  # what the list leaves out stays


def test_a_site_with_a_nearly_equal_name_waits_for_a_person() -> None:
    known = services.add_site(party=party("武汉市汉口医院", "武汉"), role="RECEIVER")
    table = read_pasted("站点,角色,城市\n武汉汉口医院,接收点,武汉")
    (line,) = imports.classify_sites(table, None, NOW)
    assert line.status is Status.WAITING
    settled = settle(line, {"candidate": str(known)})
    imports.apply_sites([settled], actor=THE_HOUSE, document=None, now=NOW)
    assert len(queries.sites()) == 1
    assert status(imports.classify_sites(table, None, NOW)) == ["UNCHANGED"]


LANES = """起点,终点,方式,公里,小时,提前小时
仙桃中转仓,武汉市指挥部,公路,101,1.5,
仙桃中转仓,武汉市指挥部,航空,,1,168
武汉市指挥部,仙桃中转仓,,,,
仙桃中转仓,仙桃中转仓,公路,1,1,
仙桃中转仓,北京仓,公路,1,1,
仙桃中转仓,武汉市指挥部,公路,100,1.5,
武汉市指挥部,仙桃中转仓,铁路,100,,
"""


def test_a_list_of_lanes_is_read_row_by_row_and_twice_is_once(wuhan: UUID, xiantao: UUID) -> None:
    table = read_pasted(LANES)
    assert guess_kind(table)[0].kind == "lanes"
    lines = imports.classify_lanes(table, None, NOW)
    assert status(lines) == ["ADDED"] * 3 + ["REFUSED"] * 4
    assert [line.where for line in lines[3:]] == ["B5", "B6", "A7", "E8"]
    imports.apply_lanes(lines, actor=THE_HOUSE, document=None, now=NOW)
    assert status(imports.classify_lanes(table, None, NOW)) == ["UNCHANGED"] * 3 + ["REFUSED"] * 4
    by_air = next(lane for lane in queries.lanes() if lane.mode == "AIR")
    assert by_air.lead_time_s == 7 * 86_400
    changed = read_pasted("起点,终点,公里\n仙桃中转仓,武汉市指挥部,103")
    lines = imports.classify_lanes(changed, None, NOW)
    assert status(lines) == ["MATCHED"]
    imports.apply_lanes(lines, actor=THE_HOUSE, document=None, now=NOW)
    by_road = next(lane for lane in queries.lanes(origin=xiantao) if lane.mode == "ROAD")
    assert (by_road.distance_m, by_road.duration_s) == (103_000, 5_400)
