"""Plans as pages, rooms and auditors read them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from baogong.journal.mapping import canonical
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import State
from baogong.planning.kinds import Changed, kind_named
from baogong.planning.models import Plan, PlanLine


@dataclass(frozen=True, slots=True)
class PlanLineView:
    """`hold` once the plan is approved."""

    number: int
    source: AccountRef
    target: AccountRef
    lot: UUID
    amount: int
    meta: dict[str, Any]
    expires_at: datetime | None
    hold: UUID | None


@dataclass(frozen=True, slots=True)
class PlanHead:
    """
    A plan in a list: everything but what it was made from and what it says.

    ended_*     how a proposal ended that was never approved: withdrawn, rejected, or replaced by a newer one
    checked_at  when a proposal was last held against the book; `changes` says what had changed since it was made
    """

    id: UUID
    kind: str
    state: str
    params: dict[str, Any]
    rule: dict[str, Any]
    seed: int
    engine_version: str
    snapshot_hash: str
    result_hash: str
    made_by: UUID | None
    made_by_name: str
    made_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    document: UUID | None
    undone_at: datetime | None
    ended_at: datetime | None
    ended_by_name: str
    ended_why: str
    replaced_by: UUID | None
    checked_at: datetime | None
    changes: tuple[Changed, ...]

    @property
    def is_over(self) -> bool:
        """Neither waiting for approval nor in force."""
        return self.state not in (Plan.State.PROPOSED, Plan.State.APPROVED)

    @property
    def is_stale(self) -> bool:
        """A proposal that cannot be approved any more, as far as was looked."""
        return self.state == Plan.State.PROPOSED and bool(self.changes)


@dataclass(frozen=True, slots=True)
class PlanView(PlanHead):
    """
    A plan whole; hashes in hexadecimal. State PROPOSED, APPROVED or UNDONE; WITHDRAWN, REJECTED or REPLACED where it never
    was approved.
    """

    snapshot: dict[str, Any] = field(repr=False)
    result: dict[str, Any] = field(repr=False)
    lines: tuple[PlanLineView, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineDifference:
    """What two plans promise differently on one way; 0 where one promises nothing."""

    source: AccountRef
    target: AccountRef
    lot: UUID
    amount_a: int
    amount_b: int


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """
    Two plans beside each other.

    rule   {parameter: (in a, in b)} where they differ
    lines  where they promise differently, largest difference first
    """

    a: PlanHead
    b: PlanHead
    same_snapshot: bool
    same_result: bool
    rule: dict[str, tuple[Any, Any]]
    lines: tuple[LineDifference, ...]
    total_a: int
    total_b: int


@dataclass(frozen=True, slots=True)
class Rerun:
    """
    The plan solved again from its stored snapshot.

    is_same    the result is the stored one, byte for byte
    is_intact  snapshot and result still have the hashes they were stored with
    """

    is_same: bool
    is_intact: bool
    stored_hash: str
    found_hash: str
    engine_then: str
    engine_now: str


def plan(plan_id: UUID) -> PlanView:
    """Raises NotFound."""
    return view_of(plan_of(plan_id))


def plans(
    kind: str | None = None,
    state: str | None = None,
    *,
    ids: Iterable[Any] | None = None,
    params: Mapping[str, Any] | None = None,
    limit: int = 100,
) -> tuple[PlanHead, ...]:
    """Newest first. `ids`: only these; another room's query of them is asked within this one. `params`: asked with these."""
    rows = Plan.objects.defer("snapshot", "result").order_by("-made_at", "-id")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if state is not None:
        rows = rows.filter(state=state)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if params is not None:
        rows = rows.filter(params__contains=dict(params))
    return tuple(head_of(row) for row in rows[:limit])


def approved_under(documents: Collection[UUID]) -> tuple[PlanHead, ...]:
    """The plans whose approvals these documents are."""
    rows = Plan.objects.defer("snapshot", "result").filter(approval__in=documents).order_by("approved_at", "id")
    return tuple(head_of(row) for row in rows)


def moved_holds_count(plan: PlanView) -> int:
    """How many of an approved plan's promises were loaded, handed over or promised on: then it cannot be undone."""
    ids = [line.hold for line in plan.lines if line.hold is not None]
    return sum(hold.posted > 0 or hold.continued > 0 for hold in book.holds(ids)) if ids else 0


def made_under(request_id: UUID) -> UUID | None:
    """The plan that this request made, whatever it was made from."""
    return Plan.objects.filter(request_id=request_id).values_list("id", flat=True).first()


