"""Events: each act of a room leaves one, in the same transaction, by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from baogong.journal.locks import require_transaction
from baogong.journal.mapping import plain
from baogong.journal.models import Event
from baogong.kernel.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")


class NotRecorded(Exception):
    """A defect, never a refusal: a service ended without saying what it did. Its transaction is undone."""


@dataclass(slots=True)
class _Act:
    request_id: UUID | None
    kinds: set[str] = field(default_factory=set)


_acts: ContextVar[tuple[_Act, ...]] = ContextVar("acts", default=())


def record(
    *,
    kind: str,
    actor: Actor,
    now: datetime,
    subject: UUID | None = None,
    document: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """
    Append an event in the caller's transaction; returns its `seq`.

    kind  "room.noun.verb", as in "supply.stock.frozen"
    data  bare facts; never a name, a telephone number or an address of a private person
    """
    (seq,) = record_each(kind=kind, actor=actor, now=now, facts=[(subject, data or {})], document=document)
    return seq


def record_each(
    *,
    kind: str,
    actor: Actor,
    now: datetime,
    facts: Sequence[tuple[UUID | None, dict[str, Any]]],
    document: UUID | None = None,
) -> tuple[int, ...]:
    """The same thing done to several at once: an event for each, of its subject and data. As `record`."""
    require_transaction()
    acts = _acts.get()
    for act in acts:
        act.kinds.add(kind)
    events = Event.objects.bulk_create(
        Event(
            kind=kind,
            at=now,
            person_id=actor.person_id,
            name=actor.name,
            subject=subject,
            document_id=document,
            request_id=acts[-1].request_id if acts else None,
            data=plain(data),
        )
        for subject, data in facts
    )
    for event in events:
        for tell in _listeners:
            tell(event)
    return tuple(event.seq for event in events)


_listeners: list[Callable[[Event], None]] = []


def announce(tell: Callable[[Event], None]) -> None:
    """Whoever is to hear of every event, in the transaction that records it; the same listener only once."""
    if tell not in _listeners:
        _listeners.append(tell)


def recorded(kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    The service below must record an event of this kind before it returns, or its transaction is undone.

    Stands under `@transaction.atomic`. A service that answers a repeated `request_id` with its first result writes
    nothing; the event that first request left is then looked up instead.
    """

    def wrap(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            require_transaction()
            request_id = kwargs.get("request_id")
            act = _Act(request_id if isinstance(request_id, UUID) else None)
            token = _acts.set((*_acts.get(), act))
            try:
                result = service(*args, **kwargs)
            finally:
                _acts.reset(token)
            if kind not in act.kinds:
                if not _was_recorded_before(kind, act.request_id):
                    raise NotRecorded(f"{service.__module__}.{service.__qualname__} returned without recording {kind}")
                for outer in _acts.get():  # who asked for it again has its event too
                    outer.kinds.add(kind)
            return result

        return inner

    return wrap


def _was_recorded_before(kind: str, request_id: UUID | None) -> bool:
    return request_id is not None and Event.objects.filter(kind=kind, request_id=request_id).exists()
