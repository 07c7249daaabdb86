"""What lots are made from, and what was made from them, through every conversion."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from baogong.ledger.facts import SourceView

# UNION, not UNION ALL: two packs may share a potato lot, and each edge is told once.
_WALK = """
WITH RECURSIVE edge AS (
    SELECT child_id, parent_id, parent_amount, child_amount FROM ledger_lotsource WHERE {start} = ANY(%s)
    UNION
    SELECT further.child_id, further.parent_id, further.parent_amount, further.child_amount
    FROM edge JOIN ledger_lotsource AS further ON further.{start} = edge.{onward}
)
SELECT child_id, parent_id, parent_amount, child_amount FROM edge ORDER BY child_id, parent_id
"""


def sources_of(children: Collection[UUID]) -> tuple[SourceView, ...]:
    """Every recorded origin of these lots, and the origins of those, ordered by child and parent; one query."""
    return _walk(children, start="child_id", onward="parent_id")


def made_from(parents: Collection[UUID]) -> tuple[SourceView, ...]:
    """What these lots went into, and what that went into, ordered by child and parent; one query."""
    return _walk(parents, start="parent_id", onward="child_id")


def _walk(lots: Collection[UUID], *, start: str, onward: str) -> tuple[SourceView, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_WALK.format(start=start, onward=onward), [list(lots)])
        return tuple(SourceView(*row) for row in cursor.fetchall())
