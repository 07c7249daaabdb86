"""The worked examples of docs/algorithms/book.md, recomputed from the page itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from baogong.engine.book import Batch, Line, LotFacts, State, Tense, decide, effects, merkle
from tests.engine.book.test_rules import Account

PAGE = (Path(__file__).parents[3] / "docs" / "algorithms" / "book.md").read_text(encoding="utf-8")
PLACES = {name: UUID(int=number) for number, name in enumerate(("stock", "truck", "hospital"), start=1)}
MASKS = UUID(int=9)
NOW = datetime(2020, 1, 24, tzinfo=UTC)


def rows(first_cell: str) -> list[list[str]]:
    """The rows of the page whose first cell fits."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")
    ]
    return [row for row in cells if re.fullmatch(first_cell, row[0])]


def line_of(row: list[str], before: dict[str, Line]) -> Line:
    """`HELD 6 truck → hospital, continues line 1` and `POSTED 2 of line 1`."""
    said = re.fullmatch(r"(\w+) (\d+) (?:of line (\d+)|(\w+) → (\w+)(?:, continues line (\d+))?)", row[1])
    assert said is not None, row[1]
    tense, amount, of, source, target, continues = said.groups()
    if of is not None:
        named = before[of]
        return Line(UUID(int=100 + int(row[0])), Tense(tense), named.source, named.target, MASKS, int(amount), named.id)
    hold = before[continues].id if continues else None
    return Line(UUID(int=100 + int(row[0])), Tense(tense), PLACES[source], PLACES[target], MASKS, int(amount), hold)


def test_the_batch_of_the_page_is_judged_as_it_says() -> None:
    lines: dict[str, Line] = {}
    table = rows(r"\d+")
    assert len(table) == 9
    for row in table:
        lines[row[0]] = line_of(row, lines)
    opening = {(PLACES["stock"].int, MASKS.int): 10}
    accounts = {id: Account(UUID(int=50), is_final=name == "hospital") for name, id in PLACES.items()}
    book = State(accounts=accounts, lots={MASKS: LotFacts(UUID(int=60))}, posted=opening)
    verdicts = decide(book, Batch(tuple(lines.values())), NOW)
    accepted: list[Line] = []
    for row, line, verdict in zip(table, lines.values(), verdicts, strict=True):
        assert (verdict.code or "ok") == row[2], row
        accepted += [line] if verdict.ok else []
        changes = effects(accepted)
        for name, told in zip(PLACES, row[3:], strict=True):
            place = (PLACES[name].int, MASKS.int)
            posted = opening.get(place, 0) + changes.posted.get(place, 0)
            assert told == f"{posted}/{changes.held.get(place, 0)}", row


def test_the_tree_of_the_page_has_that_root_and_that_path() -> None:
    hashes = {row[0]: row[1].strip("`") for row in rows(r"H\(.*|root")}
    leaves = b"".join(merkle.hash_leaf(bytes.fromhex(leaf)) for leaf in ("", "00", "10", "2021", "3031"))
    leaf = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    left = merkle.hash_node(leaf[0], leaf[1])
    root = merkle.hash_node(merkle.hash_node(left, merkle.hash_node(leaf[2], leaf[3])), leaf[4])
    assert hashes == {"H(0 ‖ `2021`)": leaf[3].hex(), "H(1 ‖ L0 ‖ L1)": left.hex(), "root": root.hex()}
    assert merkle.root_of(leaves) == root
    assert merkle.path_of(leaves, 3) == (leaf[2], left, leaf[4])
