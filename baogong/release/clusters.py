"""
Who shares a device, an address or a telephone in one release, or named several households: for a person to look at. Tags only,
no name and no number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from baogong.release.models import Claim, ClusterLook, Device

LEAST, CLUSTERS_MAX = 4, 200
HOUSEHOLDS_LEAST = 2  # one person has one

# Claims that were not refused or cancelled, and entries of which no claim has come yet.
_FOUND = """
WITH taken AS (
    SELECT claim.id, claim.person, claim.household, claim.phone, claim.address, claim.units, claim.at, claim.state
    FROM release_claim AS claim JOIN release_tranche AS tranche ON tranche.id = claim.tranche_id
    WHERE tranche.release_id = %(release)s AND claim.state NOT IN ('REFUSED', 'CANCELLED')
    UNION ALL
    SELECT entry.id, entry.person, entry.household, entry.phone, entry.address, 0, entry.entered_at, 'ENTERED'
    FROM release_drawentry AS entry
    JOIN release_draw AS draw ON draw.id = entry.draw_id
    JOIN release_tranche AS tranche ON tranche.id = draw.tranche_id
    WHERE tranche.release_id = %(release)s AND draw.drawn_at IS NULL AND entry.left_at IS NULL
), marked AS (
    SELECT 'PHONE' AS kind, phone AS tag, person AS one, taken.* FROM taken WHERE phone IS NOT NULL
    UNION ALL
    SELECT 'ADDRESS', address, person, taken.* FROM taken WHERE address IS NOT NULL
    UNION ALL
    SELECT 'DEVICE', device.tag, person, taken.* FROM taken JOIN release_device AS device ON device.id = taken.id
    UNION ALL
    SELECT 'PERSON', person, household, taken.* FROM taken WHERE household IS NOT NULL
), shared AS (
    SELECT kind, tag, count(DISTINCT one) AS people, array_agg(id ORDER BY at, id) AS ids, sum(units) AS units,
           count(*) FILTER (WHERE state IN ('ADMITTED', 'ACCEPTED', 'UNDERWAY', 'LOST', 'STANDBY', 'WAITING')) AS open,
           min(at) AS first_at, max(at) AS last_at
    FROM marked
    WHERE person IS NOT NULL AND (%(kind)s::text IS NULL OR (kind = %(kind)s AND tag = %(tag)s))
    GROUP BY kind, tag
    HAVING count(DISTINCT one) >= CASE kind WHEN 'PERSON' THEN least(%(least)s, %(households)s) ELSE %(least)s END
), looked AS (
    SELECT DISTINCT ON (look.kind, look.tag) look.kind, look.tag, look.verdict, look.why, look.people, look.at,
           coalesce(party.name, '') AS by_name
    FROM release_clusterlook AS look LEFT JOIN people_party AS party ON party.id = look.by_id
    WHERE look.release_id = %(release)s
    ORDER BY look.kind, look.tag, look.at DESC, look.id DESC
), found AS (
    SELECT shared.*, looked.verdict, looked.why, looked.people AS people_then, looked.at AS looked_at, looked.by_name,
           looked.people IS NULL OR shared.people > looked.people AS is_waiting
    FROM shared LEFT JOIN looked ON looked.kind = shared.kind AND looked.tag = shared.tag
    UNION ALL
    -- What was cancelled stands among those judged, though nobody shares it any more.
    SELECT kind, tag, 0, '{}', 0, 0, looked.at, looked.at, verdict, why, looked.people, looked.at, by_name, false
    FROM looked
    WHERE verdict = 'CANCELLED' AND %(kind)s::text IS NULL
      AND NOT EXISTS (SELECT FROM shared WHERE shared.kind = looked.kind AND shared.tag = looked.tag)
)
"""
FIND = (
    _FOUND
    + """
SELECT kind, tag, people, ids, units, open, first_at, last_at, verdict, why, people_then, looked_at, by_name
FROM found WHERE %(waits)s::bool IS NULL OR is_waiting = %(waits)s
ORDER BY is_waiting DESC, people DESC, kind, tag OFFSET %(after)s LIMIT %(most)s
"""
)
COUNT = _FOUND + "SELECT count(*) FILTER (WHERE is_waiting), count(*) FILTER (WHERE NOT is_waiting) FROM found"


@dataclass(frozen=True, slots=True)
class Cluster:
    """
    People who share something, or one person who named several households.

    kind    DEVICE, ADDRESS, PHONE or PERSON; tag: 32 bytes
    people  of PERSON: households. 0 where all they held was cancelled: the look tells
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


def clusters(
    release: UUID, *, least: int = LEAST, waits: bool | None = None, after: int = 0, most: int = CLUSTERS_MAX
) -> tuple[Cluster, ...]:
    """
    Where at least so many people share something, or one named two households or more; those that wait for a person first,
    then the largest.

    waits  True: only those that wait for a person; False: only those judged
    after  so many of them are left out: with `most`, every one can be reached page by page
    """
    return _clusters({"release": release, "least": least, "waits": waits, "after": after, "most": most})


def clusters_count(release: UUID, *, least: int = LEAST) -> tuple[int, int]:
    """How many wait for a person, and how many are judged."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _ASKED | {"release": release, "least": least})
        waiting, judged = cursor.fetchone()
    return waiting, judged


def cluster_of(release: UUID, kind: str, tag: bytes) -> Cluster | None:
    """One of them; None where nobody shares that."""
    return next(iter(_clusters({"release": release, "kind": kind, "tag": tag, "least": 1})), None)


def why_cancelled(claim: UUID) -> str:
    """
    What a person wrote who cancelled this claim with all that share something with it; "" where it ended otherwise.

    The verdict and what it cancels are written at one moment.
    """
    row = Claim.objects.filter(id=claim, state=Claim.State.CANCELLED).select_related("tranche").first()
    if row is None:
        return ""
    device = Device.objects.filter(id=claim).values_list("tag", flat=True).first()
    shared = Q()
    for kind, tag in (("PERSON", row.person), ("PHONE", row.phone), ("ADDRESS", row.address), ("DEVICE", device)):
        if tag is not None:
            shared |= Q(kind=kind, tag=tag)
    looks = ClusterLook.objects.filter(
        shared, release=row.tranche.release_id, verdict=ClusterLook.Verdict.CANCELLED, at=row.decided_at
    )
    return (shared and looks.values_list("why", flat=True).first()) or ""


_ASKED: dict[str, Any] = {
    "kind": None, "tag": None, "waits": None, "after": 0, "most": CLUSTERS_MAX, "households": HOUSEHOLDS_LEAST,
}  # fmt: skip


def _clusters(asked: dict[str, Any]) -> tuple[Cluster, ...]:
    with connection.cursor() as cursor:
        cursor.execute(FIND, _ASKED | asked)
        rows = cursor.fetchall()
    return tuple(
        Cluster(kind, bytes(tag), people, tuple(ids), units, open_count, first, last, Look(*look) if look[0] else None)
        for kind, tag, people, ids, units, open_count, first, last, *look in rows
    )
