"""Where a purchase line's money is: still set aside, sent ahead, in goods, paid. Shared by services and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, F, QuerySet, Value

from baogong.ledger import queries as book
from baogong.ledger.queries import HoldView
from baogong.supply.models import Commitment, DeliveryPart, Draw, InvoiceLine, RefundLine


@dataclass(slots=True)
class LineFigures:
    """
    One line's money, in fen.

    holds     (fund, hold) still open, oldest first: the line's commitments
    ahead     fund → sent to the supplier for goods that have not come
    goods     fund → in goods that came, less what was credited
    value     of what came, credited or not; open + ahead + value = price, plus what waits to be paid back
    credited  of the value, what need not be paid, or came back: goods sent back, a lower price
    paid      went to the supplier, less what came back
    billed, payable   on invoices; payable leaves out what a person refused and what waits for one
    names     fund → its number, of every fund that ever paid; lots its lot
    """

    holds: list[tuple[UUID, HoldView]] = field(default_factory=list)
    ahead: dict[UUID, int] = field(default_factory=dict)
    goods: dict[UUID, int] = field(default_factory=dict)
    value_fen: int = 0
    credited_fen: int = 0
    paid_fen: int = 0
    billed_fen: int = 0
    payable_fen: int = 0
    names: dict[UUID, str] = field(default_factory=dict)
    lots: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def open(self) -> dict[UUID, int]:
        """fund → still set aside"""
        sums: dict[UUID, int] = defaultdict(int)
        for fund, hold in self.holds:
            sums[fund] += hold.open
        return dict(sums)

    @property
    def open_fen(self) -> int:
        return sum(hold.open for _, hold in self.holds)

    @property
    def ahead_fen(self) -> int:
        return sum(self.ahead.values())

    @property
    def worth_fen(self) -> int:
        """What has to be paid for what came and stayed."""
        return self.value_fen - self.credited_fen

    @property
    def owed_fen(self) -> int:
        return max(self.worth_fen - self.paid_fen, 0)

    def refundable_fen(self, price_fen: int) -> int:
        """Sent ahead for goods that were called off: the supplier has to pay it back."""
        return max(self.open_fen + self.ahead_fen + self.value_fen - price_fen, 0)


def line_figures(
    lines: Collection[UUID],
    *,
    refunds: Iterable[RefundLine] | None = None,
    bills: Iterable[InvoiceLine] | None = None,
) -> dict[UUID, LineFigures]:
    """
    Of these lines, by id; four queries for any number of lines.

    refunds, bills  all of these lines', where they were read already
    """
    found = {id: LineFigures() for id in lines}
    commitments: dict[UUID, tuple[UUID, UUID]] = {}
    ahead: dict[tuple[UUID, UUID], int] = defaultdict(int)
    worth: dict[UUID, tuple[UUID, int]] = {}
    for kind, line, fund, lot, number, no, under, fen, value_fen in _fund_rows(lines):
        found[line].names[fund], found[line].lots[fund] = f"{number}/{no}", lot
        if kind == "SET_ASIDE":
            commitments[under] = (line, fund)
        elif kind == "DRAWN":
            ahead[line, fund] += fen
        else:
            found[line].goods[fund] = found[line].goods.get(fund, 0) + fen
            ahead[line, fund] -= fen
            worth[under] = (line, value_fen)
    for line, value_fen in worth.values():
        found[line].value_fen += value_fen
    for hold in book.holds(list(commitments)) if commitments else ():
        if hold.open:
            line, fund = commitments[hold.id]
            found[line].holds.append((fund, hold))
    for (line, fund), fen in ahead.items():
        if fen:
            found[line].ahead[fund] = fen
    for refund in RefundLine.objects.filter(line__in=lines) if refunds is None else refunds:
        found[refund.line_id].credited_fen += refund.fen if refund.delivery_line_id is not None else 0
        found[refund.line_id].paid_fen -= refund.cash_fen
    for bill in InvoiceLine.objects.filter(line__in=lines) if bills is None else bills:
        found[bill.line_id].billed_fen += bill.billed_fen
        found[bill.line_id].payable_fen += bill.payable_fen
        found[bill.line_id].paid_fen += bill.paid_fen
    return found


def _fund_rows(lines: Collection[UUID]) -> QuerySet[Any, Any]:
    """
    (what, line, fund, its lot, its gift's number, its no., under, fen, value_fen) of all the money of these lines; one query.

    SET_ASIDE under a hold; DRAWN by a movement, less what came back; IN_GOODS of a delivery's line worth `value_fen`.
    """

    def rows(of: QuerySet[Any], line: str, kind: str, under: str, fen: Any, value_fen: Any) -> QuerySet[Any, Any]:
        number = F("fund__gift__number")
        told: QuerySet[Any, Any] = (
            of.filter(**{f"{line}__in": lines})
            .annotate(what=Value(kind), of=F(line), fund_lot=F("fund__lot"), number=number, no=F("fund__no"))
            .annotate(under=F(under), sum=fen, worth=value_fen)
            .values_list("what", "of", "fund", "fund_lot", "number", "no", "under", "sum", "worth")
        )
        return told

    none = Value(0, BigIntegerField())
    left = F("fen") - F("returned_fen")
    return rows(Commitment.objects.all(), "line", "SET_ASIDE", "hold", none, none).union(
        rows(Draw.objects.all(), "line", "DRAWN", "movement", left, none),
        rows(
            DeliveryPart.objects.all(),
            "delivery_line__line",
            "IN_GOODS",
            "delivery_line",
            left,
            F("delivery_line__value_fen"),
        ),
        all=True,
    )
