"""Money followed: from a fund to its purchases, the goods in them, where those are and who signed for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.ledger import queries as book
from baogong.supply.models import DeliveryPart
from baogong.supply.queries.following import LotPath, cartons, follow_lots
from baogong.supply.queries.funds import FundView, fund, funds


@dataclass(frozen=True, slots=True)
class BecameView:
    """What bought goods were packed into, with whatever else is in it; `amount` in units of that item."""

    lot: UUID
    item_zh: str
    item_en: str
    amount: int
    path: LotPath


@dataclass(frozen=True, slots=True)
class BoughtLot:
    """
    Goods that came with one delivery, paid by the fund in part or whole.

    amount     base units that came and stayed
    value_fen  what they cost; fen: of it, this fund's
    """

    lot: UUID
    purchase: UUID
    purchase_number: str
    supplier_name: str
    item_zh: str
    item_en: str
    unit: str
    amount: int
    cartons: int | None
    value_fen: int
    fen: int
    receiver_name: str
    site_name: str
    document: UUID
    at: datetime
    path: LotPath
    became: tuple[BecameView, ...]

    @property
    def share_permille(self) -> int:
        return self.fen * 1000 // self.value_fen if self.value_fen else 0

    @property
    def signed_for(self) -> int:
        """Of the goods as bought; what was packed is told of the packs."""
        return self.path.signed_for

    @property
    def is_signed(self) -> bool:
        """All that came and stayed, as bought or in packs, has its receiver's signature; what was sent back has its money."""
        packs = [one.path for one in self.became]
        return self.signed_for + sum(path.signed_for for path in packs) > 0 and not any(
            standing.state not in ("HANDED_OVER", "RETURNED")
            for path in (self.path, *packs)
            for standing in path.standings
        )


@dataclass(frozen=True, slots=True)
class FundPath:
    """A fund and what it bought, the newest last."""

    fund: FundView
    bought: tuple[BoughtLot, ...]

    @property
    def in_goods_fen(self) -> int:
        return sum(one.fen for one in self.bought)

    @property
    def signed_fen(self) -> int:
        """Its money in goods that are signed for in full."""
        return sum(one.fen for one in self.bought if one.is_signed)

    @property
    def ahead_fen(self) -> int:
        """Paid for goods that have not come."""
        return self.fund.drawn_fen - self.in_goods_fen


def fund_path(fund_id: UUID) -> FundPath:
    """Where the goods stand, without every hand they passed. Raises FundNotThere."""
    return _paths([fund(fund_id)], with_steps=False)[0]


def money_page(donor: UUID) -> tuple[FundPath, ...]:
    """Everything one giver's money became, fund by fund."""
    return _paths(funds(donor=donor), with_steps=True)


def _paths(views: Sequence[FundView], *, with_steps: bool) -> tuple[FundPath, ...]:
    own = [view.id for view in views]
    every = list(
        DeliveryPart.objects.filter(delivery_line__in=DeliveryPart.objects.filter(fund__in=own).values("delivery_line"))
        .select_related(
            "delivery_line__delivery__site__party",
            "delivery_line__line__item",
            "delivery_line__line__receiver",
            "delivery_line__line__purchase__supplier",
        )
        .order_by("delivery_line__delivery__at", "id")
    )
    # What the deliveries' lines cost by all funds together, less what came back.
    values: dict[UUID, int] = defaultdict(int)
    for part in every:
        values[part.delivery_line_id] += part.fen - part.returned_fen
    parts = [part for part in every if part.fund_id in set(own)]
    rows = [part.delivery_line for part in parts]
    lots = {lot for row in rows if (lot := row.lot) is not None}
    packed = _packed(lots)
    paths = follow_lots(dict.fromkeys({*lots, *packed}), with_steps=with_steps)
    became = _became(packed, paths)
    bought: dict[UUID, list[BoughtLot]] = defaultdict(list)
    for part in parts:
        row, line = part.delivery_line, part.delivery_line.line
        fen = part.fen - part.returned_fen
        if row.lot is None or not fen:
            continue
        bought[part.fund_id].append(
            BoughtLot(
                lot=row.lot,
                purchase=line.purchase_id,
                purchase_number=line.purchase.number,
                supplier_name=line.purchase.supplier.name,
                item_zh=line.item.name_zh,
                item_en=line.item.name_en,
                unit=line.item.unit,
                amount=row.amount - row.returned,
                cartons=cartons(row.amount - row.returned, paths[row.lot].pieces_per_carton),
                value_fen=values[row.pk],
                fen=fen,
                receiver_name=line.receiver.name if line.receiver else "",
                site_name=row.delivery.site.party.name,
                document=row.delivery.document,
                at=row.delivery.at,
                path=paths[row.lot],
                became=tuple(became.get(row.lot, ())),
            )
        )
    return tuple(FundPath(view, tuple(bought[view.id])) for view in views)


def _packed(lots: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """What the lots were packed into, however often → which of the lots are in it."""
    inside: dict[UUID, set[UUID]] = defaultdict(set)
    edges = book.made_from(lots) if lots else ()
    grown = True
    while grown:  # as often as goods were packed anew
        grown = False
        for edge in edges:
            before = len(inside[edge.child])
            inside[edge.child] |= inside[edge.parent] | ({edge.parent} & set(lots))
            grown |= len(inside[edge.child]) > before
    return {lot: frozenset(sources) for lot, sources in inside.items() if sources}


def _became(packed: Mapping[UUID, frozenset[UUID]], paths: Mapping[UUID, LotPath]) -> dict[UUID, list[BecameView]]:
    found: dict[UUID, list[BecameView]] = defaultdict(list)
    if not packed:
        return found
    goods = catalogue.item_names()
    for lot in book.lots(list(packed)):
        standing = paths[lot.id].standings
        view = BecameView(lot.id, *goods[lot.item], sum(one.amount for one in standing), paths[lot.id])
        for source in packed[lot.id]:
            found[source].append(view)
    return found
