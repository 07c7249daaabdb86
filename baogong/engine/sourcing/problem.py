"""What is known when goods are to be bought: wants, offers, money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from baogong.kernel.errors import UnusableInput


class UnusableProblem(UnusableInput):
    """The snapshot makes no sense; all its faults in one message."""

    code = "sourcing.unusable-problem"


@dataclass(frozen=True, slots=True)
class Want:
    """
    What one receiver still needs of one item.

    amount     base units, above 0
    weight     how much a met share of it counts, above 0
    standards  families accepted; empty: any
    due_at     what arrives later serves nothing; None: whenever. Its date, in its own zone, is a day money may end on
    receiver   None: for whoever will need it, so only money without receivers pays it
    """

    id: str
    item: str
    amount: int
    weight: float = 1.0
    receiver: str | None = None
    standards: frozenset[str] = frozenset()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a supplier would sell. Sold by the carton only.

    carton       base units in one, 1 where it is sold loose
    carton_fen   the price of one, at least a fen for each unit
    cartons_max  what there is
    cartons_min  the smallest order; 0: any
    arrives_at   when it would be here if ordered now, in the zone of `Want.due_at`; None: in time for all
    """

    id: str
    supplier: str
    item: str
    carton: int
    carton_fen: int
    cartons_max: int
    cartons_min: int = 0
    standard: str = ""
    arrives_at: datetime | None = None

    @property
    def unit_fen(self) -> float:
        return self.carton_fen / self.carton


@dataclass(frozen=True, slots=True)
class Money:
    """
    Money under one earmark.

    free_fen   neither drawn nor promised
    receivers, items  for whom and what; None: anyone, anything
    until      its last day; None: for ever
    """

    id: str
    free_fen: int
    receivers: frozenset[str] | None = None
    items: frozenset[str] | None = None
    until: date | None = None

    def allows(self, want: Want, draw_on: date | None) -> bool:
        """draw_on  the day it has to last until (`draw_on` of the offer and the want)"""
        return (
            (self.receivers is None or want.receiver in self.receivers)
            and (self.items is None or want.item in self.items)
            and (self.until is None or draw_on is None or draw_on <= self.until)
        )


def draw_on(offer: Offer, want: Want) -> date | None:
    """
    The day by which the money for a want's goods has to leave its fund; None: any.

    The day they are due, as ordering has it: they may come as late as that. Without a due date, the day they arrive.
    """
    moment = want.due_at or offer.arrives_at
    return moment.date() if moment else None


@dataclass(frozen=True, slots=True)
class Problem:
    """What one buyer could buy: `money` is all in the buyer's hands."""

    wants: tuple[Want, ...]
    offers: tuple[Offer, ...]
    money: tuple[Money, ...]

    def __post_init__(self) -> None:
        faults = [f"want {want.id} is of {want.amount}" for want in self.wants if want.amount <= 0]
        faults += [f"want {want.id} weighs {want.weight}" for want in self.wants if want.weight <= 0]
        for offer in self.offers:
            if offer.carton <= 0 or offer.carton_fen < offer.carton:
                faults.append(f"offer {offer.id} asks {offer.carton_fen} fen for {offer.carton}")
            if not 0 <= offer.cartons_min <= offer.cartons_max:
                faults.append(f"offer {offer.id} sells {offer.cartons_min} to {offer.cartons_max} cartons")
        faults += [f"fund {fund.id} holds {fund.free_fen} fen" for fund in self.money if fund.free_fen < 0]
        for name, ids in (
            ("want", [want.id for want in self.wants]),
            ("offer", [offer.id for offer in self.offers]),
            ("fund", [fund.id for fund in self.money]),
        ):
            faults += [f"{name} {one} is named twice" for one in sorted(set(ids)) if ids.count(one) > 1]
        if faults:
            raise UnusableProblem("; ".join(faults), found=faults)

    def serves(self, offer: Offer, want: Want) -> Why | None:
        """None where a carton of the offer serves the want; else the first reason why not."""
        if offer.item != want.item:
            return Why.ITEM
        if want.standards and offer.standard not in want.standards:
            return Why.STANDARD
        if offer.arrives_at is not None and want.due_at is not None and offer.arrives_at > want.due_at:
            return Why.LATE
        return None


class Why(StrEnum):
    """Why an offer was not taken, or a want not served in full."""

    ITEM = "ITEM"  # nobody asks for it | nobody offers it
    STANDARD = "STANDARD"  # meets no standard that is accepted
    LATE = "LATE"  # arrives after all who need it are past their date
    NO_MONEY = "NO_MONEY"  # no money may be used for whom it would serve
    MONEY_SHORT = "MONEY_SHORT"  # the money that may be used is spent
    MINIMUM = "MINIMUM"  # the smallest order is more than was needed or could be paid
    DEARER = "DEARER"  # others serve the same for less
    CAPACITY = "CAPACITY"  # all that is offered is bought
    TAKEN = "TAKEN"


@dataclass(frozen=True, slots=True)
class Buy:
    """So many cartons of an offer for a want; the last carton may hold more than was wanted."""

    offer: str
    want: str
    cartons: int


@dataclass(frozen=True, slots=True)
class Pay:
    """So many fen of a fund for a want's goods, drawn on this day at the latest; None: any day."""

    fund: str
    want: str
    fen: int
    draw_on: date | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """What of a want stays unserved, and why."""

    want: str
    amount: int
    why: Why


@dataclass(frozen=True, slots=True)
class OfferVerdict:
    """
    taken       cartons
    instead_fen for DEARER: the dearest price, fen per base unit, of what was taken in its place
    """

    offer: str
    taken: int
    why: Why
    instead_fen: float | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """
    buys, pays   in the order of offers and wants, money and wants
    cost_fen     of all of it
    bound        no basket serves more: the solver's bound on the weighted met share, and what this one reaches
    gap_fen      at most so much cheaper could a basket be that serves as much; 0: proven cheapest
    stopped_because  OPTIMAL or TIME
    """

    buys: tuple[Buy, ...]
    pays: tuple[Pay, ...]
    cost_fen: int
    open: tuple[Open, ...]
    verdicts: tuple[OfferVerdict, ...]
    served: float
    bound: float
    gap_fen: int
    stopped_because: str
    spent_by_fund: Mapping[str, int] = field(default_factory=dict)
