"""How often a courier came where nobody was at home, and whether that is as often as the parcel's rule says."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from baogong.delivery.models import Parcel, ParcelAct


def in_vain(parcels: Iterable[Parcel]) -> dict[UUID, int]:
    """Parcel → visits at which nobody came; those of which there was none are left out. One query."""
    tried = ParcelAct.objects.filter(
        parcel__in=[row.id for row in parcels if row.attempts_count], kind=ParcelAct.Kind.FAILED, why="NOBODY"
    )
    return dict(tried.values("parcel").annotate(n=Count("id")).values_list("parcel", "n").order_by())


def used_up(parcels: Iterable[Parcel]) -> set[UUID]:
    """Those that no courier brings any more. What else failed (no time, no entry) is no visit of the household's."""
    limited = [row for row in parcels if row.visits_max is not None]
    counts = in_vain(limited) if limited else {}
    return {row.id for row in limited if row.visits_max is not None and counts.get(row.id, 0) >= row.visits_max}
