"""The crew inside through the API: called, passed, tested, assigned, let in or not, answered for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.crew.inside import HOUR, make_inside
from tests.apps.supply.world import World
from tests.cast import NOW


def at(hours: float) -> str:
    moment: datetime = NOW + hours * HOUR
    return moment.isoformat()


def test_from_the_call_to_the_gate(world: World, lin: Api) -> None:
    inside = make_inside(world)
    gao, place, zhao = Api(token_for(inside.gao)), str(inside.place), str(inside.person("赵一"))
    asked = {"place": place, "title": "招募", "works": ["DELIVER"], "people_count": 4, "muster_where": "南门"}
    call = lin.post("/crew/calls", {**asked, "closes_at": at(1), "muster_at": at(2)})
    assert lin.post(f"/crew/calls/{call['id']}/close", {})["is_open"] is False
    assert [each["title"] for each in gao.get("/crew/calls")["items"]] == ["招募"]
    (held,) = lin.post("/crew/passes/apply", {"place": place, "persons": [zhao]})["items"]
    granted = {"passes": [held["id"]], "from_at": at(0), "until_at": at(48)}
    assert lin.post("/crew/passes/grant", granted)["items"][0]["state"] == "GRANTED"
    shift = {"person": zhao, "place": place, "work": "DELIVER", "start_at": at(0), "end_at": at(6)}
    refused = gao.post("/crew/assignments", shift, status=422)["error"]
    assert (refused["code"], refused["reasons"][0]) == ("crew.unfit", "PCR_MISSING")
    seen = gao.post("/crew/gate/in", {"place": place, "person": zhao})
    assert (seen["was_allowed"], seen["reasons"][0]) == (False, "PCR_MISSING")
    for kind in ("PCR", "ANTIGEN"):
        test = {"person": zhao, "place": place, "kind": kind, "result": "NEGATIVE", "sampled_at": at(-1)}
        assert gao.post("/crew/tests", test).keys() == {"id"}  # no result is told back
    gao.post("/crew/temperatures", {"person": zhao, "place": place, "tenths": 365})
    window: dict[str, Any] = {"place": place, "start_at": at(0), "end_at": at(6)}
    (fit,) = gao.get("/crew/fitness", person=zhao, **window)["items"]
    assert (fit["is_fit"], fit["reasons"]) == (True, [])
    gao.post("/crew/wanted", {"work": "DELIVER", "people_count": 2, **window})
    key = new_id()
    made = gao.post("/crew/assignments", shift, key=key)
    assert gao.post("/crew/assignments", shift, key=key) == made
    assert [each["name"] for each in gao.get("/crew/assigned", **window)["items"]] == ["赵一"]
    assert [each["missing"] for each in gao.get("/crew/uncovered", **window)["items"]] == [1]
    assert gao.post("/crew/gate/in", {"place": place, "told": "", "person": zhao})["was_allowed"]
    assert gao.get("/crew/lapsed", place=place)["items"] == []
    rolled = gao.post("/crew/roll-calls", {"place": place, "answers": {zhao: "PRESENT"}})
    assert rolled["counts"] == {"PRESENT": 1}
    qian = str(inside.ready("钱二", at=NOW))
    stands_in = gao.post(f"/crew/assignments/{made['id']}/stand-in", {"person": qian, "why": "发烧"})
    assert stands_in["stands_in_for"] == made["id"]
    assert gao.post(f"/crew/assignments/{stands_in['id']}/withdraw", {"why": "换岗"})["is_withdrawn"] is True
    assert gao.post("/crew/gate/out", {"place": place, "person": zhao})["way"] == "OUT"
    assert gao.get("/crew/assigned", status=400, place=place, start_at=at(6), end_at=at(0))["error"]
    hong = Api(token_for(inside.hong))
    assert hong.get("/crew/calls")["items"] == []
    hong.get("/crew/assigned", status=403, **window)
    hong.post("/crew/gate/in", {"place": place, "person": zhao}, status=403)


def test_who_answers_is_listed_declined_or_withdraws_and_passes_are_refused_or_revoked(world: World, lin: Api) -> None:
    inside = make_inside(world)
    gao, place = Api(token_for(inside.gao)), str(inside.place)
    call, other = inside.call(), inside.call(title="别的招募")
    key = new_id()
    told = {"name": "周八", "phone": "13812345678", "works": ["DELIVER"]}
    zhou = lin.post(f"/crew/calls/{call}/sign-ups", told, key=key)
    assert lin.post(f"/crew/calls/{call}/sign-ups", told, key=key) == zhou
    assert (zhou["state"], zhou["works"], "phone" in zhou) == ("SIGNED", ["DELIVER"], False)
    lin.post(f"/crew/calls/{call}/sign-ups", {**told, "phone": "13812345679"}, key=key, status=409)
    wu = lin.post(f"/crew/calls/{call}/sign-ups", {"name": "吴九", "phone": "13800000009"})
    lin.post(f"/crew/calls/{other}/list", {"sign_ups": [zhou["id"]]}, status=404)  # of another call
    listed = lin.post(f"/crew/calls/{call}/list", {"sign_ups": [zhou["id"], wu["id"]]})["items"]
    assert [each["state"] for each in listed] == ["LISTED", "LISTED"]
    declined = lin.post(f"/crew/calls/{call}/decline", {"sign_ups": [wu["id"]], "why": "名额已满"})["items"]
    assert [(each["state"], each["why"]) for each in declined] == [("LISTED", ""), ("DECLINED", "名额已满")]
    gao.get(f"/crew/calls/{call}/sign-ups", status=403)  # the office's
    (mustered,) = gao.get(f"/crew/calls/{call}/muster")["items"]
    assert (mustered["name"], mustered["fitness"]["is_fit"]) == ("周八", False)
    persons = [zhou["person"], wu["person"]]
    one, two = lin.post("/crew/passes/apply", {"place": place, "persons": persons})["items"]
    (refused,) = lin.post("/crew/passes/refuse", {"passes": [one["id"]], "why": "材料不全"})["items"]
    assert refused["state"] == "REFUSED"
    lin.post("/crew/passes/grant", {"passes": [two["id"]], "from_at": at(0), "until_at": at(48)})
    assert lin.post(f"/crew/passes/{two['id']}/revoke", {"why": "名单更正"})["state"] == "REVOKED"
    lin.post(f"/crew/passes/{one['id']}/revoke", {"why": "名单更正"}, status=409)
    states = {each["state"] for each in gao.get("/crew/passes", place=place)["items"]}
    assert states == {"REFUSED", "REVOKED"}
    assert lin.post(f"/crew/sign-ups/{zhou['id']}/withdraw", {"why": "发烧"})["state"] == "WITHDRAWN"


def test_rules_firms_beds_meals_and_kit(world: World, lin: Api) -> None:
    inside = make_inside(world)
    gao, place, zhao = Api(token_for(inside.gao)), str(inside.place), str(inside.person("赵一"))
    assert lin.get("/crew/rules", place=place)["versions"] == []
    rule = {"place": place, "from_at": at(0), "pcr_hours": 24, "source": "通告第 9 号"}
    lin.post("/crew/rules", rule)
    rules = lin.get("/crew/rules", place=place)
    assert rules["current"] == rules["versions"][0]
    assert (rules["current"]["pcr_hours"], rules["current"]["antigen_hours"]) == (24, None)
    lin.post("/crew/firms", {"place": place, "firm": str(inside.firm)})
    (firm,) = lin.get("/crew/firms", place=place)["items"]
    lin.post(f"/crew/firms/{firm['id']}/end")
    assert lin.get("/crew/firms", place=place)["items"] == []
    house = gao.post("/crew/lodgings", {"place": place, "name": "如家", "beds_count": 1})["id"]
    stay = gao.post(f"/crew/lodgings/{house}/stays", {"person": zhao, "room": "301"})["id"]
    gao.post(f"/crew/lodgings/{house}/stays", {"person": str(inside.person("钱二"))}, status=409)
    (shown,) = gao.get("/crew/lodgings", place=place)["items"]
    assert (shown["free_count"], shown["stays"][0]["name"]) == (0, "赵一")
    supper = {"place": place, "which": "SUPPER", "persons": [zhao]}
    meals = {each["which"]: each for each in gao.post("/crew/meals", supper)["items"]}
    assert meals["SUPPER"]["persons"] == [{"person": zhao, "name": "赵一", "was_served": True}]
    assert gao.get("/crew/meals", place=place)["items"] == list(meals.values())
    gao.post(f"/crew/stays/{stay}/end")
    assert gao.get("/crew/lodgings", place=place)["items"][0]["free_count"] == 1
    radios = gao.post("/crew/kit", {"place": place, "person": zhao, "thing": "对讲机", "count": 2, "must_return": True})
    gao.post(f"/crew/kit/{radios['id']}/back", {"returned_count": 3}, status=422)
    gao.post(f"/crew/kit/{radios['id']}/back", {"returned_count": 1})
    (out,) = gao.get("/crew/kit", place=place, is_out=True)["items"]
    assert (out["thing"], out["item"], out["returned_count"]) == ("对讲机", None, 1)
    assert gao.get("/crew/kit/stock", place=place)["items"] == []
    item = str(world.item("protective-suit"))
    short = gao.post("/crew/kit", {"place": place, "person": zhao, "item": item}, status=422)["error"]
    assert short["code"] == "crew.not-enough-own"
