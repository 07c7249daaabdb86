"""Goods carried for others, as the book has them: whose they were, what became of each lot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import State
from baogong.needs import services as needs
from baogong.ops.scenarios.stage import Stage
from baogong.supply import queries as supply_
from baogong.supply.views import ReliefStock

ALL = 100_000


def consigned() -> dict[UUID, tuple[UUID, UUID | None]]:
    """Lot as it came in → (its owner, the receiver named)."""
    return {
        line.failed_lot or line.lot: (gift.owner, line.receiver)
        for gift in supply_.gifts(terms="CONSIGNMENT")
        for line in gift.lines
        if line.lot is not None
    }


def promise_to_the_named(stage: Stage, due_at: datetime, is_carried: Callable[[ReliefStock], bool]) -> None:
    """What lies there and `is_carried` is promised to the one receiver its owner named, and to nobody else."""
    for stock in supply_.relief_stock():
        if not is_carried(stock):
            continue
        (receiver,) = stock.earmark_parties
        needs.allot(
            promise=needs.Promise(
                receiver=receiver, lot=stock.lot, site=stock.site, amount=stock.free, due_at=due_at, urgency=2
            ),
            reason="代运：物主指定的接收单位",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("consigned", stock.lot),
        )


def moves_of(lots: set[UUID]) -> list[MovementView]:
    """What happened to these lots, in order."""
    return [move for move in book.movements(lots=list(lots), limit=ALL) if move.tense == "POSTED"]


def descent(lots: set[UUID]) -> dict[UUID, UUID]:
    """Every lot made from one of these → the one it was made from, however often it was turned over."""
    root = {lot: lot for lot in lots}
    for edge in book.made_from(list(lots)):
        root.setdefault(edge.child, root.get(edge.parent, edge.parent))
    return root


def pieces_of_another_owner() -> int:
    """Pieces of lots that are, or were turned into, a lot of another owner than their consignor."""
    owners = consigned()
    root = descent(set(owners))
    wrong = {lot.id for lot in book.lots(list(root)) if lot.owner != owners[root[lot.id]][0]}
    return sum(move.amount for move in moves_of(wrong) if move.source.state in (State.CONVERSION, State.OUTSIDE))
