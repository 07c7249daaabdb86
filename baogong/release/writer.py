"""
Claims in groups: one writer, no timer. What queued while the last group was committed is the next group.

Nobody is told anything before the commit. Any number of writers may stand beside each other, here or on other machines:
what keeps them apart is the tranche's lock in `admission`, and nothing here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError

from baogong.journal.clock import book_mark, current_clock
from baogong.kernel.clock import Clock, SystemClock
from baogong.kernel.errors import BaogongError, Kind
from baogong.ledger import arrays
from baogong.release import admission, looking
from baogong.release.facts import Answer, ClaimIn, Offer
from baogong.release.looking import NotOffered, refusal_of

GROUP_MAX = 1_000  # larger ones are hardly faster, and everybody in them waits for the last
GROUP_FIRST, GROUP_MIN = 128, 32
GROUP_S = 0.25  # what a group may take: on a machine that is busy elsewhere large ones would answer nobody for seconds
QUEUE_MAX = 4_000
LOOK_S = 0.2  # for so long a tranche that admits everybody and has units left is not looked at before it is locked
PATIENCE_S = 20  # a database that was killed is back before
PAUSE_S = 0.2

log = logging.getLogger(__name__)

KEEP_CONTACTS = """
INSERT INTO release_contactunderway (claim_id, sealed, at)
SELECT claim, sealed, %s FROM unnest(%s::uuid[], %s::text[]) AS contact(claim, sealed)
ON CONFLICT (claim_id) DO NOTHING
"""


class QueueFull(BaogongError):
    """More wait than are answered in good time. Nothing was written; the claim's id is as good as before."""

    kind, code = Kind.UNAVAILABLE, "release.queue-full"


class NotWritten(BaogongError):
    """The book could not be reached, or the writer stopped. The same claim may be sent again under its id."""

    kind, code = Kind.UNAVAILABLE, "release.not-written"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim in the queue. contact: what was typed, sealed (`people.services.identity.seal`); ticket: the caller's."""

    claim: ClaimIn
    contact: str = field(repr=False)
    ticket: Any = field(repr=False)


Told = Answer | BaogongError
Tell = Callable[[Sequence[tuple[Waiting, Told]]], None]


