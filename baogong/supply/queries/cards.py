"""The stock card: everything of one item that came to a site or left it, and what stood there after each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.engine.book import Tense
from baogong.journal import queries as journal
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.queries.parties import party_names

ON_THE_FLOOR = frozenset({State.AVAILABLE, State.FROZEN, State.SHELF, State.TO_LEND, State.SPOILED})
PAGE_LINES = 1_000


@dataclass(frozen=True, slots=True)
class CardLine:
    """
    One change of what stands there, in base units.

    paper   the number of the document it was done under, "" where there was none
    other   whom it came from or went to, its name and English name ("" where there is none)
    """

    at: datetime
    paper: str
    reason: str
    other: tuple[str, str]
    lot_label: str
    came: int
    went: int
    stands: int


def stock_card(site: UUID, item: UUID) -> tuple[CardLine, ...]:
    """Oldest first. What only changes its state on the floor (frozen, lifted) is no line; what is spoiled still stands."""
    moved = []
    since = 0
    while found := book.movements(holders=[site], items=[item], since_seq=since, limit=PAGE_LINES):
        since = found[-1].seq
        moved += [
            (one, is_in, is_out)
            for one in found
            for is_in, is_out in (
                tuple(end.holder == site and end.state in ON_THE_FLOOR for end in (one.target, one.source)),
            )
            if one.tense is Tense.POSTED and is_in != is_out
        ]
        if len(found) < PAGE_LINES:
            break
    others = party_names({(one.source if is_in else one.target).holder for one, is_in, _ in moved})
    papers = {paper.id: paper.number for paper in journal.papers({one.document for one, _, _ in moved if one.document})}
    labels = {lot.id: lot.label for lot in book.lots({one.lot for one, _, _ in moved})} if moved else {}
    lines, stands = [], 0
    for one, is_in, _ in moved:
        stands += one.amount if is_in else -one.amount
        end = one.source if is_in else one.target
        lines.append(
            CardLine(
                at=one.at,
                paper=papers.get(one.document, "") if one.document else "",
                reason=one.reason.value,
                other=("", "") if end.holder == site else others[end.holder],
                lot_label=labels[one.lot],
                came=one.amount if is_in else 0,
                went=0 if is_in else one.amount,
                stands=stands,
            )
        )
    return tuple(lines)
