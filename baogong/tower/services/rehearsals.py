"""
A rehearsal is asked for by a person and played by a worker, which tells as it goes; nothing else in the book changes.

A worker that dies leaves it as it was: whoever finds it silent plays it from the beginning, and the same comes of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from baogong.engine.faults import Fault
from baogong.engine.rehearsal import (
    Prices,
    UnusableChances,
    as_document,
    chances_of,
    cheapest_fix,
    read_night,
    rehearse,
)
from baogong.engine.rehearsal.fixes import FIXES_MAX
from baogong.engine.rehearsal.report import ENGINE_VERSION
from baogong.journal.mapping import canonical, content_hash, plain
from baogong.journal.services import record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from baogong.planning.queries import digest
from baogong.tower.models import Rehearsal
from baogong.tower.rehearsals.snapshot import night_of

ASKERS = (Duty.COMMAND, Duty.APPROVER)
RUNS_MAX = 10_000
FIX_RUNS_MAX = 200  # of each fix: enough to tell one that helps from one that does not
SPAN_MAX = timedelta(days=31)
SILENT = timedelta(minutes=3)  # a worker tells more often than that
State = Rehearsal.State


class NothingPlanned(BaogongError):
    """There is no night to rehearse."""

    kind, code = Kind.REFUSED, "tower.nothing-planned"


@transaction.atomic
@recorded("tower.rehearsal.asked")
def ask(
    *,
    from_at: datetime,
    until_at: datetime,
    runs_count: int = 1000,
    seed: int = 1,
    chances: dict[str, Any] | None = None,
    prices: dict[str, int] | None = None,
    is_for_worker: bool = True,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Take the night between the two moments out of the book, to be played so many times. The same request is the same rehearsal.

    chances, prices  what differs from the usual ones, by name
    is_for_worker    False: whoever asks plays it at once
    Raises NotYourPlace, UnusableInput (hours, runs), UnusableChances, NothingPlanned, RequestIdReused.
    """
    actor.require(*ASKERS)
    given = chances_of(chances or {})
    priced = _prices(prices or {})
    if not from_at < until_at <= from_at + SPAN_MAX or not 1 <= runs_count <= RUNS_MAX or not 0 <= seed < 2**31:
        raise UnusableInput(
            f"A rehearsal is of some hours, 31 days at most, played 1 to {RUNS_MAX} times. Nothing was rehearsed.",
            where="hours",
            found=[from_at.isoformat(), until_at.isoformat(), runs_count, seed],
            expected=f"at most 31 days, 1 to {RUNS_MAX} runs, a seed of 0 to {2**31 - 1}",
            cure="Correct the hours or the number of runs.",
        )
    content = content_hash(
        "rehearsal", from_at, until_at, runs_count, seed, asdict(given), asdict(priced), actor.person_id
    )
    earlier = Rehearsal.objects.filter(request_id=request_id).only("id", "content_hash").first()
    if earlier is not None:
        if bytes(earlier.content_hash) != content:
            raise RequestIdReused(
                "This request made another rehearsal before; that one stands, this one was not made.",
                where=str(request_id),
                cure="Ask under a new request id.",
            )
        return earlier.id
    taken = night_of(Window(from_at, until_at))
    if taken is None:
        raise NothingPlanned(
            "No convoy, cart’s trip, round, call or opening is planned in these hours. Nothing was rehearsed.",
            where="hours",
            found=[from_at.isoformat(), until_at.isoformat()],
            expected="hours with something approved in them",
            cure="Approve a convoy or rounds first, or choose the hours of one.",
        )
    night = canonical(as_document(taken.night))
    row = Rehearsal.objects.create(
        id=new_id(),
        from_at=from_at,
        until_at=until_at,
        zero_at=taken.zero_at,
        runs_count=runs_count,
        seed=seed,
        chances=plain(asdict(given)),
        prices=plain(asdict(priced)),
        engine_version=ENGINE_VERSION,
        night=night,
        night_hash=digest(night),
        total_count=runs_count,
        made_by_id=actor.person_id,
        made_by_name=actor.name,
        made_at=now,
        request_id=request_id,
        content_hash=content,
    )
    record(kind="tower.rehearsal.asked", actor=actor, now=now, subject=row.id, data={"runs": runs_count, "seed": seed})
    if is_for_worker:
        from baogong.tower.jobs import play_soon  # the job itself imports this module

        transaction.on_commit(play_soon, robust=True)  # should it fail, the next minute's job finds it
    return row.id


