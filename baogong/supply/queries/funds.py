"""Funds: how much of each is drawn, committed and unspent. Every figure is the book's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from baogong.catalogue import queries as catalogue
from baogong.ledger import queries as book
from baogong.ledger.queries import BalanceView, LotView
from baogong.ledger.states import State
from baogong.people.queries.parties import party_names
from baogong.supply.errors import FundNotThere, MoneyGiftNotThere
from baogong.supply.models import DeliveryPart, Fund, MoneyGift

FUNDS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Named:
    """Who or what, for a page."""

    id: UUID
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FundView:
    """
    Money under one earmark. gift = drawn + committed + unspent, in fen.

    announced   what its giver said, or what was moved into it
    gift        what came, less what was moved to another earmark
    drawn       left for suppliers, less what came back
    committed   set aside for what was ordered
    moved_from, moved_to   funds its money came from or went to when its earmark was changed
    """

    id: UUID
    name: str
    gift: UUID
    gift_number: str
    no: int
    donor: UUID
    donor_name: str
    trustee: UUID
    trustee_name: str
    receivers: tuple[Named, ...]
    items: tuple[Named, ...]
    purpose: str
    until: date | None
    announced_fen: int
    gift_fen: int
    drawn_fen: int
    committed_fen: int
    unspent_fen: int
    moved_from: UUID | None
    moved_to: tuple[UUID, ...]
    lot: UUID
    earmark: UUID | None
    document: UUID
    opened_at: datetime
    came_fen: int  # from its giver

    @property
    def is_own(self) -> bool:
        """The holder's own money, nobody's trust."""
        return self.donor == self.trustee

    @property
    def is_free(self) -> bool:
        """For anyone and anything, for ever."""
        return not (self.receivers or self.items or self.purpose or self.until)

    @property
    def awaited_fen(self) -> int:
        """Announced and not come; of a fund made by moving money nothing is awaited."""
        return 0 if self.moved_from else max(self.announced_fen - self.came_fen, 0)


@dataclass(frozen=True, slots=True)
class MoneyGiftView:
    """A gift of money, or of goods of which only a worth was printed."""

    id: UUID
    number: str
    form: str
    donor: UUID
    donor_name: str
    trustee: UUID
    trustee_name: str
    amount_fen: int
    amount_text: str
    source: str
    document: UUID
    registered_at: datetime
    funds: tuple[FundView, ...]

    @property
    def came_fen(self) -> int:
        return sum(fund.came_fen for fund in self.funds)


def funds(*, trustee: UUID | None = None, donor: UUID | None = None) -> tuple[FundView, ...]:
    """Funds in the order of their numbers; of one holder, of one giver."""
    rows = Fund.objects.filter(gift__corrected_by=None).select_related("gift")
    rows = rows.order_by("gift__registered_at", "gift__number", "no")
    if trustee is not None:
        rows = rows.filter(trustee_id=trustee)
    if donor is not None:
        rows = rows.filter(gift__donor_id=donor)
    return _views(rows[:FUNDS_MAX])


def has_funds(donor: UUID) -> bool:
    """Whether money of this giver is, or was, in the book."""
    return Fund.objects.filter(gift__donor_id=donor, gift__corrected_by=None).exists()


def fund(fund_id: UUID) -> FundView:
    """Raises FundNotThere."""
    found = _views(Fund.objects.select_related("gift").filter(pk=fund_id))
    if not found:
        raise FundNotThere("There is no such fund.", where=str(fund_id))
    return found[0]


def money_gift(gift_id: UUID) -> MoneyGiftView:
    """Raises MoneyGiftNotThere."""
    found = _gifts(MoneyGift.objects.filter(pk=gift_id))
    if not found:
        raise MoneyGiftNotThere("There is no such gift of money.", where=str(gift_id))
    return found[0]


def money_gifts(*, donor: UUID | None = None, known: Iterable[FundView] | None = None) -> tuple[MoneyGiftView, ...]:
    """
    The newest first.

    known  all funds of these gifts, where they were read already
    """
    rows = MoneyGift.objects.filter(corrected_by=None).order_by("-registered_at", "-id")
    if donor is not None:
        rows = rows.filter(donor_id=donor)
    return _gifts(rows[:200], known)


def _gifts(rows: QuerySet[MoneyGift], known: Iterable[FundView] | None = None) -> tuple[MoneyGiftView, ...]:
    found = list(rows.select_related("donor", "trustee"))
    by_gift: dict[UUID, list[FundView]] = defaultdict(list)
    if known is None:
        known = _views(Fund.objects.select_related("gift").filter(gift__in=found).order_by("gift", "no"))
    for view in known:
        by_gift[view.gift].append(view)
    return tuple(
        MoneyGiftView(
            id=row.pk,
            number=row.number,
            form=row.form,
            donor=row.donor_id,
            donor_name=row.donor.name,
            trustee=row.trustee_id,
            trustee_name=row.trustee.name,
            amount_fen=row.amount_fen,
            amount_text=row.amount_text,
            source=row.source,
            document=row.document,
            registered_at=row.registered_at,
            funds=tuple(by_gift[row.pk]),
        )
        for row in found
    )


def _views(rows: QuerySet[Fund]) -> tuple[FundView, ...]:
    # Money moved stays in its gift, and is a fund of its own there.
    out = Fund.objects.filter(moved_from=OuterRef("pk")).order_by("id").values("pk")
    back = DeliveryPart.objects.filter(
        fund=OuterRef("pk"), delivery_line__delivery__purchase__supplier=OuterRef("giver")
    )
    refunded = back.order_by().values("fund").annotate(fen=Sum("returned_fen")).values("fen")
    rows = rows.annotate(giver=F("gift__donor"), out=ArraySubquery(out))
    found = list(rows.annotate(paid_back_fen=Coalesce(Subquery(refunded), 0, output_field=BigIntegerField())))
    standing: dict[UUID, list[BalanceView]] = defaultdict(list)
    for balance in book.balances(lots=[row.lot for row in found]) if found else ():
        standing[balance.lot.id].append(balance)
    lots = {lot: balances[0].lot for lot, balances in standing.items()}
    awaited = [row.lot for row in found if row.lot not in lots]
    lots |= {view.id: view for view in book.lots(awaited)} if awaited else {}
    marks = [lot.earmark for lot in lots.values() if lot.earmark is not None]
    parties = {party for row in found for party in (row.gift.donor_id, row.trustee_id)}
    names = party_names(parties | {party for mark in marks for party in mark.parties}) if found else {}
    goods = catalogue.item_names() if any(mark.items for mark in marks) else {}
    views = []
    for row in found:
        lot = lots[row.lot]
        came, gift, drawn, committed, unspent = _figures(row, standing[row.lot])
        views.append(
            FundView(
                id=row.pk,
                name=f"{row.gift.number}/{row.no}",
                gift=row.gift_id,
                gift_number=row.gift.number,
                no=row.no,
                donor=row.gift.donor_id,
                donor_name=names[row.gift.donor_id][0],
                trustee=row.trustee_id,
                trustee_name=names[row.trustee_id][0],
                receivers=tuple(
                    Named(party, names[party][0], names[party][1] or names[party][0])
                    for party in sorted(_receivers(lot), key=lambda party: names[party])
                ),
                items=tuple(
                    Named(item, *goods[item]) for item in goods if lot.earmark is not None and item in lot.earmark.items
                ),
                purpose=lot.earmark.purpose if lot.earmark else "",
                until=lot.earmark.until if lot.earmark else None,
                announced_fen=row.amount_fen,
                gift_fen=gift,
                drawn_fen=drawn,
                committed_fen=committed,
                unspent_fen=unspent,
                moved_from=row.moved_from_id,
                moved_to=tuple(row.out),
                lot=row.lot,
                earmark=row.earmark,
                document=row.document,
                opened_at=row.opened_at,
                came_fen=came,
            )
        )
    return tuple(views)


def _receivers(lot: LotView) -> frozenset[UUID]:
    return lot.earmark.parties if lot.earmark else frozenset()


def _figures(row: Any, standing: list[BalanceView]) -> tuple[int, int, int, int, int]:
    """
    came, gift, drawn, committed, unspent.

    Each is read from accounts of its own: what came from the donor's outside, what was moved to or from other earmarks
    from the trustee's conversions, what is drawn from all the suppliers'. Where the donor is also a supplier, what it
    paid back for goods left the same outside: that is no gift, and lessens what is drawn.
    """
    came = moved = committed = unspent = 0
    drawn = -row.paid_back_fen
    for balance in standing:
        if balance.holder == row.gift.donor_id and balance.state is State.OUTSIDE:
            came -= balance.posted + row.paid_back_fen
        elif balance.holder == row.trustee_id and balance.state is State.CONVERSION:
            moved += balance.posted
        elif balance.holder == row.trustee_id and balance.state is State.AVAILABLE:
            committed += balance.held
            unspent += balance.free
        else:
            drawn += balance.posted
    return came, came - moved, drawn, committed, unspent
