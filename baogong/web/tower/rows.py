"""Causes and alerts as rows of a page: in the visitor's language, each with the page that can change what it is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from baogong.kernel.actor import Actor, Duty
from baogong.tower import queries
from baogong.tower.causes import Cause
from baogong.tower.kinds import Kind
from baogong.tower.queries import AlertView
from baogong.tower.words import in_words, names_in
from baogong.web.names import is_chinese

AT_A_STATION = (
    Kind.ROUND_LATE,
    Kind.PARCELS_AT_RISK,
    Kind.COURIER_OVERLOADED,
    Kind.STATION_OVERLOADED,
    Kind.COURIER_OUT,
)
PAPERS = (Kind.SIGNATURE_LATE, Kind.GOODS_LOST, Kind.PARCELS_LOST, Kind.REFUSED_IN_FORCE)
OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)


@dataclass(frozen=True, slots=True)
class Row:
    """`url`: where it can be changed, "" where that page is not for this visitor; `alert` None: not made yet."""

    kind: str
    said: str
    since: datetime
    is_grave: bool
    url: str
    alert: AlertView | None
    may_take: bool = False


def rows_of(causes: Sequence[Cause], actor: Actor) -> list[Row]:
    """With their alerts; at most three queries. The gravest first, then the longest standing."""
    known = queries.alerts_by_cause([cause.key for cause in causes])
    names = names_in([cause.facts for cause in causes])
    found = []
    for cause in causes:
        alert = known.get(cause.key)
        found.append(
            Row(
                cause.kind.value,
                in_words(cause.kind, cause.facts, names, is_chinese=is_chinese()),
                alert.since if alert else cause.since,
                cause.is_grave,
                address_of(cause.kind, cause.subject, cause.at, actor),
                alert,
                alert is not None and alert.may_be_taken_by(actor),
            )
        )
    return sorted(found, key=lambda row: (not row.is_grave, row.since, row.said))


def rows_of_alerts(alerts: Collection[AlertView], actor: Actor) -> list[Row]:
    """In their order; at most two queries."""
    names = names_in([alert.facts for alert in alerts])
    return [
        Row(
            alert.kind,
            in_words(alert.kind, alert.facts, names, is_chinese=is_chinese()),
            alert.since,
            alert.is_grave,
            address_of(Kind(alert.kind), alert.subject, alert.at, actor),
            alert,
            alert.may_be_taken_by(actor),
        )
        for alert in alerts
    ]


def address_of(kind: Kind, subject: UUID | None, at: UUID | None, actor: Actor) -> str:
    if kind in AT_A_STATION and at is not None:
        if not actor.may_any(Duty.KEEPER, Duty.COMMAND, at=at):
            return ""
        page = {Kind.STATION_OVERLOADED: "plan_rounds", Kind.PARCELS_AT_RISK: "board"}.get(kind, "rounds")
        return reverse(f"station:{page}", args=[at])
    if kind is Kind.PEOPLE_MISSING and at is not None:
        return reverse("crew:roll", args=[at]) if actor.may_any(Duty.KEEPER, Duty.COMMAND, at=at) else ""
    if not actor.may_any(*OFFICE):
        return ""
    if kind in (Kind.TRUCK_LATE, Kind.SEAL_CROSSED) and subject is not None:
        return reverse("command:waybill", args=[subject])
    if kind in PAPERS and subject is not None:
        return reverse("command:document", args=[subject])
    if kind is Kind.CLAIMS_AT_RISK and subject is not None:
        return reverse("release:release", args=[subject])
    pages = {Kind.TASK_LATE: "tasks", Kind.GOODS_AT_RISK: "unmoved", Kind.RUNS_OUT: "stock"}
    return reverse(f"command:{pages[kind]}") if kind in pages else ""
