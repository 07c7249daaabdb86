"""Claims one by one and counted: rights, channels, who was served twice, what came in to be given."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery, Sum

from baogong.kernel.errors import NotFound
from baogong.release.facts import Answer
from baogong.release.models import (
    Claim,
    GoodsIn,
    PromiseAlert,
)
from baogong.release.offers import TAKEN


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """
    One claim as whoever audits a release reads it: people are keyed tags, equal for equal people of one office.

    hold      in the book; None where nothing was promised
    channel   it came in by; used_in: SHOP or ONLINE where the right was redeemed, at `used_at`, told at `told_at`
    standby   its number behind an exhausted tranche, also once it has moved up
    """

    id: UUID
    release: UUID
    tranche: UUID
    on: date
    channel: str
    state: str
    code: str
    units: int
    at: datetime
    free_on: date | None
    standby: int | None
    hold: UUID | None
    person: bytes | None = field(repr=False)
    address: bytes | None = field(repr=False)
    used_in: str | None
    used_at: datetime | None
    told_at: datetime | None


def claim_rows(releases: Collection[UUID]) -> tuple[ClaimRow, ...]:
    """Every claim of these releases, refused ones too, in the order of their moments: what an audit counts."""
    rows = Claim.objects.filter(tranche__release__in=releases).order_by("at", "id")
    found = rows.values_list(
        "id", "tranche__release", "tranche", "tranche__on", "channel", "state", "code", "units", "at", "free_on",
        "standby_number", "hold", "person", "address", "redemption__channel", "redemption__at", "redemption__recorded_at",
    )  # fmt: skip
    made = []
    row: Any
    for row in found.iterator(chunk_size=10_000):
        tags = (None if tag is None else bytes(tag) for tag in row[12:14])
        made.append(ClaimRow(*row[:12], *tags, *row[14:]))
    return tuple(made)


def office_of_claim(id: UUID) -> UUID:
    """Whose release it is of. Raises NotFound."""
    found = Claim.objects.filter(id=id).values_list("tranche__release__office", flat=True).first()
    if found is None:
        raise NotFound("There is no such claim.", where=str(id), cure="Check the number of the claim.")
    return found


def claim(id: UUID) -> Answer:
    """What became of a claim, for who knows its id. Raises NotFound."""
    row = Claim.objects.filter(id=id).first()
    if row is None:
        raise NotFound("There is no such claim.", where=str(id), cure="Check the number of the claim.")
    return Answer(
        row.id,
        row.state,
        row.units,
        row.code,
        row.free_on,
        row.standby_number,
        row.hold,
        row.keeps_until,
        was_seen=True,
    )


@dataclass(frozen=True, slots=True)
class RightView:
    """
    A claim somebody got something by, and what was promised of it.

    alert_at  when the office was told that the promise in force runs out; one whose goods were lost is promised anew
    """

    id: UUID
    channel: str
    units: int
    state: str
    region: str
    hold: UUID | None
    at: datetime
    due_at: datetime | None
    alert_at: datetime | None


def rights(release: UUID) -> tuple[RightView, ...]:
    """Every claim of a release that was ever admitted, by id: whatever became of it since."""
    alerts = PromiseAlert.objects.filter(claim=OuterRef("pk"), due_at=OuterRef("due_at")).values("told_at")
    rows = Claim.objects.filter(tranche__release=release, hold__isnull=False).annotate(alert_at=Subquery(alerts))
    return tuple(
        RightView(row.id, row.channel, row.units, row.state, row.region, row.hold, row.at, row.due_at, row.alert_at)
        for row in rows.order_by("id")
    )


def claims_by_channel(release: UUID) -> dict[str, int]:
    """Channel → how many claims came by it, refused ones too."""
    rows = Claim.objects.filter(tranche__release=release).values_list("channel").annotate(n=Count("id"))
    return dict(rows.order_by("channel"))


def served_twice(release: UUID) -> int:
    """How many persons hold more than one right of this release; of whom the city has forgotten nothing is known."""
    rows = Claim.objects.filter(tranche__release=release, state__in=TAKEN, person__isnull=False)
    return rows.values("person").annotate(n=Count("id")).filter(n__gt=1).order_by().count()


def goods_in(release: UUID) -> int:
    """Units of a release that came to those who hand them out and were disinfected."""
    return int(GoodsIn.objects.filter(tranche__release=release).aggregate(n=Sum("units", default=0))["n"])
