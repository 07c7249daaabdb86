"""Beacons: real rounds of drand verify, wrong ones do not; a drill's beacon is its own."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from baogong.engine.draw.beacon import Chain, drill_chain, is_signed, public_chains, randomness_of
from tests.engine.draw.worlds import GENESIS, ROUND, chain, signature

# Rounds as drand's relays publish them: chain, round, signature, the signature before, randomness.
ROUNDS = [
    (
        "quicknet", 1000,
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39", "",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd", datetime(2023, 8, 23, 15, 59, 24, tzinfo=UTC),
    ),
    (
        "default", 1,
        "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b10104990e7cb424998203d8f7de"
        "586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655",
        "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
        "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec", datetime(2020, 7, 22, 15, 17, 30, tzinfo=UTC),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "number", "signed", "before", "randomness", "at"), ROUNDS)
def test_a_published_round_verifies_and_no_other_does(
    name: str, number: int, signed: str, before: str, randomness: str, at: datetime
) -> None:
    one, given, previous = public_chains()[name], bytes.fromhex(signed), bytes.fromhex(before)
    assert is_signed(one, number, given, previous)
    assert randomness_of(given).hex() == randomness
    assert one.time_of(number) == at
    assert one.round_at(at) == number
    assert one.round_at(at + timedelta(microseconds=1)) == number + 1
    assert not is_signed(one, number + 1, given, previous)
    other = next(each for each in public_chains().values() if each != one)
    assert not is_signed(other, number, given, previous)


@pytest.mark.parametrize("bad", [b"", b"x" * 48, b"\xc0" + bytes(47), b"\xff" * 48, bytes(96)])
def test_what_is_no_point_of_the_curve_is_no_signature(bad: bytes) -> None:
    assert not is_signed(public_chains()["quicknet"], 1000, bad)


def test_a_chain_is_what_its_hash_names() -> None:
    assert [one.hash().hex()[:8] for one in public_chains().values()] == ["52db9ba7", "8990e7a9"]
    assert [one.name for one in public_chains().values()] == ["quicknet", "default"]


def test_a_drill_has_a_beacon_of_its_own_marked_as_such() -> None:
    assert chain().is_drill
    assert chain().name == chain().beacon_id == "drill-training"
    assert is_signed(chain(), ROUND, signature())
    assert not is_signed(chain(), ROUND + 1, signature())
    assert not is_signed(drill_chain(77, name="training", genesis=GENESIS), ROUND, signature())
    assert {one.is_drill for one in public_chains().values()} == {False}
    stranger = Chain(chain().scheme, 3, 0, "ours", chain().public_key, bytes(32))
    assert stranger.name == ""
    assert not stranger.is_drill


def test_the_curve_does_not_let_a_deeply_nested_document_kill_the_process() -> None:
    """In a process of its own: loading `py_ecc` alone ends it with a segmentation fault here."""
    code = (
        "import json\n"
        "from baogong.engine.draw import curve\n"
        "try:\n"
        "    json.loads('[' * 90_000)\n"
        "except RecursionError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n")
