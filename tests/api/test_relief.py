"""Needs, shares, documents and tasks through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World, rows_everywhere

Relief = Callable[[int], UUID]


def ask(world: World, api: Api, receiver: UUID, quantity: int, **changed: Any) -> dict[str, Any]:
    given = {"receiver": str(receiver), "item": "surgical-mask", "quantity": quantity, **changed}
    answer: dict[str, Any] = api.post("/needs", given)
    return answer


def test_a_need_is_counted_verified_renewed_and_cancelled(world: World, lin: Api) -> None:
    need = lin.post("/needs", {"receiver": str(world.union), "item": "goggles", "has_no_limit": True})
    assert need["open"] is None
    path = f"/needs/{need['id']}"
    counted = lin.post(f"{path}/count", {"people_count": 40, "days_count": 3, "daily_use_milli": 500})
    assert counted["quantity"] == 60
    assert lin.post(f"{path}/verify", {"how": "rang back"})["verified_by"] == str(world.cast.lin.person_id)
    lin.post(f"{path}/renew")
    assert lin.get("/needs", has_amount=True)["items"] == [lin.get(path)["need"]]
    assert lin.post(f"{path}/cancel", {"why": "entered twice"})["state"] == "CANCELLED"
    assert lin.post(f"{path}/renew", status=409)["error"]["code"] == "needs.need-closed"
    unclear = lin.post("/needs", {"receiver": str(world.union), "item": "gloves"}, status=400)
    assert unclear["error"]["code"] == "needs.amount-unclear"


def test_an_overtaken_share_is_made_again_withdrawn_or_rejected(
    world: World, lin: Api, mei: Api, relief: Relief
) -> None:
    relief(1_000)
    ask(world, lin, world.cast.hospital, 500)
    share = lin.post("/shares", {"items": ["surgical-mask"]})["plan"]
    path = f"/plans/{share['id']}"
    assert (mei.post(f"{path}/check")["is_stale"], share["is_stale"]) == (False, False)
    ask(world, lin, world.union, 300)
    checked = mei.post(f"{path}/check")
    assert checked["is_stale"] is True
    assert checked["changes"][0]["text_en"].endswith("a new need, 300 asked")
    assert checked["changes"][0]["text_zh"].endswith("新增的需求，要 300")
    assert lin.get("/shares", state="PROPOSED")["items"] == [checked]
    refused = mei.post(f"/shares/{share['id']}/approve", status=409)["error"]
    assert (refused["code"], refused["found"]) == (
        "planning.overtaken",
        [change["text_en"] for change in checked["changes"]],
    )
    key = new_id()
    again = lin.post(f"{path}/again", key=key, status=201)
    assert lin.post(f"{path}/again", key=key, status=201) == again
    assert (again["state"], again["rule"]) == ("PROPOSED", share["rule"])
    old = lin.get(f"/shares/{share['id']}")["plan"]
    assert (old["state"], old["replaced_by"]) == ("REPLACED", again["id"])
    own = lin.post(f"/plans/{again['id']}/reject", {"why": "no"}, status=422)["error"]
    assert own["code"] == "planning.maker-rejects"
    rejected = mei.post(f"/plans/{again['id']}/reject", {"why": "the ward has closed"})
    assert (rejected["state"], rejected["ended_why"]) == ("REJECTED", "the ward has closed")
    last = lin.post("/shares", {"items": ["surgical-mask"]})["plan"]
    assert lin.post(f"/plans/{last['id']}/withdraw", {"why": ""}, status=400)
    assert lin.post(f"/plans/{last['id']}/withdraw", {"why": "counted twice"})["state"] == "WITHDRAWN"


def test_a_share_says_why_is_approved_into_holds_and_undone(world: World, lin: Api, mei: Api, relief: Relief) -> None:
    lot = relief(1_000)
    ask(world, lin, world.cast.hospital, 1_500)
    ask(world, lin, world.union, 500)
    share = lin.post("/shares", {"items": ["surgical-mask"], "rule": {"whole_cartons": False, "memory": 0}})
    assert share["plan"]["state"] == "PROPOSED"
    assert {line["receiver"]: line["got"] for line in share["met"]} == {
        str(world.cast.hospital): 750,
        str(world.union): 250,
    }
    assert share["worst_ratio"] == 0.5
    assert set(share["rules"]) == {"leximin", "pro_rata", "first_come"}
    assert all(line["reason_zh"] and line["reason_en"] for line in share["met"])
    assert share["holds"] == []
    path = f"/shares/{share['plan']['id']}"
    assert lin.get(path) == share
    assert lin.get("/shares", state="PROPOSED")["items"] == [share["plan"]]

    key = new_id()
    approved = mei.post(f"{path}/approve", key=key)
    assert approved["plan"]["state"] == "APPROVED"
    assert len(approved["holds"]) == 2
    assert mei.post(f"{path}/approve", key=key) == approved
    assert mei.post(f"{path}/approve", status=409)["error"]["code"] == "planning.already-decided"
    promised = lin.get("/needs")["items"]
    assert {need["receiver"]: need["committed"] for need in promised} == {
        str(world.cast.hospital): 750,
        str(world.union): 250,
    }
    assert [row["tense"] for row in lin.get("/movements", lot=str(lot))["items"]][-2:] == ["HELD", "HELD"]
    assert lin.get("/documents", kind="PLAN_APPROVAL")["items"][0]["id"] == approved["plan"]["document"]

    undone = lin.post(f"{path}/undo")
    assert undone["plan"]["state"] == "UNDONE"
    assert {need["committed"] for need in lin.get("/needs")["items"]} == {0}


def kept() -> dict[str, int]:
    """Rows of every table; that a token was used is noted whatever is asked."""
    return {table: rows for table, rows in rows_everywhere().items() if table != "people_linkuse"}


def test_a_share_is_asked_what_if_and_nothing_is_written(world: World, lin: Api, relief: Relief) -> None:
    relief(1_000)
    ask(world, lin, world.cast.hospital, 1_500)
    ask(world, lin, world.union, 500)
    share = lin.post("/shares", {"rule": {"whole_cartons": False}})
    path = f"/shares/{share['plan']['id']}"
    union = str(world.union)
    before = kept()
    answer = lin.post(f"{path}/what-if", {"receivers": {union: 2}, "pieces": 100, "rounds": 3})
    assert kept() == before
    assert {change["difference"] for change in answer["changes"]} == {
        150,
        -150,
    }  # 1500 v + 500 · 2v = 1000: 600 and 400
    assert answer["changes"][0]["difference"] == -150
    assert (answer["loads"], answer["held_back"], answer["is_more_carried"]) == ([], [], True)
    assert answer["more"][0]["raises_worst"]
    assert [len(rounds["worst_so_far"]) for rounds in answer["rounds"]] == [3, 3, 3]
    made = lin.post("/shares", {"rule": {"whole_cartons": False, "receivers": {union: 2}}})
    assert next(line["got"] for line in made["met"] if line["receiver"] == union) == 400
    held = lin.post(f"{path}/what-if", {"trucks": {"weight_g": 1_000}})
    assert held["loads"][0]["is_full"]
    assert all(change["difference"] < 0 for change in held["held_back"])
    lin.post(f"{path}/what-if", {"receivers": {union: 0}}, status=400)
    lin.post(f"{path}/what-if", {"pieces": 0}, status=400)
    lin.post(f"/shares/{new_id()}/what-if", {}, status=404)
    Api(token_for(world.cast.bao)).post(f"{path}/what-if", {}, status=403)


def test_a_share_whose_snapshot_is_no_longer_true_is_refused(world: World, lin: Api, mei: Api, relief: Relief) -> None:
    relief(1_000)
    ask(world, lin, world.cast.hospital, 1_500)
    share = lin.post("/shares", {})
    ask(world, lin, world.union, 500)
    refused = mei.post(f"/shares/{share['plan']['id']}/approve", status=409)["error"]
    assert refused["code"] == "planning.overtaken"
    assert lin.get("/needs")["items"][0]["committed"] == 0


def test_floors_that_cannot_be_met_are_named(world: World, lin: Api, relief: Relief) -> None:
    relief(100)
    need = ask(world, lin, world.cast.hospital, 1_500)
    refused = lin.post("/shares", {"floors": {need["id"]: 400}}, status=400)["error"]
    assert refused["code"] == "fairshare.infeasible-floors"
    lin.post("/shares", {"rule": {"memory": 7}}, status=400)
    lin.get(f"/shares/{new_id()}", status=404)


def test_a_document_waits_for_a_second_person(world: World, lin: Api, mei: Api) -> None:
    from django.db import transaction

    from baogong.journal.services import draw_up
    from tests.cast import NOW

    with transaction.atomic():
        document = draw_up(
            kind="SHARE",
            title="例外",
            body={"amount": 3},
            actor=world.cast.lin,
            now=NOW,
            request_id=new_id(),
            signatures_required=2,
        )
    assert [row["id"] for row in mei.get("/documents", is_mine_to_sign=True)["items"]] == [str(document)]
    assert lin.get("/documents", is_mine_to_sign=True)["items"] == []
    refused = lin.post(f"/documents/{document}/sign", status=422)["error"]
    assert refused["code"] == "journal.same-hand-twice"
    key = new_id()
    signed = mei.post(f"/documents/{document}/sign", key=key)
    assert (signed["state"], signed["body"]) == ("SIGNED", {"amount": 3})
    assert mei.post(f"/documents/{document}/sign", key=key) == signed
    assert mei.post(f"/documents/{document}/refuse", {"why": "too late"}, status=409)


def test_a_task_is_added_taken_and_ends_in_a_sentence(world: World, lin: Api) -> None:
    bao, tao = Api(token_for(world.cast.bao)), Api(token_for(world.cast.tao))
    task = lin.post("/tasks", {"title": "找中转仓", "duty": "KEEPER", "due_at": "2020-01-23T12:00:00Z"})
    assert [row["id"] for row in bao.get("/tasks")["items"]] == [task["id"]]
    assert tao.get("/tasks")["items"] == []
    tao.post(f"/tasks/{task['id']}/take", status=403)
    assert bao.post(f"/tasks/{task['id']}/take")["owner"] == str(world.cast.bao.person_id)
    bao.post(f"/tasks/{task['id']}/finish", {}, status=400)
    assert bao.post(f"/tasks/{task['id']}/finish", {"outcome": "仙桃有一个"})["outcome"] == "仙桃有一个"
    assert lin.get("/tasks")["items"] == []
    assert [row["id"] for row in lin.get("/tasks", is_open=False)["items"]] == [task["id"]]


def test_a_purely_reading_auditor_reads_all_and_writes_nothing(world: World, lin: Api, relief: Relief) -> None:
    from baogong.kernel.actor import Duty
    from tests.cast import log_in_as

    auditor = Api(token_for(log_in_as("Ada", [(Duty.AUDITOR, None)])))
    relief(1_000)
    need = ask(world, lin, world.cast.hospital, 1_500)
    share = lin.post("/shares", {})
    for path in ("/stock", "/needs", "/shares", "/gifts", "/documents", "/tasks", "/movements", "/freezes"):
        assert auditor.get(path)["items"] == lin.get(path)["items"]
    auditor.post("/needs", {"receiver": str(world.union), "item": "goggles", "quantity": 5}, status=403)
    auditor.post(f"/needs/{need['id']}/renew", status=403)
    auditor.post(f"/shares/{share['plan']['id']}/approve", status=403)
    auditor.post("/tasks", {"title": "x", "duty": "KEEPER", "due_at": "2020-01-23T12:00:00Z"}, status=403)
