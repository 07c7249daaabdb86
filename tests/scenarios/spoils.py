"""
One wrong thing after another in the book of a kept play of `hubei-relay-2020`, and what the measures then say.

`spoil.py` is the door.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.freight.models import Waybill
from baogong.freight.queries import vehicles
from baogong.journal.queries import documents
from baogong.journal.services import draw_up
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios import hubei_relay_2020 as story
from baogong.ops.scenarios.by_hand import move_by_hand, promise_by_hand
from baogong.ops.scenarios.hubei_relay_2020.breaks import free_relief
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.stage import Stage, local
from baogong.planning.models import Plan
from baogong.planning.queries import plans
from baogong.supply.queries import gifts
from baogong.supply.services import Counted, FigureRead, count_stock, settle_doubt
from tests.scenarios.killed_plays import STORY
from tests.scenarios.spoiling import said as said_of
from tests.scenarios.spoiling import stage_at

SPOILS: dict[str, Callable[[Stage], object]] = {}
COUNTED = (State.AVAILABLE, State.FROZEN)  # what stands on the shelf
TEAM, HOSPITAL, COMPANY = "北京协和医院援鄂医疗队", "武汉大学中南医院", "东行商城"


def spoil(what: str) -> Callable[[Callable[[Stage], object]], None]:
    return lambda act: SPOILS.update({what: act})


@spoil("thermometers stand on a truck")
def _aboard(stage: Stage) -> None:
    _load(stage, 30)


@spoil("thermometers stand on a truck, promised")
def _aboard_and_promised(stage: Stage) -> None:
    aboard, lot = _load(stage, 30)
    promise_by_hand(stage, "promise", aboard, AccountRef(stage.party(HOSPITAL), State.HANDED_OVER), lot, 30)


@spoil("thermometers are lost under no document")
def _lost(stage: Stage) -> None:
    _lose(stage, None)


@spoil("thermometers are lost under a waybill")
def _lost_under_a_waybill(stage: Stage) -> None:
    _lose(stage, documents(kind="WAYBILL")[0].id)


@spoil("a recount finds thirty thermometers fewer")
def _counted_away(stage: Stage) -> None:
    _recount(stage, -30)


@spoil("a recount finds thirty thermometers fewer, and the next one finds them again")
def _counted_again(stage: Stage) -> None:
    _recount(stage, -30)
    _recount(stage, 30)


@spoil("thermometers leave the book by a correction under no document")
def _corrected_away(stage: Stage) -> None:
    source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
    outside = AccountRef(source.holder, State.OUTSIDE)
    move_by_hand(stage, "away", source, outside, lot, 30, Reason.CORRECTION)


@spoil("a truck from outside comes to a hospital")
def _outside_truck_at_a_hospital(stage: Stage) -> None:
    _bring(stage, HOSPITAL, is_inside=False)


@spoil("a truck from outside comes to the team")
def _outside_truck_at_the_team(stage: Stage) -> None:
    _bring(stage, TEAM, is_inside=False)


@spoil("a truck with a pass comes to the team")
def _inside_truck_at_the_team(stage: Stage) -> None:
    _bring(stage, TEAM, is_inside=True)


@spoil("a truck from outside comes to Jingmen")
def _outside_truck_beyond_the_seal(stage: Stage) -> None:
    _bring(stage, "荆门市卫生健康委员会", is_inside=False)


@spoil("another doubt is settled")
def _another_doubt(stage: Stage) -> None:
    _settle(stage, 5_000, 50_000, chosen=5_000)


@spoil("the first batch is settled as 130,000")
def _wrong_figure(stage: Stage) -> None:
    _settle(stage, 13_000, 130_000, chosen=130_000)


@spoil("consigned suits are packed anew")
def _packed_anew(stage: Stage) -> None:
    _turn_over_suits(stage, "武汉大学校友会", "protective-suit")


@spoil("consigned suits become the company's")
def _owner_changed(stage: Stage) -> None:
    _turn_over_suits(stage, COMPANY, "isolation-gown")


@spoil("a plan is approved that says it replaces the first and moves nothing")
def _plan_on_paper(stage: Stage) -> None:
    plan = Plan.objects.get(pk=_replan(stage))
    plan.pk, plan.request_id, plan.approval_request_id, plan.approved_at = new_id(), new_id(), new_id(), stage.now
    plan.approval_id = draw_up(
        kind="PLAN_APPROVAL",
        title="spoilt",
        body={},
        subjects=[plan.pk],
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=new_id(),
    )
    plan.save(force_insert=True)


@spoil("a truck of the new plan never came")
def _never_came(stage: Stage) -> None:
    assert Waybill.objects.filter(plan=_replan(stage)).update(state="DEPARTED")


@spoil("the late truck's waybill was taken back on the road")
def _taken_back_on_the_road(stage: Stage) -> None:
    bills = Waybill.objects.filter(plan=stage.ids["convoy 24"], origin=stage.party("廊坊仓"))
    assert bills.update(state="CANCELLED")


def _replan(stage: Stage) -> UUID:
    (found,) = (
        head.id
        for head in plans(kind="CONVOY", state="APPROVED")
        if head.params.get("replan_of") == str(stage.ids["convoy 24"])
    )
    return found


def _load(stage: Stage, amount: int, *, is_inside: bool = True) -> tuple[Any, UUID]:
    source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
    truck = next(vehicle for vehicle in vehicles() if vehicle.is_inside == is_inside)
    aboard = AccountRef(truck.id, State.ABOARD)
    move_by_hand(stage, "load", source, aboard, lot, amount, Reason.LOAD)
    return aboard, lot


def _bring(stage: Stage, receiver: str, *, is_inside: bool) -> None:
    aboard, lot = _load(stage, 30, is_inside=is_inside)
    door = AccountRef(stage.party(receiver), State.HANDED_OVER)
    move_by_hand(stage, "door", aboard, door, lot, 30, Reason.HANDOVER)


def _recount(stage: Stage, more: int) -> None:
    """A keeper counts the thermometers of 鄂州仓 anew, through the house's own service, and finds so many more."""
    source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
    facts = book.lot(lot)
    standing = sum(
        balance.posted for balance in book.balances(holders=[source.holder], lots=[lot]) if balance.state in COUNTED
    )
    count_stock(
        site=source.holder,
        lines=[
            Counted(
                item=facts.item,
                amount=standing + more,
                owner=facts.owner,
                standard=facts.standard,
                expires_on=facts.expires_on,
                pieces_per_carton=facts.pieces_per_carton,
                batch=facts.label,
            )
        ],
        counted_at=stage.now,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=new_id(),
    )


