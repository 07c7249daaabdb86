"""The last 100 metres over HTTP: a courier's telephone with its own door, and one round of the office and the keepers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.api.v1 import courier as operations
from baogong.delivery.models import Device, Parcel, ParcelAct, SyncedAct
from baogong.delivery.services import devices, stations
from baogong.delivery.services.handovers import put_on_shelf
from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.places import services as places
from tests.api.conftest import Api, token_for
from tests.apps.delivery.promised import make_promised
from tests.apps.delivery.test_promises import lose
from tests.apps.delivery.test_rounds import approve
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, make_world
from tests.books import Built
from tests.cast import person_of


@pytest.fixture
def street(built: Built) -> World:
    """The sealed street in a drill whose clock stands at NOW."""
    return built(make_street)


def make_street() -> World:
    mark_drill(name="the street", at=NOW)
    return make_world()


@pytest.fixture
def at_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock that telephones are judged by."""
    from baogong.kernel.clock import SetClock

    def stand_at(moment: datetime) -> None:
        monkeypatch.setattr(operations, "current_clock", lambda: SetClock(moment))

    return stand_at


def api_of(actor: Actor) -> Api:
    return Api(token_for(actor, expires_at=NOW + timedelta(days=30)))


class Telephone:
    """A client whose Authorization header is as given."""

    def __init__(self, authorization: str | None) -> None:
        self.client = Client(headers={"Authorization": authorization} if authorization is not None else {})

    def sheet(self, status: int = 200) -> Any:
        response = self.client.get("/api/v1/courier/sheet")
        assert response.status_code == status, response.content
        return response.json()

    def sync(self, acts: list[dict[str, Any]], status: int = 200) -> Any:
        response = self.client.post(
            "/api/v1/courier/sync",
            data={"acts": acts},
            content_type="application/json",
            headers={"Idempotency-Key": str(new_id())},
        )
        assert response.status_code == status, response.content
        return response.json()


def given(world: World, courier: Actor, *, until_at: datetime = NOW + 9 * HOUR) -> str:
    return devices.give_device(
        person=person_of(courier), station=world.inner, from_at=NOW, until_at=until_at, actor=world.bao, now=NOW
    )


def act(kind: str, code: str = "", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "kind": kind, "at": at.isoformat(), "parcel": code, **more}


def handed(code: str, at: datetime = NOW) -> dict[str, Any]:
    return act("HANDED_OVER", code, at, mode="CONTACTLESS", evidence=[{"kind": "CODE", "text": code}])


def test_a_telephone_opens_with_its_own_scheme_and_token_only(street: World) -> None:
    token = given(street, street.mei)
    keeper = token_for(street.bao, expires_at=NOW + timedelta(days=1))
    for wrong in (None, "", f"Bearer {token}", token, "Device", f"Device {token} x", f"device {token}"):
        Telephone(wrong).sheet(status=403 if wrong and wrong.startswith("Device ") else 401)
    assert Telephone(f"Device {keeper}").sheet(status=403)["error"]["code"] == "delivery.device-unusable"
    assert Telephone(f"Bearer {keeper}").sheet(status=401)["error"]["message"]
    assert Client(headers={"Authorization": f"Device {token}"}).get("/api/v1/tasks").status_code == 401
    sheet = Telephone(f"Device {token}").sheet()
    assert (sheet["person_name"], sheet["station_name"], sheet["rounds"]) == ("Mei", "酒仙桥内站", [])


def test_tokens_are_not_guessed_one_after_the_other(street: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "GUESSES_MAX", 3)
    token = given(street, street.mei)
    met = [Client(headers={"Authorization": f"Device {new_id()}"}).get("/api/v1/courier/sheet") for _ in range(5)]
    assert [one.status_code for one in met] == [403, 403, 403, 429, 429]
    Telephone(f"Device {token}").sheet()  # whoever has the right one is not kept out by guesses
    monkeypatch.setattr(operations, "CALLS_MAX", 2)
    Telephone(f"Device {token}").sheet()
    Telephone(f"Device {token}").sheet(status=429)


