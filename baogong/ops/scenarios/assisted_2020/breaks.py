"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from baogong.delivery import queries as delivery_
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, accept, sync
from baogong.journal.services import EvidenceIn
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.assisted_2020.cast import (
    AREA_SHELF_AT,
    BOOKED,
    FIRST,
    OFFICE_NAME,
    PER_ORDER,
    SHOP,
    TEAM,
    TOWN,
    TOWN_KEEPER,
    at,
    of_reach,
)
from baogong.ops.scenarios.by_hand import move_by_hand
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.last_mile.rounds import device
from baogong.ops.scenarios.last_mile.rounds import tell as tell_all
from baogong.ops.scenarios.rationed.book import promise_one_by_hand
from baogong.ops.scenarios.stage import Stage

LAST_SOUND_CALL = 25  # the sheet's last row


def rule(stage: Stage, said: dict[str, Any]) -> dict[str, Any]:
    """What the office announced, as it came out of somebody's hands."""
    if stage.broken("callers_served", "the rule was copied with half of what is kept for the telephone"):
        said = {**said, "reserves": [{**one, "units": one["units"] // 2} for one in said["reserves"]]}
    if stage.broken("typed_over_cap", "the rule was copied without its clerks' cap, and one clerk typed them all"):
        said = {**said, "claims_per_clerk_max": None}
    if stage.broken("sub_districts_online", "the fourth sub-district's code was forgotten in the rule"):
        said = {**said, "eligibility": {**said["eligibility"], "regions": said["eligibility"]["regions"][:-1]}}
    if stage.broken("delivery_fen_an_order", "delivery was charged to residents at the market's price"):
        price = [{**part, "bearers": {"RESIDENT": 1}} for part in said["price"]]
        said = {**said, "price": price}
    if stage.broken("out_and_not_visited_again", "the rule was copied with one visit instead of two"):
        said = {**said, "visits_max": 1}
    if stage.broken("proxies", "the rule was copied without proxies, and two sons were sent home"):
        said = {**said, "proxies": False}
    return said


def one_clerk_types_all(stage: Stage) -> bool:
    return stage.breaking == "typed_over_cap"


def typed_as_if_online(stage: Stage, line: int) -> bool:
    """Nobody's report has it."""
    if line != LAST_SOUND_CALL or not stage.broken(
        "callers_not_in_the_report",
        "a clerk typed the last caller on the residents' own page, once the reserve was open",
    ):
        return False
    stage.move_to(at(BOOKED, "20:31"))
    return True


def promised_past_the_admission(stage: Stage) -> None:
    if stage.broken("units_over_stock", "somebody promised an order more than there was, past the admission"):
        lot = book.find_lots(owners=[stage.party(SHOP)], items=[stage.ids["item"]])[0].id
        holder = next(
            move.target.holder
            for move in book.movements(lots=[lot], reasons=[Reason.RELEASE])
            if move.target.state is State.OFFERED
        )
        stock, bought = AccountRef(holder, State.OFFERED), AccountRef(stage.party(SHOP), State.OUTSIDE)
        move_by_hand(stage, "more", bought, stock, lot, PER_ORDER, Reason.COUNT)
        promise_one_by_hand(stage, OFFICE_NAME, PER_ORDER)


def no_bike_for(stage: Stage, is_last: bool) -> bool:
    return is_last and stage.broken("riders_without_a_bike", "the last rider took a private bike along, unwritten")


def bike_stays_away(stage: Stage, is_first: bool) -> bool:
    return is_first and stage.broken("bikes_not_back", "one rider went home on the lender's bike")


def drop_min(stage: Stage, least: int) -> int:
    if stage.broken("least_at_a_drop", "cars were planned to every compound, however few orders it had"):
        return 1
    return least


def carried_past_the_van(stage: Stage, day: int) -> None:
    """A town courier takes one of the area's orders along on the way home."""
    if stage.breaking != "area_orders_without_the_van" or day != FIRST:
        return
    far = set(of_reach("AREA"))
    waits = delivery_.parcels(station=stage.party(TOWN), states=["AT_STATION"], limit=1_000_000)
    one = next((one for one in waits if one.community_name in far), None)
    if one is None or not stage.broken(
        "area_orders_without_the_van",
        "a courier of the town took one of the area's orders along, past the checkpoint's van",
    ):
        return
    courier = stage.party(names_in(stage, TEAM)[0])
    phone = device(stage, TOWN, courier, at(day, "07:00"), at(day, "21:00"), keeper=TOWN_KEEPER)
    seen = (EvidenceIn("WITNESS", by_name="收件人"),)
    taken = Act(stage.request_id("act", "past taken"), "TAKEN", stage.now, one.code)
    given = Act(stage.request_id("act", "past"), "HANDED_OVER", stage.now, one.code, mode="WITNESSED", evidence=seen)
    sync(device=phone, acts=[taken, given], now=stage.now)


def tell(stage: Stage, phone: DeviceView, acts: list[Act], station: str, keeper: str) -> None:
    """What the courier says, and what one of them did instead; its keeper lets that stand."""
    if acts and "alone" not in stage.ids:
        if stage.broken(
            "not_in_person", "a courier left one at the door, nobody saw it taken, and the keeper accepted it"
        ):
            stage.ids["alone"] = phone.person
            left = replace(acts[0], mode="CONTACTLESS", evidence=(EvidenceIn("CODE", text=acts[0].parcel),))
            tell_all(phone, [left, *acts[1:]], stage.now)
            return _accept_all(stage, station, keeper)
        if stage.breaking == "on_a_shelf" and _shelves_one(stage, phone, acts, station, keeper):
            return None
    return tell_all(phone, acts, stage.now)


def _shelves_one(stage: Stage, phone: DeviceView, acts: list[Act], station: str, keeper: str) -> bool:
    """At the guard's shelf, from which its household takes it in the end before the rider's eyes."""
    mine = next((one for one in acts if delivery_.parcel(one.parcel).community_name == AREA_SHELF_AT), None)
    if mine is None or not stage.broken("on_a_shelf", "a rider put one on the guard's shelf and called up"):
        return False
    stage.ids["alone"] = phone.person
    put = Act(stage.request_id("act", "shelved"), "ON_SHELF", mine.at, mine.parcel, shelf=stage.ids["shelf"])
    tell_all(phone, [put if one is mine else one for one in acts], stage.now)
    _accept_all(stage, station, keeper)
    sync(device=phone, acts=[replace(mine, id=stage.request_id("act", "down at last"), at=stage.now)], now=stage.now)
    _accept_all(stage, station, keeper)
    return True


def _accept_all(stage: Stage, station: str, keeper: str) -> None:
    for told in delivery_.to_look_at(stage.party(station)):
        if told.answer == "REFUSED":
            accept(act=told.id, actor=stage.actors[keeper], now=stage.now)


def forgets(stage: Stage, code: str) -> bool:
    """One order stays in its courier's bag."""
    if stage.breaking != "orders_unaccounted":
        return False
    first = stage.ids.setdefault("forgotten", delivery_.parcel(code).id)
    return first == delivery_.parcel(code).id and stage.broken(
        "orders_unaccounted", "one order stayed at the bottom of a courier's bag"
    )


def given_to_a_neighbour(stage: Stage) -> bool:
    """Who signed, with no document of their own written down."""
    return stage.broken("fetched_by_a_stranger", "the desk gave one to a neighbour who showed nothing but the code")
