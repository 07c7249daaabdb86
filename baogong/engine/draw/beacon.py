"""
The public randomness a draw waits for: drand's chains, their rounds' times, and the BLS signature of a round.

A round's randomness is SHA-256 of its signature, and only the chain's members together can make that signature. What it signs:

bls-unchained-g1-rfc9380   SHA-256(round 8), a point of G1; the public key one of G2 (quicknet)
pedersen-bls-chained       SHA-256(signature before || round 8), a point of G2; the public key one of G1 (default)
pedersen-bls-unchained     SHA-256(round 8), likewise

A chain's hash is SHA-256(period 4 || genesis 8 || public key || group hash || beacon id, unless that is "default"): it fixes the
key. A drill has a chain of its own, whose one key lies with whoever holds the drill; its beacon id begins with "drill-".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

UNCHAINED_G1, CHAINED_G2, UNCHAINED_G2 = "bls-unchained-g1-rfc9380", "pedersen-bls-chained", "pedersen-bls-unchained"
SCHEMES = (UNCHAINED_G1, CHAINED_G2, UNCHAINED_G2)
DRILL = "drill-"
_DST = {
    UNCHAINED_G1: b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
    CHAINED_G2: b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_",
    UNCHAINED_G2: b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_",
}
ROUND_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A beacon's public parameters.

    period_s, genesis_s  a round each `period_s`, the first at `genesis_s` (seconds since 1970 UTC)
    public_key           compressed point, 48 bytes (G1) or 96 (G2)
    group_hash           32 bytes
    """

    scheme: str
    period_s: int
    genesis_s: int
    beacon_id: str
    public_key: bytes
    group_hash: bytes

    @property
    def is_drill(self) -> bool:
        return self.beacon_id.startswith(DRILL)

    @property
    def is_chained(self) -> bool:
        return self.scheme == CHAINED_G2

    @property
    def name(self) -> str:
        """Its name among the public chains; its beacon id where it is a drill's; empty where it is neither."""
        return next(
            (name for name, chain in public_chains().items() if chain == self), self.beacon_id if self.is_drill else ""
        )

    def hash(self) -> bytes:
        """32 bytes."""
        return sha256(
            b"".join(
                (
                    self.period_s.to_bytes(4, "big"),
                    self.genesis_s.to_bytes(8, "big", signed=True),
                    self.public_key,
                    self.group_hash,
                    b"" if self.beacon_id == "default" else self.beacon_id.encode(),
                )
            )
        ).digest()

    def time_of(self, round_number: int) -> datetime:
        """When a round comes out. Raises OverflowError for one beyond all calendars."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.genesis_s + (round_number - 1) * self.period_s)

    def round_at(self, moment: datetime) -> int:
        """The first round that comes out at `moment` or later, at least 1."""
        seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() - self.genesis_s
        return max(1, -int(-seconds // self.period_s) + 1)

    def as_dict(self) -> dict[str, Any]:
        return {
            "scheme": self.scheme,
            "period_s": self.period_s,
            "genesis_s": self.genesis_s,
            "beacon_id": self.beacon_id,
            "public_key": self.public_key.hex(),
            "group_hash": self.group_hash.hex(),
            "chain_hash": self.hash().hex(),
        }


@cache
def public_chains() -> dict[str, Chain]:
    """The chains a real draw may wait for, by name."""
    told = tomllib.loads(files("baogong.engine.draw").joinpath("chains.toml").read_text("utf-8"))
    chains = {
        name: Chain(
            one["scheme"],
            one["period_s"],
            one["genesis_s"],
            one["beacon_id"],
            bytes.fromhex(one["public_key"]),
            bytes.fromhex(one["group_hash"]),
        )
        for name, one in told.items()
    }
    for name, chain in chains.items():
        assert chain.hash().hex() == told[name]["chain_hash"], f"chains.toml: {name} is not what its hash names"
    return chains


def message_of(chain: Chain, round_number: int, previous_signature: bytes) -> bytes:
    """What the chain's members sign; 32 bytes."""
    return sha256((previous_signature if chain.is_chained else b"") + round_number.to_bytes(8, "big")).digest()


@lru_cache(maxsize=256)
def is_signed(chain: Chain, round_number: int, signature: bytes, previous_signature: bytes = b"") -> bool:
    """Whether the signature is the chain's own for this round; about half a second for a new one."""
    from baogong.engine.draw.curve import (
        FQ12,
        G1,
        G2,
        final_exponentiate,
        hash_to_G1,
        hash_to_G2,
        is_inf,
        neg,
        pairing,
        pubkey_to_G1,
        signature_to_G2,
        subgroup_check,
    )

    message, tag = message_of(chain, round_number, previous_signature), _DST[chain.scheme]
    in_g1 = chain.scheme == UNCHAINED_G1
    if (len(signature), len(chain.public_key)) != ((48, 96) if in_g1 else (96, 48)):
        return False
    try:
        signed = pubkey_to_G1(signature) if in_g1 else signature_to_G2(signature)
        key = signature_to_G2(chain.public_key) if in_g1 else pubkey_to_G1(chain.public_key)
        sound = all(not is_inf(point) and subgroup_check(point) for point in (signed, key))
    except ValueError:  # no point of the curve, or bytes that compress none
        return False
    if not sound:
        return False
    if in_g1:
        sides = (
            pairing(G2, neg(signed), final_exponentiate=False),
            pairing(key, hash_to_G1(message, tag, sha256), final_exponentiate=False),
        )
    else:
        sides = (
            pairing(signed, neg(G1), final_exponentiate=False),
            pairing(hash_to_G2(message, tag, sha256), key, final_exponentiate=False),
        )
    return bool(final_exponentiate(sides[0] * sides[1]) == FQ12.one())


def randomness_of(signature: bytes) -> bytes:
    """32 bytes."""
    return sha256(signature).digest()


def drill_chain(secret: int, *, name: str, genesis: datetime, period_s: int = 3) -> Chain:
    """
    A beacon for drills: one key, held by whoever has `secret`. Its name, after "drill-", shows wherever the draw does.

    secret  1 .. 2**252
    """
    from baogong.engine.draw.curve import G2, G2_to_signature, multiply

    key = bytes(G2_to_signature(multiply(G2, secret)))
    return Chain(
        UNCHAINED_G1, period_s, int(genesis.timestamp()), DRILL + name, key, sha256(b"baogong drill\n" + key).digest()
    )


def drill_signature(chain: Chain, secret: int, round_number: int) -> bytes:
    """A drill beacon's round, signed; 48 bytes."""
    from baogong.engine.draw.curve import G1_to_pubkey, hash_to_G1, multiply

    assert chain.is_drill, "only a drill's beacon is signed here"
    point = hash_to_G1(message_of(chain, round_number, b""), _DST[chain.scheme], sha256)
    return bytes(G1_to_pubkey(multiply(point, secret)))
