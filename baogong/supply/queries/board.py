"""What stands where: the stock board and the relief stock, read from the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from baogong.catalogue.queries import MONEY
from baogong.ledger import queries as book
from baogong.ledger.queries import BalanceView
from baogong.ledger.states import Reason, State
from baogong.places import queries as places
from baogong.supply.models import FreezeLine, Lift, RetailOrder
from baogong.supply.views import COMMUNITY_USE, ReliefStock, RetailOrderView, StockRow

MOVEMENTS_MAX = 100_000
NOBODY = UUID(int=0)


def is_relief(view: BalanceView) -> bool:
    """Frozen goods, and goods with a donor or an earmark that stand available, are relief stock."""
    if view.state == State.FROZEN:
        return True
    return view.state == State.AVAILABLE and (view.lot.donor is not None or view.lot.earmark is not None)


def is_goods(view: BalanceView) -> bool:
    """Money that a hospital or a warehouse holds in trust is no stock."""
    return view.lot.item != MONEY


def site_ids() -> tuple[UUID, ...]:
    """Every registered site."""
    return tuple(site.id for site in places.sites())


def retail_balances(
    *, sites: Sequence[UUID] | None = None, items: Sequence[UUID] | None = None
) -> tuple[BalanceView, ...]:
    """Available goods of the shops: without donor and earmark, some of it free."""
    views = book.balances(
        holders=list(site_ids() if sites is None else sites),
        states=[State.AVAILABLE],
        items=None if items is None else list(items),
    )
    return tuple(view for view in views if is_goods(view) and not is_relief(view) and view.free > 0)


def relief_stock(
    *, sites: Sequence[UUID] | None = None, items: Sequence[UUID] | None = None, is_free: bool = True
) -> tuple[ReliefStock, ...]:
    """
    Relief goods at sites, by site, item and what a lot is: owner, donor, earmark, standard, expiry, carton, label; with
    `is_free` only where some is promised to nobody.
    """
    views = book.balances(
        holders=list(site_ids() if sites is None else sites),
        states=[State.FROZEN, State.AVAILABLE],
        items=None if items is None else list(items),
    )
    found = [view for view in views if is_goods(view) and is_relief(view) and (view.free > 0 or not is_free)]
    return tuple(_relief(view) for view in sorted(found, key=_in_order))


@dataclass(frozen=True, slots=True)
class GoodsAtSites:
    """
    What could be done with the goods now: `shop_items` may be frozen, `free_items` shared; whether any is frozen, and
    any of the relief stock promised.

    The same goods as `retail_balances` and `relief_stock` tell of, without their lots.
    """

    shop_items: frozenset[UUID]
    free_items: frozenset[UUID]
    is_frozen: bool
    is_promised: bool


def goods_at_sites() -> GoodsAtSites:
    """Both kinds of stock in one read of the book."""
    views = book.balances(holders=list(site_ids()), states=[State.FROZEN, State.AVAILABLE])
    goods = [view for view in views if is_goods(view)]
    free = [view for view in goods if view.free > 0]
    return GoodsAtSites(
        shop_items=frozenset(view.lot.item for view in free if not is_relief(view)),
        free_items=frozenset(view.lot.item for view in free if is_relief(view)),
        is_frozen=any(view.state is State.FROZEN for view in goods),
        is_promised=any(view.held > 0 and is_relief(view) for view in goods),
    )


def _in_order(view: BalanceView) -> tuple[object, ...]:
    """A lot's own id is a hash, another one in every book; ids of parties, sites and items grow as they were listed."""
    lot, mark = view.lot, view.lot.earmark
    return (
        view.holder,
        lot.item,
        lot.owner,
        lot.donor or NOBODY,
        (mark.purpose, sorted(mark.parties), sorted(mark.items), mark.until or date.max) if mark else (),
        lot.standard,
        lot.expires_on or date.max,
        lot.pieces_per_carton or 0,
        lot.label,
        lot.id,
        view.state,
    )


