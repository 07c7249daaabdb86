"""
Take a snapshot, let the engine solve it, keep what it proposes; another person approves, which places the holds; undo.

A proposal nobody approves ends too: withdrawn, rejected, or made again from what is true by then. A plan moves nothing. Approval places all its holds in one batch or none, and can be undone until the first hand moves.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.locks import lock_row
from baogong.journal.mapping import canonical, content_hash
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import HoldView
from baogong.ledger.states import Reason
from baogong.people.queries.access import who_has
from baogong.planning.kinds import Changed, PlanKind, PlannedLine, UnknownPlanKind, kind_named, register
from baogong.planning.models import Plan, PlanLine
from baogong.planning.queries import PlanHead, PlanView, digest, head_of, moved_holds_count, plan_of, view_of

__all__ = [
    "AlreadyDecided",
    "Changed",
    "HandHasMoved",
    "MakerApproves",
    "MakerRejects",
    "NoPersonApproves",
    "NotAlone",
    "PlanKind",
    "PlanOvertaken",
    "PlannedLine",
    "UnknownPlanKind",
    "WhyMissing",
    "approve",
    "check",
    "check_proposed",
    "make_again",
    "make_plan",
    "overtaken",
    "register",
    "reject",
    "undo",
    "withdraw",
]

State = Plan.State
DECIDERS = (Duty.COMMAND, Duty.APPROVER)
LOOKERS = (*DECIDERS, Duty.CLERK)
_CHANGES_SHOWN = 20
_CHECKED_DAYS = 3
_CHECKED_MAX = 20
_NAMES_SHOWN = 5
_WHY_MAX = 400


class PlanOvertaken(BaogongError):
    """What the plan was made from is no longer so. Nothing was promised."""

    kind, code = Kind.CONFLICT, "planning.overtaken"


class AlreadyDecided(BaogongError):
    """Somebody approved or undid the plan before. It stands as they left it."""

    kind, code = Kind.CONFLICT, "planning.already-decided"


class NoPersonApproves(BaogongError):
    """A plan is approved by a person, never by the house."""

    kind, code = Kind.REFUSED, "planning.no-person-approves"


class MakerApproves(BaogongError):
    """Who made a plan does not approve it, however many duties that person holds."""

    kind, code = Kind.REFUSED, "planning.maker-approves"


class NotAlone(BaogongError):
    """The maker is not alone on duty: somebody whose watch it is may approve."""

    kind, code = Kind.REFUSED, "planning.not-alone"


class MakerRejects(BaogongError):
    """Rejecting is a judgement on another's plan; one's own is withdrawn."""

    kind, code = Kind.REFUSED, "planning.maker-rejects"


class WhyMissing(UnusableInput):
    """A proposal is not put aside without a word to whoever made it."""

    code = "planning.why-missing"


class HandHasMoved(BaogongError):
    """Goods of the plan are on their way; it cannot be undone any more."""

    kind, code = Kind.CONFLICT, "planning.hand-has-moved"


def make_plan(
    *,
    kind: str,
    params: dict[str, Any],
    rule: dict[str, Any],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    seed: int = 0,
) -> UUID:
    """
    Take the kind's snapshot, solve it, keep both with the lines proposed. Returns the plan's id; nothing is promised.

    The same request again is the same plan, without solving anew.
    Raises UnknownPlanKind, RequestIdReused, and whatever the kind's snapshot and engine refuse.
    """
    planner = kind_named(kind)
    actor.require(*planner.proposers, at=planner.place_of(params))
    return _make(
        planner, params, rule, seed, content_hash(kind, params, rule, seed, actor.person_id),
        actor=actor, now=now, request_id=request_id,
    )  # fmt: skip


def make_again(*, plan: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    A new draft from what is true now, under the proposal's own params, rule and seed; the proposal is replaced by it.

    Returns the new plan. The same request again is the same draft. Raises NotYourPlace, AlreadyDecided (it is no proposal
    any more), and whatever the kind's snapshot and engine refuse: then the proposal stays.
    """
    row = plan_of(plan)
    planner = kind_named(row.kind)
    actor.require(*planner.proposers, at=planner.place_of(row.params))
    # The moment has no part in it: params that follow the clock are the same request a second later.
    content = content_hash("again", plan, actor.person_id)
    earlier = _made_before(request_id, content)
    if earlier is not None:
        return earlier
    if row.state != State.PROPOSED:
        raise _decided(row)
    params = planner.made_anew(row.params, now) if planner.made_anew else row.params
    return _make(
        planner, params, row.rule, row.seed, content, replaces=plan, actor=actor, now=now, request_id=request_id
    )


