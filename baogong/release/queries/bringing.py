"""Claims that are brought: what is promised by when, what is at risk, lost, or waits for a way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q

from baogong.engine.release import Rule, resident_fen
from baogong.release.codes import entry_number
from baogong.release.models import (
    Claim,
    PromiseAlert,
)
from baogong.release.offers import PROMISED, to_bring, why_not_reached
from baogong.release.queries.releases import LIST_MAX


@dataclass(frozen=True, slots=True)
class AlertView:
    """A claim that is not handed over yet though its promise ends soon. `id`: the claim's; `number`: its entry number."""

    id: UUID
    number: str
    office: UUID
    release: UUID
    title_zh: str
    title_en: str
    state: str
    due_at: datetime
    told_at: datetime


def promise_alerts(offices: Collection[UUID] | None) -> tuple[AlertView, ...]:
    """What offices (None: all) were told of and is not handed over yet, the first to end first."""
    rows = PromiseAlert.objects.select_related("claim__tranche__release__rule").filter(
        claim__state__in=PROMISED, claim__keeps_until=None, due_at=F("claim__due_at")
    )
    if offices is not None:
        rows = rows.filter(office__in=offices)
    found = []
    for row in rows.order_by("due_at", "claim")[:LIST_MAX]:
        release = row.claim.tranche.release
        body = release.rule.body if release.rule else {}
        found.append(
            AlertView(
                id=row.claim_id,
                number=entry_number(row.claim_id),
                office=row.office_id,
                release=release.id,
                title_zh=body.get("title_zh", release.code),
                title_en=body.get("title_en", release.code),
                state=row.claim.state,
                due_at=row.due_at,
                told_at=row.told_at,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PromisesAtRisk:
    """Claims of one release whose office was told that their promised hours run out, and that are not handed over."""

    release: UUID
    office: UUID
    title_zh: str
    title_en: str
    count: int
    late_count: int
    first_due_at: datetime


def promises_at_risk(now: datetime, *, limit: int | None = LIST_MAX) -> tuple[PromisesAtRisk, ...]:
    """By release, the first to end first; `limit` None: all. One query."""
    rows: Any = (
        PromiseAlert.objects.filter(claim__state__in=PROMISED, claim__keeps_until=None, due_at=F("claim__due_at"))
        .order_by()
        .values(
            "office",
            "claim__tranche__release",
            "claim__tranche__release__code",
            "claim__tranche__release__rule__body__title_zh",
            "claim__tranche__release__rule__body__title_en",
        )
        .annotate(count=Count("claim"), late=Count("claim", filter=Q(due_at__lte=now)), first=Min("due_at"))
        .order_by("first", "claim__tranche__release")[:limit]
    )
    of, said = "claim__tranche__release", "claim__tranche__release__rule__body__title"
    return tuple(
        PromisesAtRisk(
            row[of],
            row["office"],
            row[f"{said}_zh"] or row[f"{of}__code"],
            row[f"{said}_en"] or row[f"{of}__code"],
            row["count"],
            row["late"],
            row["first"],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class LostView:
    """
    A claim whose goods were lost on the way.

    number  its entry number; left: units of its tranche that are free; fen: what the resident paid
    """

    id: UUID
    number: str
    release: UUID
    title_zh: str
    title_en: str
    units: int
    unit: str
    left: int
    fen: int
    lost_at: datetime

    @property
    def may_be_brought(self) -> bool:
        """Whether enough is left to bring it once more."""
        return self.left >= self.units


def lost_claims(offices: Collection[UUID] | None) -> tuple[LostView, ...]:
    """Claims of these offices (None: of all) that wait to be brought again or ended, the longest waiting first."""
    rows = Claim.objects.filter(state=Claim.State.LOST).select_related(
        "tranche__release__rule", "tranche__release__item"
    )
    if offices is not None:
        rows = rows.filter(tranche__release__office__in=offices)
    found = []
    for row in rows.order_by("decided_at", "id")[:LIST_MAX]:
        tranche, release = row.tranche, row.tranche.release
        assert release.rule is not None  # nothing is claimed of a draft
        rule = Rule.read(release.rule.body)
        found.append(
            LostView(
                row.id, entry_number(row.id), release.id, rule.title_zh, rule.title_en, row.units, release.item.unit,
                tranche.units - tranche.admitted, resident_fen(rule, row.units, tranche.variant), row.decided_at,
            )
        )  # fmt: skip
    return tuple(found)


def offices_bringing(offices: Collection[UUID] | None) -> tuple[tuple[UUID, str, int], ...]:
    """Office, its name, how many accepted claims of it are to be brought; those that have none are left out. By name."""
    rows = to_bring()
    if offices is not None:
        rows = rows.filter(tranche__release__office__in=offices)
    office = "tranche__release__office"
    groups = rows.values_list(office, f"{office}__name").annotate(n=Count("id")).order_by(f"{office}__name", office)
    return tuple((id, name, n) for id, name, n in groups[:LIST_MAX])


@dataclass(frozen=True, slots=True)
class AddressWait:
    """A right that stands and waits, as nothing can be brought to its address now."""

    claim: UUID
    units: int
    at: datetime
    why: str


def waiting_for_the_way(release: UUID) -> tuple[AddressWait, ...]:
    """Rights of this release whose address cannot be reached now, the longest waiting first."""
    rows = Claim.objects.filter(tranche__release=release, state__in=(Claim.State.ADMITTED, Claim.State.ACCEPTED))
    found = (
        rows.annotate(why=why_not_reached("tranche__release__office")).filter(why__isnull=False).order_by("at", "id")
    )
    return tuple(AddressWait(*one) for one in found.values_list("id", "units", "at", "why")[:LIST_MAX])
