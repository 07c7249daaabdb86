"""
Who may take what: the one judge of every movement.

A line is refused with one of these codes:

amount-not-positive, amount-too-large  the amount is no amount
same-account                           from an account to itself
unknown-account, unknown-lot           the book has no such account or lot
unknown-hold, unknown-movement         the hold or movement it names does not exist
id-reused                              its id stands in the book with other content
line-malformed                         an end time or a corrected movement on a tense that has none
not-enough-left                        more than the source has free (posted - held)
hold-ended, hold-exceeded              more than the hold has open; for a continuation, more than has ended
hold-mismatch                          source, target or lot are not the hold's
hold-expired                           the hold ran out, or would at once
hold-not-expired                       EXPIRED before its time
correction-mismatch                    not the exact way back of what it corrects
correction-exceeded                    more than it corrects, with the corrections before it
conversion-ratio                       what went in and what came out disagree with the lots' recorded origins
conversion-incomplete                  another line of the same conversion was refused
earmark-forbids                        the earmark names other receivers, or other uses
owner-changed                          a repack would make one owner's goods another's
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from baogong.engine.book.lines import MAX_AMOUNT, Batch, HoldFacts, Line, State, Tense, Verdict

_POSTED, _HELD, _EXTENDED, _EXPIRED = Tense.POSTED, Tense.HELD, Tense.EXTENDED, Tense.EXPIRED


def decide(state: State, batch: Batch, now: datetime) -> tuple[Verdict, ...]:
    """
    Judge each line in order, on what the accepted lines before it have left.

    A conversion is judged as a whole: if one of its lines is refused, all are. `state` is not changed.
    Accepted lines keep, for every account that is not outside, 0 <= held <= posted; no hold ends twice; sums of
    posted amounts per lot stay zero over all accounts.
    """
    barred: dict[int, Verdict] = {}
    while True:
        verdicts = _judge(state, batch.lines, now, barred)
        broken = dict(_broken_conversions(state, batch, verdicts))
        if not broken:
            return tuple(verdicts)
        barred |= broken  # grows with each turn, so this ends


def _judge(state: State, lines: tuple[Line, ...], now: datetime, barred: dict[int, Verdict]) -> list[Verdict]:
    accounts, lots, written = state.accounts, state.lots, dict(state.seen)
    holds = _RunningHolds(state)
    posted, held = dict(state.posted), dict(state.held)
    verdicts: list[Verdict] = []
    for index, line in enumerate(lines):
        line_id, tense, amount = line.id, line.tense, line.amount
        before = written.get(line_id)
        if before is not None:
            verdicts.append(_as_before(line, before))
            continue
        if index in barred:
            verdicts.append(barred[index])
            continue
        source = accounts.get(line.source)
        target = accounts.get(line.target)
        lot = lots.get(line.lot)
        if source is None or target is None or lot is None or not 0 < amount <= MAX_AMOUNT:
            verdicts.append(_unusable(state, line))
            continue
        if line.source == line.target:
            verdicts.append(_refuse(line, "same-account", "It would move from an account to itself."))
            continue
        if lot.receivers is not None and target.is_final and target.holder not in lot.receivers:
            verdicts.append(_refuse(line, "earmark-forbids", "The lot's earmark names other receivers."))
            continue
        if line.corrects is not None or line.expires_at is not None or line.hold is not None or tense is not _POSTED:
            refusal = holds.refusal_of(line, now)
            if refusal is not None:
                verdicts.append(refusal)
                continue

        place = (line.source.int, line.lot.int)
        if tense is _POSTED or tense is _HELD:
            is_kept = tense is _POSTED and line.hold is not None  # what the hold set aside is what is taken
            free = posted.get(place, 0) - held.get(place, 0) + (amount if is_kept else 0)
            if amount > free and not source.is_outside:
                verdicts.append(
                    _refuse(line, "not-enough-left", f"{amount} were asked for; {max(free, 0)} are free there.")
                )
                continue
            if tense is _POSTED:
                posted[place] = posted.get(place, 0) - amount
                goal = (line.target.int, line.lot.int)
                posted[goal] = posted.get(goal, 0) + amount
                if is_kept:
                    held[place] = held.get(place, 0) - amount
            else:
                held[place] = held.get(place, 0) + amount
        elif tense is not _EXTENDED:
            held[place] = held.get(place, 0) - amount
        if tense is not _POSTED or line.hold is not None or line.corrects is not None:
            holds.change(line)
        written[line_id] = line
        verdicts.append(Verdict(line_id, True))
    return verdicts


class _RunningHold:
    """A hold's running figures."""

    __slots__ = ("continued", "expires_at", "facts", "posted", "voided")

    def __init__(self, facts: HoldFacts) -> None:
        self.facts = facts
        self.posted, self.voided, self.continued = facts.posted, facts.voided, facts.continued
        self.expires_at = facts.expires_at


