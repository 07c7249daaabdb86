"""Shares: who gets how much of what is scarce, with a reason for each."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import NAMES_MAX, Amount, Code, Day, ItemName, Size
from baogong.api.v1.plans import ApproveIn, PlanHeadOut, PlanPage, PlanState, plan_of_kind
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, item_id, once, once_made, page_of
from baogong.engine.fairshare import Change, Gain, Memory, Names
from baogong.needs.what_if import PIECES, ROUNDS, Question, what_if
from baogong.planning import queries
from baogong.planning import services as planning

router = Router(tags=["shares"])

KIND = "SHARE"
Weight = Annotated[float, Field(gt=0, le=100)]


class ShareRuleIn(Schema):
    """
    `weights` by urgency, "1" to "4"; `memory` 0 forgets earlier shares, 1 counts them in full.

    `receivers` says how often each of these counts: twice is twice the met share.
    """

    version: Code = Field(default="leximin-1", min_length=1)
    whole_cartons: bool = True
    memory: float = Field(default=1.0, ge=0, le=1)
    weights: dict[Literal["1", "2", "3", "4"], Weight] = Field(default={})
    receivers: dict[UUID, Weight] = Field(default={}, max_length=NAMES_MAX)


class TrucksIn(Schema):
    """What trucks can carry: of all that leaves `site`; absent: of the whole round. Null: no limit of this kind."""

    weight_g: Size | None = Field(None, ge=0)
    volume_cm3: Size | None = Field(None, ge=0)
    site: UUID | None = None


class ShareIn(Schema):
    """
    What takes part; what is absent is everything that is fresh, countable and free.

    `include_stale` names needs older than 48 hours that still hold; `reach` pairs (site, receiver) that can be served;
    `floors` and `caps` are base units by need; no more is shared than `trucks` carry.
    """

    sites: list[UUID] | None = Field(None, max_length=NAMES_MAX)
    items: list[ItemName] | None = Field(None, max_length=NAMES_MAX)
    needs: list[UUID] | None = Field(None, max_length=NAMES_MAX)
    include_stale: list[UUID] = Field([], max_length=NAMES_MAX)
    only_verified: bool = False
    reach: list[tuple[UUID, UUID]] | None = Field(None, max_length=NAMES_MAX)
    floors: dict[UUID, Amount] = Field({}, max_length=NAMES_MAX)
    caps: dict[UUID, Amount] = Field({}, max_length=NAMES_MAX)
    arrives_on: Day | None = None
    trucks: TrucksIn | None = None
    rule: ShareRuleIn = ShareRuleIn()


class SharedOut(Schema):
    """So much of one lot at one site, for one need."""

    need: UUID
    receiver: UUID
    item: UUID
    lot: UUID
    site: UUID
    amount: int


class MaybeTwiceOut(Schema):
    """Another open need that may be the same, or (`is_part`) part and whole; `is_here`: this share serves it too."""

    need: UUID
    receiver_name: str
    item_zh: str
    item_en: str
    amount: int | None
    is_part: bool
    is_here: bool
    grounds: list[str]


class MetOut(Schema):
    """
    `ratio` in whole units; `exact_ratio` if goods could be divided; the reason in both languages; `maybe_twice`: needs
    nobody has said of whether they are the same.
    """

    need: UUID
    receiver: UUID
    receiver_name: str
    item: UUID
    item_zh: str
    item_en: str
    asked: int
    got: int
    ratio: float
    exact_ratio: float
    reason_zh: str
    reason_en: str
    maybe_twice: list[MaybeTwiceOut] = Field([])


class RuleOut(Schema):
    """How one rule would serve everybody."""

    worst: float
    mean: float
    gini: float
    unserved: int


class LeftOutOut(Schema):
    """A need that takes no part, and why: NO_AMOUNT, STALE, WRONG or UNVERIFIED."""

    need: UUID
    receiver_name: str
    item_zh: str
    item_en: str
    why: str


class NotNamedOut(Schema):
    """An open need that is not in a share made for needs somebody named; `amount` null: none is set."""

    need: UUID
    receiver_name: str
    item: UUID
    item_zh: str
    item_en: str
    amount: int | None


class ShareOut(Schema):
    """A share with its reasons, and the three rules beside each other: leximin, pro_rata, first_come."""

    plan: PlanHeadOut
    worst_ratio: float
    rules: dict[str, RuleOut]
    shares: list[SharedOut]
    met: list[MetOut]
    left_out: list[LeftOutOut]
    not_named: list[NotNamedOut] = Field([])
    holds: list[UUID]


class WhatIfIn(Schema):
    """What is absent is as the share's own rule has it; `trucks` absent: whatever is shared can be brought."""

    weights: dict[Literal["1", "2", "3", "4"], Weight] | None = None
    receivers: dict[UUID, Weight] | None = Field(None, max_length=NAMES_MAX)
    trucks: TrucksIn | None = None
    pieces: int = Field(PIECES, ge=1, le=10**9)
    rounds: int = Field(ROUNDS, ge=1, le=14)


class ChangeOut(Schema):
    """One need before and after, in base units; `difference` below 0 is a loss."""

    need: UUID
    item: UUID
    asked: int
    got_before: int
    got_after: int
    difference: int
    told_zh: str
    told_en: str


class LoadOut(Schema):
    """What rides under a limit, in grams or cm³; `is_full` where it holds somebody down."""

    is_weight: bool
    room: float
    used: float
    is_full: bool


class MoreOut(Schema):
    """What so many pieces more of an item would do, for the standard, site and earmark that help most."""

    item: UUID
    raises_worst: bool
    lifted_from: float
    lifted_to: float
    rising_count: int
    used: float
    told_zh: str
    told_en: str