def play(
    *,
    rehearsal: UUID,
    now: Callable[[], datetime],
    workers: int | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> bool:
    """
    Play it now, in as many processes as there are cores; False: another worker is at it, or it is over.

    Outside any transaction: how far it is can be seen meanwhile. Raises NotFound.
    """
    silent = Q(state=State.PLAYING, told_at__lt=Now() - SILENT)
    began = Rehearsal.objects.filter(Q(state=State.WAITING) | silent, pk=rehearsal).update(
        state=State.PLAYING, told_at=Now(), done_count=0
    )
    if not began:
        if not Rehearsal.objects.filter(pk=rehearsal).exists():
            raise NotFound("There is no such rehearsal.", where=str(rehearsal), cure="Open the list again.")
        return False
    row = Rehearsal.objects.get(pk=rehearsal)
    own = row.runs_count
    fix_runs = min(own, FIX_RUNS_MAX)

    def told(done: int, total: int) -> None:
        Rehearsal.objects.filter(pk=rehearsal).update(done_count=done, total_count=total, told_at=Now())
        if tell is not None:
            tell(done, total)

    workers = workers or os.cpu_count() or 1
    try:
        night, chances = read_night(json.loads(row.night)), chances_of(row.chances)
        expected = own + fix_runs * FIXES_MAX + own - fix_runs
        report = rehearse(
            night, chances, runs_count=own, seed=row.seed, workers=workers, tell=lambda done, _: told(done, expected)
        )
        fixes = cheapest_fix(
            night, chances, report, prices=Prices(**row.prices), runs_count=fix_runs, workers=workers,
            tell=lambda done, total: told(own + done, own + total),
        )  # fmt: skip
    except Exception as problem:
        _fail(rehearsal, problem, now())
        raise
    _finish(rehearsal, canonical({"report": asdict(report), "fixes": asdict(fixes)}), now())
    return True


def waiting() -> list[UUID]:
    """What no worker plays, the oldest first."""
    silent = Q(state=State.PLAYING, told_at__lt=Now() - SILENT)
    return list(
        Rehearsal.objects.filter(Q(state=State.WAITING) | silent).order_by("made_at").values_list("id", flat=True)
    )


@transaction.atomic
@recorded("tower.rehearsal.played")
def _finish(rehearsal: UUID, result: str, now: datetime) -> None:
    row = Rehearsal.objects.select_for_update().get(pk=rehearsal)
    row.state, row.result, row.result_hash, row.ended_at = State.DONE, result, digest(result), now
    row.done_count = row.total_count
    row.save(update_fields=["state", "result", "result_hash", "ended_at", "done_count"])
    record(kind="tower.rehearsal.played", actor=THE_HOUSE, now=now, subject=rehearsal)


@transaction.atomic
@recorded("tower.rehearsal.failed")
def _fail(rehearsal: UUID, problem: Exception, now: datetime) -> None:
    Rehearsal.objects.filter(pk=rehearsal).update(
        state=State.FAILED, failed_why=f"{type(problem).__name__}: {problem}"[:2000], ended_at=now
    )
    record(kind="tower.rehearsal.failed", actor=THE_HOUSE, now=now, subject=rehearsal)


def _prices(given: dict[str, int]) -> Prices:
    known = {each.name for each in fields(Prices)}
    faults = [
        Fault(f"prices.{name}", name, ", ".join(sorted(known)), "Correct the name.")
        for name in sorted(set(given) - known)
    ]
    faults += [
        Fault(f"prices.{name}", value, "fen, 0 to 10^11", "Correct the price.")
        for name, value in sorted(given.items())
        if name in known and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**11)
    ]
    if faults:
        raise UnusableChances(faults)
    return Prices(**given)