def test_a_withdrawn_telephone_opens_nothing(street: World) -> None:
    token = given(street, street.mei)
    telephone, device = Telephone(f"Device {token}"), Device.objects.get()
    api_of(street.fang).post(f"/delivery/devices/{device.id}/withdraw", status=403)  # keeps another station
    telephone.sheet()
    api_of(street.bao).post(f"/delivery/devices/{device.id}/withdraw")
    telephone.sheet(status=403)
    (code,) = street.here(1)
    telephone.sync([act("TAKEN", code)], status=403)
    assert street.parcel(code).state == "AT_STATION"


def test_after_the_shift_it_tells_for_a_day_what_was_done_and_reads_nothing(
    street: World, at_time: Callable[[datetime], None]
) -> None:
    codes = street.here(2)
    street.give_round(street.mei, codes)
    telephone, over = Telephone(f"Device {given(street, street.mei)}"), NOW + 9 * HOUR
    at_time(over - MINUTE)
    assert len(telephone.sheet()["rounds"]) == 1
    at_time(over)
    assert telephone.sheet(status=403)["error"]["code"] == "delivery.shift-over"
    at_time(over + 24 * HOUR - MINUTE)
    told = telephone.sync([act("TAKEN", codes[0], NOW + HOUR), handed(codes[0], NOW + 2 * HOUR)])
    assert [one["answer"] for one in told["items"]] == ["TAKEN", "TAKEN"]
    assert street.parcel(codes[0]).state == "HANDED_OVER"
    at_time(over + 24 * HOUR)
    telephone.sync([act("TAKEN", codes[1], NOW + HOUR)], status=403)
    assert street.parcel(codes[1]).state == "AT_STATION"


def test_it_reads_its_own_rounds_and_takes_no_other_couriers_parcel(street: World) -> None:
    own, other = street.here(2)
    street.give_round(street.mei, [own], "T0001")
    street.give_round(street.tao, [other], "T0002")
    mei, tao = (Telephone(f"Device {given(street, courier)}") for courier in (street.mei, street.tao))
    for telephone, name, code, hidden in ((mei, "T0001", own, other), (tao, "T0002", other, own)):
        (row,) = telephone.sheet()["rounds"]
        assert row["name"] == name
        assert code in str(row)
        assert hidden not in str(row)
    assert tao.sync([act("TAKEN", other), handed(other)])["items"][1]["answer"] == "TAKEN"
    (told,) = mei.sync([handed(other)])["items"]
    assert (told["answer"], told["by"], told["error"]["code"]) == ("CONFLICT", "Tao", "delivery.already-handed-over")
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    (waiting,) = api_of(street.bao).get(f"/delivery/stations/{street.inner}/to-look-at")["items"]
    assert (waiting["answer"], waiting["courier_name"], waiting["parcel"]) == ("CONFLICT", "Mei", other)
    api_of(street.fang).get(f"/delivery/stations/{street.inner}/to-look-at", status=403)
    api_of(street.bao).post(f"/delivery/synced/{waiting['id']}/see")
    assert api_of(street.bao).get(f"/delivery/stations/{street.inner}/to-look-at")["items"] == []


