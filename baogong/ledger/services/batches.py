"""The ordinary door into the book, and the batches the ledger itself makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import gcd
from uuid import UUID

from baogong.engine.book import Line
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries
from baogong.ledger.facts import AccountRef, BatchResult, HoldView
from baogong.ledger.models import LotSource
from baogong.ledger.posting import PostRequest, post_batch
from baogong.ledger.services.lines import expire_line, post_hold_line, post_line
from baogong.ledger.services.transactions import callers_transaction
from baogong.ledger.states import Reason, State

_SWEEP_SIZE = 1_000


def post(
    *,
    lines: Iterable[Line],
    actor: Actor,
    reason: Reason,
    document: UUID | None,
    request_id: UUID,
    now: datetime,
    each_on_its_own: bool = False,
) -> BatchResult:
    """
    Write lines as one batch, judged in order, each on what the ones before it have left.

    All or nothing, unless each stands on its own: then refused lines leave no row, their verdicts say why, and they
    may be tried again under their ids in another request. The same request again gives the same answer.
    Raises BatchRefused, RequestIdReused, UnusableInput.
    """
    request = PostRequest(
        lines=tuple(lines),
        reason=reason,
        actor_id=actor.person_id,
        document=document,
        request_id=request_id,
        each_on_its_own=each_on_its_own,
    )
    with callers_transaction() as connection:
        return post_batch(connection, request, now)


def convert(
    *,
    at_holder: UUID,
    parts: Sequence[tuple[UUID, int]],
    into: Sequence[tuple[UUID, int]],
    actor: Actor,
    document: UUID,
    request_id: UUID,
    now: datetime,
    reason: Reason = Reason.CONVERSION,
    state: State = State.AVAILABLE,
    into_state: State | None = None,
    held: Sequence[tuple[HoldView, int]] = (),
) -> BatchResult:
    """
    Turn lots into others at one holder: packs, repacks, purchases, re-earmarks.

    parts       (lot, amount) that go in, from `state`
    into        (lot, amount) that come out, into `into_state` (the same where not given)
    held        (hold, amount) that go in besides: promised to this conversion before, whatever state they stood in
    The ratio of each pair is recorded with the child's first conversion, and every later one must agree with it.
    Raises BatchRefused (not enough, conversion-ratio, earmark-forbids), RequestIdReused, UnusableInput.
    """
    used: dict[UUID, int] = {}
    for lot, amount in (*parts, *((hold.lot, amount) for hold, amount in held)):
        used[lot] = used.get(lot, 0) + amount
    if not used or not into or any(amount <= 0 for _, amount in (*parts, *held, *into)):
        raise UnusableInput(
            "A conversion takes some amount of at least one lot in and gives some of at least one out.",
            found=f"{len(used)} in, {len(into)} out",
            cure="Name the lots and amounts above zero on both sides.",
        )
    source, between, target = (
        AccountRef(at_holder, state),
        AccountRef(at_holder, State.CONVERSION),
        AccountRef(at_holder, into_state or state),
    )
    lines = [
        *(post_line(source, between, lot, amount, id=derived_id(request_id, "in", lot)) for lot, amount in parts),
        *(post_hold_line(hold, amount, id=derived_id(request_id, "in", hold.id)) for hold, amount in held),
        *(post_line(between, target, lot, amount, id=derived_id(request_id, "out", lot)) for lot, amount in into),
    ]
    with callers_transaction():
        LotSource.objects.bulk_create(
            [_source(child, made, parent, taken) for child, made in into for parent, taken in used.items()],
            ignore_conflicts=True,
        )
        return post(lines=lines, actor=actor, reason=reason, document=document, request_id=request_id, now=now)


def _source(child: UUID, made: int, parent: UUID, used: int) -> LotSource:
    common = gcd(made, used)
    return LotSource(child_id=child, parent_id=parent, parent_amount=used // common, child_amount=made // common)


def sweep_expired(*, now: datetime) -> int:
    """End holds whose time has passed; how many were ended. One that was kept meanwhile is left alone."""
    ended = 0
    while overdue := queries.holds_expired_by(now, limit=_SWEEP_SIZE):
        result = post(
            lines=[expire_line(hold) for hold in overdue],
            actor=THE_HOUSE,
            reason=Reason.EXPIRY,
            document=None,
            request_id=new_id(),
            now=now,
            each_on_its_own=True,
        )
        ended += len(overdue) - len(result.refused)
        if result.refused:
            break  # somebody else is at them this moment; the next sweep looks again
    return ended
