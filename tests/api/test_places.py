"""Doors, shelves, gates and zone rules through the API."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from baogong.kernel.ids import new_id
from baogong.places import queries, services
from baogong.places.services import BuildingGiven, UnitGiven
from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World
from tests.cast import NOW


def opened(world: World) -> UUID:
    act: dict[str, Any] = {"actor": world.cast.lin, "now": NOW}
    community = services.open_community(name="高家园小区", city="北京", **act)
    services.add_buildings(
        community=community, buildings=[BuildingGiven("1", units=(UnitGiven("1"), UnitGiven("2")))], **act
    )
    return community


def test_doors_are_read_and_written_with_what_each_needs(world: World, lin: Api) -> None:
    community = opened(world)
    one, two = (unit.id for unit in queries.community_plan(community, NOW).buildings[0].units)
    given = {
        "doors": [
            {"unit": str(one), "room": "301室", "takes_at_door": True, "why": "独居老人", "phone": "13812345678"},
            {"unit": str(two), "room": "101", "note": "敲门大声"},
        ]
    }
    key = new_id()
    made = lin.post(f"/places/{community}/doors", given, key=key)
    assert lin.post(f"/places/{community}/doors", given, key=key) == made
    assert [(door["building"], door["unit_name"], door["room"], door["has_phone"]) for door in made["items"]] == [
        ("1", "1", "301", True),
        ("1", "2", "101", False),
    ]
    assert "13812345678" not in json.dumps(lin.get(f"/places/{community}/doors"))
    assert [door["room"] for door in lin.get(f"/places/{community}/doors", takes_at_door=True)["items"]] == ["301"]
    silent = {"doors": [{"unit": str(two), "room": "101", "takes_at_door": True}]}
    assert lin.post(f"/places/{community}/doors", silent, status=400)["error"]["code"] == "places.door-without-reason"
    lin.post(f"/places/{community}/doors", {"doors": [{"unit": str(one), "room": "301", "has_left": True}]})
    assert [door["room"] for door in lin.get(f"/places/{community}/doors")["items"]] == ["101"]
    lin.post(f"/places/{community}/doors", {"doors": [{"unit": str(new_id()), "room": "1"}]}, status=404)
    Api(token_for(world.cast.mei)).get(f"/places/{community}/doors", status=403)  # who approves brings nothing


def test_a_shelf_keeps_what_is_not_said_anew_and_closes(world: World, lin: Api) -> None:
    community = opened(world)
    one, two = (str(unit.id) for unit in queries.community_plan(community, NOW).buildings[0].units)
    first = {"name": "1号架", "units": [one, two], "people_max": 3, "window_minutes": 15, "parcels_max": 80}
    (shelf,) = lin.post(f"/places/{community}/shelves", first)["shelves"]
    (again,) = lin.post(f"/places/{community}/shelves", {"name": "1号架", "people_max": 4})["shelves"]
    assert again == shelf | {"people_max": 4}
    (free,) = lin.post(f"/places/{community}/shelves", {"name": "1号架", "parcels_max": 0})["shelves"]
    assert free["parcels_max"] is None
    assert lin.post(f"/places/{community}/shelves/{shelf['id']}/close")["shelves"] == []
    (gate,) = lin.post(f"/places/{community}/gates", {"name": "南门"})["gates"]
    assert lin.post(f"/places/{community}/gates/{gate['id']}/close")["gates"] == []


def test_zone_rules_are_versions_with_a_moment(world: World, lin: Api) -> None:
    rule = {"zone": "SEALED", "service": "DOOR", "from_at": NOW.isoformat(), "issuer": "北京市", "days": 7}
    texts = {"text_zh": "足不出户，送到门口。", "text_en": "Nobody leaves home."}
    made = lin.post("/zone-rules", {**rule, **texts})
    assert lin.post("/zone-rules", {**rule, **texts}) == made
    refused = lin.post("/zone-rules", {**rule, **texts, "days": 14}, status=409)["error"]
    assert refused["code"] == "places.rule-differs"
    assert lin.get("/zone-rules")["items"] == [made]
    Api(token_for(world.cast.wu)).post("/zone-rules", {**rule, **texts}, status=403)