class Writer:
    """
    One thread and its one connection.

    tell  called on the writer's thread once a group is committed, with what became of each claim
    """

    def __init__(self, tell: Tell, *, queue_max: int = QUEUE_MAX) -> None:
        self._tell = tell
        self._queue_max = queue_max
        self._queue: list[Waiting] = []
        self._group_max = GROUP_FIRST
        self._has_work = threading.Condition()
        self._is_stopping = False
        self._clock: Clock | None = None  # asked for with each group while a drill's may stand elsewhere
        self._thread = threading.Thread(target=self._run, name="claims", daemon=True)
        self.offers: Mapping[UUID, Offer] = {}  # as they were before one of the last groups
        self._left: Counter[UUID] = Counter()  # units of each, by the last look and what was admitted since
        self._looks_again_s = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, patience_s: float) -> None:
        """What is queued is still written and told; later claims are refused."""
        with self._has_work:
            self._is_stopping = True
            self._has_work.notify()
        self._thread.join(patience_s)

    def put(self, waiting: Waiting) -> None:
        """Raises QueueFull, NotWritten (it is stopping)."""
        with self._has_work:
            if self._is_stopping:
                raise _not_written()
            self.refuse_when_full()
            self._queue.append(waiting)
            self._has_work.notify()

    def refuse_when_full(self) -> None:
        """To be asked before anything is computed for a claim, so that refusing costs next to nothing. Raises QueueFull."""
        if len(self._queue) >= self._queue_max:
            raise QueueFull(
                "Too many claim at this moment; this one was not taken and its id stays yours.",
                found=len(self._queue),
                expected=f"at most {self._queue_max} waiting",
                cure="Send the same claim again, under the same id, after the time told.",
            )

    def _run(self) -> None:
        try:
            while group := self._take():
                began_s = time.monotonic()
                outcome = self._write(group)
                self._fit(len(group), time.monotonic() - began_s)
                self._tell(outcome)
        finally:
            connection.close()

    def _take(self) -> list[Waiting]:
        """All that queued, as far as it fits; empty once there is nothing left and no more will come."""
        with self._has_work:
            self._has_work.wait_for(lambda: self._queue or self._is_stopping)
            group = self._queue[: self._group_max]
            del self._queue[: self._group_max]
            return group

    def _fit(self, claims: int, took_s: float) -> None:
        """How many the next group may be, from how long this one took."""
        if took_s > GROUP_S:
            self._group_max = max(GROUP_MIN, int(claims * GROUP_S / took_s))
        elif took_s < GROUP_S / 2:
            self._group_max = min(GROUP_MAX, 2 * self._group_max)

    def _write(self, group: Sequence[Waiting]) -> list[tuple[Waiting, Told]]:
        given_up_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._commit(group)
            except NotOffered:
                # Its release was closed between the look and the lock; the next look sees it.
                self._looks_again_s = 0.0
                if time.monotonic() > given_up_s:
                    return [(one, _not_written()) for one in group]
            except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                # Nobody knows whether it was committed. The ids tell: what was gets the answer it got.
                connection.close()
                if time.monotonic() > given_up_s:
                    log.error("the book was not reached for %d s: %s", PATIENCE_S, type(error).__name__)
                    return [(one, _not_written()) for one in group]
                time.sleep(PAUSE_S)
            except Exception as error:
                connection.close()
                if len(group) == 1:
                    return [(group[0], _as_refusal(error))]
                # One of them is at fault: the others are not refused with it.
                half = len(group) // 2
                return self._write(group[:half]) + self._write(group[half:])

    def _commit(self, group: Sequence[Waiting]) -> list[tuple[Waiting, Told]]:
        bare = _bare()
        now = self._now()
        claims = [one.claim for one in group]
        told: list[Told | None] = [None] * len(group)
        with transaction.atomic():
            offers = self._look(bare, claims, now)
            refusals = {
                (tranche, units): refusal_of(offers.get(tranche), units, now)
                for tranche, units in {(one.tranche, one.units) for one in claims}
            }
            over = [at for at, one in enumerate(claims) if refusals[one.tranche, one.units] is not None]
            if over:
                # Read, not locked and not written: refusing a city costs one statement a group.
                for at, answer in zip(over, looking.answered(bare, [claims[at] for at in over]), strict=True):
                    told[at] = answer or refusals[claims[at].tranche, claims[at].units]
            live = [at for at, one in enumerate(claims) if refusals[one.tranche, one.units] is None]
            if live:
                answers = admission.admit(bare, [claims[at] for at in live], now, keeps_shortage=False)
                fresh: dict[UUID, str] = {}
                for at, answer in zip(live, answers, strict=True):
                    told[at] = answer if answer.is_kept else _unkept(answer)
                    if not answer.was_seen and answer.state != "REFUSED":
                        fresh.setdefault(answer.id, group[at].contact)
                self._keep_contacts(bare, fresh, now)
            for claim, one in zip(claims, told, strict=True):
                if isinstance(one, Answer) and one.state == "ADMITTED":
                    self._left[claim.tranche] -= one.units
                else:
                    self._looks_again_s = 0.0
        return [(one, answer) for one, answer in zip(group, told, strict=True) if answer is not None]

    def _look(self, bare: psycopg.Connection[Any], claims: Sequence[ClaimIn], now: datetime) -> Mapping[UUID, Offer]:
        """How they stand: as at the last look, where since then everybody was admitted. Their lock tells more anyhow."""
        now_s = time.monotonic()
        if now_s >= self._looks_again_s or any(self._left[one.tranche] < one.units for one in claims):
            self.offers = looking.look(bare, {one.tranche for one in claims}, now)
            self._looks_again_s = now_s + LOOK_S
            self._left = Counter({one.tranche: one.left for one in self.offers.values()})
        return self.offers

    def _now(self) -> datetime:
        if self._clock is None and book_mark().is_real_for_good:
            self._clock = SystemClock()
        return (self._clock or current_clock()).now()

    def _keep_contacts(self, bare: psycopg.Connection[Any], fresh: Mapping[UUID, str], now: datetime) -> None:
        if fresh:
            with arrays.open_cursor(bare) as cursor:
                values = [now, arrays.uuids(fresh), arrays.texts(list(fresh.values()))]
                cursor.execute(KEEP_CONTACTS, values)


def _bare() -> psycopg.Connection[Any]:
    """The thread's connection, which keeps its plans."""
    connection.ensure_connection()
    bare = cast("psycopg.Connection[Any]", connection.connection)
    arrays.keep_plans(bare)
    return bare


def _not_written() -> NotWritten:
    return NotWritten(
        "Whether the claim was written is not known here.",
        cure="Send the same claim again, under the same id: it gets the one answer it has.",
    )


def _as_refusal(error: Exception) -> BaogongError:
    if isinstance(error, BaogongError):
        return error
    # The statement's values are people's: only the kind of the error is told.
    log.error("a claim could not be written: %s", type(error).__name__)
    return _not_written()


def _unkept(answer: Answer) -> BaogongError:
    """What was judged and not written is no answer: it is told as it would be by the next look."""
    return looking.closed("CLOSED") if answer.code == "closed" else looking.sold_out()


def minute_ends_at(offer: Offer) -> datetime:
    """When the claims of the opening minute are judged."""
    return offer.opens_at + timedelta(seconds=offer.shuffle_s)
