"""Needs that may be one, side by side with what speaks for it; what was decided before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from baogong.engine.asked import Couple, Wish, likely_doubles
from baogong.needs.models import Tie
from baogong.needs.queries.board import needs_by_id, open_needs
from baogong.needs.queries.counting import those_that_count
from baogong.needs.queries.houses import alike_and_parts, contacts_by_party
from baogong.needs.views import NeedView
from baogong.people.queries.merges import Houses, said_of_houses


@dataclass(frozen=True, slots=True)
class DoubleView:
    """`child` may be `parent` once more, or (`is_part`) a part of it; `others` complete the sum with it."""

    parent: NeedView
    child: NeedView
    is_part: bool
    score: float
    grounds: tuple[str, ...]
    others: tuple[NeedView, ...]


@dataclass(frozen=True, slots=True)
class TieView:
    """What a person said of two needs, in force or taken back."""

    id: UUID
    kind: str
    need: NeedView
    other: NeedView
    grounds: tuple[str, ...]
    why: str
    decided_at: datetime
    decided_by_name: str
    undone_at: datetime | None
    undone_why: str


@dataclass(frozen=True, slots=True)
class AskedTwice:
    """What may be one, the surest first; what was decided, newest first."""

    couples: tuple[DoubleView, ...]
    ties: tuple[TieView, ...]


def asked_twice(*, limit: int = 200) -> AskedTwice:
    """At most `limit` of each; ties and merges are read once."""
    rows = list(_newest_first().filter(undone_at=None))
    merged, apart = said_of_houses()
    views = open_needs(merged=merged, ties=those_that_count(rows))
    return AskedTwice(
        couples=doubles(
            views, merged=merged, apart=apart, settled=[(row.need_id, row.other_id) for row in rows], limit=limit
        ),
        ties=_tie_views(rows[:limit], views),
    )


def doubles(
    known: Collection[NeedView] | None = None,
    *,
    merged: Houses | None = None,
    apart: Collection[tuple[UUID, UUID]] | None = None,
    settled: Collection[tuple[UUID, UUID]] | None = None,
    need: UUID | None = None,
    limit: int = 200,
) -> tuple[DoubleView, ...]:
    """
    Candidates, the surest first; with `need` only those of this need.

    known, merged, apart   all open needs, the merges and who was said to be two, where they are read already
    settled         couples of which somebody said what they are, where they are read already
    """
    views = {str(view.id): view for view in (open_needs() if known is None else known)}
    numbers = contacts_by_party()
    if merged is None or apart is None:
        merged, apart = said_of_houses()
    alike, parts = alike_and_parts(merged, apart, numbers)
    couples = likely_doubles(
        [
            Wish(
                id=key,
                house=str(view.receiver),
                item=str(view.item),
                family=view.family,
                amount=view.quantity,
                asked_s=int(view.asked_at.timestamp()),
                contacts=frozenset().union(
                    *(numbers.get(party, frozenset()) for party in merged.family([view.receiver]))
                ),
            )
            for key, view in views.items()
        ],
        alike=alike,
        parts=parts,
        settled=[(str(one), str(other)) for one, other in (_settled() if settled is None else settled)],
    )
    # Of two that may be one the better known comes first: it is the one to count.
    couples = tuple(_better_first(couple, views) for couple in couples)
    found = [
        DoubleView(
            parent=views[couple.parent],
            child=views[couple.child],
            is_part=couple.is_part,
            score=couple.score,
            grounds=tuple(ground.value for ground in couple.grounds),
            others=tuple(views[other] for other in couple.others if other in views),
        )
        for couple in couples
        if need is None or str(need) in (couple.parent, couple.child)
    ]
    return tuple(found[:limit])


def _better_first(couple: Couple, views: Mapping[str, NeedView]) -> Couple:
    def unknown(need: str) -> tuple[bool, bool]:
        return views[need].verified_at is None, views[need].quantity is None

    if couple.is_part or unknown(couple.parent) <= unknown(couple.child):
        return couple
    return replace(couple, parent=couple.child, child=couple.parent)


def ties(
    *,
    known: Collection[NeedView] = (),
    needs: Collection[UUID] | None = None,
    in_force: bool | None = True,
    limit: int = 200,
) -> tuple[TieView, ...]:
    """
    What was decided, newest first; with `needs` only where one of these is on either side.

    known   needs that were read already
    """
    rows = _newest_first()
    if in_force is not None:
        rows = rows.filter(undone_at__isnull=in_force)
    if needs is not None:
        rows = rows.filter(need__in=needs) | rows.filter(other__in=needs)
    return _tie_views(list(rows[:limit]), known)


def _newest_first() -> QuerySet[Tie]:
    return Tie.objects.select_related("decided_by").order_by("-decided_at", "-id")


def _tie_views(found: Collection[Tie], known: Collection[NeedView]) -> tuple[TieView, ...]:
    views = {view.id: view for view in known}
    if missing := ({row.need_id for row in found} | {row.other_id for row in found}) - set(views):
        views |= {view.id: view for view in needs_by_id(missing)}
    return tuple(
        TieView(
            id=row.id,
            kind=row.kind,
            need=views[row.need_id],
            other=views[row.other_id],
            grounds=tuple(row.grounds),
            why=row.why,
            decided_at=row.decided_at,
            decided_by_name=row.decided_by.name if row.decided_by else "",
            undone_at=row.undone_at,
            undone_why=row.undone_why,
        )
        for row in found
    )


def _settled() -> list[tuple[UUID, UUID]]:
    return list(Tie.objects.filter(undone_at=None).values_list("need_id", "other_id"))
