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
from baogong.engine.draw import drill_signature
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from tests.access.books import city, house, neighbourhood, quarter, road, street
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
from tests.apps.orders.neighbourhood import NOW as QUARTER_NOW
from tests.apps.orders.world import NOW as NEIGHBOURHOOD_NOW
from tests.apps.release.test_draws import CHAIN, SECRET, source
from tests.apps.release.world import NOW as CITY_NOW
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
PROVEN = "the announced round proves itself by its signature, whoever brings it"
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
    "import_new_place": Row(REGISTRARS, given={"name": "汉口北仓", "role": "WAREHOUSE"}),
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
    "crew_sign_up_list": Row(REGISTRARS, "hub"),
    "crew_sign_up": Row(REGISTRARS, "hub", given={"name": "吴九", "phone": "13800001234"}),
    "crew_list_up": Row(REGISTRARS, "hub", given={"sign_ups": ["sign_up"]}),
    "crew_list_all": Row(REGISTRARS, "hub", given={"persons": ["crew_person"]}),
    "crew_decline": Row(REGISTRARS, "hub", given={"sign_ups": ["sign_up"]}),
    "crew_sign_up_withdraw": Row(REGISTRARS, "hub"),
    "crew_muster": Row(AT_A_SITE, "hub"),
    "passes_list": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "passes_refuse": Row(REGISTRARS, "hub", given={"passes": ["waiting_pass"]}),
    "pass_revoke": Row(REGISTRARS, "hub", path={"pass_id": "crew_pass"}),
    "entry_rule_list": Row(REGISTRARS, "hub", given={"place": "hub"}),
    "entry_rule_set": Row(REGISTRARS, "hub", given={"place": "hub"}),
    "firm_list": Row(REGISTRARS, "hub", given={"place": "hub"}),
    "firm_add": Row(REGISTRARS, "hub", given={"place": "hub", "firm": "company"}),
    "firm_end": Row(REGISTRARS, "hub"),
    "lodging_list": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "lodging_set": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "stay_begin": Row(AT_A_SITE, "hub", given={"person": "helper"}),
    "stay_end": Row(AT_A_SITE, "hub"),
    "meal_list": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "meal_serve": Row(AT_A_SITE, "hub", given={"place": "hub", "which": "LUNCH", "persons": ["crew_person"]}),
    "crew_kit_list": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "crew_kit_stock": Row(AT_A_SITE, "hub", given={"place": "hub"}),
    "crew_kit_issue": Row(AT_A_SITE, "hub", given={"place": "hub", "person": "crew_person", "thing": "防护服"}),
    "crew_kit_issue_all": Row(
        AT_A_SITE, "hub", given={"place": "hub", "persons": ["crew_person"], "item": "item"}, served=409
    ),  # none of it stands there as the hub's own
    "crew_kit_back": Row(AT_A_SITE, "hub"),
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
    "place_shelf_close": Row(AT_A_SITE, "community"),
    "place_gate_close": Row(AT_A_SITE, "community"),
    "door_list": Row(AT_A_SITE, "community"),
    "door_set": Row(AT_A_SITE, "community", given={"doors": [{"unit": "door_unit", "room": "301"}]}),
    "station_list": Row((*OFFICE, KEEPER), elsewhere=OPEN, why_open="where the stations of one's own places stand"),
    "station_move": Row(
        AT_A_SITE, "station", given={"community": "community", "lat": None, "lon": None, "from_at": NOW.isoformat()}
    ),
    "zone_rule_list": Row(OFFICE),
    "zone_rule_set": Row([COMMAND]),
    "zone_notice_list": Row(OFFICE),
    "zone_notice_get": Row(OFFICE),
    "zone_notice_read": Row(REGISTRARS, given={"text": "封控区\n幸福里社区", "from_at": None, "state": None}),
    "zone_notice_withdraw": Row(REGISTRARS),
    "zone_doubt_settle": Row(
        REGISTRARS, given={"community": "community", "building": None, "unit": None, "state": None, "remember": False}
    ),
    "tower_board": Row(OFFICE),
    "replay_show": Row(OFFICE),
    "alert_list": Row((*OFFICE, KEEPER), "hub", NOTHING),
    "alert_show": Row((*OFFICE, KEEPER), "hub"),
    "alert_take": Row((KEEPER, COMMAND, APPROVER), "hub"),
    "alert_close": Row((KEEPER, COMMAND, APPROVER), "hub", given={"why": "done"}),
    "watch_show": Row((*OFFICE, KEEPER), elsewhere=OPEN, why_open="how the house's watch is kept"),
    "watch_set": Row([COMMAND]),
    "watch_phone_keep": Row(
        (COMMAND, APPROVER, CLERK, KEEPER), elsewhere=OPEN, why_open="one's own", given={"phone": "13800001111"}
    ),
    "watch_phone_forget": Row((COMMAND, APPROVER, CLERK, KEEPER), elsewhere=OPEN, why_open="one's own"),
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
    "rehearsal_ask": Row(
        DECIDERS, given={"from_at": ROAD_NOW.isoformat(), "until_at": (ROAD_NOW + timedelta(days=9)).isoformat()}
    ),
    "bulletin_list": Row(OFFICE),
    "bulletin_draw": Row(
        (COMMAND, APPROVER, CLERK), given={"day": ROAD_NOW.date().isoformat(), "audience": "SUPERIORS"}
    ),
    "bulletin_get": Row(OFFICE),
    "bulletin_words": Row((COMMAND, APPROVER, CLERK)),
    "bulletin_publish": Row(DECIDERS),
    "bulletin_figure": Row(OFFICE, path={"number": "figure_number"}),
    "bulletin_workbook": Row(OFFICE),
    "rehearsal_list": Row(OFFICE),
    "rehearsal_get": Row(OFFICE),
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
    "parcel_expect": Row(AT_A_SITE, "inner", given={"community": "east", "building": "1", "station": "inner"}),
    "station_board": Row(STATION, "inner", path={"station": "inner"}),
    "station_serve": Row([COMMAND], path={"station": "inner"}, given={"community": "east", "outer": "outer"}),
    "parcel_receive": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(5)]}),
    "parcel_take_back": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_hand_out": Row(
        AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)], "mode": "WITNESSED"}
    ),
    "parcel_hand_out_undo": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_sealed_list": Row(STATION, "inner", path={"station": "inner"}),
    "parcel_bring_up": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_send_back": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_find_again": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "parcel_report_lost": Row(AT_STATION, "inner", path={"station": "inner"}, given={"scans": [code_of(0)]}),
    "disinfection_keep": Row(AT_STATION, "inner", path={"station": "inner"}, given={"what": "STATION", "scans": []}),
    "shuttle_list": Row(STATION, "inner", path={"station": "inner"}),
    "trip_propose": Row(AT_STATION, "outer", path={"station": "outer"}, given=SHIFT),
    "trip_accept": Row(AT_STATION, "outer", path={"station": "outer"}, given=SHIFT),
    "shuttle_plan": Row(AT_STATION, "outer", given={"cart": "cart", "origin": "outer", "target": "inner"}),
    "shuttle_load": Row(AT_STATION, "outer", given={"scans": [code_of(4)]}),
    "shuttle_unload": Row(AT_STATION, "inner", path={"shuttle": "unloading"}),
    "round_plan": Row((*REGISTRARS, KEEPER), "inner", given={"station": "inner", **SHIFT}),
    "round_list": Row(STATION, "inner", path={"station": "inner"}),
    "round_load": Row(AT_STATION, "inner", given={"left": []}),
    "device_give": Row(AT_STATION, "inner", given={"person": "courier", "station": "inner", **SHIFT}),
    "device_withdraw": Row(AT_STATION, "inner"),
    "synced_list": Row(AT_STATION, "inner", path={"station": "inner"}),
    "synced_see": Row(AT_STATION, "inner", path={"act": "late"}),
    "synced_accept": Row(AT_STATION, "inner", path={"act": "late"}),
    "parcel_link_make": Row(REGISTRARS, "east", given={"subject": "door", "code": "4711"}),
    "way_list": Row(OFFICE),
    "way_save": Row([COMMAND], given={"community": "east"}),
    "way_open": Row([COMMAND], given={"station": "inner"}),
    "way_differences": Row(OFFICE, given={"community": "east"}),
}


