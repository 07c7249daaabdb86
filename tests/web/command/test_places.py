"""Communities and zones as pages: opened from a list that is seen first, drawn, numbered, printed; notices read by eye."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.places import queries, services
from tests.apps.places.test_communities import NOW, SQUARE
from tests.apps.places.test_places import party
from tests.cast import Cast, log_in_as, make_cast
from tests.web.visits import read, send, visit

pytestmark = pytest.mark.django_db
LIST = "楼号\t单元\t户数\n" + "\n".join(f"{number}号楼\t2个单元\t每单元12户" for number in range(1, 76))


@pytest.fixture
def cast() -> Cast:
    mark_drill(name="places", at=NOW)
    return make_cast()


def form(**more: str) -> dict[str, str]:
    return {"name": "高家园小区", "city": "北京", "list": LIST, "gates": "南门 06:00-09:00、16:00-19:00\n北门"} | more


def opened(cast: Cast, **facts: Any) -> UUID:
    community = services.open_community(
        name="高家园小区", city="北京", lat=39.97, lon=116.49, actor=cast.wu, now=NOW, **facts
    )
    given = [services.BuildingGiven(str(n), units=(services.UnitGiven("1", 12),)) for n in range(1, 76)]
    services.add_buildings(community=community, buildings=given, actor=cast.wu, now=NOW)
    return community


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_community_is_opened_from_its_list_after_a_look(cast: Cast, language: str) -> None:
    wu = visit("wu", language)
    read(wu, "/command/places/open/")
    looked = send(wu, "/command/places/open/", form(act="look"), status=200)
    assert queries.communities() == ()
    assert re.search(r'class="figure">75<', looked)
    assert re.search(r'class="figure">1,800<', looked)
    page = send(wu, "/command/places/open/", form(act="open", station="酒仙桥站"))
    (row,) = queries.communities()
    assert (row.buildings_count, row.households_count, row.gates_count) == (75, 1800, 2)
    assert page.count('<li id="b-') == 75
    assert "06:00–09:00, 16:00–19:00" in page
    assert "酒仙桥站" in page
    read(wu, "/command/places/")
    read(wu, f"/command/places/{row.id}/")
    paper = read(wu, f"/command/places/{row.id}/paper/")
    assert paper.count("<svg") >= 75


def test_a_list_with_one_bad_line_opens_nothing(cast: Cast) -> None:
    wu = visit("wu")
    bad = form(list=LIST + "\n9-900号楼\t\t")
    looked = send(wu, "/command/places/open/", bad | {"act": "look"}, status=200)
    assert "9-900" in looked
    assert 'value="open"' not in looked
    send(wu, "/command/places/open/", bad | {"act": "open"}, status=200)
    assert queries.communities() == ()


def test_bare_numbers_need_no_header(cast: Cast) -> None:
    wu = visit("wu")
    send(wu, "/command/places/open/", form(act="open", list="1-12号楼\n甲、乙\n门卫楼"))
    (row,) = queries.communities()
    assert row.buildings_count == 15


def test_a_near_name_is_asked_about(cast: Cast) -> None:
    services.open_community(name="高家园小区东", city="北京", actor=cast.wu, now=NOW)
    wu = visit("wu")
    asked = send(wu, "/command/places/open/", form(act="open"), status=200)
    assert 'name="is_new"' in asked
    assert len(queries.communities()) == 1
    send(wu, "/command/places/open/", form(act="open", is_new="1"))
    assert len(queries.communities()) == 2


def test_gates_shelves_and_stations_are_written_on_the_communitys_page(cast: Cast) -> None:
    community = opened(cast)
    address = f"/command/places/{community}/"
    wu = visit("wu")
    send(wu, address, {"act": "gate", "gate": "西门 07:00-08:00", "lat": "39.97", "lon": "116.489"})
    send(wu, address, {"act": "shelf", "shelf": "1号架", "buildings": "1、2号楼,3", "people_max": "4"})
    plan = queries.community_plan(community, NOW)
    assert [len(gate.hours) for gate in plan.gates] == [1]
    assert [(shelf.people_max, len(shelf.units)) for shelf in plan.shelves] == [(4, 3)]
    page = send(wu, address, {"act": "close_gate", "gate": str(plan.gates[0].id)})
    assert "西门" not in page
    station = services.add_site(party=party("酒仙桥站", "北京"), role="STATION")
    services.move_station(
        station=station, from_at=NOW - timedelta(hours=1), lat=39.98, lon=116.48, actor=cast.wu, now=NOW
    )
    send(wu, address, {"act": "station", "station": str(station)})
    assert [each.station for each in queries.stations_at(NOW, communities=[community])] == [station]


def test_footprints_are_numbered_by_the_picture(cast: Cast) -> None:
    community = opened(cast)
    wu = visit("wu")
    address = f"/command/places/{community}/footprints/"
    read(wu, address)
    ring = json.loads(json.dumps(SQUARE))["coordinates"][0]
    far = {**SQUARE, "coordinates": [[[lon + 1, lat] for lon, lat in ring]]}
    features = [
        {"type": "Feature", "properties": {"building": "yes", "addr:housenumber": "3"}, "geometry": SQUARE},
        {"type": "Feature", "properties": {"building": "yes"}, "geometry": SQUARE},
        {"type": "Feature", "properties": {"building": "yes"}, "geometry": far},
        {"type": "Feature", "properties": {"highway": "footway"}, "geometry": {"type": "LineString", "coordinates": [[116.49, 39.97], [116.491, 39.97]]}},
    ]  # fmt: skip
    file = SimpleUploadedFile("osm.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())
    answer = wu.post(address, {"act": "look", "file": file, "radius": "300"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('name="shape"') == 2
    assert not any(building.is_located for building in queries.community_plan(community, NOW).buildings)
    shape = json.dumps(SQUARE)
    wu.post(address, {"act": "write", "name": ["3", "77"], "shape": [shape, shape], "paths": "[[[39.97,116.49],[39.97,116.491]]]", "with_paths": "1"})  # fmt: skip
    plan = queries.community_plan(community, NOW)
    assert {building.name for building in plan.buildings if building.is_located} == {"3", "77"}
    assert len(plan.paths) == 1
    read(wu, f"/command/places/{community}/")
    refused = wu.post(address, {"act": "look", "file": SimpleUploadedFile("x.geojson", b"[]")}, follow=True)
    assert "GeoJSON" in refused.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_notice_is_seen_as_it_is_read_then_kept_and_settled(cast: Cast, language: str) -> None:
    community = opened(cast, street="高家园路", address="高家园路1弄")
    lin = visit("lin", language)
    read(lin, "/command/places/zones/")
    send(lin, "/command/places/zones/", {"act": "rules"})
    text = "封控区\n高家园路1弄3号、高家圆小区\n管控区\n高家园小区7-9号楼\n其余区域为防范区"
    sent = {"text": text, "issuer": "上海市", "title": "名单", "published_at": "2022-04-12T08:00", "state": ""}
    looked = send(lin, "/command/places/zones/", sent | {"act": "look"}, status=200)
    assert queries.notices() == ()
    assert 'class="zone-SEALED"' in looked
    page = send(lin, "/command/places/zones/", sent | {"act": "keep"})
    (row,) = queries.notices()
    assert "高家圆小区" in page
    found = queries.notice(row.id)
    waiting = {doubt.why: doubt for doubt in found.doubts}
    assert set(waiting) == {"name-unknown", "everywhere"}
    address = f"/command/places/zones/{row.id}/"
    send(lin, address, {"act": "settle", "doubt": str(waiting["name-unknown"].id), "choice": str(community)})
    send(lin, address, {"act": "nothing", "doubt": str(waiting["everywhere"].id)})
    zones = queries.zones_at(communities=[community], at=NOW)
    by_name = {b.name: zones[b.id].state for b in queries.community_plan(community, NOW).buildings}
    assert (by_name["3"], by_name["8"], by_name["20"]) == ("SEALED", "CONTROLLED", "SEALED")
    changed = read(lin, address + "?changes=1")
    assert "7、8、9" in changed
    read(lin, f"/command/places/{community}/")
    send(lin, address, {"act": "withdraw"})
    assert queries.zones_at(communities=[community], at=NOW)[community].state == ""


def test_whose_community_it_is_not_sees_nothing_of_it(cast: Cast) -> None:
    community = opened(cast)
    other = services.open_community(name="别的院子", actor=cast.wu, now=NOW)
    log_in_as("There", [(Duty.KEEPER, other)])
    there = visit("there")
    assert "高家园小区" not in read(there, "/command/places/")
    read(there, f"/command/places/{other}/")
    for page in ("", "paper/", "footprints/"):
        read(there, f"/command/places/{community}/{page}", status=403)
    read(there, "/command/places/zones/", status=403)
    read(there, "/command/places/open/", status=403)
