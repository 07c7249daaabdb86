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
