"""What scales said: packs, trucks on the weighbridge, deliveries held against their packs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.pictures import Picture, picture_in
from baogong.api.v1.requests import After, Key, Limit, Page, once_made, page_of
from baogong.engine.packs import Explained
from baogong.kernel.actor import Duty
from baogong.supply import queries, services
from baogong.supply.queries import StatementView, WeighingView

router = Router(tags=["weighing"])

READERS = (*OFFICE, Duty.KEEPER)
Grams = Field(ge=1, le=100_000_000)


class WeighingOut(Schema):
    """`total_g` is of all packs it stands for, without bags; `off_g` and `each_g` are what is more (or less) than stated."""

    id: UUID
    number: str
    what: str
    site: UUID
    site_name: str
    kit: UUID | None
    packs_count: int | None
    stands_for: int | None
    gross_g: int
    tare_g: int
    net_g: int
    stated_g: int
    total_g: int
    margin_g: int
    off_g: int
    each_g: int
    tolerance_permille: int
    verdict: str
    plate: str
    ticket: str
    weighed_at: datetime
    by_name: str
    document: UUID
    note: str


class WeighingPage(Page):
    items: list[WeighingOut]


class CauseOut(Schema):
    cause: str
    grams: int = Field(ge=-100_000_000, le=100_000_000)
    why: str


class StatementOut(Schema):
    """`each_g` is the difference of one pack; OPEN where more than `allowed_g` stays unexplained."""

    id: UUID
    number: str
    site: UUID
    site_name: str
    kit: UUID
    packs: int
    nominal_g: int
    delivered_g: int
    difference_g: int
    each_g: int
    causes: list[CauseOut]
    unexplained_g: int
    allowed_g: int
    tolerance_permille: int
    verdict: str
    document: UUID
    at: datetime
    trucks: list[str]


class StatementPage(Page):
    items: list[StatementOut]


class PacksWeighedIn(Schema):
    """`weights_g` one by one in their bags, or `sum_g` of `packs` together."""

    kit: UUID
    site: UUID
    stands_for: int = Field(ge=1, le=1_000_000)
    by_name: str = Field(min_length=1, max_length=200)
    weights_g: list[Annotated[int, Field(le=100_000_000)]] = Field([], max_length=2_000)
    sum_g: int = Field(0, ge=0, le=100_000_000)
    packs: int = Field(0, ge=0, le=1_000_000)
    note: str = Field("", max_length=240)
    photo_base64: Picture = ""


class TruckWeighedIn(Schema):
    site: UUID
    plate: str = Field(min_length=1, max_length=20)
    gross_g: int = Grams
    tare_g: int = Field(0, ge=0, le=100_000_000)
    stated_g: int = Grams
    by_name: str = Field(min_length=1, max_length=200)
    ticket: str = Field("", max_length=40)
    tolerance_permille: int = Field(10, ge=0, le=100)
    note: str = Field("", max_length=240)
    photo_base64: Picture = ""


class CauseIn(Schema):
    """Above 0 where the delivery weighed more because of it."""

    cause: Literal["PACKAGING", "PALLETS", "MOISTURE", "TRIMMING", "COUNT", "OTHER"]
    grams: int = Field(ge=-100_000_000, le=100_000_000)
    why: str = Field("", max_length=240)


class StatementIn(Schema):
    """The packaging the kit knows of is counted by itself unless a cause names it."""

    trucks: list[UUID] = Field(min_length=1, max_length=100)
    kit: UUID
    packs: int = Field(ge=1, le=1_000_000)
    causes: list[CauseIn] = Field([], max_length=20)
    tolerance_permille: int = Field(10, ge=0, le=100)


@router.get("/weighings", response=WeighingPage, operation_id="weighing_list")
def weighing_list(
    request: HttpRequest, site: UUID | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """The newest first; a keeper sees the own site's."""
    seen = caller(request).sites(*READERS)
    rows = [view for view in queries.weighings(site=site) if seen is None or view.site in seen]
    return page_of(rows, after=after, limit=limit, newest_first=True)


@router.post("/weighings/packs", response={201: WeighingOut}, operation_id="weighing_of_packs")
def weighing_of_packs(request: HttpRequest, key: Key, given: PacksWeighedIn) -> Status[WeighingView]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.weigh_packs(
            **given.dict(exclude={"photo_base64"}),
            photo=picture_in(given.photo_base64),
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.weighing(made))


@router.post("/weighings/trucks", response={201: WeighingOut}, operation_id="weighing_of_truck")
def weighing_of_truck(request: HttpRequest, key: Key, given: TruckWeighedIn) -> Status[WeighingView]:
    """Full and empty on the weighbridge; what is off becomes a task."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.weigh_truck(
            **given.dict(exclude={"photo_base64"}),
            photo=picture_in(given.photo_base64),
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.weighing(made))


@router.get("/weight-statements", response=StatementPage, operation_id="weight_statement_list")
def weight_statement_list(
    request: HttpRequest, site: UUID | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    seen = caller(request).sites(*READERS)
    rows = [view for view in queries.statements(site=site) if seen is None or view.site in seen]
    return page_of(rows, after=after, limit=limit, newest_first=True)


@router.post("/weight-statements", response={201: StatementOut}, operation_id="weight_statement_make")
def weight_statement_make(request: HttpRequest, key: Key, given: StatementIn) -> Status[StatementView]:
    """Hold what trucks brought against so many packs of a kit."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.state_weights(
            **given.dict(exclude={"causes"}),
            causes=[Explained(**cause.dict()) for cause in given.causes],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.statement(made))