class RoundsOut(Schema):
    """The round played several times under one memory; `worst_so_far` after each."""

    memory: Memory
    worst_so_far: list[float]
    never_served: int
    figures: RuleOut


class WhatIfOut(Schema):
    """
    The share as it was made, and as it is asked; nothing of it is kept.

    `changes` holds those that differ, who loses most first; `held_back` what the trucks alone take away. `more` begins with
    the goods that would raise the worst served most; `is_more_carried` false: worked out without the trucks. `rounds` is
    always without them.
    """

    told_zh: str
    told_en: str
    before: RuleOut
    after: RuleOut
    changes: list[ChangeOut]
    held_back: list[ChangeOut]
    loads: list[LoadOut]
    more: list[MoreOut]
    is_more_carried: bool
    rounds: list[RoundsOut]


@router.get("", response=PlanPage, operation_id="share_list")
def share_list(
    request: HttpRequest,
    state: PlanState | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The newest first."""
    caller(request).require(*OFFICE)
    return page_of(queries.plans(KIND, state, limit=LIST_MAX), after=after, limit=limit, newest_first=True)


@router.post("", response={201: ShareOut}, operation_id="share_make")
def share_make(request: HttpRequest, key: Key, given: ShareIn) -> Status[dict[str, Any]]:
    """Divide what is free among fresh countable needs. Nothing is promised until a person approves."""
    who = caller(request)
    params = given.model_dump(mode="json", exclude={"rule"}, exclude_defaults=True)
    if given.items is not None:
        params["items"] = [str(item_id(item)) for item in given.items]
    made = once_made(
        request,
        key,
        lambda: planning.make_plan(
            kind=KIND,
            params=params,
            rule=given.rule.model_dump(mode="json"),
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, _share(made))


@router.get("/{share}", response=ShareOut, operation_id="share_get")
def share_get(request: HttpRequest, share: UUID) -> dict[str, Any]:
    caller(request).require(*OFFICE)
    return _share(share)


@router.post("/{share}/approve", response=ShareOut, operation_id="share_approve")
def share_approve(request: HttpRequest, share: UUID, key: Key, given: ApproveIn | None = None) -> dict[str, Any]:
    """Place all its holds in one batch, or none: refused to its maker, and where its snapshot is no longer true."""
    who = caller(request)
    plan_of_kind(share, KIND)
    alone = given is not None and given.alone
    once(
        request,
        key,
        lambda: planning.approve(plan=share, actor=who.actor, now=who.now, request_id=key, alone=alone),
        alone,
    )
    return _share(share)


@router.post("/{share}/undo", response=ShareOut, operation_id="share_undo")
def share_undo(request: HttpRequest, share: UUID, key: Key) -> dict[str, Any]:
    """Void its holds, until the first hand moves."""
    who = caller(request)
    plan_of_kind(share, KIND)
    once(request, key, lambda: planning.undo(plan=share, actor=who.actor, now=who.now))
    return _share(share)


@router.post("/{share}/what-if", response=WhatIfOut, operation_id="share_what_if")
def share_what_if(request: HttpRequest, share: UUID, key: Key, given: WhatIfIn) -> dict[str, Any]:
    """
    Ask the share's own snapshot again: who gains and loses, which goods more would help, what several rounds do.

    Nothing is written. To propose what was found, make a share with the same rule and trucks.
    """
    caller(request).require(*OFFICE)
    found = plan_of_kind(share, KIND)
    changed = given.model_dump(mode="json", include={"weights", "receivers"}, exclude_none=True)
    trucks = given.trucks.model_dump(mode="json") if given.trucks is not None else None
    answer = what_if(found, Question({**found.rule, **changed}, trucks, given.pieces, given.rounds))
    comparison, names = answer.comparison, answer.names
    held_back = answer.held_back.changes if answer.held_back is not None else ()
    return {
        "told_zh": comparison.told_zh(names),
        "told_en": comparison.told_en(names),
        "before": comparison.before,
        "after": comparison.after,
        "changes": [_change(change, names) for change in comparison.changes if not change.is_same],
        "held_back": [_change(change, names) for change in held_back if not change.is_same],
        "loads": answer.loads,
        "more": [_more(gain, names) for gain in answer.gains],
        "is_more_carried": answer.are_gains_carried,
        "rounds": [
            {
                "memory": memory,
                "worst_so_far": [figures.worst for figures in course.so_far],
                "never_served": len(course.never_served),
                "figures": course.figures,
            }
            for memory, course in answer.courses.items()
        ],
    }


def _change(change: Change, names: Names) -> dict[str, Any]:
    return {
        "need": change.requester,
        "item": change.item,
        "asked": change.need_after,
        "got_before": change.got_before,
        "got_after": change.got_after,
        "difference": change.difference,
        "told_zh": change.told_zh(names),
        "told_en": change.told_en(names),
    }


def _more(gain: Gain, names: Names) -> dict[str, Any]:
    return {
        "item": gain.item,
        "raises_worst": gain.raises_worst,
        "lifted_from": gain.lifted_from,
        "lifted_to": gain.lifted_to,
        "rising_count": gain.rising_count,
        "used": gain.used,
        "told_zh": gain.told_zh(names),
        "told_en": gain.told_en(names),
    }


def _share(share: UUID) -> dict[str, Any]:
    found = plan_of_kind(share, KIND)
    result = found.result
    return {
        "plan": found,
        "worst_ratio": result["worst_ratio"],
        "rules": result["rules"],
        "shares": result["shares"],
        "met": [line | {"need": line["requester"], "asked": line["need"]} for line in result["met"]],
        "left_out": result["left_out"],
        "not_named": result.get("not_named", []),
        "holds": [line.hold for line in found.lines if line.hold is not None],
    }
