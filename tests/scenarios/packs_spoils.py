"""One wrong thing after another in the book of a kept play of `vegetable-packs-2022`. `spoil.py` is the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.crew.models import Shift
from baogong.journal.queries import documents
from baogong.journal.services import draw_up
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.needs.models import Need
from baogong.ops.scenarios import vegetable_packs_2022 as story
from baogong.ops.scenarios.by_hand import move_by_hand
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022.cast import FARM, HUB, TOWN, VOLUNTEERS
from baogong.ops.scenarios.vegetable_packs_2022.growing import made_by_lot
from tests.scenarios.spoiling import said as said_of
from tests.scenarios.spoiling import stage_at

STORY = "vegetable-packs-2022"
SPOILS: dict[str, Callable[[Stage], object]] = {}


def spoil(what: str) -> Callable[[Callable[[Stage], object]], None]:
    return lambda act: SPOILS.update({what: act})


@spoil("packs of the store are lost under no document")
def _lost(stage: Stage) -> None:
    _packs_to(stage, AccountRef(stage.party(HUB), State.LOST), Reason.LOSS, None)


@spoil("packs of the store are lost under a paper that states no loss")
def _lost_under_another_paper(stage: Stage) -> None:
    _packs_to(stage, AccountRef(stage.party(HUB), State.LOST), Reason.LOSS, documents(kind="WAYBILL")[0].id)


@spoil("packs of the store are lost, and a report says so")
def _lost_and_reported(stage: Stage) -> None:
    _packs_lost_under(stage, [{"item": str(item("vegetable-pack").id), "amount": 3}])


@spoil("packs of the store are lost under a report of nothing")
def _lost_under_an_empty_report(stage: Stage) -> None:
    _packs_lost_under(stage, [])


@spoil("packs of the store are lost, and a report states fewer")
def _more_lost_than_reported(stage: Stage) -> None:
    _packs_lost_under(stage, [{"item": str(item("vegetable-pack").id), "amount": 2}])


@spoil("packs of the store are lost under a report of potatoes")
def _lost_under_a_report_of_others(stage: Stage) -> None:
    _packs_lost_under(stage, [{"item": str(item("potato").id), "amount": 3}])


@spoil("packs that nobody packed come into the store")
def _out_of_nowhere(stage: Stage) -> None:
    lot = next(iter(made_by_lot()))
    owner = AccountRef(book.lot(lot).owner, State.OUTSIDE)
    move_by_hand(stage, "nowhere", owner, AccountRef(stage.party(HUB), State.AVAILABLE), lot, 7, Reason.COUNT)


@spoil("potatoes leave the farms with nobody's signature")
def _potatoes_leave(stage: Stage) -> None:
    source, lot = _free(stage, "potato", FARM)
    door = AccountRef(stage.party(VOLUNTEERS[0]), State.HANDED_OVER)
    move_by_hand(stage, "potatoes", source, door, lot, 1_000, Reason.HANDOVER)


@spoil("a computer was the town's for good on its way home")
def _computer_given_away(stage: Stage) -> None:
    lot = next(view for view in book.lots(_lots("computer")))
    outside, town = AccountRef(lot.owner, State.OUTSIDE), stage.party(TOWN)
    move_by_hand(stage, "out", outside, AccountRef(town, State.HANDED_OVER), lot.id, 1, Reason.GIFT)
    move_by_hand(stage, "home", AccountRef(town, State.HANDED_OVER), outside, lot.id, 1, Reason.RETURN)


@spoil("a carried mask was packed into something else")
def _carried_and_turned_over(stage: Stage) -> None:
    lot = next(view for view in book.lots(_lots("n95-mask")))
    store = AccountRef(stage.party(HUB), State.AVAILABLE)
    move_by_hand(stage, "more", AccountRef(lot.owner, State.OUTSIDE), store, lot.id, 1, Reason.CONSIGNMENT)
    anew = ledger.open_lot(item=lot.item, owner=lot.owner, label="spoilt", now=stage.now)
    ledger.convert(
        at_holder=store.holder,
        parts=[(lot.id, 1)],
        into=[(anew, 1)],
        actor=stage.actors["lin"],
        document=draw_up(
            kind="REPACK", title="spoilt", body={}, actor=stage.actors["lin"], now=stage.now, request_id=new_id()
        ),
        request_id=new_id(),
        now=stage.now,
        reason=Reason.RE_EARMARK,
    )


@spoil("a volunteer's shift was entered for another place at the same time")
def _at_two_places(stage: Stage) -> None:
    shift = Shift.objects.filter(is_void=False).order_by("start_at", "id")[0]
    assert shift.end_at is not None
    shift.pk, shift.request_id, shift.place_id = new_id(), new_id(), stage.party("逸仙二村")
    shift.start_at = shift.end_at - timedelta(minutes=1)
    shift.end_at += timedelta(minutes=9)
    shift.save(force_insert=True)


@spoil("a shift of a minute touches the next")
def _one_after_the_other(_stage: Stage) -> None:
    shift = Shift.objects.filter(is_void=False).order_by("start_at", "id")[0]
    assert shift.end_at is not None
    shift.pk, shift.request_id = new_id(), new_id()
    shift.start_at, shift.end_at = shift.start_at - timedelta(minutes=1), shift.start_at
    shift.save(force_insert=True)


@spoil("the worst served community had asked for more")
def _asked_for_more(stage: Stage) -> None:
    need = Need.objects.get(receiver=stage.party("逸仙二村"), item=item("vegetable-pack").id)
    need.quantity = 800
    need.save(update_fields=["quantity"])


def _free(stage: Stage, code: str, site: str) -> tuple[AccountRef, UUID]:
    """The largest pile of the goods there."""
    pile = max(
        book.balances(holders=[stage.party(site)], states=[State.AVAILABLE, State.FROZEN], items=[item(code).id]),
        key=lambda view: view.free,
    )
    return AccountRef(pile.holder, pile.state), pile.lot.id


def _lots(code: str) -> set[UUID]:
    return {move.lot for move in book.movements(items=[item(code).id], limit=10_000)}


def _packs_to(stage: Stage, target: AccountRef, reason: Reason, document: UUID | None) -> None:
    source, lot = _free(stage, "vegetable-pack", HUB)
    move_by_hand(stage, "packs", source, target, lot, 3, reason, document)


def _packs_lost_under(stage: Stage, lines: list[dict[str, Any]]) -> None:
    report = draw_up(
        kind="LOSS_REPORT",
        title="spoilt",
        body={"lines": lines},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=new_id(),
    )
    _packs_to(stage, AccountRef(stage.party(HUB), State.LOST), Reason.LOSS, report)


def said() -> dict[str, dict[str, Any]]:
    return said_of(story, stage_at(STORY, local("2022-05-02 10:00"), "lin"), SPOILS)
