"""
The only way to units of a tranche: web, clerk, telephone, import and programs all come through `admit`.

Works on a bare psycopg connection inside the caller's transaction; the caller answers after its commit. What makes it
safe, in this order:

- the tranche's row is locked, so claims of one tranche are judged one batch after the other, whoever writes them;
- who stands by comes before who comes anew: whatever has fallen free since, by a reserve's hour too, is theirs first;
- `engine.release.admit` judges them in order on what is left, so a refused claim never wastes a unit;
- quotas reach over tranches and releases that have no common lock: each is taken by a conditional upsert on its own row,
  and where another took it meanwhile everything since the savepoint is undone and judged anew;
- the book judges once more (`engine.book.decide`) and keeps an ordinary hold for each admitted claim.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus

from baogong.engine.book import Tense
from baogong.engine.release import (
    CHOSEN_MODES,
    Ask,
    Head,
    Mode,
    Outcome,
    Reserve,
    Rule,
    Slot,
    Subject,
    Tally,
    Tranche,
    Used,
    Verdict,
    first_to_move,
    shuffled,
)
from baogong.engine.release import admit as judge
from baogong.engine.release.rule import CHANNELS, UNITS_MOST
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import new_id, new_ids
from baogong.ledger import arrays
from baogong.ledger.arrays import open_cursor
from baogong.ledger.facts import AccountRef, BookLine
from baogong.ledger.posting import PostRequest, post_batch
from baogong.ledger.states import Reason, State
from baogong.release.facts import Answer, ClaimIn
from baogong.release.looking import NotOffered, as_first, find_seen

BATCH_MAX = 5_000
TRIES_MAX = 20
LINE_MAX = 500  # of those who stand by so many are judged at once

# Of a row that is not locked too, the state from before the wait for the tranche would be read. Those who share a release do
# not wait for each other; who closes it waits for them. The tranche comes first, here and wherever both are locked.
LOCK_TRANCHE = """
SELECT release.id, release.state, release.scope, release.office_id, release.holder_id, release.rule_id,
       tranche.region, tranche.lot_id, tranche.units, tranche.admitted, tranche.standing, tranche.standby_last,
       tranche.opens_at, tranche.closes_at, tranche.seed, tranche.opened_at, tranche.document
FROM release_tranche AS tranche JOIN release_release AS release ON release.id = tranche.release_id
WHERE tranche.id = %s
FOR UPDATE OF tranche FOR SHARE OF release
"""
FIND_RULE = "SELECT body FROM release_ruleversion WHERE id = %s"
FIND_RESERVES = "SELECT channel, units, taken, until_at, units_max FROM release_channelreserve WHERE tranche_id = %s"
FIND_SLOTS = "SELECT id, from_at, until_at, capacity, taken FROM release_slot WHERE tranche_id = %s"
FIND_WAITING = """
SELECT person FROM release_claim
WHERE tranche_id = %s AND state IN ('WAITING', 'STANDBY') AND person = ANY(%s::bytea[])
"""
FIND_LISTED = """
SELECT tag, name FROM release_listed WHERE office_id = %s AND name = ANY(%s::text[]) AND tag = ANY(%s::bytea[])
"""
FIND_VERIFIED = "SELECT tag, region FROM release_verifiedaddress WHERE office_id = %s AND tag = ANY(%s::bytea[])"
# Each tag by the key: joined to a list of them, the server read all that the scope's people ever had.
FIND_USED = """
SELECT tag, start_on, units, claims FROM release_used
WHERE scope = %s AND subject = %s AND tag = ANY(%s)
ORDER BY tag
"""
# In one order for everybody. The row as it stands now decides, not the one that was read.
TAKE_QUOTA = """
INSERT INTO release_used AS used (scope, subject, tag, start_on, units, claims)
SELECT %(scope)s, %(subject)s, tag, start_on, units, claims
FROM unnest(%(tags)s::bytea[], %(starts)s::date[], %(units)s::int[], %(claims)s::int[])
     AS taken(tag, start_on, units, claims)
