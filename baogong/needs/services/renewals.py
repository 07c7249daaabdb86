"""“Still needed?”: by the receiver's own private link, by telephone, by the office; every answer stays."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_word
from baogong.journal.services import put_out, record, recorded
from baogong.journal.services.outbox import PAGE
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.needs.models import Renewal
from baogong.needs.queries.board import open_needs
from baogong.needs.queries.calls import RENEW_BEFORE
from baogong.needs.services.reach import require_at
from baogong.needs.services.requests import FRESH_FOR, cancel, open_need, set_amount
from baogong.needs.services.ties import TIES
from baogong.people.queries.access import links_to
from baogong.people.queries.merges import root_of
from baogong.people.services import links
from baogong.supply.requests import content_of, made_before

Answer, Way = Renewal.Answer, Renewal.Way
LINK_PURPOSE = "RENEW_NEED"
LINK_LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class RenewalLink:
    """The link goes to the receiver's contact one way, the code another: by telephone. Neither can be had again."""

    token: str
    code: str
    expires_at: datetime


@transaction.atomic
@recorded("needs.need.renewed")
def answer(
    *,
    need: UUID,
    answer: str,
    way: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    quantity: int | None = None,
    people_count: int | None = None,
    days_count: int | None = None,
    daily_use_milli: int | None = None,
    note: str = "",
) -> UUID:
    """
    What the receiver says of a need: still needed, another amount, no longer. Returns the renewal's id.

    quantity, or people and days   the new amount, with CHANGED only
    Raises NeedClosed, AmountUnclear, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    if answer == Answer.NO_LONGER:
        lock_word(TIES)
    row = open_need(need, is_closed_ok=True)
    require_at(actor, row.receiver_id)
    if answer not in Answer.values or way not in Way.values:
        raise UnusableInput("This is no answer.", found=f"{answer}, {way}", expected=[*Answer.values, *Way.values])
    amount = {
        "quantity": quantity,
        "people_count": people_count,
        "days_count": days_count,
        "daily_use_milli": daily_use_milli,
    }
    content = content_of(need=need, answer=answer, way=way, note=note, **amount)
    earlier = made_before(Renewal, request_id, content)
    if earlier is not None:
        return earlier.id
    row = open_need(need)
    before = row.quantity
    if answer == Answer.CHANGED:
        set_amount(need=need, actor=actor, now=now, why=note or "the receiver's own word", by_receiver=True, **amount)
        row.refresh_from_db()
    if answer == Answer.NO_LONGER:
        cancel(need=need, why=note or "the receiver needs it no longer", actor=actor, now=now)
    else:
        row.renewed_at, row.fresh_until = now, now + FRESH_FOR
        if way == Way.LINK and row.quantity is not None and (before is None or row.quantity > before):
            # More than anybody looked at: it is rung about again before it counts as verified.
            row.verified_by_id, row.verified_at, row.verified_how = None, None, ""
        row.save(update_fields=["renewed_at", "fresh_until", "verified_by", "verified_at", "verified_how"])
    made = Renewal.objects.create(
        request_id=request_id,
        content=content,
        need=row,
        answer=answer,
        way=way,
        before=before,
        after=None if answer == Answer.NO_LONGER else row.quantity,
        note=note[:240],
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
        fresh_until=None if answer == Answer.NO_LONGER else row.fresh_until,
    )
    record(
        kind="needs.need.renewed",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        data={"need": str(need), "answer": answer, "way": way, "before": before, "after": made.after},
    )
    return made.id


@transaction.atomic
def answer_all(
    *,
    needs: Sequence[UUID],
    answer: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    quantity: int | None = None,
    note: str = "",
) -> None:
    """One answer by private link for several needs: all or none. Raises what `answer` raises."""
    for need in sorted(set(needs)):
        _answer(
            need=need,
            answer=answer,
            way=Way.LINK,
            quantity=quantity,
            note=note,
            actor=actor,
            now=now,
            request_id=derived_id("answer", request_id, need),
        )


def renew(*, need: UUID, actor: Actor, now: datetime, request_id: UUID | None = None) -> None:
    """The receiver still needs it: fresh for another 48 hours. Raises NeedClosed, NotYourPlace."""
    answer(need=need, answer=Answer.STILL, way=Way.OFFICE, actor=actor, now=now, request_id=request_id or new_id())


@transaction.atomic
@recorded("needs.link.made")
def make_renewal_link(*, receiver: UUID, actor: Actor, now: datetime, lasts: timedelta = LINK_LASTS) -> RenewalLink:
    """
    A private address where the receiver's contact sees its needs and, with the code, answers for them.

    An earlier one ends: the house knows of one at a time. Raises NotYourPlace.
    """
    require_at(actor, receiver)
    receiver = root_of(receiver)
    lock_word(f"renewal link {receiver}")  # of two made at once, the earlier would else stay open
    links.revoke_for(receiver, purpose=LINK_PURPOSE, actor=actor, now=now)
    code = f"{secrets.randbelow(1_000_000):06d}"
    expires_at = now + lasts
    token = links.make_link(
        purpose=LINK_PURPOSE, subject=receiver, party=receiver, expires_at=expires_at, actor=actor, now=now, code=code
    )
    record(kind="needs.link.made", actor=actor, now=now, subject=receiver, data={"expires_at": expires_at})
    return RenewalLink(token, code, expires_at)


@transaction.atomic
@recorded("needs.link.ended")
def end_renewal_links(*, receiver: UUID, actor: Actor, now: datetime) -> int:
    """Every open link of the receiver opens nothing from now on; returns how many. Raises NotYourPlace."""
    require_at(actor, receiver)
    ended = links.revoke_for(root_of(receiver), purpose=LINK_PURPOSE, actor=actor, now=now)
    record(kind="needs.link.ended", actor=actor, now=now, subject=receiver, data={"links": ended})
    return ended


_answer = answer  # the argument of the same name hides it


def by_link(receiver: UUID, name: str) -> Actor:
    """Whoever opened the receiver's link and told its code: may answer for this receiver's needs and nothing else."""
    return Actor(person_id=None, name=name, reach={Duty.CLERK: frozenset({receiver})})


@transaction.atomic
def remind_before_stale(*, now: datetime) -> int:
    """
    A message for each receiver with a need that goes stale within twelve hours; returns how many receivers.

    Written once for each moment at which something goes stale, however often this runs.
    """
    going: dict[UUID, list[tuple[datetime, UUID]]] = {}
    for view in open_needs():
        if now < view.fresh_until <= now + RENEW_BEFORE:
            going.setdefault(view.receiver, []).append((view.fresh_until, view.id))
    for receiver, needs in sorted(going.items()):
        first = min(needs)[0]
        is_linked = any(link.is_open and link.purpose == LINK_PURPOSE for link in links_to(receiver, now=now))
        put_out(
            to_party=receiver,
            channel=PAGE,
            template="needs.going-stale",
            payload={"needs": [str(need) for _, need in sorted(needs)], "fresh_until": first, "has_link": is_linked},
            dedupe_key=f"needs.going-stale {receiver} {first.isoformat()}",
            now=now,
        )
    return len(going)