RULE = {
    "code": "another", "title_zh": "另一次", "title_en": "Another", "city": "广安", "units_per_claim_max": 5,
}  # fmt: skip
DRAFT, DESK, HANDS = {"release": "draft"}, (COMMAND, CLERK), (COMMAND, CLERK, KEEPER)
CLAIMANT = {"document": "PASSPORT", "number": "E12345678"}
ROUND = {"round": source().round_number, "signature": drill_signature(CHAIN, SECRET, source().round_number).hex()}
CITY: dict[str, Row] = {
    "release_list": Row(OFFICE, "office", NOTHING),
    "release_draft": Row([COMMAND], "office", given={"office": "office", "item": "item", "rule": RULE}),
    "release_get": Row(OFFICE, "office"),
    "release_rule_change": Row([COMMAND], "office", path=DRAFT, given={"rule": RULE}),
    "release_rule_try": Row([COMMAND], "office", path=DRAFT, given={"people": 60, "days": 2, "units": 10}),
    "release_trial_list": Row(OFFICE, "office"),
    "release_open": Row([COMMAND], "office", path=DRAFT),
    "release_close": Row([COMMAND], "office"),
    "release_settlement": Row(OFFICE, "office"),
    "city_ending_get": Row([ADMIN]),
    "city_people_forget": Row([ADMIN]),
    "release_fairness": Row(OFFICE, "office"),
    "release_fairness_by_age": Row(OFFICE, "office"),
    "tranche_list": Row(OFFICE, "office"),
    "tranche_put_out": Row([COMMAND], "office", given={"on": "2020-02-05", "lot": "lot", "source": "office"}),
    "tranche_take_back": Row([COMMAND], "office", path={"tranche": "past"}),
    "claim_make": Row(DESK, "office", given={"claimant": CLAIMANT}),
    "claim_get": Row(DESK, "office"),
    "claim_cancel": Row(DESK, "office"),
    "claim_lost_list": Row(DESK, "office", NOTHING),
    "claim_bring_again": Row(DESK, "office", path={"claim": "lost"}, served=404),  # no parcel was made of it
    "claim_accept": Row(HANDS, "office"),
    "claim_hand_over": Row(HANDS, "office", given={"signed_by": "x", "is_brought": True}),
    "claim_undo": Row(HANDS, "office", given={"why": "x"}),
    "right_redeem": Row(
        HANDS, "office", given={"channel": "SHOP", "at": "office", "signed_by": "x"}, served=409
    ),  # it is brought
    "winner_list_list": Row(OFFICE, "office"),
    "draw_list": Row(OFFICE, "office"),
    "draw_odds": Row(OFFICE, "office"),
    "draw_announce": Row(
        [COMMAND],
        "office",
        path={"tranche": "drawn_tranche"},
        given={
            "closes_at": "2020-02-05T04:00:00+00:00",
            "beacon_at": "2020-02-05T05:00:00+00:00",
            "drill_chain": CHAIN.as_dict(),
        },
    ),
    "draw_get": Row(OFFICE, "office"),
    "draw_enter": Row(DESK, "office", given={"nonce": "01" * 16, "claimant": CLAIMANT}),
    "draw_leave": Row(DESK, "office", given={"nonce": "01" * 16}),
    "draw_take_out": Row(DESK, "office", given={"number": "Ezhang00000", "why": "x"}),
    "draw_close": Row([COMMAND], "office"),
    "draw_declare_missing": Row([COMMAND], "office", path={"draw": "closed_draw"}),
    "draw_run": Row(ALL, elsewhere=OPEN, why_open=PROVEN, path={"draw": "closed_draw"}, given=ROUND),
    "draw_extend": Row([COMMAND], "office", path={"draw": "closed_draw"}, given={"units": 5, "source": "office"}),
    "draw_bundle": Row(OFFICE, "office"),
}


