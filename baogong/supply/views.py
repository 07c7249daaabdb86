"""What the supply room's queries return: frozen, complete, in base units of the item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

COMMUNITY_USE = "community use"  # the purpose of an earmark on goods that failed their medical standard


@dataclass(frozen=True, slots=True)
class StockRow:
    """
    One item at one site.

    counted   brought into the book by stock sheets, corrections included
    sold      paid orders, shipped or still to ship
    committed set aside for relief by freezes, less what was lifted
    frozen    of the committed, what still stands here; promised is the part of relief stock already held for someone
    given     received from givers, or at a hub brought by trucks
    relief_free   frozen or given goods nobody is promised yet; retail_free what shops may still sell
    """

    site: UUID
    site_name: str
    site_name_en: str
    item: UUID
    counted: int
    sold: int
    committed: int
    frozen: int
    given: int
    promised: int
    relief_free: int
    retail_free: int


@dataclass(frozen=True, slots=True)
class ReliefStock:
    """Goods at a site that may be promised to receivers: frozen, or given or consigned (available)."""

    site: UUID
    state: str  # FROZEN or AVAILABLE
    lot: UUID
    item: UUID
    owner: UUID
    donor: UUID | None
    earmark: UUID | None
    earmark_parties: tuple[UUID, ...]
    earmark_items: tuple[UUID, ...]
    earmark_until: date | None
    earmark_purpose: str
    is_for_community: bool
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    posted: int
    held: int

    @property
    def free(self) -> int:
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class OptionConsidered:
    """One way that was open, and why it was or was not taken."""

    text: str
    is_chosen: bool = False
    declined_by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class FreezeLineView:
    site: UUID
    item: UUID
    lot: UUID
    amount: int
    lifted: int


@dataclass(frozen=True, slots=True)
class FreezeView:
    id: UUID
    number: str
    basis: str
    decided_by: UUID
    decided_by_name: str
    reason: str
    options: tuple[OptionConsidered, ...]
    start_at: datetime
    end_at: datetime | None
    document: UUID
    lines: tuple[FreezeLineView, ...]

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def lifted(self) -> int:
        return sum(line.lifted for line in self.lines)


@dataclass(frozen=True, slots=True)
class Delisted:
    """An item a site's shop may not sell; `may_sell` is what a partial lifting gave back and nobody bought yet."""

    site: UUID
    item: UUID
    since: datetime
    freeze: UUID
    may_sell: int


@dataclass(frozen=True, slots=True)
class FrozenWhen:
    """One decision, as the public reads it."""

    at: datetime
    decided_by: str
    basis: str
    reason: str
    amount: int
    lifted: int


@dataclass(frozen=True, slots=True)
class HandedTo:
    """`share_permille` of what was set aside and not lifted, rounded down."""

    receiver: str
    amount: int
    share_permille: int