ORDER BY tag
ON CONFLICT (scope, subject, tag) DO UPDATE SET
    units = CASE WHEN excluded.start_on >= used.start_on + %(days)s::int THEN excluded.units
                 ELSE used.units + excluded.units END,
    claims = CASE WHEN excluded.start_on >= used.start_on + %(days)s::int THEN excluded.claims
                  ELSE used.claims + excluded.claims END,
    start_on = CASE WHEN excluded.start_on >= used.start_on + %(days)s::int THEN excluded.start_on
                    ELSE used.start_on END
WHERE excluded.start_on >= used.start_on + %(days)s::int
   OR (used.units + excluded.units <= coalesce(%(units_max)s::int, 2000000000)
       AND used.claims + excluded.claims <= coalesce(%(claims_max)s::int, 2000000000))
RETURNING tag
"""
WRITE_CLAIMS = """
INSERT INTO release_claim (id, tranche_id, content, channel, units, state, code, free_on, standby_number, at, decided_at,
                           region, slot_id, person, household, phone, address, windows, hold, keeps_until, due_at,
                           taken_by_id, born_decade)
SELECT id, %(tranche)s, content, channel, units, state, code, free_on, number, %(now)s, %(now)s,
       region, slot, person, household, phone, address, windows::jsonb, hold, keeps_until,
       due_at, taken_by, born
FROM unnest(%(ids)s::uuid[], %(contents)s::bytea[], %(channels)s::text[], %(units)s::int[], %(states)s::text[],
            %(codes)s::text[], %(frees)s::date[], %(numbers)s::int[], %(regions)s::text[], %(slots)s::uuid[],
            %(persons)s::bytea[], %(households)s::bytea[], %(phones)s::bytea[], %(addresses)s::bytea[],
            %(windows)s::text[], %(holds)s::uuid[], %(keeps)s::timestamptz[], %(dues)s::timestamptz[],
            %(takers)s::uuid[], %(borns)s::int[])
     AS claim(id, content, channel, units, state, code, free_on, number, region, slot, person, household, phone, address,
              windows, hold, keeps_until, due_at, taken_by, born)
ON CONFLICT (id) DO NOTHING
RETURNING id
"""
CHANGE_CLAIMS = """
UPDATE release_claim AS claim
SET state = new.state, code = new.code, free_on = new.free_on,
    standby_number = coalesce(new.number, claim.standby_number), windows = new.windows::jsonb, hold = new.hold,
    keeps_until = new.keeps_until, due_at = new.due_at, decided_at = %(now)s
FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(codes)s::text[], %(frees)s::date[], %(numbers)s::int[],
            %(windows)s::text[], %(holds)s::uuid[], %(keeps)s::timestamptz[], %(dues)s::timestamptz[])
     AS new(id, state, code, free_on, number, windows, hold, keeps_until, due_at)
WHERE claim.id = new.id
"""
COUNT_TRANCHE = """
UPDATE release_tranche
SET admitted = admitted + %(units)s, standing = standing + %(standing)s,
    standby_last = standby_last + %(numbered)s, opened_at = coalesce(opened_at, %(opened)s::timestamptz)
WHERE id = %(tranche)s
"""
COUNT_CHANNELS = """
UPDATE release_channelreserve AS reserve SET taken = reserve.taken + new.units
FROM unnest(%s::text[], %s::int[]) AS new(channel, units)
WHERE reserve.tranche_id = %s AND reserve.channel = new.channel
"""
COUNT_SLOTS = """
UPDATE release_slot AS slot SET taken = slot.taken + new.claims
FROM unnest(%s::uuid[], %s::int[]) AS new(id, claims) WHERE slot.id = new.id
"""
FIND_WAITERS = """
SELECT id, channel, units, region, slot_id, person, household, phone, address, standby_number
FROM release_claim WHERE tranche_id = %s AND state = 'WAITING'
"""
FIND_STANDING = """
SELECT id, channel, units, region, slot_id, person, household, phone, address, standby_number
FROM release_claim WHERE tranche_id = %s AND state = 'STANDBY' AND standby_number >= %s ORDER BY standby_number LIMIT %s
"""
FIND_HEADS = """
SELECT * FROM (
    SELECT DISTINCT ON (channel) standby_number, channel, units
    FROM release_claim WHERE tranche_id = %s AND state = 'STANDBY' ORDER BY channel, standby_number
) AS head ORDER BY standby_number
"""


class TooBusy(BaogongError):
    """Others took the same people's quotas at the same moment, again and again. Nothing was written."""

    kind, code = Kind.CONFLICT, "release.too-busy"


