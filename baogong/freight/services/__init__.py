"""
What the freight room does. All arguments are keyword-only; every act takes `actor`, `now`, `request_id`, and the same
request twice has one effect and the same answer. Five take no request id, because saying them again says the same:
add_carrier, offer_vehicles, revoke_pass, set_meeting_place, ask_carriers; nor does renew_link, each of whose links
ends the one before. Each runs in its own transaction or joins the caller's.

Fleet (duty COMMAND; a carrier's dispatcher, duty CARRIER at the carrier, for its own trucks)
    add_carrier(party, channel="PAGE", note="") -> UUID
    offer_vehicles(carrier, name, capacity_g, capacity_cm3, vehicles_count, based_at=None, is_inside=False,
                   drivers_cross=False, has_passes=False, fixed_fen=0, fen_per_km=0, bonus_fen=0, …) -> UUID
    add_vehicle(kind, plate, driver=None) -> UUID                        the vehicle's party
    grant_pass(vehicle, area, valid_from_at, valid_until_at, granted_by) -> UUID      COMMAND; a PASS document
    revoke_pass(granted, why) -> None                                    COMMAND
    set_meeting_place(party, site, note="") -> None                      COMMAND; where a visiting team is met

Convoys (COMMAND). `planning.services.approve` turns a plan into PLANNED waybills, `undo` cancels them.
    plan_convoy(from_at, until_at, hubs=(), only_parcels=(), not_before={}, feeds={}, terms={}, supersedes=None,
                rule={}, seed=1) -> UUID                                 the plan, a draft
    ask_carriers(plan, expires_at=None, code=None) -> tuple[Asked, ...]  one private link per carrier, put in the outbox
    renew_link(ask, expires_at=None, code=None) -> str                   a new link; those before open nothing
    answer_ask(ask, answer, terms={}, note="") -> Answered               CARRIER at the carrier

Custody of a waybill
    name_truck(waybill, vehicle, driver=None) -> Acted                   CARRIER at the carrier, COMMAND
    load(waybill, differences=(), given_to_name="") -> Acted             KEEPER at the origin; `left` per line
    let_go_early(waybill, earliest_at, reason) -> Acted                  COMMAND
    undo_arrival(waybill, why) -> Acted                                  KEEPER of the stop, COMMAND
    depart(waybill) -> Acted                                             DRIVER; every loaded stop of the trip
    report_delay(waybill, arrive_at, why) -> Delayed                     DRIVER, CARRIER, COMMAND; proposes a plan
    report_loss(waybill, losses, where, words, evidence=()) -> Acted     DRIVER, CARRIER, COMMAND; what is aboard
    arrive(waybill, confirmed=False) -> Acted                            DRIVER; without a pass too: then command is told
    receive(waybill, differences=(), given_to_name="") -> Acted          KEEPER at the target; short, damaged, surplus
    hand_over(waybill, signed_by, evidence=(), differences=(), back_to=None) -> Acted      DRIVER; the receiver's hand
    settle_surplus(surplus, decision) -> None                            COMMAND or APPROVER, not who counted it
    cancel_waybill(waybill, reason) -> Acted                             COMMAND; before it is loaded

Returning equipment (KEEPER at the site)
    take_equipment(vehicle, site, lot, amount) -> None
    put_down_equipment(vehicle, site, lot, amount) -> None
"""

from baogong.freight.services.acts import Acted, LineDifference
from baogong.freight.services.agreements import Answered, Asked, answer_ask, ask_carriers, renew_link
from baogong.freight.services.convoys import current_plan, plan_convoy, suggest_replan
from baogong.freight.services.equipment import put_down_equipment, take_equipment
from baogong.freight.services.fleet import (
    add_carrier,
    add_vehicle,
    grant_pass,
    offer_vehicles,
    revoke_pass,
    set_meeting_place,
)
from baogong.freight.services.loading import cancel_waybill, load, name_truck
from baogong.freight.services.losses import Lost, report_loss
from baogong.freight.services.receiving import hand_over, receive, settle_surplus
from baogong.freight.services.road import Delayed, arrive, depart, let_go_early, report_delay, undo_arrival

__all__ = [
    "Acted",
    "Answered",
    "Asked",
    "Delayed",
    "LineDifference",
    "Lost",
    "add_carrier",
    "add_vehicle",
    "answer_ask",
    "arrive",
    "ask_carriers",
    "cancel_waybill",
    "current_plan",
    "depart",
    "grant_pass",
    "hand_over",
    "let_go_early",
    "load",
    "name_truck",
    "offer_vehicles",
    "plan_convoy",
    "put_down_equipment",
    "receive",
    "renew_link",
    "report_delay",
    "report_loss",
    "revoke_pass",
    "set_meeting_place",
    "settle_surplus",
    "suggest_replan",
    "take_equipment",
    "undo_arrival",
]
