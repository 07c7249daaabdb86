"""A vegetable pack of two things, and goods to make it from, at the hub that Bao keeps."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.supply import queries
from baogong.supply.pack_views import RunView
from baogong.supply.services import (
    Arrival,
    Finding,
    Judgement,
    KitPart,
    Offered,
    judge_gift,
    offer_gift,
    open_run,
    receive_gift,
    record_waste,
    tally_packs,
    write_kit,
)
from baogong.supply.services.packing import Waste
from tests.apps.supply.world import World
from tests.cast import NOW


def give(
    world: World,
    code: str,
    amount: int,
    *,
    donor: str = "寿光菜农合作社",
    terms: str = "GIFT",
    receiver: UUID | None = None,
    expires_on: date | None = None,
) -> UUID:
    """So much came in at the hub, given or carried; returns its lot."""
    gift = offer_gift(
        terms=terms,
        donor=register_party(kind="ORGANISATION", name=donor, now=NOW),
        lines=[Offered(world.item(code), amount, receiver=receiver, site=world.cast.hub, expires_on=expires_on)],
        actor=world.cast.wu,
        now=NOW,
        request_id=new_id(),
    )
    judge_gift(gift=gift, judgements=[Judgement(1, Finding.PASSES)], actor=world.cast.wu, now=NOW, request_id=new_id())
    receive_gift(
        gift=gift,
        site=world.cast.hub,
        arrivals=[Arrival(1, amount)],
        actor=world.cast.bao,
        now=NOW,
        request_id=new_id(),
    )
    lot = queries.gift(gift).lines[0].lot
    assert lot is not None
    return lot


def vegetable_kit(world: World, **changed: Any) -> UUID:
    """3 kg of potatoes (else 2.5 kg of sweet potatoes) and 2 kg of carrots, in a bag of 120 g."""
    asked: dict[str, Any] = {
        "name_zh": "蔬菜包 5kg",
        "code": "vegetable-pack-5kg",
        "item": world.item("vegetable-pack"),
        "parts": [
            KitPart(world.item("potato"), 3_000, 50, ((world.item("sweet-potato"), 2_500),)),
            KitPart(world.item("carrot"), 2_000, 50),
        ],
        "packaging_g": 120,
        "actor": world.cast.lin,
        "now": NOW,
        "request_id": new_id(),
    }
    return write_kit(**{**asked, **changed})


def run_of(world: World, packs: int, kit: UUID | None = None, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "kit": kit or vegetable_kit(world),
        "site": world.cast.hub,
        "packs": packs,
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return open_run(**{**asked, **changed})


def tally(world: World, run: UUID, packs: int, **changed: Any) -> UUID:
    return tally_packs(
        **{"run": run, "packs": packs, "actor": world.cast.bao, "now": NOW, "request_id": new_id(), **changed}
    )


def throw_away(world: World, run: UUID, code: str, amount: int, cause: str = "TRIMMING", **changed: Any) -> UUID:
    return record_waste(
        **{
            "run": run,
            "wastes": [Waste(world.item(code), amount, cause)],
            "actor": world.cast.bao,
            "now": NOW,
            "request_id": new_id(),
            **changed,
        }
    )


def at_hub(world: World, code: str, *states: State) -> int:
    views = book.balances(
        holders=[world.cast.hub], states=states or (State.AVAILABLE, State.FROZEN), items=[world.item(code)]
    )
    return sum(view.posted for view in views)


def held_at_hub(world: World, code: str) -> int:
    views = book.balances(holders=[world.cast.hub], items=[world.item(code)])
    return sum(view.held for view in views)


def view_of(run: UUID) -> RunView:
    return queries.packing_run(run)