class _RunningHolds:
    """Holds and corrected movements as the lines accepted so far have left them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._holds: dict[UUID, _RunningHold] = {}
        self._corrected: dict[UUID, int] = {}

    def refusal_of(self, line: Line, now: datetime) -> Verdict | None:
        """Why this line's hold, correction or end time forbids it; None where they do not."""
        tense = line.tense
        if line.expires_at is not None:
            if tense is not _HELD and tense is not _EXTENDED:
                return _refuse(line, "line-malformed", f"A line that is {tense} has no end time.")
            if line.expires_at <= now:
                return _refuse(line, "hold-expired", f"The hold would end at {line.expires_at}, before it begins.")
        if line.corrects is not None:
            return self._refusal_of_correction(line)
        if line.hold is None:
            if tense is _POSTED or tense is _HELD:
                return None
            return _refuse(line, "unknown-hold", f"A line that is {tense} names the hold it acts on.")
        hold = self._hold(line.hold)
        if hold is None:
            return _refuse(line, "unknown-hold", "The hold it names does not exist.")
        facts = hold.facts
        if tense is _HELD:
            return self._refusal_of_continuation(line, hold)
        if (line.source, line.target, line.lot) != (facts.source, facts.target, facts.lot):
            return _refuse(line, "hold-mismatch", "Source, target or lot are not the hold's.")
        left = facts.amount - hold.posted - hold.voided
        if left == 0:
            return _refuse(line, "hold-ended", f"The hold has ended: {hold.posted} posted, {hold.voided} given up.")
        if line.amount > left:
            return _refuse(line, "hold-exceeded", f"{line.amount} were named; {left} of the hold are open.")
        has_expired = hold.expires_at is not None and hold.expires_at <= now
        if tense is _EXPIRED and not has_expired:
            return _refuse(line, "hold-not-expired", f"The hold runs until {hold.expires_at or 'it is ended'}.")
        if has_expired and (tense is _POSTED or tense is _EXTENDED):
            return _refuse(line, "hold-expired", f"The hold ran out at {hold.expires_at}.")
        return None

    def _refusal_of_continuation(self, line: Line, hold: _RunningHold) -> Verdict | None:
        if line.lot != hold.facts.lot:
            return _refuse(line, "hold-mismatch", "A hold travels on with its own lot.")
        left = hold.posted + hold.voided - hold.continued
        if line.amount > left:
            return _refuse(
                line, "hold-exceeded", f"{line.amount} were to travel on; {left} of the hold have ended and may."
            )
        return None

    def _refusal_of_correction(self, line: Line) -> Verdict | None:
        if line.tense is not _POSTED or line.hold is not None:
            return _refuse(line, "line-malformed", "Only a posted line without a hold corrects a movement.")
        assert line.corrects is not None
        posting = self._state.postings.get(line.corrects)
        if posting is None:
            return _refuse(line, "unknown-movement", "The posted movement it corrects does not exist.")
        if (line.source, line.target, line.lot) != (posting.target, posting.source, posting.lot):
            return _refuse(line, "correction-mismatch", "A correction goes back the way the movement came.")
        left = posting.amount - self._corrected.get(line.corrects, posting.corrected)
        if line.amount > left:
            return _refuse(
                line, "correction-exceeded", f"{line.amount} were to go back; {left} of the movement still can."
            )
        return None

    def change(self, line: Line) -> None:
        """Keep what an accepted line does to holds and corrected movements."""
        if line.corrects is not None:
            before = self._corrected.get(line.corrects, self._state.postings[line.corrects].corrected)
            self._corrected[line.corrects] = before + line.amount
            return
        hold = self._hold(line.hold) if line.hold is not None else None
        if line.tense is _HELD:
            if hold is not None:
                hold.continued += line.amount
            self._holds[line.id] = _RunningHold(
                HoldFacts(line.source, line.target, line.lot, line.amount, expires_at=line.expires_at)
            )
            return
        assert hold is not None
        if line.tense is _POSTED:
            hold.posted += line.amount
        elif line.tense is _EXTENDED:
            hold.expires_at = line.expires_at
        else:
            hold.voided += line.amount

    def _hold(self, id: UUID) -> _RunningHold | None:
        hold = self._holds.get(id)
        if hold is None:
            facts = self._state.holds.get(id)
            if facts is None:
                return None
            hold = self._holds[id] = _RunningHold(facts)
        return hold


