"""Alerts as pages, programs and commands read them; the gravest first, then the longest standing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import reach
from baogong.tower.kinds import chain_of
from baogong.tower.models import Alert

ALERTS_MAX = 500
OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)


@dataclass(frozen=True, slots=True)
class AlertView:
    """
    state      OPEN, TAKEN, CLOSED
    duty       whose it is now; `owner`: who sees to it
    facts      codes, figures and ids that say it in words (`tower.words`)
    stands     what it is about has not ended
    """

    id: UUID
    kind: str
    is_grave: bool
    event: int | None
    subject: UUID | None
    item: UUID | None
    at: UUID | None
    since: datetime
    facts: dict[str, Any] = field(repr=False)
    state: str
    duty: Duty
    level: int
    escalates_at: datetime | None
    owner: UUID | None
    owner_name: str
    taken_at: datetime | None
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    closed_by: UUID | None
    closed_why: str
    stands: bool

    def may_be_taken_by(self, actor: Actor) -> bool:
        return self.state != Alert.State.CLOSED and actor.may_any(*chain_of(self.kind), at=self.at)

    def require_sight(self, actor: Actor) -> None:
        """Raises NotYourPlace unless the actor has its duty or one of the office's, there or everywhere."""
        if not actor.may_any(*OFFICE):
            actor.require(*OFFICE, *chain_of(self.kind), at=self.at)


def alerts(
    *, is_open: bool = True, seen_by: Actor | None = None, since: datetime | None = None, limit: int = ALERTS_MAX
) -> tuple[AlertView, ...]:
    """
    Those that are open, or (`is_open` False) closed, the last closed first, from `since` on; one query.

    seen_by  only what this person may look at: the office everything, others what is of a place of theirs; None: all
    """
    if is_open:
        rows = Alert.objects.exclude(state=Alert.State.CLOSED).order_by("-is_grave", "since", "id")
    else:
        rows = Alert.objects.filter(state=Alert.State.CLOSED).order_by("-closed_at", "id")
        if since is not None:
            rows = rows.filter(closed_at__gte=since)
    if seen_by is not None and not seen_by.may_any(*OFFICE):
        rows = rows.filter(_of_own_places(seen_by))
    return _views(rows[:limit])


def alerts_open_count() -> int:
    return Alert.objects.exclude(state=Alert.State.CLOSED).count()


def alert(alert_id: UUID) -> AlertView:
    """Raises NotFound."""
    found = _views(Alert.objects.filter(id=alert_id))
    if not found:
        raise NotFound("There is no such alert.", where=str(alert_id), cure="Open the list again and choose from it.")
    return found[0]


def alerts_by_cause(keys: list[str]) -> dict[str, AlertView]:
    """Cause → the alert made of it, while it stands; one query, none for no cause."""
    if not keys:
        return {}
    rows = list(Alert.objects.filter(cause__in=keys, ended_at=None).select_related("owner"))
    return {row.cause: _view(row) for row in rows}


def _of_own_places(actor: Actor) -> Q:
    places = reach(actor, *OFFICE, Duty.KEEPER)
    return Q(at__isnull=False) if places is None else Q(at__in=places)


def _views(rows: QuerySet[Alert]) -> tuple[AlertView, ...]:
    return tuple(_view(row) for row in rows.select_related("owner"))


def _view(row: Alert) -> AlertView:
    return AlertView(
        id=row.id,
        kind=row.kind,
        is_grave=row.is_grave,
        event=row.event,
        subject=row.subject,
        item=row.item_id,
        at=row.at_id,
        since=row.since,
        facts=row.facts,
        state=row.state,
        duty=Duty(row.duty),
        level=row.level,
        escalates_at=row.escalates_at,
        owner=row.owner_id,
        owner_name=row.owner.name if row.owner else "",
        taken_at=row.taken_at,
        opened_at=row.opened_at,
        told_at=row.told_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by_id,
        closed_why=row.closed_why,
        stands=row.ended_at is None,
    )
