"""
Rooms below that promise goods to communities: each offers `parcels_due(window)`.

A room that comes between is added to `SOURCES`: what it gives has `room`, `id`, `hold`, `lot`, `item`, `amount`, `at_site`,
`receiver` and `due_at`. Delivery pulls; no room below knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from baogong.kernel.windows import Window
from baogong.needs import queries as needs


class Due(Protocol):
    """A promise of a room below to a community: `amount` base units of it are still open and stand at `at_site`."""

    @property
    def room(self) -> str: ...
    @property
    def id(self) -> UUID: ...
    @property
    def hold(self) -> UUID: ...
    @property
    def lot(self) -> UUID: ...
    @property
    def item(self) -> UUID: ...
    @property
    def amount(self) -> int: ...
    @property
    def at_site(self) -> UUID: ...
    @property
    def receiver(self) -> UUID: ...
    @property
    def due_at(self) -> datetime | None: ...


SOURCES: dict[str, Callable[[Window], Iterable[Due]]] = {"needs": needs.parcels_due}


def due_at(station: UUID, window: Window, *, receivers: Iterable[UUID] | None = None) -> tuple[Due, ...]:
    """What rooms below have promised out of this station, to these receivers only where any are named."""
    wanted = None if receivers is None else set(receivers)
    return tuple(
        due
        for source in SOURCES.values()
        for due in source(window)
        if due.at_site == station and (wanted is None or due.receiver in wanted)
    )
