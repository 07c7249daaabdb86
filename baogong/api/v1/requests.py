"""What every operation shares: the request's id, its one effect, and pages of long lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Query, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.catalogue.queries import item as item_named
from baogong.journal.mapping import content_hash
from baogong.journal.services import requests

T = TypeVar("T")

PAGE_MAX = 500
LIST_MAX = 5_000  # how far back the lists that are read newest first can be paged
Key = Annotated[
    UUID,
    Header(
        alias="Idempotency-Key",
        description="A UUID of the caller's own making. The same request under the same id has one effect.",
    ),
]
After = Annotated[UUID | None, Query(description="The `next` of the page before; absent: the first page.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many lines at most.")]


class Page(Schema):
    """`next` asks for the following page; null at the end."""

    next: str | None


class MadeOut(Schema):
    id: UUID


class WhyIn(Schema):
    why: str = Field(min_length=1, max_length=240)


def _id_of(row: Any) -> UUID:
    identifier: UUID = row.id
    return identifier


def page_of(
    rows: Iterable[T], *, after: UUID | None, limit: int, newest_first: bool = False, key: Callable[[T], UUID] = _id_of
) -> dict[str, Any]:
    """The rows beyond `after` in the order of their unique ids (the order they were made in), at most `limit`."""
    found = sorted(rows, key=key, reverse=newest_first)
    if after is not None:
        found = [row for row in found if (key(row) < after if newest_first else key(row) > after)]
    shown = found[:limit]
    return {"items": shown, "next": str(key(shown[-1])) if len(found) > limit else None}


def once(request: HttpRequest, key: UUID, act: Callable[[], object], *content: Any) -> None:
    """
    Carry out a request about something that is there already; sent again, it does nothing.

    act      calls one service; what it raises leaves no trace, and the request may be sent again
    content  what was asked, besides method and address
    One transaction: killed midway, nothing is left. Raises RequestIdReused.
    """

    def nothing_made() -> None:
        act()

    _once(request, key, nothing_made, content)


def once_made(request: HttpRequest, key: UUID, act: Callable[[], UUID], *content: Any) -> UUID:
    """As `once`, for a request that makes something: its id, which is also the answer when it is sent again."""
    made = _once(request, key, act, content)
    assert made is not None
    return made


def made(
    request: HttpRequest, key: UUID, service: Callable[..., UUID], given: Schema, **about: Any
) -> Status[dict[str, UUID]]:
    """What a service made, done once. `about`: what the address names, and what is said otherwise than in `given`."""
    who = caller(request)
    asked = given.dict() | about
    return Status(201, {"id": once_made(request, key, lambda: service(**asked, actor=who.actor, now=who.now), given)})


def _once(request: HttpRequest, key: UUID, act: Callable[[], UUID | None], content: tuple[Any, ...]) -> UUID | None:
    who = caller(request)
    return requests.once(
        request_id=key,
        content=content_hash(request.method, request.path, who.user, [_plain(part) for part in content]),
        act=act,
        now=who.now,
        where="Idempotency-Key",
    )


def _plain(part: Any) -> Any:
    return part.model_dump(mode="json") if isinstance(part, Schema) else part


def item_id(name: str) -> UUID:
    """The item of this code or id. Raises NotFound."""
    try:
        key: UUID | str = UUID(name)
    except ValueError:
        key = name
    return item_named(key).id
