"""What the desk for documents shows: purposes, and who looked at what; nothing of the documents themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from baogong.people.models import PersonalDatum, PersonalRead, PurposeKey
from baogong.people.services.identity import opener


@dataclass(frozen=True, slots=True)
class PurposeView:
    """`count` of the documents that are kept for it now."""

    name: str
    count: int
    made_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadView:
    """One act on personal data. `found_count` of a look-up."""

    act: str
    at: datetime
    reader_name: str
    purpose: str
    why: str
    found_count: int | None


def purposes(*, limit: int = 200) -> tuple[PurposeView, ...]:
    """What documents are or were kept for; the running ones first."""
    held = PersonalDatum.objects.filter(
        purpose=OuterRef("purpose"), what=PersonalDatum.What.DOCUMENT, erased_at=None
    ).order_by()
    count = held.values("purpose").annotate(count=Count("id")).values("count")
    is_of_documents = PersonalDatum.objects.filter(what=PersonalDatum.What.DOCUMENT).values("purpose")
    rows = (
        PurposeKey.objects.filter(Q(purpose__in=is_of_documents))
        .annotate(count=Coalesce(Subquery(count), 0))
        .order_by("erased_at", "purpose")[:limit]
    )
    views = [PurposeView(row.purpose, row.count, row.made_at, row.erased_at) for row in rows]
    return tuple(sorted(views, key=lambda view: (view.erased_at is not None, view.name)))


def values_kept(purpose: str) -> int:
    """Numbers, names, telephones and addresses that are kept for it now."""
    kept = PersonalDatum.objects.filter(purpose=purpose, erased_at=None)
    return kept.exclude(what=PersonalDatum.What.LANGUAGE).count()  # which names nobody


def reads(*, limit: int = 50) -> tuple[ReadView, ...]:
    """Who did what with personal data, the newest first."""
    rows = PersonalRead.objects.select_related("reader", "datum").order_by("-at", "-id")[:limit]
    opened = opener()
    return tuple(
        ReadView(
            act=row.act,
            at=row.at,
            reader_name=row.reader.name if row.reader else "",
            purpose=row.purpose or (row.datum.purpose if row.datum else ""),
            why=opened(row.why) if row.purpose and row.why.startswith(f"{row.purpose}:") else row.why,
            found_count=row.found_count,
        )
        for row in rows
    )
