"""
The one cast of every test: Lin commands, Mei approves, Bao keeps the hub, Tao drives, Wu is a clerk.

Stranger has a log-in and no duty: must be refused, and leave no trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction

from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.ids import new_id

NOW = datetime(2020, 1, 23, 7, 0, tzinfo=UTC)  # 15:00 in Xiantao
PASSWORD = "kettle-orchard-nine"


@dataclass(frozen=True)
class Cast:
    """The persons as actors, and the places they work at."""

    lin: Actor
    mei: Actor
    bao: Actor
    tao: Actor
    wu: Actor
    stranger: Actor
    warehouse: UUID
    hub: UUID
    hospital: UUID
    truck: UUID


def make_cast(now: datetime = NOW) -> Cast:
    """Write the cast into the book; places first, then who works there."""
    from baogong.people.services.parties import register_party

    places = {
        name: register_party(kind=kind, name=name, city=city, now=now)
        for kind, name, city in (
            ("SITE", "廊坊仓", "廊坊"),
            ("SITE", "仙桃中转仓", "仙桃"),
            ("SITE", "武汉大学中南医院", "武汉"),
            ("VEHICLE", "鄂A00007", "武汉"),
        )
    }
    hub, truck = places["仙桃中转仓"], places["鄂A00007"]
    return Cast(
        lin=log_in_as("Lin", [(Duty.COMMAND, None)], now),
        mei=log_in_as("Mei", [(Duty.APPROVER, None)], now),
        bao=log_in_as("Bao", [(Duty.KEEPER, hub)], now),
        tao=log_in_as("Tao", [(Duty.DRIVER, truck)], now),
        wu=log_in_as("Wu", [(Duty.CLERK, None)], now),
        stranger=log_in_as("Stranger", [], now),
        warehouse=places["廊坊仓"],
        hub=hub,
        hospital=places["武汉大学中南医院"],
        truck=truck,
    )


def log_in_as(name: str, duties: Iterable[tuple[Duty, UUID | None]], now: datetime = NOW) -> Actor:
    """A person with a log-in of the same name in small letters."""
    from baogong.people.services.access import actor_of, make_login

    return actor_of(make_login(name=name, username=name, password=PASSWORD, duties=duties, now=now), now)


def person_of(actor: Actor) -> UUID:
    """The party the actor is."""
    assert actor.person_id is not None
    return actor.person_id


def count_masks(cast: Cast, amount: int, now: datetime = NOW) -> UUID:
    """`amount` masks of the warehouse's own counted there; returns the lot."""
    from baogong.catalogue.services import add_item
    from baogong.ledger import services as ledger
    from baogong.ledger.states import Reason, State

    with transaction.atomic():
        item = add_item(code="masks", name_zh="口罩", name_en="Masks", unit="PIECE")
        lot = ledger.open_lot(item=item, owner=cast.warehouse, now=now)
        outside = ledger.AccountRef(cast.warehouse, State.OUTSIDE)
        stock = ledger.AccountRef(cast.warehouse, State.AVAILABLE)
        ledger.post(
            lines=[ledger.post_line(outside, stock, lot, amount)],
            actor=THE_HOUSE,
            reason=Reason.COUNT,
            document=None,
            request_id=new_id(),
            now=now,
        )
    return lot


def rows_in_book() -> dict[str, int]:
    """How many rows each table of the house holds: a refused stranger leaves every figure as it was."""
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table.startswith(("catalogue_", "places_", "people_", "ledger_", "journal_", "planning_")):
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                counts[table] = cursor.fetchone()[0]
    return counts