def _broken_conversions(state: State, batch: Batch, verdicts: list[Verdict]) -> Iterator[tuple[int, Verdict]]:
    """Every line of the conversions that must not stand, with its verdict."""
    groups: dict[UUID, list[int]] = defaultdict(list)
    accounts = state.accounts
    for index, line in enumerate(batch.lines):
        if line.tense is not _POSTED or verdicts[index].was_seen:
            continue
        for account in (line.source, line.target):
            facts = accounts.get(account)
            if facts is not None and facts.is_conversion:
                groups[account].append(index)
    for account, members in groups.items():
        if not any(verdicts[index].ok for index in members):
            continue
        if all(verdicts[index].ok for index in members):
            code, message = fault_of_conversion(
                state,
                account,
                [batch.lines[index] for index in members],
                may_change_earmark=batch.may_change_earmark,
            )
        else:
            code, message = "conversion-incomplete", "Another line of this conversion was refused."
        if code:
            for index in members:
                # What was refused for a reason of its own keeps it, though the others now leave more for it.
                verdict = verdicts[index]
                yield index, _refuse(batch.lines[index], code, message) if verdict.ok else verdict


def fault_of_conversion(
    state: State, account: UUID, lines: Sequence[Line], *, may_change_earmark: bool
) -> tuple[str, str]:
    """
    ("", "") where what went in and what came out agree; else a code and its sentence.

    lines  all that one batch posted through the conversion account; of `state` only lots and origins are asked
    """
    went_in: dict[UUID, int] = defaultdict(int)
    came_out: dict[UUID, int] = defaultdict(int)
    for line in lines:
        if line.corrects is None:
            side, sign = (went_in if line.target == account else came_out), 1
        else:  # the way back: out of the conversion comes what had gone in
            side, sign = (went_in if line.source == account else came_out), -1
        side[line.lot] += sign * line.amount
    if not went_in or not came_out:
        return "conversion-ratio", "A conversion takes lots in and gives lots out, in one batch."
    parents = set()
    for child, made in came_out.items():
        origins = state.origins.get(child, ())
        if not origins:
            return "conversion-ratio", f"Nothing is recorded of what lot {child} is made from."
        for origin in origins:
            parents.add(origin.parent)
            if went_in.get(origin.parent, 0) * origin.child_amount != made * origin.parent_amount:
                return (
                    "conversion-ratio",
                    f"{made} of lot {child} came out for {went_in.get(origin.parent, 0)} of lot {origin.parent}; "
                    f"recorded are {origin.child_amount} for {origin.parent_amount}.",
                )
    strangers = went_in.keys() - parents
    if strangers:
        return "conversion-ratio", f"Lot {min(strangers)} went in, and nothing that came out is made from it."
    for child in came_out:
        for parent in went_in:
            if not may_change_earmark and not _keeps_earmark(state, parent, child):
                return "earmark-forbids", f"Lot {child} would be freer than the earmark of lot {parent} allows."
            if not _keeps_owner(state, parent, child):
                return "owner-changed", f"Lot {parent} is another's than lot {child}: one owner's goods stay its own."
    return "", ""


def _keeps_earmark(state: State, parent: UUID, child: UUID) -> bool:
    """The child may go to no receiver, and be used for nothing, that the parent may not."""
    before, after = state.lots[parent], state.lots[child]
    if before.receivers is not None and (after.receivers is None or not after.receivers <= before.receivers):
        return False
    if before.uses is None:
        return True
    # Turned into one of its uses the earmark is served; otherwise it must be carried on.
    return after.item in before.uses or (after.uses is not None and after.uses <= before.uses)


def _keeps_owner(state: State, parent: UUID, child: UUID) -> bool:
    """The same goods, split or put together, stay their owner's. Turned into another item they may be somebody's else."""
    before, after = state.lots[parent], state.lots[child]
    return before.item != after.item or before.owner == after.owner


def _as_before(line: Line, before: Line) -> Verdict:
    if _content(line) == _content(before):
        return Verdict(line.id, True, was_seen=True)
    return _refuse(line, "id-reused", "This id stands in the book with other content.")


def _content(line: Line) -> tuple[object, ...]:
    return (
        line.tense, line.source, line.target, line.lot, line.amount, line.hold, line.corrects, line.expires_at,
    )  # fmt: skip


def _unusable(state: State, line: Line) -> Verdict:
    if line.amount <= 0:
        return _refuse(line, "amount-not-positive", f"{line.amount} is no amount that can move.")
    if line.amount > MAX_AMOUNT:
        return _refuse(line, "amount-too-large", f"{line.amount} is more than {MAX_AMOUNT}, the most one line moves.")
    if line.lot not in state.lots:
        return _refuse(line, "unknown-lot", f"The book has no lot {line.lot}.")
    missing = line.source if line.source not in state.accounts else line.target
    return _refuse(line, "unknown-account", f"The book has no account {missing}.")


def _refuse(line: Line, code: str, message: str) -> Verdict:
    return Verdict(line.id, False, code, message)
