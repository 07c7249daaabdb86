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
# What is free is for those who stand by first: of it only what they do not ask for is left, and what is kept for the channel
# where none of them came by it.
LOOK = """
SELECT tranche.id, release.office_id, release.state,
       tranche.opens_at, tranche.closes_at, coalesce((rule.body ->> 'shuffle_s')::int, 0),
       greatest(
           tranche.units - tranche.admitted - ahead.units - coalesce(
               (SELECT sum(greatest(0, other.units - other.taken)) FROM release_channelreserve AS other
                WHERE other.tranche_id = tranche.id AND other.channel <> %(channel)s AND other.until_at > %(now)s), 0)::int,
           CASE WHEN ahead.is_elsewhere AND own.until_at > %(now)s THEN own.units - own.taken END),
       own.units_max - own.taken,
       tranche.opened_at IS NULL AND coalesce((rule.body ->> 'shuffle_s')::int, 0) > 0,
       tranche.standing < coalesce((rule.body ->> 'standby_max')::int, 0)
FROM release_tranche AS tranche
JOIN release_release AS release ON release.id = tranche.release_id
LEFT JOIN release_ruleversion AS rule ON rule.id = release.rule_id
LEFT JOIN release_channelreserve AS own ON own.tranche_id = tranche.id AND own.channel = %(channel)s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(units), 0)::int AS units, bool_and(channel <> %(channel)s) AS is_elsewhere FROM release_claim
    WHERE tranche.standing > 0 AND tranche_id = tranche.id AND state = 'STANDBY'
) AS ahead
WHERE tranche.id = ANY(%(tranches)s)
"""
RESIDENTS = "WEB"  # the channel of all who look before they are judged


class NotOffered(BaogongError):
    """The release is not open, so nothing of it is claimed."""

    kind, code = Kind.CONFLICT, "release.not-offered"


class SoldOut(BaogongError):
    """Less of the tranche is left for the channel than is asked for. Nothing was written; the claim's id is as good as before."""

    kind, code = Kind.CONFLICT, "release.sold-out"


class NotOpenYet(BaogongError):
    """The tranche opens later. Nothing was written; the claim's id is as good as before."""

    kind, code = Kind.CONFLICT, "release.not-open-yet"


def look(connection: Connection[Any], tranches: Iterable[UUID], now: datetime) -> dict[UUID, Offer]:
    """How tranches stand for residents. Unknown ones are left out."""
    values = {"tranches": list(tranches), "channel": RESIDENTS, "now": now}
    with open_cursor(connection) as cursor:
        return {row[0]: Offer(*row) for row in cursor.execute(LOOK, values).fetchall()}


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
    refusal = refusal_now(connection, claim.tranche, claim.units, now)
    if refusal is None:
        return None
    (answer,) = answered(connection, [claim])
    if answer is None:
        raise refusal
    return answer


def refusal_now(connection: Connection[Any], tranche: UUID, units: int, now: datetime) -> BaogongError | None:
    """`refusal_of` the tranche as it stands at this moment."""
    return refusal_of(look(connection, [tranche], now).get(tranche), units, now)


def refusal_of(offer: Offer | None, units: int, now: datetime) -> BaogongError | None:
    """Why nobody new gets so many units of it now; None where the claim must be judged."""
    if offer is None:
        return NotFound("There is no such tranche; nothing was claimed.", cure="Choose one on offer.")
    if not offer.is_open or now >= offer.closes_at:
        return closed("CLOSED" if offer.is_open else offer.state)
    if now < offer.opens_at:
        return NotOpenYet(
            "This is not open yet; nothing was claimed and the claim's id stays yours.",
            expected=offer.opens_at.isoformat(),
            cure="Send the same claim again, under the same id, after the time told.",
        )
    if offer.falls_short_of(units):
        left = offer.left if offer.allowed is None else min(offer.left, offer.allowed)
        return sold_out(max(0, left))
    return None


def closed(state: str) -> NotOffered:
    return NotOffered(
        "This release takes no claims any more; nothing was claimed.",
        found=state,
        expected="OPEN",
        cure="See what is on offer now.",
    )


def sold_out(left: int | None = None) -> SoldOut:
    """left: what there is for a smaller claim, where it is known."""
    if left:
        return SoldOut(
            "Less is left of it for this channel than this claim asks for; nothing was claimed and the claim's id stays yours.",
            found=left,
            cure="Claim what is left under a new id, or try once more after the time told.",
        )
    return SoldOut(
        "Nothing is left of it for this channel; nothing was claimed and the claim's id stays yours.",
        found=0,
        cure="Units that are given back are offered again: try once more after the time told. "
        "What is kept for other channels stands on the offer's page.",
    )


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