def admit(
    connection: Connection[Any],
    batch: Sequence[ClaimIn],
    now: datetime,
    *,
    keeps_shortage: bool = True,
    moves_up: bool = False,
) -> tuple[Answer, ...]:
    """
    Judge and write claims inside the caller's transaction (READ COMMITTED); an answer for each, in order.

    A claim id seen before gets the answer it got, and changes nothing, also once its release is closed. Refusals are kept
    too, but for those of fresh ids of a closed release, which are told beside the others' answers.
    keeps_shortage  False: what is refused only for lack of units has no row either, and may come again under its id
    moves_up        rights that come to people who no longer wait for one: kept as those of who stood by
    Raises NotFound (no such tranche), NotOffered (all are fresh and of closed releases), UnusableInput, TooBusy.
    """
    _check(connection, batch, now)
    first: dict[UUID, ClaimIn] = {}
    for claim in batch:
        first.setdefault(claim.id, claim)
    answers: dict[UUID, tuple[bytes, Answer]] = {}
    closed: dict[UUID, tuple[bytes, Answer]] = {}
    with open_cursor(connection) as cursor:
        for tranche in sorted({claim.tranche for claim in first.values()}):
            claims = [claim for claim in first.values() if claim.tranche == tranche]
            try:
                locked = _Locked(connection, cursor, tranche, now)
            except NotOffered as refusal:
                # Looked for only here: an open release's claims find their answers while they are judged.
                answers |= find_seen(cursor, [claim.id for claim in claims])
                fresh = [claim for claim in claims if claim.id not in answers]
                closed |= {
                    one.id: (one.content, Answer(one.id, "REFUSED", one.units, "closed", is_kept=False))
                    for one in fresh
                }
                if len(closed) == len(first):
                    raise refusal
                continue
            locked.open_if_due()
            locked.move_up()
            answers |= locked.admit(claims, keeps_shortage=keeps_shortage, moves_up=moves_up)
    answers |= closed
    return tuple(as_first(claim, *answers[claim.id]) for claim in batch)


def judge_opening(connection: Connection[Any], tranche: UUID, now: datetime) -> int:
    """Judge the opening minute's claims of a tranche, once it is over; how many there were."""
    _check(connection, (), now)
    with open_cursor(connection) as cursor:
        return _Locked(connection, cursor, tranche, now).open_if_due()


def promote_standby(
    connection: Connection[Any], tranche: UUID, now: datetime, *, is_closing: bool = False
) -> tuple[UUID, ...]:
    """
    Give what has become free to those who stand by, strictly in their order; who got some.

    is_closing  nobody claims any more from now on, so what was kept for one channel is free as well
    """
    _check(connection, (), now)
    with open_cursor(connection) as cursor:
        return _Locked(connection, cursor, tranche, now, is_closing=is_closing).move_up()


