"""Names of parties, for pages of this room."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from baogong.people.queries.parties import PartyView, parties


def parties_by_id(ids: Collection[UUID]) -> dict[UUID, PartyView]:
    """The parties of these ids, however many."""
    return {view.id: view for view in parties(ids=ids, most=len(ids))} if ids else {}
