"""A convoy through the API: planned, agreed, loaded, driven, received, signed for; each by whom it is theirs."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest

from baogong.journal.clock import set_clock
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from tests.api.conftest import Api, token_for
from tests.apps.freight.world import DAY, NOW, World
from tests.books import Built
from tests.web.visits import make_world_in_drill


@pytest.fixture
def relay(built: Built) -> World:
    """The small relay; nothing is promised yet."""
    return built(make_world_in_drill)


def api_of(actor: Actor) -> Api:
    return Api(token_for(actor, expires_at=NOW + 30 * DAY))


def planned(relay: World, lin: Api) -> dict[str, Any]:
    relay.allot("langfang masks", relay.hospital, 600)
    convoy: dict[str, Any] = lin.post(
        "/convoys",
        {"from_at": NOW.isoformat(), "until_at": (NOW + 5 * DAY).isoformat(), "hubs": [str(relay.hub)]},
    )
    return convoy


def test_a_convoy_is_planned_approved_put_to_its_carriers_and_undone(relay: World) -> None:
    lin = api_of(relay.lin)
    convoy = planned(relay, lin)
    assert convoy["plan"]["state"] == "PROPOSED"
    assert convoy["hub"] == str(relay.hub)
    assert {leg["carrier_name"] for leg in convoy["legs"]} == {"东行物流", "华中卡车联盟"}
    assert all(rejected["why_zh"] and rejected["why_en"] for rejected in convoy["rejected"])
    path = f"/convoys/{convoy['plan']['id']}"
    assert lin.get("/waybills")["items"] == []
    refused = lin.post(f"{path}/approve", status=422)["error"]
    assert (refused["code"], refused["expected"]) == ("planning.maker-approves", ["Mei"])
    mei = api_of(relay.mei)
    assert mei.post(f"{path}/approve")["plan"]["state"] == "APPROVED"
    assert len(lin.get("/waybills", plan=convoy["plan"]["id"])["items"]) == len(
        [leg for leg in convoy["legs"] if not leg["is_empty"]]
    )

    key = new_id()
    asks = lin.post(f"{path}/asks", {"code": "4711"}, key=key)["items"]
    assert {ask["answer"] for ask in asks} == {"ASKED"}
    assert "token" not in str(asks)
    assert lin.post(f"{path}/asks", {"code": "4711"}, key=key)["items"] == asks
    assert lin.get(f"{path}/asks")["items"] == asks
    assert lin.get("/convoys")["items"][0]["state"] == "APPROVED"
    assert lin.post(f"{path}/undo")["plan"]["state"] == "UNDONE"
    assert {row["state"] for row in lin.get("/waybills")["items"]} == {"CANCELLED"}
    for other in (relay.bao, relay.tao, relay.dispatcher):
        api_of(other).get(path, status=403)
        api_of(other).post(f"{path}/approve", status=403)


def test_goods_pass_from_hand_to_hand_until_the_receiver_signs(relay: World) -> None:
    lin, fang, bao, tao = (api_of(who) for who in (relay.lin, relay.fang, relay.bao, relay.tao))
    convoy = planned(relay, lin)
    plan = UUID(convoy["plan"]["id"])
    api_of(relay.mei).post(f"/convoys/{plan}/approve")
    relay.agree(plan)
    first, second = relay.bill(target=relay.hub), relay.bill(origin=relay.hub)
    assert [row["id"] for row in fang.get("/waybills")["items"]] == [str(first.id)]
    assert {row["id"] for row in bao.get("/waybills")["items"]} == {str(first.id), str(second.id)}
    fang.get(f"/waybills/{second.id}", status=404)
    fang.post(f"/waybills/{second.id}/load", {}, status=404)
    relay_dispatcher = api_of(relay.relay_dispatcher)
    assert [row["id"] for row in relay_dispatcher.get("/waybills")["items"]] == [str(second.id)]

    api_of(relay.dispatcher).post(
        f"/waybills/{first.id}/truck", {"vehicle": str(relay.vehicle(first)), "driver": str(relay.tao.person_id)}
    )
    line = lin.get(f"/waybills/{first.id}")["lines"][0]["id"]
    set_clock(first.load_start_at)
    key = new_id()
    loaded = fang.post(f"/waybills/{first.id}/load", {"given_to_name": "陶"}, key=key)
    assert (loaded["waybill"]["state"], loaded["lines"][0]["loaded"]) == ("LOADED", 600)
    assert fang.post(f"/waybills/{first.id}/load", {"given_to_name": "陶"}, key=key) == loaded
    bao.post(f"/waybills/{first.id}/depart", status=403)
    set_clock(first.planned_depart_at)
    assert tao.post(f"/waybills/{first.id}/depart")["waybill"]["state"] == "DEPARTED"
    loss = {"losses": [{"line": line, "amount": 5}], "where": "京港澳高速 K912", "words": "箱子散落"}
    fang.post(f"/waybills/{first.id}/loss", loss, status=403)
    assert tao.post(f"/waybills/{first.id}/loss", loss)["lines"][0]["short"] == 5
    late = first.planned_arrive_at + DAY / 24
    delayed = tao.post(f"/waybills/{first.id}/delay", {"arrive_at": late.isoformat(), "why": "积雪"})
    assert delayed["waybill"]["expected_arrive_at"].startswith(late.strftime("%Y-%m-%dT%H:%M"))
    set_clock(late)
    tao.post(f"/waybills/{first.id}/arrive")
    received = bao.post(
        f"/waybills/{first.id}/receive", {"differences": [{"line": line, "short": 15, "damaged": 5, "note": "破箱"}]}
    )
    assert received["waybill"]["state"] == "CLOSED"
    assert (received["lines"][0]["received"], received["lines"][0]["short"]) == (575, 20)

    set_clock(max(late, second.load_start_at))
    bao.post(f"/waybills/{second.id}/load", {})
    set_clock(max(late, second.planned_depart_at))
    tao.post(f"/waybills/{second.id}/depart")
    set_clock(max(late, second.planned_arrive_at))
    tao.post(f"/waybills/{second.id}/arrive")
    unreadable = {"signed_by": "周", "evidence": [{"kind": "PHOTO", "payload_base64": "####"}]}
    where = tao.post(f"/waybills/{second.id}/hand-over", unreadable, status=400)["error"]["where"]
    assert where == "body.evidence.0.payload_base64"
    no_picture = {
        "signed_by": "周",
        "evidence": [{"kind": "PHOTO", "payload_base64": base64.b64encode(b"no picture").decode()}],
    }
    tao.post(f"/waybills/{second.id}/hand-over", no_picture, status=(400, 422))
    signed = tao.post(
        f"/waybills/{second.id}/hand-over", {"signed_by": "周", "evidence": [{"kind": "NOTE", "text": "东门"}]}
    )
    assert signed["waybill"]["state"] == "CLOSED"

    lot = relay.lots["langfang masks"]
    story = lin.get(f"/lots/{lot}/story")
    stands = {(place["holder_name"], place["state"]): place for place in story["stands"]}
    at_hospital = stands["武汉大学中南医院", "HANDED_OVER"]
    assert (at_hospital["posted"], at_hospital["owner"]) == (575, str(relay.hospital))
    assert {piece["by_name"] for piece in story["evidence"] if piece["kind"] == "SIGNATURE"} >= {"周"}
    pages: list[Any] = []
    following: str | None = "0"
    while following is not None:
        page = lin.get("/movements", lot=str(lot), after=following, limit=3)
        pages += page["items"]
        following = page["next"]
    assert pages == story["movements"]
    assert book.verify_book().ok


def test_a_waybill_not_yet_loaded_is_taken_back(relay: World) -> None:
    lin = api_of(relay.lin)
    api_of(relay.mei).post(f"/convoys/{planned(relay, lin)['plan']['id']}/approve")
    first = relay.bill(target=relay.hub)
    lin.post(f"/waybills/{first.id}/cancel", {}, status=400)
    cancelled = lin.post(f"/waybills/{first.id}/cancel", {"reason": "路断"})
    assert cancelled["waybill"]["state"] == "CANCELLED"
    lin.post(f"/waybills/{first.id}/cancel", {"reason": "路断"}, status=409)


def test_a_stranger_to_a_waybill_is_not_told_that_it_is_there(relay: World) -> None:
    lin = api_of(relay.lin)
    api_of(relay.mei).post(f"/convoys/{planned(relay, lin)['plan']['id']}/approve")
    ezhou = api_of(relay.ezhou_keeper)
    real, none = relay.bill(target=relay.hub).id, new_id()
    assert ezhou.get("/waybills")["items"] == []
    told = [ezhou.get(f"/waybills/{waybill}", status=404)["error"]["code"] for waybill in (real, none)]
    assert told[0] == told[1]
    assert lin.get(f"/waybills/{real}")["waybill"]["id"] == str(real)