def test_told_twice_the_same_is_answered_and_nothing_is_written(street: World) -> None:
    codes = street.here(3)
    street.give_round(street.mei, codes)
    telephone = Telephone(f"Device {given(street, street.mei)}")
    acts = [act("TAKEN", codes[0]), handed(codes[0]), act("TAKEN", "NOPE99"), act("FREE")]
    first = telephone.sync(acts)["items"]
    assert [one["answer"] for one in first] == ["TAKEN", "TAKEN", "REFUSED", "TAKEN"]
    assert set(first[2]["error"]) >= {"code", "message", "where", "found", "expected", "cure"}
    written = ParcelAct.objects.count()
    second, third = (telephone.sync(acts)["items"] for _ in range(2))
    assert second == third
    assert [one["answer"] for one in second] == ["KNOWN", "KNOWN", "REFUSED", "KNOWN"]
    assert [(one["id"], one["parcel"], one["error"]) for one in second] == [
        (one["id"], one["parcel"], one["error"]) for one in first
    ]
    assert ParcelAct.objects.count() == written
    changed = {**acts[1], "parcel": codes[1]}
    (told,) = telephone.sync([changed])["items"]
    assert (told["answer"], told["error"]["code"]) == ("REFUSED", "kernel.request-id-reused")
    assert ParcelAct.objects.count() == written
    assert book.verify_book().ok


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "yesterday"},
        {"at": None},
        {"id": "7"},
        {"kind": 7},
        {"note": "a\0b"},
        {"note": "a\ud800"},
        {"parcel": "x" * 61},
        {"evidence": [{"kind": "PHOTO", "photo": "not base64!"}]},
        {"evidence": [{"kind": "CODE"}] * 6},
    ],
    ids=repr,
)
def test_one_act_that_cannot_be_read_is_kept_and_keeps_no_other_back(street: World, wrong: dict[str, Any]) -> None:
    codes = street.here(2)
    street.give_round(street.mei, codes)
    telephone = Telephone(f"Device {given(street, street.mei)}")
    bad = handed(codes[1]) | wrong
    acts = [act("TAKEN", codes[0]), bad, handed(codes[0])]
    for answers in (["TAKEN", "REFUSED", "TAKEN"], ["KNOWN", "REFUSED", "KNOWN"]):
        told = telephone.sync(acts)["items"]
        assert [one["answer"] for one in told] == answers
        assert told[1]["id"] == bad["id"]
        assert set(told[1]["error"]) >= {"code", "message", "where", "found", "expected", "cure"}
    assert [street.parcel(code).state for code in codes] == ["HANDED_OVER", "AT_STATION"]
    (waiting,) = api_of(street.bao).get(f"/delivery/stations/{street.inner}/to-look-at")["items"]
    assert json.loads(SyncedAct.objects.get(pk=waiting["id"]).given["unread"]) == bad


@pytest.mark.parametrize("acts", [[1], ["x"], [None], {}], ids=str)
def test_what_is_no_list_of_acts_is_refused_whole(street: World, acts: Any) -> None:
    telephone = Telephone(f"Device {given(street, street.mei)}")
    telephone.sync(acts, status=400)
    assert not SyncedAct.objects.exists()


def test_from_the_list_to_the_door_over_http(street: World) -> None:
    lin, fang, bao = (api_of(actor) for actor in (street.lin, street.fang, street.bao))
    expected = street.expect(3, at=street.outer)
    key = new_id()
    received = [
        fang.post(f"/delivery/stations/{street.outer}/receive", {"scans": [*expected, "NOPE99"]}, key=key)
        for _ in range(2)
    ]
    assert received[0] == received[1]
    assert (received[0]["parcels"], received[0]["unknown"]) == (expected, ["NOPE99"])
    bao.post(f"/delivery/stations/{street.outer}/receive", {"scans": expected}, status=403)
    assert lin.get(f"/delivery/stations/{street.outer}/board")["zones"][0]["parcels"] == 3

    asked = {
        "carts": [{"cart": str(street.cart), "capacity_g": 200_000, "capacity_pieces": 40}],
        "from_at": NOW.isoformat(),
        "until_at": (NOW + 9 * HOUR).isoformat(),
    }
    shown = fang.post(f"/delivery/stations/{street.outer}/trips/propose", asked)
    (trip,) = shown["trips"]
    assert (sorted(trip["parcels"]), trip["road_zone_name"], shown["left"]) == (sorted(expected), "路区一", [])
    accept = {**asked, "digest": shown["digest"]}
    fang.post(f"/delivery/stations/{street.outer}/trips/accept", {**accept, "digest": "another"}, status=409)
    key = new_id()
    made = [fang.post(f"/delivery/stations/{street.outer}/trips/accept", accept, key=key) for _ in range(2)]
    assert made[0] == made[1]
    (shuttle,) = made[0]["items"]
    assert [row["id"] for row in lin.get(f"/delivery/stations/{street.outer}/shuttles")["items"]] == [shuttle]
    fang.post(f"/delivery/shuttles/{shuttle}/load", {"scans": expected})
    assert street.stands(street.cart, State.ABOARD) == 3
    fang.post(f"/delivery/shuttles/{shuttle}/unload", status=403)  # the other station's keeper unloads
    assert bao.post(f"/delivery/shuttles/{shuttle}/unload")["parcels"] == expected

    shift = {"station": str(street.inner), "from_at": NOW.isoformat(), "until_at": (NOW + 8 * HOUR).isoformat()}
    plan = lin.post("/delivery/rounds/plan", shift)["id"]
    fang.post("/delivery/rounds/plan", shift, status=403)  # a keeper plans the own station's rounds
    approve(street, UUID(plan))  # by a second person
    rows = bao.get(f"/delivery/stations/{street.inner}/rounds")["items"]
    assert sum(row["parcels_count"] for row in rows) == 3
    courier = UUID(rows[0]["courier"])
    given_to = {"person": str(courier), "station": str(street.inner), **{k: asked[k] for k in ("from_at", "until_at")}}
    key = new_id()
    token = bao.post("/delivery/devices", given_to, key=key)["token"]
    assert bao.post("/delivery/devices", given_to, key=key)["token"] == ""  # shown once, and still the same
    telephone = Telephone(f"Device {token}")
    assert [row["id"] for row in telephone.sheet()["rounds"]] == [
        row["id"] for row in rows if row["courier"] == str(courier)
    ]
    loaded = bao.post(f"/delivery/rounds/{rows[0]['id']}/load")["parcels"]
    told = telephone.sync([handed(loaded[0])])["items"]
    assert [one["answer"] for one in told] == ["TAKEN"]
    if len(loaded) > 1:
        back = {"scans": loaded[1:], "why": {loaded[1]: "NOBODY"}}
        assert bao.post(f"/delivery/stations/{street.inner}/take-back", back)["parcels"] == loaded[1:]
    story = lin.get("/delivery/parcels/find", scan=loaded[0])
    assert [one["kind"] for one in story["acts"]] == ["RECEIVED", "ON_CART", "OFF_CART", "TAKEN", "HANDED_OVER"]
    api_of(street.stranger).get("/delivery/parcels/find", scan=loaded[0], status=403)
    assert book.verify_book().ok


