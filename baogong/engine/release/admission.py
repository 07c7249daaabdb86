"""
Who gets units of a tranche: the one judge of every claim, whatever road it came by.

Nobody passes who stands by: what is left waits for the first of them, also where that is less than they asked for. Only what
is kept for a channel goes to that channel's next, however many stand by for others.

A claim is refused with one of these codes:

not-open, closed            before the tranche opens, from its end on
channel-full                the channel has used up its cap
too-many-units              more than one claim may ask for, or none
none-left                   what is free for this channel is less than asked for, and nobody may stand by
document-not-accepted       the rule does not take such a document
elsewhere                   not of the rule's regions, or not of this tranche's district
not-listed                  on none of the rule's lists
too-young, too-old          by the document's birth date, on the city's day
no-birth-date               an age is asked for and the document tells none
address-not-verified        the rule brings only to addresses somebody has verified
household-missing, phone-missing, address-missing   a quota counts them and the claim does not say
quota-used                  somebody it counts has had the turn's share; `free_on` says from when again
already-waiting             the same person waits in this tranche already
slot-missing, slot-full, slot-over   an appointment has a slot with room, before it ends
slots-full                           none was named, and none has room or is to come
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from baogong.engine.release.rule import CHOSEN_MODES, Mode, Rule, Subject

_MISSING = {
    Subject.HOUSEHOLD: "household-missing",
    Subject.PHONE: "phone-missing",
    Subject.ADDRESS: "address-missing",
    Subject.PERSON: "document-not-accepted",
}


_WAITS = frozenset({"none-left", "channel-full", "slot-full"})  # who stands by goes on standing by


class Outcome(StrEnum):
    ADMITTED = "ADMITTED"
    WAITING = "WAITING"  # came in the opening minute: judged at its end, in a shuffled order
    STANDBY = "STANDBY"  # behind an exhausted tranche, in order
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One claim as it is judged.

    tags         32 keyed bytes for each subject it names, PERSON always; equal for equal people
    document     one of `rule.DOCUMENTS`
    region       code of the address; "" where it names none
    lists        those of the rule's lists on which the person stands
    is_checked   who may claim was judged when it came (opening minute, standby, draw) or by another office; only what may
                 change is asked now
    may_stand    it may stand by where nothing is left
    number       of who stands by already: their place in the order
    """

    id: UUID
    channel: str
    units: int
    tags: Mapping[Subject, bytes]
    document: str = "RESIDENT_ID"
    document_region: str = ""
    born_on: date | None = None
    region: str = ""
    lists: frozenset[str] = frozenset()
    is_address_verified: bool = False
    slot: UUID | None = None
    is_checked: bool = False
    may_stand: bool = True
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What one subject has had in the turn that began on `start_on`."""

    start_on: date
    units: int
    claims: int


@dataclass(frozen=True, slots=True)
class Reserve:
    """Kept for one channel until `until_at`; `taken` counts all that the channel has had of the tranche."""

    channel: str
    units: int
    taken: int
    until_at: datetime
    units_max: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The first of those who stand by and came by one channel; `number`: their place in the whole order."""

    number: int
    channel: str
    units: int


@dataclass(frozen=True, slots=True)
class Slot:
    """So many claims may come between `from_at` and `until_at`."""

    from_at: datetime
    until_at: datetime
    capacity: int
    taken: int


