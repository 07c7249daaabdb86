"""Items, parties, sites and lanes through the API."""

from __future__ import annotations

from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World, rows_everywhere


def test_an_item_is_added_once_found_by_its_alias_and_read_by_its_code(world: World, lin: Api) -> None:
    given = {"name_zh": "疫苗冷藏箱", "name_en": "Vaccine cooler", "aliases": ["冷藏箱子"], "code": "cooler"}
    added = lin.post("/items", given)
    assert lin.post("/items", given)["id"] == added["id"]
    assert lin.get("/items/cooler") == lin.get(f"/items/{added['id']}") == added
    found = lin.get("/items/find", text="冷藏箱子")
    assert (found["status"], found["item"]["code"]) == ("EXACT", "cooler")
    taken = lin.post("/items", {"name_zh": "别的", "code": "cooler"}, status=409)
    assert taken["error"]["code"] == "catalogue.code-taken"


def test_a_party_goes_by_its_aliases_and_never_by_what_was_ruled_out(world: World, lin: Api) -> None:
    union = lin.post(
        "/parties", {"kind": "ORGANISATION", "name": "北京协和医院", "city": "北京", "aliases": ["北京协和"]}
    )
    lin.post(f"/parties/{union['id']}/aliases", {"text": "东单协和"})
    known = lin.post(f"/parties/{union['id']}/aliases", {"text": "武汉协和", "never": True})
    assert (sorted(known["aliases"]), known["nevers"]) == (["东单协和", "北京协和"], ["武汉协和"])
    found = lin.get("/parties/resolve", text="武汉协和")
    assert (found["status"], found["party"]["id"]) == ("EXACT", str(world.union))
    refused = lin.post(f"/parties/{union['id']}/aliases", {"text": "武汉协和"}, status=422)
    assert refused["error"]["code"] == "people.alias-contradicts"


def test_a_site_stands_somewhere_and_a_lane_leads_to_it(world: World, lin: Api) -> None:
    party = lin.post("/parties", {"kind": "SITE", "name": "鄂州仓", "city": "鄂州"})
    site = lin.post(
        "/sites", {"party": party["id"], "role": "WAREHOUSE", "lat": 30.39, "lon": 114.89, "docks_count": 3}
    )
    assert lin.get(f"/sites/{site['id']}") == site
    assert site["id"] in {row["id"] for row in lin.get("/sites", role="WAREHOUSE")["items"]}
    lane = lin.post(
        "/lanes", {"origin": site["id"], "target": str(world.cast.hub), "distance_m": 190_000, "duration_s": 9_000}
    )
    assert lin.get("/lanes", origin=site["id"])["items"] == [lane]
    other = lin.post("/sites", {"party": party["id"], "role": "HUB"}, status=409)
    assert other["error"]["code"] == "places.site-differs"


def test_registers_are_the_clerks_and_the_commands_to_write(world: World, lin: Api) -> None:
    bao = Api(token_for(world.cast.bao))
    item = {"name_zh": "疫苗冷藏箱", "name_en": "Vaccine cooler"}
    watched = ("people_linkuse", "people_pace")
    before = {name: count for name, count in rows_everywhere().items() if name not in watched}
    bao.post("/items", item, status=403)
    bao.post("/parties", {"kind": "SITE", "name": "私设点"}, status=403)
    bao.post("/sites", {"party": str(world.alumni), "role": "HUB"}, status=403)
    bao.post("/lanes", {"origin": str(world.langfang), "target": str(world.cast.hub)}, status=403)
    bao.post(f"/parties/{world.union}/aliases", {"text": "协和"}, status=403)
    assert {name: count for name, count in rows_everywhere().items() if name not in watched} == before
    lin.post("/items", item)