def test_what_no_household_gets_goes_back_or_is_written_off(street: World) -> None:
    back, gone = street.here(2)
    bao, said = api_of(street.bao), {"words": "the shop took it along"}
    address = f"/delivery/stations/{street.inner}"
    bao.post(f"{address}/send-back", {"scans": [back], "words": ""}, status=400)
    assert bao.post(f"{address}/send-back", {"scans": [back], **said})["parcels"] == [back]
    assert bao.post(f"{address}/lost", {"scans": [gone], "words": "nobody finds it"})["parcels"] == [gone]
    assert [street.parcel(code).state for code in (back, gone)] == ["SENT_BACK", "LOST"]
    api_of(street.fang).post(f"{address}/lost", {"scans": [gone], **said}, status=403)
    assert bao.get("/delivery/parcels", station=street.inner, state="LOST")["items"][0]["code"] == gone


def test_parcels_are_expected_one_by_one(street: World) -> None:
    lin, bao = api_of(street.lin), api_of(street.bao)
    door = street.plan(street.east).doors[0]
    house = next(each for each in street.plan(street.east).buildings if each.id == door.building)
    unit = next(each for each in house.units if each.id == door.unit)
    told: dict[str, Any] = {
        "community": str(street.east),
        "building": f"{house.name}号楼",
        "unit": unit.name,
        "room": door.room,
        "waybill": "sf 777",
        "station": str(street.inner),
    }
    key = new_id()
    made = bao.post("/delivery/parcels", told, key=key)
    assert bao.post("/delivery/parcels", told, key=key) == made
    assert bao.post("/delivery/parcels", told) == made  # another request, the same number for the same address
    assert (made["state"], made["waybill"], Parcel.objects.get(id=made["id"]).door_id) == ("EXPECTED", "SF777", door.id)
    bao.post("/delivery/parcels", {**told, "room": ""}, status=409)  # that number, for another address
    nowhere = bao.post("/delivery/parcels", {**told, "waybill": "", "building": "nowhere"}, status=409)["error"]
    assert (nowhere["code"], nowhere["where"]) == ("delivery.address-in-doubt", "building")
    assert nowhere["expected"] == []  # nothing is like it
    strange = {**told, "waybill": "", "room": "9999"}
    assert bao.post("/delivery/parcels", strange, status=409)["error"]["where"] == "room"
    one, two = (bao.post("/delivery/parcels", {**strange, "room_is_new": True}) for _ in range(2))
    assert one["id"] != two["id"]  # without a number each request is a parcel of its own
    assert one["address"].endswith("9999")
    bao.post("/delivery/parcels", {**strange, "room_is_new": True, "station": str(street.shop)}, status=403)
    lin.post("/delivery/parcels", {**strange, "room_is_new": True, "station": str(street.shop)}, status=400)
    lin.post("/delivery/parcels", {**told, "waybill": "", "sender": str(new_id())}, status=400)
    bare = {name: told[name] for name in ("community", "building", "unit", "room")}
    assert lin.post("/delivery/parcels", bare)["station"] == str(street.outer)  # the first stop on its way
    api_of(street.stranger).post("/delivery/parcels", told, status=403)


