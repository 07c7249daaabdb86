"""Rehearsals: tonight's plan played many times before it comes. Asked for here, played by the house, read when it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Moment
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, Page, once_made, page_of
from baogong.tower.queries import rehearsals as queries
from baogong.tower.services import rehearsals as services

router = Router(tags=["rehearsals"])

Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, le=2)]
Seconds = Annotated[int, Field(ge=0, le=604_800)]
Fen = Annotated[int, Field(ge=0, le=10**11)]


class ChancesIn(Schema):
    """
    What may go wrong; what is absent is the house's own assumption. Shares are probabilities, `_s` seconds; the spreads are
    those of log-normal draws of mean 1.
    """

    road_sigma: Spread | None = None
    walk_sigma: Spread | None = None
    service_sigma: Spread | None = None
    night_sigma: Spread | None = None
    breakdown: Share | None = None
    repair_s: Seconds | None = None
    absent_truck: Share | None = None
    absent_cart: Share | None = None
    absent_courier: Share | None = None
    stand_in_s: Seconds | None = None
    gate_shut: Share | None = None
    gate_shut_s: Seconds | None = None
    short: Share | None = None
    short_share: Share | None = None
    rush_factor: Annotated[float, Field(ge=1, le=100)] | None = None
    wait_s: Seconds | None = None
    late_s: Seconds | None = None


class PricesIn(Schema):
    """
    What help costs: one dock, or a gate, for an hour; a courier or a cart for a shift of 8 hours; a truck with driver for 24.
    What is absent is the house's own assumption.
    """

    dock_hour_fen: Fen | None = None
    gate_hour_fen: Fen | None = None
    courier_fen: Fen | None = None
    cart_fen: Fen | None = None
    truck_fen: Fen | None = None


class RehearsalIn(Schema):
    """The night between two moments; the same `seed` gives the same nights."""

    from_at: Moment
    until_at: Moment
    runs: int = Field(1000, ge=1, le=services.RUNS_MAX)
    seed: int = Field(1, ge=0, lt=2**31)
    chances: ChancesIn = ChancesIn()
    prices: PricesIn = PricesIn()


class RehearsalHeadOut(Schema):
    """`state` WAITING, PLAYING, DONE or FAILED; `done_count` of `total_count` nights are played."""

    id: UUID
    state: str
    from_at: datetime
    until_at: datetime
    runs_count: int
    seed: int
    made_by_name: str
    made_at: datetime
    ended_at: datetime | None
    done_count: int
    total_count: int
    failed_why: str
    engine_version: str
    night_hash: str
    result_hash: str


class WhyBrokenOut(Schema):
    what: str
    name: str
    count: int


class PromiseOut(Schema):
    """
    `probability` that it is kept whole and by `due_at`; `calm_at`: when nothing is random. One whose `planned_at` is after
    `due_at` counts as broken in every night, by the plan (cause PLAN).
    """

    id: str
    about: str
    where: str
    planned_at: datetime
    due_at: datetime
    calm_at: datetime | None
    probability: float
    kept_count: int
    never_count: int
    p50_at: datetime | None
    p90_at: datetime | None
    causes: list[WhyBrokenOut]


class BarOut(Schema):
    """One truck's leg, cart's trip or courier's round."""

    name: str
    mover: str
    kind: str
    begins_at: datetime
    planned_at: datetime
    p10_at: datetime | None
    p50_at: datetime | None
    p90_at: datetime | None
    undone_count: int


class BreakOut(Schema):
    what: str
    name: str
    count: int
    share: float
    promise: str
    about: str


class QueueOut(Schema):
    what: str
    name: str
    mean_s: int
    p90_s: int


class FixOut(Schema):
    """
    A fix; or `what` AS_PLANNED: the same nights with nothing changed, what each fix is held against.

    `kept_gain`: promises more kept in a night than in the same night as planned, `gain_low` to `gain_high` its 95 % interval.
    `is_cheapest`: sure to gain in all the nights, for the least money. `is_promise_moved`: nothing is done sooner, people are
    told a later hour; such a one is never the cheapest fix. `hours`: of one dock, gate, courier, cart or truck that
    `price_fen` buys (of two couriers, both counted); it is there for so long and no longer, a spare truck for one failure
    at a time. 0 in a rehearsal made before engine rehearsal-4.
    """

    what: str
    name: str
    price_fen: int
    hours: int
    later_s: int
    all_kept: float
    kept_mean: float
    kept_gain: float
    gain_low: float | None
    gain_high: float | None
    gain_per_100_yuan: float | None
    gain_per_hour: float | None
    is_cheapest: bool
    is_promise_moved: bool


class DriftOut(Schema):
    """With nothing random, against the plan."""

    what: str
    about: str
    where: str
    planned_at: datetime
    calm_at: datetime | None
    share: float | None
    is_near: bool


class ResultOut(Schema):
    """
    `breaks`: what breaks a night first, most often first. The 95 % interval of `all_kept` is `all_kept_low` to
    `all_kept_high`, `margin` half its width.

    `fixes`: what would help, the most first; `as_planned` the same `fix_runs_count` nights with nothing changed. `recounts`:
    the cheapest of them again, in `recount_runs_count` nights, until one is sure to gain; that one `is_cheapest`.
    """

    chances: dict[str, float]
    prices: dict[str, int]
    begins_at: datetime
    planned_at: datetime
    calm_at: datetime
    last_p5_at: datetime
    last_p50_at: datetime
    last_p90_at: datetime
    last_p95_at: datetime
    all_kept: float
    all_kept_low: float
    all_kept_high: float
    kept_mean: float
    margin: float
    promises: list[PromiseOut]
    bars: list[BarOut]
    breaks: list[BreakOut]
    queues: list[QueueOut]
    pieces: dict[str, int]
    as_planned: FixOut
    fixes: list[FixOut]
    fix_runs_count: int
    recounts: list[FixOut]
    recount_runs_count: int
    drifts: list[DriftOut]


class RehearsalOut(RehearsalHeadOut):
    """`result` once it is DONE; null before."""

    result: ResultOut | None


class RehearsalPage(Page):
    items: list[RehearsalHeadOut]


@router.post("", response={201: RehearsalOut}, operation_id="rehearsal_ask")
def rehearsal_ask(request: HttpRequest, key: Key, given: RehearsalIn) -> Status[dict[str, Any]]:
    """Ask for one; it is played by the house. Look at it again until it is DONE."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.ask(
            from_at=given.from_at,
            until_at=given.until_at,
            runs_count=given.runs,
            seed=given.seed,
            chances=given.chances.dict(exclude_none=True),
            prices=given.prices.dict(exclude_none=True),
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, _told(made))


@router.get("", response=RehearsalPage, operation_id="rehearsal_list")
def rehearsal_list(request: HttpRequest, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    """The newest first."""
    caller(request).require(*OFFICE)
    return page_of(queries.rehearsals(limit=LIST_MAX), after=after, limit=limit, newest_first=True)


@router.get("/{rehearsal}", response=RehearsalOut, operation_id="rehearsal_get")
def rehearsal_get(request: HttpRequest, rehearsal: UUID) -> dict[str, Any]:
    """How far it is; and, when it is done, what came of it."""
    caller(request).require(*OFFICE)
    return _told(rehearsal)


def _told(rehearsal: UUID) -> dict[str, Any]:
    head = queries.rehearsal_head(rehearsal)
    told = {name: getattr(head, name) for name in RehearsalHeadOut.model_fields}
    return told | {"result": queries.rehearsal_view(rehearsal) if head.state == "DONE" else None}
