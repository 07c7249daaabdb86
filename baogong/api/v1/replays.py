"""The book played again: what stood where at each of at most 300 moments, what was on its way, what the story told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Moment
from baogong.tower import queries
from baogong.tower.queries import GROUPS, KINDS_OF_AMOUNT

router = Router(tags=["tower"])
Amounts = Annotated[list[int], Field(min_length=len(KINDS_OF_AMOUNT), max_length=len(KINDS_OF_AMOUNT))]


class ReplayPlaceOut(Schema):
    """The last place is everywhere else: on the road, with people, at no known point."""

    id: UUID | None
    zh: str
    en: str
    role: str
    lat: float | None
    lon: float | None


class ReplayNameOut(Schema):
    """Persons and households are only called what they are: `zh` and `en` are empty."""

    kind: str
    zh: str
    en: str


class ReplayItemOut(Schema):
    zh: str
    en: str
    unit: str


class ReplayTripOut(Schema):
    """`kind` TRUCK, CART or COURIER (there and back); `source` and `target` count in `places`; `amount` of parcels but on a truck."""

    kind: str
    source: int
    target: int
    left_at: datetime
    there_at: datetime
    is_over: bool
    amount: int
    name: str
    subject: UUID


class ReplayStepOut(Schema):
    number: int
    at: datetime
    title: str


class ReplayLineOut(Schema):
    """
    The greatest line of a large batch; `item`, `source` and `target` count in `items` and `names`; `more`: its other lines;
    `is_within`: it stayed where it was, and only went from one state to the other.
    """

    at: datetime
    reason: str
    tense: str
    amount: int
    more: int
    movement: UUID
    document: UUID | None
    item: int
    source: int
    target: int
    source_state: str
    target_state: str
    is_within: bool


class FrameOut(Schema):
    """
    The book at one moment; lists have a figure for each of `kinds`. `changes` are [place, kind, group, net change] since the
    frame before; added up over all frames so far and all places, came + made = the groups' sum.
    """

    at: datetime
    movements_count: int
    held_count: int
    posted_count: int
    came: Amounts
    made: Amounts
    held: Amounts
    kept: int
    late: int
    step: int
    changes: list[tuple[int, int, int, int]]
    lines: list[ReplayLineOut]


class ReplayOut(Schema):
    """`mark` is another whenever the book has grown; `frames` is empty where nothing was written."""

    mark: str
    kinds: list[str]
    groups: list[str]
    places: list[ReplayPlaceOut]
    names: list[ReplayNameOut]
    items: list[ReplayItemOut]
    trips: list[ReplayTripOut]
    steps: list[ReplayStepOut]
    frames: list[FrameOut]


@router.get("/replay", response=ReplayOut, operation_id="replay_show")
def replay_show(
    request: HttpRequest,
    from_at: Annotated[Moment | None, Query(description="Without it from the first line of the book.")] = None,
    until_at: Annotated[Moment | None, Query(description="Not included; without it to the last line.")] = None,
) -> dict[str, Any]:
    """The whole book, or a stretch of it, as the theatre's page plays it: at most 300 frames, computed from the movements."""
    caller(request).require(*OFFICE)
    found = queries.replay(queries.window_between(from_at, until_at))
    if found is not None:
        return found.as_document()
    empty: dict[str, Any] = {name: [] for name in ("places", "names", "items", "trips", "steps", "frames")}
    return {"mark": queries.replay_mark(), "kinds": list(KINDS_OF_AMOUNT), "groups": list(GROUPS), **empty}
