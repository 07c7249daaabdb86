"""A way of working saved in one community and opened in another: what is copied, what differs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from baogong.crew import queries as crew_queries
from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.errors import WayKindsDiffer, WayNotThere, WayUnusable
from baogong.delivery.models import Parcel, Serving
from baogong.delivery.queries.ways import (
    differences,
    kinds_that_differ,
    notices_of,
    usual_rounds,
    ways,
    zones_that_differ,
)
from baogong.delivery.services import rounds
from baogong.delivery.services.ways import content_of, open_from, save_way_of_working
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places import services as place_services
from baogong.places.services import BuildingGiven, UnitGiven
from baogong.planning import queries as plans
from tests.apps.delivery.test_rounds import approve
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


def signed_fresh(world: World, **rounds_said: Any) -> UUID:
    """A way in which fresh food is signed for and takes 999 s."""
    content = content_of(world.east, NOW)
    for one in content["categories"]:
        if one["code"] == "fresh":
            one |= {"modes": ["SIGNED"], "service_s": 999}
    content["rounds"] |= rounds_said
    return save_way_of_working(name="签收模式", content=content, actor=world.lin, now=NOW)


def opened(world: World, way: UUID, **more: Any) -> UUID:
    given: dict[str, Any] = {
        "way": way,
        "name": "芳园里",
        "buildings": BUILDINGS,
        "station": world.inner,
        "city": "北京",
    }
    return open_from(**(given | more), actor=world.lin, now=NOW)


def fresh() -> tuple[tuple[str, ...], int | None]:
    (kind,) = [row for row in delivery.categories() if row.code == "fresh"]
    return kind.modes, kind.service_s


NOTICE = "一、封控区\n东院1号楼。\n二、管控区\n东院。"


def rule(world: World, zone: str, service: str, *, issuer: str = "", days: int | None = None) -> None:
    place_services.set_zone_rule(
        zone=zone, from_at=NOW - HOUR, service=service, days=days, text_zh="足不出户", text_en="stay home", issuer=issuer,
        actor=world.lin, now=NOW,
    )  # fmt: skip


def read_notice(world: World) -> None:
    place_services.read_notice(
        text=NOTICE, issuer="街道", title="通告", published_at=NOW - HOUR, actor=world.lin, now=NOW
    )


def test_what_zones_mean_and_the_words_of_notices_belong_to_the_way(world: World) -> None:
    rule(world, "SEALED", "DOOR", days=14)
    rule(world, "CONTROLLED", "SHELF")
    rule(world, "CONTROLLED", "DOOR", issuer="街道")  # the street's own, for what its notices say
    read_notice(world)
    content = content_of(world.east, NOW)
    assert [(one["code"], one["service"], one["days"]) for one in content["zones"]] == [
        ("SEALED", "DOOR", 14), ("CONTROLLED", "DOOR", None),
    ]  # fmt: skip
    assert content["notices"] == [{"name": "通告", "title": "通告", "text": "一、封控区\n＿＿。\n二、管控区\n＿＿。"}]
    west = content_of(world.west, NOW)
    assert west["notices"] == []  # that one is not in it
    assert {one.where for one in differences(content, west)} >= {"notices.通告", "zones.CONTROLLED.service"}
    assert notices_of(content) == tuple(content["notices"])


def three_zones(world: World, zone: str, service: str) -> tuple[UUID, dict[str, Any]]:
    """A way with one zone rule, and what it says."""
    content = content_of(world.east, NOW)
    content["zones"] = [{"code": zone, "service": service, "days": 14, "text_zh": "足不出户", "text_en": "stay home"}]
    return save_way_of_working(name="三区", content=content, actor=world.lin, now=NOW), content


def test_a_running_community_is_served_as_before_whatever_a_way_says_of_zones(world: World) -> None:
    read_notice(world)
    before = places.zones_at(communities=[world.east], at=NOW)
    assert (before[world.east].state, before[world.east].service) == ("CONTROLLED", "SHELF")
    way, content = three_zones(world, "CONTROLLED", "DOOR")
    assert {(one.where, one.a, one.b) for one in zones_that_differ(content, NOW)} >= {
        ("CONTROLLED.service", "SHELF", "DOOR"), ("CONTROLLED.days", None, 14),
    }  # fmt: skip
    with pytest.raises(WayKindsDiffer, match=r"CONTROLLED\.service: SHELF / DOOR"):
        opened(world, way)
    opened(world, way, kinds="HOUSE")
    assert places.zones_at(communities=[world.east], at=NOW) == before
    assert places.own_rules(NOW) == {}
    opened(world, way, name="远洋苑", kinds="WAY")  # a person said so
    assert places.zones_at(communities=[world.east], at=NOW)[world.east].service == "DOOR"


def test_where_nobody_is_served_zones_mean_what_the_way_says(world: World) -> None:
    way, _content = three_zones(world, "SEALED", "DOOR")
    Serving.objects.update(until_at=NOW)  # as before any community was opened
    opened(world, way)
    opened(world, way, name="远洋苑")  # nothing differs any more
    assert places.own_rules(NOW)["SEALED"].text_en == "stay home"


def test_a_house_takes_the_rules_of_a_way_at_a_persons_word_and_one_with_others_is_asked(world: World) -> None:
    way, content = three_zones(world, "SEALED", "DOOR")
    made = opened(world, way, kinds="WAY")
    own = places.own_rules(NOW)["SEALED"]
    assert (own.service, own.days, own.text_en, own.source) == ("DOOR", 14, "stay home", "三区 1")
    assert not [one for one in differences(content, content_of(made, NOW)) if one.where.startswith("zones")]
    content["zones"][0] |= {"service": "SHELF"}
    other = save_way_of_working(name="三区", content=content, actor=world.lin, now=NOW)
    assert [one.where for one in zones_that_differ(content, NOW)] == ["SEALED.service"]
    with pytest.raises(WayKindsDiffer, match=r"SEALED\.service: DOOR / SHELF"):
        opened(world, other, name="远洋苑")
    opened(world, other, name="远洋苑", kinds="HOUSE")
    assert places.own_rules(NOW)["SEALED"].service == "DOOR"
    later = NOW + HOUR
    open_from(
        way=other, name="将台里", buildings=BUILDINGS, station=world.inner, kinds="WAY", actor=world.lin, now=later
    )
    assert places.own_rules(later)["SEALED"].service == "SHELF"


def test_a_document_from_before_zones_and_notices_belonged_to_it_is_read(world: World) -> None:
    content = content_of(world.east, NOW)
    del content["zones"], content["notices"]
    opened(world, save_way_of_working(name="旧件", content=content, actor=world.lin, now=NOW))
    assert notices_of(content) == ()
    assert zones_that_differ(content, NOW) == ()


def test_a_zone_or_a_notice_without_words_is_no_way(world: World) -> None:
    content = content_of(world.east, NOW)
    content |= {"zones": [{"code": "RED", "service": "DOOR"}], "notices": [{"name": "通告", "text": ""}]}
    with pytest.raises(WayUnusable) as refusal:
        save_way_of_working(name="x", content=content, actor=world.lin, now=NOW)
    assert len(cast(list[str], refusal.value.found)) == 2


def test_where_nobody_has_touched_the_kinds_and_no_parcel_is_known_they_follow_the_way(world: World) -> None:
    opened(world, signed_fresh(world))
    assert fresh() == (("SIGNED",), 999)


@pytest.mark.parametrize("kinds", ["WAY", "HOUSE"])
def test_kinds_that_are_otherwise_here_wait_for_a_persons_word(world: World, kinds: str) -> None:
    world.expect(1, kind="fresh")
    way, before = signed_fresh(world), fresh()
    with pytest.raises(WayKindsDiffer) as refusal:
        opened(world, way)
    assert [part.split(":")[0] for part in cast(list[str], refusal.value.found)] == ["fresh.modes", "fresh.service_s"]
    assert all(row.name != "芳园里" for row in places.communities())
    opened(world, way, kinds=kinds)
    assert fresh() == ((("SIGNED",), 999) if kinds == "WAY" else before)
    assert Parcel.objects.get().modes == ["CONTACTLESS", "WITNESSED"]  # it was expected before
    left = {one.where for one in kinds_that_differ(ways()[0].content)}
    assert left == (set() if kinds == "WAY" else {"fresh.modes", "fresh.service_s"})


def test_rounds_are_planned_as_the_way_says_that_the_communities_were_opened_from(world: World) -> None:
    limits = {"balance": 0.08, "one_courier_per": "building_category"}
    made = opened(world, signed_fresh(world, capacity_g=30_000, capacity_pieces=7, piece_s=25, limits=limits))
    world.here(3)
    asked: dict[str, Any] = {
        "station": world.inner, "from_at": NOW + HOUR, "until_at": NOW + 9 * HOUR, "actor": world.lin, "now": NOW,
    }  # fmt: skip
    names = ("capacity_g", "capacity_pieces", "piece_s", "limits")
    params = plans.plan(rounds.plan_rounds(**asked, request_id=new_id())).params
    assert [params[name] for name in names] == [30_000, 7, 25, limits]
    said = plans.plan(rounds.plan_rounds(**asked, capacity_pieces=9, limits={}, request_id=new_id())).params
    assert [said[name] for name in names] == [30_000, 9, 25, {}]
    assert usual_rounds(world.inner, [made])["capacity_pieces"] == 7
    assert usual_rounds(world.inner, [world.east])["capacity_pieces"] == 40  # that one was opened from nothing


def test_a_way_is_kept_with_what_rounds_were_given_out_under_last(world: World) -> None:
    world.here(3)
    limits = {"balance": 0.2}
    made = rounds.plan_rounds(
        station=world.inner, from_at=NOW + HOUR, until_at=NOW + 9 * HOUR, capacity_pieces=6, limits=limits,
        actor=world.lin, now=NOW, request_id=new_id(),
    )  # fmt: skip
    assert content_of(world.east, NOW)["rounds"]["capacity_pieces"] == 40  # a draft is nothing yet
    approve(world, made)
    said = content_of(world.east, NOW)["rounds"]
    assert said == {"capacity_g": 60_000, "capacity_pieces": 6, "piece_s": 10, "limits": limits}


def test_a_notice_kept_in_any_way_says_no_place_and_makes_no_zone_elsewhere(world: World) -> None:
    content = content_of(world.east, NOW)
    text = "一、封控区\n小东院1号楼、{community}2号楼1单元。\n二、管控区\n{community}。"
    content["notices"] = [{"name": "通告", "title": "通告", "text": text}]
    save_way_of_working(name="手写", content=content, actor=world.lin, now=NOW)
    (kept,) = ways()[0].content["notices"]
    assert kept["text"] == "一、封控区\n＿＿。\n二、管控区\n＿＿。"
    place_services.read_notice(
        text=kept["text"], issuer="街道", title="通告", published_at=NOW, actor=world.lin, now=NOW
    )
    assert {zone.state for zone in places.zones_at(communities=[world.east, world.west], at=NOW).values()} == {""}


def test_a_community_opened_by_its_list_alone_is_planned_beside_a_located_one_and_said_to_be_guessed(
    world: World,
) -> None:
    made = opened(world, save(world))
    plan = places.community_plan(made, NOW)
    assert (plan.lat, plan.is_located) == (None, False)
    world.plans[made] = plan
    place_services.set_doors(
        community=made, doors=[place_services.DoorGiven(plan.buildings[0].units[0].id, "101")], actor=world.lin, now=NOW
    )
    world.plans[made] = places.community_plan(made, NOW)
    codes = [*world.here(2), *world.here(2, community=made)]
    draft = rounds.plan_rounds(
        station=world.inner, from_at=NOW + HOUR, until_at=NOW + 9 * HOUR, actor=world.lin, now=NOW, request_id=new_id()
    )
    view = plans.plan(draft)
    assert (view.snapshot["estimated"], view.snapshot["nowhere"]) == (["芳园里"], ["芳园里"])
    assert (rounds.on_paper(view)["estimated"], rounds.on_paper(view)["nowhere"]) == (["芳园里"], ["芳园里"])
    assert view.result["plan"]["left"] == []
    approve(world, draft)
    carried = {
        one.parcel.code
        for row in delivery.rounds(plan=draft, with_visits=True)
        for v in row.visits
        for one in v.parcels
    }
    assert carried == set(codes)


def test_a_gate_without_a_point_makes_walks_guessed_and_one_with_it_says_where_a_community_lies(world: World) -> None:
    asked: dict[str, Any] = {
        "station": world.inner,
        "from_at": NOW,
        "until_at": NOW + 9 * HOUR,
        "actor": world.lin,
        "now": NOW,
    }
    world.here(2)
    assert plans.plan(rounds.plan_rounds(**asked, request_id=new_id())).snapshot["estimated"] == []
    place_services.set_gate(community=world.east, name="北门", actor=world.lin, now=NOW)
    view = plans.plan(rounds.plan_rounds(**asked, request_id=new_id()))
    assert (view.snapshot["estimated"], view.snapshot["nowhere"]) == (["东院"], [])
    assert [gate.name for gate in places.community_plan(world.east, NOW).gates_to_locate] == ["北门"]
    made = opened(world, save(world))
    place_services.set_gate(community=made, name="西门", lat=39.9, lon=116.4, actor=world.lin, now=NOW)
    assert places.community_plan(made, NOW).lat == 39.9
