"""A receipt for an entry, signed by the house: who was left out of the published list can show that they stood in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from baogong.engine.draw.papers import hash_of, written
from baogong.release.models import Draw, DrawEntry


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    text        what is signed, UTF-8
    signature   Ed25519 over it, 64 bytes
    public_key  32 bytes, the same for every receipt of this house
    """

    entry: UUID
    text: str
    signature: bytes
    public_key: bytes


def receipt_of(
    *, draw: UUID, announcement_sha256: str, entry: UUID, commitment: bytes, entered_at: datetime
) -> Receipt:
    """The same entry has the same receipt, however often it is asked for."""
    text = json.dumps(
        {
            "format": "baogong draw receipt 1",
            "draw": str(draw),
            "announcement_sha256": announcement_sha256,
            "entry": entry.hex,
            "commitment": commitment.hex(),
            "entered_at": written(entered_at),
        },
        indent=1,
    )
    key = _key()
    return Receipt(entry, text, key.sign(text.encode()), public_key())


def receipt_for(draw: Draw, entry: DrawEntry) -> Receipt:
    """Of an entry that stands in the book."""
    return receipt_of(
        draw=draw.id,
        announcement_sha256=hash_of(bytes(draw.announcement)),
        entry=entry.id,
        commitment=bytes(entry.commitment),
        entered_at=entry.entered_at,
    )


def public_key() -> bytes:
    """32 bytes: what the house's receipts are checked with."""
    return _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key() -> Ed25519PrivateKey:
    """Made of the house's own secret, so it lies outside the database like that."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"baogong draw receipts 1").derive(settings.BAOGONG_TAG_KEY)
    return Ed25519PrivateKey.from_private_bytes(derived)
