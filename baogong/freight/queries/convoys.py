"""Convoy plans as command reads them: legs, what was rejected and why, what a new plan changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.freight.models import Waybill
from baogong.freight.snapshots import KIND
from baogong.planning import queries as plans

LEGS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class StopView:
    site: UUID
    site_name: str
    arrive_at: datetime
    start_at: datetime
    end_at: datetime
    depart_at: datetime
    cartons_loaded: int
    cartons_unloaded: int


@dataclass(frozen=True, slots=True)
class LegView:
    """One vehicle's journey; `is_empty`: a run without goods; `is_frozen`: it had left when the plan was made."""

    id: str
    vehicle: str
    carrier: UUID | None
    carrier_name: str
    mode: str
    is_empty: bool
    is_frozen: bool
    stops: tuple[StopView, ...]

    @property
    def origin(self) -> UUID:
        return self.stops[0].site

    @property
    def destination(self) -> UUID:
        return self.stops[-1].site

    @property
    def depart_at(self) -> datetime:
        return self.stops[0].depart_at

    @property
    def arrive_at(self) -> datetime:
        return self.stops[-1].arrive_at


@dataclass(frozen=True, slots=True)
class RejectedView:
    """An alternative that was weighed: `what` AIR, SEAL, ROUTE, HUB or VEHICLE, a colon, and names."""

    what: str
    why_zh: str
    why_en: str
    figures: dict[str, int]


@dataclass(frozen=True, slots=True)
class LeftView:
    """Goods the plan leaves behind, and why."""

    parcel: UUID
    site: UUID
    cartons_count: int
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class ConvoyView:
    """
    late_carton_s   Σ over cartons of the seconds after they were due; the bound beside each figure is what no plan beats
    """

    plan: UUID
    head: plans.PlanHead = field(repr=False)
    state: str
    made_at: datetime
    made_by: UUID | None
    made_by_name: str
    approved_at: datetime | None
    supersedes: UUID | None
    is_replan: bool
    hub: UUID | None
    hub_name: str
    legs: tuple[LegView, ...]
    rejected: tuple[RejectedView, ...]
    left: tuple[LeftView, ...]
    left_cartons: int
    late_carton_s: int
    late_carton_s_bound: int
    last_arrival_at: datetime
    last_arrival_at_bound: datetime
    cost_fen: int
    stopped_because: str


@dataclass(frozen=True, slots=True)
class LegChange:
    """What a new plan does to one leg of the old: NEW, DROPPED, LATER, EARLIER, OTHER (same arrival, other stops or goods)."""

    leg: str
    what: str
    vehicle: str
    from_name: str
    to_name: str
    before_at: datetime | None
    after_at: datetime | None
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ConvoyDifference:
    """`changes` in order of leg; the figures are new minus old."""

    old: UUID
    new: UUID
    changes: tuple[LegChange, ...]
    unchanged_count: int
    late_carton_s: int
    last_arrival_s: int
    cost_fen: int


def convoy(plan: UUID) -> ConvoyView:
    """Raises NotFound."""
    view = plans.plan(plan)
    result = view.result
    return ConvoyView(
        plan=view.id,
        head=view,
        state=view.state,
        made_at=view.made_at,
        made_by=view.made_by,
        made_by_name=view.made_by_name,
        approved_at=view.approved_at,
        supersedes=UUID(view.params["supersedes"]) if view.params.get("supersedes") else None,
        is_replan=bool(view.params.get("replan_of")),
        hub=UUID(result["hub"]) if result["hub"] else None,
        hub_name=result["hub_name"] or "",
        legs=tuple(_leg(each) for each in result["legs"][:LEGS_MAX]),
        rejected=rejected_alternatives(view),
        left=tuple(
            LeftView(UUID(each["parcel"]), UUID(each["site"]), each["cartons_count"], each["why_zh"], each["why_en"])
            for each in result["left"]
        ),
        left_cartons=result["score"]["left_cartons"],
        late_carton_s=result["score"]["late_carton_s"],
        late_carton_s_bound=result["bound"]["late_carton_s"],
        last_arrival_at=datetime.fromisoformat(result["score"]["last_arrival_at"]),
        last_arrival_at_bound=datetime.fromisoformat(result["bound"]["last_arrival_at"]),
        cost_fen=result["score"]["cost_fen"],
        stopped_because=result["stopped_because"],
    )


def convoys(*, state: str | None = None, limit: int = 100) -> tuple[plans.PlanHead, ...]:
    """Newest first."""
    return plans.plans(kind=KIND, state=state, limit=limit)


