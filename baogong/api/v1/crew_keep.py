"""What the crew lives by at a place: rules of entry and firms on the list; beds, meals and kit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Code, Day, Moment
from baogong.api.v1.requests import Key, MadeOut, once, once_made
from baogong.crew import queries, services
from baogong.crew.services import OFFICE, WRITERS
from baogong.journal.clock import house_day

router = Router(tags=["crew"])

Hours = Annotated[int, Field(ge=1, le=336)]


class EntryRuleIn(Schema):
    """What a place asks from a moment on; null: not asked for. A temperature counts for the day, else for 24 hours."""

    place: UUID
    from_at: Moment
    needs_pass: bool = True
    needs_firm_listed: bool = False
    pcr_hours: Hours | None = None
    antigen_hours: Hours | None = None
    temperature_max_tenths: int | None = Field(None, ge=350, le=400)
    temperature_same_day: bool = True
    source: str = Field(min_length=1, max_length=240)


class EntryRuleOut(Schema):
    """`said_at` null: the house's own rule, where nobody said another for the place."""

    from_at: datetime
    needs_pass: bool
    needs_firm_listed: bool
    pcr_hours: int | None
    antigen_hours: int | None
    temperature_max_tenths: int | None
    temperature_same_day: bool
    source: str
    said_at: datetime | None
    said_by_name: str


class EntryRuleList(Schema):
    """`current`: what counts now; `versions` the newest first."""

    current: EntryRuleOut
    versions: list[EntryRuleOut]


class FirmIn(Schema):
    place: UUID
    firm: UUID
    from_at: Moment | None = None
    source: str = Field("", max_length=240)


class FirmOut(Schema):
    id: UUID
    firm: UUID
    name: str
    from_at: datetime


class FirmList(Schema):
    items: list[FirmOut]


class LodgingIn(Schema):
    place: UUID
    name: str = Field(min_length=1, max_length=120)
    beds_count: int = Field(ge=1, le=10_000)


class StayIn(Schema):
    person: UUID
    room: str = Field("", max_length=40)


class StayOut(Schema):
    id: UUID
    person: UUID
    name: str
    room: str
    from_at: datetime


class LodgingOut(Schema):
    id: UUID
    name: str
    beds_count: int
    free_count: int
    stays: list[StayOut]


class LodgingList(Schema):
    items: list[LodgingOut]


class MealIn(Schema):
    """These got the meal; who had it already had it already."""

    place: UUID
    which: Code = Field(description="BREAKFAST, LUNCH, SUPPER or NIGHT")
    day: Day | None = Field(None, description="Absent: today.")
    persons: list[UUID] = Field(min_length=1, max_length=2_000)


class EaterOut(Schema):
    person: UUID
    name: str
    was_served: bool


class MealOut(Schema):
    """Who is to eat, and who got theirs."""

    which: str
    at: datetime
    open_count: int
    persons: list[EaterOut]

    @staticmethod
    def resolve_persons(meal: queries.MealView) -> list[dict[str, Any]]:
        return [{"person": person, "name": name, "was_served": person in meal.served} for person, name in meal.persons]


class MealList(Schema):
    items: list[MealOut]


class KitToAllIn(Schema):
    """`each` base units for every person, off a shelf (`shelf`; absent: the place's own)."""

    place: UUID
    persons: list[UUID] = Field(min_length=1, max_length=2_000)
    item: UUID
    each: int = Field(1, ge=1, le=10_000)
    shelf: UUID | None = None
    must_return: bool = False


class KitToAllOut(Schema):
    people: int


class CrewKitIn(Schema):
    """
    A thing of no stock by its name, or an item off a shelf (`shelf`; absent: the place's own), which the book moves.

    `must_return`: it is to come back; else the work uses it up.
    """

    place: UUID
    person: UUID
    thing: str = Field("", max_length=120)
    item: UUID | None = None
    shelf: UUID | None = None
    count: int = Field(1, ge=1, le=10_000)
    must_return: bool = False


class KitBackIn(Schema):
    """So many have come back in all."""

    returned_count: int = Field(ge=0, le=10_000)


class CrewKitOut(Schema):
    """`item` null: of no stock."""

    id: UUID
    person: UUID
    name: str
    thing: str
    item: UUID | None
    issued_count: int
    returned_count: int
    must_return: bool
    issued_at: datetime


class CrewKitList(Schema):
    items: list[CrewKitOut]


class OwnStockOut(Schema):
    item: UUID
    name_zh: str
    name_en: str
    unit: str
    free: int


class OwnStockList(Schema):
    items: list[OwnStockOut]


@router.get("/rules", response=EntryRuleList, operation_id="entry_rule_list")
def entry_rule_list(request: HttpRequest, place: UUID) -> dict[str, Any]:
    """What the place asks of whoever works there, now and by version."""
    who = caller(request)
    who.require(*OFFICE, at=place)
    return {
        "current": _rule(queries.rule_of(place, who.now)),
        "versions": [_rule(each) for each in queries.rule_versions(place)],
    }