def test_a_keeper_hands_out_over_the_counter_and_takes_a_mistake_back(street: World) -> None:
    bao, address = api_of(street.bao), f"/delivery/stations/{street.inner}/counter"
    codes, key = street.here(2), new_id()
    given = {"scans": codes[:1], "mode": "WITNESSED", "proxy_name": "王邻居", "proxy_last_four": "123X"}
    for _ in range(2):
        assert bao.post(address, given, key=key)["parcels"] == codes[:1]
    refusal = bao.post(address, {"scans": codes[1:], "mode": "SIGNED"}, status=422)
    assert refusal["error"]["code"] == "delivery.nothing-to-show"
    places.read_notice(text="封控区\n东院1号楼", published_at=NOW, from_at=NOW, actor=street.lin, now=NOW)
    refusal = bao.post(address, {**given, "scans": codes[1:]}, status=422)
    assert refusal["error"]["code"] == "delivery.not-over-the-counter"
    undone = bao.post(f"{address}/undo", {"scans": codes[:1], "words": "拿错了"})
    assert undone["parcels"] == codes[:1]
    assert street.stands(street.inner, State.AVAILABLE) == 2
    assert book.verify_book().ok


def test_what_lies_on_a_shelf_of_a_house_sealed_since_goes_up_or_back(street: World) -> None:
    bao, address = api_of(street.bao), f"/delivery/stations/{street.inner}"
    codes = street.here(2)
    stations.load_round(round=street.give_round(street.mei, codes), actor=street.bao, now=NOW, request_id=new_id())
    for code in codes:
        put_on_shelf(
            parcel=street.parcel(code).id,
            shelf=street.shelf(street.east),
            actor=street.mei,
            now=NOW,
            request_id=new_id(),
        )
    assert bao.get(f"{address}/sealed-shelves") == {"items": []}
    places.read_notice(text="封控区\n东院1号楼", published_at=NOW, from_at=NOW, actor=street.lin, now=NOW)
    assert [row["code"] for row in bao.get(f"{address}/sealed-shelves")["items"]] == codes
    assert bao.post(f"{address}/bring-up", {"scans": codes[:1]})["parcels"] == codes[:1]
    back = {"scans": codes[1:], "note": "SEALED"}
    assert bao.post(f"{address}/take-back", back)["parcels"] == codes[1:]
    assert bao.get(f"{address}/sealed-shelves") == {"items": []}


def test_a_claim_lost_on_the_way_is_brought_again_once(street: World) -> None:
    promised = make_promised(street)
    claim, code = promised.at_courier()
    lose(promised, code)
    wu, su = api_of(promised.wu), api_of(promised.su)
    (one,) = wu.get("/releases/claims/lost")["items"]
    assert (one["id"], one["units"]) == (str(claim), 5)
    su.post(f"/releases/claims/{claim}/bring-again", status=403)
    key = new_id()
    for _twice in range(2):
        assert wu.post(f"/releases/claims/{claim}/bring-again", key=key) == {"claim": str(claim), "parcel": code}
    assert wu.get("/releases/claims/lost")["items"] == []
    assert wu.get(f"/releases/claims/{claim}")["state"] == "ACCEPTED"
    assert promised.parcel_state(claim) == "EXPECTED"
    assert promised.admitted() == 10, "other units in place of the lost ones, taken once"
