"""Who shares a device, an address or a telephone in one release: for a person to look at. Tags only, no name and no number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.release.models import ClusterLook

LEAST, CLUSTERS_MAX = 4, 200

# Claims that were not refused or cancelled, and entries of which no claim has come yet.
FIND = """
WITH taken AS (
    SELECT claim.id, claim.person, claim.phone, claim.address, claim.units, claim.at, claim.state
    FROM release_claim AS claim JOIN release_tranche AS tranche ON tranche.id = claim.tranche_id
    WHERE tranche.release_id = %(release)s AND claim.state NOT IN ('REFUSED', 'CANCELLED')
    UNION ALL
    SELECT entry.id, entry.person, entry.phone, entry.address, 0, entry.entered_at, 'ENTERED'
    FROM release_drawentry AS entry
    JOIN release_draw AS draw ON draw.id = entry.draw_id
    JOIN release_tranche AS tranche ON tranche.id = draw.tranche_id
    WHERE tranche.release_id = %(release)s AND draw.drawn_at IS NULL AND entry.left_at IS NULL
), marked AS (
    SELECT 'PHONE' AS kind, phone AS tag, taken.* FROM taken WHERE phone IS NOT NULL
    UNION ALL
    SELECT 'ADDRESS', address, taken.* FROM taken WHERE address IS NOT NULL
    UNION ALL
    SELECT 'DEVICE', device.tag, taken.* FROM taken JOIN release_device AS device ON device.id = taken.id
)
SELECT kind, tag, count(DISTINCT person), array_agg(id ORDER BY at, id), sum(units),
       count(*) FILTER (WHERE state IN ('ADMITTED', 'ACCEPTED', 'UNDERWAY', 'LOST', 'STANDBY', 'WAITING')), min(at), max(at)
FROM marked
WHERE person IS NOT NULL AND (%(kind)s::text IS NULL OR (kind = %(kind)s AND tag = %(tag)s))
GROUP BY kind, tag HAVING count(DISTINCT person) >= %(least)s
ORDER BY count(DISTINCT person) DESC, kind, tag LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """
    People who share something.

    kind    DEVICE, ADDRESS or PHONE; tag: 32 bytes
    claims  of the claims and entries; open_count: so many can still be cancelled
    look    the newest verdict of a person; is_waiting: there is none, or more people share it since
    """

    kind: str
    tag: bytes = field(repr=False)
    people: int
    claims: tuple[UUID, ...]
    units: int
    open_count: int
    first_at: datetime
    last_at: datetime
    look: Look | None

    @property
    def is_waiting(self) -> bool:
        return self.look is None or self.people > self.look.people


@dataclass(frozen=True, slots=True)
class Look:
    """What a person said, and of how many people."""

    verdict: str
    why: str
    people: int
    at: datetime
    by_name: str


def clusters(release: UUID, *, least: int = LEAST) -> tuple[Cluster, ...]:
    """Where at least so many people share something; those that wait for a person first, then the largest."""
    found = _clusters({"release": release, "kind": None, "tag": None, "least": least})
    return tuple(sorted(found, key=lambda one: not one.is_waiting))


def cluster_of(release: UUID, kind: str, tag: bytes) -> Cluster | None:
    """One of them; None where nobody shares that."""
    return next(iter(_clusters({"release": release, "kind": kind, "tag": tag, "least": 1})), None)


def _clusters(asked: dict[str, Any]) -> Sequence[Cluster]:
    with connection.cursor() as cursor:
        cursor.execute(FIND, {**asked, "most": CLUSTERS_MAX})
        rows = cursor.fetchall()
    looks = {
        (row.kind, bytes(row.tag)): Look(row.verdict, row.why, row.people, row.at, row.by.name if row.by else "")
        for row in ClusterLook.objects.filter(release=asked["release"], tag__in=[row[1] for row in rows])
        .select_related("by")
        .order_by("at", "id")
    }
    return [
        Cluster(kind, bytes(tag), people, tuple(ids), units, open_count, first, last, looks.get((kind, bytes(tag))))
        for kind, tag, people, ids, units, open_count, first, last in rows
    ]
