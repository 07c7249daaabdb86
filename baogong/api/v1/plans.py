"""What shares and convoys have in common: a plan is proposed, approved by a person, undone until a hand moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema

from baogong.api.v1.requests import Page
from baogong.kernel.errors import NotFound
from baogong.planning.queries import PlanView, plan


class PlanHeadOut(Schema):
    """`state` PROPOSED, APPROVED or UNDONE; the hashes are of what it was made from and what it says."""

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


class ApproveIn(Schema):
    """`alone`: the caller made the plan and nobody else is on duty. In force at once; another signs within 12 hours."""

    alone: bool = False


class PlanPage(Page):
    items: list[PlanHeadOut]


def plan_of_kind(identifier: UUID, kind: str) -> PlanView:
    """Raises NotFound for a plan of another kind too."""
    found = plan(identifier)
    if found.kind != kind:
        raise NotFound(f"This plan is no {kind.lower()}.", where=str(identifier), found=found.kind, expected=kind)
    return found
