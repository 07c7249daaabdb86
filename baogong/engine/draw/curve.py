"""
The arithmetic of BLS12-381 (`py_ecc`), loaded when it is first needed: it takes half a second.

Loading it lets Python recurse 100,000 deep in the whole process, and then a deeply nested JSON body kills the house instead
of being refused. It needs 636 for the largest cofactor, so that much more than before is what stays allowed.
"""

from __future__ import annotations

import sys

_before = sys.getrecursionlimit()

from py_ecc.bls.g2_primitives import (  # noqa: E402
    G1_to_pubkey,
    G2_to_signature,
    pubkey_to_G1,
    signature_to_G2,
    subgroup_check,
)
from py_ecc.bls.hash_to_curve import hash_to_G1, hash_to_G2  # noqa: E402
from py_ecc.optimized_bls12_381 import FQ12, G1, G2, final_exponentiate, is_inf, multiply, neg, pairing  # noqa: E402

RECURSION_MAX = _before + 1000
sys.setrecursionlimit(RECURSION_MAX)

__all__ = [
    "FQ12",
    "G1",
    "G2",
    "G1_to_pubkey",
    "G2_to_signature",
    "final_exponentiate",
    "hash_to_G1",
    "hash_to_G2",
    "is_inf",
    "multiply",
    "neg",
    "pairing",
    "pubkey_to_G1",
    "signature_to_G2",
    "subgroup_check",
]