COMMITTEE = (*OFFICE, KEEPER)
DRAFT_GIVEN = {
    "office": "committee", "on": "2022-04-28", "closes_at": "2022-04-27T09:00:00+00:00",
    "items": [{"code": "A", "name": "青菜", "item": "vegetables"}],
}  # fmt: skip
NEIGHBOURHOOD: dict[str, Row] = {
    "chat_basket_list": Row(COMMITTEE, "committee", NOTHING),
    "chat_basket_draft": Row(DESK, "committee", given=DRAFT_GIVEN),
    "chat_basket_get": Row(COMMITTEE, "committee"),
    "chat_basket_report": Row(DESK, "committee"),
    "chain_paste": Row(DESK, "committee"),
    "chain_table_paste": Row(DESK, "committee", given={"profile": "qunjielong"}),
    "chain_line_list": Row(COMMITTEE, "committee"),
    "chain_line_settle": Row(DESK, "committee", given={"lines": ["line"]}),
    "chat_basket_close": Row(DESK, "committee"),
    "chat_basket_order": Row(DESK, "committee"),
    "chat_basket_call_off": Row(DESK, "committee"),
    "chat_basket_check_in": Row(HANDS, "committee"),
    "chat_basket_arrival_list": Row(COMMITTEE, "committee"),
    "chat_basket_note_spraying": Row(HANDS, "committee", path={"arrival": "basket"}, served=404),  # nothing has come
    "chat_basket_share": Row(HANDS, "committee"),
    "chat_household_list": Row(COMMITTEE, "committee"),
    "chat_answer_list": Row(COMMITTEE, "committee"),
    "chat_cut_list": Row(COMMITTEE, "committee"),
    "chat_text_get": Row(COMMITTEE, "committee"),
    "chat_basket_hand_over": Row(HANDS, "committee", given={"households": ["household"]}),
    "chat_portion_lost_list": Row(COMMITTEE, elsewhere=OPEN, why_open="one's own: nothing was lost yet"),
    "chat_portion_bring_again": Row(HANDS, "committee", served=404),  # no parcel was made of it
    "chat_household_pay": Row(HANDS, "committee"),
    "chat_household_refund": Row(HANDS, "committee"),
    "chat_demand_get": Row(COMMITTEE, "committee", NOTHING),
    "chat_basket_put_on_truck": Row(DESK, "committee"),
    "truck_add": Row(DESK, given={"on": "2022-04-28"}),
    "truck_load": Row(DESK),
    "chat_basket_forget": Row(DESK, "committee"),
}


