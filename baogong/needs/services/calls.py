"""A clerk on the telephone: the next receiver to ring, taken for ten minutes, put off when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.needs.models import Ringing
from baogong.needs.queries.calls import call_queue
from baogong.needs.services.checks import How, Outcome, check_all
from baogong.needs.services.reach import require_at
from baogong.people.queries.merges import root_of
from baogong.people.services.access import require_somewhere

CALL_FOR = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=30)
AGAIN_AFTER_MAX = timedelta(hours=4)


@transaction.atomic
def next_call(*, actor: Actor, now: datetime) -> UUID | None:
    """The most urgent receiver nobody is ringing, taken by the actor; None where the queue is empty."""
    require_somewhere(actor, Duty.CLERK, Duty.COMMAND)
    for entry in call_queue(now, actor=actor):
        if take_call(receiver=entry.receiver, actor=actor, now=now):
            return entry.receiver
    return None


@transaction.atomic
def take_call(*, receiver: UUID, actor: Actor, now: datetime) -> bool:
    """Whether the receiver is the actor's to ring for ten minutes; False while another clerk does."""
    require_at(actor, receiver)
    with connection.cursor() as cursor:
        # One statement: of two clerks who ask at once one gets it.
        cursor.execute(
            "INSERT INTO needs_ringing AS taken (receiver_id, by_id, until_at, unreached_count) VALUES (%s, %s, %s, 0)"
            " ON CONFLICT (receiver_id) DO UPDATE SET by_id = excluded.by_id, until_at = excluded.until_at"
            " WHERE taken.until_at <= %s OR taken.by_id IS NOT DISTINCT FROM excluded.by_id RETURNING receiver_id",
            [receiver, actor.person_id, now + CALL_FOR, now],
        )
        return cursor.fetchone() is not None


@transaction.atomic
@recorded("needs.call.ended")
def end_call(*, receiver: UUID, actor: Actor, now: datetime) -> None:
    """The receiver answered and the call is over; whoever comes next may ring it."""
    require_at(actor, receiver)
    Ringing.objects.filter(receiver=receiver, by=actor.person_id).update(until_at=now, again_at=None, unreached_count=0)
    record(kind="needs.call.ended", actor=actor, now=now, subject=receiver)


@transaction.atomic
@recorded("needs.call.unanswered")
def nobody_answers(
    *, receiver: UUID, actor: Actor, now: datetime, request_id: UUID, contact: UUID | None = None
) -> datetime:
    """
    Nobody picked up: its unverified needs are marked so, and it comes back into the queue after half an hour, then
    after an hour, at most four. Returns when. Raises NotYourPlace.
    """
    require_at(actor, receiver)
    receiver = root_of(receiver)
    waiting = [need.id for entry in call_queue(now, actor=actor, receiver=receiver) for need in entry.needs]
    check_all(
        needs=waiting,
        outcome=Outcome.UNREACHED,
        how=How.RANG_BACK,
        contact=contact,
        actor=actor,
        now=now,
        request_id=request_id,
    )
    row, _ = Ringing.objects.select_for_update().get_or_create(
        receiver_id=receiver, defaults={"until_at": now, "by_id": actor.person_id}
    )
    again_at: datetime = now + min(AGAIN_AFTER * 2 ** min(row.unreached_count, 3), AGAIN_AFTER_MAX)
    row.until_at, row.again_at, row.unreached_count = now, again_at, row.unreached_count + 1
    row.save(update_fields=["until_at", "again_at", "unreached_count"])
    record(
        kind="needs.call.unanswered",
        actor=actor,
        now=now,
        subject=receiver,
        data={"again_at": again_at, "times": row.unreached_count, "request": str(derived_id("call", request_id))},
    )
    return again_at
