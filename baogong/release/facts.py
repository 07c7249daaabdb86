"""What the room tells and is told about claims. No tables here, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from baogong.engine.release import Subject

OLDEST_DECADE = 1920  # few were born before 1930: their own ten years would name them
_SUBJECTS = (Subject.PERSON, Subject.HOUSEHOLD, Subject.PHONE, Subject.ADDRESS)


@dataclass(frozen=True, slots=True)
class ClaimIn:
    """
    One claim on its way in; `identity.people` makes the tags of what was typed.

    id         of the claimant's own making: the same id has one effect and one answer
    channel    one of `rule.CHANNELS`
    person …   keyed tags of 32 bytes; None where it was not said
    document   one of `rule.DOCUMENTS`; region and birth date where its number tells them. Never kept, but for the decade
    born_decade  of the birth date where an earlier step has told it and no more: 1930
    region     code of the address
    taken_by   the clerk who typed it, or who sent the list
    is_chosen  drawn, or on another office's signed list: who may claim was judged there. Only the room itself says so
    tags       by subject, as far as they were said
    content    32 bytes: equal for equal claims. What a number tells besides its tag is left out, as it could be guessed
    """

    id: UUID
    tranche: UUID
    channel: str
    units: int
    person: bytes = field(repr=False)
    household: bytes | None = field(default=None, repr=False)
    phone: bytes | None = field(default=None, repr=False)
    address: bytes | None = field(default=None, repr=False)
    document: str = "RESIDENT_ID"
    document_region: str = field(default="", repr=False)
    born_on: date | None = field(default=None, repr=False)
    region: str = ""
    slot: UUID | None = None
    taken_by: UUID | None = None
    is_chosen: bool = False
    born_decade: int | None = None
    tags: Mapping[Subject, bytes] = field(init=False, repr=False, compare=False)
    content: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tags = (self.person, self.household, self.phone, self.address)
        fill = object.__setattr__
        fill(self, "tags", {subject: tag for subject, tag in zip(_SUBJECTS, tags, strict=True) if tag is not None})
        if self.born_on is not None and not self.born_decade:
            fill(self, "born_decade", decade_of(self.born_on))
        words = _spelled(self.tranche.int, self.channel, self.units, self.document, self.region, self.slot)
        household, phone, address = self.household or b"", self.phone or b"", self.address or b""
        fill(self, "content", sha256(b"\x1f".join((words, self.person, household, phone, address))).digest())


@lru_cache(4_096)  # of a tranche nearly all claims say the same
def _spelled(tranche: int, channel: str, units: int, document: str, region: str, slot: UUID | None) -> bytes:
    return "\x1f".join(map(str, (UUID(int=tranche), channel, units, document, region, slot or ""))).encode()


def decade_of(born_on: date | None) -> int | None:
    """All that is kept of a birth date, so that a report can say how the old fared: the ten years it lies in."""
    return None if born_on is None else max(born_on.year // 10 * 10, OLDEST_DECADE)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of a claim.

    state    WAITING, REFUSED, STANDBY, ADMITTED, and what came after; REUSED: its id stands for another claim
    code     why it was refused: `engine.release.admission`
    free_on  first day on which a quota lets it be tried again
    number   of STANDBY
    hold     in the book
    is_kept  False: told only, no row stands under the id, which is as good as before
    """

    id: UUID
    state: str
    units: int
    code: str = ""
    free_on: date | None = None
    number: int | None = None
    hold: UUID | None = None
    keeps_until: datetime | None = None
    was_seen: bool = False
    is_kept: bool = True

    @property
    def is_admitted(self) -> bool:
        return self.hold is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """
    A tranche as it stood for one channel when it was looked at, without a lock.

    left          units that nobody has, that are not kept for another channel at this moment and that nobody who stands by waits for
    allowed       units that the channel's cap leaves; None: it has none
    is_shuffling  claims of the opening minute wait, or will
    may_stand     places to stand by are left
    """

    tranche: UUID
    office: UUID
    state: str
    opens_at: datetime
    closes_at: datetime
    shuffle_s: int
    left: int
    allowed: int | None
    is_shuffling: bool
    may_stand: bool

    @property
    def is_open(self) -> bool:
        return self.state == "OPEN"

    def falls_short_of(self, units: int) -> bool:
        """Whether a claim for so many would be refused for lack of units, whoever makes it."""
        if self.is_shuffling:
            return False
        is_capped = self.allowed is not None and self.allowed < units
        return is_capped or (self.left < units and not self.may_stand)
