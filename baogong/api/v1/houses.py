"""Houses registered twice: who may be one, merged by a person, taken back, said to be two."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller, office
from baogong.api.v1.requests import Key, MadeOut, WhyIn, once, once_made
from baogong.needs import services
from baogong.needs.queries import houses
from baogong.people.queries import merges as register

router = Router(tags=["trust"])


class SideOut(Schema):
    id: UUID
    name: str
    city: str
    address: str
    needs_count: int


class HouseCoupleOut(Schema):
    """`likeness` SAME or PART; the grounds are codes with what they are about."""

    one: SideOut
    other: SideOut
    likeness: str
    score: float
    grounds: list[list[str]]


class HouseListOut(Schema):
    items: list[HouseCoupleOut]


class MergeIn(Schema):
    kept: UUID
    merged: UUID
    why: str = Field(min_length=1, max_length=240)


class MergeOut(Schema):
    id: UUID
    kept: UUID
    kept_name: str
    merged: UUID
    merged_name: str
    why: str
    merged_at: datetime
    merged_by_name: str
    undone_at: datetime | None
    undone_why: str


class MergeListOut(Schema):
    items: list[MergeOut]


class ApartIn(Schema):
    one: UUID
    other: UUID
    why: str = Field("", max_length=240)


@router.get("/houses", response=HouseListOut, operation_id="house_list")
def house_list(request: HttpRequest) -> dict[str, Any]:
    """Receivers that may be one house written in two ways, with what speaks for it."""
    office(request)
    return {
        "items": [
            {
                "one": _side(couple.one),
                "other": _side(couple.other),
                "likeness": couple.likeness.value,
                "score": couple.score,
                "grounds": [list(ground) for ground in couple.grounds],
            }
            for couple in houses.likely_houses()
        ]
    }


@router.get("/merges", response=MergeListOut, operation_id="merge_list")
def merge_list(request: HttpRequest, in_force: bool | None = None) -> dict[str, Any]:
    """What was merged, newest first."""
    office(request)
    return {"items": register.merges(in_force=in_force)}


@router.post("/merges", response={201: MergeOut}, operation_id="merge_make")
def merge_make(request: HttpRequest, key: Key, given: MergeIn) -> Status[register.MergeView]:
    """`kept` speaks for `merged` from now on. Nothing of the book is rewritten."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.merge_houses(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, register.merge(made))


@router.post("/merges/{merge}/undo", response=MergeOut, operation_id="merge_undo")
def merge_undo(request: HttpRequest, merge: UUID, key: Key, given: WhyIn) -> register.MergeView:
    """Both speak for themselves again, exactly as before."""
    who = caller(request)
    once(request, key, lambda: services.undo_merge(merge=merge, why=given.why, actor=who.actor, now=who.now), given)
    return register.merge(merge)


@router.post("/apart", response={201: MadeOut}, operation_id="apart_say")
def apart_say(request: HttpRequest, key: Key, given: ApartIn) -> Status[dict[str, UUID]]:
    """These two are never one."""
    who = caller(request)
    made = once_made(request, key, lambda: services.keep_apart(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, {"id": made})


def _side(side: houses.HouseSide) -> dict[str, Any]:
    return {
        "id": side.party.id,
        "name": side.party.name,
        "city": side.party.city,
        "address": side.address,
        "needs_count": side.needs_count,
    }
