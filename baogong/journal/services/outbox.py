"""
Messages out. A message is written in the transaction of the act it tells of, and delivered after: never lost.

Delivery is at least once. The row stays locked while its channel works, so two workers never send one message; a
process killed between sending and marking sends it once more after the restart, under the same message id, which
every channel hands on so that the far end can drop the second.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from baogong.journal.locks import require_transaction
from baogong.journal.mapping import plain
from baogong.journal.models import Outgoing
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import new_id

log = logging.getLogger(__name__)

PAGE = "PAGE"
PAGES_AT_ONCE, WRITTEN_AT_ONCE, AT_ONCE = 10_000, 5_000, 500
# By columns: a city's texts are written while a tranche is locked, and rows of models took most of that time.
WRITE = """
INSERT INTO journal_outgoing (id, dedupe_key, to_party_id, channel, template, payload, made_at, next_at, attempts, last_error)
SELECT id, key, party, %(channel)s, %(template)s, payload::jsonb, %(now)s, %(now)s + after * interval '1 second', 0, ''
FROM unnest(%(ids)s::uuid[], %(keys)s::text[], %(parties)s::uuid[], %(payloads)s::text[], %(afters)s::float8[])
     AS message(id, key, party, payload, after)
ON CONFLICT DO NOTHING
"""
RETRY_AFTER_S = 30
RETRY_AFTER_S_MAX = 3600


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same at every attempt; `now`: this attempt's moment."""

    id: UUID
    to_party: UUID | None
    template: str
    payload: dict[str, Any]
    now: datetime


class NotDelivered(Exception):
    """What a channel raises when the far end did not take the message; anything else it raises counts the same."""


_channels: dict[str, Callable[[Message], None]] = {}


def register_channel(name: str, deliver: Callable[[Message], None]) -> None:
    """A way out that works: `deliver` returns when the far end has taken the message, and raises when it has not."""
    _channels[name] = deliver


def _shown_on_its_page(message: Message) -> None:
    """PAGE: the row itself is what the person's page shows, once it is marked as sent."""


register_channel(PAGE, _shown_on_its_page)


def put_out(
    *, to_party: UUID | None, channel: str, template: str, payload: dict[str, Any], dedupe_key: str, now: datetime
) -> UUID:
    """
    Write a message in the caller's transaction; returns its id. The same `dedupe_key` again is the same message.

    payload  ids and figures the template needs; never personal data, which the channel looks up at the last moment
    Raises UnusableInput for a channel nobody has registered.
    """
    put_out_each(channel=channel, template=template, messages=[(to_party, payload, dedupe_key)], now=now)
    return Outgoing.objects.only("id").get(dedupe_key=dedupe_key).id


def put_out_each(
    *,
    channel: str,
    template: str,
    messages: Sequence[tuple[UUID | None, dict[str, Any], str]],
    now: datetime,
    apart_s: float = 0,
) -> None:
    """
    The same to several at once: to whom, payload and dedupe key of each. As `put_out`, in one statement however many.

    to whom  None: nobody of the register; who reads it knows from the payload
    apart_s  beyond the first `AT_ONCE` of a template that wait, so many seconds one after the other: what else is put out
             does not wait behind a whole city's
    """
    require_transaction()
    if channel not in _channels:
        raise UnusableInput(
            f"There is no way out called {channel}; the message was not written.",
            where="channel",
            found=channel,
            expected=sorted(_channels),
        )
    if not messages:
        return
    waiting = Outgoing.objects.filter(sent_at=None, channel=channel, template=template).count() if apart_s else 0
    with connection.cursor() as cursor:
        for begins in range(0, len(messages), WRITTEN_AT_ONCE):
            some = messages[begins : begins + WRITTEN_AT_ONCE]
            cursor.execute(
                WRITE,
                {
                    "channel": channel,
                    "template": template,
                    "now": now,
                    "ids": [new_id() for _one in some],
                    "keys": [key for _party, _payload, key in some],
                    "parties": [party for party, _payload, _key in some],
                    "payloads": [json.dumps(plain(payload)) for _party, payload, _key in some],
                    "afters": [
                        max(0, at - AT_ONCE) * apart_s for at in range(waiting + begins, waiting + begins + len(some))
                    ],
                },
            )
    from baogong.journal.jobs import deliver_soon  # the job itself imports this module

    transaction.on_commit(deliver_soon, robust=True)  # should it fail, the next minute's job finds the message


def deliver_waiting(*, now: datetime, most: int = 1000) -> tuple[int, int]:
    """
    Deliver what is due, oldest first, each in its own transaction; returns (sent, put off).

    What pages show needs nobody's answer: all of it is marked at once, and `most` does not count it.
    Safe in any number of workers at once: a row another one works on is passed over.
    """
    shown = 0
    while more := _show_pages(now):
        shown += more
    sent = put_off = 0
    while sent + put_off < most:
        outcome = _deliver_one(now)
        if outcome is None:
            break
        sent, put_off = sent + outcome, put_off + (not outcome)
    return shown + sent, put_off


@transaction.atomic
def close_notice(*, message: UUID, reader: UUID, now: datetime) -> None:
    """The reader has seen a message on the page. Raises NotFound for another's."""
    if Outgoing.objects.filter(id=message, to_party=reader, channel=PAGE, read_at=None).update(read_at=now) != 1:
        raise NotFound("There is no such message for you, or you closed it before.", where=str(message))


def forget_readers(*, parties: Collection[UUID | None]) -> None:
    """In the caller's transaction: what was put out to these stays, to nobody any more; what still waited goes to nobody."""
    require_transaction()
    Outgoing.objects.filter(to_party__in=parties).update(to_party=None)


@transaction.atomic(durable=True)
def _show_pages(now: datetime) -> int:
    """Mark some of what pages show as sent; how many. A page needs no far end, so a hundred thousand take seconds."""
    due = Outgoing.objects.filter(sent_at=None, next_at__lte=now, channel=PAGE).order_by("next_at", "id")
    some = due.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)[:PAGES_AT_ONCE]
    return Outgoing.objects.filter(id__in=list(some)).update(sent_at=now, attempts=F("attempts") + 1, last_error="")


@transaction.atomic(durable=True)
def _deliver_one(now: datetime) -> bool | None:
    """True sent, False put off, None nothing due. Durable: what is marked sent here is sent, whoever called."""
    row = (
        Outgoing.objects.filter(sent_at=None, next_at__lte=now)
        .order_by("next_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if row is None:
        return None
    row.attempts += 1
    deliver = _channels.get(row.channel)
    try:
        if deliver is None:
            raise NotDelivered(f"no channel {row.channel} in this process")
        with transaction.atomic():  # a channel's failed query must not undo the mark below
            deliver(Message(row.id, row.to_party_id, row.template, row.payload, now))
    except Exception as error:
        # Only the class: the far end's words may quote a telephone number.
        row.last_error = type(error).__name__
        row.next_at = now + timedelta(seconds=min(RETRY_AFTER_S * 2 ** min(row.attempts - 1, 10), RETRY_AFTER_S_MAX))
        row.save(update_fields=["attempts", "last_error", "next_at"])
        log.warning("message %s was not delivered (%s), attempt %d", row.id, row.last_error, row.attempts)
        return False
    row.sent_at, row.last_error = now, ""
    row.save(update_fields=["attempts", "last_error", "sent_at"])
    return True
