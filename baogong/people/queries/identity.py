"""Reads of personal data that show nothing of it."""

from __future__ import annotations

from uuid import UUID

from baogong.people.models import PersonalDatum


def tags(*, what: str, purpose: str) -> dict[UUID, bytes]:
    """Party → its tag of this sort and purpose: equal for equal values, and telling nothing else."""
    rows = PersonalDatum.objects.filter(what=what, purpose=purpose, erased_at=None).exclude(tag=None)
    return {party: bytes(mark) for party, mark in rows.values_list("party_id", "tag") if mark is not None}


def datum_of(party: UUID, *, what: str, purpose: str) -> UUID | None:
    """The id under which a value of the party is kept, for `services.identity.reveal`; None where none is."""
    rows = PersonalDatum.objects.filter(party=party, what=what, purpose=purpose, erased_at=None).exclude(cipher=None)
    return rows.values_list("id", flat=True).first()
