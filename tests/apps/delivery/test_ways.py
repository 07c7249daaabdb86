"""A way of working saved in one community and opened in another: what is copied, what differs."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from baogong.crew import queries as crew_queries
from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.errors import WayNotThere, WayUnusable
from baogong.delivery.queries.ways import differences, ways
from baogong.delivery.services.ways import content_of, open_from, save_way_of_working
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places.services import BuildingGiven, UnitGiven
from tests.apps.delivery.world import HOUR, NOW, World


def save(world: World, name: str = "酒仙桥模式") -> UUID:
    crew.want(
        place=world.inner, work="DELIVER", start_at=NOW, end_at=NOW + 9 * HOUR, people_count=6, actor=world.lin, now=NOW
    )
    return save_way_of_working(name=name, community=world.east, actor=world.lin, now=NOW)


BUILDINGS = [BuildingGiven(f"{number}号楼", units=(UnitGiven("1"),)) for number in range(1, 9)]


def test_a_new_community_opens_from_a_saved_way_with_its_building_list(world: World) -> None:
    way = save(world)
    made = open_from(
        way=way, name="芳园里", buildings=BUILDINGS, station=world.inner, outer=world.outer, city="北京", actor=world.lin, now=NOW
    )  # fmt: skip
    plan = places.community_plan(made, NOW)
    assert [gate.name for gate in plan.gates] == ["东院南门"]
    assert {(s.people_max, s.window_minutes) for s in plan.shelves} == {(2, 10)}
    assert len(plan.shelves) == len(plan.buildings) == 8
    (serving,) = delivery.servings(communities=[made])
    assert (serving.station, serving.outer) == (world.inner, world.outer)
    (wanted,) = [
        row for row in crew_queries.wanted(world.inner, Window(NOW, NOW + timedelta(hours=1))) if row.work == "DELIVER"
    ]
    assert wanted.people_count == 14  # 6 for the 6 buildings so far, 14 for 14
    left = {one.where for one in differences(ways()[0].content, content_of(made, NOW))}
    assert left == {"road_zone", "duties.DELIVER 08:00.people_count"}


def test_saved_again_unchanged_it_is_the_same_version_and_changed_the_next(world: World) -> None:
    first = save(world)
    assert save_way_of_working(name="酒仙桥模式", community=world.east, actor=world.lin, now=NOW) == first
    second = save_way_of_working(
        name="酒仙桥模式", community=world.east, rounds={"capacity_pieces": 20}, actor=world.lin, now=NOW
    )
    assert second != first
    newest, earlier = ways(newest_only=False)
    assert (newest.version, earlier.version) == (2, 1)
    (changed,) = differences(earlier.content, newest.content)
    assert (changed.where, changed.a, changed.b) == ("rounds.capacity_pieces", 40, 20)


def test_what_cannot_be_a_way_is_refused_with_every_fault(world: World) -> None:
    with pytest.raises(WayUnusable) as refusal:
        save_way_of_working(name="x", content={"form": 1}, actor=world.lin, now=NOW)
    assert len(cast(list[str], refusal.value.found)) == 6
    content = content_of(world.east, NOW)
    content["categories"][0]["modes"] = ["THROWN"]
    with pytest.raises(WayUnusable, match="no handover"):
        save_way_of_working(name="x", content=content, actor=world.lin, now=NOW)
    with pytest.raises(NotYourPlace):
        save_way_of_working(name="x", community=world.east, actor=world.bao, now=NOW)
    with pytest.raises(WayNotThere):
        open_from(way=new_id(), name="y", buildings=BUILDINGS, station=world.inner, actor=world.lin, now=NOW)
    assert ways() == ()