@dataclass(frozen=True, slots=True)
class Tranche:
    """
    A tranche as it stands, locked by the caller.

    standby_next   the number the next who stands by gets, from 1; standing: how many stand by now
    heads          of those who stand by the first of each channel, in order; needed only where something is left
    waiting        persons who wait or stand by here already
    is_opened      the opening minute's claims have been judged
    """

    rule: Rule
    opens_at: datetime
    closes_at: datetime
    units: int
    admitted: int
    region: str = ""
    reserves: tuple[Reserve, ...] = ()
    slots: Mapping[UUID, Slot] = field(default_factory=dict)
    standing: int = 0
    standby_next: int = 1
    heads: tuple[Head, ...] = ()
    waiting: frozenset[bytes] = frozenset()
    is_opened: bool = False

    def is_shuffling(self, now: datetime) -> bool:
        return not self.is_opened and now < self.opens_at + timedelta(seconds=self.rule.shuffle_s)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    free_on   of `quota-used`: the first day on which it may be tried again; None: never, or something else refused it
    number    of STANDBY: its place in the order
    """

    ask_id: UUID
    outcome: Outcome
    code: str = ""
    free_on: date | None = None
    number: int | None = None


@dataclass(slots=True)
class Tally:
    """
    What the admitted ones change. `uses`: by (subject, tag), the turn's first day and what is added to it.

    units and channels count units, slots count claims. `standing`: how many more stand by, below 0 where some move up;
    `numbered`: how many of them are new.
    """

    units: int = 0
    standing: int = 0
    numbered: int = 0
    channels: dict[str, int] = field(default_factory=dict)
    slots: dict[UUID, int] = field(default_factory=dict)
    uses: dict[tuple[Subject, bytes], Used] = field(default_factory=dict)


def admit(
    tranche: Tranche, used: Mapping[tuple[Subject, bytes], Used], asks: Sequence[Ask], now: datetime
) -> tuple[tuple[Verdict, ...], Tally]:
    """
    Judge claims in order, each on what the admitted ones before it have left.

    One after the other, so a claim that a quota refuses takes no unit from the next. Never admits more units than the
    tranche has free, than a channel may take, or than a quota leaves.
    """
    running = _Running(tranche, used, now)
    verdicts = tuple(running.judge(ask) for ask in asks)
    assert tranche.admitted + running.tally.units <= max(tranche.units, tranche.admitted)
    return verdicts, running.tally


def first_to_move(tranche: Tranche, now: datetime) -> Head | None:
    """Whose turn it is of those who stand by: the first for whom enough is free; None: all of them wait."""
    running = _Running(replace(tranche, heads=()), {}, now)
    for head in tranche.heads:
        if running.free(head.channel) >= head.units and not running.is_full(head.channel, head.units):
            return head
        running.stand_before(head.channel, head.units)
    return None


def shuffled(seed: bytes, ids: Sequence[UUID]) -> list[UUID]:
    """
    The order in which the opening minute's claims are judged.

    By HMAC-SHA256 under the seed and all the ids together: nobody who makes an id knows where it will stand, whatever
    the moment it arrived at.
    """
    ordered = sorted(ids, key=lambda one: one.bytes)
    key = sha256(b"baogong opening minute 1\n" + seed + b"".join(one.bytes for one in ordered)).digest()
    return sorted(ordered, key=lambda one: (hmac.digest(key, one.bytes, "sha256"), one.bytes))


def refusal_of(rule: Rule, ask: Ask, on: date, region: str = "") -> Verdict | None:
    """Why the rule does not serve this claimant at all; None where it does. `region`: the tranche's district."""
    who = rule.eligibility
    if ask.document not in who.documents or Subject.PERSON not in ask.tags:
        return _no(ask, "document-not-accepted")
    for quota in rule.quotas:
        if quota.subject not in ask.tags:
            return _no(ask, _MISSING[quota.subject])
    if region and not ask.region.startswith(region):
        return _no(ask, "elsewhere")
    code = ask.region if who.region_of == "ADDRESS" else ask.document_region
    is_here = any(code.startswith(prefix) for prefix in who.regions)
    is_listed = bool(ask.lists & set(who.lists))
    if not (who.either and (is_here or is_listed)):
        if who.regions and not is_here:
            return _no(ask, "elsewhere")
        if who.lists and not is_listed:
            return _no(ask, "not-listed")
    if who.age_min is not None or who.age_max is not None:
        if ask.born_on is None:
            return _no(ask, "no-birth-date")
        age = on.year - ask.born_on.year - ((on.month, on.day) < (ask.born_on.month, ask.born_on.day))
        if who.age_min is not None and age < who.age_min:
            return _no(ask, "too-young")
        if who.age_max is not None and age > who.age_max:
            return _no(ask, "too-old")
    if who.needs_verified_address and not ask.is_address_verified:
        return _no(ask, "address-not-verified")
    return None


