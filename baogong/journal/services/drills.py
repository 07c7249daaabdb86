"""A drill's clock, as its administrator sets it: forward only, and on record."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from baogong.journal.clock import not_a_drill
from baogong.journal.models import BookMark
from baogong.journal.services.events import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind

FORWARD_MAX = timedelta(days=31)


class ClockGoesForward(BaogongError):
    """What has happened in a drill has happened: its clock is never set back."""

    kind, code = Kind.REFUSED, "journal.clock-goes-forward"


@transaction.atomic
@recorded("journal.clock.moved")
def move_clock(*, to: datetime, actor: Actor, now: datetime) -> None:
    """
    Set a drill's clock forward, at most a month at a time.

    now  where the drill's clock stands, as the person saw it
    Raises NotADrill, ClockGoesForward, NotYourPlace.
    """
    actor.require(Duty.ADMIN)
    row = BookMark.objects.select_for_update().filter(id=1, is_drill=True).first()
    if row is None:
        raise not_a_drill()
    stands_at = row.clock_at or now
    if not stands_at < to <= stands_at + FORWARD_MAX:
        raise ClockGoesForward(
            "A drill's clock is set forward, by a month at most; it stays where it is.",
            where="clock",
            found=to.isoformat(),
            expected=f"after {stands_at.isoformat()}",
            cure="Choose a later moment. To begin again, open another drill.",
        )
    row.clock_at = to
    row.save(update_fields=["clock_at"])
    record(kind="journal.clock.moved", actor=actor, now=stands_at, data={"to": to})
