"""Trust through the API: checks, calls, doubles, merges, uses, communities, and the public list."""

from __future__ import annotations

from typing import Any

from django.test import Client

from baogong.kernel.ids import new_id
from baogong.needs.models import Check
from baogong.people.services.parties import register_party
from tests.api.conftest import Api, token_for
from tests.api.test_relief import ask
from tests.apps.supply.world import World, rows_everywhere
from tests.cast import NOW


def test_a_need_is_proved_checked_answered_and_tells_its_history(world: World, lin: Api) -> None:
    need = ask(world, lin, world.union, 1_000)
    path = f"/needs/{need['id']}"
    lin.post(f"{path}/proofs", {"kind": "NOTICE", "url": "https://www.whuh.com/articles/13580.html"})
    assert lin.post(f"{path}/proofs", {"kind": "LETTER"}, status=400)["error"]["code"] == "needs.proof-unusable"
    contact = lin.post(
        f"/receivers/{world.union}/contacts",
        {"kind": "PUBLISHED", "label": "总机", "number": "027-85726114", "found_at": "官网"},
    )
    key = new_id()
    given = {"outcome": "VERIFIED", "how": "RANG_BACK", "contact": contact["id"]}
    for _ in range(2):
        checked = lin.post(f"{path}/checks", given, key=key)
    assert (checked["verified_how"], Check.objects.count()) == ("RANG_BACK", 1)
    assert (
        lin.post(f"{path}/checks", {"outcome": "WRONG", "how": "VISITED"}, status=400)["error"]["code"]
        == "needs.reason-missing"
    )
    lin.post(f"{path}/answers", {"answer": "CHANGED", "quantity": 700})
    told = lin.get(f"{path}/trust")
    assert [each["outcome"] for each in told["checks"]] == ["VERIFIED"]
    assert [(each["before"], each["after"]) for each in told["answers"]] == [(1000, 700)]
    assert {each["ground"] for each in told["figures"]} == {"RECEIVER"}
    public = Client().get("/api/v1/public/needs?urgency=3").json()["items"]
    assert [(row["quantity"], row["verified_how"]) for row in public] == [(700, "RANG_BACK")]
    assert Client().get("/api/v1/public/needs?progress=MET").json()["items"] == []


def test_the_queue_hands_out_calls(world: World, lin: Api) -> None:
    ask(world, lin, world.union, 1_000)
    assert [row["reasons"] for row in lin.get("/calls")["items"]] == [["UNVERIFIED"]]
    taken = lin.post("/calls/next")
    assert taken["call"]["receiver"] == str(world.union)
    assert lin.post(f"/calls/{world.union}/unanswered")["items"] == []
    assert lin.post("/calls/next")["call"] is None


def test_doubles_are_tied_and_houses_merged_with_undo(world: World, lin: Api) -> None:
    again = register_party(kind="SITE", name="武汉协和医院", city="武汉", now=NOW)
    whole = ask(world, lin, world.union, 1_000)
    part = ask(world, lin, again, 300)
    (couple,) = lin.get("/doubles")["items"]
    assert {couple["parent"]["id"], couple["child"]["id"]} == {whole["id"], part["id"]}
    tie = lin.post("/ties", {"kind": "PART", "need": part["id"], "other": whole["id"]})
    assert lin.get(f"/needs/{whole['id']}")["need"]["open"] == 700
    lin.post(f"/ties/{tie['id']}/undo", {"why": "两回事"})
    assert lin.get(f"/needs/{whole['id']}")["need"]["open"] == 1000
    assert [row["likeness"] for row in lin.get("/houses")["items"]] == ["SAME"]
    merge = lin.post("/merges", {"kept": str(world.union), "merged": str(again), "why": "总机"})
    assert lin.get(f"/needs/{part['id']}")["need"]["receiver"] == str(world.union)
    lin.post(f"/merges/{merge['id']}/undo", {"why": "看错"})
    assert lin.get(f"/needs/{part['id']}")["need"]["receiver"] == str(again)
    lin.post("/apart", {"one": str(world.union), "other": str(again)})
    refused = lin.post("/merges", {"kept": str(world.union), "merged": str(again), "why": "x"}, status=422)
    assert refused["error"]["code"] == "people.said-to-be-apart"
    assert lin.get("/merges", in_force=True)["items"] == []


def test_uses_and_communities_show_before_they_change(world: World, lin: Api) -> None:
    wu = Api(token_for(world.cast.wu))
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    path = f"/communities/{community}"
    assert wu.post(f"{path}/households", {"code": "1-101", "adults": 2})["persons"] == 2
    need = wu.post(f"{path}/needs", {"item": "drinking-water", "days_count": 7})
    assert need["quantity"] == 42
    wu.post(f"{path}/households", {"code": "1-102", "adults": 1})
    effects = lin.get(f"{path}/recount")
    assert [(row["before"], row["after"]) for row in effects["items"]] == [(42, 63)]
    wu.post(f"{path}/recount", {"seen": "x"}, status=409)
    wu.post(f"{path}/recount", {"seen": effects["seen"]})
    asked: dict[str, Any] = {"item": "drinking-water", "group": "PERSON", "amount_milli": 2000}
    effects = lin.get("/uses/effects", **asked)
    assert [(row["before"], row["after"]) for row in effects["items"]] == [(63, 42)]
    lin.post("/uses", {**asked, "ground": "ESTIMATE", "source": "自来水未停", "seen": effects["seen"]})
    assert lin.get(f"/needs/{need['id']}")["need"]["quantity"] == 42
    assert "自来水未停" in {row["source"] for row in lin.get("/uses")["items"]}
    assert lin.get("/communities")["items"][0]["households"] == 2


def test_a_driver_reads_and_writes_none_of_it(world: World, lin: Api) -> None:
    need = ask(world, lin, world.union, 1_000)
    tao = Api(token_for(world.cast.tao))
    for path in ("/calls", "/doubles", "/houses", "/merges", "/uses", "/communities", f"/needs/{need['id']}/trust"):
        tao.get(path, status=403)
    before = rows_everywhere()
    tao.post(f"/needs/{need['id']}/checks", {"outcome": "VERIFIED", "how": "VISITED"}, status=403)
    tao.post("/merges", {"kept": str(world.union), "merged": str(world.cast.hospital), "why": "x"}, status=403)
    tao.post("/calls/next", status=403)
    after = rows_everywhere()
    watched = ("people_linkuse", "people_pace")
    assert {name: rows for name, rows in after.items() if name not in watched} == {
        name: rows for name, rows in before.items() if name not in watched
    }
