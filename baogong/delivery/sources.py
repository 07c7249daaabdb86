"""
Rooms below that promise goods, to communities or to households. Delivery pulls; no room below knows of it.

A room that promises to communities offers `parcels_due(window)` and is added to `SOURCES`: what it gives has `room`, `id`,
`hold`, `lot`, `item`, `amount`, `at_site`, `receiver` and `due_at`. One that promises to households is a `Carried` and is
added to `CARRIED`: each of its promises is one parcel, for ever, and it is told each step in the transaction in which the
book moves the goods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from baogong.delivery.models import Parcel
from baogong.journal.promises import AddressOf, PromiseDue
from baogong.kernel.actor import Actor
from baogong.kernel.windows import Window
from baogong.ledger.facts import AccountRef, HoldView
from baogong.needs import queries as needs
from baogong.orders import words
from baogong.orders.services import basket_deliveries, shop_deliveries
from baogong.release.services import deliveries


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


class Carried(Protocol):
    """A room below whose promises are brought to households' doors."""

    def deliveries_due(self, office: UUID, *, ids: Collection[UUID] | None = None) -> tuple[PromiseDue, ...]: ...
    def addresses_for_work(
        self, *, office: UUID, claims: Collection[UUID], why: str, actor: Actor, now: datetime, known_since: datetime
    ) -> tuple[AddressOf, ...]: ...
    def purposes_of(self, claims: Collection[UUID]) -> dict[UUID, str]: ...
    def lock(self, claims: Collection[UUID]) -> None: ...
    def leave_shop(self, claims: Collection[UUID], now: datetime) -> None: ...
    def ended(self, claims: Collection[UUID]) -> set[UUID]: ...
    def refuse_ended(self, claims: Collection[UUID]) -> None: ...
    def come_down(self, claims: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None: ...
    def arrive(self, claims: Collection[UUID], now: datetime) -> None: ...
    def go_on(self, claims: Collection[UUID], now: datetime) -> None: ...
    def go_missing(self, claims: Collection[UUID], *, actor: Actor, now: datetime) -> None: ...
    def come_to_light(self, claims: Collection[UUID], now: datetime) -> None: ...
    def bring_again(self, claim: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> PromiseDue: ...
    def offered_by(self, claims: Collection[UUID]) -> dict[UUID, AccountRef]: ...
    def come_back(self, claims: Mapping[UUID, HoldView], *, actor: Actor, now: datetime, request_id: UUID) -> None: ...


RELEASE, ORDERS, BASKETS = "release", words.SHOPS, words.BASKETS
CARRIED: dict[str, Carried] = {RELEASE: deliveries, ORDERS: shop_deliveries, BASKETS: basket_deliveries}


def by_room(parcels: Iterable[Parcel]) -> dict[str, list[Parcel]]:
    """Those of rooms that promise to households."""
    found: defaultdict[str, list[Parcel]] = defaultdict(list)
    for row in parcels:
        if row.room in CARRIED:
            found[row.room].append(row)
    return found


def purposes_of(parcels: Iterable[Parcel]) -> dict[UUID, str]:
    """Parcel → for what its household's people are kept: who signs for it is kept under that key, and goes with it."""
    found: dict[UUID, str] = {}
    for room, rows in by_room(parcels).items():
        purposes = CARRIED[room].purposes_of([row.source for row in rows])
        found |= {row.id: purposes[row.source] for row in rows if row.source in purposes}
    return found


def telling(parcels: Iterable[Parcel], note: str) -> str:
    """What an event may say of a note on these parcels: "" where it may name somebody, and stands sealed with each act alone."""
    return "" if purposes_of(parcels) else note


def leave_shop(parcels: Iterable[Parcel], now: datetime) -> None:
    """Locked parcels begin to travel: their rooms are told. Raises what stands against it."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].leave_shop([row.source for row in rows], now)


def ended(parcels: Iterable[Parcel]) -> set[UUID]:
    """Parcels that are nobody's any more: what was promised was given up, or ran out."""
    gone: set[UUID] = set()
    for room, rows in by_room(parcels).items():
        over = CARRIED[room].ended([row.source for row in rows])
        gone |= {row.id for row in rows if row.source in over}
    return gone


def refuse_ended(parcels: Iterable[Parcel]) -> None:
    """Raises what their room says of a promise that has ended."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].refuse_ended([row.source for row in rows])


def arrive(parcels: Iterable[Parcel], now: datetime) -> None:
    """Locked parcels are in their households' hands, and the book has it."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].arrive([row.source for row in rows], now)


def go_on(parcels: Iterable[Parcel], now: datetime) -> None:
    """Locked parcels did not arrive after all: their handover was taken back."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].go_on([row.source for row in rows], now)


def go_missing(parcels: Iterable[Parcel], *, actor: Actor, now: datetime) -> None:
    """Locked parcels were written off as lost."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].go_missing([row.source for row in rows], actor=actor, now=now)


def come_to_light(parcels: Iterable[Parcel], now: datetime) -> None:
    """Locked parcels that were written off are there after all, and travel on."""
    for room, rows in by_room(parcels).items():
        CARRIED[room].come_to_light([row.source for row in rows], now)


def come_down(parcels: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None:
    """A courier sets out: parcel → when, where and on which round."""
    for room, rows in by_room(Parcel.objects.filter(id__in=list(parcels), room__in=list(CARRIED))).items():
        CARRIED[room].come_down({row.source: parcels[row.id] for row in rows}, now)