def _relief(view: BalanceView) -> ReliefStock:
    mark = view.lot.earmark
    return ReliefStock(
        site=view.holder,
        state=view.state.value,
        lot=view.lot.id,
        item=view.lot.item,
        owner=view.lot.owner,
        donor=view.lot.donor,
        earmark=mark.id if mark else None,
        earmark_parties=tuple(sorted(mark.parties)) if mark else (),
        earmark_items=tuple(sorted(mark.items)) if mark else (),
        earmark_until=mark.until if mark else None,
        earmark_purpose=mark.purpose if mark else "",
        is_for_community=bool(mark and mark.purpose == COMMUNITY_USE),
        standard=view.lot.standard,
        expires_on=view.lot.expires_on,
        pieces_per_carton=view.lot.pieces_per_carton,
        posted=view.posted,
        held=view.held,
    )


def stock_board(*, sites: Sequence[UUID] | None = None, items: Sequence[UUID] | None = None) -> tuple[StockRow, ...]:
    """
    One row per site and item that ever had any, by site and item. Every figure comes from the book.

    Stock sheets are the only thing that moves (site, OUTSIDE), so its balance is what was counted.
    """
    known = places.sites(ids=sites)
    named = {site.id: site for site in known}
    holders = list(named)
    hubs = {site.id for site in known if site.role == "HUB"}
    chosen = None if items is None else list(items)
    views = book.balances(
        holders=holders, states=[State.OUTSIDE, State.AVAILABLE, State.FROZEN, State.SOLD], items=chosen
    )
    rows: dict[tuple[UUID, UUID], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for view in filter(is_goods, views):
        row = rows[view.holder, view.lot.item]
        if view.state == State.OUTSIDE:
            row["counted"] -= view.posted
        elif view.state == State.SOLD:
            row["sold"] += view.posted
        elif is_relief(view) or view.holder in hubs:  # what stands at a hub was set aside before it was sent there
            row["frozen" if view.state == State.FROZEN else "given"] += view.posted
            row["promised"] += view.held
            row["relief_free"] += view.free
        else:
            row["sold"] += view.held  # retail goods are held for paid orders only
            row["retail_free"] += view.free
    for key, amount in committed_amounts(holders).items():
        if chosen is None or key[1] in chosen:
            rows[key]["committed"] += amount
    names = ("counted", "sold", "committed", "frozen", "given", "promised", "relief_free", "retail_free")
    return tuple(
        StockRow(site, named[site].name, named[site].name_en, item, **{name: row[name] for name in names})
        for (site, item), row in sorted(rows.items())
    )


def committed_amounts(sites: Sequence[UUID]) -> dict[tuple[UUID, UUID], int]:
    """(site, item) → what the movements of freezes set aside, less what those of lifts and recounts took back."""
    wanted = set(sites)
    lifts = ArraySubquery(Lift.objects.filter(freeze=OuterRef("freeze")).values("document"))
    lines = list(FreezeLine.objects.filter(site_id__in=wanted).values_list("lot", "item_id", "freeze__document", lifts))
    if not lines:
        return {}
    items = {lot: item for lot, item, _, _ in lines}
    documents = {document for _, _, freeze, lifted in lines for document in (freeze, *lifted)}
    moves = book.movements(documents=documents, holders=list(sites), limit=MOVEMENTS_MAX)
    amounts: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for move in moves:
        if move.source.holder in wanted and move.reason in (Reason.FREEZE, Reason.LIFT):
            sign = 1 if move.reason == Reason.FREEZE else -1
            amounts[move.source.holder, items[move.lot]] += sign * move.amount
    return dict(amounts)


def open_orders(site: UUID | None = None) -> tuple[RetailOrderView, ...]:
    """Paid retail orders still to be shipped, the oldest first."""
    rows = RetailOrder.objects.filter(state=RetailOrder.State.OPEN).order_by("created_at", "id")
    if site is not None:
        rows = rows.filter(site_id=site)
    return tuple(
        RetailOrderView(row.id, row.site_id, row.item_id, row.reference, row.amount, row.paid_at, row.state)
        for row in rows[:1000]
    )
