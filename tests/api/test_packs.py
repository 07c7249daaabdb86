"""Kits, packs by need and packing runs through the API, and who may not."""

from __future__ import annotations

from baogong.kernel.ids import new_id
from baogong.needs.services.households import Counts, count_household
from baogong.people.services.parties import register_party
from tests.api.conftest import Api, token_for
from tests.apps.supply.packs import at_hub, give
from tests.apps.supply.world import World
from tests.cast import NOW

KIT = {
    "name_zh": "蔬菜包 5kg",
    "code": "vegetable-pack-5kg",
    "item": "vegetable-pack",
    "packaging_g": 120,
    "lines": [
        {"item": "potato", "amount": 3_000, "substitutes": [{"item": "sweet-potato", "amount": 2_500}]},
        {"item": "carrot", "amount": 2_000},
    ],
}


def test_from_a_kit_to_packs_in_the_book(world: World, lin: Api) -> None:
    give(world, "potato", 31_000)
    give(world, "carrot", 16_500)
    give(world, "potato", 90_000, terms="CONSIGNMENT", receiver=world.union)
    kit = lin.post("/kits", KIT)
    assert (kit["version"], kit["nominal_g"], len(kit["lines"])) == (1, 5_000, 2)
    assert lin.get("/kits")["items"] == [kit] == [lin.get(f"/kits/{kit['id']}")]
    told = lin.get(f"/kits/{kit['id']}/outlook", site=str(world.cast.hub), packs=10)
    assert (told["packs"], [(each["item_zh"], each["amount"]) for each in told["missing"]]) == (8, [("胡萝卜", 3_500)])
    (left,) = told["left_out"]
    assert (left["item_zh"], left["item_en"], left["free"]) == ("土豆", "Potatoes", 90_000)
    bao, key = Api(token_for(world.cast.bao)), new_id()
    asked = {"kit": kit["id"], "site": str(world.cast.hub), "packs": 10}
    run = bao.post("/packing", asked, key=key)
    assert bao.post("/packing", asked, key=key) == run
    path = f"/packing/{run['head']['id']}"
    bao.post(f"{path}/tallies", {"packs": 5})
    bao.post(f"{path}/waste", {"lines": [{"item": "carrot", "amount": 500, "cause": "ROTTEN"}]})
    told = bao.post(f"{path}/tallies", {"packs": 4}, status=422)["error"]
    assert (told["code"], told["found"]) == ("supply.more-packs-than-planned", 4)
    run = bao.get(path)
    assert (run["head"]["made"], run["head"]["left"], len(run["wastes"])) == (5, 3, 1)
    run = bao.post(f"{path}/tallies/{run['tallies'][0]['id']}/undo", {"why": "counted twice"})
    assert (run["head"]["made"], run["tallies"][0]["is_undone"]) == (0, True)
    bao.post(f"{path}/tallies", {"packs": 3})
    run = bao.post(f"{path}/close", {"note": "shift over"})
    assert (run["head"]["state"], run["head"]["made"], at_hub(world, "vegetable-pack")) == ("CLOSED", 3, 3)
    assert [each["id"] for each in bao.get("/packing", is_open=True)["items"]] == []
    assert bao.post(f"{path}/undo", {"why": "no"}, status=403)["error"]["code"] == "kernel.not-your-place"
    assert lin.post(f"{path}/undo", {"why": "wrong kit"})["head"]["state"] == "UNDONE"
    assert at_hub(world, "vegetable-pack") == 0


def test_packs_by_need_are_sums_and_become_needs(world: World, lin: Api) -> None:
    lin.post("/kits", KIT)
    community = register_party(kind="ORGANISATION", name="友谊路街道", city="上海", now=NOW)
    count_household(community=community, code="1", counts=Counts(adults=2, old=2), actor=world.cast.wu, now=NOW)
    rules = lin.post("/pack-rules", {"kit": "vegetable-pack-5kg", "group": "PERSON", "per_persons": 3})["items"]
    assert [(rule["group"], rule["per_persons"]) for rule in rules] == [("PERSON", 3)]
    (line,) = lin.get("/packs-needed", community=str(community))["items"]
    assert (line["households"], line["persons"], line["packs"]) == (1, 4, 2)
    (need,) = lin.post("/packs-needed/ask", {"community": str(community)})["needs"]
    assert lin.get(f"/needs/{need}")["need"]["quantity"] == 2
    assert lin.post("/pack-rules/end", {"kit": "vegetable-pack-5kg", "group": "PERSON"})["items"] == []


def test_a_keeper_of_another_site_and_a_stranger_see_no_run(world: World, lin: Api) -> None:
    give(world, "potato", 31_000)
    give(world, "carrot", 16_500)
    kit = lin.post("/kits", KIT)
    run = lin.post("/packing", {"kit": kit["id"], "site": str(world.cast.hub), "packs": 1})["head"]["id"]
    kai, stranger = Api(token_for(world.kai)), Api(token_for(world.cast.stranger))
    assert kai.get("/packing")["items"] == []
    kai.get(f"/packing/{run}", status=403)
    kai.post(f"/packing/{run}/tallies", {"packs": 1}, status=403)
    kai.get(f"/kits/{kit['id']}/outlook", site=str(world.cast.hub), packs=1, status=403)
    stranger.get("/kits", status=403)
    stranger.post("/kits", KIT, status=403)
