"""Goods that are to be disinfected when they come in: none is handed out or sent off that is not written down as that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from baogong.engine.release import Rule
from baogong.release.errors import NotDisinfected
from baogong.release.models import Claim, GoodsIn, Tranche
from baogong.release.offers import IN_SHOP


def refuse_not_disinfected(rows: Sequence[Claim]) -> None:
    """Before these claims' goods leave their shops. Their tranches are locked. Raises NotDisinfected."""
    by_tranche: dict[UUID, list[Claim]] = defaultdict(list)
    for row in rows:
        by_tranche[row.tranche_id].append(row)
    asked = Tranche.objects.filter(id__in=by_tranche).exclude(release__rule=None).select_related("release__rule")
    for tranche in asked:
        assert tranche.release.rule is not None
        if not Rule.read(tranche.release.rule.body).disinfected:
            continue
        leaving = by_tranche[tranche.id]
        # Not by the claims' states alone: what was lost has gone, also where its claim is brought once more, or was ended.
        staying = Claim.objects.filter(tranche=tranche, state__in=IN_SHOP).exclude(id__in=[row.id for row in leaving])
        wanted = tranche.admitted - _sum(staying)
        done = _sum(GoodsIn.objects.filter(tranche=tranche))
        if done < wanted:
            raise NotDisinfected(
                f"{done} of this stock are written down as come in and disinfected; with these {wanted} would have left. "
                "Nothing was handed over or sent off.",
                where=str(tranche.id),
                found=done,
                expected=wanted,
                cure="Write on the page of the shop's orders how many came in and with what they were disinfected.",
            )


def _sum(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(n=Sum("units", default=0))["n"])
