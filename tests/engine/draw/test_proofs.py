"""One entrant's proof, held against the published papers: nothing that would tell an entrant another outcome passes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.draw import (
    Entry,
    Prover,
    Published,
    UnfitDraw,
    carried_nonce_of,
    check_proof,
    commitment_of,
    hash_of,
    inclusion,
    row_of,
    stay_key_of,
)
from tests.engine.draw.test_draws import NUMBERS, edited
from tests.engine.draw.worlds import DRAW, LOTTERY, ROUND, Made, announcement, entry, made, verify

NAMES = ("announcement", "close", "beacon", "result")


@cache
def whole() -> Made:
    return made([entry(n, household=n % 3, weight=1 + n % 3, stratum=n % 2) for n in range(40)])


@cache
def proofs() -> tuple[dict[str, Any], ...]:
    """Of all forty, by number."""
    prover = Prover.of(whole().drawn)
    rows = [row_of(whole().closed.records, entry(number).entry) for number in range(40)]
    return tuple(prover.proof(row) for row in rows if row is not None)


@cache
def published() -> Published:
    return whole().published


def papers(files: dict[str, bytes]) -> Any:
    """As the one file reads them; what does not hold stands in its findings."""
    made = verify.Papers(files, verify.Findings())
    made.hold()
    return made


def test_every_entrant_has_a_proof_that_holds_by_the_published_papers(tmp_path: Path) -> None:
    root, known, places = whole().drawn.close.root, papers(whole().files), set()
    assert known.find.problems == []
    for number, proof in enumerate(proofs()):
        nonce, place = number.to_bytes(16, "big"), proof["place"]
        places.add(place)
        assert check_proof(proof, published(), root=root, nonce=nonce) == []
        assert verify.check_proof(proof, known, root, nonce.hex()) == ([], place)
        assert len(check_proof(proof, published(), nonce=bytes(16))) == (number != 0)
    assert places == {"WINNER", "STANDBY", "NOT_DRAWN", "HOUSEHOLD"}
    assert row_of(whole().closed.records, entry(40).entry) is None


def test_who_was_carried_into_a_draw_opens_the_entry_with_the_number_of_the_first_receipt() -> None:
    """Both verifiers say so; what carried it there opens it as well and does not tell the number."""
    announced = announcement()
    nonces = [number.to_bytes(16, "big") for number in range(1, 9)]
    entries = []
    for number, nonce in enumerate(nonces, 1):
        carried = carried_nonce_of(draw=announced.draw.bytes, key=stay_key_of(nonce))
        name = hashlib.sha256(bytes([number])).digest()[:16]
        entries.append(Entry(name, commitment_of(draw=announced.draw.bytes, entry=name, nonce=carried)))
    carrying = made(entries)
    prover, known = Prover.of(carrying.drawn), papers(carrying.files)
    for one, nonce in zip(entries, nonces, strict=True):
        row = row_of(prover.records, one.entry)
        assert row is not None
        proof = prover.proof(row)
        carried = carried_nonce_of(draw=announced.draw.bytes, key=stay_key_of(nonce))
        for own in (nonce, carried):
            assert check_proof(proof, carrying.published, nonce=own) == []
            assert verify.check_proof(proof, known, None, own.hex())[0] == []
        for other in (nonces[0] if nonce != nonces[0] else nonces[1], bytes(16)):
            assert check_proof(proof, carrying.published, nonce=other)
            assert verify.check_proof(proof, known, None, other.hex())[0]
    elsewhere = replace(announced, draw=UUID(int=7))
    seen = {carried_nonce_of(draw=one.draw.bytes, key=stay_key_of(nonces[0])) for one in (announced, elsewhere)}
    assert len(seen | {nonces[0]}) == 3, "nobody sees by it that two entries are one person's"


def told(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    capsys.readouterr()
    code = verify.main([*options, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document | {"code": code}


def test_a_lone_proof_never_says_who_won_and_says_what_was_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = next(one for one in proofs() if one["place"] == "WINNER")
    file, root = tmp_path / "proof.json", proof["root"]
    file.write_text(json.dumps(proof), encoding="utf-8")
    alone = told(capsys, "--proof", str(file), "--root", root)
    assert (alone["ok"], alone["place"]) == (True, "NOT CHECKED")
    assert "checked ALONE" in str(alone["notes"])
    verify.main(["--proof", str(file)])
    assert "WINNER" not in capsys.readouterr().out
    for name in NAMES:
        (tmp_path / f"{name}.json").write_bytes(whole().files[f"{name}.json"])
        document = told(capsys, "--proof", str(file), "--root", root)
        is_last = name == NAMES[-1]
        assert (document["ok"], document["place"]) == (is_last, "WINNER" if is_last else "NOT CHECKED"), name
    for outside in (
        "api.drand.sh" if not whole().drawn.announcement.is_drill else "as published",
        "SHA-256 of result.json",
    ):
        assert outside in str(document["notes"])
    assert told(capsys, "--proof", str(file), "--root", "00" * 32)["code"] == 1
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps(proof), encoding="utf-8")
    assert told(capsys, str(tmp_path), "--proof", str(elsewhere))["place"] == "WINNER"


def test_before_the_draw_a_proof_shows_that_the_entry_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = whole().drawn
    proof = inclusion(drawn.announcement, drawn.close, drawn.records, drawn.tree, 7)
    for name in NAMES[:2]:
        (tmp_path / f"{name}.json").write_bytes(whole().files[f"{name}.json"])
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    document = told(capsys, "--proof", str(file))
    assert (document["ok"], document["place"]) == (True, "NOT CHECKED")
    file.write_text(json.dumps(proof | {"entries": 41}), encoding="utf-8")
    assert told(capsys, "--proof", str(file))["ok"] is False


HEX = "0123456789abcdef"


def hexes(count: int) -> st.SearchStrategy[str]:
    return st.text(HEX, min_size=2 * count, max_size=2 * count)


marks = st.none() | st.builds(
    lambda stratum, score, name: {"stratum": stratum, "score": score, "entry": name},
    st.integers(0, 1), st.sampled_from(["00" * 32, "ff" * 32]) | hexes(32), st.sampled_from(["00" * 16, "ff" * 16]) | hexes(16),
)  # fmt: skip
FORGED: dict[str, st.SearchStrategy[Any]] = {
    "drill": st.booleans(),
    "root": hexes(32),
    "entries": st.integers(1, 50),
    "index": st.integers(0, 50),
    "units": st.integers(1, 10_000),
    "household_winners_max": st.integers(0, 3),
    "household": st.just("00" * 16) | hexes(16),
    "weight": st.integers(0, 5),
    "stratum": st.integers(0, 2),
    "chain_hash": st.just("") | hexes(32),
    "round": st.integers(0, 2**40),
    "randomness": st.just("") | hexes(32),
    "last_winner": marks,
    "last_standby": marks,
    "place": st.sampled_from(["WINNER", "STANDBY", "NOT_DRAWN", "HOUSEHOLD"]),
    "rank": st.integers(0, 9),
    "result_sha256": hexes(32),
    "score": hexes(32),
    "seed": hexes(32),
}
anything = st.lists(st.sampled_from(sorted(FORGED)), max_size=7, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FORGED[name] for name in names})
)


def made_to_fit(proof: dict[str, Any]) -> dict[str, Any]:
    """With the seed, the score and, if need be, the last places that the forged figures give: consistent in itself."""
    if len(proof["chain_hash"]) != 64 or proof["weight"] < 1:
        return proof
    seed = hashlib.sha256(
        b"baogong seed 1\n" + UUID(proof["draw"]).bytes + bytes.fromhex(proof["root"]) + proof["entries"].to_bytes(8, "big")
        + proof["units"].to_bytes(8, "big") + bytes.fromhex(proof["chain_hash"]) + proof["round"].to_bytes(8, "big")
        + bytes.fromhex(proof["randomness"])
    ).digest()  # fmt: skip
    score = verify.best(seed, bytes.fromhex(proof["entry"]), proof["weight"]).hex()
    own = {"stratum": proof["stratum"], "score": score, "entry": proof["entry"]}
    first = {"stratum": 0, "score": "00" * 32, "entry": "00" * 16}
    last = {"stratum": 9, "score": "ff" * 32, "entry": "ff" * 16}
    fit: dict[str, tuple[Any, Any]] = {
        "WINNER": (own, None),
        "STANDBY": (first, own),
        "NOT_DRAWN": (first, None),
        "HOUSEHOLD": (last, None),
    }
    winner, standby = fit[proof["place"]]
    return proof | {"seed": seed.hex(), "score": score, "last_winner": winner, "last_standby": standby}


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 39), anything, st.booleans())
def test_no_change_of_a_proof_that_would_tell_another_outcome_passes(
    number: int, changes: dict[str, Any], fits: bool
) -> None:
    """Whatever is changed, together and with all that depends on it made anew: both see it, as it is not what was published."""
    proof = proofs()[number]
    forged = proof | changes
    if fits:
        forged = made_to_fit(forged)
    found = check_proof(forged, published())
    problems, place = verify.check_proof(forged, papers(whole().files))
    if forged == proof:
        assert (found, problems, place) == ([], [], proof["place"])
    else:
        assert found
        assert problems


def test_the_two_forgeries_that_once_held_do_not() -> None:
    """A loser told to have won, by a number nobody drew; a winner told not to be drawn, by another last winner."""
    loser = next(one for one in proofs() if one["place"] == "NOT_DRAWN")
    winner = next(one for one in proofs() if one["place"] == "WINNER")
    won = made_to_fit(
        loser
        | {"randomness": "11" * 32, "round": 7, "units": 5000, "chain_hash": "77" * 32, "place": "WINNER", "rank": 1}
    )
    first = {"stratum": 0, "score": "00" * 32, "entry": "00" * 16}
    lost = winner | {"last_winner": first, "last_standby": None, "place": "NOT_DRAWN", "rank": 0}
    for forged in (won, lost):
        assert verify.check_proof(forged)[0] == []  # as far as a lone proof can be seen
        assert verify.check_proof(forged)[1] is None
        assert verify.check_proof(forged, papers(whole().files))[0]
        assert check_proof(forged, published())


@dataclass(frozen=True)
class Forgery:
    """Papers with something changed, each naming the changed one before it."""

    files: dict[str, bytes]

    @classmethod
    def of(cls, paper: str, **changes: object) -> Forgery:
        files = {f"{name}.json": whole().files[f"{name}.json"] for name in NAMES}
        files[f"{paper}.json"] = edited(files[f"{paper}.json"], **changes)
        for name, before in zip(NAMES[1:], NAMES, strict=False):
            if NAMES.index(name) > NAMES.index(paper):
                link = {f"{before}_sha256": hash_of(files[f"{before}.json"])}
                files[f"{name}.json"] = edited(files[f"{name}.json"], **link)
        return cls(files)


RESULT = json.loads(whole().files["result.json"])


@pytest.mark.parametrize(
    "forgery",
    [
        Forgery.of("announcement", units=20),
        Forgery.of("announcement", units=10),
        Forgery.of("announcement", standby=1),
        Forgery.of("close", root="00" * 32),
        Forgery.of("close", entries=41),
        Forgery.of("beacon", round=ROUND + 1),
        Forgery.of("beacon", randomness="11" * 32),
        Forgery.of("beacon", use="FALLBACK"),
        Forgery.of("result", seed="00" * 32),
        Forgery.of("result", winners=RESULT["winners"][:-1]),
        Forgery.of("result", winners=[*RESULT["winners"], "ab" * 16]),
        Forgery.of("result", winners=RESULT["winners"][::-1]),
        Forgery.of("result", standby=RESULT["standby"] * 2),
        Forgery.of("result", last_winner=None),
        Forgery.of("result", last_winner={"stratum": 0, "score": "00" * 32, "entry": "00" * 16}),
        Forgery.of("result", last_standby=RESULT["last_winner"]),
        Forgery.of("result", drill=False),
    ],
)
def test_papers_that_do_not_follow_from_each_other_check_no_proof(forgery: Forgery) -> None:
    """Also where every hash was made anew."""
    with pytest.raises(UnfitDraw):
        Published.read(forgery.files)
    assert papers(forgery.files).find.problems


def test_a_result_that_leaves_a_winner_out_does_not_fit_the_winners_own_proof() -> None:
    """One who stood by stands in the winner's stead: consistent papers, which only the winner's own lot refutes."""
    left_out = RESULT["winners"][0]
    winners = [*RESULT["winners"][1:], RESULT["standby"][0]]
    forged = Forgery.of(
        "result", winners=winners, standby=RESULT["standby"][1:],
        last_winner=next(one for one in ({"stratum": p["stratum"], "score": p["score"], "entry": p["entry"]} for p in proofs()) if one["entry"] == winners[-1]),
    )  # fmt: skip
    told_so = Published.read(forged.files)
    proof = next(one for one in proofs() if one["entry"] == left_out)
    for place in ("NOT_DRAWN", "HOUSEHOLD", "WINNER"):
        changed = proof | dict(told_so.figures) | {"place": place, "rank": 0}
        if proof["household"] == "00" * 16 or place != "HOUSEHOLD":
            assert check_proof(changed, told_so), place
            assert verify.check_proof(changed, papers(forged.files))[0], place


def test_a_missing_paper_is_named() -> None:
    for name in NAMES:
        files = {other: content for other, content in whole().files.items() if other != f"{name}.json"}
        with pytest.raises(UnfitDraw) as refused:
            Published.read(files)
        assert [fault["where"] for fault in refused.value.data["problems"]] == [f"{name}.json"]


def test_lottery_numbers_place_nobody_without_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    announced = replace(announcement(), source=LOTTERY, weight_max=1, strata=1)
    drawn = made([entry(n) for n in range(9)], announced, numbers=NUMBERS)
    for line in drawn.files["proofs.jsonl"].splitlines():
        proof = json.loads(line)
        assert check_proof(proof, drawn.published) == []
        assert verify.check_proof(proof, papers(drawn.files)) == ([], None)
        other = proof | {"place": "NOT_DRAWN", "rank": 0}
        assert check_proof(other, drawn.published)
        assert verify.check_proof(other, papers(drawn.files))[0]
    drawn.write(tmp_path / "bundle")
    (tmp_path / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    document = told(capsys, str(tmp_path / "bundle"), "--proof", str(tmp_path / "proof.json"))
    assert (document["ok"], document["place"]) == (True, "NOT CHECKED")
    assert "run verify.py on the whole folder" in str(document["notes"])


def test_a_proof_from_the_blocks_is_the_path_of_the_whole_tree() -> None:
    many = made([entry(n) for n in range(2500)], announcement(weight_max=1, strata=1))
    assert len(many.drawn.tree.blocks) == 3 * 32
    prover = Prover.of(many.drawn)
    for row in (0, 1022, 1023, 1024, 2046, 2047, 2048, 2499):
        assert check_proof(prover.proof(row), many.published, root=many.drawn.close.root) == []


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 511), st.binary(min_size=32, max_size=32))
def test_the_one_file_knows_an_ed25519_signature_and_no_other(text: bytes, bit: int, secret: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(text)
    assert verify.is_signed(public, text, signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify.is_signed(public, text, bytes(changed))
    assert not verify.is_signed(public, text + b"x", signature)
    assert not verify.is_signed(PUBLIC, text, signature)
    assert not verify.is_signed(public, text, signature[:63])


def receipt_of(drawn: Made, number: int, **changes: object) -> dict[str, str]:
    one, nonce = entry(number), number.to_bytes(16, "big")
    bound = commitment_of(draw=DRAW.bytes, entry=one.entry, nonce=nonce).hex()
    said: dict[str, object] = {
        "format": "baogong draw receipt 1", "draw": str(DRAW), "announcement_sha256": hash_of(drawn.announcement),
        "entry": one.entry.hex(), "commitment": bound, "entered_at": "2026-01-01T02:00:00Z",
    }  # fmt: skip
    text = json.dumps(said | changes, indent=1)
    return {
        "text": text, "signature": KEY.sign(text.encode()).hex(), "public_key": PUBLIC.hex(), "nonce": nonce.hex(),
    }  # fmt: skip


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_receipt_is_checked_with_the_announced_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], is_announced: bool
) -> None:
    drawn = made([entry(n) for n in range(9)], announcement(receipts_key=PUBLIC.hex() if is_announced else None))
    folder, file = drawn.write(tmp_path / "bundle"), tmp_path / "receipt.json"

    def say(receipt: dict[str, str], *options: str) -> dict[str, Any]:
        file.write_text(json.dumps(receipt), encoding="utf-8")
        return told(capsys, str(folder), "--receipt", str(file), *options)

    good = receipt_of(drawn, 3)
    assert say(good)["ok"] is True
    assert ("names no key for receipts" in str(say(good)["notes"])) == (not is_announced)
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    own_key = good | {
        "signature": stranger.sign(good["text"].encode()).hex(),
        "public_key": stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
    }
    assert say(own_key)["ok"] is (not is_announced)
    for bad in (
        good | {"signature": good["signature"][:-2] + "00"},
        good | {"nonce": "ff" * 16},
        receipt_of(drawn, 3, announcement_sha256="00" * 32),
        receipt_of(drawn, 3, commitment="00" * 16),
        receipt_of(drawn, 10),  # of somebody whom the list does not hold
    ):
        assert say(bad)["ok"] is False
    proof, another = Prover.of(drawn.drawn).proof(0), Prover.of(drawn.drawn).proof(1)
    number = next(n for n in range(9) if entry(n).entry.hex() == proof["entry"])
    own = tmp_path / "proof.json"
    for brought, holds in ((proof, True), (another, False)):
        own.write_text(json.dumps(brought), encoding="utf-8")
        assert say(receipt_of(drawn, number), "--proof", str(own))["ok"] is holds
