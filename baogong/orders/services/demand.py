"""Trucks: one brings the baskets of many communities; where it is too small, what goes onto it is shared out first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.portions import share_out as shared
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.orders.errors import TruckLoaded, TruckUnusable
from baogong.orders.models import Basket, Portion, Truck
from baogong.orders.services.steps import DESK, State, lock_basket, require_step
from baogong.supply import services as supply

LEFT_BEHIND = "%s装不下 · did not go onto the truck"


@transaction.atomic
@recorded("orders.truck.added")
def add_truck(
    *,
    supplier: UUID,
    on: date,
    name: str,
    packs_max: int,
    plate: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    A vehicle of a supplier on one day, and how many packs go onto it. Returns its id.

    Raises NotYourPlace, TruckUnusable, RequestIdReused.
    """
    actor.require(*DESK)
    content = content_of(supplier=supplier, on=on, name=name, packs_max=packs_max, plate=plate)
    made = made_before(Truck, request_id, content)
    if made is not None:
        return made.id
    if not name.strip() or packs_max < 1 or Truck.objects.filter(supplier=supplier, on=on, name=name.strip()).exists():
        raise TruckUnusable(
            "A truck has a name that no other of this supplier has on that day, and carries something. Nothing was written.",
            where="name", found=f"{name} {packs_max}", expected="a new name; 1 pack and more", cure="Correct the field.",
        )  # fmt: skip
    row = Truck.objects.create(
        supplier_id=supplier,
        on=on,
        name=name.strip()[:40],
        plate=plate.strip()[:20],
        packs_max=packs_max,
        request_id=request_id,
        content=content,
    )
    record(kind="orders.truck.added", actor=actor, now=now, subject=row.id, data={"packs_max": packs_max})
    return row.id


@transaction.atomic
def put_on_truck(*, basket: UUID, truck: UUID, actor: Actor, now: datetime) -> None:
    """
    This truck brings the basket; it may be another until it is loaded. Named already, nothing changes.

    Raises NotYourPlace, BasketMoved, TruckUnusable (another supplier's, another day's), TruckLoaded, NotFound.
    """
    cart = lock_row(Truck.objects.all(), truck)
    row = lock_basket(basket, actor)
    if row.truck_id != truck:
        _put_on(row, cart, actor, now)


@recorded("orders.truck.named")
def _put_on(row: Basket, cart: Truck, actor: Actor, now: datetime) -> None:
    require_step(row, State.DRAFT, State.REPORTED, State.OPEN, State.CLOSED, State.ORDERED)
    _refuse_loaded(cart)
    if row.truck is not None:
        _refuse_loaded(row.truck)
    if (cart.supplier_id, cart.on) != (row.supplier_id, row.on):
        raise TruckUnusable(
            "The truck is another supplier's, or of another day. Nothing was changed.",
            where=cart.name, found=f"{cart.on}", expected=f"{row.on}", cure="Choose a truck of this supplier on this day.",
        )  # fmt: skip
    row.truck = cart
    row.save(update_fields=["truck"])
    record(
        kind="orders.truck.named",
        actor=actor,
        now=now,
        subject=row.id,
        data={"office": str(row.office_id), "truck": str(cart.id)},
    )


@transaction.atomic
@recorded("orders.truck.loaded")
def load_truck(*, truck: UUID, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Say what of the ordered baskets goes onto the truck: all, or where it is too small a share of each household's packs.

    Every (household, item) counts alike: in rounds of one pack, the last by a draw. What stays behind is given up in
    the book, and its household is told. Returns the document.
    Raises NotYourPlace, BasketMoved (a basket is not ordered, or has come), TruckUnusable (no basket), TruckLoaded,
    RequestIdReused.
    """
    actor.require(*DESK)
    cart = lock_row(Truck.objects.all(), truck)
    if cart.load_request == request_id and cart.document is not None:
        return cart.document
    _refuse_loaded(cart)
    baskets = lock_rows(Basket.objects.all(), Basket.objects.filter(truck=cart).values_list("id", flat=True))
    for row in baskets:
        if row.state != State.CALLED_OFF:
            require_step(row, State.ORDERED)
    baskets = [row for row in baskets if row.state == State.ORDERED]
    if not baskets:
        raise TruckUnusable(
            "No ordered basket is on this truck. Nothing was changed.",
            where=cart.name, found=0, expected="≥ 1", cure="Put the day's baskets on it first.",
        )  # fmt: skip
    portions = list(
        Portion.objects.filter(household__basket__in=baskets)
        .select_related("item__basket")
        .order_by("household__basket", "id")
    )
    loaded = shared(
        cart.packs_max, [one.ordered for one in portions], [str(one.id) for one in portions], seed=str(truck)
    )
    for portion, packs in zip(portions, loaded, strict=True):
        portion.loaded = packs
    document = draw_up(
        kind="TRUCK_LOAD",
        title=cart.name,
        body={
            "truck": str(cart.id),
            "packs_max": cart.packs_max,
            "ordered": sum(one.ordered for one in portions),
            "loaded": sum(loaded),
            "baskets": [str(row.id) for row in baskets],
        },
        subjects=[cart.id, cart.supplier_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    _give_up(cart, portions, document, actor, now, request_id)
    Portion.objects.bulk_update(portions, ["loaded"])
    cart.loaded_at, cart.load_request, cart.document = now, request_id, document
    cart.save(update_fields=["loaded_at", "load_request", "document"])
    record(
        kind="orders.truck.loaded",
        actor=actor,
        now=now,
        subject=cart.id,
        document=document,
        data={"loaded": sum(loaded), "left_behind": sum(one.ordered for one in portions) - sum(loaded)},
    )
    return document


def _refuse_loaded(cart: Truck) -> None:
    if cart.loaded_at is not None:
        raise TruckLoaded(
            f"What goes onto {cart.name} was shared out already. Nothing was changed.",
            where=cart.name, found=cart.loaded_at.isoformat(), cure="Name another truck.",
        )  # fmt: skip


def _give_up(
    cart: Truck, portions: Sequence[Portion], document: UUID, actor: Actor, now: datetime, request_id: UUID
) -> None:
    behind: defaultdict[UUID, Counter[UUID]] = defaultdict(Counter)
    for one in portions:
        if one.item.hold is not None and one.ordered > one.loaded:
            behind[one.item.basket.office_id][one.item.hold] += (one.ordered - one.loaded) * one.item.units_per_pack
    for office, off in behind.items():
        supply.call_off_gathered(
            buyer=office, off=off, why=LEFT_BEHIND % cart.name, document=document, actor=actor, now=now,
            request_id=derived_id(request_id, "left behind", office),
        )  # fmt: skip