def convoys_to_load() -> tuple[plans.PlanHead, ...]:
    """Approved, with a waybill of which nothing is loaded yet; newest first."""
    planned = Waybill.objects.filter(state=Waybill.State.PLANNED).values("plan")
    return plans.plans(kind=KIND, state="APPROVED", ids=planned)


def rejected_alternatives(plan: UUID | plans.PlanView) -> tuple[RejectedView, ...]:
    """What was weighed and not taken, with the reason in both languages. Raises NotFound."""
    view = plans.plan(plan) if isinstance(plan, UUID) else plan
    return tuple(
        RejectedView(each["what"], each["why_zh"], each["why_en"], each["figures"]) for each in view.result["rejected"]
    )


def convoy_difference(old: UUID, new: UUID) -> ConvoyDifference:
    """What approving the new plan would change. Raises NotFound."""
    before, after = plans.plan(old).result, plans.plan(new).result
    legs_before = {leg["id"]: leg for leg in before["legs"]}
    legs_after = {leg["id"]: leg for leg in after["legs"]}
    changes = []
    for name in sorted(legs_before.keys() | legs_after.keys()):
        change = _change(name, legs_before.get(name), legs_after.get(name))
        if change is not None:
            changes.append(change)
    last = [datetime.fromisoformat(each["score"]["last_arrival_at"]) for each in (before, after)]
    return ConvoyDifference(
        old=old,
        new=new,
        changes=tuple(changes),
        unchanged_count=len(legs_before.keys() | legs_after.keys()) - len(changes),
        late_carton_s=after["score"]["late_carton_s"] - before["score"]["late_carton_s"],
        last_arrival_s=int((last[1] - last[0]).total_seconds()),
        cost_fen=after["score"]["cost_fen"] - before["score"]["cost_fen"],
    )


def _change(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> LegChange | None:
    shown = after or before
    assert shown is not None
    ends = shown["stops"][0]["site_name"], shown["stops"][-1]["site_name"]
    way_zh, way_en = f"{shown['vehicle']}（{ends[0]}→{ends[1]}）", f"{shown['vehicle']} ({ends[0]} → {ends[1]})"
    was = datetime.fromisoformat(before["stops"][-1]["arrive_at"]) if before else None
    will = datetime.fromisoformat(after["stops"][-1]["arrive_at"]) if after else None
    if was is None and will is not None:
        what, zh, en = "NEW", f"新增 {way_zh}，{will:%m-%d %H:%M} 到", f"New: {way_en}, arriving {will:%d %b %H:%M}"
    elif will is None and was is not None:
        what, zh, en = "DROPPED", f"取消 {way_zh}", f"Dropped: {way_en}"
    else:
        assert was is not None
        assert will is not None
        assert before is not None
        assert after is not None
        minutes = int((will - was).total_seconds()) // 60
        if minutes > 0:
            what, zh, en = "LATER", f"{way_zh} 晚 {minutes} 分钟", f"{way_en}: {minutes} min later"
        elif minutes < 0:
            what, zh, en = "EARLIER", f"{way_zh} 早 {-minutes} 分钟", f"{way_en}: {-minutes} min earlier"
        elif before["stops"] != after["stops"]:
            what, zh, en = "OTHER", f"{way_zh} 停靠或货物有变", f"{way_en}: other stops or goods"
        else:
            return None
    return LegChange(name, what, shown["vehicle"], *ends, was, will, zh, en)


def _leg(each: Mapping[str, Any]) -> LegView:
    return LegView(
        id=each["id"],
        vehicle=each["vehicle"],
        carrier=UUID(each["carrier"]) if each["carrier"] else None,
        carrier_name=each["carrier_name"],
        mode=each["mode"],
        is_empty=each["is_empty"],
        is_frozen=each["is_frozen"],
        stops=tuple(
            StopView(
                site=UUID(stop["site"]),
                site_name=stop["site_name"],
                arrive_at=datetime.fromisoformat(stop["arrive_at"]),
                start_at=datetime.fromisoformat(stop["start_at"]),
                end_at=datetime.fromisoformat(stop["end_at"]),
                depart_at=datetime.fromisoformat(stop["depart_at"]),
                cartons_loaded=sum(cartons for _, cartons in stop["loaded"]),
                cartons_unloaded=sum(cartons for _, cartons in stop["unloaded"]),
            )
            for stop in each["stops"]
        ),
    )