@router.post("/rules", response={201: MadeOut}, operation_id="entry_rule_set")
def entry_rule_set(request: HttpRequest, key: Key, given: EntryRuleIn) -> Status[dict[str, UUID]]:
    """The next version; earlier ones stay to be seen."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.set_entry_rule(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.get("/firms", response=FirmList, operation_id="firm_list")
def firm_list(request: HttpRequest, place: UUID) -> dict[str, Any]:
    """Whose people may work there."""
    who = caller(request)
    who.require(*OFFICE, at=place)
    return {"items": queries.firms_listed(place, who.now)}


@router.post("/firms", response={201: FirmList}, operation_id="firm_add")
def firm_add(request: HttpRequest, key: Key, given: FirmIn) -> Status[dict[str, Any]]:
    who = caller(request)
    asked = given.dict() | {"from_at": given.from_at or who.now}
    once_made(request, key, lambda: services.list_firm(**asked, actor=who.actor, now=who.now), given)
    return Status(201, {"items": queries.firms_listed(given.place, who.now)})


@router.post("/firms/{listing}/end", response=MadeOut, operation_id="firm_end")
def firm_end(request: HttpRequest, listing: UUID, key: Key) -> dict[str, UUID]:
    """Its people may not work there from now on."""
    who = caller(request)
    once(request, key, lambda: services.unlist_firm(listing=listing, actor=who.actor, now=who.now))
    return {"id": listing}


@router.get("/lodgings", response=LodgingList, operation_id="lodging_list")
def lodging_list(request: HttpRequest, place: UUID) -> dict[str, Any]:
    """Houses where the place's crew sleeps, and who sleeps there."""
    caller(request).require(*WRITERS, at=place)
    return {"items": queries.lodgings(place)}


@router.post("/lodgings", response={201: MadeOut}, operation_id="lodging_set")
def lodging_set(request: HttpRequest, key: Key, given: LodgingIn) -> Status[dict[str, UUID]]:
    """A house has so many beds; said again it is another number."""
    who = caller(request)
    made = once_made(request, key, lambda: services.set_lodging(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, {"id": made})


@router.post("/lodgings/{lodging}/stays", response={201: MadeOut}, operation_id="stay_begin")
def stay_begin(request: HttpRequest, lodging: UUID, key: Key, given: StayIn) -> Status[dict[str, UUID]]:
    """The person sleeps there from now on."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.lodge(lodging=lodging, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/stays/{stay}/end", response=MadeOut, operation_id="stay_end")
def stay_end(request: HttpRequest, stay: UUID, key: Key) -> dict[str, UUID]:
    """The bed is free from now on."""
    who = caller(request)
    once(request, key, lambda: services.move_out(stay=stay, actor=who.actor, now=who.now))
    return {"id": stay}


@router.get("/meals", response=MealList, operation_id="meal_list")
def meal_list(request: HttpRequest, place: UUID, day: Day | None = None) -> dict[str, Any]:
    """The day's meals in order: for whoever is planned there, or sleeps there."""
    who = caller(request)
    who.require(*WRITERS, at=place)
    return {"items": queries.meals(place, day or house_day(who.now))}


@router.post("/meals", response=MealList, operation_id="meal_serve")
def meal_serve(request: HttpRequest, key: Key, given: MealIn) -> dict[str, Any]:
    who = caller(request)
    day = given.day or house_day(who.now)
    once(
        request,
        key,
        lambda: services.serve_meal(**given.dict() | {"day": day}, actor=who.actor, now=who.now),
        given,
    )
    return {"items": queries.meals(given.place, day)}


@router.get("/kit", response=CrewKitList, operation_id="crew_kit_list")
def crew_kit_list(
    request: HttpRequest,
    place: UUID,
    person: UUID | None = None,
    is_out: Annotated[bool, Query(description="Only what must come back and has not.")] = False,
) -> dict[str, Any]:
    """What was given out, the newest first."""
    caller(request).require(*WRITERS, at=place)
    return {"items": queries.kit(place, person=person, is_out=is_out)}


@router.get("/kit/stock", response=OwnStockList, operation_id="crew_kit_stock")
def crew_kit_stock(request: HttpRequest, place: UUID, shelf: UUID | None = None) -> dict[str, Any]:
    """What a shelf may give the crew: its own goods, never gifts or relief."""
    who = caller(request)
    for where in (place, shelf or place):
        who.require(*WRITERS, at=where)
    return {"items": queries.own_stock(shelf or place, place=place)}


@router.post("/kit", response={201: MadeOut}, operation_id="crew_kit_issue")
def crew_kit_issue(request: HttpRequest, key: Key, given: CrewKitIn) -> Status[dict[str, UUID]]:
    who = caller(request)
    asked = given.dict()
    gone = ("thing",) if given.item else ("item", "shelf")
    facts = {name: value for name, value in asked.items() if name not in gone}
    service = services.issue_from_stock if given.item else services.issue_kit
    made = once_made(request, key, lambda: service(**facts, actor=who.actor, now=who.now, request_id=key), given)
    return Status(201, {"id": made})


@router.post("/kit/all", response={201: KitToAllOut}, operation_id="crew_kit_issue_all")
def crew_kit_issue_all(request: HttpRequest, key: Key, given: KitToAllIn) -> Status[dict[str, int]]:
    """The same to each of these off a shelf, which the book moves; all of them or nobody."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.issue_to_all(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"people": len(set(given.persons))})


@router.post("/kit/{kit_issue}/back", response=MadeOut, operation_id="crew_kit_back")
def crew_kit_back(request: HttpRequest, kit_issue: UUID, key: Key, given: KitBackIn) -> dict[str, UUID]:
    """What came off a shelf stands there again."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.take_back_kit(
            issue=kit_issue, returned_count=given.returned_count, actor=who.actor, now=who.now
        ),
        given,
    )
    return {"id": kit_issue}


def _rule(view: queries.RuleView) -> dict[str, Any]:
    facts = ("source", "said_at", "said_by_name")
    rule = {name: getattr(view.rule, name) for name in EntryRuleOut.model_fields if name not in facts}
    return rule | {name: getattr(view, name) for name in facts}
