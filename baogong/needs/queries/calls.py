"""Whom to ring: receivers whose needs nobody verified, or that grow old; what each call is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.needs.models import Check, Contact, Renewal, Ringing
from baogong.needs.queries.board import open_needs
from baogong.needs.queries.sight import receivers_within
from baogong.needs.views import NeedView
from baogong.people.queries.merges import Houses, houses
from baogong.people.queries.parties import party_names

RENEW_BEFORE = timedelta(hours=12)
"""A need that goes stale within this time is asked about."""


@dataclass(frozen=True, slots=True)
class CallEntry:
    """
    One receiver to ring, for all its needs at once.

    reasons     UNVERIFIED, WRONG, STALE, GOING_STALE: why, the weightiest first
    fresh_until the earliest among its needs
    ringing     who is on the telephone to it now, "" where nobody
    """

    receiver: UUID
    receiver_name: str
    city: str
    urgency: int
    reasons: tuple[str, ...]
    needs: tuple[NeedView, ...]
    fresh_until: datetime
    ringing: str
    again_at: datetime | None
    unreached_count: int


@dataclass(frozen=True, slots=True)
class ContactView:
    """`number` is "" for a person's own, which only `services.number_of` deciphers."""

    id: UUID
    receiver: UUID
    kind: str
    label: str
    number: str
    found_at: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class CheckView:
    id: UUID
    need: UUID
    outcome: str
    how: str
    contact_label: str
    why: str
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class RenewalView:
    id: UUID
    need: UUID
    answer: str
    way: str
    before: int | None
    after: int | None
    note: str
    at: datetime
    by_name: str


def call_queue(
    now: datetime, *, actor: Actor | None = None, receiver: UUID | None = None, put_off: bool = True
) -> tuple[CallEntry, ...]:
    """
    The queue: the most urgent first, then what nobody verified, then what is oldest.

    actor     only receivers where the actor may verify; None: all
    receiver  only this one, also when it was put off
    put_off   leave out those nobody answered at, until their time has come
    """
    merged = houses()
    allowed = None if actor is None else receivers_within(actor, Duty.CLERK, Duty.COMMAND, merged=merged)
    by_receiver: dict[UUID, list[NeedView]] = {}
    wanted = None if receiver is None else [receiver]
    for view in open_needs(receivers=wanted, merged=merged):
        if _why(view, now) and (allowed is None or view.receiver in allowed):
            by_receiver.setdefault(view.receiver, []).append(view)
    taken = {row.receiver_id: row for row in Ringing.objects.filter(receiver__in=by_receiver)}
    names = party_names({row.by_id for row in taken.values() if row.by_id is not None and now < row.until_at})
    entries = [_entry(needs, taken.get(party), names, now) for party, needs in by_receiver.items()]
    if put_off and receiver is None:
        entries = [entry for entry in entries if entry.again_at is None or entry.again_at <= now]
    return tuple(
        sorted(
            entries, key=lambda each: (each.urgency, "UNVERIFIED" not in each.reasons, each.fresh_until, each.receiver)
        )
    )


def call_about(views: Sequence[NeedView], now: datetime) -> CallEntry | None:
    """What to ring one receiver about, of its open needs as read already; None where nothing."""
    asked = [view for view in views if _why(view, now)]
    if not asked:
        return None
    taken = Ringing.objects.filter(receiver=asked[0].receiver).first()
    return _entry(asked, taken, {}, now)


def contacts_of(receiver: UUID, merged: Houses | None = None) -> tuple[ContactView, ...]:
    """Numbers of the receiver and all merged with it, published ones first."""
    rows = Contact.objects.filter(receiver__in=(merged or houses()).family([receiver]), ended_at=None)
    return tuple(
        ContactView(row.id, row.receiver_id, row.kind, row.label, row.number, row.found_at, row.added_at)
        for row in rows.order_by("-kind", "added_at", "id")
    )


def checks_of(need: UUID) -> tuple[CheckView, ...]:
    """Newest first."""
    rows = Check.objects.filter(need=need).select_related("contact").order_by("-at", "-id")
    return tuple(
        CheckView(
            id=row.id,
            need=row.need_id,
            outcome=row.outcome,
            how=row.how,
            contact_label=f"{row.contact.label} {row.contact.number}".strip() if row.contact else "",
            why=row.why,
            at=row.at,
            by_name=row.by_name,
        )
        for row in rows
    )


def doubts_of(needs: Collection[UUID]) -> dict[UUID, str]:
    """What the last look found wrong with each of these."""
    wrong = Check.objects.filter(need__in=list(needs), outcome="WRONG").order_by("need", "-at", "-id").distinct("need")
    return dict(wrong.values_list("need_id", "why"))


def renewals_of(need: UUID) -> tuple[RenewalView, ...]:
    """Newest first."""
    return tuple(
        RenewalView(row.id, row.need_id, row.answer, row.way, row.before, row.after, row.note, row.at, row.by_name)
        for row in Renewal.objects.filter(need=need).order_by("-at", "-id")
    )


def _why(view: NeedView, now: datetime) -> str:
    if view.doubt == "WRONG":
        return "WRONG"
    if view.verified_at is None:
        return "UNVERIFIED"
    if view.is_stale(now):
        return "STALE"
    return "GOING_STALE" if view.fresh_until <= now + RENEW_BEFORE else ""


_ORDER = ("UNVERIFIED", "WRONG", "STALE", "GOING_STALE")


def _entry(
    needs: list[NeedView], taken: Ringing | None, names: dict[UUID, tuple[str, str]], now: datetime
) -> CallEntry:
    reasons = {_why(view, now) for view in needs}
    first = needs[0]
    by = taken.by_id if taken is not None and now < taken.until_at else None
    return CallEntry(
        receiver=first.receiver,
        receiver_name=first.receiver_name,
        city=first.city,
        urgency=min(view.urgency for view in needs),
        reasons=tuple(reason for reason in _ORDER if reason in reasons),
        needs=tuple(sorted(needs, key=lambda view: (view.urgency, view.asked_at, view.id))),
        fresh_until=min(view.fresh_until for view in needs),
        ringing=names[by][0] if by in names else "",
        again_at=taken.again_at if taken else None,
        unreached_count=taken.unreached_count if taken else 0,
    )
