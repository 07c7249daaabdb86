"""A release through the API: drafted, tried, opened, claimed from, handed over, settled."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest

from baogong.engine.draw import drill_signature
from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.release import services
from tests.api.conftest import Api, token_for
from tests.apps.release.test_draws import BEACON, CHAIN, CLOSES, NONCE, SECRET, announced, enter
from tests.apps.release.test_missing_sources import DECLARED, FALLBACK, MINUTE, waiting
from tests.apps.release.test_rights_used import right, won
from tests.apps.release.test_stays import next_draw, staying
from tests.apps.release.test_winners import number
from tests.apps.release.world import NOW, World, make_world, rule
from tests.books import Built
from tests.cast import make_cast

NUMBER, PHONE = "11010519491231002X", "13800001111"
CLAIMANT = {"document": "RESIDENT_ID", "number": NUMBER, "phone": PHONE, "region": "511602"}
PRICE = [{"part": "GOODS", "payee": "SHOP", "per": "UNIT", "fen": 199, "bearers": {"RESIDENT": 1, "CITY": 1}}]


@pytest.fixture
def city(built: Built) -> World:
    return built(make_city)


def make_city() -> World:
    mark_drill(name="city", at=NOW)
    return make_world(make_cast())


def offered(city: World, api: Api, units: int = 10) -> Any:
    drafted = api.post("/releases", {"office": str(city.office), "item": str(city.item), "rule": rule(price=PRICE)})
    path = f"/releases/{drafted['id']}"
    assert api.post(f"{path}/open", status=422)["error"]["code"] == "release.not-tried"
    trial = api.post(f"{path}/trials", {"people": 90, "days": 3, "units": 50})
    assert api.get(f"{path}/trials")["items"] == [trial]
    assert api.post(f"{path}/open")["state"] == "OPEN"
    assert api.post(f"{path}/rule", {"rule": rule(standby_max=1)}, status=409)["error"]["code"] == "release.rule-fixed"
    given = {"on": "2020-02-05", "units": units, "lot": str(city.lot), "source": str(city.cast.warehouse)}
    tranche = api.post(f"{path}/tranches", given)
    assert api.get(f"{path}/tranches")["items"] == [tranche]
    return path, f"/releases/tranches/{tranche['id']}"


def test_a_release_from_its_draft_to_its_settlement(city: World) -> None:
    lin, wu, key = Api(token_for(city.lin)), Api(token_for(city.wu)), new_id()
    path, tranche = offered(city, lin)
    claim = wu.post(f"{tranche}/claims", {"units": 5, "claimant": CLAIMANT}, key=key)
    assert wu.post(f"{tranche}/claims", {"units": 5, "claimant": CLAIMANT}, key=key) == claim
    assert (claim["id"], claim["state"]) == (str(key), "ADMITTED")
    reused = wu.post(f"{tranche}/claims", {"units": 4, "claimant": CLAIMANT}, key=key, status=409)
    assert reused["error"]["code"] == "kernel.request-id-reused"
    again = wu.post(f"{tranche}/claims", {"units": 5, "claimant": {**CLAIMANT, "number": NUMBER.lower()}})
    assert (again["state"], again["code"], again["free_on"]) == ("REFUSED", "quota-used", "2020-02-08")
    assert wu.post(f"/releases/claims/{key}/accept")["state"] == "ACCEPTED"
    at_a_desk = wu.post(f"/releases/claims/{key}/hand-over", {"signed_by": "张"}, status=409)
    assert at_a_desk["error"]["code"] == "release.is-brought"
    brought = {"signed_by": "张", "is_brought": True}
    assert wu.post(f"/releases/claims/{key}/hand-over", brought)["state"] == "HANDED_OVER"
    assert wu.post(f"/releases/claims/{key}/cancel", status=409)["error"]["code"] == "release.claim-moved"
    settled = lin.get(f"{path}/settlement")["items"]
    assert [(one["bearer"], one["fen"]) for one in settled] == [("CITY", 497), ("RESIDENT", 498)]
    assert lin.get(f"{path}/fairness")["items"] == [{"region": "511602", "claims": 2, "admitted": 1, "units": 5}]
    assert lin.get(f"{path}/fairness-by-age")["items"] == [
        {"channel": "API", "born_from": 1940, "born_until": 1949, "claims": 2, "admitted": 1, "units": 5}
    ]
    assert lin.post(f"{path}/close")["state"] == "CLOSED"
    assert book.verify_book().ok


def test_a_right_is_ordered_online_by_whom_it_is_and_handed_out_at_no_desk(city: World) -> None:
    wu, key = Api(token_for(city.wu)), new_id()
    tranche = won(city, within_h=24, pickup_days=2)
    claim = f"/releases/claims/{right(tranche, 1).id}"
    person = {"document": "RESIDENT_ID", "number": number(1), "name": "欧阳测试", "phone": PHONE, "address": "某路1号"}
    given = {"channel": "ONLINE", "at": str(city.office)}
    refusals = [
        (given, 400, "release.contact-needed"),
        ({**given, "claimant": {**person, "number": number(2)}}, 404, "release.no-such-right"),
        ({**given, "claimant": person, "at": str(city.cast.hub)}, 400, "release.place-unknown"),
    ]
    for said, status, code in refusals:
        assert wu.post(f"{claim}/redeem", said, status=status)["error"]["code"] == code
    ordered = wu.post(f"{claim}/redeem", {**given, "claimant": person}, key=key)
    assert (ordered["state"], ordered["keeps_until"]) == ("ACCEPTED", None)
    assert wu.post(f"{claim}/redeem", {**given, "claimant": person}, key=key) == ordered
    refused = wu.post(f"{claim}/hand-over", {"signed_by": "张"}, status=409)
    assert refused["error"]["code"] == "release.right-redeemed"
    given_home = wu.post(f"{claim}/hand-over", {"signed_by": "张", "is_brought": True})
    assert given_home["state"] == "HANDED_OVER"


def test_a_draw_is_entered_and_left_with_the_entrants_own_number(city: World) -> None:
    wu, nonce, key = Api(token_for(city.wu)), "0123456789abcdef" * 2, new_id()
    draw = announced(city, city.put_out(city.release(mode="DRAW"), 10))
    entry = wu.post(f"/releases/draws/{draw}/entries", {"nonce": nonce, "claimant": CLAIMANT})["entry"]
    path = f"/releases/draws/entries/{entry}/leave"
    assert wu.post(path, {"nonce": "f" * 32}, status=400)["error"]["code"] == "release.draw-unusable"
    left = wu.post(path, {"nonce": nonce}, key=key)
    assert left["entry"] == entry
    assert wu.post(path, {"nonce": nonce}, key=key) == left
    assert wu.post(f"/releases/draws/{draw}/entries", {"nonce": nonce, "claimant": CLAIMANT})["entry"] != entry


def test_who_has_no_number_of_their_own_is_taken_out_with_the_document(city: World) -> None:
    wu, lin, key = Api(token_for(city.wu)), Api(token_for(city.lin)), new_id()
    draw = announced(city, city.put_out(city.release(mode="DRAW"), 10))
    given = {"nonce": "0123456789abcdef" * 2, "claimant": CLAIMANT}
    entry = wu.post(f"/releases/draws/{draw}/entries", given)["entry"]
    path, why = f"/releases/draws/entries/{entry}/take-out", "the receipt is lost"
    refused = wu.post(path, {"number": "110105194912310118", "why": why}, status=400)
    assert refused["error"]["code"] == "release.draw-unusable"
    assert lin.get(f"/releases/draws/{draw}")["taken_out"] == 0
    out = wu.post(path, {"number": NUMBER, "why": why}, key=key)
    assert (out["entry"], out["taken_out"]) == (entry, True)
    assert wu.post(path, {"number": NUMBER, "why": why}, key=key) == out
    told = lin.get(f"/releases/draws/{draw}")
    assert (told["entries"], told["left"], told["taken_out"]) == (0, 1, 1)
    assert NUMBER not in str((refused, out, told))


def test_who_stays_in_no_further_once_the_list_is_closed_has_left_no_list(city: World) -> None:
    wu = Api(token_for(city.wu))
    draw = next_draw(city, staying(city), 0)
    zhang, li = (enter(city, draw, name).entry for name in ("zhang", "li"))
    services.close_draw(draw=draw, actor=city.lin, now=CLOSES)
    set_clock(CLOSES)
    left = wu.post(f"/releases/draws/entries/{zhang}/leave", {"nonce": NONCE.hex()})
    assert left == {"entry": str(zhang), "left_at": None, "taken_out": False}
    out = wu.post(f"/releases/draws/entries/{li}/take-out", {"number": "Eli00000", "why": "moved away"})
    assert out == {"entry": str(li), "left_at": None, "taken_out": True}


def test_a_source_is_declared_missing_and_the_fallback_drawn_from(city: World) -> None:
    lin, key = Api(token_for(city.lin)), new_id()
    draw = waiting(city)
    path = f"/releases/draws/{draw}"
    number = CHAIN.round_at(FALLBACK)
    given = {"round": number, "signature": drill_signature(CHAIN, SECRET, number).hex(), "is_fallback": True}
    set_clock(BEACON - MINUTE)
    assert lin.post(f"{path}/missing", status=409)["error"]["code"] == "release.cannot-be-missing"
    set_clock(DECLARED)
    told = lin.post(f"{path}/missing", key=key)
    assert (told["state"], moment(told["missing_declared_at"]), moment(told["fallback_at"])) == (
        "CLOSED", DECLARED, FALLBACK,
    )  # fmt: skip
    assert lin.post(f"{path}/missing", key=key) == told
    set_clock(DECLARED + MINUTE)
    assert lin.post(f"{path}/missing") == lin.get(path) == told, "a second declaration tells the first"
    assert lin.post(f"{path}/run", given, status=409)["error"]["code"] == "release.other-source"
    set_clock(FALLBACK)
    drawn = lin.post(f"{path}/run", given)
    assert (drawn["state"], drawn["is_by_fallback"], drawn["winners"]) == ("DRAWN", True, 3)


def test_without_a_declaration_the_fallback_is_refused(city: World) -> None:
    draw = waiting(city)
    number = CHAIN.round_at(FALLBACK)
    given = {"round": number, "signature": drill_signature(CHAIN, SECRET, number).hex(), "is_fallback": True}
    set_clock(FALLBACK)
    lin = Api(token_for(city.lin))
    assert lin.post(f"/releases/draws/{draw}/missing", status=409)["error"]["code"] == "release.cannot-be-missing"
    for told in ({}, {"missing_declared_at": DECLARED.isoformat()}):  # nobody's word is taken
        refused = lin.post(f"/releases/draws/{draw}/run", given | told, status=409)
        assert refused["error"]["code"] == "release.other-source"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_rule_with_faults_names_them_all(city: World) -> None:
    given = {"office": str(city.office), "item": str(city.item), "rule": rule(mode="LOTTERY", colour="red")}
    refused = Api(token_for(city.lin)).post("/releases", given, status=400)["error"]
    assert refused["code"] == "release.rule-unusable"
    assert len(refused["problems"]) == 2


def test_no_answer_address_or_log_repeats_a_number(city: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lin = Api(token_for(city.lin))
    _path, tranche = offered(city, lin)
    wrong = {**CLAIMANT, "number": NUMBER[:-1] + "1"}
    told = [
        lin.post(f"{tranche}/claims", {"units": 5, "claimant": CLAIMANT}),
        lin.post(f"{tranche}/claims", {"units": 5, "claimant": wrong}, status=400),
        lin.post(f"{tranche}/claims", {"units": 5, "claimant": {**wrong, "document": "LICENCE"}}, status=400),
        lin.post(f"{tranche}/claims", {"units": 5, "claimant": {**CLAIMANT, "phone": "1" * 300}}, status=400),
        lin.get("/releases"),
    ]
    for secret in (NUMBER, NUMBER[:-1], PHONE, "1" * 20):
        assert secret not in str(told)
        assert secret not in caplog.text
