"""
What shares, convoys and baskets have in common: a plan is proposed, approved by a person, undone until a hand moves.

A proposal that nobody approves is withdrawn, rejected, or made again from what is true by then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.requests import Key, Page, once, once_made
from baogong.kernel.errors import NotFound
from baogong.planning import services
from baogong.planning.queries import PlanHead, PlanView, plan

router = Router(tags=["plans"])

PlanState = Literal["PROPOSED", "APPROVED", "UNDONE", "WITHDRAWN", "REJECTED", "REPLACED"]


class ChangedOut(Schema):
    """One thing that is no longer as it was when the plan was made."""

    text_zh: str
    text_en: str


class PlanHeadOut(Schema):
    """
    `state` PROPOSED, APPROVED or UNDONE; WITHDRAWN, REJECTED or REPLACED (`replaced_by`) where it was never approved. The
    hashes are of what it was made from and what it says.

    `is_stale`: when it was last looked at (`checked_at`) it did not hold any more, for the `changes` named.
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
    is_stale: bool
    changes: list[ChangedOut]


class ApproveIn(Schema):
    """`alone`: the caller made the plan and nobody else is on duty. In force at once; another signs within 12 hours."""

    alone: bool = False


class EndIn(Schema):
    """`why` is read by whoever made the plan."""

    why: str = Field(min_length=1, max_length=400)


class PlanPage(Page):
    items: list[PlanHeadOut]


@router.post("/{plan}/check", response=PlanHeadOut, operation_id="plan_check")
def plan_check(request: HttpRequest, plan: UUID, key: Key) -> PlanHead:
    """Hold a proposal against what is true now; `changes` says what has changed since it was made."""
    who = caller(request)
    once(request, key, lambda: services.check(plan=plan, actor=who.actor, now=who.now))
    return _head(plan)


@router.post("/{plan}/withdraw", response=PlanHeadOut, operation_id="plan_withdraw")
def plan_withdraw(request: HttpRequest, plan: UUID, key: Key, given: EndIn) -> PlanHead:
    """Take a proposal back, by whoever may propose."""
    who = caller(request)
    once(request, key, lambda: services.withdraw(plan=plan, why=given.why, actor=who.actor, now=who.now), given)
    return _head(plan)


@router.post("/{plan}/reject", response=PlanHeadOut, operation_id="plan_reject")
def plan_reject(request: HttpRequest, plan: UUID, key: Key, given: EndIn) -> PlanHead:
    """Turn a proposal down, by whoever might have approved it."""
    who = caller(request)
    once(request, key, lambda: services.reject(plan=plan, why=given.why, actor=who.actor, now=who.now), given)
    return _head(plan)


@router.post("/{plan}/again", response={201: PlanHeadOut}, operation_id="plan_again")
def plan_again(request: HttpRequest, plan: UUID, key: Key) -> Status[PlanHead]:
    """A new draft from what is true now, under the same rule; the proposal is replaced by it. Answers with the new one."""
    who = caller(request)
    made = once_made(request, key, lambda: services.make_again(plan=plan, actor=who.actor, now=who.now, request_id=key))
    return Status(201, _head(made))


def _head(identifier: UUID) -> PlanHead:
    return plan(identifier)


def plan_of_kind(identifier: UUID, kind: str) -> PlanView:
    """Raises NotFound for a plan of another kind too."""
    found = plan(identifier)
    if found.kind != kind:
        raise NotFound(f"This plan is no {kind.lower()}.", where=str(identifier), found=found.kind, expected=kind)
    return found