def _check(connection: Connection[Any], batch: Sequence[ClaimIn], now: datetime) -> None:
    if connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE:
        raise RuntimeError("claims are written inside a transaction of the caller's")
    if now.tzinfo is None:
        raise ValueError(f"a moment has a time zone: {now}")
    if len(batch) > BATCH_MAX:
        raise UnusableInput(
            f"At most {BATCH_MAX} claims come at once; these are {len(batch)}. Nothing was admitted.",
            found=len(batch),
            expected=f"1 to {BATCH_MAX}",
            cure="Split them.",
        )
    for claim in batch:
        has_tags = all(len(tag) == 32 for tag in claim.tags.values())
        if (
            not has_tags
            or len(claim.region) > 12
            or claim.channel not in CHANNELS
            or not 0 <= claim.units <= UNITS_MOST
        ):
            raise UnusableInput(
                "A claim names people by tags of 32 bytes, a region by its code, a known channel and a number of units. "
                "Nothing was admitted.",
                where=str(claim.id),
                found=claim.channel,
                expected=", ".join(CHANNELS),
                cure="Make the tags with the room's own function, and name the channel.",
            )


_rules: dict[UUID, Rule] = {}  # versions are never edited


@dataclass(slots=True)  # frozen ones take three times as long to make
class _Decided:
    """What is written of one claim."""

    id: UUID
    state: str
    code: str = ""
    free_on: date | None = None
    number: int | None = None
    hold: UUID | None = None
    keeps_until: datetime | None = None
    due_at: datetime | None = None
    windows: str = "{}"


