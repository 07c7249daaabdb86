"""
Two words for one claim or entry, never mixed: the entry number, which everybody may read, and the pickup code, which is secret.

The *entry number* is the first twelve signs of the id. It stands on published lists and on the office's pages and opens nothing:
ids of entries are published, those of other claims may be worked out.

The *pickup code* opens the claim to whoever has the document's last four too. It is the same 48 bits of the id sent through a
permutation that only this house's key goes through: nobody who knows the id knows the code, the book has no column for it, the
claim path does not make it, and it is found again backwards, as a few ranges of ids.

Who may choose an id may choose one whose first bits are another's. So there are kinds of ids with a permutation each: those of the
house (version 8, which no claimant may bring: `is_of_the_house`) share no code with any other; of those that begin with the
time (version 7) the sub-millisecond bits count too, as a millisecond is guessed; of all others the first 48 bits, which are random
in version 4.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Q

from baogong.kernel.errors import RequestIdReused

SIGNS = 12
BITS, HALF = 48, 24
ROUNDS = 10  # as NIST SP 800-38G takes for such short texts; eight are the fewest that are thought safe
HOUSE, TIMED, OTHER = range(3)
TIMES_MAX = 4  # of 2^40 ms each, beginning in 1970: version 7 until the year 2109
_LABEL = b"release pickup code 1"


def own_id() -> UUID:
    """Random, of the house's own kind."""
    return as_own(uuid4())


def as_own(id: UUID) -> UUID:
    """The same id, marked as the house's own: version 8 (RFC 9562, 5.8)."""
    return UUID(int=id.int & ~(0xF << 76) | 8 << 76 & ~(0b11 << 62) | 0b10 << 62)


def is_of_the_house(id: UUID) -> bool:
    """Whether only the house makes such ids: of entries in draws, and of who stands on another office's list."""
    return id.int >> 76 & 0xF == 8


def refuse_house_ids(id: UUID) -> None:
    """
    Nobody claims under the id of an entry or of a right on another office's list: it would stand where that right is to stand.

    Raises RequestIdReused.
    """
    if is_of_the_house(id):
        raise RequestIdReused(
            "Ids of version 8 stand for entries and rights that this house makes; nothing was claimed.",
            where="id",
            expected="a UUID of version 4, which is random",
            cure="Make a new id for a new claim.",
        )


def entry_number(id: UUID) -> str:
    """Public: twelve signs, 0 to 9 and A to F, as they are printed and read aloud: 3F9A-07C2-81BD."""
    return _spelled(id.int >> 80)


def pickup_code(id: UUID) -> str:
    """Secret: twelve signs like an entry number's, of which they tell nothing."""
    kind, bits = _kind_and_bits(id)
    left, right = bits >> HALF, bits & (1 << HALF) - 1
    for round in range(ROUNDS):
        left, right = right, left ^ _mixed(kind, round, right)
    return _spelled(left << HALF | right)


def with_pickup_code(code: str, field: str = "id") -> Q | None:
    """
    Rows whose id may have this code, however it is typed: gaps, dashes, small letters; `has_pickup_code` says it for sure.

    None where it is no code at all.
    """
    bits = _read(code)
    if bits is None:
        return None
    found = Q(pk__in=())
    for span in _spans(bits):
        found |= Q(**{f"{field}__range": span})
    return found


def has_pickup_code(id: UUID, code: str) -> bool:
    """Whether this is its code, however it is typed."""
    bits = _read(code)
    return bits is not None and hmac.compare_digest(pickup_code(id), _spelled(bits))


def _kind_and_bits(id: UUID) -> tuple[int, int]:
    first = id.int >> 80
    if is_of_the_house(id):
        return HOUSE, first
    if id.int >> 76 & 0xF == 7 and first >> 40 < TIMES_MAX:
        return TIMED, (first & (1 << 40) - 1) << 8 | id.int >> 68 & 0xFF
    return OTHER, first


def _spans(bits: int) -> Iterator[tuple[UUID, UUID]]:
    """Where ids with this code lie: the first and the last of each range."""
    house, timed, other = (_back(kind, bits) for kind in (HOUSE, TIMED, OTHER))
    yield _span(house << 4 | 8, 52)
    for time in range(TIMES_MAX):
        yield _span((time << 40 | timed >> 8) << 12 | 7 << 8 | timed & 0xFF, 60)
    yield _span(other, 48)


def _span(prefix: int, bits: int) -> tuple[UUID, UUID]:
    first = prefix << 128 - bits
    return UUID(int=first), UUID(int=first | (1 << 128 - bits) - 1)


def _back(kind: int, bits: int) -> int:
    left, right = bits >> HALF, bits & (1 << HALF) - 1
    for round in reversed(range(ROUNDS)):
        left, right = right ^ _mixed(kind, round, left), left
    return left << HALF | right


def _mixed(kind: int, round: int, half: int) -> int:
    """The round function of a balanced Feistel network (Luby and Rackoff, 1988): HMAC-SHA256 under the key of the house's tags."""
    asked = _LABEL + bytes((kind, round)) + half.to_bytes(3, "big")
    return int.from_bytes(hmac.digest(settings.BAOGONG_TAG_KEY, asked, "sha256")[:3], "big")


def _spelled(bits: int) -> str:
    digits = f"{bits:0{SIGNS}X}"
    return "-".join(digits[at : at + 4] for at in range(0, SIGNS, 4))


def _read(code: str) -> int | None:
    digits = "".join(sign for sign in code.lower() if sign in "0123456789abcdef")
    return int(digits, 16) if len(digits) == SIGNS else None
