"""What the book tells: frozen answers of `queries` and `services`. No tables here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from baogong.engine.book import Line, Tense, Verdict
from baogong.engine.book.leaves import stamp_leaf_of
from baogong.kernel.ids import derived_id, derived_ids
from baogong.ledger.states import Reason, State


@lru_cache(maxsize=65_536)
def account_id(holder: UUID, state: State) -> UUID:
    """The same holder and state give the same account for ever, whether it is open yet or not."""
    return derived_id("ledger.account", holder, state.value)


def account_ids(holders: Iterable[str], state: str) -> bytes:
    """Those of many holders' accounts in one state, 16 bytes each; holders as the database writes an id."""
    return derived_ids(f"ledger.account\x1f{holder}\x1f{state}" for holder in holders)


def batch_id(request: UUID) -> UUID:
    """A request's own batch: derived from it, so that a batch given to another request gives itself away."""
    return derived_id("ledger.batch", request)


def batch_ids(requests: bytes) -> bytes:
    """Those of many requests, 16 bytes each, as the requests come."""
    return derived_ids(f"ledger.batch\x1f{UUID(bytes=requests[at : at + 16])}" for at in range(0, len(requests), 16))


def earmark_id(
    *, request_id: UUID, purpose: str, until: date | None, parties: Iterable[UUID], items: Iterable[UUID]
) -> UUID:
    """Derived from all an earmark says, so that an edited one gives itself away."""
    return derived_id("ledger.earmark", request_id, purpose, until or "", *sorted({*parties}), "/", *sorted({*items}))


