"""
How a tranche stands, without a lock: good enough to refuse by, never to admit by.

Refusing is cheap: where nobody new gets anything it costs two reads, and waits for no transaction that holds the tranche.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from baogong.kernel.errors import BaogongError, Kind, NotFound
from baogong.ledger import arrays
from baogong.ledger.arrays import open_cursor
from baogong.release.facts import Answer, ClaimIn, Offer

# After a lock: a second try under the same id has waited for the first one and sees its row.
FIND_SEEN = """
SELECT id, content, state, units, code, free_on, standby_number, hold, keeps_until FROM release_claim WHERE id = ANY(%s)
"""
LOOK = """
SELECT tranche.id, release.office_id, release.state,
       tranche.admitted >= tranche.units AND tranche.standing >= coalesce((rule.body ->> 'standby_max')::int, 0)
       AND (tranche.opened_at IS NOT NULL OR coalesce((rule.body ->> 'shuffle_s')::int, 0) = 0),
       tranche.opens_at, tranche.closes_at, coalesce((rule.body ->> 'shuffle_s')::int, 0),
       tranche.units - tranche.admitted
FROM release_tranche AS tranche
JOIN release_release AS release ON release.id = tranche.release_id
LEFT JOIN release_ruleversion AS rule ON rule.id = release.rule_id
WHERE tranche.id = ANY(%s)
"""


class NotOffered(BaogongError):
    """The release is not open, so nothing of it is claimed."""

    kind, code = Kind.CONFLICT, "release.not-offered"


class SoldOut(BaogongError):
    """Nothing of the tranche is left. Nothing was written; the claim's id is as good as before."""

    kind, code = Kind.CONFLICT, "release.sold-out"


class NotOpenYet(BaogongError):
    """The tranche opens later. Nothing was written; the claim's id is as good as before."""

    kind, code = Kind.CONFLICT, "release.not-open-yet"


def look(connection: Connection[Any], tranches: Iterable[UUID]) -> dict[UUID, Offer]:
    """How tranches stand. Unknown ones are left out."""
    with open_cursor(connection) as cursor:
        return {row[0]: Offer(*row) for row in cursor.execute(LOOK, [list(tranches)]).fetchall()}


def answered(connection: Connection[Any], batch: Sequence[ClaimIn]) -> tuple[Answer | None, ...]:
    """The answers these claims got before, in order; None for ids that have none. Nothing is locked or written."""
    with open_cursor(connection) as cursor:
        seen = find_seen(cursor, [claim.id for claim in batch])
    return tuple(as_first(claim, *seen[claim.id]) if claim.id in seen else None for claim in batch)


def answer_or_refuse(connection: Connection[Any], claim: ClaimIn, now: datetime) -> Answer | None:
    """
    The answer a claim has already; None where it must be judged.

    Raises NotFound, NotOffered, NotOpenYet, SoldOut: nobody new gets anything of it now.
    """
    refusal = refusal_of(look(connection, [claim.tranche]).get(claim.tranche), now)
    if refusal is None:
        return None
    (answer,) = answered(connection, [claim])
    if answer is None:
        raise refusal
    return answer


def refusal_of(offer: Offer | None, now: datetime) -> BaogongError | None:
    """Why nobody new gets anything of it now; None where claims must be judged."""
    if offer is None:
        return NotFound("There is no such tranche; nothing was claimed.", cure="Choose one on offer.")
    if not offer.is_open or now >= offer.closes_at:
        return NotOffered(
            "This release takes no claims any more; nothing was claimed.",
            found="CLOSED" if offer.is_open else offer.state,
            expected="OPEN",
            cure="See what is on offer now.",
        )
    if now < offer.opens_at:
        return NotOpenYet(
            "This is not open yet; nothing was claimed and the claim's id stays yours.",
            expected=offer.opens_at.isoformat(),
            cure="Send the same claim again, under the same id, after the time told.",
        )
    if offer.is_sold_out:
        return SoldOut(
            "Nothing is left of it; nothing was claimed and the claim's id stays yours.",
            found=0,
            cure="Units that are given back are offered again: try once more after the time told.",
        )
    return None


def as_first(claim: ClaimIn, content: bytes, answer: Answer) -> Answer:
    """The answer under an id that stands for this content; another claim under it is told apart and learns nothing."""
    if content == claim.content:
        return answer
    return Answer(claim.id, "REUSED", claim.units, "id-reused", was_seen=True)


def find_seen(cursor: Cursor[Any], ids: list[UUID]) -> dict[UUID, tuple[bytes, Answer]]:
    """Of these ids those that have an answer → content of the first claim, answer."""
    return {
        id: (bytes(content), Answer(id, state, units, code, free_on, number, hold, keeps_until, was_seen=True))
        for id, content, state, units, code, free_on, number, hold, keeps_until in cursor.execute(
            FIND_SEEN, [arrays.uuids(ids)]
        ).fetchall()
    }
