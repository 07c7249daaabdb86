"""
Baskets' portions on their way to the doors, as what carries them tells it: delivery's `Carried`.

A portion that waits at the committee's tables is one promise and one parcel, so that the same carts and rounds serve every
basket of a day, and the shops besides. What nobody takes at the door comes back to the tables, and is the household's still.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.journal.locks import lock_rows
from baogong.journal.promises import AddressOf, PromiseDue
from baogong.journal.services import record
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef, HoldView
from baogong.ledger.states import Reason, State
from baogong.orders.errors import NoneToSpare, PortionMoved
from baogong.orders.models import Basket, Portion
from baogong.orders.services.handing import is_waited_for
from baogong.orders.services.steps import DESK, HANDS

Way = Portion.Way
HANDOVER, VISITS_MAX, DUE_MAX = ("CONTACTLESS", "WITNESSED"), 2, 5_000


def deliveries_due(office: UUID, *, ids: Collection[UUID] | None = None) -> tuple[PromiseDue, ...]:
    """Portions at the committee's tables, of every basket it has shared out, in the order of days and doors. None is any."""
    rows = Portion.objects.filter(
        household__basket__office=office, household__basket__state=Basket.State.SHARED, hold__isnull=False, handed_at=None,
        way=Way.HERE,
    )  # fmt: skip
    if ids is not None:
        rows = rows.filter(id__in=ids)
    rows = rows.select_related("item", "household__basket__office")
    found = rows.order_by("household__basket__on", "household__basket", "household__sort_key", "id")[:DUE_MAX]
    return tuple(map(_due, found))


def _due(row: Portion) -> PromiseDue:
    basket = row.household.basket
    assert row.hold is not None
    assert row.item.lot_id is not None
    return PromiseDue(
        id=row.id, code=row.item.code, office=basket.office_id, city=basket.office.city, hold=row.hold, lot=row.item.lot_id,
        item=row.item.item_id, amount=(row.given or 0) * row.item.units_per_pack, handover=HANDOVER, visits_max=VISITS_MAX,
        due_at=None,
    )  # fmt: skip


def addresses_for_work(
    *, office: UUID, claims: Collection[UUID], why: str, actor: Actor, now: datetime, known_since: datetime
) -> tuple[AddressOf, ...]:
    """The doors of these portions' households, as the basket's list has them. Raises NotYourPlace."""
    actor.require(*DESK, at=office)
    rows = Portion.objects.filter(id__in=claims, household__basket__office=office)
    rows = rows.select_related("household__basket__community__party").order_by("id")
    return tuple(AddressOf(row.id, _address(row)) for row in rows)


def _address(row: Portion) -> str:
    one = row.household
    parts = zip((one.building, one.unit, one.room), ("号楼", "单元", "室"), strict=True)
    return one.basket.community.party.name + "".join(f"{part}{word}" for part, word in parts if part)


def purposes_of(claims: Collection[UUID]) -> dict[UUID, str]:
    """None: who signs for what was ordered stays in the evidence."""
    del claims
    return {}


# What the carrying room tells, in its own transaction.


def lock(claims: Collection[UUID]) -> None:
    """Until the transaction ends they are the caller's."""
    _locked(claims)


def leave_shop(claims: Collection[UUID], now: datetime) -> None:
    """The goods of these portions go on their way. Raises PortionMoved where one is not at the tables any more."""
    rows = _locked(claims)
    for row in rows:
        if row.way != Way.HERE or row.handed_at is not None:
            raise PortionMoved(
                f"A portion of {row.household.basket.title} was handed over, or is on its way already. Nothing was changed.",
                where=str(row.id), found=row.way, expected=Way.HERE.value, cure="Leave it out.",
            )  # fmt: skip
    _say(rows, Way.UNDERWAY)


def ended(claims: Collection[UUID]) -> set[UUID]:
    """Those that no courier brings any more: the committee has handed them over."""
    rows = Portion.objects.filter(id__in=claims).exclude(handed_at=None, hold__isnull=False)
    return set(rows.values_list("id", flat=True))


def refuse_ended(claims: Collection[UUID]) -> None:
    """Locks them; one that travels is handed over by nobody else. Raises nothing."""
    _locked(claims)