def lot_id(
    *,
    item: UUID,
    owner: UUID,
    donor: UUID | None,
    earmark: UUID | None,
    standard: str,
    expires_on: date | None,
    pieces_per_carton: int | None,
    label: str,
) -> UUID:
    """Derived from a lot's facets, so that an edited lot gives itself away."""
    carton = "" if pieces_per_carton is None else pieces_per_carton
    return derived_id("ledger.lot", item, owner, donor or "", earmark or "", standard, expires_on or "", carton, label)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """
    An account by whom it belongs to and what it says; opened by the first batch that names it.

    The rest follows from these two, and is what the book's rules ask of an account.
    """

    holder: UUID
    state: State
    id: UUID = field(init=False, compare=False, repr=False)
    is_outside: bool = field(init=False, compare=False, repr=False)
    is_conversion: bool = field(init=False, compare=False, repr=False)
    is_final: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        fill = object.__setattr__
        fill(self, "id", account_id(self.holder, self.state))
        fill(self, "is_outside", self.state.is_outside)
        fill(self, "is_conversion", self.state is State.CONVERSION)
        fill(self, "is_final", self.state is State.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class BookLine(Line):
    """A line that remembers whom its accounts belong to, so that a batch can open them. Made by `services`."""

    # Set by every maker; a default stands here only because a parent's fields have some.
    source_ref: AccountRef = field(kw_only=True)
    target_ref: AccountRef = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class EarmarkView:
    """No parties: anyone may receive it. No items: it may be used for anything."""

    id: UUID
    purpose: str
    until: date | None
    parties: frozenset[UUID]
    items: frozenset[UUID]

    def allows(self, party: UUID) -> bool:
        return not self.parties or party in self.parties


@dataclass(frozen=True, slots=True)
class LotView:
    id: UUID
    item: UUID
    owner: UUID
    donor: UUID | None
    earmark: EarmarkView | None
    standard: str
    expires_on: date | None
    pieces_per_carton: int | None
    label: str

    def owner_in(self, holder: UUID, state: State) -> UUID:
        """Owner passes at the receiver's signature: what is handed over is the receiver's."""
        return holder if state is State.HANDED_OVER else self.owner


@dataclass(frozen=True, slots=True)
class SourceView:
    """`parent_amount` of the parent went into each `child_amount` of the child: a pack, a repack, a purchase."""

    child: UUID
    parent: UUID
    parent_amount: int
    child_amount: int


@dataclass(frozen=True, slots=True)
class BalanceView:
    """Base units of the lot's item; free = posted - held."""

    holder: UUID
    state: State
    lot: LotView
    posted: int
    held: int

    @property
    def free(self) -> int:
        return self.posted - self.held

    @property
    def ref(self) -> AccountRef:
        return AccountRef(self.holder, self.state)

    @property
    def owner(self) -> UUID:
        return self.lot.owner_in(self.holder, self.state)


@dataclass(frozen=True, slots=True)
class HoldView:
    """
    A hold as it stands.

    voided     given up or expired
    continued  the part of posted and voided that travels on under further holds
    open       amount - posted - voided
    continues  the hold this one carries on
    document   the one it was placed under
    """

    id: UUID
    source: AccountRef
    target: AccountRef
    lot: UUID
    amount: int
    posted: int
    voided: int
    continued: int
    expires_at: datetime | None
    continues: UUID | None
    document: UUID | None

    @property
    def open(self) -> int:
        return self.amount - self.posted - self.voided


@dataclass(frozen=True, slots=True)
class HoldFate:
    """
    What became of a hold, followed through every hold that continues it.

    posted, voided, open       of this hold itself
    continued_by               the holds that continue it directly, in the order they were made
    arrived                    posted, here or further on, and not promised on from there
    travelling                 still open, here or further on
    given_up                   voided or expired, here or further on, and not carried on
    amount = arrived + travelling + given_up
    """

    id: UUID
    amount: int
    posted: int
    voided: int
    open: int
    continued_by: tuple[UUID, ...]
    arrived: int
    travelling: int
    given_up: int


@dataclass(frozen=True, slots=True)
class MovementView:
    """`at` is the house's clock, `day` the database's."""

    id: UUID
    seq: int
    batch: UUID
    at: datetime
    day: date
    tense: Tense
    source: AccountRef
    target: AccountRef
    lot: UUID
    amount: int
    hold: UUID | None
    corrects: UUID | None
    expires_at: datetime | None
    actor: UUID | None
    document: UUID | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class BatchResult:
    """
    batch_id    None where nothing had to be written: every line was refused or stood in the book before
    verdicts    one for each line, in order; after a replay they name the movements of the first time
    was_replay  this request was answered before; the answer is that one
    """

    batch_id: UUID | None
    verdicts: tuple[Verdict, ...]
    was_replay: bool

    @property
    def line_ids(self) -> tuple[UUID, ...]:
        return tuple(verdict.line_id for verdict in self.verdicts)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.ok)


@dataclass(frozen=True, slots=True)
class StampView:
    """The published root over this stamp's own leaf and the movements of `day` with first_seq <= seq <= last_seq."""

    number: int
    day: date
    first_seq: int
    last_seq: int
    count: int
    root: bytes
    previous_root: bytes

    @property
    def leaf(self) -> bytes:
        """The first leaf of the tree: the root fixes the whole chain before it."""
        return stamp_leaf_of(
            number=self.number,
            day=self.day,
            first_seq=self.first_seq,
            last_seq=self.last_seq,
            count=self.count,
            previous_root=self.previous_root,
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "day": self.day.isoformat(),
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "count": self.count,
            "root": self.root.hex(),
            "previous_root": self.previous_root.hex(),
        }


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the book that cannot be. `kind` is one of `verification.KINDS`; `where` names the row."""

    kind: str
    where: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "where": self.where, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a replay from zero found."""

    ok: bool
    movements: int
    accounts: int
    holds_open: int
    faults: tuple[Fault, ...]
    stamp_chain_ok: bool
    stamped: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "movements": self.movements,
            "accounts": self.accounts,
            "holds_open": self.holds_open,
            "faults": [fault.as_dict() for fault in self.faults],
            "stamp_chain_ok": self.stamp_chain_ok,
            "stamped": self.stamped,
        }
