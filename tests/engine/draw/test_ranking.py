"""Scores, order, household rule: small loops against the plain definition, fairness by counting."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.book import merkle
from baogong.engine.draw import entries as entries_module
from baogong.engine.draw import ranking
from baogong.engine.draw.entries import Entry, records_of, tree_of
from baogong.engine.draw.ranking import order, score_of, scores_of, seed_of
from tests.engine.draw.worlds import entry

SEED = hashlib.sha256(b"a seed").digest()


def plain_order(seed: bytes, entries: list[Entry], places: int, household_max: int) -> list[int]:
    """The rule as it is told, line by line."""

    def key(row: int) -> tuple[int, bytes, bytes]:
        one = entries[row]
        draws = [
            hmac.new(seed, b"baogong score 1\n" + one.entry + j.to_bytes(2, "big"), "sha256").digest()
            for j in range(one.weight)
        ]
        return one.stratum, min(draws), one.entry

    taken: Counter[bytes] = Counter()
    placed = []
    for row in sorted(range(len(entries)), key=key):
        house = entries[row].household
        if household_max and house != bytes(16) and taken[house] == household_max:
            continue
        taken[house] += 1
        placed.append(row)
    return placed[:places]


some_entries = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 5), st.integers(0, 2)), min_size=1, max_size=60
).map(lambda drawn: [entry(n, household=h, weight=w, stratum=s) for n, (h, w, s) in enumerate(drawn)])


@settings(max_examples=80, deadline=None)
@given(some_entries, st.integers(0, 70), st.integers(0, 3), st.binary(min_size=32, max_size=32))
def test_the_order_is_the_one_the_rule_tells(
    entries: list[Entry], places: int, household_max: int, seed: bytes
) -> None:
    assert order(seed, records_of(entries), places, household_max) == plain_order(seed, entries, places, household_max)


def test_many_at_once_are_what_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled loops, which small lists do without, on a small list."""
    entries = [entry(n, household=n % 90, weight=1 + n % 7, stratum=n % 2) for n in range(700)]
    records = records_of(entries)
    monkeypatch.setattr(merkle, "is_many", lambda count: False)
    alone = (scores_of(SEED, records), tree_of(SEED, records), order(SEED, records, 80, 1))
    monkeypatch.setattr(merkle, "is_many", lambda count: True)
    monkeypatch.setattr(ranking, "_CHUNK", 128)
    monkeypatch.setattr(entries_module, "_CHUNK_LEAVES", 1 << entries_module.BLOCK_LEVELS)
    assert (scores_of(SEED, records) == alone[0]).all()
    assert tree_of(SEED, records) == alone[1]
    assert order(SEED, records, 80, 1) == alone[2] == plain_order(SEED, entries, 80, 1)


def test_a_score_is_the_least_of_its_draws() -> None:
    name = entry(1).entry
    draws = [hmac.digest(SEED, b"baogong score 1\n" + name + bytes((0, j)), "sha256") for j in range(9)]
    assert [score_of(SEED, name, weight) for weight in range(1, 10)] == [min(draws[:weight]) for weight in range(1, 10)]


def test_scores_that_begin_alike_are_told_apart_by_their_ends() -> None:
    one = np.zeros((3, 32), np.uint8)
    other = one.copy()
    one[0, 31], other[1, 9], one[2, 0], other[2, 31] = 1, 1, 1, 255
    assert ranking._is_less(one, other).tolist() == [False, True, False]


def test_the_seed_hangs_on_everything_it_is_made_of() -> None:
    made: dict[str, Any] = {
        "draw": bytes(16), "root": bytes(32), "entries": 10, "units": 5, "chain_hash": bytes(32), "round_number": 7,
        "randomness": bytes(32),
    }  # fmt: skip
    others: list[dict[str, Any]] = [
        {"draw": b"x" * 16}, {"root": b"x" * 32}, {"entries": 11}, {"units": 6}, {"chain_hash": b"x" * 32},
        {"round_number": 8}, {"randomness": b"x" * 32},
    ]  # fmt: skip
    seeds = {seed_of(**(made | change)) for change in [{}, *others]}
    assert len(seeds) == 8
    assert seed_of(**made) == hashlib.sha256(
        b"baogong seed 1\n" + bytes(48) + (10).to_bytes(8, "big") + (5).to_bytes(8, "big") + bytes(32)
        + (7).to_bytes(8, "big") + bytes(32)
    ).digest()  # fmt: skip


def test_a_weight_of_three_wins_as_often_as_three_entries_of_one() -> None:
    """One place, weights 1, 1, 3: 20 %, 20 %, 60 %, within four standard deviations of 2,000 draws."""
    entries = [entry(1), entry(2), entry(3, weight=3)]
    records = records_of(entries)
    won = Counter(order(hashlib.sha256(b"%d" % n).digest(), records, 1, 0)[0] for n in range(2000))
    for row, share in ((0, 0.2), (1, 0.2), (2, 0.6)):
        assert abs(won[row] / 2000 - share) < 4 * (share * (1 - share) / 2000) ** 0.5


def test_ids_that_begin_alike_are_sorted_by_their_ends() -> None:
    names = [bytes(8) + bytes([n]) + bytes(7) for n in (3, 1, 2)]
    records = records_of([Entry(name, bytes(16)) for name in names])
    assert entries_module.order_of(records).tolist() == [1, 2, 0]
    assert entries_module.first_out_of_order(records[[1, 2, 0]]) == -1
    assert entries_module.first_out_of_order(records[[1, 1, 2]]) == 1
    assert entries_module.first_out_of_order(records[[1, 0, 2]]) == 2