def come_down(claims: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None:
    """A courier sets out: the group is told by whoever organises."""


def arrive(claims: Collection[UUID], now: datetime) -> None:
    """They are in their households' hands; the caller has posted the hold that travelled. The last one ends its basket."""
    rows = [row for row in _locked(claims) if row.way == Way.UNDERWAY and row.handed_at is None]
    Portion.objects.filter(id__in=[row.id for row in rows]).update(handed_at=now)
    for basket in _baskets(rows):
        if not is_waited_for(basket):
            _step(basket, Basket.State.DONE)


def go_on(claims: Collection[UUID], now: datetime) -> None:
    """What `arrive` told was taken back: they are on their way again."""
    rows = [row for row in _locked(claims) if row.way == Way.UNDERWAY and row.handed_at is not None]
    Portion.objects.filter(id__in=[row.id for row in rows]).update(handed_at=None)
    for basket in _baskets(rows):
        _step(basket, Basket.State.SHARED)


def go_missing(claims: Collection[UUID], *, actor: Actor, now: datetime) -> None:
    """Nobody finds their goods any more: others are brought, or what was paid is owed back."""
    rows = [row for row in _locked(claims) if row.way == Way.UNDERWAY and row.handed_at is None]
    _say(rows, Way.LOST)
    for row in rows:
        _record("lost", row, actor, now)


def come_to_light(claims: Collection[UUID], now: datetime) -> None:
    """Goods written off are there after all: whoever still waits gets them."""
    _say([row for row in _locked(claims) if row.way == Way.LOST], Way.UNDERWAY)


def bring_again(claim: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> PromiseDue:
    """
    Packs that nobody was promised are promised to a household whose portion was lost.

    Raises NotYourPlace, PortionMoved (nothing of it was lost), NoneToSpare, NotFound.
    """
    (row,) = _locked([claim]) or (None,)
    if row is None:
        raise NotFound("There is no such portion; nothing was changed.", where=str(claim), cure="Open the list anew.")
    basket = row.household.basket
    actor.require(*HANDS, at=basket.office_id)
    if row.way != Way.LOST:
        raise PortionMoved(
            "Nothing of this portion was lost. Nothing was changed.",
            where=str(claim), found=row.way, expected=Way.LOST.value, cure="Open the list anew.",
        )  # fmt: skip
    assert row.item.lot_id is not None
    wanted, free = (row.given or 0) * row.item.units_per_pack, 0
    for one in book.balances(lots=[row.item.lot_id], holders=[basket.community_id], states=[State.AVAILABLE]):
        free += one.posted - one.held
    if free < wanted:
        raise NoneToSpare(
            f"{free} of it are promised to nobody; {wanted} were lost. Nothing was changed.",
            where=row.item.code, found=wanted, expected=free, cure="Pay the household back, or order for it with the next basket.",
        )  # fmt: skip
    _hold_anew(row, derived_id("orders.portion-again", row.id, request_id), actor=actor, now=now)
    return _due(row)


def offered_by(claims: Collection[UUID]) -> dict[UUID, AccountRef]:
    """Portion → the account its goods stood in, and go back to."""
    rows = Portion.objects.filter(id__in=claims).values_list("id", "household__basket__community")
    return {id: AccountRef(community, State.AVAILABLE) for id, community in rows}


def come_back(claims: Mapping[UUID, HoldView], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """Nobody was at home as often as is promised: the portion waits at the committee's tables, its household's as before."""
    for row in _locked(claims):
        if row.way == Way.UNDERWAY and row.handed_at is None:
            _hold_anew(row, derived_id("orders.portion-back", row.id, request_id), actor=actor, now=now)
            _record("came-back", row, actor, now)


def _hold_anew(row: Portion, own: UUID, *, actor: Actor, now: datetime) -> None:
    community = row.household.basket.community_id
    here, handed = AccountRef(community, State.AVAILABLE), AccountRef(community, State.HANDED_OVER)
    assert row.item.lot_id is not None
    ledger.post(
        lines=[ledger.hold_line(here, handed, row.item.lot_id, (row.given or 0) * row.item.units_per_pack, id=own)],
        actor=actor, reason=Reason.ALLOT, document=None, request_id=own, now=now,
    )  # fmt: skip
    row.way, row.hold = Way.HERE, own
    row.save(update_fields=["way", "hold"])


def _locked(claims: Iterable[UUID]) -> list[Portion]:
    return lock_rows(Portion.objects.select_related("item", "household__basket__office"), set(claims))


def _baskets(rows: Iterable[Portion]) -> list[Basket]:
    """Locked: of two couriers who bring a basket's last two portions the second one ends it."""
    return lock_rows(Basket.objects.all(), {row.household.basket_id for row in rows})


def _say(rows: Iterable[Portion], way: Portion.Way) -> None:
    Portion.objects.filter(id__in=[row.id for row in rows]).update(way=way)


def _step(basket: Basket, state: Basket.State) -> None:
    basket.state = state
    basket.save(update_fields=["state"])


def _record(what: str, row: Portion, actor: Actor, now: datetime) -> None:
    record(
        kind=f"orders.portion.{what}", actor=actor, now=now, subject=row.household.basket_id,
        data={"portion": str(row.id), "packs": row.given},
    )  # fmt: skip
