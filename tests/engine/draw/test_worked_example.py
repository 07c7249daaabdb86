"""The worked example of docs/algorithms/draw.md, recomputed; the table is read from the page itself."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from baogong.engine.draw import (
    Entry,
    carried_nonce_of,
    commitment_of,
    public_chains,
    randomness_of,
    records_of,
    stay_key_of,
)
from baogong.engine.draw.entries import tree_of
from baogong.engine.draw.ranking import order, score_of, seed_of
from tests.engine.draw.test_beacon import ROUNDS

PAGE = (Path(__file__).parents[3] / "docs" / "algorithms" / "draw.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d\d)… \| (?:–|(\w\w)…) \| (\d) \| `(\w{8})` \| ([^|]+) \|$", re.M)


def test_the_page_tells_what_is_drawn() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) == 6
    entries = [
        Entry(bytes.fromhex(name * 16), bytes(16), bytes.fromhex((house or "00") * 16), int(weight))
        for name, house, weight, _, _ in rows
    ]
    records = records_of(entries)
    tree = tree_of(sha256(b"an announcement").digest(), records)
    seed = seed_of(
        draw=UUID("018f0000-0000-7000-8000-000000000001").bytes,
        root=tree.root,
        entries=6,
        units=10,
        chain_hash=public_chains()["quicknet"].hash(),
        round_number=1000,
        randomness=randomness_of(bytes.fromhex(ROUNDS[0][2])),
    )
    assert f"root `{tree.root.hex()}`" in PAGE
    assert f"`{seed.hex()}`" in PAGE
    scores = [score_of(seed, entry.entry, entry.weight).hex() for entry in entries]
    assert [score[:8] for score in scores] == [told for _, _, _, told, _ in rows]
    placed = order(seed, records, 3, 1)
    last = scores[placed[-1]]
    told = dict(zip(placed, ("winner 1", "winner 2", "standby 1"), strict=True))
    others = ("passed over" if score < last else "–" for score in scores)
    assert [told.get(row, other) for row, other in enumerate(others)] == [place for *_, place in rows]


def test_the_page_tells_how_an_entry_is_carried() -> None:
    draw, nonce = UUID("018f0000-0000-7000-8000-000000000001").bytes, bytes(range(16))
    key = stay_key_of(nonce)
    carried = carried_nonce_of(draw=draw, key=key)
    for told in (key, carried, commitment_of(draw=draw, entry=b"\x11" * 16, nonce=carried)):
        assert f"`{told.hex()}`" in PAGE
