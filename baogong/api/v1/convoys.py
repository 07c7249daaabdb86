"""Convoys: which trucks carry what, when, over which hub; and what their carriers say to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import NAMES_MAX, Code, Moment, Number
from baogong.api.v1.plans import ApproveIn, PlanHeadOut, PlanPage, PlanState, plan_of_kind
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, once, once_made, page_of
from baogong.freight import queries, services
from baogong.planning import queries as plans
from baogong.planning import services as planning

router = Router(tags=["convoys"])

KIND = "CONVOY"


class ConvoyRuleIn(Schema):
    """What the planner may spend; absent: the engine's own figures."""

    version: Code | None = None
    mip_gap: float | None = Field(default=None, ge=0, lt=1)
    nodes_count: Number | None = Field(default=None, ge=1)
    moves_count: Number | None = Field(default=None, ge=0)
    limit_s: float | None = Field(default=None, gt=0, le=600)


class ConvoyIn(Schema):
    """
    Plan how everything promised and due before `until_at` gets to its receivers.

    `hubs` are sites where goods may merge; `only_parcels` allotment holds, absent: all that are due; `not_before` the
    moment a site's goods are ready; `feeds` the origins a site's goods may first be brought to; `supersedes` a plan
    whose waybills not yet loaded this one replaces.
    """

    from_at: Moment
    until_at: Moment
    hubs: list[UUID] = Field([], max_length=NAMES_MAX)
    only_parcels: list[UUID] = Field([], max_length=NAMES_MAX)
    not_before: dict[UUID, Moment] = Field({}, max_length=NAMES_MAX)
    feeds: dict[UUID, Annotated[list[UUID], Field(max_length=NAMES_MAX)]] = Field({}, max_length=NAMES_MAX)
    supersedes: UUID | None = None
    rule: ConvoyRuleIn = ConvoyRuleIn()
    seed: Number = Field(1, ge=0)


class StopOut(Schema):
    site: UUID
    site_name: str
    arrive_at: datetime
    start_at: datetime
    end_at: datetime
    depart_at: datetime
    cartons_loaded: int
    cartons_unloaded: int


class LegOut(Schema):
    id: str
    vehicle: str
    carrier: UUID | None
    carrier_name: str
    mode: str
    is_empty: bool
    stops: list[StopOut]


class RejectedOut(Schema):
    """What was weighed and not taken."""

    what: str
    why_zh: str
    why_en: str
    figures: dict[str, int]


class LeftOut(Schema):
    """Cartons that no vehicle takes, and why."""

    parcel: UUID
    site: UUID
    cartons_count: int
    why_zh: str
    why_en: str


class ConvoyOut(Schema):
    """Judged by lateness, then last arrival, then cost; each beside the bound no plan can beat."""

    plan: PlanHeadOut
    supersedes: UUID | None
    hub: UUID | None
    hub_name: str
    legs: list[LegOut]
    rejected: list[RejectedOut]
    left: list[LeftOut]
    left_cartons: int
    late_carton_s: int
    late_carton_s_bound: int
    last_arrival_at: datetime
    last_arrival_at_bound: datetime
    cost_fen: int
    stopped_because: str


class AsksIn(Schema):
    """`code` is the second factor each dispatcher types, told by telephone."""

    expires_at: Moment | None = None
    code: str | None = Field(None, min_length=4, max_length=40)


class AskOut(Schema):
    """`answer` ASKED, ACCEPTED, COUNTERED or DECLINED. The private link goes to the carrier only, by its own channel."""

    id: UUID
    plan: UUID
    carrier: UUID
    carrier_name: str
    answer: str
    terms: dict[str, Any]
    note: str
    asked_at: datetime
    answered_at: datetime | None
    suggested_plan: UUID | None


class AsksOut(Schema):
    """One for each carrier, the newest first."""

    items: list[AskOut]


@router.get("", response=PlanPage, operation_id="convoy_list")
def convoy_list(
    request: HttpRequest,
    state: PlanState | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The newest first."""
    caller(request).require(*OFFICE)
    return page_of(plans.plans(KIND, state, limit=LIST_MAX), after=after, limit=limit, newest_first=True)


@router.post("", response={201: ConvoyOut}, operation_id="convoy_plan")
def convoy_plan(request: HttpRequest, key: Key, given: ConvoyIn) -> Status[dict[str, Any]]:
    """Plan a convoy. Nothing is on a waybill until a person approves."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.plan_convoy(
            **given.dict(exclude={"rule"}),
            rule=given.rule.dict(exclude_none=True),
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, _convoy(made))


@router.get("/{convoy}", response=ConvoyOut, operation_id="convoy_get")
def convoy_get(request: HttpRequest, convoy: UUID) -> dict[str, Any]:
    """Legs and times, what was rejected and why, what no vehicle takes."""
    caller(request).require(*OFFICE)
    return _convoy(convoy)


@router.post("/{convoy}/approve", response=ConvoyOut, operation_id="convoy_approve")
def convoy_approve(request: HttpRequest, convoy: UUID, key: Key, given: ApproveIn | None = None) -> dict[str, Any]:
    """Turn the plan into waybills, one per truck and stop: refused to its maker."""
    who = caller(request)
    plan_of_kind(convoy, KIND)
    alone = given is not None and given.alone
    once(
        request,
        key,
        lambda: planning.approve(plan=convoy, actor=who.actor, now=who.now, request_id=key, alone=alone),
        alone,
    )
    return _convoy(convoy)


@router.post("/{convoy}/undo", response=ConvoyOut, operation_id="convoy_undo")
def convoy_undo(request: HttpRequest, convoy: UUID, key: Key) -> dict[str, Any]:
    """Cancel its waybills, until a truck is loaded."""
    who = caller(request)
    plan_of_kind(convoy, KIND)
    once(request, key, lambda: planning.undo(plan=convoy, actor=who.actor, now=who.now))
    return _convoy(convoy)


@router.post("/{convoy}/asks", response={201: AsksOut}, operation_id="convoy_ask_carriers")
def convoy_ask_carriers(request: HttpRequest, convoy: UUID, key: Key, given: AsksIn) -> Status[dict[str, Any]]:
    """Put the plan to every carrier whose vehicles it uses, by a private link each."""
    who = caller(request)
    plan_of_kind(convoy, KIND)
    once(
        request,
        key,
        lambda: services.ask_carriers(
            plan=convoy, expires_at=given.expires_at, code=given.code, actor=who.actor, now=who.now
        ),
        given,
    )
    return Status(201, {"items": queries.asks(plan=convoy)})


@router.get("/{convoy}/asks", response=AsksOut, operation_id="convoy_ask_list")
def convoy_ask_list(request: HttpRequest, convoy: UUID) -> dict[str, Any]:
    """What each carrier answered."""
    caller(request).require(*OFFICE)
    return {"items": queries.asks(plan=convoy)}


def _convoy(convoy: UUID) -> dict[str, Any]:
    plan = plan_of_kind(convoy, KIND)
    found = queries.convoy(convoy)
    return {name: getattr(found, name) for name in ConvoyOut.model_fields if name != "plan"} | {"plan": plan}