class _Locked:
    """One tranche, locked until the transaction ends."""

    def __init__(
        self,
        connection: Connection[Any],
        cursor: Cursor[Any],
        tranche: UUID,
        now: datetime,
        *,
        is_closing: bool = False,
    ) -> None:
        self._connection, self._cursor, self._id, self._now = connection, cursor, tranche, now
        row = self._run(LOCK_TRANCHE, [tranche]).fetchone()
        if row is None:
            raise NotFound("There is no such tranche; nothing was admitted.", where=str(tranche))
        _release, state, self._scope, self._office, self._holder, rule, region, self._lot, *figures = row
        units, admitted, standing, standby_last, opens_at, closes_at, seed, opened_at, self._document = figures
        if state != "OPEN":
            raise NotOffered(
                "This release is not open; nothing was admitted.",
                where=str(tranche),
                found=state,
                expected="OPEN",
                cure="Look at the list of what is offered now.",
            )
        self._seed, self._opened_at = bytes(seed), opened_at
        terms = self._rule(rule)  # of an open release they stay, so what they do not know of is not looked for
        keeps = terms.reserves and terms.mode not in CHOSEN_MODES
        reserves = self._run(FIND_RESERVES, [tranche]).fetchall() if keeps else ()
        slots = self._run(FIND_SLOTS, [tranche]).fetchall() if terms.mode is Mode.APPOINTMENT else ()
        self.tranche = Tranche(
            rule=terms,
            opens_at=opens_at,
            closes_at=min(closes_at, now) if is_closing else closes_at,
            units=units,
            admitted=admitted,
            region=region,
            reserves=tuple(Reserve(*row) for row in reserves),
            slots={row[0]: Slot(*row[1:]) for row in slots},
            standing=standing,
            standby_next=standby_last + 1,
            is_opened=opened_at is not None,
        )

    def admit(
        self, claims: Sequence[ClaimIn], *, keeps_shortage: bool, moves_up: bool
    ) -> dict[UUID, tuple[bytes, Answer]]:
        """New claims and ones seen before; id → (content of the first, answer)."""
        answers: dict[UUID, tuple[bytes, Answer]] = {}
        fresh: list[ClaimIn] = []

        def again() -> list[Ask]:
            answers.update(self._seen(claim.id for claim in claims))
            fresh[:] = [claim for claim in claims if claim.id not in answers] if answers else claims
            return self._asks(fresh)

        def write(decided: Sequence[_Decided]) -> bool:
            rows = [
                (claim, one, keeps_shortage or one.code not in _SHORTAGES)
                for claim, one in zip(fresh, decided, strict=True)
            ]
            kept = [(claim, one) for claim, one, is_kept in rows if is_kept]
            if kept and not self._write(kept):
                return False
            for claim, one, is_kept in rows:
                answers[one.id] = claim.content, _answer(claim.units, one, is_kept=is_kept)
            return True

        self._decide(again, self._now, write, moves_up=moves_up)
        return answers

    def open_if_due(self) -> int:
        """The opening minute's claims, in an order nobody could foresee, judged as of the minute's end."""
        ends_at = self.tranche.opens_at + timedelta(seconds=self.tranche.rule.shuffle_s)
        if not self.tranche.rule.shuffle_s or self._opened_at is not None or self._now < ends_at:
            return 0
        waiting = {ask.id: ask for ask in self._waiters()}
        asks = [waiting[one] for one in shuffled(self._seed, list(waiting))]
        self.tranche = replace(self.tranche, is_opened=True)
        self._decide(lambda: asks, ends_at, self._change, opened_at=self._now)
        self._opened_at = self._now
        return len(asks)

    def move_up(self) -> tuple[UUID, ...]:
        """Give what is free to those who stand by; who got some. Nothing is read where nobody stands by or nothing is left."""
        got: list[UUID] = []
        while first := self._first_to_move():
            heads, asks = self.tranche.heads, self._standing(first.number)
            judged: list[_Decided] = []

            def again(asks: Sequence[Ask] = asks) -> Sequence[Ask]:
                return asks

            def write(decided: Sequence[_Decided], judged: list[_Decided] = judged) -> bool:
                judged[:] = [one for one in decided if one.state != Outcome.STANDBY]
                return self._change(judged)

            self.tranche = replace(self.tranche, heads=tuple(one for one in heads if one.number < first.number))
            self._decide(again, self._now, write, moves_up=True)
            got += [one.id for one in judged if one.hold is not None]
            if not judged:  # the book gives nothing out
                self.tranche = replace(self.tranche, heads=heads)
                break
        return tuple(got)

    def _first_to_move(self) -> Head | None:
        """Whose turn it is of those who stand by, as the tranche stands now."""
        now = self.tranche
        heads = self._run(FIND_HEADS, [self._id]).fetchall() if now.standing and now.admitted < now.units else ()
        self.tranche = replace(now, heads=tuple(Head(*row) for row in heads))
        return first_to_move(self.tranche, self._now)

    def _decide(
        self,
        asks_now: Callable[[], Sequence[Ask]],
        moment: datetime,
        write: Callable[[Sequence[_Decided]], bool],
        *,
        opened_at: datetime | None = None,
        moves_up: bool = False,
    ) -> None:
        """Judge, take the quotas, hold in the book, write; where another was quicker, undo and judge anew."""
        barred: dict[UUID, str] = {}
        keeps_until = self._keeps_until(moment, moves_up=moves_up)
        for attempt in range(TRIES_MAX):
            self._run("SAVEPOINT claims", [])
            asks = asks_now()
            if not asks and opened_at is None:
                return
            barred |= self._unchosen(asks)
            verdicts, tally = self._judge(asks, moment, barred, is_retry=attempt > 0)
            admitted = [ask for ask, one in zip(asks, verdicts, strict=True) if one.outcome is Outcome.ADMITTED]
            if self._take_quotas(tally):
                holds, refused = self._hold(admitted, keeps_until)
                barred |= refused
                decided = self._decided(asks, verdicts, tally, holds, keeps_until, moment)
                if not refused and (not decided or write(decided)):
                    self._count(tally, opened_at)
                    self._run("RELEASE SAVEPOINT claims", [])
                    return
            self._run("ROLLBACK TO SAVEPOINT claims", [])
        raise TooBusy(
            "Others claimed for the same people at the same moment. Nothing was written.", cure="Send it once more."
        )

    def _unchosen(self, asks: Sequence[Ask]) -> dict[UUID, str]:
        """Where lots are drawn or another office chooses, nobody else is admitted."""
        if self.tranche.rule.mode not in CHOSEN_MODES:
            return {}
        return {ask.id: "not-chosen" for ask in asks if not ask.is_checked}

    def _judge(
        self, asks: Sequence[Ask], moment: datetime, barred: Mapping[UUID, str], *, is_retry: bool
    ) -> tuple[tuple[Verdict, ...], Tally]:
        tranche = replace(self.tranche, waiting=self._waiting(asks))
        may_admit = [ask for ask in asks if ask.id not in barred] if barred else asks
        verdicts, tally = judge(tranche, self._used(may_admit, is_retry=is_retry), may_admit, moment)
        if not barred:
            return verdicts, tally
        judged = {one.ask_id: one for one in verdicts}
        return tuple(judged.get(ask.id) or _barred(ask, barred[ask.id]) for ask in asks), tally

    def _take_quotas(self, tally: Tally) -> bool:
        """Whether every quota had room for what is taken from it, as its row stands now."""
        for quota in sorted(self.tranche.rule.quotas, key=lambda one: one.subject):
            taken = {tag: use for (subject, tag), use in sorted(tally.uses.items()) if subject is quota.subject}
            if not taken:
                continue
            got = self._run(
                TAKE_QUOTA,
                {
                    "scope": self._scope,
                    "subject": quota.subject.value,
                    "days": quota.turn.days,
                    "units_max": quota.units_max,
                    "claims_max": quota.claims_max,
                    "tags": arrays.hashes(taken),
                    "starts": arrays.dates(use.start_on for use in taken.values()),
                    "units": arrays.integers(use.units for use in taken.values()),
                    "claims": arrays.integers(use.claims for use in taken.values()),
                },
            ).fetchall()
            if len(got) < len(taken):
                return False
        return True

    def _hold(self, admitted: Sequence[Ask], keeps_until: datetime | None) -> tuple[dict[UUID, UUID], dict[UUID, str]]:
        """Claim → its hold in the book; and those the book refused."""
        if not admitted:
            return {}, {}
        source, target = AccountRef(self._holder, State.OFFERED), AccountRef(self._holder, State.HANDED_OVER)
        lines = tuple(
            BookLine(
                id=id,
                tense=Tense.HELD,
                source=source.id,
                target=target.id,
                lot=self._lot,
                amount=ask.units,
                expires_at=keeps_until,
                source_ref=source,
                target_ref=target,
            )
            for ask, id in zip(admitted, new_ids(len(admitted)), strict=True)
        )
        result = post_batch(
            self._connection,
            PostRequest(lines, Reason.CLAIM, None, self._document, new_id(), each_on_its_own=True, is_new=True),
            self._now,
        )
        refused = {verdict.line_id for verdict in result.refused}
        held = list(zip(admitted, lines, strict=True))
        return (
            {ask.id: line.id for ask, line in held},
            {ask.id: "none-left" for ask, line in held if line.id in refused} if refused else {},
        )

    def _decided(
        self,
        asks: Sequence[Ask],
        verdicts: Sequence[Verdict],
        tally: Tally,
        holds: Mapping[UUID, UUID],
        keeps_until: datetime | None,
        moment: datetime,
    ) -> list[_Decided]:
        decided = []
        due_at = self.tranche.rule.due_at(moment)
        spelled: dict[tuple[tuple[Subject, date], ...], str] = {(): "{}"}  # most have the same
        for ask, one in zip(asks, verdicts, strict=True):
            is_admitted = one.outcome is Outcome.ADMITTED
            turns = (
                tuple(
                    (subject, tally.uses[subject, tag].start_on)
                    for subject, tag in ask.tags.items()
                    if (subject, tag) in tally.uses
                )
                if is_admitted
                else ()
            )
            if turns not in spelled:
                spelled[turns] = json.dumps({subject.value: start_on.isoformat() for subject, start_on in turns})
            decided.append(
                _Decided(
                    id=one.ask_id,
                    state=one.outcome.value,
                    code=one.code,
                    free_on=one.free_on,
                    number=one.number,
                    hold=holds.get(one.ask_id) if is_admitted else None,
                    keeps_until=keeps_until if is_admitted else None,
                    due_at=due_at if is_admitted else None,
                    windows=spelled[turns],
                )
            )
        return decided

    def _write(self, rows: Sequence[tuple[ClaimIn, _Decided]]) -> bool:
        """False where one of the ids was written by another transaction meanwhile."""
        claims, decided = [claim for claim, _one in rows], [one for _claim, one in rows]
        written = self._run(
            WRITE_CLAIMS,
            {
                **self._columns(decided),
                "tranche": self._id,
                "contents": arrays.hashes(claim.content for claim in claims),
                "channels": arrays.texts([claim.channel for claim in claims]),
                "units": arrays.integers(claim.units for claim in claims),
                "regions": arrays.texts([claim.region for claim in claims]),
                "slots": arrays.uuids(claim.slot if claim.slot in self.tranche.slots else None for claim in claims),
                "persons": arrays.hashes(claim.person for claim in claims),
                "households": arrays.hashes(claim.household for claim in claims),
                "phones": arrays.hashes(claim.phone for claim in claims),
                "addresses": arrays.hashes(claim.address for claim in claims),
                "takers": arrays.uuids(claim.taken_by for claim in claims),
                "borns": arrays.integers(claim.born_decade for claim in claims),
            },
        ).fetchall()
        return len(written) == len(rows)

    def _change(self, decided: Sequence[_Decided]) -> bool:
        if decided:
            self._run(CHANGE_CLAIMS, self._columns(decided))
        return True

    def _columns(self, decided: Sequence[_Decided]) -> dict[str, Any]:
        return {
            "now": self._now,
            "ids": arrays.uuids(one.id for one in decided),
            "states": arrays.texts([one.state for one in decided]),
            "codes": arrays.texts([one.code for one in decided]),
            "frees": arrays.dates(one.free_on for one in decided),
            "numbers": arrays.integers(one.number for one in decided),
            "windows": arrays.texts([one.windows for one in decided]),
            "holds": arrays.uuids(one.hold for one in decided),
            "keeps": arrays.times(one.keeps_until for one in decided),
            "dues": arrays.times(one.due_at for one in decided),
        }

    def _count(self, tally: Tally, opened_at: datetime | None) -> None:
        if tally.units or tally.standing or tally.numbered or opened_at is not None:
            self._run(
                COUNT_TRANCHE,
                {
                    "units": tally.units,
                    "standing": tally.standing,
                    "numbered": tally.numbered,
                    "opened": opened_at,
                    "tranche": self._id,
                },
            )
        if tally.channels and self.tranche.reserves:
            self._run(COUNT_CHANNELS, [list(tally.channels), list(tally.channels.values()), self._id])
        if tally.slots and self.tranche.slots:
            self._run(COUNT_SLOTS, [list(tally.slots), list(tally.slots.values())])
        now = self.tranche
        self.tranche = replace(
            now,
            admitted=now.admitted + tally.units,
            standing=now.standing + tally.standing,
            standby_next=now.standby_next + tally.numbered,
            reserves=tuple(replace(one, taken=one.taken + tally.channels.get(one.channel, 0)) for one in now.reserves),
            slots={id: replace(one, taken=one.taken + tally.slots.get(id, 0)) for id, one in now.slots.items()},
        )

    def _keeps_until(self, moment: datetime, *, moves_up: bool) -> datetime | None:
        rule = self.tranche.rule
        return rule.moved_up_until(moment) if moves_up else rule.pickup_until(rule.day_of(moment))

    def _rule(self, version: UUID) -> Rule:
        if version not in _rules:
            ((body,),) = self._run(FIND_RULE, [version]).fetchall()
            _rules[version] = Rule.read(body)
        return _rules[version]

    def _seen(self, ids: Iterable[UUID]) -> dict[UUID, tuple[bytes, Answer]]:
        return find_seen(self._cursor, list(ids))

    def _waiting(self, asks: Sequence[Ask]) -> frozenset[bytes]:
        if not self.tranche.standing and not self.tranche.is_shuffling(self._now):
            return frozenset()
        persons = arrays.hashes(ask.tags[Subject.PERSON] for ask in asks)
        return frozenset(bytes(row[0]) for row in self._run(FIND_WAITING, [self._id, persons]).fetchall())

    def _used(self, asks: Sequence[Ask], *, is_retry: bool) -> dict[tuple[Subject, bytes], Used]:
        """What the quotas' subjects have had; on a second try their rows are locked, and nobody is quicker again."""
        tranche = self.tranche
        may_stand = tranche.standing < tranche.rule.standby_max
        if tranche.admitted >= tranche.units and not may_stand:
            return {}  # nothing is left: nobody's quota matters
        used = {}
        for subject in sorted({quota.subject for quota in tranche.rule.quotas}):
            tags = {ask.tags[subject] for ask in asks if subject in ask.tags}
            if tags:
                find = FIND_USED + ("FOR UPDATE" if is_retry else "")
                for tag, *figures in self._run(find, [self._scope, subject.value, arrays.hashes(tags)]).fetchall():
                    used[subject, bytes(tag)] = Used(*figures)
        return used

    def _asks(self, claims: Sequence[ClaimIn]) -> list[Ask]:
        rule = self.tranche.rule
        listed: dict[bytes, set[str]] = {}
        verified: dict[bytes, str] = {}
        if rule.eligibility.lists and claims:
            persons = [claim.person for claim in claims]
            names = list(rule.eligibility.lists)
            for tag, name in self._run(FIND_LISTED, [self._office, names, persons]).fetchall():
                listed.setdefault(bytes(tag), set()).add(name)
        if rule.eligibility.needs_verified_address and claims:
            addresses = [claim.address for claim in claims if claim.address is not None]
            verified = {
                bytes(tag): region for tag, region in self._run(FIND_VERIFIED, [self._office, addresses]).fetchall()
            }
        return [
            Ask(
                id=claim.id,
                channel=claim.channel,
                units=claim.units,
                tags=claim.tags,
                document=claim.document,
                document_region=claim.document_region,
                born_on=claim.born_on,
                region=verified.get(claim.address or b"", claim.region),
                lists=frozenset(listed.get(claim.person, ())),
                is_address_verified=claim.address in verified,
                slot=claim.slot,
                is_checked=claim.is_chosen,
            )
            for claim in claims
        ]

    def _waiters(self) -> list[Ask]:
        return [_known(*row) for row in self._run(FIND_WAITERS, [self._id]).fetchall()]

    def _standing(self, number: int) -> list[Ask]:
        """Who stands by from this place on, in order, as many as are judged at once."""
        return [_known(*row) for row in self._run(FIND_STANDING, [self._id, number, LINE_MAX]).fetchall()]

    def _run(self, sql: str, values: Any) -> Cursor[Any]:
        return self._cursor.execute(sql, values)


_SHORTAGES = frozenset({"none-left", "channel-full"})

_SUBJECTS = (Subject.PERSON, Subject.HOUSEHOLD, Subject.PHONE, Subject.ADDRESS)


def _known(id: UUID, channel: str, units: int, region: str, slot: UUID | None, *tags_and_number: Any) -> Ask:
    """A claim that waits or stands by; who may claim was judged when it came."""
    *tags, number = tags_and_number
    named = {one: bytes(tag) for one, tag in zip(_SUBJECTS, tags, strict=True) if tag is not None}
    return Ask(id, channel, units, named, region=region, slot=slot, is_checked=True, number=number)


def _barred(ask: Ask, code: str) -> Verdict:
    """Refused before it was judged; who stands by goes on standing by."""
    if ask.number is None:
        return Verdict(ask.id, Outcome.REFUSED, code)
    return Verdict(ask.id, Outcome.STANDBY, number=ask.number)


def _answer(units: int, one: _Decided, *, is_kept: bool) -> Answer:
    return Answer(
        one.id, one.state, units, one.code, one.free_on, one.number, one.hold, one.keeps_until, is_kept=is_kept
    )