def _lose(stage: Stage, document: UUID | None) -> None:
    source, lot, _free = free_relief(stage, "thermometer", "鄂州仓")
    move_by_hand(stage, "lost", source, AccountRef(source.holder, State.LOST), lot, 30, Reason.LOSS, document)


def _settle(stage: Stage, *figures: int, chosen: int) -> None:
    settle_doubt(
        about="spoilt",
        figures=[FigureRead(source=str(figure), text=str(figure), amount=figure) for figure in figures],
        chosen=chosen,
        why="spoilt",
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=new_id(),
    )


def _turn_over_suits(stage: Stage, owner: str, code: str) -> None:
    """Two more of the suits come to the hub and are entered as this owner's, under this item."""
    suits, hub = item("protective-suit").id, stage.party(HUB)
    lot = next(line.lot for gift in gifts(terms="CONSIGNMENT") for line in gift.lines if line.item == suits)
    assert lot is not None
    facts = book.lot(lot)
    here = AccountRef(hub, State.AVAILABLE)
    move_by_hand(stage, "more", AccountRef(facts.owner, State.OUTSIDE), here, lot, 2, Reason.CONSIGNMENT)
    paper = draw_up(
        kind="REPACK", title="spoilt", body={}, actor=stage.actors["lin"], now=stage.now, request_id=new_id()
    )
    same = facts.earmark.id if facts.earmark else None
    anew = ledger.open_lot(item=item(code).id, owner=stage.party(owner), earmark=same, label="spoilt", now=stage.now)
    ledger.convert(
        at_holder=hub,
        parts=[(lot, 2)],
        into=[(anew, 2)],
        actor=stage.actors["lin"],
        document=paper,
        request_id=new_id(),
        now=stage.now,
    )


def said() -> dict[str, dict[str, Any]]:
    """What is wrong → measure → what it says now; a measure that says the same as before is left out."""
    stage = stage_at(STORY, local("2020-01-30 08:00"), "lin")
    approved = plans(kind="CONVOY", state="APPROVED")
    stage.ids["convoy 24"] = min(approved, key=lambda head: head.approved_at or stage.now).id
    return said_of(story, stage, SPOILS)
