"""
What a kept book tells, without any id that differs from play to play: `python -m tests.scenarios.told BOOK`.

Two plays of one story tell the same, however often one of them was killed: which lines there are, and what papers and
events say word by word.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from baogong.config.runtime import LocalRuntime

ALL = 1_000_000
ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b")  # or a digest


def told() -> Iterator[str]:
    """One line a movement, a document and an event, with all that it says."""
    from baogong.catalogue.queries import items
    from baogong.journal import queries as journal
    from baogong.ledger import queries as book
    from baogong.people.queries import parties

    names = {party.id: party.name for party in parties.parties(most=ALL)}
    codes = {item.id: item.code for item in items()}
    papers = {paper.id: paper for paper in journal.documents(limit=ALL)}
    moves = book.movements(limit=ALL)
    lots = {lot.id: f"{codes[lot.item]} of {names[lot.owner]}" for lot in book.lots({move.lot for move in moves})}
    known = {str(id): word for words in (names, codes, lots) for id, word in words.items()}
    said = in_words(known | {str(paper.id): paper.number for paper in papers.values()})

    def number(paper: UUID | None) -> str:
        return "-" if paper is None else papers[paper].number

    for move in moves:
        source, target = (f"{names.get(end.holder, 'house')}/{end.state}" for end in (move.source, move.target))
        yield (
            f"movement {move.at:%m-%d %H:%M:%S} {move.tense} {move.reason} {move.amount} {lots[move.lot]} "
            f"{source} → {target} {number(move.document)} by {names.get(move.actor, 'house') if move.actor else 'house'}"
        )
    for paper in papers.values():
        subjects = sorted(names.get(party, "-") for party in paper.subjects)
        yield (
            f"document {paper.drawn_at:%m-%d %H:%M:%S} {paper.number} {paper.kind} {paper.state} {paper.drawn_by_name} "
            f"{paper.title} about {subjects} {said(paper.body)}"
        )
    for event in journal.events(limit=ALL):
        yield (
            f"event {event.at:%m-%d %H:%M:%S} {event.kind} {event.name} {event.document_number} "
            f"about {names.get(event.subject, '-') if event.subject else '-'} {said(event.data)}"
        )


def in_words(known: Mapping[str, str]) -> Callable[[Any], str]:
    """
    What a paper or an event says as text: known ids as their words, others and digests as …

    Lines of a list stand in the order of what they say: on a waybill they stand by ids, which each play draws anew.
    """

    def plain(content: Any) -> Any:
        if isinstance(content, dict):
            return {plain(key): plain(value) for key, value in content.items() if key != "position"}
        if isinstance(content, (list, tuple)):
            parts = [plain(value) for value in content]
            return sorted(parts, key=_text) if any(isinstance(part, dict) for part in parts) else parts
        return ID.sub(lambda found: known.get(found[0], "…"), content) if isinstance(content, str) else content

    return lambda content: _text(plain(content))


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def main() -> None:
    with LocalRuntime().throwaway_book(reopen=sys.argv[1]):
        lines = sorted(told())
    sys.stdout.write(json.dumps(lines, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
