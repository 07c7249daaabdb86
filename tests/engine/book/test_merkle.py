"""Trees and leaves: public vectors, and proofs of every leaf of every small tree."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.book import Line, Tense, hashing, kernels, leaves, lines, merkle
from baogong.kernel.ids import derived_id, derived_ids

# The leaves and tree heads that implementations of RFC 6962 share.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
HEADS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def hashed(count: int) -> bytes:
    return b"".join(merkle.hash_leaf(number.to_bytes(4, "big")) for number in range(count))


@pytest.mark.parametrize(("count", "head"), HEADS.items())
def test_tree_heads_are_those_of_rfc_6962(count: int, head: str) -> None:
    level = b"".join(merkle.hash_leaf(bytes.fromhex(leaf)) for leaf in LEAVES[:count])
    assert merkle.root_of(level).hex() == head


def test_a_tree_splits_at_the_largest_power_of_two_below_its_size() -> None:
    def head(level: bytes) -> bytes:  # the RFC's own recursion
        count = len(level) // 32
        if count == 1:
            return level
        split = 32 * (1 << ((count - 1).bit_length() - 1))
        return merkle.hash_node(head(level[:split]), head(level[split:]))

    for count in range(1, 66):
        assert merkle.root_of(hashed(count)) == head(hashed(count))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_every_leaf_has_a_path_to_the_root_and_to_no_other_place(case: tuple[int, int]) -> None:
    count, index = case
    level = hashed(count)
    root, path = merkle.root_of(level), merkle.path_of(level, index)
    leaf = level[32 * index : 32 * index + 32]
    assert merkle.root_from_path(leaf, index, count, path) == root
    assert len(path) <= max(1, count - 1).bit_length()
    for wrong in {index - 1, index + 1, count}:
        assert merkle.root_from_path(leaf, wrong, count, path) != root
    assert merkle.root_from_path(leaf, index, count, (*path, leaf)) != root
    assert merkle.root_from_path(merkle.hash_leaf(b"other"), index, count, path) != root
    with pytest.raises(IndexError):
        merkle.path_of(level, count)


@pytest.mark.parametrize("pieces", [[1], [65_536], [65_537], [3, 70_000, 1], [65_536, 65_536]])
def test_a_growing_tree_ends_as_if_all_leaves_had_come_at_once(pieces: list[int]) -> None:
    level = hashlib.shake_256(b"leaves").digest(32 * sum(pieces))
    tree, at = merkle.GrowingTree(), 0
    for piece in pieces:
        tree.add(level[at : at + 32 * piece])
        at += 32 * piece
    assert tree.count == sum(pieces)
    assert tree.root() == merkle.root_of(level)
    assert merkle.GrowingTree().root() == merkle.EMPTY_ROOT


@pytest.mark.parametrize("width", [0, 1, 31, 54, 55, 56, 63, 64, 119, 120, 168])
@pytest.mark.parametrize("prefix", [b"", b"\x00", leaves.HEAD_PREFIX])
def test_the_compiled_hash_is_sha_256(width: int, prefix: bytes) -> None:
    rows = np.random.default_rng(width).integers(0, 256, (37, width), dtype=np.uint8)
    made = hashing.hash_rows(rows[:, : width // 2], rows[:, width // 2 :], prefix=prefix)
    assert [row.tobytes() for row in made] == [hashlib.sha256(prefix + row.tobytes()).digest() for row in rows]


def test_more_rows_than_are_packed_at_a_time_are_hashed_each() -> None:
    rows = np.random.default_rng(7).integers(0, 256, (5_003, 168), dtype=np.uint8)
    made = hashing.hash_rows(rows[:, :16], rows[:, 16:48], rows[:, 48:], prefix=b"\x00")
    assert [row.tobytes() for row in made] == [merkle.hash_leaf(row.tobytes()) for row in rows]
    assert hashing.hash_rows(rows[:0], prefix=b"").shape == (0, 32)


def test_keys_are_found_and_strangers_are_not() -> None:
    keys = np.arange(40_000, dtype=np.uint64).reshape(-1, 2) << np.uint64(40)
    index = kernels.KeyIndex(keys)
    order = np.random.default_rng(1).permutation(len(keys))
    assert (index.find(keys[order]) == order).all()
    assert (index.find(keys + np.uint64(1)) == -1).all()
    assert kernels.KeyIndex(keys[:0]).find(keys[:3]).tolist() == [-1, -1, -1]


def test_the_bytes_of_a_leaf_are_the_published_ones() -> None:
    moment, end = datetime(2020, 1, 24, 1, 30, tzinfo=UTC), datetime(2020, 1, 25, tzinfo=UTC)
    ids = [UUID(int=number) for number in range(1, 8)]
    head = leaves.head_of(
        batch=ids[0], at=moment, day=date(2020, 1, 24), actor=ids[1], document=None, content_hash=b"c" * 32, count=3,
        reason="GIFT",
    )  # fmt: skip
    said = (
        b"baogong batch 1\n" + ids[0].bytes + (1579829400 * 10**6).to_bytes(8, "big") + (737448).to_bytes(4, "big")
        + ids[1].bytes + bytes(16) + b"c" * 32 + b"\0\0\0\3" + b"GIFT            "
    )  # fmt: skip
    assert head == hashlib.sha256(said).digest()
    line = Line(ids[2], Tense.HELD, ids[3], ids[4], ids[5], 500, ids[6], None, end)
    body = (
        b"HELD    " + ids[3].bytes + ids[4].bytes + ids[5].bytes + (500).to_bytes(8, "big") + ids[6].bytes + bytes(16)
        + (1579910400 * 10**6).to_bytes(8, "big")
    )  # fmt: skip
    assert leaves.body_of(line) == body
    assert len(body) == leaves.BODY_SIZE
    leaf = leaves.leaf_of(ids[2].bytes, head, body, b"n" * 16)
    assert leaf == hashlib.sha256(b"\0" + ids[2].bytes + head + body + b"n" * 16).digest()
    assert leaf == merkle.hash_leaf(ids[2].bytes + head + body + b"n" * 16)
    stamp = leaves.stamp_leaf_of(
        number=2, day=date(2020, 1, 24), first_seq=5, last_seq=9, count=4, previous_root=b"p" * 32
    )
    said = (
        b"\0baogong stamp 1\n\0\0\0\2" + (737448).to_bytes(4, "big") + (5).to_bytes(8, "big") + (9).to_bytes(8, "big")
        + (4).to_bytes(8, "big") + b"p" * 32
    )  # fmt: skip
    assert stamp == hashlib.sha256(said).digest()


def test_ids_made_many_at_once_are_those_made_one_by_one() -> None:
    holders = [UUID(int=number << 90 | number) for number in range(50)]
    made = derived_ids(f"ledger.account\x1f{holder}\x1fABOARD" for holder in holders)
    assert made == b"".join(derived_id("ledger.account", holder, "ABOARD").bytes for holder in holders)


def test_every_tense_has_a_code_of_its_own() -> None:
    assert len({*lines.TENSE_CODES.values(), 0}) == len(Tense) + 1
