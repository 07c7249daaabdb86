"""What was written off, and whether a report says so: one measure for every story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import State

WRITTEN_OFF = (State.LOST, State.SPOILED)
REPORTS = ("LOSS_REPORT", "DAMAGE_REPORT")
ALL = 100_000


def written_off(moves: Iterable[MovementView]) -> list[MovementView]:
    """Of these, those by which goods were lost or spoiled."""
    return [move for move in moves if move.tense == "POSTED" and move.target.state in WRITTEN_OFF]


def on_paper(moves: Iterable[MovementView]) -> list[MovementView]:
    """
    Of these, the losses under a report in force whose own lines state as much of the item as was written off under it, of
    whatever lot: a paper that states nothing, less, more or other goods says nothing of a loss.
    """
    losses = written_off(moves)
    stated: Counter[tuple[UUID | None, UUID]] = Counter()
    for kind in REPORTS:
        for paper in journal_.documents(kind=kind, limit=ALL):
            for line in paper.body.get("lines", ()) if paper.is_in_force else ():
                stated[paper.id, UUID(line["item"])] += line["amount"]
    papers = {move.document for move in losses if move.document is not None}
    under = written_off(book.movements(documents=list(papers), limit=ALL)) if papers else []
    goods = {lot.id: lot.item for lot in book.lots({move.lot for move in [*losses, *under]})}
    gone: Counter[tuple[UUID | None, UUID]] = Counter()
    for move in under:
        gone[move.document, goods[move.lot]] += move.amount
    return [
        move
        for move in losses
        if move.document is not None and stated[move.document, goods[move.lot]] == gone[move.document, goods[move.lot]]
    ]


def undocumented(moves: Iterable[MovementView]) -> int:
    """Base units of these that were written off and that no report states."""
    losses = written_off(moves)
    return sum(move.amount for move in losses) - sum(move.amount for move in on_paper(losses))
