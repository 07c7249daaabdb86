"""Things with serial numbers that stay their lender's: taken in, lent, set up, brought back, lost, sent home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, Caller, caller
from baogong.api.v1.fields import Code, ItemName, Moment
from baogong.api.v1.requests import After, Key, Limit, Page, item_id, once, page_of
from baogong.kernel.actor import Duty
from baogong.supply import queries, services

router = Router(tags=["loans"])

READERS = (*OFFICE, Duty.KEEPER)
Units = Field(min_length=1, max_length=1_000)
Words = Field(min_length=1, max_length=200)


class UnitOut(Schema):
    """One thing, where the book has it: TO_LEND, LENT, LOST, SPOILED, or OUTSIDE once it went home."""

    id: UUID
    serial: str
    item: UUID
    lender: UUID
    lender_name: str
    site: UUID
    site_name: str
    state: str
    holder: UUID | None
    holder_name: str
    loan: UUID | None
    loan_number: str
    due_at: datetime | None
    set_up_at: datetime | None


class UnitPage(Page):
    items: list[UnitOut]


class LoanActOut(Schema):
    act: str
    at: datetime
    by_name: str
    place: str
    condition: str
    missing: str
    note: str
    due_at: datetime | None
    loan_number: str
    document: UUID | None


class UnitWithActsOut(Schema):
    unit: UnitOut
    acts: list[LoanActOut]


class UnitList(Schema):
    items: list[UnitOut]


class TakeInIn(Schema):
    """`is_sure`: numbers that look like known ones (O and 0, I and 1) were read again."""

    item: ItemName
    lender: UUID
    serials: list[Code] = Units
    site: UUID
    is_sure: bool = False
    note: str = Field("", max_length=240)


class LendIn(Schema):
    """`by_name`: the hands that took them."""

    units: list[UUID] = Units
    borrower: UUID
    site: UUID
    due_at: Moment
    purpose: str = Words
    by_name: str = Words


class SetUpIn(Schema):
    units: list[UUID] = Units
    by_name: str = Words
    place: str = Words


class ExtendIn(Schema):
    units: list[UUID] = Units
    due_at: Moment
    why: str = Words


class TakeBackLoanIn(Schema):
    """What is BROKEN is lent no more and waits to be sent home."""

    units: list[UUID] = Units
    condition: Literal["GOOD", "WORN", "BROKEN"]
    by_name: str = Words
    missing: str = Field("", max_length=200)
    note: str = Field("", max_length=240)


class UnitsLostIn(Schema):
    units: list[UUID] = Units
    why: str = Words


class SendHomeIn(Schema):
    units: list[UUID] = Units
    by_name: str = Words


@router.get("/units", response=UnitPage, operation_id="loan_unit_list")
def loan_unit_list(
    request: HttpRequest,
    site: UUID | None = None,
    borrower: UUID | None = None,
    state: Literal["TO_LEND", "LENT", "LOST", "SPOILED", "OUTSIDE"] | None = None,
    is_overdue: bool = False,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Things to lend; a keeper sees those the own site looks after."""
    who = caller(request)
    seen = who.sites(*READERS)
    rows = queries.units(site=site, borrower=borrower, states=[state] if state else None)
    return page_of(
        [view for view in rows if (seen is None or view.site in seen) and (not is_overdue or view.is_overdue(who.now))],
        after=after,
        limit=limit,
    )


@router.get("/units/{unit}", response=UnitWithActsOut, operation_id="loan_unit_get")
def loan_unit_get(request: HttpRequest, unit: UUID) -> dict[str, Any]:
    """Every hand it passed."""
    view = queries.unit(unit)
    caller(request).require(*READERS, at=view.site)
    return {"unit": view, "acts": queries.unit_acts(unit)}


@router.post("/take-in", response={201: UnitList}, operation_id="loan_take_in")
def loan_take_in(request: HttpRequest, key: Key, given: TakeInIn) -> Status[dict[str, Any]]:
    who = caller(request)
    once(
        request,
        key,
        lambda: services.take_in(
            **given.dict(exclude={"item"}), item=item_id(given.item), actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    wanted = {serial.strip() for serial in given.serials}
    return Status(201, {"items": [view for view in queries.units(site=given.site) if view.serial in wanted]})


@router.post("", response={201: UnitList}, operation_id="loan_lend")
def loan_lend(request: HttpRequest, key: Key, given: LendIn) -> Status[dict[str, Any]]:
    """Hand things out until a day. One thing is not lent twice."""
    return Status(201, _done(request, key, given, services.lend))


@router.post("/set-up", response=UnitList, operation_id="loan_set_up")
def loan_set_up(request: HttpRequest, key: Key, given: SetUpIn) -> dict[str, Any]:
    return _done(request, key, given, services.set_up)


@router.post("/extend", response=UnitList, operation_id="loan_extend")
def loan_extend(request: HttpRequest, key: Key, given: ExtendIn) -> dict[str, Any]:
    return _done(request, key, given, services.extend)


@router.post("/take-back", response=UnitList, operation_id="loan_take_back")
def loan_take_back(request: HttpRequest, key: Key, given: TakeBackLoanIn) -> dict[str, Any]:
    """They came back, in which state, with what missing."""
    return _done(request, key, given, services.take_back)


@router.post("/lost", response=UnitList, operation_id="loan_lost")
def loan_lost(request: HttpRequest, key: Key, given: UnitsLostIn) -> dict[str, Any]:
    """The borrower does not have them any more: a loss report. What is found again is taken back."""
    return _done(request, key, given, services.report_lost)


@router.post("/send-home", response=UnitList, operation_id="loan_send_home")
def loan_send_home(request: HttpRequest, key: Key, given: SendHomeIn) -> dict[str, Any]:
    return _done(request, key, given, services.send_home)


def _done(request: HttpRequest, key: UUID, given: Any, act: Callable[..., object]) -> dict[str, Any]:
    who: Caller = caller(request)
    once(request, key, lambda: act(**given.dict(), actor=who.actor, now=who.now, request_id=key), given)
    return {"items": _units(given.units)}


def _units(ids: Sequence[UUID]) -> list[queries.UnitView]:
    wanted = set(ids)
    return [view for view in queries.units() if view.id in wanted]
