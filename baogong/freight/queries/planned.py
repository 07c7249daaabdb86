"""Convoys in force as the planner made them: what a rehearsal is made of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Min

from baogong.engine.freight.plan import Leg
from baogong.engine.freight.problem import Problem
from baogong.freight.mapping import engine_plan_from_json, problem_from_json
from baogong.freight.models import Waybill
from baogong.freight.snapshots import KIND
from baogong.planning import queries as plans

PLANS_MAX = 50


@dataclass(frozen=True, slots=True)
class PlannedConvoy:
    """`legs`: those of the plan that are in force; `sites`: the engine's name of each → its id."""

    plan: UUID
    problem: Problem
    legs: tuple[Leg, ...]
    sites: dict[str, UUID]


def trucks_setting_out(at: datetime, *, before: bool = False) -> datetime | None:
    """When the next truck is planned to set out, from then on; the last one before, if that is asked."""
    rows = Waybill.objects.exclude(state=Waybill.State.CANCELLED)
    rows = rows.filter(planned_depart_at__lt=at) if before else rows.filter(planned_depart_at__gte=at)
    moment: datetime | None = rows.aggregate(at=(Max if before else Min)("planned_depart_at"))["at"]
    return moment


def planned_convoys() -> tuple[PlannedConvoy, ...]:
    """
    Of approved plans, the newest `PLANS_MAX`, in order of approval.

    A plan made again when a truck was late holds what had left before as well and stands for the earlier one; of a plan
    that was superseded only what was loaded by then is left.
    """
    heads = plans.plans(kind=KIND, state="APPROVED", limit=PLANS_MAX)
    made_again = {UUID(head.params["replan_of"]) for head in heads if head.params.get("replan_of")}
    superseded = {UUID(head.params["supersedes"]) for head in heads if head.params.get("supersedes")} - made_again
    standing: defaultdict[UUID, set[str]] = defaultdict(set)
    waybills = Waybill.objects.filter(plan__in=superseded).exclude(state=Waybill.State.CANCELLED)
    for plan, leg in waybills.values_list("plan", "leg"):
        if plan is not None:
            standing[plan].add(leg)
    found = []
    for head in reversed(heads):
        if head.id in made_again:
            continue
        view = plans.plan(head.id)
        engine_plan = engine_plan_from_json(view.result["engine_plan"])
        found.append(
            PlannedConvoy(
                head.id,
                problem_from_json(view.result.get("problem") or view.snapshot["problem"]),
                tuple(leg for leg in engine_plan.legs if head.id not in superseded or leg.id in standing[head.id]),
                {name: UUID(site) for name, site in view.snapshot["sites"].items()},
            )
        )
    return tuple(found)
