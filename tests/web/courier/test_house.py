"""What a courier's telephone asks the house: set up once, sees its own round only, tells what it did, sees nothing after."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baogong.delivery import queries as delivery
from baogong.delivery.models import Device, ParcelAct, SyncedAct
from baogong.delivery.services import devices
from baogong.journal.clock import set_clock
from baogong.people.models import PersonalRead
from baogong.places.services import read_notice
from baogong.web.courier import house
from tests.apps.delivery.world import HOUR, NOW
from tests.books import Built
from tests.cast import person_of
from tests.nasties import TEXTS
from tests.web.ground import PHONE, Ground, load, make_ground
from tests.web.visits import QUERIES_MAX

ONCE = str(uuid4())


@pytest.fixture
def ground(built: Built) -> Ground:
    return built(make_ground)


class Telephone:
    def __init__(self, ground: Ground, courier: Any) -> None:
        self.client = Client()
        self.token = self.ask("pair", {"code": ground.pairing(courier)})["token"]

    def ask(self, what: str, body: Any = None, status: int = 200) -> Any:
        headers = {"Authorization": f"Device {self.token}"} if hasattr(self, "token") else {}
        address = f"/courier/{what}/"
        answer = (
            self.client.get(address, headers=headers)
            if body is None
            else self.client.post(address, json.dumps(body), content_type="application/json", headers=headers)
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    def tell(self, *acts: dict[str, Any]) -> list[str]:
        return [told["answer"] for told in self.ask("acts", {"acts": acts})["answers"]]


def act(kind: str, parcel: str = "", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": kind, "at": (NOW + HOUR).isoformat(), "parcel": parcel, **more}


def test_a_code_sets_up_one_telephone_once(ground: Ground) -> None:
    code = ground.pairing(ground.world.mei)
    anybody = Client()
    first = anybody.post(
        "/courier/pair/", json.dumps({"code": f" {code[:4]}-{code[4:].lower()} "}), content_type="text/plain"
    )
    assert first.status_code == 200
    again = anybody.post("/courier/pair/", json.dumps({"code": code}), content_type="text/plain")
    assert again.status_code == 404
    assert again.json()["error"]["code"] == "delivery.pairing-unusable"
    (row,) = Device.objects.all()
    assert (row.person_id, row.made_by_id) == (person_of(ground.world.mei), person_of(ground.world.bao))


def test_a_code_ends_after_a_quarter_of_an_hour_and_with_the_next_one(ground: Ground) -> None:
    early, late = ground.pairing(ground.world.mei), ground.pairing(ground.world.mei)
    taos = ground.pairing(ground.world.tao)
    anybody = Client()

    def paired(code: str) -> int:
        return anybody.post("/courier/pair/", json.dumps({"code": code}), content_type="text/plain").status_code

    assert (paired(early), paired(late)) == (404, 200)
    set_clock(NOW + timedelta(minutes=15))
    assert paired(taos) == 404


def test_guessing_codes_ends_soon(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "PAIRS_MAX", 2)
    anybody = Client()
    guessed = [
        anybody.post("/courier/pair/", json.dumps({"code": f"G{n}"}), content_type="text/plain") for n in range(3)
    ]
    assert [answer.status_code for answer in guessed] == [404, 404, 429]
    assert int(guessed[2].headers["Retry-After"]) > 0


def test_a_telephone_sees_its_own_round_and_nobody_elses(ground: Ground) -> None:
    mei = Telephone(ground, ground.world.mei)
    with CaptureQueriesContext(connection) as queries:
        sheet = mei.ask("sheet")
    assert (
        sum("SAVEPOINT" not in query["sql"] for query in queries) <= QUERIES_MAX + 4
    )  # a call list, whose house lets them down, when others come, numbers
    assert [round_["name"] for round_ in sheet["rounds"]] == ["T0001"]
    stops = sheet["rounds"][0]["stops"]
    assert [len(stop["parcels"]) for stop in stops] == [3, 1, 1]
    assert stops[1]["door_note"] == "敲门要重，等两分钟"
    assert not set(ground.taos) & {parcel["code"] for stop in stops for parcel in stop["parcels"]}
    assert "shelf" in stops[0]
    assert stops[1]["shelf_id"] is None


def test_a_number_is_shown_to_whoever_has_to_call_and_the_reading_is_kept_once(ground: Ground) -> None:
    mei, tao = Telephone(ground, ground.world.mei), Telephone(ground, ground.world.tao)
    (call,) = mei.ask("sheet")["calls"]
    assert (call["phone"], len(call["parcels"])) == (PHONE, 2)
    mei.ask("sheet")
    assert tao.ask("sheet")["calls"] == []
    (read,) = PersonalRead.objects.filter(act="REVEAL")
    assert read.reader_id == person_of(ground.world.mei)
    assert mei.tell(act("CALLED", calling=call["id"], why="COMES")) == ["TAKEN"]
    assert mei.ask("sheet")["calls"][0]["outcome"] == "COMES"


def test_three_handovers_and_a_vain_attempt_stand_in_the_book_once(ground: Ground) -> None:
    load(ground, ground.mei)
    mei = Telephone(ground, ground.world.mei)
    photo = base64.b64encode(picture()).decode()
    one, two, three = ground.shelved
    acts = [
        act("HANDED_OVER", one, mode="CONTACTLESS", evidence=[{"kind": "PHOTO", "photo_base64": photo}]),
        act("HANDED_OVER", ground.medicine, mode="WITNESSED", evidence=[{"kind": "WITNESS", "by_name": "Mei"}]),
        act(
            "HANDED_OVER",
            ground.door,
            mode="SIGNED",
            evidence=[{"kind": "SIGNATURE", "text": "[[[1, 2], [30, 40]]]", "by_name": "周"}],
        ),
        act("ON_SHELF", two, shelf=str(ground.shelf)),
        act("FAILED", three, why="NOBODY"),
    ]
    assert mei.tell(*acts) == ["TAKEN"] * 5
    assert mei.tell(*acts) == ["KNOWN"] * 5
    assert [ground.state(code) for code in (one, two, three)] == ["HANDED_OVER", "ON_SHELF", "WITH_COURIER"]
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 3
    assert SyncedAct.objects.count() == 5


def test_two_couriers_tell_of_one_parcel_and_the_second_hears_of_the_first(ground: Ground) -> None:
    load(ground, ground.mei)
    mei, tao = Telephone(ground, ground.world.mei), Telephone(ground, ground.world.tao)
    handed = {"mode": "WITNESSED", "evidence": [{"kind": "WITNESS", "by_name": "x"}]}
    assert mei.tell(act("HANDED_OVER", ground.medicine, **handed)) == ["TAKEN"]
    (told,) = tao.ask("acts", {"acts": [act("HANDED_OVER", ground.medicine, **handed)]})["answers"]
    assert (told["answer"], told["by"]) == ("CONFLICT", "Mei")
    assert [view.parcel for view in delivery.to_look_at(ground.world.inner)] == [ground.medicine]


def test_after_the_shift_a_telephone_tells_and_sees_nothing_and_a_day_later_neither(ground: Ground) -> None:
    load(ground, ground.mei)
    mei = Telephone(ground, ground.world.mei)
    set_clock(NOW + 9 * HOUR)
    assert mei.ask("sheet", status=403)["error"]["code"] == "delivery.shift-over"
    assert mei.ask("help", status=403)["error"]["code"] == "delivery.shift-over"
    assert mei.tell(act("FAILED", ground.door, why="NOBODY")) == ["TAKEN"]
    set_clock(NOW + 33 * HOUR)
    assert mei.ask("acts", {"acts": []}, status=403)["error"]["code"] == "delivery.device-unusable"


def test_a_withdrawn_telephone_and_one_never_set_up_open_nothing(ground: Ground) -> None:
    mei = Telephone(ground, ground.world.mei)
    (row,) = Device.objects.all()
    devices.withdraw_device(device=row.id, actor=ground.world.bao, now=NOW)
    for what, body in (("sheet", None), ("help", None), ("acts", {"acts": []})):
        assert mei.ask(what, body, status=403)["error"]["code"] == "delivery.device-unusable"
        bare = Client().get(f"/courier/{what}/") if body is None else Client().post(f"/courier/{what}/")
        assert bare.status_code == 403
        assert bare.json()["error"]["code"] == "web.not-set-up"


def test_who_is_free_carries_the_others_unfinished_buildings_and_no_address_of_theirs(ground: Ground) -> None:
    load(ground, ground.mei)
    mei = Telephone(ground, ground.world.mei)
    tao = Telephone(ground, ground.world.tao)
    plan = ground.world.plan(ground.world.east)
    tao.tell(act("FREE"))
    first = tao.ask("help")
    assert {line["courier"] for line in first["lines"]} == {"Mei"}
    assert sum(line["waiting"] for line in first["lines"]) == 5
    assert not [line for line in first["lines"] if line["parcels"]]  # all of it is in Mei's hands
    assert (first["here"], list(first["places"])) == (None, [str(plan.buildings[1].id)])
    handed = {"mode": "WITNESSED", "evidence": [{"kind": "WITNESS", "by_name": "x"}]}
    mei.tell(*(act("HANDED_OVER", code, **handed) for code in (*ground.shelved, ground.medicine, ground.door)))
    told = mei.ask("help")
    (line,) = told["lines"]
    assert (line["building"], line["courier"], line["waiting"]) == (plan.buildings[1].name, "Tao", 2)
    assert {parcel["code"] for parcel in line["parcels"]} == set(ground.taos)
    assert {parcel["shelf_id"] for parcel in line["parcels"]} == {str(ground.world.shelf(ground.world.east, 1))}
    assert told["here"] in told["places"]
    for code in ground.taos:
        assert delivery.parcel(code).address not in str(told)
    assert tao.ask("help")["lines"] == []


def test_what_was_taken_over_is_on_the_takers_sheet_and_no_more_to_do_on_the_others(ground: Ground) -> None:
    mei, tao = Telephone(ground, ground.world.mei), Telephone(ground, ground.world.tao)
    code, other = ground.taos
    assert mei.tell(act("TAKEN", code)) == ["LATE"]
    own, besides = mei.ask("sheet")["rounds"]
    assert (own["name"], besides["id"]) == ("T0001", "besides")
    (stop,) = besides["stops"]
    (parcel,) = stop["parcels"]
    assert (parcel["code"], parcel["is_open"], parcel["is_in_hand"]) == (code, True, True)
    assert parcel["address"] == delivery.parcel(code).address
    assert stop["shelf_id"] == str(ground.world.shelf(ground.world.east, 1))
    (round_,) = tao.ask("sheet")["rounds"]
    assert {each["code"]: each["is_open"] for each in round_["stops"][0]["parcels"]} == {code: False, other: True}
    (told,) = tao.ask("acts", {"acts": [act("TAKEN", code)]})["answers"]
    assert (told["answer"], told["by"]) == ("CONFLICT", "Mei")
    assert mei.tell(act("ON_SHELF", code, shelf=stop["shelf_id"])) == ["TAKEN"]
    assert [each["id"] for each in mei.ask("sheet")["rounds"]] == [str(ground.mei)]
    assert ground.state(code) == "ON_SHELF"


def test_a_vain_attempt_stays_on_the_sheet_until_it_is_taken_out_again(ground: Ground) -> None:
    load(ground, ground.mei)
    mei = Telephone(ground, ground.world.mei)

    def failed() -> str:
        (found,) = [
            parcel["failed"]
            for round_ in mei.ask("sheet")["rounds"]
            for stop in round_["stops"]
            for parcel in stop["parcels"]
            if parcel["code"] == ground.door
        ]
        return str(found)

    later = (NOW + 2 * HOUR).isoformat()
    assert failed() == ""
    assert mei.tell(act("FAILED", ground.door, why="NO_ENTRY")) == ["TAKEN"]
    assert failed() == "NO_ENTRY"
    assert mei.tell(act("RETURNED", ground.door) | {"at": later}) == ["TAKEN"]
    assert (ground.state(ground.door), failed()) == ("AT_STATION", "NO_ENTRY")
    ground.world.give_round(ground.world.mei, [ground.door], "T0003")
    (*_, again) = mei.ask("sheet")["rounds"]
    assert [parcel["failed"] for stop in again["stops"] for parcel in stop["parcels"]] == [""]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"acts": {}},
        {"acts": [1]},
    ],
)
def test_what_is_no_list_of_acts_is_refused_with_a_word(ground: Ground, body: Any) -> None:
    mei = Telephone(ground, ground.world.mei)
    assert mei.ask("acts", body, status=400)["error"]["message"]
    assert not SyncedAct.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        act("TAKEN") | {"id": "x"},
        act("TAKEN") | {"at": "2022-04-13T08:00"},
        act("TAKEN") | {"at": "0001-01-01T00:00:00Z"},
        act("FREE") | {"at": "1970-01-01T00:05:00.000Z"},
        act("TAKEN", "x" * 61),
        act("HANDED_OVER", evidence=[{"kind": "PHOTO", "photo_base64": "?"}]),
        act("HANDED_OVER", evidence=[{}] * 5),
        act("TAKEN", 7),  # type: ignore[arg-type]
        act("TAKEN", "a\0b"),
        act("TAKEN", "a\ud800"),
    ],
)
def test_what_is_no_act_is_refused_and_kept_and_keeps_no_other_back(ground: Ground, bad: dict[str, Any]) -> None:
    load(ground, ground.mei)
    mei = Telephone(ground, ground.world.mei)
    handed = {"mode": "WITNESSED", "evidence": [{"kind": "WITNESS", "by_name": "x"}]}
    for answer in ("TAKEN", "KNOWN"):
        first, second = mei.ask("acts", {"acts": [bad, act("HANDED_OVER", ground.medicine, **handed) | {"id": ONCE}]})[
            "answers"
        ]
        assert (first["id"], first["answer"], second["answer"]) == (bad["id"], "REFUSED", answer)
        assert first["error"]["message"]
    assert ground.state(ground.medicine) == "HANDED_OVER"
    (waiting,) = delivery.to_look_at(ground.world.inner)
    assert (waiting.kind, waiting.may_accept) == (bad["kind"], False)
    assert json.loads(SyncedAct.objects.get(pk=waiting.id).given["unread"]) == bad


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_whatever_is_scanned_is_answered(ground: Ground, text: str) -> None:
    mei = Telephone(ground, ground.world.mei)
    answer = mei.client.post(
        "/courier/acts/",
        json.dumps({"acts": [act("TAKEN", text[:60], note=text[:240])]}),
        content_type="application/json",
        headers={"Authorization": f"Device {mei.token}"},
    )
    assert answer.status_code in (200, 400)


def picture() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return out.getvalue()


def test_a_house_sealed_since_loading_is_told_and_nothing_is_left_on_its_shelf(ground: Ground) -> None:
    load(ground, ground.mei)
    mei, first = Telephone(ground, ground.world.mei), ground.shelved[0]

    stops = [stop for round_ in mei.ask("sheet")["rounds"] for stop in round_["stops"]]
    (unit,) = {parcel["unit_id"] for stop in stops for parcel in stop["parcels"] if parcel["code"] == first}
    assert mei.ask("help")["home"] == []
    read_notice(text="封控区\n东院1号楼", published_at=NOW, from_at=NOW, actor=ground.world.lin, now=NOW)
    assert unit in mei.ask("help")["home"]
    (answer,) = mei.ask("acts", {"acts": [act("ON_SHELF", first, shelf=str(ground.shelf))]})["answers"]
    assert (answer["answer"], answer["error"]["code"]) == ("REFUSED", "delivery.sealed-never-on-a-shelf")
    assert ground.state(first) == "WITH_COURIER"
    assert mei.tell(act("FAILED", first, why="SEALED"), act("RETURNED", first)) == ["TAKEN", "TAKEN"]
    assert ground.state(first) == "AT_STATION"
    assert ParcelAct.objects.get(kind="FAILED").why == "SEALED"
