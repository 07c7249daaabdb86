"""Lots, their earmarks, and what stands where."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from baogong.engine.sheets.limits import longest
from baogong.kernel.errors import NotFound
from baogong.ledger.facts import BalanceView, EarmarkView, LotView
from baogong.ledger.models import Balance, Earmark, EarmarkItem, EarmarkParty, Lot
from baogong.ledger.states import State

LABEL_MAX = longest(Lot, "label")


def earmark(id: UUID) -> EarmarkView:
    """Raises NotFound."""
    found = Earmark.objects.filter(id=id).annotate(for_parties=_parties_of("id"), for_items=_items_of("id")).first()
    if found is None:
        raise NotFound(f"The book has no earmark {id}.", where=str(id))
    return _earmark_view(found, found.for_parties, found.for_items)


def lot(id: UUID) -> LotView:
    """Raises NotFound."""
    found = lots([id])
    if not found:
        raise NotFound(f"The book has no lot {id}.", where=str(id))
    return found[0]


def lots(ids: Collection[UUID]) -> tuple[LotView, ...]:
    """Those that exist, ordered by id."""
    return _lot_views(Lot.objects.filter(id__in=ids).order_by("id"))


def find_lots(
    *,
    items: Collection[UUID] | None = None,
    owners: Collection[UUID] | None = None,
    donors: Collection[UUID] | None = None,
    earmarks: Collection[UUID] | None = None,
) -> tuple[LotView, ...]:
    """Lots with these facets, ordered by id; None is any."""
    found = Lot.objects.order_by("id")
    if items is not None:
        found = found.filter(item_id__in=items)
    if owners is not None:
        found = found.filter(owner_id__in=owners)
    if donors is not None:
        found = found.filter(donor_id__in=donors)
    if earmarks is not None:
        found = found.filter(earmark_id__in=earmarks)
    return _lot_views(found)


def balances(
    *,
    holders: Collection[UUID] | None = None,
    states: Collection[State] | None = None,
    items: Collection[UUID] | None = None,
    lots: Collection[UUID] | None = None,
    nonzero: bool = True,
) -> tuple[BalanceView, ...]:
    """
    What stands where, ordered by holder, state, lot; None is any.

    nonzero  leave out what has come and gone
    """
    found = Balance.objects.order_by("account__holder_id", "account__state", "lot_id")
    if holders is not None:
        found = found.filter(account__holder_id__in=holders)
    if states is not None:
        found = found.filter(account__state__in=[state.value for state in states])
    if items is not None:
        found = found.filter(lot__item_id__in=items)
    if lots is not None:
        found = found.filter(lot_id__in=lots)
    if nonzero:
        found = found.exclude(Q(posted=0) & Q(held=0))
    rows = list(found.values_list("account__holder_id", "account__state", "lot_id", "posted", "held"))
    views = {view.id: view for view in _lots_by_id({row[2] for row in rows})}
    return tuple(
        BalanceView(holder, State(state), views[lot], posted, held) for holder, state, lot, posted, held in rows
    )


def standings(lots: Collection[UUID]) -> tuple[tuple[UUID, UUID, State, int, int | None], ...]:
    """(lot, holder, state, base units, pieces per carton) of what stands inside the book; one query, the lots not opened."""
    rows = Balance.objects.filter(lot_id__in=lots, posted__gt=0, is_outside=False)
    found = rows.order_by("lot_id", "account__state", "account__holder_id").values_list(
        "lot_id", "account__holder_id", "account__state", "posted", "lot__pieces_per_carton"
    )
    return tuple((lot, holder, State(state), posted, packed) for lot, holder, state, posted, packed in found)


def _lots_by_id(ids: Collection[UUID]) -> tuple[LotView, ...]:
    return lots(ids)


def _lot_views(found: QuerySet[Lot]) -> tuple[LotView, ...]:
    """One query, with the parties and items of each lot's earmark as arrays."""
    rows = found.select_related("earmark").annotate(for_parties=_parties_of("earmark"), for_items=_items_of("earmark"))
    return tuple(
        LotView(
            id=row.id,
            item=row.item_id,
            owner=row.owner_id,
            donor=row.donor_id,
            earmark=_earmark_view(row.earmark, row.for_parties, row.for_items) if row.earmark else None,
            standard=row.standard,
            expires_on=row.expires_on,
            pieces_per_carton=row.pieces_per_carton,
            label=row.label,
        )
        for row in rows
    )


def _parties_of(earmark: str) -> ArraySubquery:
    """For whom, of the earmark that this field of a row names."""
    return ArraySubquery(EarmarkParty.objects.filter(earmark=OuterRef(earmark)).values("party_id"))


def _items_of(earmark: str) -> ArraySubquery:
    return ArraySubquery(EarmarkItem.objects.filter(earmark=OuterRef(earmark)).values("item_id"))


def _earmark_view(row: Earmark, parties: Iterable[UUID], items: Iterable[UUID]) -> EarmarkView:
    return EarmarkView(row.id, row.purpose, row.until, frozenset(parties), frozenset(items))
