"""Out of a draw at a desk, for whoever has no number of their own: entered by a list, or the receipt is lost."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from baogong.journal.sealed import sealed_text
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.clock import SystemClock
from baogong.people.services import limits
from baogong.release.errors import DrawUnusable, PersonUnusable
from baogong.release.identity import person, purpose_of
from baogong.release.models import DrawEntry, DrawStay
from baogong.release.services.claims import DESK
from baogong.release.services.door import draw_of
from baogong.release.services.entries import entry_named, has_ended, list_is_closed, lock_to_leave

WHY_MAX = 200
ENTRY_TRIES, CLERK_TRIES, TRIES_WINDOW_S = 5, 100, 900  # wrong numbers at one entry; what a desk with a queue shows
NOT_TAKEN_OUT = "release.draw.not-taken-out"


def _at_once(act: Callable[[], None]) -> None:
    act()


def take_out(
    *,
    entry: UUID,
    number: str,
    why: str,
    actor: Actor,
    now: datetime,
    within: Callable[[Callable[[], None]], None] = _at_once,
) -> None:
    """
    Take a person's registration out for them, who are there with the document and want it: as leaving does, without the nonce.

    Where losers stay in, any entry of the registration will do. They may enter anew, with what is right and a number of their
    own. Who did it and why stands on record, and it is counted apart from who left. Not in a transaction: each number that is
    tried counts, and a wrong one stands on record, without the number.

    number  as it stands on the document that was shown
    why     one sentence, kept with the name of who types it
    actor   a person: the house takes nobody out
    within  how the edge does a thing once: called with what takes them out, once the number is known to be theirs
    Raises NotYourPlace, DrawNotThere (the list is closed, or the registration has ended), DrawUnusable (another's document,
    no reason), limits.TooOften, PersonUnusable, journal's Busy, NotFound.
    """
    named = entry_named(entry)
    actor.require(*DESK, at=draw_of(named.draw_id).tranche.release.office_id)
    why = why.strip()
    if not 0 < len(why) <= WHY_MAX:
        raise DrawUnusable(
            f"Somebody is taken out for a reason of 1 to {WHY_MAX} characters. Nothing was changed.",
            where="why",
            found=len(why),
            expected=f"1 to {WHY_MAX} characters",
            cure="Write what the person told you.",
        )
    _refuse_another(named, number, actor, now)
    within(partial(_take_out, named=named, why=why, actor=actor, now=now))


@transaction.atomic
@recorded("release.draw.taken-out")
def _take_out(*, named: DrawEntry, why: str, actor: Actor, now: datetime) -> None:
    row, found, stay = lock_to_leave(named)
    is_open = row.close is None and now < row.closes_at
    if not is_open and stay is None:
        raise list_is_closed(row, now)
    if found.left_at is not None or (stay is not None and stay.ended_at is not None):
        raise has_ended(stay)
    if found.person is None or found.person != named.person:  # forgotten since the document was shown
        raise _another_document()
    if is_open:
        DrawEntry.objects.filter(id=found.id, left_at=None).update(left_at=now, taken_out_by=actor.person_id)
    if stay is not None:
        DrawStay.objects.filter(id=stay.id, ended_at=None).update(ended_at=now, taken_out_by=actor.person_id, sealed="")
    office = row.tranche.release.office_id
    record(
        kind="release.draw.taken-out", actor=actor, now=now, subject=row.tranche_id,
        data={"draw": str(row.id), "entry": str(found.id), "why": sealed_text(why, purpose=purpose_of(office), now=now)},
    )  # fmt: skip


def _refuse_another(named: DrawEntry, number: str, actor: Actor, now: datetime) -> None:
    """
    Raises DrawUnusable: not the document the entry was made with. TooOften: numbers are not tried out on an entry.

    Each wrong number stands on record, and of each window that was shut for who types once that it was. Of one registration
    all entries are one.
    """
    office, mark = draw_of(named.draw_id).tranche.release.office_id, str(named.stay_id or named.id)
    paced_at = SystemClock().now()  # a drill's own may stand still
    try:
        limits.take_each(
            ("take-out-entry", mark, ENTRY_TRIES),
            ("take-out-clerk", str(actor.person_id), CLERK_TRIES),
            window_s=TRIES_WINDOW_S,
            now=paced_at,
        )
    except limits.TooOften:
        with suppress(limits.TooOften):
            limits.take(what="take-out-shut", who=str(actor.person_id), most=1, window_s=TRIES_WINDOW_S, now=paced_at)
            _tell_refused(named, "too-often", actor, now)
        raise
    try:
        shown = person(office, document=named.document, number=number).person
    except PersonUnusable:
        _tell_refused(named, "no-such-number", actor, now)
        raise
    if named.person is None or not hmac.compare_digest(bytes(named.person), shown):
        _tell_refused(named, "another-document", actor, now)
        raise _another_document()
    limits.give_back(what="take-out-entry", who=mark)


@transaction.atomic
def _tell_refused(named: DrawEntry, found: str, actor: Actor, now: datetime) -> None:
    record(
        kind=NOT_TAKEN_OUT, actor=actor, now=now, subject=draw_of(named.draw_id).tranche_id,
        data={"draw": str(named.draw_id), "entry": str(named.id), "found": found},
    )  # fmt: skip


def _another_document() -> DrawUnusable:
    return DrawUnusable(
        "This is not the number of the document the entry was made with; nothing was changed.",
        where="number",
        expected="as it stands on the document that was shown",
        cure="Read it from the document again, or look whose entry this is.",
    )
