"""Photos of handovers, people's doors on them: each look stays in the book, as each number of a call list does."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery import queries as delivery
from baogong.delivery.services.stations import KEEPERS
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor


@transaction.atomic
@recorded("delivery.photo.read")
def read_photo(*, code: str, evidence: UUID, actor: Actor, now: datetime) -> tuple[bytes, str]:
    """(bytes, media type) of a photo that shows a parcel's handover. Raises ParcelNotThere, NotYourPlace, NotFound."""
    found = delivery.parcel(code)
    actor.require(*KEEPERS, at=found.station)
    shown = delivery.photo_shown(found.id, evidence)
    record(
        kind="delivery.photo.read",
        actor=actor,
        now=now,
        subject=found.id,
        data={"parcel": found.code, "evidence": str(evidence)},
    )
    return shown


@transaction.atomic
@recorded("delivery.photo.read")
def read_kept_photo(*, act: UUID, number: int, station: UUID, actor: Actor, now: datetime) -> bytes:
    """A photo, JPEG, that came with an act of this station that is not written. Raises NotYourPlace, NotFound."""
    actor.require(*KEEPERS, at=station)
    shown = delivery.kept_photo(act, number, station=station)
    record(
        kind="delivery.photo.read",
        actor=actor,
        now=now,
        subject=station,
        data={"act": str(act), "number": number},
    )
    return shown
