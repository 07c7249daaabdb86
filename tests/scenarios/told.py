"""
What a kept book tells, without any id that differs from play to play: `python -m tests.scenarios.told BOOK`.

Two plays of one story tell the same, however often one of them was killed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from uuid import UUID

from baogong.config.runtime import LocalRuntime

ALL = 1_000_000


def told() -> Iterator[str]:
    """One line a movement, a document and an event."""
    from baogong.catalogue.queries import items
    from baogong.journal import queries as journal
    from baogong.ledger import queries as book
    from baogong.people.queries import parties

    names = {party.id: party.name for party in parties.parties(most=ALL)}
    codes = {item.id: item.code for item in items()}
    papers = {paper.id: paper for paper in journal.documents(limit=ALL)}
    moves = book.movements(limit=ALL)
    lots = {lot.id: f"{codes[lot.item]} of {names[lot.owner]}" for lot in book.lots({move.lot for move in moves})}

    def number(paper: UUID | None) -> str:
        return "-" if paper is None else papers[paper].number

    for move in moves:
        source, target = (f"{names.get(end.holder, 'house')}/{end.state}" for end in (move.source, move.target))
        yield (
            f"movement {move.at:%m-%d %H:%M:%S} {move.tense} {move.reason} {move.amount} {lots[move.lot]} "
            f"{source} → {target} {number(move.document)} by {names.get(move.actor, 'house') if move.actor else 'house'}"
        )
    for paper in papers.values():
        yield f"document {paper.drawn_at:%m-%d %H:%M:%S} {paper.number} {paper.kind} {paper.state} {paper.drawn_by_name}"
    for event in journal.events(limit=ALL):
        yield f"event {event.at:%m-%d %H:%M:%S} {event.kind} {event.name} {event.document_number}"


def main() -> None:
    with LocalRuntime().throwaway_book(reopen=sys.argv[1]):
        lines = sorted(told())
    sys.stdout.write(json.dumps(lines, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
