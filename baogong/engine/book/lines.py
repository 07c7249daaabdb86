"""What the book's rules speak about: lines, the state they meet, the verdicts they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

# Large enough for every fen of a rescue, small enough that no sum of a book's amounts leaves 64 bits.
MAX_AMOUNT = 10**15


class Tense(StrEnum):
    """What a movement says of its amount."""

    HELD = "HELD"  # promised, set aside
    POSTED = "POSTED"  # it happened
    VOIDED = "VOIDED"  # a hold, or part of it, was given up
    EXPIRED = "EXPIRED"  # a hold ran out
    EXTENDED = "EXTENDED"  # a hold got another end

    __hash__ = str.__hash__  # asked for with every line; an enumeration's own hash is slow


# A byte each, for loops over whole books: the third letter tells them apart. Zero is none of them.
TENSE_CODES = {tense: ord(tense.value[2]) for tense in Tense}


@dataclass(frozen=True, slots=True)
class Line:
    """
    One proposed movement.

    id          made by the caller; also its idempotency key
    amount      base units of the lot's item, 1 to MAX_AMOUNT
    hold        HELD: the hold this one continues; other tenses: the hold they act on
    corrects    POSTED: the movement this one takes back, in whole or in part; source and target change places
    expires_at  HELD, EXTENDED: when the hold runs out; None is never
    """

    id: UUID
    tense: Tense
    source: UUID
    target: UUID
    lot: UUID
    amount: int
    hold: UUID | None = None
    corrects: UUID | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Lines judged in order, each on what the accepted ones before it have left.

    may_change_earmark  whether a conversion may give its children another earmark than its parents had
    """

    lines: tuple[Line, ...]
    may_change_earmark: bool = False


# An account's lot: (account.int, lot.int). A batch asks for places twenty times a line; integers hash in C, UUIDs do not.
Place = tuple[int, int]


class AccountFacts(Protocol):
    """
    is_outside     may stand below zero
    is_conversion  what goes in must come out as something else, at the recorded ratio
    is_final       what comes in is the holder's own from then on: earmarks are checked here
    """

    @property
    def holder(self) -> UUID: ...
    @property
    def is_outside(self) -> bool: ...
    @property
    def is_conversion(self) -> bool: ...
    @property
    def is_final(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class LotFacts:
    """
    receivers  who may receive it for good; None is anyone
    uses       items it may be turned into; None is any
    owner      whose it is until it is handed over; None where nobody asks
    """

    item: UUID
    receivers: frozenset[UUID] | None = None
    uses: frozenset[UUID] | None = None
    owner: UUID | None = None


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """A hold as it stands; open = amount - posted - voided. `continued` is the ended part that travels on."""

    source: UUID
    target: UUID
    lot: UUID
    amount: int
    posted: int = 0
    voided: int = 0
    continued: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A posted movement that a line wants to correct; `corrected` is what earlier corrections have taken back."""

    source: UUID
    target: UUID
    lot: UUID
    amount: int
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """`parent_amount` of the parent lot went into each `child_amount` of the child."""

    parent: UUID
    parent_amount: int
    child_amount: int


@dataclass(frozen=True, slots=True)
class State:
    """
    All a batch can meet. What is not listed does not exist; a balance not listed is zero.

    posted, held  base units by place; free = posted - held
    origins       by child lot
    seen          lines written before, by id
    """

    accounts: Mapping[UUID, AccountFacts]
    lots: Mapping[UUID, LotFacts]
    posted: Mapping[Place, int] = field(default_factory=dict)
    held: Mapping[Place, int] = field(default_factory=dict)
    holds: Mapping[UUID, HoldFacts] = field(default_factory=dict)
    postings: Mapping[UUID, Posting] = field(default_factory=dict)
    origins: Mapping[UUID, tuple[Origin, ...]] = field(default_factory=dict)
    seen: Mapping[UUID, Line] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    ok         the line stands in the book, now or since before
    was_seen   it stood there before, with the same content; nothing is written
    code       the refusal's, empty where ok
    message    the refusal in a sentence
    """

    line_id: UUID
    ok: bool
    code: str = ""
    message: str = ""
    was_seen: bool = False
