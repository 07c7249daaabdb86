"""Volunteers' hours through the API: signed, corrected by two, summed; nobody else's site."""

from __future__ import annotations

from datetime import timedelta

from baogong.journal.services import sign
from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.crew.test_crew import volunteer
from tests.apps.supply.world import World
from tests.cast import NOW


def test_hours_are_signed_corrected_by_two_and_summed(world: World, lin: Api) -> None:
    bao, li, key = Api(token_for(world.cast.bao)), str(volunteer()), new_id()
    given = {"person": li, "place": str(world.cast.hub), "party": str(world.company), "work": "carrying"}
    start_at, end_at = ((NOW - timedelta(hours=hours)).isoformat() for hours in (6, 2))
    shift = bao.post("/crew/shifts", {**given, "start_at": start_at, "end_at": end_at}, key=key)
    assert bao.post("/crew/shifts", {**given, "start_at": start_at, "end_at": end_at}, key=key) == shift
    assert shift["minutes"] == 240
    refused = bao.post("/crew/shifts", {**given, "start_at": start_at}, status=409)["error"]
    assert refused["code"] == "crew.on-duty-already"
    now = bao.post("/crew/shifts", given)
    assert [each["id"] for each in lin.get("/crew/shifts", is_open=True)["items"]] == [now["id"]]
    assert bao.post(f"/crew/shifts/{now['id']}/sign-off", {}, status=400)["error"]["code"] == "crew.shift-unusable"
    fixed = {"start_at": start_at, "end_at": (NOW - timedelta(hours=5)).isoformat(), "why": "sheet"}
    paper = bao.post(f"/crew/shifts/{shift['id']}/correct", fixed)
    assert (paper["number"], paper["state"]) == ("HC-0001", "WAITING")
    sign(document=paper["document"], actor=world.cast.lin, now=NOW)
    (row,) = lin.get("/crew/hours")["items"]
    assert (row["person_name"], row["party_name"], row["shifts"], row["minutes"]) == ("李志愿", "东行商城", 1, 60)
    kai = Api(token_for(world.kai))
    assert kai.get("/crew/shifts")["items"] == kai.get("/crew/hours")["items"] == []
    kai.post("/crew/shifts", given, status=403)
    Api(token_for(world.cast.stranger)).get("/crew/hours", status=403)
