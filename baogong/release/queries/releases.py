"""Releases, the wordings of their rules, what was tried on them, and their tranches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from baogong.engine.release import CHOSEN_MODES
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names
from baogong.release.identity import purpose_of
from baogong.release.models import (
    Release,
    RuleTrial,
    RuleVersion,
    Tranche,
)

LIST_MAX = 500


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """`version` and `rule`: the one in force, before that the newest. `holder`: in whose accounts the book keeps its stock."""

    id: UUID
    code: str
    title_zh: str
    title_en: str
    city: str
    office: UUID
    office_name: str
    holder: UUID
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    state: str
    mode: str
    version: int
    digest: str
    rule: Mapping[str, Any]
    document: UUID | None
    opened_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One wording of a rule. `is_tried`: on a made-up city."""

    number: int
    rule: Mapping[str, Any]
    digest: str
    made_at: datetime
    made_by_name: str
    is_tried: bool


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial of one wording."""

    id: UUID
    version: int
    city: Mapping[str, Any]
    outcome: Mapping[str, Any]
    tried_at: datetime


@dataclass(frozen=True, slots=True)
class TrancheView:
    """
    left           what is neither promised nor handed over, reserves included
    further_shops  names of those that hand it out beside `shop_name`
    seed_hash      published from the first moment; `seed` only once the opening minute has been judged
    """

    id: UUID
    release: UUID
    on: date
    region: str
    variant: str
    units: int
    admitted: int
    left: int
    standing: int
    opens_at: datetime
    closes_at: datetime
    shop_name: str
    further_shops: tuple[str, ...]
    factory_name: str
    source_name: str
    seed_hash: str
    seed: str
    draw: UUID | None


def releases(*, offices: Collection[UUID] | None = None, state: str | None = None) -> tuple[ReleaseView, ...]:
    """Those of the offices (None: of all), in the order they were made."""
    rows = Release.objects.select_related("office", "item", "rule").prefetch_related("versions").order_by("id")
    if offices is not None:
        rows = rows.filter(office__in=offices)
    if state is not None:
        rows = rows.filter(state=state)
    return tuple(_release(row) for row in rows[:LIST_MAX])


def release(id: UUID) -> ReleaseView:
    """Raises NotFound."""
    row = Release.objects.select_related("office", "item", "rule").filter(id=id).first()
    if row is None:
        raise NotFound("There is no such release.", where=str(id), cure="Open the list anew.")
    return _release(row)


def trials(release: UUID) -> tuple[TrialView, ...]:
    """Of every wording, the newest first."""
    rows = RuleTrial.objects.filter(version__release=release).select_related("version").order_by("-id")[:100]
    return tuple(TrialView(row.id, row.version.number, row.city, row.outcome, row.tried_at) for row in rows)


def versions(release: UUID) -> tuple[VersionView, ...]:
    """Every wording, the newest first."""
    rows = RuleVersion.objects.filter(release=release).select_related("made_by").order_by("-number")
    rows = rows.annotate(is_tried=Exists(RuleTrial.objects.filter(version=OuterRef("pk"))))
    return tuple(
        VersionView(
            row.number, row.body, bytes(row.digest).hex(), row.made_at, row.made_by.name if row.made_by else "",
            row.is_tried,
        )
        for row in rows[:LIST_MAX]
    )  # fmt: skip


def tranches(release: UUID, *, on: date | None = None) -> tuple[TrancheView, ...]:
    """By day."""
    rows = _tranches().filter(release=release).order_by("on", "id")
    if on is not None:
        rows = rows.filter(on=on)
    return _views(rows[:LIST_MAX])


def tranche(id: UUID) -> TrancheView:
    """Raises NotFound."""
    row = _tranches().filter(id=id).first()
    if row is None:
        raise NotFound("There is no such tranche.", where=str(id), cure="Open the list anew.")
    return _views([row])[0]


def purpose_of_offer(tranche: UUID) -> tuple[UUID, str, bool] | None:
    """
    Whose release the tranche belongs to, the purpose its people's tags are bound to, and whether that stays: a draft's may
    end before it opens, an open release's people are not forgotten. None where there is no such tranche.
    """
    found = Tranche.objects.filter(id=tranche).values_list("release__office", "release__state").first()
    return found and (found[0], purpose_of(found[0]), found[1] != Release.State.DRAFT)


def _release(row: Release) -> ReleaseView:
    version = _version(row)
    body = version.body
    return ReleaseView(
        id=row.id,
        code=row.code,
        title_zh=body["title_zh"],
        title_en=body["title_en"],
        city=body["city"],
        office=row.office_id,
        office_name=row.office.name,
        holder=row.holder_id,
        item=row.item_id,
        item_zh=row.item.name_zh,
        item_en=row.item.name_en,
        unit=row.item.unit,
        state=row.state,
        mode=body.get("mode", "FIRST_COME"),
        version=version.number,
        digest=bytes(version.digest).hex(),
        rule=body,
        document=row.document,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _tranches() -> QuerySet[Tranche]:
    """With the draw's id, and nothing of its papers, which may be large."""
    return Tranche.objects.select_related("shop", "factory", "source").annotate(draw_id=F("draw__id"))


def _views(rows: Iterable[Tranche]) -> tuple[TrancheView, ...]:
    """One query more where several shops hand one of them out."""
    found = list(rows)
    shops = {shop for row in found for shop in row.shops}
    names = party_names(shops) if shops else {}
    return tuple(_tranche(row, names) for row in found)


def _tranche(row: Tranche, names: Mapping[UUID, tuple[str, str]]) -> TrancheView:
    seed = bytes(row.seed)
    return TrancheView(
        id=row.id,
        release=row.release_id,
        on=row.on,
        region=row.region,
        variant=row.variant,
        units=row.units,
        admitted=row.admitted,
        left=row.units - row.admitted,
        standing=row.standing,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        shop_name=row.shop.name if row.shop else "",
        further_shops=tuple(names[one][0] for one in row.shops),
        factory_name=row.factory.name if row.factory else "",
        source_name=row.source.name,
        seed_hash=sha256(seed).hexdigest(),
        seed=seed.hex() if row.opened_at else "",
        draw=row.draw_id,  # type: ignore[attr-defined]
    )


def tranches_opening(window: Window) -> tuple[tuple[str, TrancheView], ...]:
    """
    Those for which people hurry: they open within the window and whoever asks is answered in turn. A draw's and another
    office's winners have theirs all day. Each with the code of its release, by the moment. Two queries.
    """
    rows = _tranches().select_related("release__rule").prefetch_related("release__versions").order_by("opens_at", "id")
    if window.start_at is not None:
        rows = rows.filter(opens_at__gte=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(opens_at__lt=window.end_at)
    hurried = [row for row in rows if _mode(row.release) not in CHOSEN_MODES]
    return tuple(zip((row.release.code for row in hurried), _views(hurried), strict=True))


def next_opening(at: datetime) -> datetime | None:
    """When people next hurry to an opening, within a month. Two queries."""
    return next((row.opens_at for _code, row in tranches_opening(Window(at, at + timedelta(days=31)))), None)


def _mode(release: Release) -> str:
    return str(_version(release).body.get("mode", "FIRST_COME"))


def _version(release: Release) -> RuleVersion:
    """In force, or of a draft the last written."""
    return release.rule or max(release.versions.all(), key=lambda one: one.number)