def compare(a: UUID, b: UUID) -> PlanComparison:
    """Raises NotFound."""
    one, other = plan(a), plan(b)
    amounts_a, amounts_b = _amounts(one), _amounts(other)
    differences = [
        LineDifference(*way, amounts_a[way], amounts_b[way])
        for way in amounts_a.keys() | amounts_b.keys()
        if amounts_a[way] != amounts_b[way]
    ]
    differences.sort(
        key=lambda line: (-abs(line.amount_a - line.amount_b), line.target.holder, line.source.holder, line.lot)
    )
    parameters = sorted(one.rule.keys() | other.rule.keys())
    return PlanComparison(
        a=one,
        b=other,
        same_snapshot=one.snapshot_hash == other.snapshot_hash,
        same_result=one.result_hash == other.result_hash,
        rule={
            name: (one.rule.get(name), other.rule.get(name))
            for name in parameters
            if one.rule.get(name) != other.rule.get(name)
        },
        lines=tuple(differences),
        total_a=amounts_a.total(),
        total_b=amounts_b.total(),
    )


def audit_bundle(plan_id: UUID) -> dict[str, Any]:
    """
    All that is needed to check a plan away from here: plain JSON.

    `snapshot` and `result` are texts: their SHA-256 are the hashes beside them.
    """
    row = plan_of(plan_id)
    view = view_of(row)
    return {
        "plan": str(view.id),
        "kind": view.kind,
        "state": view.state,
        "made_at": view.made_at.isoformat(),
        "made_by": view.made_by_name,
        "params": view.params,
        "rule": view.rule,
        "seed": view.seed,
        "engine_version": view.engine_version,
        "snapshot_hash": view.snapshot_hash,
        "snapshot": row.snapshot,
        "result_hash": view.result_hash,
        "result": row.result,
        "lines": [
            {
                "source": [str(line.source.holder), line.source.state.value],
                "target": [str(line.target.holder), line.target.state.value],
                "lot": str(line.lot),
                "amount": line.amount,
                "hold": str(line.hold) if line.hold else None,
            }
            for line in view.lines
        ],
        "approval": str(view.document) if view.document else None,
    }


def rerun(plan_id: UUID) -> Rerun:
    """Solve the plan again from its stored snapshot, rule and seed. Writes nothing."""
    row = plan_of(plan_id)
    kind = kind_named(row.kind)
    found = canonical(kind.solve(json.loads(row.snapshot), row.rule, row.seed))
    return Rerun(
        is_same=found == row.result,
        is_intact=(bytes(row.snapshot_hash), bytes(row.result_hash)) == (digest(row.snapshot), digest(row.result)),
        stored_hash=bytes(row.result_hash).hex(),
        found_hash=digest(found).hex(),
        engine_then=row.engine_version,
        engine_now=kind.engine_version,
    )


def digest(text: str) -> bytes:
    """SHA-256 of the text in UTF-8."""
    return sha256(text.encode()).digest()


def head_of(row: Plan) -> PlanHead:
    """Without asking for its lines."""
    return PlanHead(**_head(row))


def view_of(row: Plan) -> PlanView:
    """One query for the lines."""
    lines = PlanLine.objects.filter(plan=row).order_by("number")
    return PlanView(
        **_head(row),
        snapshot=json.loads(row.snapshot),
        result=json.loads(row.result),
        lines=tuple(
            PlanLineView(
                number=line.number,
                source=AccountRef(line.source_holder_id, State(line.source_state)),
                target=AccountRef(line.target_holder_id, State(line.target_state)),
                lot=line.lot_id,
                amount=line.amount,
                meta=line.meta,
                expires_at=line.expires_at,
                hold=line.hold,
            )
            for line in lines
        ),
    )


def plan_of(plan_id: UUID) -> Plan:
    """Unlocked, as it stands. Raises NotFound."""
    row = Plan.objects.filter(id=plan_id).first()
    if row is None:
        raise NotFound("There is no such plan in this book.", where=str(plan_id), cure="Open the list again.")
    return row


def _head(row: Plan) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "params": row.params,
        "rule": row.rule,
        "seed": row.seed,
        "engine_version": row.engine_version,
        "snapshot_hash": bytes(row.snapshot_hash).hex(),
        "result_hash": bytes(row.result_hash).hex(),
        "made_by": row.made_by_id,
        "made_by_name": row.made_by_name,
        "made_at": row.made_at,
        "approved_by": row.approved_by_id,
        "approved_at": row.approved_at,
        "document": row.approval_id,
        "undone_at": row.undone_at,
        "ended_at": row.ended_at,
        "ended_by_name": row.ended_by_name,
        "ended_why": row.ended_why,
        "replaced_by": row.replaced_by_id,
        "checked_at": row.checked_at,
        "changes": tuple(Changed(each["zh"], each["en"]) for each in row.changes),
    }


def _amounts(view: PlanView) -> Counter[tuple[AccountRef, AccountRef, UUID]]:
    amounts: Counter[tuple[AccountRef, AccountRef, UUID]] = Counter()
    for line in view.lines:
        amounts[line.source, line.target, line.lot] += line.amount
    return amounts
