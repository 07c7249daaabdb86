"""
A lottery anyone can re-run: announced, entered, closed and published, drawn once from a public beacon, proven. Pure.

`papers` are what is announced and hashed, `entries` the closed list and its tree, `beacon` and `lottery` the two sources of
chance, `ranking` who comes when, `draws` the draw itself, `proofs` one entrant's proof, `bundle` all of it as files with a
verifier of one file, `memory` what losers are owed. docs/algorithms/draw.md tells the protocol.
"""

from baogong.engine.draw.beacon import Chain, drill_chain, drill_signature, public_chains, randomness_of
from baogong.engine.draw.bundle import Checked, bundle_of, check, verifier
from baogong.engine.draw.draws import Closed, Drawn, announce, close, draw, more
from baogong.engine.draw.entries import (
    Entry,
    Records,
    Tree,
    carried_nonce_of,
    commitment_of,
    is_opened_by,
    records_of,
    stay_key_of,
)
from baogong.engine.draw.memory import Memory, NextOdds, Outcome, odds, simulate
from baogong.engine.draw.papers import (
    Announcement,
    BeaconPaper,
    Close,
    Drand,
    Lottery,
    LotterySource,
    UnfitDraw,
    as_bytes,
    hash_of,
    read_announcement,
)
from baogong.engine.draw.proofs import Prover, Published, check_proof, inclusion, row_of

__all__ = [
    "Announcement",
    "BeaconPaper",
    "Chain",
    "Checked",
    "Close",
    "Closed",
    "Drand",
    "Drawn",
    "Entry",
    "Lottery",
    "LotterySource",
    "Memory",
    "NextOdds",
    "Outcome",
    "Prover",
    "Published",
    "Records",
    "Tree",
    "UnfitDraw",
    "announce",
    "as_bytes",
    "bundle_of",
    "carried_nonce_of",
    "check",
    "check_proof",
    "close",
    "commitment_of",
    "draw",
    "drill_chain",
    "drill_signature",
    "hash_of",
    "inclusion",
    "is_opened_by",
    "more",
    "odds",
    "public_chains",
    "randomness_of",
    "read_announcement",
    "records_of",
    "row_of",
    "simulate",
    "stay_key_of",
    "verifier",
]
