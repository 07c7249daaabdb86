"""An approved share as everyone may read it: the rule, who got what of what was asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.kernel.errors import NotFound
from baogong.needs import queries as needs
from baogong.needs.share import KIND, InStock, rules_in_stock
from baogong.needs.share_problem import OWN
from baogong.planning import queries as plans
from baogong.tower.queries.account import NOBODY, PublicName, public_names


@dataclass(frozen=True, slots=True)
class PublicShareRow:
    """
    One need in the share. Amounts in base units.

    ratio     got over asked
    signed    what the receiver has signed for by now
    hold      the first of its promises in the book, whose proof anyone may check; None where it got nothing
    """

    receiver: PublicName
    item: UUID
    asked: int
    got: int
    ratio: float
    pro_rata: int
    first_come: int
    signed: int
    reason_zh: str
    reason_en: str
    hold: UUID | None


@dataclass(frozen=True, slots=True)
class PublicShare:
    """
    rules          leximin, pro_rata, first_come → worst, mean, gini, unserved
    in_stock       the same over the needs whose good lies anywhere, and how many ask for what does not
    not_named      open needs that are not in it, where it was made for needs that somebody named
    weights        urgency → weight
    result_hash    anyone given the snapshot can solve it again and compare
    """

    id: UUID
    approved_at: datetime
    undone_at: datetime | None
    rule: Mapping[str, Any]
    weights: Mapping[str, float]
    rules: Mapping[str, Mapping[str, Any]]
    in_stock: InStock
    not_named: int
    engine_version: str
    snapshot_hash: str
    result_hash: str
    rows: tuple[PublicShareRow, ...]


def public_share(plan_id: UUID) -> PublicShare:
    """Raises NotFound for anything but a share that was approved: a proposal is nobody's right yet."""
    view = plans.plan(plan_id)
    if view.kind != KIND or view.approved_at is None:
        raise NotFound(
            "There is no such approved share in this book.", where=str(plan_id), cure="Open the account again."
        )
    names = public_names({UUID(entry["receiver"]) for entry in view.result["met"]})
    signed: dict[str, int] = {}
    for promise in needs.allotments(plan=view.id):
        signed[str(promise.need)] = signed.get(str(promise.need), 0) + promise.met
    holds: dict[str, UUID] = {}
    for line in view.lines:
        if line.hold is not None:
            holds.setdefault(line.meta["need"], line.hold)
    rows = [
        PublicShareRow(
            receiver=names.get(UUID(entry["receiver"]), NOBODY),
            item=UUID(entry["item"]),
            asked=entry["need"],
            got=entry["got"],
            ratio=entry["ratio"],
            pro_rata=entry["pro_rata"],
            first_come=entry["first_come"],
            signed=signed.get(entry["requester"], 0),
            reason_zh=entry["reason_zh"],
            reason_en=entry["reason_en"],
            hold=holds.get(entry["requester"]),
        )
        for entry in view.result["met"]
    ]
    return PublicShare(
        id=view.id,
        approved_at=view.approved_at,
        undone_at=view.undone_at,
        rule={name: value for name, value in view.rule.items() if name not in OWN},
        weights=view.result["weights"],
        rules=view.result["rules"],
        in_stock=rules_in_stock(view.snapshot, view.result),
        not_named=len(view.result.get("not_named", ())),
        engine_version=view.engine_version,
        snapshot_hash=view.snapshot_hash,
        result_hash=view.result_hash,
        rows=tuple(sorted(rows, key=lambda row: (row.ratio, row.receiver.zh, row.item))),
    )