@dataclass(frozen=True, slots=True)
class WhereItWent:
    """The public's answer to "why can't I buy it?"."""

    item: UUID
    decisions: tuple[FrozenWhen, ...]
    set_aside: int
    handed_over: int
    handed_permille: int
    on_the_way: int
    still_here: int
    written_off: int
    to: tuple[HandedTo, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where part of a gift is now. `cartons` counts an opened carton as one; None where no carton is known."""

    holder: UUID
    holder_name: str
    state: str
    amount: int
    cartons: int | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """One thing that happened to a gift: who gave it to whom, when, under which document, with what evidence."""

    movement: UUID
    at: datetime
    source_name: str
    source_state: str
    target_name: str
    target_state: str
    amount: int
    cartons: int | None
    reason: str
    document: UUID | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A published figure set right: `words` is the notice, `counted` what left the book again."""

    before: int
    after: int
    counted: int
    words: str
    source: str
    document: UUID
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class GiftLineView:
    """
    offered        what it is said to be by now
    first_offered  as it was first written; `corrections` lead from the one to the other
    source         the list and cell it was read from
    """

    id: UUID
    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    offered: int
    first_offered: int
    verdict: str
    why: str
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    receiver: UUID | None
    receiver_name: str
    purpose: str
    site: UUID | None
    lot: UUID | None
    earmark: UUID | None
    arrived: int
    damaged: int
    is_complete: bool
    source: str = ""
    consent_text: str = ""
    consent_at: datetime | None = None
    consent_document: UUID | None = None
    set_aside: UUID | None = None
    failed_lot: UUID | None = None
    corrections: tuple[CorrectionView, ...] = ()

    @property
    def outstanding(self) -> int:
        """Still to come."""
        return 0 if self.is_complete else max(self.offered - self.arrived, 0)

    @property
    def short(self) -> int:
        """What was awaited and will not come: known only once the line is complete."""
        return max(self.offered - self.arrived, 0) if self.is_complete else 0


@dataclass(frozen=True, slots=True)
class GiftView:
    id: UUID
    number: str
    terms: str
    state: str
    donor: UUID
    donor_name: str
    owner: UUID
    papers: str
    note: str
    document: UUID
    offered_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    lines: tuple[GiftLineView, ...]


@dataclass(frozen=True, slots=True)
class LossView:
    """
    What of a line is gone, as its report says it.

    state   LOST or SPOILED
    where   the place, as the driver said it; empty where it was found at a door
    words   what happened
    """

    at: datetime
    amount: int
    state: str
    number: str
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The owner's word that goods may be used otherwise: a document that two persons sign."""

    number: str
    state: str
    signed_by: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class LinePath:
    """
    One line of a gift, followed through the book, also where it failed its standard and became community goods.

    returned  back in its owner's hands
    """

    line: GiftLineView
    standings: tuple[Standing, ...]
    signed_for: int
    signed_cartons: int | None
    lost: int
    on_the_way: int
    steps: tuple[PathStep, ...]
    returned: int = 0
    losses: tuple[LossView, ...] = ()
    consent: ConsentView | None = None

    @property
    def stage(self) -> str:
        """How far it has come: ASKED, ANSWERED (refused), ACCEPTED, HERE, UNDERWAY, SIGNED, ENDED (lost or returned)."""
        if self.line.verdict == "DECLINED" and not self.line.arrived:
            return "ANSWERED"
        if not self.line.arrived:
            return "ASKED" if self.line.verdict in ("WAITING", "CONSENT_ASKED") else "ACCEPTED"
        if self.on_the_way:
            return "UNDERWAY"
        if self.in_stock:
            return "HERE"
        return "SIGNED" if self.signed_for else "ENDED"

    @property
    def waits_for_its_owner(self) -> bool:
        """It failed its standard and its owner has not answered, or what it agreed to was refused its signatures."""
        is_open = self.consent is None or self.consent.state in ("REFUSED", "CANCELLED")
        return self.line.verdict == "CONSENT_ASKED" and is_open

    @property
    def in_stock(self) -> int:
        """Arrived and still at a site: what is left when signed for, lost, returned and on the way are taken away."""
        return max(self.line.arrived - self.signed_for - self.lost - self.on_the_way - self.returned, 0)


@dataclass(frozen=True, slots=True)
class ThankYouView:
    """
    A receiver's note. `gift` None: to all whose goods it had signed for.

    way  PAGE or TOLD
    """

    id: UUID
    receiver: UUID
    receiver_name: str
    receiver_name_en: str
    gift: UUID | None
    text: str
    way: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedGift:
    """A gift of which a receiver signed for something; `goods` (Chinese name, English name, base units)."""

    gift: UUID
    number: str
    giver: UUID
    giver_name: str
    giver_name_en: str
    goods: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class GiftPath:
    """`notes`: what receivers of it wrote to the giver, newest first."""

    gift: GiftView
    lines: tuple[LinePath, ...]
    notes: tuple[ThankYouView, ...] = ()


@dataclass(frozen=True, slots=True)
class RetailOrderView:
    id: UUID
    site: UUID
    item: UUID
    reference: str
    amount: int
    paid_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class CarriageLineView:
    """One kind of goods in its consignor's words; `carried_as` its line in the consignment it became."""

    no: int
    goods: str
    quantity: str
    standard: str
    expires_on: date | None
    receiver_text: str
    lies_at: str
    verdict: str
    why: str
    carried_as: int | None


@dataclass(frozen=True, slots=True)
class CarriageView:
    """
    A request to carry goods, and its answer.

    way     PAGE or TOLD
    state   ASKED, ACCEPTED, REFUSED, WITHDRAWN
    gift    the consignment it became
    """

    id: UUID
    number: str
    consignor: UUID
    consignor_name: str
    words: str
    way: str
    state: str
    papers_count: int
    document: UUID
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    answer_document: UUID | None
    gift: UUID | None
    lines: tuple[CarriageLineView, ...]

    @property
    def refused_count(self) -> int:
        return sum(line.verdict == "REFUSED" for line in self.lines)


@dataclass(frozen=True, slots=True)
class CarriageHint:
    """
    What a line's words surely mean, for the person who answers; None where they do not.

    amount  base units of the item
    doubts  why the amount may be another
    """

    no: int
    item: UUID | None
    amount: int | None
    pieces_per_carton: int | None
    receiver: UUID | None
    receiver_name: str
    likely: tuple[str, ...]
    site: UUID | None
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsignorPage:
    """Everything of one consignor or giver: what it asked, what became of it; the newest first."""

    party: UUID
    requests: tuple[CarriageView, ...]
    paths: tuple[GiftPath, ...]
