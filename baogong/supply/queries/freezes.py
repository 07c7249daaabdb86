"""Freezes as the command office sees them, what shops may not sell, and the public's "why can't I buy it?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from baogong.ledger import queries as book
from baogong.ledger.queries import BalanceView
from baogong.ledger.states import State
from baogong.people.queries.parties import PartyView, public_name, without_contacts
from baogong.supply.errors import FreezeNotThere
from baogong.supply.models import Freeze, FreezeLine
from baogong.supply.queries.board import retail_balances
from baogong.supply.queries.names import parties_by_id
from baogong.supply.views import (
    Delisted,
    FreezeLineView,
    FreezeView,
    FrozenWhen,
    HandedTo,
    OptionConsidered,
    WhereItWent,
)

A_PERSON = "个人 · a person"  # natural persons are never named in public
TOLD_STATES = (
    State.FROZEN,
    State.AVAILABLE,
    State.ABOARD,
    State.SHELF,
    State.HANDED_OVER,
    State.LOST,
    State.SPOILED,
)


def freeze(key: UUID | str) -> FreezeView:
    """By id, or by number ("FZ-0001"). Raises FreezeNotThere."""
    found = _views(Freeze.objects.filter(Q(pk=key) if isinstance(key, UUID) else Q(number=key)))
    if not found:
        raise FreezeNotThere("There is no such freeze.", where=str(key))
    return found[0]


def freeze_board(*, is_active_at: datetime | None = None) -> tuple[FreezeView, ...]:
    """Freezes, the newest first; with a moment, only those in force then."""
    rows = Freeze.objects.order_by("-start_at", "-id")
    if is_active_at is not None:
        rows = rows.filter(_in_force(is_active_at))
    return _views(rows[:200])


def delisted_items(now: datetime, *, sites: Sequence[UUID] | None = None) -> tuple[Delisted, ...]:
    """
    What shops may not sell now, by site and item.

    An item is off sale at a site while a freeze in force set some of it aside there; what was lifted may be sold.
    """
    lines = FreezeLine.objects.filter(_in_force(now, "freeze__")).select_related("freeze").order_by("freeze__start_at")
    if sites is not None:
        lines = lines.filter(site_id__in=list(sites))
    found: dict[tuple[UUID, UUID], list[FreezeLine]] = defaultdict(list)
    for line in lines:
        found[line.site_id, line.item_id].append(line)
    kept = {key: rows for key, rows in found.items() if any(row.lifted < row.amount for row in rows)}
    if not kept:
        return ()
    free: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for view in retail_balances(sites=sorted({site for site, _ in kept}), items=sorted({item for _, item in kept})):
        free[view.holder, view.lot.item] += view.free
    return tuple(
        Delisted(
            site=site,
            item=item,
            since=rows[0].freeze.start_at,
            freeze=rows[0].freeze_id,
            may_sell=min(sum(row.lifted for row in rows), free[site, item]),
        )
        for (site, item), rows in sorted(kept.items())
    )


def where_it_went(item: UUID) -> WhereItWent:
    """The public's answer for one item, also where nobody ever froze any of it; see `where_they_went`."""
    return where_they_went([item])[0]


def where_they_went(items: Sequence[UUID]) -> tuple[WhereItWent, ...]:
    """
    The public's answers: set aside when, by whose decision, why, and where it is now. From the book, in four queries.

    Institutions that signed are named; natural persons never are.
    """
    lines: dict[UUID, list[FreezeLine]] = defaultdict(list)
    for line in (
        FreezeLine.objects.filter(item_id__in=items)
        .select_related("freeze__decided_by")
        .order_by("freeze__start_at", "id")
    ):
        lines[line.item_id].append(line)
    lots = sorted({line.lot for group in lines.values() for line in group})
    views: dict[UUID, list[BalanceView]] = defaultdict(list)
    for view in book.balances(lots=lots, states=TOLD_STATES) if lots else ():
        views[view.lot.item].append(view)
    handed = {view.holder for group in views.values() for view in group if view.state is State.HANDED_OVER}
    names = parties_by_id(handed)
    return tuple(_told(item, lines[item], views[item], names) for item in items)


def _told(
    item: UUID, lines: Sequence[FreezeLine], views: Sequence[BalanceView], names: Mapping[UUID, PartyView]
) -> WhereItWent:
    by_freeze: dict[UUID, list[FreezeLine]] = defaultdict(list)
    for line in lines:
        by_freeze[line.freeze_id].append(line)
    origins = {line.site_id for line in lines}
    handed: dict[str, int] = defaultdict(int)
    amounts: dict[str, int] = defaultdict(int)
    for view in views:
        if view.state is State.HANDED_OVER:
            party = names[view.holder]
            handed[public_name(party.kind, party.name) or A_PERSON] += view.posted
        elif view.state in (State.LOST, State.SPOILED):
            amounts["written_off"] += view.posted
        elif view.state is State.FROZEN:
            amounts["still_here"] += view.posted
        elif view.state is not State.AVAILABLE or view.holder not in origins:
            amounts["on_the_way"] += view.posted  # what stands available at an origin is the shop's
    set_aside = sum(line.amount - line.lifted for line in lines)
    total = sum(handed.values())
    return WhereItWent(
        item=item,
        decisions=tuple(_decision(rows) for rows in by_freeze.values()),
        set_aside=set_aside,
        handed_over=total,
        handed_permille=_permille(total, set_aside),
        on_the_way=amounts["on_the_way"],
        still_here=amounts["still_here"],
        written_off=amounts["written_off"],
        to=tuple(
            HandedTo(name, amount, _permille(amount, set_aside))
            for name, amount in sorted(handed.items(), key=lambda entry: (-entry[1], entry[0]))
        ),
    )


def _permille(part: int, whole: int) -> int:
    return part * 1000 // whole if whole else 0


def _decision(rows: list[FreezeLine]) -> FrozenWhen:
    row = rows[0].freeze
    return FrozenWhen(
        at=row.start_at,
        decided_by=public_name(row.decided_by.kind, row.decided_by.name) or A_PERSON,
        basis=row.basis,
        reason=without_contacts(row.reason) if row.reason else "",
        amount=sum(line.amount for line in rows),
        lifted=sum(line.lifted for line in rows),
    )


def _in_force(moment: datetime, prefix: str = "") -> Q:
    started = Q(**{f"{prefix}start_at__lte": moment})
    return started & (Q(**{f"{prefix}end_at": None}) | Q(**{f"{prefix}end_at__gt": moment}))


def _views(found: QuerySet[Freeze]) -> tuple[FreezeView, ...]:
    """One query, with the lines of each."""
    lines = FreezeLine.objects.filter(freeze=OuterRef("pk")).order_by("site_id", "item_id", "lot")
    fields = JSONObject(site="site_id", item="item_id", lot="lot", amount="amount", lifted="lifted")
    rows = found.select_related("decided_by").annotate(told=ArraySubquery(lines.values(told=fields)))
    return tuple(_view(row, row.told) for row in rows)


def _view(row: Freeze, lines: Iterable[Mapping[str, Any]]) -> FreezeView:
    return FreezeView(
        id=row.id,
        number=row.number,
        basis=row.basis,
        decided_by=row.decided_by_id,
        decided_by_name=row.decided_by.name,
        reason=row.reason,
        options=tuple(OptionConsidered(**option) for option in row.options),
        start_at=row.start_at,
        end_at=row.end_at,
        document=row.document,
        lines=tuple(
            FreezeLineView(UUID(line["site"]), UUID(line["item"]), UUID(line["lot"]), line["amount"], line["lifted"])
            for line in lines
        ),
    )