class _Running:
    """A tranche's figures as the claims admitted so far have left them."""

    def __init__(self, tranche: Tranche, used: Mapping[tuple[Subject, bytes], Used], now: datetime) -> None:
        self.tranche, self.rule, self.now = tranche, tranche.rule, now
        self.on = tranche.rule.day_of(now)
        self.tally = Tally()
        self._used = dict(used)
        # Where others choose, nobody comes by a channel: whom they named loses nothing to what a rule once kept for one.
        reserves = () if tranche.rule.mode in CHOSEN_MODES else tranche.reserves
        self._reserves = {one.channel: one for one in reserves}
        self._is_over = now >= tranche.closes_at
        self._ahead: dict[str, int] = {}  # channel → what the first who stands by asks for
        for one in tranche.heads:
            self.stand_before(one.channel, one.units)
        self._waiting = set(tranche.waiting)
        self._is_early = now < tranche.opens_at
        self._is_shuffling = tranche.is_shuffling(now)
        self._quotas = [(one, one.turn.starts_on(self.on)) for one in tranche.rule.quotas]

    def judge(self, ask: Ask) -> Verdict:
        verdict = self._judge(ask)
        if ask.number is None:
            return verdict
        if verdict.code in _WAITS:
            self.stand_before(ask.channel, ask.units)
            return Verdict(ask.id, Outcome.STANDBY, number=ask.number)
        self.tally.standing -= 1
        return verdict

    def stand_before(self, channel: str, units: int) -> None:
        """Somebody stands by: whoever comes later comes after them. In an appointment nobody does, as each time is its own."""
        if self.rule.mode is not Mode.APPOINTMENT:
            self._ahead.setdefault(channel, units)

    def is_full(self, channel: str, units: int) -> bool:
        """Whether so many more are above the channel's cap."""
        reserve = self._reserves.get(channel)
        if reserve is None or reserve.units_max is None:
            return False
        return reserve.taken + self.tally.channels.get(channel, 0) + units > reserve.units_max

    def free(self, channel: str) -> int:
        """What nobody has, no other channel is still kept and nobody waits for who stands by."""
        left = self.tranche.units - self.tranche.admitted - self.tally.units
        if not self._reserves:
            return 0 if self._ahead else left
        if channel in self._ahead:
            return 0
        kept = self._kept(channel)
        shared = left - kept - sum(self._kept(other) for other in self._reserves if other != channel)
        # Who waits for room below a cap waits for no units.
        is_waited_for = any(not self.is_full(*one) for one in self._ahead.items())
        return kept + (min(0, shared) if is_waited_for else shared)

    def _kept(self, channel: str) -> int:
        """What only this channel takes now; from the tranche's end on nobody claims by it, and nothing is kept."""
        one = self._reserves.get(channel)
        if one is None or self._is_over or self.now >= one.until_at:
            return 0
        return max(0, one.units - one.taken - self.tally.channels.get(channel, 0))

    def _judge(self, ask: Ask) -> Verdict:
        tranche, tally = self.tranche, self.tally
        if self._is_early and not ask.is_checked:
            return _no(ask, "not-open")
        if self._is_over and not ask.is_checked:
            return _no(ask, "closed")
        if not 0 < ask.units <= self.rule.units_per_claim_max:
            return _no(ask, "too-many-units")
        is_shuffling = self._is_shuffling and not ask.is_checked
        free = self.free(ask.channel)
        has_place = tranche.standing + tally.standing < self.rule.standby_max and self.rule.mode is not Mode.APPOINTMENT
        may_stand = ask.may_stand and ask.number is None and has_place
        if free < ask.units and not is_shuffling and not may_stand:
            return _no(ask, "none-left")
        refusal = None if ask.is_checked else refusal_of(self.rule, ask, self.on, tranche.region)
        refusal = refusal or self._refusal_of_slot(ask)
        if refusal is not None:
            return refusal
        person = ask.tags[Subject.PERSON]
        if person in self._waiting and not ask.is_checked:
            return _no(ask, "already-waiting")
        if is_shuffling:
            self._waiting.add(person)
            return Verdict(ask.id, Outcome.WAITING)
        refusal = self._refusal_of_quotas(ask)
        if refusal is not None:
            return refusal
        if self.is_full(ask.channel, ask.units):
            return _no(ask, "channel-full")
        if free < ask.units:
            if not may_stand:
                return _no(ask, "none-left")
            number = tranche.standby_next + tally.numbered
            tally.standing += 1
            tally.numbered += 1
            self._waiting.add(person)
            self.stand_before(ask.channel, ask.units)
            return Verdict(ask.id, Outcome.STANDBY, number=number)
        self._take(ask)
        return Verdict(ask.id, Outcome.ADMITTED)

    def _refusal_of_slot(self, ask: Ask) -> Verdict | None:
        if self.rule.mode is not Mode.APPOINTMENT:
            return None
        slot = self.tranche.slots.get(ask.slot) if ask.slot else None
        if slot is None or ask.slot is None:
            has_room = any(self._has_room(one) for one in self.tranche.slots)
            return _no(ask, "slot-missing" if has_room else "slots-full")
        if self.now >= slot.until_at:
            return _no(ask, "slot-over")
        if not self._has_room(ask.slot):
            return _no(ask, "slot-full")
        return None

    def _has_room(self, id: UUID) -> bool:
        slot = self.tranche.slots[id]
        return self.now < slot.until_at and slot.taken + self.tally.slots.get(id, 0) < slot.capacity

    def _refusal_of_quotas(self, ask: Ask) -> Verdict | None:
        for quota in self.rule.quotas:
            had = self._used.get((quota.subject, ask.tags[quota.subject]))
            if had is None or quota.turn.is_over(had.start_on, self.on):
                continue
            is_full = quota.claims_max is not None and had.claims + 1 > quota.claims_max
            if is_full or (quota.units_max is not None and had.units + ask.units > quota.units_max):
                free_on = quota.turn.free_on(had.start_on)
                return _no(ask, "quota-used", free_on)
        return None

    def _take(self, ask: Ask) -> None:
        tally = self.tally
        tally.units += ask.units
        tally.channels[ask.channel] = tally.channels.get(ask.channel, 0) + ask.units
        if ask.slot is not None and ask.slot in self.tranche.slots:
            tally.slots[ask.slot] = tally.slots.get(ask.slot, 0) + 1
        for quota, turn_on in self._quotas:
            key = (quota.subject, ask.tags[quota.subject])
            taken = Used(turn_on, ask.units, 1)
            had = self._used.get(key)
            if had is not None and not quota.turn.is_over(had.start_on, self.on):
                taken = Used(had.start_on, ask.units, 1)
                self._used[key] = Used(had.start_on, had.units + ask.units, had.claims + 1)
            else:
                self._used[key] = taken
            added = tally.uses.get(key)
            tally.uses[key] = (
                taken if added is None else Used(added.start_on, added.units + ask.units, added.claims + 1)
            )


def _no(ask: Ask, code: str, free_on: date | None = None) -> Verdict:
    return Verdict(ask.id, Outcome.REFUSED, code, free_on)