def _make(
    planner: PlanKind,
    params: dict[str, Any],
    rule: dict[str, Any],
    seed: int,
    content: bytes,
    *,
    replaces: UUID | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    earlier = _made_before(request_id, content)
    if earlier is not None:
        return earlier
    plain_params, plain_rule = json.loads(canonical(params)), json.loads(canonical(rule))
    snapshot = canonical(planner.snapshot(plain_params, now))
    # What is solved is what is stored: read back from its text.
    result = canonical(planner.solve(json.loads(snapshot), plain_rule, seed))
    row = Plan(
        id=new_id(),
        kind=planner.name,
        params=plain_params,
        rule=plain_rule,
        seed=seed,
        engine_version=planner.engine_version,
        snapshot=snapshot,
        snapshot_hash=digest(snapshot),
        result=result,
        result_hash=digest(result),
        made_by_id=actor.person_id,
        made_by_name=actor.name,
        made_at=now,
        request_id=request_id,
        content_hash=content,
    )
    return _keep(row, planner, replaces=replaces, actor=actor, now=now, request_id=request_id)


@transaction.atomic
@recorded("planning.plan.approved")
def approve(*, plan: UUID, actor: Actor, now: datetime, request_id: UUID, alone: bool = False) -> PlanView:
    """
    Sign the plan and place its holds, all in one batch or none. Who made it leaves that to another person.

    alone   the maker is alone on duty: in force at once, flagged, and another person signs within 12 hours
    The same request again gives the same answer. Raises NotYourPlace, NoPersonApproves, MakerApproves, NotAlone,
    AlreadyDecided (another request was first), PlanOvertaken (with what has changed), ledger.BatchRefused.
    """
    actor.require(*DECIDERS)
    if actor.person_id is None:
        raise NoPersonApproves(
            "A plan is approved by a person; nothing was promised.", where=str(plan), found=actor.name, cure="Log in."
        )
    row = _locked(plan)
    if row.state != State.PROPOSED:
        if row.state == State.APPROVED and row.approval_request_id == request_id:
            return view_of(row)
        raise _decided(row)
    is_own = row.made_by_id == actor.person_id
    if is_own:
        _refuse_own(row, actor, now, alone=alone)
    planner = kind_named(row.kind)
    proposed = view_of(row)
    changes = _changes(planner, proposed, row, now)[:_CHANGES_SHOWN]
    if changes:
        raise overtaken(plan, changes)
    document = draw_up(
        kind="PLAN_APPROVAL",
        title=f"{row.kind} {row.made_at:%Y-%m-%d %H:%M}",
        body={
            "plan": plan,
            "kind": row.kind,
            "snapshot_hash": proposed.snapshot_hash,
            "result_hash": proposed.result_hash,
            "rule": row.rule,
            "seed": row.seed,
            "engine_version": row.engine_version,
            "lines": len(proposed.lines),
            **(planner.on_paper(proposed) if planner.on_paper else {}),
        },
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
        subjects=[plan],
        signatures_required=2 if is_own else 1,
        alone=is_own,
    )
    # Ids come from the plan, not from the request: should two approvals ever run, the book itself refuses the second.
    promises = [
        ledger.hold_line(
            line.source,
            line.target,
            line.lot,
            line.amount,
            id=derived_id("planning.hold", plan, line.number),
            expires_at=line.expires_at,
        )
        for line in proposed.lines
    ]
    if promises:
        ledger.post(
            lines=promises,
            actor=actor,
            reason=planner.reason,
            document=document,
            request_id=derived_id("planning.approve", plan),
            now=now,
        )
        _keep_holds(row, [promise.id for promise in promises])
    row.state, row.approved_by_id, row.approved_at = State.APPROVED, actor.person_id, now
    row.approval_id, row.approval_request_id = document, request_id
    row.save(update_fields=["state", "approved_by", "approved_at", "approval", "approval_request_id"])
    approved = view_of(row)
    planner.on_applied(approved, _holds(approved), actor, now)
    record(
        kind="planning.plan.approved",
        actor=actor,
        now=now,
        subject=plan,
        document=document,
        data={"kind": row.kind, "holds": len(promises), "alone": is_own},
    )
    return approved


@transaction.atomic
@recorded("planning.plan.undone")
def undo(*, plan: UUID, actor: Actor, now: datetime) -> PlanView:
    """
    Void what is left of the plan's holds. Raises NotYourPlace, AlreadyDecided, HandHasMoved once goods of it were
    loaded, handed over or promised on; the kind may refuse for a reason of its own.
    """
    actor.require(*DECIDERS)
    row = _locked(plan)
    if row.state != State.APPROVED:
        raise _decided(row)
    planner = kind_named(row.kind)
    approved = view_of(row)
    holds = _holds(approved)
    moved = moved_holds_count(approved)
    if moved:
        raise _moved(plan, moved, len(holds))
    document = draw_up(
        kind="PLAN_UNDOING",
        title=f"{row.kind} {row.made_at:%Y-%m-%d %H:%M}",
        body={"plan": plan, "kind": row.kind, "approval": row.approval_id, "holds": len(holds)},
        actor=actor,
        now=now,
        request_id=derived_id("planning.undo.document", plan),
        subjects=[plan],
    )
    open_holds = [hold for hold in holds if hold.open > 0]
    if open_holds:
        try:
            ledger.post(
                lines=[ledger.void_line(hold, id=derived_id("planning.void", hold.id)) for hold in open_holds],
                actor=actor,
                reason=Reason.UNDO,
                document=document,
                request_id=derived_id("planning.undo", plan),
                now=now,
            )
        except ledger.BatchRefused as refusal:  # a hand moved between our reading and the book's lock
            raise _moved(plan, len(refusal.refused), len(holds)) from refusal
    row.state, row.undone_at, row.undoing_id = State.UNDONE, now, document
    row.save(update_fields=["state", "undone_at", "undoing"])
    undone = view_of(row)
    planner.on_undone(undone, actor, now)
    record(
        kind="planning.plan.undone",
        actor=actor,
        now=now,
        subject=plan,
        document=document,
        data={"kind": row.kind, "holds": len(open_holds)},
    )
    return undone


@transaction.atomic
@recorded("planning.plan.withdrawn")
def withdraw(*, plan: UUID, why: str, actor: Actor, now: datetime) -> PlanHead:
    """
    Take a proposal back before anybody approved it. Whoever may make one may; nothing was promised, nothing is freed.

    Raises NotYourPlace, AlreadyDecided, WhyMissing.
    """
    row = _locked(plan)
    planner = kind_named(row.kind)
    actor.require(*planner.proposers, at=planner.place_of(row.params))
    return _end(row, State.WITHDRAWN, why, actor=actor, now=now)


@transaction.atomic
@recorded("planning.plan.rejected")
def reject(*, plan: UUID, why: str, actor: Actor, now: datetime) -> PlanHead:
    """
    Whoever might have approved it will not, and says why. Raises NotYourPlace, MakerRejects (one's own is withdrawn),
    AlreadyDecided, WhyMissing.
    """
    actor.require(*DECIDERS)
    row = _locked(plan)
    if actor.person_id is not None and row.made_by_id == actor.person_id:
        raise MakerRejects(
            f"{actor.name} made this plan, so another person rejects it. It stands as it was.",
            where=str(plan),
            found=actor.name,
            cure="Withdraw it instead.",
        )
    return _end(row, State.REJECTED, why, actor=actor, now=now)


def _end(row: Plan, state: Plan.State, why: str, *, actor: Actor, now: datetime) -> PlanHead:
    if row.state != State.PROPOSED:
        raise _decided(row)
    said = " ".join(why.split())[:_WHY_MAX]
    if not said:
        raise WhyMissing(
            "It is not said why. The plan stands as it was.", where="why", cure="Write a few words to whoever made it."
        )
    _put_aside(row, state, actor, now, why=said)
    record(
        kind=f"planning.plan.{state.value.lower()}",
        actor=actor,
        now=now,
        subject=row.id,
        data={"kind": row.kind, "why": said},
    )
    return head_of(row)


def _put_aside(row: Plan, state: Plan.State, actor: Actor, now: datetime, *, why: str = "") -> None:
    row.state, row.ended_at, row.ended_why = state, now, why
    row.ended_by_id, row.ended_by_name = actor.person_id, actor.name
    row.save(update_fields=["state", "ended_at", "ended_why", "ended_by", "ended_by_name", "replaced_by"])
    on_ended = kind_named(row.kind).on_ended
    if on_ended is not None:
        on_ended(head_of(row), actor, now)


@transaction.atomic
def check(*, plan: UUID, actor: Actor, now: datetime) -> PlanHead:
    """
    Hold a proposal against what is true now and keep what has changed, so that lists can say it without looking again.
    Approving looks anew in any case. What is decided already is left as it is.
    """
    row = _locked(plan)
    if not kind_named(row.kind).may_propose(actor, row.params):
        actor.require(*LOOKERS)
    if row.state != State.PROPOSED:
        return head_of(row)
    found = [
        {"zh": each.text_zh, "en": each.text_en}
        for each in _changes(kind_named(row.kind), view_of(row), row, now)[:_CHANGES_SHOWN]
    ]
    if found and not row.changes:
        record(
            kind="planning.plan.overtaken",
            actor=actor,
            now=now,
            subject=plan,
            data={"kind": row.kind, "changes": len(found)},
        )
    row.checked_at, row.changes = now, found
    row.save(update_fields=["checked_at", "changes"])
    return head_of(row)


def check_proposed(*, now: datetime) -> int:
    """Look at every proposal of the last days, the newest first; how many of them are overtaken."""
    rows = Plan.objects.filter(state=State.PROPOSED, made_at__gte=now - timedelta(days=_CHECKED_DAYS))
    ids = rows.order_by("-made_at", "-id").values_list("id", flat=True)[:_CHECKED_MAX]
    return sum(check(plan=each, actor=THE_HOUSE, now=now).is_stale for each in list(ids))


def _made_before(request_id: UUID, content: bytes) -> UUID | None:
    earlier = Plan.objects.filter(request_id=request_id).only("id", "content_hash").first()
    if earlier is None:
        return None
    if bytes(earlier.content_hash) != content:
        raise RequestIdReused(
            "This request made another plan before; that one stands, this one was not made.",
            where=str(request_id),
            cure="Send the new plan under a new request id.",
        )
    return earlier.id


@transaction.atomic
@recorded("planning.plan.made")
def _keep(
    row: Plan, planner: PlanKind, *, replaces: UUID | None, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    replaced = _locked(replaces) if replaces is not None else None
    Plan.objects.bulk_create([row], ignore_conflicts=True)  # the same request at the same moment waits here
    kept = _made_before(request_id, bytes(row.content_hash))
    if kept is not None and kept != row.id:
        return kept
    if replaced is not None:
        if replaced.state != State.PROPOSED:
            raise _decided(replaced)
        replaced.replaced_by = row
        _put_aside(replaced, State.REPLACED, actor, now)
    lines = planner.to_lines(view_of(row), json.loads(row.result))
    PlanLine.objects.bulk_create(
        [
            PlanLine(
                plan=row,
                number=number,
                source_holder_id=line.source.holder,
                source_state=line.source.state.value,
                target_holder_id=line.target.holder,
                target_state=line.target.state.value,
                lot_id=line.lot,
                amount=line.amount,
                expires_at=line.expires_at,
                meta=json.loads(canonical(line.meta)),
            )
            for number, line in enumerate(lines, start=1)
        ],
        batch_size=2000,
    )
    record(
        kind="planning.plan.made",
        actor=actor,
        now=now,
        subject=row.id,
        data={
            "kind": row.kind,
            "lines": len(lines),
            "snapshot_hash": bytes(row.snapshot_hash).hex(),
            "replaces": str(replaces) if replaces else None,
        },
    )
    return row.id


def _locked(plan: UUID) -> Plan:
    """The plan, locked: two who approve it at once are one after the other."""
    return lock_row(Plan.objects.all(), plan)


def _refuse_own(row: Plan, actor: Actor, now: datetime, *, alone: bool) -> None:
    """Raises MakerApproves, or NotAlone where the maker claims to be alone and is not."""
    if not alone:
        others = _others(actor, now)
        raise MakerApproves(
            f"{actor.name} made this plan, so another person approves it. Nothing was promised.",
            where=str(row.id),
            found=actor.name,
            expected=others or "another person",
            cure=f"Ask {' or '.join(others) or 'another person on duty'}. Alone on duty? Say so: it takes effect at once, "
            "and another person signs within 12 hours.",
        )
    watching = {watch.party for watch in journal.on_watch(now)}
    if here := _others(actor, now, among=watching):
        raise NotAlone(
            f"{actor.name} is not alone on duty: {', '.join(here)} may approve this plan now. Nothing was promised.",
            where=str(row.id),
            found=here,
            expected="nobody else on duty",
            cure=f"Ask {' or '.join(here)} to approve it.",
        )


def _others(actor: Actor, now: datetime, *, among: Collection[UUID] | None = None) -> list[str]:
    """The names of others who may approve, of these persons if any are named."""
    return sorted(
        {
            login.name
            for duty in DECIDERS
            for login in who_has(duty, now=now)
            if login.person != actor.person_id and (among is None or login.person in among)
        }
    )[:_NAMES_SHOWN]


def overtaken(plan: UUID, changes: Sequence[Changed]) -> PlanOvertaken:
    """The refusal that says what has changed; also for kinds that look once more under a lock of their own."""
    return PlanOvertaken(
        f"What this plan was made from has changed; nothing was promised. {'; '.join(each.text_en for each in changes)}.",
        where=str(plan),
        found=[each.text_en for each in changes],
        expected="the state of its snapshot",
        cure="Make the plan again from what is true now.",
        told_zh="；".join(each.text_zh for each in changes),
    )


def _changes(planner: PlanKind, plan: PlanView, row: Plan, now: datetime) -> list[Changed]:
    """What is no longer as the snapshot says; empty where it still holds."""
    if planner.still_true is not None:
        return list(planner.still_true(plan, now))
    try:
        taken = canonical(planner.snapshot(plan.params, now))
    except BaogongError as refusal:
        return [Changed("按现在的情况，这个方案已经做不出来", refusal.message.rstrip("."))]
    if digest(taken) == bytes(row.snapshot_hash):
        return []
    fresh = json.loads(taken)
    return [
        _difference(part, plan.snapshot.get(part), fresh.get(part))
        for part in sorted(fresh.keys() | plan.snapshot.keys())
        if plan.snapshot.get(part) != fresh.get(part)
    ]


def _difference(part: str, then: Any, now: Any) -> Changed:
    if isinstance(then, list) and isinstance(now, list):
        gone = sum(1 for entry in then if entry not in now)
        new = sum(1 for entry in now if entry not in then)
        return Changed(
            f"{part}：原有 {len(then)} 项中 {gone} 项已变，新增 {new} 项",
            f"{part}: {gone} of {len(then)} entries are no longer so, {new} are new",
        )
    return Changed(f"{part} 已经变了", f"{part} is another now")


def _keep_holds(row: Plan, holds: Sequence[UUID]) -> None:
    lines = list(PlanLine.objects.filter(plan=row).order_by("number"))
    for line, hold in zip(lines, holds, strict=True):
        line.hold = hold
    PlanLine.objects.bulk_update(lines, ["hold"], batch_size=1000)


def _holds(plan: PlanView) -> list[HoldView]:
    """In the order of the lines."""
    ids = [line.hold for line in plan.lines if line.hold is not None]
    by_id = {hold.id: hold for hold in book.holds(ids)}
    return [by_id[hold] for hold in ids]


def _decided(row: Plan) -> AlreadyDecided:
    return AlreadyDecided(
        f"This plan is {row.get_state_display().lower()}; nothing was changed.",
        where=str(row.id),
        found=row.state,
        cure="Open the plan again to see how it stands.",
    )


def _moved(plan: UUID, moved: int, holds: int) -> HandHasMoved:
    return HandHasMoved(
        f"Goods of this plan are on their way: {moved} of its {holds} promises have moved. It was not undone.",
        where=str(plan),
        found=moved,
        expected=0,
        cure="Plan again: a new plan takes up what has not left yet.",
    )
