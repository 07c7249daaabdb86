"""Out of a draw at a desk, for whoever has no number of their own: entered by a list, or the receipt is lost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.release.errors import DrawUnusable
from baogong.release.identity import person
from baogong.release.models import DrawEntry, DrawStay
from baogong.release.services.claims import DESK
from baogong.release.services.door import draw_of
from baogong.release.services.entries import entry_named, has_ended, list_is_closed, lock_to_leave

WHY_MAX = 200


@transaction.atomic
@recorded("release.draw.taken-out")
def take_out(*, entry: UUID, number: str, why: str, actor: Actor, now: datetime) -> None:
    """
    Take a person's registration out for them, who are there with the document and want it: as leaving does, without the nonce.

    Where losers stay in, any entry of the registration will do. They may enter anew, with what is right and a number of their
    own. Who did it and why stands on record, and it is counted apart from who left.

    number  as it stands on the document that was shown
    why     one sentence, kept with the name of who types it
    actor   a person: the house takes nobody out
    Raises NotYourPlace, DrawNotThere (the list is closed, or the registration has ended), DrawUnusable (another's document,
    no reason), PersonUnusable, journal's Busy, NotFound.
    """
    named = entry_named(entry)
    office = draw_of(named.draw_id).tranche.release.office_id
    actor.require(*DESK, at=office)
    why = why.strip()
    if not 0 < len(why) <= WHY_MAX:
        raise DrawUnusable(
            f"Somebody is taken out for a reason of 1 to {WHY_MAX} characters. Nothing was changed.",
            where="why",
            found=len(why),
            expected=f"1 to {WHY_MAX} characters",
            cure="Write what the person told you.",
        )
    row, found, stay = lock_to_leave(named)
    is_open = row.close is None and now < row.closes_at
    if not is_open and stay is None:
        raise list_is_closed(row, now)
    shown = person(office, document=found.document, number=number).person
    if found.person is None or bytes(found.person) != shown:
        raise DrawUnusable(
            "This is not the number of the document the entry was made with; nothing was changed.",
            where="number",
            expected="as it stands on the document that was shown",
            cure="Read it from the document again, or look whose entry this is.",
        )
    if found.left_at is not None or (stay is not None and stay.ended_at is not None):
        raise has_ended(stay)
    if is_open:
        DrawEntry.objects.filter(id=found.id, left_at=None).update(left_at=now, taken_out_by=actor.person_id)
    if stay is not None:
        DrawStay.objects.filter(id=stay.id, ended_at=None).update(ended_at=now, taken_out_by=actor.person_id, sealed="")
    record(
        kind="release.draw.taken-out", actor=actor, now=now, subject=row.tranche_id,
        data={"draw": str(row.id), "entry": str(found.id), "why": why},
    )  # fmt: skip
