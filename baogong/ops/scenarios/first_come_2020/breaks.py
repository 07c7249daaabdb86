"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, accept, sync
from baogong.journal.services import EvidenceIn
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand, promise_by_hand
from baogong.ops.scenarios.first_come_2020.cast import (
    CLERK,
    FACTORY,
    KEEPER,
    LAST,
    PER_ORDER,
    SHOP,
    STATION,
    TEAM,
    UNITS,
    claim_of,
    contact_of,
)
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.stage import Stage
from baogong.release import offers
from baogong.release import services as release

Telephone = Callable[[Stage, UUID], DeviceView]


def rule(stage: Stage, said: dict[str, Any]) -> dict[str, Any]:
    """What the office announced, as it came out of somebody's hands."""
    if stage.broken(
        "persons_served_twice", "the rule was copied without its quotas, and a clerk claimed again for a winner"
    ):
        said = {**said, "quotas": []}
    if stage.broken("rural_orders", "the rule was copied without its districts"):
        said = {**said, "eligibility": {}}
    if stage.broken(
        "fen_not_adding_up", "delivery was priced ten fen above what was announced, and the resident bears it"
    ):
        price = [
            {**part, "fen": 80, "bearers": {"RESIDENT": 6, "CITY": 2}} if part["part"] == "DELIVERY" else part
            for part in said["price"]
        ]
        said = {**said, "price": price}
    if stage.breaking == "units_not_disinfected":  # with the word, what was not disinfected does not leave the shop
        said = {**said, "disinfected": False}
    return said


def put_out(stage: Stage) -> int:
    if stage.broken("units_promised", "a crate of 500 stayed in the van"):
        return UNITS - 500
    return UNITS


def disinfected(stage: Stage, units: int) -> int:
    if stage.broken(
        "units_not_disinfected",
        "the rule was copied without its disinfecting, and a crate of 500 was packed as it came",
    ):
        return units - 500
    return units


def program_requests(stage: Stage, requests: range) -> range:
    if stage.broken("requests", "the program broke off after half of its requests"):
        return requests[: len(requests) // 2]
    return requests


def nobody_at_the_telephone(stage: Stage) -> bool:
    return stage.broken("channels", "nobody sat at the telephones")


def after_the_rush(stage: Stage) -> None:
    """At the shop, once the minute is judged."""
    holder, lot = offered(stage)
    if stage.broken("units_over_stock", "somebody promised fifteen more than there were, past the admission"):
        stock, bought = AccountRef(holder, State.OFFERED), AccountRef(stage.party(FACTORY), State.OUTSIDE)
        more = 3 * PER_ORDER  # what claimants give up again makes up for less
        move_by_hand(stage, "more", bought, stock, lot, more, Reason.RELEASE)
        promise_by_hand(stage, "oversold", stock, AccountRef(holder, State.HANDED_OVER), lot, more)
    if stage.breaking == "persons_served_twice":
        fresh = [one.id for one in offers.claims_in(stage.ids["tranche"], "ADMITTED")]
        by_claim = {claim_of(stage, request): request for request in range(LAST)}
        winner = next(one for one in fresh if one in by_claim)
        again, given_up = by_claim[winner], next(one for one in fresh if one != winner)
        clerk = stage.actors[CLERK]
        release.cancel_claim(claim=given_up, actor=clerk, now=stage.now)
        release.claim(
            claim_id=stage.request_id("again"),
            tranche=stage.ids["tranche"],
            units=PER_ORDER,
            channel="PHONE",
            contact=contact_of(again),
            actor=clerk,
            now=stage.now,
        )


def offered(stage: Stage) -> tuple[UUID, UUID]:
    """Whose account the masks are offered from, and of which lot they are."""
    lot = book.find_lots(owners=[stage.party(SHOP)], items=[stage.ids["item"]])[0].id
    holder = next(
        move.target.holder
        for move in book.movements(lots=[lot], reasons=[Reason.RELEASE])
        if move.target.state is State.OFFERED
    )
    return holder, lot


def accepted(stage: Stage, claims: list[UUID]) -> list[UUID]:
    if len(claims) <= 3:
        return [] if stage.breaking == "orders_not_accepted" else claims
    if stage.broken("orders_not_accepted", "the shop overlooked the last three orders"):
        return claims[:-3]
    return claims


def reached_at_once(stage: Stage) -> bool:
    return stage.broken("alerts", "whoever could not be found was reached the same evening, and nothing ran late")


def nobody_watches(stage: Stage) -> bool:
    return stage.broken("late_without_an_alert", "the watch over the promises did not run")


def forgets(stage: Stage, code: str) -> bool:
    """One parcel stays in its courier's bag."""
    if stage.breaking != "units_handed_over":
        return False
    first = stage.ids.setdefault("forgotten", delivery_.parcel(code).id)
    return first == delivery_.parcel(code).id and stage.broken(
        "units_handed_over", "one parcel stayed at the bottom of a courier's bag"
    )


def without_a_round(stage: Stage, telephone: Telephone) -> None:
    """Before anything is planned a courier takes one parcel along, or gives one into somebody's hands."""
    if stage.breaking not in ("orders_not_told", "not_contactless") or "alone" in stage.ids:
        return
    phone = telephone(stage, stage.party(names_in(stage, TEAM)[0]))
    one = next(iter(delivery_.parcels(station=stage.party(STATION), states=["AT_STATION"], limit=1)))
    stage.ids["alone"] = one.id
    taken = Act(stage.request_id("act", "alone"), "TAKEN", stage.now, one.code)
    mode, shown = "CONTACTLESS", EvidenceIn("CODE", text=one.code)
    if stage.broken("orders_not_told", "a courier took one parcel along before any round was planned"):
        pass
    elif stage.broken("not_contactless", "one was pressed into somebody's hands, and the keeper accepted it"):
        mode, shown = "WITNESSED", EvidenceIn("WITNESS", by_name="收件人")
    given = Act(
        stage.request_id("act", "alone given"), "HANDED_OVER", stage.now, one.code, mode=mode, evidence=(shown,)
    )
    sync(device=phone, acts=[taken, given], now=stage.now)
    for told in delivery_.to_look_at(stage.party(STATION)):
        if told.answer == "REFUSED":
            accept(act=told.id, actor=stage.actors[KEEPER], now=stage.now)
