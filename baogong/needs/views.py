"""What the needs room's queries return: frozen, complete, amounts in base units of the item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class NeedState(StrEnum):
    """EDXL-RM's words for how far a request is."""

    REQUESTED = "REQUESTED"
    PARTLY_COMMITTED = "PARTLY_COMMITTED"
    COMMITTED = "COMMITTED"
    PARTLY_MET = "PARTLY_MET"
    MET = "MET"
    CANCELLED = "CANCELLED"
    COUNTED_ELSEWHERE = "COUNTED_ELSEWHERE"  # the double of another need, or asked for part by part


OVER = frozenset({NeedState.MET, NeedState.CANCELLED, NeedState.COUNTED_ELSEWHERE})
"""Nothing is to be done for these any more."""


@dataclass(frozen=True, slots=True)
class NeedView:
    """
    receiver      who speaks for whom it was asked; `asked_as` the name it was asked under, where another was merged
    family        goods of one family in one unit may stand for each other
    quantity      as asked; None where the receiver asked without upper limit and nobody has set an amount
    counted       of it, what this need stands for itself: not what its parts ask for, nothing where it is a double
    committed     promised on this need and still on its way; met: signed for. Both are read from the book
    open          of `counted`, neither signed for nor promised; left_to_sign: not yet signed for
    tie_kind, tied_to   SAME or PART, and the need it is tied to
    doubt         UNREACHED or WRONG, where the last look at it left that open
    """

    id: UUID
    receiver: UUID
    receiver_name: str
    receiver_kind: str
    city: str
    site: UUID | None
    site_name: str
    site_name_en: str
    item: UUID
    item_zh: str
    item_en: str
    family: str
    unit: str
    basis: str
    quantity: int | None
    people_count: int | None
    days_count: int | None
    daily_use_milli: int | None
    had_no_limit: bool
    urgency: int
    standards: tuple[str, ...]
    use: str
    source: str
    proof: UUID | None
    note: str
    asked_at: datetime
    renewed_at: datetime | None
    fresh_until: datetime
    due_at: datetime | None
    verified_by: UUID | None
    committed: int
    met: int
    is_cancelled: bool
    counted: int | None
    open: int | None
    left_to_sign: int | None
    asked_as: str = ""
    verified_at: datetime | None = None
    verified_how: str = ""
    doubt: str = ""
    tie_kind: str = ""
    tied_to: UUID | None = None

    @property
    def state(self) -> NeedState:
        if self.is_cancelled:
            return NeedState.CANCELLED
        if self.tie_kind == "SAME" or (self.counted == 0 and self.left_to_sign == 0 and bool(self.quantity)):
            return NeedState.COUNTED_ELSEWHERE
        if self.counted is not None and self.left_to_sign == 0:
            return NeedState.MET
        if self.met > 0 or (self.counted is not None and (self.left_to_sign or 0) < self.counted):
            return NeedState.PARTLY_MET
        if self.open == 0:
            return NeedState.COMMITTED
        is_promised = self.committed > 0 or (self.counted is not None and (self.open or 0) < self.counted)
        return NeedState.PARTLY_COMMITTED if is_promised else NeedState.REQUESTED

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def met_permille(self) -> int:
        """Of what it stands for, signed for; 0 where it has no amount."""
        return 1000 * (self.counted - (self.left_to_sign or 0)) // self.counted if self.counted else 0

    @property
    def promised_permille(self) -> int:
        """Of what it stands for, promised and not yet signed for."""
        return 1000 * ((self.left_to_sign or 0) - (self.open or 0)) // self.counted if self.counted else 0

    def is_stale(self, now: datetime) -> bool:
        return now >= self.fresh_until


@dataclass(frozen=True, slots=True)
class AllotmentView:
    """
    One promise to a receiver and its fate.

    committed  still promised, wherever it is now; met: signed for; released: given back, lost or written off
    at_origin  of the committed, what has not left the site it was promised from
    """

    id: UUID
    need: UUID | None
    receiver: UUID
    at_site: UUID
    at_site_name: str
    at_site_name_en: str
    item: UUID
    lot: UUID
    amount: int
    hold: UUID
    plan: UUID | None
    document: UUID
    urgency: int
    due_at: datetime | None
    reason: str
    placed_at: datetime
    is_undone: bool
    committed: int
    met: int
    released: int
    at_origin: int


@dataclass(frozen=True, slots=True)
class ParcelDue:
    """Goods at a site, promised to a receiver, still to be carried. `room` and `id` say where to look it up."""

    room: str
    id: UUID
    hold: UUID
    lot: UUID
    item: UUID
    amount: int
    at_site: UUID
    receiver: UUID
    receiver_site: UUID | None
    due_at: datetime | None
    urgency: int
    pieces_per_carton: int | None


@dataclass(frozen=True, slots=True)
class ServedRow:
    """How much of what one receiver asked of one item it was promised and given, over all its needs."""

    receiver: UUID
    receiver_name: str
    item: UUID
    item_zh: str
    item_en: str
    asked: int
    committed: int
    met: int

    @property
    def met_permille(self) -> int:
        return self.met * 1000 // self.asked if self.asked else 0


@dataclass(frozen=True, slots=True)
class PublicNeed:
    """
    A verified need as anyone may read it: no contacts, no notes, natural persons unnamed.

    quantity   what it stands for (parts are listed by themselves); None: no upper limit was named
    promised   on the way; signed: a receiver's signature stands in the book
    fresh_at   when somebody last said that it holds
    """

    id: UUID
    receiver_name: str
    city: str
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    quantity: int | None
    standards: tuple[str, ...]
    urgency: int
    use: str
    state: NeedState
    open: int | None
    promised: int
    signed: int
    met_permille: int
    promised_permille: int
    asked_at: datetime
    fresh_at: datetime
    due_at: datetime | None
    verified_at: datetime
    verified_how: str
    is_stale: bool
    is_met: bool


@dataclass(frozen=True, slots=True)
class PublicChoice:
    """What of the public list is asked for; "" and None are any. `freshness` FRESH or STALE; `progress` OPEN or MET."""

    city: str = ""
    item: UUID | None = None
    urgency: int | None = None
    freshness: str = ""
    progress: str = ""
