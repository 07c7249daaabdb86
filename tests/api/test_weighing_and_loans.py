"""Scales and loans through the API: the same rules, the same refusals, nobody else's site."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from uuid import UUID

from baogong.journal.queries import evidence_under
from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.freight.test_losses import photo
from tests.apps.supply.packs import vegetable_kit
from tests.apps.supply.world import World
from tests.cast import NOW

T = 1_000_000


def test_a_truck_of_twenty_one_tonnes_is_held_against_four_thousand_packs(world: World, lin: Api) -> None:
    kit, bao, hub = str(vegetable_kit(world)), Api(token_for(world.cast.bao)), str(world.cast.hub)
    truck = {"site": hub, "plate": "沪B12345", "ticket": "1", "gross_g": 33 * T, "tare_g": 12 * T, "stated_g": 21 * T}
    key = new_id()
    weighed = bao.post("/weighings/trucks", {**truck, "by_name": "老周"}, key=key)
    assert bao.post("/weighings/trucks", {**truck, "by_name": "老周"}, key=key) == weighed
    assert (weighed["net_g"], weighed["verdict"]) == (21 * T, "WITHIN")
    again = bao.post("/weighings/trucks", {**truck, "by_name": "老周"}, status=409)["error"]
    assert (again["code"], again["found"]) == ("supply.ticket-known", weighed["number"])
    given = {"trucks": [weighed["id"]], "kit": kit, "packs": 4_000}
    pallets = {"cause": "PALLETS", "grams": 400_000, "why": "20 × 20 kg"}
    stated = bao.post("/weight-statements", {**given, "causes": [pallets]})
    assert (stated["each_g"], stated["unexplained_g"], stated["verdict"]) == (250, 120_000, "WITHIN")
    assert bao.post("/weight-statements", given)["verdict"] == "OPEN"
    assert len(lin.get("/weight-statements")["items"]) == 2
    packs = {"kit": kit, "site": hub, "stands_for": 4_000, "by_name": "Bao", "weights_g": [5_200, 5_240]}
    assert bao.post("/weighings/packs", packs)["each_g"] == 100
    refused = bao.post("/weighings/packs", {**packs, "weights_g": [5]}, status=400)["error"]
    assert (refused["code"], refused["slip"]) == ("supply.weight-misread", "KG_AS_G")
    assert len(lin.get("/weighings", site=hub)["items"]) == 2
    seen = bao.post("/weighings/packs", {**packs, "photo_base64": b64encode(photo()).decode()})
    kept = {piece.kind: piece for piece in evidence_under([UUID(seen["document"])])}
    assert (kept["WITNESS"].by_name, kept["PHOTO"].media_type) == ("Bao", "image/jpeg")
    for broken in ("no base64!", b64encode(b"no picture").decode()):
        bao.post("/weighings/packs", {**packs, "photo_base64": broken}, status=400)
    kai = Api(token_for(world.kai))
    assert kai.get("/weighings")["items"] == kai.get("/weight-statements")["items"] == []
    kai.post("/weighings/packs", packs, status=403)


def test_things_are_lent_once_and_come_back(world: World, lin: Api) -> None:
    bao, hub = Api(token_for(world.cast.bao)), str(world.cast.hub)
    taken = {"item": "computer", "lender": str(world.company), "serials": ["PC-001", "PC-002"], "site": hub}
    units = [each["id"] for each in bao.post("/loans/take-in", taken)["items"]]
    lending = {"units": units, "borrower": str(world.cast.hospital), "site": hub, "purpose": "tests", "by_name": "Zhou"}
    lending["due_at"] = (NOW + timedelta(days=7)).isoformat()
    lent = bao.post("/loans", lending)["items"]
    assert [each["state"] for each in lent] == ["LENT", "LENT"]
    refused = bao.post("/loans", {**lending, "borrower": str(world.union)}, status=409)["error"]
    assert refused["code"] == "supply.unit-elsewhere"
    assert bao.post("/loans/set-up", {"units": units[:1], "by_name": "Qi", "place": "desk 3"})["items"][0]["set_up_at"]
    later = (NOW + timedelta(days=9)).isoformat()
    bao.post("/loans/extend", {"units": units, "due_at": later, "why": "tests go on"})
    assert lin.get("/loans/units", is_overdue=True)["items"] == []
    back = bao.post("/loans/take-back", {"units": units[:1], "condition": "BROKEN", "by_name": "Zhou"})["items"]
    lost = bao.post("/loans/lost", {"units": units[1:], "why": "fire"})["items"]
    assert [each["state"] for each in (*back, *lost)] == ["SPOILED", "LOST"]
    home = bao.post("/loans/send-home", {"units": units[:1], "by_name": "Tao"})["items"]
    assert home[0]["state"] == "OUTSIDE"
    told = lin.get(f"/loans/units/{units[0]}")
    assert [act["act"] for act in told["acts"]] == ["TAKEN_IN", "LENT", "SET_UP", "EXTENDED", "RETURNED", "SENT_HOME"]
    kai = Api(token_for(world.kai))
    assert kai.get("/loans/units")["items"] == []
    kai.get(f"/loans/units/{units[0]}", status=403)
    kai.post("/loans/lost", {"units": units[1:], "why": "x"}, status=403)
