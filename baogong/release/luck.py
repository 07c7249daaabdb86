"""What the draws of a scope have brought each person so far: losses since the last win, and that win's moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

# A win is a right that came of it, fetched or let pass; one that was given up or refused is none. Who won and gave it up has not
# lost either: whoever enters only to give up would else come to the next draw with more weight. A right that came by itself (to
# who stood by, or by later stock) and was let pass counts as nothing too: whoever slept has neither won nor lost.
FIND_LUCK = """
WITH past AS (
    SELECT entry.person, draw.drawn_at,
           coalesce(claim.state IN ('ADMITTED', 'ACCEPTED', 'UNDERWAY', 'LOST', 'HANDED_OVER', 'EXPIRED'), false) AS has_won,
           coalesce(claim.state = 'CANCELLED' AND claim.hold IS NOT NULL, false) AS has_given_up
    FROM release_drawentry AS entry
    JOIN release_draw AS draw ON draw.id = entry.draw_id
    JOIN release_tranche AS tranche ON tranche.id = draw.tranche_id
    JOIN release_release AS release ON release.id = tranche.release_id
    LEFT JOIN release_claim AS claim ON claim.id = entry.id
    WHERE release.scope = %(scope)s AND draw.drawn_at IS NOT NULL AND entry.person IS NOT NULL
      AND entry.left_at IS NULL
      AND NOT coalesce(claim.state = 'EXPIRED' AND (claim.standby_number IS NOT NULL OR entry.rank IS NULL), false)
      AND (%(all)s OR entry.person = ANY(%(persons)s::bytea[]))
), placed AS (
    SELECT *, max(drawn_at) FILTER (WHERE has_won) OVER (PARTITION BY person) AS won_at FROM past
)
SELECT person, count(*) FILTER (WHERE NOT has_won AND NOT has_given_up AND drawn_at > coalesce(won_at, '-infinity')), won_at
FROM placed GROUP BY person, won_at
"""


@dataclass(frozen=True, slots=True)
class Luck:
    """losses: draws lost since the last win; won_at: when that was, None: never."""

    losses: int = 0
    won_at: datetime | None = None


def lucks(scope: UUID, persons: Sequence[bytes] | None = None) -> dict[bytes, Luck]:
    """Tag → luck of those who have entered a draw of the scope that was drawn; of these persons, or (None) of all."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_LUCK, {"scope": scope, "all": persons is None, "persons": list(persons or ())})
        return {bytes(tag): Luck(losses, won_at) for tag, losses, won_at in cursor.fetchall()}


def people_by_losses(scope: UUID, *, pause_days: int, now: datetime) -> dict[int, int]:
    """Losses → how many stand there, without those whose pause after a win is not over."""
    since = now - timedelta(days=pause_days)
    waits = (one.losses for one in lucks(scope).values() if not pause_days or one.won_at is None or one.won_at < since)
    return dict(Counter(waits))
