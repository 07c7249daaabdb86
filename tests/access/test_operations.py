"""Every operation of the API, for the wrong duty, the right one at the wrong place, and the right one everywhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.api.v1.api import SCHEMA_FILE
from baogong.delivery.codes import code_of
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from tests.access.books import house, road, street
from tests.access.rows import (
    ADMIN,
    ALL,
    APPROVER,
    AUDITOR,
    CARRIER,
    CLERK,
    COMMAND,
    DECIDERS,
    DRIVER,
    KEEPER,
    OFFICE,
    REGISTRARS,
    Book,
    Elsewhere,
    Row,
    comers,
    complaints_about,
    told,
)
from tests.api.conftest import Api, token_for
from tests.apps.delivery.world import NOW as STREET_NOW
from tests.apps.freight.world import NOW as ROAD_NOW
from tests.cast import NOW

DOCUMENT = json.loads(SCHEMA_FILE.read_text())
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    # Without a log-in there is neither duty nor place; a courier's telephone opens its own (tests/api/test_delivery.py).
    if "/public/" not in path and "/courier/" not in path
}
NOTHING, OPEN = Elsewhere.NOTHING, Elsewhere.OPEN
AT_A_SITE = (KEEPER, CLERK, COMMAND)
LISTS = (*AT_A_SITE, AUDITOR)
ON_THE_ROAD = (*OFFICE, KEEPER, CARRIER, DRIVER)
PACKERS = (*OFFICE, KEEPER)
KIT = "what a pack holds and for whom it is: whoever packs needs it, at whatever site"
RUN = {"run": "packing_run"}
REGISTER = "the register everybody at work finds names in; natural persons are left out"
UNSEEN = (403, 404)  # who may not even see it is told that it is not there

CREW_START, CREW_END = ((NOW + timedelta(hours=hours)).isoformat() for hours in (12, 18))
CREW_HOURS = {"start_at": CREW_START, "end_at": CREW_END}

HOUSE: dict[str, Row] = {
    "item_list": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "item_find": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "item_get": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "item_add": Row(REGISTRARS),
    "party_list": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "party_resolve": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "party_get": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "party_register": Row(REGISTRARS),
    "party_alias_add": Row(REGISTRARS),
    "site_list": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "site_get": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "site_add": Row(REGISTRARS, given={"party": "company"}),
    "lane_list": Row(ALL, elsewhere=OPEN, why_open=REGISTER),
    "lane_add": Row(REGISTRARS, given={"origin": "langfang", "target": "elsewhere", "distance_m": 1000}),
    "stock_board": Row((*OFFICE, KEEPER), "langfang", NOTHING),
    "relief_list": Row((*OFFICE, KEEPER), "langfang", NOTHING),
    "stock_count": Row(AT_A_SITE, "langfang", given={"site": "langfang"}),
    "freeze_list": Row(OFFICE),
    "freeze_get": Row(OFFICE),
    "freeze_place": Row(
        [COMMAND],
        "langfang",
        given={
            "scopes": [{"site": "langfang"}],
            "decided_by": "langfang",
            "options": [{"text": "all", "is_chosen": True}],
        },
    ),
    "freeze_lift": Row([COMMAND], "langfang"),
    "gift_list": Row(OFFICE),
    "gift_get": Row(OFFICE),
    "gift_offer": Row(REGISTRARS, given={"donor": "alumni"}),
    "gift_judge": Row(REGISTRARS),
    "gift_consent": Row(REGISTRARS, "alumni", given={"by": "alumni"}, path={"gift": "failing"}),
    "gift_receive": Row((KEEPER, COMMAND), "hub", given={"site": "hub"}, path={"gift": "accepted"}),
    "gift_fails": Row(REGISTRARS, path={"gift": "came"}),
    "gift_give_back": Row((KEEPER, COMMAND), "hub", given={"site": "hub"}, path={"gift": "aside"}),
    "gift_correct": Row(REGISTRARS),
    "carriage_list": Row(OFFICE),
    "carriage_consignor": Row(OFFICE, "alumni", path={"party": "alumni"}),
    "carriage_get": Row(OFFICE, "alumni"),
    "carriage_ask": Row(
        REGISTRARS,
        "alumni",
        given={"consignor": "alumni", "lines": [{"goods": "masks", "quantity": "500", "receiver": "x"}]},
    ),
    "carriage_accept": Row(REGISTRARS, given={"refused": [{"no": 2, "why": "no"}]}),
    "carriage_refuse": Row(REGISTRARS),
    "carriage_withdraw": Row(REGISTRARS, "alumni"),
    "need_list": Row(OFFICE, "union", NOTHING),
    "need_get": Row(OFFICE, "union"),
    "need_trust": Row(OFFICE, "union"),
    "need_ask": Row(REGISTRARS, "union", given={"receiver": "union", "item": "thermometer", "quantity": 5}),
    "need_count": Row(REGISTRARS, "union", given={"quantity": 60}),
    "need_renew": Row(REGISTRARS, "union"),
    "need_verify": Row(REGISTRARS, "union", given={"how": "SAW_PROOF"}),
    "need_cancel": Row(REGISTRARS, "union"),
    "need_proof_add": Row(REGISTRARS, "union", given={"text": "letter"}),
    "need_check": Row(REGISTRARS, "union", given={"contact": "contact"}),
    "need_answer": Row(REGISTRARS, "union"),
    "call_list": Row(REGISTRARS, "union", NOTHING),
    "call_next": Row(REGISTRARS, "union", NOTHING),
    "call_unanswered": Row(REGISTRARS, "union"),
    "contact_add": Row(REGISTRARS, "union", given={"number": "02785351112", "found_at": "notice"}),
    "double_list": Row(OFFICE),
    "tie_make": Row(REGISTRARS, "union", given={"need": "twin", "other": "need"}),
    "tie_undo": Row(REGISTRARS, "union"),
    "house_list": Row(OFFICE),
    "merge_list": Row(OFFICE),
    "merge_make": Row(REGISTRARS, given={"kept": "union", "merged": "ward"}),
    "merge_undo": Row(REGISTRARS),
    "apart_say": Row(REGISTRARS, given={"one": "union", "other": "ward"}),
    "use_list": Row(OFFICE),
    "use_effects": Row(OFFICE, given={"item": "surgical-mask", "group": "CLINICIAN", "amount_milli": 3000}),
    "use_set": Row([COMMAND], given={"item": "surgical-mask"}),
    "community_list": Row(OFFICE, "community", NOTHING),
    "household_count": Row([CLERK], "community", given={"adults": 2}),
    "community_need_ask": Row(REGISTRARS, "community", given={"item": "drinking-water"}),
    "community_effects": Row(OFFICE, "community"),
    "community_recount": Row(REGISTRARS, "community"),
    "money-gift_list": Row(OFFICE),
    "money-gift_register": Row(REGISTRARS, given={"donor": "donor", "trustee": "trustee"}),
    "money-gift_get": Row(OFFICE, "trustee", path={"gift": "money_gift"}),
    "money-gift_receive": Row(REGISTRARS, "trustee", path={"gift": "money_gift"}),
    "fund_list": Row(OFFICE),
    "fund_get": Row(OFFICE, "trustee"),
    "fund_move": Row([COMMAND], "trustee", given={"consent_by": "donor"}),
    "purchase_list": Row(OFFICE),
    "purchase_get": Row((*OFFICE, KEEPER), "buyer"),
    "purchase_order": Row([COMMAND], "buyer", given={"buyer": "buyer", "supplier": "supplier"}),
    "purchase_preview": Row([COMMAND], "buyer", given={"buyer": "buyer", "supplier": "supplier"}),
    "purchase_receive": Row(AT_A_SITE, "hub", given={"site": "hub"}),
    "purchase_cancel": Row([COMMAND], "buyer"),
    "purchase_refund": Row(REGISTRARS, "buyer"),
    "bill_enter": Row(REGISTRARS, "buyer"),
    "bill_settle": Row(DECIDERS, "buyer"),
    "bill_pay": Row(DECIDERS, "buyer"),
    "offer_list": Row(OFFICE),
    "offer_note": Row(REGISTRARS, given={"supplier": "supplier", "item": "surgical-mask"}),
    "offer_withdraw": Row(REGISTRARS),
    "price_list": Row(OFFICE),
    "basket_list": Row(OFFICE),
    "basket_get": Row(OFFICE),
    "basket_make": Row(REGISTRARS, given={"buyer": "buyer"}),
    "basket_approve": Row(DECIDERS),
    "basket_undo": Row(DECIDERS, path={"basket": "approved_basket"}),
    "webhook_list": Row([ADMIN]),
    "webhook_add": Row([ADMIN], given={"url": "http://127.0.0.1:9/other", "kinds": ["supply.*"]}),
    "webhook_end": Row([ADMIN]),
    "movement_list": Row((*OFFICE, KEEPER), "langfang", NOTHING),
    "movement_proof": Row((*OFFICE, KEEPER), elsewhere=OPEN, why_open="everybody may have it, without a log-in too"),
    "lot_story": Row(OFFICE),
    "import_preview": Row(REGISTRARS),  # of a register; what is of a place: tests/apps/supply/test_import_duties.py
    "import_waiting": Row(LISTS, "langfang", NOTHING),
    "import_get": Row(LISTS, "langfang"),
    "import_apply": Row(AT_A_SITE, "langfang"),
    "import_resolve": Row(AT_A_SITE, "langfang", given={"candidate": "langfang"}),
    "document_list": Row(OFFICE),
    "document_get": Row(OFFICE),
    "document_sign": Row(DECIDERS),
    "document_refuse": Row(DECIDERS),
    "kit_list": Row(PACKERS, elsewhere=OPEN, why_open=KIT),
    "kit_get": Row(PACKERS, elsewhere=OPEN, why_open=KIT),
    "kit_write": Row(REGISTRARS, given={"item": "vegetable-pack", "lines": [{"item": "potato", "amount": 1000}]}),
    "kit_outlook": Row(PACKERS, "hub", given={"site": "hub"}),
    "pack_rule_list": Row(PACKERS, elsewhere=OPEN, why_open=KIT),
    "pack_rule_set": Row([COMMAND], given={"kit": "vegetable-pack-5kg", "per_persons": 2}),
    "pack_rule_end": Row([COMMAND], given={"kit": "vegetable-pack-5kg", "group": "PERSON"}),
    "pack_needed": Row(OFFICE, "community", NOTHING),
    "pack_ask": Row(REGISTRARS, "community"),
    "packing_list": Row(PACKERS, "hub", NOTHING),
    "packing_get": Row(PACKERS, "hub", path=RUN),
    "packing_open": Row((KEEPER, COMMAND), "hub", given={"kit": "kit", "site": "hub"}),
    "packing_tally": Row((KEEPER, COMMAND), "hub", path=RUN),
    "packing_tally_undo": Row((KEEPER, COMMAND), "hub", path=RUN),
    "packing_waste": Row(
        (KEEPER, COMMAND), "hub", given={"lines": [{"item": "potato", "amount": 5, "cause": "ROTTEN"}]}, path=RUN
    ),
    "packing_close": Row((KEEPER, COMMAND), "hub", path=RUN),
    "packing_undo": Row([COMMAND], "hub", path=RUN),
    "packing_agree": Row(
        REGISTRARS, given={"lot": "potatoes", "site": "hub", "pack": "vegetable-pack", "by": "alumni"}
    ),
    "weighing_list": Row(PACKERS, "hub", NOTHING),
    "weighing_of_packs": Row((KEEPER, COMMAND), "hub", given={"site": "hub", "weights_g": [5200], "by_name": "x"}),
    "weighing_of_truck": Row(
        (KEEPER, COMMAND),
        "hub",
        given={"site": "hub", "gross_g": 33_000_000, "tare_g": 12_000_000, "stated_g": 21_000_000},
    ),
    "weight_statement_list": Row(PACKERS, "hub", NOTHING),
    "weight_statement_make": Row((KEEPER, COMMAND), "hub", given={"trucks": ["truck"], "packs": 4_000}),
    "loan_unit_list": Row(PACKERS, "hub", NOTHING),
    "loan_unit_get": Row(PACKERS, "hub"),
    "loan_take_in": Row((KEEPER, COMMAND), "hub", given={"site": "hub", "item": "computer", "serials": ["PC-009"]}),
    "loan_lend": Row((KEEPER, COMMAND), "hub", given={"site": "hub", "units": ["unit"]}),
    "loan_set_up": Row((KEEPER, COMMAND), "hub", given={"units": ["unit"]}),
    "loan_extend": Row((KEEPER, COMMAND), "hub", given={"units": ["unit"]}),
    "loan_take_back": Row((KEEPER, COMMAND), "hub", given={"units": ["unit"], "condition": "GOOD"}),
    "loan_lost": Row((KEEPER, COMMAND), "hub", given={"units": ["unit"]}),
    "loan_send_home": Row((KEEPER, COMMAND), "hub", given={"units": ["unit"]}),
    "shift_list": Row(PACKERS, "hub", NOTHING),
    "shift_sign_on": Row(
        AT_A_SITE,
        "hub",
        given={"person": "helper", "place": "hub", "party": None, "start_at": None, "end_at": None},
    ),
    "shift_sign_off": Row(AT_A_SITE, "hub", given={"end_at": None}),
    "shift_correct": Row(AT_A_SITE, "hub", given={"start_at": None, "end_at": None}),
    "hours_sum": Row(PACKERS, "hub", NOTHING),
    "crew_fitness": Row(AT_A_SITE, "hub", given={"place": "hub", "person": "crew_person", **CREW_HOURS}),
    "crew_assigned": Row(AT_A_SITE, "hub", given={"place": "hub", **CREW_HOURS}),
    "crew_uncovered": Row(AT_A_SITE, "hub", given={"place": "hub", **CREW_HOURS}),
    "crew_lapsed": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "crew_want": Row(AT_A_SITE, "hub", given={"place": "hub", **CREW_HOURS}),
    "crew_call_list": Row(AT_A_SITE, "hub", NOTHING),
    "crew_call_open": Row(REGISTRARS, "hub", given={"place": "hub", "closes_at": CREW_START, "muster_at": CREW_END}),
    "crew_call_close": Row(REGISTRARS, "hub"),
    "passes_apply": Row(REGISTRARS, "hub", given={"place": "hub", "persons": ["crew_person"], "call": None}),
    "passes_grant": Row(
        REGISTRARS, "hub", given={"passes": ["waiting_pass"], "from_at": CREW_START, "until_at": CREW_END}
    ),
    "test_record": Row(
        AT_A_SITE,
        "hub",
        given={
            "person": "crew_person",
            "place": "hub",
            "kind": "ANTIGEN",
            "result": "NEGATIVE",
            "sampled_at": NOW.isoformat(),
        },
    ),
    "temperature_take": Row(
        AT_A_SITE, "hub", given={"person": "crew_person", "place": "hub", "tenths": 365, "taken_at": None}
    ),
    "crew_assign": Row(AT_A_SITE, "hub", given={"person": "crew_person", "place": "hub", **CREW_HOURS}),
    "crew_unassign": Row(AT_A_SITE, "hub"),
    "crew_stand_in": Row(AT_A_SITE, "hub", given={"person": "helper", "from_at": None}),
    "gate_let_in": Row(AT_A_SITE, "hub", given={"place": "hub", "person": "crew_person"}),
    "gate_let_out": Row(AT_A_SITE, "hub", given={"place": "hub", "person": "crew_person"}),
    "roll_call": Row(AT_A_SITE, "hub", given={"place": "hub", "answers": {"→crew_person": "PRESENT"}, "call": None}),
    "place_list": Row((*OFFICE, KEEPER), "community", NOTHING),
    "place_get": Row((*OFFICE, KEEPER), "community"),
    "place_open": Row(REGISTRARS, given={"name": "新小区", "is_new": True, "lat": None, "lon": None}),
    "place_buildings_add": Row(AT_A_SITE, "community", given={"buildings": [{"name": "9"}]}),
    "place_gate_set": Row(AT_A_SITE, "community", given={"name": "南门", "hours": [], "lat": None, "lon": None}),
    "place_shelf_set": Row(AT_A_SITE, "community", given={"name": "1号架", "units": ["door_unit"]}),
    "station_list": Row((*OFFICE, KEEPER), elsewhere=OPEN, why_open="where the stations of one's own places stand"),
    "station_move": Row(
        AT_A_SITE, "station", given={"community": "community", "lat": None, "lon": None, "from_at": NOW.isoformat()}
    ),
    "zone_notice_list": Row(OFFICE),
    "zone_notice_get": Row(OFFICE),
    "zone_notice_read": Row(REGISTRARS, given={"text": "封控区\n幸福里社区", "from_at": None, "state": None}),
    "zone_notice_withdraw": Row(REGISTRARS),
    "zone_doubt_settle": Row(
        REGISTRARS, given={"community": "community", "building": None, "unit": None, "state": None, "remember": False}
    ),
    "task_list": Row(ALL, elsewhere=OPEN, why_open="one's own, and those free for one of one's duties"),
    "task_add": Row(
        [duty for duty in ALL if duty is not AUDITOR],
        elsewhere=OPEN,
        why_open="a word to the working group from anywhere",
    ),
    "task_take": Row(REGISTRARS),
    "task_finish": Row(REGISTRARS, given={"outcome": "done"}),
}
ROAD: dict[str, Row] = {
    "plan_check": Row((COMMAND, APPROVER, CLERK), path={"plan": "later_share"}),
    "plan_withdraw": Row(REGISTRARS, path={"plan": "later_share"}, given={"why": "counted twice"}),
    "plan_reject": Row(DECIDERS, path={"plan": "later_share"}, given={"why": "counted twice"}),
    "plan_again": Row(REGISTRARS, path={"plan": "later_share"}),
    "share_list": Row(OFFICE),
    "share_make": Row(REGISTRARS),
    "share_get": Row(OFFICE),
    "share_approve": Row(DECIDERS, path={"share": "later_share"}),
    "share_undo": Row(DECIDERS),
    "share_what_if": Row(OFFICE),
    "convoy_list": Row(OFFICE),
    "convoy_plan": Row([COMMAND]),
    "convoy_get": Row(OFFICE),
    "convoy_approve": Row(DECIDERS, path={"convoy": "replan"}),
    "convoy_undo": Row(DECIDERS),
    "convoy_ask_carriers": Row([COMMAND]),
    "convoy_ask_list": Row(OFFICE),
    "waybill_list": Row(ON_THE_ROAD, "origin", NOTHING),
    "waybill_get": Row(ON_THE_ROAD, "origin", refused=(404, 404)),
    "waybill_name_truck": Row((COMMAND, CARRIER), "carrier", given={"vehicle": "vehicle"}, refused=UNSEEN),
    "waybill_load": Row([KEEPER], "origin", refused=UNSEEN),
    "waybill_depart": Row([DRIVER], "carrier", refused=UNSEEN),
    "waybill_arrive": Row([DRIVER], "carrier", refused=UNSEEN),
    "waybill_not_arrived": Row((KEEPER, COMMAND), "target", given={"why": "x"}, refused=UNSEEN),
    "waybill_receive": Row([KEEPER], "target", refused=UNSEEN),
    "waybill_hand_over": Row([DRIVER], "carrier", refused=UNSEEN),
    "waybill_loss": Row(
        (DRIVER, CARRIER, COMMAND), "carrier", given={"losses": [{"line": "line", "amount": 1}]}, refused=UNSEEN
    ),
    "waybill_delay": Row((DRIVER, CARRIER, COMMAND), "carrier", refused=UNSEEN),
    "waybill_cancel": Row([COMMAND], refused=UNSEEN),
}
STATION = (*OFFICE, KEEPER)
AT_STATION = (KEEPER, COMMAND)
# The street's parcels by number: 0 to 2 stand inside, 3 and 4 outside (3 on a cart), 5 is expected.
SHIFT = {"from_at": STREET_NOW.isoformat(), "until_at": (STREET_NOW + timedelta(hours=9)).isoformat()}
STREET: dict[str, Row] = {
    "parcel_list": Row(STATION, "inner", given={"station": "inner"}),
    "parcel_get": Row(STATION, "inner", given={"scan": code_of(0)}),
    "station_board": Row(STATION, "inner", path={"station": "inner"}),
    "station_serve": Row([COMMAND], path={"station": "inner"}, given={"community": "east", "outer": "outer"}),
    "parcel_receive": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(5)]}),
    "parcel_take_back": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_send_back": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_report_lost": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "disinfection_keep": Row(AT_STATION, "inner", path={"station": "inner"}, given={"what": "STATION", "scans": []}),
    "shuttle_list": Row(STATION, "inner", path={"station": "inner"}),
    "trip_propose": Row(AT_STATION, "outer", path={"station": "outer"}, given=SHIFT),
    "trip_accept": Row(AT_STATION, "outer", path={"station": "outer"}, given=SHIFT),
    "shuttle_plan": Row(AT_STATION, "outer", given={"cart": "cart", "origin": "outer", "target": "inner"}),
    "shuttle_load": Row(AT_STATION, "outer", given={"scans": [code_of(4)]}),
    "shuttle_unload": Row(AT_STATION, "inner", path={"shuttle": "unloading"}),
    "round_plan": Row(REGISTRARS, given={"station": "inner", **SHIFT}),
    "round_list": Row(STATION, "inner", path={"station": "inner"}),
    "round_load": Row(AT_STATION, "inner", given={"left": []}),
    "device_give": Row(AT_STATION, "inner", given={"person": "courier", "station": "inner", **SHIFT}),
    "device_withdraw": Row(AT_STATION, "inner"),
    "synced_list": Row(AT_STATION, "inner", path={"station": "inner"}),
    "synced_see": Row(AT_STATION, "inner", path={"act": "late"}),
    "parcel_link_make": Row(REGISTRARS, "east", given={"subject": "door", "code": "4711"}),
    "way_list": Row(OFFICE),
    "way_save": Row([COMMAND], given={"community": "east"}),
    "way_open": Row([COMMAND], given={"station": "inner"}),
    "way_differences": Row(OFFICE, given={"community": "east"}),
}


def test_no_operation_is_forgotten() -> None:
    """A new operation: say in one of the tables above whose it is and at which place."""
    assert set(HOUSE) | set(ROAD) | set(STREET) == set(OPERATIONS)
    assert len(HOUSE) + len(ROAD) + len(STREET) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("make", "table", "now"),
    [(house, HOUSE, NOW), (road, ROAD, ROAD_NOW), (street, STREET, STREET_NOW)],
    ids=["the house", "the road", "the street"],
)
def test_an_operation_serves_its_duty_at_its_place_and_nobody_else(
    db: None, settings: Any, make: Callable[[], Book], table: Mapping[str, Row], now: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.BAOGONG_WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    book, tokens = make(), {}

    def api_of(actor: Actor) -> Api:
        assert actor.person_id is not None
        if actor.person_id not in tokens:
            tokens[actor.person_id] = token_for(actor, expires_at=now + timedelta(days=30))
        return Api(tokens[actor.person_id])

    for row in table.values():  # tokens and persons are there before anything is compared
        for comer in itertools.chain(*comers(row, book)):
            api_of(comer.actor)
    complaints = []
    for name, row in table.items():
        found = complaints_about(row, book, lambda actor, name=name, row=row: asked(name, row, book, api_of(actor)))  # type: ignore[misc]
        complaints += [f"{name}: {each}" for each in found]
    assert not complaints, "\n".join(complaints)


def asked(name: str, row: Row, book: Book, api: Api) -> tuple[int, bool, str]:
    """(status, whether it tells of anything, what it said)."""
    method, path, operation = OPERATIONS[name]
    address = "/".join(filled(part, row, book) for part in path.split("/"))
    headers = {"Idempotency-Key": str(new_id())}
    if method == "GET":
        response = api.client.get(address, query_of(operation, row, book))
    elif "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        file = SimpleUploadedFile("sites.csv", "站点,角色,城市\n新仓,仓库,廊坊\n".encode())
        response = api.client.post(address, {"file": file, "kind": "sites"}, headers=headers)
    else:
        given = body_of(operation, row, book)
        response = api.client.post(address, given, content_type="application/json", headers=headers)
    said = response.json()
    tells = bool(said.get("items", said.get("call")))
    return response.status_code, tells, json.dumps(said, ensure_ascii=False)[:300]


def filled(part: str, row: Row, book: Book) -> str:
    if not part.startswith("{"):
        return part
    name = part.strip("{}")
    return str(book.things[row.path.get(name, name)])


def query_of(operation: Mapping[str, Any], row: Row, book: Book) -> dict[str, str]:
    given = told(row.given, book)
    asked = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    return {
        each["name"]: str(
            given[each["name"]] if each["name"] in given else sample(each["schema"], each["name"], {}, book)
        )
        for each in asked
        if each.get("required") or each["name"] in given
    }


def body_of(operation: Mapping[str, Any], row: Row, book: Book) -> Any:
    if "requestBody" not in operation:
        return {}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return sample(schema, "", row.given, book)


def sample(schema: Mapping[str, Any], name: str, given: Mapping[str, Any], book: Book) -> Any:
    """The least that this schema admits, with what is given besides; ids by the names of the book's things."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], name, given, book)
    if schema.get("type") == "object":
        wanted = {*schema.get("required", ()), *given}
        return {
            key: told(given[key], book) if key in given else sample(each, key, {}, book)
            for key, each in schema.get("properties", {}).items()
            if key in wanted
        }
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [sample(schema["items"], name, {}, book)] * max(1, schema.get("minItems", 0))
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if schema.get("format") == "uuid":
        return str(book.things[name])
    if schema.get("format") == "date-time":
        return (ROAD_NOW + timedelta(days=len(name) / 2)).isoformat()  # until_at comes after from_at
    return "surgical-mask" if name == "item" else "x"