SHOP_DAY = {
    "on": "2022-04-21", "opens_at": "2022-04-20T10:00:00+00:00", "cut_off_at": "2022-04-21T03:00:00+00:00",
    "slots": [{"from_at": "2022-04-21T04:00:00+00:00", "until_at": "2022-04-21T06:00:00+00:00"}],
}  # fmt: skip
CALLER = {"name": "王小明", "phone": "13900001234", "address": "1号楼1单元102"}
ORDER = {"shop_order": "order"}
QUARTER: dict[str, Row] = {
    "shop_list": Row(HANDS, "shop", NOTHING),
    "shop_open": Row(HANDS, "newcomer", given={"merchant": "newcomer", "communities": ["community"]}),
    "shop_get": Row(HANDS, "shop"),
    "shop_change": Row(HANDS, "shop", given={"communities": ["community"]}),
    "shop_speak_for": Row(DESK, "office"),
    "shop_photo_get": Row(HANDS, "shop", path={"of": "shop"}, served=404),  # none was sent
    "shop_photo_keep": Row(HANDS, "shop", path={"of": "shop"}, served=400),  # some words are no picture
    "lesson_list": Row(HANDS, "shop", NOTHING),
    "lesson_announce": Row(
        DESK, "office", given={"from_at": "2022-04-21T04:00:00+00:00", "until_at": "2022-04-21T05:00:00+00:00"}
    ),
    "lesson_call_off": Row(DESK, "office"),
    "lesson_put_down": Row(HANDS, "shop", given={"shop": "shop"}),
    "lesson_get": Row(DESK, "office"),
    "lesson_take_attendance": Row(DESK, "office", given={"shops": ["shop"]}),  # it has not begun
    "shop_pack_list": Row(HANDS, "shop"),
    "shop_pack_add": Row(HANDS, "shop", given={"weight_g": 500}),
    "shop_pack_end": Row(HANDS, "shop", path={"shop_pack": "pack"}),
    "shop_day_list": Row(HANDS, "shop"),
    "shop_day_open": Row(HANDS, "shop", given=SHOP_DAY),
    "shop_day_copy": Row(HANDS, "shop", given={"to": "2022-04-21"}),
    "shop_day_get": Row(HANDS, "shop"),
    "shop_day_cap": Row(HANDS, "shop"),
    "shop_day_riders": Row(HANDS, "shop"),
    "shop_day_close": Row(HANDS, "shop"),
    "shop_stock_change": Row(HANDS, "shop"),
    "shop_order_list": Row(HANDS, "shop"),
    "shop_order_place": Row(HANDS, "shop", given={"wanted": [{"pack": "day_pack", "packs": 1}], "orderer": CALLER}),
    "shop_order_late_list": Row(HANDS, "shop"),
    "shop_order_tell_late": Row(HANDS, "shop", given={"orders": ["order"], "until_at": "2022-04-21T04:00:00+00:00"}),
    "shop_order_get": Row(HANDS, "shop", path=ORDER),
    "shop_order_cancel": Row(HANDS, "shop", path=ORDER, given={"last_four": "0000"}),
    "shop_order_pick": Row(HANDS, "shop", path=ORDER),
    "shop_order_hand_over": Row(HANDS, "shop", path=ORDER),
    "shop_orderers_forget": Row([ADMIN]),
    "shop_line_lost_list": Row(HANDS, elsewhere=OPEN, why_open="one's own: nothing was lost yet"),
    "shop_line_bring_again": Row(HANDS, "shop", served=404),  # no parcel was made of it
}
BOOKS = (
    (house, HOUSE, NOW),
    (road, ROAD, ROAD_NOW),
    (street, STREET, STREET_NOW),
    (city, CITY, CITY_NOW),
    (neighbourhood, NEIGHBOURHOOD, NEIGHBOURHOOD_NOW),
    (quarter, QUARTER, QUARTER_NOW),
)


def test_no_operation_is_forgotten() -> None:
    """A new operation: say in one of the tables above whose it is and at which place."""
    named = [name for _, table, _ in BOOKS for name in table]
    assert sorted(named) == sorted(OPERATIONS)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("make", "table", "now"),
    BOOKS,
    ids=["the house", "the road", "the street", "the city", "the neighbourhood", "the quarter"],
)
def test_an_operation_serves_its_duty_at_its_place_and_nobody_else(
    db: None, settings: Any, make: Callable[[], Book], table: Mapping[str, Row], now: Any, is_whole: bool
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.BAOGONG_WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    book, tokens = make(), {}
    book.is_whole = is_whole

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
        response = api.client.post(address, {"file": file, "kind": "sites", **told(row.given, book)}, headers=headers)
    else:
        given = body_of(operation, row, book)
        response = api.client.post(address, given, content_type="application/json", headers=headers)
    said = response.json()
    tells = bool(said.get("items", said.get("call", said.get("by_office"))))
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
