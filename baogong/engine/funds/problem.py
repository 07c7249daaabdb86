"""What is known when money is divided: funds, what each may be used for, and lines that wait to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

FOR_EVER = date.max


class UnusableFunds(ValueError):
    """The snapshot makes no sense; all its faults in one message."""


class Bar(StrEnum):
    """Why a fund may not pay a line."""

    HOLDER = "HOLDER"  # it is in other hands than the buyer's
    NOT_CHOSEN = "NOT_CHOSEN"  # the buyer named other funds
    RECEIVER = "RECEIVER"  # it is for other receivers
    ITEM = "ITEM"  # it is for other goods
    UNTIL = "UNTIL"  # it will have run out by then


@dataclass(frozen=True, slots=True)
class Fund:
    """
    Money under one earmark.

    money_fen  all that stands in it and is not drawn, what is promised to the problem's lines included
    receivers  for whom; None: anyone
    items      what it may buy; None: anything
    until      the last day on which it may be drawn; None: for ever
    opened     its place in the order in which funds were opened: of two alike the older is drawn first
    is_payers  held by whoever buys
    is_worded  restricted only by a purpose in words, which cannot be held against a line: drawn when no freer money can
    """

    id: UUID
    money_fen: int
    receivers: frozenset[UUID] | None = None
    items: frozenset[UUID] | None = None
    until: date | None = None
    opened: int = 0
    is_payers: bool = True
    is_worded: bool = False

    @property
    def freedom(self) -> tuple[bool, int, bool, int, date, bool, int]:
        """
        Sorts funds from the tightest to the freest, money with no more than a purpose in words behind them all.

        Whatever a fund allows, a freer one of wider terms allows too.
        """
        return (
            self.receivers is None,
            len(self.receivers or ()),
            self.items is None,
            len(self.items or ()),
            self.until or FOR_EVER,
            self.is_worded,
            self.opened,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """
    What is still to be paid of one line of a purchase.

    need_fen  > 0
    receiver  for whom it is bought; None: for whoever will need it
    draw_on   the day by which the money has to leave the fund
    held      fund → what is promised to this line so far; empty: a new line
    chosen    the buyer wants it paid from these funds only; None: from any
    """

    id: UUID
    item: UUID
    receiver: UUID | None
    need_fen: int
    draw_on: date
    held: Mapping[UUID, int] = field(default_factory=dict)
    chosen: frozenset[UUID] | None = None

    @property
    def is_new(self) -> bool:
        return not self.held

    def bars(self, fund: Fund) -> tuple[Bar, ...]:
        """Every reason why the fund may not pay this line; none: it may."""
        return tuple(
            bar
            for bar, holds in (
                (Bar.HOLDER, not fund.is_payers),
                (Bar.NOT_CHOSEN, self.chosen is not None and fund.id not in self.chosen),
                (Bar.RECEIVER, fund.receivers is not None and self.receiver not in fund.receivers),
                (Bar.ITEM, fund.items is not None and self.item not in fund.items),
                (Bar.UNTIL, fund.until is not None and fund.until < self.draw_on),
            )
            if holds
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Funds and the lines that may be divided among them anew. What is drawn is no part of it."""

    funds: tuple[Fund, ...]
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        faults = [f"fund {fund.id} holds {fund.money_fen} fen" for fund in self.funds if fund.money_fen < 0]
        faults += [f"line {line.id} needs {line.need_fen} fen" for line in self.lines if line.need_fen <= 0]
        for name, ids in (("fund", [fund.id for fund in self.funds]), ("line", [line.id for line in self.lines])):
            faults += [f"{name} {one} is named twice" for one in sorted(set(ids)) if ids.count(one) > 1]
        if faults:
            raise UnusableFunds("; ".join(faults))

    @property
    def by_freedom(self) -> tuple[Fund, ...]:
        """The tightest first."""
        return tuple(sorted(self.funds, key=lambda fund: (fund.freedom, fund.id)))
